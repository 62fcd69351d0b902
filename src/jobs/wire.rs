//! A job as both faces show it.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::JobId;

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waiting for a worker.
    Queued,
    /// At work, or waiting for another worker after a crash.
    Running,
    /// Done; `result` tells what came of it.
    Completed,
    /// Given up; `problem` tells why.
    Failed,
    /// Stopped on request.
    Cancelled,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct JobProgress {
    /// Units done.
    #[schema(example = 30000)]
    pub done: i64,
    /// Units in all; null while unknown.
    #[schema(example = 60855)]
    pub total: Option<i64>,
}

/// Long work that goes on in the background.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Job")]
pub struct JobOut {
    /// Its id.
    pub id: JobId,
    /// What it does, such as `import` or `grading_run`.
    #[schema(example = "grading_run")]
    pub kind: String,
    /// Where it stands.
    pub state: JobState,
    /// How far it is.
    pub progress: JobProgress,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When a worker first took it.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// What came of it; its form depends on the kind.
    pub result: Option<serde_json::Value>,
    /// Why it failed: code, detail in both languages, places.
    pub problem: Option<serde_json::Value>,
}

impl JobState {
    /// From the database's word.
    pub(super) fn parse(text: &str) -> Self {
        match text {
            "queued" => Self::Queued,
            "running" => Self::Running,
            "completed" => Self::Completed,
            "cancelled" => Self::Cancelled,
            _ => Self::Failed,
        }
    }

    /// Whether nothing more will come.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}
