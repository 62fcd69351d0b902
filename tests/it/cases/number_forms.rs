//! Numbers as other programs write them: what has one meaning everywhere, and what a column's form says.

use serde_json::{Value, json};

use super::sheet::{CSV, counts, listed, said, seller, send, wrong};
use crate::support::{Client, case, problems};

/// Sales lines of K-1 and KP-1 with these nets, numbered from 1.
fn lines(nets: &[&str]) -> String {
    let line = |(at, net): (usize, &&str)| format!("N-{};2026-01-05;K-1;KP-1;1;{net}\n", at + 1);
    let rows: String = nets.iter().enumerate().map(line).collect();
    format!("external_id;order_date;customer_id;product_id;quantity;net_amount\n{rows}")
}

/// Saves a mapping of sales lines by our own names whose nets have this form.
async fn save(admin: &Client, code: &str, form: &Value) {
    let column = |name: &str| json!({"target": name, "sources": [name]});
    let mut columns: Vec<Value> =
        ["external_id", "order_date", "customer_id", "product_id", "quantity", "currency"].map(column).to_vec();
    columns.push(json!({"target": "net_amount", "sources": ["net_amount"], "number_form": form}));
    let mapping = json!({"name": {"en": code, "zh": code}, "kind": "sales_lines", "columns": columns});
    admin.put(&format!("/v1/import-mappings/{code}"), &mapping).await.expect(201);
}

async fn nets(admin: &Client) -> Vec<Value> {
    listed(admin, "/v1/sales-lines", &["net", "currency"]).await
}

#[actix_web::test]
async fn signs_are_read_as_their_senders_mean_them() {
    let (_app, admin) = seller().await;
    save(&admin, "english", &json!({"decimal": "point", "grouping": "comma"})).await;
    save(&admin, "german", &json!({"decimal": "comma", "grouping": "point"})).await;
    if let Some(file) = case("09-signs.csv") {
        // Without a mapping: what has one meaning is read, what needs a form is refused.
        let import = send(&admin, "kind=sales_lines", CSV, file.clone()).await;
        assert_eq!(counts(&import), [6, 0, 0, 5]);
        let other = |line| (line, "net_amount", "invalid_decimal");
        assert_eq!(said(&admin, &import).await, wrong(&[other(5), other(6), other(7), other(10), other(11)]));
        let read = [
            json!(["SG-1", "-50.0000", "EUR"]),
            json!(["SG-11", "-50.0000", "EUR"]),
            json!(["SG-2", "-900.2300", "EUR"]),
            json!(["SG-3", "50.0000", "EUR"]),
            json!(["SG-7", "-50.0000", "EUR"]),
            json!(["SG-8", "123.4500", "EUR"]),
        ];
        assert_eq!(nets(&admin).await, read);
        // With one: groups, and the currency of the tenant; another's sign is not taken for it, an exponent has lost digits.
        let import = send(&admin, "kind=sales_lines&mapping=english", CSV, file).await;
        assert_eq!(counts(&import), [2, 0, 6, 3]);
        let foreign = |line| (line, "net_amount", "other_currency");
        assert_eq!(said(&admin, &import).await, wrong(&[foreign(5), foreign(7), other(10)]));
        let lines = nets(&admin).await;
        assert!(lines.contains(&json!(["SG-5", "1020.0000", "EUR"])), "{lines:?}");
        assert!(lines.contains(&json!(["SG-10", "50.0000", "EUR"])), "{lines:?}");
    }
    // As an ERP of a country with a decimal comma writes them.
    let file = lines(&["123,00-", "(900,23)", "+50,00", "1.020,00 €", "430.851,10", "−1.234.567,5"]);
    let import = send(&admin, "kind=sales_lines&mapping=german", CSV, file).await;
    assert_eq!((counts(&import), said(&admin, &import).await), ([6, 0, 0, 0], vec![]));
    let lines = nets(&admin).await;
    for (id, net) in [
        ("N-1", "-123.0000"),
        ("N-2", "-900.2300"),
        ("N-3", "50.0000"),
        ("N-4", "1020.0000"),
        ("N-5", "430851.1000"),
        ("N-6", "-1234567.5000"),
    ] {
        assert!(lines.contains(&json!([id, net, "EUR"])), "{id} of {lines:?}");
    }
}

