//! What two salespeople of one company see of its figures: own ones, and nothing of the other's. Each owns a customer and sells
//! to the other's customer too.

use std::collections::BTreeMap;

use fenji::tenancy::Role;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, plain, problems, spawn_app};

/// A company with the salespeople S-1 and S-2 and the customers C-1 and C-2 of theirs.
struct Company {
    _app: TestApp,
    admin: Client,
    /// S-1 and S-2.
    sellers: [Client; 2],
    /// Of the customers and the salespeople, by external id.
    ids: BTreeMap<String, String>,
    strategy_led: String,
    task_decomposition: String,
}

/// Words that are of one customer alone: names, categories, amounts.
const OF_FIRST: [&str; 4] = ["Alpha Werke", "alpha-pumps", "R-alpha", "1111.01"];
const OF_SECOND: [&str; 4] = ["Beta Secret", "beta-valves", "R-beta", "2222.02"];

impl Company {
    async fn build() -> Self {
        let app = spawn_app().await;
        let tenant = app.tenant("acme").await;
        let admin = app.client(tenant, Role::Admin);
        let mut ids = BTreeMap::new();
        let people = json!([{"external_id": "S-1", "name": "Li"}, {"external_id": "S-2", "name": "Wu"}]);
        keep_ids(&mut ids, &people, &admin.batch("/v1/salespeople:batch", &people).await);
        let customers = json!([
            {"external_id": "C-1", "name": "Alpha Werke", "owner_external_id": "S-1", "territory": "North"},
            {"external_id": "C-2", "name": "Beta Secret", "owner_external_id": "S-2", "territory": "North"},
        ]);
        keep_ids(&mut ids, &customers, &admin.batch("/v1/customers:batch", &customers).await);
        let products = ["alpha-pumps", "beta-valves"].map(|id| json!({"external_id": id, "name": id, "category": id}));
        admin.batch("/v1/products:batch", &json!(products)).await;
        let line = |id: &str, (customer, seller): (u8, u8), product: &str, net: &str| {
            json!({
                "external_id": id, "order_id": id, "day": "2013-05-05", "quantity": "1", "unit_price": net, "net": net,
                "customer_external_id": format!("C-{customer}"), "salesperson_external_id": format!("S-{seller}"),
                "product_external_id": product, "cost": "10",
            })
        };
        let lines = json!([
            line("1", (1, 1), "alpha-pumps", "600"),
            line("2", (1, 2), "alpha-pumps", "50"),
            line("3", (2, 2), "beta-valves", "300"),
            line("4", (2, 1), "beta-valves", "100"),
        ]);
        admin.batch("/v1/sales-lines:batch", &lines).await;
        let quota = |n: u8, start: &str, amount: &str| json!({"salesperson_external_id": format!("S-{n}"), "period_start": start, "amount": amount});
        let quotas = [("2013-01-01", "1000", "7000"), ("2014-01-01", "1500", "8000")];
        let quotas = quotas.map(|(start, first, second)| [quota(1, start, first), quota(2, start, second)]);
        admin.batch("/v1/quotas:batch", &json!(quotas.concat())).await;
        let of_both =
            |of: &dyn Fn(u8, &str, &str) -> Value| json!([of(1, "R-alpha", "1111.01"), of(2, "R-beta", "2222.02")]);
        let customer = |n: u8| format!("C-{n}");
        let receivable = |n: u8, id: &str, amount: &str| json!({"external_id": id, "customer_external_id": customer(n), "invoiced_on": "2013-11-10", "due_on": "2013-12-10", "amount": amount});
        admin.batch("/v1/receivables:batch", &of_both(&receivable)).await;
        let payment = |n: u8, id: &str, _: &str| json!({"external_id": id, "customer_external_id": customer(n), "paid_on": "2013-12-20", "amount": "1"});
        admin.batch("/v1/payments:batch", &of_both(&payment)).await;
        let cost = |n: u8, id: &str, amount: &str| json!({"external_id": id, "customer_external_id": customer(n), "day": "2013-11-10", "activity": "visits", "amount": amount});
        admin.batch("/v1/costs-to-serve:batch", &of_both(&cost)).await;
        let strategy_led = json!({
            "name": "Built up", "fiscal_year": 2014, "method": "strategy_led", "target": "987654.00",
            "replacements": {"C-1": {"amount": "1111.01", "reason": "Alpha Werke grows"}, "C-2": {"amount": "2222.02", "reason": "Beta Secret grows"}},
        });
        let decomposition =
            json!({"name": "From above", "fiscal_year": 2014, "method": "task_decomposition", "target": "987654.00"});
        let (strategy_led, task_decomposition) =
            (made(&admin, &strategy_led).await, made(&admin, &decomposition).await);
        let seller = |name: &str| app.salesperson(tenant, ids[name].parse().unwrap());
        let sellers = [seller("S-1"), seller("S-2")];
        Self { _app: app, admin, sellers, ids, strategy_led, task_decomposition }
    }

