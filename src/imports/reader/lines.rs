//! Physical lines, in constant memory.

use std::io::{ErrorKind, Read};

use super::Limits;
use super::decode::UnknownEncoding;
use crate::imports::FileProblem;

/// Bytes of a file that are held at a time. They bound what is inflated before the size is checked.
const HELD: usize = 128 * 1024;

/// A physical line of a file.
#[derive(Debug)]
pub(super) struct Line {
    /// 1 for the first.
    pub(super) number: u64,
    /// Its bytes without what ends it; only their beginning where the line is too long.
    pub(super) content: Vec<u8>,
    /// Longer than a record may be.
    pub(super) too_long: bool,
}

/// A physical line, or a part of one that is longer than what is held.
#[derive(Debug)]
pub(super) struct Piece<'a> {
    /// The line's number, 1 for the first.
    pub(super) number: u64,
    /// Its bytes without what ends it.
    pub(super) bytes: &'a [u8],
    /// What ends the line: LF, CRLF, CR, or nothing at the end of the file; none where the line goes on.
    pub(super) end: Option<&'a [u8]>,
}

/// What ends the lines of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineEnds {
    /// LF or CRLF. A CR alone belongs to the text.
    Feed,
    /// CR too, as programs of old Macintosh computers write it.
    Any,
}

impl LineEnds {
    /// What ends the first line of a file that begins with `head`. A line break within quotation marks is none.
    pub(super) fn of(head: &[u8]) -> Self {
        let (mut quoted, mut may_open) = (false, true);
        for (at, byte) in head.iter().enumerate() {
            match (quoted, byte) {
                (true, b'"') => (quoted, may_open) = (false, true),
                (true, _) => {}
                (false, b'"') if may_open => quoted = true,
                (false, b'\n') => return Self::Feed,
                (false, b'\r') if head.get(at + 1) == Some(&b'\n') => return Self::Feed,
                (false, b'\r') => return Self::Any,
                (false, _) => may_open = matches!(byte, b',' | b';' | b'\t' | b'|' | b' '),
            }
        }
        Self::Feed
    }

    /// Where the first line of `bytes` ends and where the next begins; none where the end is not there, or is not
    /// known because more than these bytes may follow.
    pub(super) fn find(self, bytes: &[u8], from: usize, is_last: bool) -> Option<(usize, usize)> {
        let rest = bytes.get(from..)?;
        match self {
            Self::Feed => {
                let at = from + rest.iter().position(|byte| *byte == b'\n')?;
                let ends_with_return = at > 0 && bytes[at - 1] == b'\r';
                Some((at - usize::from(ends_with_return), at + 1))
            }
            Self::Any => {
                let at = from + rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'))?;
                match (bytes[at], bytes.get(at + 1)) {
                    (b'\r', Some(b'\n')) => Some((at, at + 2)),
                    (b'\r', None) if !is_last => None,
                    _ => Some((at, at + 1)),
                }
            }
        }
    }
}

/// Splits a file into lines and watches over its size.
pub(super) struct Lines<R> {
    source: R,
    limits: Limits,
    ends: LineEnds,
    buffer: Vec<u8>,
    /// Where what is held begins and ends.
    start: usize,
    end: usize,
    /// So many of the bytes that are held have no end of a line.
    searched: usize,
    /// Nothing more comes.
    at_end: bool,
    /// Why nothing more comes; told behind what came before.
    failed: Option<std::io::Error>,
    /// Lines that have begun.
    number: u64,
    /// Bytes of the current line that have gone out; none where none is begun.
    given: Option<usize>,
    bytes: u64,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(source: R, limits: Limits) -> Self {
        Self::holding(source, limits, HELD)
    }

    fn holding(source: R, limits: Limits, held: usize) -> Self {
        Self {
            source,
            limits,
            ends: LineEnds::Feed,
            buffer: vec![0; held],
            start: 0,
            end: 0,
            searched: 0,
            at_end: false,
            failed: None,
            number: 0,
            given: None,
            bytes: 0,
        }
    }

    /// What the lines are read from.
    pub(super) fn source(&self) -> &R {
        &self.source
    }

    /// Bytes read so far, inflated.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What ends its lines.
    pub(super) fn ends(&self) -> LineEnds {
        self.ends
    }

    /// Takes other ends of lines.
    pub(super) fn end_with(&mut self, ends: LineEnds) {
        self.ends = ends;
        self.searched = 0;
    }

    /// The next bytes, as many as can be held, which stay to be read. An error is met again when they have been.
    pub(super) fn peek(&mut self) -> &[u8] {
        while !self.at_end && self.end - self.start < self.buffer.len() {
            self.fill();
        }
        &self.buffer[self.start..self.end]
    }

