//! Forgetting answers whose time is over.

use uuid::Uuid;

use crate::error::Result;
use crate::tenancy::TenantDb;

/// Answers that are forgotten in one transaction.
const AT_ONCE: i64 = 1_000;

impl TenantDb {
    /// Forgets the kept answers whose time is over, tenant by tenant, a thousand at a time; says how many they were.
    ///
    /// # Errors
    /// The database's; what was forgotten until then stays forgotten.
    pub async fn forget_answers(&self) -> Result<u64> {
        let tenants: Vec<Uuid> = self.tenants().await?;
        let mut forgotten = 0;
        // Platform operators' answers stand under the nil id.
        for tenant in tenants.into_iter().chain([Uuid::nil()]) {
            loop {
                let some = self.forget_some(tenant).await?;
                forgotten += some;
                if some < AT_ONCE.unsigned_abs() {
                    break;
                }
            }
        }
        Ok(forgotten)
    }

    async fn tenants(&self) -> Result<Vec<Uuid>> {
        let mut transaction = self.open_platform().await?;
        let ids = sqlx::query_scalar("select id from tenants order by id").fetch_all(&mut *transaction).await?;
        transaction.rollback().await?;
        Ok(ids)
    }

    async fn forget_some(&self, tenant: Uuid) -> Result<u64> {
        let mut transaction = self.open_platform().await?;
        sqlx::query("select set_config('app.tenant_id', $1, true)")
            .bind(tenant.to_string())
            .execute(&mut *transaction)
            .await?;
        let done = sqlx::query(
            "delete from idempotency_keys where tenant_id = $1 and name in (
                 select name from idempotency_keys where tenant_id = $1 and expires_at <= $2
                 order by expires_at limit $3 for update skip locked)",
        )
        .bind(tenant)
        .bind(self.clock().now())
        .bind(AT_ONCE)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected())
    }
}
