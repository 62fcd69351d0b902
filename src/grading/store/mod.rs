//! Runs, results and grades in the database, and the facts that runs are made from.

mod breakdown;
mod comparison;
mod expiries;
mod facts;
mod grades;
mod held;
mod overrides;
mod result_filter;
mod results;
mod runs;
mod scale_grades;
mod schedules;
mod selected;
mod settings;

pub(super) use breakdown::{by_axes, by_kind, by_segment};
pub(super) use comparison::{Pair, lowest_score, migration, mover_page};
pub(super) use expiries::{Expired, take_expired, tenants_with_expired};
pub(super) use facts::{BookReader, ReadBatch, dossiers};
pub(super) use grades::{GradeChange, Standing, grade_changes, grade_histories, history_page, standings, survivor};
pub(super) use held::{data_version, load_book};
pub(super) use overrides::{end_override, external_id, insert_override, lock_customer, override_page};
pub(super) use result_filter::Kinds;
pub(super) use results::{ResultRows, insert_results, result, result_page, scored_of};
pub(super) use runs::{RunRow, complete, insert_run, run, run_page, supersede, waiting_like};
pub(super) use scale_grades::latest_grades;
pub(super) use schedules::{delete_schedule, due, note_run, put_schedule, schedule, schedule_page, take_due};
pub(super) use selected::listed;
pub(super) use settings::{put_settings, settings};
