//! NDJSON: one JSON object a line. Its keys are the columns: one that is absent says nothing, null says that there is
//! no value. A number is read digit by digit.

use std::borrow::Cow;
use std::fmt;
use std::io::Read;
use std::sync::Arc;

use ::csv::StringRecord;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::layout::Keys;
use super::lines::{Line, Lines};
use super::{CellKind, Cells, Layout, Limits, Record, Refused};
use crate::exports::{guard, join};
use crate::imports::notation::plain_number;
use crate::imports::problem::shown;
use crate::imports::{FileProblem, Problem, RowCode, RowProblem};
use crate::values::Label;

/// Sets of keys that are remembered.
const REMEMBERED: usize = 16;
/// The object whose members are columns of their own: `{"attributes": {"iso": "yes"}}` is `attributes.iso`.
const NESTED: &str = "attributes";

/// Reads objects line by line. After a [`Problem::File`] it yields nothing more.
pub(super) struct NdjsonReader<'a, R> {
    lines: Lines<R>,
    layout: &'a Layout,
    limits: Limits,
    /// What sets of keys mean, the latest last.
    known: Vec<(Vec<String>, Arc<Keys>)>,
    ended: bool,
}

/// An object's members in their order.
struct Members<'a>(Vec<(String, &'a RawValue)>);

/// A value that no column takes, and where.
struct Nested(String);

impl<'a, R: Read> NdjsonReader<'a, R> {
    pub(super) fn new(lines: Lines<R>, layout: &'a Layout, limits: Limits) -> Self {
        Self { lines, layout, limits, known: Vec::new(), ended: false }
    }

    /// The lines it reads from.
    pub(super) fn lines(&self) -> &Lines<R> {
        &self.lines
    }

    /// The next object, or none at the end.
    pub(super) fn next(&mut self) -> Option<Result<Record, Problem>> {
        if self.ended {
            return None;
        }
        let next = self.next_record().transpose();
        self.ended = matches!(next, None | Some(Err(Problem::File(_))));
        next
    }

    fn next_record(&mut self) -> Result<Option<Record>, Problem> {
        let line = loop {
            match self.lines.next()? {
                None => return Ok(None),
                Some(line) if line.content.trim_ascii().is_empty() => {}
                Some(line) => break line,
            }
        };
        if line.too_long || line.content.len() > self.limits.max_record {
            let detail = Label::new("The row is too long.", "该行过长。");
            return Err(refused(&line, None, RowCode::RecordTooLong, detail));
        }
        let Ok(text) = std::str::from_utf8(&line.content) else {
            let detail = Label::new("This is not valid text in the file's encoding.", "该文本不符合文件的编码。");
            return Err(refused(&line, None, RowCode::InvalidUtf8, detail));
        };
        self.record(&line, text).map(Some)
    }

    fn record(&mut self, line: &Line, text: &str) -> Result<Record, Problem> {
        let members: Members<'_> = serde_json::from_str(text).map_err(|e| {
            let detail = Label::new(
                format!("Expected a JSON object on one line: {e}."),
                format!("每行应为一个 JSON 对象：{e}。"),
            );
            refused(line, None, RowCode::InvalidJson, detail)
        })?;
        let mut names = Vec::new();
        let (mut fields, mut kinds) = (StringRecord::new(), Vec::new());
        flatten(members, "", &mut names, (&mut fields, &mut kinds)).map_err(|Nested(column)| {
            let detail = Label::new(
                "Expected a text, a number, true, false or null; a list of them for tags.",
                "应为文本、数字、true、false 或 null；标签可为其列表。",
            );
            refused(line, Some(&column), RowCode::NestedValue, detail)
        })?;
        let keys = self.keys(names)?;
        for (names, code, en, zh) in [
            (&keys.unknown, RowCode::UnknownColumn, "There is no such column.", "没有此列。"),
            (&keys.duplicate, RowCode::Duplicate, "The column is given twice.", "该列重复出现。"),
        ] {
            if let Some(name) = names.first() {
                return Err(refused(line, Some(name), code, Label::new(en, zh)));
            }
        }
        Ok(self.layout.record_of(line.number, &keys.header, Cells::new(fields, kinds)).of_line(text))
    }

    /// What these keys mean. Lines mostly have those of the line before.
    fn keys(&mut self, names: Vec<String>) -> Result<Arc<Keys>, FileProblem> {
        if let Some((_, keys)) = self.known.iter().rev().find(|(known, _)| *known == names) {
            return Ok(Arc::clone(keys));
        }
        let keys = Arc::new(self.layout.keys(&names.iter().map(String::as_str).collect::<Vec<_>>())?);
        if self.known.len() == REMEMBERED {
            self.known.remove(0);
        }
        self.known.push((names, Arc::clone(&keys)));
        Ok(keys)
    }
}

/// Lays an object's members out as columns and fields.
fn flatten(
    members: Members<'_>,
    prefix: &str,
    names: &mut Vec<String>,
    (fields, kinds): (&mut StringRecord, &mut Vec<CellKind>),
) -> Result<(), Nested> {
    for (name, value) in members.0 {
        let name = format!("{prefix}{name}");
        let text = value.get();
        if prefix.is_empty() && name == NESTED && text.starts_with('{') {
            let inner: Members<'_> = serde_json::from_str(text).map_err(|_| Nested(name.clone()))?;
            flatten(inner, "attributes.", names, (&mut *fields, &mut *kinds))?;
            continue;
        }
        let field = if text.starts_with('[') { list(text) } else { scalar(text) };
        // Texts as cells have them, so that each is read back as it is here. An empty one says that there is no value.
        let is_text = text.starts_with(['"', '[']);
        let field = field.map(|text| match is_text && !text.is_empty() {
            true => Cow::Owned(guard(&text).into_owned()),
            false => text,
        });
        fields.push_field(&field.ok_or_else(|| Nested(shown(&name)))?);
        kinds.push(kind(text));
        names.push(name);
    }
    Ok(())
}

/// The text of a JSON text, number, truth value or null.
fn scalar(json: &str) -> Option<Cow<'_, str>> {
    match json.as_bytes().first()? {
        b'"' => serde_json::from_str::<String>(json).ok().map(Cow::Owned),
        b'n' => Some(Cow::Borrowed("")),
        b'{' | b'[' => None,
        b't' | b'f' => Some(Cow::Borrowed(json)),
        // One that no column can take is refused as it stands.
        _ => Some(plain_number(json).map_or(Cow::Borrowed(json), Cow::Owned)),
    }
}

fn kind(json: &str) -> CellKind {
    match json.as_bytes().first() {
        Some(b'n') => CellKind::Null,
        Some(b't' | b'f') => CellKind::Flag,
        Some(b'-' | b'0'..=b'9') if json.contains(['.', 'e', 'E']) => CellKind::Float,
        Some(b'-' | b'0'..=b'9') => CellKind::Number,
        _ => CellKind::Text,
    }
}

/// A list of words as a file of text has it.
fn list(json: &str) -> Option<Cow<'_, str>> {
    let items: Vec<&RawValue> = serde_json::from_str(json).ok()?;
    let words: Option<Vec<_>> = items.iter().map(|item| scalar(item.get()).map(Cow::into_owned)).collect();
    Some(Cow::Owned(join(&words?)))
}

fn refused(line: &Line, column: Option<&str>, code: RowCode, detail: Label) -> Problem {
    let text = String::from_utf8_lossy(&line.content);
    let problem = RowProblem::new(line.number, column, Some(&text), code, detail);
    Refused { problem, original: vec![text.into_owned()] }.into()
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}