    /// Passes over lines, so that line `number` is the next.
    pub(super) fn skip_to(&mut self, number: u64) -> Result<(), FileProblem> {
        while self.number + 1 < number || self.given.is_some() {
            if self.piece()?.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// The next line or part of a line, or `None` at the end of the file.
    pub(super) fn piece(&mut self) -> Result<Option<Piece<'_>>, FileProblem> {
        let (content, used, ended) = loop {
            let held = &self.buffer[self.start..self.end];
            if let Some((content, next)) = self.ends.find(held, self.searched, self.at_end) {
                break (content, next, true);
            }
            if self.at_end {
                if let Some(error) = self.failed.take() {
                    let whole = self.number - u64::from(self.given.is_some());
                    return Err(unreadable(whole, self.given.unwrap_or_default() + held.len(), error));
                }
                if held.is_empty() && self.given.is_none() {
                    return Ok(None);
                }
                // The half of a CRLF that was cut off.
                break (held.len() - usize::from(held.ends_with(b"\r")), held.len(), true);
            }
            // What may be half of a CRLF waits for the other.
            let settled = held.len() - usize::from(held.ends_with(b"\r"));
            if held.len() == self.buffer.len() {
                break (settled, settled, false);
            }
            self.searched = settled;
            self.fill();
        };
        let start = self.start;
        self.start += used;
        self.searched = 0;
        self.number += u64::from(self.given.is_none());
        self.given = (!ended).then(|| self.given.unwrap_or_default() + content);
        self.bytes = self.bytes.saturating_add(used as u64);
        if let Some(limit) = self.limits.max_bytes
            && self.bytes > limit
        {
            return Err(FileProblem::TooLarge { limit });
        }
        let (bytes, end) = self.buffer[start..start + used].split_at(content);
        Ok(Some(Piece { number: self.number, bytes, end: ended.then_some(end) }))
    }

    /// The next line, as far as a record may be long, or `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Line>, FileProblem> {
        let longest = self.limits.max_record;
        let mut line = Line { number: 0, content: Vec::new(), too_long: false };
        while let Some(piece) = self.piece()? {
            let room = longest.saturating_sub(line.content.len());
            line.number = piece.number;
            line.too_long |= piece.bytes.len() > room;
            line.content.extend_from_slice(&piece.bytes[..piece.bytes.len().min(room)]);
            if piece.end.is_some() {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }

    fn fill(&mut self) {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        match self.source.read(&mut self.buffer[self.end..]) {
            Ok(0) => self.at_end = true,
            Ok(read) => self.end += read,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => (self.at_end, self.failed) = (true, Some(e)),
        }
    }
}

/// What a failed reading means, behind `line` whole lines and `bytes` of the next.
fn unreadable(line: u64, bytes: usize, error: std::io::Error) -> FileProblem {
    match error.downcast::<UnknownEncoding>() {
        Ok(UnknownEncoding { found }) => FileProblem::UnknownEncoding { found, line: line + 1, byte: bytes as u64 + 1 },
        Err(error) => FileProblem::unreadable(line, &error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    /// Number, text and end of every line, with so many bytes held.
    fn lines(text: &[u8], held: usize) -> Vec<(u64, String, String)> {
        let mut lines = Lines::holding(Cursor::new(text), Limits::default(), held);
        lines.end_with(LineEnds::of(text));
        let (mut all, mut content) = (Vec::new(), Vec::new());
        while let Some(piece) = lines.piece().unwrap() {
            content.extend_from_slice(piece.bytes);
            if let Some(end) = piece.end {
                let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
                all.push((piece.number, text(&content), text(end)));
                content.clear();
            }
        }
        assert!(content.is_empty());
        assert_eq!(lines.bytes(), text.len() as u64);
        all
    }

    #[test]
    fn the_first_end_of_a_line_says_what_ends_lines() {
        assert_eq!(LineEnds::of(b"a,b\r\nc"), LineEnds::Feed);
        assert_eq!(LineEnds::of(b"a,\"b\rc\"\nd\r"), LineEnds::Feed);
        assert_eq!(LineEnds::of(b"a,\"b\"\"\nc\"\rd\n"), LineEnds::Any);
        assert_eq!(LineEnds::of(b"5\" pipe,b\rd"), LineEnds::Any);
        assert_eq!(LineEnds::of(b"alone"), LineEnds::Feed);
        let line = |number, text: &str, end: &str| (number, text.to_owned(), end.to_owned());
        let expected = [line(1, "a", "\r"), line(2, "b", "\r\n"), line(3, "", "\n"), line(4, "c", "")];
        assert_eq!(lines(b"a\rb\r\n\nc", 100), expected);
        assert_eq!(lines(b"a\nb\rc\r\n", 100), [line(1, "a", "\n"), line(2, "b\rc", "\r\n")]);
    }

    proptest! {
        #[test]
        fn lines_are_the_same_however_little_is_held(text in "[ab\r\n\"]{0,40}", held in 2_usize..12) {
            prop_assert_eq!(lines(text.as_bytes(), held), lines(text.as_bytes(), 1000));
        }
    }
}
