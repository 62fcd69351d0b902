//! What a client may say when, and what follows: the protocol without its wires.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// The name of the protocol.
pub(super) const PROTOCOL: &str = "graphql-transport-ws";
/// Operations a connection has at a time.
const MOST_OPERATIONS: usize = 20;

/// Why a connection is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) code: u16,
    pub(super) reason: String,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// Nothing.
    Rest,
    /// Say this.
    Say(Value),
    /// Look at the token, of the message where it has one, and acknowledge or refuse.
    LogIn(Option<String>),
    /// Begin an operation.
    Start { id: String, payload: Map<String, Value> },
    /// Stop one.
    Stop(String),
    /// Close the connection.
    Close(Close),
}

/// Where a connection stands.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    has_asked: bool,
    is_acknowledged: bool,
    operations: BTreeSet<String>,
}

impl Close {
    fn new(code: u16, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }

    pub(super) fn unreadable() -> Self {
        Self::new(4400, "Invalid message")
    }

    pub(super) fn forbidden() -> Self {
        Self::new(4403, "Forbidden")
    }

    pub(super) fn late() -> Self {
        Self::new(4408, "Connection initialisation timeout")
    }

    pub(super) fn leaving() -> Self {
        Self::new(1001, "The server stops")
    }

    pub(super) fn too_many() -> Self {
        Self::new(4429, "Too many connections")
    }
}

impl Conversation {
    /// What follows from a message.
    pub(super) fn hear(&mut self, text: &str) -> Step {
        let Ok(Value::Object(mut message)) = serde_json::from_str(text) else {
            return Step::Close(Close::unreadable());
        };
        let id = match message.remove("id") {
            Some(Value::String(id)) if !id.is_empty() => Some(id),
            None => None,
            Some(_) => return Step::Close(Close::unreadable()),
        };
        let payload = match message.remove("payload") {
            None | Some(Value::Null) => None,
            Some(Value::Object(payload)) => Some(payload),
            Some(_) => return Step::Close(Close::unreadable()),
        };
        match (message.get("type").and_then(Value::as_str).unwrap_or_default(), id, payload) {
            ("connection_init", _, payload) => self.init(payload.unwrap_or_default()),
            ("ping", _, payload) => Step::Say(match payload {
                Some(payload) => json!({"type": "pong", "payload": payload}),
                None => json!({"type": "pong"}),
            }),
            ("pong", ..) => Step::Rest,
            ("subscribe", Some(id), Some(payload)) => self.subscribe(id, payload),
            ("complete", Some(id), _) if self.operations.remove(&id) => Step::Stop(id),
            ("complete", Some(_), _) => Step::Rest,
            _ => Step::Close(Close::unreadable()),
        }
    }

    fn init(&mut self, payload: Map<String, Value>) -> Step {
        if self.has_asked {
            return Step::Close(Close::new(4429, "Too many initialisation requests"));
        }
        self.has_asked = true;
        let header = payload.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        let token = header.and_then(|(_, value)| value.as_str()).and_then(|header| {
            let (scheme, token) = header.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
        });
        Step::LogIn(token)
    }

    fn subscribe(&mut self, id: String, payload: Map<String, Value>) -> Step {
        if !self.is_acknowledged {
            return Step::Close(Close::new(4401, "Unauthorized"));
        }
        if self.operations.contains(&id) {
            return Step::Close(Close::new(4409, format!("Subscriber for {} already exists", shortened(&id))));
        }
        if self.operations.len() >= MOST_OPERATIONS {
            let message = format!("At most {MOST_OPERATIONS} operations of a connection run at a time.");
            let error = json!({"message": message, "extensions": {"code": "too_many_streams"}});
            return Step::Say(json!({"type": "error", "id": id, "payload": [error]}));
        }
        self.operations.insert(id.clone());
        Step::Start { id, payload }
    }

    /// The token was good.
    pub(super) fn acknowledge(&mut self) -> Value {
        self.is_acknowledged = true;
        json!({"type": "connection_ack"})
    }