    fn replacement(&self, customer: &str) -> String {
        format!("/v1/plans/{}/replacements/{}", self.strategy_led, self.ids[customer])
    }

    /// Whatever is told of each customer, the id included.
    fn words(&self) -> [Vec<String>; 2] {
        let of = |customer: &str, words: [&str; 4]| {
            words.iter().map(ToString::to_string).chain([self.ids[customer].clone()]).collect()
        };
        [of("C-1", OF_FIRST), of("C-2", OF_SECOND)]
    }
}

fn keep_ids(ids: &mut BTreeMap<String, String>, sent: &Value, answer: &Value) {
    for (item, made) in sent.as_array().unwrap().iter().zip(answer["items"].as_array().unwrap()) {
        ids.insert(item["external_id"].as_str().unwrap().to_owned(), made["id"].as_str().unwrap().to_owned());
    }
}

/// The id of a plan that has been made.
async fn made(admin: &Client, asked: &Value) -> String {
    let plan = admin.post("/v1/plans", asked).await.expect(202);
    let job = admin.finished(plan["job"]["id"].as_str().unwrap()).await;
    assert_eq!(job["state"], "completed", "{job}");
    plan["id"].as_str().unwrap().to_owned()
}

/// Asks everybody; a salesperson's answer has words of the own customer and none of the other's, the admin's has both.
fn assert_own(place: &str, words: &[Vec<String>; 2], all: &str, own: [&str; 2]) {
    let has = |text: &str, words: &[String]| words.iter().any(|word| text.contains(word.as_str()));
    assert!(has(all, &words[0]) && has(all, &words[1]), "{place} shows nothing that could leak: {all}");
    for (n, text) in own.into_iter().enumerate() {
        let leak = words[1 - n].iter().find(|word| text.contains(word.as_str()));
        assert_eq!(leak, None, "{place} for salesperson {n}: {text}");
        assert!(has(text, &words[n]), "{place} hides what is own of salesperson {n}: {text}");
    }
}

#[actix_web::test]
async fn each_salesperson_is_told_own_figures_and_nothing_of_the_others_over_rest() {
    let company = Company::build().await;
    let words = company.words();
    let plan = &company.strategy_led;
    let mut paths: Vec<String> = [
        "sales-lines",
        "receivables",
        "receivables/balances",
        "receivables/ageing?by=customer",
        "payments",
        "costs-to-serve",
        "statistics/sales?group_by=customer",
        "statistics/sales?group_by=category,salesperson",
        "statistics/sales-classes",
        "statistics/three-years",
        "statistics/margin-by-class",
        "plans",
    ]
    .map(|path| format!("/v1/{path}"))
    .into();
    paths.push(format!("/v1/plans/{plan}"));
    // Those with lines of single customers.
    paths.extend([2, 3, 4, 5].map(|step| format!("/v1/plans/{plan}/steps/{step}/lines?limit=500")));
    for path in paths {
        let all = company.admin.get(&path).await;
        let [first, second] = &company.sellers;
        let (first, second) = (first.get(&path).await, second.get(&path).await);
        assert_eq!((all.status, first.status, second.status), (200, 200, 200), "{path}: {} {}", all.text, first.text);
        assert_own(&path, &words, &all.text, [&first.text, &second.text]);
    }
}

