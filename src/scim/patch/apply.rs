//! Applies one operation: finds what its path means, and changes it (RFC 7644 §3.5.2.1 to §3.5.2.3).

use std::cell::Cell;

use serde_json::{Map, Value};

use super::{MAX_COMPARISONS, Operation, OperationKind, values};
use crate::gather::Gather as _;
use crate::json::kind;
use crate::scim::attribute::{AttributePath, entry, is_urn, set_all, stored_key};
use crate::scim::error::{ScimError, ScimErrorKind};
use crate::scim::filter::Filter;
use crate::scim::resource::value::{Place, present, read};
use crate::scim::resource::{invalid, is_dropped, refuse_many};
use crate::scim::schema::{Attribute, Mutability, ResourceType};

impl Operation {
    pub(super) fn apply(
        &self,
        resource_type: &ResourceType,
        attributes: &mut Map<String, Value>,
        comparisons: &Cell<usize>,
    ) -> Result<(), ScimError> {
        let missing = self.value.is_none();
        if missing && self.kind != OperationKind::Remove {
            return Err(invalid("add and replace need a value (null takes the value away)"));
        }
        let value = self.value.clone().unwrap_or_default();
        let change = Change { kind: self.kind, resource_type, explicit: true, comparisons };
        match &self.path {
            Some(path) => change.at(path, value, attributes)?,
            None => change.everywhere(value, attributes)?,
        }
        refuse_many(attributes, &resource_type.name)
    }
}

/// An operation without its path and value.
#[derive(Clone, Copy)]
pub(super) struct Change<'a> {
    pub(super) kind: OperationKind,
    pub(super) resource_type: &'a ResourceType,
    /// Whether the attribute is named by the path. One that is only in a value is ignored if it is
    /// read-only, as in a PUT.
    explicit: bool,
    /// How many comparisons the paths of this request have had so far.
    comparisons: &'a Cell<usize>,
}

/// The attribute that a path leads to.
pub(super) struct Target<'a> {
    pub(super) definition: Option<&'a Attribute>,
    /// The key it is or will be stored under.
    pub(super) key: String,
    pub(super) filter: Option<&'a Filter>,
    pub(super) sub_attribute: Option<&'a str>,
    pub(super) place: Place<'a>,
}

