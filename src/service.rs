//! A request's way from its head to its answer: who asks, what for, and what comes of it.
//!
//! Authentication and operation share one transaction. So a token that was revoked, or a role that was taken,
//! before an operation commits, stops that operation, however long its request was under way.

mod gate;
mod import;
mod requests;
mod scim;

pub use import::{Upload, UploadError, WAITING_MAX};

use crate::authn::PlatformKeys;
use crate::config::Config;
use crate::gate::Pass;
use crate::host::{Host, Level};
use crate::http::{BODY_MAX, Request, Response, header};
use crate::manage::{self, Caller, Problem, ProblemKind};
use crate::provisioning::{OperationError, team, transact_unsettled};
use crate::router::{Endpoint, ManageEndpoint, route};
use crate::settings;
use crate::store::{Store, StoreError, StoreErrorKind};

/// What becomes of a request.
#[derive(Debug)]
pub enum Outcome {
    /// We answer it.
    Answer(Response),
    /// It goes on to the service behind, with what that service can trust; `None` for paths that are open to
    /// everybody.
    Forward(Option<Pass>),
}

/// What a request's head says has to be known before it can be handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// Whom the host verified.
    pub identity: bool,
    /// The body.
    pub body: bool,
    /// The body as it arrives, for [`Service::import`].
    pub upload: bool,
}

/// The service, for one store and one host.
#[derive(Debug)]
pub struct Service<S, H> {
    config: Config,
    keys: PlatformKeys,
    store: S,
    host: H,
    unfinished: import::Unfinished,
    requests: requests::Requests,
}

