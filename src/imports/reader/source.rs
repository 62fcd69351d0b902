//! The bytes of a file, inflated where they are gzip.

use std::io::{self, Chain, Cursor, Read};

use flate2::read::MultiGzDecoder;

use crate::imports::FileProblem;

/// A file of which the first bytes have been looked at.
pub(super) type Whole<R> = Chain<Cursor<Vec<u8>>, R>;

/// A file's content: as it came, or inflated.
pub(super) enum Source<R> {
    Plain(Whole<R>),
    Gzip(Box<MultiGzDecoder<Whole<R>>>),
}

impl<R: Read> Source<R> {
    /// Looks at the first bytes to tell whether the file is packed.
    pub(super) fn open(file: R) -> Result<Self, FileProblem> {
        let (head, whole) = look(file, 2)?;
        if head == [0x1f, 0x8b] {
            return Ok(Self::Gzip(Box::new(MultiGzDecoder::new(whole))));
        }
        Ok(Self::Plain(whole))
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

/// The first `size` bytes of a file, and all of it to read.
pub(super) fn look<R: Read>(mut file: R, size: u64) -> Result<(Vec<u8>, Whole<R>), FileProblem> {
    let mut head = Vec::new();
    file.by_ref().take(size).read_to_end(&mut head).map_err(|e| FileProblem::unreadable(0, &e))?;
    Ok((head.clone(), Cursor::new(head).chain(file)))
}
