//! A value as serde reads it, which knows where each part of it stands.

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};

use super::Input;
use super::fault::{Fault, Wrong};
use super::place::Place;

/// A part of an input.
#[derive(Clone, Copy)]
pub(super) struct Reader<'de, 'p> {
    value: &'de Value,
    place: Place<'p>,
    input: Input<'p>,
}

impl<'de, 'p> Reader<'de, 'p> {
    /// The whole of an input.
    pub(super) fn new(value: &'de Value, input: Input<'p>) -> Self {
        Self { value, place: Place::Root, input }
    }

    /// Whether numbers and truth are written as texts.
    fn is_textual(&self) -> bool {
        self.input != Input::Json
    }

    /// The one part of a path that has one: a handler that asks for a plain value means it.
    fn sole(self) -> Result<(&'p str, &'de Value), Self> {
        match (self.input, self.value, self.place) {
            (Input::Path([name]), Value::Object(parts), Place::Root) => {
                parts.get(name).map(|value| (name.as_str(), value)).ok_or(self)
            }
            _ => Err(self),
        }
    }

    /// Reads a number or truth that is written as a text.
    fn parsed<T: std::str::FromStr>(&self, expected: &'static str) -> Result<T, Fault> {
        match self.value {
            Value::String(text) => text.parse().map_err(|_| Fault::invalid_value(Unexpected::Str(text), &expected)),
            _ => Err(Fault::new(Wrong::Repeated)),
        }
        .map_err(|fault| fault.at(&self.place))
    }

    fn any<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), ..) => visitor.visit_u64(number),
                (_, Some(number), _) => visitor.visit_i64(number),
                (.., Some(number)) => visitor.visit_f64(number),
                _ => Err(Fault::invalid_type(Unexpected::Other("number"), &visitor)),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(_) if self.is_textual() => Err(Fault::new(Wrong::Repeated)),
            Value::Array(items) => visitor.visit_seq(Items { of: self, items, next: 0 }),
            Value::Object(members) => visitor.visit_map(Members::of(self, members)),
        }
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $type:ty, $expected:literal;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            match self.sole() {
                Ok((name, value)) => Reader { value, place: Place::Key(&Place::Root, name), input: Input::Query }.$method(visitor),
                Err(own) if own.is_textual() => visitor.$visit(own.parsed::<$type>($expected)?),
                Err(own) => own.deserialize_any(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader<'de, '_> {
    type Error = Fault;

    numbers! {
        deserialize_bool visit_bool bool, "a boolean";
        deserialize_i8 visit_i8 i8, "i8";
        deserialize_i16 visit_i16 i16, "i16";
        deserialize_i32 visit_i32 i32, "i32";
        deserialize_i64 visit_i64 i64, "i64";
        deserialize_u8 visit_u8 u8, "u8";
        deserialize_u16 visit_u16 u16, "u16";
        deserialize_u32 visit_u32 u32, "u32";
        deserialize_u64 visit_u64 u64, "u64";
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.sole() {
            Ok((name, value)) => {
                let place = Place::Key(&Place::Root, name);
                Reader { value, place, input: Input::Query }.any(visitor).map_err(|fault| fault.at(&place))
            }
            Err(own) => own.any(visitor).map_err(|fault| fault.at(&own.place)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let items = match self.value {
            Value::Array(items) => items.as_slice(),
            one if self.is_textual() => std::slice::from_ref(one),
            _ => return self.deserialize_any(visitor),
        };
        visitor.visit_seq(Items { of: &self, items, next: 0 }).map_err(|fault| fault.at(&self.place))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        match (self.input, self.value) {
            (Input::Path(names), Value::Object(parts)) => visitor.visit_seq(Parts { names, parts }),
            _ => self.deserialize_seq(visitor),
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            Value::Object(members) => visitor.visit_map(Members::of(&self, members)),
            _ => self.any(visitor),
        }
        .map_err(|fault| fault.at(&self.place))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if let Ok((part, value)) = self.sole() {
            let place = Place::Key(&Place::Root, part);
            return Reader { value, place, input: Input::Query }.deserialize_enum(name, variants, visitor);
        }
        match self.value {
            Value::String(word) => {
                let word: StrDeserializer<'_, Fault> = word.as_str().into_deserializer();
                visitor.visit_enum(word)
            }
            Value::Object(members) if members.len() == 1 => match members.iter().next() {
                Some((name, value)) => visitor.visit_enum(Variant { of: &self, name, value }),
                None => Err(Fault::invalid_type(Unexpected::Map, &visitor)),
            },
            Value::Array(_) if self.is_textual() => Err(Fault::new(Wrong::Repeated)),
            other => Err(Fault::unknown_variant(&other.to_string(), variants)),
        }
        .map_err(|fault| fault.at(&self.place))
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_any(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i128 u128 f32 f64 char str string bytes byte_buf unit identifier
    }
}

/// The items of a list.
struct Items<'de, 'r, 'p> {
    of: &'r Reader<'de, 'p>,
    items: &'de [Value],
    next: usize,
}

impl<'de> SeqAccess<'de> for Items<'de, '_, '_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let Some(value) = self.items.get(self.next) else { return Ok(None) };
        // A parameter that stands once is named without a number.
        let is_alone = !self.of.value.is_array();
        let place = if is_alone { self.of.place } else { Place::Index(&self.of.place, self.next) };
        self.next += 1;
        // A type's own check comes after its reading, so the place is known only here.
        let read = seed.deserialize(Reader { value, place, input: self.of.input });
        read.map(Some).map_err(|fault| fault.at(&place))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len() - self.next)
    }
}

/// The parts of a path, in their order.
struct Parts<'de, 'p> {
    names: &'p [String],
    parts: &'de Map<String, Value>,
}

impl<'de> SeqAccess<'de> for Parts<'de, '_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let Some((name, rest)) = self.names.split_first() else { return Ok(None) };
        self.names = rest;
        let value = self.parts.get(name).unwrap_or(&Value::Null);
        let place = Place::Key(&Place::Root, name);
        let read = seed.deserialize(Reader { value, place, input: Input::Query });
        read.map(Some).map_err(|fault| fault.at(&place))
    }
}

