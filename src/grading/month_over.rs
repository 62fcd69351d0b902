//! A month must be over before anything is decided by it. The day goes by UTC: a tenant has no time zone of its own.

use chrono::NaiveDate;

use crate::error::Problems;
use crate::values::Month;

/// Adds what is wrong with a month at `/as_of`: it must be over on a day; the running one will do where the result is to be
/// provisional. Whether the result would be: a month that is over needs nothing provisional.
pub fn check_month_over(problems: &mut Problems, as_of: Month, provisional: bool, today: NaiveDate) -> bool {
    let last = Month::last_over(today);
    if as_of <= last {
        return false;
    }
    let is_running = as_of == Month::of(today);
    if is_running && provisional {
        return true;
    }
    let (en, zh) = (
        format!("The month {as_of} is not over (by UTC). The last month that is over is {last}."),
        format!("{as_of} 月尚未结束（按 UTC）。最近一个已结束的月份是 {last}。"),
    );
    let (more_en, more_zh) = match (is_running, provisional) {
        (true, _) => (
            " `provisional: true` looks at the running month; the result is then never current.",
            "如需查看当前月份，请设 provisional: true；其结果不会成为当前结果。",
        ),
        (false, true) => (
            " `provisional: true` allows the running month, never a later one.",
            "provisional: true 只允许当前月份，不允许更晚的月份。",
        ),
        (false, false) => ("", ""),
    };
    problems.add("/as_of", "month_not_over", en + more_en, zh + more_zh);
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(as_of: &str, provisional: bool, today: &str) -> Result<bool, &'static str> {
        let mut problems = Problems::new();
        let month: Month = as_of.parse().unwrap();
        let is_provisional = check_month_over(&mut problems, month, provisional, today.parse().unwrap());
        problems.into_result().map(|()| is_provisional).map_err(|error| error.problems()[0].code)
    }

    #[test]
    fn only_a_month_that_is_over_decides() {
        for (as_of, today) in [("2013-12", "2014-01-01"), ("2013-12", "2014-01-31"), ("1999-01", "2014-01-01")] {
            assert_eq!(checked(as_of, false, today), Ok(false));
            assert_eq!(checked(as_of, true, today), Ok(false), "nothing about it is provisional");
        }
        for (as_of, today) in [("2014-01", "2014-01-01"), ("2014-01", "2014-01-31"), ("2035-01", "2014-01-15")] {
            assert_eq!(checked(as_of, false, today), Err("month_not_over"));
        }
    }

    #[test]
    fn the_running_month_is_provisional_and_a_later_one_never() {
        assert_eq!(checked("2014-01", true, "2014-01-01"), Ok(true));
        assert_eq!(checked("2014-01", true, "2014-01-31"), Ok(true));
        assert_eq!(checked("2014-02", true, "2014-01-31"), Err("month_not_over"));
        assert_eq!(checked("2035-01", true, "2014-01-15"), Err("month_not_over"));
    }
}
