//! From what is asked to the days that count.

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::period::{Coverage, PeriodChoice, Reach, days_of};
use super::query::Span;
use crate::sales::store::{last_year, reach};
use crate::values::TenantId;

/// Which days a question asks for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// The days given; none where both ends are open.
    pub span: Span,
    /// The period given in words.
    pub period: Option<PeriodChoice>,
    /// Whether the answer is a series over time, which is whole by default.
    pub is_series: bool,
}

/// The days that count.
#[derive(Clone, Copy, Debug)]
pub struct Resolved {
    /// The days to add up.
    pub span: Span,
    /// What is told of them.
    pub period: Coverage,
    /// Their ends; `None` where there is no line that says them.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// How far sales reach; `None` where there is no line.
    pub reach: Option<Reach>,
}

impl Asked {
    /// Finds the days. Defaults follow the data: no clock says which year is the last.
    ///
    /// # Errors
    /// A failing database.
    pub async fn resolve(
        self,
        conn: &mut PgConnection,
        tenant: TenantId,
        start_month: u32,
        today: NaiveDate,
    ) -> Result<Resolved, sqlx::Error> {
        let Some(reach) = reach(conn, tenant, today).await? else {
            return Ok(Resolved { span: self.span, period: Coverage::nothing(self.span), days: None, reach: None });
        };
        let by_default = if self.is_series { PeriodChoice::All } else { PeriodChoice::LastYear };
        let (first, end) = reach.all();
        let (span, (from, to)) = match (self.span.from, self.span.to, self.period.unwrap_or(by_default)) {
            (None, None, PeriodChoice::LastYear) => {
                let (from, to) = days_of(last_year(conn, tenant, &reach, start_month).await?);
                (Span { from: Some(from), to: Some(to) }, (from, to))
            }
            (None, None, PeriodChoice::All) => (Span::default(), (first, end)),
            (from, to, _) => {
                let days = (
                    from.unwrap_or_else(|| first.min(to.unwrap_or(first))),
                    to.unwrap_or_else(|| end.max(from.unwrap_or(end))),
                );
                (self.span, days)
            }
        };
        Ok(Resolved { span, period: reach.coverage(from, to), days: Some((from, to)), reach: Some(reach) })
    }
}
