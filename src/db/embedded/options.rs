//! What a caller may choose about its cluster.

use std::path::PathBuf;

/// How a cluster runs. The default is safe for real data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddedOptions {
    /// Whether a commit survives a power cut. `false` is for tests only: it trades that for speed.
    pub durable: bool,
    /// How many connections the server accepts at once.
    pub max_connections: u16,
    /// Postgres' own page cache, in MiB.
    pub shared_buffers_mib: u32,
    /// The folder with the Postgres programs; `None` looks at `FENJI_PG_BIN` and then in the usual places.
    pub bin_dir: Option<PathBuf>,
}

impl Default for EmbeddedOptions {
    fn default() -> Self {
        Self { durable: true, max_connections: 100, shared_buffers_mib: 128, bin_dir: None }
    }
}

impl EmbeddedOptions {
    /// Options for data that may be lost: as fast as Postgres goes.
    #[must_use]
    pub fn for_tests() -> Self {
        Self { durable: false, ..Self::default() }
    }

    /// The server settings that stand for these options, as `postgres -c` takes them.
    pub(super) fn settings(&self) -> Vec<String> {
        let mut settings = vec![
            format!("max_connections={}", self.max_connections),
            format!("shared_buffers={}MB", self.shared_buffers_mib),
        ];
        settings.extend(FIXED.iter().map(ToString::to_string));
        if !self.durable {
            settings.extend(FAST_AND_LOOSE.iter().map(ToString::to_string));
        }
        settings
    }
}

/// Settings of every cluster: reachable from this machine only, in UTC, with a week of logs that replace themselves, and
/// with room for a large import or grading run between two checkpoints.
const FIXED: [&str; 15] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "cluster_name=fenji",
    "password_encryption=scram-sha-256",
    "timezone=UTC",
    "log_timezone=UTC",
    "random_page_cost=1.1",
    "jit=off",
    "max_wal_size=2GB",
    "logging_collector=on",
    "log_directory=log",
    "log_filename=postgres-%a.log",
    "log_rotation_age=1d",
    "log_rotation_size=0",
    "log_truncate_on_rotation=on",
];

const FAST_AND_LOOSE: [&str; 6] = [
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "autovacuum=off",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_data_is_never_unsafe() {
        let settings = EmbeddedOptions::default().settings();
        assert!(settings.contains(&"shared_buffers=128MB".to_owned()));
        assert!(!settings.iter().any(|setting| setting.ends_with("=off") && setting != "jit=off"), "{settings:?}");
    }

    #[test]
    fn tests_may_lose_data() {
        assert!(EmbeddedOptions::for_tests().settings().contains(&"fsync=off".to_owned()));
    }
}
