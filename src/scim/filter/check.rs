//! Whether a filter makes sense for a resource type. Asked once per request, so that matching can't fail.

use serde_json::Value;

use super::{Filter, Operator};
use crate::json::quoted;
use crate::scim::attribute::{AttributePath, Resolution, Scope};
use crate::scim::date_time::DateTime;
use crate::scim::error::{ScimError, ScimErrorKind};
use crate::scim::schema::{Attribute, AttributeType, ResourceType, Returned};

impl Filter {
    /// Refuses, with `invalidFilter`, attributes that no schema defines and comparisons that the
    /// attribute's type has no meaning for (RFC 7644 §3.4.2.2).
    pub fn check(&self, resource_type: &ResourceType) -> Result<(), ScimError> {
        self.check_in(Scope::Resource(resource_type))
    }

    /// As [`Self::check`], for the filter in the brackets behind `attribute`. Without a definition there
    /// is nothing to check against.
    pub(crate) fn check_element(&self, attribute: Option<&Attribute>) -> Result<(), ScimError> {
        match attribute {
            Some(_) => self.check_in(Scope::Element(attribute)),
            None => Ok(()),
        }
    }

    fn check_in(&self, scope: Scope<'_>) -> Result<(), ScimError> {
        match self {
            Self::And(filters) | Self::Or(filters) => {
                filters.iter().try_for_each(|filter| filter.check_in(scope))
            }
            Self::Not(filter) => filter.check_in(scope),
            Self::Present(path) | Self::Any(path) => check_path(path, scope).map(drop),
            Self::Compare { path, operator, value } => {
                let Some(attribute) = check_path(path, scope)? else {
                    return Err(invalid(format!("{path} is a schema, which can't be compared")));
                };
                let compared = match attribute.kind {
                    AttributeType::Complex => {
                        attribute.default_sub_attribute().ok_or_else(|| {
                            invalid(format!("{} has sub-attributes: name one", attribute.name))
                        })?
                    }
                    _ => attribute,
                };
                check_comparison(compared, *operator, value)
            }
        }
    }
}

/// The definition of what the path leads to; none for all of an extension.
fn check_path<'a>(
    path: &AttributePath,
    scope: Scope<'a>,
) -> Result<Option<&'a Attribute>, ScimError> {
    let (attribute, found) = match path.resolve_in(scope) {
        Resolution::Extension(_) => return Ok(None),
        Resolution::Attribute { attribute, sub_attribute, .. } => {
            (attribute, sub_attribute.unwrap_or(attribute))
        }
        Resolution::Unknown => {
            let mut named = path.name().unwrap_or_default().to_owned();
            if let Some(sub_attribute) = path.sub_attribute() {
                named = format!("{named}.{sub_attribute}");
            }
            let named = quoted(&named);
            return Err(invalid(format!("there is no attribute {named} to filter by")));
        }
    };
    if found.returned == Returned::Never {
        return Err(invalid(format!("{} can't be filtered by", found.name)));
    }
    if let Some(filter) = path.filter() {
        if !attribute.multi_valued {
            return Err(invalid(format!("{} has one value only, no brackets", attribute.name)));
        }
        filter.check_in(Scope::Element(Some(attribute)))?;
    }
    Ok(Some(found))
}

fn check_comparison(
    attribute: &Attribute,
    operator: Operator,
    value: &Value,
) -> Result<(), ScimError> {
    let equality = matches!(operator, Operator::Eq | Operator::Ne);
    let substring = matches!(operator, Operator::Co | Operator::Sw | Operator::Ew);
    let refuse =
        |why: &str| Err(invalid(format!("{} {}: {why}", attribute.name, operator.as_str())));
    if value.is_null() {
        return if equality { Ok(()) } else { refuse("null has no order and no parts") };
    }
    match attribute.kind {
        AttributeType::Boolean if !equality => refuse("booleans are only equal or not"),
        AttributeType::Boolean if as_bool(value).is_none() => refuse("true or false was expected"),
        AttributeType::Binary if !equality && !substring => refuse("binary values have no order"),
        AttributeType::DateTime if !substring && as_instant(value).is_none() => {
            refuse("a date and time such as \"2026-01-31T08:00:00Z\" was expected")
        }
        AttributeType::Integer | AttributeType::Decimal if substring => {
            refuse("numbers have no parts")
        }
        AttributeType::Integer | AttributeType::Decimal if !value.is_number() => {
            refuse("a number was expected")
        }
        _ => Ok(()),
    }
}

/// The boolean a literal stands for. Entra quotes booleans.
pub(super) fn as_bool(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(boolean) => Some(*boolean),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

pub(super) fn as_instant(value: &Value) -> Option<DateTime> {
    value.as_str().and_then(|text| text.parse().ok())
}

fn invalid(detail: String) -> ScimError {
    ScimError::new(ScimErrorKind::InvalidFilter, detail)
}
