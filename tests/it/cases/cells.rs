//! What a cell means: typed cells stay typed, ids stay whole, days are days, and every error of a row is told.

use serde_json::{Value, json};

use super::sheet::{CSV, NDJSON, XLSX, b, counts, d, e, listed, n, said, seller, send, t, workbook, wrong};
use crate::support::case;

const LINE: [&str; 6] = ["external_id", "order_date", "customer_id", "product_id", "quantity", "net_amount"];

fn header(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| t(name)).collect()
}

/// A mapping of German sales lines whose numbers have a decimal comma, said in one of the two ways.
fn german(form: &Value) -> Value {
    let mut mapping = json!({
        "name": {"en": "German lines", "zh": "德文明细"}, "kind": "sales_lines",
        "columns": [
            {"target": "external_id", "sources": ["Nr"]},
            {"target": "order_date", "sources": ["Datum"], "date_formats": ["%d.%m.%Y", "%d.%m.%y"]},
            {"target": "customer_id", "sources": ["Kunde"]},
            {"target": "product_id", "sources": ["Artikel"]},
            {"target": "quantity", "sources": ["Menge"]},
            {"target": "net_amount", "sources": ["Netto"]},
        ],
    });
    for at in [4, 5] {
        mapping["columns"][at].as_object_mut().unwrap().extend(form.as_object().unwrap().clone());
    }
    mapping
}

#[actix_web::test]
async fn a_number_cell_is_a_number_whatever_the_mapping_says_of_texts() {
    let (_app, admin) = seller().await;
    if let (Some(file), Some(mapping)) = (case("24-decimal-comma-number-cells.xlsx"), case("mapping-de_lines.json")) {
        let mapping: Value = serde_json::from_slice(&mapping).unwrap();
        admin.put("/v1/import-mappings/de_lines", &mapping).await.expect(201);
        let import = send(&admin, "kind=sales_lines&mapping=de_lines", XLSX, file).await;
        assert_eq!(counts(&import), [4, 0, 0, 0], "{:?}", said(&admin, &import).await);
        assert_eq!(
            listed(&admin, "/v1/sales-lines", &["quantity", "net"]).await,
            [
                json!(["XC-1", "0.1250", "1.2340"]),
                json!(["XC-2", "2.5000", "1234.5670"]),
                json!(["XC-3", "1.0000", "1234.5600"]),
                json!(["XC-4", "2.5000", "1234.5600"]),
            ]
        );
    }
    // Siblings: numbers of JSON, the newer setting, whole numbers, exponents, and texts beside them in one column.
    let forms = [json!({"decimal_comma": true}), json!({"number_form": {"decimal": "comma", "grouping": "point"}})];
    for (at, form) in forms.iter().enumerate() {
        let code = format!("german-{at}");
        admin.put(&format!("/v1/import-mappings/{code}"), &german(form)).await.expect(201);
        let query = format!("kind=sales_lines&mapping={code}");
        let own = |id: &str| format!("S{at}-{id}");
        let line = |id: &str, quantity: &str, net: &str| {
            format!(
                "{{\"Nr\":\"{}\",\"Datum\":\"05.01.2026\",\"Kunde\":\"K-1\",\"Artikel\":\"KP-1\",\"Menge\":{quantity},\"Netto\":{net}}}\n",
                own(id)
            )
        };
        let lines = line("1", "0.125", "1.234") + &line("2", "12E-1", "1.5e3") + &line("3", "\"2,5\"", "\"1.234,56\"");
        let import = send(&admin, &query, NDJSON, lines).await;
        assert_eq!(counts(&import), [3, 0, 0, 0], "{:?}", said(&admin, &import).await);
        let rows = [
            header(&["Nr", "Datum", "Kunde", "Artikel", "Menge", "Netto"]),
            vec![t(&own("4")), d("2026-01-05"), t("K-1"), t("KP-1"), n("1000"), n("-1234.5")],
            vec![t(&own("5")), d("2026-01-05"), t("K-1"), t("KP-1"), t("1.000"), t("-1.234,5")],
            vec![t(&own("6")), d("2026-01-05"), t("K-1"), t("KP-1"), t("1.5"), t("1.2345")],
        ];
        let import = send(&admin, &query, XLSX, workbook(&rows)).await;
        // The texts have points that group nothing.
        assert_eq!(counts(&import), [2, 0, 0, 1]);
        assert_eq!(
            said(&admin, &import).await,
            wrong(&[(4, "Menge", "invalid_decimal"), (4, "Netto", "invalid_decimal")])
        );
        let lines = listed(&admin, "/v1/sales-lines", &["quantity", "net"]).await;
        let own_lines: Vec<_> =
            lines.iter().filter(|line| line[0].as_str().unwrap().starts_with(&format!("S{at}"))).collect();
        assert_eq!(
            json!(own_lines),
            json!([
                [own("1"), "0.1250", "1.2340"],
                [own("2"), "1.2000", "1500.0000"],
                [own("3"), "2.5000", "1234.5600"],
                [own("4"), "1000.0000", "-1234.5000"],
                [own("5"), "1000.0000", "-1234.5000"],
            ])
        );
    }
}

