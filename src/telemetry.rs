//! Structured logs: JSON lines on stderr, or plain text where a person looks on. No request body, token or name of a
//! customer is ever logged.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;

/// Starts logging with a filter that `config` has checked. A second call changes nothing.
pub fn init(filter: &str) {
    let filter = EnvFilter::new(format!("{filter},sqlx=warn,sea_orm=warn,actix_server=warn"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    // A test may have started it already; the first one wins.
    let _ = if stderr().is_terminal() {
        builder.compact().try_init()
    } else {
        builder.json().flatten_event(true).try_init()
    };
}
