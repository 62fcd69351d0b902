//! Fills a two-way table whose row sums and column sums are both given, to the last minor unit.
//!
//! Iterative proportional fitting brings a seed (last year's table) to the margins; the cells are then cut to whole
//! minor units, and what is left goes first one unit each to the largest remainders, then wherever a row and a column
//! still lack something. So both margins hold exactly whatever the seed.

use std::cmp::Reverse;

use rust_decimal::Decimal;

use super::allocation::{AllocationProblem, from_units, to_units};

/// Rounds of fitting. More change no cent in practice: the rest is placed exactly afterwards.
const ROUNDS: usize = 12;

/// The cells, row by row. `rows` and `columns` are the sums to meet, 0 or more; `seed[row][column]` the starting table,
/// where an empty row or column is seeded evenly.
///
/// # Errors
/// When a margin is finer than a minor unit or too large. Where the margins differ in sum, the smaller is filled.
pub(super) fn fill(
    rows: &[Decimal],
    columns: &[Decimal],
    seed: &[Vec<Decimal>],
    places: u32,
) -> Result<Vec<Vec<Decimal>>, AllocationProblem> {
    let fitted = fit(rows, columns, seed);
    let mut row_left = units(rows, places)?;
    let mut column_left = units(columns, places)?;
    let mut cells = vec![vec![0_i128; columns.len()]; rows.len()];
    let mut remainders = Vec::new();
    for (r, row) in fitted.iter().enumerate() {
        for (c, value) in row.iter().enumerate() {
            let mut floor = value.trunc_with_scale(places);
            floor.rescale(places);
            let take = floor.mantissa().clamp(0, row_left[r].min(column_left[c]));
            cells[r][c] = take;
            row_left[r] -= take;
            column_left[c] -= take;
            remainders.push((Reverse(*value - floor), r, c));
        }
    }
    remainders.sort();
    for most in [1, i128::MAX] {
        for &(_, r, c) in &remainders {
            let take = row_left[r].min(column_left[c]).min(most);
            cells[r][c] += take;
            row_left[r] -= take;
            column_left[c] -= take;
        }
    }
    Ok(cells.into_iter().map(|row| row.into_iter().map(|cell| from_units(cell, places)).collect()).collect())
}

/// The seed brought near the margins; ends with the columns met.
fn fit(rows: &[Decimal], columns: &[Decimal], seed: &[Vec<Decimal>]) -> Vec<Vec<Decimal>> {
    let mut cells: Vec<Vec<Decimal>> =
        seed.iter().map(|row| row.iter().map(|cell| (*cell).max(Decimal::ZERO)).collect()).collect();
    for row in &mut cells {
        if row.iter().all(Decimal::is_zero) {
            row.copy_from_slice(columns);
        }
    }
    for c in 0..columns.len() {
        if cells.iter().all(|row| row[c].is_zero()) {
            cells.iter_mut().zip(rows).for_each(|(row, sum)| row[c] = *sum);
        }
    }
    for _ in 0..ROUNDS {
        for (row, want) in cells.iter_mut().zip(rows) {
            let have: Decimal = row.iter().sum();
            row.iter_mut().for_each(|cell| *cell = scaled(*cell, *want, have));
        }
        for (c, want) in columns.iter().enumerate() {
            let have: Decimal = cells.iter().map(|row| row[c]).sum();
            cells.iter_mut().for_each(|row| row[c] = scaled(row[c], *want, have));
        }
    }
    cells
}

/// `cell x want / have`; 0 where that is no number.
fn scaled(cell: Decimal, want: Decimal, have: Decimal) -> Decimal {
    cell.checked_div(have).and_then(|share| share.checked_mul(want)).unwrap_or_default()
}

fn units(margin: &[Decimal], places: u32) -> Result<Vec<i128>, AllocationProblem> {
    margin.iter().map(|sum| to_units((*sum).max(Decimal::ZERO), places)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn margins(cells: &[Vec<Decimal>], columns: usize) -> (Vec<Decimal>, Vec<Decimal>) {
        let rows = cells.iter().map(|row| row.iter().sum()).collect();
        let columns = (0..columns).map(|c| cells.iter().map(|row| row[c]).sum()).collect();
        (rows, columns)
    }

    #[test]
    fn a_proportional_table_stays_proportional() {
        let d = |n: i64| Decimal::new(n * 100, 2);
        let cells = fill(&[d(60), d(40)], &[d(50), d(50)], &[vec![d(3), d(3)], vec![d(2), d(2)]], 2).unwrap();
        assert_eq!(cells, [vec![d(30), d(30)], vec![d(20), d(20)]]);
    }

    proptest! {
        #[test]
        fn both_margins_hold_to_the_unit(
            rows in prop::collection::vec(0_i64..1_000_000, 1..6),
            cuts in prop::collection::vec(0_i64..1_000_000, 1..6),
            seed in prop::collection::vec(0_i64..1_000, 36),
        ) {
            let total: i64 = rows.iter().sum();
            let mut left = total;
            let mut columns: Vec<i64> = cuts.iter().map(|cut| { let take = *cut.min(&left); left -= take; take }).collect();
            columns.push(left);
            let money = |list: &[i64]| list.iter().map(|n| Decimal::new(*n, 2)).collect::<Vec<_>>();
            let seed: Vec<Vec<Decimal>> = (0..rows.len())
                .map(|r| (0..columns.len()).map(|c| Decimal::from(seed[r * 6 + c] / 300)).collect()).collect();
            let cells = fill(&money(&rows), &money(&columns), &seed, 2).unwrap();
            prop_assert_eq!(margins(&cells, columns.len()), (money(&rows), money(&columns)));
            prop_assert!(cells.iter().flatten().all(|cell| *cell >= Decimal::ZERO));
        }
    }
}
