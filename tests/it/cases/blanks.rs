//! Blank fields say nothing, days far ahead are looked at, and one column of a file may become several of ours.

use reqwest::Method;
use serde_json::{Value, json};

use super::sheet::{CSV, NDJSON, counts, listed, said, seller, send, wrong};
use crate::support::{Client, plain};

async fn one(admin: &Client, path: &str) -> Value {
    admin.get(path).await.expect(200)["items"][0].take()
}

#[actix_web::test]
async fn a_blank_field_of_a_customer_leaves_what_is_known_and_empties_where_asked() {
    let (app, admin) = seller().await;
    admin.define(&[("iso", "yes_no"), ("note", "text")]).await;
    admin.put("/v1/salespeople/by-external-id/S-1", &json!({"name": "Li Na"})).await.expect(201);
    let header = "external_id,name,city,employees,credit_limit,currency,tags,salesperson_id,parent_id,stage,first_seen,attributes.iso,attributes.note\n";
    let full = format!("{header}C-1,One,Bremen,120,5000,EUR,key;old,S-1,K-1,active,2020-02-29,yes,good\n");
    assert_eq!(counts(&send(&admin, "kind=customers", CSV, full.clone()).await), [1, 0, 0, 0]);
    let facts = async || {
        let customer = one(&admin, "/v1/customers?external_id=C-1").await;
        let fields = [
            "name",
            "city",
            "employees",
            "credit_limit",
            "currency",
            "tags",
            "owner_id",
            "parent_id",
            "stage",
            "first_seen",
            "attributes",
            "version",
        ];
        (customer["id"].as_str().unwrap().to_owned(), json!(fields.map(|field| customer[field].clone())))
    };
    let (id, before) = facts().await;
    let told = async || admin.get(&format!("/v1/customers/{id}/timeline?limit=500")).await.expect(200)["items"].take();
    let history = told().await;
    app.clock.advance(std::time::Duration::from_secs(1_800));
    let blank = format!("{header}C-1,,,,,,,,,,,,\n");
    let import = send(&admin, "kind=customers", CSV, blank.clone()).await;
    assert_eq!((counts(&import), said(&admin, &import).await), ([0, 0, 1, 0], vec![]));
    // Nothing was observed: the history has no entry more.
    assert_eq!((facts().await.1, told().await), (before, history));
    // A new customer needs its name.
    let import = send(&admin, "kind=customers", CSV, "external_id,name,city\nC-2,,Kiel\n").await;
    assert_eq!(said(&admin, &import).await, wrong(&[(2, "name", "required")]));
    // What is asked for is emptied; a name never is.
    let nameless = format!("{header}C-1,One,,,,,,,,,,,\n");
    let import = send(&admin, "kind=customers&blanks=empty", CSV, nameless).await;
    assert_eq!((counts(&import), said(&admin, &import).await), ([0, 1, 0, 0], vec![]));
    let after = one(&admin, "/v1/customers?external_id=C-1").await;
    for field in ["city", "employees", "credit_limit", "currency", "owner_id", "parent_id", "first_seen"] {
        assert_eq!(after[field], Value::Null, "{field}");
    }
    assert_eq!((&after["tags"], &after["attributes"], &after["name"]), (&json!([]), &json!({}), &json!("One")));
    let import = send(&admin, "kind=customers&blanks=empty", CSV, blank).await;
    assert_eq!(said(&admin, &import).await, wrong(&[(2, "name", "required")]));
    let request = admin.request(Method::POST, "/v1/imports?kind=customers&blanks=maybe");
    let refused = admin.send(request.header("Content-Type", "text/csv").body("external_id\n")).await;
    assert!(matches!(refused.status, 400 | 422), "{}", refused.text);
}

