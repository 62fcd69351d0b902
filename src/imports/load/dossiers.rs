//! Customers, their purchase potentials, and salespeople.

use async_graphql::MaybeUndefined;
use serde_json::Value;

use super::{LoadRow, Origin, Terms, owners, said};
use crate::dossiers::{
    CustomerFileRow, CustomerStage, CustomerUpsert, ExternalId, PotentialUpsert, SalespersonUpsert,
    upsert_customers_of_file, upsert_purchase_potentials, upsert_salespeople,
};
use crate::error::{FieldProblem, Result};
use crate::imports::{self, Batch, CustomerRow, Header, PurchasePotentialRow, SalespersonRow, parents};
use crate::intake::{Outcome, RowOutcome};
use crate::tenancy::TenantTx;
use crate::values::{Currency, ImportId};

impl LoadRow for CustomerRow {
    type Upsert = CustomerFileRow;

    fn upsert(&self, header: &Header, _: Currency) -> Result<CustomerFileRow, Vec<FieldProblem>> {
        let text = |column, value: &Option<String>| said(header, column, value.clone());
        let tags = Some(self.tags.clone()).filter(|tags| !tags.is_empty());
        let customer = CustomerUpsert {
            external_id: self.external_id.clone(),
            name: said(header, "name", Some(self.name.clone()).filter(|name| !name.is_empty())),
            stage: said(header, "stage", self.stage.map(stage)),
            industry: text("industry", &self.industry),
            territory: text("region", &self.region),
            city: text("city", &self.city),
            country: text("country", &self.country),
            owner_external_id: text("salesperson_id", &self.salesperson_id),
            employees: said(header, "employees", self.employees),
            annual_revenue: said(header, "annual_revenue", self.annual_revenue.map(Into::into)),
            currency: said(header, "currency", self.currency),
            credit_limit: said(header, "credit_limit", self.credit_limit.map(Into::into)),
            segment_hint: text("segment_hint", &self.segment_hint),
            first_seen: said(header, "first_seen", self.first_seen.map(Into::into)),
            tags: said(header, "tags", tags),
            owner_id: MaybeUndefined::Undefined,
            parent_id: MaybeUndefined::Undefined,
            attributes: attributes(&self.attributes),
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
                outcome.problems.push(warning);
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
        parents::keep(tx, &origin.system, import, batch, outcomes).await
    }

    fn column<'a>(_: &Header, field: &'a str) -> &'a str {
        match field {
            "territory" => "region",
            "owner_external_id" => "salesperson_id",
            same => same,
        }
    }
}

/// What a file says of attributes: those that it has columns for.
fn attributes(fields: &[(String, Option<String>)]) -> MaybeUndefined<Value> {
    if fields.is_empty() {
        return MaybeUndefined::Undefined;
    }
    let members = fields.iter().map(|(code, text)| (code.clone(), text.clone().map_or(Value::Null, Value::String)));
    MaybeUndefined::Value(Value::Object(members.collect()))
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

    fn upsert(&self, _: &Header, _: Currency) -> Result<PotentialUpsert, Vec<FieldProblem>> {
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

    fn upsert(&self, header: &Header, _: Currency) -> Result<SalespersonUpsert, Vec<FieldProblem>> {
        Ok(SalespersonUpsert {
            external_id: self.external_id.clone(),
            name: self.name.clone(),
            territory: said(header, "region", self.region.clone()),
        })
    }

    async fn store(tx: &TenantTx, _: Terms<'_>, rows: Vec<SalespersonUpsert>) -> Result<Vec<RowOutcome>> {
        upsert_salespeople(tx, &rows).await
    }

    fn column<'a>(_: &Header, field: &'a str) -> &'a str {
        if field == "territory" { "region" } else { field }
    }
}
