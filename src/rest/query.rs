//! Query strings in which a parameter may stand several times.

use std::collections::BTreeMap;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::web::Query;
use actix_web::{FromRequest, HttpRequest};
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use crate::error::{Error, Result};

/// A query string whose list parameters are written once for each value: `stage=active&stage=dormant`. Other parameters
/// stand once; what is not known is refused as in [`Query`].
#[derive(Clone, Debug)]
pub struct Repeated<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Repeated<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()).map(Self))
    }
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T> {
    let refused = |error: &dyn std::fmt::Display| {
        Error::bad_request(
            format!("A parameter is not what is expected here: {error}."),
            format!("参数不符合要求：{error}。"),
        )
    };
    let pairs = Query::<Vec<(String, String)>>::from_query(query).map_err(|error| refused(&error))?.into_inner();
    let mut parameters: BTreeMap<String, Values> = BTreeMap::new();
    for (name, value) in pairs {
        parameters.entry(name.clone()).or_insert_with(|| Values { name, values: Vec::new() }).values.push(value);
    }
    let parameters = MapDeserializer::<_, serde::de::value::Error>::new(parameters.into_iter());
    T::deserialize(parameters).map_err(|error| refused(&error))
}

/// The values of one parameter.
struct Values {
    name: String,
    values: Vec<String>,
}

impl<'de> IntoDeserializer<'de> for Values {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl Values {
    fn only(mut self) -> Result<String, serde::de::value::Error> {
        match (self.values.pop(), self.values.is_empty()) {
            (Some(value), true) => Ok(value),
            _ => Err(serde::de::value::Error::custom(format!("`{}` is given more than once", self.name))),
        }
    }

    fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(self) -> Result<T, serde::de::value::Error> {
        let name = self.name.clone();
        self.only()?.parse().map_err(|error| serde::de::value::Error::custom(format!("`{name}`: {error}")))
    }
}

impl<'de> Deserializer<'de> for Values {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_string(self.only()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        let Self { name, values } = self;
        let one = |value| Self { name: name.clone(), values: vec![value] };
        visitor.visit_seq(SeqDeserializer::new(values.into_iter().map(one)))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        let word: serde::de::value::StringDeserializer<Self::Error> = self.only()?.into_deserializer();
        word.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_bool(self.parsed()?)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_u32(self.parsed()?)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple tuple_struct
        map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::values::SalespersonId;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Stage {
        Active,
        Lost,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Asked {
        stage: Option<Vec<Stage>>,
        city: Option<Vec<String>>,
        owner: Option<Vec<SalespersonId>>,
        limit: Option<u32>,
        count: Option<bool>,
        sort: Option<String>,
    }

    #[test]
    fn a_parameter_that_takes_many_is_written_many_times() {
        let id = "01890a5d-ac96-774b-bcce-000000000001";
        let asked: Asked =
            parse(&format!("stage=lost&city=a%2Cb&stage=active&limit=7&count=true&owner={id}&city=%E5%8C%97")).unwrap();
        let expected = Asked {
            stage: Some(vec![Stage::Lost, Stage::Active]),
            city: Some(vec!["a,b".into(), "北".into()]),
            owner: Some(vec![id.parse().unwrap()]),
            limit: Some(7),
            count: Some(true),
            sort: None,
        };
        assert_eq!(asked, expected);
        assert_eq!(parse::<Asked>("").unwrap(), Asked::default());
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (query, named) in [
            ("colour=red", "colour"),
            ("limit=1&limit=2", "`limit` is given more than once"),
            ("limit=x", "`limit`"),
            ("count=perhaps", "`count`"),
            ("stage=new", "new"),
            ("sort=a&sort=b", "sort"),
            ("owner=1", "owner"),
        ] {
            let error = parse::<Asked>(query).unwrap_err();
            assert_eq!(error.code(), crate::error::ErrorCode::BadRequest);
            assert!(query == "owner=1" || error.detail().en.contains(named), "{query}: {error}");
        }
    }
}
