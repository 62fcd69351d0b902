//! The job that loads a file: batch after batch, each one transaction with its counts, its errors and its checkpoint.
//!
//! A file is read twice. The first reading stores nothing: it counts the rows, and a file that cannot be read to its
//! end is refused before anything of it is in. The second loads; while a batch is stored, the next is read, checked and
//! staged in a transaction of its own, which waits until the one before is kept. An attempt that dies leaves whole batches; the next
//! reads from the start again and passes over the rows it finds done, by their lines.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::load::{self, LoadRow, Loading, Origin};
use super::outcomes::{BatchReport, report_of};
use super::{
    Batch, BatchSettings, Batches, Blanks, Chunk, CostToServeRow, CustomerRow, FileForm, FileProblem, FxRateRow,
    ImportKind, ImportMapping, ImportSettings, JudgementRow, Layout, Limits, PaymentIds, PaymentRow, ProductRow,
    PurchasePotentialRow, QuotaRow, Reading, ReceivableRow, SalesLineRow, SalespersonRow, count_rows, parents, store,
};
use crate::error::{Error, ErrorCode, Result};
use crate::intake::Counts;
use crate::jobs::{JobContext, JobHandler, JobStep};
use crate::sales::refresh_rollups;
use crate::tenancy::TenantTx;
use crate::tenants;
use crate::values::ImportId;
use crate::webhooks::{Event, EventType, subscribers};

/// The kind of these jobs.
pub(super) const KIND: &str = "import";

/// What an import's job is asked to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Params {
    pub(super) import: ImportId,
    /// What is known of the file's form.
    #[serde(default)]
    pub(super) form: FileForm,
    /// The mapping, as it was when the file was sent.
    #[serde(default)]
    pub(super) mapping: Option<ImportMapping>,
    /// Whether it is only tried.
    #[serde(default)]
    pub(super) dry_run: bool,
    /// What is done where a field is blank.
    #[serde(default)]
    pub(super) blanks: Blanks,
}

/// The handler of jobs of kind `import`. Its result is the import's counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportJob {
    settings: ImportSettings,
}

/// How far an import is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// Rows of the file, good and bad.
    pub(super) total: i64,
    /// Rows that are done, good and bad.
    pub(super) done: i64,
    /// The line on which the last of them starts.
    pub(super) line: u64,
    /// Nothing is left to do, and the file is forgotten.
    pub(super) ended: bool,
}

/// A file's batches that are still to do, and how far they have been read.
pub(super) struct BatchSource<T: LoadRow> {
    batches: Batches<T>,
    ids: PaymentIds,
    pub(super) position: Position,
}

/// A batch, and how far the import is with it.
pub(super) struct ReadBatch<T: LoadRow> {
    pub(super) batch: Batch<T>,
    pub(super) after: Position,
}

/// A batch that waits for its turn, and the transaction that has made it ready.
struct StagedBatch<'a, T: LoadRow> {
    step: JobStep<'a>,
    read: ReadBatch<T>,
    loading: Loading<'a, T::Upsert>,
}

/// What comes after a batch.
enum Next<'a, T: LoadRow> {
    Staged(Box<StagedBatch<'a, T>>),
    Read(ReadBatch<T>),
    End,
}

/// One attempt at an import.
pub(super) struct Attempt<'a> {
    pub(super) job: &'a JobContext,
    pub(super) import: ImportId,
    pub(super) settings: BatchSettings,
    pub(super) origin: Origin,
    dry_run: bool,
}

impl ImportJob {
    /// With the limits of an installation.
    pub fn new(settings: ImportSettings) -> Self {
        Self { settings }
    }
}

#[async_trait::async_trait]
impl JobHandler for ImportJob {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &JobContext, params: Value, checkpoint: Option<Value>) -> Result<Value> {
        let Params { import, form, mapping, dry_run, blanks } = serde_json::from_value(params)?;
        let start: Option<Position> = checkpoint.map(serde_json::from_value).transpose()?;
        let limits = Limits { max_bytes: Some(self.settings.max_inflated), ..Limits::default() };
        let ((kind, counts), base) = job
            .read(async |tx| Ok((store::kind_and_counts(tx, import).await?, tenants::current(tx).await?.base_currency)))
            .await?;
        let origin = Origin::of(mapping.as_ref(), blanks);
        let layout = mapping.map_or_else(|| Layout::plain(kind), Layout::mapped).in_base(base);
        let settings = BatchSettings::new(Reading { form, layout, limits });
        let attempt = Attempt { job, import, settings, origin, dry_run };
        if start.is_some_and(|position| position.ended) {
            return Ok(serde_json::to_value(counts)?);
        }
        let outcome = match kind {
            ImportKind::Customers => attempt.load::<CustomerRow>(start).await,
            ImportKind::Products => attempt.load::<ProductRow>(start).await,
            ImportKind::Salespeople => attempt.load::<SalespersonRow>(start).await,
            ImportKind::PurchasePotentials => attempt.load::<PurchasePotentialRow>(start).await,
            ImportKind::SalesLines => attempt.load::<SalesLineRow>(start).await,
            ImportKind::FxRates => attempt.load::<FxRateRow>(start).await,
            ImportKind::Quotas => attempt.load::<QuotaRow>(start).await,
            ImportKind::Receivables => attempt.load::<ReceivableRow>(start).await,
            ImportKind::CostsToServe => attempt.load::<CostToServeRow>(start).await,
            ImportKind::Judgements => attempt.load::<JudgementRow>(start).await,
            ImportKind::Payments => attempt.load::<PaymentRow>(start).await,
        };
        // What came in between is no fault of the file: the job goes on from the checkpoint.
        let counts = outcome.map_err(|error| match error.code() {
            ErrorCode::Conflict if !error.is_crossed() => Error::unavailable(error),
            _ => error,
        })?;
        Ok(serde_json::to_value(counts)?)
    }
}

