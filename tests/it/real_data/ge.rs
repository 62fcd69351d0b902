//! All stores in the GE matrix: by what the files hold nobody, and by a purchase potential beside it those who have one. Every
//! score is worked out from the files.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::book::{AS_OF, Book};
use super::ledger::{Sums, day, decimal, round};
use super::scoring::{list, number, shown};
use super::table::{all, text};
use super::xml;
use crate::support::{Client, Pack, pack};

const CELLS: [&str; 9] = [
    "high_strong",
    "high_medium",
    "high_weak",
    "medium_strong",
    "medium_medium",
    "medium_weak",
    "low_strong",
    "low_medium",
    "low_weak",
];

/// Maps all stores, checks every place, and returns the places by external id.
pub async fn check(book: &Book) -> BTreeMap<String, Value> {
    publish(&book.client).await;
    nobody_by_size_and_sales_alone(book).await;
    let stores = Stores::of(book, &pack("adventureworks_b2b").unwrap());
    stores.tell_potentials(&book.client).await;
    let mapping = map(&book.client).await;
    let positions = places(&book.client, &mapping).await;
    for position in &positions {
        stores.check(position);
    }
    let matrix = matrix(book, &mapping, &positions).await;
    // Golden: customers by cell, on base-currency figures, worked out from the files by another program too. Mapped are the
    // 493 stores that bought in the 12 months and so were given a potential.
    let customers: Vec<i64> = list(&matrix, "cells").iter().map(|cell| cell["customers"].as_i64().unwrap()).collect();
    assert_eq!((customers, matrix["unmapped"].as_i64()), (vec![77, 65, 10, 36, 112, 14, 97, 69, 13], Some(208)));

    chart(&book.client).await;

    let again = map(&book.client).await;
    let second = places(&book.client, &again).await;
    for (first, second) in positions.iter().zip(&second) {
        assert_eq!(first, second);
    }
    second.into_iter().map(|position| (text(&position["external_id"]), position)).collect()
}

async fn places(client: &Client, mapping: &str) -> Vec<Value> {
    let positions = all(client, &format!("/v1/ge-mappings/{mapping}/positions?sort=external_id")).await;
    assert_eq!(positions.len(), 701);
    positions
}

/// The files tell of a store its size and what it buys from us, but neither what it buys from anyone, nor how it pays, nor
/// where it is going: a fifth of what makes it attractive. Prospects were placed by their number of employees before.
async fn nobody_by_size_and_sales_alone(book: &Book) {
    let mapping = map(&book.client).await;
    let matrix = book.client.get("/v1/ge-matrix").await.expect(200);
    assert_eq!((&matrix["mapped"], &matrix["unmapped"]), (&json!(0), &json!(701)));
    assert_eq!(number(&matrix["unmapped_revenue"]), book.net_l12());
    for position in places(&book.client, &mapping).await {
        assert_eq!((&position["cell"], &position["attractiveness"]), (&Value::Null, &Value::Null));
        let coverage = [&position["attractiveness_coverage"], &position["strength_coverage"]];
        // How long ago the last order was is known of who ever ordered.
        let has_ordered = book.days.contains_key(position["external_id"].as_str().unwrap());
        assert_eq!(coverage, ["0.200000", if has_ordered { "0.600000" } else { "0.500000" }], "{position}");
        let lacks: Vec<(String, String)> =
            list(&position, "lacks").iter().map(|lack| (text(&lack["factor"]), text(&lack["share"]))).collect();
        let expected = [
            ("purchase_potential", "0.300000"),
            ("overdue_days", "0.200000"),
            ("industry_outlook", "0.150000"),
            ("expansion", "0.150000"),
        ];
        assert_eq!(lacks, expected.map(|(factor, share)| (factor.to_owned(), share.to_owned())));
    }
}

/// What the files say of the stores, and a potential of those that bought in the 12 months: half as much again as what its own
/// revenue is in the file.
struct Stores<'a> {
    book: &'a Book,
    potentials: BTreeMap<String, Decimal>,
    /// Own yearly revenue in US dollars by the rate of the last day.
    revenues: BTreeMap<String, Decimal>,
    /// What we sold in the 12 months.
    nets: BTreeMap<String, Decimal>,
}

