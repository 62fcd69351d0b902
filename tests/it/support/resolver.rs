//! Names that resolve as the test says.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Mutex;

use fenji::webhooks::Resolver;

/// Resolves every name to 127.0.0.1, but for those the test has answers for.
#[derive(Debug, Default)]
pub struct TestResolver {
    answers: Mutex<BTreeMap<String, VecDeque<Vec<IpAddr>>>>,
    asked: Mutex<Vec<String>>,
}

impl TestResolver {
    /// A host's answers, one a question; the last is given again and again. An answer of no addresses is a failure.
    pub fn answer(&self, host: &str, answers: &[&[&str]]) {
        let parse = |addresses: &&[&str]| addresses.iter().map(|address| address.parse().unwrap()).collect();
        self.answers.lock().unwrap().insert(host.to_owned(), answers.iter().map(parse).collect());
    }

    /// How often a host was asked for.
    pub fn asked(&self, host: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| *asked == host).count()
    }
}

#[async_trait::async_trait]
impl Resolver for TestResolver {
    async fn resolve(&self, host: &str) -> std::io::Result<Vec<IpAddr>> {
        self.asked.lock().unwrap().push(host.to_owned());
        let mut answers = self.answers.lock().unwrap();
        let Some(answers) = answers.get_mut(host) else { return Ok(vec![Ipv4Addr::LOCALHOST.into()]) };
        let next = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        match next {
            Some(addresses) if !addresses.is_empty() => Ok(addresses),
            _ => Err(std::io::ErrorKind::NotFound.into()),
        }
    }
}