#[actix_web::test]
async fn a_blank_field_of_any_kind_leaves_what_is_stored() {
    let (_app, admin) = seller().await;
    admin.batch("/v1/fx-rates:batch", &json!([{"currency": "USD", "day": "2026-01-01", "rate": "0.5"}])).await;
    admin.put("/v1/salespeople/by-external-id/S-1", &json!({"name": "Li Na", "territory": "North"})).await.expect(201);
    for (kind, path, fields, full, blank, emptied) in [
        (
            "products",
            "/v1/products",
            &["name", "category", "list_price"][..],
            "external_id,name,category,list_price\nP-1,Pump,pumps,10\n",
            "external_id,name,category,list_price\nP-1,,,\n",
            // A name is never emptied.
            "external_id,name,category,list_price\nP-1,Pump,,\n",
        ),
        (
            "salespeople",
            "/v1/salespeople",
            &["name", "territory"][..],
            "external_id,name,region\nS-1,Li Na,North\n",
            "external_id,name,region\nS-1,,\n",
            "external_id,name,region\nS-1,Li Na,\n",
        ),
        (
            "sales_lines",
            "/v1/sales-lines",
            &["order_id", "salesperson_id", "unit_price", "discount", "cost", "currency", "base_net", "base_cost"][..],
            "external_id,order_date,customer_id,product_id,quantity,net_amount,order_id,salesperson_id,unit_price,discount,cost_amount,currency\n\
             L-1,2026-01-05,K-1,KP-1,2,90,ORDER,S-1,50,10,40,USD\n",
            "external_id,order_date,customer_id,product_id,quantity,net_amount,order_id,salesperson_id,unit_price,discount,cost_amount,currency\n\
             L-1,2026-01-05,K-1,KP-1,2,90,,,,,,\n",
            "external_id,order_date,customer_id,product_id,quantity,net_amount,order_id,salesperson_id,unit_price,discount,cost_amount,currency\n\
             L-1,2026-01-05,K-1,KP-1,2,90,,,,,,\n",
        ),
        (
            "receivables",
            "/v1/receivables",
            &["currency", "base_amount"][..],
            "external_id,customer_id,invoiced_on,due_on,amount,currency\nR-1,K-1,2026-01-05,2026-02-05,100,USD\n",
            "external_id,customer_id,invoiced_on,due_on,amount,currency\nR-1,K-1,2026-01-05,2026-02-05,100,\n",
            "external_id,customer_id,invoiced_on,due_on,amount,currency\nR-1,K-1,2026-01-05,2026-02-05,100,\n",
        ),
        (
            "payments",
            "/v1/payments",
            &["currency", "receivable_id"][..],
            "external_id,customer_id,paid_on,amount,currency,receivable_id\nY-1,K-1,2026-01-06,40,EUR,R-1\n",
            "external_id,customer_id,paid_on,amount,currency,receivable_id\nY-1,K-1,2026-01-06,40,,\n",
            "external_id,customer_id,paid_on,amount,currency,receivable_id\nY-1,K-1,2026-01-06,40,,\n",
        ),
        (
            "costs_to_serve",
            "/v1/costs-to-serve",
            &["currency", "base_amount"][..],
            "external_id,customer_id,day,activity,amount,currency\nX-1,K-1,2026-01-05,visit,20,USD\n",
            "external_id,customer_id,day,activity,amount,currency\nX-1,K-1,2026-01-05,visit,20,\n",
            "external_id,customer_id,day,activity,amount,currency\nX-1,K-1,2026-01-05,visit,20,\n",
        ),
    ] {
        let import = send(&admin, &format!("kind={kind}"), CSV, full).await;
        assert_eq!(counts(&import)[3], 0, "{kind}: {:?}", said(&admin, &import).await);
        let before = listed(&admin, path, fields).await;
        let import = send(&admin, &format!("kind={kind}"), CSV, blank).await;
        assert_eq!(counts(&import), [0, 0, 1, 0], "{kind}: {:?}", said(&admin, &import).await);
        assert_eq!(listed(&admin, path, fields).await, before, "{kind}");
        let import = send(&admin, &format!("kind={kind}&blanks=empty"), CSV, emptied).await;
        assert_eq!(counts(&import), [0, 1, 0, 0], "{kind}: {:?}", said(&admin, &import).await);
        assert_ne!(listed(&admin, path, fields).await, before, "{kind}");
        // Receivables come back, so that the payment's currency is theirs.
        if kind == "receivables" {
            let eur = full.replace("USD", "EUR");
            assert_eq!(counts(&send(&admin, "kind=receivables", CSV, eur).await)[3], 0);
        }
    }
    // What is new needs its required fields, and a line needs what makes it a line.
    let import = send(&admin, "kind=products", CSV, "external_id,name\nP-2,\nP-3,Valve\nP-3,\n").await;
    assert_eq!((counts(&import), said(&admin, &import).await), ([1, 0, 1, 1], wrong(&[(2, "name", "required")])));
    let import = send(&admin, "kind=salespeople", CSV, "external_id,name\nS-2,\n").await;
    assert_eq!(said(&admin, &import).await, wrong(&[(2, "name", "required")]));
    let line = "external_id,order_date,customer_id,product_id,quantity,net_amount\nL-1,,K-1,KP-1,2,\n";
    let import = send(&admin, "kind=sales_lines", CSV, line).await;
    assert_eq!(said(&admin, &import).await, wrong(&[(2, "order_date", "required"), (2, "net_amount", "required")]));
}

