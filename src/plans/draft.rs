//! What a generator returns: a plan as steps, a step as a table of lines.

use std::collections::BTreeMap;

use async_graphql::{Enum, SimpleObject};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Ref, Schema, Type};

use super::trend::TrendParameters;
use crate::values::{Currency, CustomerId, Exact, Label, Month};

/// How a plan is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum PlanMethod {
    /// The target comes from above and is split down.
    TaskDecomposition,
    /// Built up from what each customer can yield.
    StrategyLed,
}

/// What a line stands for. The children that a line has in one step are one split for each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum PlanLineKind {
    /// The whole fiscal year.
    Year,
    /// Where a part of the year comes from: existing customers, new business.
    Source,
    /// A product category.
    Category,
    /// A territory.
    Territory,
    /// A salesperson, the owner of customers.
    Salesperson,
    /// Customers of one grade and segment; the key is `grade/segment`.
    CustomerType,
    /// A customer.
    Customer,
    /// A month of the fiscal year; the key is `YYYY-MM`.
    Month,
    /// A line of the budget.
    BudgetLine,
    /// A cell of the Ansoff grid.
    AnsoffCell,
    /// A category that a customer does not buy yet; the key is `customer/category`.
    Opportunity,
}

/// A generated plan, every number in it traceable to its inputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct PlanDraft {
    /// How it was made.
    pub method: PlanMethod,
    /// What it was made from.
    pub inputs: PlanInputs,
    /// The steps in order, numbered from 1.
    pub steps: Vec<PlanStep>,
}

/// What a plan was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct PlanInputs {
    /// The fiscal year, named by the calendar year in which it starts.
    pub year: i32,
    /// The month in which it starts, 1 to 12.
    pub start_month: u32,
    /// The currency of all amounts.
    pub currency: Currency,
    /// Decimal places of the currency's minor unit.
    pub places: u32,
    /// The last month of the history.
    pub as_of: Month,
    /// The target handed down, where there is one.
    pub target: Option<Exact>,
    /// Customers looked at.
    pub customers: u32,
    /// Those with any sales.
    pub customers_with_history: u32,
    /// Those whose purchase potential is known.
    pub customers_with_potential: u32,
    /// Net of the last 12 months of all of them.
    pub net_l12: Exact,
    /// The last fiscal year that is whole at the end of `as_of`: y3 of the three years that plans are verified against.
    pub last_whole_year: i32,
    /// Parameters of the trend.
    pub trend: TrendParameters,
}

/// One step, a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct PlanStep {
    /// From 1.
    pub number: u8,
    /// Stable code, such as `product_structure`.
    pub code: String,
    /// Its name.
    pub label: Label,
    /// How its numbers come about.
    pub basis: Label,
    /// What is to be known of the step as a whole.
    pub notes: Vec<PlanNote>,
    /// The lines, `lines[i].position == i`.
    pub lines: Vec<PlanLine>,
}

