//! Requests to try an operation with: a REST address and body, and a GraphQL field, with `<kind>` where an id goes.

use std::collections::BTreeMap;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::operations::{OPERATIONS, Operation};
use super::{reads, writes};
use crate::support::{Answer, Client};

/// Ids by kind.
pub type Ids = BTreeMap<&'static str, String>;

/// What a sample can name.
pub const KINDS: [&str; 22] = [
    "api_key",
    "contact",
    "contact_to_go",
    "contact_to_go_too",
    "customer",
    "customer_to_go",
    "customer_to_merge",
    "ge_mapping",
    "ge_model",
    "grading_run",
    "import",
    "job",
    "judged_scale",
    "mapping_to_withdraw",
    "plan",
    "product",
    "run_to_withdraw",
    "salesperson",
    "scale",
    "stranger",
    "webhook_delivery",
    "webhook_endpoint",
];

/// How to try an operation.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// The REST address with its query.
    pub address: &'static str,
    /// JSON, or CSV, or nothing.
    pub body: &'static str,
    /// The GraphQL field with its arguments and selection; empty where there is none.
    pub field: &'static str,
}

impl Operation {
    /// Its sample.
    pub fn sample(&self) -> Sample {
        let read = reads::READS.iter().find(|(id, ..)| *id == self.id);
        let read = read.map(|(_, address, field)| Sample { address, body: "", field });
        let write = writes::WRITES.iter().find(|(id, ..)| *id == self.id);
        let write = write.map(|(_, address, body, field)| Sample { address, body, field });
        read.or(write).unwrap_or_else(|| panic!("{} has no sample; add one to reads.rs or writes.rs", self.id))
    }

    /// Its sample's REST address with these ids.
    pub fn address(&self, ids: &Ids) -> String {
        fill(self.sample().address, ids)
    }

    /// Its sample's body with these ids.
    pub fn body(&self, ids: &Ids) -> String {
        fill(self.sample().body, ids)
    }

    /// Tries it over REST.
    pub async fn try_rest(&self, client: &Client, ids: &Ids) -> Answer {
        client.send(self.rest(client, ids)).await
    }

    /// The request with which it is tried over REST.
    pub fn rest(&self, client: &Client, ids: &Ids) -> RequestBuilder {
        let sample = self.sample();
        let method = Method::from_bytes(self.method.as_bytes()).unwrap();
        let request = client.request(method, &fill(sample.address, ids));
        let body = fill(sample.body, ids);
        match body.chars().next() {
            None => request,
            Some('{' | '[') => request.header("Content-Type", "application/json").body(body),
            Some(_) => request.header("Content-Type", "text/csv").body(body),
        }
    }

    /// Tries it over GraphQL.
    pub async fn try_graphql(&self, client: &Client, ids: &Ids) -> Answer {
        let (root, _) = self.field.split_once(' ').unwrap();
        let query = format!("{root} {{ {} }}", fill(self.sample().field, ids));
        client.graphql(&query, json!({})).await
    }

    /// What GraphQL answered for the field.
    pub fn data<'a>(&self, answer: &'a Value) -> &'a Value {
        let (_, name) = self.field.split_once(' ').unwrap();
        &answer["data"][name]
    }
}

/// The text with the ids in it.
fn fill(text: &str, ids: &Ids) -> String {
    let filled = KINDS.iter().fold(text.to_owned(), |text, kind| match ids.get(kind) {
        Some(id) => text.replace(&format!("<{kind}>"), id),
        None => text,
    });
    assert!(!filled.contains('<'), "no id for a place of {filled}");
    filled
}

/// The kinds of ids a text names.
pub fn kinds(text: &str) -> Vec<&'static str> {
    KINDS.into_iter().filter(|kind| text.contains(&format!("<{kind}>"))).collect()
}

/// Ids that nothing has.
pub fn unknown_ids() -> Ids {
    let id = |n: usize| format!("01890a5d-ac96-774b-bcce-{n:012}");
    KINDS.into_iter().enumerate().map(|(n, kind)| (kind, id(n))).collect()
}

#[test]
fn every_sample_is_a_request_of_its_operation() {
    for operation in OPERATIONS {
        let sample = operation.sample();
        let path = sample.address.split('?').next().unwrap();
        let (asked, offered): (Vec<_>, Vec<_>) = (path.split('/').collect(), operation.path.split('/').collect());
        assert_eq!(asked.len(), offered.len(), "{path}");
        for (asked, offered) in asked.iter().zip(&offered) {
            let (_, verb) = offered.split_once('}').unwrap_or_default();
            assert!(asked == offered || offered.starts_with('{') && asked.ends_with(verb), "{path}: {asked}");
        }
        let name = operation.field.split(' ').nth(1).unwrap_or_default();
        assert!(sample.field.starts_with(name), "{}", sample.field);
    }
    let known = |id: &str| OPERATIONS.iter().any(|operation| operation.id == id);
    assert!(reads::READS.iter().all(|(id, ..)| known(id)) && writes::WRITES.iter().all(|(id, ..)| known(id)));
    assert_eq!(reads::READS.len() + writes::WRITES.len(), OPERATIONS.len());
}
