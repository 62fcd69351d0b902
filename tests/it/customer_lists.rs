//! Lists of customers as dashboards ask for them: filters, search, counts, facets; and how well dossiers are kept.

use std::collections::BTreeSet;

use fenji::dossiers::{NameQuery, grams};
use fenji::tenancy::{Actor, Role};
use fenji::values::TenantId;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use sqlx::Row;

use crate::support::{Client, TestApp, label, plain, problems, spawn_app};

async fn admin() -> (TestApp, TenantId, Client) {
    let app = spawn_app().await;
    let tenant = app.tenant("acme").await;
    let admin = app.client(tenant, Role::Admin);
    (app, tenant, admin)
}

/// The address of a list of customers.
fn address(query: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query.iter().copied()).finish();
    format!("/v1/customers?{query}")
}

/// The external ids that a list holds, in its order.
async fn found(client: &Client, query: &[(&str, &str)]) -> Vec<String> {
    ids(&client.get(&address(query)).await.expect(200))
}

fn ids(list: &Value) -> Vec<String> {
    list["items"].as_array().unwrap().iter().map(|item| item["external_id"].as_str().unwrap().to_owned()).collect()
}

const NAMES: [(&str, &str); 10] = [
    ("nord", "Nordwind Pumpen GmbH"),
    ("sued", "Südwind Kessel GmbH"),
    ("pump", "Pumpen AG"),
    ("muel", "Müller & Söhne KG"),
    ("shan", "上海华东轴承有限公司"),
    ("hua", "华东电机厂"),
    ("bei", "北京泵业有限公司"),
    ("abb", "ABB"),
    ("half", "50%_Pumps"),
    ("C-10042", "Kowalski Łódź"),
];

async fn named(admin: &Client) {
    let items: Vec<Value> = NAMES.iter().map(|(id, name)| json!({"external_id": id, "name": name})).collect();
    admin.batch("/v1/customers:batch?system=crm", &json!(items)).await;
}

#[actix_web::test]
async fn names_are_found_misspelt_in_part_and_in_any_script() {
    let (_app, _, admin) = admin().await;
    named(&admin).await;
    for (q, expected) in [
        ("Nordwnd Pumpen", vec!["nord"]),
        ("pumpen", vec!["pump", "nord", "half"]),
        ("nordwind", vec!["nord"]),
        ("华东 轴承", vec!["shan", "hua"]),
        ("轴承", vec!["shan"]),
        ("承", vec!["shan"]),
        ("北京泵业有限公司", vec!["bei"]),
        ("muller", vec!["muel"]),
        ("MÜLLER", vec!["muel"]),
        ("lodz", vec!["C-10042"]),
        ("ａｂｂ", vec!["abb"]),
        ("c-100", vec!["C-10042"]),
        ("C-10042", vec!["C-10042"]),
        ("c-", vec![]),
        ("%_", vec![]),
        ("zzz", vec![]),
    ] {
        assert_eq!(found(&admin, &[("q", q)]).await, expected, "{q}");
    }
    // A blank text asks nothing; an order that is asked for goes before the best first.
    assert_eq!(found(&admin, &[("q", " ")]).await.len(), NAMES.len());
    assert_eq!(found(&admin, &[("q", "pumpen"), ("sort", "-external_id")]).await, ["pump", "nord", "half"]);
    assert_eq!(found(&admin, &[("q", "pumpen"), ("stage", "prospect")]).await, [""; 0]);
    let graph = "{ customers(filter: {q: \"Nordwnd Pumpen\"}) { totalCount nodes { externalId } } }";
    let graph = admin.data(graph, json!({})).await["customers"].take();
    assert_eq!(graph, json!({"totalCount": 1, "nodes": [{"externalId": "nord"}]}));
    let long = "x".repeat(201);
    assert_eq!(
        problems(&admin.get(&address(&[("q", long.as_str())])).await.expect(422)["errors"]),
        [("/q", "too_long")]
    );
}

