//! Checks a planned amount against the last three whole fiscal years.

use async_graphql::Enum;
use rust_decimal::{Decimal, MathematicalOps};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::{Label, divide, round_money, round_ratio};

/// Where a planned amount lies against what the past supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Between low and high, both included.
    Within,
    /// Above high.
    Above,
    /// Below low.
    Below,
    /// Fewer than three whole years; the peers' growth bounds it where there is one.
    Insufficient,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 4] = [Self::Within, Self::Above, Self::Below, Self::Insufficient];

    /// The code of the note that gives it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::Above => "above",
            Self::Below => "below",
            Self::Insufficient => "insufficient",
        }
    }

    /// What a reader is told.
    pub fn label(self) -> Label {
        match self {
            Self::Within => Label::new("within", "区间内"),
            Self::Above => Label::new("above", "高于区间"),
            Self::Below => Label::new("below", "低于区间"),
            Self::Insufficient => Label::new("too little history", "历史数据不足"),
        }
    }

    /// The code of the note that gives it against the customer's peers; none for what peers cannot tell.
    pub fn peer_code(self) -> Option<&'static str> {
        match self {
            Self::Within => Some("within_peers"),
            Self::Above => Some("above_peers"),
            Self::Below => Some("below_peers"),
            Self::Insufficient => None,
        }
    }
}

/// A planned amount, verified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// (y1 + y2 + y3) / 3, to 4 places.
    pub mean: Option<Decimal>,
    /// (y3 / y1)^(1/2) - 1, to 6 places; `None` where y1 or y3 <= 0.
    pub cagr: Option<Decimal>,
    /// Least squares through the three years, read at the fourth: mean + y3 - y1, to 4 places.
    pub year4: Option<Decimal>,
    /// The least the past supports, to 4 places.
    pub low: Option<Decimal>,
    /// The most the past supports, with tolerance, to 4 places.
    pub high: Option<Decimal>,
    /// `None` where nothing is planned.
    pub verdict: Option<Verdict>,
    /// Where the verdict is `insufficient`: the verdict against the peers' growth, where there is a basis for it.
    pub peer_verdict: Option<Verdict>,
}

/// Verifies `planned` against the last three whole fiscal years, oldest first.
///
/// `low = min(y3, mean, year4)`, `high = max(y3, mean, year4) x (1 + tolerance)`. With fewer whole years the last 12
/// months and the yearly growth of the customer's peers bound it: `low = min(L12, L12 x (1 + growth))` and
/// `high = max(..) x (1 + tolerance)`, where L12 > 0.
pub fn verify(
    years: &[Option<Decimal>; 3],
    planned: Option<Decimal>,
    tolerance: Decimal,
    net_l12: Option<Decimal>,
    peer_growth: Option<Decimal>,
) -> Verification {
    let [Some(y1), Some(y2), Some(y3)] = *years else {
        return verify_by_peers(planned, tolerance, net_l12, peer_growth);
    };
    let mean = (y1 + y2 + y3) / Decimal::from(3);
    let year4 = mean + y3 - y1;
    let (low, high) = bounds(&[y3, mean, year4], tolerance);
    Verification {
        mean: Some(round_money(mean)),
        cagr: cagr(y1, y3),
        year4: Some(round_money(year4)),
        low: Some(low),
        high: Some(high),
        verdict: planned.map(|planned| position(planned, low, high)),
        peer_verdict: None,
    }
}

/// (last / first)^(1/2) - 1, to 6 places: three years, two intervals. `None` where either is <= 0.
pub fn cagr(first: Decimal, last: Decimal) -> Option<Decimal> {
    if first <= Decimal::ZERO || last <= Decimal::ZERO {
        return None;
    }
    divide(last, first)?.sqrt().map(|root| round_ratio(root - Decimal::ONE))
}

fn verify_by_peers(
    planned: Option<Decimal>,
    tolerance: Decimal,
    net_l12: Option<Decimal>,
    peer_growth: Option<Decimal>,
) -> Verification {
    let base = net_l12.filter(|net| *net > Decimal::ZERO);
    let range = base.zip(peer_growth).map(|(net, growth)| bounds(&[net, net * (Decimal::ONE + growth)], tolerance));
    Verification {
        low: range.map(|(low, _)| low),
        high: range.map(|(_, high)| high),
        verdict: planned.map(|_| Verdict::Insufficient),
        peer_verdict: planned.zip(range).map(|(planned, (low, high))| position(planned, low, high)),
        ..Verification::default()
    }
}

/// Least and most of the values, the most widened by the tolerance (downward tolerance would narrow a negative range).
fn bounds(values: &[Decimal], tolerance: Decimal) -> (Decimal, Decimal) {
    let low = values.iter().copied().min().unwrap_or_default();
    let high = values.iter().copied().max().unwrap_or_default();
    (round_money(low), round_money(high + high.abs() * tolerance))
}

fn position(planned: Decimal, low: Decimal, high: Decimal) -> Verdict {
    if planned > high {
        Verdict::Above
    } else if planned < low {
        Verdict::Below
    } else {
        Verdict::Within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(s: &str) -> Option<Decimal> {
        Some(s.parse().unwrap())
    }

    fn check(planned: &str) -> Verification {
        verify(&[d("100"), d("120"), d("150")], d(planned), d("0.10").unwrap(), d("150"), None)
    }

    #[test]
    fn the_reference_case() {
        let found = check("150");
        assert_eq!(found.mean.unwrap().to_string(), "123.3333");
        assert_eq!(found.cagr.unwrap().to_string(), "0.224745");
        assert_eq!(found.year4.unwrap().to_string(), "173.3333");
        assert_eq!((found.low, found.high), (d("123.3333"), d("190.6667")));
    }

    #[test]
    fn a_verdict_on_each_side_and_on_the_limits() {
        assert_eq!(check("123.3333").verdict, Some(Verdict::Within));
        assert_eq!(check("190.6667").verdict, Some(Verdict::Within));
        assert_eq!(check("190.67").verdict, Some(Verdict::Above));
        assert_eq!(check("123.33").verdict, Some(Verdict::Below));
    }

    #[test]
    fn no_growth_rate_from_or_to_a_loss() {
        let rate = |y1: &str, y3: &str| cagr(d(y1).unwrap(), d(y3).unwrap());
        assert_eq!(rate("0", "5"), None);
        assert_eq!(rate("5", "-5"), None);
        assert_eq!(rate("4", "1"), d("-0.5"));
    }

    #[test]
    fn with_two_years_the_peers_bound_it() {
        // L12 200, peers + 20 %: from 200 to 240 x 1.1
        let found = verify(&[None, d("100"), d("200")], d("265"), d("0.10").unwrap(), d("200"), d("0.2"));
        assert_eq!((found.low, found.high), (d("200"), d("264")));
        assert_eq!((found.verdict, found.peer_verdict), (Some(Verdict::Insufficient), Some(Verdict::Above)));
    }

    #[test]
    fn without_peers_it_is_only_insufficient() {
        let found = verify(&[None; 3], d("5"), d("0.1").unwrap(), d("-3"), d("0.2"));
        assert_eq!((found.verdict, found.peer_verdict, found.low), (Some(Verdict::Insufficient), None, None));
        assert_eq!(verify(&[None; 3], None, d("0.1").unwrap(), None, None).verdict, None);
    }
}
