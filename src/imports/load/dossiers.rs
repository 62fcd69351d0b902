//! Customers, their purchase potentials, and salespeople.

use async_graphql::MaybeUndefined;
use serde_json::{Map, Value};

use super::{LoadRow, Origin, Said, Terms, names, owners};
use crate::dossiers::{
    CustomerFileRow, CustomerStage, CustomerUpsert, ExternalId, PotentialUpsert, SalespersonUpsert, salespeople_names,
    upsert_customers_of_file, upsert_purchase_potentials, upsert_salespeople,
};
use crate::error::{FieldProblem, Result};
use crate::imports::{self, Batch, CustomerRow, Header, PurchasePotentialRow, SalespersonRow, parents};
use crate::intake::{Outcome, RowOutcome};
use crate::tenancy::TenantTx;
use crate::values::{Currency, ImportId};

impl LoadRow for CustomerRow {
    type Upsert = CustomerFileRow;

    fn upsert(&self, said: Said<'_>, _: Currency) -> Result<CustomerFileRow, Vec<FieldProblem>> {
        let text = |column, value: &Option<String>| said.value(column, value.clone());
        let tags = Some(self.tags.clone()).filter(|tags| !tags.is_empty());
        let customer = CustomerUpsert {
            external_id: self.external_id.clone(),
            name: said.value("name", Some(self.name.clone()).filter(|name| !name.is_empty())),
            stage: said.value("stage", self.stage.map(stage)),
            industry: text("industry", &self.industry),
            territory: text("region", &self.region),
            city: text("city", &self.city),
            country: text("country", &self.country),
            owner_external_id: text("salesperson_id", &self.salesperson_id),
            employees: said.value("employees", self.employees),
            annual_revenue: said.value("annual_revenue", self.annual_revenue.map(Into::into)),
            currency: said.value("currency", self.currency),
            credit_limit: said.value("credit_limit", self.credit_limit.map(Into::into)),
            segment_hint: text("segment_hint", &self.segment_hint),
            first_seen: said.value("first_seen", self.first_seen.map(Into::into)),
            tags: said.value("tags", tags),
            owner_id: MaybeUndefined::Undefined,
            parent_id: MaybeUndefined::Undefined,
            attributes: attributes(&self.attributes, said),
            observed_at: self.observed_at,
        };
        let id = |(system, external_id): &(String, String)| ExternalId {
            system: system.clone(),
            external_id: external_id.clone(),
        };
        let external_ids = self.external_ids.iter().map(id).collect();
        Ok(CustomerFileRow { customer, parent: text("parent_id", &self.parent_id), external_ids })
    }

    async fn store(tx: &TenantTx, terms: Terms<'_>, mut rows: Vec<CustomerFileRow>) -> Result<Vec<RowOutcome>> {
        let warnings = owners::resolve(tx, terms.origin.unknown_owner, &mut rows).await?;
        let mut outcomes = upsert_customers_of_file(tx, &terms.origin.system, &rows, terms.provenance).await?;
        for (at, warning) in warnings {
            if let Some(outcome) = outcomes.get_mut(at).filter(|outcome| outcome.outcome != Outcome::Error) {
                outcome.warnings.push(warning);
            }
        }
        Ok(outcomes)
    }

    async fn keep(
        tx: &TenantTx,
        origin: &Origin,
        import: ImportId,
        batch: &Batch<Self>,
        outcomes: &[RowOutcome],
    ) -> Result<()> {
        parents::keep(tx, origin, import, batch, outcomes).await
    }

    fn column<'a>(_: &Header, field: &'a str) -> &'a str {
        match field {
            "territory" => "region",
            "owner_external_id" => "salesperson_id",
            same => same,
        }
    }
}

/// What a row says of attributes: those whose columns are not blank, or whose blanks empty them.
fn attributes(fields: &[(String, Option<String>)], said: Said<'_>) -> MaybeUndefined<Value> {
    let member = |(code, text): &(String, Option<String>)| {
        let column = format!("attributes.{code}");
        let value = match text {
            // A truth value is no text, so that an attribute of texts refuses it.
            Some(text) if said.record().is_flag(&column) => Value::Bool(text == "true"),
            Some(text) => Value::String(text.clone()),
            None if said.empties(&column) => Value::Null,
            None => return None,
        };
        Some((code.clone(), value))
    };
    let members: Map<String, Value> = fields.iter().filter_map(member).collect();
    match members.is_empty() {
        true => MaybeUndefined::Undefined,
        false => MaybeUndefined::Value(Value::Object(members)),
    }
}

fn stage(stage: imports::CustomerStage) -> CustomerStage {
    match stage {
        imports::CustomerStage::Prospect => CustomerStage::Prospect,
        imports::CustomerStage::Active => CustomerStage::Active,
        imports::CustomerStage::Dormant => CustomerStage::Dormant,
        imports::CustomerStage::Lost => CustomerStage::Lost,
    }
}

impl LoadRow for PurchasePotentialRow {
    type Upsert = PotentialUpsert;

    fn upsert(&self, _: Said<'_>, _: Currency) -> Result<PotentialUpsert, Vec<FieldProblem>> {
        Ok(PotentialUpsert {
            customer_external_id: self.customer_id.clone(),
            category: self.category.clone(),
            yearly_amount: self.yearly_amount.into(),
            observed_at: self.observed_at,
        })
    }

    async fn store(tx: &TenantTx, terms: Terms<'_>, rows: Vec<PotentialUpsert>) -> Result<Vec<RowOutcome>> {
        upsert_purchase_potentials(tx, &terms.origin.system, &rows, terms.provenance).await
    }

    fn column<'a>(_: &Header, field: &'a str) -> &'a str {
        if field == "customer_external_id" { "customer_id" } else { field }
    }
}

/// The yearly quota in a file of salespeople is checked and not kept: it names no year. Quotas have a file of their own.
impl LoadRow for SalespersonRow {
    type Upsert = SalespersonUpsert;

    fn upsert(&self, said: Said<'_>, _: Currency) -> Result<SalespersonUpsert, Vec<FieldProblem>> {
        Ok(SalespersonUpsert {
            external_id: self.external_id.clone(),
            name: names::said(said, &self.name)?,
            territory: said.value("region", self.region.clone()),
        })
    }

    async fn store(tx: &TenantTx, _: Terms<'_>, mut rows: Vec<SalespersonUpsert>) -> Result<Vec<RowOutcome>> {
        let known = salespeople_names(tx, &names::asked(&mut rows)).await?;
        let (rows, refused) = names::filled(rows, known);
        let stored = if rows.is_empty() { Vec::new() } else { upsert_salespeople(tx, &rows).await? };
        Ok(refused.merge(stored))
    }

    fn column<'a>(_: &Header, field: &'a str) -> &'a str {
        if field == "territory" { "region" } else { field }
    }
}
