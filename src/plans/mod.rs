//! Sales plans for a fiscal year.
//!
//! Two generators, each from plain records to a [`PlanDraft`] of numbered steps: [`task_decomposition`] splits a target
//! from above in eight steps, [`strategy_led`] builds the year up from the customers in nine. Both are pure and
//! deterministic, whatever the order of the customers. A job loads the book as of a month, generates, and stores all
//! steps at once.
//!
//! Invariants: amounts are whole minor units; every level sums exactly to the one above ([`check_sums`], checked before a
//! plan is stored); an amount of `None` means not planned and 0.00 none expected; a stored plan never changes:
//! what is replaced later lies beside it, and a new plan takes it over (`replacing.rs`).

mod allocation;
mod draft;
mod first_year;
mod graphql;
mod groups;
mod history;
mod input;
mod level;
mod notes;
mod ops;
mod own;
mod problem;
mod replacing;
mod rest;
mod seasonality;
mod settings;
mod store;
pub mod strategy_led;
mod sums;
mod table;
pub mod task_decomposition;
mod trend;
mod verification;
mod wire;

#[cfg(test)]
mod samples;

pub use allocation::{AllocationProblem, Pin, Share, Split, split};
pub use draft::{PlanDraft, PlanInputs, PlanLine, PlanLineKind, PlanMethod, PlanNote, PlanStep};
pub use graphql::{CustomerPlanEdges, CustomerPlanLoader, PlansMutation, PlansQuery};
pub use history::{first_month_needed, last_whole_year};
pub use input::{MarketHeadroom, Named, PlanBook, PlanCustomer, PlanStage};
pub use ops::{PlanJob, create, customer_plans, get};
pub use replacing::PlanReplacementOut;
pub use rest::routes;
pub use seasonality::{MonthlyProfile, Seasonality, SeasonalityMethod, seasonality};
pub use settings::{BudgetLine, PinLevel, PlanPin, PlanSettings};
pub use strategy_led::Replacement;
pub use sums::{Mismatch, check_sums};
pub use trend::{Baseline, BaselineMethod, TREND_MONTHS, TrendParameters, baseline};
pub use verification::{Verdict, Verification, cagr, verify};
pub use wire::{CustomerPlanOut, PlanIn, PlanOut, PlanState, PlanStepOut};
