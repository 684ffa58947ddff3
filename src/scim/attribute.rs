//! Attribute paths (RFC 7644 §3.10 and figure 1): the one way in which filters, PATCH and projection name
//! and find attributes.

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};

use super::error::{ScimError, ScimErrorKind};
use super::filter::Filter;
use super::filter::parser::Parser;
use super::schema::{Attribute, KnownUrn, ResourceType, Schema, known_urn};

/// `[URN:]attribute[filter].sub`, or the URN of an extension alone for all of it.
///
/// Known URNs are kept in their canonical spelling, whatever was sent; those of a core schema are kept
/// too, so that `…:core:2.0:User:userName` and `userName` differ in text but find the same.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributePath {
    schema: Option<SchemaUrn>,
    name: Option<String>,
    filter: Option<Box<Filter>>,
    sub_attribute: Option<String>,
}

/// The URN in front of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SchemaUrn {
    Known(KnownUrn),
    Unknown(String),
}

/// What a path means for a resource type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Resolution<'a> {
    /// All of an extension.
    Extension(&'a Schema),
    /// An attribute that is defined, and its sub-attribute if the path names one.
    Attribute {
        /// The extension it is in; none for core and common attributes.
        extension: Option<&'a Schema>,
        /// Its definition.
        attribute: &'a Attribute,
        /// The definition of the sub-attribute.
        sub_attribute: Option<&'a Attribute>,
    },
    /// No schema defines it.
    Unknown,
}

