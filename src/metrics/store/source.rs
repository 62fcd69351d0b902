//! What the figures of many customers have in common, read once, and the figures a batch of customers at a time.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use num_bigint::BigInt;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use sqlx::PgConnection;
use uuid::Uuid;

use super::figures::{CustomerFigures, FigureSums, figures};
use crate::error::Result;
use crate::sales::{
    KeptRollups, SalesMonth, SalesRollup, StaleRollups, first_day_of_sales, kept_nets, kept_rollups, rollup_bounds,
    rollups_from_lines, stale_rollups,
};
use crate::values::{CustomerId, CustomerRange, Month, TenantId};

/// Months of the volatility.
const VOLATILITY_MONTHS: i32 = 36;
/// A variation is told as a whole number of 10^-14, so that the root taken of it is exact at 6 places.
const VARIATION_PLACES: u32 = 14;
/// What is more comes of a mean that is next to nothing: a coefficient of 10 million, 10^7 squared x 10^14.
const MOST: Decimal = Decimal::from_parts(0x1000_0000, 0x3e25_0261, 0x204f_ce5e, false, 0);
/// Customers read at a time.
const BATCH: usize = 5_000;

/// Figures as of a month, all from one state of the data: the transaction must see one.
#[derive(Debug)]
pub struct FigureSource {
    tenant: TenantId,
    as_of: Month,
    /// Sums made of the lines, of those whose kept ones do not hold.
    anew: HashMap<CustomerId, SalesRollup>,
    stale: StaleRollups,
    /// The month of the tenant's first line.
    since: Option<Month>,
    among: Option<Among>,
}

/// Everyone's net in L12.
#[derive(Debug, Default)]
struct Among {
    net: Decimal,
    places: HashMap<CustomerId, i64>,
}

/// What the figures of some customers are made of, as it was read.
#[derive(Debug)]
pub struct FigureRows {
    kept: KeptRollups,
    potentials: HashMap<CustomerId, Decimal>,
}

impl FigureSource {
    /// Reads what figures of any customers need; what the share and the rank need only where `among_all` asks for them.
    /// Without it neither is known.
    ///
    /// # Errors
    /// A failing database.
    pub async fn open(
        conn: &mut PgConnection,
        tenant: TenantId,
        as_of: Month,
        among_all: bool,
    ) -> Result<Self, sqlx::Error> {
        let stale = stale_rollups(conn, tenant).await?;
        let anew = match &stale {
            StaleRollups::Of(customers) if customers.is_empty() => Vec::new(),
            StaleRollups::Of(customers) => {
                let customers: Vec<CustomerId> = customers.iter().copied().collect();
                rollups_from_lines(conn, tenant, Some(&customers)).await?
            }
            StaleRollups::All => rollups_from_lines(conn, tenant, None).await?,
        };
        let anew = anew.into_iter().map(|rollup| (rollup.customer_id, rollup)).collect();
        let since = first_day_of_sales(conn, tenant).await?.map(Month::of);
        let mut source = Self { tenant, as_of, anew, stale, since, among: None };
        if among_all {
            source.among = Some(source.rank(conn).await?);
        }
        Ok(source)
    }

    /// Reads what the figures of some customers are made of.
    ///
    /// # Errors
    /// A failing database.
    pub async fn read(&self, conn: &mut PgConnection, customers: &CustomerRange) -> Result<FigureRows, sqlx::Error> {
        let kept = match self.stale {
            StaleRollups::All => KeptRollups::default(),
            StaleRollups::Of(_) => kept_rollups(conn, self.tenant, customers).await?,
        };
        Ok(FigureRows { kept, potentials: potentials(conn, self.tenant, customers).await? })
    }

    /// The figures of these customers, in their order, whose rows have been read. Each has its external id with it.
    ///
    /// # Errors
    /// `internal` where the tables hold what nobody writes.
    pub fn figures(&self, rows: &FigureRows, customers: &[(CustomerId, &str)]) -> Result<Vec<CustomerFigures>> {
        let kept: HashMap<CustomerId, SalesRollup> =
            rows.kept.decode()?.into_iter().map(|rollup| (rollup.customer_id, rollup)).collect();
        let each = customers.iter().map(|(id, external_id)| {
            let rollup = if self.holds(*id) { kept.get(id) } else { self.anew.get(id) };
            figures(self.sums((*id, external_id), rollup, rows.potentials.get(id)), self.as_of)
        });
        Ok(each.collect())
    }

    /// Whose figures they are, as of when.
    pub(super) fn whose(&self) -> (TenantId, Month) {
        (self.tenant, self.as_of)
    }

    /// Shows everyone's sums, in no order, a batch of kept ones at a time.
    pub(super) async fn each_rollup(&self, conn: &mut PgConnection, mut show: impl FnMut(&SalesRollup)) -> Result<()> {
        self.anew.values().for_each(&mut show);
        if matches!(self.stale, StaleRollups::All) {
            return Ok(());
        }
        let mut after = Uuid::nil();
        let bounds = rollup_bounds(conn, self.tenant, BATCH as i64).await?;
        for through in bounds.into_iter().chain([Uuid::max()]) {
            let range = CustomerRange { after, through, listed: None };
            let kept = kept_rollups(conn, self.tenant, &range).await?.decode()?;
            kept.iter().filter(|rollup| self.holds(rollup.customer_id)).for_each(&mut show);
            after = through;
        }
        Ok(())
    }