/// One line of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct PlanLine {
    /// Order within the step, from 0.
    pub position: u32,
    /// Position of the line that this one is a part of.
    pub parent: Option<u32>,
    /// The step that line is in.
    pub parent_step: Option<u8>,
    /// What it stands for.
    pub kind: PlanLineKind,
    /// External id or code; empty for what has none ("unassigned").
    pub key: String,
    /// Its name; what data gives one name to has it in both languages.
    pub label: Label,
    /// The customer, on a customer's line.
    pub customer_id: Option<CustomerId>,
    /// The amount; null = not planned, 0.00 = none expected.
    pub amount: Option<Exact>,
    /// Named figures behind it; null = unknown, with a note that says why. Money in the plan's currency, rates and shares
    /// as fractions, counts as whole numbers. A salesperson is told those that are of the line's own, not those by which the
    /// company's or other customers' could be reckoned: `key`, `peer_growth`, `penetration`, `average`.
    ///
    /// Everywhere: `net_l12` (net of the last 12 months), `customers` (how many), `key` (part of the split, as a fraction),
    /// `headroom` (potential - our sales), `potential` (yearly purchases from anyone), `growth` (against `net_l12`).
    ///
    /// Task decomposition: 1 `opportunity_weight` (w as used); 6 `target`, `retention`, `retained`, `first_year_net`,
    /// `new_customers`, `leads`; 7 `gap`; 8 `needed` (target - sales), `shortfall` (needed beyond the headroom).
    ///
    /// Strategy-led: 1 `target`, `expected`; 2 `baseline`, `uplift`, `computed`; 3 `y1`, `y2`, `y3`, `mean`, `cagr`,
    /// `year4`, `low`, `high`, `peer_growth`; 4 `share_now`, `share_planned`; 5 `own_thirds` (weight of the own
    /// seasonality, 0 to 3); 6 `customers_planned`, `average`; 7 `white_space` (expected value), `opportunities` (how
    /// many), `first_year_net`, `new_customers`, `leads`; 8 `opportunities`, `penetration`, `average`; 9 `captured_now`,
    /// `captured_planned`.
    #[schema(schema_with = figures_schema)]
    pub figures: BTreeMap<String, Option<Exact>>,
    /// What is to be known of it.
    pub notes: Vec<PlanNote>,
}

/// Something to be known of a line or step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct PlanNote {
    /// Stable code, such as `basis_dropped`.
    pub code: String,
    /// What it says.
    pub label: Label,
    /// What a person wrote, or which thing it is about.
    pub detail: Option<String>,
}

/// An object of decimals or nulls.
fn figures_schema() -> Schema {
    let value = OneOfBuilder::new()
        .item(Ref::from_schema_name(Exact::name()))
        .item(ObjectBuilder::new().schema_type(Type::Null));
    ObjectBuilder::new().additional_properties(Some(Schema::OneOf(value.build()))).into()
}

impl PlanDraft {
    /// What is planned for the year; `None` where nothing is.
    pub fn total(&self) -> Option<Decimal> {
        self.steps.first().and_then(PlanStep::total)
    }

    /// Step `number`.
    pub fn step(&self, number: u8) -> Option<&PlanStep> {
        self.steps.iter().find(|step| step.number == number)
    }
}

impl PlanDraft {
    /// The same plan with every amount printed to the minor unit, so that equal amounts print alike.
    pub(super) fn padded(mut self) -> Self {
        let places = self.inputs.places;
        for Exact(amount) in
            self.steps.iter_mut().flat_map(|step| &mut step.lines).filter_map(|line| line.amount.as_mut())
        {
            if amount.scale() < places {
                amount.rescale(places);
            }
        }
        self
    }
}

impl PlanStep {
    /// An empty step.
    pub(super) fn new(number: u8, code: &str, label: Label, basis: Label) -> Self {
        Self { number, code: code.to_owned(), label, basis, notes: Vec::new(), lines: Vec::new() }
    }

    /// Adds a line at the end and tells its position.
    pub(super) fn push(&mut self, mut line: PlanLine) -> u32 {
        let position = u32::try_from(self.lines.len()).unwrap_or(u32::MAX);
        line.position = position;
        self.lines.push(line);
        position
    }

    /// Sum of the level of the plan that the step adds: its lines that are no part of another line of the step, of the
    /// kind that comes first. `None` where nothing of it is planned.
    pub fn total(&self) -> Option<Decimal> {
        let mut level = self.lines.iter().filter(|line| line.parent.is_none() || line.parent_step != Some(self.number));
        let first = level.next()?;
        let alike = level.filter(|line| line.kind == first.kind).filter_map(PlanLine::planned);
        first.planned().into_iter().chain(alike).reduce(|a, b| a + b)
    }

    /// The lines of a kind.
    pub fn of_kind(&self, kind: PlanLineKind) -> impl Iterator<Item = &PlanLine> {
        self.lines.iter().filter(move |line| line.kind == kind)
    }
}

