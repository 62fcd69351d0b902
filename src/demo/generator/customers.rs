//! Who buys: size, course over the years, place, name.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};

use super::dice::{Dice, Stream};
use super::places::{BRANDS, CHINA, Country, INDUSTRIES, Industry, STEMS, TERRITORIES};
use super::rates::{Rates, Unit};
use super::{GeneratorSettings, MONTHS, UNITS, money};
use crate::imports::{CustomerRow, CustomerStage};

/// How a customer's purchases move over the years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Course {
    /// About the same, growing or shrinking by this many thousandths a year.
    Trend(i64),
    /// Stopped after this month.
    Churned(i64),
    /// Began in this month.
    New(i64),
    /// Has never bought.
    Prospect,
}

/// A customer with what trading needs.
pub(super) struct Customer {
    pub(super) row: CustomerRow,
    /// 0 for the biggest.
    pub(super) rank: u32,
    /// What it buys in a usual year, in ten-thousandths of a euro.
    pub(super) annual: i64,
    pub(super) course: Course,
    /// What it pays, in thousandths of the list price.
    pub(super) price_level: i64,
    /// The categories it buys, by index.
    pub(super) categories: Vec<usize>,
    pub(super) unit: Unit,
    pub(super) territory: usize,
    /// Its owner among the salespeople, by index.
    pub(super) owner: usize,
}

impl Course {
    /// The first and last month in which the customer buys, counted from the first.
    pub(super) fn active(self) -> Option<(i64, i64)> {
        match self {
            Self::Trend(_) => Some((0, MONTHS - 1)),
            Self::Churned(last) => Some((0, last)),
            Self::New(first) => Some((first, MONTHS - 1)),
            Self::Prospect => None,
        }
    }

    /// Purchases in a month in thousandths of the usual.
    pub(super) fn level(self, month: i64) -> i64 {
        match self {
            Self::Trend(a_year) => (1000 + a_year * (month - MONTHS / 2) / 12).max(150),
            // The last half year fades.
            Self::Churned(last) => (200 + (last - month) * 150).clamp(0, 1000),
            Self::New(first) => (400 + (month - first) * 100).min(1100),
            Self::Prospect => 0,
        }
    }

    fn stage(self) -> CustomerStage {
        match self {
            Self::Trend(_) | Self::New(_) => CustomerStage::Active,
            Self::Churned(last) if last < MONTHS - 12 => CustomerStage::Lost,
            Self::Churned(_) => CustomerStage::Dormant,
            Self::Prospect => CustomerStage::Prospect,
        }
    }
}

/// All customers: first those that buy, then the prospects.
pub(super) fn customers(settings: &GeneratorSettings, rates: &Rates) -> Vec<Customer> {
    let mut ranks: Vec<u32> = (0..settings.buyers).collect();
    Dice::new(settings.seed, Stream::Ranks).shuffle(&mut ranks);
    // Prospects would buy like the middle and the lower half.
    let prospects = (0..settings.prospects).map(|i| settings.buyers / 4 + i * 2);
    let sizes: Vec<i64> = (0..settings.buyers.max(1)).map(weight).collect();
    let total: i64 = sizes.iter().sum();
    let mut names = BTreeSet::new();
    let ranked = ranks.into_iter().map(|rank| (rank, false)).chain(prospects.map(|rank| (rank, true)));
    ranked
        .enumerate()
        .map(|(index, (rank, prospect))| {
            let turnover = i64::from(settings.buyers) * 180_000;
            // Through i128: the product of turnover and weight exceeds 64 bits.
            let share = i128::from(turnover * UNITS) * i128::from(weight(rank)) / i128::from(total.max(1));
            let annual = i64::try_from(share).unwrap_or(i64::MAX);
            let seed = Seed { settings, rates, index: index as u32, rank, annual, prospect };
            customer(&seed, &mut names)
        })
        .collect()
}

/// Sizes fall with the power 1.5 of the rank: about a quarter of the customers then makes 80 % of the sales.
fn weight(rank: u32) -> i64 {
    let x = i64::from(rank) + 13;
    1_000_000_000_000 / (x * (x * 10_000).isqrt())
}

struct Seed<'a> {
    settings: &'a GeneratorSettings,
    rates: &'a Rates,
    index: u32,
    rank: u32,
    annual: i64,
    prospect: bool,
}