#[actix_web::test]
async fn an_id_of_more_digits_than_a_number_cell_keeps_is_refused() {
    let (_app, admin) = seller().await;
    if let Some(file) = case("27-long-ids.xlsx") {
        let import = send(&admin, "kind=customers", XLSX, file).await;
        let long = |line| (line, "external_id", "long_number");
        assert_eq!(counts(&import), [1, 0, 0, 3]);
        assert_eq!(said(&admin, &import).await, wrong(&[long(2), long(3), long(4)]));
        let names = listed(&admin, "/v1/customers", &["name"]).await;
        assert_eq!(names[0], json!(["12345678901234569", "As text"]));
        let path = format!("/v1/imports/{}/errors", import["id"].as_str().unwrap());
        let errors = admin.get(&path).await.expect(200);
        assert!(errors["items"][0]["detail"]["en"].as_str().unwrap().contains("save the column as text"), "{errors}");
    }
    // Siblings: JSON has all digits, but for those that a program has rounded; a spreadsheet's CSV has not; references.
    let lines = "{\"external_id\":12345678901234567,\"name\":\"67\"}\n{\"external_id\":12345678901234568,\"name\":\"68\"}\n\
        {\"external_id\":1.2345678901234567e16,\"name\":\"rounded\"}\n{\"external_id\":1001.0,\"name\":\"whole\"}\n";
    let import = send(&admin, "kind=customers", NDJSON, lines).await;
    assert_eq!(counts(&import), [3, 0, 0, 1]);
    assert_eq!(said(&admin, &import).await, wrong(&[(3, "external_id", "long_number")]));
    let ids: Vec<Value> = listed(&admin, "/v1/customers", &[]).await.into_iter().map(|row| row[0].clone()).collect();
    for id in ["1001", "12345678901234567", "12345678901234568"] {
        assert!(ids.contains(&json!(id)), "{id} of {ids:?}");
    }
    let import =
        send(&admin, "kind=customers", CSV, "external_id,name,parent_id\n1.23457E+14,a,\n5E10,b,9.87654E+09\n").await;
    assert_eq!(
        said(&admin, &import).await,
        wrong(&[(2, "external_id", "long_number"), (3, "parent_id", "long_number")])
    );
    let rows = [
        header(&LINE),
        vec![n("1234567890123456"), d("2026-01-05"), n("20260105123456789"), t("KP-1"), n("1"), n("5")],
        vec![n("100001"), d("2026-01-05"), t("K-1"), t("KP-1"), n("1"), n("123456789012.3456")],
        vec![n("123456789012345"), d("2026-01-05"), t("K-1"), t("KP-1"), n("1"), n("5")],
    ];
    let import = send(&admin, "kind=sales_lines", XLSX, workbook(&rows)).await;
    assert_eq!(counts(&import), [2, 0, 0, 1]);
    assert_eq!(
        said(&admin, &import).await,
        wrong(&[(2, "external_id", "long_number"), (2, "customer_id", "long_number")])
    );
    assert_eq!(
        listed(&admin, "/v1/sales-lines", &["net"]).await,
        [json!(["100001", "123456789012.3456"]), json!(["123456789012345", "5.0000"])]
    );
}

