//! Two Envoys in front of one etcd, each with a stretch of network of its own in between.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Value, json};
use xtask::demo::Service;
use xtask::edge::{Connection, Edge, Plan, Product};
use xtask::etcd::{Etcd, Relay, quiet_port};
use xtask::tools::{self, Tools};

use crate::client::Browser;

pub(crate) const OWNER: &str = "owner@example.com";

pub(crate) struct Cluster {
    pub(crate) product: Product,
    /// Where clients come in.
    pub(crate) addresses: [SocketAddr; 2],
    pub(crate) relays: [Relay; 2],
    edges: [Mutex<Edge>; 2],
    etcd: Mutex<Etcd>,
}

impl Cluster {
    pub(crate) fn start() -> Self {
        let tools = Tools::ready().unwrap();
        let etcd = Etcd::start(&tools::etcd().unwrap()).unwrap();
        let product = Product::new(Service::start_forgetful().unwrap()).unwrap();
        let relays = [(); 2].map(|()| Relay::start(etcd.address()).unwrap());
        let edges = [&relays[0], &relays[1]].map(|relay| {
            let port = quiet_port().unwrap();
            let plan = Plan::on_etcd(tools.clone(), port, &product, &[relay.address()]).unwrap();
            plan.start().unwrap()
        });
        let addresses = [edges[0].address(), edges[1].address()];
        Self { product, addresses, relays, edges: edges.map(Mutex::new), etcd: Mutex::new(etcd) }
    }

    pub(crate) fn edge(&self, number: usize) -> MutexGuard<'_, Edge> {
        self.edges[number].lock().unwrap()
    }

    pub(crate) fn etcd(&self) -> MutexGuard<'_, Etcd> {
        self.etcd.lock().unwrap()
    }

    /// Makes a team and switches SCIM on for it.
    pub(crate) fn make_team(&self, team: &str) -> Connection {
        let edge = self.edge(0);
        edge.create_team(team, "Tortured", &[], &[OWNER]).unwrap();
        edge.enable_scim(team, OWNER).unwrap()
    }

    /// The `authorization` of a person who has signed in.
    pub(crate) fn signed_in(&self, email: &str) -> String {
        format!("Bearer {}", self.product.sign_in.mint(email))
    }

    /// Waits until both Envoys answer from etcd again.
    pub(crate) fn recover(&self) {
        let begun = Instant::now();
        let platform = format!("Bearer {}", self.product.platform_key);
        let mut browser = Browser::new(self.addresses);
        for envoy in 0..self.addresses.len() {
            let mut answers =
                || browser.send(envoy, Method::GET, "/v1/teams/nobodys", &platform, &Value::Null);
            while !matches!(answers().status(), Some(404)) {
                let log = || self.edge(envoy).envoy.last_lines();
                let in_time = begun.elapsed() < Duration::from_secs(60);
                assert!(in_time, "{envoy} does not recover: {}", log());
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }

    /// Sees that neither Envoy's filter has crashed, and that the state in etcd is sound; tells how much there is.
    pub(crate) fn check(&self) -> String {
        for envoy in 0..self.addresses.len() {
            let log = self.edge(envoy).envoy.log();
            for crash in ["Uncaught", "VM is failed", "plugin is failed", "panicked"] {
                assert!(!log.contains(crash), "{}", self.edge(envoy).envoy.last_lines());
            }
        }
        let report = xtask::fsck::check(self.etcd().address(), "/scim-edge/").unwrap();
        assert!(report.broken.is_empty(), "{:#?}", report.broken);
        format!("{:?}", report.summary)
    }

    /// All users of a team, as one Envoy lists them: their names, ids, and whether they are active.
    pub(crate) fn users(
        &self,
        envoy: usize,
        connection: &Connection,
    ) -> Vec<(String, String, bool)> {
        let mut browser = Browser::new(self.addresses);
        let mut users = Vec::new();
        let total = loop {
            let path =
                format!("{}/Users?count=200&startIndex={}", connection.path(), users.len() + 1);
            let page = browser.send(envoy, Method::GET, &path, &connection.bearer(), &Value::Null);
            let page = page.json(200);
            let resources = page["Resources"].as_array().cloned().unwrap_or_default();
            let total = page["totalResults"].as_u64().unwrap() as usize;
            let text = |user: &Value, name: &str| user[name].as_str().unwrap().to_owned();
            users.extend(resources.iter().map(|user| {
                (text(user, "userName"), text(user, "id"), user["active"] == json!(true))
            }));
            if resources.is_empty() || users.len() >= total {
                break total;
            }
        };
        assert_eq!(users.len(), total, "the count and the list of {envoy} differ");
        users
    }
}
