//! A receiver of webhooks.

use std::collections::VecDeque;
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use actix_web::web::{Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use standardwebhooks::Webhook;
use tokio::sync::Notify;

/// A request that came.
#[derive(Clone, Debug)]
pub struct Received {
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// Answers 204, or what it is told to, and keeps what came.
#[derive(Clone)]
pub struct Sink {
    port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    received: Mutex<Vec<Received>>,
    answers: Mutex<VecDeque<(u16, &'static str, &'static str)>>,
    arrival: Notify,
    held: AtomicBool,
    released: Notify,
}

impl Received {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Whether a receiver with this secret takes it for ours.
    pub fn is_signed_by(&self, secret: &str) -> bool {
        Webhook::new(secret).unwrap().verify(&self.body, &self.headers).is_ok()
    }
}

impl Sink {
    /// One on 127.0.0.1.
    pub fn start() -> Self {
        Self::start_at("127.0.0.1")
    }

    /// One on another address of this machine.
    pub fn start_at(address: &str) -> Self {
        let listener = TcpListener::bind((address, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let data = Data::from(state.clone());
        let app = move || App::new().app_data(data.clone()).default_service(web::to(take));
        actix_web::rt::spawn(HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap().run());
        Self { port, state }
    }

    /// Its address under a name.
    pub fn url(&self, host: &str) -> String {
        format!("http://{host}:{}/hook", self.port)
    }

    /// Answers the next requests so: status, a header as `name: value` or nothing, body.
    pub fn answer(&self, answers: &[(u16, &'static str, &'static str)]) {
        self.state.answers.lock().unwrap().extend(answers);
    }

    /// Answers nobody until it is released.
    pub fn hold(&self) {
        self.state.held.store(true, Ordering::SeqCst);
    }

    /// Answers those who wait, and all others again.
    pub fn release(&self) {
        self.state.held.store(false, Ordering::SeqCst);
        self.state.released.notify_waiters();
    }

    /// Waits for the next request, and for what else has come by then.
    pub async fn arrived(&self) -> Vec<Received> {
        self.state.arrival.notified().await;
        self.received()
    }

    /// What came since it was last asked.
    pub fn received(&self) -> Vec<Received> {
        std::mem::take(&mut *self.state.received.lock().unwrap())
    }
}

async fn take(state: Data<State>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let mut headers = HeaderMap::new();
    for (name, value) in request.headers() {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).unwrap();
        headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    // Made first, so that a release in between is heard.
    let released = state.released.notified();
    state.received.lock().unwrap().push(Received { headers, body: body.to_vec() });
    state.arrival.notify_one();
    if state.held.load(Ordering::SeqCst) {
        released.await;
    }
    let (status, header, body) = state.answers.lock().unwrap().pop_front().unwrap_or((204, "", ""));
    let mut response = HttpResponse::build(status.try_into().unwrap());
    if let Some(header) = header.split_once(": ") {
        response.insert_header(header);
    }
    response.body(body)
}