#[actix_web::test]
async fn each_salesperson_is_told_own_figures_and_nothing_of_the_others_over_graphql() {
    let company = Company::build().await;
    let words = company.words();
    let plan = &company.strategy_led;
    let queries = [
        "{ salesLines { edges { node { customerId net } } } receivables { edges { node { externalId amount } } } }"
            .to_owned(),
        "{ payments { edges { node { externalId } } } costsToServe { edges { node { externalId amount } } } }"
            .to_owned(),
        "{ salesStatistics(input: {groupBy: [CUSTOMER]}) { rows { keys { key label id } } totals { net } } }"
            .to_owned(),
        "{ salesClasses { rows { edges { node { name net share } } } } threeYears { rows { edges { node { name } } } } }".to_owned(),
        "{ marginByClass { items { category } } }".to_owned(),
        format!(
            "{{ plan(id: \"{plan}\") {{ replacements inputs {{ netL12 }} }} planLines(planId: \"{plan}\", step: 2) {{ edges {{ node {{ label {{ en }} amount }} }} }} }}"
        ),
    ];
    for query in queries {
        let ask = async |client: &Client| {
            let answer = client.graphql(&query, json!({})).await;
            assert!(answer.json().get("errors").is_none(), "{query}: {}", answer.text);
            // Ids of GraphQL hide those of the database.
            let text = answer.json()["data"].to_string();
            company
                .ids
                .values()
                .fold(text, |text, id| text.replace(&fenji::values::global_id("Customer", id.parse().unwrap()), id))
        };
        let all = ask(&company.admin).await;
        let own = [ask(&company.sellers[0]).await, ask(&company.sellers[1]).await];
        assert_own(&query, &words, &all, [&own[0], &own[1]]);
    }
}

#[actix_web::test]
async fn totals_counts_shares_and_ranks_are_among_own_customers() {
    let company = Company::build().await;
    let [first, second] = &company.sellers;
    let sales = first.get("/v1/statistics/sales?group_by=salesperson").await.expect(200);
    let totals = &sales["totals"];
    assert_eq!((&totals["net"], &totals["orders"], &totals["customers"]), (&json!("650.0000"), &json!(2), &json!(1)));
    let rows: Vec<_> =
        sales["rows"].as_array().unwrap().iter().map(|row| (&row["keys"][0]["key"], &row["net"])).collect();
    assert_eq!(rows, [(&json!("S-1"), &json!("600.0000")), (&json!("S-2"), &json!("50.0000"))]);
    let classes = second.get("/v1/statistics/sales-classes").await.expect(200);
    assert_eq!((&classes["customers"], &classes["total_net"]), (&json!(1), &json!("400.0000")));
    let row = &classes["items"][0];
    assert_eq!((&row["rank"], &row["share"]), (&json!(1), &json!("1.000000")));
    let years = first.get("/v1/statistics/three-years").await.expect(200);
    let counted: i64 =
        years["counts"].as_array().unwrap().iter().map(|count| count["customers"].as_i64().unwrap()).sum();
    assert_eq!(counted, 1, "{years}");
    // Asked for by name, the other's customer is like one that is not there.
    let other = format!("/v1/statistics/sales?customers={}", company.ids["C-2"]);
    assert_eq!(first.get(&other).await.expect(200)["totals"]["lines"], 0);
}

/// S-1 sold 600 to C-1 and 100 to C-2, whose lines only S-2 sees.
#[actix_web::test]
async fn attainment_counts_all_that_one_sold_and_quotas_are_own() {
    let company = Company::build().await;
    let path = "/v1/statistics/quota-attainment";
    let all = company.admin.get(path).await.expect(200)["items"].take();
    assert_eq!(all.as_array().unwrap().len(), 4);
    for (n, (client, net, attained)) in
        [(&company.sellers[0], "700.0000", "0.700000"), (&company.sellers[1], "350.0000", "0.050000")]
            .into_iter()
            .enumerate()
    {
        let seller = &company.ids[&format!("S-{}", n + 1)];
        let own = client.get(path).await.expect(200)["items"].take();
        let of_all: Vec<&Value> =
            all.as_array().unwrap().iter().filter(|row| row["salesperson_id"] == **seller).collect();
        assert_eq!(own.as_array().unwrap().iter().collect::<Vec<_>>(), of_all, "the same figures as the manager's");
        assert_eq!((&own[0]["net"], &own[0]["attainment"]), (&json!(net), &json!(attained)));
        let quotas = client.get("/v1/quotas").await.expect(200);
        assert!(
            quotas["items"].as_array().unwrap().iter().all(|quota| quota["salesperson_id"] == **seller),
            "{quotas}"
        );
        assert_eq!(quotas["items"].as_array().unwrap().len(), 2);
        let answer = client
            .data(
                "{ quotaAttainment(input: {amounts: ORIGINAL}) { net } quotas { edges { node { amount } } } }",
                json!({}),
            )
            .await;
        assert_eq!(
            (&answer["quotaAttainment"][0]["net"], answer["quotaAttainment"].as_array().unwrap().len()),
            (&json!(net), 2)
        );
        assert_eq!(answer["quotas"]["edges"].as_array().unwrap().len(), 2);
    }
    let other = format!("{path}?salespeople={}", company.ids["S-2"]);
    assert_eq!(company.sellers[0].get(&other).await.expect(200)["items"], json!([]));
}

