//! Couriers: claim what is due in any tenant, send it, write down what came of it.
//!
//! At least once, in no promised order: a delivery whose courier dies between sending and writing is sent again when its
//! lease has run out, with the same `webhook-id`. Slow receivers hold up themselves: an endpoint and a tenant have only
//! so many deliveries under way at once, and endpoints take turns.

mod rounds;
mod sender;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::gate::Webhooks;
use crate::error::{Error, Result, or_null};
use crate::tenancy::{Actor, Role, TenantDb, TenantTx};
use crate::values::{TenantId, WebhookEndpointId};
use crate::webhooks::backoff::next_attempt;
use crate::webhooks::event::message_id;
use crate::webhooks::signature::{Secret, signatures};
use crate::webhooks::store::parcels::{AttemptRow, Next, StoredParcel};
use crate::webhooks::store::queue::Lease;
use crate::webhooks::store::{deliveries, endpoints, outbox, parcels, queue};
use crate::webhooks::vault::Place;
use crate::webhooks::wire::{AttemptOutcome, DisabledReason};
use rounds::Rounds;
use sender::{Letter, Sender, Sent};

/// How long an endpoint may fail in every attempt before it is switched off.
const MOST_FAILING: TimeDelta = TimeDelta::days(5);
/// How often a tenant's old log is forgotten, and how much of it at a time.
const FORGET_EVERY: TimeDelta = TimeDelta::hours(1);
const FORGET_AT_ONCE: i64 = 5_000;
const GONE: u16 = 410;

/// How a courier works.
#[derive(Clone, Copy, Debug)]
pub struct CourierSettings {
    /// Deliveries at a time.
    pub slots: i64,
    /// Deliveries at a time of one endpoint.
    pub per_endpoint: i64,
    /// Deliveries at a time of one tenant; not exact: what is claimed at once may go beyond.
    pub per_tenant: i64,
    /// How long a delivery is a courier's; far longer than a request can take.
    pub lease: Duration,
    /// How often to look for what nobody announced.
    pub poll: Duration,
    /// How long the log is kept.
    pub retention: TimeDelta,
}

impl Default for CourierSettings {
    /// 32 at a time, 4 of an endpoint, 16 of a tenant; a minute; half a second; 30 days.
    fn default() -> Self {
        Self {
            slots: 32,
            per_endpoint: 4,
            per_tenant: 16,
            lease: Duration::from_secs(60),
            poll: Duration::from_millis(500),
            retention: TimeDelta::days(30),
        }
    }
}

/// Delivers events.
pub struct Courier {
    db: TenantDb,
    hooks: Webhooks,
    sender: Sender,
    settings: CourierSettings,
    /// When each tenant's old log was forgotten last.
    forgotten: Mutex<BTreeMap<Uuid, DateTime<Utc>>>,
}

impl Courier {
    /// # Errors
    /// `internal` where TLS cannot be set up.
    pub fn new(db: TenantDb, hooks: Webhooks, settings: CourierSettings) -> Result<Self> {
        let per_host = usize::try_from(settings.per_endpoint).unwrap_or(1);
        let sender = Sender::new(&hooks, per_host)?;
        Ok(Self { db, hooks, sender, settings, forgotten: Mutex::default() })
    }

