//! The JSON reader: strict for request bodies, of SCIM and of the management API.
//!
//! SCIM names are case-insensitive (RFC 7643 §2.1), so a body that says `active` and `Active` could be
//! read in two ways; such a body is refused instead of guessed at, as is everything RFC 8259 leaves open.

pub(crate) mod number;
pub(crate) mod typed;

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use thiserror::Error as ThisError;

use self::number::Decimal;
use crate::map::Set;

/// Why a text is not acceptable. Says where, and repeats no value.
#[derive(Clone, Debug, ThisError, PartialEq, Eq)]
#[error("{0}")]
pub struct JsonError(String);

/// How deep objects and arrays may nest; the top-level object is level 1.
pub const MAX_DEPTH: usize = 32;

/// How much of a key is repeated in an error.
const SHOWN_KEY_CHARS: usize = 64;

/// Reads a body that must be one JSON object.
///
/// Refused: anything but one object, keys that are equal apart from ASCII case,
/// more than [`MAX_DEPTH`] levels, invalid UTF-8, lone surrogates and U+0000.
pub fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, JsonError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(JsonError("the body is empty, a JSON object was expected".to_owned()));
    }
    let value = read(bytes, Reader { strict: true, level: 1 })
        .map_err(|error| JsonError(format!("the body is not acceptable JSON: {error}")))?;
    match value {
        Value::Object(object) => Ok(object),
        other => {
            Err(JsonError(format!("the body is {}, a JSON object was expected", kind(&other))))
        }
    }
}

/// Reads what is no client's object, as serde_json would: of equal keys the last counts. By the same reader, as one is enough.
pub(crate) fn parse_value(text: &[u8]) -> Result<Value, serde_json::Error> {
    read(text, Reader { strict: false, level: 1 })
}

fn read(text: &[u8], reader: Reader) -> Result<Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = reader.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// What a value is, in words for an error.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// An object of one entry. Not by `collect`, which has a sort and a way to fill a tree in the module.
pub(crate) fn with_one(key: &str, value: Value) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert(key.to_owned(), value);
    object
}

/// A client's text in quotes, as an error repeats it. Not by `{:?}`, which has tables of all characters.
pub(crate) fn quoted(text: &str) -> String {
    to_text(&Value::from(text))
}

/// Writes a value, which never fails: its keys are texts, and there is room. Not by `to_string`, which has serde's writer in
/// the module twice more.
pub(crate) fn to_text(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The same as bytes.
pub(crate) fn to_bytes(value: &Value) -> Vec<u8> {
    to_text(value).into_bytes()
}

/// Reads one value whose objects and arrays would be at `level`.
#[derive(Clone, Copy)]
struct Reader {
    /// Whether it refuses what [`parse_object`] does.
    strict: bool,
    level: usize,
}

impl Reader {
    fn descend<E: Error>(self) -> Result<Self, E> {
        if self.strict && self.level > MAX_DEPTH {
            return Err(E::custom(format!("nested more than {MAX_DEPTH} levels deep")));
        }
        Ok(Self { level: self.level + 1, ..self })
    }

    fn refuse_nul<E: Error>(self, text: &str) -> Result<(), E> {
        if self.strict && text.contains('\0') {
            return Err(E::custom("U+0000 is not allowed in strings"));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Reader {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Value, E> {
        // None is handed over. What serde does without this would write it into an error, for which it takes much code.
        Err(E::custom("floating point"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.refuse_nul(value)?;
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.descend()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut next = entries.next_key::<String>()?;
        if next.as_deref() == Some(NUMBER) {
            return match entries.next_value_seed(self)? {
                Value::String(text) => read_number(text),
                _ => Err(A::Error::custom("invalid number")),
            };
        }
        let inner = self.descend()?;
        let mut object = Map::new();
        let mut seen = Seen::Few;
        while let Some(key) = next {
            self.refuse_nul(&key)?;
            if self.strict && !seen.insert(&object, &key) {
                let shown: String = key.chars().take(SHOWN_KEY_CHARS).collect();
                let shown = quoted(&shown);
                return Err(A::Error::custom(format!(
                    "the key {shown} is given twice (names are compared ignoring case)"
                )));
            }
            let value = entries.next_value_seed(inner)?;
            object.insert(key, value);
            next = entries.next_key()?;
        }
        Ok(Value::Object(object))
    }
}

/// How serde_json hands over a number that is no whole one of 64 bits: as an object that has its text under this key. So an
/// object of a client with this key is a number too, if it is one at all.
const NUMBER: &str = "$serde_json::private::Number";

fn read_number<E: Error>(text: String) -> Result<Value, E> {
    let number = number::parse(text).ok_or_else(|| E::custom("invalid number"))?;
    if Decimal::of(&number).is_out_of_range() {
        return Err(E::custom("number out of range"));
    }
    Ok(Value::Number(number))
}

/// The keys of an object that is being read, in lower case.
enum Seen {
    /// So few that it is faster to look at them than to note them.
    Few,
    Noted(Set),
}

/// How many keys of an object are compared one by one.
const FEW_KEYS: usize = 16;

impl Seen {
    /// Notes a key that will be in `object`; whether it is a new one.
    fn insert(&mut self, object: &Map<String, Value>, key: &str) -> bool {
        if let Self::Few = self {
            if object.len() < FEW_KEYS {
                return !object.keys().any(|known| known.eq_ignore_ascii_case(key));
            }
            *self = Self::Noted(object.keys().map(|known| known.to_ascii_lowercase()).collect());
        }
        let Self::Noted(noted) = self else { return true };
        noted.insert(key.to_ascii_lowercase())
    }
}

#[cfg(test)]
mod tests;
