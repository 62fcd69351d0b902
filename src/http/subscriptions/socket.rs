//! A connection, from its opening to its close.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::SEC_WEBSOCKET_PROTOCOL;
use actix_web::web::{Data, Payload};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason};
use async_graphql::{Request, Response, ServerError};
use futures::StreamExt;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc::{Sender, channel};
use tokio::task::JoinHandle;
use tokio::time::{Instant, interval, sleep_until};

use super::conversation::{Close, Conversation, PROTOCOL, Step};
use crate::error::{Error, ErrorCode, Result};
use crate::http::graphql::prepare_subscription;
use crate::http::request::locale;
use crate::http::schema::{GraphqlFace, settle_errors};
use crate::jobs::{Watch, Watches};
use crate::tenancy::{Actor, RequestId, Session, bearer};
use crate::values::Locale;

/// How often the token is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// The longest message, in bytes.
const MOST_BYTES: usize = 64 * 1024;
/// Messages that wait for a slow reader.
const WAITING: usize = 16;

/// Who is at the other end.
struct Login {
    token: String,
    actor: Actor,
    _watch: Watch,
}

/// What an operation says.
struct Said {
    id: String,
    message: Value,
    ends: bool,
}

struct Connection {
    face: Data<GraphqlFace>,
    watches: Data<Watches>,
    session: actix_ws::Session,
    /// The token of the header, where it had one.
    token: Option<String>,
    request_id: String,
    locale: Locale,
    conversation: Conversation,
    login: Option<Login>,
    running: BTreeMap<String, JoinHandle<()>>,
    said: Sender<Said>,
}

/// Opens a connection.
///
/// # Errors
/// `bad_request` for a client that does not speak the protocol.
pub async fn open(
    request: HttpRequest,
    body: Payload,
    face: Data<GraphqlFace>,
    watches: Data<Watches>,
) -> Result<HttpResponse> {
    let offered = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL).filter_map(|value| value.to_str().ok());
    if !offered.flat_map(|list| list.split(',')).any(|name| name.trim() == PROTOCOL) {
        let en = format!("Offer the protocol {PROTOCOL} in Sec-WebSocket-Protocol.");
        return Err(Error::bad_request(en, format!("请在 Sec-WebSocket-Protocol 中提供协议 {PROTOCOL}。")));
    }
    let (response, session, stream) = actix_ws::handle_with_protocols(&request, body, &[PROTOCOL])
        .map_err(|_| Error::bad_request("This is no WebSocket handshake.", "不是有效的 WebSocket 握手。"))?;
    let (said, heard) = channel(WAITING);
    let connection = Connection {
        face,
        watches,
        session,
        token: bearer(&request).ok(),
        request_id: request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
        locale: locale(&request),
        conversation: Conversation::default(),
        login: None,
        running: BTreeMap::new(),
        said,
    };
    let stream = stream.max_frame_size(MOST_BYTES).aggregate_continuations().max_continuation_size(MOST_BYTES);
    actix_web::rt::spawn(connection.live(stream, heard));
    Ok(response)
}

impl Connection {
    async fn live(mut self, mut stream: AggregatedMessageStream, mut heard: tokio::sync::mpsc::Receiver<Said>) {
        let deadline = Instant::now() + self.face.login_time;
        let mut ticks = interval(EVERY);
        let watches = self.watches.clone();
        let close = loop {
            let go_on = tokio::select! {
                message = stream.recv() => match message {
                    Some(Ok(message)) => self.take(message).await,
                    Some(Err(_)) | None => break None,
                },
                Some(said) = heard.recv() => self.pass_on(said).await,
                () = sleep_until(deadline), if !self.conversation.is_acknowledged() => Err(Some(Close::late())),
                _ = ticks.tick(), if self.login.is_some() => self.look_at_token().await,
                () = watches.closing() => Err(Some(Close::leaving())),
            };
            if let Err(close) = go_on {
                break close;
            }
        };
        for task in self.running.values() {
            task.abort();
        }
        let reason =
            close.map(|close| CloseReason { code: CloseCode::Other(close.code), description: Some(close.reason) });
        // Who has gone hears nothing.
        let _ = self.session.close(reason).await;
    }