impl Change<'_> {
    pub(super) fn removes(self) -> bool {
        self.kind == OperationKind::Remove
    }

    /// Without path, the value is an object of attributes; Entra uses paths as their names.
    fn everywhere(
        self,
        value: Value,
        attributes: &mut Map<String, Value>,
    ) -> Result<(), ScimError> {
        if self.removes() {
            return Err(no_target("remove needs a path"));
        }
        let Value::Object(object) = value else {
            let found = kind(&value);
            return Err(invalid(format!(
                "without a path the value must be an object, not {found}"
            )));
        };
        refuse_many(&object, &"value")?;
        let implicit = Self { explicit: false, ..self };
        for (key, value) in object {
            implicit.at(&key.parse()?, value, attributes)?;
        }
        Ok(())
    }

    fn at(
        self,
        path: &AttributePath,
        value: Value,
        attributes: &mut Map<String, Value>,
    ) -> Result<(), ScimError> {
        if path.is_foreign(self.resource_type) {
            let name = self.resource_type.name;
            return Err(invalid_path(format!("{path} is no attribute of a {name}")));
        }
        if let Some(urn) = path.unknown_extension(value.is_object(), attributes) {
            return self.extension(&urn, value, attributes);
        }
        self.within(path, value, attributes)
    }

    /// As [`Self::at`], where what stands before the last colon is known to be the schema.
    fn within(
        self,
        path: &AttributePath,
        value: Value,
        attributes: &mut Map<String, Value>,
    ) -> Result<(), ScimError> {
        match (path.extension_urn(), path.name()) {
            (None, None) => self.everywhere(value, attributes),
            (Some(urn), None) => self.extension(urn, value, attributes),
            (None, Some(name)) if is_dropped(name) => self.refuse_explicit_password(),
            (None, Some(name)) => {
                let definition = self.resource_type.attribute(name);
                let name = definition.map_or(name, |definition| &definition.name);
                self.target(path, definition, Place::top(name), attributes, value)
            }
            (Some(urn), Some(name)) => {
                let schema = self.resource_type.extension(urn);
                let definition = schema.and_then(|schema| schema.attribute(name));
                let name = definition.map_or(name, |definition| &definition.name);
                let urn = stored_key(attributes, schema.map_or(urn, |schema| &schema.id));
                let mut extension = match attributes.remove(&urn) {
                    Some(Value::Object(extension)) => extension,
                    None => Map::new(),
                    Some(_) => return Err(invalid_path(format!("{urn} is no extension"))),
                };
                let top = Place::top(&urn);
                self.target(path, definition, top.attribute(name), &mut extension, value)?;
                refuse_many(&extension, &top)?;
                if !extension.is_empty() {
                    attributes.insert(urn, Value::Object(extension));
                }
                Ok(())
            }
        }
    }

    /// All of an extension: its attributes one by one, as for a complex attribute.
    fn extension(
        self,
        urn: &str,
        value: Value,
        attributes: &mut Map<String, Value>,
    ) -> Result<(), ScimError> {
        let key = stored_key(attributes, urn);
        if let Some(kept) = attributes.get(&key)
            && !kept.is_object()
            && !self.removes()
        {
            return self.unknown(&key, value, attributes);
        }
        let object = match value {
            Value::Object(object) if !self.removes() => object,
            value if self.removes() || value.is_null() => {
                attributes.remove(&key);
                return Ok(());
            }
            other => {
                let found = kind(&other);
                return Err(invalid(format!("{urn}: an object was expected, not {found}")));
            }
        };
        refuse_many(&object, &urn)?;
        let implicit = Self { explicit: false, ..self };
        for (name, value) in object {
            let path = AttributePath::within(urn, &name)?;
            if is_urn(&name) {
                implicit.at(&path, value, attributes)?;
            } else {
                implicit.within(&path, value, attributes)?;
            }
        }
        Ok(())
    }

    /// An attribute that is no extension, though its name is a URN: a body may have had one.
    fn unknown(
        self,
        name: &str,
        value: Value,
        attributes: &mut Map<String, Value>,
    ) -> Result<(), ScimError> {
        let path = AttributePath::new(None, Some(name.to_owned()));
        self.target(&path, None, Place::top(name), attributes, value)
    }

    /// To ignore a path would be to answer that the password is changed. The keyword is the one for attributes that a
    /// client cannot write, as `id` and `meta`.
    fn refuse_explicit_password(self) -> Result<(), ScimError> {
        if !self.explicit {
            return Ok(());
        }
        let detail = "password can't be changed: people sign in with their identity provider, and none is kept here";
        Err(ScimError::new(ScimErrorKind::Mutability, detail))
    }

    fn target(
        self,
        path: &AttributePath,
        definition: Option<&Attribute>,
        place: Place<'_>,
        container: &mut Map<String, Value>,
        value: Value,
    ) -> Result<(), ScimError> {
        let sub_definition = path
            .sub_attribute()
            .and_then(|name| definition.and_then(|attribute| attribute.sub_attribute(name)));
        let read_only = |attribute: &Attribute| attribute.mutability == Mutability::ReadOnly;
        if definition.is_some_and(read_only) || sub_definition.is_some_and(read_only) {
            if !self.explicit {
                return Ok(());
            }
            return Err(ScimError::new(ScimErrorKind::Mutability, format!("{place} is read-only")));
        }
        if let Some(attribute) = definition {
            if path.sub_attribute().is_some() && !attribute.is_complex() {
                return Err(invalid_path(format!("{place} has no sub-attributes")));
            }
            if path.filter().is_some() && !attribute.multi_valued {
                return Err(invalid_path(format!("{place} has one value only, no brackets")));
            }
        }
        if let Some(filter) = path.filter() {
            filter.check_element(definition)?;
            refuse_many_comparisons(self.comparisons, filter)?;
        }
        let named = definition.map_or(path.name().unwrap_or_default(), |known| &known.name);
        let target = Target {
            definition,
            key: stored_key(container, named),
            filter: path.filter(),
            sub_attribute: sub_definition
                .map(|definition| definition.name.as_str())
                .or(path.sub_attribute()),
            place,
        };
        let listed = match definition {
            Some(attribute) => attribute.multi_valued,
            None => {
                let whole = self.kind == OperationKind::Replace && target.sub_attribute.is_none();
                !whole && container.get(&target.key).is_some_and(Value::is_array)
            }
        };
        if listed || target.filter.is_some() {
            values::change(self, &target, container, value)
        } else {
            self.single(&target, container, value)
        }
    }

    /// Changes an attribute that has one value.
    fn single(
        self,
        target: &Target<'_>,
        container: &mut Map<String, Value>,
        value: Value,
    ) -> Result<(), ScimError> {
        let Some(sub_attribute) = target.sub_attribute else {
            return match (self.removes(), target.definition) {
                (true, _) => target.unset(container),
                (false, Some(attribute)) if attribute.is_complex() => {
                    set_complex(target, attribute, container, value)
                }
                (false, _) => match target.read(value)? {
                    Some(value) => {
                        container.insert(target.key.clone(), value);
                        Ok(())
                    }
                    None => target.unset(container),
                },
            };
        };
        let mut object = match container.remove(&target.key) {
            None => Map::new(),
            Some(Value::Object(object)) => object,
            Some(_) => {
                return Err(invalid_path(format!("{} has no sub-attributes", target.place)));
            }
        };
        let value = if self.removes() { Value::Null } else { value };
        match target.read_sub_attribute(sub_attribute, value)? {
            Some(value) => {
                object.insert(stored_key(&object, sub_attribute), value);
            }
            // A manager without id is no manager.
            None if target.is_default(sub_attribute) => object.clear(),
            None => {
                object.remove(&stored_key(&object, sub_attribute));
            }
        }
        if !object.is_empty() {
            container.insert(target.key.clone(), Value::Object(object));
        }
        Ok(())
    }
}