    /// Whether a token was good.
    pub(super) fn is_acknowledged(&self) -> bool {
        self.is_acknowledged
    }

    /// An operation has come to its end; whether the client still waits for it.
    pub(super) fn end(&mut self, id: &str) -> bool {
        self.operations.remove(id)
    }

    /// Whether an operation is under way.
    pub(super) fn runs(&self, id: &str) -> bool {
        self.operations.contains(id)
    }
}

/// A reason may have 123 bytes.
fn shortened(id: &str) -> String {
    id.chars().take(20).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(step: &Step) -> u16 {
        if let Step::Close(close) = step { close.code } else { 0 }
    }

    fn ready() -> Conversation {
        let mut conversation = Conversation::default();
        assert_eq!(conversation.hear(r#"{"type": "connection_init"}"#), Step::LogIn(None));
        conversation.acknowledge();
        conversation
    }

    #[test]
    fn what_is_no_message_closes_with_4400() {
        for text in [
            "",
            "{",
            "[]",
            r#"{"type": "hello"}"#,
            r#"{"type": 1}"#,
            r#"{"type": "subscribe"}"#,
            r#"{"type": "subscribe", "id": 1, "payload": {}}"#,
            r#"{"type": "subscribe", "id": "", "payload": {}}"#,
            r#"{"type": "connection_init", "payload": "x"}"#,
        ] {
            assert_eq!(code(&Conversation::default().hear(text)), 4400, "{text}");
        }
    }

    #[test]
    fn nothing_runs_before_the_token_is_good() {
        let mut conversation = Conversation::default();
        let subscribe = r#"{"type": "subscribe", "id": "1", "payload": {"query": "x"}}"#;
        assert_eq!(code(&conversation.hear(subscribe)), 4401);
        let step = conversation.hear(r#"{"type": "connection_init", "payload": {"authorization": "bearer abc"}}"#);
        assert_eq!(step, Step::LogIn(Some("abc".into())));
        assert_eq!(code(&conversation.hear(subscribe)), 4401);
        assert_eq!(code(&conversation.hear(r#"{"type": "connection_init"}"#)), 4429);
    }

    #[test]
    fn an_id_is_used_once_at_a_time() {
        let mut conversation = ready();
        let subscribe = r#"{"type": "subscribe", "id": "1", "payload": {"query": "x"}}"#;
        assert!(matches!(conversation.hear(subscribe), Step::Start { .. }));
        assert_eq!(code(&conversation.hear(subscribe)), 4409);
        assert_eq!(conversation.hear(r#"{"type": "complete", "id": "1"}"#), Step::Stop("1".into()));
        assert_eq!(conversation.hear(r#"{"type": "complete", "id": "1"}"#), Step::Rest);
        assert!(matches!(conversation.hear(subscribe), Step::Start { .. }));
        assert!(conversation.end("1") && !conversation.end("1"));
        assert!(matches!(conversation.hear(subscribe), Step::Start { .. }));
    }

    #[test]
    fn a_connection_has_its_fill_of_operations() {
        let mut conversation = ready();
        for n in 0..MOST_OPERATIONS {
            let step = conversation.hear(&format!(r#"{{"type": "subscribe", "id": "{n}", "payload": {{}}}}"#));
            assert!(matches!(step, Step::Start { .. }));
        }
        let step = conversation.hear(r#"{"type": "subscribe", "id": "more", "payload": {}}"#);
        assert!(matches!(step, Step::Say(message) if message["type"] == "error" && message["id"] == "more"));
    }

    #[test]
    fn a_ping_is_answered_at_any_time() {
        let mut conversation = Conversation::default();
        assert_eq!(
            conversation.hear(r#"{"type": "ping", "payload": {"a": 1}}"#),
            Step::Say(json!({"type": "pong", "payload": {"a": 1}}))
        );
        assert_eq!(conversation.hear(r#"{"type": "pong"}"#), Step::Rest);
    }
}
