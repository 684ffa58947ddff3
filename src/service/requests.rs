//! Notes for the settings page what identity providers ask last. Written behind the answer, so that it takes nobody's
//! time and its time tells nothing; and seldom, so that a store of many nodes is not written for every read.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::num::NonZeroUsize;

use http::StatusCode;
use lru::LruCache;

use super::Service;
use crate::host::Host;
use crate::http::{Request, header};
use crate::provisioning::connection::EndpointId;
use crate::provisioning::request::{self, SeenRequest, Which};
use crate::provisioning::{TeamId, team, transact_unsettled};
use crate::router::{ScimEndpoint, SearchScope};
use crate::store::{Store, StoreError};

/// How long after a note the next one is written, in milliseconds.
const EVERY: u64 = 10_000;

/// The same where a request ended otherwise than the noted one, or came from another client.
const CHANGED: u64 = 1_000;

/// How much is kept of what a client calls itself.
const AGENT_MAX: usize = 200;

/// Of how many teams this VM remembers when it wrote, for requests that were accepted, and for others, of which anybody
/// can send any number.
const ACCEPTED_MAX: NonZeroUsize = NonZeroUsize::new(1024).unwrap();
const TURNED_AWAY_MAX: NonZeroUsize = NonZeroUsize::new(64).unwrap();

/// How many notes wait at the most.
const WAITING_MAX: usize = 64;

/// What this VM has noted, and has yet to write.
#[derive(Debug)]
pub(super) struct Requests {
    accepted: RefCell<LruCache<TeamId, SeenRequest>>,
    turned_away: RefCell<LruCache<TeamId, SeenRequest>>,
    waiting: RefCell<VecDeque<(TeamId, Which, SeenRequest)>>,
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            accepted: RefCell::new(LruCache::new(ACCEPTED_MAX)),
            turned_away: RefCell::new(LruCache::new(TURNED_AWAY_MAX)),
            waiting: RefCell::default(),
        }
    }
}

impl Requests {
    fn note(&self, team: TeamId, which: Which, seen: SeenRequest) {
        let mut noted = match which {
            Which::Accepted => self.accepted.borrow_mut(),
            Which::TurnedAway => self.turned_away.borrow_mut(),
        };
        if noted.get(&team).is_some_and(|before| !is_due(which, before, &seen)) {
            return;
        }
        let mut waiting = self.waiting.borrow_mut();
        if waiting.len() < WAITING_MAX {
            noted.put(team.clone(), seen.clone());
            waiting.push_back((team, which, seen));
        }
    }

    fn next(&self) -> Option<(TeamId, Which, SeenRequest)> {
        self.waiting.borrow_mut().pop_front()
    }
}

/// Whether a request is written after the one `before`. Who is turned away cannot have more written by changing.
fn is_due(which: Which, before: &SeenRequest, seen: &SeenRequest) -> bool {
    let passed = seen.at.0.saturating_sub(before.at.0);
    let good = |request: &SeenRequest| request.status < 400;
    let differs = good(before) != good(seen) || before.user_agent != seen.user_agent;
    passed >= EVERY || (which == Which::Accepted && differs && passed >= CHANGED)
}

impl<S: Store, H: Host> Service<S, H> {
    /// Notes a request of an endpoint that was answered with `status`; `turned_away` says why it was, if it was.
    pub(super) fn note_request(
        &self,
        endpoint: &str,
        resource: Option<&ScimEndpoint>,
        request: &Request,
        status: StatusCode,
        turned_away: Option<&'static str>,
    ) {
        let Some(EndpointId { team, .. }) = EndpointId::parse(endpoint) else { return };
        let agent = request.header(header::USER_AGENT);
        let seen = SeenRequest {
            at: self.host.now(),
            request: format!("{:.8} {}", request.method.as_str(), shown(resource)),
            status: status.as_u16(),
            user_agent: agent.map(|agent| agent.chars().take(AGENT_MAX).collect()),
            reason: turned_away,
        };
        let which = if turned_away.is_some() { Which::TurnedAway } else { Which::Accepted };
        self.requests.note(team, which, seen);
    }

    /// Writes what was noted.
    pub(super) async fn write_noted_requests(&self) {
        while let Some((id, which, seen)) = self.requests.next() {
            let (written, _) = transact_unsettled(&self.store, &self.host, |transaction, _| {
                if which == Which::TurnedAway {
                    // Anybody can name a team that is none.
                    let team = team::find(transaction, &id)?;
                    if team.is_none_or(|team| team.connection.is_none()) {
                        return Ok(());
                    }
                }
                request::save(transaction, &id, which, &seen)
            })
            .await;
            if let Err::<(), StoreError>(error) = written {
                self.log_store_error(&error);
            }
        }
    }
}

/// What a path names, without ids, names and queries.
fn shown(resource: Option<&ScimEndpoint>) -> &'static str {
    match resource {
        Some(ScimEndpoint::Root) => "/",
        Some(ScimEndpoint::Users) => "/Users",
        Some(ScimEndpoint::User(_)) => "/Users/…",
        Some(ScimEndpoint::Groups) => "/Groups",
        Some(ScimEndpoint::Group(_)) => "/Groups/…",
        Some(ScimEndpoint::Search(SearchScope::All)) => "/.search",
        Some(ScimEndpoint::Search(SearchScope::Users)) => "/Users/.search",
        Some(ScimEndpoint::Search(SearchScope::Groups)) => "/Groups/.search",
        Some(ScimEndpoint::Bulk) => "/Bulk",
        Some(ScimEndpoint::Me) => "/Me",
        Some(ScimEndpoint::ServiceProviderConfig) => "/ServiceProviderConfig",
        Some(ScimEndpoint::ResourceTypes | ScimEndpoint::ResourceType(_)) => "/ResourceTypes",
        Some(ScimEndpoint::Schemas | ScimEndpoint::Schema(_)) => "/Schemas",
        Some(ScimEndpoint::OtherVersion(_)) | None => "an unknown path",
    }
}
