//! The SCIM endpoint: checks the token, finds the operation, answers in SCIM's terms.

mod bulk;
mod collection;
mod exchange;
mod groups;
mod list;
mod typed;
mod unserved;
mod users;

use std::cell::Cell;

use http::{HeaderName, Method, StatusCode, header};
use serde_json::Value;
use thiserror::Error;

use super::{Service, explain};
use crate::authn::{BearerToken, TokenError, bearer_credential};
use crate::host::Host;
use crate::http::{BODY_MAX, Request, Response};
use crate::provisioning::connection::{self, EndpointId, Provisioner};
use crate::provisioning::event::{self, Action, Event, Subject};
use crate::provisioning::group::{self, GroupRefusal, Nesting};
use crate::provisioning::user::{self, UserRefusal};
use crate::provisioning::{Actor, Context, OperationError, TeamId, account, transact};
use crate::router::{ScimEndpoint, SearchScope, allow};
use crate::scim::{ScimError, ScimErrorKind, discovery};
use crate::store::{Store, StoreError, Transaction};

/// The media type of every answer (RFC 7644 §3.1), without parameters, which some clients refuse.
const MEDIA_TYPE: &str = "application/scim+json";

/// Fields that change what a request means. Sent twice, nobody can tell which one counts.
const SINGLE_HEADERS: [HeaderName; 4] =
    [header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_MATCH, header::IF_NONE_MATCH];

/// Why a SCIM request did nothing.
#[derive(Debug, Error)]
pub(super) enum Failure {
    /// No token, or none that is good for this endpoint.
    #[error("unauthenticated")]
    Unauthenticated(Unauthenticated),
    /// The endpoint takes other methods.
    #[error("method not allowed")]
    Method(&'static [Method]),
    /// Something in the request is wrong.
    #[error(transparent)]
    Wire(#[from] ScimError),
    /// A rule says no to a write of a user.
    #[error(transparent)]
    Rule(#[from] UserRefusal),
    /// A rule says no to a write of a group.
    #[error(transparent)]
    Group(#[from] GroupRefusal),
}

type Answer<T> = Result<T, OperationError<Failure>>;

/// What is wrong with a credential (RFC 6750 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unauthenticated {
    Missing,
    Malformed(TokenError),
    Wrong,
}

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
        let outcome = transact(&self.store, &self.host, async |transaction| {
            authenticate(transaction, endpoint, head).await.map(|_| ())
        })
        .await;
        match outcome {
            Ok(()) => None,
            Err(error) => Some(self.scim_error(&error)),
        }
    }

    /// Answers a SCIM request.
    pub(super) async fn handle_scim(
        &self,
        endpoint: &str,
        resource: Option<&ScimEndpoint>,
        request: &Request,
    ) -> Response {
        let answer = self.handle_operation(endpoint, resource, request).await;
        if resource == Some(&ScimEndpoint::Bulk) && answer.status.is_success() {
            return self.handle_bulk(endpoint, request).await;
        }
        answer
    }

    /// Answers a request that is one operation. Of a bulk request it says whether it may be made.
    async fn handle_operation(
        &self,
        endpoint: &str,
        resource: Option<&ScimEndpoint>,
        request: &Request,
    ) -> Response {
        let outcome = transact(&self.store, &self.host, async |transaction| {
            self.perform(transaction, endpoint, resource, request).await
        })
        .await;
        match outcome {
            Ok(response) => response,
            Err(error) => {
                if let OperationError::Refused(failure) = &error {
                    self.log_refusal(endpoint, resource, request, failure).await;
                }
                self.scim_error(&error)
            }
        }
    }

    /// Does what a request asks for, in a transaction that is somebody else's to commit.
    async fn perform(
        &self,
        transaction: &mut impl Transaction,
        endpoint: &str,
        resource: Option<&ScimEndpoint>,
        request: &Request,
    ) -> Answer<Response> {
        let provisioner = authenticate(transaction, endpoint, request).await?;
        let actor = Actor::IdentityProvider;
        let (context, base_url) = (self.context(&actor), self.base_url(endpoint));
        let (nesting, looked_at) = (Nesting::default(), Cell::default());
        let call = Call { context, provisioner, request, base_url, nesting, looked_at };
        dispatch(transaction, &call, resource).await
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
                let unavailable = error.kind == ScimErrorKind::Unavailable;
                let response = error_response(&error);
                if unavailable { response.with(header::RETRY_AFTER, "1") } else { response }
            }
        }
    }

    /// Writes a refusal into the team's log. That it could not be written is no reason to answer otherwise.
    async fn log_refusal(
        &self,
        endpoint: &str,
        resource: Option<&ScimEndpoint>,
        request: &Request,
        refusal: &Failure,
    ) {
        let Some(action) = refused_action(&request.method, refusal) else { return };
        let Some(EndpointId { team, .. }) = EndpointId::parse(endpoint) else { return };
        let actor = Actor::IdentityProvider;
        let context = self.context(&actor);
        let logged = transact(&self.store, &self.host, async |transaction| {
            let subject = match resource {
                Some(ScimEndpoint::User(id)) => subject_of(transaction, &team, id).await?,
                Some(ScimEndpoint::Group(id)) => group_of(transaction, &team, id).await?,
                Some(ScimEndpoint::Groups) => {
                    Subject { group_name: groups::written_name(request), ..Subject::default() }
                }
                _ => Subject { email: users::written_email(request), ..Subject::default() },
            };
            let event = Event::refused(action, subject, refusal.to_string());
            event::append(transaction, &context, &team, event).await
        })
        .await;
        if let Err(error) = logged {
            self.log_store_error(&error);
        }
    }
}

