//! What is known of many customers, in the order in which a sheet takes it.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::{Cap, CapSource, Factor, FactorSource};
use crate::metrics::{Absence, CustomerFigures, Fact, FactValue, Figure, Metric, Missing};
use crate::values::{Code, Month, ScaleId};

/// A fact that is asked for: of a factor, or of a cap's condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactSlot {
    /// A metric.
    Metric(Metric),
    /// A field of the dossier, or an attribute of the tenant's own.
    Attribute {
        /// The field's or attribute's code.
        code: Code,
        /// Whether a number is wanted: JSON keeps numbers as strings, and only the reader tells them from texts.
        as_number: bool,
    },
    /// A member's rating.
    Judgement {
        /// The factor it is kept under.
        factor: Code,
    },
}

/// Which facts to load.
#[derive(Clone, Debug)]
pub struct FactQuery {
    /// Metrics are as of the end of this month.
    pub as_of: Month,
    /// The facts, in the order in which a customer's are given.
    pub slots: Vec<FactSlot>,
    /// The scale whose judgements count; without one every judgement is missing.
    pub scale: Option<ScaleId>,
}

/// The facts of many customers, by external id.
#[derive(Clone, Debug)]
pub struct FactSheet {
    slots: Vec<FactSlot>,
    customers: Vec<KnownCustomer>,
}

/// All that is known of one customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownCustomer {
    /// Its metrics, its id and its external id.
    pub figures: CustomerFigures,
    /// Its dossier.
    pub dossier: Dossier,
    /// Share of the dossier's fields that are filled, 0 to 1; `None` where no slot asks.
    pub completeness: Option<Decimal>,
    /// The level it was given, by the factor's code.
    pub judgements: BTreeMap<String, String>,
}

/// The fields of a dossier that a factor can read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dossier {
    /// Its name.
    pub name: String,
    /// `prospect`, `active`, `dormant` or `lost`.
    pub stage: String,
    /// Industry.
    pub industry: Option<String>,
    /// Territory.
    pub territory: Option<String>,
    /// City.
    pub city: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// The currency it is invoiced in.
    pub currency: Option<String>,
    /// The segment that its source names.
    pub segment_hint: Option<String>,
    /// Number of employees.
    pub employees: Option<i32>,
    /// Its own yearly revenue.
    pub annual_revenue: Option<Decimal>,
    /// Credit limit.
    pub credit_limit: Option<Decimal>,
    /// What it buys a year, over all categories, in the base currency; `None` where nothing is known.
    pub potential: Option<Decimal>,
    /// The tenant's own attributes by code: a number as a string, a text, or a boolean.
    pub attributes: Value,
}

impl From<&Factor> for FactSlot {
    fn from(factor: &Factor) -> Self {
        match &factor.source {
            FactorSource::Metric(metric) => Self::Metric(*metric),
            FactorSource::Attribute(code) => {
                Self::Attribute { code: code.clone(), as_number: factor.rule.needs_number() }
            }
            FactorSource::Judgement(_) => Self::Judgement { factor: factor.code.clone() },
        }
    }
}

impl From<&Cap> for FactSlot {
    fn from(cap: &Cap) -> Self {
        match &cap.condition.source {
            CapSource::Metric(metric) => Self::Metric(*metric),
            CapSource::Attribute(code) => {
                Self::Attribute { code: code.clone(), as_number: cap.condition.value.as_number().is_some() }
            }
        }
    }
}

impl FactQuery {
    pub(super) fn asks_for(&self, metric: Metric) -> bool {
        self.slots.contains(&FactSlot::Metric(metric))
    }
}

impl FactSheet {
    /// From customers in the order of their external ids.
    pub fn new(slots: Vec<FactSlot>, customers: Vec<KnownCustomer>) -> Self {
        Self { slots, customers }
    }

    /// The customers, by external id.
    pub fn customers(&self) -> &[KnownCustomer] {
        &self.customers
    }

    /// The facts of the customer at a place of [`Self::customers`], one for each slot; none beyond the last.
    pub fn facts_of(&self, index: usize) -> Vec<Fact> {
        self.customers.get(index).map(|customer| self.facts(customer)).unwrap_or_default()
    }

    /// The facts of one of the customers, one for each slot.
    pub fn facts(&self, customer: &KnownCustomer) -> Vec<Fact> {
        self.slots.iter().map(|slot| customer.fact(slot)).collect()
    }
}

impl KnownCustomer {
    /// One fact, or why it is missing.
    pub fn fact(&self, slot: &FactSlot) -> Fact {
        match slot {
            FactSlot::Metric(metric) => self.metric(*metric),
            FactSlot::Attribute { code, as_number } => self.dossier.fact(code.as_str(), *as_number),
            FactSlot::Judgement { factor } => {
                self.judgements.get(factor.as_str()).map(FactValue::text).ok_or(Missing::NotJudged)
            }
        }
    }