    /// Delivers until told to stop; what is then under way is finished, which takes as long as a request may.
    pub async fn run(self, stop: CancellationToken) {
        let mut rounds = Rounds::default();
        let mut under_way = FuturesUnordered::new();
        while !stop.is_cancelled() {
            let announced = self.db.work().notified();
            match self.claim(&mut rounds).await {
                Ok(leases) => under_way.extend(leases.into_iter().map(|lease| self.carry(lease))),
                Err(error) => tracing::warn!(?error, "cannot look for webhooks to deliver"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                Some(lease) = under_way.next() => rounds.give_back(lease),
                () = announced => {}
                () = tokio::time::sleep(self.settings.poll) => {}
            }
        }
        while under_way.next().await.is_some() {}
    }

    /// Delivers all that is due now; how many attempts were made.
    ///
    /// # Errors
    /// The database's.
    pub async fn deliver_due(&self) -> Result<usize> {
        let mut rounds = Rounds::default();
        let mut made = 0;
        loop {
            let leases = self.claim(&mut rounds).await?;
            if leases.is_empty() {
                return Ok(made);
            }
            made += leases.len();
            for lease in futures::future::join_all(leases.into_iter().map(|lease| self.carry(lease))).await {
                rounds.give_back(lease);
            }
        }
    }

    async fn claim(&self, rounds: &mut Rounds) -> Result<Vec<Lease>> {
        let Some(room) = rounds.room(&self.settings) else { return Ok(Vec::new()) };
        let now = self.db.clock().now();
        let leases = queue::claim(self.db.queue_pool(), now, self.settings.lease, &room).await?;
        rounds.take(&leases);
        Ok(leases)
    }

    /// Carries one delivery. What goes wrong on our side is logged; the lease then runs out and it is tried again.
    async fn carry(&self, lease: Lease) -> Lease {
        let subject = "webhooks";
        let actor = Actor::with_role(subject, TenantId(lease.tenant), Role::Admin, lease.delivery.to_string());
        if let Err(error) = self.deliver(lease, &actor).await {
            tracing::error!(delivery = %lease.delivery, ?error, "cannot deliver a webhook");
        }
        if let Err(error) = self.forget(&actor, lease.tenant).await {
            tracing::warn!(?error, "cannot forget old webhooks");
        }
        lease
    }

    async fn deliver(&self, lease: Lease, actor: &Actor) -> Result<()> {
        let Some(parcel) = self.db.read(actor, async |tx| parcels::load(tx, lease).await).await? else {
            return Ok(());
        };
        if !parcel.enabled {
            return self.db.write(actor, async |tx| give_up_disabled(tx, lease).await).await;
        }
        let at = self.db.clock().now();
        let letter = self.letter(lease, &parcel, at)?;
        let sent = self.sender.send(letter).await;
        tracing::info!(delivery = %lease.delivery, outcome = sent.outcome.as_str(), status = sent.status, "webhook sent");
        let recorded = self.db.write(actor, async |tx| record(tx, lease, &parcel, at, &sent).await).await?;
        if !recorded {
            tracing::debug!(delivery = %lease.delivery, "the lease was lost");
        }
        Ok(())
    }

    fn letter(&self, lease: Lease, parcel: &StoredParcel, at: DateTime<Utc>) -> Result<Letter> {
        let vault = self.hooks.vault()?;
        let open = |(row, sealed): &(Uuid, Vec<u8>)| {
            let place = Place { tenant: lease.tenant, endpoint: lease.endpoint, row: *row };
            vault.open(sealed, place).map_err(Error::internal)
        };
        let secrets = parcel.secrets.iter().map(open).collect::<Result<Vec<Secret>>>()?;
        let id = message_id(parcel.message);
        let signatures = signatures(&secrets, &id, at, &parcel.body);
        Ok(Letter { url: parcel.url.clone(), id, timestamp: at.timestamp(), signatures, body: parcel.body.clone() })
    }

    /// Forgets what is older than the log is kept, now and then, in tenants that something is delivered for.
    async fn forget(&self, actor: &Actor, tenant: Uuid) -> Result<()> {
        let now = self.db.clock().now();
        let is_due = self.forgotten.lock().is_ok_and(|mut forgotten| {
            let is_due = forgotten.get(&tenant).is_none_or(|last| now - *last >= FORGET_EVERY);
            if is_due {
                forgotten.insert(tenant, now);
            }
            is_due
        });
        if is_due {
            let before = now - self.settings.retention;
            self.db.write(actor, async |tx| outbox::forget(tx, before, FORGET_AT_ONCE).await).await?;
        }
        Ok(())
    }
}

/// Writes down an attempt, and what it means for the delivery and the endpoint: endpoint, delivery, queue, in the order
/// in which everybody locks them. False, and nothing, where the lease was lost.
async fn record(tx: &TenantTx, lease: Lease, parcel: &StoredParcel, at: DateTime<Utc>, sent: &Sent) -> Result<bool> {
    let endpoint = WebhookEndpointId(lease.endpoint);
    let is_delivered = sent.outcome == AttemptOutcome::Delivered;
    let disabled = disabled_by(sent, parcel.failing_since, tx.now());
    let next = match (is_delivered, disabled) {
        (true, _) => Next::Delivered,
        (false, Some(_)) => Next::GivenUp,
        (false, None) => {
            let again = next_attempt(lease.delivery, parcel.tries + 1, tx.now(), sent.retry_after);
            again.map_or(Next::GivenUp, Next::Again)
        }
    };
    // Locked before the lease is looked at; where that is lost, all there was to say is that an attempt was made.
    match (is_delivered, disabled) {
        (true, _) => endpoints::note_success(tx, endpoint).await?,
        (false, None) => endpoints::note_failure(tx, endpoint).await?,
        (false, Some(_)) => {
            or_null(endpoints::lock(tx, endpoint).await)?;
        }
    }
    if !parcels::settle(tx, lease, next).await? {
        return Ok(false);
    }
    let attempt = AttemptRow {
        at,
        outcome: sent.outcome,
        status: sent.status.map(i32::from),
        duration_ms: i32::try_from(sent.took.as_millis()).unwrap_or(i32::MAX),
        response_excerpt: sent.excerpt.clone(),
    };
    parcels::record(tx, lease, &attempt, next).await?;
    if let Some(reason) = disabled {
        disable(tx, endpoint, reason).await?;
    }
    Ok(true)
}

/// Why an attempt switches its endpoint off; none where it does not.
fn disabled_by(sent: &Sent, failing_since: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<DisabledReason> {
    let is_failing = failing_since.is_some_and(|since| now - since >= MOST_FAILING);
    match sent.outcome {
        AttemptOutcome::Delivered => None,
        _ if sent.status == Some(GONE) => Some(DisabledReason::Gone),
        _ => is_failing.then_some(DisabledReason::Failing),
    }
}

async fn disable(tx: &TenantTx, id: WebhookEndpointId, reason: DisabledReason) -> Result<()> {
    let before = endpoints::lock(tx, id).await?;
    if !before.enabled {
        return Ok(());
    }
    let mut changed = before.clone();
    (changed.enabled, changed.disabled_reason) = (false, Some(reason));
    let after = endpoints::update(tx, &changed).await?;
    let given_up = deliveries::give_up(tx, id).await?;
    tx.audit("webhook_endpoint.disabled", "webhook_endpoint", id, Some(&before), Some(&after)).await?;
    tracing::warn!(endpoint = %id, reason = reason.as_str(), given_up, "webhook endpoint switched off");
    Ok(())
}

/// A delivery that was made while its endpoint was being switched off waits for nothing.
async fn give_up_disabled(tx: &TenantTx, lease: Lease) -> Result<()> {
    let id = WebhookEndpointId(lease.endpoint);
    if or_null(endpoints::lock(tx, id).await)?.is_some_and(|endpoint| !endpoint.enabled) {
        deliveries::give_up(tx, id).await?;
    }
    Ok(())
}

impl fmt::Debug for Courier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Courier").field("settings", &self.settings).finish_non_exhaustive()
    }
}
