//! The names of the metrics.

use std::fmt;
use std::str::FromStr;

use async_graphql::Enum;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::Label;

/// A named figure of a customer, as of the end of a month. "L12" is the last 12 whole months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
pub enum Metric {
    /// Sum of net amounts of the last 12 whole months.
    #[serde(rename = "revenue_l12")]
    #[graphql(name = "REVENUE_L12")]
    RevenueL12,
    /// Sum of net amounts of the 12 months before those.
    #[serde(rename = "revenue_p12")]
    #[graphql(name = "REVENUE_P12")]
    RevenueP12,
    /// Sum of net amounts of the 12 months before `revenue_p12`.
    #[serde(rename = "revenue_pp12")]
    #[graphql(name = "REVENUE_PP12")]
    RevenuePp12,
    /// `revenue_l12 / revenue_p12 - 1`; missing where `revenue_p12 <= 0`.
    #[serde(rename = "growth_l12")]
    #[graphql(name = "GROWTH_L12")]
    GrowthL12,
    /// `(revenue_l12 / revenue_pp12)^(1/2) - 1`: three years, two intervals; missing where `revenue_pp12 <= 0`.
    #[serde(rename = "cagr_3y")]
    #[graphql(name = "CAGR_3Y")]
    Cagr3y,
    /// Net less cost; missing where any cost in the window is missing.
    #[serde(rename = "gross_margin_l12")]
    #[graphql(name = "GROSS_MARGIN_L12")]
    GrossMarginL12,
    /// `gross_margin_l12 / revenue_l12`.
    #[serde(rename = "gross_margin_pct_l12")]
    #[graphql(name = "GROSS_MARGIN_PCT_L12")]
    GrossMarginPctL12,
    /// Distinct orders with a positive net; one that only takes back is none.
    #[serde(rename = "orders_l12")]
    #[graphql(name = "ORDERS_L12")]
    OrdersL12,
    /// Months with a positive net, 0 to 12.
    #[serde(rename = "active_months_l12")]
    #[graphql(name = "ACTIVE_MONTHS_L12")]
    ActiveMonthsL12,
    /// Days from the last order with a positive net to the end of the month.
    #[serde(rename = "recency_days")]
    #[graphql(name = "RECENCY_DAYS")]
    RecencyDays,
    /// Distinct product categories with a positive net, bought in an order with a positive net.
    #[serde(rename = "category_breadth_l12")]
    #[graphql(name = "CATEGORY_BREADTH_L12")]
    CategoryBreadthL12,
    /// Share of the tenant's net.
    #[serde(rename = "revenue_share_l12")]
    #[graphql(name = "REVENUE_SHARE_L12")]
    RevenueShareL12,
    /// Rank by net, 1 is the largest; ties by external id.
    #[serde(rename = "revenue_rank_l12")]
    #[graphql(name = "REVENUE_RANK_L12")]
    RevenueRankL12,
    /// Standard deviation over mean of the 36 monthly nets (population); missing under 12 months of history.
    #[serde(rename = "volatility_l36")]
    #[graphql(name = "VOLATILITY_L36")]
    VolatilityL36,
    /// `revenue_l12` over the yearly purchase potential.
    #[serde(rename = "share_of_wallet")]
    #[graphql(name = "SHARE_OF_WALLET")]
    ShareOfWallet,
    /// What the customer buys a year, from anyone, over all categories; no data where none is known.
    #[serde(rename = "purchase_potential")]
    #[graphql(name = "PURCHASE_POTENTIAL")]
    PurchasePotential,
    /// Receivable balance over `revenue_l12 / 365`. The balance is what is owed, less credits and money not applied yet as
    /// far as they cover it.
    #[serde(rename = "dso_days")]
    #[graphql(name = "DSO_DAYS")]
    DsoDays,
    /// Past due at the end of the month; credits lower it as far as they cover what is past due, never below 0.
    #[serde(rename = "overdue_amount")]
    #[graphql(name = "OVERDUE_AMOUNT")]
    OverdueAmount,
    /// Days that the oldest open amount is past due.
    #[serde(rename = "overdue_days_max")]
    #[graphql(name = "OVERDUE_DAYS_MAX")]
    OverdueDaysMax,
    /// Booked or allocated cost to serve.
    #[serde(rename = "cost_to_serve_l12")]
    #[graphql(name = "COST_TO_SERVE_L12")]
    CostToServeL12,
    /// Gross margin less cost to serve less capital cost of receivables.
    #[serde(rename = "net_profit_l12")]
    #[graphql(name = "NET_PROFIT_L12")]
    NetProfitL12,
    /// `net_profit_l12` where it is known, else `gross_margin_l12`.
    #[serde(rename = "profit_l12")]
    #[graphql(name = "PROFIT_L12")]
    ProfitL12,
    /// Share of the book's effort / share of its gross margin, 0 to 1000: 1 is as much effort as margin. Effort without a
    /// positive margin is 1000. Effort is cost to serve where any is booked in L12, else handling units of the lines.
    #[serde(rename = "effort_ratio_l12")]
    #[graphql(name = "EFFORT_RATIO_L12")]
    EffortRatioL12,
    /// Share of the required facts that are known, 0 to 1.
    #[serde(rename = "completeness")]
    #[graphql(name = "COMPLETENESS")]
    Completeness,
    /// Share of the required facts within their days, 0 to 1.
    #[serde(rename = "freshness")]
    #[graphql(name = "FRESHNESS")]
    Freshness,
}

