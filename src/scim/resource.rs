//! A resource's attributes as the server keeps them: canonical names, checked values, nothing that the
//! server itself writes (RFC 7643 §3).

use serde_json::{Map, Value};

use super::attribute::{AttributePath, Resolution, is_urn};
use super::error::{ScimError, ScimErrorKind};
use super::filter::fold;
use super::schema::{
    GROUP_SCHEMA, KnownUrn, Mutability, ResourceType, Schema, USER_SCHEMA, known_urn,
};
use crate::gather::Gather as _;
use crate::json::{MAX_DEPTH, kind};
use crate::map::Set;

pub(crate) mod group;
pub(crate) mod immutable;
mod render;
mod user;
pub(crate) mod value;

pub use group::MemberRef;
pub use render::Meta;

use value::Place;

/// How many attributes a resource or an extension may have, and how many sub-attributes an attribute.
pub const MAX_ATTRIBUTES: usize = 1_000;

/// The attributes of a resource. Those no schema knows are kept as they came, and given back.
///
/// Two resources are equal if a write of the one over the other changes nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resource {
    attributes: Map<String, Value>,
}

impl Resource {
    /// Reads the body of a POST or PUT (RFC 7644 §3.3, §3.5.1).
    ///
    /// `id`, `meta` and whatever else is read-only is ignored, as is a `password`. Values of the wrong
    /// type are `invalidValue`, with the attribute named.
    pub fn from_json(
        resource_type: &ResourceType,
        body: Map<String, Value>,
    ) -> Result<Self, ScimError> {
        refuse_many(&body, &resource_type.name)?;
        let mut attributes = Map::new();
        for (key, value) in body {
            let Some((name, value)) = read_attribute(resource_type, key, value)? else { continue };
            if attributes.contains_key(&name) {
                let detail = format!("{name} is given twice, under two of its names");
                return Err(ScimError::new(ScimErrorKind::InvalidSyntax, detail));
            }
            attributes.insert(name, value);
        }
        let mut resource = Self { attributes };
        resource.leave_out_implied_schemas();
        resource.settle_primaries()?;
        resource.check(resource_type)?;
        Ok(resource)
    }

    /// Attributes that came out of a resource, as they were kept.
    pub fn kept(attributes: Map<String, Value>) -> Self {
        Self { attributes }
    }

    /// The attributes under their canonical names, without those that the server adds.
    pub fn attributes(&self) -> &Map<String, Value> {
        &self.attributes
    }

    pub(crate) fn attributes_mut(&mut self) -> &mut Map<String, Value> {
        &mut self.attributes
    }

    /// Refuses a resource that lacks a required attribute or breaks a rule of its type.
    pub(crate) fn check(&self, resource_type: &ResourceType) -> Result<(), ScimError> {
        for attribute in resource_type.attributes() {
            if attribute.required && !self.attributes.contains_key(&attribute.name) {
                return Err(invalid(format!("{} is required", attribute.name)));
            }
        }
        for (name, value) in &self.attributes {
            let count = value.as_array().map_or(0, Vec::len);
            if count > resource_type.max_values {
                let most = resource_type.max_values;
                return Err(invalid(format!("{name} has {count} values, at most {most} may be")));
            }
        }
        if self.attributes.values().any(|value| is_deeper(value, MAX_DEPTH - 1)) {
            let detail = format!("the resource would be nested more than {MAX_DEPTH} levels deep");
            return Err(ScimError::new(ScimErrorKind::InvalidSyntax, detail));
        }
        match resource_type.schema.id.as_str() {
            USER_SCHEMA => user::check(&self.attributes),
            GROUP_SCHEMA => group::check(&self.attributes),
            _ => Ok(()),
        }
    }

    /// Keeps in `schemas` no URN that an attribute says already: whether a client lists it makes no difference.
    pub(crate) fn leave_out_implied_schemas(&mut self) {
        let Some(Value::Array(mut listed)) = self.attributes.remove("schemas") else { return };
        let extensions =
            self.attributes.iter().filter(|(key, value)| is_urn(key) && value.is_object());
        let implied: Set = extensions.map(|(key, _)| key.to_ascii_lowercase()).collect();
        listed.retain(|urn| {
            !urn.as_str().is_some_and(|urn| implied.contains(&urn.to_ascii_lowercase()))
        });
        if !listed.is_empty() {
            self.attributes.insert("schemas".to_owned(), Value::Array(listed));
        }
    }

    /// Leaves one primary value at most (RFC 7643 §2.4). PingOne marks one address twice, under two types: the first
    /// is meant then. Which of two different ones is meant nobody can tell.
    fn settle_primaries(&mut self) -> Result<(), ScimError> {
        for (name, value) in &mut self.attributes {
            let Value::Array(values) = value else { continue };
            let primary = |value: &&mut Value| value.get("primary") == Some(&Value::Bool(true));
            let mut primaries = values.iter_mut().filter(primary);
            let Some(first) = primaries.next() else { continue };
            for other in primaries {
                if !same_value(first, other) {
                    return Err(invalid(format!("{name} has several primary values, one may be")));
                }
                if let Some(other) = other.as_object_mut() {
                    other.insert("primary".to_owned(), Value::Bool(false));
                }
            }
        }
        Ok(())
    }
}

fn same_value(one: &Value, other: &Value) -> bool {
    let text = |value: &Value| value.get("value")?.as_str().map(|text| fold(text).into_owned());
    text(one).is_some_and(|value| text(other) == Some(value))
}

impl From<Resource> for Map<String, Value> {
    fn from(resource: Resource) -> Self {
        resource.attributes
    }
}

