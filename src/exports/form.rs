//! The forms a list comes in.

use crate::error::{Error, ErrorCode, Result};
use crate::rest::preferred;

/// A form of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListForm {
    /// Pages of JSON.
    Json,
    /// The whole list as comma-separated values by RFC 4180, in UTF-8.
    Csv,
    /// The whole list, a JSON object a line.
    Ndjson,
    /// The whole list as a workbook of one sheet.
    Xlsx,
}

impl ListForm {
    /// All forms, JSON first: it is sent where a client does not mind.
    pub const ALL: [Self; 4] = [Self::Json, Self::Csv, Self::Ndjson, Self::Xlsx];

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv",
            Self::Ndjson => "application/x-ndjson",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// The media type with its parameters, as in `Content-Type`.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            form => form.media_type(),
        }
    }

    /// What its files' names end with.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Xlsx => "xlsx",
        }
    }

    /// The form an `Accept` header likes best.
    ///
    /// # Errors
    /// `not_acceptable`, which names the forms, where it takes none.
    pub fn negotiate(accept: Option<&str>) -> Result<Self> {
        let offered = Self::ALL.map(Self::media_type);
        preferred(accept, &offered).map(|place| Self::ALL[place]).ok_or_else(|| {
            let offered = offered.join(", ");
            let en = format!("A list is offered as one of {offered}.");
            Error::new(ErrorCode::NotAcceptable, en, format!("列表可提供以下媒体类型：{offered}。"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_asked_for_by_its_name_and_json_is_the_default() {
        for form in ListForm::ALL {
            assert_eq!(ListForm::negotiate(Some(form.media_type())).ok(), Some(form));
        }
        assert_eq!(ListForm::negotiate(None).ok(), Some(ListForm::Json));
        assert_eq!(ListForm::negotiate(Some("*/*")).ok(), Some(ListForm::Json));
        assert_eq!(ListForm::negotiate(Some("text/*, application/json;q=0.5")).ok(), Some(ListForm::Csv));
        let refused = ListForm::negotiate(Some("text/html")).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::NotAcceptable);
        assert!(refused.detail().en.contains("application/x-ndjson"));
    }
}