/// The members of an object.
struct Members<'de, 'r, 'p> {
    of: &'r Reader<'de, 'p>,
    rest: serde_json::map::Iter<'de>,
    value: Option<(&'de str, &'de Value)>,
}

impl<'de, 'r, 'p> Members<'de, 'r, 'p> {
    fn of(of: &'r Reader<'de, 'p>, members: &'de Map<String, Value>) -> Self {
        Self { of, rest: members.iter(), value: None }
    }
}

impl<'de> MapAccess<'de> for Members<'de, '_, '_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        let Some((name, value)) = self.rest.next() else { return Ok(None) };
        self.value = Some((name, value));
        let place = Place::Key(&self.of.place, name);
        seed.deserialize(Name { name, place }).map(Some).map_err(|fault| fault.at(&place))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let (name, value) = self.value.take().unwrap_or(("", &Value::Null));
        let place = Place::Key(&self.of.place, name);
        seed.deserialize(Reader { value, place, input: self.of.input }).map_err(|fault| fault.at(&place))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// The name of a member.
struct Name<'de, 'p> {
    name: &'de str,
    place: Place<'p>,
}

impl<'de> Deserializer<'de> for Name<'de, '_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_borrowed_str(self.name).map_err(|fault: Fault| fault.at(&self.place))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let word: StrDeserializer<'_, Fault> = self.name.into_deserializer();
        visitor.visit_enum(word).map_err(|fault| fault.at(&self.place))
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let number = self.name.parse().map_err(|_| Fault::invalid_type(Unexpected::Str(self.name), &"i32"));
        number.and_then(|number| visitor.visit_i32(number)).map_err(|fault: Fault| fault.at(&self.place))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// A word with what belongs to it.
struct Variant<'de, 'r, 'p> {
    of: &'r Reader<'de, 'p>,
    name: &'de str,
    value: &'de Value,
}

impl<'de> EnumAccess<'de> for Variant<'de, '_, '_> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Fault> {
        let place = Place::Key(&self.of.place, self.name);
        let word = seed.deserialize(Name { name: self.name, place }).map_err(|fault| fault.at(&place))?;
        Ok((word, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de, '_, '_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        if self.value.is_null() {
            return Ok(());
        }
        let place = Place::Key(&self.of.place, self.name);
        Err(Fault::invalid_type(Unexpected::Other("value"), &"null").at(&place))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        let place = Place::Key(&self.of.place, self.name);
        let read = seed.deserialize(Reader { value: self.value, place, input: self.of.input });
        read.map_err(|fault| fault.at(&place))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        let place = Place::Key(&self.of.place, self.name);
        Reader { value: self.value, place, input: self.of.input }.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Fault> {
        let place = Place::Key(&self.of.place, self.name);
        Reader { value: self.value, place, input: self.of.input }.deserialize_map(visitor)
    }
}
