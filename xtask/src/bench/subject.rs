use std::time::Duration;

use anyhow::{Context as _, Result};
use http::{Request, Response};
use hyper::body::Bytes;
use serde_json::json;

use super::Way;
use super::population::fill;
use crate::client::Client;
use crate::demo::Service;
use crate::edge::{Connection, Edge, Plan};
use crate::envoy::Config;
use crate::etcd::Etcd;
use crate::tools::{self, Tools};
use crate::up::{self, StoreName, User, preload};

/// An edge that is measured.
pub struct Subject {
    /// The edge.
    pub edge: Edge,
    /// What it keeps its state in, where that is not its own memory.
    pub etcd: Option<Etcd>,
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

/// From how many users on they are written into etcd directly, and not created one by one.
const FILLED: u32 = 20_000;

/// Room for millions of users, and no history beyond what transactions under way need.
const LARGE_ETCD: &[&str] = &[
    "--quota-backend-bytes",
    "17179869184",
    "--auto-compaction-mode",
    "revision",
    "--auto-compaction-retention",
    "1000",
];

/// Where the configuration says how large Envoy's heap may be.
const HEAP_LIMIT: &str = "/overload_manager/resource_monitors/0/typed_config/max_heap_size_bytes";

impl Subject {
    /// Starts an edge with one worker, a listener for comparison, and `users` users in the demo team.
    pub fn start(tools: Tools, store: StoreName, users: u32) -> Result<Self> {
        let service = Service::start_forgetful()?;
        let etcd = match store {
            StoreName::Memory => None,
            StoreName::Etcd => Some(Etcd::start_with(&tools::etcd()?, LARGE_ETCD)?),
        };
        let mut plan = match &etcd {
            None => Plan::with_service(tools, 0, service)?,
            Some(etcd) => Plan::with_etcd(tools, 0, service, &[etcd.address()])?,
        };
        plan.options.concurrency = 1;
        add_baseline(&mut plan.config)?;
        // State in shared data is on Envoy's heap, which the shipped configuration keeps small.
        *plan.config.at(HEAP_LIMIT)? = json!(64_u64 << 30);
        let edge = plan.start()?;
        let connection = up::make_team(&edge, up::TEAM, "Demo", up::OWNER)?;
        let users = match &etcd {
            Some(etcd) if users >= FILLED => fill(&edge, &connection, etcd.address(), users)?,
            _ => preload(&edge, std::slice::from_ref(&connection), users)?,
        };
        let first = users.first().context("an edge without users cannot be measured")?;
        let member = edge.signed_in(&first.user_name);
        let (through, direct) = connect(&edge)?;
        Ok(Self { edge, etcd, connection, member, count: 0, users, through, direct })
    }

    /// The processor time that Envoy, and etcd where there is one, have used so far.
    pub fn cpu_time(&self) -> Result<Duration> {
        let etcd = self.etcd.as_ref().map_or(Ok(Duration::ZERO), Etcd::cpu_time)?;
        Ok(self.edge.envoy.cpu_time()? + etcd)
    }

    /// How much room the state takes: memory of Envoy, or of etcd and on its disk, with the names of these.
    pub fn room(&self) -> Result<Vec<(&'static str, u64)>> {
        let Some(etcd) = &self.etcd else {
            return Ok(vec![("Envoy's memory", self.edge.envoy.memory()?)]);
        };
        Ok(vec![("etcd's memory", etcd.memory()?), ("etcd's disk", etcd.size_in_use()?)])
    }

    /// Waits until it has nothing left to do of what it was asked before.
    pub fn wait_until_quiet(&self) -> Result<()> {
        const WHILE: Duration = Duration::from_millis(500);
        loop {
            crate::interrupt::check()?;
            let before = self.cpu_time()?;
            std::thread::sleep(WHILE);
            if self.cpu_time()?.saturating_sub(before) < WHILE / 20 {
                return Ok(());
            }
        }
    }

    /// Opens its connections again, which Envoy closes when they are idle for long.
    pub fn reconnect(&mut self) -> Result<()> {
        (self.through, self.direct) = connect(&self.edge)?;
        Ok(())
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

/// A connection through the filter, and one to the listener without it.
fn connect(edge: &Edge) -> Result<(Client, Client)> {
    Ok((edge.client()?, Client::connect(edge.envoy.listener(BASELINE)?)?))
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
