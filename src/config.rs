//! Settings: from the environment, over an optional TOML file, over defaults.
//!
//! One table names every key. A key nobody knows or a value out of form stops the program, naming the key, because a
//! misspelt setting that is silently ignored is found on the worst day.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use jsonwebtoken::{Algorithm, AlgorithmFamily};

use crate::tenancy::IdentityProvider;
use crate::webhooks::WebhookSettings;

/// Every key: its name in the environment, its default, and what it means.
pub const KEYS: [(&str, &str, &str); 27] = [
    ("DATABASE_URL", "", "Postgres 15 or newer, as the role fenji_app; without it the program runs its own server"),
    ("FENJI_ADMIN_URL", "", "Postgres as a role that may create roles, for `fenji migrate` alone"),
    ("FENJI_APP_PASSWORD", "", "password `fenji migrate` gives the role fenji_app"),
    ("FENJI_CONFIG", "", "path of a TOML file with these keys, in lower case and without FENJI_"),
    ("FENJI_DATA_DIR", ".fenji", "folder of the program's own Postgres server and secrets"),
    ("FENJI_PG_BIN", "", "folder of the Postgres server programs, where they are not found"),
    ("FENJI_LISTEN", "127.0.0.1:8080", "address and port to listen on; port 0 takes a free one"),
    ("FENJI_HTTP_WORKERS", "2", "threads that answer requests, 1 to 64"),
    ("FENJI_POOL_SIZE", "16", "database connections, 2 to 200"),
    ("FENJI_JOB_SLOTS", "2", "background jobs at a time within serve, 0 to 16; 0 leaves them to `fenji worker`"),
    ("FENJI_JOB_LEASE_SECONDS", "30", "how long a job stays with a worker that gives no sign of life, 2 to 3600"),
    ("FENJI_JWT_SECRET", "", "HS256 key, at least 32 characters; made and kept in the data folder where absent"),
    ("FENJI_JWT_ISSUER", "fenji", "required iss of tokens"),
    ("FENJI_JWT_AUDIENCE", "fenji", "required aud of tokens"),
    (
        "FENJI_JWKS_URL",
        "",
        "key set of an identity provider whose tokens are taken too; https, or http on this machine",
    ),
    ("FENJI_JWKS_ISSUER", "", "required iss of its tokens"),
    ("FENJI_JWKS_AUDIENCE", "fenji", "required in aud of its tokens"),
    (
        "FENJI_JWKS_ALGORITHM",
        "RS256",
        "the one algorithm of its tokens: RS256, RS384, RS512, PS256, ES256, ES384, EdDSA",
    ),
    (
        "FENJI_SECRETS_KEY",
        "",
        "seals webhook secrets, at least 32 characters; made and kept in the data folder where absent; several with commas: the first seals",
    ),
    ("FENJI_WEBHOOK_SLOTS", "32", "webhook deliveries at a time, 0 to 256; 0 leaves them to `fenji worker`"),
    ("FENJI_WEBHOOK_OVERLAP_HOURS", "24", "how long an old webhook secret signs beside a new one, 0 to 168"),
    (
        "FENJI_WEBHOOK_ALLOW_NETWORKS",
        "",
        "address ranges webhooks may go to besides public ones, with commas, such as 10.20.0.0/16",
    ),
    ("FENJI_WEBHOOK_ALLOW_HTTP", "false", "whether webhooks may go without TLS"),
    ("FENJI_MAX_UPLOAD_MIB", "2048", "largest import file, 1 to 102400"),
    (
        "FENJI_TRIAL_MEMORY_MIB",
        "256",
        "memory for books that scales are tried on, 1 to 65536; a larger book is refused",
    ),
    ("FENJI_INTROSPECTION", "true", "whether GraphQL introspection is answered"),
    ("FENJI_LOG", "info", "log filter, such as info or fenji=debug"),
];

