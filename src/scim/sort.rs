//! In which order a list comes (RFC 7644 §3.4.2.3): by one attribute, resources without it last.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::str::FromStr;

use serde_json::{Map, Value};

use super::attribute::{AttributePath, Resolution, Scope};
use super::date_time::DateTime;
use super::error::ScimError;
use super::filter::fold;
use super::resource::invalid;
use super::schema::{Attribute, AttributeType, ResourceType, Returned};
use crate::json::number::Decimal;

/// How many bytes of a text count for its place. Keeps what is kept of 10,000 resources small.
pub const MAX_KEY: usize = 1_024;

/// The order that a query asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Sort {
    /// What is compared.
    pub by: AttributePath,
    /// What comes first.
    pub order: SortOrder,
}

/// What comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortOrder {
    /// The least.
    #[default]
    Ascending,
    /// The greatest, and before it what has no value.
    Descending,
}

/// The place of a resource among others.
#[derive(Clone, Debug)]
pub enum SortKey {
    /// `false` before `true`.
    Boolean(bool),
    /// Numbers by their value.
    Number(Decimal),
    /// Instants by time, however they are written.
    Instant(DateTime),
    /// Texts by their characters, in lower case where case makes no difference.
    Text(Box<str>),
    /// No value.
    Missing,
}

impl FromStr for SortOrder {
    type Err = ScimError;

    fn from_str(text: &str) -> Result<Self, ScimError> {
        match text.trim() {
            text if text.eq_ignore_ascii_case("ascending") => Ok(Self::Ascending),
            text if text.eq_ignore_ascii_case("descending") => Ok(Self::Descending),
            _ => Err(invalid("sortOrder must be ascending or descending")),
        }
    }
}

impl SortOrder {
    /// Its name in the RFC.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ascending => "ascending",
            Self::Descending => "descending",
        }
    }
}

impl Sort {
    /// Reads `sortBy`. What cannot be one is `invalidValue`: `invalidPath` is for the paths of a PATCH (RFC 7644
    /// table 9).
    pub fn parse(by: &str, order: SortOrder) -> Result<Self, ScimError> {
        let by: AttributePath =
            by.trim().parse().map_err(|error: ScimError| invalid(format!("sortBy: {error}")))?;
        if by.filter().is_some() {
            return Err(invalid("sortBy takes an attribute without brackets"));
        }
        Ok(Self { by, order })
    }

    /// Refuses attributes that no schema of the type defines, that are never shown, or that have no order.
    pub fn check(&self, resource_type: &ResourceType) -> Result<(), ScimError> {
        self.definition(resource_type).map(drop)
    }

    /// Refuses what [`Self::check`] refuses for each of the types. In a list of several, resources of a type without
    /// the attribute have no value.
    pub fn check_any(&self, types: &[&ResourceType]) -> Result<(), ScimError> {
        let mut refusal = Ok(());
        for resource_type in types {
            let checked = self.check(resource_type);
            if checked.is_ok() {
                return Ok(());
            }
            refusal = refusal.and(checked);
        }
        refusal
    }

    /// The place of a resource with all of its attributes. [`SortKey::Missing`] for one of a type without the
    /// attribute.
    pub fn key(&self, resource_type: &ResourceType, resource: &Map<String, Value>) -> SortKey {
        let Ok(definition) = self.definition(resource_type) else { return SortKey::Missing };
        let value = self.by.first(Scope::Resource(resource_type), resource);
        value.map_or(SortKey::Missing, |value| SortKey::of(value, definition))
    }

    /// The order of two resources. Those that are equal are the caller's to order.
    pub fn compare(&self, one: &SortKey, other: &SortKey) -> Ordering {
        match self.order {
            SortOrder::Ascending => one.cmp(other),
            SortOrder::Descending => other.cmp(one),
        }
    }

    /// Whether this is the order in which resources of one type come anyway: ids are made in the order of time.
    pub fn is_by_creation(&self) -> bool {
        let created = || {
            let sub_attribute = self.by.sub_attribute();
            self.by.is_core("meta")
                && sub_attribute.is_some_and(|name| name.eq_ignore_ascii_case("created"))
        };
        self.order == SortOrder::Ascending && (self.by.is_core("id") || created())
    }

    /// The definition of the values that are compared.
    fn definition<'a>(&self, resource_type: &'a ResourceType) -> Result<&'a Attribute, ScimError> {
        let (attribute, found) = match self.by.resolve_in(Scope::Resource(resource_type)) {
            Resolution::Attribute { attribute, sub_attribute, .. } => {
                (attribute, sub_attribute.unwrap_or(attribute))
            }
            Resolution::Extension(_) => {
                return Err(invalid(format!("sortBy: {} is a schema, name an attribute", self.by)));
            }
            Resolution::Unknown => {
                return Err(invalid(format!("sortBy: there is no attribute {}", self.by)));
            }
        };
        if attribute.returned == Returned::Never || found.returned == Returned::Never {
            return Err(invalid(format!("sortBy: {} can't be sorted by", self.by)));
        }
        if !found.is_complex() {
            return Ok(found);
        }
        found
            .default_sub_attribute()
            .ok_or_else(|| invalid(format!("sortBy: {} has sub-attributes, name one", self.by)))
    }
}

impl SortKey {
    fn of(value: &Value, definition: &Attribute) -> Self {
        match value {
            Value::Bool(boolean) => Self::Boolean(*boolean),
            Value::Number(number) => Self::Number(Decimal::of(number)),
            Value::String(text) if text.is_empty() => Self::Missing,
            Value::String(text) => {
                let is_time = definition.kind == AttributeType::DateTime;
                if let Some(instant) = text.parse().ok().filter(|_| is_time) {
                    return Self::Instant(instant);
                }
                let exact = definition.case_exact;
                let text = if exact { Cow::Borrowed(text.as_str()) } else { fold(text) };
                Self::Text(text.get(..text.floor_char_boundary(MAX_KEY)).unwrap_or(&text).into())
            }
            Value::Null | Value::Array(_) | Value::Object(_) => Self::Missing,
        }
    }

    /// Bytes that are other ones for another place.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![self.rank()];
        match self {
            Self::Boolean(boolean) => bytes.push(u8::from(*boolean)),
            Self::Number(number) => bytes.extend(number.to_bytes()),
            Self::Instant(instant) => bytes.extend(instant.to_be_bytes()),
            Self::Text(text) => bytes.extend(text.as_bytes()),
            Self::Missing => {}
        }
        bytes
    }

    /// The order of values that cannot be compared, as two types of resources may have under one name.
    fn rank(&self) -> u8 {
        match self {
            Self::Boolean(_) => 0,
            Self::Number(_) => 1,
            Self::Instant(_) => 2,
            Self::Text(_) => 3,
            Self::Missing => 4,
        }
    }
}

impl Ord for SortKey {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Boolean(one), Self::Boolean(other)) => one.cmp(other),
            (Self::Number(one), Self::Number(other)) => one.cmp(other),
            (Self::Instant(one), Self::Instant(other)) => one.cmp(other),
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for SortKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for SortKey {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for SortKey {}

#[cfg(test)]
mod tests;