/// Checks the request's token. Refusals of every kind cost the same reads.
async fn authenticate(
    transaction: &mut impl Transaction,
    endpoint: &str,
    request: &Request,
) -> Answer<Provisioner> {
    let unauthenticated = |why| OperationError::Refused(Failure::Unauthenticated(why));
    let credential = bearer_credential(request).ok_or(unauthenticated(Unauthenticated::Missing))?;
    let token = BearerToken::parse(credential)
        .map_err(|error| unauthenticated(Unauthenticated::Malformed(error)))?;
    let endpoint = EndpointId::parse_or_nobodys(endpoint);
    connection::authenticate(transaction, &endpoint, &token)
        .await?
        .ok_or(unauthenticated(Unauthenticated::Wrong))
}

async fn dispatch(
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
        (ScimEndpoint::Root, _) => list::list(transaction, call, SearchScope::All).await,
        (ScimEndpoint::Search(scope), _) => list::search(transaction, call, *scope).await,
        (ScimEndpoint::Users, &Method::POST) => users::create(transaction, call).await,
        (ScimEndpoint::Users, _) => list::list(transaction, call, SearchScope::Users).await,
        (ScimEndpoint::User(id), &Method::PUT) => users::replace(transaction, call, id).await,
        (ScimEndpoint::User(id), &Method::PATCH) => users::patch(transaction, call, id).await,
        (ScimEndpoint::User(id), &Method::DELETE) => users::delete(transaction, call, id).await,
        (ScimEndpoint::User(id), _) => users::read(transaction, call, id).await,
        (ScimEndpoint::Groups, &Method::POST) => groups::create(transaction, call).await,
        (ScimEndpoint::Groups, _) => list::list(transaction, call, SearchScope::Groups).await,
        (ScimEndpoint::Group(id), &Method::PUT) => groups::replace(transaction, call, id).await,
        (ScimEndpoint::Group(id), &Method::PATCH) => groups::patch(transaction, call, id).await,
        (ScimEndpoint::Group(id), &Method::DELETE) => groups::delete(transaction, call, id).await,
        (ScimEndpoint::Group(id), _) => groups::read(transaction, call, id).await,
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

impl Failure {
    fn to_response(&self) -> Response {
        match self {
            Self::Unauthenticated(why) => why.to_response(),
            Self::Method(methods) => {
                let allow = allow(methods);
                let detail = format!("this path takes {allow}");
                let error = ScimError::new(ScimErrorKind::MethodNotAllowed, detail);
                error_response(&error).with(header::ALLOW, &allow)
            }
            Self::Wire(error) => error_response(error),
            Self::Rule(refusal) => error_response(&ScimError::from(refusal)),
            Self::Group(refusal) => error_response(&ScimError::from(refusal)),
        }
    }
}

impl Unauthenticated {
    fn to_response(self) -> Response {
        let (challenge, detail) = match self {
            Self::Missing => (
                "Bearer realm=\"scim\"",
                "send the SCIM token as \"authorization: Bearer …\"".to_owned(),
            ),
            Self::Malformed(error) => {
                ("Bearer realm=\"scim\", error=\"invalid_token\"", error.to_string())
            }
            Self::Wrong => (
                "Bearer realm=\"scim\", error=\"invalid_token\"",
                "the token is not valid for this endpoint".to_owned(),
            ),
        };
        let error = ScimError::new(ScimErrorKind::Unauthorized, detail);
        error_response(&error).with(header::WWW_AUTHENTICATE, challenge)
    }
}

impl From<&UserRefusal> for ScimError {
    fn from(refusal: &UserRefusal) -> Self {
        let kind = match refusal {
            UserRefusal::NotFound => ScimErrorKind::NotFound,
            UserRefusal::UserNameTaken
            | UserRefusal::ExternalIdTaken
            | UserRefusal::EmailTaken
            | UserRefusal::EmailOfAnotherAccount => ScimErrorKind::Uniqueness,
            UserRefusal::EmailOutsideDomains | UserRefusal::EmailNotOurs | UserRefusal::Owner => {
                ScimErrorKind::Forbidden
            }
            UserRefusal::VersionMismatch => ScimErrorKind::PreconditionFailed,
        };
        Self::new(kind, refusal.to_string())
    }
}

impl From<&GroupRefusal> for ScimError {
    fn from(refusal: &GroupRefusal) -> Self {
        let kind = match refusal {
            GroupRefusal::NotFound => ScimErrorKind::NotFound,
            GroupRefusal::DisplayNameTaken | GroupRefusal::ExternalIdTaken => {
                ScimErrorKind::Uniqueness
            }
            GroupRefusal::UnusableId(_)
            | GroupRefusal::LongDisplay(_)
            | GroupRefusal::OtherKind { .. }
            | GroupRefusal::Loop(_)
            | GroupRefusal::NestedTooFar
            | GroupRefusal::TooManyMembers
            | GroupRefusal::TooManyGroups(_) => ScimErrorKind::InvalidValue,
            GroupRefusal::NobodyPicked => ScimErrorKind::NoTarget,
            GroupRefusal::VersionMismatch => ScimErrorKind::PreconditionFailed,
        };
        Self::new(kind, refusal.to_string())
    }
}

/// What a client is told of a store's error.
fn store_error(error: &StoreError) -> ScimError {
    let kind = match error {
        StoreError::Corrupt(_) => ScimErrorKind::Internal,
        StoreError::TooLarge(_) => ScimErrorKind::PayloadTooLarge,
        StoreError::Conflict | StoreError::Unavailable(_) | StoreError::Unknown(_) => {
            ScimErrorKind::Unavailable
        }
    };
    ScimError::new(kind, explain(error))
}

/// The answer to a body over [`BODY_MAX`].
pub(super) fn large_body() -> Response {
    error_response(&large_body_error())
}

/// The answer to a path that could be read in two ways.
pub(super) fn ambiguous_path() -> Response {
    error_response(&ScimError::new(
        ScimErrorKind::NotFound,
        "the path has dot segments, an encoded slash or bytes that are no text",
    ))
}

fn large_body_error() -> ScimError {
    ScimError::new(
        ScimErrorKind::PayloadTooLarge,
        format!("a body can have {BODY_MAX} bytes at the most"),
    )
}

fn error_response(error: &ScimError) -> Response {
    Response::json(error.kind.status(), MEDIA_TYPE, &error.to_json())
}

fn ok(body: &Value) -> Response {
    Response::json(StatusCode::OK, MEDIA_TYPE, body)
}

fn found(body: Option<Value>) -> Result<Response, ScimError> {
    let body = body
        .ok_or_else(|| ScimError::new(ScimErrorKind::NotFound, "there is nothing with this id"))?;
    Ok(ok(&body))
}

fn refused(failure: impl Into<Failure>) -> OperationError<Failure> {
    OperationError::Refused(failure.into())
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
    for name in &SINGLE_HEADERS {
        if request.headers.get_all(name).iter().count() > 1 {
            let detail = format!("the header field {name} was sent more than once");
            return Err(ScimError::new(ScimErrorKind::InvalidSyntax, detail));
        }
        // To overlook a condition would be to overwrite somebody else's change.
        if request.headers.contains_key(name) && request.header(name).is_none() {
            let detail = format!("the header field {name} holds bytes that are no text");
            return Err(ScimError::new(ScimErrorKind::InvalidSyntax, detail));
        }
    }
    Ok(())
}

/// What a refused request would have done; `None` where the team's log has no use for that.
fn refused_action(method: &Method, refusal: &Failure) -> Option<Action> {
    Some(match (method, refusal) {
        (
            _,
            Failure::Rule(UserRefusal::NotFound | UserRefusal::VersionMismatch)
            | Failure::Group(
                GroupRefusal::NotFound | GroupRefusal::VersionMismatch | GroupRefusal::NobodyPicked,
            ),
        ) => return None,
        (&Method::POST, Failure::Rule(_)) => Action::UserCreate,
        (&Method::DELETE, Failure::Rule(_)) => Action::UserDelete,
        (_, Failure::Rule(UserRefusal::Owner)) => Action::UserDeactivate,
        (_, Failure::Rule(_)) => Action::UserUpdate,
        (&Method::POST, Failure::Group(_)) => Action::GroupCreate,
        (&Method::DELETE, Failure::Group(_)) => Action::GroupDelete,
        (_, Failure::Group(_)) => Action::GroupUpdate,
        (_, Failure::Unauthenticated(_) | Failure::Method(_) | Failure::Wire(_)) => return None,
    })
}

async fn group_of(
    transaction: &mut impl Transaction,
    team: &TeamId,
    id: &str,
) -> Result<Subject, StoreError> {
    Ok(match group::find(transaction, team, id).await? {
        Some(group) => group.subject(),
        None => Subject { group_id: Some(id.to_owned()), ..Subject::default() },
    })
}

async fn subject_of(
    transaction: &mut impl Transaction,
    team: &TeamId,
    id: &str,
) -> Result<Subject, StoreError> {
    let Some(user) = user::find(transaction, team, id).await? else {
        return Ok(Subject { user_id: Some(id.to_owned()), ..Subject::default() });
    };
    let account = account::by_id(transaction, &user.account).await?;
    let email = account.map(|account| account.email.as_str().to_owned());
    Ok(Subject { email, user_id: Some(user.id), ..Subject::default() })
}
