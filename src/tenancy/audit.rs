//! The append-only log of changes.

use serde::Serialize;
use uuid::Uuid;

use super::{Actor, PlatformTx, TenantTx};
use crate::error::Result;
use crate::values::TenantId;

impl TenantTx {
    /// Records a change in the same transaction: `action` such as `customer.created`, the resource, and what it was
    /// before and after.
    ///
    /// # Errors
    /// The database's.
    pub async fn audit<B: Serialize + ?Sized, A: Serialize + ?Sized>(
        &self,
        action: &str,
        resource_type: &str,
        resource_id: impl ToString,
        before: Option<&B>,
        after: Option<&A>,
    ) -> Result<()> {
        let entry = Entry {
            tenant: self.tenant(),
            id: self.new_id(),
            at: self.now(),
            actor: self.actor(),
            action,
            resource_type,
            resource_id: resource_id.to_string(),
            before: before.map(serde_json::to_value).transpose()?,
            after: after.map(serde_json::to_value).transpose()?,
        };
        entry.insert(&mut *self.conn().await?).await
    }
}

impl PlatformTx {
    /// Records a change of a tenant itself, in that tenant's log.
    ///
    /// # Errors
    /// The database's.
    pub async fn audit<A: Serialize>(&self, tenant: TenantId, action: &str, after: &A) -> Result<()> {
        self.enter(tenant).await?;
        let entry = Entry {
            tenant,
            id: self.new_id(),
            at: self.now(),
            actor: self.actor(),
            action,
            resource_type: "tenant",
            resource_id: tenant.to_string(),
            before: None,
            after: Some(serde_json::to_value(after)?),
        };
        entry.insert(&mut *self.conn().await?).await
    }
}

struct Entry<'a> {
    tenant: TenantId,
    id: Uuid,
    at: chrono::DateTime<chrono::Utc>,
    actor: &'a Actor,
    action: &'a str,
    resource_type: &'a str,
    resource_id: String,
    before: Option<serde_json::Value>,
    after: Option<serde_json::Value>,
}

impl Entry<'_> {
    async fn insert(self, conn: &mut sqlx::PgConnection) -> Result<()> {
        // One statement: what the change was before and after can be erased, the entry cannot.
        sqlx::query(
            "with entry as (
                 insert into audit_entries
                     (tenant_id, id, at, actor, action, resource_type, resource_id, has_details, request_id)
                 values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb is not null or $9::jsonb is not null, $10)
                 returning tenant_id, id, has_details)
             insert into audit_details (tenant_id, entry_id, before, after)
             select tenant_id, id, $8, $9 from entry where has_details",
        )
        .bind(self.tenant.0)
        .bind(self.id)
        .bind(self.at)
        .bind(&self.actor.subject)
        .bind(self.action)
        .bind(self.resource_type)
        .bind(self.resource_id)
        .bind(self.before)
        .bind(self.after)
        .bind(&self.actor.request_id)
        .execute(conn)
        .await?;
        Ok(())
    }
}
