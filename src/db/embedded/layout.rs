//! The files of a cluster inside the data folder: `postgres/lock`, `password`, `startup.log`, `unsynced` and `data`.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rand::TryRng;
use rand::rngs::SysRng;

use super::EmbeddedError;
use super::account::Account;

const POLL: Duration = Duration::from_millis(10);

/// Where everything of one cluster is.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// The data folder that the user chose, absolute.
    pub chosen: PathBuf,
    /// Our part of it.
    pub home: PathBuf,
}

/// The right to use a data folder; ends with the value.
#[derive(Debug)]
pub(super) struct FolderLock {
    _file: File,
}

impl Layout {
    /// Makes the folders that are missing.
    pub fn prepare(chosen: &Path) -> Result<Self, EmbeddedError> {
        let home = chosen.join("postgres");
        fs::create_dir_all(&home).map_err(EmbeddedError::file("create", &home))?;
        let chosen = fs::canonicalize(chosen).map_err(EmbeddedError::file("find", chosen))?;
        Ok(Self { home: chosen.join("postgres"), chosen })
    }

    /// The cluster itself, `PGDATA`.
    pub fn cluster(&self) -> PathBuf {
        self.home.join("data")
    }

    /// There while the cluster's first files may not be on the disk yet: until then nobody has used it.
    fn unsynced(&self) -> PathBuf {
        self.home.join("unsynced")
    }

    /// Moves a cluster that was just made into place. Until [`synced`](Self::synced) is told, a crash of the machine may
    /// have damaged it.
    pub fn adopt(&self, made: &Path) -> Result<(), EmbeddedError> {
        let mark = self.unsynced();
        File::create(&mark).and_then(|file| file.sync_all()).map_err(EmbeddedError::file("write", &mark))?;
        fs::rename(made, self.cluster()).map_err(EmbeddedError::file("move", made))
    }

    /// The cluster's files are on the disk.
    pub fn synced(&self) -> Result<(), EmbeddedError> {
        remove_if_there(&self.unsynced())
    }

    /// Whether an interrupted first start left a cluster that may be damaged and that nobody has used.
    pub fn is_unsynced(&self) -> bool {
        self.unsynced().exists()
    }

    /// Removes such a cluster.
    pub fn remove_unsynced(&self) -> Result<(), EmbeddedError> {
        let cluster = self.cluster();
        match fs::remove_dir_all(&cluster) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(EmbeddedError::file("remove", &cluster)(error))
            }
            _ => self.synced(),
        }
    }

    /// What the server says before its own log begins.
    pub fn startup_log(&self) -> PathBuf {
        self.home.join("startup.log")
    }

    /// The superuser's password, kept for the next start.
    pub fn password_file(&self) -> PathBuf {
        self.home.join("password")
    }

    /// Takes the folder for this program, or says who has it. Waits up to `patience`.
    pub async fn lock(&self, patience: Duration) -> Result<FolderLock, EmbeddedError> {
        let path = self.home.join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(EmbeddedError::file("open", &path))?;
        let since = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(source)) => return Err(EmbeddedError::file("lock", &path)(source)),
                Err(TryLockError::WouldBlock) if since.elapsed() < patience => tokio::time::sleep(POLL).await,
                Err(TryLockError::WouldBlock) => return Err(self.held_by_another(file)),
            }
        }
        sign(&mut file).map_err(EmbeddedError::file("write", &path))?;
        Ok(FolderLock { _file: file })
    }

    fn held_by_another(&self, mut file: File) -> EmbeddedError {
        let mut pid = String::new();
        let holder = match file.read_to_string(&mut pid) {
            Ok(read) if read > 0 => format!("pid {}", pid.trim()),
            _ => "of unknown pid".to_owned(),
        };
        EmbeddedError::Locked { dir: self.chosen.clone(), holder }
    }

    /// The password of the existing cluster.
    pub fn password(&self) -> Result<String, EmbeddedError> {
        let path = self.password_file();
        fs::read_to_string(&path).map(|text| text.trim().to_owned()).map_err(EmbeddedError::file("read", &path))
    }

    /// A new random password, in a file that only the server's account reads.
    pub fn new_password(&self, account: &Account) -> Result<(), EmbeddedError> {
        let path = self.password_file();
        let mut bytes = [0_u8; 24];
        SysRng
            .try_fill_bytes(&mut bytes)
            .map_err(|error| EmbeddedError::file("draw a password for", &path)(std::io::Error::other(error)))?;
        remove_if_there(&path)?;
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| writeln!(file, "{}", hex::encode(bytes)))
            .map_err(EmbeddedError::file("write", &path))?;
        account.own(&path)
    }

    /// The end of whatever the server logged last, and where the rest is.
    pub fn log_tail(&self) -> (PathBuf, String) {
        let written = |path: PathBuf| Some((fs::metadata(&path).ok()?.modified().ok()?, path));
        let path = fs::read_dir(self.cluster().join("log"))
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .chain([self.startup_log()])
            .filter_map(written)
            .max()
            .map_or_else(|| self.startup_log(), |(_, path)| path);
        let text = fs::read(&path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines[lines.len().saturating_sub(12)..].join("\n");
        (path, tail)
    }
}

/// Removes a file and does not mind when there is none.
pub(super) fn remove_if_there(path: &Path) -> Result<(), EmbeddedError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(EmbeddedError::file("remove", path)(error)),
        _ => Ok(()),
    }
}

fn sign(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())?;
    file.flush()
}
