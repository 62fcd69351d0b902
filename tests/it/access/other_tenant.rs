//! Another tenant's id is answered like an id that nothing has, and changes nothing.

use serde_json::Value;

use super::operations::OPERATIONS;
use super::sample::{Ids, KINDS, kinds, unknown_ids};
use super::world::{World, digest};
use crate::support::{Answer, spawn_app};

/// The operations whose subject is named in the query or the body.
const NAMED_BESIDE_THE_PATH: [&str; 6] =
    ["getGeMatrix", "startGeMapping", "compareGeMappings", "listGeMovers", "compareScaleVersions", "getScaleAgreement"];

/// The ids to try an operation with, once as the other tenant's and once as nobody's: all of them foreign, and each
/// alone among ids of one's own.
fn attempts(named: &[&'static str], own: &Ids, foreign: &Ids) -> Vec<(Vec<&'static str>, Ids)> {
    let with = |strange: Vec<&'static str>| {
        let of = |kind| if strange.contains(&kind) { &foreign[kind] } else { &own[kind] };
        let ids = KINDS.into_iter().map(|kind| (kind, of(kind).clone())).collect();
        (strange, ids)
    };
    let each = named.iter().map(|kind| vec![*kind]).filter(|_| named.len() > 1);
    [named.to_vec()].into_iter().chain(each).map(with).collect()
}

/// What is said, without the ids that were asked with and the request's own.
fn said(answer: &Answer, ids: &Ids) -> (u16, Value) {
    let neutral = ids.iter().fold(answer.text.clone(), |text, (kind, id)| text.replace(id, kind));
    let mut body: Value = serde_json::from_str(&neutral).unwrap_or(Value::String(neutral));
    if let Some(body) = body.as_object_mut() {
        body.remove("request_id");
    }
    (answer.status, body)
}

/// Nothing there, in one of GraphQL's ways to say it.
fn is_nothing(answer: &Value, data: &Value) -> bool {
    let is_error = answer["errors"][0]["extensions"]["code"] == "not_found";
    let is_null = data.is_null() && answer.get("errors").is_none();
    is_error || is_null || data["userErrors"][0]["code"] == "not_found"
}

#[actix_web::test]
async fn ids_of_another_tenant_are_like_ids_that_nothing_has() {
    let app = spawn_app().await;
    let victim = World::build(&app, "victim").await;
    let attacker = World::build(&app, "attacker").await;
    let mut superuser = app.database.superuser().await;
    let before = digest(&mut superuser, victim.tenant).await;
    let mut tried = 0;
    for operation in OPERATIONS {
        let sample = operation.sample();
        let path = sample.address.split('?').next().unwrap();
        let named = kinds(&format!("{}{}{}", sample.address, sample.body, sample.field));
        if named.is_empty() {
            continue;
        }
        let foreign = attempts(&named, &attacker.ids, &victim.ids);
        let unknown = attempts(&named, &attacker.ids, &unknown_ids());
        for ((strange, foreign), (_, unknown)) in foreign.iter().zip(&unknown) {
            let place = format!("{} with {strange:?}", operation.id);
            // A request that names no strange id is one of the attacker's own, and may well change something.
            let is_asked = |text: &str| kinds(text).iter().any(|kind| strange.contains(kind));
            let is_missing = is_asked(path) || NAMED_BESIDE_THE_PATH.contains(&operation.id);
            if is_asked(sample.address) || is_asked(sample.body) {
                let rest = operation.try_rest(&attacker.admin, foreign).await;
                let like = operation.try_rest(&attacker.admin, unknown).await;
                assert_eq!(said(&rest, foreign), said(&like, unknown), "{place}");
                assert_eq!(rest.status == 404, is_missing, "{place}: {}", rest.text);
                tried += 1;
            }
            if is_asked(sample.field) {
                let graphql = operation.try_graphql(&attacker.admin, foreign).await;
                let like = operation.try_graphql(&attacker.admin, unknown).await;
                assert_eq!(said(&graphql, foreign), said(&like, unknown), "{place}");
                let body = graphql.json();
                let nothing = is_nothing(&body, operation.data(&body));
                assert!(nothing || !is_missing, "{place}: {body}");
                tried += 1;
            }
        }
    }
    assert!(tried > 60, "{tried}");
    assert_eq!(digest(&mut superuser, victim.tenant).await, before);
    let bare: Vec<_> = before.iter().filter(|(_, (rows, _))| *rows == 0).map(|(table, _)| table.as_str()).collect();
    assert_eq!(
        bare,
        ["import_chunks", "import_parents"],
        "the victim has one of everything else; a table without rows proves nothing"
    );
}
