//! A dry run: a file goes the whole way, and nothing of it stays.
//!
//! All of it happens in one transaction that is undone at the end, so that a row finds what the rows before it would have
//! left: its parent, its product's category, the same key once more. What became of the rows is written down meanwhile
//! by transactions of their own. Until the end it holds what a load holds from batch to batch: other loads of such rows
//! wait for it.

use tokio::sync::mpsc;

use super::job::{Attempt, BatchSource, Position, ReadBatch};
use super::load::{self, LoadRow};
use super::outcomes::report_of;
use super::{Batches, ImportKind, parents, store};
use crate::error::Result;
use crate::jobs::JobStep;

impl Attempt<'_> {
    /// Takes the whole file, tells what becomes of each row, and undoes all of it. An attempt before this one has left
    /// no rows to go on from: this one begins anew, and so does what is told.
    pub(super) async fn rehearse<T: LoadRow>(&self, start: Position) -> Result<Position> {
        let start = Position { total: start.total, ..Position::default() };
        let progress = (0, Some(start.total));
        self.job.step(progress, None, async |tx| store::forget_outcomes(tx, self.import).await).await?;
        let stage = self.job.begin().await?;
        let (sender, chunks) = mpsc::channel(1);
        let source = BatchSource::new(Batches::from_chunks(chunks, self.settings.clone()), start);
        let ((), position) = futures::future::try_join(self.feed(sender), self.play::<T>(&stage, source)).await?;
        if T::KIND == ImportKind::Customers {
            self.settle_on(&stage, position).await?;
        }
        stage.undo().await?;
        Ok(position)
    }

    async fn play<T: LoadRow>(&self, stage: &JobStep<'_>, mut source: BatchSource<T>) -> Result<Position> {
        while let Some(ReadBatch { batch, after }) = source.next().await? {
            let loading = load::stage(stage.tx(), &self.origin, self.import, &batch).await?;
            let outcomes = load::store::<T>(stage.tx(), loading).await?;
            T::keep(stage.tx(), &self.origin, self.import, &batch, &outcomes).await?;
            let report = report_of(batch, outcomes)?;
            let progress = (after.done, Some(after.total));
            self.job.step(progress, None, async |tx| self.report(tx, report).await).await?;
        }
        Ok(source.position)
    }

    /// Gives customers the parents that came later in the file.
    async fn settle_on(&self, stage: &JobStep<'_>, position: Position) -> Result<()> {
        let progress = (position.done, Some(position.total));
        loop {
            let settled = parents::settle(stage.tx(), &self.origin.system, self.import).await?;
            self.job
                .step(progress, None, async |tx| {
                    store::record(tx, self.import, (settled.counts, 0), &settled.errors).await
                })
                .await?;
            if !settled.more {
                return Ok(());
            }
        }
    }
}
