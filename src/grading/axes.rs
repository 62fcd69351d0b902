//! The quality x growth matrix: classes of both axes by cut-offs, and the cells they make.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::wire::{AxisClass, QualityGrowthCell, QualityGrowthMatrix, Thresholds};
use crate::values::{Exact, round_score};

/// What one customer adds to its cell.
#[derive(Clone, Copy, Debug)]
pub struct Placed {
    /// Its quality; none where no factor of the axis counts, or it could not be graded.
    pub quality: Option<Decimal>,
    /// Its growth.
    pub growth: Option<Decimal>,
    /// Its net of the 12 months, in the base currency.
    pub net: Decimal,
    /// Its gross margin; none where it is not known.
    pub margin: Option<Decimal>,
}

/// The class of a score among ascending cut-offs, 0 is the lowest. A score on a cut-off belongs to the higher class, as it
/// is shown, with 4 places.
pub fn class_of(score: Decimal, cuts: &[Exact]) -> usize {
    let score = round_score(score);
    cuts.partition_point(|cut| cut.0 <= score)
}

/// Everyone in the matrix, every cell listed, also where nobody is: from the best quality down, then from the best growth.
pub fn quality_growth(thresholds: &Thresholds, customers: impl IntoIterator<Item = Placed>) -> QualityGrowthMatrix {
    let mut cells: BTreeMap<(usize, usize), QualityGrowthCell> = BTreeMap::new();
    let (qualities, growths) = (classes(&thresholds.quality_cuts), classes(&thresholds.growth_cuts));
    for (q, quality) in qualities.iter().enumerate() {
        for (g, growth) in growths.iter().enumerate() {
            cells.insert((q, g), QualityGrowthCell::empty(*quality, *growth));
        }
    }
    let mut matrix = QualityGrowthMatrix { unplaced: 0, cells: Vec::new() };
    for customer in customers {
        let (Some(quality), Some(growth)) = (customer.quality, customer.growth) else {
            matrix.unplaced += 1;
            continue;
        };
        let place = (class_of(quality, &thresholds.quality_cuts), class_of(growth, &thresholds.growth_cuts));
        if let Some(cell) = cells.get_mut(&place) {
            cell.customers += 1;
            cell.net.0 += customer.net;
            match customer.margin {
                Some(margin) => cell.margin.0 += margin,
                None => cell.without_margin += 1,
            }
        }
    }
    matrix.cells = cells.into_values().rev().collect();
    matrix
}

/// From the lowest up.
fn classes(cuts: &[Exact]) -> Vec<AxisClass> {
    let from = std::iter::once(None).chain(cuts.iter().copied().map(Some));
    let below = cuts.iter().copied().map(Some).chain(std::iter::once(None));
    from.zip(below).map(|(from, below)| AxisClass { from, below }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(quality: &str, growth: Option<&str>, net: i64, margin: Option<i64>) -> Placed {
        let number = |text: &str| text.parse().unwrap();
        Placed {
            quality: Some(number(quality)),
            growth: growth.map(number),
            net: Decimal::from(net),
            margin: margin.map(Decimal::from),
        }
    }

    #[test]
    fn a_score_on_a_cut_belongs_to_the_higher_class_and_every_cell_is_listed() {
        let thresholds = Thresholds::default();
        let book = [
            at("70", Some("70"), 10, Some(4)),
            at("69.99996", Some("39.9999"), 5, None),
            at("69.9999", Some("40"), 7, Some(1)),
            at("10", None, 1, None),
        ];
        let matrix = quality_growth(&thresholds, book);
        assert_eq!((matrix.cells.len(), matrix.unplaced), (9, 1));
        let told: Vec<_> = matrix.cells.iter().map(|cell| (cell.customers, cell.without_margin)).collect();
        assert_eq!(told, [(1, 0), (0, 0), (1, 1), (0, 0), (1, 0), (0, 0), (0, 0), (0, 0), (0, 0)]);
        assert_eq!(matrix.cells[0].quality, AxisClass { from: Some("70".parse().unwrap()), below: None });
    }
}
