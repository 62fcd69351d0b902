//! Sales plans for a fiscal year: the pure core.
//!
//! Two generators, each from plain records to a [`PlanDraft`] of numbered steps: [`task_decomposition`] splits a target
//! from above in eight steps, [`strategy_led`] builds the year up from the customers in nine. Both are deterministic,
//! whatever the order of the customers.
//!
//! Invariants: amounts are whole minor units; every level sums exactly to the one above ([`check_sums`]); an amount of
//! `None` means not planned and 0.00 none expected. Versions, approval and storage are left to the layers above.

mod allocation;
mod draft;
mod first_year;
mod groups;
mod input;
mod level;
mod notes;
mod problem;
mod seasonality;
mod settings;
pub mod strategy_led;
mod sums;
mod table;
pub mod task_decomposition;
mod trend;
mod verification;

#[cfg(test)]
mod samples;

pub use allocation::{AllocationProblem, Pin, Share, Split, split};
pub use draft::{PlanDraft, PlanInputs, PlanLine, PlanLineKind, PlanMethod, PlanNote, PlanStep};
pub use input::{MarketHeadroom, Named, PlanBook, PlanCustomer, PlanStage};
pub use problem::PlanProblem;
pub use seasonality::{MonthlyProfile, Seasonality, SeasonalityMethod, seasonality};
pub use settings::{BudgetLine, PinLevel, PlanPin, PlanSettings};
pub use sums::{Mismatch, check_sums};
pub use trend::{Baseline, BaselineMethod, TREND_MONTHS, TrendParameters, baseline};
pub use verification::{Verdict, Verification, cagr, verify};
