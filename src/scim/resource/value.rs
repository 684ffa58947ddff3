//! Reads a value as its attribute's definition has it (RFC 7643 §2.3), with the leniency that identity
//! providers need.

use std::fmt;

use serde_json::{Map, Value};

use super::{invalid, refuse_many};
use crate::json::{kind, parse_object, with_one};
use crate::scim::date_time::DateTime;
use crate::scim::error::ScimError;
use crate::scim::schema::{Attribute, AttributeType, Mutability};

/// Where in a resource a value is, for errors.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    separator: &'a str,
    name: &'a str,
}

impl<'a> Place<'a> {
    /// An attribute of the core schema, or an extension.
    pub(crate) fn top(name: &'a str) -> Self {
        Self { parent: None, separator: "", name }
    }

    /// An attribute of this extension.
    pub(crate) fn attribute(&'a self, name: &'a str) -> Self {
        Self { parent: Some(self), separator: ":", name }
    }

    /// A sub-attribute of this attribute.
    pub(crate) fn sub_attribute(&'a self, name: &'a str) -> Self {
        Self { parent: Some(self), separator: ".", name }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(formatter, "{parent}")?;
        }
        write!(formatter, "{}{}", self.separator, self.name)
    }
}

/// Reads the value of an attribute; none if it says that the attribute has no value.
pub(crate) fn read(
    attribute: &Attribute,
    place: &Place<'_>,
    value: Value,
) -> Result<Option<Value>, ScimError> {
    if !attribute.multi_valued {
        return read_one(attribute, place, value);
    }
    // A lone value can only mean a list of one.
    let given = match value {
        Value::Array(values) => values,
        single => vec![single],
    };
    let mut values = Vec::with_capacity(given.len());
    for value in given {
        let blank = is_blank_element(attribute, &value);
        if let (Some(value), false) = (read_one(attribute, place, value)?, blank) {
            values.push(value);
        }
    }
    Ok((!values.is_empty()).then_some(Value::Array(values)))
}

/// Whether an element says that it has no value: `{"type": "work", "value": ""}`.
fn is_blank_element(attribute: &Attribute, element: &Value) -> bool {
    attribute.default_sub_attribute().is_some()
        && element.as_object().is_some_and(|element| {
            let mut unset = false;
            element.iter().all(|(key, value)| {
                let is = |name: &str| key.eq_ignore_ascii_case(name);
                let none = value.is_null() || value.as_str() == Some("");
                unset |= is("value") && none;
                none || is("type") || is("primary") || is("display")
            }) && unset
        })
}

/// Reads one value of an attribute.
pub(crate) fn read_one(
    attribute: &Attribute,
    place: &Place<'_>,
    value: Value,
) -> Result<Option<Value>, ScimError> {
    let wanted = match (attribute.kind, value) {
        (_, Value::Null) => return Ok(None),
        (AttributeType::Complex, value) => return read_complex(attribute, place, value),
        (_, Value::Array(values)) if values.is_empty() => return Ok(None),
        (AttributeType::Boolean, Value::Bool(value)) => return Ok(Some(Value::Bool(value))),
        // Entra sends "True" and "False".
        (AttributeType::Boolean, Value::String(text)) => match text.to_ascii_lowercase().as_str() {
            "true" => return Ok(Some(Value::Bool(true))),
            "false" => return Ok(Some(Value::Bool(false))),
            _ => Err("true or false was expected, not another string".to_owned()),
        },
        (AttributeType::String | AttributeType::Reference, Value::String(text)) => {
            return Ok(Some(Value::String(text)));
        }
        (AttributeType::Binary, Value::String(text)) if is_base64(&text) => {
            return Ok(Some(Value::String(text)));
        }
        (AttributeType::Binary, Value::String(_)) => {
            Err("a string in base64 was expected, not another string".to_owned())
        }
        (AttributeType::DateTime, Value::String(text)) => match text.parse::<DateTime>() {
            Ok(_) => return Ok(Some(Value::String(text))),
            Err(_) => Err("a date and time such as 2026-01-31T08:00:00Z was expected".to_owned()),
        },
        (AttributeType::Integer, Value::Number(number)) if number.is_i64() || number.is_u64() => {
            return Ok(Some(Value::Number(number)));
        }
        (AttributeType::Decimal, Value::Number(number)) => return Ok(Some(Value::Number(number))),
        (wanted, other) => Err(format!("{} was expected, not {}", name_of(wanted), kind(&other))),
    };
    wanted.map_err(|why: String| invalid(format!("{place}: {why}")))
}

