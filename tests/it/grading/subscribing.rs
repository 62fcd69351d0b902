//! Subscriptions over a WebSocket, as a client on the wire sees them.

use std::time::Duration;

use fenji::tenancy::{Actor, Role};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::{by_attribute, customers, fixed, published};
use crate::support::{Client, TestApp, plain, spawn_app_without_worker};

const PROTOCOL: &str = "graphql-transport-ws";

/// A connection; every message it sends is masked with nothing.
struct Socket(TcpStream);

/// What comes.
#[derive(Debug, PartialEq)]
enum Heard {
    Message(Value),
    Closed(u16),
}

impl Socket {
    /// Shakes hands; the status, and the connection where it is 101.
    async fn open(app: &TestApp, headers: &str) -> (u16, Self) {
        Self::open_at(&app.url, headers).await
    }

    async fn open_at(url: &str, headers: &str) -> (u16, Self) {
        let address = url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "GET /graphql HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        if status == 101 {
            assert!(head.to_lowercase().contains(&format!("sec-websocket-protocol: {PROTOCOL}")), "{head}");
        }
        (status, Self(stream))
    }

    async fn ready(app: &TestApp, token: &str) -> Self {
        let (status, mut socket) = Self::open(app, &format!("Sec-WebSocket-Protocol: {PROTOCOL}\r\n")).await;
        assert_eq!(status, 101);
        socket.say(&json!({"type": "connection_init", "payload": {"Authorization": format!("Bearer {token}")}})).await;
        assert_eq!(socket.hear().await, Heard::Message(json!({"type": "connection_ack"})));
        socket
    }

    async fn say(&mut self, message: &Value) {
        let text = message.to_string();
        let mut frame = vec![0x81];
        match text.len() {
            short @ 0..126 => frame.push(0x80 | short as u8),
            long => {
                frame.push(0x80 | 126);
                frame.extend(u16::try_from(long).unwrap().to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        self.0.write_all(&frame).await.unwrap();
    }

    async fn hear(&mut self) -> Heard {
        let kind = self.0.read_u8().await.unwrap() & 0x0f;
        let length = match self.0.read_u8().await.unwrap() {
            126 => usize::from(self.0.read_u16().await.unwrap()),
            short => usize::from(short),
        };
        let mut payload = vec![0; length];
        self.0.read_exact(&mut payload).await.unwrap();
        match kind {
            1 => Heard::Message(serde_json::from_slice(&payload).unwrap()),
            8 => Heard::Closed(u16::from_be_bytes([payload[0], payload[1]])),
            other => panic!("a frame of kind {other}"),
        }
    }

    async fn closed(&mut self) -> u16 {
        match self.hear().await {
            Heard::Closed(code) => code,
            Heard::Message(message) => panic!("{message}"),
        }
    }
}

/// A run that waits, and a token of its tenant.
async fn stage() -> (TestApp, Client, Value, String) {
    let app = spawn_app_without_worker().await;
    let tenant = app.tenant("acme").await;
    let admin = app.client(tenant, Role::Admin);
    customers(&admin, &[("a", json!({"points": "1"}))]).await;
    published(&admin, "one", &by_attribute("zero", &fixed())).await;
    let new = json!({"scale_code": "one", "as_of": "2013-12", "selection": {"all": {}}});
    let run = admin.post("/v1/grading-runs", &new).await.expect(202);
    let actor = Actor::with_role("watcher", tenant, Role::Viewer, "test");
    let token = app.state.authenticator.issue(&actor, Role::Viewer, Duration::from_secs(600)).unwrap();
    (app, admin, run, token)
}

fn subscribe(id: &str, query: &str, variables: &Value) -> Value {
    json!({"type": "subscribe", "id": id, "payload": {"query": query, "variables": variables}})
}

const PROGRESS: &str = "subscription($id: ID!) { gradingRunProgress(id: $id) { id selected job { state } } }";

#[actix_web::test]
async fn a_run_is_watched_to_its_end() {
    let (app, _, run, token) = stage().await;
    let mut socket = Socket::ready(&app, &token).await;
    socket.say(&subscribe("1", PROGRESS, &json!({"id": run["id"]}))).await;
    let Heard::Message(first) = socket.hear().await else { panic!("closed") };
    let state = &first["payload"]["data"]["gradingRunProgress"];
    assert_eq!((&first["type"], &first["id"], &state["job"]["state"]), (&json!("next"), &json!("1"), &json!("QUEUED")));
    assert_eq!(plain(&state["id"]), run["id"].as_str().unwrap());
    let stop = CancellationToken::new();
    let worker = app.start_worker(stop.clone());
    let mut last = first;
    loop {
        let Heard::Message(message) = socket.hear().await else { panic!("closed") };
        if message["type"] == "complete" {
            break;
        }
        last = message;
    }
    let state = &last["payload"]["data"]["gradingRunProgress"];
    assert_eq!((&state["job"]["state"], &state["selected"]), (&json!("COMPLETED"), &json!(1)));
    stop.cancel();
    worker.await.unwrap();
}

#[actix_web::test]
async fn a_connection_is_closed_with_the_code_of_its_fault() {
    let (app, _, run, token) = stage().await;
    let protocol = format!("Sec-WebSocket-Protocol: {PROTOCOL}\r\n");
    assert_eq!(Socket::open(&app, "").await.0, 400);
    let open = async || Socket::open(&app, &protocol).await.1;
    let query = subscribe("1", PROGRESS, &json!({"id": run["id"]}));
    let mut early = open().await;
    early.say(&query).await;
    assert_eq!(early.closed().await, 4401);
    let mut noise = open().await;
    noise.say(&json!({"type": "hello"})).await;
    assert_eq!(noise.closed().await, 4400);
    let mut nobody = open().await;
    nobody.say(&json!({"type": "connection_init", "payload": {"Authorization": "Bearer none"}})).await;
    assert_eq!(nobody.closed().await, 4403);
    let mut twice = Socket::ready(&app, &token).await;
    twice.say(&query).await;
    assert!(matches!(twice.hear().await, Heard::Message(_)));
    twice.say(&query).await;
    assert_eq!(twice.closed().await, 4409);
    let mut again = Socket::ready(&app, &token).await;
    again.say(&json!({"type": "connection_init"})).await;
    assert_eq!(again.closed().await, 4429);
    // A connection ends with its token.
    let mut late = Socket::ready(&app, &token).await;
    app.clock.advance(Duration::from_secs(600));
    assert_eq!(late.closed().await, 4403);
}

#[actix_web::test]
async fn who_does_not_say_who_it_is_in_time_is_closed_out() {
    let (app, _, _, token) = stage().await;
    // A server that waits for nobody.
    let hasty = app.listening_with(|state| state.login_time = Duration::ZERO);
    let protocol = format!("Sec-WebSocket-Protocol: {PROTOCOL}\r\n");
    let (status, mut silent) = Socket::open_at(&hasty, &protocol).await;
    assert_eq!((status, silent.closed().await), (101, 4408));
    // A token in the header says nothing before connection_init asks for it to be looked at.
    let header = format!("{protocol}Authorization: Bearer {token}\r\n");
    assert_eq!(Socket::open_at(&hasty, &header).await.1.closed().await, 4408);
}

#[actix_web::test]
async fn what_may_not_run_is_an_error_of_its_operation_alone() {
    let (app, _, run, token) = stage().await;
    let header = format!("Sec-WebSocket-Protocol: {PROTOCOL}\r\nAuthorization: Bearer {token}\r\n");
    let (_, mut socket) = Socket::open(&app, &header).await;
    socket.say(&json!({"type": "connection_init"})).await;
    assert_eq!(socket.hear().await, Heard::Message(json!({"type": "connection_ack"})));
    for (id, query) in [("query", "{ tenant { name } }"), ("wrong", "subscription { nothing }"), ("deep", "{ a { b")] {
        socket.say(&subscribe(id, query, &json!({}))).await;
        let Heard::Message(message) = socket.hear().await else { panic!("closed") };
        assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!(id)), "{message}");
    }
    // A viewer may not watch jobs, and nobody what is not there.
    let jobs = "subscription($id: ID!) { jobProgress(id: $id) { state } }";
    for (id, query, variables, code) in [
        ("jobs", jobs, json!({"id": run["job"]["id"]}), "forbidden"),
        ("none", PROGRESS, json!({"id": "01890a5d-ac96-774b-bcce-000000000000"}), "not_found"),
    ] {
        socket.say(&subscribe(id, query, &variables)).await;
        let Heard::Message(message) = socket.hear().await else { panic!("closed") };
        assert_eq!(message["payload"]["errors"][0]["extensions"]["code"], code, "{message}");
        assert_eq!(socket.hear().await, Heard::Message(json!({"type": "complete", "id": id})));
    }
    socket.say(&json!({"type": "ping"})).await;
    assert_eq!(socket.hear().await, Heard::Message(json!({"type": "pong"})));
}
