//! Which of the offered media types a client takes (RFC 9110, 12.5.1).

/// The place of the offered type that an `Accept` header likes best: for each type the most specific range that fits
/// counts, and of those liked alike the one offered first, which is also taken where there is no header. `None` where
/// none is taken.
pub fn preferred(accept: Option<&str>, offered: &[&str]) -> Option<usize> {
    let Some(accept) = accept.filter(|header| !header.trim().is_empty()) else { return Some(0) };
    let ranges: Vec<(String, u32)> = accept.split(',').filter_map(range).collect();
    let qualities = offered.iter().map(|media_type| quality(&ranges, media_type)).enumerate();
    // Of equals the first: `max_by_key` would take the last.
    qualities.rev().filter(|(_, quality)| *quality > 0).max_by_key(|(_, quality)| *quality).map(|(place, _)| place)
}

/// In thousandths, as weights have three places.
fn quality(ranges: &[(String, u32)], media_type: &str) -> u32 {
    let of = |wanted: &str| ranges.iter().find(|(range, _)| range == wanted).map(|(_, quality)| *quality);
    let group = media_type.split_once('/').map(|(group, _)| format!("{group}/*")).unwrap_or_default();
    of(media_type).or_else(|| of(&group)).or_else(|| of("*/*")).unwrap_or(0)
}

/// A media range and its weight; parameters of the type itself are of no account here.
fn range(item: &str) -> Option<(String, u32)> {
    let mut parts = item.split(';').map(str::trim);
    let range = parts.next().filter(|range| !range.is_empty())?.to_ascii_lowercase();
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    Some((range, weight.map_or(Some(1000), thousandths)?))
}

fn thousandths(weight: &str) -> Option<u32> {
    let (whole, places) = weight.split_once('.').unwrap_or((weight, ""));
    if places.len() > 3 || !places.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let places: u32 = format!("{places:0<3}").parse().ok()?;
    Some((whole.parse::<u32>().ok()? * 1000 + places).min(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = "application/json";

    #[track_caller]
    fn expect(accept: &str, offered: &[&str], expected: Option<&str>) {
        let found = preferred(Some(accept), offered).map(|place| offered[place]);
        assert_eq!(found, expected, "{accept}");
    }

    #[test]
    fn the_first_is_taken_where_nothing_is_said() {
        assert_eq!(preferred(None, &[JSON, "text/csv"]), Some(0));
        assert_eq!(preferred(Some(" "), &[JSON, "text/csv"]), Some(0));
    }

    #[test]
    fn the_type_that_is_liked_best_is_sent() {
        let svg = "image/svg+xml";
        let offered = [JSON, svg];
        expect("*/*", &offered, Some(JSON));
        expect(svg, &offered, Some(svg));
        expect("IMAGE/SVG+XML; charset=utf-8", &offered, Some(svg));
        // An <img> of a browser, and its address bar.
        expect("image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", &offered, Some(svg));
        expect("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", &offered, Some(JSON));
        expect("application/json;q=0.5, image/svg+xml;q=0.501", &offered, Some(svg));
        expect("image/*, application/json;q=0", &offered, Some(svg));
        expect("text/html", &offered, None);
        expect("image/png, application/json;q=0", &offered, None);
    }

    #[test]
    fn a_group_takes_the_one_offered_first() {
        let offered = [JSON, "text/csv", "application/x-ndjson"];
        expect("application/*", &offered, Some(JSON));
        expect("application/json;q=0, application/*", &offered, Some("application/x-ndjson"));
        expect("text/*;q=0.3, application/*;q=0.2", &offered, Some("text/csv"));
        expect("*/*, application/json;q=0.9", &offered, Some("text/csv"));
    }
}
