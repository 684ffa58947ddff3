//! How large a resource may become while a PATCH is applied: one operation may change every value of a list, so
//! that a body of the usual size could ask for a thousand times as much.

use std::fmt::Display;

use serde_json::{Map, Value};

use crate::scim::error::{ScimError, ScimErrorKind};

/// The most bytes that a resource's attributes may have after each operation, about as JSON.
pub const MAX_SIZE: usize = 128 * 1024;

/// Refuses attributes over [`MAX_SIZE`].
pub(super) fn refuse_large(attributes: &Map<String, Value>) -> Result<(), ScimError> {
    if size_of_object(attributes) > MAX_SIZE {
        return Err(too_large("the resource"));
    }
    Ok(())
}

/// Refuses `count` copies of `value` that together are over [`MAX_SIZE`].
pub(super) fn refuse_copies(
    count: usize,
    value: &Value,
    place: &impl Display,
) -> Result<(), ScimError> {
    if size(value).saturating_mul(count) > MAX_SIZE {
        return Err(too_large(place));
    }
    Ok(())
}

fn too_large(what: impl Display) -> ScimError {
    let most = MAX_SIZE / 1024;
    let detail = format!("{what} would become larger than {most} KiB");
    ScimError::new(ScimErrorKind::PayloadTooLarge, detail)
}

fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 5,
        Value::String(text) => text.len() + 3,
        Value::Array(values) => values.iter().map(size).sum::<usize>() + 3,
        Value::Object(object) => size_of_object(object),
    }
}

fn size_of_object(object: &Map<String, Value>) -> usize {
    object.iter().map(|(name, value)| name.len() + 3 + size(value)).sum::<usize>() + 3
}