impl Attempt<'_> {
    async fn load<T: LoadRow>(&self, start: Option<Position>) -> Result<Counts> {
        let start = match start {
            Some(position) => position,
            None => self.survey().await?,
        };
        if self.dry_run {
            return self.end(self.rehearse::<T>(start).await?).await;
        }
        let (sender, chunks) = mpsc::channel(1);
        let batches = Batches::from_chunks(chunks, self.settings.clone());
        let ((), position) = futures::future::try_join(self.feed(sender), self.take::<T>(batches, start)).await?;
        if T::KIND == ImportKind::Customers {
            self.settle(position).await?;
        }
        if matches!(T::KIND, ImportKind::SalesLines | ImportKind::Products) {
            self.add_up(position).await?;
        }
        self.end(position).await
    }

    /// Gives customers the parents that came later in the file.
    async fn settle(&self, position: Position) -> Result<()> {
        let at = serde_json::to_value(position)?;
        loop {
            let progress = (position.done, Some(position.total));
            let more = self.job.step(progress, Some(at.clone()), async |tx| {
                let settled = parents::settle(tx, &self.origin.system, self.import).await?;
                store::record(tx, self.import, (settled.counts, 0), &settled.errors).await?;
                Ok(settled.more)
            });
            if !more.await? {
                return Ok(());
            }
        }
    }

    /// Has the sums by customer and month hold again, so that whoever reads next need not add up what came in.
    async fn add_up(&self, position: Position) -> Result<()> {
        let at = serde_json::to_value(position)?;
        self.job.step((position.done, Some(position.total)), Some(at), refresh_rollups).await?;
        Ok(())
    }

    /// Reads the whole file and stores nothing but what it turned out to be.
    async fn survey(&self) -> Result<Position> {
        let (sender, chunks) = mpsc::channel(1);
        let count = async { Ok(count_rows(chunks, self.settings.clone()).await) };
        let survey = match futures::future::try_join(self.feed(sender), count).await? {
            ((), Ok(survey)) => survey,
            ((), Err(problem)) => return Err(self.refuse(problem).await?),
        };
        let position = Position { total: i64::try_from(survey.rows).map_err(Error::internal)?, ..Position::default() };
        self.job
            .step((0, Some(position.total)), Some(serde_json::to_value(position)?), async |tx| {
                store::set_found(tx, self.import, &survey.found).await
            })
            .await?;
        Ok(position)
    }

    /// Hands the file over piece by piece; each is read in a transaction of its own.
    pub(super) async fn feed(&self, chunks: mpsc::Sender<Chunk>) -> Result<()> {
        for seq in 0.. {
            let data = self.job.read(async |tx| store::chunk(tx, self.import, seq).await).await?;
            let is_last = data.is_none();
            let chunk = data.map_or(Chunk::End, |data| Chunk::Data(data.into()));
            if chunks.send(chunk).await.is_err() || is_last {
                break;
            }
        }
        Ok(())
    }

    /// Stores batch after batch, each in one transaction, in the order of the file.
    async fn take<T: LoadRow>(&self, batches: Batches<T>, start: Position) -> Result<Position> {
        let mut source = BatchSource::new(batches, start);
        let mut next = match source.next().await? {
            Some(read) => Next::Read(read),
            None => Next::End,
        };
        loop {
            let staged = match next {
                Next::End => return Ok(source.position),
                Next::Staged(staged) => *staged,
                Next::Read(read) => self.stage(self.job.begin().await?, read).await?,
            };
            // Both to their ends: work dropped in the middle of a COPY costs a connection.
            let (stored, ahead) = futures::future::join(self.store(staged), self.look_ahead(&mut source)).await;
            stored?;
            next = ahead?;
        }
    }

    /// Reads the next batch and, where a second connection can be spared, stages it.
    async fn look_ahead<T: LoadRow>(&self, source: &mut BatchSource<T>) -> Result<Next<'_, T>> {
        // Read before a connection is taken: reading the file takes one of its own.
        let Some(read) = source.next().await? else { return Ok(Next::End) };
        match self.job.begin().await {
            Ok(step) => Ok(Next::Staged(Box::new(self.stage(step, read).await?))),
            Err(_) => Ok(Next::Read(read)),
        }
    }

    async fn stage<'a, T: LoadRow>(&'a self, step: JobStep<'a>, read: ReadBatch<T>) -> Result<StagedBatch<'a, T>> {
        let loading = load::stage(step.tx(), &self.origin, self.import, &read.batch).await?;
        Ok(StagedBatch { step, read, loading })
    }

    async fn store<T: LoadRow>(&self, staged: StagedBatch<'_, T>) -> Result<()> {
        let StagedBatch { step, read: ReadBatch { batch, after }, loading } = staged;
        let outcomes = load::store::<T>(step.tx(), loading).await?;
        T::keep(step.tx(), &self.origin, self.import, &batch, &outcomes).await?;
        self.report(step.tx(), report_of(batch, outcomes)?).await?;
        step.keep((after.done, Some(after.total)), Some(serde_json::to_value(after)?)).await
    }

    /// Writes down what became of a batch.
    pub(super) async fn report(&self, tx: &TenantTx, report: BatchReport) -> Result<()> {
        let BatchReport { counts, warnings, errors, originals } = report;
        store::record(tx, self.import, (counts, warnings), &errors).await?;
        store::refused::keep(tx, self.import, &originals).await
    }

    async fn end(&self, position: Position) -> Result<Counts> {
        let ended = serde_json::to_value(Position { ended: true, ..position })?;
        self.job
            .step((position.done, Some(position.total)), Some(ended), async |tx| {
                store::delete_chunks(tx, self.import).await?;
                let (kind, counts) = store::kind_and_counts(tx, self.import).await?;
                if self.dry_run {
                    tx.audit::<(), _>("import.tried", "import", self.import, None, Some(&counts)).await?;
                } else {
                    tx.audit::<(), _>("import.completed", "import", self.import, None, Some(&counts)).await?;
                    self.publish(tx, kind, counts).await?;
                }
                Ok(counts)
            })
            .await
    }

    /// Tells other systems that the import is in.
    async fn publish(&self, tx: &TenantTx, what: ImportKind, counts: Counts) -> Result<()> {
        let kind = EventType::ImportCompleted;
        let Some(told) = subscribers(tx, &[kind]).await? else { return Ok(()) };
        let data = json!({"import_id": self.import, "kind": what, "counts": counts});
        told.publish(tx, [Event { kind, data }]).await
    }

    /// Forgets a file that cannot be read; the error to end with.
    async fn refuse(&self, problem: FileProblem) -> Result<Error> {
        if problem == FileProblem::Interrupted {
            return Ok(unreadable(problem));
        }
        let after = json!({"code": problem.code(), "detail": problem.label()});
        self.job
            .step((0, None), None, async |tx| {
                store::delete_chunks(tx, self.import).await?;
                tx.audit::<(), _>("import.failed", "import", self.import, None, Some(&after)).await
            })
            .await?;
        Ok(unreadable(problem))
    }
}

