//! The one table of attribute definitions (RFC 7643 §7): filters, PATCH, projection and discovery all
//! read it, so what is advertised is what is enforced.

use crate::json::typed::{names, record};

mod packed;
pub(crate) mod resource_type;

pub use resource_type::{ResourceType, SchemaExtension, group, user};

/// The core User schema (RFC 7643 §4.1).
pub const USER_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The core Group schema (RFC 7643 §4.2).
pub const GROUP_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The enterprise extension (RFC 7643 §4.3).
pub const ENTERPRISE_SCHEMA: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// What OneLogin, Google and other clients of SCIM's drafts call the core schema.
const LEGACY_CORE: [&str; 4] = [
    "urn:scim:schemas:core:1.0",
    "urn:scim:schemas:core:2.0",
    "urn:scim:schemas:core:1.0:User",
    "urn:scim:schemas:core:2.0:User",
];
/// What they call the enterprise extension.
const LEGACY_ENTERPRISE: [&str; 4] = [
    "urn:scim:schemas:extension:enterprise:1.0",
    "urn:scim:schemas:extension:enterprise:2.0",
    "urn:scim:schemas:extension:enterprise:1.0:User",
    "urn:scim:schemas:extension:enterprise:2.0:User",
];

/// The type of an attribute's values (RFC 7643 §2.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AttributeType {
    /// Text.
    #[default]
    String,
    /// `true` or `false`.
    Boolean,
    /// A number, maybe with a fraction.
    Decimal,
    /// A whole number.
    Integer,
    /// An instant in RFC 3339 form.
    DateTime,
    /// Bytes in base64.
    Binary,
    /// A URI.
    Reference,
    /// An object of sub-attributes.
    Complex,
}

names!(AttributeType {
    String = "string",
    Boolean = "boolean",
    Decimal = "decimal",
    Integer = "integer",
    DateTime = "dateTime",
    Binary = "binary",
    Reference = "reference",
    Complex = "complex",
});

/// Who may change an attribute, and when (RFC 7643 §2.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mutability {
    /// The server only.
    ReadOnly,
    /// The client, at any time.
    #[default]
    ReadWrite,
    /// The client, once.
    Immutable,
    /// The client; never shown.
    WriteOnly,
}

names!(Mutability {
    ReadOnly = "readOnly",
    ReadWrite = "readWrite",
    Immutable = "immutable",
    WriteOnly = "writeOnly",
});

/// When an attribute is in an answer (RFC 7643 §2.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Returned {
    /// In every answer.
    Always,
    /// In none.
    Never,
    /// Unless the client says otherwise.
    #[default]
    Default,
    /// Only if the client asks for it.
    Request,
}

names!(Returned {
    Always = "always",
    Never = "never",
    Default = "default",
    Request = "request",
});

/// Among what a value must be unique (RFC 7643 §2.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Uniqueness {
    /// Nothing.
    #[default]
    None,
    /// The resources of one endpoint.
    Server,
    /// All resources anywhere.
    Global,
}

names!(Uniqueness {
    None = "none",
    Server = "server",
    Global = "global",
});

/// The definition of an attribute (RFC 7643 §7). Characteristics left out in the embedded files have the
/// values of RFC 7643 §2.2; answers state all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attribute {
    /// The canonical spelling of its name.
    pub name: String,
    /// The type of its values.
    pub kind: AttributeType,
    /// The definitions inside a complex attribute.
    pub sub_attributes: Vec<Attribute>,
    /// Whether it holds an array of values.
    pub multi_valued: bool,
    /// What it is for.
    pub description: String,
    /// Whether a resource must have it.
    pub required: bool,
    /// Values that are suggested, not enforced.
    pub canonical_values: Vec<String>,
    /// Whether upper and lower case differ when values are compared.
    pub case_exact: bool,
    /// Who may change it.
    pub mutability: Mutability,
    /// When it is in an answer.
    pub returned: Returned,
    /// Among what it must be unique.
    pub uniqueness: Uniqueness,
    /// What a reference may point to.
    pub reference_types: Vec<String>,
}

record!(strict Attribute {
    name: default,
    kind as "type": default,
    sub_attributes as "subAttributes": sparse,
    multi_valued as "multiValued": default,
    description: default,
    required: default,
    canonical_values as "canonicalValues": sparse,
    case_exact as "caseExact": default,
    mutability: default,
    returned: default,
    uniqueness: default,
    reference_types as "referenceTypes": sparse,
});

impl Attribute {
    /// The sub-attribute of that name, in any case.
    pub fn sub_attribute(&self, name: &str) -> Option<&Attribute> {
        find(&self.sub_attributes, name)
    }

    /// Whether its values are objects.
    pub fn is_complex(&self) -> bool {
        self.kind == AttributeType::Complex
    }

    /// The sub-attribute that stands for the whole value where none is named (RFC 7643 §2.4).
    pub fn default_sub_attribute(&self) -> Option<&Attribute> {
        self.sub_attribute("value")
    }
}

/// A schema: a URN and the attributes it defines (RFC 7643 §7).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// Its URN.
    pub id: String,
    /// Its short name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The attributes it defines.
    pub attributes: Vec<Attribute>,
}

record!(strict Schema { id, name, description, attributes });

impl Schema {
    /// The attribute of that name, in any case.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        find(&self.attributes, name)
    }
}

/// The definition of that name, in any case.
pub(crate) fn find<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

/// A schema URN that this server knows, under its present or a legacy spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownUrn {
    /// The core schema of whichever resource type is being read.
    LegacyCore,
    /// The schema of this URN.
    Schema(&'static str),
}

/// Recognises a known schema URN in any case.
pub fn known_urn(urn: &str) -> Option<KnownUrn> {
    let is = |known: &&str| known.eq_ignore_ascii_case(urn);
    if let Some(schema) = [USER_SCHEMA, GROUP_SCHEMA, ENTERPRISE_SCHEMA].into_iter().find(is) {
        return Some(KnownUrn::Schema(schema));
    }
    if LEGACY_ENTERPRISE.iter().any(is) {
        return Some(KnownUrn::Schema(ENTERPRISE_SCHEMA));
    }
    LEGACY_CORE.iter().any(is).then_some(KnownUrn::LegacyCore)
}

#[cfg(test)]
mod tests;
