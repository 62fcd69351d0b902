//! What hangs on a customer, table by table: what becomes of it where two customers become one.
//!
//! A test compares the list with the database's catalog: a new table with a `customer_id` does not pass until somebody
//! has written here what is to be done with it.

/// A table whose rows name a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Holding {
    /// Its name.
    pub table: &'static str,
    /// What becomes of the rows of a customer that becomes one with another.
    pub on_merge: OnMerge,
}

/// What becomes of rows where customers become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnMerge {
    /// They are the survivor's from then on.
    Move,
    /// They are the survivor's, where it has none that agrees with them in these columns; else the survivor's stay and
    /// they go.
    Fill(&'static [&'static str]),
    /// They stay as they are: results that never change. What is read of the survivor shows them too.
    Stay,
    /// They are the survivor's, by code of their own: the history, whose entries are numbered (`ops/history.rs`).
    Apart,
}

/// Every table whose rows name a customer.
pub(super) const HOLDINGS: &[Holding] = &[
    Holding { table: "contacts", on_merge: OnMerge::Move },
    Holding { table: "customer_changes", on_merge: OnMerge::Apart },
    Holding { table: "customer_external_ids", on_merge: OnMerge::Move },
    Holding { table: "costs_to_serve", on_merge: OnMerge::Move },
    // Of a name that stays with its row, which lists leave out.
    Holding { table: "customer_name_grams", on_merge: OnMerge::Stay },
    Holding { table: "ge_positions", on_merge: OnMerge::Stay },
    Holding { table: "grade_overrides", on_merge: OnMerge::Stay },
    Holding { table: "grading_results", on_merge: OnMerge::Stay },
    Holding { table: "judgements", on_merge: OnMerge::Fill(&["scale_id", "factor_code"]) },
    Holding { table: "member_judgements", on_merge: OnMerge::Fill(&["scale_id", "factor_code", "author"]) },
    Holding { table: "payments", on_merge: OnMerge::Move },
    Holding { table: "plan_lines", on_merge: OnMerge::Stay },
    Holding { table: "plan_replacements", on_merge: OnMerge::Fill(&["plan_id"]) },
    // What either is known to buy of a category is what the one company buys: to add them up would count it twice.
    Holding { table: "purchase_potentials", on_merge: OnMerge::Fill(&["category"]) },
    Holding { table: "receivables", on_merge: OnMerge::Move },
    Holding { table: "sales_lines", on_merge: OnMerge::Move },
    // Sums of the lines, which note by themselves that they have moved.
    Holding { table: "sales_rollups", on_merge: OnMerge::Stay },
];

/// The tables of `HOLDINGS`, for the test that compares them with the catalog.
pub fn holding_tables() -> Vec<&'static str> {
    HOLDINGS.iter().map(|holding| holding.table).collect()
}
