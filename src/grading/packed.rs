//! Facts of a whole book in little memory: those of a million customers on twelve factors take some 100 MB, where values
//! with room for the largest decimal and texts of their own would take 600.
//!
//! Facts are written one behind the other: a byte that tells what follows, a decimal as its scale and its digits without
//! leading zeros, a text as its number among the texts of the book.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::facts::CustomerFacts;
use crate::metrics::{Fact, FactValue, Missing};
use crate::values::CustomerId;

/// Below this a byte is the number of a reason why a fact is missing.
const FALSE: u8 = 16;
const TRUE: u8 = 17;
const TEXT: u8 = 18;
/// From here on a byte is a decimal's scale: 32 to 60 of one that is not negative, 64 to 92 of one that is.
const POSITIVE: u8 = 32;
const NEGATIVE: u8 = 64;

/// The facts of many customers, in the order in which they came.
#[derive(Debug, Default)]
pub struct PackedBook {
    ids: Vec<CustomerId>,
    external_ids: Vec<Box<str>>,
    bytes: Vec<u8>,
    /// Where each customer's facts end.
    ends: Vec<usize>,
    texts: Vec<Box<str>>,
    numbers_of_texts: HashMap<Box<str>, u32>,
}

impl PackedBook {
    /// Adds a customer.
    pub fn push(&mut self, customer: &CustomerFacts) {
        self.ids.push(customer.customer_id);
        self.external_ids.push(customer.external_id.as_str().into());
        for fact in customer.factors.iter().chain(&customer.caps) {
            self.write(fact);
        }
        self.ends.push(self.bytes.len());
    }

    /// How many customers it holds.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The customer at a place.
    pub fn id(&self, place: usize) -> Option<CustomerId> {
        self.ids.get(place).copied()
    }

    /// Its external id.
    pub fn external_id(&self, place: usize) -> &str {
        self.external_ids.get(place).map(Box::as_ref).unwrap_or_default()
    }

    /// Its facts, those of the factors first, into `facts`.
    pub fn read(&self, place: usize, facts: &mut Vec<Fact>) {
        facts.clear();
        let start = place.checked_sub(1).map_or(0, |before| self.ends.get(before).copied().unwrap_or_default());
        let mut bytes = self.ends.get(place).and_then(|end| self.bytes.get(start..*end)).unwrap_or_default();
        while let Some((fact, rest)) = self.next(bytes) {
            facts.push(fact);
            bytes = rest;
        }
    }

    fn write(&mut self, fact: &Fact) {
        match fact {
            Err(missing) => self.bytes.push(u8::try_from(missing.number()).unwrap_or_default()),
            Ok(FactValue::Flag(flag)) => self.bytes.push(if *flag { TRUE } else { FALSE }),
            Ok(FactValue::Text(text)) => {
                let number = self.number_of(text);
                self.bytes.push(TEXT);
                write_digits(&mut self.bytes, number.into());
            }
            Ok(FactValue::Number(number)) => {
                let sign = if number.is_sign_negative() { NEGATIVE } else { POSITIVE };
                self.bytes.push(sign + u8::try_from(number.scale()).unwrap_or_default());
                write_digits(&mut self.bytes, number.mantissa().unsigned_abs());
            }
        }
    }

    fn number_of(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers_of_texts.get(text) {
            return *number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(text.into());
        self.numbers_of_texts.insert(text.into(), number);
        number
    }

    fn next<'b>(&self, bytes: &'b [u8]) -> Option<(Fact, &'b [u8])> {
        let (tag, rest) = bytes.split_first()?;
        match *tag {
            FALSE => Some((Ok(FactValue::Flag(false)), rest)),
            TRUE => Some((Ok(FactValue::Flag(true)), rest)),
            TEXT => {
                let (number, rest) = read_digits(rest);
                let text = usize::try_from(number).ok().and_then(|number| self.texts.get(number));
                Some((Ok(FactValue::text(text.map(Box::as_ref).unwrap_or_default())), rest))
            }
            missing if missing < FALSE => {
                Some((Err(Missing::numbered(missing.into()).unwrap_or(Missing::NoData)), rest))
            }
            sign => {
                let (digits, rest) = read_digits(rest);
                let (is_negative, scale) =
                    if sign < NEGATIVE { (false, sign - POSITIVE) } else { (true, sign - NEGATIVE) };
                let mut number = i128::try_from(digits)
                    .ok()
                    .and_then(|digits| Decimal::try_from_i128_with_scale(digits, scale.into()).ok())
                    .unwrap_or_default();
                number.set_sign_negative(is_negative);
                Some((Ok(FactValue::number(number)), rest))
            }
        }
    }
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
fn write_digits(bytes: &mut Vec<u8>, mut number: u128) {
    while number > 0x7f {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn read_digits(bytes: &[u8]) -> (u128, &[u8]) {
    let (mut number, mut rest, mut shift) = (0, bytes, 0);
    while let Some((byte, left)) = rest.split_first() {
        number |= u128::from(byte & 0x7f) << shift;
        (rest, shift) = (left, (shift + 7) % u128::BITS);
        if byte & 0x80 == 0 {
            break;
        }
    }
    (number, rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn facts() -> impl Strategy<Value = Vec<Fact>> {
        let fact = prop_oneof![
            (any::<i64>(), 0u32..=28).prop_map(|(n, scale)| Ok(FactValue::number(Decimal::new(n, scale)))),
            Just(Ok(FactValue::number(Decimal::MAX))),
            Just(Ok(FactValue::number(Decimal::MIN))),
            "[a-c中]{0,2}".prop_map(|text| Ok(FactValue::text(text))),
            any::<bool>().prop_map(|flag| Ok(FactValue::Flag(flag))),
            prop::sample::select((1i16..16).filter_map(Missing::numbered).collect::<Vec<_>>()).prop_map(Err),
        ];
        prop::collection::vec(fact, 0..8)
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(book in prop::collection::vec((facts(), facts()), 0..6)) {
            let mut packed = PackedBook::default();
            for (n, (factors, caps)) in book.iter().enumerate() {
                let customer_id = CustomerId(Uuid::from_u128(n as u128));
                let (factors, caps) = (factors.clone(), caps.clone());
                packed.push(&CustomerFacts { customer_id, external_id: format!("C{n}"), factors, caps });
            }
            prop_assert_eq!(packed.len(), book.len());
            let mut read = vec![Err(Missing::NoData)];
            for (n, (factors, caps)) in book.iter().enumerate() {
                packed.read(n, &mut read);
                prop_assert_eq!(&read, &[factors.as_slice(), caps.as_slice()].concat());
                // Not only the value: also how many places it was given with.
                prop_assert_eq!(format!("{read:?}"), format!("{:?}", [factors.as_slice(), caps.as_slice()].concat()));
                prop_assert_eq!(packed.external_id(n), format!("C{n}"));
            }
        }
    }
}
