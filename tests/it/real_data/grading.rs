//! All stores graded with the distributor's scale.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::{Decimal, MathematicalOps};
use serde_json::{Value, json};

use super::book::{AS_OF, Book};
use super::kinds::{self, effort_ratio, margin};
use super::ledger::{Sums, day, decimal, round};
use super::scoring::{Places, list, number, shown, work};
use super::table::{all, text};

/// A run that is completed, and its results by rank.
pub struct Run {
    head: Value,
    results: Vec<Value>,
}

/// Grades all stores, checks every result, and returns the results by external id.
pub async fn check(book: &Book) -> BTreeMap<String, Value> {
    let definition = publish(book).await;

    let few = Run::start(book, json!({"share": {"share": "0.8"}})).await;
    assert_eq!(few.customers(), book.smallest_set());
    assert_eq!(few.results.len(), 139);
    let newly_won = Run::start(book, json!({"prospects": {"newly_won_months": 12}})).await;
    assert_eq!(newly_won.customers(), book.newly_won());
    assert_eq!(newly_won.results.len(), 207);
    let prospects = Run::start(book, json!({"prospects": {}})).await;
    assert_eq!(prospects.results, Vec::<Value>::new(), "every store is a customer");

    unjudged(book).await;

    let run = Run::start(book, json!({"all": {}})).await;
    assert_eq!(run.results.len(), 701);
    let distribution: Vec<_> = list(&run.head, "distribution")
        .iter()
        .map(|of| (text(&of["grade"]), of["customers"].as_i64().unwrap()))
        .collect();
    // Golden: fixed bands from 65 and 45, and the caps, on base-currency figures; revenue and profit by place.
    assert_eq!(distribution, [("A".to_owned(), 49), ("B".to_owned(), 264), ("C".to_owned(), 388)]);
    let places = places(book);
    for result in &run.results {
        explanation(book, &run, (&definition, &places), result).await;
    }
    kinds::check(book, &text(&run.head["id"]), &run.results).await;

    let again = Run::start(book, json!({"all": {}})).await;
    for (first, second) in run.results.iter().zip(&again.results) {
        assert_eq!(first, second);
    }
    assert_eq!(run.head["distribution"], again.head["distribution"]);
    for result in run.results.iter().step_by(50) {
        let [first, second] = [run.explain(book, result).await, again.explain(book, result).await];
        assert_eq!((&first["dimensions"], &first["caps"]), (&second["dimensions"], &second["caps"]));
    }
    again.results.into_iter().map(|result| (text(&result["customer_external_id"]), result)).collect()
}

/// The distributor's scale, published; its definition.
async fn publish(book: &Book) -> Value {
    let name = json!({"en": "Stores", "zh": "门店"});
    let new = json!({"code": "stores", "name": name, "template": "industrial_distributor"});
    let scale = book.client.post("/v1/scales", &new).await.expect(201);
    let version = format!("/v1/scales/{}/versions/1", text(&scale["id"]));
    let published = book.client.post(&format!("{version}:publish"), &json!(null)).await.expect(200);
    assert_eq!(published["state"], "published");
    published["definition"].clone()
}

impl Run {
    async fn start(book: &Book, selection: Value) -> Self {
        Self::of("stores", book, selection).await
    }

    async fn of(scale: &str, book: &Book, selection: Value) -> Self {
        let new = json!({"scale_code": scale, "as_of": AS_OF, "selection": selection});
        let started = book.client.post("/v1/grading-runs", &new).await.expect(202);
        let job = book.client.finished(started["job"]["id"].as_str().unwrap()).await;
        assert_eq!(job["state"], "completed", "{job}");
        let path = format!("/v1/grading-runs/{}", text(&started["id"]));
        let head = book.client.get(&path).await.expect(200);
        let results = all(&book.client, &format!("{path}/results")).await;
        let run = Self { head, results };
        run.adds_up();
        run
    }

