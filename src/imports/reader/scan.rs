//! One record of a CSV file, put together line by line; or how much of the file is given up with one that is torn.
//!
//! Nothing inside a quoted text may ever become a record. A text is read to the mark that closes it, whatever its
//! lines. Where marks are wrong, there are several ways to read what follows: the mark closed the text, it was a part
//! of the text, or the text had begun with a stray mark and the latest line is a record of its own. Reading goes on
//! behind the first line at whose end no text is open in any of these ways.

use csv::ByteRecord;

use super::Delimiter;
use super::lines::Piece;
use super::quotes::{Quotes, Step, Stray};

/// Bytes of the beginning of a record that are shown: enough for 200 characters.
const SHOWN: usize = 800;

/// Why a record is torn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tear {
    /// A text stands behind the mark that closes a field, or a record of several lines has other fields than the
    /// header, because a mark is astray.
    StrayQuote,
    /// A carriage return or line feed outside quotation marks.
    StrayLineBreak,
    /// It is longer than a record may be.
    TooLong,
    /// A mark opens and never closes.
    NeverClosed,
}

/// A record that cannot be read, with all its lines.
#[derive(Debug)]
pub(super) struct Torn {
    pub(super) tear: Tear,
    /// Its first line and its last.
    pub(super) lines: (u64, u64),
    /// The line on which the mark opens that is astray or not closed.
    pub(super) opened: u64,
    /// The field that is torn, from 0.
    pub(super) field: usize,
    /// The beginning of its first line.
    pub(super) shown: Vec<u8>,
    /// Its fields as far as they can be made out; none of one that is too long.
    pub(super) fields: ByteRecord,
}

/// How many fields a whole row has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Width {
    /// Up to the last column that has a name.
    pub(super) named: usize,
    /// With columns of the header that have none.
    pub(super) given: usize,
}

/// Puts records together. One serves a whole file.
pub(super) struct Scan {
    delimiter: Delimiter,
    longest: usize,
    /// None while the header is read, which may have any number of fields.
    width: Option<Width>,
    quotes: Quotes,
    fields: ByteRecord,
    field: Vec<u8>,
    shown: Vec<u8>,
    /// Quotation marks so far.
    marks: usize,
    /// The first line and the latest; none before the first.
    lines: Option<(u64, u64)>,
    within_line: bool,
    bytes: usize,
    /// Its text is kept.
    keeps: bool,
    too_long: bool,
    /// The line on which a mark opened last, and in which field.
    opened: (u64, usize),
    torn: Option<(Tear, (u64, usize))>,
    /// The ways to read what is torn besides the one that `quotes` goes.
    ways: Ways,
}

#[derive(Default)]
struct Ways {
    /// The mark that is astray belongs to the text.
    is_text: Option<Quotes>,
    /// The latest line is the beginning of a record.
    afresh: Option<Quotes>,
    /// The mark that is astray follows the one that opens the text, so that it may be a part of it.
    may_be_doubled: bool,
    /// The line that is torn is at its end.
    are_settled: bool,
}

impl Scan {
    /// Reads records of at most `longest` bytes.
    pub(super) fn new(delimiter: Delimiter, longest: usize) -> Self {
        Self {
            delimiter,
            longest,
            width: None,
            quotes: Quotes::new(delimiter),
            fields: ByteRecord::new(),
            field: Vec::new(),
            shown: Vec::new(),
            marks: 0,
            lines: None,
            within_line: false,
            bytes: 0,
            keeps: true,
            too_long: false,
            opened: (0, 0),
            torn: None,
            ways: Ways::default(),
        }
    }

    /// How many fields the rows have, once the header is known.
    pub(super) fn set_width(&mut self, width: Width) {
        self.width = Some(width);
    }

    /// Whether nothing of the record has been read.
    pub(super) fn is_new(&self) -> bool {
        self.lines.is_none()
    }

    /// Reads on; whether the record is at its end.
    pub(super) fn take(&mut self, piece: &Piece<'_>) -> bool {
        if !self.within_line {
            self.begin_line(piece.number);
        }
        self.within_line = piece.end.is_none();
        if self.lines.is_some_and(|(first, _)| first == piece.number) {
            let room = SHOWN - self.shown.len().min(SHOWN);
            self.shown.extend(piece.bytes.iter().take(room));
        }
        self.marks += piece.bytes.iter().filter(|byte| **byte == b'"').count();
        self.measure(piece.bytes.len());
        if let Some(is_text) = &mut self.ways.is_text {
            is_text.follow(piece.bytes, Stray::IsText);
        }
        if let Some(afresh) = &mut self.ways.afresh {
            afresh.follow(piece.bytes, Stray::Closes);
        }
        self.read(piece.bytes);
        piece.end.is_some_and(|end| self.end_line(end))
    }

    /// The file is at its end; whether a record was under way.
    pub(super) fn end_file(&mut self) -> bool {
        if self.is_new() {
            return false;
        }
        if self.torn.is_none() {
            self.torn = Some((Tear::NeverClosed, self.opened));
        }
        true
    }

