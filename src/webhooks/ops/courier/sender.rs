//! One request to a receiver: to an address that was checked, without redirects and proxies, within bounds of time and
//! size.

use std::error::Error as StdError;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url, retry};

use super::super::gate::{PATIENCE, Webhooks};
use crate::error::{Error, Result};
use crate::webhooks::wire::AttemptOutcome;

/// How much of an answer is read, in bytes, and kept, in characters.
const MOST_READ: usize = 4 * 1024;
const MOST_KEPT: usize = 500;
/// How long one request may take in all.
const TOTAL: Duration = Duration::from_secs(15);
const IDLE: Duration = Duration::from_secs(30);

/// Sends requests.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    client: Client,
    hooks: Webhooks,
}

/// A request on its way: who is told what, and the proof of who tells it.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) url: String,
    pub(super) id: String,
    pub(super) timestamp: i64,
    pub(super) signatures: String,
    pub(super) body: String,
}

/// What came of a request.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) outcome: AttemptOutcome,
    pub(super) status: Option<u16>,
    pub(super) excerpt: Option<String>,
    /// The pause the receiver asked for.
    pub(super) retry_after: Option<Duration>,
    pub(super) took: Duration,
}

impl Sender {
    /// # Errors
    /// `internal` where TLS cannot be set up.
    pub(super) fn new(hooks: &Webhooks, per_host: usize) -> Result<Self> {
        let client = Client::builder()
            .user_agent(concat!("Fenji-Webhooks/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Guard(hooks.clone()))
            .redirect(Policy::none())
            .retry(retry::never())
            .no_proxy()
            .referer(false)
            .https_only(!hooks.targets().allow_http)
            .connect_timeout(PATIENCE)
            .timeout(TOTAL)
            .pool_max_idle_per_host(per_host)
            .pool_idle_timeout(IDLE)
            .build()
            .map_err(Error::internal)?;
        Ok(Self { client, hooks: hooks.clone() })
    }

    /// Sends a letter once.
    pub(super) async fn send(&self, letter: Letter) -> Sent {
        let started = Instant::now();
        let mut sent = self.attempt(letter).await;
        sent.took = started.elapsed();
        sent
    }

    async fn attempt(&self, letter: Letter) -> Sent {
        // The rules may have changed since the endpoint was made; and a literal address is looked up by nobody.
        let Ok(target) = self.hooks.targets().read(&letter.url) else {
            return Sent::without_answer(AttemptOutcome::AddressRefused);
        };
        // The URL goes on as text, since only this file speaks of the client's types.
        let Ok(url) = target.url.as_str().parse::<Url>() else {
            return Sent::without_answer(AttemptOutcome::AddressRefused);
        };
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", letter.id)
            .header("webhook-timestamp", letter.timestamp)
            .header("webhook-signature", letter.signatures)
            .body(letter.body);
        match request.send().await {
            Ok(response) => Sent::answered(response).await,
            Err(error) => Sent::without_answer(outcome_of(&error)),
        }
    }
}

impl Sent {
    fn without_answer(outcome: AttemptOutcome) -> Self {
        Self { outcome, status: None, excerpt: None, retry_after: None, took: Duration::ZERO }
    }

    async fn answered(response: Response) -> Self {
        let status = response.status();
        let outcome = match status {
            status if status.is_success() => AttemptOutcome::Delivered,
            status if status.is_redirection() => AttemptOutcome::Redirect,
            _ => AttemptOutcome::BadStatus,
        };
        let seconds = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let busy = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        Self {
            outcome,
            status: Some(status.as_u16()),
            retry_after: seconds.map(Duration::from_secs).filter(|_| busy),
            // The status has decided; a body that breaks off changes nothing.
            excerpt: excerpt(&read(response).await),
            took: Duration::ZERO,
        }
    }
}

/// The beginning of a body.
async fn read(mut response: Response) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < MOST_READ {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk[..chunk.len().min(MOST_READ - bytes.len())]),
            Ok(None) | Err(_) => break,
        }
    }
    bytes
}

/// The beginning of an answer as a person reads it; none where it is empty.
fn excerpt(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST_KEPT).collect();
    Some(clean.trim().to_owned()).filter(|text| !text.is_empty())
}

fn outcome_of(error: &reqwest::Error) -> AttemptOutcome {
    let mut source: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(cause) = source {
        match cause.downcast_ref::<NoAddress>() {
            Some(NoAddress::Refused) => return AttemptOutcome::AddressRefused,
            Some(NoAddress::Unknown) => return AttemptOutcome::Unresolvable,
            None => source = cause.source(),
        }
    }
    if error.is_timeout() { AttemptOutcome::Timeout } else { AttemptOutcome::ConnectionFailed }
}

/// Resolves names for the client: what it connects to is what was checked here, each time, so that a name that answers
/// otherwise a moment later gains nothing by it.
struct Guard(Webhooks);

#[derive(Debug, thiserror::Error)]
enum NoAddress {
    #[error("the host has an address that webhooks do not go to")]
    Refused,
    #[error("the host's name has no address")]
    Unknown,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let hooks = self.0.clone();
        Box::pin(async move {
            let addresses = hooks.resolve(name.as_str()).await.unwrap_or_default();
            if addresses.is_empty() {
                return Err(NoAddress::Unknown.into());
            }
            hooks.targets().check_all(&addresses).map_err(|_| NoAddress::Refused)?;
            let addresses: Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_short_and_printable() {
        assert_eq!(excerpt(b""), None);
        assert_eq!(excerpt(b"\0\r\n"), None);
        assert_eq!(excerpt(b"no\0pe\n"), Some("no pe".to_owned()));
        assert_eq!(excerpt(&[0xff, b'a']), Some("\u{fffd}a".to_owned()));
        assert_eq!(excerpt("中".repeat(2_000).as_bytes()).map(|text| text.chars().count()), Some(500));
    }
}
