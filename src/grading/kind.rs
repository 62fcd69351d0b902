//! Of which of the three kinds a customer is: who keeps us alive, who will grow with us, who keeps us busy for nothing.
//!
//! With P the profit, Q and G a quality and a growth from the thresholds on, the first that holds decides:
//! (a) Q, and P > 0 or not known: survival base; (b) G: growth partner, which `invests` where P < 0; (c) Q: busy for nothing,
//! which `looks_good`; (d) P < 0, or an effort ratio from the limit on: busy for nothing; (e) none of them. Who could not be
//! graded has neither Q nor G. Who bought nothing and cost nothing keeps nobody busy, so that (c) passes it by.
//!
//! `store/kinds.rs` has the same rule in SQL, for sums and filters; `tests/it/grading/kinds.rs` compares both.

use rust_decimal::Decimal;

use super::Known;
use super::wire::{CustomerKind, KindMark, Thresholds};
use crate::metrics::{BookEffort, Handling, Metric, cost_to_serve, net_profit};

/// What a run keeps of a customer so that its kind can be told. All is as it was when the run was made; nothing is known of
/// results that are older than this.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindFacts {
    /// `gross_margin_l12`.
    pub gross_margin: Option<Decimal>,
    /// `net_profit_l12`.
    pub net_profit: Option<Decimal>,
    /// `cost_to_serve_l12`.
    pub cost_to_serve: Option<Decimal>,
    /// What was handled for it in the 12 months.
    pub handling: Option<Handling>,
}

/// A result's place on the axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axes {
    /// Whether it could be graded.
    pub gradable: bool,
    /// Its quality, where it has one.
    pub quality: Option<Decimal>,
    /// Its growth, where it has one.
    pub growth: Option<Decimal>,
}

/// A customer's kind, and what it follows from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindOfCustomer {
    /// The kind.
    pub kind: CustomerKind,
    /// What is to be said with it.
    pub mark: Option<KindMark>,
    /// The effort, in the unit of the book's basis.
    pub effort: Option<Decimal>,
    /// Share of effort / share of margin.
    pub effort_ratio: Option<Decimal>,
}

impl KindFacts {
    /// Of what is known of a customer.
    pub fn of(known: Known<'_>) -> Self {
        let Some(figures) = known.figures else { return Self::default() };
        Self {
            gross_margin: figures.gross_margin_l12.ok(),
            net_profit: net_profit(known.finances, figures),
            cost_to_serve: cost_to_serve(known.finances, figures),
            handling: known.efforts.map(|efforts| efforts.handling(figures)),
        }
    }

    /// P: the net profit where it is known, else the gross margin.
    pub fn profit(&self) -> Option<Decimal> {
        self.net_profit.or(self.gross_margin)
    }

    /// Which metric P is.
    pub fn profit_source(&self) -> Option<Metric> {
        match (self.net_profit, self.gross_margin) {
            (Some(_), _) => Some(Metric::NetProfitL12),
            (None, Some(_)) => Some(Metric::GrossMarginL12),
            (None, None) => None,
        }
    }

    /// Nothing sold, nothing earned, nothing lost.
    fn is_idle(&self) -> bool {
        self.profit().is_some_and(|profit| profit.is_zero()) && self.handling.is_none_or(|handled| handled.lines == 0)
    }
}

