//! Where the header row of a table stands, and what separates its fields: one rule for text and sheets.
//!
//! Rows that are blank are passed over, and the line `sep=;` that spreadsheets take. The header is the first of the
//! first rows that has all the names that are needed and no others, read with whichever separator makes it so. The
//! rows above must have fewer filled fields than it has: they are titles, and never rows of data. Where no row is such
//! a header, the one with the most names that are known is taken for it, so that what is wrong with it is told.

use std::collections::HashSet;

use super::lines::{LineEnds, Piece};
use super::scan::Scan;
use super::{Delimiter, Header, Layout};
use crate::imports::FileProblem;

/// Rows among which the header is looked for, blank ones not counted.
const LOOKED_AT: usize = 20;
/// Bytes of a row that are looked at.
const LONGEST: usize = 1024 * 1024;

/// Where the header stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heading {
    /// Lines before it.
    pub(super) before: u64,
    /// What separates its fields.
    pub(super) delimiter: Delimiter,
}

/// Looks for the header among rows, one after the other.
struct Search<'a> {
    layout: &'a Layout,
    known: HashSet<String>,
    rows: usize,
    /// The most filled fields of a row so far.
    filled: usize,
    best: Option<Candidate>,
}

/// A row that may be the header.
struct Candidate {
    /// How many of its names are known.
    known: usize,
    /// Its place among the rows that were looked at.
    row: usize,
    /// Its fields.
    names: Vec<String>,
}

impl<'a> Search<'a> {
    fn new(layout: &'a Layout) -> Self {
        Self { layout, known: layout.known(), rows: 0, filled: 0, best: None }
    }

    /// Looks at the next row that is not blank; whether it is the header.
    fn offer(&mut self, names: Vec<String>) -> bool {
        let row = self.rows;
        self.rows += 1;
        let filled = names.iter().filter(|name| !name.trim().is_empty()).count();
        if row > 0 && filled <= self.filled {
            return false;
        }
        self.filled = filled;
        let known = names.iter().filter(|name| self.layout.knows(&self.known, name)).count();
        let plain: Vec<&str> = names.iter().map(String::as_str).collect();
        let fits = known > 0 && self.layout.header(&plain).is_ok();
        if fits || self.best.as_ref().is_none_or(|best| best.known < known) {
            self.best = Some(Candidate { known, row, names });
        }
        fits
    }

    /// Whether enough rows have been looked at.
    fn is_over(&self) -> bool {
        self.rows == LOOKED_AT
    }

    /// The row that fits, or fits best.
    fn best(&self) -> Option<&Candidate> {
        self.best.as_ref()
    }
}

/// Looks for the header of a sheet, row by row.
pub(super) struct SheetHeading<'a> {
    search: Search<'a>,
    asked: Option<i32>,
    found: Option<u64>,
}

impl<'a> SheetHeading<'a> {
    /// The header stands in row `asked`, or below where that is blank.
    pub(super) fn new(layout: &'a Layout, asked: Option<i32>) -> Self {
        Self { search: Search::new(layout), asked, found: None }
    }

    /// The header, if `row`, which is not blank, is it.
    ///
    /// # Errors
    /// What is wrong with the header that was asked for, or with the likeliest of those that were looked at.
    pub(super) fn look_at(&mut self, row: u64, names: Vec<String>) -> Result<Option<Header>, FileProblem> {
        if self.asked.is_some_and(|asked| row < u64::from(asked.unsigned_abs())) {
            return Ok(None);
        }
        let is_it = self.search.offer(names);
        if !is_it && self.asked.is_none() && !self.search.is_over() {
            return Ok(None);
        }
        self.found = Some(row);
        self.likeliest()?.ok_or(FileProblem::Empty).map(Some)
    }

    /// The row of the header that was found.
    pub(super) fn row(&self) -> Option<u64> {
        self.found
    }

    /// Why there is no header in all the rows.
    pub(super) fn problem(&self) -> FileProblem {
        self.likeliest().err().unwrap_or(FileProblem::Empty)
    }

    fn likeliest(&self) -> Result<Option<Header>, FileProblem> {
        let Some(candidate) = self.search.best() else { return Ok(None) };
        let names: Vec<&str> = candidate.names.iter().map(String::as_str).collect();
        self.search.layout.header(&names).map(Some)
    }
}

