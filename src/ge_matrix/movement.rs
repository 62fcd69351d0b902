//! Where customers went between two mappings of a model.
//!
//! Everyone in either mapping makes exactly one move, one that stays where it is too, so that counts and revenues of the
//! moves add up to both matrices.

use async_graphql::Enum;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Cell;
use crate::values::Label;

/// Where a mapping has a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// In a cell.
    In(Cell),
    /// In none, for what it lacks.
    Unmapped,
    /// Not in the mapping at all.
    Absent,
}

/// What a mapping says of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Enum)]
#[schema(as = GePlaceState)]
#[graphql(name = "GePlaceState")]
#[serde(rename_all = "snake_case")]
pub enum PlaceState {
    /// It has a cell.
    Mapped,
    /// It lacks data which the model requires.
    Unmapped,
    /// It was not in the mapping.
    Absent,
}

/// How a customer moved between two mappings. Each row up and each column towards strong is a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[schema(as = GeMovement)]
#[graphql(name = "GeMovement")]
#[serde(rename_all = "snake_case")]
pub enum Movement {
    /// To another cell, and more steps up than down.
    Better,
    /// To another cell, and more steps down than up.
    Worse,
    /// To another cell, as many steps up on one axis as down on the other.
    Sideways,
    /// In the same cell.
    Stayed,
    /// From unmapped into a cell.
    NewlyMapped,
    /// From a cell to unmapped.
    NewlyUnmapped,
    /// Unmapped in both.
    StillUnmapped,
    /// In the new mapping only.
    Appeared,
    /// In the old mapping only.
    Gone,
}

/// The customers who went from one place to another, or stayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Where the old mapping has them.
    pub old: Place,
    /// Where the new mapping has them.
    pub new: Place,
    /// How many.
    pub customers: i64,
    /// Their revenue in the old mapping.
    pub old_revenue: Decimal,
    /// Their revenue in the new mapping.
    pub new_revenue: Decimal,
}

impl Place {
    /// All eleven: the cells as the matrix is drawn, unmapped, absent.
    pub fn all() -> impl Iterator<Item = Self> {
        Cell::ALL.into_iter().map(Self::In).chain([Self::Unmapped, Self::Absent])
    }

    /// Every pair of an old and a new place.
    pub fn pairs() -> impl Iterator<Item = (Self, Self)> {
        Self::all().flat_map(|old| Self::all().map(move |new| (old, new)))
    }

    /// Its word in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::In(cell) => cell.code(),
            Self::Unmapped => "unmapped",
            Self::Absent => "absent",
        }
    }

    /// The place with a word of the database.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::all().find(|place| place.code() == code)
    }

    /// The cell; `None` outside of the cells.
    pub fn cell(self) -> Option<Cell> {
        match self {
            Self::In(cell) => Some(cell),
            Self::Unmapped | Self::Absent => None,
        }
    }

    /// The place without its cell.
    pub fn state(self) -> PlaceState {
        match self {
            Self::In(_) => PlaceState::Mapped,
            Self::Unmapped => PlaceState::Unmapped,
            Self::Absent => PlaceState::Absent,
        }
    }
}

impl Movement {
    /// All nine, as they are listed.
    pub const ALL: [Self; 9] = [
        Self::Better,
        Self::Worse,
        Self::Sideways,
        Self::Stayed,
        Self::NewlyMapped,
        Self::NewlyUnmapped,
        Self::StillUnmapped,
        Self::Appeared,
        Self::Gone,
    ];

    /// The movement from an old place to a new one.
    pub fn between(old: Place, new: Place) -> Self {
        match (old, new) {
            (_, Place::Absent) => Self::Gone,
            (Place::Absent, _) => Self::Appeared,
            (Place::Unmapped, Place::Unmapped) => Self::StillUnmapped,
            (Place::Unmapped, Place::In(_)) => Self::NewlyMapped,
            (Place::In(_), Place::Unmapped) => Self::NewlyUnmapped,
            (Place::In(old), Place::In(new)) if old == new => Self::Stayed,
            (Place::In(old), Place::In(new)) => match steps(old, new) {
                1.. => Self::Better,
                0 => Self::Sideways,
                _ => Self::Worse,
            },
        }
    }

