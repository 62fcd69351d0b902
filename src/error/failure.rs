//! The error type every operation returns.

use std::fmt;
use std::sync::Arc;

use super::ErrorCode;
use crate::values::{Label, Locale};

/// Postgres's codes for values that it cannot hold: too long, out of range, U+0000, text that is no number, day or id, and
/// keys that are too long for their index. They are the input's fault, and the last line behind the checks that name the
/// place.
const UNSTORABLE: [&str; 10] =
    ["22001", "22003", "22007", "22008", "22021", "22P02", "22P03", "22P05", "23514", "54000"];

/// What every operation returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failed operation: a code, a detail in both languages, the places in the input, and the cause for the log.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    code: ErrorCode,
    detail: Label,
    problems: Vec<FieldProblem>,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
    /// Another transaction came in between: the same request may well succeed.
    is_crossed: bool,
}

/// One place in an input that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// JSON Pointer (RFC 6901) into the input; empty for the whole of it.
    pub pointer: String,
    /// The rule, in a form that never changes, such as `required`, `too_long`, `unknown_reference`.
    pub code: &'static str,
    /// What is wrong and what is allowed.
    pub detail: Label,
}

/// Collects all problems of an input, so that a client sees them at once.
#[derive(Debug, Default)]
pub struct Problems(Vec<FieldProblem>);

impl Problems {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn add(
        &mut self,
        pointer: impl Into<String>,
        code: &'static str,
        en: impl Into<String>,
        zh: impl Into<String>,
    ) {
        self.0.push(FieldProblem { pointer: pointer.into(), code, detail: Label::new(en, zh) });
    }

    /// Adds one that is made already.
    pub fn push(&mut self, problem: FieldProblem) {
        self.0.push(problem);
    }

    /// Checks a required text: 1 to `max` characters once trimmed, no control characters.
    pub fn text(&mut self, pointer: &str, value: &str, max: usize) {
        if value.trim().is_empty() {
            self.add(pointer, "required", "Must not be empty.", "不能为空。");
        }
        self.optional_text(pointer, Some(value), max);
    }

    /// Checks a text that may be absent: at most `max` characters, no control characters.
    pub fn optional_text(&mut self, pointer: &str, value: Option<&str>, max: usize) {
        let Some(value) = value else { return };
        if value.chars().count() > max {
            self.add(pointer, "too_long", format!("At most {max} characters."), format!("最多 {max} 个字符。"));
        }
        if value.chars().any(char::is_control) {
            self.add(pointer, "control_character", "Must not contain control characters.", "不能包含控制字符。");
        }
    }

    /// `Ok` where there are none; else one error with all of them.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidInput`] with every problem collected.
    pub fn into_result(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::invalid(self.0)) }
    }
}

impl Error {
    /// An error with a detail in both languages.
    pub fn new(code: ErrorCode, en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self::build(code, Label::new(en, zh), Vec::new(), None)
    }

    /// Invalid input with all its places.
    pub fn invalid(problems: Vec<FieldProblem>) -> Self {
        let n = problems.len();
        let detail =
            Label::new(format!("The input has {n} problem(s); see errors."), format!("输入有 {n} 处问题，见 errors。"));
        Self::build(ErrorCode::InvalidInput, detail, problems, None)
    }

    /// A request of which these places cannot be read.
    pub fn unreadable(problems: Vec<FieldProblem>) -> Self {
        let mut places: Vec<_> = problems.iter().map(|problem| problem.pointer.trim_start_matches('/')).collect();
        places.dedup();
        let detail = match problems.as_slice() {
            [FieldProblem { pointer, detail, .. }] if pointer.is_empty() => detail.clone(),
            [one] => {
                Label::new(format!("{}: {}", places[0], one.detail.en), format!("{}：{}", places[0], one.detail.zh))
            }
            _ => Label::new(
                format!("Not what is expected here: {}; see errors.", places.join(", ")),
                format!("以下各处不符合要求：{}；见 errors。", places.join("、")),
            ),
        };
        Self::build(ErrorCode::BadRequest, detail, problems, None)
    }

    /// Invalid input at one place.
    pub fn invalid_at(
        pointer: impl Into<String>,
        code: &'static str,
        en: impl Into<String>,
        zh: impl Into<String>,
    ) -> Self {
        Self::invalid(vec![FieldProblem { pointer: pointer.into(), code, detail: Label::new(en, zh) }])
    }

    /// A request that cannot be read.
    pub fn bad_request(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self::new(ErrorCode::BadRequest, en, zh)
    }

    /// No such thing for this tenant. Says no more, so that nobody learns what others have.
    pub fn not_found() -> Self {
        Self::new(ErrorCode::NotFound, "There is nothing under this id.", "未找到该记录。")
    }

    /// No such thing, because these parts of the address cannot name one.
    pub fn not_found_at(problems: Vec<FieldProblem>) -> Self {
        Self::build(ErrorCode::NotFound, Self::not_found().detail().clone(), problems, None)
    }

    /// A version that is no longer the current one.
    pub fn changed_meanwhile() -> Self {
        let en = "It has changed since it was read; read it again and repeat the change.";
        Self::new(ErrorCode::PreconditionFailed, en, "内容在读取之后已被更改，请重新读取后再修改。")
    }

