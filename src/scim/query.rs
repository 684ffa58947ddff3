//! The query of a list request (RFC 7644 §3.4.2) and its answer.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::error::{ScimError, ScimErrorKind};
use super::filter::Filter;
use super::projection::Projection;

/// Schema of a list answer.
pub const LIST_RESPONSE_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// How many resources a page holds unless the client says otherwise.
pub const DEFAULT_COUNT: usize = 100;
/// How many resources a page holds at most.
pub const MAX_COUNT: usize = 200;

/// What a list request asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct ListQuery {
    /// Which resources. Not yet checked against a resource type: see [`Filter::check`].
    pub filter: Option<Filter>,
    /// The first of them to show, counted from 1.
    pub start_index: u64,
    /// How many of them to show, at most [`MAX_COUNT`].
    pub count: usize,
    /// Which of their attributes.
    pub projection: Projection,
}

impl Default for ListQuery {
    fn default() -> Self {
        Self { filter: None, start_index: 1, count: DEFAULT_COUNT, projection: Projection::Default }
    }
}

impl ListQuery {
    /// Reads the part of a URL behind the `?`. Parameters that SCIM does not define are ignored (Entra
    /// adds `aadOptscim062020`); one that is given twice is `invalidValue`.
    pub fn parse(query: &str) -> Result<Self, ScimError> {
        let parameters = Parameters::read(query)?;
        let filter = parameters.filter.as_deref().filter(|filter| !filter.trim().is_empty());
        Ok(Self {
            filter: filter.map(str::parse).transpose()?,
            start_index: integer(parameters.start_index.as_deref(), "startIndex")?
                .map_or(1, |index| u64::try_from(index).unwrap_or(0).max(1)),
            count: integer(parameters.count.as_deref(), "count")?
                .map_or(DEFAULT_COUNT, |count| count.max(0).try_into().unwrap_or(MAX_COUNT))
                .min(MAX_COUNT),
            projection: parameters.projection()?,
        })
    }
}

impl Projection {
    /// Reads `attributes` and `excludedAttributes` of a request for a single resource.
    pub fn from_query(query: &str) -> Result<Self, ScimError> {
        Parameters::read(query)?.projection()
    }
}

/// The parameters as they were given.
#[derive(Default)]
struct Parameters<'q> {
    filter: Option<Cow<'q, str>>,
    start_index: Option<Cow<'q, str>>,
    count: Option<Cow<'q, str>>,
    attributes: Option<Cow<'q, str>>,
    excluded_attributes: Option<Cow<'q, str>>,
}

impl<'q> Parameters<'q> {
    fn read(query: &'q str) -> Result<Self, ScimError> {
        let query = query.strip_prefix('?').unwrap_or(query);
        let mut parameters = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let slot = match name.to_ascii_lowercase().as_str() {
                "filter" => &mut parameters.filter,
                "startindex" => &mut parameters.start_index,
                "count" => &mut parameters.count,
                "attributes" => &mut parameters.attributes,
                "excludedattributes" => &mut parameters.excluded_attributes,
                _ => continue,
            };
            if slot.replace(value).is_some() {
                let detail = format!("the parameter {name} is given twice");
                return Err(ScimError::new(ScimErrorKind::InvalidValue, detail));
            }
        }
        Ok(parameters)
    }

    fn projection(&self) -> Result<Projection, ScimError> {
        let names = |list: &'_ Option<Cow<'_, str>>| list.as_deref().unwrap_or_default().to_owned();
        let (attributes, excluded) = (names(&self.attributes), names(&self.excluded_attributes));
        Projection::parse(attributes.split(','), excluded.split(','))
    }
}

/// A whole number of any size; far-out ones count as the farthest that fits.
fn integer(text: Option<&str>, name: &str) -> Result<Option<i64>, ScimError> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        let detail = format!("{name} must be a whole number");
        return Err(ScimError::new(ScimErrorKind::InvalidValue, detail));
    }
    let farthest = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    Ok(Some(text.parse().unwrap_or(farthest)))
}

/// A page of a list (RFC 7644 §3.4.2).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListResponse {
    /// How many resources the query finds in all.
    pub total_results: u64,
    /// Which of them the page begins with, counted from 1.
    pub start_index: u64,
    /// The resources of the page, rendered.
    pub resources: Vec<Value>,
}

impl ListResponse {
    /// The answer's body.
    pub fn into_json(self) -> Value {
        json!({
            "schemas": [LIST_RESPONSE_SCHEMA],
            "totalResults": self.total_results,
            "startIndex": self.start_index,
            "itemsPerPage": self.resources.len(),
            "Resources": self.resources,
        })
    }
}

#[cfg(test)]
mod tests;