#[actix_web::test]
async fn a_plan_tells_a_salesperson_nothing_of_the_whole_company() {
    let company = Company::build().await;
    let first = &company.sellers[0];
    for plan in [&company.strategy_led, &company.task_decomposition] {
        let head = first.get(&format!("/v1/plans/{plan}")).await;
        assert!(!head.text.contains("987654"), "{}", head.text);
        let head = head.expect(200);
        for field in ["target", "total", "settings", "inputs"] {
            assert_eq!(head[field], Value::Null, "{field}");
        }
        assert_eq!(
            (&head["job"]["result"], &head["job"]["progress"]),
            (&Value::Null, &json!({"done": 0, "total": null}))
        );
        let steps = first.get(&format!("/v1/plans/{plan}/steps")).await.expect(200);
        for step in steps.as_array().unwrap() {
            assert_eq!((&step["total"], &step["notes"]), (&Value::Null, &json!([])), "{step}");
            let path = format!("/v1/plans/{plan}/steps/{}/lines?limit=500", step["number"]);
            let lines = first.get(&path).await.expect(200)["items"].take();
            assert_eq!(step["line_count"], lines.as_array().unwrap().len(), "{path}");
            for line in lines.as_array().unwrap() {
                let is_own =
                    line["customer_id"] == *company.ids["C-1"] || line["kind"] == "salesperson" && line["key"] == "S-1";
                assert!(is_own, "{path}: {line}");
                for figure in ["key", "peer_growth", "penetration", "average"] {
                    assert_eq!(line["figures"].get(figure), None, "{path}: {line}");
                }
            }
        }
    }
    // The own target among those of salespeople is there.
    let path = format!("/v1/plans/{}/steps/4/lines", company.task_decomposition);
    let own = first.get(&path).await.expect(200);
    assert_eq!((own["items"].as_array().unwrap().len(), &own["items"][0]["key"]), (1, &json!("S-1")));
    let query = "query($id: ID!) { customer(id: $id) { plan(fiscalYear: 2014) { amount } } }";
    let ask = async |customer: &str| first.data(query, json!({"id": company.ids[customer]})).await["customer"].take();
    assert_eq!(ask("C-1").await["plan"]["amount"], "1111.01");
    assert_eq!(ask("C-2").await, Value::Null);
}

