//! The history of dossiers: late facts, past days, timelines.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use fenji::clock::Clock;
use fenji::tenancy::Role;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, problems, spawn_app};

async fn admin() -> (TestApp, Client) {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    (app, admin)
}

async fn patch(client: &Client, path: &str, changes: Value) -> Value {
    client.send(client.request(Method::PATCH, path).json(&changes)).await.expect(200)
}

async fn as_of(client: &Client, path: &str, moment: &str, field: &str) -> Value {
    client.get(&format!("{path}?as_of={moment}")).await.expect(200)[field].take()
}

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

/// Field, value, previous value and source of each entry.
fn entries(page: &Value) -> Vec<(String, Value, Value, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let entry = |e: &Value| (text(&e["field"]), e["value"].clone(), e["previous_value"].clone(), text(&e["source"]));
    page["items"].as_array().unwrap().iter().map(entry).collect()
}

#[actix_web::test]
async fn a_late_retry_does_not_overwrite_a_newer_fact() {
    let (_app, admin) = admin().await;
    let path = "/v1/customers/by-external-id/crm/C-1";
    let new = json!({"name": "Pumpen AG", "city": "Bremen", "observed_at": "2013-03-01T00:00:00Z"});
    let created = admin.put(path, &new).await.expect(201);
    let id = format!("/v1/customers/{}", created["id"].as_str().unwrap());
    let newer = json!({"city": "Kiel", "observed_at": "2013-03-03T00:00:00Z"});
    let after = admin.put(path, &newer).await.expect(200);
    // Came late, and partly says something of which nothing newer is known.
    let late = json!({"city": "Ulm", "industry": "casting", "observed_at": "2013-03-02T00:00:00Z"});
    let merged = admin.put(path, &late).await.expect(200);
    assert_eq!(
        (&merged["city"], &merged["industry"], &merged["version"]),
        (&json!("Kiel"), &json!("casting"), &json!(3))
    );
    // Sent again, all of it is known; sent with older values only, nothing current changes.
    for body in [&late, &newer, &new] {
        assert_eq!(admin.put(path, body).await.expect(200), merged);
    }
    assert_eq!(after["version"], 2);
    let item = json!([{"external_id": "C-1", "city": "Bonn", "observed_at": "2013-02-01T00:00:00Z"}]);
    let batch = admin.batch("/v1/customers:batch?system=crm", &item).await;
    assert_eq!(batch["items"][0]["outcome"], "unchanged");
    let cities =
        [("2013-02-01", "Bonn"), ("2013-03-01", "Bremen"), ("2013-03-02", "Ulm"), ("2013-03-03T00:00:00Z", "Kiel")];
    for (moment, city) in cities {
        assert_eq!(as_of(&admin, &id, moment, "city").await, city, "{moment}");
    }
    // The name was observed later; it is what the customer is called.
    assert_eq!(as_of(&admin, &id, "2013-02-01", "name").await, "Pumpen AG");
    assert_eq!(admin.get(&format!("{id}?as_of=2013-01-31")).await.expect(404)["code"], "not_found");
    let timeline = admin.get(&format!("{id}/timeline?field=city")).await.expect(200);
    let found: Vec<_> = entries(&timeline).into_iter().map(|(_, value, previous, _)| (value, previous)).collect();
    let expected = [("Kiel", json!("Ulm")), ("Ulm", json!("Bremen")), ("Bremen", json!("Bonn")), ("Bonn", Value::Null)];
    assert_eq!(found, expected.map(|(value, previous)| (json!(value), previous)));
}

