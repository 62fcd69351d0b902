//! Each kind from a golden file; all problems of a row at once; the shared packs where they are at hand.

use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::PathBuf;

use super::*;
use crate::imports::{FileForm, Layout, Limits, Reading, Refused, RowCode, read};

/// Line, column and code of everything wrong with a row.
type Wrong = Vec<(u64, Option<String>, RowCode)>;

fn records<T: ImportRow>(file: impl Read) -> Vec<Result<Record, Refused>> {
    let layout = Layout::plain(T::KIND);
    let reading = Reading { form: FileForm::default(), layout, limits: Limits::default() };
    let mut records = Vec::new();
    read(file, &reading, |next, _| {
        records.push(next);
        ControlFlow::Continue(())
    })
    .unwrap();
    records
}

fn parse<T: ImportRow>(text: &str) -> Vec<Result<T, Wrong>> {
    let wrong = |problems: Vec<RowProblem>| problems.into_iter().map(|p| (p.line, p.column, p.code)).collect();
    records::<T>(text.as_bytes()).into_iter().map(|record| T::parse(&record.unwrap()).map_err(wrong)).collect()
}

fn one<T: ImportRow>(text: &str) -> T {
    let mut rows = parse(text);
    assert_eq!(rows.len(), 1);
    rows.remove(0).unwrap_or_else(|p| panic!("{p:?}"))
}

#[test]
fn a_customer_with_everything() {
    let row: CustomerRow = one(
        "external_id,name,industry,region,country,city,segment_hint,salesperson_id,credit_limit,\
         currency,employees,annual_revenue,first_seen,stage,tags\n\
         C1,苏州启衡机械,Machine Tools,China,China,Suzhou,,S1,71800.00,CNY,120,5000000,2020-02-29,Active,\"key; new;key\"\n",
    );
    assert_eq!((row.external_id.as_str(), row.name.as_str(), row.segment_hint), ("C1", "苏州启衡机械", None));
    assert_eq!(row.credit_limit.unwrap().to_string(), "71800.0000");
    assert_eq!((row.employees, row.stage), (Some(120), Some(CustomerStage::Active)));
    assert_eq!(row.tags, ["key", "new"]);
}

#[test]
fn all_problems_of_a_row_are_found_at_once() {
    let long = "x".repeat(201);
    let text = format!(
        "external_id,name,region,credit_limit,currency,employees,first_seen,stage\n\
         {long},,\"a\tb\",-1,eur,1.5,2024-13-01,new\n"
    );
    let expected = [
        ("external_id", RowCode::TooLong),
        ("stage", RowCode::InvalidChoice),
        ("region", RowCode::ControlCharacter),
        ("credit_limit", RowCode::OutOfRange),
        ("currency", RowCode::InvalidCurrency),
        ("employees", RowCode::InvalidInteger),
        ("first_seen", RowCode::InvalidDate),
    ];
    let expected: Vec<_> = expected.into_iter().map(|(column, code)| (2, Some(column.to_owned()), code)).collect();
    assert_eq!(parse::<CustomerRow>(&text), [Err(expected)]);
}

#[test]
fn a_sales_line_names_its_order() {
    let header = "external_id,order_date,customer_id,product_id,salesperson_id,quantity,unit_price,discount,net_amount,cost_amount,currency";
    let row: SalesLineRow =
        one(&format!("{header}\nSO-43659-2,2010-12-29,C1,P1,279,-3,2024.9940,0.0000,-6074.9820,,USD\n"));
    assert_eq!((row.order_id.as_str(), row.cost_amount), ("SO-43659", None));
    assert_eq!(row.net_amount.to_string(), "-6074.9820");
    let row: SalesLineRow = one(&format!("{header},order_id\nL7-1,2010-12-29,C1,P1,,3,,,5,,,SO9\n"));
    assert_eq!((row.order_id.as_str(), row.currency), ("SO9", None));
    assert_eq!(SalesLineRow::order_of("77"), "77");
    assert_eq!(SalesLineRow::order_of("-7"), "-7");
    let rows = parse::<SalesLineRow>(&format!("{header}\nA-1,2010-12-29,C1,P1,,1.00001,,,1e5,,\n"));
    let expected = [("quantity", RowCode::TooManyPlaces), ("net_amount", RowCode::InvalidDecimal)];
    assert_eq!(rows, [Err(expected.map(|(column, code)| (2, Some(column.to_owned()), code)).to_vec())]);
}

