//! References between operations (RFC 7644 §3.7.2): `bulkId:<id>` stands for the id of what another operation makes.

use serde_json::{Map, Value};

use super::{BulkTask, Made, invalid, shown};
use crate::json::quoted;
use crate::scim::error::{ScimError, ScimErrorKind};

const MARK: &str = "bulkId:";

/// A text with a reference at its end: what stands in front, and the `bulkId`. A `$ref` has an address in front.
fn parse(text: &str) -> Option<(&str, &str)> {
    if let Some(id) = text.strip_prefix(MARK) {
        return Some(("", id));
    }
    let at = text.rfind(MARK)?;
    let (front, end) = text.split_at_checked(at)?;
    front.ends_with('/').then_some((front, end.strip_prefix(MARK)?))
}

impl BulkTask {
    /// The `bulkId`s that it refers to, each as often as it does.
    pub(super) fn references(&self) -> Vec<&str> {
        let mut found = Vec::new();
        found.extend(parse(&self.path).map(|(_, id)| id));
        for value in self.data.iter().flat_map(Map::values) {
            collect(value, &mut found);
        }
        found
    }

    /// The same with ids in place of references.
    ///
    /// # Errors
    /// `invalidValue` where no POST of the request has that `bulkId`, 409 where that one made nothing.
    pub fn resolve(mut self, made: &Made) -> Result<Self, ScimError> {
        replace(&mut self.path, made)?;
        for value in self.data.iter_mut().flat_map(Map::values_mut) {
            replace_in(value, made)?;
        }
        Ok(self)
    }
}

impl BulkTask {
    /// The same without what refers to something that is not made yet.
    pub fn without_references(mut self, made: &Made) -> Self {
        if let Some(data) = &mut self.data {
            leave_out(data, made);
        }
        self
    }
}

/// Takes references away, and what holds nothing else.
fn leave_out(object: &mut Map<String, Value>, made: &Made) {
    let mut gone = Vec::new();
    for (name, value) in object.iter_mut() {
        if !stays(value, made) {
            gone.push(name.clone());
        }
    }
    for name in gone {
        object.remove(&name);
    }
}

fn stays(value: &mut Value, made: &Made) -> bool {
    match value {
        Value::String(text) => parse(text).is_none_or(|(_, id)| made.contains_key(id)),
        Value::Array(values) if !values.is_empty() => {
            values.retain_mut(|value| stays(value, made));
            !values.is_empty()
        }
        Value::Object(object) if !object.is_empty() => {
            leave_out(object, made);
            !object.is_empty()
        }
        _ => true,
    }
}

fn collect<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => found.extend(parse(text).map(|(_, id)| id)),
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        Value::Object(object) => object.values().for_each(|value| collect(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn replace_in(value: &mut Value, made: &Made) -> Result<(), ScimError> {
    match value {
        Value::String(text) => replace(text, made),
        Value::Array(values) => values.iter_mut().try_for_each(|value| replace_in(value, made)),
        Value::Object(object) => object.values_mut().try_for_each(|value| replace_in(value, made)),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn replace(text: &mut String, made: &Made) -> Result<(), ScimError> {
    let Some((front, bulk_id)) = parse(text) else { return Ok(()) };
    let id = match made.get(bulk_id) {
        Some(Some(id)) => id,
        Some(None) => {
            let shown = quoted(&shown(bulk_id));
            let detail = format!("the operation with the bulkId {shown} made nothing");
            return Err(ScimError::new(ScimErrorKind::Conflict, detail));
        }
        None => {
            let shown = quoted(&shown(bulk_id));
            return Err(invalid(format!("no POST of this request has the bulkId {shown}")));
        }
    };
    *text = format!("{front}{id}");
    Ok(())
}
