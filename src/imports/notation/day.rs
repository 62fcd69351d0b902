//! Days as text.

use chrono::NaiveDate;
use chrono::format::{Item, Numeric, Parsed, StrftimeItems, parse, parse_and_remainder};

/// The day that a text names in a form such as `%d.%m.%Y`. A year has the digits that the form says, four or two; of
/// two, 69 to 99 are of the last century and 00 to 68 of this one, as POSIX has it.
pub(in crate::imports) fn day_in(format: &str, text: &str) -> Option<NaiveDate> {
    let items: Vec<Item<'_>> = StrftimeItems::new(format).collect();
    let mut parsed = Parsed::new();
    parse(&mut parsed, text, items.iter()).ok()?;
    if !years_are_whole(&items, text) {
        return None;
    }
    if let (Some(of_century), None, None) = (parsed.year_mod_100(), parsed.year(), parsed.year_div_100()) {
        parsed.set_year_div_100(if of_century < 69 { 20 } else { 19 }).ok()?;
    }
    parsed.to_naive_date().or_else(|_| parsed.to_naive_datetime_with_offset(0).map(|at| at.date())).ok()
}

/// Whether each year in the text has as many digits as its item says: a reader of dates would take fewer.
fn years_are_whole(items: &[Item<'_>], text: &str) -> bool {
    items.iter().enumerate().all(|(at, item)| {
        let digits = match item {
            Item::Numeric(Numeric::Year | Numeric::IsoYear, _) => 4,
            Item::Numeric(Numeric::YearMod100 | Numeric::IsoYearMod100, _) => 2,
            _ => return true,
        };
        let Ok(rest) = parse_and_remainder(&mut Parsed::new(), text, items[..at].iter()) else { return false };
        rest.trim_start().bytes().take_while(u8::is_ascii_digit).count() >= digits
    })
}

/// The day of a moment that is midnight, however that is written: `2026-01-16T00:00:00.000Z`, `2026-01-16 00:00`. `None`
/// of any other text.
pub(in crate::imports) fn at_midnight(text: &str) -> Option<&str> {
    let (day, time) = (text.get(..10)?, text.get(10..)?);
    let time = time.strip_prefix(['T', 't', ' '])?;
    let hours_and_minutes = time.strip_prefix("00:00")?;
    let seconds = hours_and_minutes.strip_prefix(":00").unwrap_or(hours_and_minutes);
    let rest = match seconds.strip_prefix(['.', ',']) {
        Some(places) if places.starts_with('0') => places.trim_start_matches('0'),
        Some(_) => return None,
        None => seconds,
    };
    is_zone(rest.trim_start()).then_some(day)
}

/// Whether a text is nothing, `Z`, or an offset such as `+08:00`.
fn is_zone(text: &str) -> bool {
    match text.as_bytes() {
        [] | [b'Z' | b'z'] => true,
        [b'+' | b'-', offset @ ..] => {
            let digits = offset.iter().filter(|b| b.is_ascii_digit()).count();
            let is_offset = matches!((offset.len(), digits), (2, 2) | (4, 4) | (5, 4));
            is_offset && (offset.len() != 5 || offset[2] == b':')
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(format: &str, text: &str) -> Option<String> {
        day_in(format, text).map(|day| day.to_string())
    }

    #[test]
    fn a_year_has_the_digits_of_its_form() {
        for (format, text, expected) in [
            ("%d.%m.%Y", "15.03.2024", Some("2024-03-15")),
            ("%d.%m.%Y", "15.03.58", None),
            ("%d.%m.%Y", "15.03.202", None),
            ("%d.%m.%Y", "15.03.20245", None),
            ("%d.%m.%Y", "15.03.+2024", None),
            ("%d.%m.%y", "15.03.2024", None),
            ("%d.%m.%y", "15.03.5", None),
            ("%d.%m.%y", "15.03.58", Some("2058-03-15")),
            ("%d.%m.%y", "15.03.68", Some("2068-03-15")),
            ("%d.%m.%y", "15.03.69", Some("1969-03-15")),
            ("%d.%m.%y", "15.03.99", Some("1999-03-15")),
            ("%d.%m.%y", "15.03.00", Some("2000-03-15")),
            ("%Y%m%d", "20240315", Some("2024-03-15")),
            ("%Y%m%d", "240315", None),
            ("%y%m%d", "240315", Some("2024-03-15")),
            ("%Y-%m-%d", "24-03-15", None),
            ("%D", "03/15/24", Some("2024-03-15")),
            ("%D", "03/15/2024", None),
            ("%d %b %Y", "15 Mar 2024", Some("2024-03-15")),
            ("%d %b %Y", "15 Mar 24", None),
        ] {
            assert_eq!(read(format, text).as_deref(), expected, "{format} {text}");
        }
    }

    #[test]
    fn a_moment_in_a_form_is_its_own_day() {
        assert_eq!(read("%Y-%m-%dT%H:%M:%S%.f%z", "2024-12-31T23:00:00.000+0000").as_deref(), Some("2024-12-31"));
        assert_eq!(read("%m/%d/%Y, %I:%M %p", "12/31/2024, 11:59 PM").as_deref(), Some("2024-12-31"));
        assert_eq!(read("%s", "86400").as_deref(), Some("1970-01-02"));
        assert_eq!(read("%d.%m.%Y", "31.02.2024"), None);
    }

    #[test]
    fn midnight_is_the_day_in_every_spelling() {
        for text in [
            "2026-01-16T00:00:00",
            "2026-01-16T00:00:00.000",
            "2026-01-16T00:00:00Z",
            "2026-01-16T00:00:00.000Z",
            "2026-01-16 00:00",
            "2026-01-16 00:00:00",
            "2026-01-16T00:00:00+08:00",
            "2026-01-16T00:00:00.0+0800",
            "2026-01-16 00:00:00 +00",
        ] {
            assert_eq!(at_midnight(text), Some("2026-01-16"), "{text}");
        }
        for text in [
            "2026-01-16",
            "2026-01-16T00:00:01",
            "2026-01-16T12:00:00",
            "2026-01-16T00:00:00.001",
            "2026-01-16T00:00:00.",
            "2026-01-16T00:00:00 GMT",
            "2026-01-16T00:00:00+8",
            "2026-01-16T",
            "2026-01-16日00:00",
        ] {
            assert_eq!(at_midnight(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn days_read_back_in_their_forms(days in 0_i32..36_000) {
            // From 1969 to 2068 two digits say the year.
            let first = NaiveDate::from_ymd_opt(1969, 1, 1).unwrap();
            let day = first + chrono::TimeDelta::days(i64::from(days));
            for format in ["%d.%m.%Y", "%Y%m%d", "%m/%d/%y", "%y%m%d", "%d-%b-%Y"] {
                prop_assert_eq!(day_in(format, &day.format(format).to_string()), Some(day), "{}", format);
            }
        }

        #[test]
        fn two_and_four_digits_are_never_taken_for_each_other(days in 0_i32..36_000) {
            let first = NaiveDate::from_ymd_opt(1969, 1, 1).unwrap();
            let day = first + chrono::TimeDelta::days(i64::from(days));
            prop_assert_eq!(day_in("%d.%m.%Y", &day.format("%d.%m.%y").to_string()), None);
            prop_assert_eq!(day_in("%d.%m.%y", &day.format("%d.%m.%Y").to_string()), None);
        }
    }
}
