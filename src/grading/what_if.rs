//! What would become of a book under another definition: counts by grade before and after, who moves and by what, and the
//! quality x growth matrix.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::axes::{Placed, quality_growth};
use super::held_book::HeldBook;
use super::movement::{FactorNames, moved_by};
use super::trial::Trial;
use super::wire::{GradeTransition, Mover, QualityGrowthMatrix, Thresholds};
use crate::values::{Code, Exact, round_score};

/// A book with one trial or two, as far as somebody may see it.
#[derive(Clone, Copy, Debug)]
pub struct Comparison<'a> {
    /// The book.
    pub book: &'a HeldBook,
    /// Those who may be seen: counts, movers and cells hold nobody else.
    pub visible: &'a [usize],
    /// The definition in force, where there is one.
    pub before: Option<&'a Trial>,
    /// The definition that is tried.
    pub after: &'a Trial,
}

impl Comparison<'_> {
    /// How many go from each grade to each: pairs that nobody makes are left out. Empty where there is no before.
    pub fn transitions(&self) -> Vec<GradeTransition> {
        let Some(before) = self.before else { return Vec::new() };
        let mut counts: BTreeMap<(usize, usize), i64> = BTreeMap::new();
        for customer in self.visible {
            let place = |trial: &Trial| trial.position(*customer).unwrap_or(usize::MAX);
            *counts.entry((place(before), place(self.after))).or_default() += 1;
        }
        let transition = |((old, new), customers): ((usize, usize), i64)| GradeTransition {
            old_grade: grade_at(before, old),
            new_grade: grade_at(self.after, new),
            customers,
        };
        counts.into_iter().map(transition).collect()
    }

    /// Those whose grade changes: the most grades first, then the largest change of the score, ties by external id.
    pub fn movers(&self) -> Vec<usize> {
        let Some(before) = self.before else { return Vec::new() };
        let differs = |customer: &usize| before.grade(*customer) != self.after.grade(*customer);
        let mut movers: Vec<usize> = self.visible.iter().copied().filter(differs).collect();
        movers.sort_by_cached_key(|customer| {
            let place = |trial: &Trial| trial.position(*customer).map_or(-1, |place| place as i64);
            let steps = (place(before) - place(self.after)).abs();
            let change =
                total(self.after, *customer).unwrap_or_default() - total(before, *customer).unwrap_or_default();
            let id = self.book.customers().get(*customer).map(|customer| customer.external_id.clone());
            (Reverse(steps), Reverse(change.abs()), id)
        });
        movers
    }

    /// These movers, with what moved them.
    pub fn explained(&self, movers: &[usize]) -> Vec<Mover> {
        let Some(before) = self.before else { return Vec::new() };
        let names = FactorNames::of([self.after.definition(), before.definition()]);
        let mover = |place: &usize| {
            let customer = self.book.customers().get(*place)?;
            let (old, new) = (before.graded(*place), self.after.graded(*place));
            let scored = [before, self.after].map(|trial| trial.scored(self.book, *place));
            Some(Mover {
                customer_id: customer.id,
                customer_external_id: customer.external_id.clone(),
                customer_name: customer.name.clone(),
                old_grade: before.grade(*place).cloned(),
                new_grade: self.after.grade(*place).cloned(),
                old_score: total(before, *place).map(Exact),
                new_score: total(self.after, *place).map(Exact),
                old_rank: old.and_then(|graded| i32::try_from(graded.rank).ok()),
                new_rank: new.and_then(|graded| i32::try_from(graded.rank).ok()),
                moved_by: moved_by(&names, Some(&scored[0]), Some(&scored[1])),
            })
        };
        movers.iter().filter_map(mover).collect()
    }

    /// The matrix under the definition that is tried.
    pub fn matrix(&self, thresholds: &Thresholds) -> QualityGrowthMatrix {
        let placed = |place: &usize| {
            let (customer, totals) = (self.book.customers().get(*place)?, self.after.totals(*place)?);
            let is_graded = totals.total.is_some();
            Some(Placed {
                quality: totals.quality.filter(|_| is_graded),
                growth: totals.growth.filter(|_| is_graded),
                net: customer.net,
                margin: customer.margin,
            })
        };
        quality_growth(thresholds, self.visible.iter().filter_map(placed))
    }
}

/// How many of these could be graded.
pub fn gradable(trial: &Trial, customers: &[usize]) -> i64 {
    customers.iter().filter(|customer| trial.graded(**customer).is_some()).count() as i64
}

fn total(trial: &Trial, customer: usize) -> Option<Decimal> {
    trial.totals(customer)?.total.map(round_score)
}

fn grade_at(trial: &Trial, place: usize) -> Option<Code> {
    trial.definition().grade_bands.grades().get(place).map(|grade| (*grade).clone())
}
