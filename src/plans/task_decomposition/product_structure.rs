//! Step 2: the target by product category.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::Context;
use crate::error::FieldProblem;
use crate::plans::draft::{PlanLine, PlanLineKind, PlanStep};
use crate::plans::level::{Part, pin_for, split_level};
use crate::plans::settings::PinLevel;
use crate::plans::{Pin, notes};
use crate::values::Label;

/// A category's part of the target.
pub(super) struct CategoryPlan {
    pub(super) code: String,
    pub(super) amount: Option<Decimal>,
    /// Net of the last 12 months.
    pub(super) net: Decimal,
    /// Potential less our sales, where known.
    pub(super) headroom: Option<Decimal>,
}

pub(super) fn step(context: &Context<'_>, target: Decimal) -> Result<(PlanStep, Vec<CategoryPlan>), FieldProblem> {
    let mut step = PlanStep::new(
        2,
        "product_structure",
        Label::new("Product structure", "产品结构"),
        Label::new(
            "Target x ((1 - w) x history share + w x opportunity share) of each category.",
            "目标 × ((1 − w) × 历史占比 + w × 机会占比)，按品类。",
        ),
    );
    let parts = parts(context);
    let level = split_level(
        Some(target),
        &parts,
        context.opportunity_weight,
        context.book.places,
        &Label::new("product structure", "产品结构"),
    )?;
    step.notes = level.notes;
    let mut plans = Vec::with_capacity(parts.len());
    for ((part, amount), key) in parts.into_iter().zip(level.amounts).zip(level.keys) {
        step.push(
            PlanLine::new(PlanLineKind::Category, &part.key, context.book.category_label(&part.key), amount)
                .under(1, 0)
                .figure("net_l12", Some(part.history))
                .figure("headroom", part.opportunity)
                .figure("key", part.pin.is_none().then_some(key))
                .noted(pin_notes(part.pin)),
        );
        plans.push(CategoryPlan { code: part.key, amount, net: part.history, headroom: part.opportunity });
    }
    Ok((step, plans))
}

/// What to say of a pinned line.
pub(super) fn pin_notes(pin: Option<Pin>) -> Option<crate::plans::PlanNote> {
    pin.map(|pin| match pin {
        Pin::Amount(_) => notes::pinned(),
        Pin::NotPlanned => notes::not_planned(),
    })
}

fn parts(context: &Context<'_>) -> Vec<Part> {
    let settings = &context.book.settings;
    let pinned = settings.pins.iter().filter(|pin| pin.level == PinLevel::Category).map(|pin| pin.key.as_str());
    let mut codes: BTreeSet<&str> = context.book.categories();
    codes.extend(pinned);
    if codes.is_empty() {
        codes.insert("");
    }
    let mut net: BTreeMap<&str, Decimal> = BTreeMap::new();
    let mut headroom: BTreeMap<&str, Decimal> = BTreeMap::new();
    for customer in &context.customers {
        for (code, amount) in &customer.net_by_category {
            *net.entry(code).or_default() += *amount;
        }
        for code in customer.potential_by_category.keys() {
            *headroom.entry(code).or_default() += customer.headroom_in(code).unwrap_or_default();
        }
    }
    headroom.extend(context.book.market.by_category.iter().map(|(code, room)| (code.as_str(), *room)));
    let part = |code: &str| Part {
        key: code.to_owned(),
        history: net.get(code).copied().unwrap_or_default(),
        opportunity: headroom.get(code).copied(),
        pin: pin_for(settings, PinLevel::Category, code, None),
    };
    codes.into_iter().map(part).collect()
}
