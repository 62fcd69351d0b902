//! Rows of GE models, their versions, mappings and positions.

mod comparison;
mod facts;
mod judgements;
mod mappings;
mod models;
mod positions;

pub(super) use comparison::{Pair, flows, mover_page};
pub(super) use facts::{MappingFacts, load_facts};
pub(super) use mappings::{
    MappingQuery, MappingWork, cells_as_of, complete, current_mapping, insert_mapping, lock_mapping, mapping,
    mapping_page, mapping_work, withdraw,
};
pub(super) use models::{
    insert_first_version, insert_model, insert_next_version, model, model_by_code, model_page, publish,
    update_definition, version,
};
pub(super) use positions::{
    NewPosition, PositionFilter, Tally, chart_rows, current_cells, keep_staged, open_staging, position_page,
    stage_positions, tallies,
};