impl<S: Store, H: Host> Service<S, H> {
    /// A service that does as `config` says.
    pub fn new(config: Config, store: S, host: H) -> Self {
        let keys = PlatformKeys::new(config.platform_keys.clone());
        let (unfinished, requests) = (import::Unfinished::default(), requests::Requests::default());
        Self { config, keys, store, host, unfinished, requests }
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The host.
    pub fn host(&self) -> &H {
        &self.host
    }

    /// What has to be known of a request for `path`.
    pub fn needs(&self, path: &str) -> Needs {
        let nothing = Needs { identity: false, body: false, upload: false };
        match route(path) {
            Endpoint::Scim { .. } => Needs { body: true, ..nothing },
            Endpoint::Manage(Some(ManageEndpoint::Import(_))) => {
                Needs { identity: true, upload: true, ..nothing }
            }
            Endpoint::Manage(_) => Needs { identity: true, body: true, ..nothing },
            Endpoint::Team(_) | Endpoint::GateCheck => Needs { identity: true, ..nothing },
            Endpoint::Settings(_) | Endpoint::Other | Endpoint::Ambiguous => nothing,
        }
    }

    /// An answer that can be given before the body is there: to who may not ask at all, and to a body that is
    /// announced as too large. [`Self::handle`] asks the same again.
    pub async fn refuse_early(&self, head: &Request) -> Option<Response> {
        let refusal = match route(&head.path) {
            Endpoint::Scim { endpoint, .. } => self.refuse_early_scim(&endpoint, head).await,
            Endpoint::Manage(_) => {
                Caller::of(head, &self.keys, &self.config).err().map(|p| p.to_response())
            }
            _ => None,
        };
        refusal.or_else(|| announces_too_much(head).then(|| self.refuse_large_body(&head.path)))
    }

    /// The answer to a body over [`BODY_MAX`].
    pub fn refuse_large_body(&self, path: &str) -> Response {
        match route(path) {
            Endpoint::Scim { .. } => scim::large_body(),
            _ => Problem::new(
                ProblemKind::BodyTooLarge,
                format!("a body can have {BODY_MAX} bytes at the most"),
            )
            .to_response(),
        }
    }

    /// Handles a request whose body is there.
    pub async fn handle(&self, request: &Request) -> Outcome {
        match route(&request.path) {
            Endpoint::Scim { endpoint, resource } => {
                Outcome::Answer(self.handle_scim(&endpoint, resource.as_ref(), request).await)
            }
            Endpoint::Manage(Some(ManageEndpoint::Import(_))) => {
                let body = import::Whole(Some(request.body.clone()));
                Outcome::Answer(self.import(request, body).await)
            }
            Endpoint::Manage(endpoint) => {
                Outcome::Answer(self.handle_manage(endpoint.as_ref(), request).await)
            }
            Endpoint::Team(team) => self.pass_gate(&team, request).await,
            Endpoint::GateCheck => Outcome::Answer(self.check_gate(request).await),
            Endpoint::Settings(endpoint) => Outcome::Answer(settings::respond(
                &self.config.settings,
                endpoint.as_ref(),
                request,
            )),
            Endpoint::Other => self.pass_open(request),
            Endpoint::Ambiguous if request.path.starts_with("/scim/") => {
                Outcome::Answer(scim::ambiguous_path())
            }
            Endpoint::Ambiguous => refuse(Problem::new(
                ProblemKind::BadPath,
                "the path has dot segments, an encoded slash or bytes that are no text",
            )),
        }
    }

    async fn handle_manage(
        &self,
        endpoint: Option<&ManageEndpoint>,
        request: &Request,
    ) -> Response {
        let caller = match Caller::of(request, &self.keys, &self.config) {
            Ok(caller) => caller,
            Err(problem) => return problem.to_response(),
        };
        let Some(endpoint) = endpoint else {
            return Problem::not_found("path").to_response();
        };
        if request.body.len() > BODY_MAX {
            return self.refuse_large_body(&request.path);
        }
        if let ManageEndpoint::Trial(team) = endpoint
            && endpoint.methods().contains(&request.method)
        {
            return self.try_out(&caller, team).await;
        }
        let actor = caller.actor();
        let (answer, receipt) = transact_unsettled(&self.store, &self.host, |transaction, run| {
            let context = run.context(&actor);
            if let Some(team) = endpoint.team()
                && team::is_importing(transaction, team)?
            {
                return Err(OperationError::Refused(import::under_way()));
            }
            manage::dispatch(transaction, &context, &self.config, &caller, endpoint, request)
        })
        .await;
        if !request.method.is_safe() {
            self.store.settle(receipt).await;
        }
        match answer {
            Ok(response) => response,
            Err(OperationError::Refused(problem)) => {
                if problem.kind() == ProblemKind::Importing
                    && let Some(team) = endpoint.team()
                {
                    self.pick_up(team).await;
                }
                problem.to_response()
            }
            Err(OperationError::Store(error)) => self.store_problem(&error).to_response(),
        }
    }

    /// What a client is told of a store's error. The log is told the rest.
    fn store_problem(&self, error: &StoreError) -> Problem {
        self.log_store_error(error);
        let kind = match error.kind() {
            StoreErrorKind::Corrupt(_) => ProblemKind::Internal,
            StoreErrorKind::TooLarge(_) => ProblemKind::BodyTooLarge,
            StoreErrorKind::Lacking
            | StoreErrorKind::Conflict
            | StoreErrorKind::Unavailable(_)
            | StoreErrorKind::Unknown(_) => ProblemKind::Unavailable,
        };
        Problem::new(kind, explain(error))
    }

    fn log_store_error(&self, error: &StoreError) {
        if !matches!(error.kind(), StoreErrorKind::TooLarge(_)) {
            self.host.log(Level::Error, &error.to_string());
        }
    }
}

/// The answer of a host that cannot serve any request, which says no more than `detail` to a client.
pub fn refuse_all(path: &str, detail: &str) -> Response {
    match route(path) {
        Endpoint::Scim { .. } => scim::unserved(detail),
        _ => Problem::new(ProblemKind::Unavailable, detail).to_response(),
    }
}

/// The answer to a body that was broken off.
pub fn refuse_broken_body(path: &str) -> Response {
    let detail = "the body was broken off";
    match route(path) {
        Endpoint::Scim { .. } => scim::broken_body(detail),
        _ => Problem::new(ProblemKind::InvalidBody, detail).to_response(),
    }
}

/// A store's error in words that tell a client nothing of the inside.
fn explain(error: &StoreError) -> String {
    match error.kind() {
        StoreErrorKind::Corrupt(_) => "something is wrong here; it was logged".to_owned(),
        StoreErrorKind::TooLarge(what) => format!("{what} is too large to be kept"),
        StoreErrorKind::Lacking | StoreErrorKind::Conflict | StoreErrorKind::Unavailable(_) => {
            "the store cannot be asked right now".to_owned()
        }
        StoreErrorKind::Unknown(_) => {
            "whether this was done is not known; look, then try again".to_owned()
        }
    }
}

fn refuse(problem: Problem) -> Outcome {
    Outcome::Answer(problem.to_response())
}

fn announces_too_much(head: &Request) -> bool {
    let length = head.header(header::CONTENT_LENGTH).and_then(|text| text.parse::<u64>().ok());
    length.is_some_and(|length| length > BODY_MAX as u64)
}

#[cfg(test)]
mod tests;
