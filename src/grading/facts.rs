//! From what is known of a customer to the facts that factors and caps read.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use crate::dossiers::CustomerUpkeep;
use crate::metrics::{
    Absence, CustomerFigures, Efforts, Fact, FactValue, FactValueKind, Finances, Metric, MetricBasis, Missing, profit,
};
use crate::scales::{Cap, CapSource, Factor, FactorSource, ScaleDefinition};
use crate::values::{Code, CustomerId};

/// A customer's dossier as far as factors can read it, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DossierFacts {
    /// The customer.
    pub customer_id: CustomerId,
    /// Its external id, by which ties are settled.
    pub external_id: String,
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
    /// What the source calls its segment.
    pub segment_hint: Option<String>,
    /// Number of employees.
    pub employees: Option<i32>,
    /// Its own yearly revenue.
    pub annual_revenue: Option<Decimal>,
    /// Credit limit.
    pub credit_limit: Option<Decimal>,
    /// The tenant's own facts: a number as a string, a text, or yes/no, by code.
    pub attributes: Value,
}

/// Members' ratings: the level by customer and factor.
pub type Judgements = BTreeMap<CustomerId, BTreeMap<String, String>>;

/// All that is known of one customer.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The dossier.
    pub dossier: &'a DossierFacts,
    /// The metrics that come from sales and potential, where they were asked for.
    pub figures: Option<&'a CustomerFigures>,
    /// What all customers owe and cost, where it was asked for.
    pub finances: Option<&'a Finances>,
    /// What all customers take of our effort, where it was asked for.
    pub efforts: Option<&'a Efforts>,
    /// How well the dossier is kept, where it was asked for.
    pub upkeep: Option<&'a CustomerUpkeep>,
    /// The ratings by factor.
    pub judgements: Option<&'a BTreeMap<String, String>>,
}

/// What has to be loaded before the facts can be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Metrics from sales and purchase potential.
    pub figures: bool,
    /// Of these, those that go by the sales of all: share and rank.
    pub among_all: bool,
    /// Balances and costs to serve.
    pub finances: bool,
    /// The efforts of all customers.
    pub efforts: bool,
    /// Completeness and freshness of the dossier.
    pub upkeep: bool,
    /// Ratings.
    pub judgements: bool,
}

/// One customer's facts in the order of a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerFacts {
    /// The customer.
    pub customer_id: CustomerId,
    /// Its external id, by which ties are settled.
    pub external_id: String,
    /// One for each factor, then one for each of the definition's bases.
    pub factors: Vec<Fact>,
    /// One for each cap.
    pub caps: Vec<Fact>,
}

impl Needs {
    /// Of factors and caps.
    pub fn of<'a>(factors: impl IntoIterator<Item = &'a Factor>, caps: &[Cap]) -> Self {
        let mut needs = Self::default();
        for factor in factors {
            match &factor.source {
                FactorSource::Metric(metric) => needs.add(*metric),
                FactorSource::Judgement(_) => needs.judgements = true,
                FactorSource::Attribute(_) => {}
            }
        }
        for cap in caps {
            if let CapSource::Metric(metric) = &cap.condition.source {
                needs.add(*metric);
            }
        }
        needs
    }

    fn add(&mut self, metric: Metric) {
        self.among_all |= matches!(metric, Metric::RevenueShareL12 | Metric::RevenueRankL12);
        self.efforts |= metric == Metric::EffortRatioL12;
        // Both take costs to serve into account where there are any.
        self.finances |= matches!(metric, Metric::ProfitL12 | Metric::EffortRatioL12);
        match metric.basis() {
            MetricBasis::Sales | MetricBasis::Potential => self.figures = true,
            MetricBasis::Dossier => self.upkeep = true,
            // Days outstanding and profit need the revenue and the margin too.
            MetricBasis::Receivables | MetricBasis::Costs => (self.figures, self.finances) = (true, true),
        }
    }
}

