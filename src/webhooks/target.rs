//! The address of an endpoint: what may stand in its URL.
//!
//! The URL parser reads a host as browsers do, so that `https://2130706433`, `https://0x7f.1` and `https://127.1` are
//! the literal address 127.0.0.1 here and are checked as such.

use std::net::IpAddr;

use url::{Host, Url};

use super::address::AddressPolicy;
use crate::error::FieldProblem;
use crate::values::Label;

/// The longest URL, in characters.
pub(super) const LONGEST_URL: usize = 2_000;
const LOWEST_FREE_PORT: u16 = 1024;

/// Which URLs webhooks may go to.
#[derive(Clone, Debug, Default)]
pub(super) struct TargetPolicy {
    /// Which addresses.
    pub addresses: AddressPolicy,
    /// Whether without TLS.
    pub allow_http: bool,
}

/// A URL that may be an endpoint's, as far as its text goes: its host may still have a forbidden address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// The URL, normalized.
    pub url: Url,
    /// The host to look up; none where it is an address, which has been checked.
    pub host: Option<String>,
}

impl TargetPolicy {
    /// Reads an endpoint's URL.
    ///
    /// # Errors
    /// The first rule it breaks, at `/url`.
    pub fn read(&self, text: &str) -> Result<Target, FieldProblem> {
        if text.chars().count() > LONGEST_URL {
            let zh = format!("最多 {LONGEST_URL} 个字符。");
            return Err(problem("too_long", format!("At most {LONGEST_URL} characters."), zh));
        }
        let url: Url = text.parse().map_err(|e| problem("url", format!("Not a URL: {e}."), "不是有效的 URL。"))?;
        let secure = match url.scheme() {
            "https" => true,
            "http" if self.allow_http => false,
            _ => return Err(problem("scheme", "Must begin with https://.", "必须以 https:// 开头。")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(problem("credentials", "Must not contain a user name or password.", "不能包含用户名或密码。"));
        }
        if url.fragment().is_some() {
            return Err(problem("fragment", "Must not contain a fragment.", "不能包含片段标识符。"));
        }
        let standard = if secure { 443 } else { 80 };
        let port = url.port_or_known_default().unwrap_or(standard);
        if port != standard && port < LOWEST_FREE_PORT {
            let en = format!("The port must be {standard}, or {LOWEST_FREE_PORT} to 65535.");
            return Err(problem("port", en, format!("端口须为 {standard}，或 {LOWEST_FREE_PORT} 至 65535。")));
        }
        let host = match url.host() {
            None => return Err(problem("url", "A host is needed.", "缺少主机名。")),
            Some(Host::Domain(name)) => Some(name.to_owned()),
            Some(Host::Ipv4(address)) => self.literal(address.into())?,
            Some(Host::Ipv6(address)) => self.literal(address.into())?,
        };
        Ok(Target { url, host })
    }

    fn literal(&self, address: IpAddr) -> Result<Option<String>, FieldProblem> {
        self.check_all(&[address])?;
        Ok(None)
    }

    /// Passes the addresses of a host where every one of them is allowed.
    ///
    /// # Errors
    /// `private_address` at `/url`, which says no more than that, so that nobody learns what a name resolves to inside.
    pub fn check_all(&self, addresses: &[IpAddr]) -> Result<(), FieldProblem> {
        if addresses.iter().all(|address| self.addresses.check(*address).is_ok()) {
            return Ok(());
        }
        let en = "The host has an address that is not public; webhooks go to public addresses only.";
        Err(problem("private_address", en, "该主机的地址不是公网地址；Webhook 只发往公网地址。"))
    }
}

pub(super) fn problem(code: &'static str, en: impl Into<String>, zh: impl Into<String>) -> FieldProblem {
    FieldProblem { pointer: "/url".into(), code, detail: Label::new(en, zh) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(policy: &TargetPolicy, url: &str) -> &'static str {
        policy.read(url).map_or_else(|problem| problem.code, |target| panic!("{url} is {target:?}"))
    }

    #[test]
    fn what_may_not_stand_in_a_url_is_refused() {
        let policy = TargetPolicy::default();
        let cases = [
            ("", "url"),
            ("/path", "url"),
            ("https://", "url"),
            ("https://ex ample.com", "url"),
            ("http://example.com", "scheme"),
            ("ftp://example.com", "scheme"),
            ("file:///etc/passwd", "scheme"),
            ("gopher://example.com", "scheme"),
            ("https://user@example.com", "credentials"),
            ("https://user:pass@example.com", "credentials"),
            ("https://example.com#part", "fragment"),
            ("https://example.com:25", "port"),
            ("https://example.com:80", "port"),
            ("https://example.com:0", "port"),
            ("https://127.0.0.1", "private_address"),
            ("https://127.1", "private_address"),
            ("https://2130706433", "private_address"),
            ("https://0x7f000001", "private_address"),
            ("https://0177.0.0.1", "private_address"),
            ("https://0x7f.1/x", "private_address"),
            ("https://017700000001", "private_address"),
            ("https://①②⑦.0.0.1", "private_address"),
            ("https://169.254.169.254/latest/meta-data", "private_address"),
            ("https://[::1]", "private_address"),
            ("https://[::ffff:169.254.169.254]", "private_address"),
            ("https://[64:ff9b::7f00:1]", "private_address"),
            ("https://[::]", "private_address"),
        ];
        for (url, code) in cases {
            assert_eq!(refused(&policy, url), code, "{url}");
        }
        assert_eq!(refused(&policy, &format!("https://example.com/{}", "a".repeat(2_000))), "too_long");
    }

    #[test]
    fn a_good_url_names_the_host_to_look_up() {
        let policy = TargetPolicy::default();
        let host = |url| policy.read(url).unwrap().host;
        assert_eq!(host("https://Hooks.Example.com:8443/in?key=1"), Some("hooks.example.com".to_owned()));
        assert_eq!(host("https://中文.example"), Some("xn--fiq228c.example".to_owned()));
        assert_eq!(host("https://8.8.8.8/in"), None);
        let lax = TargetPolicy {
            allow_http: true,
            addresses: AddressPolicy { allowed: vec!["127.0.0.0/8".parse().unwrap()] },
        };
        assert_eq!(lax.read("http://127.0.0.1:9000").unwrap().host, None);
        assert_eq!(refused(&lax, "http://10.0.0.1"), "private_address");
    }

    #[test]
    fn one_bad_address_among_good_ones_is_enough() {
        let policy = TargetPolicy::default();
        let [good, bad]: [IpAddr; 2] = ["8.8.8.8", "10.0.0.1"].map(|a| a.parse().unwrap());
        assert!(policy.check_all(&[good]).is_ok());
        assert_eq!(policy.check_all(&[good, bad]).unwrap_err().code, "private_address");
    }
}
