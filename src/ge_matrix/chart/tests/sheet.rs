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

/// Where every text that is drawn stands, about. Of a text that stands upright, where each of its pieces stands.
pub(super) fn texts(svg: &str) -> Vec<(Rect, String)> {
    let (mut found, mut class) = (Vec::new(), String::new());
    for (tag, text) in read(svg) {
        if tag.name == "text" {
            class = tag.get("class").unwrap().to_owned();
        }
        let is_whole = tag.name == "text" && tag.get("aria-label").is_none();
        if is_whole || tag.name == "tspan" {
            let text = plain(text);
            found.push((place(&tag, &class, &text), text));
        }
    }
    found
}

/// The boxes of all tags of a kind with a class.
pub(super) fn boxes(svg: &str, class: &str) -> Vec<Rect> {
    let tags = read(svg).into_iter().filter(|(tag, _)| tag.name == "rect" && tag.get("class") == Some(class));
    tags.map(|(tag, _)| rect(&tag)).collect()
}

/// The box of a rectangle.
pub(super) fn rect(tag: &Tag<'_>) -> Rect {
    Rect { x: tag.number("x"), y: tag.number("y"), width: tag.number("width"), height: tag.number("height") }
}

/// Panics where two texts lie upon one another; the ground that is drawn beneath a name is the name's own.
pub(super) fn no_text_upon_another(svg: &str) {
    let mut found: Vec<(Rect, String)> = Vec::new();
    for (own, text) in texts(svg) {
        // Pixels are written to a tenth, and the box of a text has some air above its letters.
        let inner = Rect { x: own.x + 0.2, y: own.y + 1.0, width: own.width - 0.4, height: own.height - 1.2 };
        for (other, before) in &found {
            assert!(
                !inner.overlaps(other) || (own == *other && text == *before),
                "{text} upon {before}: {own:?} {other:?}"
            );
        }
        found.push((own, text));
    }
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

fn place(tag: &Tag<'_>, class: &str, text: &str) -> Rect {
    let size = match class.trim_end_matches(" o").trim_end_matches(" e") {
        "h" => 16.0,
        "a" => 12.0,
        "s" => 11.0,
        "c" | "n" | "l" => 10.0,
        class => panic!("{class} has no size"),
    };
    let bold = matches!(class, "h" | "a" | "c" | "c o");
    let width = if bold { bold_width(text, size) } else { text_width(text, size) };
    let is_middle = tag.get("text-anchor") == Some("middle") || tag.name == "tspan";
    let shift = if is_middle { width / 2.0 } else { 0.0 };
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
