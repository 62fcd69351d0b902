//! A body that is digested while it is taken.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::web::{Bytes, BytesMut};
use futures::stream::{self, Stream, StreamExt};
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

/// What is read of a body into memory before anything else is done: all of it, but of large imports.
const HEAD: usize = 1024 * 1024;

/// A body on its way to whoever takes it.
#[derive(Clone)]
pub(super) struct Digested(Rc<RefCell<Rest>>);

/// What is still to come of a body, and the digest of what has come.
struct Rest {
    payload: Payload,
    digest: Sha256,
    ended: bool,
}

impl Digested {
    /// Reads the body's head, and with `spool` up to so many bytes of the rest into a file without a name, so that whoever
    /// works on it waits for no slow sender while holding a connection. The body, whole as it was, and its digest.
    ///
    /// # Errors
    /// The body's own.
    pub(super) async fn of(payload: Payload, spool: Option<u64>) -> Result<(Self, Payload), PayloadError> {
        let digested = Self(Rc::new(RefCell::new(Rest { payload, digest: Sha256::new(), ended: false })));
        let (mut head, mut size) = (Vec::new(), 0);
        while size < HEAD
            && let Some(piece) = digested.next().await.transpose()?
        {
            size += piece.len();
            head.push(Ok(piece));
        }
        let Some(most) = spool.filter(|_| size >= HEAD) else {
            let body = stream::iter(head).chain(digested.rest());
            return Ok((digested, Payload::Stream { payload: Box::pin(body) }));
        };
        let mut file =
            File::from_std(tokio::task::spawn_blocking(tempfile::tempfile).await.map_err(io::Error::other)??);
        let mut left = most.saturating_sub(size as u64);
        // What is beyond is for whoever takes it to refuse.
        while left > 0
            && let Some(piece) = digested.next().await.transpose()?
        {
            left = left.saturating_sub(piece.len() as u64);
            file.write_all(&piece).await?;
        }
        file.flush().await?;
        file.rewind().await?;
        let body = stream::iter(head).chain(content(file)).chain(digested.rest());
        Ok((digested, Payload::Stream { payload: Box::pin(body) }))
    }

    /// The digest of the whole body: reads what nobody has read of it, up to `most` bytes. None where it is longer or
    /// broken.
    pub(super) async fn finish(self, most: u64) -> Option<[u8; 32]> {
        let mut unread = 0;
        while let Some(piece) = self.next().await {
            unread += piece.ok()?.len() as u64;
            if unread > most {
                return None;
            }
        }
        Some(self.0.borrow().digest.clone().finalize().into())
    }

    fn rest(&self) -> impl Stream<Item = Result<Bytes, PayloadError>> + use<> {
        let rest = self.0.clone();
        stream::poll_fn(move |context| rest.borrow_mut().poll(context))
    }

    async fn next(&self) -> Option<Result<Bytes, PayloadError>> {
        std::future::poll_fn(|context| self.0.borrow_mut().poll(context)).await
    }
}

/// What is in a file, from where it stands.
fn content(file: File) -> impl Stream<Item = Result<Bytes, PayloadError>> {
    stream::try_unfold(file, async |mut file| {
        let mut piece = BytesMut::with_capacity(64 * 1024);
        let read = file.read_buf(&mut piece).await?;
        Ok((read > 0).then(|| (piece.freeze(), file)))
    })
}

impl Rest {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, PayloadError>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let piece = ready!(self.payload.poll_next_unpin(context));
        match &piece {
            Some(Ok(piece)) => self.digest.update(piece),
            // What was broken off has no digest: it stays open.
            Some(Err(_)) => {}
            None => self.ended = true,
        }
        Poll::Ready(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(pieces: &[usize]) -> Payload {
        let pieces: Vec<_> = pieces.iter().map(|n| Ok(Bytes::from(vec![b'x'; *n]))).collect();
        Payload::Stream { payload: Box::pin(stream::iter(pieces)) }
    }

    fn digest(size: usize) -> Option<[u8; 32]> {
        Some(Sha256::digest(vec![b'x'; size]).into())
    }

    #[actix_web::test]
    async fn the_digest_is_of_the_whole_body_whoever_reads_it() {
        let sizes = [HEAD - 1, 3, 5];
        for taken in 0..=3 {
            let (digested, body) = Digested::of(payload(&sizes), None).await.unwrap();
            let pieces: Vec<_> = body.take(taken).collect().await;
            let read: Vec<_> = pieces.into_iter().map(|piece| piece.unwrap().len()).collect();
            assert_eq!(read, sizes[..taken]);
            assert_eq!(digested.finish(5).await, digest(HEAD + 7));
        }
        let (empty, _) = Digested::of(Payload::None, None).await.unwrap();
        assert_eq!(empty.finish(0).await, digest(0));
    }

    #[actix_web::test]
    async fn a_body_that_is_spooled_is_here_before_anybody_takes_it() {
        let sizes = [HEAD - 1, 3, 5, 100_000];
        let whole = sizes.iter().sum::<usize>();
        for most in [0, 10, HEAD, HEAD + 3, 10 * HEAD] {
            let (digested, body) = Digested::of(payload(&sizes), Some(most as u64)).await.unwrap();
            assert_eq!(digested.0.borrow().ended, most > whole);
            let pieces: Vec<_> = body.map(|piece| piece.unwrap().len()).collect().await;
            assert_eq!(pieces.iter().sum::<usize>(), whole);
            assert_eq!(digested.finish(0).await, digest(whole));
        }
    }

    #[actix_web::test]
    async fn what_is_too_long_or_broken_has_none() {
        let (long, _) = Digested::of(payload(&[HEAD, 6]), None).await.unwrap();
        assert_eq!(long.finish(5).await, None);
        let broken = |first| -> Payload {
            let pieces = [Ok(Bytes::from(vec![b'x'; first])), Err(PayloadError::EncodingCorrupted)];
            Payload::Stream { payload: Box::pin(stream::iter(pieces)) }
        };
        assert!(Digested::of(broken(3), None).await.is_err());
        let (late, _) = Digested::of(broken(HEAD), None).await.unwrap();
        assert_eq!(late.finish(5).await, None);
    }
}
