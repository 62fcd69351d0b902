//! The parameters of a query string, of which one may stand several times.

use std::future::{Ready, ready};
use std::ops::{Deref, DerefMut};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::reading::{Input, read_whole};
use crate::error::{Error, Result};

/// The parameters of a query string. Lists are written once for each value: `stage=active&stage=dormant`; other
/// parameters stand once. What does not fit is refused, all of it at once, each by its name.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

impl<T> Query<T> {
    /// The parameters.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Query<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Query<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()).map(Self))
    }
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T> {
    let pairs = web::Query::<Vec<(String, String)>>::from_query(query)
        .map_err(|_| Error::bad_request("The query string cannot be read.", "无法读取查询参数。"))?
        .into_inner();
    let mut parameters = Map::new();
    for (name, value) in pairs {
        let value = Value::String(value);
        match parameters.get_mut(&name) {
            None => {
                parameters.insert(name, value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    read_whole(Value::Object(parameters), Input::Query)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::error::ErrorCode;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Asked {
        city: Option<Vec<String>>,
        limit: Option<u32>,
        sort: Option<String>,
    }

    #[test]
    fn parameters_are_read_as_they_are_written() {
        let asked: Asked = parse("city=a%2Cb&limit=7&city=%E5%8C%97&sort=").unwrap();
        let expected =
            Asked { city: Some(vec!["a,b".into(), "北".into()]), limit: Some(7), sort: Some(String::new()) };
        assert_eq!(asked, expected);
        assert_eq!(parse::<Asked>("").unwrap(), Asked::default());
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (query, named) in [
            ("colour=red", "colour"),
            ("limit=1&limit=2", "limit"),
            ("limit=x&sort=a&sort=b&colour=", "colour, limit, sort"),
            ("sort=a&sort=b", "sort"),
        ] {
            let error = parse::<Asked>(query).unwrap_err();
            assert_eq!(error.code(), ErrorCode::BadRequest);
            assert!(error.detail().en.contains(named), "{query}: {error}");
        }
    }

    #[test]
    fn a_character_that_no_text_may_hold_is_invalid_at_its_parameter() {
        let error = parse::<Asked>("sort=a%00&city=a&city=%00b").unwrap_err();
        let places: Vec<_> = error.problems().iter().map(|problem| problem.pointer.as_str()).collect();
        assert_eq!((error.code(), places), (ErrorCode::InvalidInput, vec!["/city/1", "/sort"]));
        assert_eq!(parse::<Asked>("sort=a%00&limit=x").unwrap_err().code(), ErrorCode::BadRequest);
    }
}
