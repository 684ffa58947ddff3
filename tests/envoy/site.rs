//! Edges to test on.

use std::net::SocketAddr;
use std::ops::Deref;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock, Weak};

use serde_json::Value;
use xtask::client::Client;
use xtask::demo::Seen;
use xtask::edge::{Edge, Plan, Product};
use xtask::envoy::Place;
use xtask::tools::Tools;
use xtask::{project, step};

use crate::answer::Answer;
use crate::patience::eventually;
use crate::raw::Raw;

/// Where the people of the tests have their addresses. Never in a log.
pub(crate) const DOMAIN: &str = "people.example";

/// Stands in bodies, and never in a log.
pub(crate) const BODY_MARK: &str = "kept-out-of-logs";

/// What Envoy and V8 write when the filter has crashed, or Envoy itself has.
const CRASHES: [&str; 5] =
    ["Uncaught", "VM is failed", "plugin is failed", "panicked at", "suspect faulting address"];

/// A running edge.
pub(crate) struct Site {
    edge: Edge,
    may_crash: bool,
    killed: bool,
    seen: Mutex<Vec<Seen>>,
    secrets: Mutex<Vec<String>>,
}

impl Site {
    /// The one that all rules share which do not disturb each other. It lives as long as one of them needs it.
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Site>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let site = Arc::new(Self::start(|_| {}));
            *shared = Arc::downgrade(&site);
            site
        })
    }

    /// One of its own, whose configuration `change` has changed.
    pub(crate) fn start(change: impl FnOnce(&mut Plan)) -> Self {
        Self::of(Plan::new(Tools::ready().unwrap(), 0).unwrap(), change)
    }

    /// One in front of `product`, with its state in the etcd at `address`.
    pub(crate) fn start_on(
        product: &Product,
        address: SocketAddr,
        change: impl FnOnce(&mut Plan),
    ) -> Self {
        Self::of(Plan::on_etcd(Tools::ready().unwrap(), 0, product, &[address]).unwrap(), change)
    }

    fn of(mut plan: Plan, change: impl FnOnce(&mut Plan)) -> Self {
        plan.plugin(|plugin| plugin["gate"] = serde_json::json!({ "open_prefixes": ["/public/"] }))
            .unwrap();
        change(&mut plan);
        let edge = plan.start().unwrap();
        let secrets = Mutex::new(vec![edge.platform_key.clone()]);
        Self { edge, may_crash: false, killed: false, seen: Mutex::default(), secrets }
    }

    /// One with `slow_store` in place of the filter.
    pub(crate) fn start_slow(change: impl FnOnce(&mut Plan)) -> Self {
        Self::start(|plan| {
            plan.config.set(Place::Module, slow_store().to_string_lossy()).unwrap();
            change(plan);
        })
    }

    /// The same, whose log may tell of crashes.
    pub(crate) fn that_may_crash(mut self) -> Self {
        self.may_crash = true;
        self
    }

    pub(crate) fn raw(&self) -> Raw {
        Raw::open(self.address())
    }

    pub(crate) fn http1(&self) -> Client {
        self.client().unwrap()
    }

    pub(crate) fn http2(&self) -> Client {
        Client::connect_http2(self.address()).unwrap()
    }

    pub(crate) fn get(&self, path: &str, authorization: &str) -> Answer {
        self.http1().get(path, &[("authorization", authorization)]).unwrap().into()
    }

    /// The heads that the service behind has seen with `mark` in their paths.
    pub(crate) fn seen(&self, mark: &str) -> Vec<Seen> {
        let mut seen = self.seen.lock().unwrap();
        seen.extend(self.service.take_seen());
        seen.iter().filter(|head| head.path.contains(mark)).cloned().collect()
    }

    /// Begins to look at the service behind anew.
    pub(crate) fn forget_seen(&self) {
        self.service.take_seen();
        self.seen.lock().unwrap().clear();
    }

    /// The sum of Envoy's counters and gauges whose names `matches`.
    pub(crate) fn stat(&self, matches: impl Fn(&str) -> bool) -> u64 {
        let stats: Value =
            serde_json::from_str(&self.envoy.admin("/stats?format=json").unwrap()).unwrap();
        let stats = stats["stats"].as_array().unwrap();
        let named = stats.iter().filter(|stat| stat["name"].as_str().is_some_and(&matches));
        named.filter_map(|stat| stat["value"].as_u64()).sum()
    }

    /// How many connections this worker has open.
    pub(crate) fn connections(&self, worker: u32) -> u64 {
        let port = format!("_{}.", self.address().port());
        let end = format!("worker_{worker}.downstream_cx_active");
        self.stat(|name| name.contains(&port) && name.ends_with(&end))
    }

    /// Connections of which both workers have some.
    pub(crate) fn on_both_workers(&self) -> Vec<Client> {
        let mut clients = Vec::new();
        eventually("both workers have connections", || {
            clients.extend((0..8).map(|_| self.http1()));
            // Accepted is only what was answered.
            for client in &mut clients {
                client.get("/nothing", &[]).unwrap();
            }
            (self.connections(0) > 0 && self.connections(1) > 0).then_some(())
        });
        clients
    }

    /// `text` is never to be in the log.
    pub(crate) fn keep_secret(&self, text: &str) {
        self.secrets.lock().unwrap().push(text.to_owned());
    }

    /// Lets Envoy write out its access log and end.
    fn stop(&mut self) {
        let admin = self.envoy.admin_url();
        let admin = admin.trim_start_matches("http://").parse().unwrap();
        Client::connect(admin).unwrap().send(http::Method::POST, "/quitquitquit", &[], "").unwrap();
        eventually("Envoy has ended", || (!self.edge.envoy.is_running()).then_some(()));
    }

    /// Ends Envoy by SIGKILL.
    pub(crate) fn kill(mut self) {
        self.edge.envoy.kill();
        self.killed = true;
    }

    /// How often the log says `text`.
    pub(crate) fn log_count(&self, text: &str) -> usize {
        self.envoy.log().matches(text).count()
    }

    #[track_caller]
    pub(crate) fn refuse_crashes(&self) {
        for sign in CRASHES {
            assert_eq!(self.log_count(sign), 0, "{sign}:\n{}", self.envoy.last_lines());
        }
    }

    #[track_caller]
    fn refuse_secrets(&self) {
        let log = self.envoy.log();
        let secrets = self.secrets.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Every JSON Web Token begins with the first of these.
        let marks = ["eyJ", DOMAIN, BODY_MARK].into_iter();
        for secret in marks.chain(secrets.iter().map(String::as_str)) {
            let line = log.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "{secret} is in the log");
        }
    }
}

impl Deref for Site {
    type Target = Edge;

    fn deref(&self) -> &Edge {
        &self.edge
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("Envoy's last lines:\n{}", self.envoy.last_lines());
            return;
        }
        if !self.killed {
            self.stop();
        }
        self.refuse_secrets();
        if !self.may_crash {
            self.refuse_crashes();
        }
    }
}

/// The module of `slow_store`, built from the present sources.
pub(crate) fn slow_store() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let build = || {
        let mut cargo = project::cargo();
        let cargo: &mut Command =
            cargo.args(["rustc", "--package", "scim-edge", "--example", "slow_store"]);
        let cargo = cargo.args(["--profile", "wasm", "--target", "wasm32-wasip1"]);
        step::run("building the filter on a slow store", cargo, "see above").unwrap();
        let built = project::target().unwrap().join("wasm32-wasip1/wasm/examples/slow_store.wasm");
        assert!(built.is_file(), "{}", built.display());
        built
    };
    BUILT.get_or_init(build).clone()
}
