//! The gate's two doors: a request that is about to go on to the service behind, and a proxy that asks about one
//! (`/gate/check`). Both open for the same.
//!
//! Proxies make different things of what they are answered: nginx knows 2xx, 401 and 403, and takes all else for a
//! failure of ours. So whatever is refused for good is 401 or 403 there.

use http::StatusCode;

use super::{Outcome, Service, import, refuse};
use crate::gate::{self, Pass, Verdict};
use crate::host::Host;
use crate::http::{Request, Response, header, text_of};
use crate::manage::{Problem, ProblemKind};
use crate::provisioning::{TeamId, transact_unsettled};
use crate::router::{Endpoint, route};
use crate::store::Store;

impl<S: Store, H: Host> Service<S, H> {
    /// Lets a member's request go on.
    pub(super) async fn pass_gate(&self, team: &TeamId, request: &Request) -> Outcome {
        match self.admit(team, request).await {
            Ok(pass) => Outcome::Forward(Some(pass)),
            Err(problem) => refuse(problem),
        }
    }

    /// Lets a request for an open path go on.
    pub(super) fn pass_open(&self, request: &Request) -> Outcome {
        if self.is_open(&request.path) {
            return Outcome::Forward(None);
        }
        refuse(Problem::not_found("path"))
    }

    /// Tells a proxy whether to let through the request that it holds.
    pub(super) async fn check_gate(&self, request: &Request) -> Response {
        match self.check_forwarded(request).await {
            Ok(pass) => permit(pass.as_ref()),
            Err(problem) => problem.to_response(),
        }
    }

    async fn check_forwarded(&self, request: &Request) -> Result<Option<Pass>, Problem> {
        let uri = forwarded_uri(request)?;
        let path = uri.split('?').next().unwrap_or_default();
        match route(path) {
            Endpoint::Team(team) => self.admit(&team, request).await.map(Some),
            Endpoint::Other if self.is_open(path) => Ok(None),
            Endpoint::Other
            | Endpoint::Ambiguous
            | Endpoint::Scim { .. }
            | Endpoint::Manage(_)
            | Endpoint::Settings(_)
            | Endpoint::GateCheck => Err(Problem::new(
                ProblemKind::ClosedPath,
                "nobody gets through to this path: it is neither a team's nor open",
            )),
        }
    }

    async fn admit(&self, team: &TeamId, request: &Request) -> Result<Pass, Problem> {
        let Some(identity) = &request.identity else {
            return Err(Problem::new(ProblemKind::Unauthenticated, "sign in first"));
        };
        let (checked, _) = transact_unsettled(&self.store, &self.host, |transaction, _| {
            gate::check(transaction, team, identity)
        })
        .await;
        match checked {
            Ok(Verdict::Pass(pass)) => Ok(pass),
            Ok(Verdict::Stranger) => {
                Err(Problem::new(ProblemKind::NotMember, "you are not a member of this team"))
            }
            Ok(Verdict::Importing) => {
                self.pick_up(team).await;
                Err(import::under_way())
            }
            Err(error) => Err(self.store_problem(&error)),
        }
    }

    fn is_open(&self, path: &str) -> bool {
        self.config.gate.open_prefixes.iter().any(|prefix| path.starts_with(prefix))
    }
}

/// The path and query that the proxy was asked for. Empty, which names nothing, where they are no text.
///
/// # Errors
/// Without exactly one it is not known what is asked: a proxy that is not set up for this, or one that let a client
/// add its own.
fn forwarded_uri(request: &Request) -> Result<&str, Problem> {
    let mut values = request.headers.values(header::X_FORWARDED_URI);
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(text_of(value).unwrap_or_default()),
        _ => Err(Problem::new(
            ProblemKind::NoForwardedUri,
            "send the path and query that you were asked for in one x-forwarded-uri",
        )),
    }
}

fn permit(pass: Option<&Pass>) -> Response {
    let permit = Response::empty(StatusCode::OK).with(header::CACHE_CONTROL, "no-store");
    pass.iter()
        .flat_map(|pass| pass.trusted_headers())
        .fold(permit, |response, (name, value)| response.with(name, value))
}
