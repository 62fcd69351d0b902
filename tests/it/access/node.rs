//! The field `node` finds each kind of object by its global id, for whoever may read that kind in that tenant.

use std::collections::BTreeSet;

use fenji::tenancy::Permission::{self, *};
use fenji::tenancy::Role;
use fenji::values::global_id;
use serde_json::{Value, json};
use uuid::Uuid;

use super::permissions::{denial, holder};
use super::world::World;
use crate::support::{Client, spawn_app};

/// Each kind of node, its name among a world's ids, and the permission it needs.
const NODES: [(&str, &str, Permission); 10] = [
    ("Customer", "customer", CustomersRead),
    ("Salesperson", "salesperson", SalesRead),
    ("Product", "product", SalesRead),
    ("Job", "job", JobsManage),
    ("Import", "import", ImportsWrite),
    ("Scale", "scale", ScalesRead),
    ("GradingRun", "grading_run", GradingRead),
    ("GeModel", "ge_model", ScalesRead),
    ("GeMapping", "ge_mapping", GradingRead),
    ("Plan", "plan", PlansRead),
];

async fn node(client: &Client, id: &str) -> Value {
    let query =
        "query($id: ID!) { node(id: $id) { __typename id ... on Customer { name } ... on Plan { fiscalYear } } }";
    client.graphql(query, json!({"id": id})).await.json()
}

#[actix_web::test]
async fn each_kind_is_found_by_whoever_may_read_it() {
    let app = spawn_app().await;
    let world = World::build(&app, "acme").await;
    let other = app.client(app.tenant("other").await, Role::Admin);
    for (kind, name, permission) in NODES {
        let id = global_id(kind, world.ids[name].parse().unwrap());
        let reader = holder(&app, world.tenant, BTreeSet::from([permission]));
        let found = node(&reader, &id).await;
        assert_eq!(found["data"]["node"]["__typename"], kind, "{found}");
        assert_eq!(found["data"]["node"]["id"], id.as_str(), "{found}");
        let others = Permission::TENANT.into_iter().filter(|p| *p != permission).collect();
        let denied = node(&holder(&app, world.tenant, others), &id).await;
        assert_eq!(denied["errors"][0]["message"], denial(permission), "{denied}");
        let elsewhere = node(&other, &id).await;
        assert_eq!(elsewhere, node(&other, &global_id(kind, Uuid::nil())).await);
        assert!(elsewhere["data"]["node"].is_null() && elsewhere.get("errors").is_none(), "{elsewhere}");
    }
    assert_eq!(
        node(&world.admin, &global_id("Customer", world.ids["customer"].parse().unwrap())).await["data"]["node"]["name"],
        "Own"
    );
}

#[actix_web::test]
async fn what_is_no_id_of_an_object_finds_nothing() {
    let app = spawn_app().await;
    let world = World::build(&app, "acme").await;
    let plan: Uuid = world.ids["plan"].parse().unwrap();
    for id in ["", "x", &world.ids["plan"], &global_id("Customer", plan), &global_id("Tenant", world.tenant.0)] {
        let found = node(&world.admin, id).await;
        assert!(found["data"]["node"].is_null() && found.get("errors").is_none(), "{id}: {found}");
    }
}