fn customer(seed: &Seed<'_>, names: &mut BTreeSet<String>) -> Customer {
    let mut dice = Dice::new(seed.settings.seed, Stream::Customer(seed.index));
    let territory = *dice.pick(&[0, 0, 0, 1, 2, 2, 3, 3, 4, 5, 5]);
    let country = dice.pick(TERRITORIES[territory].countries);
    let city = *dice.pick(country.cities);
    let industry = dice.pick(&INDUSTRIES);
    let course = if seed.prospect { Course::Prospect } else { course(&mut dice, seed.rank) };
    let unit = unit(&mut dice, territory);
    let owner = territory * 2 + dice.between(0, 1) as usize;
    let name = name(&mut dice, territory, country, city, industry, names);
    let price_level = (740 + i64::from(seed.rank) / 3 + dice.between(-20, 90)).min(940);
    let categories = categories(&mut dice, industry, seed.annual);
    let employees = 12 + seed.annual / UNITS / dice.between(4_000, 9_000) + dice.between(0, 60);
    let revenue = employees * dice.between(120_000, 260_000) * UNITS;
    let limit = seed.annual / dice.between(5, 9);
    let rate = seed.rates.last(unit);
    let in_currency = |euro: i64, step: i64| money((rate.foreign(euro) / (step * UNITS)).max(1) * step * UNITS);
    let row = CustomerRow {
        external_id: format!("C{:04}", 1001 + seed.index),
        name,
        stage: Some(course.stage()),
        industry: Some(industry.name.to_owned()),
        region: Some(TERRITORIES[territory].name.to_owned()),
        country: Some(country.name.to_owned()),
        city: Some(city.to_owned()),
        segment_hint: Some(industry.segment.to_owned()),
        salesperson_id: Some(super::seller_id(owner)),
        credit_limit: (!seed.prospect && dice.chance(850)).then(|| in_currency(limit, 1_000)),
        currency: unit.currency(),
        employees: dice.chance(900).then_some(employees as i32),
        annual_revenue: dice.chance(880).then(|| in_currency(revenue, 10_000)),
        first_seen: Some(first_seen(&mut dice, seed.settings, course)),
        tags: tags(&mut dice, seed, industry),
        observed_at: None,
        parent_id: None,
        external_ids: Vec::new(),
        attributes: attributes(seed, employees),
    };
    Customer { row, rank: seed.rank, annual: seed.annual, course, price_level, categories, unit, territory, owner }
}

/// What is known of the tenant's own attributes: of most customers something, of few all.
fn attributes(seed: &Seed<'_>, employees: i64) -> Vec<(String, Option<String>)> {
    let mut dice = Dice::new(seed.settings.seed, Stream::Attributes(seed.index));
    let space = (employees * dice.between(18, 60)).to_string();
    let certified = if dice.chance(620) { "yes" } else { "no" };
    let purchasing = *dice.pick(&["central", "central", "plant", "contractor"]);
    [("floor_space", space.as_str(), 700), ("iso_9001", certified, 850), ("purchasing", purchasing, 800)]
        .map(|(code, value, known)| (code.to_owned(), dice.chance(known).then(|| value.to_owned())))
        .into()
}

/// The biggest neither come nor go.
fn course(dice: &mut Dice, rank: u32) -> Course {
    let throw = if rank < 15 { dice.between(0, 779) } else { dice.between(0, 999) };
    match throw {
        0..=449 => Course::Trend(dice.between(-60, 80)),
        450..=619 => Course::Trend(dice.between(200, 500)),
        620..=779 => Course::Trend(dice.between(-350, -150)),
        780..=879 => Course::Churned(dice.between(12, MONTHS - 6)),
        _ => Course::New(dice.between(MONTHS - 11, MONTHS - 2)),
    }
}

fn unit(dice: &mut Dice, territory: usize) -> Unit {
    if territory == CHINA && dice.chance(750) {
        Unit::Cny
    } else if dice.chance(70) {
        Unit::Usd
    } else {
        Unit::Eur
    }
}

/// The industry's usual categories, and more the more it buys.
fn categories(dice: &mut Dice, industry: &Industry, annual: i64) -> Vec<usize> {
    let mut chosen: BTreeSet<usize> = industry.buys[..dice.between(1, 3) as usize].iter().copied().collect();
    let further = (annual / UNITS).isqrt() / 500;
    for _ in 0..dice.between(0, further) {
        chosen.insert(dice.between(0, 5) as usize);
    }
    chosen.into_iter().collect()
}

fn name(
    dice: &mut Dice,
    territory: usize,
    country: &Country,
    city: &str,
    industry: &Industry,
    names: &mut BTreeSet<String>,
) -> String {
    let form = country.legal_form;
    let mut draw = |attempt: usize| match (territory, attempt) {
        (CHINA, _) => format!("{city}{}{}{form}", dice.pick(&BRANDS), industry.word_zh),
        (_, 0) => format!("{} {} {form}", dice.pick(&STEMS), industry.word),
        _ => format!("{} {} {city} {form}", dice.pick(&STEMS), industry.word),
    };
    // A few tries find a free name; a number settles the rest.
    let free = (0..50).map(&mut draw).find(|name| !names.contains(name));
    let name = free.unwrap_or_else(|| format!("{} {}", draw(1), names.len()));
    names.insert(name.clone());
    name
}

/// Always before the first order.
fn first_seen(dice: &mut Dice, settings: &GeneratorSettings, course: Course) -> NaiveDate {
    let (latest, days) = match course {
        Course::Prospect => (settings.as_of.last_day(), dice.between(10, 540)),
        Course::New(first) => (settings.month(first).first_day(), dice.between(10, 120)),
        Course::Trend(_) | Course::Churned(_) => (settings.month(0).first_day(), dice.between(30, 3_650)),
    };
    latest.checked_sub_days(Days::new(days.unsigned_abs())).unwrap_or(latest)
}

fn tags(dice: &mut Dice, seed: &Seed<'_>, industry: &Industry) -> Vec<String> {
    let framework = !seed.prospect && dice.chance(150);
    let candidates = [
        (industry.segment == "Distributor", "distributor"),
        (framework, "framework contract"),
        (seed.rank < 12, "key account"),
    ];
    candidates.into_iter().filter(|(given, _)| *given).map(|(_, tag)| tag.to_owned()).collect()
}
