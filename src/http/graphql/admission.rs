//! What is decided on method and headers, before the body is read.

use std::str::FromStr;

use actix_web::http::Method;
use actix_web::http::header::QualityItem;
use actix_web::mime::{self, Mime};

use super::refusal::Refusal;
use super::response::GraphqlResponse;
use crate::error::ErrorCode;

/// The media types an answer comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MediaType {
    /// `application/json`, for older clients: whatever is wrong with a document, the status is 200.
    Json,
    /// `application/graphql-response+json`: the status tells an answer from a refusal.
    GraphqlResponse,
}

impl MediaType {
    const ALL: [Self; 2] = [Self::GraphqlResponse, Self::Json];

    /// The value of `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
        }
    }

    /// The media type a client reads best; without a header, and where everything is as welcome, `application/json`, as
    /// the specification wants. None where it reads neither.
    pub fn negotiate(accept: Option<&str>) -> Option<Self> {
        let accept = accept.map(str::trim).unwrap_or_default();
        if accept.is_empty() {
            return Some(Self::Json);
        }
        let ranges: Vec<QualityItem<Mime>> = accept.split(',').filter_map(|item| item.trim().parse().ok()).collect();
        let best = |preference: Preference| (preference.quality, preference.named);
        Self::ALL
            .into_iter()
            .filter_map(|media| Some((media, media.preference(&ranges)?)))
            .filter(|(_, preference)| preference.quality > 0)
            .reduce(|one, other| match best(one.1).cmp(&best(other.1)) {
                std::cmp::Ordering::Greater => one,
                std::cmp::Ordering::Less => other,
                std::cmp::Ordering::Equal if one.1.named => one,
                std::cmp::Ordering::Equal => other,
            })
            .map(|(media, _)| media)
    }

    /// What the most specific range that covers it says.
    fn preference(self, ranges: &[QualityItem<Mime>]) -> Option<Preference> {
        let own = Mime::from_str(self.content_type()).ok()?;
        let covering = ranges.iter().filter_map(|range| Some((specificity(&range.item, &own)?, range)));
        let (specificity, range) = covering.max_by_key(|(specificity, _)| *specificity)?;
        Some(Preference { quality: thousandths(&range.quality.to_string()), named: specificity == 2 })
    }
}

#[derive(Clone, Copy)]
struct Preference {
    quality: u32,
    named: bool,
}

/// How exactly a range covers a media type: 2 by name, 1 by `application/*`, 0 by `*/*`; none where it does not.
fn specificity(range: &Mime, own: &Mime) -> Option<u8> {
    if range.get_param(mime::CHARSET).is_some_and(|charset| charset != mime::UTF_8) {
        return None;
    }
    if range.essence_str() == own.essence_str() {
        return Some(2);
    }
    match (range.type_(), range.subtype()) {
        (kind, mime::STAR) if kind == own.type_() => Some(1),
        (mime::STAR, mime::STAR) => Some(0),
        _ => None,
    }
}

/// A quality of at most three decimals, as a whole number.
fn thousandths(quality: &str) -> u32 {
    let (whole, decimals) = quality.split_once('.').unwrap_or((quality, ""));
    format!("{whole}{decimals:0<3}").parse().unwrap_or(0)
}

/// The head of a request.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// The method.
    pub method: &'a Method,
    /// `Accept`, several of them joined by commas.
    pub accept: Option<&'a str>,
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// `Content-Encoding`.
    pub content_encoding: Option<&'a str>,
}

/// Decides whether the body is worth reading, and in which media type the answer will be.
///
/// # Errors
/// The finished refusal: 405 for every method but `POST`, 406 where the client reads neither media type, 415 for a body
/// that is not `application/json` in UTF-8, or that is compressed.
pub fn admit(incoming: Incoming<'_>) -> Result<MediaType, GraphqlResponse> {
    let media = MediaType::negotiate(incoming.accept);
    let refuse = |code, en: &str, zh: &str| {
        GraphqlResponse::refused(media.unwrap_or(MediaType::Json), &Refusal::request(code, en, zh))
    };
    if incoming.method != Method::POST {
        let (en, zh) = ("GraphQL operations are sent by POST.", "GraphQL 操作必须使用 POST 方法发送。");
        return Err(refuse(ErrorCode::MethodNotAllowed, en, zh));
    }
    let Some(media) = media else {
        let en = "Accept must allow application/graphql-response+json or application/json.";
        let zh = "Accept 必须允许 application/graphql-response+json 或 application/json。";
        return Err(refuse(ErrorCode::NotAcceptable, en, zh));
    };
    if !incoming.content_type.is_some_and(is_json_in_utf8) {
        let en = "Content-Type must be application/json in UTF-8.";
        let zh = "Content-Type 必须为 UTF-8 编码的 application/json。";
        return Err(refuse(ErrorCode::UnsupportedMediaType, en, zh));
    }
    if incoming.content_encoding.is_some_and(|coding| !coding.trim().eq_ignore_ascii_case("identity")) {
        let (en, zh) = ("The body must not be compressed.", "请求体不得压缩。");
        return Err(refuse(ErrorCode::UnsupportedMediaType, en, zh));
    }
    Ok(media)
}

fn is_json_in_utf8(content_type: &str) -> bool {
    Mime::from_str(content_type).is_ok_and(|mime| {
        mime.essence_str() == "application/json"
            && mime.get_param(mime::CHARSET).is_none_or(|charset| charset == mime::UTF_8)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_readable_media_type_is_taken() {
        let (old, new) = (Some(MediaType::Json), Some(MediaType::GraphqlResponse));
        for (accept, expected) in [
            ("", old),
            ("*/*", old),
            ("application/*", old),
            ("application/json", old),
            ("application/json; charset=utf-8", old),
            ("application/graphql-response+json", new),
            ("application/graphql-response+json, application/json", new),
            ("application/json, application/graphql-response+json", new),
            ("application/graphql-response+json; q=0.5, application/json", old),
            ("application/graphql-response+json, application/json;q=0.9", new),
            ("application/graphql-response+json, */*", new),
            ("*/*, application/json;q=0", new),
            ("text/html, application/*;q=0.8", old),
            ("text/html", None),
            ("application/json; charset=gbk", None),
            ("application/json;q=0", None),
            ("nonsense", None),
        ] {
            assert_eq!(MediaType::negotiate(Some(accept)), expected, "{accept}");
        }
        assert_eq!(MediaType::negotiate(None), old);
    }

    #[test]
    fn only_json_in_utf8_is_read() {
        for (content_type, expected) in [
            ("application/json", true),
            ("Application/JSON", true),
            ("application/json; charset=utf-8", true),
            ("application/json;charset=\"UTF-8\"", true),
            ("application/json; foo=bar", true),
            ("application/json; charset=gbk", false),
            ("application/graphql", false),
            ("text/plain", false),
            ("multipart/form-data; boundary=x", false),
            ("application/x-www-form-urlencoded", false),
            ("", false),
        ] {
            assert_eq!(is_json_in_utf8(content_type), expected, "{content_type}");
        }
    }
}
