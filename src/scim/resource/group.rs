//! What a Group must be beyond its attributes' types, and how its members are named (RFC 7643 §4.2).

use serde_json::{Map, Value};

use super::user::check_name;
use super::value::{Place, read_one};
use super::{Resource, invalid};
use crate::gather::Gather as _;
use crate::scim::attribute::entry;
use crate::scim::error::ScimError;
use crate::scim::schema;

/// Somebody as an element of `members` names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberRef {
    /// The id.
    pub id: String,
    /// The name of the resource type that it is said to be.
    pub kind: Option<String>,
    /// What it is to be called.
    pub display: Option<String>,
}

impl Resource {
    /// The `displayName` of a group as it was written.
    pub fn group_name(&self) -> &str {
        self.attributes.get("displayName").and_then(Value::as_str).unwrap_or_default()
    }

    /// Takes the `members` out.
    pub fn take_members(&mut self) -> Result<Vec<MemberRef>, ScimError> {
        match self.attributes.remove("members") {
            Some(Value::Array(members)) => members.iter().map(reference).try_gather(),
            _ => Ok(Vec::new()),
        }
    }
}

/// Reads the value of an operation on `members`: a list of elements or one of them, each an object or a bare id.
pub(crate) fn read_members(value: Value) -> Result<Vec<MemberRef>, ScimError> {
    let given = match value {
        Value::Null => Vec::new(),
        Value::Array(elements) => elements,
        element => vec![element],
    };
    let most = schema::group().max_values;
    if given.len() > most {
        let count = given.len();
        return Err(invalid(format!("members has {count} values, at most {most} may be")));
    }
    let definition = schema::group().attribute("members");
    let read = |element| match definition {
        Some(definition) => read_one(definition, &Place::top("members"), element),
        None => Ok(None),
    };
    given.into_iter().map(|element| reference(&read(element)?.unwrap_or_default())).try_gather()
}

/// Whom an element means. Entra sends `$ref` beside the `value`, as null; who sends it alone means its end.
fn reference(element: &Value) -> Result<MemberRef, ScimError> {
    let text = |name: &str| element.as_object().and_then(|of| entry(of, name)?.as_str());
    let filled = |name: &str| text(name).filter(|text| !text.is_empty());
    let (id, linked) = match (text("value"), text("$ref").and_then(linked)) {
        (Some(id), _) => (id, None),
        (None, Some((kind, id))) => (id, Some(kind)),
        (None, None) => return Err(invalid("members: an element without the id of a member")),
    };
    Ok(MemberRef {
        id: id.to_owned(),
        kind: filled("type").or(linked).map(str::to_owned),
        display: filled("display").map(str::to_owned),
    })
}

/// The type and id in a URL that ends in `/Users/<id>` or `/Groups/<id>`.
fn linked(url: &str) -> Option<(&'static str, &str)> {
    let (rest, id) = url.rsplit_once('/')?;
    let mut types = [schema::user(), schema::group()].into_iter();
    let known = types.find(|known| {
        rest.strip_suffix(known.endpoint.trim_start_matches('/'))
            .is_some_and(|before| before.is_empty() || before.ends_with('/'))
    })?;
    (!id.is_empty()).then_some((known.name, id))
}

/// Refuses names that can't be what they should be.
pub(super) fn check(attributes: &Map<String, Value>) -> Result<(), ScimError> {
    for name in ["displayName", "externalId"] {
        let Some(text) = attributes.get(name).and_then(Value::as_str) else { continue };
        check_name(text).map_err(|why| invalid(format!("{name} {why}")))?;
    }
    let name = attributes.get("displayName").and_then(Value::as_str).unwrap_or_default();
    if name.trim().is_empty() {
        return Err(invalid("displayName is required and must not be blank"));
    }
    Ok(())
}
