//! Rows of scales, their versions and judgements.

mod company;
mod judgements;
mod scales;
mod version_table;
mod versions;

use sqlx::Row;
use sqlx::postgres::PgRow;

pub(super) use company::{company_scale, company_scale_page, insert_company_scale, update_company_scale};
pub(super) use judgements::{
    Repeats, customers_named, judgement_of, judgement_page, known_customers, missing_judgements, ratings,
    upsert_judgements,
};
pub(super) use scales::{NewScale, by_code, by_id, insert, page};
pub use version_table::{ReadVersion, VersionRow, VersionTable};
pub use versions::stored_definition;
pub(super) use versions::{
    insert_version, judgeable_definitions, publish, retire, update_draft, version, version_page,
};

use crate::error::{Error, Result};
use crate::values::Code;

fn code(row: &PgRow, column: &str) -> Result<Code> {
    row.try_get::<String, _>(column)?.parse().map_err(Error::internal)
}
