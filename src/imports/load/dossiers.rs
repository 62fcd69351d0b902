//! Customers and salespeople.

use async_graphql::MaybeUndefined;

use super::{LoadRow, Terms, said};
use crate::dossiers::{
    CustomerStage, CustomerUpsert, DEFAULT_SYSTEM, SalespersonUpsert, upsert_customers, upsert_salespeople,
};
use crate::error::{FieldProblem, Result};
use crate::imports::{self, CustomerRow, Header, SalespersonRow};
use crate::intake::RowOutcome;
use crate::tenancy::TenantTx;
use crate::values::Currency;

impl LoadRow for CustomerRow {
    type Upsert = CustomerUpsert;

    fn upsert(&self, header: &Header, _: Currency) -> Result<CustomerUpsert, Vec<FieldProblem>> {
        let text = |column, value: &Option<String>| said(header, column, value.clone());
        let tags = Some(self.tags.clone()).filter(|tags| !tags.is_empty());
        Ok(CustomerUpsert {
            external_id: self.external_id.clone(),
            name: MaybeUndefined::Value(self.name.clone()),
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
            attributes: MaybeUndefined::Undefined,
            observed_at: self.observed_at,
        })
    }

    async fn store(tx: &TenantTx, terms: Terms, rows: Vec<CustomerUpsert>) -> Result<Vec<RowOutcome>> {
        upsert_customers(tx, DEFAULT_SYSTEM, &rows, terms.provenance).await
    }

    fn column<'a>(_: &Header, field: &'a str) -> &'a str {
        match field {
            "territory" => "region",
            "owner_external_id" => "salesperson_id",
            same => same,
        }
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

    async fn store(tx: &TenantTx, _: Terms, rows: Vec<SalespersonUpsert>) -> Result<Vec<RowOutcome>> {
        upsert_salespeople(tx, &rows).await
    }

    fn column<'a>(_: &Header, field: &'a str) -> &'a str {
        if field == "territory" { "region" } else { field }
    }
}