#[actix_web::test]
async fn a_line_keeps_what_a_file_does_not_say_and_follows_what_it_says() {
    let (_app, admin) = seller().await;
    let full = "external_id,order_date,customer_id,product_id,quantity,net_amount,unit_price,discount,cost_amount\n\
        L-1,2026-01-05,K-1,KP-1,2,90,50,10,40\n";
    assert_eq!(counts(&send(&admin, "kind=sales_lines", CSV, full).await), [1, 0, 0, 0]);
    // A column that is not there says nothing either.
    let short = "external_id,order_date,customer_id,product_id,quantity,net_amount\nL-1,2026-01-06,K-1,KP-1,2,90\n";
    assert_eq!(counts(&send(&admin, "kind=sales_lines", CSV, short).await), [0, 1, 0, 0]);
    let fields = ["day", "unit_price", "discount", "cost"];
    let line = listed(&admin, "/v1/sales-lines", &fields).await;
    assert_eq!(line, [json!(["L-1", "2026-01-06", "50.0000", "10.0000", "40.0000"])]);
    // Another net has another price: the discount that is known was that of the old one.
    let other = short.replace(",2,90", ",2,80");
    assert_eq!(counts(&send(&admin, "kind=sales_lines", CSV, other).await), [0, 1, 0, 0]);
    let line = listed(&admin, "/v1/sales-lines", &fields).await;
    assert_eq!(line, [json!(["L-1", "2026-01-06", "40.0000", "0.0000", "40.0000"])]);
    // A batch replaces a line as a whole, as it always did.
    let item = json!({"external_id": "L-1", "order_id": "L", "day": "2026-01-06", "customer_external_id": "K-1",
        "product_external_id": "KP-1", "quantity": "2", "unit_price": "40", "net": "80"});
    admin.batch("/v1/sales-lines:batch", &json!([item])).await;
    assert_eq!(listed(&admin, "/v1/sales-lines", &["cost"]).await, [json!(["L-1", null])]);
}

