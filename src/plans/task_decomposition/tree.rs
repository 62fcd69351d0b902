//! The plan as it grows downwards: territories, their salespeople, their customer types.

use rust_decimal::Decimal;

use crate::plans::groups::{CustomerType, Group};

/// A territory and what hangs on it.
pub(super) struct TerritoryNode<'a> {
    pub(super) group: Group<'a>,
    /// `None` = not planned.
    pub(super) amount: Option<Decimal>,
    /// Its position in step 3.
    pub(super) position: u32,
    pub(super) people: Vec<PersonNode<'a>>,
}

/// A salesperson in a territory.
pub(super) struct PersonNode<'a> {
    pub(super) group: Group<'a>,
    pub(super) amount: Option<Decimal>,
    /// Its position in step 4.
    pub(super) position: u32,
    pub(super) types: Vec<TypeNode<'a>>,
    /// Target less retained base, from step 6.
    pub(super) gap: Option<Decimal>,
}

/// A salesperson's customers of one type.
pub(super) struct TypeNode<'a> {
    pub(super) kind: CustomerType<'a>,
    pub(super) group: Group<'a>,
    pub(super) amount: Option<Decimal>,
}
