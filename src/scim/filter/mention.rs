//! What a filter has to know of an attribute, so that no more of it is loaded than that.

use serde_json::Value;

use super::lookup::text;
use super::{Filter, Operator};
use crate::map::Set;
use crate::scim::attribute::AttributePath;

/// Which values of a multi-valued attribute decide whether a filter holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Those with one of these `value`s; any one more where `any` is set, since the filter asks whether there is
    /// one at all. Nothing and `false`: none.
    These {
        /// The `value`s.
        values: Set,
        /// Whether any one is wanted.
        any: bool,
    },
    /// All.
    All,
}

impl Wanted {
    fn none() -> Self {
        Self::These { values: Set::new(), any: false }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::These { mut values, any }, Self::These { values: more, any: other }) => {
                values.extend(more);
                Self::These { values, any: any || other }
            }
            _ => Self::All,
        }
    }
}

impl Filter {
    /// Whether it looks at the attribute `name` of the core schema, or the sub-attribute `part` of that where given.
    pub fn mentions(&self, name: &str, part: Option<&str>) -> bool {
        let mut mentions = false;
        self.for_each_path(&mut |path| mentions |= path.mentions(name, part));
        mentions
    }

    /// Which values of the attribute `name`, whose elements have a `value` each, it looks at.
    pub fn wants(&self, name: &str) -> Wanted {
        match self {
            Self::And(filters) | Self::Or(filters) => {
                filters.iter().map(|filter| filter.wants(name)).fold(Wanted::none(), Wanted::and)
            }
            Self::Not(filter) => filter.wants(name),
            Self::Compare { path, .. } | Self::Present(path) | Self::Any(path)
                if !path.is_core(name) =>
            {
                Wanted::none()
            }
            Self::Compare { path, operator: Operator::Eq, value }
                if of_value(path) && !value.is_null() =>
            {
                Wanted::These { values: text(value).into_iter().collect(), any: false }
            }
            Self::Compare { path, operator: Operator::Eq | Operator::Ne, value: Value::Null }
            | Self::Present(path)
            | Self::Any(path)
                if of_value(path) && path.filter().is_none() =>
            {
                Wanted::These { values: Set::new(), any: true }
            }
            Self::Compare { path, .. } | Self::Present(path) | Self::Any(path) => {
                match path.filter().and_then(Self::element_values) {
                    Some(values) => Wanted::These { values, any: false },
                    None => Wanted::All,
                }
            }
        }
    }

    /// For a filter in brackets: the `value`s of all elements that it can hold for, where it names them.
    pub(crate) fn element_values(&self) -> Option<Set> {
        match self {
            Self::And(filters) => filters.iter().find_map(Self::element_values),
            _ => self.values_of(Self::element_values),
        }
    }

    /// As [`Self::element_values`], where the filter says nothing else.
    pub(crate) fn only_values(&self) -> Option<Set> {
        self.values_of(Self::only_values)
    }

    fn values_of(&self, inner: fn(&Self) -> Option<Set>) -> Option<Set> {
        match self {
            Self::Compare { path, operator: Operator::Eq, value } if path.is_core("value") => {
                text(value).map(|value| Set::from([value]))
            }
            Self::Or(filters) => {
                let each: Option<Vec<_>> = filters.iter().map(inner).collect();
                Some(each?.into_iter().flatten().collect())
            }
            _ => None,
        }
    }
}

/// Whether the path leads to the `value` of an element.
fn of_value(path: &AttributePath) -> bool {
    path.sub_attribute().is_none_or(|part| part.eq_ignore_ascii_case("value"))
}