/// What a metric counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum MetricUnit {
    /// An amount in the tenant's base currency.
    Money,
    /// A fraction: 0.25 is a quarter.
    Ratio,
    /// A whole number.
    Count,
    /// Days.
    Days,
    /// A place in an order, 1 is the first.
    Rank,
}

/// The data that a metric needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum MetricBasis {
    /// Sales lines alone.
    Sales,
    /// The dossier alone.
    Dossier,
    /// Purchase potential.
    Potential,
    /// Receivables.
    Receivables,
    /// Costs to serve.
    Costs,
}

/// A text that names no metric.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no metric is called {0:?}")]
pub struct UnknownMetric(pub String);

impl Metric {
    /// Every metric, in the order of the glossary.
    pub const ALL: [Self; 25] = [
        Self::RevenueL12,
        Self::RevenueP12,
        Self::RevenuePp12,
        Self::GrowthL12,
        Self::Cagr3y,
        Self::GrossMarginL12,
        Self::GrossMarginPctL12,
        Self::OrdersL12,
        Self::ActiveMonthsL12,
        Self::RecencyDays,
        Self::CategoryBreadthL12,
        Self::RevenueShareL12,
        Self::RevenueRankL12,
        Self::VolatilityL36,
        Self::ShareOfWallet,
        Self::PurchasePotential,
        Self::DsoDays,
        Self::OverdueAmount,
        Self::OverdueDaysMax,
        Self::CostToServeL12,
        Self::NetProfitL12,
        Self::ProfitL12,
        Self::EffortRatioL12,
        Self::Completeness,
        Self::Freshness,
    ];

