//! Chance, from a seed.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A stream of chance. The same seed and stream give the same throws on every machine.
///
/// Everything is drawn in whole numbers: floating point would not be the same everywhere.
pub(super) struct Dice(ChaCha8Rng);

/// What a stream decides. Each has its own, so that a change in one part leaves the others as they were.
#[derive(Clone, Copy)]
pub(super) enum Stream {
    Ranks,
    Rates,
    Quotas,
    Customer(u32),
    Trade(u32),
    Potential(u32),
    Payment(u32),
    Attributes(u32),
    Service(u32),
    Opinion(u32),
}

impl Stream {
    fn number(self) -> u64 {
        let (part, index) = match self {
            Self::Ranks => (0, 0),
            Self::Rates => (1, 0),
            Self::Quotas => (2, 0),
            Self::Customer(i) => (3, i),
            Self::Trade(i) => (4, i),
            Self::Potential(i) => (5, i),
            Self::Payment(i) => (6, i),
            Self::Attributes(i) => (7, i),
            Self::Service(i) => (8, i),
            Self::Opinion(i) => (9, i),
        };
        part << 32 | u64::from(index)
    }
}

impl Dice {
    pub(super) fn new(seed: u64, stream: Stream) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream.number());
        Self(rng)
    }

    /// From `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high.max(low))
    }

    /// True `permille` times in a thousand.
    pub(super) fn chance(&mut self, permille: i64) -> bool {
        self.between(0, 999) < permille
    }

    /// One of `choices`, which must not be empty.
    pub(super) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.between(0, choices.len() as i64 - 1) as usize]
    }

    /// Puts `items` in any order.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.between(0, last as i64) as usize);
        }
    }
}
