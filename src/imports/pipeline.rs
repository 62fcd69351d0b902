//! From a blocking reader to asynchronous batches, bounded on both sides.
//!
//! Reading, inflating and checking a file is work for a thread of its own; storing its rows is not. Between the two
//! stand two batches at most: a slow store stops the reader, which stops the one who sends the file. The end is said,
//! never guessed: an upload that breaks off is not a short file, and a reader that dies is not an end.

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::Arc;

use bytes::{Buf, Bytes};
use tokio::sync::mpsc;

use super::{FileProblem, Found, ImportRow, Reading, Record, Refused, RowProblem, read};

/// Batches that may wait for the store.
const WAITING: usize = 2;
/// Bytes of a refused row that are kept: of a larger one it is only said what is wrong.
pub(super) const LARGEST_ORIGINAL: usize = 64 * 1024;

/// A piece of a file on its way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// Some bytes.
    Data(Bytes),
    /// The file is complete. A channel that closes before this has broken off.
    End,
}

/// A row and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered<T> {
    /// The physical line on which it starts, the header's line being 1.
    pub line: u64,
    /// The row.
    pub row: T,
    /// What stands in the file, for a report.
    pub record: Record,
}

/// Some rows of a file, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch<T> {
    /// The rows that can be read.
    pub rows: Vec<Numbered<T>>,
    /// What is wrong with the others; a row may have several problems.
    pub problems: Vec<RowProblem>,
    /// The lines of the others, and their fields as far as they can be made out.
    pub originals: Vec<(u64, Vec<String>)>,
    /// Bytes of the file read so far, inflated.
    pub bytes_read: u64,
    /// Bytes of the rows, good and bad, and of what is said about them.
    size: usize,
}

/// How a file is read and cut up.
#[derive(Clone, Debug)]
pub struct BatchSettings {
    /// Rows of a batch, good and bad together.
    pub rows: usize,
    /// Bytes of its rows: a batch that has as many is full, however few rows they are.
    pub bytes: usize,
    /// How the file is read.
    pub reading: Arc<Reading>,
}

impl BatchSettings {
    /// Batches of 5,000 rows or 4 MiB.
    pub fn new(reading: Reading) -> Self {
        Self { rows: 5_000, bytes: 4 * 1024 * 1024, reading: Arc::new(reading) }
    }
}

/// What a whole file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// Its rows, good and bad.
    pub rows: u64,
    /// Its form and its columns.
    pub found: Found,
}

/// Reads a file that arrives in chunks to its end and counts its rows, without looking into them.
///
/// # Errors
/// What keeps the file from being read to its end.
pub async fn count_rows(chunks: mpsc::Receiver<Chunk>, settings: BatchSettings) -> Result<Survey, FileProblem> {
    let counting = tokio::task::spawn_blocking(move || {
        let file = ChunkReader { chunks, current: Bytes::new(), ended: false };
        let mut rows = 0;
        let found = read(file, &settings.reading, |_, _| {
            rows += 1;
            ControlFlow::Continue(())
        })?;
        Ok(Survey { rows, found })
    });
    counting.await.unwrap_or(Err(FileProblem::Interrupted))
}

enum Message<T> {
    Batch(Batch<T>),
    Failed(FileProblem),
    End,
}

/// The batches of a file that is being read on a thread of its own. Dropping it stops the reading.
#[derive(Debug)]
pub struct Batches<T> {
    receiver: mpsc::Receiver<Message<T>>,
    ended: bool,
}

impl<T: ImportRow> Batches<T> {
    /// Starts reading a file that arrives in chunks. Must be called within a tokio runtime.
    pub fn from_chunks(chunks: mpsc::Receiver<Chunk>, settings: BatchSettings) -> Self {
        Self::from_reader(ChunkReader { chunks, current: Bytes::new(), ended: false }, settings)
    }

    /// Starts reading a file. Must be called within a tokio runtime.
    pub fn from_reader(file: impl Read + Send + 'static, settings: BatchSettings) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::task::spawn_blocking(move || {
            let last = match read_file(file, settings, &sender) {
                Ok(()) => Message::End,
                Err(problem) => Message::Failed(problem),
            };
            // Nobody to tell: the receiver has gone.
            let _ = sender.blocking_send(last);
        });
        Self { receiver, ended: false }
    }

    /// The next batch; `None` after the last. What came before a problem was read well.
    pub async fn next(&mut self) -> Result<Option<Batch<T>>, FileProblem> {
        if self.ended {
            return Ok(None);
        }
        let message = self.receiver.recv().await;
        self.ended = !matches!(message, Some(Message::Batch(_)));
        match message {
            Some(Message::Batch(batch)) => Ok(Some(batch)),
            Some(Message::Failed(problem)) => Err(problem),
            Some(Message::End) => Ok(None),
            None => Err(FileProblem::Interrupted),
        }
    }
}

