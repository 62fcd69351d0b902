//! Runs, results and grades in the database, and the facts that runs are made from.

mod facts;
mod grades;
mod results;
mod runs;
mod scale_grades;

pub(super) use facts::{RunFacts, dossiers, facts_of, load_run_facts};
pub(super) use grades::{GradeChange, current_grades, grade_changes, grade_histories, history_page};
pub(super) use results::{insert_results, result, result_page};
pub(super) use runs::{RunRow, complete, insert_run, run, run_page};
pub(super) use scale_grades::latest_grades;