#[actix_web::test]
async fn a_truth_value_is_no_text_and_nothing_in_a_mapping_that_says_so() {
    let (_app, admin) = seller().await;
    if let Some(file) = case("13-odoo-false.xlsx") {
        let import = send(&admin, "kind=customers&mapping=odoo_partner", XLSX, file).await;
        assert_eq!((counts(&import), said(&admin, &import).await), ([3, 0, 0, 0], vec![]));
        let fields = ["name", "city", "country", "tags", "owner_id", "parent_id"];
        let none = Value::Null;
        assert_eq!(
            listed(&admin, "/v1/customers", &fields).await[1..],
            [
                json!(["__export__.res_partner_7", "Falschfrei GmbH", "Kiel", none, [], none, none]),
                json!(["__export__.res_partner_8", "Ortlos GmbH", none, "Germany", [], none, none]),
                json!(["__export__.res_partner_9", "Textfalsch GmbH", none, "Germany", [], none, none]),
            ]
        );
    }
    // Siblings: without a mapping each is refused, of JSON too; what is yes or no takes it, what is a text does not.
    let rows = [
        header(&["external_id", "name", "city", "salesperson_id", "tags", "currency", "employees"]),
        vec![b(true), b(false), b(false), b(true), b(true), b(false), b(true)],
    ];
    let import = send(&admin, "kind=customers", XLSX, workbook(&rows)).await;
    let mut faults = said(&admin, &import).await;
    faults.sort();
    let flag = |column| (2, column, "flag_in_text");
    let expected = ["city", "currency"].map(flag).into_iter().chain([(2, "employees", "invalid_integer")]);
    let expected: Vec<_> = expected.chain(["external_id", "name", "salesperson_id", "tags"].map(flag)).collect();
    assert_eq!(faults, wrong(&expected));
    let lines =
        "{\"external_id\":\"B-1\",\"name\":true}\n{\"external_id\":\"B-2\",\"name\":\"Two\",\"region\":false}\n";
    let import = send(&admin, "kind=customers", NDJSON, lines).await;
    assert_eq!(said(&admin, &import).await, wrong(&[(1, "name", "flag_in_text"), (2, "region", "flag_in_text")]));
    admin.define(&[("iso", "yes_no"), ("note", "text")]).await;
    let rows = [
        header(&["external_id", "name", "attributes.iso", "attributes.note"]),
        vec![t("B-3"), t("Three"), b(true), t("fine")],
        vec![t("B-4"), t("Four"), b(false), b(true)],
    ];
    let import = send(&admin, "kind=customers", XLSX, workbook(&rows)).await;
    assert_eq!(
        (counts(&import), said(&admin, &import).await),
        ([1, 0, 0, 1], wrong(&[(3, "attributes.note", "type")]))
    );
    let three = admin.get("/v1/customers?external_id=B-3").await.expect(200);
    assert_eq!(three["items"][0]["attributes"], json!({"iso": true, "note": "fine"}));
}

