//! `postmaster.pid`, in which a running server tells its process, port and state.

use std::path::Path;

/// How far a server is with starting or stopping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Accepts connections.
    Ready,
    /// Recovers, or has just begun.
    Starting,
    /// Is on its way out.
    Stopping,
}

/// What a server says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PidFile {
    /// Its process.
    pub pid: i32,
    /// The TCP port it listens on.
    pub port: u16,
    /// How far it is.
    pub state: State,
}

impl PidFile {
    /// Reads the file in a cluster folder; `None` when there is none or it is not yet complete.
    pub fn read(cluster: &Path) -> Option<Self> {
        Self::parse(&std::fs::read_to_string(cluster.join("postmaster.pid")).ok()?)
    }

    /// The process alone, which the file has from its first moment, also when the rest is not written yet.
    pub fn read_pid(cluster: &Path) -> Option<i32> {
        let text = std::fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
        text.lines().next()?.trim().parse().ok().filter(|pid| *pid > 1)
    }

    /// Lines: pid, data folder, start time, port, socket folder, listen address, shared memory key, state. A server
    /// appends them as it goes, so that a missing state means that it has just begun.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let pid = lines.next()?.trim().parse().ok().filter(|pid| *pid > 1)?;
        let port = lines.nth(2)?.trim().parse().ok()?;
        let state = match lines.nth(3).map(str::trim) {
            Some("ready") => State::Ready,
            Some("stopping") => State::Stopping,
            _ => State::Starting,
        };
        Some(Self { pid, port, state })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READY: &str = "13191\n/data\n1795441302\n54999\n\n127.0.0.1\n 10117128         4\nready   \n";

    #[test]
    fn reads_a_ready_server() {
        assert_eq!(PidFile::parse(READY), Some(PidFile { pid: 13191, port: 54999, state: State::Ready }));
    }

    #[test]
    fn tells_the_states_apart() {
        let state = |text: &str| PidFile::parse(text).map(|file| file.state);
        assert_eq!(state(&READY.replace("ready   ", "stopping")), Some(State::Stopping));
        assert_eq!(state(&READY.replace("ready   ", "starting")), Some(State::Starting));
        assert_eq!(state("13191\n/data\n1795441302\n54999\n\n"), Some(State::Starting));
    }

    #[test]
    fn a_half_written_or_foreign_file_is_none() {
        for text in ["", "13191\n", "13191\n/data\n1795441302\n", "-4\n/data\n1\n5\n", "x\n/data\n1\n5\n"] {
            assert_eq!(PidFile::parse(text), None, "{text:?}");
        }
    }
}
