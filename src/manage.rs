//! The management API: what the platform and team owners say and ask over HTTP, in JSON.
//!
//! Listed with examples in `docs/management-api.md`.

mod accounts;
mod body;
mod caller;
mod connection;
mod events;
mod members;
mod origin;
pub mod problem;
mod status;
mod teams;
pub(crate) mod transfer;

pub use caller::Caller;
pub use problem::{Problem, ProblemKind};

use http::{Method, StatusCode};
use serde_json::Value;

use crate::config::Config;
use crate::http::{Request, Response, header};
use crate::provisioning::{Context, OperationError};
use crate::router::ManageEndpoint;
use crate::store::Transaction;

/// What an operation of the management API ends with.
pub(crate) type Answer = Result<Response, OperationError<Problem>>;

/// Does what `request` asks of `endpoint`, in `transaction`.
///
/// # Errors
/// A [`Problem`] for the client, or the store's error.
pub fn dispatch(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    config: &Config,
    caller: &Caller,
    endpoint: &ManageEndpoint,
    request: &Request,
) -> Answer {
    use ManageEndpoint as At;
    let methods = endpoint.methods();
    match (endpoint, &request.method) {
        (_, method) if !methods.contains(method) => {
            Err(OperationError::Refused(Problem::method_not_allowed(methods)))
        }
        (At::Account(email), _) => accounts::read(transaction, caller, email),
        (At::Team(team), &Method::PUT) => teams::put(transaction, context, caller, team, request),
        (At::Team(team), _) => teams::read(transaction, caller, team),
        (At::Members(team), _) => members::list(transaction, caller, team, request),
        (At::Member(team, email), &Method::PUT) => {
            members::put(transaction, context, caller, team, email, request)
        }
        (At::Member(team, email), &Method::DELETE) => {
            members::remove(transaction, context, caller, team, email)
        }
        (At::Member(team, email), _) => members::read(transaction, caller, team, email),
        (At::Connection(team), &Method::POST) => {
            let issue = connection::Issue::Enable;
            connection::issue(transaction, context, config, caller, team, request, issue)
        }
        (At::Connection(team), &Method::DELETE) => {
            connection::disable(transaction, context, caller, team)
        }
        (At::Connection(team), _) => status::read(transaction, config, caller, team),
        (At::Rotation(team), _) => {
            let issue = connection::Issue::Rotate;
            connection::issue(transaction, context, config, caller, team, request, issue)
        }
        (At::Events(team), _) => events::list(transaction, caller, team, request),
        (At::Export(team), _) => transfer::export(transaction, context, caller, team, request),
        // Both are the service's own: see [`crate::service::Service::import`] and its trials.
        (At::Import(_) | At::Trial(_), _) => {
            Err(OperationError::Refused(Problem::not_found("path")))
        }
    }
}

/// An answer in JSON.
fn json(status: StatusCode, value: &Value) -> Response {
    Response::json(status, "application/json", value)
}

/// An answer without body.
fn no_content() -> Response {
    Response::empty(StatusCode::NO_CONTENT).with(header::CACHE_CONTROL, "no-store")
}