    /// The record that is at its end, with its first line. The next one may begin.
    pub(super) fn finish(&mut self) -> Result<(u64, ByteRecord), Torn> {
        if self.keeps {
            self.end_field();
        }
        let lines = self.lines.take().unwrap_or_default();
        let fields = std::mem::take(&mut self.fields);
        let torn = self.torn.take().or_else(|| self.too_long.then_some((Tear::TooLong, self.opened)));
        let shown = std::mem::take(&mut self.shown);
        self.quotes = Quotes::new(self.delimiter);
        self.field.clear();
        (self.bytes, self.marks) = (0, 0);
        (self.keeps, self.too_long, self.within_line) = (true, false, false);
        self.opened = (0, 0);
        self.ways = Ways::default();
        match torn {
            None => Ok((lines.0, fields)),
            Some((tear, (opened, field))) => Err(Torn { tear, lines, opened, field, shown, fields }),
        }
    }

    fn begin_line(&mut self, number: u64) {
        let first = self.lines.map_or(number, |(first, _)| first);
        self.lines = Some((first, number));
        if self.torn.is_none() && first < number {
            self.ways.afresh = Some(Quotes::new(self.delimiter));
        }
    }

    fn read(&mut self, mut bytes: &[u8]) {
        loop {
            let (run, rest) = bytes.split_at(self.quotes.run(bytes));
            self.keep(run);
            let [byte, after @ ..] = rest else { return };
            match self.quotes.step(*byte) {
                Step::Text => self.keep(&[*byte]),
                Step::Mark => {}
                Step::Opening => {
                    self.field.clear();
                    let line = self.lines.map_or(0, |(_, latest)| latest);
                    self.opened = (line, self.quotes.fields() - 1);
                }
                Step::FieldEnd => {
                    if self.keeps {
                        self.end_field();
                    }
                }
                Step::StrayQuote => {
                    if self.torn.is_none() {
                        self.torn = Some((Tear::StrayQuote, self.opened));
                        self.ways.may_be_doubled = self.keeps && self.field.is_empty();
                        let mut is_text = self.quotes.clone();
                        is_text.settle(Stray::IsText);
                        is_text.follow(after, Stray::IsText);
                        self.ways.is_text = Some(is_text);
                    }
                    self.go_on(*byte);
                }
                Step::StrayLineBreak => {
                    let line = self.lines.map_or(0, |(_, latest)| latest);
                    self.torn.get_or_insert((Tear::StrayLineBreak, (line, self.quotes.fields() - 1)));
                    self.go_on(*byte);
                }
            }
            bytes = after;
        }
    }

    /// Takes what is astray for a part of the field.
    fn go_on(&mut self, byte: u8) {
        self.quotes.settle(Stray::Closes);
        self.keep(&[byte]);
    }

    /// A line is at its end; whether the record is too.
    fn end_line(&mut self, end: &[u8]) -> bool {
        let several = self.lines.is_some_and(|(first, latest)| first < latest);
        let is_open = |way: &Option<Quotes>| way.as_ref().is_some_and(Quotes::is_open);
        if self.torn.is_none() {
            if self.quotes.is_open() {
                self.measure(end.len());
                self.keep(end);
                return false;
            }
            // A record of several lines with too few or too many fields may have begun with a stray mark.
            if !several || self.fits() || !is_open(&self.ways.afresh) {
                return true;
            }
            self.torn = Some((Tear::StrayQuote, self.opened));
        } else if !self.ways.are_settled {
            self.ways.are_settled = true;
            let is_row = self.is_row(several);
            if is_row && !several {
                return true;
            }
            // Marks that do not come in pairs: one of them may open a text that goes on.
            let in_pairs = self.marks.is_multiple_of(2);
            if let Some(is_text) = self.ways.is_text.as_mut().filter(|_| !in_pairs && !is_row) {
                is_text.reopen();
            }
        }
        if !self.quotes.is_open() && !is_open(&self.ways.is_text) && !is_open(&self.ways.afresh) {
            return true;
        }
        // Whatever follows is given up with it, and not kept.
        if self.keeps {
            self.end_field();
            self.keeps = false;
        }
        self.quotes.end_line();
        self.ways.is_text.as_mut().map(Quotes::end_line);
        self.ways.afresh.as_mut().map(Quotes::end_line);
        false
    }

    /// Whether the line that is torn has all fields of a row nevertheless; of several lines, the latest.
    fn is_row(&self, several: bool) -> bool {
        let Some(width) = self.width else { return true };
        let is_row = |way: &Quotes| !way.is_open() && (width.named..=width.given).contains(&way.fields());
        if several {
            return self.ways.afresh.as_ref().is_some_and(is_row);
        }
        let closes = self.marks.is_multiple_of(2) && is_row(&self.quotes);
        let is_text = self.ways.is_text.as_ref().is_some_and(|way| is_row(way) && !way.reads_on());
        !self.ways.may_be_doubled && (closes || is_text)
    }

    /// Whether the record has the fields of a row: what goes beyond is blank.
    fn fits(&self) -> bool {
        let Some(width) = self.width else { return true };
        let found = self.quotes.fields();
        let surplus = self.fields.iter().chain([self.field.as_slice()]).skip(width.named);
        found >= width.named
            && (found <= width.given || self.keeps && surplus.map(<[u8]>::trim_ascii).all(<[u8]>::is_empty))
    }

    fn measure(&mut self, more: usize) {
        self.bytes = self.bytes.saturating_add(more);
        if self.bytes > self.longest && !self.too_long {
            (self.too_long, self.keeps) = (true, false);
            self.fields.clear();
            self.field = Vec::new();
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.keeps {
            self.field.extend_from_slice(bytes);
        }
    }

    fn end_field(&mut self) {
        self.fields.push_field(&self.field);
        self.field.clear();
    }
}