/// What the names in a path are looked up in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scope<'a> {
    /// A resource.
    Resource(&'a ResourceType),
    /// A value of a multi-valued attribute; without definition if no schema knows the attribute.
    Element(Option<&'a Attribute>),
}

impl AttributePath {
    pub(crate) fn new(schema: Option<SchemaUrn>, name: Option<String>) -> Self {
        Self { schema, name, filter: None, sub_attribute: None }
    }

    pub(crate) fn with_filter(self, filter: Filter) -> Self {
        Self { filter: Some(Box::new(filter)), ..self }
    }

    pub(crate) fn with_sub_attribute(self, name: String) -> Self {
        Self { sub_attribute: Some(name), ..self }
    }

    /// The path of an attribute, or of something in it, inside the extension of that URN.
    pub(crate) fn within(urn: &str, inner: &str) -> Result<Self, ScimError> {
        let inner: Self = inner.parse()?;
        let schema = match known_urn(urn) {
            Some(known) => SchemaUrn::Known(known),
            None => SchemaUrn::Unknown(urn.to_owned()),
        };
        Ok(if inner.schema.is_some() { inner } else { Self { schema: Some(schema), ..inner } })
    }

    /// The URN, if this is that of an unknown extension as a whole. Of `urn:example:badge`, only the
    /// value or what is stored already can tell that.
    pub(crate) fn unknown_extension(
        &self,
        has_object: bool,
        attributes: &Map<String, Value>,
    ) -> Option<String> {
        let Some(SchemaUrn::Unknown(schema)) = &self.schema else { return None };
        if self.filter.is_some() || self.sub_attribute.is_some() {
            return None;
        }
        let urn = self.to_string();
        let is_attribute = self.name.is_some()
            && (has_version(schema) || entry(attributes, schema).is_some_and(Value::is_object));
        let is_extension = has_object && !is_attribute || entry(attributes, &urn).is_some();
        is_extension.then_some(urn)
    }

    /// The URN of the extension that is meant, known or not; none where it is a core schema's.
    pub fn extension_urn(&self) -> Option<&str> {
        match &self.schema {
            Some(SchemaUrn::Unknown(urn)) => Some(urn),
            Some(SchemaUrn::Known(KnownUrn::Schema(urn))) if !is_core(urn) => Some(urn),
            _ => None,
        }
    }

    /// The attribute's name as it was sent; none if all of an extension is meant.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The filter in brackets that picks values of a multi-valued attribute.
    pub fn filter(&self) -> Option<&Filter> {
        self.filter.as_deref()
    }

    /// The sub-attribute's name as it was sent.
    pub fn sub_attribute(&self) -> Option<&str> {
        self.sub_attribute.as_deref()
    }

    /// Whether its URN is the core schema of another resource type.
    pub(crate) fn is_foreign(&self, resource_type: &ResourceType) -> bool {
        matches!(
            self.schema,
            Some(SchemaUrn::Known(KnownUrn::Schema(urn))) if is_core(urn) && urn != resource_type.schema.id
        )
    }

    /// Whether it names the top-level attribute `name` of the core schema.
    pub(crate) fn is_core(&self, name: &str) -> bool {
        self.extension_urn().is_none()
            && self.name.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(name))
    }

    /// Whether it leads into the top-level attribute `name` of the core schema, or may lead to its sub-attribute
    /// `part` where given.
    pub(crate) fn mentions(&self, name: &str, part: Option<&str>) -> bool {
        let own = self.sub_attribute.as_deref();
        let leads = |part: &str| own.is_none_or(|own| own.eq_ignore_ascii_case(part));
        self.is_core(name) && part.is_none_or(leads)
    }

    /// The URN of the extension that a filter looks into. Entra asks for `manager` without one: a bare name that
    /// the core schema does not have means the extension that has it.
    fn extension_in<'s>(&'s self, scope: Scope<'s>) -> Option<&'s str> {
        let (Scope::Resource(resource_type), None, Some(name)) = (scope, &self.schema, &self.name)
        else {
            return self.extension_urn();
        };
        if resource_type.attribute(name).is_some() {
            return None;
        }
        let mut extensions = resource_type.extensions.iter().map(|extension| &extension.schema);
        extensions.find(|schema| schema.attribute(name).is_some()).map(|schema| schema.id.as_str())
    }

    /// Finds the definitions. Those of an extension need its URN (RFC 7644 §3.10).
    pub fn resolve<'a>(&self, resource_type: &'a ResourceType) -> Resolution<'a> {
        match self.resolve_in(Scope::Resource(resource_type)) {
            Resolution::Attribute { extension: Some(_), .. } if self.schema.is_none() => {
                Resolution::Unknown
            }
            found => found,
        }
    }

    /// As [`Self::resolve`], for a name in a filter, which needs no URN.
    pub(crate) fn resolve_in<'a>(&self, scope: Scope<'a>) -> Resolution<'a> {
        if matches!(scope, Scope::Resource(resource_type) if self.is_foreign(resource_type)) {
            return Resolution::Unknown;
        }
        let (extension, attribute) = match (scope, self.extension_in(scope)) {
            (Scope::Resource(resource_type), Some(urn)) => {
                let Some(schema) = resource_type.extension(urn) else { return Resolution::Unknown };
                let Some(name) = &self.name else { return Resolution::Extension(schema) };
                (Some(schema), schema.attribute(name))
            }
            (_, None) | (Scope::Element(_), Some(_)) => {
                let Some(name) = &self.name else { return Resolution::Unknown };
                let found = match scope {
                    Scope::Resource(resource_type) => resource_type.attribute(name),
                    Scope::Element(of) => of.and_then(|of| of.sub_attribute(name)),
                };
                (None, found)
            }
        };
        let Some(attribute) = attribute else { return Resolution::Unknown };
        match &self.sub_attribute {
            None => Resolution::Attribute { extension, attribute, sub_attribute: None },
            Some(name) => match attribute.sub_attribute(name) {
                None => Resolution::Unknown,
                sub_attribute => Resolution::Attribute { extension, attribute, sub_attribute },
            },
        }
    }

    /// Whether `test` holds for any of the values the path leads to; it is given each value with its
    /// definition. Values of a multi-valued attribute come one by one.
    pub(crate) fn any<'v>(
        &self,
        scope: Scope<'_>,
        object: &'v Map<String, Value>,
        test: &mut dyn FnMut(&'v Value, Option<&Attribute>) -> bool,
    ) -> bool {
        let urn = self.extension_in(scope);
        let Some(container) = self.container(scope, object) else { return false };
        let Some(name) = &self.name else {
            return !container.is_empty() && test(&Value::Bool(true), None);
        };
        let definition = match (scope, urn) {
            (Scope::Resource(resource_type), Some(urn)) => {
                resource_type.extension(urn).and_then(|schema| schema.attribute(name))
            }
            (Scope::Resource(resource_type), None) => resource_type.attribute(name),
            (Scope::Element(of), _) => of.and_then(|of| of.sub_attribute(name)),
        };
        let Some(value) = entry(container, name) else { return false };
        values(value).iter().any(|value| self.inside(value, definition, test))
    }

    /// The object that has the attribute: the resource or one of its extensions.
    fn container<'v>(
        &self,
        scope: Scope<'_>,
        object: &'v Map<String, Value>,
    ) -> Option<&'v Map<String, Value>> {
        match (scope, self.extension_in(scope)) {
            (Scope::Resource(resource_type), _) if self.is_foreign(resource_type) => None,
            (Scope::Resource(_), Some(urn)) => entry(object, urn)?.as_object(),
            _ => Some(object),
        }
    }

    /// The one value that stands for all that the path leads to: of several the primary one, else the first; of an
    /// object its `value`, unless the path names another part (RFC 7644 §3.4.2.3).
    pub(crate) fn first<'v>(
        &self,
        scope: Scope<'_>,
        object: &'v Map<String, Value>,
    ) -> Option<&'v Value> {
        let value = primary(entry(self.container(scope, object)?, self.name.as_deref()?)?)?;
        match (&self.sub_attribute, value) {
            (None, Value::Object(object)) => primary(entry(object, "value")?),
            (None, value) => Some(value),
            (Some(name), value) => primary(entry(value.as_object()?, name)?),
        }
    }

    /// The key of the resource under which the path leads on: an attribute's name or an extension's URN, spelled as a
    /// resource is kept.
    pub(crate) fn top_level<'s>(&'s self, resource_type: &'s ResourceType) -> Option<&'s str> {
        if let Some(urn) = self.extension_in(Scope::Resource(resource_type)) {
            return Some(resource_type.extension(urn).map_or(urn, |schema| &schema.id));
        }
        let name = self.name.as_deref()?;
        Some(resource_type.attribute(name).map_or(name, |attribute| &attribute.name))
    }

    /// As [`Self::any`], for one value of the attribute itself.
    fn inside<'v>(
        &self,
        value: &'v Value,
        definition: Option<&Attribute>,
        test: &mut dyn FnMut(&'v Value, Option<&Attribute>) -> bool,
    ) -> bool {
        if let Some(filter) = &self.filter {
            let picked = value.as_object().is_some_and(|v| filter.matches_element(definition, v));
            if !picked {
                return false;
            }
        }
        let Some(sub_attribute) = &self.sub_attribute else { return test(value, definition) };
        let Some(found) = value.as_object().and_then(|object| entry(object, sub_attribute)) else {
            return false;
        };
        let definition = definition.and_then(|of| of.sub_attribute(sub_attribute));
        values(found).iter().any(|value| test(value, definition))
    }
}

