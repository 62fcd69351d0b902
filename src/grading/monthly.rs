//! When a monthly run is due.

use chrono::{DateTime, NaiveTime, Utc};

use crate::values::Month;

/// 00:00 UTC of a day of a month, its last day where it is shorter.
pub(super) fn due_in(month: Month, day_of_month: i32) -> DateTime<Utc> {
    let days = i64::from(day_of_month.clamp(1, 31)) - 1;
    let day = month.first_day() + chrono::Duration::days(days);
    day.min(month.last_day()).and_time(NaiveTime::MIN).and_utc()
}

/// The first time after a moment.
pub(super) fn next_due(now: DateTime<Utc>, day_of_month: i32) -> DateTime<Utc> {
    let month = Month::of(now.date_naive());
    let this = due_in(month, day_of_month);
    if this > now { this } else { due_in(month.plus(1), day_of_month) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_a_month_does_not_have_is_its_last() {
        let next = |now: &str, day| next_due(now.parse().unwrap(), day).to_rfc3339();
        assert_eq!(next("2014-01-31T00:00:00Z", 31), "2014-02-28T00:00:00+00:00");
        assert_eq!(next("2014-01-30T23:59:59Z", 31), "2014-01-31T00:00:00+00:00");
        assert_eq!(next("2014-12-03T00:00:00Z", 3), "2015-01-03T00:00:00+00:00");
        assert_eq!(next("2014-12-02T23:00:00Z", 3), "2014-12-03T00:00:00+00:00");
    }
}
