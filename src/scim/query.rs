//! The query of a list request (RFC 7644 §3.4.2, RFC 9865) and its answer.

use std::borrow::Cow;

use serde_json::Value;

use super::error::{ScimError, ScimErrorKind};
use super::filter::Filter;
use super::projection::Projection;
use super::sort::{Sort, SortOrder};
use crate::json::typed::object;

/// Schema of a list answer.
pub const LIST_RESPONSE_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// How many resources a page holds unless the client says otherwise.
pub const DEFAULT_COUNT: usize = 100;
/// How many resources a page holds at most.
pub const MAX_COUNT: usize = 200;
/// How many resources one request looks at one by one at most, those of all types together.
pub const MAX_SCANNED: u64 = 10_000;

/// What a list request asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct ListQuery {
    /// Which resources. Not yet checked against a resource type: see [`Filter::check_any`].
    pub filter: Option<Filter>,
    /// In which order; that of their creation unless it is given. Not yet checked either.
    pub sort: Option<Sort>,
    /// The first of them to show.
    pub start: Start,
    /// How many of them to show, at most [`MAX_COUNT`].
    pub count: usize,
    /// Which of their attributes.
    pub projection: Projection,
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// At this one, counted from 1.
    Index(u64),
    /// Behind the page that this cursor came with; at the beginning for an empty one.
    Cursor(String),
}

/// What was given in a query or a search request, not looked at yet. Nothing and an empty text are the same, but for
/// the cursor.
#[derive(Debug, Default)]
pub(super) struct Given<'q> {
    pub(super) filter: Option<Cow<'q, str>>,
    pub(super) sort_by: Option<Cow<'q, str>>,
    pub(super) sort_order: Option<Cow<'q, str>>,
    pub(super) start_index: Whole,
    pub(super) count: Whole,
    pub(super) cursor: Option<Cow<'q, str>>,
    pub(super) projection: Projection,
}

/// A number as it was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Whole {
    #[default]
    None,
    /// A whole number; far-out ones count as the farthest that fits.
    Some(i64),
    /// Something else.
    Wrong,
}

impl Default for ListQuery {
    fn default() -> Self {
        Self {
            filter: None,
            sort: None,
            start: Start::Index(1),
            count: DEFAULT_COUNT,
            projection: Projection::Default,
        }
    }
}

impl ListQuery {
    /// Reads the part of a URL behind the `?`. Parameters that SCIM does not define are ignored (Entra
    /// adds `aadOptscim062020`); one that is given twice is `invalidValue`.
    pub fn parse(query: &str) -> Result<Self, ScimError> {
        let parameters = Parameters::read(query)?;
        Given {
            projection: parameters.projection()?,
            start_index: Whole::read(parameters.start_index.as_deref()),
            count: Whole::read(parameters.count.as_deref()),
            filter: parameters.filter,
            sort_by: parameters.sort_by,
            sort_order: parameters.sort_order,
            cursor: parameters.cursor,
        }
        .try_into()
    }

    /// What a cursor is good for: all that decides which resources come in which order.
    pub fn binding(&self, scope: &str) -> String {
        let filter = self.filter.as_ref().map(Filter::to_string).unwrap_or_default();
        let sort = self.sort.as_ref();
        let by = sort.map(|sort| sort.by.to_string()).unwrap_or_default();
        let order = sort.map(|sort| sort.order.as_str()).unwrap_or_default();
        // A NUL is in none of them.
        [scope, &filter, &by, order].join("\0")
    }
}