/// A value as the list of its values.
fn values(value: &Value) -> &[Value] {
    match value {
        Value::Array(values) => values,
        single => std::slice::from_ref(single),
    }
}

/// The primary one of a value's values, else the first.
fn primary(value: &Value) -> Option<&Value> {
    let values = values(value);
    let is_primary = |value: &&Value| value.get("primary") == Some(&Value::Bool(true));
    values.iter().find(is_primary).or_else(|| values.first())
}

/// The value under a name in any case. The exact spelling is tried first, as known attributes are stored
/// under their canonical one.
pub(crate) fn entry<'v>(object: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    object.get(name).or_else(|| {
        object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    })
}

/// The key under which an object has a name that may be in another case; the name itself if it has none.
pub(crate) fn stored_key(object: &Map<String, Value>, name: &str) -> String {
    if object.contains_key(name) {
        return name.to_owned();
    }
    let stored = object.keys().find(|key| key.eq_ignore_ascii_case(name));
    stored.map_or_else(|| name.to_owned(), Clone::clone)
}

/// Sets what `given` has, each under the key that `object` has for the name already.
pub(crate) fn set_all(object: &mut Map<String, Value>, given: Map<String, Value>) {
    for (name, value) in given {
        object.insert(stored_key(object, &name), value);
    }
}

