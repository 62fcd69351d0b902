//! The notes that lines and steps carry, each with a stable code.

use super::draft::PlanNote;

/// Name of the history basis in notes.
pub(super) const HISTORY: &str = "history";
/// Name of the opportunity basis in notes.
pub(super) const OPPORTUNITY: &str = "opportunity";

pub(super) fn basis_dropped(basis: &str) -> PlanNote {
    PlanNote::new(
        "basis_dropped",
        "This basis sums to 0: it is dropped and the others are rescaled.",
        "该分配基础合计为 0：已剔除，其余按比例放大。",
    )
    .about(basis)
}

pub(super) fn negative_counted_as_zero(basis: &str) -> PlanNote {
    PlanNote::new(
        "negative_counted_as_zero",
        "Values below 0 (returns) count as 0 in this basis.",
        "该分配基础中的负值（退货）按 0 计。",
    )
    .about(basis)
}

pub(super) fn split_evenly() -> PlanNote {
    PlanNote::new("split_evenly", "There is no basis at all: the split is even.", "没有任何分配基础：平均分配。")
}

pub(super) fn pinned() -> PlanNote {
    PlanNote::new("pinned", "Fixed by a person.", "人工固定。")
}

pub(super) fn not_planned() -> PlanNote {
    PlanNote::new("not_planned", "Nothing is planned here.", "未纳入计划。")
}

pub(super) fn no_history() -> PlanNote {
    PlanNote::new("no_history", "There are no sales to start from.", "没有可依据的销售历史。")
}

pub(super) fn potential_unknown() -> PlanNote {
    PlanNote::new("potential_unknown", "The purchase potential is unknown.", "采购潜力未知。")
}

pub(super) fn potential_zero() -> PlanNote {
    PlanNote::new("potential_zero", "The purchase potential is 0: there is no share.", "采购潜力为 0：无占有率。")
}

pub(super) fn headroom_from_market() -> PlanNote {
    PlanNote::new(
        "headroom_from_market",
        "The headroom is the market's, not the sum of the customers'.",
        "空间取自市场数据，而非客户合计。",
    )
}

pub(super) fn beyond_headroom() -> PlanNote {
    PlanNote::new("beyond_headroom", "The target needs more than the market holds.", "目标超出市场空间。")
}

pub(super) fn first_year_unknown() -> PlanNote {
    PlanNote::new(
        "first_year_net_unknown",
        "No first-year net is known or set for new customers of this type.",
        "该类新客户的首年销售额未知，也未设置。",
    )
}

pub(super) fn first_year_from(source: &str) -> PlanNote {
    PlanNote::new(
        "first_year_net_from",
        "Where the first-year net of new customers comes from.",
        "新客户首年销售额的来源。",
    )
    .about(source)
}

pub(super) fn retained_floored() -> PlanNote {
    PlanNote::new("retained_floored", "Returns exceed sales: nothing is retained.", "退货超过销售：保留额按 0 计。")
}

pub(super) fn no_budget_lines() -> PlanNote {
    PlanNote::new("no_budget_lines", "No budget lines are set.", "未设置预算项目。")
}

pub(super) fn no_gap() -> PlanNote {
    PlanNote::new("no_gap", "There is no gap: the budget is split by target.", "没有缺口：预算按目标分配。")
}