#[actix_web::test]
async fn null_empties_an_absent_member_and_a_blank_text_say_nothing() {
    let (_app, admin) = seller().await;
    admin.define(&[("note", "text")]).await;
    let line = |rest: &str| format!("{{\"external_id\":\"C-1\",\"name\":\"One\"{rest}}}\n");
    let full = line(",\"city\":\"Bremen\",\"employees\":12,\"attributes\":{\"note\":\"good\"}");
    assert_eq!(counts(&send(&admin, "kind=customers", NDJSON, full).await), [1, 0, 0, 0]);
    for nothing in ["", ",\"city\":\"\",\"attributes\":{}"] {
        assert_eq!(counts(&send(&admin, "kind=customers", NDJSON, line(nothing)).await), [0, 0, 1, 0], "{nothing}");
    }
    let null = line(",\"city\":null,\"attributes\":{\"note\":null}");
    assert_eq!(counts(&send(&admin, "kind=customers", NDJSON, null).await), [0, 1, 0, 0]);
    let customer = one(&admin, "/v1/customers?external_id=C-1").await;
    assert_eq!(
        (&customer["city"], &customer["employees"], &customer["attributes"]),
        (&Value::Null, &json!(12), &json!({}))
    );
    let import = send(&admin, "kind=customers&blanks=empty", NDJSON, line(",\"employees\":\"\"")).await;
    assert_eq!(counts(&import), [0, 1, 0, 0]);
    // The same in GraphQL.
    let query = "mutation($input: CreateImportInput!) { createImport(input: $input) { import { warnings job { id } } userErrors { code } } }";
    let content = "external_id,name,city\nC-1,One,\n";
    admin.batch("/v1/customers:batch", &json!([{"external_id": "C-1", "city": "Kiel"}])).await;
    for (blanks, city) in [(json!("KEEP"), json!("Kiel")), (json!("EMPTY"), Value::Null)] {
        let input = json!({"input": {"kind": "CUSTOMERS", "content": content, "blanks": blanks}});
        let made = admin.data(query, input).await["createImport"].take();
        admin.finished(&plain(&made["import"]["job"]["id"])).await;
        assert_eq!(one(&admin, "/v1/customers?external_id=C-1").await["city"], city, "{blanks}");
    }
}

#[actix_web::test]
async fn an_export_that_comes_back_changes_nothing_however_blanks_are_read() {
    let (_app, admin) = seller().await;
    let file = "external_id,name,city,employees,tags\nC-1,One,Bremen,,\nC-2,Two,,12,key\n";
    assert_eq!(counts(&send(&admin, "kind=customers", CSV, file).await), [2, 0, 0, 0]);
    let lines = "external_id,order_date,customer_id,product_id,quantity,net_amount,cost_amount\n\
        L-1,2026-01-05,C-1,KP-1,2,90,\nL-2,2026-01-05,C-2,KP-1,2,90,40\n";
    assert_eq!(counts(&send(&admin, "kind=sales_lines", CSV, lines).await), [2, 0, 0, 0]);
    for (kind, path, rows) in [("customers", "/v1/customers", 3), ("sales_lines", "/v1/sales-lines", 2)] {
        for blanks in ["keep", "empty"] {
            let export = admin.send(admin.request(Method::GET, path).header("Accept", "text/csv")).await;
            let query = format!("kind={kind}&blanks={blanks}");
            let import = send(&admin, &query, CSV, export.text).await;
            assert_eq!(counts(&import), [0, 0, rows, 0], "{query}: {:?}", said(&admin, &import).await);
        }
    }
}