/// Whether objects and arrays nest more than `levels` deep. What is kept has to be readable when it is sent back.
fn is_deeper(value: &Value, levels: usize) -> bool {
    let inner = levels.saturating_sub(1);
    match value {
        Value::Array(values) => levels == 0 || values.iter().any(|value| is_deeper(value, inner)),
        Value::Object(object) => {
            levels == 0 || object.values().any(|value| is_deeper(value, inner))
        }
        _ => false,
    }
}

/// The name and value to keep for an entry of a body; none if there is nothing to keep.
fn read_attribute(
    resource_type: &ResourceType,
    key: String,
    value: Value,
) -> Result<Option<(String, Value)>, ScimError> {
    if key.eq_ignore_ascii_case("schemas") {
        let unknown = unknown_schemas(resource_type, value)?;
        return Ok((!unknown.is_empty()).then(|| ("schemas".to_owned(), Value::Array(unknown))));
    }
    if is_dropped(&key) {
        return Ok(None);
    }
    if let Some(attribute) = resource_type.attribute(&key) {
        if attribute.mutability == Mutability::ReadOnly {
            return Ok(None);
        }
        let read = value::read(attribute, &Place::top(&attribute.name), value)?;
        return Ok(read.map(|value| (attribute.name.clone(), value)));
    }
    if let Some(extension) = extension_of(resource_type, &key) {
        let read = read_extension(extension, value)?;
        return Ok(read.map(|value| (extension.id.clone(), Value::Object(value))));
    }
    refuse_path(resource_type, &key)?;
    Ok(value::present(value).map(|value| (key, value)))
}

/// Whether a top-level attribute is taken and thrown away: passwords have no place here, and identity
/// providers send them unasked.
pub(crate) fn is_dropped(name: &str) -> bool {
    name.eq_ignore_ascii_case("password")
}

/// The extension that a key is the URN of, in any case and any legacy spelling.
fn extension_of<'a>(resource_type: &'a ResourceType, key: &str) -> Option<&'a Schema> {
    match known_urn(key)? {
        KnownUrn::Schema(urn) => resource_type.extension(urn),
        KnownUrn::LegacyCore => None,
    }
}

fn read_extension(
    extension: &Schema,
    value: Value,
) -> Result<Option<Map<String, Value>>, ScimError> {
    let object = match value {
        Value::Null => return Ok(None),
        Value::Object(object) => object,
        other => {
            let found = kind(&other);
            return Err(invalid(format!("{}: an object was expected, not {found}", extension.id)));
        }
    };
    let top = Place::top(&extension.id);
    refuse_many(&object, &top)?;
    let mut read = Map::new();
    for (key, value) in object {
        let Some(attribute) = extension.attribute(&key) else {
            if let Some(value) = value::present(value) {
                read.insert(key, value);
            }
            continue;
        };
        if attribute.mutability == Mutability::ReadOnly {
            continue;
        }
        if let Some(value) = value::read(attribute, &top.attribute(&attribute.name), value)? {
            read.insert(attribute.name.clone(), value);
        }
    }
    Ok((!read.is_empty()).then_some(read))
}

/// The URNs in `schemas` that this server does not know. Known ones follow from the attributes.
fn unknown_schemas(resource_type: &ResourceType, value: Value) -> Result<Vec<Value>, ScimError> {
    let urns = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(urns) => urns,
        other => {
            let found = kind(&other);
            return Err(invalid(format!("schemas: an array of URNs was expected, not {found}")));
        }
    };
    let mut unknown = Set::new();
    for urn in urns {
        let Value::String(urn) = urn else {
            return Err(invalid(format!("schemas: a URN was expected, not {}", kind(&urn))));
        };
        let known = match known_urn(&urn) {
            Some(KnownUrn::LegacyCore) => true,
            Some(KnownUrn::Schema(id)) => {
                id == resource_type.schema.id || resource_type.extension(id).is_some()
            }
            None => urn.is_empty(),
        };
        if !known {
            unknown.insert(urn);
        }
        if unknown.len() > resource_type.max_values {
            return Err(invalid(format!("schemas: more than {} URNs", resource_type.max_values)));
        }
    }
    Ok(unknown.into_iter().map(Value::String).gather())
}

/// Refuses a key that is a path to a known attribute (`name.givenName`, `urn:…:User:department`): only a
/// PATCH has those, and kept as an attribute of that name it would change nothing.
fn refuse_path(resource_type: &ResourceType, key: &str) -> Result<(), ScimError> {
    if !key.contains('.') && !is_urn(key) {
        return Ok(());
    }
    let Ok(path) = key.parse::<AttributePath>() else { return Ok(()) };
    let core_urn = path.name().is_none() && path.extension_urn().is_none();
    if core_urn || path.resolve(resource_type) != Resolution::Unknown {
        let detail = format!("{path} is a path, which has its place in a PATCH only");
        return Err(ScimError::new(ScimErrorKind::InvalidSyntax, detail));
    }
    Ok(())
}

/// Refuses an object of more than [`MAX_ATTRIBUTES`], as names in any case are searched for one by one.
pub(crate) fn refuse_many(
    object: &Map<String, Value>,
    place: &impl std::fmt::Display,
) -> Result<(), ScimError> {
    if object.len() > MAX_ATTRIBUTES {
        return Err(invalid(format!("{place}: more than {MAX_ATTRIBUTES} attributes")));
    }
    Ok(())
}

pub(crate) fn invalid(detail: impl Into<String>) -> ScimError {
    ScimError::new(ScimErrorKind::InvalidValue, detail)
}

#[cfg(test)]
pub(crate) mod tests;
