//! What sales add to a customer.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::{Context, Object, Result};

use crate::error::Error;
use crate::sales::ops;
use crate::sales::statistics::MonthSales;
use crate::tenancy::Session;
use crate::values::{CustomerId, Month};

/// The most months one series has.
const MOST_MONTHS: u16 = 120;

/// The fields of a customer that sales know.
#[derive(Clone, Copy, Debug)]
pub struct CustomerSalesEdges(pub CustomerId);

/// A series that is asked for: of whom, how many months, up to which, by default the last with sales.
pub type MonthlySalesKey = (CustomerId, u16, Option<Month>);

/// Reads the series of many customers with one statement.
#[derive(Clone, Debug)]
pub struct MonthlySalesLoader(pub Arc<Session>);

#[Object]
impl CustomerSalesEdges {
    /// The last 1 to 120 months up to and with `until`, oldest first, in the base currency; where `until` is absent up to
    /// the last month in which the tenant sold anything. Every month is there, also where nothing was sold.
    async fn monthly_sales(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 12)] last: i32,
        until: Option<Month>,
    ) -> Result<Vec<MonthSales>> {
        let months = u16::try_from(last).ok().filter(|n| (1..=MOST_MONTHS).contains(n));
        let months = months.ok_or_else(|| {
            Error::invalid_at("/last", "range", format!("1 to {MOST_MONTHS}."), format!("1 至 {MOST_MONTHS}。"))
        })?;
        let loader = ctx.data::<DataLoader<MonthlySalesLoader>>().map_err(|_| Error::internal("no loader of sales"))?;
        Ok(loader.load_one((self.0, months, until)).await?.unwrap_or_default())
    }
}

impl Loader<MonthlySalesKey> for MonthlySalesLoader {
    type Value = Vec<MonthSales>;
    type Error = Error;

    async fn load(&self, keys: &[MonthlySalesKey]) -> Result<HashMap<MonthlySalesKey, Self::Value>, Error> {
        let mut asked = BTreeMap::<(u16, Option<Month>), Vec<CustomerId>>::new();
        for (customer, months, until) in keys {
            asked.entry((*months, *until)).or_default().push(*customer);
        }
        let tx = self.0.snapshot().await?;
        let mut found = HashMap::with_capacity(keys.len());
        for ((months, until), customers) in asked {
            let series = ops::monthly_series(&tx, &customers, until, months).await?;
            found.extend(series.into_iter().map(|(customer, months_of)| ((customer, months, until), months_of)));
        }
        Ok(found)
    }
}
