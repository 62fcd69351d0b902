//! When to try again.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The pauses after the first, second, … failed attempt: a day in all. After the last a delivery is a dead letter.
const PAUSES: [Duration; 10] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(2 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(3_600),
    Duration::from_secs(2 * 3_600),
    Duration::from_secs(4 * 3_600),
    Duration::from_secs(8 * 3_600),
    Duration::from_secs(8 * 3_600),
];
/// The longest a receiver's `Retry-After` can put off an attempt.
const MOST_ASKED: Duration = Duration::from_secs(24 * 3_600);

/// When to try a delivery again after so many attempts that failed; none where it is given up. Up to a tenth earlier or
/// later, by its id, so that a thousand deliveries that failed at once do not come back at once. A receiver that asks
/// for a longer pause gets it, up to a day.
pub(super) fn next_attempt(
    delivery: Uuid,
    tries: i32,
    now: DateTime<Utc>,
    asked: Option<Duration>,
) -> Option<DateTime<Utc>> {
    let pause = PAUSES.get(usize::try_from(tries).ok()?.checked_sub(1)?)?;
    let pause = jittered(*pause, delivery, tries).max(asked.unwrap_or_default().min(MOST_ASKED));
    now.checked_add_signed(TimeDelta::from_std(pause).ok()?)
}

fn jittered(pause: Duration, delivery: Uuid, tries: i32) -> Duration {
    let digest = Sha256::new().chain_update(delivery.as_bytes()).chain_update(tries.to_be_bytes()).finalize();
    let chance = u32::from(u16::from_be_bytes([digest[0], digest[1]]));
    // 900 to 1100 thousandths.
    pause * (900 + chance % 201) / 1000
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    #[test]
    fn eleven_attempts_within_about_a_day() {
        let id = Uuid::from_u128(7);
        let mut at = NOW;
        let mut tries = 1;
        while let Some(next) = next_attempt(id, tries, at, None) {
            assert!(next > at);
            (at, tries) = (next, tries + 1);
        }
        assert_eq!(tries, 11);
        let hours = (at - NOW).num_hours();
        assert!((21..=26).contains(&hours), "{hours}");
        assert_eq!(next_attempt(id, 0, NOW, None), None);
        assert_eq!(next_attempt(id, -1, NOW, None), None);
    }

    #[test]
    fn a_receiver_can_ask_for_more_patience_but_not_for_less() {
        let pause =
            |asked| (next_attempt(Uuid::nil(), 1, NOW, Some(Duration::from_secs(asked))).unwrap() - NOW).num_seconds();
        assert!(pause(0) <= 5);
        assert_eq!([pause(60), pause(1_000_000)], [60, 86_400]);
    }

    proptest! {
        #[test]
        fn the_pause_is_within_a_tenth_and_the_same_each_time(id: u128, tries in 1..=10_i32) {
            let id = Uuid::from_u128(id);
            let pause = (next_attempt(id, tries, NOW, None).unwrap() - NOW).to_std().unwrap();
            let plain = PAUSES[tries as usize - 1];
            prop_assert!(pause >= plain * 9 / 10 && pause <= plain * 11 / 10);
            prop_assert_eq!(next_attempt(id, tries, NOW, None), next_attempt(id, tries, NOW, None));
        }
    }
}
