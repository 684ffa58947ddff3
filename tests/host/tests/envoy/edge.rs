//! Envoys with the filter that is shipped, a team in them, and what must hold of their state.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use pollster::block_on;
use scim_edge::config::{PluginConfig, StoreChoice};
use scim_edge::host::ManualHost;
use scim_edge::store::etcd::{EtcdOptions, EtcdStore};
use scim_edge::store::tree::{CacheLimits, Tree};
use scim_edge::store::{Store as _, etcd, tree};
use scim_edge_host::envoy::{
    Answer, Ask, Beside, End, Etcd, Filter, Forwarded, Plan, Process, Reply, Worker, World,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub(crate) const PLATFORM_KEY: &str = "platform-key";
pub(crate) const OWNER: &str = "owner@example.com";

/// The filter, compiled once in this process.
pub(crate) fn filter() -> Arc<Filter> {
    static FILTER: Mutex<Option<Arc<Filter>>> = Mutex::new(None);
    let mut filter = FILTER.lock().unwrap_or_else(PoisonError::into_inner);
    let compile = || {
        let module = std::env::var_os(xtask::tools::MODULE)
            .map_or_else(|| xtask::tools::build_module().unwrap(), Into::into);
        Filter::compile(&module).unwrap()
    };
    Arc::clone(filter.get_or_insert_with(compile))
}

/// The plug-in's configuration, with this store.
pub(crate) fn configuration(store: &Value) -> Value {
    json!({
        "public_url": "https://edge.example",
        "platform_keys_sha256": [hex::encode(Sha256::digest(PLATFORM_KEY))],
        "gate": { "open_prefixes": ["/public/"] },
        "store": store,
    })
}

/// A store in etcd.
pub(crate) fn in_etcd(remember_ms: u64) -> Value {
    json!({ "etcd": { "cluster": "users", "remember_ms": remember_ms } })
}

/// One Envoy.
pub(crate) fn envoy(world: &Arc<World>, store: &Value, etcd: &Arc<Etcd>) -> Arc<Process> {
    Process::new(Plan {
        filter: filter(),
        world: Arc::clone(world),
        configuration: configuration(store),
        // This name is also a message, which Envoy would take it for.
        clusters: BTreeMap::from([("users".to_owned(), Arc::clone(etcd))]),
    })
}

/// An Envoy whose store is in memory.
pub(crate) fn envoy_alone() -> Arc<Process> {
    envoy(&World::new(7), &json!("memory"), &Etcd::new())
}

/// A team whose identity provider has a token.
#[derive(Clone, Debug)]
pub(crate) struct Team {
    pub(crate) id: String,
    pub(crate) path: String,
    pub(crate) token: String,
}

impl Team {
    pub(crate) fn make(worker: &mut Worker, id: &str) -> Self {
        let made = answer(worker, &Self::beginning(id));
        assert_eq!(made.status, 201, "{made:?}");
        Self::shown(id, &answer(worker, &Self::enabling(id)))
    }

    /// The request that makes it.
    pub(crate) fn beginning(id: &str) -> Ask {
        let body = json!({ "name": id, "sso": { "type": "oidc" }, "owners": [OWNER] });
        platform("PUT", &format!("/v1/teams/{id}"), &body)
    }

    /// The request that switches SCIM on.
    pub(crate) fn enabling(id: &str) -> Ask {
        Ask::new("POST", &format!("/v1/teams/{id}/scim")).signed_in(OWNER)
    }

    /// The team, by the answer that shows its token.
    pub(crate) fn shown(id: &str, answer: &Answer) -> Self {
        let shown = json_of(answer);
        let url = shown["endpoint_url"].as_str().unwrap();
        let path = url.strip_prefix("https://edge.example").unwrap().to_owned();
        Self { id: id.to_owned(), path, token: shown["token"].as_str().unwrap().to_owned() }
    }

    /// A request of its identity provider.
    pub(crate) fn scim(&self, method: &str, path: &str, body: &Value) -> Ask {
        let ask = Ask::new(method, &format!("{}{path}", self.path))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/scim+json");
        if body.is_null() { ask } else { ask.part(body.to_string()) }
    }

    pub(crate) fn create(&self, name: &str) -> Ask {
        self.scim("POST", "/Users", &json!({ "userName": format!("{name}@example.com") }))
    }

    pub(crate) fn find(&self, name: &str) -> Ask {
        let filter = format!("userName%20eq%20%22{name}%40example.com%22");
        self.scim("GET", &format!("/Users?filter={filter}"), &Value::Null)
    }

    /// Somebody knocks at the gate.
    pub(crate) fn knock(&self, name: &str) -> Ask {
        Ask::new("GET", &format!("/t/{}/page", self.id)).signed_in(&format!("{name}@example.com"))
    }
}

/// A request of the product behind.
pub(crate) fn platform(method: &str, path: &str, body: &Value) -> Ask {
    let ask = Ask::new(method, path)
        .header("authorization", format!("Bearer {PLATFORM_KEY}"))
        .header("content-type", "application/json");
    if body.is_null() { ask } else { ask.part(body.to_string()) }
}

/// What has become of a request, which no crash has hit.
pub(crate) fn end(worker: &mut Worker, ask: &Ask) -> End {
    match block_on(worker.ask(ask)) {
        Reply::Decided(end) => end,
        Reply::Crashed(crash) => panic!("{crash}\n{:?}", worker.process().log()),
    }
}

pub(crate) fn answer(worker: &mut Worker, ask: &Ask) -> Answer {
    match end(worker, ask) {
        End::Answered(answer) => answer,
        End::Forwarded(forwarded) => panic!("forwarded: {forwarded:?}"),
    }
}

pub(crate) fn forwarded(worker: &mut Worker, ask: &Ask) -> Forwarded {
    match end(worker, ask) {
        End::Forwarded(forwarded) => forwarded,
        End::Answered(answer) => panic!("answered: {answer:?}"),
    }
}

pub(crate) fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("{answer:?}"))
}

/// How many users a search finds.
pub(crate) fn found(worker: &mut Worker, team: &Team, name: &str) -> u64 {
    let answer = answer(worker, &team.find(name));
    assert_eq!(answer.status, 200, "{answer:?}");
    json_of(&answer)["totalResults"].as_u64().unwrap()
}

/// Panics where an invariant is broken of what is in shared data.
pub(crate) fn assert_sound(process: &Arc<Process>) {
    let store =
        Tree::new(Beside(Arc::clone(process)), ManualHost::default(), CacheLimits::default());
    let report = block_on(tree::check(&store)).unwrap();
    assert_eq!(report.broken, [], "the tree");
    block_on(async {
        let mut transaction = store.begin().await.unwrap();
        let mut tell = |broken| panic!("{broken:?}");
        scim_edge::fsck::check(&mut transaction, &mut tell).await.unwrap();
    });
}

/// Panics where an invariant is broken of what is in etcd.
pub(crate) fn assert_etcd_sound(etcd: &Etcd) {
    let config = configuration(&in_etcd(0)).to_string();
    let StoreChoice::Etcd(config) = PluginConfig::from_json(config.as_bytes()).unwrap().store
    else {
        panic!("the store is another one");
    };
    let store = EtcdStore::new(etcd, ManualHost::default(), EtcdOptions::new(&config));
    block_on(async {
        let report = etcd::check(&store).await.unwrap();
        assert!(report.broken.is_empty(), "{:?}", report.broken);
        let mut transaction = store.begin().await.unwrap();
        let mut tell = |broken| panic!("{broken:?}");
        scim_edge::fsck::check(&mut transaction, &mut tell).await.unwrap();
    });
}
