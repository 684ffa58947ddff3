//! Reads what a client of the management API sends.

use serde_json::{Map, Value};

use super::problem::{Problem, ProblemKind};
use crate::email::Email;
use crate::http::Request;
use crate::json::typed::{ReadRecord, from_value};
use crate::provisioning::{OperationError, Refuse as _};

/// Reads the body as a `T`, which refuses fields that it does not know.
pub(super) fn parse<T: ReadRecord>(request: &Request) -> Result<T, OperationError<Problem>> {
    require_json(request).or_refuse()?;
    let map = crate::json::parse_object(&request.body).map_err(invalid).or_refuse()?;
    from_map(map).or_refuse()
}

/// The same, where a missing body stands for an empty object.
pub(super) fn parse_optional<T: ReadRecord>(
    request: &Request,
) -> Result<T, OperationError<Problem>> {
    if request.body.is_empty() { from_map(Map::new()).or_refuse() } else { parse(request) }
}

/// Reads an address that stands in a path.
pub(super) fn parse_email(text: &str) -> Result<Email, OperationError<Problem>> {
    Email::parse(text)
        .map_err(|error| Problem::new(ProblemKind::BadPath, format!("the e-mail address {error}")))
        .or_refuse()
}

fn from_map<T: ReadRecord>(map: Map<String, Value>) -> Result<T, Problem> {
    from_value(Value::Object(map)).map_err(invalid)
}

fn require_json(request: &Request) -> Result<(), Problem> {
    match request.media_type().as_deref() {
        None | Some("application/json") => Ok(()),
        Some(_) => Err(Problem::new(
            ProblemKind::UnsupportedMediaType,
            "send the body as content-type: application/json",
        )),
    }
}

fn invalid(error: impl std::fmt::Display) -> Problem {
    Problem::new(ProblemKind::InvalidBody, format!("the body cannot be used: {error}"))
}

/// The number that the query gives as `name`, at least 1 and at most `most`.
pub(super) fn query_number(
    request: &Request,
    name: &str,
    most: u64,
) -> Result<Option<u64>, OperationError<Problem>> {
    let Some(text) = query_text(request, name) else {
        return Ok(None);
    };
    match text.parse() {
        Ok(number) if (1..=most).contains(&number) => Ok(Some(number)),
        _ => Err(OperationError::Refused(Problem::new(
            ProblemKind::InvalidQuery,
            format!("{name} must be a number from 1 to {most}"),
        ))),
    }
}

/// How many of a list the query asks for as `limit`.
pub(super) fn query_limit(
    request: &Request,
    default: u64,
    most: u64,
) -> Result<usize, OperationError<Problem>> {
    let limit = query_number(request, "limit", most)?.unwrap_or(default);
    Ok(usize::try_from(limit).unwrap_or(usize::MAX))
}

/// The text that the query gives as `name`.
pub(super) fn query_text(request: &Request, name: &str) -> Option<String> {
    let query = request.query.as_deref()?.as_bytes();
    form_urlencoded::parse(query).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