    /// The counts are those of the results, and ranks follow scores.
    fn adds_up(&self) {
        assert_eq!(self.head["selected"], self.results.len());
        // Those of whom too little is known come last.
        let gradable = self.results.partition_point(|result| result["gradable"] == true);
        let (known, unknown) = self.results.split_at(gradable);
        assert!(unknown.iter().all(|result| result["gradable"] == false && result["rank"].is_null()));
        assert_eq!(self.head["gradable"], gradable);
        let graded = list(&self.head, "distribution").iter().map(|of| of["customers"].as_u64().unwrap()).sum::<u64>();
        assert_eq!(graded, gradable as u64);
        for of in list(&self.head, "distribution") {
            assert_eq!(of["customers"], self.results.iter().filter(|result| result["grade"] == of["grade"]).count());
        }
        for (rank, result) in (1..).zip(known) {
            assert_eq!(result["rank"], rank);
        }
        let falls = |pair: &[Value]| number(&pair[0]["score"]) >= number(&pair[1]["score"]);
        assert!(known.windows(2).all(falls), "by score");
    }

    /// Who was graded.
    fn customers(&self) -> Vec<String> {
        let customers: BTreeSet<String> = self.results.iter().map(|r| text(&r["customer_external_id"])).collect();
        customers.into_iter().collect()
    }

    async fn explain(&self, book: &Book, result: &Value) -> Value {
        let (run, customer) = (text(&self.head["id"]), text(&result["customer_id"]));
        book.client.get(&format!("/v1/grading-runs/{run}/results/{customer}")).await.expect(200)
    }
}

/// A result's explanation adds up to it, follows from the definition, and starts from figures that the lines give.
async fn explanation(book: &Book, run: &Run, (definition, places): (&Value, &Places), result: &Value) {
    let told = run.explain(book, result).await;
    assert_eq!(told["result"], *result);
    let dimensions = list(&told, "dimensions");
    if result["gradable"] == false {
        return refused((definition, places), &told);
    }
    let score = number(&result["score"]);
    let mut sum = Decimal::ZERO;
    for dimension in dimensions {
        let of_factors: Decimal = list(dimension, "factors").iter().map(|factor| number(&factor["contribution"])).sum();
        assert_eq!(of_factors, number(&dimension["contribution"]), "{dimension}");
        sum += of_factors;
    }
    assert_eq!(sum, score, "{told}");

    let defined = list(definition, "dimensions");
    let sheet = |axis: Option<&str>| {
        let keep = |dimension: &&Value| axis.is_none_or(|axis| dimension["axis"] == axis);
        let defined: Vec<_> = defined.iter().filter(keep).collect();
        work(&defined, &dimensions.iter().filter(keep).collect::<Vec<_>>(), places)
    };
    let whole = sheet(None);
    assert_eq!(shown(whole.score), text(&result["score"]));
    assert_eq!(round(whole.known / whole.all, 6).to_string(), text(&result["data_coverage"]));
    assert_eq!(shown(sheet(Some("quality")).score), text(&result["quality"]));
    assert_eq!(shown(sheet(Some("growth")).score), text(&result["growth"]));

    let expected = facts(book, &text(&result["customer_external_id"]));
    for factor in dimensions.iter().flat_map(|dimension| list(dimension, "factors")) {
        let value = factor["value"]["number"].as_str().map(decimal);
        assert_eq!(value, expected[factor["code"].as_str().unwrap()], "{} {factor}", result["customer_external_id"]);
    }
    grade(definition, result, &expected);
}

/// Less than half of all points is known: what is missing is listed, the heaviest first.
fn refused((definition, places): (&Value, &Places), told: &Value) {
    let of = |sheet: &Value| -> Vec<Value> { list(sheet, "dimensions").to_vec() };
    let (defined, found) = (of(definition), of(told));
    let whole = work(&defined.iter().collect::<Vec<_>>(), &found.iter().collect::<Vec<_>>(), places);
    let why = &told["ungradable"];
    assert_eq!((text(&why["reason"]).as_str(), text(&why["min_coverage"]).as_str()), ("low_coverage", "0.5"));
    assert_eq!(round(whole.known / whole.all, 6).to_string(), text(&why["data_coverage"]));
    assert!(whole.known + whole.known < whole.all);
    let weights: Vec<Decimal> = list(why, "lacks").iter().map(|lack| number(&lack["weight"])).collect();
    assert!(!weights.is_empty() && weights.is_sorted_by(|a, b| a >= b), "{weights:?}");
    assert_eq!((&told["result"]["score"], &told["result"]["grade"]), (&Value::Null, &Value::Null));
}

