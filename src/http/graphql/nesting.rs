//! How deep the brackets of a text nest, without parsing it: the parser calls itself at each, and a text of 30,000 opening
//! brackets would end the process.

/// The deepest nesting of `{ [ (`, outside strings and comments.
///
/// Where a string has no end, the rest counts as if no bracket ever closed: the grammar reads an unended block string as
/// an empty string and goes on, so that what follows may be code after all.
pub(super) fn deepest(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let (mut at, mut depth, mut deepest) = (0, 0u64, 0u64);
    while let Some(&byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or_default();
        let step = match byte {
            b'{' | b'[' | b'(' => {
                depth += 1;
                deepest = deepest.max(depth);
                Some(1)
            }
            b'}' | b']' | b')' => {
                depth = depth.saturating_sub(1);
                Some(1)
            }
            b'#' => Some(rest.iter().position(is_line_end).unwrap_or(rest.len())),
            b'"' => string(rest),
            _ => Some(1),
        };
        let Some(step) = step else { return deepest.max(depth + openings(rest)) };
        at += step;
    }
    deepest
}

/// The length of the string or block string that `bytes` begin with; none where it has no end.
fn string(bytes: &[u8]) -> Option<usize> {
    if bytes.starts_with(b"\"\"\"") { block_string(bytes) } else { line_string(bytes) }
}

fn block_string(bytes: &[u8]) -> Option<usize> {
    let mut at = 3;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(b"\"\"\"") {
            return Some(at + 3);
        }
        at += if rest.starts_with(b"\\\"\"\"") { 4 } else { 1 };
    }
    None
}

fn line_string(bytes: &[u8]) -> Option<usize> {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            byte if is_line_end(byte) => return None,
            _ => at += 1,
        }
    }
    None
}

fn is_line_end(byte: &u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

fn openings(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| matches!(byte, b'{' | b'[' | b'(')).count() as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn brackets_nest_and_close() {
        assert_eq!(deepest(""), 0);
        assert_eq!(deepest("{ a(x: [1]) { b } }"), 3);
        assert_eq!(deepest("{ a } { b } ] } {"), 1);
    }

    #[test]
    fn strings_and_comments_hold_no_brackets() {
        assert_eq!(deepest("{ a(x: \"[[[\\\"[[[\") }"), 2);
        assert_eq!(deepest("{ a(x: \"\"\"[[[ \\\"\"\" \" [[[\"\"\") }"), 2);
        assert_eq!(deepest("{ a # [[[[[\n }"), 1);
    }

    #[test]
    fn a_string_without_end_hides_nothing() {
        assert_eq!(deepest("{ a(x: [\"\"\"\" [[[[[[[["), 3 + 8);
        assert_eq!(deepest("{ a(x: \"abc\n[[[]]]"), 2 + 3);
        assert_eq!(deepest("{ a(x: \"[[[\\"), 2 + 3);
    }

    proptest! {
        #[test]
        fn never_more_than_the_opening_brackets(text in "[\\[\\]{}()\"\\\\#\n a]{0,200}") {
            prop_assert!(deepest(&text) <= openings(text.as_bytes()));
        }

        #[test]
        fn what_the_parser_takes_is_not_deeper_than_said(depth in 1usize..40) {
            let query = format!("{{ a(x: {}{}) }}", "[".repeat(depth), "]".repeat(depth));
            prop_assert!(async_graphql::parser::parse_query(&query).is_ok());
            prop_assert_eq!(deepest(&query), depth as u64 + 2);
        }
    }
}
