//! Attributes that can be set once (`immutable`, RFC 7643 §7): a write may give them a value, but no other one.
//!
//! Where the definition is that of a sub-attribute in a list, each value of the list is taken for a whole: it can be
//! removed and another one added.

use serde_json::{Map, Value};

use super::Resource;
use crate::scim::error::{ScimError, ScimErrorKind};
use crate::scim::schema::{Attribute, Mutability, ResourceType};

impl Resource {
    /// What a PUT of `new` makes of it (RFC 7644 §3.5.1). An immutable attribute that `new` leaves out keeps its value.
    ///
    /// # Errors
    /// `mutability` where `new` has another value for an immutable attribute that has one.
    pub fn replaced_by(
        &self,
        resource_type: &ResourceType,
        mut new: Self,
    ) -> Result<Self, ScimError> {
        for_each_immutable(resource_type, &mut |path| {
            if let (Some(value), None) = (path.find(&self.attributes), path.find(&new.attributes)) {
                path.set(&mut new.attributes, value.clone());
            }
            Ok(())
        })?;
        self.refuse_other_immutables(resource_type, &new)?;
        Ok(new)
    }

    /// Refuses, with `mutability`, to turn into `after` where that changes or loses an immutable value.
    pub(crate) fn refuse_other_immutables(
        &self,
        resource_type: &ResourceType,
        after: &Self,
    ) -> Result<(), ScimError> {
        for_each_immutable(resource_type, &mut |path| {
            let before = path.find(&self.attributes);
            if before.is_some() && before != path.find(&after.attributes) {
                return Err(immutable(&path.name()));
            }
            Ok(())
        })
    }
}

/// The refusal to change what is at `place`.
pub(crate) fn immutable(place: &str) -> ScimError {
    let detail = format!("{place} is immutable: it has a value already and can't get another one");
    ScimError::new(ScimErrorKind::Mutability, detail)
}

/// Where an immutable attribute is: in an extension or not, in a complex attribute or not.
struct Path<'a> {
    extension: Option<&'a str>,
    outer: Option<&'a Attribute>,
    attribute: &'a Attribute,
}

impl Path<'_> {
    fn parents(&self) -> impl Iterator<Item = &str> {
        self.extension.into_iter().chain(self.outer.map(|outer| outer.name.as_str()))
    }

    fn name(&self) -> String {
        let extension = self.extension.map(|urn| format!("{urn}:")).unwrap_or_default();
        let outer = self.outer.map(|outer| format!("{}.", outer.name)).unwrap_or_default();
        format!("{extension}{outer}{}", self.attribute.name)
    }

    fn find<'v>(&self, attributes: &'v Map<String, Value>) -> Option<&'v Value> {
        let mut object = attributes;
        for parent in self.parents() {
            object = object.get(parent)?.as_object()?;
        }
        object.get(&self.attribute.name)
    }

    /// Sets the value, unless something else than an object is in the way.
    fn set(&self, attributes: &mut Map<String, Value>, value: Value) {
        let mut object = attributes;
        for parent in self.parents() {
            let inner = object.entry(parent).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(inner) = inner else { return };
            object = inner;
        }
        object.insert(self.attribute.name.clone(), value);
    }
}

fn for_each_immutable(
    resource_type: &ResourceType,
    visit: &mut dyn FnMut(&Path<'_>) -> Result<(), ScimError>,
) -> Result<(), ScimError> {
    for attribute in resource_type.attributes() {
        at(None, attribute, visit)?;
    }
    for extension in &resource_type.extensions {
        for attribute in &extension.schema.attributes {
            at(Some(&extension.schema.id), attribute, visit)?;
        }
    }
    Ok(())
}

fn at(
    extension: Option<&str>,
    attribute: &Attribute,
    visit: &mut dyn FnMut(&Path<'_>) -> Result<(), ScimError>,
) -> Result<(), ScimError> {
    let immutable = |attribute: &Attribute| attribute.mutability == Mutability::Immutable;
    if immutable(attribute) {
        return visit(&Path { extension, outer: None, attribute });
    }
    if attribute.multi_valued {
        return Ok(());
    }
    let mut inner = attribute.sub_attributes.iter().filter(|inner| immutable(inner));
    inner.try_for_each(|inner| visit(&Path { extension, outer: Some(attribute), attribute: inner }))
}