#[actix_web::test]
async fn a_mark_that_cannot_group_is_refused_and_never_guessed() {
    let (_app, admin) = seller().await;
    for (code, form, good, bad) in [
        ("points", json!({"decimal": "comma", "grouping": "point"}), "1.234,5", ["1.5", "1.2345", "0.125", "1.234.56"]),
        ("commas", json!({"grouping": "comma"}), "1,234.5", ["1,5", "1,2345", "0,125", "1.234,5"]),
        (
            "blanks",
            json!({"decimal": "comma", "grouping": "blank"}),
            "1 234,5",
            ["1 5", "12 34,5", "1.234,5", "1  234"],
        ),
        ("apostrophes", json!({"grouping": "apostrophe"}), "1'234.5", ["1'5", "'234.5", "1,234.5", "1'234'56"]),
        ("none", json!({"decimal": "comma"}), "1234,5", ["1.234,5", "1 234,5", "1234.5", "1'234"]),
    ] {
        save(&admin, code, &form).await;
        let file = lines(&[&[good][..], &bad[..]].concat());
        let import = send(&admin, &format!("kind=sales_lines&mapping={code}&dry_run=true"), CSV, file).await;
        assert_eq!(counts(&import)[3], 4, "{code}: {:?}", said(&admin, &import).await);
        let codes = said(&admin, &import).await;
        assert!(codes.iter().all(|(_, _, code)| code == "invalid_decimal"), "{code}: {codes:?}");
        let one = send(&admin, &format!("kind=sales_lines&mapping={code}"), CSV, lines(&[good])).await;
        assert_eq!(counts(&one)[3], 0);
        assert_eq!(nets(&admin).await, [json!(["N-1", "1234.5000", "EUR"])], "{code}");
    }
}

#[actix_web::test]
async fn the_currency_beside_an_amount_is_the_rows() {
    let (_app, admin) = seller().await;
    save(&admin, "english", &json!({"grouping": "comma"})).await;
    admin
        .batch("/v1/fx-rates:batch", &json!([{"currency": "USD", "day": "2026-01-05", "rate": "0.5"}, {"currency": "CNY", "day": "2026-01-05", "rate": "0.1"}]))
        .await;
    let file = "external_id;order_date;customer_id;product_id;quantity;currency;net_amount\n\
        C-1;2026-01-05;K-1;KP-1;1;USD;$1,000\nC-2;2026-01-05;K-1;KP-1;1;CNY;¥1,000\nC-3;2026-01-05;K-1;KP-1;1;EUR;1,000 EUR\n\
        C-4;2026-01-05;K-1;KP-1;1;;1,000 USD\nC-5;2026-01-05;K-1;KP-1;1;;€1,000\n\
        C-6;2026-01-05;K-1;KP-1;1;USD;€5\nC-7;2026-01-05;K-1;KP-1;1;CNY;5 USD\nC-8;2026-01-05;K-1;KP-1;1;;$5\nC-9;2026-01-05;K-1;KP-1;1;;5 CR\n";
    let import = send(&admin, "kind=sales_lines&mapping=english", CSV, file).await;
    assert_eq!(counts(&import), [5, 0, 0, 4]);
    let other = |line| (line, "net_amount", "other_currency");
    assert_eq!(
        said(&admin, &import).await,
        wrong(&[other(7), other(8), other(9), (10, "net_amount", "invalid_decimal")])
    );
    // A code or sign of one currency says it where the row does not.
    let currencies: Vec<Value> = nets(&admin).await.iter().map(|row| row[2].clone()).collect();
    assert_eq!(currencies, ["USD", "CNY", "EUR", "USD", "EUR"]);
    // A kind without currencies is in the base currency.
    let mapping = json!({"name": {"en": "p", "zh": "p"}, "kind": "products", "columns": [
        {"target": "external_id", "sources": ["id"]}, {"target": "name", "sources": ["name"]},
        {"target": "list_price", "sources": ["price"], "number_form": {"grouping": "comma"}}]});
    admin.put("/v1/import-mappings/prices", &mapping).await.expect(201);
    let import =
        send(&admin, "kind=products&mapping=prices", CSV, "id;name;price\nP-1;a;1,000 €\nP-2;b;1,000 USD\n").await;
    assert_eq!(
        (counts(&import), said(&admin, &import).await),
        ([1, 0, 0, 1], wrong(&[(3, "price", "other_currency")]))
    );
}