#[actix_web::test]
async fn the_database_counts_what_the_pure_function_counts() {
    let (app, tenant, admin) = admin().await;
    named(&admin).await;
    let mut superuser = app.database.superuser().await;
    for query in ["Nordwnd Pumpen", "华东 轴承", "Müller GmbH", "pump", "有限公司", "a", "50 pumps", "kowalsky"]
    {
        let asked = NameQuery::new(query);
        let counted = sqlx::query(
            "select c.name, count(g.gram) as shared from customers c
             left join customer_name_grams g on g.tenant_id = c.tenant_id and g.customer_id = c.id and g.gram = any($2)
             where c.tenant_id = $1 group by c.id, c.name",
        )
        .bind(tenant.0)
        .bind(&asked.grams)
        .fetch_all(&mut superuser)
        .await
        .unwrap();
        let mut expected = BTreeSet::new();
        for row in counted {
            let (name, shared): (String, i64) = (row.get("name"), row.get("shared"));
            let share = (Decimal::from(shared) / Decimal::from(asked.grams.len())).round_dp(6);
            match asked.similarity(&name) {
                Some(similarity) => {
                    assert_eq!(similarity.normalize(), share.normalize(), "{query} in {name}");
                    expected.insert(NAMES.iter().find(|(_, known)| *known == name).unwrap().0.to_owned());
                }
                None => assert!(shared < i64::try_from(asked.needed()).unwrap(), "{query} in {name}"),
            }
        }
        let found: BTreeSet<String> = found(&admin, &[("q", query)]).await.into_iter().collect();
        assert_eq!(found, expected, "{query}");
    }
}

#[actix_web::test]
async fn a_new_name_is_found_and_the_old_one_no_longer() {
    let (app, tenant, admin) = admin().await;
    let path = "/v1/customers/by-external-id/crm/C-1";
    admin.put(path, &json!({"name": "Nordwind Pumpen GmbH", "city": "Kiel"})).await.expect(201);
    admin.put(path, &json!({"city": "Ulm"})).await.expect(200);
    let stored = async |name: &str| {
        let mut superuser = app.database.superuser().await;
        let stored: Vec<String> =
            sqlx::query_scalar("select gram from customer_name_grams where tenant_id = $1 order by gram")
                .bind(tenant.0)
                .fetch_all(&mut superuser)
                .await
                .unwrap();
        assert_eq!(stored, grams(name));
    };
    stored("Nordwind Pumpen GmbH").await;
    admin.put(path, &json!({"name": "Südwind Kessel GmbH"})).await.expect(200);
    stored("Südwind Kessel GmbH").await;
    assert_eq!(found(&admin, &[("q", "nordwind pumpen")]).await, [""; 0]);
    assert_eq!(found(&admin, &[("q", "sudwind")]).await, ["C-1"]);
    let items = json!([{"external_id": "C-1", "name": "Eisenwerk"}, {"external_id": "C-1", "name": "Stahlwerk"}]);
    admin.batch("/v1/customers:batch?system=crm", &items).await;
    stored("Stahlwerk").await;
}

#[actix_web::test]
async fn pages_of_a_search_are_its_whole_list() {
    let (_app, _, admin) = admin().await;
    let items: Vec<Value> = (0..23)
        .map(|n| json!({"external_id": n.to_string(), "name": format!("{} Pumpen {}", ["Nord", "Süd", "West"][n % 3], "x".repeat(n % 5))}))
        .collect();
    admin.batch("/v1/customers:batch", &json!(items)).await;
    let whole = found(&admin, &[("q", "nord pumpen"), ("limit", "500")]).await;
    assert_eq!(whole.len(), 23);
    assert!(whole[..8].iter().all(|id| id.parse::<usize>().unwrap() % 3 == 0), "{whole:?}");
    let (mut pages, mut path) = (Vec::new(), "/v1/customers?q=nord%20pumpen&limit=4&count=true".to_owned());
    loop {
        let list = admin.get(&path).await.expect(200);
        assert_eq!(list["total_count"], 23);
        pages.extend(ids(&list));
        let Some(cursor) = list["next_cursor"].as_str() else { break };
        path = format!("/v1/customers?q=nord%20pumpen&limit=4&count=true&cursor={cursor}");
    }
    assert_eq!(pages, whole);
    let query = "query($before: String) { customers(last: 5, before: $before, filter: {q: \"nord pumpen\"}) { nodes { externalId } pageInfo { startCursor hasPreviousPage } } }";
    let last = admin.data(query, json!({})).await["customers"].take();
    let before = admin.data(query, json!({"before": last["pageInfo"]["startCursor"]})).await["customers"].take();
    let backwards: Vec<&str> = [&before, &last]
        .iter()
        .flat_map(|p| p["nodes"].as_array().unwrap())
        .map(|n| n["externalId"].as_str().unwrap())
        .collect();
    assert_eq!(backwards, whole[13..]);
}

