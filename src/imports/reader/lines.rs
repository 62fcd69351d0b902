//! Physical lines, in constant memory.

use std::io::{BufRead, BufReader, Read};

use super::Limits;
use super::decode::UnknownEncoding;
use crate::imports::FileProblem;

/// A physical line of a file.
#[derive(Debug)]
pub(super) struct Line {
    /// 1 for the first.
    pub(super) number: u64,
    /// Its bytes without the terminator; only their beginning where the line is too long.
    pub(super) content: Vec<u8>,
    /// LF, CRLF, or nothing at the end of the file.
    pub(super) terminator: &'static [u8],
    /// Longer than a record may be.
    pub(super) too_long: bool,
}

/// Splits a file at its line feeds and watches over its size.
pub(super) struct Lines<R> {
    source: BufReader<R>,
    number: u64,
    bytes: u64,
    limits: Limits,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(source: R, limits: Limits) -> Self {
        // A small buffer bounds what one read may inflate before the size is checked.
        Self { source: BufReader::with_capacity(64 * 1024, source), number: 0, bytes: 0, limits }
    }

    /// What the lines are read from.
    pub(super) fn source(&self) -> &R {
        self.source.get_ref()
    }

    /// Bytes read so far, inflated.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The next line, or `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Line>, FileProblem> {
        let mut content = Vec::new();
        let mut too_long = false;
        let mut ended = false;
        let mut any = false;
        while !ended {
            let Self { source, number, limits, .. } = self;
            let piece = match source.fill_buf() {
                Ok(piece) => piece,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(unreadable(*number, content.len(), e)),
            };
            if piece.is_empty() {
                break;
            }
            any = true;
            let end = piece.iter().position(|b| *b == b'\n');
            ended = end.is_some();
            let part = &piece[..end.unwrap_or(piece.len())];
            let room = limits.max_record.saturating_sub(content.len());
            too_long |= part.len() > room;
            content.extend_from_slice(&part[..part.len().min(room)]);
            let used = part.len() + usize::from(ended);
            source.consume(used);
            self.count(used)?;
        }
        if !any {
            return Ok(None);
        }
        self.number += 1;
        let terminator: &'static [u8] = match (ended, content.last()) {
            (true, Some(b'\r')) if !too_long => {
                content.pop();
                b"\r\n"
            }
            (true, _) => b"\n",
            (false, _) => b"",
        };
        Ok(Some(Line { number: self.number, content, terminator, too_long }))
    }

    fn count(&mut self, used: usize) -> Result<(), FileProblem> {
        self.bytes = self.bytes.saturating_add(used as u64);
        match self.limits.max_bytes {
            Some(limit) if self.bytes > limit => Err(FileProblem::TooLarge { limit }),
            _ => Ok(()),
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