impl CustomerFacts {
    /// What is known, in the order of the definition.
    pub fn of(definition: &ScaleDefinition, known: Known<'_>) -> Self {
        Self {
            customer_id: known.dossier.customer_id,
            external_id: known.dossier.external_id.clone(),
            factors: definition
                .factors()
                .map(|factor| known.factor(factor))
                .chain(definition.bases().into_iter().map(|base| known.metric(base)))
                .collect(),
            caps: definition.caps.iter().map(|cap| known.cap(cap)).collect(),
        }
    }
}

impl Known<'_> {
    /// The fact that a factor scores.
    pub fn factor(&self, factor: &Factor) -> Fact {
        match &factor.source {
            FactorSource::Metric(metric) => self.metric(*metric),
            FactorSource::Attribute(code) => self.attribute(code, factor.rule.needs_number()),
            FactorSource::Judgement(_) => {
                let level = self.judgements.and_then(|ratings| ratings.get(factor.code.as_str()));
                level.map(FactValue::text).ok_or(Missing::NotJudged)
            }
        }
    }

    /// The fact that a cap compares.
    pub fn cap(&self, cap: &Cap) -> Fact {
        match &cap.condition.source {
            CapSource::Metric(metric) => self.metric(*metric),
            CapSource::Attribute(code) => self.attribute(code, cap.condition.value.kind() == FactValueKind::Number),
        }
    }

    /// A metric's value.
    pub fn metric(&self, metric: Metric) -> Fact {
        match metric {
            Metric::Completeness => self.upkeep.map(|kept| FactValue::Number(kept.completeness)).ok_or(Missing::NoData),
            Metric::Freshness => {
                self.upkeep.and_then(|kept| kept.freshness).map(FactValue::Number).ok_or(Missing::NoData)
            }
            Metric::DsoDays
            | Metric::OverdueAmount
            | Metric::OverdueDaysMax
            | Metric::CostToServeL12
            | Metric::NetProfitL12 => {
                let finances = self.finances.ok_or(Missing::NoData)?;
                finances.fact(metric, self.dossier.customer_id, self.figures)
            }
            Metric::ProfitL12 => profit(self.figures.ok_or(Missing::NoData)?, self.finances),
            Metric::EffortRatioL12 => {
                let (efforts, figures) = self.efforts.zip(self.figures).ok_or(Missing::NoData)?;
                efforts.fact(figures, self.finances)
            }
            sales => {
                let figures = self.figures.ok_or(Missing::NoData)?;
                sales_metric(figures, sales).map(FactValue::number).map_err(Missing::from)
            }
        }
    }

    /// A field of the dossier, else an attribute of the tenant's own. An attribute's number is kept as a string, so
    /// whoever reads it says whether it wants a number.
    fn attribute(&self, code: &Code, wants_number: bool) -> Fact {
        let dossier = self.dossier;
        let text = |field: &Option<String>| match field.as_deref().map(str::trim) {
            None | Some("") => Err(Missing::NoData),
            Some(text) => Ok(FactValue::text(text)),
        };
        let number = |field: Option<Decimal>| field.map(FactValue::number).ok_or(Missing::NoData);
        match code.as_str() {
            "stage" => Ok(FactValue::text(&dossier.stage)),
            "industry" => text(&dossier.industry),
            "territory" => text(&dossier.territory),
            "city" => text(&dossier.city),
            "country" => text(&dossier.country),
            "currency" => text(&dossier.currency),
            "segment_hint" => text(&dossier.segment_hint),
            "employees" => number(dossier.employees.map(Decimal::from)),
            "annual_revenue" => number(dossier.annual_revenue),
            "credit_limit" => number(dossier.credit_limit),
            own => own_attribute(dossier.attributes.get(own), wants_number),
        }
    }
}

fn own_attribute(value: Option<&Value>, wants_number: bool) -> Fact {
    match value {
        Some(Value::Bool(flag)) => Ok(FactValue::Flag(*flag)),
        Some(Value::Number(number)) => {
            number.to_string().parse().map(FactValue::number).map_err(|_| Missing::WrongType)
        }
        Some(Value::String(text)) if text.trim().is_empty() => Err(Missing::NoData),
        Some(Value::String(text)) => match text.trim().parse() {
            Ok(number) if wants_number => Ok(FactValue::number(number)),
            _ => Ok(FactValue::text(text)),
        },
        Some(Value::Array(_) | Value::Object(_)) => Err(Missing::WrongType),
        None | Some(Value::Null) => Err(Missing::NoData),
    }
}

