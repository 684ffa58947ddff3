//! Plays conversations to the filter in a real Envoy.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use http::{Request, Response, header};
use xtask::client::Client;
use xtask::edge::{Connection, Edge};

use crate::conversation;
use crate::player::{self, DOMAIN, Endpoint, owner};

/// What must not be in Envoy's log: crashes, tokens, addresses.
const NEVER_LOGGED: [&str; 5] =
    ["Uncaught", "VM is failed", "plugin is failed", "panicked at", DOMAIN];

/// A team's endpoint, over a connection that is kept alive as long as Envoy lets it.
struct Filter<'e> {
    edge: &'e Edge,
    client: Client,
    connection: Connection,
}

/// Plays every conversation of an identity provider.
pub(crate) fn play_all(idp: &str) {
    let edge = shared();
    for conversation in conversation::of(idp) {
        let team = &conversation.team;
        let owner = owner(team);
        edge.create_team(team, team, &[], &[&owner]).unwrap();
        let connection = edge.enable_scim(team, &owner).unwrap();
        let mut filter = Filter { edge: &edge, client: edge.client().unwrap(), connection };
        player::play(&conversation, &mut filter);

        let log = edge.envoy.log();
        for text in NEVER_LOGGED.into_iter().chain([filter.connection.token.as_str()]) {
            assert!(!log.contains(text), "{team}: {text} is in the log");
        }
    }
}

/// The edge that all tests share. It lives as long as one of them needs it.
fn shared() -> Arc<Edge> {
    static SHARED: Mutex<Weak<Edge>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let edge = Arc::new(Edge::start().unwrap());
        *shared = Arc::downgrade(&edge);
        edge
    })
}

impl Endpoint for Filter<'_> {
    fn url(&self) -> &str {
        &self.connection.endpoint_url
    }

    fn token(&self) -> &str {
        &self.connection.token
    }

    fn answer(&mut self, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
        let response = self.client.request(request.map(Into::into)).unwrap();
        // Envoy hangs up after a 400 on HTTP/1.1, whoever said it.
        if response.headers().get(header::CONNECTION).is_some_and(|value| value == "close") {
            self.client = self.edge.client().unwrap();
        }
        response.map(|body| body.to_vec())
    }
}
