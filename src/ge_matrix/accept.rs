//! Which of the two forms of the matrix a client takes.

/// A form of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Representation {
    /// `application/json`.
    Json,
    /// `image/svg+xml`.
    Svg,
}

impl Representation {
    /// The form an `Accept` header likes best (RFC 9110, 12.5.1): of each form the most specific range counts, and JSON
    /// where both are liked alike or there is no header. `None` where it takes neither.
    pub(super) fn negotiate(accept: Option<&str>) -> Option<Self> {
        let Some(accept) = accept.filter(|header| !header.trim().is_empty()) else { return Some(Self::Json) };
        let json = quality(accept, ["application/json", "application/*"]);
        let svg = quality(accept, ["image/svg+xml", "image/*"]);
        match (json, svg) {
            (0, 0) => None,
            (json, svg) if svg > json => Some(Self::Svg),
            _ => Some(Self::Json),
        }
    }
}

/// In thousandths, as weights have three places.
fn quality(accept: &str, [exact, group]: [&str; 2]) -> u32 {
    let ranges: Vec<(String, u32)> = accept.split(',').filter_map(range).collect();
    let of = |wanted: &str| ranges.iter().find(|(range, _)| range == wanted).map(|(_, quality)| *quality);
    of(exact).or_else(|| of(group)).or_else(|| of("*/*")).unwrap_or(0)
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

    #[test]
    fn the_form_that_is_liked_best_is_sent() {
        use Representation::{Json, Svg};
        let cases = [
            (None, Some(Json)),
            (Some(""), Some(Json)),
            (Some("*/*"), Some(Json)),
            (Some("image/svg+xml"), Some(Svg)),
            (Some("IMAGE/SVG+XML; charset=utf-8"), Some(Svg)),
            // An <img> of a browser, and its address bar.
            (Some("image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"), Some(Svg)),
            (Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), Some(Json)),
            (Some("application/json;q=0.5, image/svg+xml;q=0.501"), Some(Svg)),
            (Some("image/*, application/json;q=0"), Some(Svg)),
            (Some("text/html"), None),
            (Some("image/png, application/json;q=0"), None),
        ];
        for (accept, expected) in cases {
            assert_eq!(Representation::negotiate(accept), expected, "{accept:?}");
        }
    }
}