impl<'a> Stores<'a> {
    fn of(book: &'a Book, pack: &Pack) -> Self {
        let rates = pack.rows("fx_rates.csv");
        let rate = |currency: &str| match currency {
            "" | "USD" => Decimal::ONE,
            other => {
                let row = rates.iter().find(|row| row["currency"] == other && row["date"] == "2013-11-30").unwrap();
                decimal(&row["usd_per_unit_average"])
            }
        };
        let rows = pack.rows("customers.csv");
        let revenue = |row: &BTreeMap<String, String>| decimal(&row["annual_revenue"]);
        let id = |row: &BTreeMap<String, String>| row["external_id"].clone();
        let l12 = &book.windows[0];
        let net = |customer: &String| l12.get(customer).map(|sums| sums.net).unwrap_or_default();
        Self {
            book,
            potentials: rows
                .iter()
                .filter(|row| l12.contains_key(&row["external_id"]))
                .map(|row| (id(row), round(revenue(row) * Decimal::new(15, 1), 4)))
                .collect(),
            revenues: rows.iter().map(|row| (id(row), round(revenue(row) * rate(&row["currency"]), 4))).collect(),
            nets: rows.iter().map(|row| (id(row), net(&row["external_id"]))).collect(),
        }
    }

    async fn tell_potentials(&self, client: &Client) {
        let item = |(customer, amount): (&String, &Decimal)| json!({"customer_external_id": customer, "category": "Bikes", "yearly_amount": amount.to_string()});
        let items: Vec<Value> = self.potentials.iter().map(item).collect();
        client.batch("/v1/purchase-potentials:batch", &json!(items)).await;
    }

    /// A position against what the files say.
    fn check(&self, position: &Value) {
        let customer = text(&position["external_id"]);
        let potential = self.potentials.get(&customer);
        let (attractiveness, strength) = (self.attractiveness(&customer), self.strength(&customer));
        assert_eq!(text(&position["attractiveness"]), shown(attractiveness), "{position}");
        assert_eq!(text(&position["strength"]), shown(Some(strength)), "{position}");
        let cell = attractiveness.map(|attractiveness| {
            let row = ["low", "medium", "high"][third(attractiveness)];
            format!("{row}_{}", ["weak", "medium", "strong"][third(strength)])
        });
        assert_eq!(text(&position["cell"]), cell.unwrap_or_default(), "{position}");
        let coverage = [&position["attractiveness_coverage"], &position["strength_coverage"]];
        let expected = match (potential, self.book.days.contains_key(&customer)) {
            (Some(_), _) => ["0.500000", "0.850000"],
            (None, true) => ["0.200000", "0.600000"],
            (None, false) => ["0.200000", "0.500000"],
        };
        assert_eq!(coverage, expected, "{position}");
        assert_eq!(position["cell"].is_null(), !list(position, "lacks").is_empty(), "{position}");
        let net = self.book.windows[0].get(&customer).map(|sums| sums.net);
        assert_eq!(text(&position["revenue_l12"]), round(net.unwrap_or_default(), 4).to_string());
        assert_eq!(text(&position["potential"]), potential.map(ToString::to_string).unwrap_or_default());
    }

    /// Potential 0.3 and size 0.2, scaled to 1; none without the potential, as size alone is a fifth of the axis.
    fn attractiveness(&self, customer: &str) -> Option<Decimal> {
        let potential = *self.potentials.get(customer)?;
        let share = place(self.potentials.values(), potential, true);
        let employees = self.book.employees[customer];
        let employees = band(employees, &[(10, 3), (20, 5), (50, 7), (200, 9), (500, 10)], 1);
        let revenue = Decimal::TEN * place(self.revenues.values(), self.revenues[customer], true);
        let size = Decimal::ONE_HUNDRED * (employees + revenue) / Decimal::from(20);
        Some((Decimal::from(30) * share + Decimal::new(2, 1) * size) * Decimal::TWO)
    }

    /// Position 0.45, relationship 0.35 and range 0.2. Share of wallet counts where a potential is known.
    fn strength(&self, customer: &str) -> Decimal {
        let none = Sums::default();
        let sums = self.book.windows[0].get(customer).unwrap_or(&none);
        let rank = Decimal::from(20) * place(self.nets.values(), self.nets[customer], true);
        let wallet = self.potentials.get(customer).map(|potential| {
            let share = round(sums.net / potential, 6) / Decimal::new(6, 1);
            Decimal::from(25) * share.clamp(Decimal::ZERO, Decimal::ONE)
        });
        let (points, maximum) = wallet.map_or((rank, 20), |wallet| (rank + wallet, 45));
        let position = Decimal::from(45) * points / Decimal::from(maximum);
        let months = sums.by_month.values().filter(|net| **net > Decimal::ZERO).count();
        let months = band(months.into(), &[(1, 2), (2, 4), (4, 6), (7, 8), (10, 10)], 0);
        let recency = self.book.days.get(customer).map_or(Decimal::ZERO, |(_, last)| {
            let days = Decimal::from((day("2013-11-30") - *last).num_days());
            band(days, &[(46, 8), (91, 6), (181, 2), (366, 0)], 10)
        });
        let range = band(sums.categories.len().into(), &[(1, 6), (2, 12), (3, 16), (4, 20)], 0);
        position + Decimal::from(35) * (months + recency) / Decimal::from(20) + range
    }
}

