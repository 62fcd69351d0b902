//! Small inputs that went wrong once, each with the outcome that is right, and siblings of its kind.

mod blanks;
mod cells;
mod files;
mod future_month;
mod number_forms;
mod numbers;
mod sheet;
mod texts;
mod ties;
