//! A running server as a process: is it there, is it ready, make it stop.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::EmbeddedError;
use super::layout::Layout;
use super::pidfile::{PidFile, State};

/// Recovery after a crash may have to replay a lot.
const START_PATIENCE: Duration = Duration::from_secs(120);
const STOP_PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(2);

/// A server that this program has spawned or taken over.
#[derive(Debug)]
pub(super) struct Server {
    /// The postmaster.
    pub pid: i32,
    /// Its TCP port on 127.0.0.1.
    pub port: u16,
    /// Only of a server that we have spawned; kept so that its end can be noticed.
    pub child: Option<Child>,
}

impl Server {
    /// Waits until a spawned server accepts connections. `Ok(None)`: the port was taken by another program in between.
    pub async fn ready(mut child: Child, port: u16, layout: &Layout) -> Result<Option<Self>, EmbeddedError> {
        let since = Instant::now();
        loop {
            let ended = child.try_wait().map_err(EmbeddedError::file("watch the server of", &layout.chosen))?;
            if let Some(status) = ended {
                return if is_free(port) { Err(not_ready(layout, status.to_string())) } else { Ok(None) };
            }
            let file = PidFile::read(&layout.cluster()).filter(|file| file.port == port);
            if let Some(PidFile { pid, state: State::Ready, .. }) = file {
                return Ok(Some(Self { pid, port, child: Some(child) }));
            }
            if since.elapsed() > START_PATIENCE {
                let mut slow = Self { pid: i32::try_from(child.id()).unwrap_or(0), port, child: Some(child) };
                slow.stop(Signal::SIGQUIT).await?;
                return Err(not_ready(layout, format!("not ready after {} s", START_PATIENCE.as_secs())));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// The server that an earlier program has left on the cluster, if there is one. Waits for one that is starting or
    /// stopping to make up its mind.
    pub async fn left_behind(cluster: &Path) -> Option<Self> {
        let since = Instant::now();
        loop {
            let pid = PidFile::read_pid(cluster)?;
            if !is_postgres(pid) {
                return None;
            }
            let file = PidFile::read(cluster);
            let decided = matches!(file, Some(PidFile { state: State::Ready, .. }));
            if decided || since.elapsed() > STOP_PATIENCE {
                return Some(Self { pid, port: file.map_or(0, |file| file.port), child: None });
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Tells the server to end and waits until it has: `SIGINT` ends open transactions and closes the files properly,
    /// `SIGQUIT` leaves the work to the next start's recovery.
    pub async fn stop(&mut self, how: Signal) -> Result<(), EmbeddedError> {
        let since = Instant::now();
        self.signal(how);
        while !self.has_ended() {
            if since.elapsed() > STOP_PATIENCE {
                return Err(EmbeddedError::NotStopped { pid: self.pid, seconds: STOP_PATIENCE.as_secs() });
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    /// Sends a signal and does not mind when the server is gone.
    pub fn signal(&self, how: Signal) {
        if self.pid > 1 {
            let _gone = kill(Pid::from_raw(self.pid), how);
        }
    }

    /// Whether the process is gone; takes its exit status when it was ours.
    pub fn has_ended(&mut self) -> bool {
        match &mut self.child {
            Some(child) => !matches!(child.try_wait(), Ok(None)),
            None => kill(Pid::from_raw(self.pid), None) == Err(Errno::ESRCH) || !is_postgres(self.pid),
        }
    }
}

/// A port that nobody listens on at this moment.
pub(super) fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

fn not_ready(layout: &Layout, reason: String) -> EmbeddedError {
    let (log, log_tail) = layout.log_tail();
    EmbeddedError::NotReady { reason, log, log_tail }
}

/// Whether a process number, read from a file that may be old, still is a Postgres server and not somebody else's
/// process or a dead one that nobody has waited for.
fn is_postgres(pid: i32) -> bool {
    if Path::new("/proc/self/stat").exists() {
        return std::fs::read_to_string(format!("/proc/{pid}/stat"))
            .is_ok_and(|stat| stat.contains("(postgres)") && !stat.contains(") Z "));
    }
    let answer = Command::new("ps").args(["-o", "stat=", "-o", "comm=", "-p"]).arg(pid.to_string()).output();
    answer.is_ok_and(|answer| {
        let line = String::from_utf8_lossy(&answer.stdout);
        !line.trim_start().starts_with('Z') && line.contains("postgres")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_no_postgres() {
        assert!(!is_postgres(i32::try_from(std::process::id()).unwrap()));
        assert!(!is_postgres(i32::MAX));
    }

    #[test]
    fn a_bound_port_is_not_free() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        assert!(!is_free(listener.local_addr().unwrap().port()));
        assert!(is_free(free_port().unwrap()));
    }
}
