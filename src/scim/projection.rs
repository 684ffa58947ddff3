//! Which attributes an answer shows (RFC 7644 §3.9).

use serde_json::{Map, Value};

use super::attribute::AttributePath;
use super::error::ScimError;
use super::resource::invalid;
use super::schema::{Attribute, ResourceType, Returned};
use crate::gather::Gather as _;

/// How many names `attributes` or `excludedAttributes` may hold.
pub const MAX_NAMES: usize = 100;

/// What the client wants to see.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Projection {
    /// What is shown by default.
    #[default]
    Default,
    /// Only these, and what is always shown.
    Only(Vec<AttributePath>),
    /// What is shown by default, but without these.
    Except(Vec<AttributePath>),
}

/// What a path asks for below one name.
#[derive(Clone, Copy)]
struct Named<'p> {
    paths: &'p [AttributePath],
    /// The extension the names are in.
    extension: Option<&'p str>,
}

/// Whether an attribute is named as a whole, in part or not at all.
enum Match<'p> {
    Whole,
    Parts(Vec<&'p str>),
    None,
}

impl Projection {
    /// Reads the two parameters as a query or a search request has them. Names that can't be read are
    /// left out, like those of attributes that don't exist.
    pub(crate) fn parse<'t>(
        attributes: impl Iterator<Item = &'t str>,
        excluded: impl Iterator<Item = &'t str>,
    ) -> Result<Self, ScimError> {
        let only = names(attributes, "attributes")?;
        let except = names(excluded, "excludedAttributes")?;
        match (only, except) {
            (None, None) => Ok(Self::Default),
            (Some(paths), None) => Ok(Self::Only(paths)),
            (None, Some(paths)) => Ok(Self::Except(paths)),
            (Some(_), Some(_)) => {
                Err(invalid("attributes and excludedAttributes can't be given together"))
            }
        }
    }

    /// Whether anything of the core schema's attribute `name` is to be shown where the resource has it.
    pub fn shows(&self, resource_type: &ResourceType, name: &str) -> bool {
        self.attribute(None, name, resource_type.attribute(name), Value::Bool(true)).is_some()
    }

    /// Leaves of a complete resource what is to be shown.
    pub(crate) fn apply(
        &self,
        resource_type: &ResourceType,
        resource: Map<String, Value>,
    ) -> Map<String, Value> {
        let mut shown = Map::new();
        for (key, value) in resource {
            let extension = super::attribute::is_urn(&key) && value.is_object();
            let value = match value {
                Value::Object(inner) if extension => {
                    let schema = resource_type.extension(&key);
                    let define = |name: &str| schema.and_then(|schema| schema.attribute(name));
                    let inner = self.apply_extension(&key, inner, define);
                    (!inner.is_empty()).then_some(Value::Object(inner))
                }
                value => self.attribute(None, &key, resource_type.attribute(&key), value),
            };
            if let Some(value) = value {
                shown.insert(key, value);
            }
        }
        shown
    }

    fn apply_extension<'a>(
        &self,
        urn: &str,
        inner: Map<String, Value>,
        define: impl Fn(&str) -> Option<&'a Attribute>,
    ) -> Map<String, Value> {
        let mut shown = Map::new();
        for (key, value) in inner {
            let definition = define(&key);
            if let Some(value) = self.attribute(Some(urn), &key, definition, value) {
                shown.insert(key, value);
            }
        }
        shown
    }

    /// What is to be shown of an attribute.
    fn attribute(
        &self,
        extension: Option<&str>,
        name: &str,
        definition: Option<&Attribute>,
        value: Value,
    ) -> Option<Value> {
        let returned = definition.map_or(Returned::Default, |attribute| attribute.returned);
        let shown = match (self, returned) {
            (_, Returned::Never) => return None,
            (_, Returned::Always) => true,
            (Self::Only(_), _) => false,
            (_, Returned::Request) => false,
            (_, Returned::Default) => true,
        };
        let sub = |name: &str| definition.and_then(|attribute| attribute.sub_attribute(name));
        let returned_of = |name: &str| sub(name).map_or(Returned::Default, |sub| sub.returned);
        let keep: &dyn Fn(&str, bool) -> bool = match self {
            Self::Default => &|_, by_default| by_default,
            Self::Only(paths) => match (Named { paths, extension }).find(name) {
                Match::Whole => &|_, by_default| by_default,
                Match::Parts(parts) => {
                    let keep = |name: &str, _| {
                        returned_of(name) == Returned::Always || contains(&parts, name)
                    };
                    return keep_parts(value, &keep, &returned_of);
                }
                Match::None if shown => &|_, by_default| by_default,
                Match::None => return None,
            },
            Self::Except(paths) => match (Named { paths, extension }).find(name) {
                Match::Whole if returned == Returned::Always => &|_, by_default| by_default,
                Match::Whole => return None,
                Match::Parts(parts) => {
                    let keep = |name: &str, by_default| {
                        by_default
                            && (returned_of(name) == Returned::Always || !contains(&parts, name))
                    };
                    return keep_parts(value, &keep, &returned_of);
                }
                Match::None if shown => &|_, by_default| by_default,
                Match::None => return None,
            },
        };
        keep_parts(value, keep, &returned_of)
    }
}

impl<'p> Named<'p> {
    fn find(&self, name: &str) -> Match<'p> {
        let mut parts = Vec::new();
        for path in self.paths {
            let same_schema = match (path.extension_urn(), self.extension) {
                (None, None) => true,
                (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
                _ => false,
            };
            if !same_schema {
                continue;
            }
            match (path.name(), path.sub_attribute()) {
                (None, _) => return Match::Whole,
                (Some(named), sub_attribute) if named.eq_ignore_ascii_case(name) => {
                    let Some(sub_attribute) = sub_attribute else { return Match::Whole };
                    parts.push(sub_attribute);
                }
                _ => {}
            }
        }
        if parts.is_empty() { Match::None } else { Match::Parts(parts) }
    }
}

fn contains(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Leaves those sub-attributes for which `keep` holds, told whether they are shown by default; none if
/// nothing is left.
fn keep_parts(
    value: Value,
    keep: &dyn Fn(&str, bool) -> bool,
    returned: &dyn Fn(&str) -> Returned,
) -> Option<Value> {
    let kept = |key: &str| match returned(key) {
        Returned::Never => false,
        Returned::Request => keep(key, false),
        Returned::Always | Returned::Default => keep(key, true),
    };
    match value {
        Value::Object(mut object) => {
            object.retain(|key, _| kept(key));
            (!object.is_empty()).then_some(Value::Object(object))
        }
        Value::Array(values) => {
            let values: Vec<Value> =
                values.into_iter().filter_map(|value| keep_parts(value, keep, returned)).gather();
            (!values.is_empty()).then_some(Value::Array(values))
        }
        single => Some(single),
    }
}

/// The paths in a comma-separated parameter; none if it names nothing at all.
fn names<'t>(
    given: impl Iterator<Item = &'t str>,
    parameter: &str,
) -> Result<Option<Vec<AttributePath>>, ScimError> {
    let mut paths = Vec::new();
    let mut count = 0;
    for name in given.map(str::trim).filter(|name| !name.is_empty()) {
        count += 1;
        if count > MAX_NAMES {
            return Err(invalid(format!("{parameter} has more than {MAX_NAMES} names")));
        }
        if let Ok(path) = name.parse() {
            paths.push(path);
        }
    }
    Ok((count > 0).then_some(paths))
}

#[cfg(test)]
mod tests;