#[actix_web::test]
async fn the_timeline_says_who_said_what() {
    let (app, admin) = admin().await;
    let tenant = app.tenant("other").await;
    let (user, integration) = (app.client(tenant, Role::Manager), app.client(tenant, Role::Integration));
    app.client(tenant, Role::Admin).define(&[("machines", "text")]).await;
    let file = "external_id,name,city,observed_at\nC-1,Pumpen AG,Bremen,2013-01-10T08:00:00Z\n";
    let import = integration.import("customers", file.into()).await;
    assert_eq!(import["counts"]["created"], 1, "{import}");
    let path = "/v1/customers/by-external-id/default/C-1";
    app.clock.advance(Duration::from_secs(60));
    let changes = json!({"city": "Kiel", "tags": ["b", "a"], "attributes": {"machines": "42"}});
    let customer = integration.put(path, &changes).await.expect(200);
    let id = customer["id"].as_str().unwrap();
    app.clock.advance(Duration::from_secs(60));
    let place = format!("/v1/customers/{id}");
    patch(&user, &place, json!({"city": null, "attributes": {"machines": null}})).await;
    let potentials = json!({"items": [{"category": "pumps", "yearly_amount": "900"}]});
    user.put(&format!("{place}/purchase-potentials"), &potentials).await.expect(200);

    let timeline = user.get(&format!("{place}/timeline")).await.expect(200);
    let entry = |field: &str, value: Value, previous: Value, source: &str| {
        (field.to_owned(), value, previous, source.to_owned())
    };
    let none = Value::Null;
    let expected = [
        entry("purchase_potentials.pumps", json!("900.0000"), none.clone(), "user"),
        entry("city", none.clone(), json!("Kiel"), "user"),
        entry("attributes.machines", none.clone(), json!("42"), "user"),
        entry("tags", json!(["a", "b"]), none.clone(), "integration"),
        entry("city", json!("Kiel"), json!("Bremen"), "integration"),
        entry("attributes.machines", json!("42"), none.clone(), "integration"),
        entry("name", json!("Pumpen AG"), none.clone(), "import"),
        entry("external_ids.default/C-1", json!({"system": "default", "external_id": "C-1"}), none, "import"),
        entry("city", json!("Bremen"), Value::Null, "import"),
    ];
    assert_eq!(entries(&timeline), expected);
    let last = &timeline["items"][8];
    assert_eq!((&last["import_id"], &last["observed_at"]), (&import["id"], &json!("2013-01-10T08:00:00Z")));
    assert_eq!((&last["actor"], last["recorded_at"] == last["observed_at"]), (&json!("test-integration"), false));
    assert_eq!(timeline["items"][0]["import_id"], Value::Null);

    // Page by page, and cut by time, it is the same.
    let mut paged = Vec::new();
    let mut next = format!("{place}/timeline?limit=2");
    loop {
        let page = user.get(&next).await.expect(200);
        paged.extend(entries(&page));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        next = format!("{place}/timeline?limit=2&cursor={cursor}");
    }
    assert_eq!(paged, expected);
    let since = user.get(&format!("{place}/timeline?since=2013-01-10T08:00:01Z")).await.expect(200);
    assert_eq!(entries(&since), expected[..6]);
    let until = user.get(&format!("{place}/timeline?until=2013-01-10T08:00:01Z&field=city")).await.expect(200);
    assert_eq!(entries(&until), expected[8..]);

    let query = "query($id: ID!) { customer(id: $id) { timeline(last: 2) { field previousValue source } }
        customerTimeline(customerId: $id, first: 1, field: \"city\") { edges { node { field value actor } } pageInfo { hasNextPage } } }";
    let data = user.data(query, json!({"id": id})).await;
    let edge = json!([
        {"field": "purchase_potentials.pumps", "previousValue": null, "source": "USER"},
        {"field": "city", "previousValue": "Kiel", "source": "USER"},
    ]);
    assert_eq!(data["customer"]["timeline"], edge);
    let connection = json!({"edges": [{"node": {"field": "city", "value": null, "actor": "test-manager"}}], "pageInfo": {"hasNextPage": true}});
    assert_eq!(data["customerTimeline"], connection);
    assert_eq!(admin.get(&format!("{place}/timeline")).await.status, 404);
    assert_eq!(user.get(&format!("{place}/timeline?sort=field")).await.status, 400);
}

#[actix_web::test]
async fn lists_are_filtered_and_sorted_by_what_was_known() {
    let (app, admin) = admin().await;
    let item = |id: &str, name: &str, city: &str, month: u32| {
        let observed_at = format!("2013-{month:02}-01T00:00:00Z");
        json!({"external_id": id, "name": name, "country": city, "tags": [city], "observed_at": observed_at})
    };
    let items = json!([
        item("A", "Adler", "Peru", 1),
        item("B", "Bussard", "Chile", 1),
        item("C", "Condor", "Peru", 3),
        item("A", "Zeisig", "Chile", 2),
        item("B", "Bussard", "Peru", 4),
    ]);
    admin.batch("/v1/customers:batch", &items).await;
    for (query, expected) in [
        ("as_of=2012-12-31", &[][..]),
        ("as_of=2013-01-31", &["Adler", "Bussard"]),
        ("as_of=2013-01-31&country=Peru", &["Adler"]),
        ("as_of=2013-02-28", &["Bussard", "Zeisig"]),
        ("as_of=2013-02-28&sort=-name", &["Zeisig", "Bussard"]),
        ("as_of=2013-03-31&country=Peru", &["Condor"]),
        ("as_of=2013-03-31&country=Chile", &["Bussard", "Zeisig"]),
        ("as_of=2013-03-31&tag=Chile&q=zei", &["Zeisig"]),
        ("as_of=2013-04-01T00:00:00Z&country=Peru", &["Bussard", "Condor"]),
        ("as_of=2999-12-31&country=Peru", &["Bussard", "Condor"]),
        ("country=Peru", &["Bussard", "Condor"]),
    ] {
        assert_eq!(names(&admin.get(&format!("/v1/customers?{query}")).await.expect(200)), expected, "{query}");
    }
    let first = admin.get("/v1/customers?as_of=2013-02-28&limit=1").await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = admin.get(&format!("/v1/customers?as_of=2013-02-28&limit=1&cursor={cursor}")).await.expect(200);
    assert_eq!(
        (names(&first), names(&second), &second["next_cursor"]),
        (vec!["Bussard"], vec!["Zeisig"], &Value::Null)
    );
    let query = "{ customers(filter: {asOf: \"2013-01-31\", country: \"Peru\"}) { edges { node { name country } } } }";
    let data = admin.data(query, json!({})).await;
    assert_eq!(data["customers"]["edges"], json!([{"node": {"name": "Adler", "country": "Peru"}}]));
    let id = first["items"][0]["id"].as_str().unwrap();
    let query = "query($id: ID!) { then: customer(id: $id, asOf: \"2013-01-31\") { country } before: customer(id: $id, asOf: \"2012-01-31\") { country } customer(id: $id) { country } }";
    let expected = json!({"then": {"country": "Chile"}, "before": null, "customer": {"country": "Peru"}});
    assert_eq!(admin.data(query, json!({"id": id})).await, expected);
    let bad = admin.get("/v1/customers?as_of=2013-02-30").await;
    assert_eq!((bad.status, bad.json()["code"].as_str()), (400, Some("bad_request")));
    // Another tenant's history is nobody's.
    let stranger = app.client(app.tenant("other").await, Role::Admin);
    assert_eq!(names(&stranger.get("/v1/customers?as_of=2013-03-31").await.expect(200)), [""; 0]);
    assert_eq!(stranger.get(&format!("/v1/customers/{id}?as_of=2013-03-31")).await.status, 404);
}

#[actix_web::test]
async fn a_past_answer_has_no_etag_and_nothing_is_observed_in_the_future() {
    let (app, admin) = admin().await;
    let created =
        admin.post("/v1/customers", &json!({"name": "A", "observed_at": "2013-01-01T00:00:00Z"})).await.expect(201);
    let path = format!("/v1/customers/{}", created["id"].as_str().unwrap());
    let past = admin.get(&format!("{path}?as_of=2013-01-01")).await;
    assert_eq!((past.status, past.header("etag")), (200, ""));
    assert_eq!(past.json(), created);
    let ahead = |by: TimeDelta| json!({"city": "Kiel", "employees": -1, "observed_at": app.clock.now() + by});
    let refused = admin.send(admin.request(Method::PATCH, &path).json(&ahead(TimeDelta::minutes(6)))).await.expect(422);
    assert_eq!(problems(&refused["errors"]), [("/observed_at", "in_the_future"), ("/employees", "range")]);
    let within = json!({"city": "Kiel", "observed_at": app.clock.now() + TimeDelta::minutes(4)});
    assert_eq!(patch(&admin, &path, within).await["city"], "Kiel");
    // A person who changes it now is not overruled by a clock that goes ahead.
    assert_eq!(patch(&admin, &path, json!({"city": "Ulm"})).await["city"], "Ulm");
    let file = "external_id,name,observed_at\nC-1,A,2999-01-01T00:00:00Z\nC-2,B,yesterday\nC-3,C,\n";
    let import = admin.import("customers", file.into()).await;
    assert_eq!(import["counts"], json!({"created": 1, "updated": 0, "unchanged": 0, "errors": 2}));
    let errors = admin.get(&format!("/v1/imports/{}/errors", import["id"].as_str().unwrap())).await.expect(200);
    let mut found: Vec<_> =
        errors["items"].as_array().unwrap().iter().map(|e| (e["column"].as_str(), e["line"].as_i64())).collect();
    found.sort_unstable();
    assert_eq!(found, [(Some("observed_at"), Some(2)), (Some("observed_at"), Some(3))]);
}

#[actix_web::test]
async fn repetitions_keep_a_value_against_late_facts() {
    let (app, admin) = admin().await;
    let path = "/v1/customers/by-external-id/crm/C-1";
    let body = json!({"name": "A", "city": "Bremen"});
    let created = admin.put(path, &body).await.expect(201);
    app.clock.advance(Duration::from_secs(2400));
    assert_eq!(admin.put(path, &body).await.expect(200), created);
    let between = app.clock.now() - TimeDelta::minutes(20);
    let after = admin.put(path, &json!({"city": "Kiel", "observed_at": between})).await.expect(200);
    assert_eq!(after, created);
    let id = format!("/v1/customers/{}", created["id"].as_str().unwrap());
    let text = |at: DateTime<Utc>| at.to_rfc3339().replace('+', "%2B");
    assert_eq!(as_of(&admin, &id, &text(between), "city").await, "Kiel");
    assert_eq!(as_of(&admin, &id, &text(app.clock.now()), "city").await, "Bremen");
    let timeline = admin.get(&format!("{id}/timeline?field=city")).await.expect(200);
    let restated: Vec<_> = timeline["items"].as_array().unwrap().iter().map(|e| e["restated"].as_bool()).collect();
    assert_eq!(restated, [Some(true), Some(false), Some(false)]);
}

#[actix_web::test]
async fn potentials_have_a_history_too() {
    let (_app, admin) = admin().await;
    let created =
        admin.post("/v1/customers", &json!({"name": "A", "observed_at": "2013-01-01T00:00:00Z"})).await.expect(201);
    let path = format!("/v1/customers/{}/purchase-potentials", created["id"].as_str().unwrap());
    let set = async |month: u32, items: Value| {
        let body = json!({"items": items, "observed_at": format!("2013-{month:02}-01T00:00:00Z")});
        admin.put(&path, &body).await.expect(200)
    };
    set(2, json!([{"category": "pumps", "yearly_amount": "900"}, {"category": "seals", "yearly_amount": "50"}])).await;
    set(4, json!([{"category": "pumps", "yearly_amount": "700"}])).await;
    // Late: seals were known to be none since, pumps to be 700; valves are news.
    let after =
        set(3, json!([{"category": "seals", "yearly_amount": "60"}, {"category": "valves", "yearly_amount": "5"}]))
            .await;
    let item = |category: &str, amount: &str| json!({"category": category, "yearly_amount": amount});
    assert_eq!(after["items"], json!([item("pumps", "700.0000"), item("valves", "5.0000")]));
    assert_eq!(admin.get(&path).await.expect(200), after);
    for (day, expected) in [
        ("2013-01-15", json!([])),
        ("2013-02-15", json!([item("pumps", "900.0000"), item("seals", "50.0000")])),
        ("2013-03-15", json!([item("seals", "60.0000"), item("valves", "5.0000")])),
        ("2013-04-15", json!([item("pumps", "700.0000"), item("valves", "5.0000")])),
    ] {
        assert_eq!(as_of(&admin, &path, day, "items").await, expected, "{day}");
    }
    assert_eq!(as_of(&admin, &path, "2013-03-15", "total").await, "65.0000");
    assert_eq!(admin.get(&format!("{path}?as_of=2012-12-31")).await.status, 404);
}

#[actix_web::test]
async fn the_history_of_two_that_become_one_is_the_survivors() {
    let (app, admin) = admin().await;
    let items = json!([
        {"external_id": "A", "name": "A", "city": "Bremen", "observed_at": "2013-01-01T00:00:00Z"},
        {"external_id": "B", "name": "B", "industry": "casting", "observed_at": "2013-02-01T00:00:00Z"},
        {"external_id": "B", "city": "Kiel", "observed_at": "2013-04-01T00:00:00Z"},
    ]);
    let batch = admin.batch("/v1/customers:batch", &items).await;
    let id = |n: usize| batch["items"][n]["id"].as_str().unwrap().to_owned();
    let (a, b) = (format!("/v1/customers/{}", id(0)), format!("/v1/customers/{}", id(1)));
    let before = app.clock.now().to_rfc3339().replace('+', "%2B");
    app.clock.advance(Duration::from_secs(60));
    let survivor = admin.post(&format!("{b}:merge"), &json!({"into": id(0)})).await.expect(200);
    assert_eq!(
        (&survivor["city"], &survivor["industry"], &survivor["name"]),
        (&json!("Bremen"), &json!("casting"), &json!("A"))
    );
    let now = app.clock.now().to_rfc3339().replace('+', "%2B");
    for path in [&a, &b] {
        // Until then what was observed of either is what was known.
        for (moment, city, name) in [
            ("2013-01-15", "Bremen", "A"),
            ("2013-02-15", "Bremen", "B"),
            (before.as_str(), "Kiel", "B"),
            (now.as_str(), "Bremen", "A"),
        ] {
            assert_eq!(as_of(&admin, path, moment, "city").await, city, "{moment}");
            assert_eq!(as_of(&admin, path, moment, "name").await, name, "{moment}");
        }
        let timeline = admin.get(&format!("{path}/timeline?field=city")).await.expect(200);
        let cities: Vec<_> = entries(&timeline).into_iter().map(|(_, value, ..)| value).collect();
        assert_eq!(cities, ["Bremen", "Kiel", "Bremen"]);
    }
    assert_eq!(names(&admin.get("/v1/customers?as_of=2013-05-01").await.expect(200)), ["B"]);
    // The survivor's city is as of the merge: what is older comes late.
    let late = json!({"city": "Ulm", "observed_at": "2013-05-01T00:00:00Z"});
    assert_eq!(admin.put("/v1/customers/by-external-id/default/B", &late).await.expect(200)["city"], "Bremen");
    let newer = patch(&admin, &a, json!({"city": "Bonn"})).await;
    assert_eq!(newer["city"], "Bonn");
}

#[actix_web::test]
async fn who_was_archived_later_is_in_the_list_of_a_past_day() {
    let (app, admin) = admin().await;
    let created =
        admin.post("/v1/customers", &json!({"name": "A", "observed_at": "2013-01-01T00:00:00Z"})).await.expect(201);
    admin.post(&format!("/v1/customers/{}:archive", created["id"].as_str().unwrap()), &json!({})).await.expect(200);
    assert_eq!(names(&admin.get("/v1/customers").await.expect(200)), [""; 0]);
    assert_eq!(names(&admin.get("/v1/customers?as_of=2013-06-30").await.expect(200)), ["A"]);
    let now = app.clock.now().to_rfc3339().replace('+', "%2B");
    assert_eq!(names(&admin.get(&format!("/v1/customers?as_of={now}")).await.expect(200)), [""; 0]);
    assert_eq!(names(&admin.get(&format!("/v1/customers?as_of={now}&archived=true")).await.expect(200)), ["A"]);
}

/// What is said of one of three customers.
#[derive(Clone, Debug)]
struct Step {
    customer: usize,
    /// The day in January it names; none for now.
    day: Option<u32>,
    city: Option<Option<u8>>,
    employees: Option<Option<u8>>,
    tags: Option<Vec<u8>>,
    a: Option<Option<u8>>,
    b: Option<Option<u8>>,
    empties_attributes: bool,
    in_batch: bool,
}

fn step() -> impl Strategy<Value = Step> {
    let said = || proptest::option::of(proptest::option::of(0..3_u8));
    let tags = proptest::option::of(proptest::collection::vec(0..3_u8, 0..3));
    let flags = (proptest::bool::weighted(0.1), any::<bool>());
    let day = proptest::option::weighted(0.85, 1..8_u32);
    (0..3_usize, day, said(), said(), tags, said(), said(), flags).prop_map(
        |(customer, day, city, employees, tags, a, b, (empties_attributes, in_batch))| Step {
            customer,
            day,
            city,
            employees,
            tags,
            a,
            b,
            empties_attributes,
            in_batch,
        },
    )
}

/// The simplest history: all facts of each customer's fields in the order they came.
#[derive(Default)]
struct Model(BTreeMap<(usize, &'static str), Vec<Fact>>);

/// When it was observed, and the value.
type Fact = (DateTime<Utc>, Value);

impl Model {
    fn says(&mut self, customer: usize, field: &'static str, at: DateTime<Utc>, value: Value) {
        self.0.entry((customer, field)).or_default().push((at, value));
    }

    /// Of the facts observed by then the latest observed, of those observed at once the last.
    fn value(&self, customer: usize, field: &'static str, at: DateTime<Utc>) -> Value {
        let facts = self.0.get(&(customer, field)).into_iter().flatten().filter(|(observed, _)| *observed <= at);
        facts.max_by_key(|(observed, _)| *observed).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    fn customer(&self, customer: usize, at: DateTime<Utc>) -> Option<Value> {
        let value = |field| self.value(customer, field, at);
        let is_known = self.0.iter().any(|((c, _), facts)| *c == customer && facts.iter().any(|(seen, _)| *seen <= at));
        let attributes = [("a", value("a")), ("b", value("b"))].into_iter().filter(|(_, value)| !value.is_null());
        let attributes: BTreeMap<_, _> = attributes.collect();
        let tags = Some(value("tags")).filter(|tags| !tags.is_null()).unwrap_or(json!([]));
        is_known.then(|| json!([value("city"), value("employees"), tags, attributes]))
    }
}

fn day(n: u32) -> DateTime<Utc> {
    format!("2013-01-{n:02}T00:00:00Z").parse().unwrap()
}

impl Step {
    /// What is sent, and what it means.
    fn send(&self, now: DateTime<Utc>, model: &mut Model) -> Value {
        let at = self.day.map_or(now, day);
        let mut body = json!({"name": format!("Customer {}", self.customer)});
        let known: Vec<&str> = model.0.keys().filter(|(c, _)| *c == self.customer).map(|(_, field)| *field).collect();
        let mut say = |field: &'static str, value: Value| {
            model.says(self.customer, field, at, value.clone());
            value
        };
        say("name", json!("name"));
        if let Some(day) = self.day {
            body["observed_at"] = json!(format!("2013-01-{day:02}T08:00:00+08:00"));
        }
        if let Some(city) = self.city {
            body["city"] = say("city", json!(city.map(|n| format!("City {n}"))));
        }
        if let Some(employees) = self.employees {
            body["employees"] = say("employees", json!(employees));
        }
        if let Some(tags) = &self.tags {
            let tags: BTreeSet<String> = tags.iter().map(|n| format!("tag {n}")).collect();
            body["tags"] = say("tags", json!(tags));
        }
        let attribute = |value: Option<u8>| json!(value.map(|n| format!("value {n}")));
        let mut attributes = json!({});
        if self.empties_attributes {
            // It says so of all that were ever known.
            for code in ["a", "b"].into_iter().filter(|code| known.contains(code)) {
                say(code, Value::Null);
            }
            attributes = Value::Null;
        } else {
            if let Some(a) = self.a {
                attributes["a"] = say("a", attribute(a));
            }
            if let Some(b) = self.b {
                attributes["b"] = say("b", attribute(b));
            }
        }
        body["attributes"] = attributes;
        body
    }
}

/// Any sequence of changes, read as of any day, and now, one by one and as a list, is what a simple model says.
#[actix_web::test]
async fn any_sequence_of_changes_reads_back_as_of_any_day() {
    let app = spawn_app().await;
    let mut runner = TestRunner::deterministic();
    for case in 0..8 {
        let steps = proptest::collection::vec(step(), 20..60).new_tree(&mut runner).unwrap().current();
        let admin = app.client(app.tenant(&format!("case-{case}")).await, Role::Admin);
        admin.define(&[("a", "text"), ("b", "text")]).await;
        let mut model = Model::default();
        for (n, step) in steps.iter().enumerate() {
            app.clock.advance(Duration::from_secs(10));
            let body = step.send(app.clock.now(), &mut model);
            let name = format!("C-{}", step.customer);
            let outcome = if step.in_batch {
                let mut item = body.clone();
                item["external_id"] = json!(name);
                admin.batch("/v1/customers:batch?system=crm", &json!([item])).await["items"][0]["outcome"].take()
            } else {
                let answer = admin.put(&format!("/v1/customers/by-external-id/crm/{name}"), &body).await;
                assert!(answer.status < 300, "{}", answer.text);
                json!(if answer.status == 201 { "created" } else { "taken" })
            };
            assert_ne!(outcome, "error", "step {n} of {steps:#?}");
        }
        let moments = (0..9).map(|n| day(1) + TimeDelta::hours(24 * n - 12)).chain((1..8).map(day));
        for moment in moments.map(Some).chain([None]) {
            check(&admin, &model, moment, app.clock.now(), &steps).await;
        }
    }
}

async fn check(admin: &Client, model: &Model, moment: Option<DateTime<Utc>>, now: DateTime<Utc>, steps: &[Step]) {
    let query = moment.map(|at| format!("as_of={}", at.format("%Y-%m-%dT%H:%M:%SZ"))).unwrap_or_default();
    let list = admin.get(&format!("/v1/customers?sort=external_id&{query}")).await.expect(200);
    let seen = |c: &Value| json!([c["city"], c["employees"], c["tags"], c["attributes"]]);
    let found: Vec<Value> = list["items"].as_array().unwrap().iter().map(seen).collect();
    let expected: Vec<Value> = (0..3).filter_map(|c| model.customer(c, moment.unwrap_or(now))).collect();
    assert_eq!(found, expected, "as of {moment:?} after {steps:#?}");
    for customer in list["items"].as_array().unwrap() {
        let path = format!("/v1/customers/{}?{query}", customer["id"].as_str().unwrap());
        assert_eq!(&admin.get(&path).await.expect(200), customer, "as of {moment:?}");
    }
}
