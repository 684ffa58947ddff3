//! Reading: a type takes what it needs out of a JSON value, or says which field is wrong and what was expected there.

use std::fmt;

use serde_json::{Map, Value};

use crate::gather::Gather as _;
use crate::json::{SHOWN_KEY_CHARS, kind, parse_value, quoted};

/// Why a value is not what it should be. Says where, and repeats no value but what stands in place of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordError(Box<Wrong>);

/// Apart, so that little is handed on by each field that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wrong {
    place: String,
    why: String,
}

impl RecordError {
    /// The value itself is wrong.
    pub(crate) fn new(why: String) -> Self {
        Self(Box::new(Wrong { place: String::new(), why }))
    }

    /// A value of another kind was expected.
    pub(crate) fn expected(what: &str, found: &Value) -> Self {
        Self::new(format!("{what} was expected, not {}", kind(found)))
    }

    /// The same, told of what holds the value in `field`.
    #[cold]
    pub(crate) fn within(mut self, field: &str) -> Self {
        self.0.place = match self.0.place.as_str() {
            "" => field.to_owned(),
            inner if inner.starts_with('[') => format!("{field}{inner}"),
            inner => format!("{field}.{inner}"),
        };
        self
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.place.as_str() {
            "" => f.write_str(&self.0.why),
            place => write!(f, "{place}: {}", self.0.why),
        }
    }
}

impl std::error::Error for RecordError {}

/// What can be read from JSON.
pub(crate) trait FromJson: Sized {
    /// Takes it out of `value`, of which anything may be left.
    fn take(value: &mut Value) -> Result<Self, RecordError>;

    /// What a field has that is not there; `None` where it must be there.
    fn absent() -> Option<Self> {
        None
    }
}

/// What is read from the fields of an object.
pub(crate) trait ReadRecord: Sized {
    /// The fields there may be; empty where others are left alone.
    const KNOWN: &[&str] = &[];

    /// Takes it out of `fields`.
    fn read(fields: &mut Fields<'_>) -> Result<Self, RecordError>;
}

impl<T: ReadRecord> FromJson for T {
    fn take(value: &mut Value) -> Result<Self, RecordError> {
        T::read(&mut Fields::of(value, T::KNOWN)?)
    }
}

/// Reads a value.
pub(crate) fn from_value<T: FromJson>(mut value: Value) -> Result<T, RecordError> {
    T::take(&mut value)
}

/// Reads a text.
pub(crate) fn from_slice<T: FromJson>(text: &[u8]) -> Result<T, RecordError> {
    parse(text).and_then(from_value)
}

fn parse(text: &[u8]) -> Result<Value, RecordError> {
    parse_value(text).map_err(|error| RecordError::new(error.to_string()))
}

/// The fields of an object that is being read.
#[derive(Debug)]
pub(crate) struct Fields<'v>(&'v mut Map<String, Value>);

impl<'v> Fields<'v> {
    fn of(value: &'v mut Value, known: &[&str]) -> Result<Self, RecordError> {
        let Value::Object(map) = value else {
            return Err(RecordError::expected("an object", value));
        };
        match map.keys().find(|key| !known.is_empty() && !known.contains(&key.as_str())) {
            Some(key) => Err(unknown(key, known)),
            None => Ok(Self(map)),
        }
    }

    /// The field `name`.
    pub(crate) fn take<T: FromJson>(&mut self, name: &str) -> Result<T, RecordError> {
        match self.0.get_mut(name) {
            Some(value) => T::take(value).map_err(|error| error.within(name)),
            None => T::absent().ok_or_else(|| missing(name)),
        }
    }

    /// The field `name`, or the default where it is not there.
    pub(crate) fn take_or_default<T: FromJson + Default>(
        &mut self,
        name: &str,
    ) -> Result<T, RecordError> {
        match self.0.get_mut(name) {
            Some(value) => T::take(value).map_err(|error| error.within(name)),
            None => Ok(T::default()),
        }
    }
}

