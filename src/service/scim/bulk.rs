//! `POST /Bulk` (RFC 7644 §3.7): each operation is done as if it had been sent alone. Users that refer to each other are
//! made together: see [`circle`]. Operations that follow each other share a commit where none of them fails: see [`batch`].
//!
//! Every operation authenticates for itself, so a token that is revoked stops the rest, and whatever ends the work in
//! between leaves whole operations. They are answered together, so what is to be waited for before clients are told is
//! waited for once.

mod batch;
mod circle;

use std::iter::Peekable;
use std::vec::IntoIter;

use http::{Method, StatusCode};
use serde_json::Value;

use super::exchange::read_body;
use super::{MEDIA_TYPE, Service, error_response, ok};
use crate::gather::Gather as _;
use crate::host::Host;
use crate::http::{Request, Response, header};
use crate::json::{parse_value, to_bytes};
use crate::router::{Endpoint, ScimEndpoint, route};
use crate::scim::bulk::{self, BulkOperation, BulkResult, BulkTask, Made, Step};
use crate::scim::count::refuse_many_operations;
use crate::scim::{BulkRequest, ScimError, ScimErrorKind};
use crate::store::{Receipt, Store};

/// How many operations are done before other requests get their turn. One takes a fraction of a millisecond.
const OPERATIONS_AT_ONCE: usize = 8;

impl<S: Store, H: Host> Service<S, H> {
    /// Does the operations of a request whose sender may ask.
    pub(super) async fn handle_bulk(&self, endpoint: &str, request: &Request) -> Response {
        match self.run_bulk(endpoint, request).await {
            Ok(response) => response,
            Err(error) => error_response(&error),
        }
    }

    async fn run_bulk(&self, endpoint: &str, request: &Request) -> Result<Response, ScimError> {
        refuse_many_operations(&request.body, bulk::MAX_OPERATIONS)?;
        let bulk = BulkRequest::parse(read_body(request)?)?;
        let steps = bulk.order()?;
        let named = |at: &[usize]| -> Vec<&BulkOperation> {
            at.iter().filter_map(|at| bulk.operations.get(*at)).gather()
        };
        let mut results: Vec<Option<BulkResult>> = bulk.operations.iter().map(|_| None).gather();
        let mut steps = steps.into_iter().peekable();
        let (mut made, mut since_pause) = (Made::new(), 0);
        let mut last = Receipt::default();
        while let Some(step) = steps.next() {
            let errors_left = bulk.fail_on_errors.map(|most| most.saturating_sub(errors(&results)));
            let (at, done, receipt) = match step {
                Step::Circle(at) => {
                    let circle = named(&at);
                    let (done, receipt) =
                        self.run_circle(endpoint, request, &circle, &mut made).await;
                    (at, done, receipt)
                }
                Step::One(first) => {
                    let at = followers(first, &mut steps);
                    let batch = named(&at);
                    let (done, receipt) =
                        self.run_batch(endpoint, request, &batch, &mut made, errors_left).await;
                    (at, done, receipt)
                }
            };
            since_pause += done.len();
            last = last.max(receipt);
            for (at, result) in at.into_iter().zip(done) {
                keep(&mut results, at, result);
            }
            if bulk.fail_on_errors.is_some_and(|most| errors(&results) >= most) {
                break;
            }
            if since_pause >= OPERATIONS_AT_ONCE {
                self.host.pause().await;
                since_pause = 0;
            }
        }
        self.store.settle(last).await;
        Ok(ok(&bulk::response(results.into_iter().flatten())))
    }
}

/// `first` and the steps behind it that are to be done with it, which are taken out of `steps`.
fn followers(first: usize, steps: &mut Peekable<IntoIter<Step>>) -> Vec<usize> {
    let mut at = vec![first];
    while at.len() < OPERATIONS_AT_ONCE
        && let Some(Step::One(next)) = steps.next_if(|step| matches!(step, Step::One(_)))
    {
        at.push(next);
    }
    at
}

/// What came of an operation on what is at `place`, if that is known.
fn result(operation: &BulkOperation, answer: &Response, place: Option<String>) -> BulkResult {
    let field = |name| answer.headers.text(name).map(str::to_owned);
    BulkResult {
        method: operation.method.clone(),
        bulk_id: operation.bulk_id.clone(),
        version: field(header::ETAG),
        location: field(header::LOCATION).or(place),
        status: answer.status,
        error: failed(answer),
    }
}

/// The id of what was made, if something was.
fn id_of(answer: &Response) -> Option<String> {
    let location = answer.headers.text(header::LOCATION)?;
    location.rsplit_once('/').map(|(_, id)| id.to_owned())
}

/// Notes what an operation has made, which others may refer to.
fn note(operation: &BulkOperation, answer: &Response, made: &mut Made) {
    if let (true, Some(bulk_id)) = (operation.makes(), &operation.bulk_id) {
        made.insert(bulk_id.clone(), id_of(answer));
    }
}

/// Puts what came of the operation at this position in its place.
fn keep(results: &mut [Option<BulkResult>], at: usize, result: BulkResult) {
    if let Some(place) = results.get_mut(at) {
        *place = Some(result);
    }
}

fn errors(results: &[Option<BulkResult>]) -> u64 {
    results.iter().flatten().map(|result| u64::from(result.error.is_some())).sum()
}

/// The error's body, where the answer is one.
fn failed(answer: &Response) -> Option<Value> {
    let failed = answer.status.is_client_error() || answer.status.is_server_error();
    failed.then(|| parse_value(&answer.body).unwrap_or_default())
}

/// What the path of an operation names: users and groups only, without query.
fn target(path: &str) -> Result<ScimEndpoint, ScimError> {
    let relative = path.strip_prefix('/').unwrap_or(path);
    let named = match route(&format!("/scim/v2/-/{relative}")) {
        Endpoint::Scim { resource, .. } if !path.contains(['?', '#']) => resource,
        _ => None,
    };
    match named {
        Some(
            target @ (ScimEndpoint::Users
            | ScimEndpoint::User(_)
            | ScimEndpoint::Groups
            | ScimEndpoint::Group(_)),
        ) => Ok(target),
        _ => Err(ScimError::new(
            ScimErrorKind::InvalidValue,
            "path: /Users, /Groups or a resource below them was expected, without query",
        )),
    }
}

/// The request that an operation stands for.
fn to_request(endpoint: &str, bulk: &Request, task: BulkTask) -> Result<Request, ScimError> {
    let BulkTask { method, path, version, data } = task;
    let relative = path.strip_prefix('/').unwrap_or(&path);
    let mut request = Request::new(method, &format!("/scim/v2/{endpoint}/{relative}"));
    for credential in bulk.headers.values(header::AUTHORIZATION) {
        let _ = request.headers.append(header::AUTHORIZATION, credential);
    }
    let _ = request.headers.set(header::CONTENT_TYPE, MEDIA_TYPE);
    if let Some(version) = version.filter(|_| request.method != Method::POST) {
        request.headers.set(header::IF_MATCH, &version).map_err(|_| {
            ScimError::new(ScimErrorKind::InvalidValue, "version: an entity tag was expected")
        })?;
    }
    if let Some(data) = data {
        request.body = to_bytes(&Value::Object(data));
    }
    Ok(request)
}

/// The answer that says so much as: the sender may ask for this.
pub(super) fn admitted() -> Response {
    Response::empty(StatusCode::OK)
}
