//! The SCIM endpoint: checks the token, finds the operation, answers in SCIM's terms.

mod bulk;
mod collection;
mod exchange;
mod failure;
mod groups;
mod list;
mod refusal_log;
mod trial;
mod typed;
mod unserved;
mod users;

use std::cell::Cell;

use http::{Method, StatusCode};
use serde_json::Value;

use failure::{Failure, Unauthenticated, error_response, large_body_error, refused, store_error};
pub(super) use failure::{ambiguous_path, broken_body, large_body, unserved};

use super::Service;
use crate::authn::{BearerToken, bearer_credential};
use crate::host::Host;
use crate::http::{BODY_MAX, Request, Response, header};
use crate::provisioning::connection::{self, EndpointId, Provisioner};
use crate::provisioning::group::Nesting;
use crate::provisioning::{Actor, Context, OperationError, Run, transact_unsettled};
use crate::router::{Endpoint, ScimEndpoint, SearchScope, route};
use crate::scim::{ScimError, ScimErrorKind, discovery};
use crate::store::{Receipt, Store, Transaction};

/// The media type of every answer (RFC 7644 §3.1), without parameters, which some clients refuse.
const MEDIA_TYPE: &str = "application/scim+json";

/// Fields that change what a request means. Sent twice, nobody can tell which one counts.
const SINGLE_HEADERS: [&str; 4] =
    [header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_MATCH, header::IF_NONE_MATCH];

type Answer<T> = Result<T, OperationError<Failure>>;

/// An authenticated request with all that answering it takes.
struct Call<'a> {
    context: Context<'a>,
    provisioner: Provisioner,
    request: &'a Request,
    /// The endpoint's URL, to which paths are added.
    base_url: String,
    /// What was read of groups so far.
    nesting: Nesting,
    /// How many members and groups were compared so far.
    looked_at: Cell<usize>,
}

impl<S: Store, H: Host> Service<S, H> {
    /// The answer to who may not ask, before the body is there.
    pub(super) async fn refuse_early_scim(
        &self,
        endpoint: &str,
        head: &Request,
    ) -> Option<Response> {
        let (outcome, _) = transact_unsettled(&self.store, &self.host, |transaction, _| {
            authenticate(transaction, endpoint, head).map(|_| ())
        })
        .await;
        match outcome {
            // Who meets an import may have to go on with it, which takes the whole request.
            Ok(()) | Err(OperationError::Refused(Failure::Importing)) => None,
            Err(error) => {
                if let OperationError::Refused(Failure::Unauthenticated(why)) = &error {
                    let resource = match route(&head.path) {
                        Endpoint::Scim { resource, .. } => resource,
                        _ => None,
                    };
                    let (resource, status) = (resource.as_ref(), StatusCode::UNAUTHORIZED);
                    self.note_request(endpoint, resource, head, status, Some(why.code()));
                }
                Some(self.scim_error(&error))
            }
        }
    }

    /// Answers a SCIM request.
    pub(super) async fn handle_scim(
        &self,
        endpoint: &str,
        resource: Option<&ScimEndpoint>,
        request: &Request,
    ) -> Response {
        let (answer, receipt) = self.handle_operation(endpoint, resource, request).await;
        if resource == Some(&ScimEndpoint::Bulk) && answer.status.is_success() {
            return self.handle_bulk(endpoint, request).await;
        }
        let reads = request.method.is_safe() || matches!(resource, Some(ScimEndpoint::Search(_)));
        if !reads {
            self.store.settle(receipt).await;
        }
        answer
    }

    /// Answers a request that is one operation, with what is to be waited for before the answer is sent. Of a bulk
    /// request it says whether it may be made.
    async fn handle_operation(
        &self,
        endpoint: &str,
        resource: Option<&ScimEndpoint>,
        request: &Request,
    ) -> (Response, Receipt) {
        let (outcome, receipt) = transact_unsettled(&self.store, &self.host, |transaction, run| {
            self.perform(transaction, run, endpoint, resource, request)
        })
        .await;
        let mut turned_away = None;
        let response = match outcome {
            Ok(response) => response,
            Err(error) => {
                if let OperationError::Refused(Failure::Importing) = &error
                    && let Some(EndpointId { team, .. }) = EndpointId::parse(endpoint)
                {
                    self.pick_up(&team).await;
                }
                if let OperationError::Refused(failure) = &error {
                    self.log_refusal(endpoint, resource, request, failure).await;
                }
                if let OperationError::Refused(Failure::Unauthenticated(why)) = &error {
                    turned_away = Some(why.code());
                }
                self.scim_error(&error)
            }
        };
        if !response.status.is_server_error() {
            self.note_request(endpoint, resource, request, response.status, turned_away);
        }
        (response, receipt)
    }

    /// Does what a request asks for, in a transaction that is somebody else's to commit.
    fn perform(
        &self,
        transaction: &mut impl Transaction,
        run: &Run<'_>,
        endpoint: &str,
        resource: Option<&ScimEndpoint>,
        request: &Request,
    ) -> Answer<Response> {
        let provisioner = authenticate(transaction, endpoint, request)?;
        let actor = Actor::IdentityProvider;
        let (context, base_url) = (run.context(&actor), self.base_url(endpoint));
        let (nesting, looked_at) = (Nesting::default(), Cell::default());
        let call = Call { context, provisioner, request, base_url, nesting, looked_at };
        dispatch(transaction, &call, resource)
    }

    fn base_url(&self, endpoint: &str) -> String {
        format!("{}/scim/v2/{endpoint}", self.config.public_url)
    }

