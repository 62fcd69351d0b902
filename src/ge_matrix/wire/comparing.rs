//! Two mappings of a model side by side, as both faces show them.

use async_graphql::{InputObject, SimpleObject};
use serde::Serialize;
use utoipa::ToSchema;

use crate::ge_matrix::{Cell, Movement, Place, PlaceState};
use crate::values::{Currency, CustomerId, Exact, GeMappingId, GeModelId, Month};

/// Which two mappings of a model are compared: each by its id or by its month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, InputObject)]
#[graphql(name = "GeComparisonInput")]
pub struct GeComparisonIn {
    /// The mapping that is compared with; either this or `old_as_of`.
    pub old_mapping_id: Option<GeMappingId>,
    /// The month that is compared with: its current mapping by the model of the new one.
    pub old_as_of: Option<Month>,
    /// The mapping that is looked at; then neither `model_id` nor `new_as_of`.
    pub new_mapping_id: Option<GeMappingId>,
    /// The model; of the model published last where absent.
    pub model_id: Option<GeModelId>,
    /// The month that is looked at; the latest mapped with the published version where absent.
    pub new_as_of: Option<Month>,
}

/// Who went where between two mappings of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "GeComparison", complex)]
#[schema(as = GeComparison)]
pub struct GeComparisonOut {
    /// The model of both.
    pub model_id: GeModelId,
    /// The mapping that is compared with.
    pub old_mapping_id: GeMappingId,
    /// Its version of the model. Where the two differ, cut-offs and factors may have moved customers too.
    #[schema(example = 1)]
    pub old_model_version: i32,
    /// Its month.
    pub old_as_of: Month,
    /// The mapping that is looked at.
    pub new_mapping_id: GeMappingId,
    /// Its version of the model.
    #[schema(example = 2)]
    pub new_model_version: i32,
    /// Its month.
    pub new_as_of: Month,
    /// The base currency, which all amounts are in.
    pub currency: Currency,
    /// Customers in either mapping; of a salesperson, own ones.
    #[schema(example = 412)]
    pub customers: i64,
    /// Those whose cell or state is another.
    #[schema(example = 57)]
    pub changed: i64,
    /// Each of the nine movements, also those that nobody made. They add up to `customers`, and their revenues to both
    /// matrices.
    #[schema(min_items = 9, max_items = 9)]
    pub movements: Vec<GeMovementOut>,
    /// Every pair of places that somebody has, by the old place and then the new one: the cells as the matrix lists them,
    /// unmapped, absent.
    pub cells: Vec<GeMigrationCell>,
}

/// The customers who made a movement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "GeMovementCount")]
#[schema(as = GeMovementCount)]
pub struct GeMovementOut {
    /// Which one.
    pub movement: Movement,
    /// How many customers.
    #[schema(example = 21)]
    pub customers: i64,
    /// Their revenue of the 12 months in the old mapping, in the base currency.
    pub old_revenue: Exact,
    /// Their revenue of the 12 months in the new mapping, in the base currency.
    pub new_revenue: Exact,
}

/// How many went from one place to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct GeMigrationCell {
    /// What the old mapping says.
    pub old_state: PlaceState,
    /// The old cell.
    pub old_cell: Option<Cell>,
    /// What the new mapping says.
    pub new_state: PlaceState,
    /// The new cell.
    pub new_cell: Option<Cell>,
    /// What that is.
    pub movement: Movement,
    /// Rows up and columns towards strong, less those the other way: -4 to 4; null where either has no cell.
    #[schema(minimum = -4, maximum = 4)]
    pub steps: Option<i32>,
    /// How many customers.
    #[schema(example = 7)]
    pub customers: i64,
    /// Their revenue of the 12 months in the old mapping, in the base currency.
    pub old_revenue: Exact,
    /// Their revenue of the 12 months in the new mapping, in the base currency.
    pub new_revenue: Exact,
}

