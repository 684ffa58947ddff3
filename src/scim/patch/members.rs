//! Sets a group's members apart from its other attributes (RFC 7644 §3.5.2): a group may have tens of thousands, and
//! most requests are about one or two of them.

use std::cell::Cell;

use serde_json::{Map, Value};

use super::apply::{invalid_path, refuse_many_comparisons};
use super::{Operation, OperationKind, Patch, in_operation};
use crate::gather::Gather as _;
use crate::scim::attribute::AttributePath;
use crate::scim::error::{ScimError, ScimErrorKind};
use crate::scim::filter::Filter;
use crate::scim::resource::group::{MemberRef, read_members};
use crate::scim::resource::{invalid, refuse_many};
use crate::scim::schema;

/// How many comparisons there may be in those paths of a request that look at every member of a group.
pub const MAX_MEMBER_COMPARISONS: usize = 100;

/// How many members a group has at the most that a PATCH of it is answered with. The answer to one of a larger group
/// says what has become of it only where that is asked for.
pub const MAX_MEMBERS_SHOWN: u64 = 100;

/// What an operation asks of a group's members.
#[derive(Clone, Debug, PartialEq)]
pub enum MemberOperation {
    /// These come in.
    Add(Vec<MemberRef>),
    /// Those with these ids go. One that is not there is no error: Entra and Okta repeat themselves.
    Remove(Vec<String>),
    /// Those that the filter picks go.
    RemoveWhere(Filter),
    /// These are all there are.
    Set(Vec<MemberRef>),
}

/// What has been found so far.
#[derive(Default)]
struct Found {
    operations: Vec<MemberOperation>,
    comparisons: Cell<usize>,
    member_comparisons: usize,
}

impl Patch {
    /// The operations on a group's `members`, in their order, and a PATCH of all its other attributes.
    pub fn split_members(self) -> Result<(Self, Vec<MemberOperation>), ScimError> {
        let mut found = Found::default();
        let mut rest = Vec::with_capacity(self.operations.len());
        for operation in self.operations {
            let number = operation.number;
            rest.extend(found.take(operation).map_err(in_operation(number))?);
        }
        Ok((Self { operations: rest }, found.operations))
    }
}

impl Found {
    /// Notes what an operation asks of members. Gives back what is left of it.
    fn take(&mut self, operation: Operation) -> Result<Option<Operation>, ScimError> {
        match &operation.path {
            Some(path) if is_members(path) => {
                if operation.value.is_none() && operation.kind != OperationKind::Remove {
                    return Err(invalid(
                        "add and replace need a value (null takes the value away)",
                    ));
                }
                self.at(operation.kind, path, operation.value)?;
                Ok(None)
            }
            Some(path) if !is_whole(path) => Ok(Some(operation)),
            _ => match operation {
                Operation { kind, value: Some(Value::Object(object)), .. }
                    if kind != OperationKind::Remove =>
                {
                    refuse_many(&object, &"value")?;
                    let given = !object.is_empty();
                    let left = self.everywhere(kind, object)?;
                    let emptied = given && left.is_empty();
                    let left = Operation { value: Some(Value::Object(left)), ..operation };
                    Ok((!emptied).then_some(left))
                }
                operation => Ok(Some(operation)),
            },
        }
    }

    /// An object of attributes: takes the members out of it.
    fn everywhere(
        &mut self,
        kind: OperationKind,
        object: Map<String, Value>,
    ) -> Result<Map<String, Value>, ScimError> {
        let mut left = Map::new();
        for (key, value) in object {
            match (key.parse::<AttributePath>(), value) {
                (Ok(path), value) if is_members(&path) => self.at(kind, &path, Some(value))?,
                (Ok(path), Value::Object(inner)) if is_whole(&path) => {
                    refuse_many(&inner, &key)?;
                    let inner = self.everywhere(kind, inner)?;
                    left.insert(key, Value::Object(inner));
                }
                (_, value) => {
                    left.insert(key, value);
                }
            }
        }
        Ok(left)
    }

    fn at(
        &mut self,
        kind: OperationKind,
        path: &AttributePath,
        value: Option<Value>,
    ) -> Result<(), ScimError> {
        if let Some(name) = path.sub_attribute() {
            return Err(refuse_part(name));
        }
        let Some(filter) = path.filter() else {
            let operation = match (kind, value) {
                (OperationKind::Add, value) => {
                    MemberOperation::Add(read_members(value.unwrap_or_default())?)
                }
                (OperationKind::Replace, value) => {
                    MemberOperation::Set(read_members(value.unwrap_or_default())?)
                }
                (OperationKind::Remove, None | Some(Value::Null)) => {
                    MemberOperation::Set(Vec::new())
                }
                // Entra names those who go in the value. None of them is nobody, not everybody.
                (OperationKind::Remove, Some(value)) => {
                    let given = read_members(value)?;
                    MemberOperation::Remove(given.into_iter().map(|given| given.id).gather())
                }
            };
            self.operations.push(operation);
            return Ok(());
        };
        filter.check_element(schema::group().attribute("members"))?;
        refuse_many_comparisons(&self.comparisons, filter)?;
        if kind != OperationKind::Remove && value.is_some_and(|value| !value.is_null()) {
            return Err(mutability("a member can be added or removed, but not changed"));
        }
        if let Some(ids) = filter.only_values() {
            self.operations.push(MemberOperation::Remove(ids.into_iter().gather()));
            return Ok(());
        }
        if filter.element_values().is_none() {
            self.member_comparisons = self.member_comparisons.saturating_add(filter.comparisons());
        }
        if self.member_comparisons > MAX_MEMBER_COMPARISONS {
            return Err(ScimError::new(
                ScimErrorKind::PayloadTooLarge,
                format!(
                    "paths that look at every member can have {MAX_MEMBER_COMPARISONS} \
                     comparisons at the most"
                ),
            ));
        }
        self.operations.push(MemberOperation::RemoveWhere(filter.clone()));
        Ok(())
    }
}

fn is_members(path: &AttributePath) -> bool {
    path.is_core("members") && !path.is_foreign(schema::group())
}

/// Whether the path is that of the core schema: all attributes.
fn is_whole(path: &AttributePath) -> bool {
    path.name().is_none() && path.extension_urn().is_none() && !path.is_foreign(schema::group())
}

/// RFC 7643 §4.2 and §2.4: an element never changes. It can be added again under another name.
fn refuse_part(name: &str) -> ScimError {
    let members = schema::group().attribute("members");
    match members.and_then(|members| members.sub_attribute(name)) {
        Some(part) => mutability(&format!("members.{} can't be changed", part.name)),
        None => invalid_path(format!("members have no {name}")),
    }
}

fn mutability(detail: &str) -> ScimError {
    ScimError::new(ScimErrorKind::Mutability, detail)
}