/// Row level security keeps an index from operators that are not leakproof; the search must not depend on such.
#[actix_web::test]
async fn the_search_goes_by_the_index_under_the_policies() {
    let (app, tenant, admin) = admin().await;
    named(&admin).await;
    let actor = Actor::with_role("test", tenant, Role::Admin, "test");
    let plan = app.state.db.read(&actor, async |tx| {
        let mut conn = tx.conn().await?;
        sqlx::query("set local enable_seqscan = off").execute(&mut *conn).await?;
        let sql = "explain select customer_id from customer_name_grams where tenant_id = $1 and gram = any($2)";
        let lines: Vec<String> = sqlx::query_scalar(sql)
            .bind(tenant.0)
            .bind(grams("pumpen"))
            .persistent(false)
            .fetch_all(&mut *conn)
            .await?;
        Ok(lines.join("\n"))
    });
    let plan = plan.await.unwrap();
    let condition = plan.lines().find(|line| line.contains("Index Cond")).unwrap_or_default();
    assert!(condition.contains("gram = ANY"), "{plan}");
}

/// Four customers who differ in everything that can be filtered.
async fn varied(admin: &Client) -> String {
    let person = admin.put("/v1/salespeople/by-external-id/S1", &json!({"name": "Li Na"})).await.expect(201);
    let choice = |value: &str| json!({"value": value, "label": label(value)});
    let definitions = json!([
        {"code": "square_feet", "label": label("x"), "type": "number"},
        {"code": "budget", "label": label("x"), "type": "money", "unit": "EUR"},
        {"code": "process", "label": label("x"), "type": "choice", "choices": [choice("casting"), choice("milling")]},
        {"code": "iso", "label": label("x"), "type": "yes_no"},
        {"code": "audited", "label": label("x"), "type": "date"},
        {"code": "note", "label": label("x"), "type": "text"},
    ]);
    admin.batch("/v1/attribute-definitions:batch", &definitions).await;
    let items = json!([
        {"external_id": "1", "name": "A", "territory": "North", "industry": "pumps", "tags": ["key", "old"], "country": "DE",
         "owner_external_id": "S1", "attributes": {"square_feet": "9", "process": "casting", "iso": true, "audited": "2013-01-31"}},
        {"external_id": "2", "name": "B", "territory": "North", "industry": "valves", "tags": ["old"], "stage": "prospect", "country": "CN",
         "attributes": {"square_feet": "10000", "budget": "250.5", "process": "milling", "iso": false, "note": "a:b"}},
        {"external_id": "3", "name": "C", "territory": "South", "industry": "pumps", "tags": ["key"], "stage": "lost",
         "attributes": {"square_feet": "-5.5", "audited": "2014-01-01"}},
        {"external_id": "4", "name": "D", "stage": "dormant"},
    ]);
    admin.batch("/v1/customers:batch", &items).await;
    person["id"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn every_filter_finds_its_customers_through_both_faces() {
    let (_app, _, admin) = admin().await;
    let owner = varied(&admin).await;
    let graph = async |filter: &str| {
        let query = format!("{{ customers(filter: {{{filter}}}) {{ nodes {{ externalId }} }} }}");
        let data = admin.data(&query, json!({})).await;
        let nodes = data["customers"]["nodes"].as_array().unwrap().clone();
        nodes.iter().map(|n| n["externalId"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for (rest, filter, expected) in [
        ("stage=active&stage=prospect", "stage: [ACTIVE, PROSPECT]", vec!["1", "2"]),
        ("stage=lost", "stage: LOST", vec!["3"]),
        ("industry=pumps&industry=valves", "industry: [\"pumps\", \"valves\"]", vec!["1", "2", "3"]),
        ("territory=North&industry=pumps", "territory: \"North\", industry: \"pumps\"", vec!["1"]),
        ("country=CN&country=DE", "country: [\"CN\", \"DE\"]", vec!["1", "2"]),
        ("tag=key&tag=old", "tag: [\"key\", \"old\"]", vec!["1"]),
        ("any_tag=key&any_tag=old", "anyTag: [\"key\", \"old\"]", vec!["1", "2", "3"]),
        ("external_id=4", "externalId: \"4\"", vec!["4"]),
        (&format!("owner_id={owner}"), &format!("ownerId: \"{owner}\""), vec!["1"]),
        (
            "attribute=square_feet:gte:10000",
            "attribute: {code: \"square_feet\", op: GTE, values: \"10000\"}",
            vec!["2"],
        ),
        ("attribute=square_feet:lt:10", "attribute: {code: \"square_feet\", op: LT, values: \"10\"}", vec!["1", "3"]),
        (
            "attribute=square_feet:gt:-5.50&attribute=iso:eq:yes",
            "attribute: [{code: \"square_feet\", op: GT, values: \"-5.50\"}, {code: \"iso\", op: EQ, values: \"true\"}]",
            vec!["1"],
        ),
        ("attribute=budget:lte:250.5000", "attribute: {code: \"budget\", op: LTE, values: \"250.5\"}", vec!["2"]),
        (
            "attribute=process:in:casting,milling",
            "attribute: {code: \"process\", op: IN, values: [\"casting\", \"milling\"]}",
            vec!["1", "2"],
        ),
        ("attribute=process:ne:casting", "attribute: {code: \"process\", op: NE, values: \"casting\"}", vec!["2"]),
        ("attribute=process:missing", "attribute: {code: \"process\", op: MISSING}", vec!["3", "4"]),
        (
            "attribute=process:missing:false",
            "attribute: {code: \"process\", op: MISSING, values: \"false\"}",
            vec!["1", "2"],
        ),
        (
            "attribute=audited:lt:2014-01-01",
            "attribute: {code: \"audited\", op: LT, values: \"2014-01-01\"}",
            vec!["1"],
        ),
        (
            "attribute=audited:gte:2013-01-31",
            "attribute: {code: \"audited\", op: GTE, values: \"2013-01-31\"}",
            vec!["1", "3"],
        ),
        ("attribute=note:eq:a:b", "attribute: {code: \"note\", op: EQ, values: \"a:b\"}", vec!["2"]),
    ] {
        let list = admin.get(&format!("/v1/customers?{rest}&count=true")).await.expect(200);
        assert_eq!(ids(&list), expected, "{rest}");
        assert_eq!(list["total_count"], expected.len(), "{rest}");
        assert_eq!(graph(filter).await, expected, "{filter}");
        let facets = admin.get(&format!("/v1/customers/facets?{rest}")).await.expect(200);
        assert_eq!(facets["total_count"], expected.len(), "{rest}");
    }
    let plain = admin.get("/v1/customers").await.expect(200);
    assert!(plain.get("total_count").is_none(), "{plain}");
}

#[actix_web::test]
async fn what_a_filter_cannot_mean_is_refused_and_named() {
    let (_app, _, admin) = admin().await;
    varied(&admin).await;
    for (query, expected) in [
        ("attribute=colour:eq:red", vec![("/attribute/0", "unknown_attribute")]),
        (
            "attribute=square_feet:gte:10&attribute=square_feet:like:1&attribute=x",
            vec![("/attribute/1", "comparison"), ("/attribute/2", "comparison")],
        ),
        (
            "attribute=square_feet:gte:many&attribute=note:lt:a",
            vec![("/attribute/0", "type"), ("/attribute/1", "comparison")],
        ),
        (
            "completeness_below=2&freshness_from=-1",
            vec![("/completeness_below", "range"), ("/freshness_from", "range")],
        ),
        ("as_of=2014-01-10&freshness_below=1", vec![("/as_of", "contradiction")]),
    ] {
        for path in ["/v1/customers", "/v1/customers/facets"] {
            let refused = admin.get(&format!("{path}?{query}")).await.expect(422);
            assert_eq!(problems(&refused["errors"]), expected, "{path}?{query}");
        }
    }
    for query in ["colour=red", "limit=1&limit=2", "stage=new", "q=a&q=b", "count=perhaps"] {
        assert_eq!(admin.get(&format!("/v1/customers?{query}")).await.expect(400)["code"], "bad_request", "{query}");
    }
    admin.get("/v1/customers/facets?sort=name").await.expect(400);
    let graph = admin
        .graphql(
            "{ customers(filter: {attribute: {code: \"colour\", op: EQ, values: \"red\"}}) { totalCount } }",
            json!({}),
        )
        .await;
    assert_eq!(graph.json()["errors"][0]["extensions"]["code"], "invalid_input");
}

#[actix_web::test]
async fn facets_count_what_customers_have_in_common() {
    let (app, tenant, admin) = admin().await;
    let owner = varied(&admin).await;
    let count = |value: Value, count: i64| json!({"value": value, "count": count});
    let expected = json!({
        "total_count": 4,
        "stages": [{"stage": "active", "count": 1}, {"stage": "dormant", "count": 1}, {"stage": "lost", "count": 1}, {"stage": "prospect", "count": 1}],
        "industries": [count(json!("pumps"), 2), count(json!("valves"), 1), count(Value::Null, 1)],
        "territories": [count(json!("North"), 2), count(json!("South"), 1), count(Value::Null, 1)],
        "owners": [{"owner_id": null, "name": null, "count": 3}, {"owner_id": owner, "name": "Li Na", "count": 1}],
        "tags": [count(json!("key"), 2), count(json!("old"), 2)],
    });
    assert_eq!(admin.get("/v1/customers/facets").await.expect(200), expected);
    let query = "{ customerFacets(filter: {territory: \"North\"}) { totalCount stages { stage count } industries { value count } owners { ownerId name count } tags { value count } } }";
    let mut graph = admin.data(query, json!({})).await["customerFacets"].take();
    // As many of each: which comes first is no matter here.
    graph["owners"].as_array_mut().unwrap().sort_by_key(|entry| entry["name"].is_null());
    let named = graph["owners"].as_array().unwrap().iter().position(|entry| entry["name"] == "Li Na").unwrap();
    assert_eq!(plain(&graph["owners"][named]["ownerId"].take()), owner);
    let expected = json!({
        "totalCount": 2,
        "stages": [{"stage": "ACTIVE", "count": 1}, {"stage": "PROSPECT", "count": 1}],
        "industries": [{"value": "pumps", "count": 1}, {"value": "valves", "count": 1}],
        "owners": [{"ownerId": null, "name": "Li Na", "count": 1}, {"ownerId": null, "name": null, "count": 1}],
        "tags": [{"value": "old", "count": 2}, {"value": "key", "count": 1}],
    });
    assert_eq!(graph, expected);
    let nobody = admin.get("/v1/customers/facets?industry=none").await.expect(200);
    assert_eq!((&nobody["total_count"], &nobody["stages"], &nobody["tags"]), (&json!(0), &json!([]), &json!([])));
    // A salesperson counts own customers alone.
    let own = app.salesperson(tenant, owner.parse().unwrap()).get("/v1/customers/facets").await.expect(200);
    assert_eq!((&own["total_count"], &own["owners"][0]["name"]), (&json!(1), &json!("Li Na")));
    let list = app.salesperson(tenant, owner.parse().unwrap()).get("/v1/customers?q=B&count=true").await.expect(200);
    assert_eq!((&list["total_count"], &list["items"]), (&json!(0), &json!([])));
}

#[actix_web::test]
async fn a_dossier_says_what_it_lacks_and_what_is_stale() {
    let (_app, _, admin) = admin().await;
    let definitions = json!([
        {"code": "machines", "label": label("x"), "type": "number", "required": true, "freshness_days": 30},
        {"code": "iso", "label": label("x"), "type": "yes_no", "required": true},
        {"code": "note", "label": label("x"), "type": "text", "freshness_days": 1},
    ]);
    admin.batch("/v1/attribute-definitions:batch", &definitions).await;
    // The clock stands at 2014-01-15: a field is fresh since 2013-01-15, machines since 2013-12-16, iso for ever.
    let said = |id: &str, observed_at: &str, fields: Value| {
        let mut item = json!({"external_id": id, "name": id, "observed_at": observed_at});
        item.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        item
    };
    let old = json!({"industry": "pumps", "city": "Kiel", "attributes": {"machines": 3, "iso": true, "note": "x"}});
    let items = json!([
        said("old", "2013-01-14T23:59:59Z", old.clone()),
        said("just", "2013-01-15T00:00:00Z", old.clone()),
        said("new", "2013-12-16T00:00:00Z", old),
        said("bare", "2014-01-15T00:00:00Z", json!({"industry": " "})),
    ]);
    admin.batch("/v1/customers:batch?system=crm", &items).await;
    let upkeep = async |id: &str, query: &str| {
        let list = admin.get(&format!("/v1/customers?external_id={id}")).await.expect(200);
        let id = list["items"][0]["id"].as_str().unwrap().to_owned();
        admin.get(&format!("/v1/customers/{id}/upkeep{query}")).await.expect(200)
    };
    let missing =
        json!(["territory", "country", "owner_id", "employees", "annual_revenue", "currency", "credit_limit"]);
    // 4 of 11 facts are known.
    let old = upkeep("old", "").await;
    assert_eq!(
        (&old["as_of"], &old["completeness"], &old["missing"]),
        (&json!("2014-01-15"), &json!("0.363636"), &missing)
    );
    assert_eq!(
        (&old["freshness"], &old["stale"]),
        (&json!("0.250000"), &json!(["industry", "city", "attributes.machines"]))
    );
    let just = upkeep("just", "").await;
    assert_eq!((&just["freshness"], &just["stale"]), (&json!("0.750000"), &json!(["attributes.machines"])));
    assert_eq!(upkeep("new", "").await["freshness"], "1.000000");
    assert_eq!(upkeep("new", "?as_of=2014-01-16").await["stale"], json!(["attributes.machines"]));
    let bare = upkeep("bare", "").await;
    assert_eq!(
        (&bare["completeness"], &bare["freshness"], &bare["freshness_absence"]),
        (&json!("0.000000"), &Value::Null, &json!("no_data"))
    );

    let query = "{ customers { nodes { externalId upkeep { completeness freshness stale } later: upkeep(asOf: \"2020-01-01\") { freshness } } } }";
    let graph = admin.data(query, json!({})).await["customers"]["nodes"].take();
    let node = |id: &str| graph.as_array().unwrap().iter().find(|n| n["externalId"] == id).unwrap();
    assert_eq!(
        node("just")["upkeep"],
        json!({"completeness": "0.363636", "freshness": "0.750000", "stale": ["attributes.machines"]})
    );
    assert_eq!(node("just")["later"], json!({"freshness": "0.250000"}));
    let query = "query($id: ID!) { customerUpkeep(customerId: $id) { completeness missing freshnessAbsence } }";
    let id = &admin.get("/v1/customers?external_id=bare").await.expect(200)["items"][0]["id"];
    let graph = admin.data(query, json!({"id": id})).await["customerUpkeep"].take();
    assert_eq!((&graph["completeness"], &graph["freshnessAbsence"]), (&json!("0.000000"), &json!("NO_DATA")));

    for (query, expected) in [
        ("completeness_below=0.363636", vec!["bare"]),
        ("completeness_below=0.37", vec!["bare", "just", "new", "old"]),
        ("completeness_from=0.363", vec!["just", "new", "old"]),
        ("freshness_below=0.75", vec!["old"]),
        ("freshness_below=1", vec!["just", "old"]),
        ("freshness_from=0.75", vec!["just", "new"]),
        ("freshness_from=1&completeness_below=1", vec!["new"]),
    ] {
        let list = admin.get(&format!("/v1/customers?{query}&sort=external_id")).await.expect(200);
        assert_eq!(ids(&list), expected, "{query}");
    }
}

#[actix_web::test]
async fn a_past_day_is_searched_by_the_names_of_then() {
    let (_app, _, admin) = admin().await;
    let path = "/v1/customers/by-external-id/crm/C-1";
    admin.put(path, &json!({"name": "Nordwind", "observed_at": "2013-01-01T00:00:00Z"})).await.expect(201);
    admin.put(path, &json!({"name": "Südwind", "observed_at": "2014-01-01T00:00:00Z"})).await.expect(200);
    assert_eq!(found(&admin, &[("q", "nordwi"), ("as_of", "2013-06-30")]).await, ["C-1"]);
    assert_eq!(found(&admin, &[("q", "südwi"), ("as_of", "2013-06-30")]).await, [""; 0]);
    assert_eq!(found(&admin, &[("q", "nordwind")]).await, [""; 0]);
}

#[actix_web::test]
async fn what_was_of_another_type_then_is_neither_more_nor_less() {
    let app = crate::support::spawn_app().await;
    let tenant = app.tenant("acme").await;
    let admin = app.client(tenant, fenji::tenancy::Role::Admin);
    let with = |value: Value| json!([{"external_id": "A", "name": "A", "attributes": {"size": value}}]);
    admin.define(&[("size", "text")]).await;
    admin.batch("/v1/customers:batch", &with(json!("large"))).await;
    app.clock.advance(std::time::Duration::from_secs(86_400));
    // A token is good for an hour.
    let admin = app.client(tenant, fenji::tenancy::Role::Admin);
    for kind in ["number", "date"] {
        admin.batch("/v1/customers:batch", &with(Value::Null)).await;
        admin.define(&[("size", kind)]).await;
        let (than, value) = if kind == "number" { ("5", "7") } else { ("2013-01-01", "2014-01-01") };
        admin.batch("/v1/customers:batch", &with(json!(value))).await;
        for (day, expected) in [("2014-01-15", 0), ("2014-01-16", 1)] {
            let list = admin.get(&format!("/v1/customers?attribute=size:gt:{than}&as_of={day}")).await.expect(200);
            assert_eq!(list["items"].as_array().unwrap().len(), expected, "{kind} {day}");
        }
    }
}
