//! A temporary file that is read while it is written.
//!
//! It stands between the database and the client: the list is read from the database as fast as that goes, and a slow
//! reader costs some disk, not a transaction. The file has no name and is gone when both ends are.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, Stream};
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use crate::error::{Error, Result};

/// Bytes that are read at a time.
const PIECE: u64 = 64 * 1024;

#[derive(Clone, Debug, Default)]
struct Progress {
    written: u64,
    /// How it ended; `None` while more may come.
    end: Option<Result<(), Error>>,
}

/// The end that is written to.
#[derive(Debug)]
pub(super) struct Spool {
    file: Arc<File>,
    progress: watch::Sender<Progress>,
}

/// The end that is read from.
#[derive(Debug)]
pub(super) struct SpoolReader {
    file: Arc<File>,
    progress: watch::Receiver<Progress>,
    at: u64,
}

/// Both ends of a new file.
///
/// # Errors
/// `internal` where no temporary file can be made.
pub(super) fn spool() -> Result<(Spool, SpoolReader)> {
    let file = Arc::new(tempfile::tempfile().map_err(Error::internal)?);
    let (sender, progress) = watch::channel(Progress::default());
    Ok((Spool { file: Arc::clone(&file), progress: sender }, SpoolReader { file, progress, at: 0 }))
}

impl Spool {
    /// Whether nobody reads it any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.progress.is_closed()
    }

    /// Tells the reader how it ended. Without it the reader takes the file for broken off.
    pub(super) fn end(&self, outcome: Result<()>) {
        self.progress.send_modify(|progress| progress.end = Some(outcome));
    }
}

impl Write for &Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_abandoned() {
            return Err(io::Error::from(io::ErrorKind::BrokenPipe));
        }
        (&*self.file).write_all(bytes)?;
        self.progress.send_modify(|progress| progress.written += bytes.len() as u64);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl SpoolReader {
    /// Waits until all of it is written.
    ///
    /// # Errors
    /// The writer's.
    pub(super) async fn completed(&mut self) -> Result<()> {
        let end = self.progress.wait_for(|progress| progress.end.is_some()).await;
        let end = end.map_err(|_| broken_off())?.end.clone();
        end.unwrap_or_else(|| Err(broken_off()))
    }

    /// Its content, as it comes.
    pub(super) fn into_stream(self) -> impl Stream<Item = Result<Bytes>> {
        stream::try_unfold(self, async |mut reader| {
            let piece = reader.next().await?;
            Ok(piece.map(|piece| (piece, reader)))
        })
    }

    async fn next(&mut self) -> Result<Option<Bytes>> {
        let at = self.at;
        let news = self.progress.wait_for(|progress| progress.written > at || progress.end.is_some()).await;
        let progress = news.map_err(|_| broken_off())?.clone();
        match progress.end {
            Some(Err(error)) => return Err(error),
            Some(Ok(())) if progress.written == at => return Ok(None),
            _ => {}
        }
        let size = (progress.written - at).min(PIECE) as usize;
        let file = Arc::clone(&self.file);
        let piece = spawn_blocking(move || {
            let mut piece = vec![0; size];
            file.read_exact_at(&mut piece, at).map(|()| piece)
        });
        let piece = piece.await.map_err(Error::internal)?.map_err(Error::internal)?;
        self.at += size as u64;
        Ok(Some(piece.into()))
    }
}

fn broken_off() -> Error {
    Error::internal("the export broke off")
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;

    use super::*;

    #[tokio::test]
    async fn it_is_read_as_it_grows_and_ends_when_the_writer_says_so() {
        let (spool, reader) = spool().unwrap();
        let mut pieces = Box::pin(reader.into_stream());
        (&spool).write_all(b"one").unwrap();
        assert_eq!(pieces.next().await.unwrap().unwrap(), "one");
        (&spool).write_all(&vec![7; 100_000]).unwrap();
        spool.end(Ok(()));
        let sizes = [pieces.next().await, pieces.next().await].map(|piece| piece.unwrap().unwrap().len());
        assert_eq!(sizes, [65_536, 34_464]);
        assert!(pieces.next().await.is_none());
    }

    #[tokio::test]
    async fn a_writer_that_fails_or_vanishes_is_no_end() {
        let (spool_that_fails, reader) = spool().unwrap();
        spool_that_fails.end(Err(Error::not_found()));
        assert!(reader.into_stream().boxed().next().await.unwrap().is_err());
        let (spool_that_vanishes, mut reader) = spool().unwrap();
        drop(spool_that_vanishes);
        assert!(reader.completed().await.is_err());
    }

    #[test]
    fn nobody_writes_for_a_reader_who_has_left() {
        let (spool, reader) = spool().unwrap();
        drop(reader);
        assert!(spool.is_abandoned());
        assert!((&spool).write_all(b"x").is_err());
    }
}
