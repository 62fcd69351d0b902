//! Products, sales lines, exchange rates and quotas.

use rust_decimal::Decimal;

use super::{LoadRow, Ready, Said, Terms, names};
use crate::error::{FieldProblem, Result};
use crate::imports::{FxRateRow, Header, ProductRow, QuotaRow, SalesLineRow};
use crate::intake::RowOutcome;
use crate::sales::{
    FxRateUpsert, LineKeeps, ProductUpsert, QuotaUpsert, SalesLineUpsert, names_of_products, stage_sales_lines,
    upsert_fx_rates, upsert_products, upsert_quotas, upsert_sales_lines,
};
use crate::tenancy::TenantTx;
use crate::values::{Currency, Label, round_money};

impl LoadRow for ProductRow {
    type Upsert = ProductUpsert;

    fn upsert(&self, said: Said<'_>, _: Currency) -> Result<ProductUpsert, Vec<FieldProblem>> {
        Ok(ProductUpsert {
            external_id: self.external_id.clone(),
            name: names::said(said, &self.name)?,
            category: said.value("category", self.category.clone()),
            subcategory: said.value("subcategory", self.subcategory.clone()),
            standard_cost: said.value("standard_cost", self.standard_cost.map(Into::into)),
            list_price: said.value("list_price", self.list_price.map(Into::into)),
            observed_at: self.observed_at,
        })
    }

    async fn store(tx: &TenantTx, _: Terms<'_>, mut rows: Vec<ProductUpsert>) -> Result<Vec<RowOutcome>> {
        let known = names_of_products(tx, &names::asked(&mut rows)).await?;
        let (rows, refused) = names::filled(rows, known);
        let stored = if rows.is_empty() { Vec::new() } else { upsert_products(tx, &rows).await? };
        Ok(refused.merge(stored))
    }
}

impl LoadRow for SalesLineRow {
    type Upsert = SalesLineUpsert;

    fn upsert(&self, said: Said<'_>, _: Currency) -> Result<SalesLineUpsert, Vec<FieldProblem>> {
        let (unit_price, discount) = price(self).map_err(|problem| vec![problem])?;
        Ok(SalesLineUpsert {
            external_id: self.external_id.clone(),
            order_id: self.order_id.clone(),
            day: self.order_date.into(),
            customer_external_id: self.customer_id.clone(),
            product_external_id: self.product_id.clone(),
            salesperson_external_id: self.salesperson_id.clone(),
            quantity: self.quantity.into(),
            unit_price: unit_price.into(),
            discount: discount.into(),
            net: self.net_amount.into(),
            cost: self.cost_amount.map(Into::into),
            currency: self.currency,
            observed_at: self.observed_at,
            keeps: LineKeeps {
                order: said.keeps("order_id", said.record().text("order_id").as_ref()),
                salesperson: said.keeps("salesperson_id", self.salesperson_id.as_ref()),
                price: said.keeps("unit_price", self.unit_price.as_ref())
                    && said.keeps("discount", self.discount.as_ref()),
                cost: said.keeps("cost_amount", self.cost_amount.as_ref()),
                currency: said.keeps("currency", self.currency.as_ref()),
            },
        })
    }

    async fn stage(tx: &TenantTx, terms: Terms<'_>, rows: Vec<SalesLineUpsert>) -> Result<Ready<SalesLineUpsert>> {
        Ok(Ready::Staged(stage_sales_lines(tx, &terms.origin.system, terms.base, &rows).await?))
    }

    async fn store(tx: &TenantTx, terms: Terms<'_>, rows: Vec<SalesLineUpsert>) -> Result<Vec<RowOutcome>> {
        upsert_sales_lines(tx, &terms.origin.system, terms.base, &rows).await
    }

    fn column<'a>(_: &Header, field: &'a str) -> &'a str {
        match field {
            "day" => "order_date",
            "customer_external_id" => "customer_id",
            "product_external_id" => "product_id",
            "salesperson_external_id" => "salesperson_id",
            "net" => "net_amount",
            "cost" => "cost_amount",
            same => same,
        }
    }
}

/// Unit price and discount: as given, else each from the other by net = unit price x quantity - discount. Where the
/// file has neither, there was no discount.
fn price(line: &SalesLineRow) -> Result<(Decimal, Decimal), FieldProblem> {
    let too_large = || FieldProblem {
        pointer: "/unit_price".into(),
        code: "out_of_range",
        detail: Label::new("Unit price x quantity is out of range.", "单价 × 数量超出范围。"),
    };
    match (line.unit_price, line.discount) {
        (Some(price), Some(discount)) => Ok((price, discount)),
        (Some(price), None) => {
            let gross = price.checked_mul(line.quantity).ok_or_else(too_large)?;
            Ok((price, round_money(gross - line.net_amount)))
        }
        (None, discount) => {
            let discount = discount.unwrap_or_default();
            let price = (line.net_amount + discount).checked_div(line.quantity).ok_or_else(|| FieldProblem {
                pointer: "/unit_price".into(),
                code: "required",
                detail: Label::new("A line with quantity 0 needs its unit price.", "数量为 0 的行必须给出单价。"),
            })?;
            Ok((round_money(price), discount))
        }
    }
}

