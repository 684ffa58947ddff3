//! What requests for a resource of any type have in common: the body, what is to be shown, versions, the answer.

use http::StatusCode;
use serde_json::{Map, Value};

use super::MEDIA_TYPE;
use crate::http::{Request, Response, header};
use crate::scim::{Meta, Projection, Resource, ScimError, ScimErrorKind};

/// What of the resource the answer is to show.
pub(super) fn projection(request: &Request) -> Result<Projection, ScimError> {
    Projection::from_query(request.query.as_deref().unwrap_or_default())
}

/// The body, which must be one JSON object.
pub(super) fn read_body(request: &Request) -> Result<Map<String, Value>, ScimError> {
    match request.media_type().as_deref() {
        None | Some("application/scim+json" | "application/json") => {}
        Some(_) => {
            return Err(ScimError::new(
                ScimErrorKind::UnsupportedMediaType,
                "send the body as content-type: application/scim+json or application/json",
            ));
        }
    }
    Ok(crate::json::parse_object(&request.body)?)
}

/// The answer with a resource, and its version in the head.
pub(super) fn respond(
    status: StatusCode,
    resource: Resource,
    meta: &Meta,
    projection: &Projection,
) -> Response {
    let body = resource.into_json(meta, projection);
    let response = Response::json(status, MEDIA_TYPE, &body).with(header::ETAG, &meta.etag());
    if status == StatusCode::CREATED {
        return response.with(header::LOCATION, &meta.location);
    }
    response
}

/// The answer to who has the present version already.
pub(super) fn not_modified(request: &Request, meta: &Meta) -> Option<Response> {
    let known = names_version(request, header::IF_NONE_MATCH, meta) == Some(true);
    known.then(|| Response::empty(StatusCode::NOT_MODIFIED).with(header::ETAG, &meta.etag()))
}

/// Whether a write is meant for another version than the present one (RFC 7644 §3.14).
pub(super) fn is_for_other_version(request: &Request, meta: &Meta) -> bool {
    names_version(request, header::IF_MATCH, meta) == Some(false)
}

/// Whether the field lists the present version; `None` where it is not there (RFC 9110 §13.1).
///
/// Compared weakly in both fields: ours are weak tags, and a strong comparison would never match.
fn names_version(request: &Request, field: &str, meta: &Meta) -> Option<bool> {
    let listed = request.header(field)?;
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let present = opaque(&meta.etag());
    Some(listed.trim() == "*" || listed.split(',').any(|tag| opaque(tag) == present))
}
