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

/// One of many changes of one kind.
#[derive(Clone, Debug)]
pub struct Audited {
    resource: String,
    before: Option<serde_json::Value>,
    after: Option<serde_json::Value>,
}

impl Audited {
    /// Something that is new.
    ///
    /// # Errors
    /// `internal` where it cannot be written as JSON.
    pub fn created(resource: impl ToString, after: &impl Serialize) -> Result<Self> {
        Ok(Self { resource: resource.to_string(), before: None, after: Some(serde_json::to_value(after)?) })
    }

    /// Something that was there.
    ///
    /// # Errors
    /// `internal` where it cannot be written as JSON.
    pub fn changed(resource: impl ToString, before: &impl Serialize, after: &impl Serialize) -> Result<Self> {
        let (before, after) = (serde_json::to_value(before)?, serde_json::to_value(after)?);
        Ok(Self { resource: resource.to_string(), before: Some(before), after: Some(after) })
    }
}

impl TenantTx {
    /// Records many changes of one kind, as [`Self::audit`] does each.
    ///
    /// # Errors
    /// The database's.
    pub async fn audit_all(&self, action: &str, resource_type: &str, changes: Vec<Audited>) -> Result<()> {
        if changes.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = changes.iter().map(|_| self.new_id()).collect();
        let (mut resources, mut before, mut after) = (Vec::new(), Vec::new(), Vec::new());
        for change in changes {
            resources.push(change.resource);
            before.push(change.before);
            after.push(change.after);
        }
        sqlx::query(
            "with change as (
                 select * from unnest($6::uuid[], $7::text[], $8::jsonb[], $9::jsonb[]) c (id, resource, before, after)),
             entry as (
                 insert into audit_entries
                     (tenant_id, id, at, actor, action, resource_type, resource_id, has_details, request_id)
                 select $1, id, $2, $3, $4, $5, resource, true, $10 from change)
             insert into audit_details (tenant_id, entry_id, before, after)
             select $1, id, before, after from change",
        )
        .bind(self.tenant().0)
        .bind(self.now())
        .bind(&self.actor().subject)
        .bind(action)
        .bind(resource_type)
        .bind(ids)
        .bind(resources)
        .bind(before)
        .bind(after)
        .bind(&self.actor().request_id)
        .execute(&mut *self.conn().await?)
        .await?;
        Ok(())
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
