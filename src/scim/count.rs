//! How many operations the body of a PATCH or of a bulk request has, found out without reading what is in them.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};

use super::error::{ScimError, ScimErrorKind};

/// Refuses, with 413, a body of more than `most` (RFC 7644 §3.7.4). One that cannot be read has none: to say what is wrong
/// with it is the reader's business.
pub fn refuse_many_operations(body: &[u8], most: usize) -> Result<(), ScimError> {
    let count = serde_json::from_slice::<Operations>(body).map_or(0, |operations| operations.0);
    if count > most {
        return Err(ScimError::new(
            ScimErrorKind::PayloadTooLarge,
            format!("{count} operations, at most {most} are allowed in a request"),
        ));
    }
    Ok(())
}

/// The number of elements in the longest `Operations` of an object.
struct Operations(usize);

impl<'de> Deserialize<'de> for Operations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InObject)
    }
}

struct InObject;

impl<'de> Visitor<'de> for InObject {
    type Value = Operations;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Operations, A::Error> {
        let mut most = 0;
        while let Some(key) = entries.next_key::<String>()? {
            if key.eq_ignore_ascii_case("Operations") {
                most = entries.next_value::<Elements>()?.0.max(most);
            } else {
                entries.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Operations(most))
    }
}

/// The number of elements of an array.
struct Elements(usize);

impl<'de> Deserialize<'de> for Elements {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(InArray)
    }
}

struct InArray;

impl<'de> Visitor<'de> for InArray {
    type Value = Elements;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Elements, A::Error> {
        let mut count = 0_usize;
        while elements.next_element::<IgnoredAny>()?.is_some() {
            count = count.checked_add(1).ok_or_else(|| de::Error::custom("too many"))?;
        }
        Ok(Elements(count))
    }
}