    /// It contradicts what is there.
    pub fn conflict(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self::new(ErrorCode::Conflict, en, zh)
    }

    fn crossed() -> Self {
        let detail = Label::new("Another change came in between; repeat the request.", "同时发生了其他更改，请重试。");
        Self(Arc::new(Inner { code: ErrorCode::Conflict, detail, problems: Vec::new(), cause: None, is_crossed: true }))
    }

    /// Whether it says something about the request and the data, so that it is the request's answer: not where nothing
    /// was decided, because the request could not be read, was not allowed, came in the way of another, or met a fault.
    pub fn is_final(&self) -> bool {
        self.0.code.is_business() && !self.0.is_crossed
    }

    /// Whether another change came in between, so that nothing is wrong with this one: a deadlock, a failed
    /// serialization, a lock that was not to be had in time.
    pub fn is_crossed(&self) -> bool {
        self.0.is_crossed
    }

    /// Whether the same request may well succeed a moment later: a fault of ours, or another change in between.
    pub fn is_passing(&self) -> bool {
        self.0.is_crossed || matches!(self.0.code, ErrorCode::Internal | ErrorCode::Unavailable)
    }

    /// A fault of ours; the cause goes to the log, never to the client.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let detail = Label::new("The fault is logged under the request id.", "故障已按请求编号记录。");
        Self::build(ErrorCode::Internal, detail, Vec::new(), Some(cause.into()))
    }

    /// The database does not answer.
    pub fn unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let detail = Label::new("The database is busy or away.", "数据库繁忙或不可用。");
        Self::build(ErrorCode::Unavailable, detail, Vec::new(), Some(cause.into()))
    }

    /// A value that the database cannot hold, and that no check has found before.
    fn unstorable(cause: sqlx::Error) -> Self {
        tracing::warn!(?cause, "a value was refused by the database alone");
        let detail = Label::new(
            "A value is too long, too large, or not of a form that can be stored.",
            "某个值过长、过大，或其形式无法保存。",
        );
        let problem = FieldProblem { pointer: String::new(), code: "unstorable", detail: detail.clone() };
        Self::build(ErrorCode::InvalidInput, detail, vec![problem], Some(cause.into()))
    }

    fn build(
        code: ErrorCode,
        detail: Label,
        problems: Vec<FieldProblem>,
        cause: Option<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self(Arc::new(Inner { code, detail, problems, cause, is_crossed: false }))
    }

    /// Its code.
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// Its detail in both languages.
    pub fn detail(&self) -> &Label {
        &self.0.detail
    }

    /// Its places in the input, in the input's order.
    pub fn problems(&self) -> &[FieldProblem] {
        &self.0.problems
    }

    /// The cause, for the log.
    pub fn cause(&self) -> Option<&(dyn std::error::Error + Send + Sync)> {
        self.0.cause.as_deref()
    }

    /// The same error with every pointer moved under `prefix`, as for the item of a batch.
    pub fn under(&self, prefix: &str) -> Self {
        let problems = self
            .problems()
            .iter()
            .map(|p| FieldProblem { pointer: format!("{prefix}{}", p.pointer), ..p.clone() })
            .collect();
        Self::build(self.code(), self.detail().clone(), problems, None)
    }

    /// Detail and problems in one line, as for the command line.
    pub fn to_line(&self, locale: Locale) -> String {
        let mut line = self.detail().text(locale).to_owned();
        for p in self.problems() {
            line.push_str(&format!(
                "\n  {}: {}",
                if p.pointer.is_empty() { "/" } else { &p.pointer },
                p.detail.text(locale)
            ));
        }
        line
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("code", &self.0.code)
            .field("detail", &self.0.detail.en)
            .field("problems", &self.0.problems)
            .field("cause", &self.0.cause)
            .finish()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_line(Locale::En))
    }
}

impl std::error::Error for Error {}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) | sqlx::Error::Tls(_) => {
                Self::unavailable(error)
            }
            sqlx::Error::Database(db) => match db.code().as_deref() {
                Some("23505") => {
                    Self::conflict("Something with the same identity is there already.", "已存在相同标识的内容。")
                }
                Some("23503") => Self::conflict(
                    "It refers to something that is not there, or is still referred to.",
                    "引用的内容不存在，或仍被引用。",
                ),
                // Serialization failure, deadlock, lock timeout: nothing is wrong with the request.
                Some("40001" | "40P01" | "55P03") => Self::crossed(),
                Some("57014" | "57P01" | "57P02" | "57P03" | "53300") => Self::unavailable(error),
                Some(code) if UNSTORABLE.contains(&code) => Self::unstorable(error),
                _ => Self::internal(error),
            },
            sqlx::Error::Encode(_) => Self::unstorable(error),
            _ => Self::internal(error),
        }
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        use sea_orm::{DbErr, RuntimeErr};
        match error {
            DbErr::Conn(RuntimeErr::SqlxError(e))
            | DbErr::Exec(RuntimeErr::SqlxError(e))
            | DbErr::Query(RuntimeErr::SqlxError(e)) => match std::sync::Arc::try_unwrap(e) {
                Ok(e) => e.into(),
                Err(shared) => Self::internal(shared.to_string()),
            },
            DbErr::RecordNotUpdated | DbErr::RecordNotFound(_) => Self::not_found(),
            other => Self::internal(other),
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error)
    }
}
