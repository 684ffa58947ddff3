//! How many operations the body of a PATCH or of a bulk request has, found out without reading what is in them.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::error::{ScimError, ScimErrorKind};

/// Refuses, with 413, a body of more than `most` (RFC 7644 §3.7.4). One that cannot be read has none: to say what is wrong
/// with it is the reader's business.
pub fn refuse_many_operations(body: &[u8], most: usize) -> Result<(), ScimError> {
    let count = serde_json::from_slice::<Count>(body).map_or(0, |count| count.operations);
    if count > most {
        return Err(ScimError::new(
            ScimErrorKind::PayloadTooLarge,
            format!("{count} operations, at most {most} are allowed in a request"),
        ));
    }
    Ok(())
}

/// What is counted of a value.
#[derive(Default)]
struct Count {
    /// The elements of an array.
    elements: usize,
    /// Those of the longest `Operations` of an object.
    operations: usize,
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Counting)
    }
}

struct Counting;

impl<'de> Visitor<'de> for Counting {
    type Value = Count;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Count, E> {
        Ok(Count::default())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Count, E> {
        self.visit_unit()
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Count, E> {
        self.visit_unit()
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Count, E> {
        self.visit_unit()
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Count, E> {
        self.visit_unit()
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Count, E> {
        self.visit_unit()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Count, A::Error> {
        let mut count = Count::default();
        while elements.next_element::<Count>()?.is_some() {
            count.elements += 1;
        }
        Ok(count)
    }

    /// An object, or a number that is no whole one of 64 bits: these are handed over as objects too.
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Count, A::Error> {
        let mut count = Count::default();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value::<Count>()?;
            if key.eq_ignore_ascii_case("Operations") {
                count.operations = count.operations.max(value.elements);
            }
        }
        Ok(count)
    }
}
