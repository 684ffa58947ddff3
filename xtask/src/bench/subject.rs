use anyhow::{Context as _, Result};
use http::{Request, Response};
use hyper::body::Bytes;
use serde_json::json;

use super::Way;
use crate::client::Client;
use crate::demo::Service;
use crate::edge::{Connection, Edge, Plan};
use crate::envoy::Config;
use crate::tools::Tools;
use crate::up::{self, User, preload};

/// An edge that is measured.
pub struct Subject {
    /// The edge.
    pub edge: Edge,
    /// The demo team's SCIM connection.
    pub connection: Connection,
    /// The `authorization` header of a member.
    pub member: String,
    /// How many times anything was sent so far.
    pub count: usize,
    users: Vec<User>,
    through: Client,
    direct: Client,
}

/// The listener that has no filter but the router.
const BASELINE: &str = "baseline";

impl Subject {
    /// Starts an edge with one worker, a listener for comparison, and `users` users in the demo team.
    pub fn start(tools: Tools, users: u32) -> Result<Self> {
        let mut plan = Plan::with_service(tools, 0, Service::start_forgetful()?)?;
        plan.options.concurrency = 1;
        add_baseline(&mut plan.config)?;
        let edge = plan.start()?;
        let connection = up::make_team(&edge, up::TEAM, "Demo", up::OWNER)?;
        let users = preload(&edge, std::slice::from_ref(&connection), users)?;
        let first = users.first().context("an edge without users cannot be measured")?;
        let member = edge.signed_in(&first.user_name);
        let (through, direct) = (edge.client()?, Client::connect(edge.envoy.listener(BASELINE)?)?);
        Ok(Self { edge, connection, member, count: 0, users, through, direct })
    }

    /// The user whose turn it is: another each time, spread over all of them.
    pub fn user(&self) -> Result<&User> {
        const STRIDE: usize = 7919;
        let turn = self.count.wrapping_mul(STRIDE) % self.users.len().max(1);
        self.users.get(turn).context("no users")
    }

    /// Sends a request and waits for the answer.
    pub fn send(&mut self, way: Way, request: Request<Bytes>) -> Result<Response<Bytes>> {
        match way {
            Way::Direct => self.direct.request(request),
            Way::Edge => self.through.request(request),
        }
    }
}

/// A listener like the first, access log and limits included, that answers by itself.
fn add_baseline(config: &mut Config) -> Result<()> {
    let mut listener = config.at("/static_resources/listeners/0")?.clone();
    let manager = "/filter_chains/0/filters/0/typed_config";
    let router =
        listener.pointer("/filter_chains/0/filters/0/typed_config/http_filters/3").cloned();
    let router = router.context("Envoy's configuration has no router as its last filter")?;
    let route = json!({ "match": { "prefix": "/" }, "direct_response": { "status": 200 } });
    let changes = [
        ("/name".to_owned(), json!(BASELINE)),
        ("/address/socket_address/port_value".to_owned(), json!(0)),
        (format!("{manager}/http_filters"), json!([router])),
        (format!("{manager}/route_config/virtual_hosts/0/routes"), json!([route])),
    ];
    for (place, value) in changes {
        *listener
            .pointer_mut(&place)
            .with_context(|| format!("the listener has nothing at {place}"))? = value;
    }
    config.push("/static_resources/listeners", listener)
}