#[actix_web::test]
async fn every_error_cell_of_a_row_is_told_with_all_else_that_is_wrong() {
    let (_app, admin) = seller().await;
    if let (Some(errors), Some(two)) = (case("02-error-cells.xlsx"), case("28-two-bad.xlsx")) {
        let import = send(&admin, "kind=customers", XLSX, errors).await;
        assert_eq!(counts(&import), [0, 0, 0, 4]);
        let error = |line, column| (line, column, "cell_error");
        assert_eq!(
            said(&admin, &import).await,
            wrong(&[
                error(2, "industry"),
                error(3, "region"),
                error(3, "credit_limit"),
                error(4, "external_id"),
                error(4, "name"),
                error(5, "external_id"),
            ])
        );
        let import = send(&admin, "kind=customers", XLSX, two).await;
        assert_eq!(counts(&import), [0, 0, 0, 2]);
        let mut found = said(&admin, &import).await;
        found.sort();
        assert_eq!(
            found,
            wrong(&[
                error(2, "credit_limit"),
                (2, "employees", "invalid_integer"),
                error(3, "credit_limit"),
                error(3, "employees"),
            ])
        );
    }
    if let Some(file) = case("28-two-bad.csv") {
        let import = send(&admin, "kind=customers", CSV, file).await;
        let mut found = said(&admin, &import).await;
        found.sort();
        assert_eq!(found, wrong(&[(2, "credit_limit", "invalid_decimal"), (2, "employees", "invalid_integer")]));
    }
    // Siblings: every kind of error, in required columns, in attributes, in columns of a mapping, in ones it passes over.
    let rows = [
        header(&LINE),
        vec![e("#NULL!"), e("#N/A"), e("#NAME?"), e("#REF!"), e("#DIV/0!"), e("#VALUE!")],
        vec![t("E-2"), e("#NUM!"), t("K-1"), t("KP-1"), t("one"), n("5")],
    ];
    let import = send(&admin, "kind=sales_lines", XLSX, workbook(&rows)).await;
    let first = LINE.map(|column| (2, column, "cell_error"));
    let second = [(3, "order_date", "cell_error"), (3, "quantity", "invalid_decimal")];
    assert_eq!(said(&admin, &import).await, wrong(&[&first[..], &second].concat()));
    admin.define(&[("note", "text")]).await;
    let rows = [
        header(&["external_id", "name", "attributes.note", "external_id.erp"]),
        vec![t("E-3"), t("Three"), e("#N/A"), e("#REF!")],
    ];
    let import = send(&admin, "kind=customers", XLSX, workbook(&rows)).await;
    let mut found = said(&admin, &import).await;
    found.sort();
    assert_eq!(found, wrong(&[(2, "attributes.note", "cell_error"), (2, "external_id.erp", "cell_error")]));
    let mapping = json!({
        "name": {"en": "x", "zh": "x"}, "kind": "customers", "unmapped": "ignore",
        "columns": [
            {"target": "external_id", "sources": ["Nr"]}, {"target": "name", "sources": ["Firma"]},
            {"target": "annual_revenue", "sources": ["Umsatz"], "decimal_comma": true},
            {"target": "stage", "sources": ["Art"], "values": [{"from": "#N/A", "to": "active"}]},
        ],
    });
    admin.put("/v1/import-mappings/x", &mapping).await.expect(201);
    let rows = [
        header(&["Nr", "Firma", "Umsatz", "Art", "Rest"]),
        vec![t("E-4"), t("Four"), e("#DIV/0!"), e("#N/A"), n("1")],
        vec![t("E-5"), t("Five"), n("1234.5"), t("active"), e("#REF!")],
    ];
    let import = send(&admin, "kind=customers&mapping=x", XLSX, workbook(&rows)).await;
    // What a mapping names is no error: here nobody is asked for what stands in the last column.
    assert_eq!(counts(&import), [1, 0, 0, 1]);
    assert_eq!(said(&admin, &import).await, wrong(&[(2, "Umsatz", "cell_error")]));
    // The same saved as CSV, where an error is a text.
    let file = "external_id,name,city,employees,attributes.note\nE-6,Six,#N/A,#REF!,#VALUE!\n#NAME?,Seven,#1,,\n";
    let import = send(&admin, "kind=customers", CSV, file).await;
    let mut found = said(&admin, &import).await;
    found.sort();
    let errors = ["attributes.note", "city", "employees"].map(|column| (2, column, "cell_error"));
    assert_eq!(found, wrong(&[&errors[..], &[(3, "external_id", "cell_error")]].concat()));
}