/// Points by ascending thresholds, `below` the first one.
fn band(value: Decimal, bands: &[(i64, i64)], below: i64) -> Decimal {
    let reached = bands.iter().rfind(|(from, _)| Decimal::from(*from) <= value);
    Decimal::from(reached.map_or(below, |(_, points)| *points))
}

/// The share of the others who are worse, of equals half.
fn place<'a>(all: impl Iterator<Item = &'a Decimal> + Clone, value: Decimal, more_is_better: bool) -> Decimal {
    let others = all.clone().count() - 1;
    let worse = all.clone().filter(|other| if more_is_better { **other < value } else { **other > value }).count();
    let equal = all.filter(|other| **other == value).count() - 1;
    Decimal::from(2 * worse + equal) / Decimal::from(2 * others)
}

/// The standard model, published.
async fn publish(client: &Client) {
    let new = json!({"code": "stores", "name": {"en": "Stores", "zh": "门店"}, "template": "standard"});
    let model = client.post("/v1/ge-models", &new).await.expect(201);
    let version = format!("/v1/ge-models/{}/versions/1", text(&model["id"]));
    let published = client.post(&format!("{version}:publish"), &json!(null)).await.expect(200);
    assert_eq!(published["state"], "published");
}

/// Maps all customers; the mapping's id.
async fn map(client: &Client) -> String {
    let new = json!({"model_code": "stores", "as_of": AS_OF});
    let started = client.post("/v1/ge-mappings", &new).await.expect(202);
    let job = client.finished(started["job"]["id"].as_str().unwrap()).await;
    assert_eq!(job["state"], "completed", "{job}");
    text(&started["id"])
}

/// Cut at exactly 100/3 and 200/3; a score on a cut-off belongs to the higher class.
fn third(score: Decimal) -> usize {
    let tripled = round(score * Decimal::from(3), 18);
    [100, 200].into_iter().filter(|cut| tripled >= Decimal::from(*cut)).count()
}

/// The matrix counts every customer once and every cent of revenue.
async fn matrix(book: &Book, mapping: &str, positions: &[Value]) -> Value {
    let matrix = book.client.get("/v1/ge-matrix").await.expect(200);
    assert_eq!((text(&matrix["mapping_id"]).as_str(), &matrix["currency"]), (mapping, &json!("USD")));
    let cells = list(&matrix, "cells");
    assert_eq!(cells.iter().map(|cell| text(&cell["cell"])).collect::<Vec<_>>(), CELLS);
    for cell in cells {
        let inside = || positions.iter().filter(|position| position["cell"] == cell["cell"]);
        assert_eq!(cell["customers"], inside().count());
        assert_eq!(number(&cell["revenue"]), inside().map(|position| number(&position["revenue_l12"])).sum());
    }
    let customers: i64 = cells.iter().map(|cell| cell["customers"].as_i64().unwrap()).sum();
    let revenue: Decimal = cells.iter().map(|cell| number(&cell["revenue"])).sum();
    assert_eq!((matrix["mapped"].as_i64(), number(&matrix["mapped_revenue"])), (Some(customers), revenue));
    assert_eq!(customers + matrix["unmapped"].as_i64().unwrap(), 701);
    assert_eq!(revenue + number(&matrix["unmapped_revenue"]), book.net_l12());
    matrix
}

/// The chart is a picture in both languages.
async fn chart(client: &Client) {
    for (language, title) in [("en", "Market attractiveness"), ("zh-CN", "市场吸引力")] {
        let request = client.request(reqwest::Method::GET, "/v1/ge-matrix");
        let request = request.header("Accept", "image/svg+xml").header("Accept-Language", language);
        let answer = client.send(request).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "image/svg+xml"));
        assert_eq!(answer.header("content-language"), language);
        assert_eq!(xml::root(&answer.text), "svg");
        assert!(answer.text.contains(title), "{}", answer.text);
    }
}
