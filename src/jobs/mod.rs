//! Background jobs on Postgres: enqueued in the transaction that asks for them, leased with a fencing token, resumable.
//!
//! A job is a row of `jobs` (content, behind row level security) and, while it has work left, a row of `job_queue` (ids and
//! lease times only, so that a worker finds work of any tenant). Every step of a job commits its effect, its progress and
//! its checkpoint together and only while its lease token is the current one: a worker that was away too long writes
//! nothing. A job that dies goes on from its last checkpoint; steps must therefore be repeatable up to that point.

mod context;
mod graphql;
mod ops;
mod queue;
mod rest;
mod watch;
mod wire;
mod worker;

pub use context::{JobContext, JobHandler, JobStep};
pub use graphql::{JobsMutation, JobsQuery, JobsSubscription};
pub use ops::{cancel, enqueue, get, jobs_by_id, list, withdraw_waiting};
pub use rest::routes;
pub use watch::{Watch, Watched, Watcher, Watches, changes};
pub use wire::{JobOut, JobProgress, JobState};
pub use worker::{JobSettings, Worker};
