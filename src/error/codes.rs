//! The one table of error codes.

use crate::values::Label;

/// What went wrong, in a form that never changes. The documentation of each stands in `docs/errors.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ErrorCode {
    /// The request cannot be read: malformed JSON, an unknown parameter or field, a value of the wrong form.
    BadRequest,
    /// No token, or one that is not valid.
    Unauthenticated,
    /// The token lacks the permission.
    Forbidden,
    /// No such thing, for this tenant.
    NotFound,
    /// The address exists, the method does not.
    MethodNotAllowed,
    /// None of the offered media types is accepted.
    NotAcceptable,
    /// The body did not arrive in time.
    RequestTimeout,
    /// It contradicts what is there.
    Conflict,
    /// A request with the same `Idempotency-Key` is still running.
    RequestInProgress,
    /// `If-Match` names a version that is no longer the current one.
    PreconditionFailed,
    /// The body is larger than allowed.
    PayloadTooLarge,
    /// The body's media type is not taken here.
    UnsupportedMediaType,
    /// The request can be read, but its content breaks a rule; `errors` names each place.
    InvalidInput,
    /// The `Idempotency-Key` was used for another request.
    IdempotencyKeyReused,
    /// The GraphQL query costs more than one may.
    QueryTooComplex,
    /// The tenant has as many streams open as it may.
    TooManyStreams,
    /// A fault of ours.
    Internal,
    /// The database does not answer, or all connections are busy.
    Unavailable,
}

impl ErrorCode {
    /// Every code, in the order of the documentation.
    pub const ALL: [Self; 18] = [
        Self::BadRequest,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::NotAcceptable,
        Self::RequestTimeout,
        Self::Conflict,
        Self::RequestInProgress,
        Self::PreconditionFailed,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::InvalidInput,
        Self::IdempotencyKeyReused,
        Self::QueryTooComplex,
        Self::TooManyStreams,
        Self::Internal,
        Self::Unavailable,
    ];

    /// The word for it in URIs and in GraphQL's `extensions.code`.
    pub fn slug(self) -> &'static str {
        self.row().0
    }

    /// The HTTP status.
    pub fn status(self) -> u16 {
        self.row().1
    }

    /// The stable URI that the documentation explains; the `type` of a problem.
    pub fn uri(self) -> String {
        format!("/docs/errors#{}", self.slug())
    }

    /// A short title.
    pub fn title(self) -> Label {
        let (_, _, en, zh) = self.row();
        Label::new(en, zh)
    }

    /// Whether it is the user's to mend rather than the program's or the operator's: in GraphQL a user error.
    pub fn is_business(self) -> bool {
        matches!(self, Self::NotFound | Self::Conflict | Self::PreconditionFailed | Self::InvalidInput)
    }

    fn row(self) -> (&'static str, u16, &'static str, &'static str) {
        match self {
            Self::BadRequest => ("bad_request", 400, "The request cannot be read", "无法读取请求"),
            Self::Unauthenticated => ("unauthenticated", 401, "A valid token is needed", "需要有效的令牌"),
            Self::Forbidden => ("forbidden", 403, "The permission is missing", "缺少权限"),
            Self::NotFound => ("not_found", 404, "There is no such thing", "找不到"),
            Self::MethodNotAllowed => ("method_not_allowed", 405, "The method is not allowed here", "此处不允许该方法"),
            Self::NotAcceptable => ("not_acceptable", 406, "No accepted media type is offered", "没有可接受的媒体类型"),
            Self::RequestTimeout => ("request_timeout", 408, "The body came too slowly", "请求体发送过慢"),
            Self::Conflict => ("conflict", 409, "It contradicts what is there", "与现有状态冲突"),
            Self::RequestInProgress => {
                ("request_in_progress", 409, "A request with this key is still running", "使用该键的请求仍在处理")
            }
            Self::PreconditionFailed => ("precondition_failed", 412, "It has changed meanwhile", "内容已被更改"),
            Self::PayloadTooLarge => ("payload_too_large", 413, "The body is too large", "请求体过大"),
            Self::UnsupportedMediaType => {
                ("unsupported_media_type", 415, "The media type is not taken", "不支持的媒体类型")
            }
            Self::InvalidInput => ("invalid_input", 422, "The input breaks a rule", "输入不符合规则"),
            Self::IdempotencyKeyReused => {
                ("idempotency_key_reused", 422, "The key was used for another request", "该键已用于其他请求")
            }
            Self::QueryTooComplex => ("query_too_complex", 400, "The query costs too much", "查询过于复杂"),
            Self::TooManyStreams => ("too_many_streams", 429, "Too many streams are open", "打开的事件流过多"),
            Self::Internal => ("internal", 500, "A fault of ours", "内部错误"),
            Self::Unavailable => ("unavailable", 503, "Try again in a moment", "请稍后重试"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn slugs_are_unique_and_every_code_is_documented() {
        let slugs: BTreeSet<_> = ErrorCode::ALL.iter().map(|c| c.slug()).collect();
        assert_eq!(slugs.len(), ErrorCode::ALL.len());
        let docs = include_str!("../../docs/errors.md");
        for slug in slugs {
            assert!(docs.contains(&format!("## {slug}\n")), "docs/errors.md lacks {slug}");
        }
    }
}
