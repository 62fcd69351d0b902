//! A body of any size in pieces of one size.

use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use futures::stream::{self, Stream, StreamExt};
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use crate::error::{Error, ErrorCode, Result};

/// Bytes of a piece; the last may be shorter.
const CHUNK: usize = 1024 * 1024;
/// Bytes that are asked of a reader at a time.
const READ: usize = 64 * 1024;

/// Cuts a body into pieces of 1 MiB and refuses it once it is larger than it may be.
pub(super) struct Chunks<S> {
    body: Pin<Box<S>>,
    waiting: BytesMut,
    taken: u64,
    limit: u64,
}

impl<S: Stream<Item = Result<Bytes>>> Chunks<S> {
    pub(super) fn new(body: S, limit: u64) -> Self {
        Self { body: Box::pin(body), waiting: BytesMut::new(), taken: 0, limit }
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// The body's own, and `payload_too_large`.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>> {
        while self.waiting.len() < CHUNK
            && let Some(piece) = self.body.next().await.transpose()?
        {
            self.taken += piece.len() as u64;
            if self.taken > self.limit {
                return Err(self.too_large());
            }
            self.waiting.extend_from_slice(&piece);
        }
        let size = self.waiting.len().min(CHUNK);
        Ok((size > 0).then(|| self.waiting.split_to(size).freeze()))
    }

    /// The whole body, where it is no more than one piece that has been taken; else in a file without a name, to be read
    /// from its start.
    ///
    /// # Errors
    /// The body's own, and `payload_too_large`.
    pub(super) async fn spool(&mut self, first: &Option<Bytes>) -> Result<Option<File>> {
        let Some(first) = first.as_ref().filter(|piece| piece.len() == CHUNK) else { return Ok(None) };
        let file = tokio::task::spawn_blocking(tempfile::tempfile).await.map_err(Error::internal)?;
        let mut file = File::from_std(file.map_err(Error::internal)?);
        file.write_all(first).await.map_err(Error::internal)?;
        while let Some(piece) = self.next().await? {
            file.write_all(&piece).await.map_err(Error::internal)?;
        }
        file.flush().await.map_err(Error::internal)?;
        file.rewind().await.map_err(Error::internal)?;
        Ok(Some(file))
    }

    /// Bytes taken from the body so far.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    fn too_large(&self) -> Error {
        let limit = self.limit;
        Error::new(
            ErrorCode::PayloadTooLarge,
            format!("The file is larger than {limit} bytes. Split it, or compress it with gzip."),
            format!("文件超过 {limit} 字节，请拆分或用 gzip 压缩。"),
        )
    }
}

/// The content of a file, or of anything else that is read, as a body.
pub fn body_of(file: impl AsyncRead + Unpin + Send) -> impl Stream<Item = Result<Bytes>> + Send {
    stream::try_unfold(file, async |mut file| {
        let mut buffer = BytesMut::with_capacity(READ);
        let read = file.read_buf(&mut buffer).await.map_err(|e| {
            Error::bad_request(format!("The file cannot be read: {e}."), format!("无法读取文件：{e}。"))
        })?;
        Ok((read > 0).then(|| (buffer.freeze(), file)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(pieces: &[usize]) -> impl Stream<Item = Result<Bytes>> {
        stream::iter(pieces.iter().map(|n| Ok(Bytes::from(vec![b'x'; *n]))).collect::<Vec<_>>())
    }

    async fn sizes(pieces: &[usize], limit: u64) -> Result<Vec<usize>> {
        let mut chunks = Chunks::new(body(pieces), limit);
        let mut sizes = Vec::new();
        while let Some(chunk) = chunks.next().await? {
            sizes.push(chunk.len());
        }
        assert_eq!(chunks.taken(), pieces.iter().sum::<usize>() as u64);
        Ok(sizes)
    }

    #[tokio::test]
    async fn pieces_of_any_size_become_chunks_of_one() {
        assert_eq!(sizes(&[], 10).await.unwrap(), [0_usize; 0]);
        assert_eq!(sizes(&[1, 0, 2], 10).await.unwrap(), [3]);
        assert_eq!(sizes(&[CHUNK - 1, 2], 1 << 30).await.unwrap(), [CHUNK, 1]);
        assert_eq!(sizes(&[3 * CHUNK], 1 << 30).await.unwrap(), [CHUNK, CHUNK, CHUNK]);
    }

    #[tokio::test]
    async fn the_limit_is_the_last_byte_that_is_taken() {
        assert_eq!(sizes(&[4, 6], 10).await.unwrap(), [10]);
        assert_eq!(sizes(&[4, 7], 10).await.unwrap_err().code(), ErrorCode::PayloadTooLarge);
    }

    #[tokio::test]
    async fn what_is_larger_than_a_piece_is_whole_before_it_is_taken() {
        for (size, spooled) in [(0, false), (CHUNK - 1, false), (CHUNK, true), (2 * CHUNK + 7, true)] {
            let pieces = [size];
            let mut chunks = Chunks::new(body(&pieces), 1 << 30);
            let first = chunks.next().await.unwrap();
            let file = chunks.spool(&first).await.unwrap();
            assert_eq!((file.is_some(), chunks.taken()), (spooled, size as u64));
            if let Some(mut file) = file {
                let mut read = Vec::new();
                file.read_to_end(&mut read).await.unwrap();
                assert_eq!(read, vec![b'x'; size]);
            }
        }
        let mut chunks = Chunks::new(body(&[CHUNK, 7]), CHUNK as u64 + 6);
        let first = chunks.next().await.unwrap();
        assert_eq!(chunks.spool(&first).await.unwrap_err().code(), ErrorCode::PayloadTooLarge);
    }

    #[tokio::test]
    async fn a_reader_is_read_to_its_end() {
        let content = vec![7_u8; 2 * READ + 3];
        let mut chunks = Chunks::new(body_of(&content[..]), 1 << 30);
        assert_eq!(chunks.next().await.unwrap().unwrap(), content);
        assert_eq!(chunks.next().await.unwrap(), None);
    }
}