    async fn take(&mut self, message: AggregatedMessage) -> Result<(), Option<Close>> {
        let text = match message {
            AggregatedMessage::Text(text) => text,
            AggregatedMessage::Ping(bytes) => return self.session.pong(&bytes).await.map_err(|_| None),
            AggregatedMessage::Pong(_) => return Ok(()),
            AggregatedMessage::Binary(_) => return Err(Some(Close::unreadable())),
            AggregatedMessage::Close(_) => return Err(None),
        };
        match self.conversation.hear(&text) {
            Step::Rest => Ok(()),
            Step::Say(message) => self.say(&message).await,
            Step::LogIn(token) => self.log_in(token).await,
            Step::Start { id, payload } => {
                self.start(id, payload);
                Ok(())
            }
            Step::Stop(id) => {
                if let Some(task) = self.running.remove(&id) {
                    task.abort();
                }
                Ok(())
            }
            Step::Close(close) => Err(Some(close)),
        }
    }

    async fn say(&mut self, message: &Value) -> Result<(), Option<Close>> {
        self.session.text(message.to_string()).await.map_err(|_| None)
    }

    async fn log_in(&mut self, token: Option<String>) -> Result<(), Option<Close>> {
        let Some(token) = token.or_else(|| self.token.take()) else { return Err(Some(Close::forbidden())) };
        let actor = self.face.authenticator.actor(&token, &self.request_id).await;
        let actor = actor.map_err(|_| Some(Close::forbidden()))?;
        let watch = self.watches.begin(&actor).map_err(|error| {
            Some(if error.code() == ErrorCode::Forbidden { Close::forbidden() } else { Close::too_many() })
        })?;
        self.login = Some(Login { token, actor, _watch: watch });
        let ack = self.conversation.acknowledge();
        self.say(&ack).await
    }

    /// Ends the connection with its token. A database that does not answer for a moment is no reason to.
    async fn look_at_token(&mut self) -> Result<(), Option<Close>> {
        let Some(login) = &mut self.login else { return Ok(()) };
        match self.face.authenticator.actor(&login.token, &self.request_id).await {
            Ok(actor) => login.actor = actor,
            Err(error) if error.code() == ErrorCode::Unauthenticated => return Err(Some(Close::forbidden())),
            Err(_) => {}
        }
        Ok(())
    }

    fn start(&mut self, id: String, payload: Map<String, Value>) {
        let Some(login) = &self.login else { return };
        let session = Arc::new(Session::new(self.face.db.clone(), login.actor.clone()));
        let (face, said, locale) = (self.face.clone(), self.said.clone(), self.locale);
        let name = id.clone();
        let task = actix_web::rt::spawn(async move {
            let body = Value::Object(payload).to_string();
            match prepare_subscription(&face.endpoint, body.as_bytes()) {
                Ok(request) => run(&face, request.data(session), &said, &name, locale).await,
                Err(errors) => tell_errors(&said, &name, &errors).await,
            }
        });
        self.running.insert(id, task);
    }

    async fn pass_on(&mut self, said: Said) -> Result<(), Option<Close>> {
        // Who has taken back an operation hears no more of it.
        if !self.conversation.runs(&said.id) {
            return Ok(());
        }
        if said.ends {
            self.conversation.end(&said.id);
            self.running.remove(&said.id);
        }
        self.say(&said.message).await
    }
}

async fn run(face: &GraphqlFace, request: Request, said: &Sender<Said>, id: &str, locale: Locale) {
    let mut responses = face.schema.execute_stream(request).boxed();
    while let Some(mut response) = responses.next().await {
        settle_errors(&mut response, locale);
        if was_refused(&response) {
            return tell_errors(said, id, &response.errors).await;
        }
        let message = json!({"type": "next", "id": id, "payload": response});
        if said.send(Said { id: id.to_owned(), message, ends: false }).await.is_err() {
            return;
        }
    }
    let message = json!({"type": "complete", "id": id});
    let _ = said.send(Said { id: id.to_owned(), message, ends: true }).await;
}

/// Whether it was refused before it was executed: an error of execution has a path.
fn was_refused(response: &Response) -> bool {
    !response.errors.is_empty() && response.errors.iter().all(|error| error.path.is_empty())
}

async fn tell_errors(said: &Sender<Said>, id: &str, errors: &[ServerError]) {
    let message = json!({"type": "error", "id": id, "payload": errors});
    let _ = said.send(Said { id: id.to_owned(), message, ends: true }).await;
}
