//! Bulk requests (RFC 7644 §3.7): what a body asks for, in which order that can be done, and what is answered.
//!
//! What is wrong with the request as a whole refuses all of it; what is wrong with one operation is that operation's
//! error.

use http::{Method, StatusCode};
use serde_json::{Map as Object, Value};

use super::error::{ScimError, ScimErrorKind};
use super::message::refuse_other_message;
use crate::gather::Gather as _;
use crate::json::{kind, quoted, with_one};
use crate::map::{Map, Set};

mod order;
mod references;

pub use order::{MAX_CIRCLE, Step};

/// Schema of a request.
pub const BULK_REQUEST_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
/// Schema of an answer.
pub const BULK_RESPONSE_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
/// How many operations a request may have.
pub const MAX_OPERATIONS: usize = 1_000;

/// How much of a text of the client's is repeated in an error.
const SHOWN_CHARS: usize = 64;

/// A bulk request.
#[derive(Clone, Debug, PartialEq)]
pub struct BulkRequest {
    /// After how many errors to stop.
    pub fail_on_errors: Option<u64>,
    /// The operations, as the client ordered them.
    pub operations: Vec<BulkOperation>,
}

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub struct BulkOperation {
    /// The method in upper case, also one that is not taken.
    pub method: String,
    /// The client's name for what the operation makes.
    pub bulk_id: Option<String>,
    /// What to do, or what is wrong with it.
    pub task: Result<BulkTask, ScimError>,
}

/// What an operation does: a request in short.
#[derive(Clone, Debug, PartialEq)]
pub struct BulkTask {
    /// POST, PUT, PATCH or DELETE.
    pub method: Method,
    /// Below the endpoint's URL; the slash in front may be missing.
    pub path: String,
    /// The version that the resource must have.
    pub version: Option<String>,
    /// The body.
    pub data: Option<Object<String, Value>>,
}

/// What came of an operation that another one refers to: the id of what it made, if it made something.
pub type Made = Map<Option<String>>;

impl BulkRequest {
    /// Reads a body whose operations were [counted](super::count::refuse_many_operations).
    ///
    /// `bulkId`s that are given twice are refused, as a reference to one could mean either.
    pub fn parse(body: Object<String, Value>) -> Result<Self, ScimError> {
        refuse_other_message(&body, BULK_REQUEST_SCHEMA)?;
        let (mut fail_on_errors, mut given) = (None, Value::Null);
        for (key, value) in body {
            match key.to_ascii_lowercase().as_str() {
                "failonerrors" => fail_on_errors = parse_fail_on_errors(&value)?,
                "operations" => given = value,
                _ => {}
            }
        }
        let given = match given {
            Value::Array(given) if !given.is_empty() => given,
            _ => return Err(syntax("Operations: an array with at least one operation is needed")),
        };
        let numbered = given.into_iter().zip(1_usize..);
        let parsed = numbered.map(|(value, number)| {
            BulkOperation::parse(value).map_err(|error| {
                ScimError::new(error.kind(), format!("operation {number}: {}", error.detail()))
            })
        });
        let operations = parsed.try_gather()?;
        refuse_equal_ids(&operations)?;
        Ok(Self { fail_on_errors, operations })
    }
}

impl BulkOperation {
    /// Without a method there is nothing that an answer could be about.
    fn parse(value: Value) -> Result<Self, ScimError> {
        let Value::Object(fields) = value else {
            return Err(syntax(format!("an object was expected, not {}", kind(&value))));
        };
        let mut named = Object::new();
        for (key, value) in fields {
            if !value.is_null() {
                named.insert(key.to_ascii_lowercase(), value);
            }
        }
        let Some(Value::String(method)) = named.remove("method") else {
            return Err(syntax("method: POST, PUT, PATCH or DELETE is needed"));
        };
        let (bulk_id, misnamed) = match named.remove("bulkid") {
            Some(Value::String(id)) if !id.is_empty() => (Some(id), false),
            given => (None, given.is_some()),
        };
        let method = method.to_ascii_uppercase();
        let task = if misnamed {
            Err(invalid("bulkId: a string that is not empty was expected"))
        } else {
            BulkTask::parse(&method, bulk_id.is_some(), named)
        };
        Ok(Self { method: shown(&method), bulk_id, task })
    }
}

