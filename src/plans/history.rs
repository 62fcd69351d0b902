//! Which months make which years of a plan's history.
//!
//! A fiscal year is whole when it ends no later than the last month of the history. A customer's history covers a year
//! when its first sale lies no later than that year's first month; a year in which it began to buy is no whole year of it.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::input::PlanCustomer;
use crate::values::{FiscalYear, Month, round_money};

/// Months of nets by month that a plan uses.
const MONTHS: i32 = 36;

/// The years that a trend is taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TrendWindow {
    /// The last of them still runs: the last 12 months stand for it.
    pub(super) running: bool,
    /// Years from the last of them to the planned one, at least 1.
    pub(super) ahead: u32,
}

/// The last fiscal year that is whole at the end of `as_of`.
pub fn last_whole_year(as_of: Month, start_month: u32) -> FiscalYear {
    FiscalYear::of(as_of.plus(1), start_month).plus(-1)
}

impl TrendWindow {
    /// For a plan of `year` on a history that ends with `as_of`.
    pub(super) fn of(as_of: Month, year: FiscalYear) -> Self {
        let whole = last_whole_year(as_of, year.start_month);
        let running = whole.last_month() != as_of;
        let last = whole.year + i32::from(running);
        Self { running, ahead: u32::try_from(year.year - last).unwrap_or_default().max(1) }
    }

    /// The years of a customer whose last three whole ones are `whole`.
    pub(super) fn years(self, whole: &[Option<Decimal>; 3], net_l12: Option<Decimal>) -> [Option<Decimal>; 3] {
        let [_, y2, y3] = *whole;
        if self.running { [y2, y3, net_l12] } else { *whole }
    }
}

impl PlanCustomer {
    /// Fills in what follows from its nets by month up to `as_of` (a month without sales may be absent) and the month of
    /// its first sale: the three years, the last 12 months, the months of history and the nets by month.
    pub fn with_history(
        mut self,
        months: &BTreeMap<Month, Decimal>,
        first: Option<Month>,
        as_of: Month,
        start: u32,
    ) -> Self {
        let Some(first) = first.filter(|first| *first <= as_of) else { return self };
        let net =
            |from: Month, to: Month| -> Decimal { round_money(months.range(from..=to).map(|(_, net)| *net).sum()) };
        let last = last_whole_year(as_of, start);
        self.years = [-2, -1, 0].map(|back| {
            let year = last.plus(back);
            (first <= year.first_month()).then(|| net(year.first_month(), year.last_month()))
        });
        self.net_l12 = Some(net(as_of.plus(-11), as_of));
        self.months_of_history = u32::try_from(as_of.since(first) + 1).unwrap_or_default();
        self.net_by_month = months.range(as_of.plus(1 - MONTHS)..=as_of).map(|(month, net)| (*month, *net)).collect();
        self
    }
}

/// The first month whose net any figure of a plan needs.
pub fn first_month_needed(as_of: Month, start_month: u32) -> Month {
    last_whole_year(as_of, start_month).plus(-2).first_month().min(as_of.plus(1 - MONTHS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans::samples::customer;

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    #[test]
    fn a_year_is_whole_once_it_has_ended() {
        assert_eq!(last_whole_year(month("2013-11"), 1).year, 2012);
        assert_eq!(last_whole_year(month("2013-12"), 1).year, 2013);
        assert_eq!(last_whole_year(month("2014-02"), 4).year, 2012);
        assert_eq!(last_whole_year(month("2014-03"), 4).year, 2013);
    }

    #[test]
    fn the_running_year_is_the_last_of_the_trend() {
        let year = FiscalYear::new(2014, 1).unwrap();
        assert_eq!(TrendWindow::of(month("2013-12"), year), TrendWindow { running: false, ahead: 1 });
        assert_eq!(TrendWindow::of(month("2013-11"), year), TrendWindow { running: true, ahead: 1 });
        assert_eq!(TrendWindow::of(month("2012-12"), year), TrendWindow { running: false, ahead: 2 });
        let [one, two, three, four] = [1, 2, 3, 4].map(|n| Some(Decimal::from(n)));
        let running = TrendWindow { running: true, ahead: 1 };
        assert_eq!(running.years(&[one, two, three], four), [two, three, four]);
    }

    #[test]
    fn a_year_in_which_it_began_to_buy_is_not_whole() {
        let nets = [("2010-12", 5), ("2011-01", 7), ("2011-06", 1), ("2012-12", 20), ("2013-11", 300)];
        let nets: BTreeMap<Month, Decimal> = nets.map(|(m, n)| (month(m), Decimal::from(n))).into();
        let found = customer("1", "pumps", "0").with_history(&nets, Some(month("2010-12")), month("2013-11"), 1);
        assert_eq!(found.years, [None, Some(8.into()), Some(20.into())]);
        assert_eq!((found.net_l12, found.months_of_history), (Some(320.into()), 36));
        assert_eq!(found.net_by_month.len(), 5);
        assert_eq!(first_month_needed(month("2013-11"), 1), month("2010-01"));
        assert_eq!(first_month_needed(month("2013-12"), 1), month("2011-01"));
    }
}