#[actix_web::test]
async fn a_day_far_ahead_is_in_with_a_warning() {
    let (_app, admin) = seller().await;
    let file = "external_id,order_date,customer_id,product_id,quantity,net_amount\n\
        L-1,2062-01-05,K-1,KP-1,1,5\nL-2,2028-06-01,K-1,KP-1,1,5\nL-3,2028-06-02,K-1,KP-1,1,5\nL-4,2206-01-05,nobody,KP-1,1,5\n";
    for query in ["kind=sales_lines&dry_run=true", "kind=sales_lines"] {
        let import = send(&admin, query, CSV, file).await;
        assert_eq!((counts(&import), &import["warnings"]), ([3, 0, 0, 1], &json!(2)), "{query}");
        let path = format!("/v1/imports/{}/errors", import["id"].as_str().unwrap());
        let listed = admin.get(&path).await.expect(200)["items"].take();
        let row = |e: &Value| json!([e["line"], e["column"], e["value"], e["code"], e["severity"]]);
        let rows: Vec<Value> = listed.as_array().unwrap().iter().map(row).collect();
        assert_eq!(
            rows,
            [
                json!([2, "order_date", "2062-01-05", "far_ahead", "warning"]),
                json!([4, "order_date", "2028-06-02", "far_ahead", "warning"]),
                json!([5, "customer_id", "nobody", "unknown_reference", "error"]),
            ]
        );
    }
    // Rows that are in are not among the refused ones.
    let imports = admin.get("/v1/imports").await.expect(200);
    let path = format!("/v1/imports/{}/errors?rows=original", imports["items"][0]["id"].as_str().unwrap());
    assert_eq!(admin.get(&path).await.text.lines().count(), 2);
    let item = |id: &str, day: &str| {
        json!({"external_id": id, "order_id": id, "day": day, "customer_external_id": "K-1",
               "product_external_id": "KP-1", "quantity": "1", "unit_price": "5", "net": "5"})
    };
    // Siblings: batches, all or nothing, GraphQL; a day of the past and of next year is none.
    let items = json!([item("B-1", "2062-01-05"), item("B-2", "2027-12-31"), item("B-3", "1999-01-01")]);
    let batch = admin.post("/v1/sales-lines:batch?atomic=true", &items).await.expect(207);
    assert_eq!((&batch["counts"]["created"], &batch["warnings"]), (&json!(3), &json!(1)), "{batch}");
    assert_eq!(batch["items"][0]["outcome"], "created");
    assert_eq!(
        (&batch["items"][0]["warnings"][0]["pointer"], &batch["items"][0]["warnings"][0]["code"]),
        (&json!("/day"), &json!("far_ahead"))
    );
    assert_eq!((&batch["items"][0]["problems"], &batch["items"][1]["warnings"]), (&json!([]), &json!([])));
    let query = "mutation($input: UpsertSalesLinesInput!) { upsertSalesLines(input: $input) { batch { warnings items { warnings { code } } } userErrors { code } } }";
    let line = json!({"externalId": "G-1", "orderId": "G", "day": "2099-01-01", "customerExternalId": "K-1",
        "productExternalId": "KP-1", "quantity": "1", "unitPrice": "5", "net": "5"});
    let made = admin.data(query, json!({"input": {"items": [line]}})).await["upsertSalesLines"].take();
    assert_eq!(made["batch"], json!({"warnings": 1, "items": [{"warnings": [{"code": "far_ahead"}]}]}), "{made}");
}

#[actix_web::test]
async fn one_column_of_a_file_becomes_several_of_ours() {
    let (_app, admin) = seller().await;
    let mapping = json!({"name": {"en": "x", "zh": "x"}, "kind": "customers", "columns": [
        {"target": "external_id", "sources": ["Nr"]},
        {"target": "name", "sources": ["Firma"]},
        {"target": "segment_hint", "sources": ["Art"]},
        {"target": "stage", "sources": ["Art"], "values": [{"from": "Kunde", "to": "active"}, {"from": "Neu", "to": "prospect"}]},
        {"target": "external_id.erp", "sources": ["nr"]},
        {"target": "city", "sources": ["Ort", "Firma"]},
    ]});
    admin.put("/v1/import-mappings/x", &mapping).await.expect(201);
    let file = "Nr;Firma;Art\n1;Nordwind;Kunde\n2;Umbra;Neu\n3;Zephyr;Feind\n";
    let request = admin.request(Method::POST, "/v1/import-mappings/x:preview").header("Content-Type", "text/csv");
    let preview = admin.send(request.body(file)).await.expect(200);
    assert_eq!(
        preview["columns"],
        json!([
            {"name": "Nr", "target": "external_id", "targets": ["external_id", "external_id.erp"]},
            {"name": "Firma", "target": "name", "targets": ["name", "city"]},
            {"name": "Art", "target": "segment_hint", "targets": ["segment_hint", "stage"]},
        ])
    );
    let import = send(&admin, "kind=customers&mapping=x", CSV, file).await;
    assert_eq!((counts(&import), said(&admin, &import).await), ([2, 0, 0, 1], wrong(&[(4, "Art", "invalid_choice")])));
    let rows = listed(&admin, "/v1/customers", &["name", "city", "segment_hint", "stage"]).await;
    assert_eq!(
        rows[..2],
        [json!(["1", "Nordwind", "Nordwind", "Kunde", "active"]), json!(["2", "Umbra", "Umbra", "Neu", "prospect"])]
    );
    // A column that stands in the file twice is still not known which.
    let import = send(&admin, "kind=customers&mapping=x", CSV, "Nr;Firma;Art;Nr\n1;a;Kunde;2\n").await;
    assert_eq!(import["job"]["problem"]["errors"][0]["code"], "wrong_columns");
}