fn sales_metric(figures: &CustomerFigures, metric: Metric) -> Result<Decimal, Absence> {
    match metric {
        Metric::RevenueL12 => Ok(figures.revenue_l12),
        Metric::RevenueP12 => Ok(figures.revenue_p12),
        Metric::RevenuePp12 => Ok(figures.revenue_pp12),
        Metric::GrowthL12 => figures.growth_l12,
        Metric::Cagr3y => figures.cagr_3y,
        Metric::GrossMarginL12 => figures.gross_margin_l12,
        Metric::GrossMarginPctL12 => figures.gross_margin_pct_l12,
        Metric::OrdersL12 => Ok(figures.orders_l12.into()),
        Metric::ActiveMonthsL12 => Ok(figures.active_months_l12.into()),
        Metric::RecencyDays => figures.recency_days.map(Decimal::from),
        Metric::CategoryBreadthL12 => Ok(figures.category_breadth_l12.into()),
        Metric::RevenueShareL12 => figures.revenue_share_l12,
        Metric::RevenueRankL12 => figures.revenue_rank_l12.map(Decimal::from),
        Metric::VolatilityL36 => figures.volatility_l36,
        Metric::ShareOfWallet => figures.share_of_wallet,
        Metric::PurchasePotential => figures.purchase_potential,
        Metric::DsoDays
        | Metric::OverdueAmount
        | Metric::OverdueDaysMax
        | Metric::CostToServeL12
        | Metric::NetProfitL12
        | Metric::ProfitL12
        | Metric::EffortRatioL12
        | Metric::Completeness
        | Metric::Freshness => Err(Absence::NoData),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn dossier() -> DossierFacts {
        DossierFacts {
            customer_id: CustomerId(Uuid::from_u128(1)),
            external_id: "C1".into(),
            stage: "active".into(),
            industry: Some("  ".into()),
            territory: Some("North".into()),
            city: None,
            country: None,
            currency: None,
            segment_hint: None,
            employees: Some(12),
            annual_revenue: None,
            credit_limit: None,
            attributes: json!({"machines": "12.50", "zip": "007", "audited": true, "site": ""}),
        }
    }

    fn known(dossier: &DossierFacts) -> Known<'_> {
        Known { dossier, figures: None, finances: None, efforts: None, upkeep: None, judgements: None }
    }

    fn read(code: &str, wants_number: bool) -> Fact {
        let dossier = dossier();
        let known = known(&dossier);
        known.attribute(&code.parse().unwrap(), wants_number)
    }

    #[test]
    fn fields_come_before_attributes_and_blanks_are_no_data() {
        assert_eq!(read("territory", false), Ok(FactValue::text("North")));
        assert_eq!(read("industry", false), Err(Missing::NoData));
        assert_eq!(read("employees", true), Ok(FactValue::number(Decimal::from(12))));
        assert_eq!(read("site", false), Err(Missing::NoData));
        assert_eq!(read("unheard_of", false), Err(Missing::NoData));
    }

    #[test]
    fn a_number_kept_as_a_string_is_a_number_to_whoever_wants_one() {
        assert_eq!(read("machines", true), Ok(FactValue::number(Decimal::new(1250, 2))));
        assert_eq!(read("zip", false), Ok(FactValue::text("007")));
        assert_eq!(read("audited", true), Ok(FactValue::Flag(true)));
    }

    #[test]
    fn what_is_not_kept_is_not_available_and_what_was_not_loaded_is_no_data() {
        let (dossier, nothing) = (dossier(), Finances::default());
        let known = known(&dossier);
        assert_eq!(known.metric(Metric::OverdueDaysMax), Err(Missing::NoData));
        let kept = Known { finances: Some(&nothing), ..known };
        assert_eq!(kept.metric(Metric::OverdueDaysMax), Err(Missing::NotAvailable));
        assert_eq!(known.metric(Metric::RevenueL12), Err(Missing::NoData));
    }
}