/// Checked settings.
#[derive(Clone)]
pub struct Config {
    /// A server to use; none for one of our own.
    pub database_url: Option<String>,
    /// The same server as a role that may create roles.
    pub admin_url: Option<String>,
    /// Password for the app role.
    pub app_password: Option<String>,
    /// Our own server's folder.
    pub data_dir: PathBuf,
    /// Where the Postgres programs are.
    pub pg_bin: Option<PathBuf>,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Threads that answer requests.
    pub http_workers: usize,
    /// Database connections.
    pub pool_size: u32,
    /// Jobs at a time within serve.
    pub job_slots: usize,
    /// A job's lease.
    pub job_lease: Duration,
    /// HS256 key.
    pub jwt_secret: Option<String>,
    /// Required `iss`.
    pub jwt_issuer: String,
    /// Required `aud`.
    pub jwt_audience: String,
    /// An identity provider whose tokens are taken too.
    pub identity: Option<IdentityProvider>,
    /// Keys that seal webhook secrets; the first seals, all open.
    pub secrets_keys: Vec<String>,
    /// Webhook deliveries at a time.
    pub webhook_slots: i64,
    /// What is allowed of webhooks.
    pub webhooks: WebhookSettings,
    /// Largest import file, in bytes.
    pub max_upload: u64,
    /// What books that scales are tried on may take, in bytes.
    pub trial_memory: usize,
    /// Whether GraphQL introspection is answered.
    pub introspection: bool,
    /// Log filter.
    pub log: String,
}

/// What is wrong with the settings: every problem, each naming its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(pub Vec<String>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for ConfigError {}

/// Settings as text by key, with what was wrong so far.
struct Source {
    values: BTreeMap<String, String>,
    problems: Vec<String>,
}

impl Config {
    /// From the environment's pairs, and the file FENJI_CONFIG names.
    ///
    /// # Errors
    /// Every unknown key and every value out of form.
    pub fn from_env(env: impl IntoIterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let mut source = Source { values: BTreeMap::new(), problems: Vec::new() };
        let ours = |key: &str| key.starts_with("FENJI_") || key == "DATABASE_URL";
        // The test support's own variables are not settings of the program.
        let foreign = |key: &str| {
            key.starts_with("FENJI_TEST_") || matches!(key, "FENJI_URL" | "FENJI_TOKEN" | "FENJI_DATA_PACKS")
        };
        let env: BTreeMap<_, _> = env.into_iter().filter(|(k, _)| ours(k) && !foreign(k)).collect();
        if let Some(path) = env.get("FENJI_CONFIG").filter(|p| !p.is_empty()) {
            source.read_file(path);
        }
        for (key, value) in env {
            source.set(key, value, "the environment");
        }
        source.check()
    }
}

impl Source {
    fn read_file(&mut self, path: &str) {
        let table = match std::fs::read_to_string(path) {
            Err(error) => return self.problems.push(format!("FENJI_CONFIG: cannot read {path}: {error}")),
            Ok(text) => text.parse::<toml::Table>(),
        };
        match table {
            Err(error) => self.problems.push(format!("FENJI_CONFIG: {path} is not TOML: {error}")),
            Ok(table) => {
                for (key, value) in table {
                    let name = if key == "database_url" {
                        "DATABASE_URL".into()
                    } else {
                        format!("FENJI_{}", key.to_uppercase())
                    };
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    self.set(name, text, path);
                }
            }
        }
    }

    fn set(&mut self, key: String, value: String, place: &str) {
        if KEYS.iter().any(|(k, ..)| *k == key) {
            self.values.insert(key, value);
        } else {
            self.problems.push(format!("{key} in {place}: there is no such setting; see `fenji check-config --help`"));
        }
    }

    fn text(&self, key: &str) -> String {
        let default = KEYS.iter().find(|(k, ..)| *k == key).map(|(_, d, _)| (*d).to_owned()).unwrap_or_default();
        self.values.get(key).filter(|v| !v.is_empty()).cloned().unwrap_or(default)
    }

    fn optional(&self, key: &str) -> Option<String> {
        Some(self.text(key)).filter(|v| !v.is_empty())
    }

    fn number(&mut self, key: &str, min: u64, max: u64) -> u64 {
        let text = self.text(key);
        match text.parse::<u64>() {
            Ok(n) if (min..=max).contains(&n) => n,
            _ => {
                self.problems.push(format!("{key}: \"{text}\" is not a number from {min} to {max}"));
                min
            }
        }
    }

