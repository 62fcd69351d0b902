//! The bytes of a file, inflated where they are gzip.

use std::io::{self, Chain, Cursor, Read};

use flate2::read::MultiGzDecoder;

use crate::imports::FileProblem;

type Whole<R> = Chain<Cursor<Vec<u8>>, R>;

/// A file's content: as it came, or inflated.
pub(super) enum Source<R> {
    Plain(Whole<R>),
    Gzip(Box<MultiGzDecoder<Whole<R>>>),
}

impl<R: Read> Source<R> {
    /// Looks at the first bytes to tell what the file is.
    pub(super) fn open(mut file: R) -> Result<Self, FileProblem> {
        let mut head = Vec::with_capacity(4);
        file.by_ref()
            .take(4)
            .read_to_end(&mut head)
            .map_err(|e| FileProblem::Unreadable { line: 0, reason: e.to_string() })?;
        let gzip = head.starts_with(&[0x1f, 0x8b]);
        let zip = head.starts_with(b"PK\x03\x04");
        let whole = Cursor::new(head).chain(file);
        match (gzip, zip) {
            (true, _) => Ok(Self::Gzip(Box::new(MultiGzDecoder::new(whole)))),
            (_, true) => Err(FileProblem::NotText),
            _ => Ok(Self::Plain(whole)),
        }
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(r) => r.read(buf),
            Self::Gzip(r) => r.read(buf),
        }
    }
}
