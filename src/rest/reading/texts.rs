//! What no text may hold: U+0000, which Postgres cannot store, and halves of surrogate pairs, which are no characters.

use serde_json::Value;

use super::place::Place;
use crate::error::FieldProblem;
use crate::values::Label;

/// The code of a character that no text may hold.
const CODE: &str = "control_character";

/// Every place of a value whose text, or whose name, holds what no text may.
pub fn forbidden_at(value: &Value) -> Vec<FieldProblem> {
    let mut found = Vec::new();
    look(value, &Place::Root, &mut found);
    found
}

fn look(value: &Value, place: &Place<'_>, found: &mut Vec<FieldProblem>) {
    match value {
        Value::String(text) if text.contains('\0') => found.push(forbidden(place)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| look(item, &Place::Index(place, index), found));
        }
        Value::Object(members) => {
            for (name, member) in members {
                let place = Place::Key(place, name);
                if name.contains('\0') {
                    found.push(forbidden(&place));
                } else {
                    look(member, &place, found);
                }
            }
        }
        _ => {}
    }
}

fn forbidden(place: &Place<'_>) -> FieldProblem {
    let detail = Label::new(
        "Must not contain the character U+0000 or half of a surrogate pair.",
        "不能包含 U+0000 字符或不成对的代理项。",
    );
    FieldProblem { pointer: place.to_string(), code: CODE, detail }
}

/// JSON in which every escape of half a surrogate pair is one of U+0000, so that it can be read and is refused at its
/// place: no parser takes such an escape, and all else in the body would be lost with it. Escapes keep their length.
/// `None` where there is none.
pub fn unpaired_as_nul(json: &[u8]) -> Option<Vec<u8>> {
    let mut mended: Option<Vec<u8>> = None;
    let mut at = 0;
    while at < json.len() {
        if json[at] != b'\\' {
            at += 1;
            continue;
        }
        match unit(json, at) {
            Some(0xD800..=0xDBFF) if matches!(unit(json, at + 6), Some(0xDC00..=0xDFFF)) => at += 12,
            Some(0xD800..=0xDFFF) => {
                mended.get_or_insert_with(|| json.to_vec())[at + 2..at + 6].copy_from_slice(b"0000");
                at += 6;
            }
            Some(_) => at += 6,
            None => at += 2,
        }
    }
    mended
}

/// The UTF-16 unit whose escape begins here.
fn unit(json: &[u8], at: usize) -> Option<u16> {
    let digits = json.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let is_hex = digits.iter().all(u8::is_ascii_hexdigit);
    let digits = str::from_utf8(digits).ok().filter(|_| is_hex)?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_place_is_named() {
        let value = json!({"a": "x\0", "b": [1, "\0", {"c/d": "\0", "e\0": "\0"}], "f": "clean", "g": null});
        let found: Vec<_> = forbidden_at(&value).into_iter().map(|problem| problem.pointer).collect();
        assert_eq!(found, ["/a", "/b/1", "/b/2/c~1d", "/b/2/e\0"]);
    }

    #[test]
    fn halves_of_pairs_become_what_is_refused() {
        let mended = |json: &str| unpaired_as_nul(json.as_bytes()).map(|json| String::from_utf8(json).unwrap());
        assert_eq!(mended(r#"{"a": "\ud83d\ude00 \u4e2d \\ud800 \n"}"#), None);
        assert_eq!(mended(r#"["\ud800", "\uDFFFx"]"#).as_deref(), Some(r#"["\u0000", "\u0000x"]"#));
        assert_eq!(mended(r#"["\ud800\ud83d\ude00"]"#).as_deref(), Some(r#"["\u0000\ud83d\ude00"]"#));
        for broken in [r#"["\ud8"#, r"\", r#"["\u"#, r#"["\uzzzz"]"#] {
            assert_eq!(mended(broken), None, "{broken}");
        }
    }
}
