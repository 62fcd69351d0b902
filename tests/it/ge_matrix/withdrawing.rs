//! A wrong mapping is taken out of force, and stays readable.

use fenji::tenancy::Role;
use serde_json::{Value, json};

use super::{admin, book, definition, mapped_as_of, published};
use crate::support::{Client, plain, problems};

/// A mapping that has ended well; its id.
async fn mapping_as_of(admin: &Client, as_of: &str) -> String {
    mapped_as_of(admin, "ours", as_of).await["id"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn the_mapping_before_is_current_again() {
    let (_app, admin) = admin().await;
    book(&admin).await;
    let model = published(&admin, "ours", &definition(&admin).await).await;
    let first = mapping_as_of(&admin, "2013-11").await;
    let second = mapping_as_of(&admin, "2013-12").await;
    let current = async || {
        let matrix = admin.get("/v1/ge-matrix").await;
        if matrix.status == 404 { Value::Null } else { matrix.expect(200)["mapping_id"].take() }
    };
    let cell_of = async || {
        let query = "{ customers(filter: {externalId: \"top\"}) { nodes { geCell { mappingId } } } }";
        let cell = admin.data(query, json!({})).await["customers"]["nodes"][0]["geCell"].take();
        if cell.is_null() { String::new() } else { plain(&cell["mappingId"]) }
    };
    assert_eq!((current().await, cell_of().await), (json!(second), second.clone()));
    let path = format!("/v1/ge-mappings/{second}");
    let refused = admin.post(&format!("{path}:withdraw"), &json!({"reason": ""})).await.expect(422);
    assert_eq!(problems(&refused["errors"]), [("/reason", "required")]);
    let withdrawn = admin.post(&format!("{path}:withdraw"), &json!({"reason": "Loaded twice"})).await.expect(200);
    assert_eq!(
        (&withdrawn["withdrawn_by"], &withdrawn["withdrawn_reason"]),
        (&json!("test-admin"), &json!("Loaded twice"))
    );
    admin.post(&format!("{path}:withdraw"), &json!({"reason": "x"})).await.expect(409);
    assert_eq!((current().await, cell_of().await), (json!(first), first.clone()));
    admin.get("/v1/ge-matrix?as_of=2013-12").await.expect(404);
    assert_eq!(admin.get(&format!("/v1/ge-matrix?mapping_id={second}")).await.expect(200)["as_of"], "2013-12");
    let positions = admin.get(&format!("{path}/positions")).await.expect(200)["items"].as_array().unwrap().len();
    assert!(positions > 0);
    // A version that is published and not yet mapped leaves everyone in place.
    admin.post(&format!("/v1/ge-models/{model}/versions"), &Value::Null).await.expect(201);
    admin.post(&format!("/v1/ge-models/{model}/versions/2:publish"), &Value::Null).await.expect(200);
    assert_eq!((current().await, cell_of().await), (json!(first), first.clone()));
    let query = "mutation($input: WithdrawGeMappingInput!) { withdrawGeMapping(input: $input) { geMapping { withdrawnReason } userErrors { code } } }";
    let gone = admin.data(query, json!({"input": {"id": first, "reason": "Wrong"}})).await["withdrawGeMapping"].take();
    assert_eq!(gone, json!({"geMapping": {"withdrawnReason": "Wrong"}, "userErrors": []}));
    assert_eq!((current().await, cell_of().await), (Value::Null, String::new()));
    let audit = admin.get("/v1/audit-entries?limit=500").await.expect(200)["items"].take();
    let told = audit.as_array().unwrap().iter().filter(|entry| entry["action"] == "ge_mapping.withdrawn");
    assert_eq!(told.count(), 2);
}

#[actix_web::test]
async fn who_may_not_map_may_not_withdraw() {
    let (app, admin) = admin().await;
    book(&admin).await;
    published(&admin, "ours", &definition(&admin).await).await;
    let mapping = mapping_as_of(&admin, "2013-12").await;
    let path = format!("/v1/ge-mappings/{mapping}:withdraw");
    let other = app.tenant("other").await;
    let reason = json!({"reason": "Wrong"});
    app.client(other, Role::Viewer).post(&path, &reason).await.expect(403);
    app.client(other, Role::Admin).post(&path, &reason).await.expect(404);
    assert_eq!(admin.get("/v1/ge-matrix").await.expect(200)["mapping_id"], json!(mapping));
}