#[actix_web::test]
async fn a_salesperson_replaces_what_is_expected_of_own_customers_alone_with_a_reason() {
    let company = Company::build().await;
    let [first, second] = &company.sellers;
    let (own, other) = (company.replacement("C-1"), company.replacement("C-2"));
    let new = json!({"amount": "750", "reason": "They build a second plant"});
    let replaced = first.put(&own, &new).await.expect(200);
    assert_eq!(
        (&replaced["expected"], &replaced["amount"], &replaced["replaced_by"]),
        (&json!("1111.01"), &json!("750.00"), &json!("test-salesperson"))
    );
    first.put(&other, &new).await.expect(404);
    first.delete(&other).await.expect(404);
    for reason in ["", "  "] {
        let refused = first.put(&own, &json!({"amount": "750", "reason": reason})).await.expect(422);
        assert_eq!(problems(&refused["errors"]), [("/reason", "required")]);
    }
    // A body without a field that must be there cannot be read at all.
    let refused = first.put(&own, &json!({"amount": "750"})).await.expect(400);
    assert_eq!(problems(&refused["errors"]), [("/reason", "required")]);
    let refused = first.put(&own, &json!({"amount": "-1", "reason": "Less"})).await.expect(422);
    assert_eq!(problems(&refused["errors"])[0].0, "/amount");
    let mutation = "mutation($input: ReplaceOutputInput!) { replaceExpectedOutput(input: $input) { replacement { customerId amount } userErrors { code pointer } } }";
    let ask = async |client: &Client, customer: &str, reason: &str| {
        let input = json!({"planId": company.strategy_led, "customerId": company.ids[customer], "amount": "400", "reason": reason});
        client.data(mutation, json!({"input": input})).await["replaceExpectedOutput"].take()
    };
    let done = ask(second, "C-2", "They close a line").await;
    assert_eq!(
        (plain(&done["replacement"]["customerId"]), &done["replacement"]["amount"]),
        (company.ids["C-2"].clone(), &json!("400.00"))
    );
    assert_eq!(ask(second, "C-1", "Mine").await["userErrors"][0]["code"], "not_found");
    assert_eq!(problems(&ask(second, "C-2", " ").await["userErrors"]), [("/reason", "required")]);
    // Each sees the own one beside the plan, the admin both; the plan's own lines stay.
    let beside = async |client: &Client| {
        let plan = client.get(&format!("/v1/plans/{}", company.strategy_led)).await.expect(200);
        let list = plan["pending_replacements"].as_array().unwrap().clone();
        list.iter()
            .map(|entry| format!("{} {}", entry["external_id"].as_str().unwrap(), entry["amount"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(beside(first).await, ["C-1 750.00"]);
    assert_eq!(beside(second).await, ["C-2 400.00"]);
    assert_eq!(beside(&company.admin).await, ["C-1 750.00", "C-2 400.00"]);
    let lines = company.admin.get(&format!("/v1/plans/{}/steps/2/lines", company.strategy_led)).await.expect(200);
    assert_eq!(lines["items"][0]["amount"], "1111.01");
    let withdraw =
        "mutation($input: WithdrawReplacementInput!) { withdrawReplacement(input: $input) { userErrors { code } } }";
    let input =
        |customer: &str| json!({"input": {"planId": company.strategy_led, "customerId": company.ids[customer]}});
    assert_eq!(first.data(withdraw, input("C-2")).await["withdrawReplacement"]["userErrors"][0]["code"], "not_found");
    assert_eq!(second.data(withdraw, input("C-2")).await["withdrawReplacement"]["userErrors"], json!([]));
    second.delete(&other).await.expect(404);
    assert_eq!(beside(&company.admin).await, ["C-1 750.00"]);
}

#[actix_web::test]
async fn a_new_plan_takes_replacements_over_and_its_own_go_before_them() {
    let company = Company::build().await;
    company.sellers[0].put(&company.replacement("C-1"), &json!({"amount": "750", "reason": "More"})).await.expect(200);
    let mut next = json!({"name": "Second", "fiscal_year": 2014, "method": "strategy_led", "replacements_of": company.strategy_led});
    let plan = made(&company.admin, &next).await;
    let amounts = async |plan: &str| {
        let lines = company.admin.get(&format!("/v1/plans/{plan}/steps/2/lines")).await.expect(200);
        lines["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line["amount"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(amounts(&plan).await, ["750.00", "2222.02"]);
    let head = company.admin.get(&format!("/v1/plans/{plan}")).await.expect(200);
    assert_eq!((&head["replacements"]["C-1"]["reason"], &head["pending_replacements"]), (&json!("More"), &json!([])));
    next["replacements"] = json!({"C-1": {"amount": "5.00", "reason": "Decided"}});
    assert_eq!(amounts(&made(&company.admin, &next).await).await, ["5.00", "2222.02"]);
    for (source, code) in [(&company.task_decomposition, "unknown_plan"), (&company.ids["C-1"], "unknown_plan")] {
        next["replacements_of"] = json!(source);
        let refused = company.admin.post("/v1/plans", &next).await.expect(422);
        assert_eq!(problems(&refused["errors"]), [("/replacements_of", code)]);
    }
    // A plan from above has no outputs of customers.
    let path = format!("/v1/plans/{}/replacements/{}", company.task_decomposition, company.ids["C-1"]);
    company.sellers[0].put(&path, &json!({"amount": "1", "reason": "Mine"})).await.expect(409);
}
