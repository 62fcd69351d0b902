//! The lists of what hangs on customers are whole: a new table does not pass until somebody has said what is done with it.

use std::collections::BTreeSet;

use fenji::dossiers::{erasure_tables, holding_tables};

use crate::support::TestDatabase;

async fn tables_with(column: &str) -> BTreeSet<String> {
    let database = TestDatabase::create().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "select c.table_name::text from information_schema.columns c
         join information_schema.tables t using (table_schema, table_name)
         where c.table_schema = 'public' and c.column_name = $1 and t.table_type = 'BASE TABLE'",
    )
    .bind(column)
    .fetch_all(&mut database.superuser().await)
    .await
    .unwrap();
    tables.into_iter().collect()
}

fn set(tables: Vec<&str>) -> BTreeSet<String> {
    let whole: BTreeSet<String> = tables.iter().map(ToString::to_string).collect();
    assert_eq!(whole.len(), tables.len(), "a table stands twice");
    whole
}

#[actix_web::test]
async fn a_merge_knows_every_table_that_names_a_customer() {
    let advice =
        "HOLDINGS in src/dossiers/holding.rs says what becomes of a table's rows when two customers become one";
    assert_eq!(set(holding_tables()), tables_with("customer_id").await, "{advice}");
}

#[actix_web::test]
async fn an_erasure_knows_every_table_of_a_tenant() {
    let advice = "ERASURES in src/dossiers/erasure.rs says what an erasure does with a table; plant a text in it in \
                  tests/it/around/erasure.rs";
    assert_eq!(set(erasure_tables()), tables_with("tenant_id").await, "{advice}");
}