    fn metric(&self, metric: Metric) -> Fact {
        let f = &self.figures;
        match metric {
            Metric::RevenueL12 => Ok(FactValue::number(f.revenue_l12)),
            Metric::RevenueP12 => Ok(FactValue::number(f.revenue_p12)),
            Metric::RevenuePp12 => Ok(FactValue::number(f.revenue_pp12)),
            Metric::GrowthL12 => figure(f.growth_l12),
            Metric::Cagr3y => figure(f.cagr_3y),
            Metric::GrossMarginL12 => figure(f.gross_margin_l12),
            Metric::GrossMarginPctL12 => figure(f.gross_margin_pct_l12),
            Metric::OrdersL12 => Ok(FactValue::number(f.orders_l12.into())),
            Metric::ActiveMonthsL12 => Ok(FactValue::number(f.active_months_l12.into())),
            Metric::RecencyDays => figure(f.recency_days),
            Metric::CategoryBreadthL12 => Ok(FactValue::number(f.category_breadth_l12.into())),
            Metric::RevenueShareL12 => figure(f.revenue_share_l12),
            Metric::RevenueRankL12 => figure(f.revenue_rank_l12),
            Metric::VolatilityL36 => figure(f.volatility_l36),
            Metric::ShareOfWallet => figure(f.share_of_wallet),
            Metric::Completeness => self.completeness.map(FactValue::number).ok_or(Missing::NoData),
            Metric::DsoDays
            | Metric::OverdueAmount
            | Metric::OverdueDaysMax
            | Metric::CostToServeL12
            | Metric::NetProfitL12
            | Metric::Freshness => Err(Missing::NotAvailable),
        }
    }
}

fn figure<T: Into<Decimal>>(figure: Figure<T>) -> Fact {
    match figure {
        Ok(value) => Ok(FactValue::number(value.into())),
        Err(Absence::NoData) => Err(Missing::NoData),
        Err(Absence::Undefined) => Err(Missing::Undefined),
    }
}

impl Dossier {
    /// A field, else an attribute, by its code. A text of blanks is no data.
    fn fact(&self, code: &str, as_number: bool) -> Fact {
        let number = |value: Option<Decimal>| value.map(FactValue::number).ok_or(Missing::NoData);
        match code {
            "stage" => text(Some(&self.stage)),
            "industry" => text(self.industry.as_ref()),
            "territory" => text(self.territory.as_ref()),
            "city" => text(self.city.as_ref()),
            "country" => text(self.country.as_ref()),
            "currency" => text(self.currency.as_ref()),
            "segment_hint" => text(self.segment_hint.as_ref()),
            "employees" => number(self.employees.map(Decimal::from)),
            "annual_revenue" => number(self.annual_revenue),
            "credit_limit" => number(self.credit_limit),
            own => attribute(self.attributes.get(own), as_number),
        }
    }
}

fn text(value: Option<&String>) -> Fact {
    value.filter(|text| !text.trim().is_empty()).map(FactValue::text).ok_or(Missing::NoData)
}

fn attribute(value: Option<&Value>, as_number: bool) -> Fact {
    match value {
        Some(Value::Bool(flag)) => Ok(FactValue::Flag(*flag)),
        Some(Value::Number(number)) => number.to_string().parse().map(FactValue::Number).or(Err(Missing::WrongType)),
        Some(Value::String(text)) if text.trim().is_empty() => Err(Missing::NoData),
        Some(Value::String(text)) if as_number => text.parse().map(FactValue::Number).or(Err(Missing::WrongType)),
        Some(Value::String(text)) => Ok(FactValue::text(text)),
        Some(Value::Array(_) | Value::Object(_)) => Err(Missing::WrongType),
        Some(Value::Null) | None => Err(Missing::NoData),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn dossier() -> Dossier {
        Dossier {
            stage: "prospect".into(),
            industry: Some(" ".into()),
            employees: Some(40),
            attributes: json!({"lines": "3.50", "part": "007", "certified": true, "odd": [1], "gone": null}),
            ..Dossier::default()
        }
    }

    #[test]
    fn fields_come_before_attributes_and_blanks_are_no_data() {
        let dossier = dossier();
        assert_eq!(dossier.fact("stage", false), Ok(FactValue::text("prospect")));
        assert_eq!(dossier.fact("industry", false), Err(Missing::NoData));
        assert_eq!(dossier.fact("employees", true), Ok(FactValue::number(40.into())));
        assert_eq!(dossier.fact("annual_revenue", true), Err(Missing::NoData));
    }

    #[test]
    fn an_attribute_is_read_as_its_reader_wants_it() {
        let dossier = dossier();
        assert_eq!(dossier.fact("lines", true), Ok(FactValue::number(Decimal::new(350, 2))));
        // A text of digits stays what it is for a rule that names values.
        assert_eq!(dossier.fact("part", false), Ok(FactValue::text("007")));
        assert_eq!(dossier.fact("certified", true), Ok(FactValue::Flag(true)));
        assert_eq!(dossier.fact("odd", false), Err(Missing::WrongType));
        assert_eq!(dossier.fact("gone", false), Err(Missing::NoData));
        assert_eq!(dossier.fact("unheard_of", false), Err(Missing::NoData));
    }
}
