//! Which index can answer a filter, so that a look-up does not read every resource.

use serde_json::Value;

use super::{Filter, Operator};
use crate::scim::attribute::AttributePath;

/// A value that every resource matching the filter has. What else the filter asks for is for
/// [`Filter::matches`] to find out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lookup {
    /// The `id`, in exactly this case.
    Id(String),
    /// The `userName`, in any case.
    UserName(String),
    /// The `externalId`, in exactly this case.
    ExternalId(String),
    /// The value of one of the `emails`, in any case; it need not be the primary one.
    Email(String),
    /// The id of one of the `groups`, in exactly this case.
    Group(String),
    /// The `displayName`, in any case.
    DisplayName(String),
    /// The id of one of the `members`, in exactly this case.
    Member(String),
}

impl Filter {
    /// The most selective look-up that the filter allows: the first in the order of [`Lookup`]'s variants. Which of
    /// them there is an index for depends on the resource type; those that it has no attribute for come to nothing.
    pub fn lookup(&self) -> Option<Lookup> {
        match self {
            Self::Compare { path, operator: Operator::Eq, value } => by_path(path, text(value)?),
            Self::Any(path) => {
                let look_up = of_elements(path)?;
                path.filter().and_then(by_element).map(look_up)
            }
            Self::And(filters) => filters.iter().filter_map(Self::lookup).min(),
            _ => None,
        }
    }
}

fn by_path(path: &AttributePath, value: String) -> Option<Lookup> {
    if let Some(look_up) = of_elements(path) {
        let by_value = path.sub_attribute().is_none_or(|sub| sub.eq_ignore_ascii_case("value"));
        return by_value.then(|| look_up(value));
    }
    if path.filter().is_some() || path.sub_attribute().is_some() {
        return None;
    }
    if path.is_core("id") {
        Some(Lookup::Id(value))
    } else if path.is_core("userName") {
        Some(Lookup::UserName(value))
    } else if path.is_core("externalId") {
        Some(Lookup::ExternalId(value))
    } else if path.is_core("displayName") {
        Some(Lookup::DisplayName(value))
    } else {
        None
    }
}

/// The look-up by the `value` of one of an attribute's elements.
fn of_elements(path: &AttributePath) -> Option<fn(String) -> Lookup> {
    if path.is_core("emails") {
        Some(Lookup::Email)
    } else if path.is_core("groups") {
        Some(Lookup::Group)
    } else if path.is_core("members") {
        Some(Lookup::Member)
    } else {
        None
    }
}

/// The `value` that the filter in brackets asks for.
fn by_element(filter: &Filter) -> Option<String> {
    match filter {
        Filter::Compare { path, operator: Operator::Eq, value } if path.is_core("value") => {
            text(value)
        }
        Filter::And(filters) => filters.iter().find_map(by_element),
        _ => None,
    }
}

/// The text a literal stands for where it is compared with a string; unquoted it may look like a number.
pub(crate) fn text(literal: &Value) -> Option<String> {
    match literal {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(boolean) => Some(boolean.to_string()),
        _ => None,
    }
}