impl PlanLine {
    /// A line without amount, figures or parent.
    pub(super) fn new(kind: PlanLineKind, key: impl Into<String>, label: Label, amount: Option<Decimal>) -> Self {
        Self {
            position: 0,
            parent: None,
            parent_step: None,
            kind,
            key: key.into(),
            label,
            customer_id: None,
            amount: amount.map(Exact),
            figures: BTreeMap::new(),
            notes: Vec::new(),
        }
    }

    /// The same line as a part of another.
    pub(super) fn under(mut self, step: u8, position: u32) -> Self {
        self.parent_step = Some(step);
        self.parent = Some(position);
        self
    }

    /// The same line with one more figure.
    pub(super) fn figure(mut self, name: &str, value: Option<Decimal>) -> Self {
        self.figures.insert(name.to_owned(), value.map(Exact));
        self
    }

    /// The same line with a count as a figure.
    pub(super) fn count(self, name: &str, count: usize) -> Self {
        self.figure(name, Some(Decimal::from(count)))
    }

    /// The same line with more notes.
    pub(super) fn noted(mut self, notes: impl IntoIterator<Item = PlanNote>) -> Self {
        self.notes.extend(notes);
        self
    }

    /// The amount as a plain decimal.
    pub fn planned(&self) -> Option<Decimal> {
        self.amount.map(Decimal::from)
    }

    /// A figure by name; `None` where it is absent or unknown.
    pub fn figure_named(&self, name: &str) -> Option<Decimal> {
        self.figures.get(name).copied().flatten().map(Decimal::from)
    }
}

impl PlanNote {
    /// A note from its code and texts.
    pub(super) fn new(code: &str, en: &str, zh: &str) -> Self {
        Self { code: code.to_owned(), label: Label::new(en, zh), detail: None }
    }

    /// The same note about something.
    pub(super) fn about(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{EmptySubscription, Object, Schema};

    use super::*;
    use crate::plans::PlanSettings;
    use crate::plans::samples::{book, customer};
    use crate::plans::strategy_led::{StrategyLedInput, generate};

    struct Query;

    #[Object]
    impl Query {
        async fn plan(&self) -> Option<PlanDraft> {
            let book = book(vec![customer("1", "pumps", "100")]);
            generate(&StrategyLedInput { book, target: None, replacements: BTreeMap::new() }).ok()
        }

        async fn echo(&self, settings: PlanSettings) -> PlanSettings {
            settings
        }
    }

    #[tokio::test]
    async fn a_plan_travels_over_graphql_and_settings_have_defaults_there() {
        let schema = Schema::new(Query, async_graphql::EmptyMutation, EmptySubscription);
        let query = "{ plan { steps { number lines { amount figures } } } echo(settings: { winRate: \"0.5\" }) { winRate tolerance } }";
        let response = schema.execute(query).await;
        assert_eq!(response.errors, []);
        let data = response.data.into_json().unwrap();
        assert_eq!(data["echo"], serde_json::json!({ "winRate": "0.5", "tolerance": "0.10" }));
        let line = &data["plan"]["steps"][1]["lines"][0];
        assert_eq!((&line["amount"], &line["figures"]["uplift"]), (&"108.00".into(), &"1.08".into()));
    }

    #[test]
    fn a_plan_survives_json_and_documents_its_figures() {
        let book = book(vec![customer("1", "pumps", "100")]);
        let plan = generate(&StrategyLedInput { book, target: None, replacements: BTreeMap::new() }).unwrap();
        let json = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<PlanDraft>(&json).unwrap(), plan);
        let schema = serde_json::to_value(<PlanLine as utoipa::PartialSchema>::schema()).unwrap();
        let value = &schema["properties"]["figures"]["additionalProperties"]["oneOf"];
        assert_eq!(value[0]["$ref"], "#/components/schemas/Decimal");
    }
}
