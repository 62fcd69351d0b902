//! Each operation asks for a token and for its permission, for no less and for no more.

use std::collections::BTreeSet;

use fenji::tenancy::{Actor, Permission, Role};
use fenji::values::TenantId;
use serde_json::{Value, json};

use super::operations::{Needs, OPERATIONS, Operation};
use super::sample::unknown_ids;
use super::world::World;
use crate::support::{Client, TestApp, spawn_app};

/// The operations that need a permission.
fn guarded() -> impl Iterator<Item = (&'static Operation, Permission)> {
    OPERATIONS.iter().filter_map(|operation| match operation.needs {
        Needs::The(permission) => Some((operation, permission)),
        Needs::Nothing | Needs::AnyToken => None,
    })
}

/// Someone in a tenant with exactly these permissions.
pub(super) fn holder(app: &TestApp, tenant: TenantId, permissions: BTreeSet<Permission>) -> Client {
    let mut actor = Actor::with_role("holder", tenant, Role::Admin, "test");
    actor.permissions = permissions;
    app.client_of(&actor, Role::Admin)
}

pub(super) fn denial(permission: Permission) -> String {
    format!("This needs the permission {}.", permission.code())
}

#[actix_web::test]
async fn without_a_token_nothing_is_answered_that_is_not_open_to_all() {
    let app = spawn_app().await;
    let (anyone, ids) = (app.anonymous(), unknown_ids());
    for operation in OPERATIONS {
        let rest = operation.try_rest(&anyone, &ids).await;
        if operation.needs == Needs::Nothing {
            rest.expect(200);
            continue;
        }
        assert_eq!((rest.status, rest.header("www-authenticate")), (401, "Bearer"), "{}", operation.id);
        assert_eq!(rest.json()["code"], "unauthenticated", "{}", operation.id);
        if operation.field.is_empty() {
            continue;
        }
        let graphql = operation.try_graphql(&anyone, &ids).await;
        assert_eq!(graphql.status, 401, "{}: {}", operation.id, graphql.text);
        assert_eq!(graphql.json()["data"], Value::Null, "{}", operation.id);
    }
}

#[actix_web::test]
async fn every_permission_but_the_one_needed_is_refused_and_the_one_is_named() {
    let app = spawn_app().await;
    let (tenant, ids) = (app.tenant("acme").await, unknown_ids());
    for (operation, permission) in guarded() {
        let others = Permission::TENANT.into_iter().filter(|p| *p != permission).collect();
        let client = holder(&app, tenant, others);
        let rest = operation.try_rest(&client, &ids).await;
        assert_eq!(rest.status, 403, "{}: {}", operation.id, rest.text);
        assert_eq!(rest.json()["code"], "forbidden");
        assert_eq!(rest.json()["detail"], denial(permission), "{}", operation.id);
        if operation.field.is_empty() {
            continue;
        }
        let graphql = operation.try_graphql(&client, &ids).await.json();
        let error = &graphql["errors"][0];
        assert_eq!(error["extensions"]["code"], "forbidden", "{}: {graphql}", operation.id);
        assert_eq!(error["message"], denial(permission), "{}", operation.id);
        assert!(operation.data(&graphql).is_null(), "{}: {graphql}", operation.id);
    }
}

/// It also shows that the samples are good: a wrong one would be refused for other reasons everywhere else.
#[actix_web::test]
async fn the_permission_alone_is_enough() {
    let app = spawn_app().await;
    let world = World::build(&app, "acme").await;
    for (operation, permission) in guarded() {
        let client = match permission {
            Permission::TenantsManage => app.operator(),
            _ => holder(&app, world.tenant, BTreeSet::from([permission])),
        };
        let rest = operation.try_rest(&client, &world.ids).await;
        let is_conflict = rest.status == 409 && operation.method != "GET";
        assert!((200..300).contains(&rest.status) || is_conflict, "{}: {}", operation.id, rest.text);
        assert!(!rest.text.contains("\"outcome\":\"error\""), "{}: {}", operation.id, rest.text);
        if operation.field.is_empty() {
            continue;
        }
        let graphql = operation.try_graphql(&client, &world.ids).await.json();
        let data = operation.data(&graphql);
        assert!(graphql.get("errors").is_none() && !data.is_null(), "{}: {graphql}", operation.id);
        for error in data["userErrors"].as_array().into_iter().flatten() {
            // What one face has deleted is no longer there for the other.
            let is_gone = operation.method == "DELETE" && error["code"] == "not_found";
            assert!(is_gone || error["code"] == "conflict", "{}: {graphql}", operation.id);
        }
    }
}

#[actix_web::test]
async fn a_platform_token_sees_no_tenant_and_a_tenants_token_no_other() {
    let app = spawn_app().await;
    let (operator, ids) = (app.operator(), unknown_ids());
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    for (operation, permission) in guarded() {
        let client = if permission == Permission::TenantsManage { &admin } else { &operator };
        let rest = operation.try_rest(client, &ids).await;
        assert_eq!((rest.status, rest.json()["code"].as_str()), (403, Some("forbidden")), "{}", operation.id);
        if operation.field.is_empty() {
            continue;
        }
        let graphql = operation.try_graphql(client, &ids).await.json();
        assert_eq!(graphql["errors"][0]["extensions"]["code"], "forbidden", "{}: {graphql}", operation.id);
    }
}

#[actix_web::test]
async fn the_edges_of_a_customer_need_their_own_permissions() {
    let app = spawn_app().await;
    let world = World::build(&app, "acme").await;
    let edges = [
        ("upkeep { completeness }", None),
        ("monthlySales { net }", None),
        ("contacts { name }", None),
        ("grade { grade }", Some(Permission::GradingRead)),
        ("grades { grade }", Some(Permission::GradingRead)),
        ("geCell { cell }", Some(Permission::GradingRead)),
        ("plan(fiscalYear: 2014) { __typename }", Some(Permission::PlansRead)),
    ];
    for (edge, permission) in edges {
        let query = format!("{{ customer(id: \"{}\") {{ {edge} }} }}", world.ids["customer"]);
        let base = BTreeSet::from([Permission::CustomersRead]);
        let bare = holder(&app, world.tenant, base.clone()).graphql(&query, json!({})).await.json();
        let denied = permission.map_or(Value::Null, |permission| denial(permission).into());
        assert_eq!(bare["errors"][0]["message"], denied, "{edge}: {bare}");
        let enough = base.into_iter().chain(permission).collect();
        let full = holder(&app, world.tenant, enough).data(&query, json!({})).await;
        assert!(!full["customer"].is_null(), "{edge}");
    }
}

#[test]
fn roles_hold_these_permissions() {
    let roles = [Role::Admin, Role::Manager, Role::Analyst, Role::Salesperson, Role::Viewer, Role::Integration];
    let mut table = format!("{:17}", "");
    for role in roles.into_iter().chain([Role::Platform]) {
        table += &format!(" {}", role.code());
    }
    for permission in Permission::TENANT.into_iter().chain([Permission::TenantsManage]) {
        table += &format!("\n{:17}", permission.code());
        for role in roles.into_iter().chain([Role::Platform]) {
            let mark = if role.permissions().contains(&permission) { "x" } else { "-" };
            table += &format!(" {mark:width$}", width = role.code().len());
        }
        table.truncate(table.trim_end().len());
    }
    assert_eq!(table + "\n", include_str!("roles.txt"));
}
