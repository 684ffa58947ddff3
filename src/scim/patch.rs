//! PATCH (RFC 7644 §3.5.2): what a body asks for, in whichever of its many spellings.

use std::cell::Cell;

use serde_json::{Map, Value};

use super::attribute::AttributePath;
use super::error::{ScimError, ScimErrorKind};
use super::message::refuse_other_message;
use super::resource::Resource;
use super::schema::ResourceType;
use crate::gather::Gather as _;
use crate::json::kind;

mod apply;
mod members;
mod size;
mod values;

pub use members::{MAX_MEMBER_COMPARISONS, MAX_MEMBERS_SHOWN, MemberOperation};
pub use size::MAX_SIZE;

/// Schema of a request.
pub const PATCH_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// How many operations a request may have.
pub const MAX_OPERATIONS: usize = 1_000;

/// How many comparisons the brackets in all paths of a request may have: each is made with every value of a list.
pub const MAX_COMPARISONS: usize = 1_000;

/// The operations of a PATCH request, in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch {
    operations: Vec<Operation>,
}

/// One operation.
#[derive(Clone, Debug, PartialEq)]
struct Operation {
    /// Its place in the request, counted from 1.
    number: usize,
    kind: OperationKind,
    path: Option<AttributePath>,
    value: Option<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OperationKind {
    Add,
    Replace,
    Remove,
}

impl Patch {
    /// Reads a PATCH body. Names and operations are taken in any case (Entra sends `Replace`), and
    /// `schemas` need not be there, but may not name another message.
    ///
    /// More than [`MAX_OPERATIONS`] are answered with 413, as RFC 7644 §3.7.4 has it for bulk requests:
    /// `tooMany` is about the results of a query.
    pub fn parse(body: Map<String, Value>) -> Result<Self, ScimError> {
        refuse_other_message(&body, PATCH_SCHEMA)?;
        let operations = body
            .into_iter()
            .find(|(key, _)| key.eq_ignore_ascii_case("Operations"))
            .map(|(_, v)| v);
        let operations = match operations {
            Some(Value::Array(operations)) if !operations.is_empty() => operations,
            _ => return Err(syntax("Operations: an array with at least one operation is needed")),
        };
        if operations.len() > MAX_OPERATIONS {
            let count = operations.len();
            return Err(ScimError::new(
                ScimErrorKind::PayloadTooLarge,
                format!("{count} operations, at most {MAX_OPERATIONS} are allowed in a request"),
            ));
        }
        let numbered = operations.into_iter().zip(1_usize..);
        let operations = numbered
            .map(|(value, number)| Operation::parse(number, value).map_err(in_operation(number)));
        Ok(Self { operations: operations.try_gather()? })
    }

    /// Applies all operations in their order, or none if one of them fails.
    pub fn apply(
        &self,
        resource_type: &ResourceType,
        resource: &mut Resource,
    ) -> Result<(), ScimError> {
        let mut changed = resource.clone();
        let comparisons = Cell::new(0);
        for operation in &self.operations {
            operation
                .apply(resource_type, changed.attributes_mut(), &comparisons)
                .and_then(|()| size::refuse_large(changed.attributes()))
                .map_err(in_operation(operation.number))?;
        }
        changed.leave_out_implied_schemas();
        changed.check(resource_type)?;
        resource.refuse_other_immutables(resource_type, &changed)?;
        *resource = changed;
        Ok(())
    }

    /// Refuses, with `mutability`, a value without path that has another `id` than the resource. Okta
    /// sends the resource's own, which is fine.
    pub fn check_id(&self, id: &str) -> Result<(), ScimError> {
        let objects = self.operations.iter().filter(|operation| operation.path.is_none());
        for object in objects.filter_map(|operation| operation.value.as_ref()?.as_object()) {
            let other = |(key, value): (&String, &Value)| {
                key.eq_ignore_ascii_case("id") && !value.is_null() && value.as_str() != Some(id)
            };
            if object.iter().any(other) {
                return Err(ScimError::new(
                    ScimErrorKind::Mutability,
                    "id is read-only, and the one in the value is not this resource's",
                ));
            }
        }
        Ok(())
    }
}

impl Operation {
    fn parse(number: usize, value: Value) -> Result<Self, ScimError> {
        let Value::Object(fields) = value else {
            return Err(syntax(format!("an object was expected, not {}", kind(&value))));
        };
        let (mut op, mut path, mut value) = (None, None, None);
        for (key, field) in fields {
            match key.to_ascii_lowercase().as_str() {
                "op" => op = Some(field),
                "path" => path = Some(field),
                "value" => value = Some(field),
                _ => {}
            }
        }
        let path = match path {
            None | Some(Value::Null) => None,
            Some(Value::String(path)) if path.trim().is_empty() => None,
            Some(Value::String(path)) => Some(path.parse()?),
            Some(other) => {
                let detail = format!("path: a string was expected, not {}", kind(&other));
                return Err(ScimError::new(ScimErrorKind::InvalidPath, detail));
            }
        };
        Ok(Self { number, kind: OperationKind::parse(op)?, path, value })
    }
}

impl OperationKind {
    fn parse(op: Option<Value>) -> Result<Self, ScimError> {
        let text = op.as_ref().and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
        match text.as_str() {
            "add" => Ok(Self::Add),
            "replace" => Ok(Self::Replace),
            "remove" => Ok(Self::Remove),
            _ => Err(syntax("op must be add, replace or remove")),
        }
    }
}

/// Says in an error which operation it is about, counted from 1.
fn in_operation(number: usize) -> impl Fn(ScimError) -> ScimError {
    move |error| ScimError::new(error.kind(), format!("operation {number}: {}", error.detail()))
}

fn syntax(detail: impl Into<String>) -> ScimError {
    ScimError::new(ScimErrorKind::InvalidSyntax, detail)
}

#[cfg(test)]
mod tests;