#[actix_web::test]
async fn midnight_is_the_day_in_every_spelling_and_other_times_are_told_or_mapped() {
    let (_app, admin) = seller().await;
    if let (Some(strict), Some(times)) = (case("06-strict.xlsx"), case("31-datetime-cells.xlsx")) {
        let import = send(&admin, "kind=sales_lines", XLSX, strict).await;
        assert_eq!((counts(&import), said(&admin, &import).await), ([2, 0, 0, 0], vec![]));
        let import = send(&admin, "kind=sales_lines", XLSX, times.clone()).await;
        assert_eq!(counts(&import), [2, 0, 0, 2]);
        let time = |line| (line, "order_date", "invalid_date");
        assert_eq!(said(&admin, &import).await, wrong(&[time(2), time(4)]));
        let own = LINE.iter().map(|column| match *column {
            "order_date" => {
                json!({"target": column, "sources": [column], "date_formats": ["%Y-%m-%d %H:%M:%S"]})
            }
            column => json!({"target": column, "sources": [column]}),
        });
        let mapping =
            json!({"name": {"en": "t", "zh": "t"}, "kind": "sales_lines", "columns": own.collect::<Vec<_>>()});
        admin.put("/v1/import-mappings/times", &mapping).await.expect(201);
        let import = send(&admin, "kind=sales_lines&mapping=times", XLSX, times).await;
        assert_eq!((counts(&import), said(&admin, &import).await), ([2, 0, 2, 0], vec![]));
        let days = listed(&admin, "/v1/sales-lines", &["day"]).await;
        let day = |id: &str, day: &str| json!([id, day]);
        assert_eq!(
            days,
            [
                day("DT-1", "2026-01-01"),
                day("DT-2", "2026-01-01"),
                day("DT-3", "2026-01-01"),
                day("DT-4", "2026-01-01"),
                day("S1-1", "2026-01-15"),
                day("S1-2", "2026-01-16"),
            ]
        );
    }
    // Siblings: other spellings of midnight, in cells and texts; a column of times keeps the time; an id is no date.
    let line = |id: &str, day: String| vec![t(id), day, t("K-1"), t("KP-1"), n("1"), n("5"), n("1")];
    let mut columns = header(&LINE);
    columns.push(t("cost_amount"));
    let rows = [
        columns,
        line("M-1", d("2026-02-01T00:00:00.000")),
        line("M-2", d("2026-02-01T00:00:00Z")),
        line("M-3", t("2026-02-01T00:00:00+01:00")),
        line("M-4", d("2026-02-01T00:00:01")),
        vec![d("2026-03-04"), d("2026-02-01"), t("K-1"), t("KP-1"), n("1"), n("5"), n("1")],
    ];
    let import = send(&admin, "kind=sales_lines", XLSX, workbook(&rows)).await;
    assert_eq!(counts(&import), [3, 0, 0, 2]);
    assert_eq!(
        said(&admin, &import).await,
        wrong(&[(5, "order_date", "invalid_date"), (6, "external_id", "date_in_text")])
    );
    let rows = [
        header(&["external_id", "name", "first_seen", "observed_at"]),
        vec![t("K-1"), t("Kunde 1"), d("2020-02-29"), d("2026-05-06T09:30:00")],
        vec![t("K-1"), t("Kunde 0"), d("2020-02-28"), d("2026-05-06")],
    ];
    let import = send(&admin, "kind=customers", XLSX, workbook(&rows)).await;
    assert_eq!((counts(&import)[3], said(&admin, &import).await), (0, vec![]));
    // The second was observed earlier, at midnight: it does not hide the first.
    let customer = &listed(&admin, "/v1/customers", &["first_seen"]).await[0];
    assert_eq!(customer, &json!(["K-1", "2020-02-29"]));
}

#[actix_web::test]
async fn forms_of_days_take_years_of_their_own_digits() {
    let (_app, admin) = seller().await;
    let mapping = case("mapping-two-years.json").map_or_else(
        || {
            json!({"name": {"en": "Years", "zh": "年份"}, "kind": "customers", "columns": [
                {"target": "external_id", "sources": ["Nr"]}, {"target": "name", "sources": ["Name"]},
                {"target": "first_seen", "sources": ["Since"], "date_formats": ["%d.%m.%Y", "%d.%m.%y"]}]})
        },
        |json| serde_json::from_slice(&json).unwrap(),
    );
    admin.put("/v1/import-mappings/years", &mapping).await.expect(201);
    if let Some(file) = case("26-year-formats.csv") {
        let import = send(&admin, "kind=customers&mapping=years", CSV, file).await;
        assert_eq!((counts(&import), said(&admin, &import).await), ([3, 0, 0, 0], vec![]));
        assert_eq!(
            listed(&admin, "/v1/customers", &["first_seen"]).await[1..],
            [json!(["YF-1", "2058-03-15"]), json!(["YF-2", "2024-03-15"]), json!(["YF-3", "2024-03-15"])]
        );
    }
    // Siblings: where the pivot lies, three digits, one digit, and the order of the forms.
    let file = "Nr;Name;Since\nP-1;a;15.03.68\nP-2;b;15.03.69\nP-3;c;15.03.202\nP-4;d;15.03.5\nP-5;e;15.03.1969\n";
    let import = send(&admin, "kind=customers&mapping=years", CSV, file).await;
    assert_eq!(counts(&import), [3, 0, 0, 2]);
    assert_eq!(said(&admin, &import).await, wrong(&[(4, "Since", "invalid_date"), (5, "Since", "invalid_date")]));
    let days = listed(&admin, "/v1/customers", &["first_seen"]).await;
    for day in [["P-1", "2068-03-15"], ["P-2", "1969-03-15"], ["P-5", "1969-03-15"]] {
        assert!(days.contains(&json!(day)), "{day:?} of {days:?}");
    }
    let mut turned = mapping;
    turned["columns"][2]["date_formats"] = json!(["%m/%d/%Y", "%d/%m/%Y", "%y%m%d", "%Y%m%d"]);
    admin.put("/v1/import-mappings/turned", &turned).await.expect(201);
    let file = "Nr;Name;Since\nT-1;a;02/03/2024\nT-2;b;13/03/2024\nT-3;c;240315\nT-4;d;20240315\n";
    let import = send(&admin, "kind=customers&mapping=turned", CSV, file).await;
    assert_eq!((counts(&import), said(&admin, &import).await), ([4, 0, 0, 0], vec![]));
    let days = listed(&admin, "/v1/customers", &["first_seen"]).await;
    for day in [["T-1", "2024-02-03"], ["T-2", "2024-03-13"], ["T-3", "2024-03-15"], ["T-4", "2024-03-15"]] {
        assert!(days.contains(&json!(day)), "{day:?} of {days:?}");
    }
}

