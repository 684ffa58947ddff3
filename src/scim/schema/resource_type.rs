//! Resource types (RFC 7643 §6), made from the schema files that are embedded in the module.

use std::sync::LazyLock;

use super::packed::unpack;
use super::{Attribute, Schema, find};
use crate::json::typed::from_slice;

/// The file as `build.rs` leaves it: without white space, and packed.
macro_rules! schema {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/schemas/", $name, ".json"))
    };
}

pub(super) const COMMON: &[u8] = schema!("common");
pub(super) const USER: &[u8] = schema!("user");
pub(super) const GROUP: &[u8] = schema!("group");
pub(super) const ENTERPRISE_USER: &[u8] = schema!("enterprise_user");

/// A kind of resource: where it is found and which schemas define it (RFC 7643 §6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceType {
    /// Its name, which is its id too.
    pub name: &'static str,
    /// Its endpoint under the base URL, with a leading slash.
    pub endpoint: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// The schema of its attributes.
    pub schema: Schema,
    /// The schemas that extend it.
    pub extensions: Vec<SchemaExtension>,
    /// How many values one multi-valued attribute may hold.
    pub max_values: usize,
    common: Vec<Attribute>,
}

/// A schema that extends a resource type (RFC 7643 §3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaExtension {
    /// The schema.
    pub schema: Schema,
    /// Whether each resource must have it.
    pub required: bool,
}

impl ResourceType {
    /// The attribute of that name in the core schema or among the common attributes (RFC 7643 §3.1).
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.schema.attribute(name).or_else(|| find(&self.common, name))
    }

    /// The common attributes and those of the core schema.
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.common.iter().chain(&self.schema.attributes)
    }

    /// The extension of that URN, in any case.
    pub fn extension(&self, urn: &str) -> Option<&Schema> {
        self.extensions
            .iter()
            .map(|extension| &extension.schema)
            .find(|schema| schema.id.eq_ignore_ascii_case(urn))
    }
}

/// The User resource type with the enterprise extension.
pub fn user() -> &'static ResourceType {
    static TYPE: LazyLock<ResourceType> = LazyLock::new(|| ResourceType {
        name: "User",
        endpoint: "/Users",
        description: "A person in the team",
        schema: embedded(USER),
        extensions: vec![SchemaExtension { schema: embedded(ENTERPRISE_USER), required: false }],
        max_values: 1_000,
        common: embedded(COMMON).attributes,
    });
    &TYPE
}

/// The Group resource type.
pub fn group() -> &'static ResourceType {
    static TYPE: LazyLock<ResourceType> = LazyLock::new(|| ResourceType {
        name: "Group",
        endpoint: "/Groups",
        description: "People and groups of the team that belong together",
        schema: embedded(GROUP),
        extensions: Vec::new(),
        max_values: 50_000,
        common: embedded(COMMON).attributes,
    });
    &TYPE
}

/// A type that no team has, for rules that none of the real ones needs.
#[cfg(test)]
pub(crate) fn made_up(schema: Schema, extension: Schema) -> ResourceType {
    ResourceType {
        name: "MadeUp",
        endpoint: "/MadeUps",
        description: "For tests",
        schema,
        extensions: vec![SchemaExtension { schema: extension, required: false }],
        max_values: 1_000,
        common: embedded(COMMON).attributes,
    }
}

/// A test reads each file strictly, so the default can't be met in a module that was released.
fn embedded(packed: &[u8]) -> Schema {
    from_slice(&unpack(packed)).unwrap_or_default()
}
