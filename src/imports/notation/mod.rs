//! How sources write numbers, days and ids, and what is read of it. Each notation reads a text in one way or not at all.

mod currency_mark;
mod day;
mod id_form;
mod json_number;
mod number;

pub(super) use currency_mark::CurrencyMark;
pub(super) use day::{at_midnight, day_in};
pub use id_form::IdForm;
pub(super) use id_form::is_rounded_by_a_spreadsheet;
pub(super) use json_number::plain_number;
pub use number::{DecimalMark, NumberForm, NumberGrouping};
pub(super) use number::{Notation, NumberFault};
