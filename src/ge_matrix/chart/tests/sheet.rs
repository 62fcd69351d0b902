//! Reads a chart's own SVG: whether it is well-formed, and where its texts stand.

use crate::ge_matrix::chart::labels::Rect;
use crate::ge_matrix::chart::text::{bold_width, text_width};

/// A tag of the document: its name and all that stands in it.
pub(super) struct Tag<'a> {
    pub(super) name: &'a str,
    all: &'a str,
}

impl Tag<'_> {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.all.split_once(&format!(" {name}=\""))?;
        value.split_once('"').map(|(value, _)| value)
    }

    pub(super) fn number(&self, name: &str) -> f64 {
        self.get(name).unwrap_or_else(|| panic!("no {name} in {}", self.all)).parse().unwrap()
    }
}

/// Every opening tag with the text after it. Panics where tags do not nest, or a text is not escaped.
pub(super) fn read(svg: &str) -> Vec<(Tag<'_>, &str)> {
    let (mut open, mut tags) = (Vec::new(), Vec::new());
    for part in svg.split('<').skip(1) {
        let (tag, text) = part.split_once('>').expect("a tag that ends");
        assert!(!text.contains('>') && text.split('&').skip(1).all(|entity| entity.contains(';')), "{text}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
            continue;
        }
        let name = tag.split([' ', '/']).next().unwrap();
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        if !tag.ends_with('/') {
            open.push(name);
        }
        tags.push((Tag { name, all: tag }, text));
    }
    assert_eq!(open, Vec::<&str>::new());
    tags
}

/// Where every text that is drawn stands, about.
pub(super) fn texts(svg: &str) -> Vec<(Rect, String)> {
    let drawn = read(svg).into_iter().filter(|(tag, _)| tag.name == "text");
    drawn.map(|(tag, text)| (place(&tag, &plain(text)), plain(text))).collect()
}

/// Panics where a text sticks out of the sheet, or is too long for the eye to find its end.
pub(super) fn all_on_the_sheet(svg: &str) {
    let sheet = Rect { x: 0.0, y: 0.0, width: 800.0, height: 500.0 };
    let texts = texts(svg);
    assert!(texts.len() > 20);
    for (rect, text) in texts {
        assert!(rect.within(&sheet), "{text}: {rect:?}");
    }
    let (root, _) = read(svg).remove(0);
    assert_eq!([root.get("viewBox"), root.get("role")], [Some("0 0 800 500"), Some("img")]);
}

fn place(tag: &Tag<'_>, text: &str) -> Rect {
    let class = tag.get("class").unwrap();
    let size = match class.trim_end_matches(" o") {
        "h" => 16.0,
        "a" => 12.0,
        "s" => 11.0,
        "c" | "n" | "l" => 10.0,
        class => panic!("{class} has no size"),
    };
    let bold = matches!(class, "h" | "a" | "c" | "c o");
    let width = if bold { bold_width(text, size) } else { text_width(text, size) };
    let shift = if tag.get("text-anchor") == Some("middle") { width / 2.0 } else { 0.0 };
    match tag.get("transform") {
        Some(transform) => {
            let (x, y) = transform["translate(".len()..].split_once(')').unwrap().0.split_once(' ').unwrap();
            let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
            Rect { x: x - size, y: y - width + shift, width: size, height: width }
        }
        None => Rect { x: tag.number("x") - shift, y: tag.number("y") - size, width, height: size },
    }
}

fn plain(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}
