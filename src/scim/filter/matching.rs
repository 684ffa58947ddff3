//! Whether a filter holds for a resource (RFC 7644 §3.4.2.2).

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::check::{as_bool, as_instant};
use super::lookup::text;
use super::{Filter, Operator};
use crate::case::to_lower_case;
use crate::json::number::Decimal;
use crate::scim::attribute::{AttributePath, Scope, entry};
use crate::scim::date_time::DateTime;
use crate::scim::schema::{Attribute, AttributeType, ResourceType};

impl Filter {
    /// Whether the filter holds for a resource with all of its attributes, those included that the server
    /// adds (`id`, `meta`). A comparison that [`Self::check`] refuses holds for none.
    pub fn matches(&self, resource_type: &ResourceType, resource: &Map<String, Value>) -> bool {
        self.holds(Scope::Resource(resource_type), resource)
    }

    /// Whether the filter in the brackets behind `attribute` holds for one of its values.
    pub(crate) fn matches_element(
        &self,
        attribute: Option<&Attribute>,
        element: &Map<String, Value>,
    ) -> bool {
        self.holds(Scope::Element(attribute), element)
    }

    fn holds(&self, scope: Scope<'_>, object: &Map<String, Value>) -> bool {
        match self {
            Self::And(filters) => filters.iter().all(|filter| filter.holds(scope, object)),
            Self::Or(filters) => filters.iter().any(|filter| filter.holds(scope, object)),
            Self::Not(filter) => !filter.holds(scope, object),
            Self::Any(path) => path.any(scope, object, &mut |_, _| true),
            Self::Present(path) => is_present(path, scope, object),
            Self::Compare { path, operator, value: Value::Null } => match operator {
                Operator::Eq => !is_present(path, scope, object),
                Operator::Ne => is_present(path, scope, object),
                _ => false,
            },
            // What has no value is unequal to every value.
            Self::Compare { path, operator: Operator::Ne, .. }
                if !is_present(path, scope, object) =>
            {
                true
            }
            Self::Compare { path, operator, value } => {
                path.any(scope, object, &mut |own, definition| {
                    let definition = match (own, definition) {
                        (Value::Object(_), Some(of)) => of.default_sub_attribute(),
                        (_, definition) => definition,
                    };
                    let own = match own {
                        Value::Object(object) => entry(object, "value"),
                        own => Some(own),
                    };
                    own.is_some_and(|own| compare(own, definition, *operator, value))
                })
            }
        }
    }
}

fn is_present(path: &AttributePath, scope: Scope<'_>, object: &Map<String, Value>) -> bool {
    path.any(scope, object, &mut |value, _| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => !values.is_empty(),
        Value::Object(object) => !object.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    })
}

fn compare(
    own: &Value,
    definition: Option<&Attribute>,
    operator: Operator,
    literal: &Value,
) -> bool {
    match own {
        Value::Bool(own) => as_bool(literal).is_some_and(|literal| match operator {
            Operator::Eq => *own == literal,
            Operator::Ne => *own != literal,
            _ => false,
        }),
        Value::Number(own) => match literal {
            Value::Number(literal) => {
                ordered(Decimal::of(own).cmp(&Decimal::of(literal)), operator)
            }
            _ => false,
        },
        Value::String(own) => compare_text(own, definition, operator, literal),
        _ => false,
    }
}

fn compare_text(
    own: &str,
    definition: Option<&Attribute>,
    operator: Operator,
    literal: &Value,
) -> bool {
    let substring = matches!(operator, Operator::Co | Operator::Sw | Operator::Ew);
    let is_time = definition.is_some_and(|of| of.kind == AttributeType::DateTime);
    if is_time && !substring {
        let own = own.parse::<DateTime>().ok();
        return own.zip(as_instant(literal)).is_some_and(|(a, b)| ordered(a.cmp(&b), operator));
    }
    let Some(literal) = text(literal) else { return false };
    let exact = definition.is_some_and(|of| of.case_exact);
    let as_compared = |text| if exact { Cow::Borrowed(text) } else { fold(text) };
    let (own, literal) = (as_compared(own), as_compared(&literal));
    match operator {
        Operator::Co => own.contains(&*literal),
        Operator::Sw => own.starts_with(&*literal),
        Operator::Ew => own.ends_with(&*literal),
        _ => ordered(own.cmp(&literal), operator),
    }
}

fn ordered(order: Ordering, operator: Operator) -> bool {
    match operator {
        Operator::Eq => order.is_eq(),
        Operator::Ne => order.is_ne(),
        Operator::Gt => order.is_gt(),
        Operator::Ge => order.is_ge(),
        Operator::Lt => order.is_lt(),
        Operator::Le => order.is_le(),
        Operator::Co | Operator::Sw | Operator::Ew => false,
    }
}

/// A text in the form in which texts are compared that differ at most in case.
pub(crate) fn fold(text: &str) -> Cow<'_, str> {
    let folded = text.chars().all(|c| c.is_ascii() && !c.is_ascii_uppercase());
    if folded { Cow::Borrowed(text) } else { Cow::Owned(to_lower_case(text)) }
}
