//! What hangs on a customer: one statement for all the customers of a query.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::{Context, Object, Result};

use crate::error::Error;
use crate::grading::ops;
use crate::grading::wire::{CurrentGrade, CustomerGradeOut};
use crate::tenancy::{Permission, Session};
use crate::values::CustomerId;

/// Entries of a history that the edge shows; all of them are in the query `customerGrades`.
const MOST: usize = 100;

/// Loads current grades.
#[derive(Debug)]
pub struct CurrentGradeLoader {
    session: Arc<Session>,
}

/// Loads grade histories, the latest 100 entries of each customer.
#[derive(Debug)]
pub struct GradeHistoryLoader {
    session: Arc<Session>,
}

impl CurrentGradeLoader {
    /// For one request.
    pub fn new(session: Arc<Session>) -> Self {
        Self { session }
    }
}

impl GradeHistoryLoader {
    /// For one request.
    pub fn new(session: Arc<Session>) -> Self {
        Self { session }
    }
}

impl Loader<CustomerId> for CurrentGradeLoader {
    type Value = CurrentGrade;
    type Error = Error;

    async fn load(&self, keys: &[CustomerId]) -> Result<HashMap<CustomerId, CurrentGrade>, Error> {
        let tx = self.session.snapshot().await?;
        tx.require(Permission::GradingRead)?;
        Ok(ops::current_grades(&tx, keys).await?.into_iter().collect())
    }
}

impl Loader<CustomerId> for GradeHistoryLoader {
    type Value = Vec<CustomerGradeOut>;
    type Error = Error;

    async fn load(&self, keys: &[CustomerId]) -> Result<HashMap<CustomerId, Vec<CustomerGradeOut>>, Error> {
        let tx = self.session.snapshot().await?;
        tx.require(Permission::GradingRead)?;
        Ok(ops::grade_histories(&tx, keys, MOST as i64).await?.into_iter().collect())
    }
}

/// The grades of a customer, as edges of `Customer`.
#[derive(Clone, Copy, Debug)]
pub struct CustomerGradeEdges(pub CustomerId);

#[Object]
impl CustomerGradeEdges {
    /// The current grade; null for a customer without one.
    async fn grade(&self, ctx: &Context<'_>) -> Result<Option<CurrentGrade>> {
        let loader = ctx.data::<DataLoader<CurrentGradeLoader>>().map_err(|_| Error::internal("no grade loader"))?;
        Ok(loader.load_one(self.0).await?)
    }

    /// The grades of the latest runs, the latest month first; 1 to 100, 12 where nothing is asked.
    async fn grades(&self, ctx: &Context<'_>, #[graphql(default = 12)] last: i32) -> Result<Vec<CustomerGradeOut>> {
        let Some(asked) = usize::try_from(last).ok().filter(|asked| (1..=MOST).contains(asked)) else {
            return Err(Error::invalid_at("/last", "range", "1 to 100.", "1 至 100。").into());
        };
        let loader = ctx.data::<DataLoader<GradeHistoryLoader>>().map_err(|_| Error::internal("no history loader"))?;
        let mut grades = loader.load_one(self.0).await?.unwrap_or_default();
        grades.truncate(asked);
        Ok(grades)
    }
}