#[test]
fn a_rate_knows_what_it_is_priced_in() {
    let row: FxRateRow =
        one("date,currency,usd_per_unit_average,usd_per_unit_close\n2010-12-29,AUD,0.645536118,0.64516129\n");
    assert_eq!((row.rate.to_string().as_str(), row.base_currency.unwrap().as_str()), ("0.645536118", "USD"));
    assert_eq!(row.close.unwrap().to_string(), "0.64516129");
    let row: FxRateRow = one("date,currency,rate\n2010-12-29,AUD,0.64\n");
    assert_eq!((row.rate.to_string().as_str(), row.base_currency), ("0.64", None));
    assert_eq!(
        parse::<FxRateRow>("date,currency,rate\n2010-12-29,AUD,\n2010-12-29,AUD,0\n"),
        [
            Err(vec![(2, Some("rate".to_owned()), RowCode::Required)]),
            Err(vec![(3, Some("rate".to_owned()), RowCode::OutOfRange)]),
        ]
    );
}

#[test]
fn products_people_quotas_and_payments() {
    let product: ProductRow =
        one("external_id,name,category,subcategory,standard_cost,list_price\n1,Chai,Beverages,,,18.0000\n");
    assert_eq!((product.standard_cost, product.list_price.unwrap().to_string().as_str()), (None, "18.0000"));
    let person: SalespersonRow = one("external_id,name,region,quota\n275,michael9,Northeast,300000.0000\n");
    assert_eq!(person.quota.unwrap().to_string(), "300000.0000");
    let quota: QuotaRow = one("salesperson_id,period_start,quota\n274,2010-12-29,28000.0000\n");
    assert_eq!(quota.period_start.to_string(), "2010-12-29");
    let payment: PaymentRow = one("customer_id,paid_on,amount\n363,2003-01-16,10223.83\n");
    assert_eq!((payment.external_id, payment.amount.to_string().as_str()), (None, "10223.8300"));
}

/// Where the shared packs lie, when they are at hand.
fn packs() -> Option<PathBuf> {
    let folder = std::env::var_os("FENJI_DATA_PACKS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    folder.is_dir().then_some(folder)
}

fn count<T: ImportRow>(file: PathBuf) -> usize {
    let records = records::<T>(File::open(&file).unwrap());
    records.iter().filter(|record| T::parse(record.as_ref().unwrap()).is_ok()).count()
}

#[test]
fn the_shared_packs_read_without_a_problem() {
    let Some(packs) = packs() else {
        eprintln!("SKIPPED: no shared data packs; set FENJI_DATA_PACKS to their folder");
        return;
    };
    let aw = packs.join("adventureworks_b2b");
    assert_eq!(count::<CustomerRow>(aw.join("customers.csv")), 701);
    assert_eq!(count::<ProductRow>(aw.join("products.csv")), 295);
    assert_eq!(count::<SalespersonRow>(aw.join("salespeople.csv")), 17);
    assert_eq!(count::<SalesLineRow>(aw.join("sales.csv.gz")), 60_855);
    assert_eq!(count::<FxRateRow>(aw.join("fx_rates.csv")), 6_158);
    assert_eq!(count::<QuotaRow>(aw.join("quotas.csv")), 163);
    let classic = packs.join("classicmodels");
    assert_eq!(count::<CustomerRow>(classic.join("customers.csv")), 122);
    assert_eq!(count::<SalesLineRow>(classic.join("sales.csv")), 2_917);
    assert_eq!(count::<PaymentRow>(classic.join("payments.csv")), 273);
    let northwind = packs.join("northwind");
    assert_eq!(count::<CustomerRow>(northwind.join("customers.csv")), 91);
    assert_eq!(count::<SalesLineRow>(northwind.join("sales.csv")), 2_155);
}