fn is_core(urn: &str) -> bool {
    urn == super::schema::USER_SCHEMA || urn == super::schema::GROUP_SCHEMA
}

/// Whether a text is a URN rather than a name.
pub(crate) fn is_urn(text: &str) -> bool {
    text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:"))
}

/// Takes `[URN:]attribute[.sub]` apart, or says what is wrong with it.
///
/// URNs hold colons and dots themselves. A known URN is recognised as such; of any other, the name
/// after the version number (`…:2.0:Device`) still belongs to it.
pub(crate) fn parse_plain(text: &str) -> Result<AttributePath, &'static str> {
    if !is_urn(text) {
        return parse_names(None, text);
    }
    if let Some(known) = known_urn(text) {
        return Ok(AttributePath::new(Some(SchemaUrn::Known(known)), None));
    }
    // The longest known URN wins: two legacy ones are prefixes of others.
    for (at, _) in text.rmatch_indices(':') {
        let (Some(urn), Some(rest)) = (text.get(..at), text.get(at + 1..)) else { continue };
        if let Some(known) = known_urn(urn) {
            return parse_names(Some(SchemaUrn::Known(known)), rest);
        }
    }
    if !text.chars().all(|c| c.is_ascii_graphic()) {
        return Err("a URN has a character that is not allowed");
    }
    let unknown = |urn: &str| Some(SchemaUrn::Unknown(urn.to_owned()));
    let Some((urn, name)) = text.rsplit_once(':') else { return Err("a URN is incomplete") };
    let versioned = urn.rsplit_once(':').is_some_and(|(_, last)| is_version(last));
    if is_version(name) || versioned && !name.contains('.') {
        return Ok(AttributePath::new(unknown(text), None));
    }
    parse_names(unknown(urn), name)
}

/// Whether a URN ends as most do: with a version and a name.
fn has_version(urn: &str) -> bool {
    urn.rsplit(':').nth(1).is_some_and(is_version)
}

fn is_version(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || c == '.')
}

fn parse_names(schema: Option<SchemaUrn>, text: &str) -> Result<AttributePath, &'static str> {
    let (name, sub_attribute) = match text.split_once('.') {
        Some((name, sub_attribute)) => (name, Some(sub_attribute)),
        None => (text, None),
    };
    let path = AttributePath::new(schema, Some(parse_name(name)?));
    Ok(match sub_attribute {
        Some(sub_attribute) => path.with_sub_attribute(parse_name(sub_attribute)?),
        None => path,
    })
}

/// `$ref` is the one name that does not begin with a letter.
pub(crate) fn parse_name(text: &str) -> Result<String, &'static str> {
    let plain = text.strip_prefix('$').unwrap_or(text);
    if !plain.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Err("an attribute name was expected");
    }
    if !plain.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
        return Err("an attribute name has a character that is not allowed");
    }
    Ok(text.to_owned())
}

impl FromStr for AttributePath {
    type Err = ScimError;

    fn from_str(text: &str) -> Result<Self, ScimError> {
        Parser::new(text)
            .and_then(Parser::whole_path)
            .map_err(|error| error.into_scim(ScimErrorKind::InvalidPath, "path"))
    }
}

impl fmt::Display for AttributePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(SchemaUrn::Known(KnownUrn::Schema(urn))) => formatter.write_str(urn)?,
            Some(SchemaUrn::Known(KnownUrn::LegacyCore)) => {
                // With `:User`, which without a name behind it would be taken for one.
                formatter.write_str("urn:scim:schemas:core:2.0:User")?;
            }
            Some(SchemaUrn::Unknown(urn)) => formatter.write_str(urn)?,
            None => {}
        }
        if self.schema.is_some() && self.name.is_some() {
            formatter.write_str(":")?;
        }
        if let Some(name) = &self.name {
            formatter.write_str(name)?;
        }
        if let Some(filter) = &self.filter {
            write!(formatter, "[{filter}]")?;
        }
        if let Some(sub_attribute) = &self.sub_attribute {
            write!(formatter, ".{sub_attribute}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