    /// Its name for a reader of figures: where the revenue is not the new one, it says so.
    pub fn label(self) -> Label {
        match self {
            Self::Better => Label::new("better", "改善"),
            Self::Worse => Label::new("worse", "变差"),
            Self::Sideways => Label::new("sideways", "平移"),
            Self::Stayed => Label::new("stayed", "未变"),
            Self::NewlyMapped => Label::new("newly mapped", "新定位"),
            Self::NewlyUnmapped => Label::new("no longer mapped", "不再定位"),
            Self::StillUnmapped => Label::new("still not mapped", "仍未定位"),
            Self::Appeared => Label::new("new", "新增"),
            Self::Gone => Label::new("gone (revenue before)", "已不在（此前金额）"),
        }
    }

    /// Whether the place is another one.
    pub fn changes(self) -> bool {
        !matches!(self, Self::Stayed | Self::StillUnmapped)
    }
}

/// Rows up and columns towards strong, less those the other way: -4 to 4.
pub fn steps(old: Cell, new: Cell) -> i32 {
    new.height() - old.height()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_place_has_one_word() {
        let words: BTreeSet<&str> = Place::all().map(Place::code).collect();
        assert_eq!(words.len(), 11);
        for place in Place::all() {
            assert_eq!(Place::from_code(place.code()), Some(place));
        }
    }

    #[test]
    fn each_row_and_each_column_is_a_step() {
        let moved = |old, new| (steps(old, new), Movement::between(Place::In(old), Place::In(new)));
        assert_eq!(moved(Cell::LowWeak, Cell::HighStrong), (4, Movement::Better));
        assert_eq!(moved(Cell::HighMedium, Cell::HighWeak), (-1, Movement::Worse));
        assert_eq!(moved(Cell::HighWeak, Cell::LowStrong), (0, Movement::Sideways));
        assert_eq!(moved(Cell::LowStrong, Cell::HighMedium), (1, Movement::Better));
        assert_eq!(moved(Cell::MediumMedium, Cell::MediumMedium), (0, Movement::Stayed));
    }

    #[test]
    fn who_is_outside_of_the_cells_moves_too() {
        use Place::{Absent, In, Unmapped};
        let cell = In(Cell::MediumWeak);
        let moved = [(Unmapped, cell), (cell, Unmapped), (Unmapped, Unmapped), (Absent, cell), (Absent, Unmapped)];
        let expected = [
            Movement::NewlyMapped,
            Movement::NewlyUnmapped,
            Movement::StillUnmapped,
            Movement::Appeared,
            Movement::Appeared,
        ];
        assert_eq!(moved.map(|(old, new)| Movement::between(old, new)), expected);
        assert_eq!([cell, Unmapped].map(|old| Movement::between(old, Absent)), [Movement::Gone; 2]);
        let mut counts: BTreeMap<Movement, usize> = BTreeMap::new();
        for (old, new) in Place::pairs() {
            *counts.entry(Movement::between(old, new)).or_default() += 1;
        }
        // 72 ways between cells; 10 of them go as far up as down.
        let expected = [31, 31, 10, 9, 9, 9, 1, 10, 11];
        assert_eq!(counts.into_iter().collect::<Vec<_>>(), Movement::ALL.into_iter().zip(expected).collect::<Vec<_>>());
    }

    proptest! {
        #[test]
        fn a_way_back_is_the_same_way_the_other_way_round(old in 0..9usize, between in 0..9usize, new in 0..9usize) {
            let (old, between, new) = (Cell::ALL[old], Cell::ALL[between], Cell::ALL[new]);
            prop_assert_eq!(steps(old, new), -steps(new, old));
            prop_assert_eq!(steps(old, between) + steps(between, new), steps(old, new));
        }
    }
}