    fn scim_error(&self, error: &OperationError<Failure>) -> Response {
        match error {
            OperationError::Refused(failure) => failure.to_response(),
            OperationError::Store(error) => {
                self.log_store_error(error);
                let error = store_error(error);
                let unavailable = error.kind() == ScimErrorKind::Unavailable;
                let response = error_response(&error);
                if unavailable { response.with(header::RETRY_AFTER, "1") } else { response }
            }
        }
    }
}

/// Checks the request's token. Refusals of every kind cost the same reads.
fn authenticate(
    transaction: &mut impl Transaction,
    endpoint: &str,
    request: &Request,
) -> Answer<Provisioner> {
    let unauthenticated = |why| OperationError::Refused(Failure::Unauthenticated(why));
    let credential = bearer_credential(request).ok_or(unauthenticated(Unauthenticated::Missing))?;
    let token = BearerToken::parse(credential)
        .map_err(|error| unauthenticated(Unauthenticated::Malformed(error)))?;
    let endpoint = EndpointId::parse_or_nobodys(endpoint);
    let provisioner = connection::authenticate(transaction, &endpoint, &token)?
        .ok_or(unauthenticated(Unauthenticated::Wrong))?;
    if provisioner.team.importing.is_some() {
        return Err(OperationError::Refused(Failure::Importing));
    }
    Ok(provisioner)
}

fn dispatch(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    resource: Option<&ScimEndpoint>,
) -> Answer<Response> {
    let not_found = || ScimError::new(ScimErrorKind::NotFound, "there is nothing at this path");
    let endpoint = resource.ok_or_else(not_found).map_err(refused)?;
    unserved::refuse(endpoint, call.request).map_err(refused)?;
    let methods = endpoint.methods();
    if !methods.contains(&call.request.method) {
        return Err(refused(Failure::Method(methods)));
    }
    refuse_unclear_headers(call.request).map_err(refused)?;
    if call.request.body.len() > BODY_MAX {
        return Err(refused(large_body_error()));
    }
    let base = call.base_url.as_str();
    match (endpoint, &call.request.method) {
        (ScimEndpoint::Root, _) => list::list(transaction, call, SearchScope::All),
        (ScimEndpoint::Search(scope), _) => list::search(transaction, call, *scope),
        (ScimEndpoint::Users, &Method::POST) => users::create(transaction, call),
        (ScimEndpoint::Users, _) => list::list(transaction, call, SearchScope::Users),
        (ScimEndpoint::User(id), &Method::PUT) => users::replace(transaction, call, id),
        (ScimEndpoint::User(id), &Method::PATCH) => users::patch(transaction, call, id),
        (ScimEndpoint::User(id), &Method::DELETE) => users::delete(transaction, call, id),
        (ScimEndpoint::User(id), _) => users::read(transaction, call, id),
        (ScimEndpoint::Groups, &Method::POST) => groups::create(transaction, call),
        (ScimEndpoint::Groups, _) => list::list(transaction, call, SearchScope::Groups),
        (ScimEndpoint::Group(id), &Method::PUT) => groups::replace(transaction, call, id),
        (ScimEndpoint::Group(id), &Method::PATCH) => groups::patch(transaction, call, id),
        (ScimEndpoint::Group(id), &Method::DELETE) => groups::delete(transaction, call, id),
        (ScimEndpoint::Group(id), _) => groups::read(transaction, call, id),
        (ScimEndpoint::Bulk, _) => Ok(bulk::admitted()),
        (ScimEndpoint::ServiceProviderConfig, _) => {
            Ok(ok(&discovery::service_provider_config(base)))
        }
        (ScimEndpoint::ResourceTypes, _) => {
            refuse_filter(call.request).map_err(refused)?;
            Ok(ok(&discovery::resource_types(base)))
        }
        (ScimEndpoint::Schemas, _) => {
            refuse_filter(call.request).map_err(refused)?;
            Ok(ok(&discovery::schemas(base)))
        }
        (ScimEndpoint::ResourceType(id), _) => {
            found(discovery::resource_type(base, id)).map_err(refused)
        }
        (ScimEndpoint::Schema(urn), _) => found(discovery::schema(base, urn)).map_err(refused),
        (ScimEndpoint::Me | ScimEndpoint::OtherVersion(_), _) => Err(refused(not_found())),
    }
}

fn ok(body: &Value) -> Response {
    Response::json(StatusCode::OK, MEDIA_TYPE, body)
}

fn found(body: Option<Value>) -> Result<Response, ScimError> {
    let body = body
        .ok_or_else(|| ScimError::new(ScimErrorKind::NotFound, "there is nothing with this id"))?;
    Ok(ok(&body))
}

/// Discovery endpoints take no filter (RFC 7644 §4).
fn refuse_filter(request: &Request) -> Result<(), ScimError> {
    let query = request.query.as_deref().unwrap_or_default();
    let filtered = form_urlencoded::parse(query.as_bytes())
        .any(|(name, _)| name.eq_ignore_ascii_case("filter"));
    if filtered {
        return Err(ScimError::new(ScimErrorKind::Forbidden, "this path takes no filter"));
    }
    Ok(())
}

fn refuse_unclear_headers(request: &Request) -> Result<(), ScimError> {
    for name in SINGLE_HEADERS {
        if request.headers.values(name).count() > 1 {
            let detail = format!("the header field {name} was sent more than once");
            return Err(ScimError::new(ScimErrorKind::InvalidSyntax, detail));
        }
        // To overlook a condition would be to overwrite somebody else's change.
        if request.headers.contains(name) && request.header(name).is_none() {
            let detail = format!("the header field {name} holds bytes that are no text");
            return Err(ScimError::new(ScimErrorKind::InvalidSyntax, detail));
        }
    }
    Ok(())
}
