//! How much of a dossier is filled.
//!
//! Nine fields count, alike: industry, territory, city, country, owner, employees, annual revenue, currency and credit
//! limit. Name and stage are always there, and a parent, tags and the tenant's own attributes need not be.

use rust_decimal::Decimal;
use sqlx::PgConnection;

use crate::values::{CustomerId, TenantId, round_ratio};

/// A field of the dossier that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DossierField {
    /// Industry.
    Industry,
    /// Territory.
    Territory,
    /// City.
    City,
    /// Country.
    Country,
    /// The salesperson who owns the customer.
    Owner,
    /// Number of employees.
    Employees,
    /// The customer's own yearly revenue.
    AnnualRevenue,
    /// The currency it is invoiced in.
    Currency,
    /// Credit limit.
    CreditLimit,
}

/// Which fields of a customer are filled; a text of blanks is not.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct FilledFields {
    /// The customer.
    #[sqlx(try_from = "uuid::Uuid")]
    pub customer_id: CustomerId,
    /// Its external id.
    pub external_id: String,
    /// Industry.
    pub industry: bool,
    /// Territory.
    pub territory: bool,
    /// City.
    pub city: bool,
    /// Country.
    pub country: bool,
    /// Owner.
    pub owner: bool,
    /// Employees.
    pub employees: bool,
    /// Annual revenue.
    pub annual_revenue: bool,
    /// Currency.
    pub currency: bool,
    /// Credit limit.
    pub credit_limit: bool,
}

/// A customer's completeness and what it lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completeness {
    /// The customer.
    pub customer_id: CustomerId,
    /// Its external id.
    pub external_id: String,
    /// Filled fields / fields that count, 0 to 1, 6 places.
    pub share: Decimal,
    /// The fields that are not filled, in the order of [`DossierField`].
    pub missing: Vec<DossierField>,
}

impl FilledFields {
    /// Each field that counts, and whether it is filled.
    fn fields(&self) -> [(DossierField, bool); 9] {
        [
            (DossierField::Industry, self.industry),
            (DossierField::Territory, self.territory),
            (DossierField::City, self.city),
            (DossierField::Country, self.country),
            (DossierField::Owner, self.owner),
            (DossierField::Employees, self.employees),
            (DossierField::AnnualRevenue, self.annual_revenue),
            (DossierField::Currency, self.currency),
            (DossierField::CreditLimit, self.credit_limit),
        ]
    }

    /// The share filled, and what is missing.
    pub fn completeness(&self) -> Completeness {
        let fields = self.fields();
        let missing: Vec<DossierField> = fields.iter().filter(|(_, filled)| !filled).map(|(field, _)| *field).collect();
        let share = Decimal::from(fields.len() - missing.len()) / Decimal::from(fields.len());
        Completeness {
            customer_id: self.customer_id,
            external_id: self.external_id.clone(),
            share: round_ratio(share),
            missing,
        }
    }
}

/// The completeness of all the tenant's customers, or of those listed, by external id.
///
/// # Errors
/// A failing database.
pub async fn completeness_for(
    conn: &mut PgConnection,
    tenant: TenantId,
    customers: Option<&[CustomerId]>,
) -> Result<Vec<Completeness>, sqlx::Error> {
    let ids: Option<Vec<uuid::Uuid>> = customers.map(|list| list.iter().map(|id| id.0).collect());
    let rows: Vec<FilledFields> = sqlx::query_as(
        "select id as customer_id, external_id,
                coalesce(btrim(industry), '') <> '' as industry, coalesce(btrim(territory), '') <> '' as territory,
                coalesce(btrim(city), '') <> '' as city, coalesce(btrim(country), '') <> '' as country,
                owner_id is not null as owner, employees is not null as employees,
                annual_revenue is not null as annual_revenue, coalesce(btrim(currency), '') <> '' as currency,
                credit_limit is not null as credit_limit
         from customers
         where tenant_id = $1 and ($2::uuid[] is null or id = any($2))
         order by external_id collate \"C\"",
    )
    .bind(tenant.0)
    .bind(ids)
    .persistent(false)
    .fetch_all(conn)
    .await?;
    Ok(rows.iter().map(FilledFields::completeness).collect())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn every_field_counts_alike() {
        let filled = FilledFields {
            customer_id: CustomerId(Uuid::from_u128(1)),
            external_id: "C1".into(),
            industry: false,
            territory: true,
            city: true,
            country: true,
            owner: true,
            employees: true,
            annual_revenue: true,
            currency: true,
            credit_limit: false,
        };
        let c = filled.completeness();
        assert_eq!(c.share.to_string(), "0.777778");
        assert_eq!(c.missing, [DossierField::Industry, DossierField::CreditLimit]);
        let full = FilledFields { industry: true, credit_limit: true, ..filled };
        assert_eq!(full.completeness().share.to_string(), "1.000000");
    }
}
