//! `/v1/teams/<team>/export` and `/v1/teams/<team>/import`

use base64ct::{Base64UrlUnpadded, Encoding as _};
use http::StatusCode;

use super::problem::{Problem, ProblemKind};
use super::{Answer, Caller, body, json};
use crate::http::{Request, Response, header};
use crate::json::typed::object;
use crate::json::typed::{ToJson as _, from_slice};
use crate::provisioning::transfer::{self, Counts, Cursor, ExportRefusal};
use crate::provisioning::{Context, OperationError, Refuse as _, TeamId};
use crate::store::Transaction;

/// The media type of a team's file.
pub(crate) const NDJSON: &str = "application/x-ndjson";

/// A page of the team's file, with where the next one is (RFC 8288).
pub(super) fn export(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    caller: &Caller,
    id: &TeamId,
    request: &Request,
) -> Answer {
    caller.require_platform()?;
    let cursor = body::query_text(request, "cursor").as_deref().map(read_cursor).transpose();
    let cursor = cursor.map_err(Problem::from).or_refuse()?;
    let page = transfer::export(transaction, context, id, cursor.as_ref())
        .map_err(|error| error.map(Into::into))?;
    let response = Response::empty(StatusCode::OK)
        .with(header::CONTENT_TYPE, NDJSON)
        .with(header::CACHE_CONTROL, "no-store")
        .with_body(page.bytes);
    let Some(next) = page.next else { return Ok(response) };
    let next = write_cursor(&next);
    let url = format!("/v1/teams/{}/export?cursor={next}", id.as_str());
    Ok(response.with(header::LINK, &format!("<{url}>; rel=\"next\"")))
}

fn write_cursor(cursor: &Cursor) -> String {
    Base64UrlUnpadded::encode_string(&crate::json::to_bytes(&cursor.view().into()))
}

fn read_cursor(text: &str) -> Result<Cursor, ExportRefusal> {
    let bytes = Base64UrlUnpadded::decode_vec(text).unwrap_or_default();
    from_slice(&bytes).map_err(|_| ExportRefusal::UnknownCursor)
}

/// What an import asks for, as far as its head says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Whether a team that is there is to be replaced.
    pub(crate) replace: bool,
}

/// Reads the head of an import, and refuses what can be refused without the store.
pub(crate) fn wanted(
    caller: &Caller,
    request: &Request,
) -> Result<Wanted, OperationError<Problem>> {
    caller.require_platform()?;
    let media_type = request.media_type();
    if media_type.is_some_and(|media_type| media_type != NDJSON) {
        let detail = format!("send the file as content-type: {NDJSON}");
        let problem = Problem::new(ProblemKind::UnsupportedMediaType, detail);
        return Err(OperationError::Refused(problem));
    }
    match body::query_text(request, "replace").as_deref() {
        None | Some("false") => Ok(Wanted { replace: false }),
        Some("true") => Ok(Wanted { replace: true }),
        Some(_) => Err(OperationError::Refused(Problem::new(
            ProblemKind::InvalidQuery,
            "replace must be true or false",
        ))),
    }
}

/// The answer to an import that is committed.
pub(crate) fn imported(id: &TeamId, new: bool, finished: bool, counts: Counts) -> Response {
    let status = match (finished, new) {
        (false, _) => StatusCode::ACCEPTED,
        (true, true) => StatusCode::CREATED,
        (true, false) => StatusCode::OK,
    };
    let document = object!({ "id": id.as_str(), "finished": finished, "imported": counts });
    let response = json(status, &document);
    if finished { response } else { response.with(header::RETRY_AFTER, "1") }
}