/// Whether a text could be base64 (RFC 7643 §2.3.6): either alphabet, padded or not, with the line breaks of PEM. Its length
/// does not count, since Entra ID's validator fills in random letters.
fn is_base64(text: &str) -> bool {
    let digits = text.trim_end().trim_end_matches('=');
    let padding = text.trim_end().len().saturating_sub(digits.len());
    let digit = |byte: u8| {
        byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte) || byte.is_ascii_whitespace()
    };
    padding <= 2 && !digits.is_empty() && digits.bytes().all(digit)
}

fn name_of(wanted: AttributeType) -> &'static str {
    match wanted {
        AttributeType::String | AttributeType::Reference => "a string",
        AttributeType::Boolean => "a boolean",
        AttributeType::Decimal => "a number",
        AttributeType::Integer => "a whole number",
        AttributeType::DateTime => "a string with a date and time",
        AttributeType::Binary => "a string in base64",
        AttributeType::Complex => "an object",
    }
}

fn read_complex(
    attribute: &Attribute,
    place: &Place<'_>,
    value: Value,
) -> Result<Option<Value>, ScimError> {
    let object = match value {
        Value::Object(object) => object,
        Value::Array(values) if values.is_empty() => return Ok(None),
        // Entra's production service sends the manager as a list of one.
        Value::Array(mut values) if !attribute.multi_valued && values.len() == 1 => {
            return match values.pop() {
                Some(only @ (Value::Object(_) | Value::String(_))) => {
                    read_complex(attribute, place, only)
                }
                _ => Err(invalid(format!("{place}: a list of one object was expected"))),
            };
        }
        // Entra's validator sends the manager's bare id, and "" for no manager.
        Value::String(text) if attribute.default_sub_attribute().is_some() => {
            with_one("value", Value::String(text))
        }
        other => {
            return Err(invalid(format!("{place}: an object was expected, not {}", kind(&other))));
        }
    };
    refuse_many(&object, place)?;
    let object = if attribute.name == "roles" { unpack_role(object, place)? } else { object };
    refuse_many(&object, place)?;
    let mut read = Map::new();
    for (key, value) in object {
        let Some(sub) = attribute.sub_attribute(&key) else {
            if let Some(value) = present(value) {
                read.insert(key, value);
            }
            continue;
        };
        if sub.mutability == Mutability::ReadOnly || sub.name == "value" && is_empty(&value) {
            continue;
        }
        if let Some(value) = self::read(sub, &place.sub_attribute(&sub.name), value)? {
            read.insert(sub.name.clone(), value);
        }
    }
    Ok((!read.is_empty()).then_some(Value::Object(read)))
}

/// Whether an element that lost its `value` has nothing left to say.
pub(crate) fn sub_value_is_missing(element: &Map<String, Value>) -> bool {
    element
        .keys()
        .all(|key| ["type", "primary", "display"].iter().any(|name| key.eq_ignore_ascii_case(name)))
}

fn is_empty(value: &Value) -> bool {
    value.as_str() == Some("")
}

/// Entra puts an app role as JSON into a string:
/// `{"value": "{\"id\":\"…\",\"value\":\"Admin\",\"displayName\":\"Administrator\"}"}`.
fn unpack_role(
    mut role: Map<String, Value>,
    place: &Place<'_>,
) -> Result<Map<String, Value>, ScimError> {
    let Some(key) = role.keys().find(|key| key.eq_ignore_ascii_case("value")).cloned() else {
        return Ok(role);
    };
    let packed = role.get(&key).and_then(Value::as_str);
    let Some(inner) = packed.and_then(|text| parse_object(text.as_bytes()).ok()) else {
        return Ok(role);
    };
    if !inner.get("value").is_some_and(Value::is_string) {
        return Ok(role);
    }
    refuse_many(&inner, place)?;
    role.remove(&key);
    for (name, value) in inner {
        let name = if name == "displayName" { "display".to_owned() } else { name };
        let known = role.keys().any(|key| key.eq_ignore_ascii_case(&name));
        if !known {
            role.insert(name, value);
        }
    }
    Ok(role)
}

/// A value that no schema knows, unless it says that there is none.
pub(crate) fn present(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Array(values) if values.is_empty() => None,
        value => Some(value),
    }
}
