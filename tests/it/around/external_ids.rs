//! External ids: the key of upserts, added and taken away one by one.

use serde_json::{Value, json};

use super::{admin, customer, id};

#[actix_web::test]
async fn an_id_is_given_once_and_names_one_customer() {
    let (_app, admin) = admin().await;
    let (one, two) = (customer(&admin, "C-1").await, customer(&admin, "C-2").await);
    let path = |customer: &str| format!("/v1/customers/{customer}/external-ids/erp/D%2F1");
    let given = admin.put(&path(&one), &Value::Null).await.expect(200);
    let ids = json!([{"system": "default", "external_id": "C-1"}, {"system": "erp", "external_id": "D/1"}]);
    assert_eq!((&given["external_ids"], &given["version"]), (&ids, &json!(2)));
    assert_eq!(admin.put(&path(&one), &Value::Null).await.expect(200), given);
    assert_eq!(admin.put(&path(&two), &Value::Null).await.expect(409)["code"], "conflict");
    let pushed = admin.put("/v1/customers/by-external-id/erp/D%2F1", &json!({"city": "Kiel"})).await.expect(200);
    assert_eq!(pushed["id"], one);
    admin.delete(&path(&two)).await.expect(404);
    admin.delete(&path(&one)).await.expect(200);
    admin.delete(&path(&one)).await.expect(404);
    let query = "mutation($input: CustomerExternalIdInput!) { addExternalId(input: $input) { customer { id } userErrors { code } } }";
    let input = json!({"input": {"customerId": two, "system": "erp", "externalId": "D/1"}});
    let added = admin.data(query, input.clone()).await["addExternalId"].take();
    assert_eq!(added["userErrors"], json!([]));
    let other = json!({"input": {"customerId": one, "system": "erp", "externalId": "D/1"}});
    assert_eq!(admin.data(query, other).await["addExternalId"]["userErrors"][0]["code"], "conflict");
    let long = format!("/v1/customers/{one}/external-ids/{}/x", "s".repeat(64));
    admin.put(&long, &Value::Null).await.expect(422);
}

#[actix_web::test]
async fn who_loses_the_naming_id_is_named_by_another_and_in_the_end_by_its_own() {
    let (_app, admin) = admin().await;
    let one = customer(&admin, "C-1").await;
    admin.put(&format!("/v1/customers/{one}/external-ids/erp/D-1"), &Value::Null).await.expect(200);
    let left = admin.delete(&format!("/v1/customers/{one}/external-ids/default/C-1")).await.expect(200);
    assert_eq!(left["external_id"], "D-1");
    let bare = admin.delete(&format!("/v1/customers/{one}/external-ids/erp/D-1")).await.expect(200);
    assert_eq!((&bare["external_id"], &bare["external_ids"]), (&json!(one), &json!([])));
    let named = admin.put(&format!("/v1/customers/{one}/external-ids/shop/S-1"), &Value::Null).await.expect(200);
    assert_eq!(named["external_id"], "S-1");
    // The id that is free again makes a customer of its own.
    assert_ne!(customer(&admin, "C-1").await, one);
}

#[actix_web::test]
async fn an_upsert_decides_on_system_and_id_together() {
    let (_app, admin) = admin().await;
    let row = |name: &str| json!([{"external_id": "7", "name": name}]);
    let first = admin.batch("/v1/customers:batch?system=crm", &row("Same name")).await;
    let second = admin.batch("/v1/customers:batch?system=erp", &row("Same name")).await;
    assert_ne!(first["items"][0]["id"], second["items"][0]["id"]);
    let again = admin.batch("/v1/customers:batch?system=erp", &row("New name")).await;
    assert_eq!(again["items"][0]["id"], second["items"][0]["id"]);
    let crm = admin.get(&format!("/v1/customers/{}", id(&first["items"][0]))).await.expect(200);
    assert_eq!(crm["name"], "Same name");
    // Ids differ by case and by blanks; a name is no key.
    for other in ["7 ", "７", "07"] {
        let made =
            admin.batch("/v1/customers:batch?system=crm", &json!([{"external_id": other, "name": "Same name"}])).await;
        assert_eq!(made["counts"]["created"], 1, "{other}");
    }
}
