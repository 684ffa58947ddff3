//! Filters (RFC 7644 §3.4.2.2): parsed with limits, checked once against the schema, then matched.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use super::attribute::AttributePath;
use super::error::{ScimError, ScimErrorKind};
use crate::json::to_text;

mod check;
mod lookup;
mod matching;
mod mention;
mod narrow;
pub(crate) mod parser;

pub use lookup::Lookup;
pub(crate) use lookup::text as literal_text;
pub(crate) use matching::fold;
pub use mention::Wanted;
pub use narrow::Narrowed;
pub use parser::{MAX_DEPTH, MAX_LENGTH, MAX_TERMS};

/// A condition on a resource, or on a value of a multi-valued attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// A comparison such as `userName eq "x"`.
    Compare {
        /// What is compared.
        path: AttributePath,
        /// How.
        operator: Operator,
        /// With what: a string, number, boolean or null.
        value: Value,
    },
    /// `path pr`: there is a value that isn't empty.
    Present(AttributePath),
    /// `attribute[filter]`: there is a value for which the filter in the path holds.
    Any(AttributePath),
    /// All of two or more.
    And(Vec<Filter>),
    /// At least one of two or more.
    Or(Vec<Filter>),
    /// Not this one.
    Not(Box<Filter>),
}

impl Filter {
    /// How many comparisons it takes to find out whether the filter holds, at most.
    pub(crate) fn comparisons(&self) -> usize {
        let inside = |path: &AttributePath| path.filter().map_or(0, Self::comparisons);
        match self {
            Self::Compare { path, .. } | Self::Present(path) | Self::Any(path) => 1 + inside(path),
            Self::And(filters) | Self::Or(filters) => filters.iter().map(Self::comparisons).sum(),
            Self::Not(filter) => filter.comparisons(),
        }
    }

    /// Shows `visit` each path that is followed from the resource itself.
    pub(crate) fn for_each_path<'f>(&'f self, visit: &mut dyn FnMut(&'f AttributePath)) {
        match self {
            Self::Compare { path, .. } | Self::Present(path) | Self::Any(path) => visit(path),
            Self::And(filters) | Self::Or(filters) => {
                filters.iter().for_each(|filter| filter.for_each_path(visit));
            }
            Self::Not(filter) => filter.for_each_path(visit),
        }
    }
}

/// A comparison operator (RFC 7644 table 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// equal
    Eq,
    /// not equal
    Ne,
    /// contains
    Co,
    /// starts with
    Sw,
    /// ends with
    Ew,
    /// greater than
    Gt,
    /// greater than or equal
    Ge,
    /// less than
    Lt,
    /// less than or equal
    Le,
}

impl Operator {
    const ALL: [(Self, &'static str); 9] = [
        (Self::Eq, "eq"),
        (Self::Ne, "ne"),
        (Self::Co, "co"),
        (Self::Sw, "sw"),
        (Self::Ew, "ew"),
        (Self::Gt, "gt"),
        (Self::Ge, "ge"),
        (Self::Lt, "lt"),
        (Self::Le, "le"),
    ];

    fn parse(word: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, name)| name.eq_ignore_ascii_case(word));
        found.map(|(operator, _)| *operator)
    }

    /// Its name in lower case.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(operator, _)| *operator == self).map_or("", |(_, name)| name)
    }
}

impl FromStr for Filter {
    type Err = ScimError;

    fn from_str(text: &str) -> Result<Self, ScimError> {
        parser::Parser::new(text)
            .and_then(parser::Parser::whole_filter)
            .map_err(|error| error.into_scim(ScimErrorKind::InvalidFilter, "filter"))
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compare { path, operator, value } => {
                write!(formatter, "{path} {} {}", operator.as_str(), to_text(value))
            }
            Self::Present(path) => write!(formatter, "{path} pr"),
            Self::Any(path) => write!(formatter, "{path}"),
            Self::And(filters) => join(formatter, filters, " and ", |inner| {
                matches!(inner, Self::And(_) | Self::Or(_))
            }),
            Self::Or(filters) => {
                join(formatter, filters, " or ", |inner| matches!(inner, Self::Or(_)))
            }
            Self::Not(inner) => write!(formatter, "not ({inner})"),
        }
    }
}

fn join(
    formatter: &mut fmt::Formatter<'_>,
    filters: &[Filter],
    word: &str,
    needs_group: fn(&Filter) -> bool,
) -> fmt::Result {
    for (index, filter) in filters.iter().enumerate() {
        if index > 0 {
            formatter.write_str(word)?;
        }
        if needs_group(filter) {
            write!(formatter, "({filter})")?;
        } else {
            write!(formatter, "{filter}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