/// Finds the header in the beginning of a text: in its first row that is not blank where `is_first`. None where all is
/// blank.
pub(super) fn find(
    head: &[u8],
    ends: LineEnds,
    declared: Option<Delimiter>,
    is_first: bool,
    layout: &Layout,
) -> Result<Option<Heading>, FileProblem> {
    let delimiters = declared.map_or(Delimiter::ALL.to_vec(), |delimiter| vec![delimiter]);
    let mut searches: Vec<_> = delimiters.iter().map(|delimiter| (*delimiter, Search::new(layout))).collect();
    // The lines before each row that is looked at.
    let mut places = Vec::new();
    for (before, (at, line, _)) in (0..).zip(lines(head, ends)) {
        if is_blank(line) || separator_of(line).is_some() {
            continue;
        }
        if line.contains(&0) {
            return Err(FileProblem::WrongEncoding { found: "UTF-16" });
        }
        places.push(before);
        let mut fit: Option<(usize, Delimiter)> = None;
        for (delimiter, search) in &mut searches {
            let names = fields(&head[at..], ends, *delimiter);
            let found = names.len();
            if search.offer(names) && fit.is_none_or(|(most, _)| most < found) {
                fit = Some((found, *delimiter));
            }
        }
        if let Some((_, delimiter)) = fit {
            return Ok(Some(Heading { before, delimiter }));
        }
        if is_first || places.len() == LOOKED_AT {
            break;
        }
    }
    let mut found: Option<(Delimiter, &Candidate)> = None;
    for (delimiter, search) in &searches {
        let Some(candidate) = search.best() else { continue };
        let rank = |c: &Candidate| (c.known, std::cmp::Reverse(c.row), c.names.len());
        if found.is_none_or(|(_, best)| rank(best) < rank(candidate)) {
            found = Some((*delimiter, candidate));
        }
    }
    let heading = |(delimiter, candidate): (Delimiter, &Candidate)| {
        places.get(candidate.row).map(|before| Heading { before: *before, delimiter })
    };
    Ok(found.and_then(heading))
}

/// What a line `sep=;` says that stands before everything else.
///
/// # Errors
/// `wrong_separator` where it is a separator that is not taken.
pub(super) fn separator(head: &[u8], ends: LineEnds) -> Result<Option<Delimiter>, FileProblem> {
    let first = lines(head, ends).map(|(_, line, _)| line).find(|line| !is_blank(line));
    match first.and_then(separator_of) {
        None => Ok(None),
        Some(Some(delimiter)) => Ok(Some(delimiter)),
        Some(None) => Err(FileProblem::WrongSeparator),
    }
}

/// The separator that a line `sep=;` names: none of ours is an inner none. A program that has written the line again as
/// a row has put marks around it, or separators behind.
fn separator_of(line: &[u8]) -> Option<Option<Delimiter>> {
    let line = line.trim_ascii_start();
    let line = line.strip_prefix(b"\"").unwrap_or(line);
    let (name, rest) = line.split_at_checked(4)?;
    if !name.eq_ignore_ascii_case(b"sep=") {
        return None;
    }
    let delimiter = match rest {
        [b'\\', b't', ..] => Some(Delimiter::Tab),
        [byte, ..] => Delimiter::ALL.into_iter().find(|delimiter| delimiter.byte() == *byte),
        [] => None,
    };
    let rest = rest.get(if rest.starts_with(b"\\t") { 2 } else { 1 }..).unwrap_or_default();
    rest.iter().all(|byte| b" \t,;|\"".contains(byte)).then_some(delimiter)
}

/// Whether a line has no text: blanks, separators and marks at most.
fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| b" \t,;|\"\r".contains(byte))
}

/// The physical lines of a text, each with where it begins and what ends it.
fn lines(text: &[u8], ends: LineEnds) -> impl Iterator<Item = (usize, &[u8], &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let (content, next) = ends.find(rest, 0, true).unwrap_or((rest.len(), rest.len()));
        let line = (at, &rest[..content], &rest[content..next]);
        at += next;
        Some(line)
    })
}

