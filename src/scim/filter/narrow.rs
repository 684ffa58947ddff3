//! What is left of a filter for the resources of one type. A query may be about several, and an attribute that a
//! type does not have has no value there (RFC 7644 §3.4.2.1).

use super::{Filter, Operator};
use crate::json::typed::object;
use crate::scim::error::ScimError;
use crate::scim::schema::ResourceType;

/// What a filter comes to for all resources of a type.
#[derive(Clone, Debug, PartialEq)]
pub enum Narrowed {
    /// It holds for none.
    Never,
    /// It holds for each.
    Always,
    /// It is the same for each as this.
    If(Filter),
}

impl Filter {
    /// Refuses, with `invalidFilter`, what [`Self::check`] refuses for each of the types.
    pub fn check_any(&self, types: &[&ResourceType]) -> Result<(), ScimError> {
        match self {
            Self::And(filters) | Self::Or(filters) => {
                filters.iter().try_for_each(|filter| filter.check_any(types))
            }
            Self::Not(filter) => filter.check_any(types),
            comparison => {
                let mut refusal = Ok(());
                for resource_type in types {
                    let checked = comparison.check(resource_type);
                    if checked.is_ok() {
                        return Ok(());
                    }
                    refusal = refusal.and(checked);
                }
                refusal
            }
        }
    }

    /// The filter without what its answer is known of beforehand: attributes that the type does not have, and
    /// `meta.resourceType`.
    pub fn narrow(&self, resource_type: &ResourceType) -> Narrowed {
        match self {
            Self::And(filters) => {
                let parts = filters.iter().map(|filter| filter.narrow(resource_type));
                join(parts, &Narrowed::Never, Narrowed::Always, Self::And)
            }
            Self::Or(filters) => {
                let parts = filters.iter().map(|filter| filter.narrow(resource_type));
                join(parts, &Narrowed::Always, Narrowed::Never, Self::Or)
            }
            Self::Not(filter) => match filter.narrow(resource_type) {
                Narrowed::Never => Narrowed::Always,
                Narrowed::Always => Narrowed::Never,
                Narrowed::If(filter) => Narrowed::If(Self::Not(Box::new(filter))),
            },
            comparison if comparison.check(resource_type).is_err() => {
                constant(comparison.holds_without_value())
            }
            comparison if comparison.is_about_the_type() => {
                let typed = object!({ "meta": object!({ "resourceType": resource_type.name }) });
                let holds = |typed| comparison.matches(resource_type, typed);
                constant(typed.as_object().is_some_and(holds))
            }
            comparison => Narrowed::If(comparison.clone()),
        }
    }

    fn holds_without_value(&self) -> bool {
        match self {
            Self::Compare { operator: Operator::Eq, value, .. } => value.is_null(),
            Self::Compare { operator: Operator::Ne, value, .. } => !value.is_null(),
            _ => false,
        }
    }

    fn is_about_the_type(&self) -> bool {
        let (Self::Compare { path, .. } | Self::Present(path)) = self else { return false };
        let sub_attribute = path.sub_attribute().unwrap_or_default();
        path.is_core("meta") && sub_attribute.eq_ignore_ascii_case("resourceType")
    }
}

fn constant(holds: bool) -> Narrowed {
    if holds { Narrowed::Always } else { Narrowed::Never }
}

/// Puts parts together again; `decisive` is what one part decides for all of them, `neutral` what decides nothing.
fn join(
    parts: impl Iterator<Item = Narrowed>,
    decisive: &Narrowed,
    neutral: Narrowed,
    combine: fn(Vec<Filter>) -> Filter,
) -> Narrowed {
    let mut filters = Vec::new();
    for part in parts {
        match part {
            Narrowed::If(filter) => filters.push(filter),
            decided if decided == *decisive => return decided,
            _ => {}
        }
    }
    match (filters.pop(), filters.is_empty()) {
        (None, _) => neutral,
        (Some(only), true) => Narrowed::If(only),
        (Some(last), false) => {
            filters.push(last);
            Narrowed::If(combine(filters))
        }
    }
}

#[cfg(test)]
mod tests;