/// Which customers of a comparison: those of a cell, or, where nothing is asked, those whose cell or state is another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, InputObject)]
pub struct GeMoverFilter {
    /// In this cell in the old mapping.
    pub old_cell: Option<Cell>,
    /// Of whom the old mapping says this.
    pub old_state: Option<PlaceState>,
    /// In this cell in the new mapping.
    pub new_cell: Option<Cell>,
    /// Of whom the new mapping says this.
    pub new_state: Option<PlaceState>,
    /// Who made this movement.
    pub movement: Option<Movement>,
    /// `true`: of those only who has another cell or state.
    pub changed: Option<bool>,
}

/// A customer in two mappings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct GeMover {
    /// The customer.
    pub customer_id: CustomerId,
    /// Its external id.
    #[schema(example = "C-1001")]
    pub customer_external_id: String,
    /// Its name.
    pub customer_name: String,
    /// What the old mapping says.
    pub old_state: PlaceState,
    /// The old cell.
    pub old_cell: Option<Cell>,
    /// What the new mapping says.
    pub new_state: PlaceState,
    /// The new cell.
    pub new_cell: Option<Cell>,
    /// What that is.
    pub movement: Movement,
    /// Rows up and columns towards strong, less those the other way: -4 to 4; null where either has no cell.
    #[schema(minimum = -4, maximum = 4)]
    pub steps: Option<i32>,
    /// The old score of the rows, 0 to 100, 4 places; null where there was none.
    pub old_attractiveness: Option<Exact>,
    /// The new score of the rows.
    pub new_attractiveness: Option<Exact>,
    /// New less old; null where either is missing.
    pub attractiveness_change: Option<Exact>,
    /// The old score of the columns, 0 to 100, 4 places; null where there was none.
    pub old_strength: Option<Exact>,
    /// The new score of the columns.
    pub new_strength: Option<Exact>,
    /// New less old; null where either is missing.
    pub strength_change: Option<Exact>,
    /// Its revenue of the 12 months in the old mapping, in the base currency.
    pub old_revenue_l12: Option<Exact>,
    /// Its revenue of the 12 months in the new mapping, in the base currency.
    pub new_revenue_l12: Option<Exact>,
}

impl GeMoverFilter {
    /// Whether it takes those who went from one place to another.
    pub(in crate::ge_matrix) fn takes(&self, old: Place, new: Place) -> bool {
        let is = |place: Place, cell: Option<Cell>, state: Option<PlaceState>| {
            (cell.is_none() || cell == place.cell()) && state.is_none_or(|state| state == place.state())
        };
        let movement = Movement::between(old, new);
        let changed = self.changed == Some(true) || *self == Self::default();
        is(old, self.old_cell, self.old_state)
            && is(new, self.new_cell, self.new_state)
            && self.movement.is_none_or(|wanted| wanted == movement)
            && (!changed || movement.changes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(filter: GeMoverFilter) -> usize {
        Place::pairs().filter(|(old, new)| filter.takes(*old, *new)).count()
    }

    #[test]
    fn a_filter_of_nothing_takes_who_has_moved() {
        assert_eq!(taken(GeMoverFilter::default()), 121 - 10);
        assert_eq!(taken(GeMoverFilter { changed: Some(false), ..GeMoverFilter::default() }), 121);
    }

    #[test]
    fn filters_narrow_one_another() {
        let from = GeMoverFilter { old_cell: Some(Cell::HighWeak), ..GeMoverFilter::default() };
        assert_eq!(taken(from), 11);
        assert_eq!(taken(GeMoverFilter { changed: Some(true), ..from }), 10);
        assert_eq!(taken(GeMoverFilter { new_state: Some(PlaceState::Mapped), ..from }), 9);
        assert_eq!(taken(GeMoverFilter { movement: Some(Movement::Sideways), ..from }), 2);
        assert_eq!(taken(GeMoverFilter { old_state: Some(PlaceState::Absent), ..from }), 0);
        assert_eq!(taken(GeMoverFilter { new_cell: Some(Cell::LowStrong), ..from }), 1);
    }
}
