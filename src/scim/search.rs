//! The body of a search: a list request that stands in no URL, and so in no log (RFC 7644 §3.4.3).

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::error::{ScimError, ScimErrorKind};
use super::projection::Projection;
use super::query::{Given, ListQuery, Whole};
use super::resource::invalid;
use crate::gather::Gather as _;
use crate::json::kind;
use crate::json::number::Decimal;

/// Schema of a search request.
pub const SEARCH_REQUEST_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

impl ListQuery {
    /// Reads a search request. Names are taken in any case, `null` as if nothing was given, and what SCIM does not
    /// define is ignored. `schemas` need not be there, but must be right if it is.
    pub fn from_search(body: &Map<String, Value>) -> Result<Self, ScimError> {
        let mut given = Given::default();
        let (mut attributes, mut excluded) = (Vec::new(), Vec::new());
        for (name, value) in body.iter().filter(|(_, value)| !value.is_null()) {
            match name.to_ascii_lowercase().as_str() {
                "schemas" => check_schemas(name, value)?,
                "filter" => given.filter = text(name, value)?,
                "sortby" => given.sort_by = text(name, value)?,
                "sortorder" => given.sort_order = text(name, value)?,
                "cursor" => given.cursor = text(name, value)?,
                "startindex" => given.start_index = Whole::from(value),
                "count" => given.count = Whole::from(value),
                "attributes" => attributes = texts(name, value)?,
                "excludedattributes" => excluded = texts(name, value)?,
                _ => {}
            }
        }
        given.projection = Projection::parse(attributes.into_iter(), excluded.into_iter())?;
        given.try_into()
    }
}

impl From<&Value> for Whole {
    fn from(value: &Value) -> Self {
        let Value::Number(number) = value else { return Self::Wrong };
        // Of one that is beyond them the farthest that fits is meant.
        Decimal::of(number).whole().map_or(Self::Wrong, Self::Some)
    }
}

fn check_schemas(name: &str, value: &Value) -> Result<(), ScimError> {
    let urns = texts(name, value)?;
    if urns.iter().all(|urn| urn.eq_ignore_ascii_case(SEARCH_REQUEST_SCHEMA)) {
        return Ok(());
    }
    let detail = format!("{name}: a search request has the schema {SEARCH_REQUEST_SCHEMA}");
    Err(ScimError::new(ScimErrorKind::InvalidSyntax, detail))
}

fn text<'v>(name: &str, value: &'v Value) -> Result<Option<Cow<'v, str>>, ScimError> {
    match value {
        Value::String(text) => Ok(Some(Cow::Borrowed(text))),
        other => Err(invalid(format!("{name}: a string was expected, not {}", kind(other)))),
    }
}

/// The texts in a list. A single one, with commas or without, can only mean a list.
fn texts<'v>(name: &str, value: &'v Value) -> Result<Vec<&'v str>, ScimError> {
    let values = match value {
        Value::Array(values) => values.as_slice(),
        Value::String(text) => return Ok(text.split(',').collect()),
        other => {
            return Err(invalid(format!("{name}: an array was expected, not {}", kind(other))));
        }
    };
    let text = |value: &'v Value| {
        let expected = || invalid(format!("{name}: a string was expected, not {}", kind(value)));
        value.as_str().ok_or_else(expected)
    };
    values.iter().map(text).try_gather()
}

#[cfg(test)]
mod tests;
