//! Permissions, and the one table that says which role has which.

use std::str::FromStr;

use async_graphql::Enum;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an operation needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Read customers and what hangs on them.
    CustomersRead,
    /// Create and change customers and what hangs on them.
    CustomersWrite,
    /// Erase what is personal of a customer.
    CustomersErase,
    /// Define the attributes that customers can have.
    AttributesWrite,
    /// Read products, salespeople, sales lines, rates, quotas, payments.
    SalesRead,
    /// Create and change them.
    SalesWrite,
    /// Read statistics over all customers.
    StatisticsRead,
    /// Start imports, read their reports.
    ImportsWrite,
    /// Read and cancel jobs.
    JobsManage,
    /// Read scales and GE models.
    ScalesRead,
    /// Create and edit drafts of scales and GE models.
    ScalesWrite,
    /// Create, edit and publish a scale of one's own.
    ScalesPersonal,
    /// Publish a version.
    ScalesPublish,
    /// Judge customers.
    JudgementsWrite,
    /// Start grading runs and GE mappings.
    GradingRun,
    /// Read runs, results, explanations, the GE matrix.
    GradingRead,
    /// Set grades by hand.
    GradesOverride,
    /// Read plans.
    PlansRead,
    /// Generate plans.
    PlansWrite,
    /// Replace what a plan expects of a customer; salespeople of own customers alone.
    PlansReplace,
    /// Read the tenant's settings.
    SettingsRead,
    /// Change the tenant's settings.
    SettingsWrite,
    /// Create, list and revoke API keys.
    ApiKeysManage,
    /// Manage webhook endpoints, read their log, send again.
    WebhooksManage,
    /// Read the audit log.
    AuditRead,
    /// Take everything the tenant has out in one file.
    TenantExport,
    /// List and create tenants; platform operators only.
    TenantsManage,
}

/// A set of permissions with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything within the tenant.
    Admin,
    /// Tunes scales, publishes, grades, plans.
    Manager,
    /// Grades, maps and plans; edits drafts.
    Analyst,
    /// Sees own customers and own figures, judges, replaces what plans expect of them, makes a scale of its own.
    Salesperson,
    /// Reads.
    Viewer,
    /// Pushes data.
    Integration,
    /// Manages tenants and sees nothing of theirs.
    Platform,
}

use Permission as P;

impl Permission {
    /// Every permission a tenant's role can have.
    pub const TENANT: [Self; 26] = [
        P::CustomersRead,
        P::CustomersWrite,
        P::CustomersErase,
        P::AttributesWrite,
        P::SalesRead,
        P::SalesWrite,
        P::StatisticsRead,
        P::ImportsWrite,
        P::JobsManage,
        P::ScalesRead,
        P::ScalesWrite,
        P::ScalesPersonal,
        P::ScalesPublish,
        P::JudgementsWrite,
        P::GradingRun,
        P::GradingRead,
        P::GradesOverride,
        P::PlansRead,
        P::PlansWrite,
        P::PlansReplace,
        P::SettingsRead,
        P::SettingsWrite,
        P::ApiKeysManage,
        P::WebhooksManage,
        P::AuditRead,
        P::TenantExport,
    ];

    /// Its word in scopes and messages, such as `customers:read`.
    pub fn code(self) -> &'static str {
        match self {
            P::CustomersRead => "customers:read",
            P::CustomersWrite => "customers:write",
            P::CustomersErase => "customers:erase",
            P::AttributesWrite => "attributes:write",
            P::SalesRead => "sales:read",
            P::SalesWrite => "sales:write",
            P::StatisticsRead => "statistics:read",
            P::ImportsWrite => "imports:write",
            P::JobsManage => "jobs:manage",
            P::ScalesRead => "scales:read",
            P::ScalesWrite => "scales:write",
            P::ScalesPersonal => "scales:personal",
            P::ScalesPublish => "scales:publish",
            P::JudgementsWrite => "judgements:write",
            P::GradingRun => "grading:run",
            P::GradingRead => "grading:read",
            P::GradesOverride => "grades:override",
            P::PlansRead => "plans:read",
            P::PlansWrite => "plans:write",
            P::PlansReplace => "plans:replace",
            P::SettingsRead => "settings:read",
            P::SettingsWrite => "settings:write",
            P::ApiKeysManage => "api_keys:manage",
            P::WebhooksManage => "webhooks:manage",
            P::AuditRead => "audit:read",
            P::TenantExport => "tenant:export",
            P::TenantsManage => "tenants:manage",
        }
    }
}

