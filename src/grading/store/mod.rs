//! Runs, results and grades in the database, and the facts that runs are made from.

mod bases;
mod breakdown;
mod comparison;
mod deciding;
mod expiries;
mod facts;
mod grades;
mod held;
mod kinds;
mod numbers;
mod overrides;
mod result_filter;
mod results;
mod runs;
mod scale_grades;
mod schedules;
mod selected;
mod settings;

pub(super) use bases::keep_min_bases;
pub(super) use breakdown::{by_axes, by_kind, by_segment};
pub(super) use comparison::{Pair, lowest_score, migration, mover_page};
pub(super) use deciding::{Decided, GradeChange, decided, grade_changes};
pub(super) use expiries::{Expired, take_expired, tenants_with_expired};
pub(super) use facts::{BookReader, ReadBatch, book_size, dossiers, efforts};
pub(super) use grades::{Standing, grade_histories, history_page, standings, survivor};
pub(super) use held::{data_version, load_book};
pub(super) use kinds::{Kinds, kinds, put_book_effort};
pub(super) use numbers::numbers_of;
pub(super) use overrides::{end_override, external_id, insert_override, lock_customer, override_page};
pub(super) use results::{ResultRows, insert_results, result, result_page, scored_of};
pub(super) use runs::{
    Completion, NewRun, RunRow, complete, definition_of, insert_run, lock_run, run, run_page, supersede, waiting_like,
    withdraw,
};
pub(super) use scale_grades::latest_grades;
pub(super) use schedules::{delete_schedule, due, note_run, put_schedule, schedule, schedule_page, take_due};
pub(super) use selected::listed;
pub(super) use settings::{put_settings, settings};