    fn holds(&self, customer: CustomerId) -> bool {
        match &self.stale {
            StaleRollups::All => false,
            StaleRollups::Of(stale) => !stale.contains(&customer),
        }
    }

    fn l12(&self) -> (Month, Month) {
        (self.as_of.plus(-11), self.as_of)
    }

    /// Everyone's place by net in L12, ties by external id.
    async fn rank(&self, conn: &mut PgConnection) -> Result<Among, sqlx::Error> {
        let (first, last) = self.l12();
        let mut nets = match self.stale {
            StaleRollups::All => Vec::new(),
            StaleRollups::Of(_) => kept_nets(conn, self.tenant, (first, last)).await?,
        };
        nets.retain(|(customer, _)| self.holds(*customer));
        nets.extend(self.anew.values().filter_map(|rollup| {
            let sums = rollup.sums(first, last);
            (sums.lines > 0).then_some((rollup.customer_id, sums.net))
        }));
        nets.sort_by(|(one, a), (other, b)| b.cmp(a).then(one.cmp(other)));
        let tied: Vec<CustomerId> = nets
            .chunk_by(|(_, a), (_, b)| a == b)
            .filter(|equals| equals.len() > 1)
            .flat_map(|equals| equals.iter().map(|(customer, _)| *customer))
            .collect();
        let names = external_ids(conn, self.tenant, &tied).await?;
        for equals in nets.chunk_by_mut(|(_, a), (_, b)| a == b) {
            equals.sort_by(|(one, _), (other, _)| names.get(one).cmp(&names.get(other)));
        }
        Ok(Among {
            net: nets.iter().map(|(_, net)| *net).sum(),
            places: nets.into_iter().zip(1..).map(|((customer, _), place)| (customer, place)).collect(),
        })
    }

    fn sums(
        &self,
        (customer_id, external_id): (CustomerId, &str),
        rollup: Option<&SalesRollup>,
        potential: Option<&Decimal>,
    ) -> FigureSums {
        let as_of = self.as_of;
        let years = [0, 1, 2].map(|back| (as_of.plus(-11 - 12 * back), as_of.plus(-12 * back)));
        let [l12, p12, pp12] =
            years.map(|(first, last)| rollup.map(|rollup| rollup.sums(first, last)).unwrap_or_default());
        let (first, last) = self.l12();
        let months = rollup.map(|rollup| rollup.span(as_of.plus(1 - VOLATILITY_MONTHS), as_of)).unwrap_or_default();
        FigureSums {
            customer_id,
            external_id: external_id.to_owned(),
            net_l12: l12.net,
            net_p12: p12.net,
            net_pp12: pp12.net,
            lines_l12: l12.lines,
            lines_p12: p12.lines,
            lines_pp12: pp12.lines,
            cost_l12: l12.cost,
            without_cost_l12: l12.lines_without_cost,
            orders_l12: rollup.map_or(0, |rollup| rollup.orders(first, last).orders),
            active_months_l12: l12.active_months,
            categories_l12: rollup.map_or(0, |rollup| rollup.categories(first, last)),
            rank_l12: self.among.as_ref().and_then(|among| among.places.get(&customer_id).copied()),
            tenant_net_l12: self.among.as_ref().map(|among| among.net).unwrap_or_default(),
            tenant_since: self.since,
            net_l36: months.iter().map(|month| month.net).sum(),
            volatility_squared_l36: variation_squared(months),
            first_day: rollup.and_then(|rollup| rollup.first_day(as_of)),
            last_order_day: rollup.and_then(|rollup| rollup.last_order_day(as_of)),
            potential: potential.copied(),
        }
    }
}

/// The metrics of all the tenant's customers, or of those listed, by external id. The shares and ranks are among all the
/// tenant's customers even for a list. The transaction must see one state of the data.
///
/// # Errors
/// A failing database.
pub async fn figures_for(
    conn: &mut PgConnection,
    tenant: TenantId,
    as_of: Month,
    customers: Option<&[CustomerId]>,
) -> Result<Vec<CustomerFigures>> {
    let source = FigureSource::open(conn, tenant, as_of, true).await?;
    let ids: Option<Vec<Uuid>> = customers.map(|list| list.iter().map(|id| id.0).collect());
    let named: Vec<(Uuid, String)> = sqlx::query_as(
        "select id, external_id from customers
         where tenant_id = $1 and ($2::uuid[] is null or id = any($2)) order by external_id collate \"C\"",
    )
    .bind(tenant.0)
    .bind(ids)
    .persistent(false)
    .fetch_all(&mut *conn)
    .await?;
    let mut all = Vec::with_capacity(named.len());
    for batch in named.chunks(BATCH) {
        let batch: Vec<(CustomerId, &str)> = batch.iter().map(|(id, name)| (CustomerId(*id), name.as_str())).collect();
        let range = CustomerRange::of(batch.iter().map(|(id, _)| id.0).collect());
        let rows = source.read(conn, &range).await?;
        all.extend(source.figures(&rows, &batch)?);
    }
    Ok(all)
}

