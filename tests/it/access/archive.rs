//! Everything a tenant has, in one file.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use fenji::tenants::{ARCHIVED, NOT_ARCHIVED};
use flate2::read::GzDecoder;
use reqwest::Method;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::world::{World, digest};
use crate::support::{Client, spawn_app};

async fn archive(client: &Client) -> String {
    let response = client.request(Method::GET, "/v1/tenant/export").send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (200, &"application/gzip".parse().unwrap())
    );
    let mut text = String::new();
    GzDecoder::new(&response.bytes().await.unwrap()[..]).read_to_string(&mut text).unwrap();
    text
}

#[actix_web::test]
async fn an_archive_holds_every_row_of_the_tenant_and_none_of_others() {
    let app = spawn_app().await;
    let world = World::build(&app, "acme").await;
    let other = World::build(&app, "other").await;
    let text = archive(&world.admin).await;
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (head, rows, foot) = (&lines[0]["head"], &lines[1..lines.len() - 1], &lines[lines.len() - 1]["foot"]);
    assert_eq!((head["format"].as_str(), head["slug"].as_str()), (Some("fenji-tenant"), Some("acme")));
    assert!(head["schema_version"].as_i64().unwrap() >= 20_261_123_000_001);

    let mut found: BTreeMap<&str, i64> = ARCHIVED.iter().map(|table| (table.name, 0)).collect();
    for row in rows {
        *found.get_mut(row["table"].as_str().unwrap()).unwrap() += 1;
        let tenant = if row["table"] == "tenants" { &row["row"]["id"] } else { &row["row"]["tenant_id"] };
        assert_eq!(*tenant, world.tenant.to_string(), "{row}");
    }
    let mut superuser = app.database.superuser().await;
    let stored = digest(&mut superuser, world.tenant).await;
    for (table, count) in &found {
        assert_eq!(stored[*table].0, *count, "{table}");
        assert_eq!(head["rows"][*table], *count, "{table}");
    }
    assert_eq!(foot["rows"], rows.len());
    let body = &text[..text.trim_end().rfind('\n').unwrap() + 1];
    assert_eq!(foot["sha256"], hex::encode(Sha256::digest(body)));
    assert!(!text.contains(&other.tenant.to_string()));
    assert!(!text.contains("secret_hash"));
    let line = rows.iter().find(|row| row["table"] == "sales_lines").unwrap();
    assert_eq!(line["row"]["net"], "1000.0000", "decimals are strings: {line}");
}

/// A new table is either a tenant's to take out, or somebody says why not.
#[actix_web::test]
async fn every_table_is_in_the_archive_or_left_out_with_a_reason() {
    let app = spawn_app().await;
    let columns: Vec<(String, String)> = sqlx::query_as(
        "select c.table_name::text, c.column_name::text from information_schema.columns c
         join information_schema.tables t using (table_schema, table_name)
         where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.table_name <> '_sqlx_migrations'",
    )
    .fetch_all(&mut app.database.superuser().await)
    .await
    .unwrap();
    let tables: BTreeSet<&str> = columns.iter().map(|(table, _)| table.as_str()).collect();
    let listed = ARCHIVED.iter().map(|table| table.name).chain(NOT_ARCHIVED.iter().map(|(table, _)| *table));
    assert_eq!(tables, listed.collect(), "add the new table to src/tenants/archived.rs");
    for table in ARCHIVED {
        for secret in table.left_out {
            assert!(columns.contains(&(table.name.to_owned(), (*secret).to_owned())), "{}.{secret}", table.name);
        }
    }
    let secrets = columns.iter().filter(|(_, column)| column.contains("secret") || column.contains("hash"));
    for (table, column) in secrets {
        let row = ARCHIVED.iter().find(|row| row.name == table);
        assert!(row.is_none_or(|row| row.left_out.contains(&column.as_str())), "{table}.{column} is a secret");
    }
}
