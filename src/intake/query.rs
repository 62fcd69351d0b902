//! How batches are asked to be taken.

use serde::Deserialize;
use utoipa::IntoParams;

/// How a batch is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchMode {
    /// All or nothing.
    pub atomic: bool,
    /// Nothing, whatever comes of it: only the answer counts.
    pub dry_run: bool,
}

/// A batch's parameters.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct BatchQuery {
    /// All or nothing: where one item is refused, none is taken and the answer is 422.
    #[param(default = false)]
    atomic: Option<bool>,
    /// Try it: everything is checked and answered as if it were taken, and nothing is stored.
    #[param(default = false)]
    dry_run: Option<bool>,
}

/// The parameters of a single write that may be tried.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DryRunQuery {
    /// Try it: it is checked and answered as if it were taken, and nothing is stored. What it would have created is not
    /// there: its id is nobody's.
    #[param(default = false)]
    dry_run: Option<bool>,
}

/// A batch's parameters, where its items name customers or contacts by external id.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SystemBatchQuery {
    /// The source system of the external ids of customers and contacts; `default` where absent.
    #[param(default = "default")]
    pub system: Option<String>,
    /// All or nothing: where one item is refused, none is taken and the answer is 422.
    #[param(default = false)]
    atomic: Option<bool>,
    /// Try it: everything is checked and answered as if it were taken, and nothing is stored.
    #[param(default = false)]
    dry_run: Option<bool>,
}

impl BatchQuery {
    /// How the batch is taken.
    pub fn mode(self) -> BatchMode {
        BatchMode { atomic: self.atomic.unwrap_or_default(), dry_run: self.dry_run.unwrap_or_default() }
    }
}

impl DryRunQuery {
    /// Whether it is only tried.
    pub fn dry_run(self) -> bool {
        self.dry_run.unwrap_or_default()
    }
}

impl SystemBatchQuery {
    /// How the batch is taken.
    pub fn mode(&self) -> BatchMode {
        BatchQuery { atomic: self.atomic, dry_run: self.dry_run }.mode()
    }
}