    /// Its name in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::RevenueL12 => "revenue_l12",
            Self::RevenueP12 => "revenue_p12",
            Self::RevenuePp12 => "revenue_pp12",
            Self::GrowthL12 => "growth_l12",
            Self::Cagr3y => "cagr_3y",
            Self::GrossMarginL12 => "gross_margin_l12",
            Self::GrossMarginPctL12 => "gross_margin_pct_l12",
            Self::OrdersL12 => "orders_l12",
            Self::ActiveMonthsL12 => "active_months_l12",
            Self::RecencyDays => "recency_days",
            Self::CategoryBreadthL12 => "category_breadth_l12",
            Self::RevenueShareL12 => "revenue_share_l12",
            Self::RevenueRankL12 => "revenue_rank_l12",
            Self::VolatilityL36 => "volatility_l36",
            Self::ShareOfWallet => "share_of_wallet",
            Self::PurchasePotential => "purchase_potential",
            Self::DsoDays => "dso_days",
            Self::OverdueAmount => "overdue_amount",
            Self::OverdueDaysMax => "overdue_days_max",
            Self::CostToServeL12 => "cost_to_serve_l12",
            Self::NetProfitL12 => "net_profit_l12",
            Self::ProfitL12 => "profit_l12",
            Self::EffortRatioL12 => "effort_ratio_l12",
            Self::Completeness => "completeness",
            Self::Freshness => "freshness",
        }
    }

    /// Its name for a reader.
    pub fn label(self) -> Label {
        let (en, zh) = match self {
            Self::RevenueL12 => ("Revenue of the last 12 months", "近12个月销售额"),
            Self::RevenueP12 => ("Revenue of the 12 months before", "前12个月销售额"),
            Self::RevenuePp12 => ("Revenue of two years ago", "再前12个月销售额"),
            Self::GrowthL12 => ("Growth over the year before", "同比增长率"),
            Self::Cagr3y => ("Yearly growth over three years", "三年复合增长率"),
            Self::GrossMarginL12 => ("Gross margin", "近12个月毛利"),
            Self::GrossMarginPctL12 => ("Gross margin rate", "近12个月毛利率"),
            Self::OrdersL12 => ("Orders", "近12个月订单数"),
            Self::ActiveMonthsL12 => ("Months with sales", "近12个月有销售的月数"),
            Self::RecencyDays => ("Days since the last order", "距最近订单天数"),
            Self::CategoryBreadthL12 => ("Product categories bought", "近12个月购买品类数"),
            Self::RevenueShareL12 => ("Share of our revenue", "占公司销售额比例"),
            Self::RevenueRankL12 => ("Revenue rank", "销售额排名"),
            Self::VolatilityL36 => ("Volatility of monthly revenue", "月销售额波动率"),
            Self::ShareOfWallet => ("Share of wallet", "客户占有率"),
            Self::PurchasePotential => ("Purchase potential a year", "年采购潜力"),
            Self::DsoDays => ("Days sales outstanding", "应收账款周转天数"),
            Self::OverdueAmount => ("Overdue amount", "逾期金额"),
            Self::OverdueDaysMax => ("Longest overdue", "最长逾期天数"),
            Self::CostToServeL12 => ("Cost to serve", "近12个月服务成本"),
            Self::NetProfitL12 => ("Net profit", "近12个月净利润"),
            Self::ProfitL12 => ("Profit (net, else gross)", "近12个月利润（净利润，缺成本时取毛利）"),
            Self::EffortRatioL12 => ("Effort ratio", "投入毛利比（投入占比÷毛利占比）"),
            Self::Completeness => ("Completeness of the dossier", "档案完整度"),
            Self::Freshness => ("Freshness of the dossier", "档案新鲜度"),
        };
        Label::new(en, zh)
    }

    /// What it counts in.
    pub fn unit(self) -> MetricUnit {
        match self {
            Self::RevenueL12
            | Self::RevenueP12
            | Self::RevenuePp12
            | Self::GrossMarginL12
            | Self::PurchasePotential
            | Self::OverdueAmount
            | Self::CostToServeL12
            | Self::NetProfitL12
            | Self::ProfitL12 => MetricUnit::Money,
            Self::GrowthL12
            | Self::Cagr3y
            | Self::GrossMarginPctL12
            | Self::RevenueShareL12
            | Self::VolatilityL36
            | Self::ShareOfWallet
            | Self::EffortRatioL12
            | Self::Completeness
            | Self::Freshness => MetricUnit::Ratio,
            Self::OrdersL12 | Self::ActiveMonthsL12 | Self::CategoryBreadthL12 => MetricUnit::Count,
            Self::RecencyDays | Self::DsoDays | Self::OverdueDaysMax => MetricUnit::Days,
            Self::RevenueRankL12 => MetricUnit::Rank,
        }
    }

    /// The data it needs.
    pub fn basis(self) -> MetricBasis {
        match self {
            Self::RevenueL12
            | Self::RevenueP12
            | Self::RevenuePp12
            | Self::GrowthL12
            | Self::Cagr3y
            | Self::GrossMarginL12
            | Self::GrossMarginPctL12
            | Self::OrdersL12
            | Self::ActiveMonthsL12
            | Self::RecencyDays
            | Self::CategoryBreadthL12
            | Self::RevenueShareL12
            | Self::RevenueRankL12
            | Self::VolatilityL36
            // Lines with costs are enough; what it costs to serve sharpens both.
            | Self::ProfitL12
            | Self::EffortRatioL12 => MetricBasis::Sales,
            Self::ShareOfWallet | Self::PurchasePotential => MetricBasis::Potential,
            Self::DsoDays | Self::OverdueAmount | Self::OverdueDaysMax => MetricBasis::Receivables,
            Self::CostToServeL12 | Self::NetProfitL12 => MetricBasis::Costs,
            Self::Completeness | Self::Freshness => MetricBasis::Dossier,
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Metric {
    type Err = UnknownMetric;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|metric| metric.code() == s).ok_or_else(|| UnknownMetric(s.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::resolver_utils::EnumType;

    use super::*;

    #[test]
    fn a_metric_has_one_name_everywhere() {
        for metric in Metric::ALL {
            assert_eq!(metric.code().parse(), Ok(metric));
            assert_eq!(serde_json::to_string(&metric).unwrap(), format!("\"{}\"", metric.code()));
            assert!(Metric::items().iter().any(|i| i.value == metric && i.name == metric.code().to_uppercase()));
        }
        assert_eq!(Metric::items().len(), Metric::ALL.len());
        assert!("revenue".parse::<Metric>().is_err());
    }
}
