//! Why a cluster could not be had, and what the reader can do about it.

use std::io;
use std::path::{Path, PathBuf};

/// Why the embedded Postgres did not start or stop. Every message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// No usable server programs on this machine.
    #[error(
        "Postgres server programs not found; looked in {looked_in}. Install them ({INSTALL}), or name their folder in \
         FENJI_PG_BIN, or point DATABASE_URL at a running server"
    )]
    NotFound {
        /// The places, comma-separated.
        looked_in: String,
    },
    /// Programs were found, but all of them are too old.
    #[error(
        "Postgres {required} or newer is needed; found only {found}. Install a newer one ({INSTALL}), or name its \
         folder in FENJI_PG_BIN"
    )]
    TooOld {
        /// The oldest major version that works.
        required: u32,
        /// Each version found with its folder, comma-separated.
        found: String,
    },
    /// Another program holds the folder.
    #[error(
        "{} is in use by another program ({holder}); stop it, or choose another folder in FENJI_DATA_DIR",
        .dir.display()
    )]
    Locked {
        /// The data folder.
        dir: PathBuf,
        /// Who holds it, as far as the lock file tells.
        holder: String,
    },
    /// Postgres refuses to run as root and there is nobody else to run it as.
    #[error(
        "Postgres refuses to run as root and this machine has neither a `postgres` nor a `nobody` user; create one \
         (`useradd --system postgres`) or run as an ordinary user"
    )]
    NoUnprivilegedUser,
    /// The unprivileged user cannot get at the folder.
    #[error(
        "Postgres runs as user {user}, which cannot enter {}; choose a folder in FENJI_DATA_DIR that it can reach, \
         such as /var/lib/fenji",
        .dir.display()
    )]
    Unreachable {
        /// The data folder.
        dir: PathBuf,
        /// The user that Postgres runs as.
        user: String,
    },
    /// A file or folder could not be read or written.
    #[error("cannot {action} {}: {source}; check that this user owns it and that the disk is not full", .path.display())]
    File {
        /// What was tried, as a verb.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// A Postgres program did not run or failed.
    #[error("{program} failed: {detail}")]
    Program {
        /// The program.
        program: PathBuf,
        /// Its own words, or why it did not run.
        detail: String,
    },
    /// The server ended before it was ready, or was not ready in time.
    #[error("Postgres did not start ({reason}). The end of its log, from {}:\n{log_tail}", .log.display())]
    NotReady {
        /// Ended, or too slow.
        reason: String,
        /// Where the whole log is.
        log: PathBuf,
        /// Its last lines.
        log_tail: String,
    },
    /// The cluster in the folder was made by another major version of Postgres.
    #[error(
        "the cluster in {} was made by Postgres {made_by}, but the programs found are {found}; put the folder of \
         Postgres {made_by} in FENJI_PG_BIN, or choose another folder in FENJI_DATA_DIR",
        .dir.display()
    )]
    OtherVersion {
        /// The data folder.
        dir: PathBuf,
        /// The major version in its `PG_VERSION`.
        made_by: u32,
        /// The major version of the programs.
        found: u32,
    },
    /// The server did not end when told to.
    #[error("Postgres (pid {pid}) did not stop within {seconds} s; stop it by hand (`kill -QUIT {pid}`)")]
    NotStopped {
        /// Its process.
        pid: i32,
        /// How long we waited.
        seconds: u64,
    },
}

const INSTALL: &str = "Debian and Ubuntu: `apt-get install postgresql`; macOS: `brew install postgresql@17`";

impl EmbeddedError {
    /// Wraps a file error with what was tried; made for `map_err`.
    pub(super) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { action, path, source }
    }
}
