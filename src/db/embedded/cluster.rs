//! Starting, joining and stopping a cluster: the order of things.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};

use super::binaries::Binaries;
use super::launch::Launcher;
use super::layout::{FolderLock, Layout, remove_if_there};
use super::process::{Server, free_port};
use super::{EmbeddedError, EmbeddedOptions};

/// Another program may stop or start a shared cluster at the moment; a program's own cluster is never waited for.
const SHARED_PATIENCE: Duration = Duration::from_secs(60);
const DROP_PATIENCE: Duration = Duration::from_secs(2);
const PORT_ATTEMPTS: u32 = 5;

/// A Postgres server that this program runs on a folder of its own.
///
/// Call [`stop`](Self::stop) at the end; a value that is merely dropped tells the server to end and waits two seconds
/// for it. A cluster from [`start_shared`](Self::start_shared) runs on until [`stop_shared`](Self::stop_shared).
#[derive(Debug)]
pub struct EmbeddedPostgres {
    layout: Layout,
    server: Server,
    password: String,
    /// Whether this start made the cluster.
    new: bool,
    /// `None`: shared, so not ours to stop.
    lock: Option<FolderLock>,
}

impl EmbeddedPostgres {
    /// Starts the cluster in `data_dir`, making folder and cluster when there are none, and returns when it accepts
    /// connections. A server left by a program that was killed is taken over, or stopped when it does not answer or
    /// runs with other options.
    ///
    /// # Errors
    /// No usable server programs, a folder that another program uses or that cannot be written, a server that does
    /// not come up.
    pub async fn start(data_dir: &Path, options: EmbeddedOptions) -> Result<Self, EmbeddedError> {
        let layout = Layout::prepare(data_dir)?;
        let lock = layout.lock(Duration::ZERO).await?;
        let mut started = bring_up(layout, &options).await?;
        started.lock = Some(lock);
        Ok(started)
    }

    /// Joins the cluster that another process has started this way in `data_dir`, or starts one that outlives this
    /// process. For test runs, where each test is a process.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub async fn start_shared(data_dir: &Path, options: EmbeddedOptions) -> Result<Self, EmbeddedError> {
        let layout = Layout::prepare(data_dir)?;
        let _lock = layout.lock(SHARED_PATIENCE).await?;
        bring_up(layout, &options).await
    }

    /// The port of the server that another program runs on `data_dir`; none where no program does, or its server is not up.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub async fn port_of_another(data_dir: &Path) -> Result<Option<u16>, EmbeddedError> {
        let layout = Layout::prepare(data_dir)?;
        match layout.lock(Duration::ZERO).await {
            Ok(_) => Ok(None),
            Err(EmbeddedError::Locked { .. }) => {
                Ok(Server::left_behind(&layout.cluster()).await.map(|server| server.port).filter(|port| *port > 0))
            }
            Err(error) => Err(error),
        }
    }

    /// Stops the shared cluster in `data_dir`; does nothing when none runs.
    ///
    /// # Errors
    /// The folder is in use by a program of its own, or the server does not end within 30 seconds.
    pub async fn stop_shared(data_dir: &Path) -> Result<(), EmbeddedError> {
        let layout = Layout::prepare(data_dir)?;
        let _lock = layout.lock(SHARED_PATIENCE).await?;
        match Server::left_behind(&layout.cluster()).await {
            Some(mut server) => server.stop(Signal::SIGINT).await,
            None => Ok(()),
        }
    }

    /// Stops the server: open transactions are rolled back, files closed properly. Of a shared cluster this only lets
    /// go.
    ///
    /// # Errors
    /// The server does not end within 30 seconds.
    pub async fn stop(mut self) -> Result<(), EmbeddedError> {
        match self.lock {
            Some(_) => self.server.stop(Signal::SIGINT).await,
            None => Ok(()),
        }
    }

    /// The connection string of the superuser, on the database `postgres`. It holds the password: not for logs.
    #[must_use]
    pub fn superuser_url(&self) -> String {
        format!("postgres://postgres:{}@127.0.0.1:{}/postgres", self.password, self.server.port)
    }

    /// The TCP port on 127.0.0.1, another one at every start.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.server.port
    }

    /// Whether the cluster was made by this start.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.new
    }

    /// The server's main process.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.server.pid
    }

    /// The folder that was given, absolute.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.layout.chosen
    }

    /// The folder of the server's log files, one a weekday.
    #[must_use]
    pub fn log_dir(&self) -> PathBuf {
        self.layout.cluster().join("log")
    }
}

