//! A book of customers laid out for trying scales on it: for each customer one row with every fact that was asked for, so
//! that one definition after another is scored without asking anyone again.

use std::mem::{Discriminant, discriminant, size_of};

use rust_decimal::Decimal;

use super::facts::Known;
use crate::metrics::{Fact, FactValue, FactValueKind, Metric, Missing};
use crate::scales::{Cap, CapSource, Factor, FactorSource, ScaleDefinition, ScoringRule};
use crate::values::{Code, CustomerId, SalespersonId};

/// What makes two factors, or two caps, read the same fact.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Question {
    Factor { source: FactorSource, kind_of_rule: Discriminant<ScoringRule>, judged: Option<Code> },
    Base(Metric),
    Cap { source: CapSource, kind: FactValueKind },
}

/// The facts that a definition reads, each once, in the order of the definition: factors, then the bases of growths, then
/// caps.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    questions: Vec<Question>,
    factors: Vec<Factor>,
    bases: Vec<Metric>,
    caps: Vec<Cap>,
}

/// A customer of a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldCustomer {
    /// Its id.
    pub id: CustomerId,
    /// Its external id, by which ties are settled.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// Who owns it.
    pub owner: Option<SalespersonId>,
    /// Net of the 12 months, in the base currency.
    pub net: Decimal,
    /// Gross margin of the 12 months; none where a line lacks its cost.
    pub margin: Option<Decimal>,
}

/// A book with its facts.
#[derive(Clone, Debug, Default)]
pub struct HeldBook {
    columns: Columns,
    customers: Vec<HeldCustomer>,
    /// Row by row, each as wide as the columns.
    cells: Vec<Fact>,
    /// Bytes of texts, beyond what customers and cells take themselves.
    texts: usize,
}

/// Bytes that the texts of a customer are taken for, before they are read.
const TEXTS: usize = 64;

impl Question {
    fn of_factor(factor: &Factor) -> Self {
        let judged = matches!(factor.source, FactorSource::Judgement(_)).then(|| factor.code.clone());
        let source = match &factor.source {
            // What is asked of the judge does not change what was answered.
            FactorSource::Judgement(_) => FactorSource::Judgement(crate::scales::Judgement::default()),
            known => known.clone(),
        };
        Self::Factor { source, kind_of_rule: discriminant(&factor.rule), judged }
    }

    fn of_cap(cap: &Cap) -> Self {
        Self::Cap { source: cap.condition.source.clone(), kind: cap.condition.value.kind() }
    }
}

impl Columns {
    /// What these definitions read.
    pub fn of<'a>(definitions: impl IntoIterator<Item = &'a ScaleDefinition> + Clone) -> Self {
        let mut columns = Self::default();
        for factor in definitions.clone().into_iter().flat_map(ScaleDefinition::factors) {
            let question = Question::of_factor(factor);
            if !columns.questions.contains(&question) {
                columns.questions.push(question);
                columns.factors.push(factor.clone());
            }
        }
        for base in definitions.clone().into_iter().flat_map(ScaleDefinition::bases) {
            let question = Question::Base(base);
            if !columns.questions.contains(&question) {
                columns.questions.push(question);
                columns.bases.push(base);
            }
        }
        for cap in definitions.into_iter().flat_map(|definition| &definition.caps) {
            let question = Question::of_cap(cap);
            if !columns.questions.contains(&question) {
                columns.questions.push(question);
                columns.caps.push(cap.clone());
            }
        }
        columns
    }

    /// Whether all that the other reads is here.
    pub fn cover(&self, other: &Self) -> bool {
        other.questions.iter().all(|question| self.questions.contains(question))
    }

    /// One factor for each column of facts that factors read.
    pub fn factors(&self) -> &[Factor] {
        &self.factors
    }

    /// One cap for each column of facts that caps read.
    pub fn caps(&self) -> &[Cap] {
        &self.caps
    }

    fn place(&self, question: &Question) -> Option<usize> {
        self.questions.iter().position(|known| known == question)
    }
}

impl HeldBook {
    /// An empty book with these columns.
    pub fn new(columns: Columns) -> Self {
        Self { columns, ..Self::default() }
    }

    /// Adds a customer with what is known of it.
    pub fn push(&mut self, customer: HeldCustomer, known: Known<'_>) {
        let first = self.cells.len();
        self.texts += customer.external_id.capacity() + customer.name.capacity();
        self.customers.push(customer);
        self.cells.extend(self.columns.factors.iter().map(|factor| known.factor(factor)));
        self.cells.extend(self.columns.bases.iter().map(|base| known.metric(*base)));
        self.cells.extend(self.columns.caps.iter().map(|cap| known.cap(cap)));
        let text = |cell: &Fact| if let Ok(FactValue::Text(text)) = cell { text.capacity() } else { 0 };
        self.texts += self.cells.iter().skip(first).map(text).sum::<usize>();
    }

    /// Makes room for so many customers at once: a book that grows by doubling takes twice of what it needs.
    pub fn reserve(&mut self, customers: usize) {
        self.customers.reserve_exact(customers);
        self.cells.reserve_exact(customers.saturating_mul(self.columns.questions.len()));
    }

    /// Everyone in it.
    pub fn customers(&self) -> &[HeldCustomer] {
        &self.customers
    }

    /// The places of those whom somebody may see: of a salesperson, own customers.
    pub fn visible_to(&self, salesperson: Option<SalespersonId>) -> Vec<usize> {
        let sees = |customer: &HeldCustomer| salesperson.is_none() || customer.owner == salesperson;
        self.customers.iter().enumerate().filter(|(_, customer)| sees(customer)).map(|(place, _)| place).collect()
    }

    /// A customer's facts in the order of the columns.
    pub fn row(&self, customer: usize) -> &[Fact] {
        let width = self.columns.questions.len();
        self.cells.get(customer * width..(customer + 1) * width).unwrap_or_default()
    }

    /// Where each of the definition's factors, and behind them each of its bases, finds its fact in a row.
    pub fn places_of_factors(&self, definition: &ScaleDefinition) -> Vec<Option<usize>> {
        let factors = definition.factors().map(Question::of_factor);
        let all = factors.chain(definition.bases().into_iter().map(Question::Base));
        all.map(|question| self.columns.place(&question)).collect()
    }

    /// Where each of the definition's caps finds its fact in a row.
    pub fn places_of_caps(&self, definition: &ScaleDefinition) -> Vec<Option<usize>> {
        definition.caps.iter().map(|cap| self.columns.place(&Question::of_cap(cap))).collect()
    }

    /// About how many bytes it takes.
    pub fn size(&self) -> usize {
        self.texts + self.customers.len() * size_of::<HeldCustomer>() + self.cells.len() * size_of::<Fact>()
    }
}

impl Columns {
    /// How many facts of a customer they are.
    pub fn width(&self) -> usize {
        self.questions.len()
    }

    /// About how many bytes a book with these columns takes, before anything is read.
    pub fn size_for(&self, customers: usize) -> usize {
        let row = TEXTS + size_of::<HeldCustomer>() + self.width() * size_of::<Fact>();
        customers.saturating_mul(row)
    }
}

/// The fact at a place of a row.
pub(super) fn fact_at(row: &[Fact], place: Option<usize>) -> &Fact {
    const NONE: Fact = Err(Missing::NoData);
    place.and_then(|place| row.get(place)).unwrap_or(&NONE)
}