/// The kind of a customer.
pub fn kind_of(axes: Axes, facts: &KindFacts, book: Option<&BookEffort>, thresholds: &Thresholds) -> KindOfCustomer {
    let weights = thresholds.effort_rules().weights;
    let effort = book.and_then(|book| book.effort(&weights, facts.cost_to_serve, facts.handling));
    let effort_ratio = book.and_then(|book| book.ratio(&weights, effort, facts.gross_margin).ok());
    let reaches = |score: Option<Decimal>, bound: Decimal| axes.gradable && score.is_some_and(|score| score >= bound);
    let quality = reaches(axes.quality, thresholds.survival_quality.0);
    let growth = reaches(axes.growth, thresholds.partner_growth.0);
    let profit = facts.profit();
    let loses = profit.is_some_and(|profit| profit < Decimal::ZERO);
    let takes_effort = effort_ratio.is_some_and(|ratio| ratio >= thresholds.busy_effort_ratio.0);
    let (kind, mark) = if quality && profit.is_none_or(|profit| profit > Decimal::ZERO) {
        (CustomerKind::SurvivalBase, profit.is_none().then_some(KindMark::ProfitUnknown))
    } else if growth {
        (CustomerKind::GrowthPartner, loses.then_some(KindMark::Invests))
    } else if quality && !facts.is_idle() {
        (CustomerKind::BusyForNothing, Some(KindMark::LooksGood))
    } else if loses || takes_effort {
        (CustomerKind::BusyForNothing, None)
    } else if !axes.gradable {
        (CustomerKind::Ungradable, None)
    } else {
        (CustomerKind::Other, None)
    };
    KindOfCustomer { kind, mark, effort, effort_ratio }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::EffortBasis;
    use crate::values::Exact;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    /// A book of 100 orders without lines of their own weight, with a margin of 1,000.
    fn book() -> BookEffort {
        let handling = Handling { orders: 100, ..Handling::default() };
        BookEffort {
            basis: Some(EffortBasis::HandlingUnits),
            margin: Exact(d("1000")),
            handling,
            ..BookEffort::default()
        }
    }

    fn axes(quality: &str, growth: &str) -> Axes {
        Axes { gradable: true, quality: Some(d(quality)), growth: Some(d(growth)) }
    }

    fn sold(margin: Option<&str>, orders: i64) -> KindFacts {
        let handling = Some(Handling { orders, ..Handling::default() });
        let handling = handling.map(|handling| Handling { lines: if orders > 0 { 1 } else { 0 }, ..handling });
        KindFacts { gross_margin: margin.map(d), handling, ..KindFacts::default() }
    }

    fn told(axes: Axes, facts: KindFacts) -> (CustomerKind, Option<KindMark>) {
        let thresholds = Thresholds { effort_of_line: Exact(Decimal::ZERO), ..Thresholds::default() };
        let kind = kind_of(axes, &facts, Some(&book()), &thresholds);
        (kind.kind, kind.mark)
    }

    #[test]
    fn a_quality_that_earns_or_may_earn_is_survival_base() {
        assert_eq!(told(axes("60", "0"), sold(Some("0.01"), 90)), (CustomerKind::SurvivalBase, None));
        assert_eq!(told(axes("60", "90"), sold(Some("5"), 1)), (CustomerKind::SurvivalBase, None));
        let unknown = (CustomerKind::SurvivalBase, Some(KindMark::ProfitUnknown));
        assert_eq!(told(axes("60", "90"), sold(None, 90)), unknown);
        assert_eq!(told(axes("59.9999", "0"), sold(Some("5"), 0)), (CustomerKind::Other, None));
    }

    #[test]
    fn b_growth_comes_before_a_loss_which_it_invests() {
        assert_eq!(told(axes("0", "60"), sold(Some("1"), 90)), (CustomerKind::GrowthPartner, None));
        let invests = (CustomerKind::GrowthPartner, Some(KindMark::Invests));
        assert_eq!(told(axes("0", "60"), sold(Some("-1"), 1)), invests);
        assert_eq!(told(axes("99", "60"), sold(Some("-1"), 1)), invests);
        assert_eq!(told(axes("99", "60"), sold(Some("0"), 1)), (CustomerKind::GrowthPartner, None));
        assert_eq!(told(axes("0", "60"), sold(None, 1)), (CustomerKind::GrowthPartner, None));
    }

    #[test]
    fn c_quality_that_earns_nothing_looks_good() {
        let looks_good = (CustomerKind::BusyForNothing, Some(KindMark::LooksGood));
        assert_eq!(told(axes("60", "59"), sold(Some("0"), 1)), looks_good);
        assert_eq!(told(axes("99", "0"), sold(Some("-1"), 1)), looks_good);
        // A net profit speaks before the gross margin.
        let costly = KindFacts { net_profit: Some(d("-1")), ..sold(Some("500"), 1) };
        assert_eq!(told(axes("99", "0"), costly), looks_good);
    }

    #[test]
    fn d_a_loss_or_twice_as_much_effort_as_margin_keeps_us_busy() {
        let busy = (CustomerKind::BusyForNothing, None);
        assert_eq!(told(axes("0", "0"), sold(Some("-1"), 1)), busy);
        // A tenth of the effort for a twentieth of the margin; a hair less.
        assert_eq!(told(axes("0", "0"), sold(Some("50"), 10)), busy);
        assert_eq!(told(axes("0", "0"), sold(Some("50.01"), 10)), (CustomerKind::Other, None));
        // Effort that brings no margin.
        assert_eq!(told(axes("0", "0"), sold(Some("0"), 1)), busy);
    }

    #[test]
    fn e_the_rest_is_neither_also_where_effort_is_not_known() {
        let unknown = KindFacts { handling: None, ..sold(Some("1"), 1) };
        assert_eq!(told(axes("0", "0"), unknown), (CustomerKind::Other, None));
        assert_eq!(told(axes("0", "0"), sold(None, 90)), (CustomerKind::Other, None));
        let kind = kind_of(axes("0", "0"), &sold(Some("1"), 90), None, &Thresholds::default());
        assert_eq!((kind.kind, kind.effort, kind.effort_ratio), (CustomerKind::Other, None, None));
    }

    #[test]
    fn who_bought_nothing_and_cost_nothing_keeps_nobody_busy() {
        assert_eq!(told(axes("90", "0"), sold(Some("0"), 0)), (CustomerKind::Other, None));
        assert_eq!(told(axes("0", "0"), sold(Some("0"), 0)), (CustomerKind::Other, None));
        let visited = KindFacts { net_profit: Some(d("-20")), ..sold(Some("0"), 0) };
        let looks_good = (CustomerKind::BusyForNothing, Some(KindMark::LooksGood));
        assert_eq!(told(axes("90", "0"), visited), looks_good);
    }

    #[test]
    fn who_could_not_be_graded_can_still_keep_us_busy() {
        let none = Axes { gradable: false, quality: Some(d("99")), growth: Some(d("99")) };
        assert_eq!(told(none, sold(Some("100"), 1)), (CustomerKind::Ungradable, None));
        assert_eq!(told(none, sold(None, 1)), (CustomerKind::Ungradable, None));
        assert_eq!(told(none, sold(Some("-1"), 1)), (CustomerKind::BusyForNothing, None));
    }

    fn maybe(range: std::ops::Range<i64>) -> impl Strategy<Value = Option<Decimal>> {
        prop::option::of(range.prop_map(Decimal::from))
    }

    proptest! {
        #[test]
        fn everyone_has_one_kind_and_the_kinds_add_up_to_all_profit(
            customers in prop::collection::vec(
                ((any::<bool>(), maybe(0..100), maybe(0..100)), maybe(-50..50), maybe(-50..50), 0i64..9),
                0..40,
            ),
        ) {
            let mut sums = [Decimal::ZERO; CustomerKind::ALL.len()];
            let mut profits = Decimal::ZERO;
            for ((gradable, quality, growth), gross_margin, net, orders) in customers {
                let facts = KindFacts { gross_margin, net_profit: net.filter(|_| gross_margin.is_some()), ..sold(None, orders) };
                let kind = kind_of(Axes { gradable, quality, growth }, &facts, Some(&book()), &Thresholds::default());
                let place = CustomerKind::ALL.iter().position(|known| *known == kind.kind).unwrap();
                sums[place] += facts.profit().unwrap_or_default();
                profits += facts.profit().unwrap_or_default();
                let loses = facts.profit().is_some_and(|profit| profit < Decimal::ZERO);
                // Nobody with a loss hides among the others.
                prop_assert!(!loses || matches!(kind.kind, CustomerKind::GrowthPartner | CustomerKind::BusyForNothing));
                prop_assert_eq!(kind.mark == Some(KindMark::Invests), loses && kind.kind == CustomerKind::GrowthPartner);
            }
            prop_assert_eq!(sums.iter().sum::<Decimal>(), profits);
        }
    }
}
