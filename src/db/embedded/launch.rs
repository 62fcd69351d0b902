//! The two programs we run: `initdb` once, `postgres` at every start.

use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nix::fcntl::{FcntlArg, FdFlag, fcntl};

use super::account::Account;
use super::binaries::Binaries;
use super::layout::Layout;
use super::{EmbeddedError, EmbeddedOptions};

/// Runs the programs on one data folder.
pub(super) struct Launcher<'a> {
    binaries: &'a Binaries,
    layout: &'a Layout,
    account: Account,
    view: View,
}

/// How the server's account sees our folder.
enum View {
    /// By its path.
    Path(PathBuf),
    /// By an open descriptor that the programs inherit: root's home is closed to others, and a first user on a fresh
    /// machine is often root there. The way through `/proc` asks for no right on the folders above.
    Descriptor(File),
}

impl View {
    fn of(layout: &Layout, account: &Account) -> Result<Self, EmbeddedError> {
        if account.can_enter(&layout.home) {
            return Ok(Self::Path(layout.home.clone()));
        }
        let unreachable = || EmbeddedError::Unreachable { dir: layout.chosen.clone(), user: account.name.clone() };
        if !Path::new("/proc/self/fd").is_dir() {
            return Err(unreachable());
        }
        let folder = File::open(&layout.home).map_err(EmbeddedError::file("open", &layout.home))?;
        fcntl(&folder, FcntlArg::F_SETFD(FdFlag::empty())).map_err(|_| unreachable())?;
        Ok(Self::Descriptor(folder))
    }

    fn path(&self, name: &str) -> PathBuf {
        match self {
            Self::Path(home) => home.join(name),
            Self::Descriptor(folder) => PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd())).join(name),
        }
    }
}

impl<'a> Launcher<'a> {
    /// Decides whom the programs run as and gives that account the folder.
    pub fn new(binaries: &'a Binaries, layout: &'a Layout) -> Result<Self, EmbeddedError> {
        let account = Account::choose(&layout.cluster())?;
        account.own(&layout.home)?;
        let view = View::of(layout, &account)?;
        Ok(Self { binaries, layout, account, view })
    }

    /// Makes the cluster if there is none. It is made aside and moved into place whole, so that an interrupted first
    /// start leaves nothing half done. True where it was made: its files may then not be on the disk yet.
    pub async fn initialise(&self) -> Result<bool, EmbeddedError> {
        let cluster = self.layout.cluster();
        if cluster.exists() {
            return self.same_version(&cluster).map(|()| false);
        }
        let aside = self.layout.home.join("data.new");
        if aside.exists() {
            fs::remove_dir_all(&aside).map_err(EmbeddedError::file("remove", &aside))?;
        }
        self.layout.new_password(&self.account)?;
        let mut initdb = self.command("initdb");
        initdb
            .arg("--pgdata")
            .arg(self.view.path("data.new"))
            .arg("--pwfile")
            .arg(self.view.path("password"))
            .args(["--username=postgres", "--encoding=UTF8", "--auth=scram-sha-256", "--data-checksums"])
            // What it writes goes to the disk while the server comes up: see `sync`.
            .args(["--no-instructions", "--text-search-config=simple", "--no-sync"])
            .args(locale(self.binaries.version));
        self.run_initdb(initdb).await?;
        self.layout.adopt(&aside).map(|()| true)
    }

    /// Waits until the files of the cluster are on the disk.
    pub async fn sync(&self) -> Result<(), EmbeddedError> {
        let mut initdb = self.command("initdb");
        initdb.arg("--sync-only").arg("--pgdata").arg(self.view.path("data"));
        self.run_initdb(initdb).await?;
        self.layout.synced()
    }

    async fn run_initdb(&self, command: Command) -> Result<(), EmbeddedError> {
        let answer = tokio::process::Command::from(command).output().await;
        let failed = |detail| EmbeddedError::Program { program: self.binaries.program("initdb"), detail };
        let answer = answer.map_err(|error| failed(error.to_string()))?;
        if !answer.status.success() {
            return Err(failed(String::from_utf8_lossy(&answer.stderr).trim().to_owned()));
        }
        Ok(())
    }

    fn same_version(&self, cluster: &Path) -> Result<(), EmbeddedError> {
        let path = cluster.join("PG_VERSION");
        let text = fs::read_to_string(&path).map_err(EmbeddedError::file("read", &path))?;
        match text.trim().parse() {
            Ok(made_by) if made_by != self.binaries.version => Err(EmbeddedError::OtherVersion {
                dir: self.layout.chosen.clone(),
                made_by,
                found: self.binaries.version,
            }),
            _ => Ok(()),
        }
    }

    /// Spawns the server on `port`. Its process group is its own: Ctrl-C in a terminal then reaches this program only,
    /// which finishes its requests before it stops the server.
    pub fn spawn(&self, port: u16, options: &EmbeddedOptions) -> Result<Child, EmbeddedError> {
        let log_path = self.layout.startup_log();
        let log = File::create(&log_path).map_err(EmbeddedError::file("write", &log_path))?;
        let again = log.try_clone().map_err(EmbeddedError::file("write", &log_path))?;
        let mut postgres = self.command("postgres");
        postgres.arg("-D").arg(self.view.path("data")).arg("-p").arg(port.to_string());
        for setting in options.settings() {
            postgres.arg("-c").arg(setting);
        }
        postgres.process_group(0).stdout(log).stderr(again).spawn().map_err(|error| EmbeddedError::Program {
            program: self.binaries.program("postgres"),
            detail: error.to_string(),
        })
    }

    /// A program with nothing of the caller's environment that Postgres would read.
    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.binaries.program(name));
        for (key, _) in std::env::vars_os().filter(|(key, _)| key.as_encoded_bytes().starts_with(b"PG")) {
            command.env_remove(key);
        }
        command.env("LC_ALL", "C").env("TZ", "UTC").stdin(Stdio::null());
        self.account.lend(&mut command);
        if self.account.is_lent() {
            // Postgres 15 insists on coming back to the folder it was started in, which may be closed to the account.
            command.current_dir("/");
        }
        command
    }
}

/// UTF-8 letters compared by code point: the same order on every machine and after every system update.
fn locale(version: u32) -> &'static [&'static str] {
    if version >= 17 {
        &["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    } else if cfg!(target_os = "macos") {
        &["--locale=C", "--lc-ctype=UTF-8"]
    } else {
        &["--locale=C.UTF-8"]
    }
}