impl TryFrom<Given<'_>> for ListQuery {
    type Error = ScimError;

    fn try_from(given: Given<'_>) -> Result<Self, ScimError> {
        let order = said(given.sort_order).map(|order| order.parse::<SortOrder>()).transpose()?;
        let sort = said(given.sort_by).map(|by| Sort::parse(&by, order.unwrap_or_default()));
        let filter = said(given.filter).map(|filter| filter.parse()).transpose()?;
        let (start, count) = match given.cursor {
            None => {
                let start = given.start_index.or_invalid("startIndex")?.unwrap_or(1);
                let count = given.count.or_invalid("count")?.map(|count| count.max(0));
                (Start::Index(u64::try_from(start).unwrap_or(0).max(1)), count)
            }
            Some(_) if given.start_index != Whole::None => {
                return Err(ScimError::new(
                    ScimErrorKind::InvalidValue,
                    "startIndex and cursor can't be given together",
                ));
            }
            Some(cursor) => match given.count {
                Whole::None => (Start::Cursor(cursor.into_owned()), None),
                Whole::Some(count @ 1..) => (Start::Cursor(cursor.into_owned()), Some(count)),
                Whole::Some(_) | Whole::Wrong => {
                    return Err(ScimError::new(
                        ScimErrorKind::InvalidCount,
                        format!(
                            "with a cursor, count must be a whole number from 1 to {MAX_COUNT}"
                        ),
                    ));
                }
            },
        };
        let count = count.map_or(DEFAULT_COUNT, |count| count.try_into().unwrap_or(MAX_COUNT));
        Ok(Self {
            filter,
            sort: sort.transpose()?,
            start,
            count: count.min(MAX_COUNT),
            projection: given.projection,
        })
    }
}

/// A text that says something.
fn said(text: Option<Cow<'_, str>>) -> Option<Cow<'_, str>> {
    text.filter(|text| !text.trim().is_empty())
}

impl Projection {
    /// Reads `attributes` and `excludedAttributes` of a request for a single resource.
    pub fn from_query(query: &str) -> Result<Self, ScimError> {
        Parameters::read(query)?.projection()
    }
}

/// Refuses parameters of a list in the URL of a search, which has its own in the body: not to look at them would be
/// to answer something else than was asked for.
pub fn refuse_parameters(query: &str) -> Result<(), ScimError> {
    if Parameters::read(query)? == Parameters::default() {
        return Ok(());
    }
    Err(ScimError::new(
        ScimErrorKind::InvalidValue,
        "a search takes what it asks for in the body, not in the URL",
    ))
}

/// The parameters as they were given.
#[derive(Debug, Default, PartialEq, Eq)]
struct Parameters<'q> {
    filter: Option<Cow<'q, str>>,
    sort_by: Option<Cow<'q, str>>,
    sort_order: Option<Cow<'q, str>>,
    start_index: Option<Cow<'q, str>>,
    count: Option<Cow<'q, str>>,
    cursor: Option<Cow<'q, str>>,
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
                "sortby" => &mut parameters.sort_by,
                "sortorder" => &mut parameters.sort_order,
                "startindex" => &mut parameters.start_index,
                "count" => &mut parameters.count,
                "cursor" => &mut parameters.cursor,
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

impl Whole {
    fn read(text: Option<&str>) -> Self {
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
            return Self::None;
        };
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Self::Wrong;
        }
        let farthest = if text.starts_with('-') { i64::MIN } else { i64::MAX };
        Self::Some(text.parse().unwrap_or(farthest))
    }

    fn or_invalid(self, name: &str) -> Result<Option<i64>, ScimError> {
        match self {
            Self::None => Ok(None),
            Self::Some(number) => Ok(Some(number)),
            Self::Wrong => {
                let detail = format!("{name} must be a whole number");
                Err(ScimError::new(ScimErrorKind::InvalidValue, detail))
            }
        }
    }
}

/// A page of a list (RFC 7644 §3.4.2).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListResponse {
    /// How many resources the query finds in all.
    pub total_results: u64,
    /// Which of them the page begins with, counted from 1; `None` where the client pages by cursor.
    pub start_index: Option<u64>,
    /// What the next page begins behind (RFC 9865 §2); none on the last page.
    pub next_cursor: Option<String>,
    /// The resources of the page, rendered.
    pub resources: Vec<Value>,
}

impl ListResponse {
    /// The answer's body.
    pub fn into_json(self) -> Value {
        let mut body = object!({
            "schemas": [LIST_RESPONSE_SCHEMA],
            "totalResults": self.total_results,
            "itemsPerPage": self.resources.len(),
        });
        if let Some(body) = body.as_object_mut() {
            body.insert("Resources".to_owned(), Value::Array(self.resources));
            body.extend(self.start_index.map(|index| ("startIndex".to_owned(), index.into())));
            body.extend(self.next_cursor.map(|cursor| ("nextCursor".to_owned(), cursor.into())));
        }
        body
    }
}

#[cfg(test)]
mod tests;