/// The fields of the record with which a text begins.
fn fields(text: &[u8], ends: LineEnds, delimiter: Delimiter) -> Vec<String> {
    let mut scan = Scan::new(delimiter, LONGEST);
    let mut is_whole = false;
    for (_, bytes, end) in lines(text, ends) {
        is_whole = scan.take(&Piece { number: 1, bytes, end: Some(end) });
        if is_whole {
            break;
        }
    }
    if !is_whole {
        scan.end_file();
    }
    let record = scan.finish().map_or_else(|torn| torn.fields, |(_, fields)| fields);
    record.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::ImportKind;

    fn found(text: &str) -> Option<(u64, Delimiter)> {
        let layout = Layout::plain(ImportKind::Customers);
        let ends = LineEnds::of(text.as_bytes());
        let declared = separator(text.as_bytes(), ends).unwrap();
        let heading = find(text.as_bytes(), ends, declared, false, &layout).unwrap();
        heading.map(|heading| (heading.before, heading.delimiter))
    }

    #[test]
    fn names_that_are_known_decide_on_the_separator() {
        assert_eq!(found("external_id;name;city\n"), Some((0, Delimiter::Semicolon)));
        assert_eq!(found("\"external_id\"\t\"name\"\n"), Some((0, Delimiter::Tab)));
        assert_eq!(found("external_id|name\n"), Some((0, Delimiter::Pipe)));
        assert_eq!(found("external_id,name,\"attributes.a;b;c;d\"\n"), Some((0, Delimiter::Comma)));
        // More commas, and yet no names between them.
        assert_eq!(found("external_id;name;attributes.a,b,c,d\n"), Some((0, Delimiter::Semicolon)));
        assert_eq!(found("external_id;nom, prénom, titre, rue\n"), Some((0, Delimiter::Semicolon)));
        // Where no name is known, the most fields do; a comma where that is no choice.
        assert_eq!(found("a;b;c,d\n"), Some((0, Delimiter::Semicolon)));
        assert_eq!(found("a,b;c\n"), Some((0, Delimiter::Comma)));
        assert_eq!(found("external_id\n1;2\n"), Some((0, Delimiter::Comma)));
    }

    #[test]
    fn blank_lines_and_the_line_of_the_separator_are_passed_over() {
        let header = "external_id;name\n";
        for before in ["\n", "\r\n", "   \n", "\t\n\n", ";;\n", "sep=;\n", "SEP=;\r\n\n", "\n\"sep=;\"\n", "sep=;;\n"] {
            let lines = before.matches('\n').count() as u64;
            assert_eq!(found(&format!("{before}{header}")), Some((lines, Delimiter::Semicolon)), "{before:?}");
        }
        assert_eq!(found("sep=\\t\nexternal_id\tname\n"), Some((1, Delimiter::Tab)));
        assert_eq!(separator(b"sep=^\n", LineEnds::Feed), Err(FileProblem::WrongSeparator));
        assert_eq!(separator(b"sep=a,b\n", LineEnds::Feed), Ok(None));
        assert_eq!(found("\n \n;;\n"), None);
        assert_eq!(found(""), None);
    }

    #[test]
    fn titles_are_passed_over_and_rows_of_data_are_not() {
        assert_eq!(found("Customers 2026;;\n;;\nexternal_id;name;city\n"), Some((2, Delimiter::Semicolon)));
        assert_eq!(found("Customers, all of them\n\nexternal_id\tname\tcity\n"), Some((2, Delimiter::Tab)));
        assert_eq!(found("Made by;Li Na\nOn;2026-01-31\nexternal_id;name;city\n"), Some((2, Delimiter::Semicolon)));
        // The second row could be a header; the first has as many fields, and may be data.
        assert_eq!(found("1;2\nexternal_id;name\n"), Some((0, Delimiter::Semicolon)));
        // A header that is not right is taken for the header nevertheless.
        assert_eq!(found("Customers\nexternal_id;name;colour\n1;2;3\n"), Some((1, Delimiter::Semicolon)));
        let far = format!("{}external_id;name\n", "title\n".repeat(20));
        assert_eq!(found(&far), Some((0, Delimiter::Comma)));
        let near = format!("{}external_id;name\n", "title\n\n".repeat(19));
        assert_eq!(found(&near), Some((38, Delimiter::Semicolon)));
    }
}