impl BulkTask {
    fn parse(
        method: &str,
        has_id: bool,
        mut named: Object<String, Value>,
    ) -> Result<Self, ScimError> {
        let method = match method {
            "POST" => Method::POST,
            "PUT" => Method::PUT,
            "PATCH" => Method::PATCH,
            "DELETE" => Method::DELETE,
            other => {
                let shown = quoted(&shown(other));
                return Err(invalid(format!(
                    "method: POST, PUT, PATCH or DELETE was expected, not {shown}"
                )));
            }
        };
        if method == Method::POST && !has_id {
            return Err(invalid("bulkId: a POST needs one"));
        }
        let path = match named.remove("path") {
            Some(Value::String(path)) => path,
            Some(other) => {
                return Err(invalid(format!("path: a string was expected, not {}", kind(&other))));
            }
            None => return Err(invalid("path: one is needed")),
        };
        let version = match named.remove("version") {
            None => None,
            Some(Value::String(version)) => Some(version),
            Some(other) => {
                let found = kind(&other);
                return Err(invalid(format!("version: a string was expected, not {found}")));
            }
        };
        let data = match named.remove("data") {
            Some(Value::Object(data)) => Some(data),
            None if method == Method::DELETE => None,
            None => return Err(invalid(format!("data: {method} needs some"))),
            Some(_) if method == Method::DELETE => None,
            Some(other) => {
                return Err(invalid(format!("data: an object was expected, not {}", kind(&other))));
            }
        };
        Ok(Self { method, path, version, data })
    }
}

/// What came of one operation (RFC 7644 §3.7.3).
#[derive(Clone, Debug, PartialEq)]
pub struct BulkResult {
    /// Its method.
    pub method: String,
    /// Its `bulkId`.
    pub bulk_id: Option<String>,
    /// The version of the resource now.
    pub version: Option<String>,
    /// The address of the resource; none where a POST made none, or where the path leads nowhere.
    pub location: Option<String>,
    /// The status that it alone would have been answered with.
    pub status: StatusCode,
    /// The error's body, where it is one.
    pub error: Option<Value>,
}

impl BulkResult {
    fn into_json(self) -> Value {
        let mut result = with_one("method", Value::String(self.method));
        // Not by `as_str`, which has a table of all numbers.
        result.insert("status".to_owned(), self.status.as_u16().to_string().into());
        let optional = [
            ("bulkId", self.bulk_id.map(Value::String)),
            ("version", self.version.map(Value::String)),
            ("location", self.location.map(Value::String)),
            ("response", self.error),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                result.insert(name.to_owned(), value);
            }
        }
        Value::Object(result)
    }
}

/// The body of an answer.
pub fn response(results: impl IntoIterator<Item = BulkResult>) -> Value {
    let results: Vec<Value> = results.into_iter().map(BulkResult::into_json).gather();
    let mut body = with_one("schemas", Value::from([BULK_RESPONSE_SCHEMA].as_slice()));
    body.insert("Operations".to_owned(), Value::Array(results));
    Value::Object(body)
}

fn parse_fail_on_errors(value: &Value) -> Result<Option<u64>, ScimError> {
    match value {
        Value::Null => Ok(None),
        Value::Number(number) if number.as_u64().is_some_and(|number| number > 0) => {
            Ok(number.as_u64())
        }
        _ => Err(invalid("failOnErrors: a whole number of at least 1 was expected")),
    }
}

fn refuse_equal_ids(operations: &[BulkOperation]) -> Result<(), ScimError> {
    let mut seen = Set::new();
    for id in operations.iter().filter_map(|operation| operation.bulk_id.as_deref()) {
        if !seen.insert(id.to_owned()) {
            return Err(invalid(format!("the bulkId {} is given twice", quoted(&shown(id)))));
        }
    }
    Ok(())
}

/// The beginning of a client's text, as long as an error repeats it.
fn shown(text: &str) -> String {
    text.chars().take(SHOWN_CHARS).collect()
}

fn syntax(detail: impl Into<String>) -> ScimError {
    ScimError::new(ScimErrorKind::InvalidSyntax, detail)
}

fn invalid(detail: impl Into<String>) -> ScimError {
    ScimError::new(ScimErrorKind::InvalidValue, detail)
}

#[cfg(test)]
mod tests;
