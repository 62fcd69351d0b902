//! Tenants, API keys and audit entries as both faces show them.

use async_graphql::{InputObject, MaybeUndefined, SimpleObject};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::Problems;
use crate::tenancy::Permission;
use crate::values::{ApiKeyId, AuditEntryId, Currency, Exact, TenantId};

/// A tenant to create.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema, InputObject)]
#[graphql(name = "CreateTenantInput")]
#[serde(deny_unknown_fields)]
pub struct TenantIn {
    /// Its word in commands: 1 to 63 lower-case letters, digits and dashes.
    #[schema(example = "acme", pattern = "^[a-z0-9][a-z0-9-]{0,62}$")]
    pub slug: String,
    /// Its name, 1 to 200 characters.
    #[schema(example = "ACME Industrial Supply", max_length = 200)]
    pub name: String,
    /// The currency all its totals are in; fixed for good.
    pub base_currency: Currency,
    /// The month its fiscal years start in, 1 to 12; 1 where absent.
    #[schema(minimum = 1, maximum = 12, example = 1)]
    pub fiscal_year_start_month: Option<i32>,
}

/// Changes of the tenant's settings; what is absent stays.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[graphql(name = "UpdateTenantInput")]
#[serde(deny_unknown_fields)]
pub struct TenantPatch {
    /// Its name, 1 to 200 characters.
    #[schema(example = "ACME Industrial Supply", max_length = 200)]
    pub name: Option<String>,
    /// The month its fiscal years start in, 1 to 12.
    #[schema(minimum = 1, maximum = 12, example = 4)]
    pub fiscal_year_start_month: Option<i32>,
    /// What money that customers owe costs a year, as a fraction, 0 to 1, at most 6 places; null where it is not known.
    #[serde(default)]
    #[schema(value_type = Option<Exact>, example = "0.08")]
    pub capital_cost_rate: MaybeUndefined<Exact>,
}

/// A selling company.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Tenant")]
pub struct TenantOut {
    /// Its id.
    pub id: TenantId,
    /// Its word in commands.
    #[schema(example = "acme")]
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The currency all its totals are in.
    pub base_currency: Currency,
    /// The month its fiscal years start in, 1 to 12.
    #[schema(example = 1)]
    pub fiscal_year_start_month: i32,
    /// What money that customers owe costs a year, as a fraction; null where the tenant has not said. Net profit counts it.
    #[schema(example = "0.080000")]
    pub capital_cost_rate: Option<Exact>,
    /// Counts its changes; the ETag.
    pub version: i32,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

/// An API key to create.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[graphql(name = "CreateApiKeyInput")]
#[serde(deny_unknown_fields)]
pub struct ApiKeyIn {
    /// What it is for, 1 to 200 characters.
    #[schema(example = "CRM nightly push", max_length = 200)]
    pub name: String,
    /// Its permissions, at least one, at most those of its creator.
    #[schema(example = json!(["customers:write", "sales:write"]))]
    pub scopes: Vec<String>,
    /// When it stops working; never where absent.
    pub expires_at: Option<DateTime<Utc>>,
}

/// An API key, without its secret.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "ApiKey")]
pub struct ApiKeyOut {
    /// Its id.
    pub id: ApiKeyId,
    /// What it is for.
    pub name: String,
    /// Its permissions.
    pub scopes: Vec<String>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it stops working; null for never.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked; null where it was not.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A new API key with its secret, shown this once.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "NewApiKey")]
pub struct NewApiKeyOut {
    /// The key's row.
    pub api_key: ApiKeyOut,
    /// The key to send as a bearer token. It is not kept and cannot be shown again.
    #[schema(example = "fenji_AZzq...")]
    pub secret: String,
}

/// A short-lived JWT.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "AccessToken")]
pub struct AccessTokenOut {
    /// The JWT.
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: String,
    /// Seconds until it expires.
    #[schema(example = 900)]
    pub expires_in: i32,
}

/// One entry of the audit log.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "AuditEntry")]
pub struct AuditEntryOut {
    /// Its id.
    pub id: AuditEntryId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    #[schema(example = "api-key:01890a5d-ac96-774b-bcce-b302099a8057")]
    pub actor: String,
    /// What was done.
    #[schema(example = "customer.updated")]
    pub action: String,
    /// To what kind of thing.
    #[schema(example = "customer")]
    pub resource_type: String,
    /// To which.
    pub resource_id: String,
    /// Whether before and after were erased, with a customer at its request.
    pub details_erased: bool,
    /// What it was before; null for what is new.
    pub before: Option<serde_json::Value>,
    /// What it is after; null for what is gone.
    pub after: Option<serde_json::Value>,
    /// The request it was done by.
    pub request_id: String,
}

impl TenantIn {
    /// All that is wrong with it.
    pub(super) fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        let edge = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let slug = self.slug.as_bytes();
        if !(1..=63).contains(&slug.len()) || !edge(slug[0]) || !slug.iter().all(|b| edge(*b) || *b == b'-') {
            problems.add(
                "/slug",
                "pattern",
                "1 to 63 lower-case letters, digits and dashes, starting with a letter or digit.",
                "1 至 63 个小写字母、数字或连字符，以字母或数字开头。",
            );
        }
        problems.text("/name", &self.name, 200);
        if let Some(next) = self.base_currency.successor() {
            let en = format!("{} was withdrawn; totals go on in {next}.", self.base_currency);
            let zh = format!("{} 已停用，请使用 {next}。", self.base_currency);
            problems.add("/base_currency", "withdrawn", en, zh);
        }
        month(&mut problems, self.fiscal_year_start_month);
        problems
    }
}

impl TenantPatch {
    /// All that is wrong with it.
    pub(super) fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        if let Some(name) = &self.name {
            problems.text("/name", name, 200);
        }
        month(&mut problems, self.fiscal_year_start_month);
        if let Some(rate) = self.capital_cost_rate.value() {
            if rate.0 < Decimal::ZERO || rate.0 > Decimal::ONE {
                problems.add("/capital_cost_rate", "range", "0 to 1: 0.08 is 8 %.", "0 至 1：0.08 即 8%。");
            }
            if rate.0.normalize().scale() > 6 {
                problems.add("/capital_cost_rate", "too_many_places", "At most 6 decimal places.", "最多 6 位小数。");
            }
        }
        problems
    }
}

impl ApiKeyIn {
    /// All that is wrong with it, for a creator who holds `held`.
    pub(super) fn problems(&self, held: impl Fn(Permission) -> bool, now: DateTime<Utc>) -> Problems {
        let mut problems = Problems::new();
        problems.text("/name", &self.name, 200);
        if self.scopes.is_empty() {
            problems.add("/scopes", "required", "At least one scope.", "至少一个权限。");
        }
        for (i, scope) in self.scopes.iter().enumerate() {
            let pointer = format!("/scopes/{i}");
            match scope.parse::<Permission>() {
                Err(known) => problems.add(pointer, "unknown", format!("One of {known}."), format!("可选：{known}。")),
                Ok(p) if !held(p) => {
                    problems.add(
                        pointer,
                        "not_held",
                        "You do not hold this permission yourself.",
                        "您本人没有此权限。",
                    );
                }
                Ok(_) => {}
            }
        }
        if self.expires_at.is_some_and(|t| t <= now) {
            problems.add("/expires_at", "past", "Must lie in the future.", "必须晚于当前时间。");
        }
        problems
    }
}

fn month(problems: &mut Problems, month: Option<i32>) {
    if month.is_some_and(|m| !(1..=12).contains(&m)) {
        problems.add("/fiscal_year_start_month", "range", "1 to 12.", "1 至 12。");
    }
}