fn read_file<T: ImportRow>(
    file: impl Read,
    settings: BatchSettings,
    sender: &mpsc::Sender<Message<T>>,
) -> Result<(), FileProblem> {
    let size = settings.rows.max(1);
    let mut batch = Batch::default();
    let outcome = read(file, &settings.reading, |next, bytes| {
        batch.take(next);
        batch.bytes_read = bytes;
        if batch.len() < size && batch.size < settings.bytes {
            return ControlFlow::Continue(());
        }
        match sender.blocking_send(Message::Batch(std::mem::take(&mut batch))) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    });
    // What was read before a file's problem was read well.
    if batch.len() > 0 && sender.blocking_send(Message::Batch(batch)).is_err() {
        return Err(FileProblem::Interrupted);
    }
    outcome.map(|_| ())
}

impl<T> Default for Batch<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), problems: Vec::new(), originals: Vec::new(), bytes_read: 0, size: 0 }
    }
}

impl<T> Batch<T> {
    /// How many rows were refused.
    pub fn refused(&self) -> u64 {
        self.originals.len() as u64
    }

    /// Rows, good and bad.
    fn len(&self) -> usize {
        self.rows.len() + self.originals.len()
    }
}

impl<T: ImportRow> Batch<T> {
    fn take(&mut self, next: Result<Record, Refused>) {
        match next {
            Ok(record) => match T::parse(&record) {
                Ok(row) => {
                    self.size += record.size();
                    self.rows.push(Numbered { line: record.line(), row, record });
                }
                Err(problems) => self.refuse(record.line(), original_of(&record), problems),
            },
            Err(Refused { problem, original }) => self.refuse(problem.line, original, vec![problem]),
        }
    }

    fn refuse(&mut self, line: u64, original: Vec<String>, problems: Vec<RowProblem>) {
        let size = original.iter().map(String::len).sum::<usize>();
        let original = if size > LARGEST_ORIGINAL { Vec::new() } else { original };
        let said = |problem: &RowProblem| problem.detail.en.len() + problem.detail.zh.len() + size_of::<RowProblem>();
        self.size += size.min(LARGEST_ORIGINAL) + problems.iter().map(said).sum::<usize>();
        self.originals.push((line, original));
        self.problems.extend(problems);
    }
}

/// The fields of a row that is refused, as they stand in the file; none where they are too many bytes to keep.
pub(super) fn original_of(record: &Record) -> Vec<String> {
    if record.size() > 2 * LARGEST_ORIGINAL {
        return Vec::new();
    }
    record.fields().map(str::to_owned).collect()
}

/// The blocking side of a channel of chunks.
struct ChunkReader {
    chunks: mpsc::Receiver<Chunk>,
    current: Bytes,
    ended: bool,
}

