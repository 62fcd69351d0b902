//! When a row was observed, as its source says.

use chrono::{DateTime, Datelike, TimeDelta, Utc};

use crate::error::Problems;

/// How far a source's clock may go ahead of ours.
const MOST_AHEAD: TimeDelta = TimeDelta::minutes(5);

/// Checks a moment that a source names: not in the future, but for clocks that differ a little.
pub fn check_observed_at(problems: &mut Problems, observed_at: Option<DateTime<Utc>>, now: DateTime<Utc>) {
    let Some(at) = observed_at else { return };
    if at > now + MOST_AHEAD {
        let en = "In the future: nothing can have been observed then; check the sender's clock.";
        problems.add("/observed_at", "in_the_future", en, "该时间在未来，不可能已被观察到；请检查发送方的时钟。");
    }
    if at.year() < 1900 {
        problems.add("/observed_at", "range", "1900 or later.", "不得早于 1900 年。");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_neither_to_come_nor_of_another_age() {
        let now: DateTime<Utc> = "2026-11-24T12:00:00Z".parse().unwrap();
        let codes = |at: &str| {
            let mut problems = Problems::new();
            check_observed_at(&mut problems, Some(at.parse().unwrap()), now);
            let error = problems.into_result().err();
            error.iter().flat_map(crate::error::Error::problems).map(|p| p.code).collect::<Vec<_>>()
        };
        assert_eq!(codes("2026-11-24T12:05:00Z"), [""; 0]);
        assert_eq!(codes("2026-11-24T12:05:01Z"), ["in_the_future"]);
        assert_eq!(codes("1899-12-31T23:59:59Z"), ["range"]);
    }
}