    /// The identity provider, where one is named.
    fn identity(&mut self) -> Option<IdentityProvider> {
        let jwks_url = self.optional("FENJI_JWKS_URL");
        let issuer = self.optional("FENJI_JWKS_ISSUER");
        match (&jwks_url, &issuer) {
            (Some(url), _) if !is_safe_to_ask(url) => {
                self.problems
                    .push(format!("FENJI_JWKS_URL: \"{url}\" is no https:// address (http:// only on this machine)"));
            }
            (Some(_), None) => self.problems.push("FENJI_JWKS_ISSUER: needed beside FENJI_JWKS_URL".into()),
            (None, Some(_)) => self.problems.push("FENJI_JWKS_URL: needed beside FENJI_JWKS_ISSUER".into()),
            (Some(_), Some(issuer)) if *issuer == self.text("FENJI_JWT_ISSUER") => {
                self.problems
                    .push("FENJI_JWKS_ISSUER: must differ from FENJI_JWT_ISSUER, which tells our own tokens".into());
            }
            _ => {}
        }
        let name = self.text("FENJI_JWKS_ALGORITHM");
        let algorithm = name.parse().ok().filter(|algorithm: &Algorithm| algorithm.family() != AlgorithmFamily::Hmac);
        if algorithm.is_none() {
            self.problems
                .push(format!("FENJI_JWKS_ALGORITHM: \"{name}\" is not an algorithm with public keys such as RS256"));
        }
        let audience = self.text("FENJI_JWKS_AUDIENCE");
        Some(IdentityProvider { jwks_url: jwks_url?, algorithm: algorithm?, issuer: issuer?, audience })
    }

    fn flag(&mut self, key: &str) -> bool {
        let text = self.text(key);
        if !matches!(text.as_str(), "true" | "false") {
            self.problems.push(format!("{key}: \"{text}\" is neither true nor false"));
        }
        text == "true"
    }

    /// The parts between commas.
    fn list(&self, key: &str) -> Vec<String> {
        self.text(key).split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
    }

    fn webhooks(&mut self) -> WebhookSettings {
        const NETWORKS: &str = "FENJI_WEBHOOK_ALLOW_NETWORKS";
        let mut allowed_networks = Vec::new();
        for part in self.list(NETWORKS) {
            match part.parse() {
                Ok(network) => allowed_networks.push(network),
                Err(error) => self.problems.push(format!("{NETWORKS}: {error}")),
            }
        }
        let overlap = Duration::from_secs(self.number("FENJI_WEBHOOK_OVERLAP_HOURS", 0, 168) * 3_600);
        WebhookSettings { allowed_networks, allow_http: self.flag("FENJI_WEBHOOK_ALLOW_HTTP"), overlap }
    }

    fn check(mut self) -> Result<Config, ConfigError> {
        let listen = self.text("FENJI_LISTEN");
        let listen = listen.parse().unwrap_or_else(|_| {
            self.problems.push(format!("FENJI_LISTEN: \"{listen}\" is not an address and port such as 127.0.0.1:8080"));
            SocketAddr::from(([127, 0, 0, 1], 8080))
        });
        let introspection = self.flag("FENJI_INTROSPECTION");
        let secrets_keys = self.list("FENJI_SECRETS_KEY");
        if secrets_keys.iter().any(|key| key.len() < 32) {
            self.problems.push("FENJI_SECRETS_KEY: at least 32 characters are needed, of each key".into());
        }
        let webhooks = self.webhooks();
        let jwt_secret = self.optional("FENJI_JWT_SECRET");
        if jwt_secret.as_ref().is_some_and(|s| s.len() < 32) {
            self.problems.push("FENJI_JWT_SECRET: at least 32 characters are needed".into());
        }
        let database_url = self.optional("DATABASE_URL");
        if database_url.is_some() && jwt_secret.is_none() {
            self.problems.push(
                "FENJI_JWT_SECRET: needed beside DATABASE_URL, so that all servers accept the same tokens".into(),
            );
        }
        for key in ["DATABASE_URL", "FENJI_ADMIN_URL"] {
            let url = self.text(key);
            if !url.is_empty() && !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
                self.problems.push(format!("{key}: not a postgres:// address"));
            }
        }
        let identity = self.identity();
        let log = self.text("FENJI_LOG");
        if let Err(error) = log.parse::<tracing_subscriber::EnvFilter>() {
            self.problems.push(format!("FENJI_LOG: \"{log}\" is not a log filter: {error}"));
        }
        let config = Config {
            database_url,
            admin_url: self.optional("FENJI_ADMIN_URL"),
            app_password: self.optional("FENJI_APP_PASSWORD"),
            data_dir: self.text("FENJI_DATA_DIR").into(),
            pg_bin: self.optional("FENJI_PG_BIN").map(Into::into),
            listen,
            http_workers: self.number("FENJI_HTTP_WORKERS", 1, 64) as usize,
            pool_size: self.number("FENJI_POOL_SIZE", 2, 200) as u32,
            job_slots: self.number("FENJI_JOB_SLOTS", 0, 16) as usize,
            job_lease: Duration::from_secs(self.number("FENJI_JOB_LEASE_SECONDS", 2, 3600)),
            jwt_secret,
            jwt_issuer: self.text("FENJI_JWT_ISSUER"),
            jwt_audience: self.text("FENJI_JWT_AUDIENCE"),
            identity,
            secrets_keys,
            webhook_slots: self.number("FENJI_WEBHOOK_SLOTS", 0, 256) as i64,
            webhooks,
            max_upload: self.number("FENJI_MAX_UPLOAD_MIB", 1, 102_400) * 1024 * 1024,
            trial_memory: self.number("FENJI_TRIAL_MEMORY_MIB", 1, 65_536) as usize * 1024 * 1024,
            introspection,
            log,
        };
        if self.problems.is_empty() { Ok(config) } else { Err(ConfigError(self.problems)) }
    }
}