impl<T: LoadRow> BatchSource<T> {
    /// The batches behind `position`.
    pub(super) fn new(batches: Batches<T>, position: Position) -> Self {
        Self { batches, ids: PaymentIds::new(), position }
    }

    /// The next batch behind the position, which moves; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<ReadBatch<T>>> {
        while let Some(mut batch) = self.batches.next().await.map_err(unreadable)? {
            T::name_rows(&mut batch.rows, &mut self.ids);
            if batch.pass_over(self.position.line) {
                let done = self.position.done + records(&batch)?;
                let line = last_line(&batch).unwrap_or(self.position.line);
                self.position = Position { done, line, ..self.position };
                return Ok(Some(ReadBatch { batch, after: self.position }));
            }
        }
        Ok(None)
    }
}

/// The error of a file that cannot be read. A reading that was given up is a fault of ours, and tried again.
fn unreadable(problem: FileProblem) -> Error {
    if problem == FileProblem::Interrupted {
        return Error::internal(problem);
    }
    let detail = problem.label();
    Error::invalid_at("", problem.code(), detail.en, detail.zh)
}

/// Rows of a batch, good and bad.
fn records<T>(batch: &Batch<T>) -> Result<i64> {
    i64::try_from(batch.rows.len() as u64 + batch.refused()).map_err(Error::internal)
}

/// The line on which the last row of a batch starts.
fn last_line<T>(batch: &Batch<T>) -> Option<u64> {
    let good = batch.rows.last().map(|row| row.line);
    good.max(batch.problems.last().map(|problem| problem.line))
}

impl<T> Batch<T> {
    /// Leaves out the rows that start on or before `line`; whether any are left.
    fn pass_over(&mut self, line: u64) -> bool {
        if self.rows.first().is_some_and(|row| row.line <= line)
            || self.problems.first().is_some_and(|p| p.line <= line)
        {
            self.rows.retain(|row| row.line > line);
            self.problems.retain(|problem| problem.line > line);
            self.originals.retain(|(at, _)| *at > line);
        }
        !self.rows.is_empty() || self.refused() > 0
    }
}
