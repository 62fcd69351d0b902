//! Whether a text is well-formed XML, as far as charts use it: elements, attributes and entities.

/// The root element's name.
#[track_caller]
pub fn root(text: &str) -> String {
    let mut open: Vec<&str> = Vec::new();
    let mut root = None;
    let mut rest = text.trim();
    while let Some(start) = rest.find('<') {
        entities(&rest[..start]);
        assert!(!open.is_empty() || rest[..start].trim().is_empty(), "text outside the root element");
        let end = tag_end(&rest[start..]) + start;
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if tag.starts_with('?') {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name.trim()), "an element ends that did not begin");
            continue;
        }
        let content = tag.trim_end_matches('/').trim_end();
        let name = content.split_whitespace().next().unwrap_or_default();
        attributes(content[name.len()..].trim());
        assert!(!open.is_empty() || root.is_none(), "two root elements");
        root.get_or_insert(name);
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert_eq!((open, rest.trim()), (Vec::new(), ""), "the end of the text");
    root.expect("a root element").to_owned()
}

/// Where a tag ends: at the first `>` outside quotation marks.
#[track_caller]
fn tag_end(tag: &str) -> usize {
    let mut quote = None;
    for (at, c) in tag.char_indices() {
        match (quote, c) {
            (None, '>') => return at,
            (None, '"' | '\'') => quote = Some(c),
            (Some(mark), _) if mark == c => quote = None,
            _ => {}
        }
    }
    panic!("a tag does not end: {tag}");
}

/// `name="value"` each, no name twice, no `<` in a value.
#[track_caller]
fn attributes(mut rest: &str) {
    let mut names = Vec::new();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').unwrap_or_else(|| panic!("no attribute: {rest}"));
        let mark = after.chars().next().filter(|c| matches!(c, '"' | '\'')).expect("a quotation mark");
        let (value, after) = after[1..].split_once(mark).expect("an end of the value");
        assert!(!names.contains(&name) && !value.contains('<'), "{name}={value}");
        entities(value);
        names.push(name);
        rest = after.trim_start();
    }
}

/// Every `&` begins an entity.
#[track_caller]
fn entities(text: &str) {
    for part in text.split('&').skip(1) {
        let name = part.split_once(';').map_or("", |(name, _)| name);
        let known = ["amp", "lt", "gt", "quot", "apos"].contains(&name) || name.starts_with('#');
        assert!(known, "no entity: &{part}");
    }
}

#[test]
fn what_is_not_well_formed_is_found() {
    assert_eq!(root("<?xml version=\"1.0\"?><a b=\"1 > 0\"><c/>x &amp; y</a>"), "a");
    for broken in ["<a><b></a>", "<a>", "<a>x & y</a>", "<a b=1/>", "<a b=\"1\" b=\"2\"/>", "<a/><b/>", "x"] {
        assert!(std::panic::catch_unwind(|| root(broken)).is_err(), "{broken}");
    }
}
