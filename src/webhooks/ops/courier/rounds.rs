//! Whose turn it is: how many deliveries are under way, of which endpoint and tenant.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::CourierSettings;
use crate::webhooks::store::queue::{Lease, Room};

/// What is under way.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    endpoints: BTreeMap<Uuid, i64>,
    tenants: BTreeMap<Uuid, i64>,
    after: Uuid,
}

impl Rounds {
    /// What there is room for; none where there is no room.
    pub(super) fn room(&self, settings: &CourierSettings) -> Option<Room> {
        let under_way: i64 = self.endpoints.values().sum();
        let most = settings.slots - under_way;
        (most > 0).then(|| Room {
            most,
            per_endpoint: settings.per_endpoint,
            busy: self.endpoints.iter().map(|(id, held)| (*id, *held)).collect(),
            full_tenants: self.tenants.iter().filter(|(_, n)| **n >= settings.per_tenant).map(|(id, _)| *id).collect(),
            after: self.after,
        })
    }

    /// Notes deliveries that were taken, in the order of their endpoints' turns.
    pub(super) fn take(&mut self, leases: &[Lease]) {
        for lease in leases {
            *self.endpoints.entry(lease.endpoint).or_default() += 1;
            *self.tenants.entry(lease.tenant).or_default() += 1;
        }
        // The turns went from behind the last endpoint to the end and on from the beginning.
        let turn = |lease: &&Lease| (lease.endpoint <= self.after, lease.endpoint);
        if let Some(last) = leases.iter().max_by_key(turn) {
            self.after = last.endpoint;
        }
    }

    /// Notes a delivery that is no longer under way.
    pub(super) fn give_back(&mut self, lease: Lease) {
        for (counts, id) in [(&mut self.endpoints, lease.endpoint), (&mut self.tenants, lease.tenant)] {
            if let Some(held) = counts.get_mut(&id) {
                *held -= 1;
                if *held <= 0 {
                    counts.remove(&id);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(delivery: u128, endpoint: u128) -> Lease {
        let id = Uuid::from_u128;
        Lease { delivery: id(delivery), tenant: id(endpoint / 10), endpoint: id(endpoint), token: 1 }
    }

    #[test]
    fn room_is_what_is_not_under_way() {
        let settings = CourierSettings { slots: 3, per_tenant: 2, ..CourierSettings::default() };
        let mut rounds = Rounds::default();
        rounds.take(&[lease(1, 11), lease(2, 12)]);
        let room = rounds.room(&settings).unwrap();
        assert_eq!((room.most, room.busy.len(), room.full_tenants), (1, 2, vec![Uuid::from_u128(1)]));
        rounds.take(&[lease(3, 21)]);
        assert!(rounds.room(&settings).is_none());
        for (delivery, endpoint) in [(1, 11), (2, 12), (3, 21)] {
            rounds.give_back(lease(delivery, endpoint));
        }
        let room = rounds.room(&settings).unwrap();
        assert_eq!((room.most, room.busy, room.full_tenants), (3, vec![], vec![]));
    }

    #[test]
    fn turns_go_round() {
        let mut rounds = Rounds::default();
        let mut after = |endpoints: &[u128]| {
            rounds.take(&endpoints.iter().map(|id| lease(*id, *id)).collect::<Vec<_>>());
            rounds.after.as_u128()
        };
        assert_eq!(after(&[10, 30, 20]), 30);
        assert_eq!(after(&[40, 10]), 10);
        assert_eq!(after(&[]), 10);
        assert_eq!(after(&[10]), 10);
    }
}