/// As prospects, stores whom nobody has judged are not gradable: all that is known of them is what they are. It was a B.
async fn unjudged(book: &Book) {
    let name = json!({"en": "Prospects", "zh": "潜在客户"});
    let new = json!({"code": "unjudged", "name": name, "template": "prospects"});
    let scale = book.client.post("/v1/scales", &new).await.expect(201);
    let version = format!("/v1/scales/{}/versions/1", text(&scale["id"]));
    let published = book.client.post(&format!("{version}:publish"), &json!(null)).await.expect(200);
    let some: Vec<String> = book.newly_won().into_iter().take(71).collect();
    let named: Vec<Value> = some.iter().map(|id| json!({"system": "default", "external_id": id})).collect();
    let run = Run::of("unjudged", book, json!({"list": {"external_ids": named}})).await;
    assert_eq!((run.results.len(), &run.head["gradable"]), (71, &json!(0)));
    for result in &run.results {
        let told = run.explain(book, result).await;
        refused((&published["definition"], &Places::new()), &told);
        let judged = list(&told["ungradable"], "lacks").iter().filter(|lack| lack["missing"] == "not_judged");
        assert!(judged.count() > 0, "{told}");
    }
}

/// The grade follows from the score's band and the caps: no order for a year at best C, sold below cost at best B.
fn grade(definition: &Value, result: &Value, facts: &BTreeMap<&str, Option<Decimal>>) {
    let score = number(&result["score"]);
    let bands = list(&definition["grade_bands"], "fixed");
    let band = bands.iter().find(|band| number(&band["min_score"]) <= score).unwrap();
    assert_eq!(result["scored_grade"], band["grade"]);
    let idle = facts["recency"].is_some_and(|days| days > Decimal::from(365)).then_some("C");
    let below_cost = facts["margin"].is_some_and(|margin| margin < Decimal::ZERO).then_some("B");
    let worst = idle.into_iter().chain(below_cost).chain(band["grade"].as_str()).max().unwrap();
    assert_eq!(result["grade"], worst, "{result}");
}

/// Everyone's values by factor, in ascending order.
fn places(book: &Book) -> Places {
    let mut places = Places::new();
    for customer in book.customers.values() {
        for (code, value) in facts(book, customer) {
            places.entry(code.to_owned()).or_default().extend(value);
        }
    }
    places.values_mut().for_each(|values| values.sort_unstable());
    places
}

/// The least that a growth is measured against: a hundredth of the stores' median revenue, at least 1,000.
fn least_base(book: &Book) -> Decimal {
    let none = Sums::default();
    let nets = book.customers.values().map(|customer| book.windows[0].get(customer).unwrap_or(&none).net);
    let mut nets: Vec<Decimal> = nets.collect();
    nets.sort_unstable();
    assert_eq!(nets.len() % 2, 1);
    round(nets[nets.len() / 2] / Decimal::ONE_HUNDRED, 4).max(Decimal::ONE_THOUSAND)
}

/// The raw values of the scale's factors, from the lines. Nothing is known of purchase potential.
fn facts<'a>(book: &Book, customer: &str) -> BTreeMap<&'a str, Option<Decimal>> {
    let none = Sums::default();
    let [l12, p12, pp12] = book.windows.each_ref().map(|window| window.get(customer).unwrap_or(&none));
    let ratio = |part: Decimal, whole: Decimal| (whole > Decimal::ZERO).then(|| round(part / whole, 6));
    let last = book.days.get(customer).map(|(_, last)| *last);
    let days = last.map(|last| Decimal::from((day("2013-11-30") - last).num_days()));
    let root = || round((l12.net / pp12.net).sqrt().unwrap() - Decimal::ONE, 6);
    let least = least_base(book);
    BTreeMap::from([
        ("revenue", Some(l12.net)),
        // Nothing is known of costs to serve.
        ("profit", Some(margin(l12))),
        ("effort", effort_ratio(book, l12)),
        ("margin", ratio(l12.net - l12.cost, l12.net)),
        ("active_months", Some(l12.by_month.values().filter(|net| **net > Decimal::ZERO).count().into())),
        ("orders", Some(l12.orders.len().into())),
        ("recency", days),
        ("growth", (p12.net >= least).then(|| ratio(l12.net - p12.net, p12.net)).flatten()),
        ("three_years", (pp12.net >= least).then(root)),
        ("breadth", Some(l12.categories.len().into())),
        ("size", book.employees.get(customer).copied()),
        ("wallet", None),
    ])
}
