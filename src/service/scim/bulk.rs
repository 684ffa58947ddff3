//! `POST /Bulk` (RFC 7644 §3.7): each operation is done as if it had been sent alone. Only users that refer to each other
//! share a transaction: see [`circle`].
//!
//! Every operation authenticates and commits for itself, so a token that is revoked stops the rest, and whatever ends the
//! work in between leaves whole operations. They are answered together, so what is to be waited for before clients are told
//! is waited for once.

mod circle;

use http::{HeaderValue, Method, StatusCode, header};
use serde_json::Value;

use super::exchange::read_body;
use super::{MEDIA_TYPE, Service, error_response, ok};
use crate::host::Host;
use crate::http::{Request, Response};
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
        let mut waiting: Vec<Option<BulkOperation>> =
            bulk.operations.into_iter().map(Some).collect();
        let mut results: Vec<Option<BulkResult>> = waiting.iter().map(|_| None).collect();
        let mut take = |at: usize| waiting.get_mut(at).and_then(Option::take);
        let (mut made, mut since_pause) = (Made::new(), 0);
        let mut last = Receipt::default();
        for step in steps {
            match step {
                Step::One(at) => {
                    let Some(operation) = take(at) else { continue };
                    let (result, receipt) =
                        self.run_operation(endpoint, request, operation, &mut made).await;
                    keep(&mut results, at, result);
                    last = last.max(receipt);
                    since_pause += 1;
                }
                Step::Circle(circle) => {
                    let operations: Vec<BulkOperation> =
                        circle.iter().filter_map(|at| take(*at)).collect();
                    let (done, receipt) =
                        self.run_circle(endpoint, request, &operations, &mut made).await;
                    last = last.max(receipt);
                    since_pause += done.len();
                    for (at, result) in circle.into_iter().zip(done) {
                        keep(&mut results, at, result);
                    }
                }
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

    /// Does one operation, and notes what it has made.
    async fn run_operation(
        &self,
        endpoint: &str,
        bulk: &Request,
        operation: BulkOperation,
        made: &mut Made,
    ) -> (BulkResult, Receipt) {
        let makes = operation.makes();
        let BulkOperation { method, bulk_id, task } = operation;
        let prepared = task.and_then(|task| task.resolve(made)).and_then(|task| {
            let target = target(&task.path)?;
            Ok((to_request(endpoint, bulk, task)?, target))
        });
        let (answer, receipt, place) = match prepared {
            Ok((request, target)) => {
                let (answer, receipt) =
                    self.handle_operation(endpoint, Some(&target), &request).await;
                let place = (!makes).then(|| self.url_of(endpoint, &target)).flatten();
                (answer, receipt, place)
            }
            Err(error) => (error_response(&error), Receipt::default(), None),
        };
        let field = |name| answer.headers.get(name).and_then(|value| value.to_str().ok());
        let location = field(header::LOCATION).map(str::to_owned).or(place);
        if let (true, Some(bulk_id)) = (makes, &bulk_id) {
            let id = location.as_deref().and_then(|url| url.rsplit_once('/')).map(|(_, id)| id);
            made.insert(bulk_id.clone(), id.map(str::to_owned));
        }
        let error = failed(&answer);
        let version = field(header::ETAG).map(str::to_owned);
        let status = answer.status;
        (BulkResult { method, bulk_id, version, location, status, error }, receipt)
    }

    fn url_of(&self, endpoint: &str, target: &ScimEndpoint) -> Option<String> {
        let base = self.base_url(endpoint);
        match target {
            ScimEndpoint::User(id) => Some(format!("{base}/Users/{id}")),
            ScimEndpoint::Group(id) => Some(format!("{base}/Groups/{id}")),
            _ => None,
        }
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
    failed.then(|| serde_json::from_slice(&answer.body).unwrap_or_default())
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
    for credential in bulk.headers.get_all(header::AUTHORIZATION) {
        request.headers.append(header::AUTHORIZATION, credential.clone());
    }
    request.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    if let Some(version) = version.filter(|_| request.method != Method::POST) {
        let version = HeaderValue::from_str(&version).map_err(|_| {
            ScimError::new(ScimErrorKind::InvalidValue, "version: an entity tag was expected")
        })?;
        request.headers.insert(header::IF_MATCH, version);
    }
    if let Some(data) = data {
        request.body = Value::Object(data).to_string().into_bytes();
    }
    Ok(request)
}

/// The answer that says so much as: the sender may ask for this.
pub(super) fn admitted() -> Response {
    Response::empty(StatusCode::OK)
}