#[cold]
fn missing(name: &str) -> RecordError {
    RecordError::new(format!("missing field `{name}`"))
}

#[cold]
fn unknown(key: &str, known: &[&str]) -> RecordError {
    RecordError::new(format!(
        "unknown field {}, expected one of {}",
        quoted(&shown(key)),
        listed(known)
    ))
}

/// The value whose name stands in `value`.
pub(crate) fn choose<T: Copy>(value: &Value, names: &[(&str, T)]) -> Result<T, RecordError> {
    let text = value.as_str();
    match names.iter().find(|(name, _)| Some(*name) == text) {
        Some((_, chosen)) => Ok(*chosen),
        None => Err(none_of(&names.iter().map(|(name, _)| *name).gather(), value)),
    }
}

/// `found` is none of `names`.
#[cold]
pub(crate) fn none_of(names: &[&str], found: &Value) -> RecordError {
    let found = match found {
        Value::String(text) => quoted(&shown(text)),
        other => kind(other).to_owned(),
    };
    RecordError::new(format!("one of {} was expected, not {found}", listed(names)))
}

/// As much of a text as is repeated in an error.
fn shown(text: &str) -> String {
    text.chars().take(SHOWN_KEY_CHARS).collect()
}

fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).gather();
    quoted.join(", ")
}

/// What `parse` makes of a text.
pub(crate) fn parsed<T, E: fmt::Display>(
    value: &Value,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, RecordError> {
    let text = value.as_str().ok_or_else(|| RecordError::expected("a string", value))?;
    parse(text).map_err(|error| RecordError::new(error.to_string()))
}

impl FromJson for String {
    fn take(value: &mut Value) -> Result<Self, RecordError> {
        match value {
            Value::String(text) => Ok(std::mem::take(text)),
            other => Err(RecordError::expected("a string", other)),
        }
    }
}

impl FromJson for bool {
    fn take(value: &mut Value) -> Result<Self, RecordError> {
        value.as_bool().ok_or_else(|| RecordError::expected("true or false", value))
    }
}

impl FromJson for u64 {
    fn take(value: &mut Value) -> Result<Self, RecordError> {
        const WHAT: &str = "a whole number that is not negative";
        match value {
            Value::Number(number) => {
                number.as_u64().ok_or_else(|| RecordError::new(format!("{WHAT} was expected")))
            }
            other => Err(RecordError::expected(WHAT, other)),
        }
    }
}

impl FromJson for u32 {
    fn take(value: &mut Value) -> Result<Self, RecordError> {
        let number = u64::take(value)?;
        number.try_into().map_err(|_| RecordError::new(format!("{} is the most", Self::MAX)))
    }
}

impl FromJson for Value {
    fn take(value: &mut Value) -> Result<Self, RecordError> {
        Ok(value.take())
    }
}

impl FromJson for Map<String, Value> {
    fn take(value: &mut Value) -> Result<Self, RecordError> {
        match value {
            Value::Object(map) => Ok(std::mem::take(map)),
            other => Err(RecordError::expected("an object", other)),
        }
    }
}

impl<T: ReadRecord> ReadRecord for Box<T> {
    const KNOWN: &[&str] = T::KNOWN;

    fn read(fields: &mut Fields<'_>) -> Result<Self, RecordError> {
        T::read(fields).map(Self::new)
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn take(value: &mut Value) -> Result<Self, RecordError> {
        let Value::Array(items) = value else {
            return Err(RecordError::expected("an array", value));
        };
        let mut list = Self::with_capacity(items.len());
        for (n, item) in items.iter_mut().enumerate() {
            list.push(T::take(item).map_err(|error| error.within(&format!("[{n}]")))?);
        }
        Ok(list)
    }
}

impl<T: FromJson> FromJson for Option<T> {
    fn take(value: &mut Value) -> Result<Self, RecordError> {
        if value.is_null() { Ok(None) } else { T::take(value).map(Some) }
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}