impl FromStr for Permission {
    type Err = String;

    /// Reads a scope of a tenant; platform permissions cannot be named.
    fn from_str(s: &str) -> Result<Self, String> {
        let known = Self::TENANT.into_iter().find(|p| p.code() == s);
        known.ok_or_else(|| Self::TENANT.map(Self::code).join(", "))
    }
}

impl Role {
    /// Its word in tokens.
    pub fn code(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::Analyst => "analyst",
            Self::Salesperson => "salesperson",
            Self::Viewer => "viewer",
            Self::Integration => "integration",
            Self::Platform => "platform",
        }
    }

    /// What it may do.
    pub fn permissions(self) -> &'static [Permission] {
        const VIEWER: &[P] = &[
            P::CustomersRead,
            P::SalesRead,
            P::StatisticsRead,
            P::ScalesRead,
            P::GradingRead,
            P::PlansRead,
            P::SettingsRead,
        ];
        const ANALYST: &[P] = &[
            P::CustomersRead,
            P::CustomersWrite,
            P::SalesRead,
            P::StatisticsRead,
            P::ImportsWrite,
            P::JobsManage,
            P::ScalesRead,
            P::ScalesWrite,
            P::ScalesPersonal,
            P::JudgementsWrite,
            P::GradingRun,
            P::GradingRead,
            P::PlansRead,
            P::PlansWrite,
            P::SettingsRead,
        ];
        const MANAGER: &[P] = &[
            P::CustomersRead,
            P::CustomersWrite,
            P::AttributesWrite,
            P::SalesRead,
            P::SalesWrite,
            P::StatisticsRead,
            P::ImportsWrite,
            P::JobsManage,
            P::ScalesRead,
            P::ScalesWrite,
            P::ScalesPersonal,
            P::ScalesPublish,
            P::JudgementsWrite,
            P::GradingRun,
            P::GradingRead,
            P::GradesOverride,
            P::PlansRead,
            P::PlansWrite,
            P::PlansReplace,
            P::SettingsRead,
            P::AuditRead,
        ];
        // Row level security shows own rows alone; `plans/own.rs` takes out of plans what is the company's.
        const SALESPERSON: &[P] = &[
            P::CustomersRead,
            P::SalesRead,
            P::StatisticsRead,
            P::ScalesRead,
            P::ScalesPersonal,
            P::JudgementsWrite,
            P::GradingRead,
            P::PlansRead,
            P::PlansReplace,
        ];
        const INTEGRATION: &[P] = &[
            P::CustomersRead,
            P::CustomersWrite,
            P::AttributesWrite,
            P::SalesRead,
            P::SalesWrite,
            P::ImportsWrite,
            P::JobsManage,
            P::SettingsRead,
        ];
        match self {
            Self::Admin => &P::TENANT,
            Self::Manager => MANAGER,
            Self::Analyst => ANALYST,
            Self::Salesperson => SALESPERSON,
            Self::Viewer => VIEWER,
            Self::Integration => INTEGRATION,
            Self::Platform => &[P::TenantsManage],
        }
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        let all = [
            Self::Admin,
            Self::Manager,
            Self::Analyst,
            Self::Salesperson,
            Self::Viewer,
            Self::Integration,
            Self::Platform,
        ];
        let known = all.into_iter().find(|r| r.code() == s);
        known.ok_or_else(|| format!("expected one of {}", all.map(Self::code).join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_platform_manages_tenants() {
        assert!("tenants:manage".parse::<Permission>().is_err());
        assert!(!Role::Admin.permissions().contains(&P::TenantsManage));
        assert_eq!(Role::Platform.permissions(), [P::TenantsManage]);
    }

    #[test]
    fn scopes_read_back() {
        for p in Permission::TENANT {
            assert_eq!(p.code().parse(), Ok(p));
        }
    }
}