#[actix_web::test]
async fn counts_and_attributes_have_number_forms_too() {
    let (_app, admin) = seller().await;
    admin.define(&[("floor", "number")]).await;
    let form = json!({"decimal": "comma", "grouping": "point"});
    let mapping = json!({"name": {"en": "c", "zh": "c"}, "kind": "customers", "columns": [
        {"target": "external_id", "sources": ["id"]}, {"target": "name", "sources": ["name"]},
        {"target": "employees", "sources": ["staff"], "number_form": form},
        {"target": "attributes.floor", "sources": ["floor"], "number_form": form}]});
    admin.put("/v1/import-mappings/c", &mapping).await.expect(201);
    let file = "id;name;staff;floor\nC-1;a;1.200;1.234,5\nC-2;b;120,0;0,5\nC-3;c;1.5;1.5\nC-4;d;2,5;-1,5\n";
    let import = send(&admin, "kind=customers&mapping=c", CSV, file).await;
    assert_eq!(counts(&import), [2, 0, 0, 2]);
    assert_eq!(
        said(&admin, &import).await,
        wrong(&[(4, "staff", "invalid_integer"), (4, "floor", "invalid_decimal"), (5, "staff", "invalid_integer"),])
    );
    assert_eq!(
        listed(&admin, "/v1/customers", &["employees", "attributes"]).await[..2],
        [json!(["C-1", 1200, {"floor": "1234.5"}]), json!(["C-2", 120, {"floor": "0.5"}])]
    );
}

#[actix_web::test]
async fn forms_that_make_no_sense_are_refused_in_every_place() {
    let (_app, admin) = seller().await;
    let mapping = json!({"name": {"en": "x", "zh": "x"}, "kind": "customers", "columns": [
        {"target": "external_id", "sources": ["a"], "number_form": {}},
        {"target": "name", "sources": ["b", "B"], "id_form": "salesforce"},
        {"target": "employees", "sources": ["c"], "number_form": {"decimal": "comma", "grouping": "comma"}},
        {"target": "credit_limit", "sources": ["d"], "number_form": {"grouping": "point"}, "decimal_comma": true},
    ]});
    let refused = admin.put("/v1/import-mappings/x", &mapping).await.expect(422);
    assert_eq!(
        problems(&refused["errors"]),
        [
            ("/columns/0/number_form", "not_for_type"),
            ("/columns/1/id_form", "not_for_type"),
            ("/columns/1/sources", "duplicate"),
            ("/columns/2/number_form", "contradiction"),
            ("/columns/3/number_form", "contradiction"),
            ("/columns/3/number_form", "contradiction"),
        ]
    );
    let query = "mutation($input: UpsertImportMappingInput!) { upsertImportMapping(input: $input) { importMapping { definition { columns { target idForm numberForm { decimal grouping } } } } userErrors { pointer code } } }";
    let definition = json!({"name": {"en": "g", "zh": "g"}, "kind": "CUSTOMERS", "columns": [
        {"target": "external_id", "sources": ["Id"], "idForm": "SALESFORCE"},
        {"target": "credit_limit", "sources": ["c"], "numberForm": {"decimal": "COMMA", "grouping": "POINT"}}]});
    let saved = admin.data(query, json!({"input": {"code": "g", "definition": definition}})).await;
    assert_eq!(
        saved["upsertImportMapping"]["importMapping"]["definition"]["columns"],
        json!([
            {"target": "external_id", "idForm": "SALESFORCE", "numberForm": null},
            {"target": "credit_limit", "idForm": null, "numberForm": {"decimal": "COMMA", "grouping": "POINT"}},
        ])
    );
}
