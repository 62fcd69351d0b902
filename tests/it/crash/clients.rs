//! Eight clients push twenty thousand lines; the server dies thirty times.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::join_all;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::Method;
use serde_json::Value;
use tokio::sync::{Mutex, watch};

use super::server::Server;
use super::work::{LINES, Request, requests};
use super::{Stage, chance, expect_same, furnish, lines};
use crate::support::Client;

const CLIENTS: usize = 8;
const KILLS: usize = 30;

/// What the clients share.
struct Field {
    /// Where the server is; none while it is dead.
    server: watch::Receiver<Option<String>>,
    token: String,
    /// What nobody has taken up yet.
    waiting: Mutex<Vec<Request>>,
    acknowledged: watch::Sender<usize>,
    /// Answers that were lost on the way, or never came.
    lost: AtomicUsize,
}

impl Field {
    /// Sends until an answer comes: with the same key, however often the server dies.
    async fn answer(&self, request: &Request) -> (Value, bool) {
        loop {
            let url = self.server.clone().wait_for(Option::is_some).await.unwrap().clone().unwrap();
            match once(&Client::new(&url, Some(self.token.clone())), request).await {
                Some(answer) => return answer,
                None => self.lost.fetch_add(1, Ordering::Relaxed),
            };
        }
    }

    /// One client's day: takes requests up until none is left; now and then it forgets that it has been answered.
    async fn push(&self, mut chance: ChaCha8Rng) -> Vec<(Request, Value)> {
        let mut answers = Vec::new();
        loop {
            let Some(request) = self.waiting.lock().await.pop() else { return answers };
            let (answer, _) = self.answer(&request).await;
            while chance.random_bool(0.2) {
                let (again, is_replayed) = self.answer(&request).await;
                assert!(is_replayed && again == answer, "{}: {again} after {answer}", request.key);
            }
            self.acknowledged.send_modify(|lines| *lines += request.lines);
            answers.push((request, answer));
        }
    }
}

/// The body of the answer, and whether it was given before; none where the server died over it.
async fn once(client: &Client, request: &Request) -> Option<(Value, bool)> {
    let http = client.request(Method::POST, request.path).header("Idempotency-Key", &request.key);
    let response = http.json(&request.body).send().await.ok()?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body: Value = serde_json::from_str(&response.text().await.ok()?).ok()?;
    let busy = status == 503 || body["code"] == "request_in_progress";
    assert!(busy || status == 207 || status == 201, "{status} {body}");
    (!busy).then(|| (body, headers.contains_key("idempotency-replayed")))
}

/// Kills the server whenever so many lines are acknowledged, and starts it again.
async fn kill(
    stage: &Stage,
    points: Vec<usize>,
    mut acknowledged: watch::Receiver<usize>,
    at: watch::Sender<Option<String>>,
) {
    let mut server = Server::start(&stage.database);
    at.send_replace(Some(server.url.clone()));
    for point in points {
        acknowledged.wait_for(|lines| *lines >= point).await.unwrap();
        at.send_replace(None);
        server.kill();
        server = Server::start(&stage.database);
        at.send_replace(Some(server.url.clone()));
    }
    acknowledged.wait_for(|lines| *lines >= LINES).await.unwrap();
    // What carries no lines is still under way.
    at.closed().await;
}

#[actix_web::test]
async fn nothing_is_lost_and_nothing_doubled_whenever_the_server_dies() {
    let mut chance = chance("nothing_is_lost");
    let stage = Stage::new().await;
    let ((calm, calm_token), (stormy, token)) = (stage.tenant("calm").await, stage.tenant("stormy").await);
    let all = requests(&mut chance);

    let server = Server::start(&stage.database);
    let calm_client = Client::new(&server.url, Some(calm_token));
    furnish(&calm_client).await;
    furnish(&Client::new(&server.url, Some(token.clone()))).await;
    for request in &all {
        once(&calm_client, request).await.unwrap();
    }
    drop(server);

    let mut points: Vec<usize> = (0..KILLS).map(|_| chance.random_range(0..LINES)).collect();
    points.sort_unstable();
    let (at, server) = watch::channel(None);
    let (acknowledged, progress) = watch::channel(0);
    let waiting = Mutex::new(all.iter().rev().cloned().collect());
    let field = Arc::new(Field { server, token, waiting, acknowledged, lost: AtomicUsize::new(0) });
    let clients = (0..CLIENTS).map(|_| {
        let (field, chance) = (field.clone(), ChaCha8Rng::seed_from_u64(chance.random()));
        async move { field.push(chance).await }
    });
    let clients = join_all(clients);
    let work = async move {
        let answers = clients.await;
        // The server may go.
        let lost = field.lost.load(Ordering::Relaxed);
        drop(field);
        (answers.concat(), lost)
    };
    let ((), (answers, lost)) = tokio::join!(kill(&stage, points, progress, at), work);

    assert_eq!(answers.len(), all.len());
    assert!(lost >= KILLS, "only {lost} requests met a dying server");
    let mut outcomes = BTreeMap::new();
    for (request, answer) in &answers {
        let items = answer["items"].as_array().into_iter().flatten();
        items.for_each(|item| *outcomes.entry(item["outcome"].as_str().unwrap()).or_insert(0) += 1);
        assert_eq!(answer["items"].as_array().map_or(0, Vec::len), request.lines);
    }
    assert_eq!(outcomes, BTreeMap::from([("created", LINES)]));
    let mut superuser = stage.superuser().await;
    expect_same("lines", &lines(&mut superuser, stormy).await, &lines(&mut superuser, calm).await);
    // Customers that nothing but the key protects, and one entry in the log for everything that was done.
    for sql in [
        "select name from customers where tenant_id = $1 order by 1",
        "select concat(e.action, e.resource_type, coalesce(d.after ->> 'name', d.after::text))
         from audit_entries e left join audit_details d on d.tenant_id = e.tenant_id and d.entry_id = e.id
         where e.tenant_id = $1 and e.action <> 'tenant.created' order by 1",
    ] {
        let mut of = async |tenant: fenji::values::TenantId| -> Vec<String> {
            sqlx::query_scalar(sql).bind(tenant.0).fetch_all(&mut superuser).await.unwrap()
        };
        let (found, expected) = (of(stormy).await, of(calm).await);
        expect_same(sql, &found, &expected);
    }
}