#[actix_web::test]
async fn two_spellings_of_one_id_are_one_customer() {
    let (_app, admin) = seller().await;
    let query = "kind=customers&mapping=salesforce_account";
    let long =
        "Account ID,Account Name,Parent Account ID\n001D0000000IRFMIA4,Nordwind,\n001d0000000irfmAAA,Other case,\n";
    assert_eq!(counts(&send(&admin, query, CSV, long).await), [2, 0, 0, 0]);
    let short = "Account ID,Account Name,Parent Account ID\n001D0000000IRFM,Nordwind,\n001d0000000irfm,Other case,001D0000000IRFM\n";
    let import = send(&admin, query, CSV, short).await;
    assert_eq!((counts(&import), said(&admin, &import).await), ([0, 1, 1, 0], vec![]));
    let customers = admin.get("/v1/customers?limit=500").await.expect(200);
    let by_name =
        |name: &str| customers["items"].as_array().unwrap().iter().find(|c| c["name"] == name).unwrap().clone();
    assert_eq!(by_name("Other case")["parent_id"], by_name("Nordwind")["id"]);
    // Damaged on its way, as by a look-up that ignores case.
    let damaged = "Id,Name\n001D0000000IRFMIA5,x\n001D0000000IRFMAAA,y\n001A,short ids stay\n";
    let import = send(&admin, query, CSV, damaged).await;
    assert_eq!(counts(&import), [1, 0, 0, 2]);
    assert_eq!(said(&admin, &import).await, wrong(&[(2, "Id", "damaged_id"), (3, "Id", "damaged_id")]));

    // Siblings: owners of Salesforce, record ids of HubSpot that a program wrote with places, and a mapping of one's own.
    admin.put("/v1/salespeople/by-external-id/005D0000001yhTZIAY", &json!({"name": "Li Na"})).await.expect(201);
    let owned = "Id,Name,OwnerId\n001D0000000IRFM,Nordwind,005D0000001yhTZ\n";
    let import = send(&admin, query, CSV, owned).await;
    assert_eq!((counts(&import), said(&admin, &import).await), ([0, 1, 0, 0], vec![]));
    let hubspot =
        "Record ID,Company name,Parent Company\n9876543210,Helio,\n9876543210.0,Helio,\n9876543211,Iris,9876543210.0\n";
    let import = send(&admin, "kind=customers&mapping=hubspot_company", CSV, hubspot).await;
    assert_eq!((counts(&import), said(&admin, &import).await), ([2, 0, 1, 0], vec![]));
    let mapping = json!({
        "name": {"en": "Orders", "zh": "订单"}, "kind": "sales_lines", "system": "salesforce",
        "columns": [
            {"target": "external_id", "sources": ["No"]}, {"target": "order_date", "sources": ["Day"]},
            {"target": "customer_id", "sources": ["Account"], "id_form": "salesforce"},
            {"target": "product_id", "sources": ["Product"]}, {"target": "quantity", "constant": "1"},
            {"target": "net_amount", "sources": ["Net"]}],
    });
    admin.put("/v1/import-mappings/orders", &mapping).await.expect(201);
    let lines =
        "No,Day,Account,Product,Net\nO-1,2026-01-05,001D0000000IRFM,KP-1,5\nO-2,2026-01-05,001D0000000IRFMIA4,KP-1,5\n";
    let import = send(&admin, "kind=sales_lines&mapping=orders", CSV, lines).await;
    assert_eq!((counts(&import), said(&admin, &import).await), ([2, 0, 0, 0], vec![]));
    let sold = listed(&admin, "/v1/sales-lines", &["customer_id"]).await;
    assert_eq!(sold[0][1], sold[1][1]);
}