impl Read for ChunkReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() && !self.ended {
            match self.chunks.blocking_recv() {
                Some(Chunk::Data(bytes)) => self.current = bytes,
                Some(Chunk::End) => self.ended = true,
                None => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the upload broke off")),
            }
        }
        let taken = buf.len().min(self.current.len());
        buf[..taken].copy_from_slice(&self.current[..taken]);
        self.current.advance(taken);
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::imports::{FileForm, ImportKind, Layout, Limits, RowCode, SalespersonRow};

    fn settings(rows: usize) -> BatchSettings {
        let layout = Layout::plain(ImportKind::Salespeople);
        let reading = Reading { form: FileForm::default(), layout, limits: Limits::default() };
        BatchSettings { rows, ..BatchSettings::new(reading) }
    }

    #[tokio::test]
    async fn batches_keep_order_and_count_what_they_refuse() {
        let file: &[u8] = b"external_id,name,quota\n1,a,\n2,,x\n3,c\n4,d,5\n5,e,\n";
        let mut batches = Batches::<SalespersonRow>::from_reader(file, settings(3));
        let first = batches.next().await.unwrap().unwrap();
        assert_eq!(first.rows.iter().map(|r| r.line).collect::<Vec<_>>(), [2]);
        assert_eq!((first.refused(), first.problems.len()), (2, 2));
        assert_eq!(first.originals[1], (4, vec!["3".to_owned(), "c".to_owned()]));
        assert_eq!(first.problems[1].code, RowCode::WrongFieldCount);
        let second = batches.next().await.unwrap().unwrap();
        assert_eq!(second.rows.iter().map(|r| r.row.external_id.as_str()).collect::<Vec<_>>(), ["4", "5"]);
        assert_eq!(second.bytes_read, file.len() as u64);
        assert_eq!(batches.next().await, Ok(None));
        assert_eq!(batches.next().await, Ok(None));
    }

    #[tokio::test]
    async fn a_batch_is_full_by_its_bytes_too_and_keeps_no_large_original() {
        let long = "x".repeat(700);
        let file: String = (0..9).map(|n| format!("{n},{long}\n")).collect();
        let large = format!("{},b,c,d\n", "y".repeat(LARGEST_ORIGINAL));
        let file = format!("external_id,name,quota\n{}{large}", file.replace(&long, &format!("{},{long}", "a")));
        let bounded = BatchSettings { bytes: 2_000, ..settings(100) };
        let mut batches = Batches::<SalespersonRow>::from_reader(Cursor::new(file.clone()), bounded);
        let mut lens = Vec::new();
        while let Some(batch) = batches.next().await.unwrap() {
            lens.push(batch.len());
            assert!(batch.originals.iter().all(|(_, fields)| fields.iter().map(String::len).sum::<usize>() < 2_000));
        }
        assert_eq!(lens.iter().sum::<usize>(), 10);
        assert!(lens.iter().all(|len| *len <= 3), "{lens:?}");
        let mut whole = Batches::<SalespersonRow>::from_reader(Cursor::new(file), settings(100));
        let whole = whole.next().await.unwrap().unwrap();
        assert_eq!((whole.len(), whole.originals.last()), (10, Some(&(11, Vec::new()))));
    }

    #[tokio::test]
    async fn an_upload_that_breaks_off_is_no_end() {
        for (complete, expected) in [(true, Ok(None)), (false, Err("unreadable_file"))] {
            let (sender, receiver) = mpsc::channel(1);
            let mut batches = Batches::<SalespersonRow>::from_chunks(receiver, settings(10));
            for part in ["external_id,na", "me\n1,a\n2", ",b"] {
                sender.send(Chunk::Data(Bytes::from_static(part.as_bytes()))).await.unwrap();
            }
            if complete {
                sender.send(Chunk::End).await.unwrap();
            }
            drop(sender);
            let batch = batches.next().await.unwrap().unwrap();
            assert_eq!(batch.rows.len(), if complete { 2 } else { 1 });
            assert_eq!(batches.next().await.map_err(|p| p.code()), expected);
        }
    }

    #[tokio::test]
    async fn a_slow_store_stops_the_sender() {
        let (sender, receiver) = mpsc::channel(1);
        let mut batches = Batches::<SalespersonRow>::from_chunks(receiver, settings(1));
        sender.send(Chunk::Data(Bytes::from_static(b"external_id,name\n"))).await.unwrap();
        let mut sent = 0_usize;
        let line = Bytes::from(vec![b"1,a\n".as_slice(); 20_000].concat());
        while tokio::time::timeout(std::time::Duration::from_millis(200), sender.send(Chunk::Data(line.clone())))
            .await
            .is_ok()
        {
            sent += 1;
            assert!(sent < 50, "the reader takes everything at once");
        }
        drop(sender);
        let mut rows = 0;
        let problem = loop {
            match batches.next().await {
                Ok(batch) => rows += batch.unwrap().rows.len(),
                Err(problem) => break problem,
            }
        };
        assert_eq!((rows, problem.code()), (sent * 20_000, "unreadable_file"));
    }

    #[tokio::test]
    async fn a_wrong_header_is_the_only_answer() {
        let mut batches = Batches::<SalespersonRow>::from_reader(&b"id,name\n1,a\n"[..], settings(10));
        assert_eq!(batches.next().await.map_err(|p| p.code()), Err("wrong_columns"));
        assert_eq!(batches.next().await, Ok(None));
    }
}