/// Sub-attributes that are not in the value stay, unless the value is about something else: the name of
/// the former manager says nothing about the new one.
fn set_complex(
    target: &Target<'_>,
    attribute: &Attribute,
    container: &mut Map<String, Value>,
    value: Value,
) -> Result<(), ScimError> {
    let unset: Vec<String> = match &value {
        Value::Object(object) => {
            object.iter().filter(|(_, value)| value.is_null()).map(|(key, _)| key.clone()).gather()
        }
        _ => Vec::new(),
    };
    let about = |object: &Map<String, Value>| entry(object, "value").cloned();
    let names_default = matches!(&value, Value::Object(object) if about(object).is_some());
    let read = match read(attribute, &target.place, value)? {
        Some(Value::Object(read)) => read,
        _ if unset.is_empty() => return target.unset(container),
        _ => Map::new(),
    };
    let mut object = match container.remove(&target.key) {
        Some(Value::Object(object)) => object,
        _ => Map::new(),
    };
    let redefined = names_default || read.contains_key("value");
    if attribute.default_sub_attribute().is_some() && redefined && about(&object) != about(&read) {
        object.clear();
    }
    for key in unset {
        let key = stored_key(&object, &key);
        object.remove(&key);
    }
    set_all(&mut object, read);
    if !object.is_empty() {
        container.insert(target.key.clone(), Value::Object(object));
    }
    Ok(())
}

impl Target<'_> {
    /// Reads a value of the attribute itself.
    pub(super) fn read(&self, value: Value) -> Result<Option<Value>, ScimError> {
        match self.definition {
            Some(attribute) => read(attribute, &self.place, value),
            None => Ok(present(value)),
        }
    }

    /// Reads a value of its sub-attribute.
    pub(super) fn read_sub_attribute(
        &self,
        name: &str,
        value: Value,
    ) -> Result<Option<Value>, ScimError> {
        if self.is_default(name) && value.as_str() == Some("") {
            return Ok(None);
        }
        match self.definition.and_then(|attribute| attribute.sub_attribute(name)) {
            Some(sub) => read(sub, &self.place.sub_attribute(&sub.name), value),
            None => Ok(present(value)),
        }
    }

    /// Whether the sub-attribute is the one that stands for the whole value.
    pub(super) fn is_default(&self, sub_attribute: &str) -> bool {
        sub_attribute.eq_ignore_ascii_case("value")
            && self.definition.is_some_and(|attribute| attribute.default_sub_attribute().is_some())
    }

    /// Takes the attribute away. RFC 7644 §3.5.2.2 asks for `mutability` where it is a required one.
    pub(super) fn unset(&self, container: &mut Map<String, Value>) -> Result<(), ScimError> {
        if self.definition.is_some_and(|attribute| attribute.required) {
            let detail = format!("{} is required and can't be removed", self.place);
            return Err(ScimError::new(ScimErrorKind::Mutability, detail));
        }
        container.remove(&self.key);
        Ok(())
    }
}

/// Adds those in `filter` to the comparisons of a request so far, or refuses it.
pub(super) fn refuse_many_comparisons(
    so_far: &Cell<usize>,
    filter: &Filter,
) -> Result<(), ScimError> {
    so_far.set(so_far.get().saturating_add(filter.comparisons()));
    if so_far.get() > MAX_COMPARISONS {
        return Err(ScimError::new(
            ScimErrorKind::PayloadTooLarge,
            format!("the paths of a request can have {MAX_COMPARISONS} comparisons at the most"),
        ));
    }
    Ok(())
}

pub(super) fn no_target(detail: impl Into<String>) -> ScimError {
    ScimError::new(ScimErrorKind::NoTarget, detail)
}

pub(super) fn invalid_path(detail: impl Into<String>) -> ScimError {
    ScimError::new(ScimErrorKind::InvalidPath, detail)
}
