//! What three salespeople think of their own customers.

use chrono::{DateTime, Days, NaiveTime, Utc};

use super::dice::{Dice, Stream};
use super::{DemoData, GeneratorSettings, seller_id};

/// The salespeople who rate, by index.
const RATERS: [usize; 3] = [0, 4, 6];

/// What a salesperson thinks of a customer.
pub(in crate::demo) struct Opinion {
    /// The customer's external id.
    pub(in crate::demo) customer_id: String,
    /// The salesperson's, as tokens name members.
    pub(in crate::demo) author: String,
    /// When: in the last but one month.
    pub(in crate::demo) judged_at: DateTime<Utc>,
    /// From 0, the best, to 999.
    rating: i64,
}

impl Opinion {
    /// The place among so many levels, the best first.
    pub(in crate::demo) fn place(&self, levels: usize) -> usize {
        (self.rating as usize * levels / 1_000).min(levels.saturating_sub(1))
    }
}

/// Of nine in ten customers of each rater, on the factor with this number.
pub(in crate::demo) fn opinions(settings: &GeneratorSettings, data: &DemoData, factor: usize) -> Vec<Opinion> {
    let month = settings.as_of.plus(-1);
    let raters = RATERS.map(seller_id);
    let mut opinions = Vec::new();
    for (index, customer) in data.customers.iter().enumerate() {
        let Some(author) = customer.salesperson_id.as_ref().filter(|owner| raters.contains(owner)) else { continue };
        let mut dice = Dice::new(settings.seed, Stream::Opinion((index as u32) << 8 | factor as u32));
        let days = Days::new(dice.between(0, 20).unsigned_abs());
        let day = month.first_day().checked_add_days(days).unwrap_or(month.first_day());
        let rating = dice.between(0, 999);
        if dice.chance(900) {
            opinions.push(Opinion {
                customer_id: customer.external_id.clone(),
                author: author.clone(),
                judged_at: day.and_time(NaiveTime::MIN).and_utc(),
                rating,
            });
        }
    }
    opinions
}
