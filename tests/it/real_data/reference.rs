//! Every reference file against the statistics.

use serde_json::{Value, json};

use super::table::{Row, all, assert_same, assert_same_set, fields, items, pages, reference, text};
use crate::support::{Client, Pack};

const SUMS: [&str; 7] = ["lines", "orders", "customers", "net", "cost", "gross_margin", "gross_margin_pct"];

/// A loaded pack beside its answers.
pub struct Answers<'a> {
    pub client: &'a Client,
    pub pack: &'a Pack,
}

impl Answers<'_> {
    /// Every file that all packs have.
    pub async fn check(&self) {
        self.yearly_revenue().await;
        self.salesperson_year().await;
        self.top20_customers().await;
        self.pareto_80().await;
        self.abc_counts().await;
        self.abc_by_customer().await;
        self.margin_by_category_x_class().await;
        self.three_years().await;
        self.cagr_top10().await;
        self.yearly_revenue_over_graphql().await;
    }

    /// The calendar years with sales.
    fn years(&self) -> Vec<i32> {
        let rows = reference(self.pack, "yearly_revenue.csv", &["year"]);
        rows.iter().filter_map(|row| row[0].parse().ok()).collect()
    }

    fn last_year(&self) -> i32 {
        self.years().into_iter().max().unwrap()
    }

    /// Groups of the sales statistics, each with its keys in front; and the totals.
    async fn sales(&self, group_by: &str) -> (Vec<Row>, Row) {
        let path = format!("/v1/statistics/sales?period=all&amounts=original&group_by={group_by}");
        let answer = self.client.get(&path).await.expect(200);
        let row = |row: &Value| {
            let keys = row["keys"].as_array().unwrap().iter().map(|key| text(&key["key"]));
            keys.chain(fields(row, &SUMS)).collect()
        };
        (answer["rows"].as_array().unwrap().iter().map(row).collect(), row(&answer["totals"]))
    }

    async fn yearly_revenue(&self) {
        let (mut rows, totals) = self.sales("year").await;
        rows.push([vec!["total".to_owned()], totals].concat());
        assert_same("yearly_revenue", &rows, &self.yearly_reference());
    }

    fn yearly_reference(&self) -> Vec<Row> {
        let columns =
            ["year", "lines", "orders", "customers", "net_amount", "cost_amount", "gross_margin", "margin_pct"];
        reference(self.pack, "yearly_revenue.csv", &columns)
    }

    pub async fn yearly_revenue_by_currency(&self) {
        let (rows, _) = self.sales("year,currency").await;
        let columns = [
            "year",
            "currency",
            "lines",
            "orders",
            "customers",
            "net_amount",
            "cost_amount",
            "gross_margin",
            "margin_pct",
        ];
        let expected = reference(self.pack, "yearly_revenue_by_currency.csv", &columns);
        assert_same_set("yearly_revenue_by_currency", rows, expected);
    }

    async fn salesperson_year(&self) {
        let (rows, _) = self.sales("salesperson,year").await;
        let columns = [
            "salesperson_id",
            "year",
            "lines",
            "orders",
            "customers",
            "net_amount",
            "cost_amount",
            "gross_margin",
            "margin_pct",
        ];
        assert_same_set("salesperson_year", rows, reference(self.pack, "salesperson_year.csv", &columns));
    }

    /// The classes of the whole period, or of a calendar year; and the customers by rank.
    async fn classes(&self, year: Option<i32>, edge: &str) -> (Value, Vec<Value>) {
        let span = year.map_or("&period=all".to_owned(), |year| format!("&from={year}-01-01&to={}-01-01", year + 1));
        let path = format!("/v1/statistics/sales-classes?amounts=original&share=0.8&edge={edge}{span}");
        let pages = pages(self.client, &path).await;
        (pages[0].clone(), items(&pages))
    }

    /// The whole period, then each year.
    fn periods(&self) -> Vec<(String, Option<i32>)> {
        let years = self.years().into_iter().map(|year| (year.to_string(), Some(year)));
        [("whole".to_owned(), None)].into_iter().chain(years).collect()
    }

    async fn top20_customers(&self) {
        let (_, customers) = self.classes(None, "crossing").await;
        let names = ["rank", "external_id", "name", "net", "share", "cumulative_share"];
        let top: Vec<Row> = customers.iter().take(20).map(|customer| fields(customer, &names)).collect();
        let columns = ["rank", "customer_id", "name", "net_amount", "share", "cumulative_share"];
        assert_same("top20_customers", &top, &reference(self.pack, "top20_customers.csv", &columns));
    }

    async fn pareto_80(&self) {
        let mut rows = Vec::new();
        for (period, year) in self.periods() {
            let (head, customers) = self.classes(year, "crossing").await;
            let set = &head["smallest_set"];
            assert_eq!(set["customers"], customers.iter().filter(|c| c["in_smallest_set"] == true).count());
            rows.push(
                [
                    vec![period],
                    fields(&head, &["customers", "total_net"]),
                    fields(set, &["customers", "share_of_customers"]),
                ]
                .concat(),
            );
        }
        let columns = ["period", "customers", "total_net", "customers_for_80pct", "share_of_customers"];
        assert_same("pareto_80", &rows, &reference(self.pack, "pareto_80.csv", &columns));
    }

    async fn abc_counts(&self) {
        let mut rows = Vec::new();
        for (period, year) in self.periods() {
            for edge in ["crossing", "strict"] {
                let (head, _) = self.classes(year, edge).await;
                let class = |class| {
                    let counts = fields(class, &["sales_class", "customers", "net", "share"]);
                    [vec![period.clone(), edge.to_owned()], counts].concat()
                };
                rows.extend(head["classes"].as_array().unwrap().iter().map(class));
            }
        }
        let columns = ["period", "edge_customer", "abc", "customers", "net_amount", "share"];
        assert_same("abc_counts", &rows, &reference(self.pack, "abc_counts.csv", &columns));
    }

    async fn abc_by_customer(&self) {
        let (_, crossing) = self.classes(None, "crossing").await;
        let (_, strict) = self.classes(None, "strict").await;
        let row = |(crossing, strict): (&Value, &Value)| {
            assert_eq!(crossing["external_id"], strict["external_id"]);
            let names = ["external_id", "net", "cumulative_share", "sales_class"];
            [fields(crossing, &names), fields(strict, &["sales_class"])].concat()
        };
        let rows: Vec<Row> = crossing.iter().zip(&strict).map(row).collect();
        let columns = ["customer_id", "net_amount", "cumulative_share", "abc_crossing", "abc_strict"];
        assert_same("abc_by_customer", &rows, &reference(self.pack, "abc_by_customer.csv", &columns));
    }

    async fn margin_by_category_x_class(&self) {
        let path = "/v1/statistics/margin-by-class?period=all&amounts=original&edge=crossing";
        let answer = self.client.get(path).await.expect(200);
        let row = |row: &Value| {
            let category = if row["all_categories"] == true { "all".to_owned() } else { text(&row["category"]) };
            let class = if row["sales_class"].is_null() { "all".to_owned() } else { text(&row["sales_class"]) };
            let sums = fields(row, &["lines", "net", "cost", "gross_margin", "gross_margin_pct"]);
            [vec![category, class], sums].concat()
        };
        let rows: Vec<Row> = answer["items"].as_array().unwrap().iter().map(row).collect();
        let columns = ["category", "abc", "lines", "net_amount", "cost_amount", "gross_margin", "margin_pct"];
        let expected = reference(self.pack, "margin_by_category_x_class.csv", &columns);
        assert_same("margin_by_category_x_class", &rows, &expected);
    }

    /// Three years of each customer, and how many years with sales customers have.
    async fn three_years(&self) {
        let (head, customers) = self.three_year_figures().await;
        let last = self.last_year();
        let names = ["years_with_sales", "net_1", "net_2", "net_3", "cagr_2_intervals", "three_year_average"];
        let row = |customer: &Value| [fields(customer, &["external_id"]), fields(customer, &names)].concat();
        let rows: Vec<Row> = customers.iter().map(row).collect();
        let nets = [2, 1, 0].map(|back| format!("net_{}", last - back));
        let [first, second, third] = nets.each_ref().map(String::as_str);
        let columns =
            ["customer_id", "years_with_sales", first, second, third, "cagr_2_intervals", "three_year_average"];
        assert_same_set("three_year_by_customer", rows, reference(self.pack, "three_year_by_customer.csv", &columns));
        let blank = reference(self.pack, "three_year_by_customer.csv", &["cagr_3_intervals"]);
        assert!(blank.iter().all(|row| row[0].is_empty()), "no pack has four whole years");

        let count = |count| fields(count, &["years_with_sales", "customers"]);
        let counts: Vec<Row> = head["counts"].as_array().unwrap().iter().map(count).collect();
        let expected = reference(self.pack, "three_year_verification.csv", &["years_with_sales", "customers"]);
        assert_same("three_year_verification", &counts, &expected);
    }

    async fn three_year_figures(&self) -> (Value, Vec<Value>) {
        let path = format!("/v1/statistics/three-years?amounts=original&last_year={}", self.last_year());
        let pages = pages(self.client, &path).await;
        (pages[0].clone(), items(&pages))
    }

    /// The ten largest by name and rank. The row of all customers has the nets of the years, which are compared with
    /// `yearly_revenue.csv`.
    async fn cagr_top10(&self) {
        let (_, by_rank) = self.classes(None, "crossing").await;
        let (_, figures) = self.three_year_figures().await;
        let names = ["name", "net_1", "net_2", "net_3", "cagr_2_intervals", "three_year_average"];
        let row = |place: &Value| {
            let own = figures.iter().find(|figures| figures["external_id"] == place["external_id"]).unwrap();
            [fields(place, &["rank", "external_id"]), fields(own, &names)].concat()
        };
        let rows: Vec<Row> = by_rank.iter().take(10).map(row).collect();
        let nets = [2, 1, 0].map(|back| format!("net_{}", self.last_year() - back));
        let [first, second, third] = nets.each_ref().map(String::as_str);
        let columns = ["rank", "customer_id", "name", first, second, third, "cagr_2_intervals", "three_year_average"];
        let mut expected = reference(self.pack, "cagr_top10.csv", &columns);
        let whole = expected.pop().unwrap();
        assert_eq!(whole[1], "ALL");
        assert_same("cagr_top10", &rows, &expected);
        let (years, _) = self.sales("year").await;
        let nets: Vec<String> = years[years.len() - 3..].iter().map(|year| year[4].clone()).collect();
        assert_eq!(nets, whole[3..6]);
    }

    pub async fn quota_attainment(&self) {
        let answer = self.client.get("/v1/statistics/quota-attainment?amounts=original").await.expect(200);
        let names = ["external_id", "period_start", "period_end_exclusive", "quota", "net", "attainment"];
        let rows = answer["items"].as_array().unwrap().iter().map(|row| fields(row, &names)).collect();
        let columns = ["salesperson_id", "period_start", "period_end_exclusive", "quota", "net_amount", "attainment"];
        let mut expected = reference(self.pack, "quota_attainment.csv", &columns);
        // A period without an end is null, not a day in the far future.
        expected.iter_mut().filter(|row| row[2] == "9999-12-31").for_each(|row| row[2].clear());
        assert_same_set("quota_attainment", rows, expected);
    }

    /// The other face says the same.
    async fn yearly_revenue_over_graphql(&self) {
        let query = "query($input: StatisticsQueryInput) { salesStatistics(input: $input) { \
            rows { keys { key } ...sums } totals { ...sums } } } \
            fragment sums on StatisticsRow { lines orders customers net cost grossMargin grossMarginPct }";
        let input = json!({"input": {"groupBy": ["YEAR"], "amounts": "ORIGINAL"}});
        let answer = self.client.data(query, input).await;
        let names = ["lines", "orders", "customers", "net", "cost", "grossMargin", "grossMarginPct"];
        let years = answer["salesStatistics"]["rows"].as_array().unwrap();
        let mut rows: Vec<Row> =
            years.iter().map(|row| [vec![text(&row["keys"][0]["key"])], fields(row, &names)].concat()).collect();
        rows.push([vec!["total".to_owned()], fields(&answer["salesStatistics"]["totals"], &names)].concat());
        assert_same("yearly_revenue over GraphQL", &rows, &self.yearly_reference());
    }

    /// Of `checks.csv` all that can be asked for: how much of what is there, and how much of it is filled.
    pub async fn checks(&self, of_pack: &[(&str, String)]) {
        let mut found = self.counts_of_what_is_there().await;
        found.extend(of_pack.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let checks: Vec<Row> = reference(self.pack, "checks.csv", &["check", "value"]);
        for (name, value) in found {
            let expected = checks.iter().find(|check| check[0] == name).unwrap_or_else(|| panic!("no check {name}"));
            assert_eq!(value, expected[1], "{name}");
        }
    }

    async fn counts_of_what_is_there(&self) -> Vec<(String, String)> {
        let customers = all(self.client, "/v1/customers").await;
        let products = all(self.client, "/v1/products").await;
        let (_, totals) = self.sales("").await;
        let (by_product, _) = self.sales("product").await;
        let (by_seller, _) = self.sales("salesperson").await;
        let edge = async |sort: &str| {
            let page = self.client.get(&format!("/v1/sales-lines?sort={sort}&limit=1")).await.expect(200);
            text(&page["items"][0]["day"])
        };
        let buyers: usize = totals[2].parse().unwrap();
        let mut found = vec![
            ("rows customers", customers.len().to_string()),
            ("rows products", products.len().to_string()),
            ("rows salespeople", all(self.client, "/v1/salespeople").await.len().to_string()),
            ("rows sales", totals[0].clone()),
            ("customers sharing a name", sharing_a_name(&customers).to_string()),
            ("customers with non-ASCII name", count(&customers, |c| !text(&c["name"]).is_ascii())),
            ("products without cost", count(&products, |p| p["standard_cost"].is_null())),
            ("customers without a sale", (customers.len() - buyers).to_string()),
            ("products without a sale", (products.len() - by_product.len()).to_string()),
            ("sales without salesperson", count(&by_seller, |row| row[0].is_empty())),
            ("orders", totals[1].clone()),
            ("first order_date", edge("day").await),
            ("last order_date", edge("-day").await),
            ("total net", totals[3].clone()),
        ];
        for (check, field) in [
            ("customers filled: industry", "industry"),
            ("customers filled: region", "territory"),
            ("customers filled: country", "country"),
            ("customers filled: city", "city"),
            ("customers filled: segment_hint", "segment_hint"),
            ("customers filled: salesperson_id", "owner_id"),
            ("customers filled: credit_limit", "credit_limit"),
            ("customers filled: currency", "currency"),
            ("customers filled: employees", "employees"),
            ("customers filled: annual_revenue", "annual_revenue"),
            ("customers filled: first_seen", "first_seen"),
        ] {
            found.push((check, count(&customers, |customer| !customer[field].is_null())));
        }
        if !totals[4].is_empty() {
            found.push(("total cost", totals[4].clone()));
        }
        found.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

fn count<T>(list: &[T], keep: impl Fn(&T) -> bool) -> String {
    list.iter().filter(|item| keep(item)).count().to_string()
}

/// Customers whose name another customer has too.
fn sharing_a_name(customers: &[Value]) -> usize {
    let same = |one: &Value| customers.iter().filter(|other| other["name"] == one["name"]).count() > 1;
    customers.iter().filter(|customer| same(customer)).count()
}