async fn potentials(
    conn: &mut PgConnection,
    tenant: TenantId,
    customers: &CustomerRange,
) -> Result<HashMap<CustomerId, Decimal>, sqlx::Error> {
    let rows: Vec<(Uuid, Decimal)> = sqlx::query_as(
        "select customer_id, sum(yearly_amount) from purchase_potentials
         where tenant_id = $1 and customer_id > $2 and customer_id <= $3
             and ($4::uuid[] is null or customer_id = any($4))
         group by customer_id",
    )
    .bind(tenant.0)
    .bind(customers.after)
    .bind(customers.through)
    .bind(&customers.listed)
    .persistent(false)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(customer, amount)| (CustomerId(customer), amount)).collect())
}

async fn external_ids(
    conn: &mut PgConnection,
    tenant: TenantId,
    customers: &[CustomerId],
) -> Result<BTreeMap<CustomerId, String>, sqlx::Error> {
    let ids: BTreeSet<Uuid> = customers.iter().map(|id| id.0).collect();
    let rows: Vec<(Uuid, String)> = sqlx::query_as(
        "select id, external_id from customers where tenant_id = $1 and id = any(array(select unnest($2::uuid[])))",
    )
    .bind(tenant.0)
    .bind(ids.into_iter().collect::<Vec<_>>())
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(customer, name)| (CustomerId(customer), name)).collect())
}

/// (standard deviation / mean)^2 of the nets of 36 months, those without lines being 0: with n months, (n x sum of
/// squares - sum^2) / sum^2; the whole part of 10^14 times that. `None` where the sum is not positive or next to nothing.
fn variation_squared(months: &[SalesMonth]) -> Option<Decimal> {
    let nets: Vec<i128> = months.iter().map(|month| ten_thousandths(month.net)).collect();
    let sum: i128 = nets.iter().sum();
    if sum <= 0 {
        return None;
    }
    let scaled = variation(&nets, sum).or_else(|| variation_of_large(&nets, sum))?;
    Decimal::try_from_i128_with_scale(scaled, 0).ok().filter(|scaled| *scaled < MOST)
}

/// By long division, digit by digit, so that nothing grows beyond the divisor; `None` for amounts too large even for that.
fn variation(nets: &[i128], sum: i128) -> Option<i128> {
    let squares = nets.iter().try_fold(0i128, |all, net| all.checked_add(net.checked_mul(*net)?))?;
    let base = sum.checked_mul(sum)?;
    let spread = i128::from(VOLATILITY_MONTHS).checked_mul(squares)?.checked_sub(base)?;
    let (mut scaled, mut rest) = (spread / base, spread % base);
    for _ in 0..VARIATION_PLACES {
        rest = rest.checked_mul(10)?;
        scaled = scaled.checked_mul(10)?.checked_add(rest / base)?;
        rest %= base;
    }
    Some(scaled)
}

fn variation_of_large(nets: &[i128], sum: i128) -> Option<i128> {
    let squares: BigInt = nets.iter().map(|net| BigInt::from(*net) * *net).sum();
    let base = BigInt::from(sum) * sum;
    let spread = squares * VOLATILITY_MONTHS - &base;
    (spread * 10_i128.pow(VARIATION_PLACES) / base).to_i128()
}

/// An amount as a count of its fourth decimal place; amounts have no more.
fn ten_thousandths(amount: Decimal) -> i128 {
    let mut amount = amount;
    amount.rescale(4);
    amount.mantissa()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn months(nets: &[i64]) -> Vec<SalesMonth> {
        let month = |net: &i64| SalesMonth {
            month: Month::new(2024, 1).unwrap(),
            net: Decimal::new(*net, 4),
            cost: Decimal::ZERO,
            lines: 1,
            lines_without_cost: 0,
            orders: 1,
            returns: 0,
            order_day: None,
        };
        nets.iter().map(month).collect()
    }

    #[test]
    fn the_variation_of_a_worked_customer() {
        // 100, 120 and 150 in three months of 36: 36 x 46900 / 370^2 - 1 = 11.333089846603...
        let variation = variation_squared(&months(&[1_000_000, 1_200_000, 1_500_000]));
        assert_eq!(variation.unwrap().to_string(), "1133308984660336");
        assert_eq!(variation_squared(&months(&[5, -5])), None);
        assert_eq!(variation_squared(&[]), None);
    }

    proptest! {
        #[test]
        fn large_amounts_are_reckoned_like_small_ones(nets in prop::collection::vec(-1_000_000_000_i128..1_000_000_000, 1..36)) {
            let sum: i128 = nets.iter().sum();
            prop_assume!(sum > 0);
            prop_assert_eq!(variation(&nets, sum), variation_of_large(&nets, sum));
        }

        #[test]
        fn no_amount_that_can_be_stored_overflows(net in 1_i64..i64::MAX, other in i64::MIN + 1..0) {
            variation_squared(&months(&[net, other, net]));
        }
    }
}
