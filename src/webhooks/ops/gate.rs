//! What an installation allows of webhooks, and the one way out to a receiver's address.

use std::fmt::Debug;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use crate::error::{Error, FieldProblem, Result};
use crate::tenancy::{Actor, Permission};
use crate::webhooks::address::Network;
use crate::webhooks::target::{Target, TargetPolicy, problem};
use crate::webhooks::vault::Vault;

/// How long a name may take to resolve.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Finds the addresses of a host.
#[async_trait::async_trait]
pub trait Resolver: Debug + Send + Sync {
    /// All its addresses.
    ///
    /// # Errors
    /// Where there are none.
    async fn resolve(&self, host: &str) -> std::io::Result<Vec<IpAddr>>;
}

/// As the machine resolves names.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

#[async_trait::async_trait]
impl Resolver for SystemResolver {
    async fn resolve(&self, host: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// What an installation allows of webhooks.
#[derive(Clone, Debug)]
pub struct WebhookSettings {
    /// Addresses that webhooks may go to besides public ones.
    pub allowed_networks: Vec<Network>,
    /// Whether they may go without TLS.
    pub allow_http: bool,
    /// How long an old secret signs beside a new one, where nothing else is asked for.
    pub overlap: Duration,
}

impl Default for WebhookSettings {
    /// Public addresses and TLS only; a day.
    fn default() -> Self {
        Self { allowed_networks: Vec::new(), allow_http: false, overlap: Duration::from_secs(86_400) }
    }
}

/// What every part of webhooks shares: the vault, the rules for addresses, the way names are resolved.
#[derive(Clone, Debug)]
pub struct Webhooks {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    vault: Option<Vault>,
    targets: TargetPolicy,
    resolver: Arc<dyn Resolver>,
    overlap: Duration,
}

/// An endpoint's URL as it was asked for: good, or with what is wrong with it. Only [`Webhooks::admit`] makes one.
#[derive(Debug)]
pub(in crate::webhooks) struct Admission(Result<String, FieldProblem>);

impl Webhooks {
    /// With an installation's vault, none where it has no key, and its rules.
    pub fn new(vault: Option<Vault>, settings: WebhookSettings, resolver: Arc<dyn Resolver>) -> Self {
        let mut targets = TargetPolicy { allow_http: settings.allow_http, ..TargetPolicy::default() };
        targets.addresses.allowed = settings.allowed_networks;
        Self { inner: Arc::new(Inner { vault, targets, resolver, overlap: settings.overlap }) }
    }

    /// The vault.
    ///
    /// # Errors
    /// `conflict` where the installation has no key.
    pub(super) fn vault(&self) -> Result<&Vault> {
        let en = "This installation has no FENJI_SECRETS_KEY, so that it cannot keep secrets of webhooks.";
        self.inner
            .vault
            .as_ref()
            .ok_or_else(|| Error::conflict(en, "此系统未设置 FENJI_SECRETS_KEY，无法保存 Webhook 密钥。"))
    }

    pub(super) fn targets(&self) -> &TargetPolicy {
        &self.inner.targets
    }

    pub(super) fn overlap(&self) -> Duration {
        self.inner.overlap
    }

    /// Looks at an endpoint's URL, its host's addresses included. It comes before the transaction, because names may
    /// take seconds to resolve; the permission is checked first, so that nobody else has names resolved.
    ///
    /// # Errors
    /// `forbidden`.
    pub(in crate::webhooks) async fn admit(&self, actor: &Actor, url: &str) -> Result<Admission> {
        actor.require(Permission::WebhooksManage)?;
        Ok(Admission(self.look_at(url).await.map(|target| target.url.into())))
    }

    async fn look_at(&self, url: &str) -> Result<Target, FieldProblem> {
        let target = self.targets().read(url)?;
        if let Some(host) = &target.host {
            let addresses = self.resolve(host).await.unwrap_or_default();
            if addresses.is_empty() {
                return Err(problem("unresolvable", "The host's name has no address.", "无法解析该主机名。"));
            }
            self.targets().check_all(&addresses)?;
        }
        Ok(target)
    }

    /// All addresses of a host, unchecked.
    pub(super) async fn resolve(&self, host: &str) -> std::io::Result<Vec<IpAddr>> {
        timeout(PATIENCE, self.inner.resolver.resolve(host)).await?
    }
}

impl Admission {
    /// The URL, normalized, or what is wrong with it.
    pub(super) fn into_url(self) -> Result<String, FieldProblem> {
        self.0
    }
}