impl Drop for EmbeddedPostgres {
    fn drop(&mut self) {
        if self.lock.is_none() || self.server.has_ended() {
            return;
        }
        self.server.signal(Signal::SIGINT);
        let since = Instant::now();
        while !self.server.has_ended() && since.elapsed() < DROP_PATIENCE {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

/// The cluster running, whether it was before or not. The folder's lock is held by the caller, so that whatever runs
/// on it was left behind by a program that is gone.
async fn bring_up(layout: Layout, options: &EmbeddedOptions) -> Result<EmbeddedPostgres, EmbeddedError> {
    if let Some(mut server) = Server::left_behind(&layout.cluster()).await {
        let password = layout.password()?;
        if !layout.is_unsynced() && is_usable(&server, &password, options).await {
            return Ok(EmbeddedPostgres { layout, server, password, new: false, lock: None });
        }
        if server.stop(Signal::SIGINT).await.is_err() {
            server.stop(Signal::SIGQUIT).await?;
        }
    }
    if layout.is_unsynced() {
        layout.remove_unsynced()?;
    }
    let binaries = Binaries::find(options.bin_dir.as_deref()).await?;
    let launcher = Launcher::new(&binaries, &layout)?;
    let new = launcher.initialise().await?;
    remove_if_there(&layout.cluster().join("postmaster.pid"))?;
    let on_disk = async {
        match (new, options.durable) {
            (true, true) => launcher.sync().await,
            (true, false) => layout.synced(),
            (false, _) => Ok(()),
        }
    };
    let (server, on_disk) = tokio::join!(spawn_on_a_free_port(&launcher, &layout, options), on_disk);
    let password = layout.password()?;
    // Dropped with the error below, it would run on.
    let cluster = EmbeddedPostgres { server: server?, password, new, lock: None, layout };
    on_disk.map(|()| cluster)
}

async fn spawn_on_a_free_port(
    launcher: &Launcher<'_>,
    layout: &Layout,
    options: &EmbeddedOptions,
) -> Result<Server, EmbeddedError> {
    let mut attempt = 1;
    loop {
        let port = free_port().map_err(EmbeddedError::file("find a port for", &layout.chosen))?;
        match Server::ready(launcher.spawn(port, options)?, port, layout).await? {
            Some(server) => return Ok(server),
            None if attempt < PORT_ATTEMPTS => attempt += 1,
            None => {
                let (log, log_tail) = layout.log_tail();
                return Err(EmbeddedError::NotReady { reason: "every port was taken".to_owned(), log, log_tail });
            }
        }
    }
}

/// Whether a server that was left behind is this cluster (it knows the password), answers, and runs as asked.
async fn is_usable(server: &Server, password: &str, options: &EmbeddedOptions) -> bool {
    let login = PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(server.port)
        .username("postgres")
        .password(password)
        .database("postgres")
        .disable_statement_logging();
    let asked = async {
        let mut connection = PgConnection::connect_with(&login).await?;
        let answer: (bool, i32) =
            sqlx::query_as("select current_setting('fsync')::boolean, current_setting('max_connections')::integer")
                .fetch_one(&mut connection)
                .await?;
        connection.close().await?;
        Ok::<_, sqlx::Error>(answer)
    };
    let answer = tokio::time::timeout(Duration::from_secs(5), asked).await;
    matches!(answer, Ok(Ok(answer)) if answer == (options.durable, i32::from(options.max_connections)))
}