/// Keys that anyone on the way could change are worth nothing.
fn is_safe_to_ask(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else { return false };
    match url.scheme() {
        "https" => url.host_str().is_some(),
        "http" => matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]")),
        _ => false,
    }
}

/// Shows no secret.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("own_server", &self.database_url.is_none())
            .field("data_dir", &self.data_dir)
            .field("listen", &self.listen)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_env(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))
    }

    #[test]
    fn nothing_set_gives_the_defaults() {
        let config = read(&[("HOME", "/root")]).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.database_url, None);
    }

    #[test]
    fn every_wrong_key_and_value_is_named() {
        let ConfigError(problems) = read(&[
            ("FENJI_LISTN", "x"),
            ("FENJI_LISTEN", "nowhere"),
            ("FENJI_POOL_SIZE", "0"),
            ("FENJI_INTROSPECTION", "maybe"),
            ("FENJI_JWT_SECRET", "short"),
            ("FENJI_SECRETS_KEY", "short"),
            ("FENJI_WEBHOOK_ALLOW_NETWORKS", "10.0.0.0/8, intranet"),
            ("DATABASE_URL", "mysql://x"),
        ])
        .unwrap_err();
        for key in [
            "FENJI_LISTN ",
            "FENJI_LISTEN:",
            "FENJI_POOL_SIZE:",
            "FENJI_INTROSPECTION:",
            "FENJI_JWT_SECRET:",
            "FENJI_SECRETS_KEY:",
            "FENJI_WEBHOOK_ALLOW_NETWORKS:",
            "DATABASE_URL:",
        ] {
            assert_eq!(problems.iter().filter(|p| p.starts_with(key)).count(), 1, "{key} in {problems:?}");
        }
    }

    #[test]
    fn an_identity_provider_is_named_whole_and_safely() {
        let set = |url, issuer, algorithm| {
            read(&[("FENJI_JWKS_URL", url), ("FENJI_JWKS_ISSUER", issuer), ("FENJI_JWKS_ALGORITHM", algorithm)])
        };
        let identity = set("https://id.example/keys", "https://id.example", "ES256").unwrap().identity.unwrap();
        assert_eq!((identity.algorithm, identity.audience.as_str()), (Algorithm::ES256, "fenji"));
        assert!(set("http://127.0.0.1:9/keys", "id", "").is_ok());
        for (url, issuer, algorithm, key) in [
            ("http://id.example/keys", "id", "RS256", "FENJI_JWKS_URL"),
            ("file:///etc/passwd", "id", "RS256", "FENJI_JWKS_URL"),
            ("", "id", "RS256", "FENJI_JWKS_URL"),
            ("https://id.example/keys", "", "RS256", "FENJI_JWKS_ISSUER"),
            ("https://id.example/keys", "fenji", "RS256", "FENJI_JWKS_ISSUER"),
            ("https://id.example/keys", "id", "HS256", "FENJI_JWKS_ALGORITHM"),
            ("https://id.example/keys", "id", "none", "FENJI_JWKS_ALGORITHM"),
        ] {
            let ConfigError(problems) = set(url, issuer, algorithm).unwrap_err();
            assert!(problems.len() == 1 && problems[0].starts_with(key), "{problems:?}");
        }
    }

    #[test]
    fn the_environment_overrides_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("fenji.toml");
        std::fs::write(&path, "listen = \"127.0.0.1:9\"\npool_size = 7\n").unwrap();
        let config = read(&[("FENJI_CONFIG", path.to_str().unwrap()), ("FENJI_LISTEN", "127.0.0.1:10")]).unwrap();
        assert_eq!((config.listen.port(), config.pool_size), (10, 7));
    }
}