impl LoadRow for FxRateRow {
    type Upsert = FxRateUpsert;

    fn upsert(&self, said: Said<'_>, base: Currency) -> Result<FxRateUpsert, Vec<FieldProblem>> {
        match self.base_currency {
            Some(priced_in) if priced_in != base => Err(vec![other_base(said.header(), priced_in, base)]),
            _ => Ok(FxRateUpsert { currency: self.currency, day: self.date.into(), rate: self.rate.into() }),
        }
    }

    async fn store(tx: &TenantTx, _: Terms<'_>, rows: Vec<FxRateUpsert>) -> Result<Vec<RowOutcome>> {
        upsert_fx_rates(tx, &rows).await
    }

    fn column<'a>(header: &Header, field: &'a str) -> &'a str {
        match field {
            "day" => "date",
            "rate" => rate_column(header),
            same => same,
        }
    }
}

/// A rate in another currency than the tenant's would be taken for one in the tenant's.
fn other_base(header: &Header, priced_in: Currency, base: Currency) -> FieldProblem {
    let field = if header.has("base_currency") { "base_currency" } else { rate_column(header) };
    FieldProblem {
        pointer: format!("/{field}"),
        code: "other_base_currency",
        detail: Label::new(
            format!("The rate is in {priced_in}, the base currency is {base}: give {base} for one unit."),
            format!("该汇率以 {priced_in} 计价，本位币为 {base}：请给出一单位外币折合的 {base}。"),
        ),
    }
}

/// The column the rate is read from.
fn rate_column(header: &Header) -> &'static str {
    let columns = ["rate", "usd_per_unit_average", "usd_per_unit_close"];
    columns.into_iter().find(|column| header.has(column)).unwrap_or("rate")
}

impl LoadRow for QuotaRow {
    type Upsert = QuotaUpsert;

    fn upsert(&self, _: Said<'_>, _: Currency) -> Result<QuotaUpsert, Vec<FieldProblem>> {
        Ok(QuotaUpsert {
            salesperson_external_id: self.salesperson_id.clone(),
            period_start: self.period_start.into(),
            amount: self.quota.into(),
        })
    }

    async fn store(tx: &TenantTx, _: Terms<'_>, rows: Vec<QuotaUpsert>) -> Result<Vec<RowOutcome>> {
        upsert_quotas(tx, &rows).await
    }

    fn column<'a>(_: &Header, field: &'a str) -> &'a str {
        match field {
            "salesperson_external_id" => "salesperson_id",
            "amount" => "quota",
            same => same,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(unit_price: Option<&str>, discount: Option<&str>, quantity: &str, net: &str) -> SalesLineRow {
        let amount = |text: &str| text.parse().unwrap();
        SalesLineRow {
            external_id: "1-1".into(),
            order_id: "1".into(),
            order_date: "2024-01-31".parse().unwrap(),
            customer_id: "C".into(),
            product_id: "P".into(),
            salesperson_id: None,
            quantity: amount(quantity),
            unit_price: unit_price.map(amount),
            discount: discount.map(amount),
            net_amount: amount(net),
            cost_amount: None,
            currency: None,
            observed_at: None,
        }
    }

    #[test]
    fn price_and_discount_follow_from_each_other() {
        let priced = |line: SalesLineRow| price(&line).map(|(p, d)| (p.to_string(), d.to_string()));
        let expect = |p: &str, d: &str| Ok((p.to_owned(), d.to_owned()));
        assert_eq!(priced(line(Some("10"), Some("3"), "3", "27")), expect("10", "3"));
        // 10 x 3 - 27 = 3.
        assert_eq!(priced(line(Some("10"), None, "3", "27")), expect("10", "3.0000"));
        // (27 + 3) / 3 = 10; 100 / 3 = 33.3333.
        assert_eq!(priced(line(None, Some("3"), "3", "27")), expect("10.0000", "3"));
        assert_eq!(priced(line(None, None, "3", "100")), expect("33.3333", "0"));
        assert_eq!(price(&line(None, None, "0", "5")).unwrap_err().code, "required");
        let most = "999999999999999.9999";
        assert_eq!(price(&line(Some(most), None, most, "5")).unwrap_err().code, "out_of_range");
    }
}
