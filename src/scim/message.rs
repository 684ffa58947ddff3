//! The messages of the protocol (RFC 7644 §3.1): which one a body says it is.

use serde_json::{Map, Value};

use super::error::{ScimError, ScimErrorKind};

/// What the URNs of all messages begin with.
const MESSAGES: &str = "urn:ietf:params:scim:api:messages:";

/// Refuses, with `invalidSyntax`, a body whose `schemas` names other messages than `expected`. Identity providers leave
/// `schemas` out, or put a resource's schema there; neither says that something else is meant.
pub(crate) fn refuse_other_message(
    body: &Map<String, Value>,
    expected: &str,
) -> Result<(), ScimError> {
    let schemas = body.iter().find(|(key, _)| key.eq_ignore_ascii_case("schemas"));
    let named = match schemas {
        None => return Ok(()),
        Some((_, Value::Array(named))) => named.as_slice(),
        Some((_, single)) => std::slice::from_ref(single),
    };
    let is_message = |urn: &&str| {
        urn.get(..MESSAGES.len()).is_some_and(|start| start.eq_ignore_ascii_case(MESSAGES))
    };
    let mut messages = named.iter().filter_map(Value::as_str).filter(is_message).peekable();
    if messages.peek().is_none() || messages.any(|urn| urn.eq_ignore_ascii_case(expected)) {
        return Ok(());
    }
    let detail = format!("schemas names another message than {expected}, which belongs here");
    Err(ScimError::new(ScimErrorKind::InvalidSyntax, detail))
}

#[cfg(test)]
mod tests;
