//! The service on one real etcd by gRPC and by JSON at the same time, as Envoy and Spin nodes serve the same teams; and
//! what a user of etcd may by JSON.

use std::rc::Rc;
use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use scim_edge::authn::Identity;
use scim_edge::config::Config;
use scim_edge::email::Email;
use scim_edge::http::{Request, header};
use scim_edge::service::{Outcome, Service};
use scim_edge::store::etcd::{EtcdStore, Gateway, Login, Watchless, check};
use scim_edge::store::{Store as _, StoreError, Transaction as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use xtask::client::Client;
use xtask::etcd::{Direction, Etcd, Flow, Grpc, Http};

use super::client::Browser;
use super::cluster::Cluster;
use super::host::Native;
use super::ways::{PREFIX, Way, etcd, options, run};

const KEY: &str = "platform-key";
const OWNER: &str = "owner@example.com";
const TEAM: &str = "acme";

/// Beside nodes that remember for so long, though there are none.
const REMEMBER_MS: u64 = 20;

/// How long Envoys remember if they are not told otherwise.
const ENVOYS_REMEMBER_MS: u64 = 100;

/// How many clients there are of each node, and how many people each of them brings.
const CLIENTS: usize = 3;
const PEOPLE: usize = 15;

/// A node that remembers nothing.
struct Node<W> {
    service: Service<EtcdStore<W, Native, Watchless>, Native>,
}

impl<W: Way> Node<W> {
    async fn new(etcd: &Etcd, remember_ms: u64) -> Self {
        let config = json!({
            "public_url": "https://edge.example",
            "platform_keys_sha256": [hex::encode(Sha256::digest(KEY))],
        });
        let config = Config::from_json(config.to_string().as_bytes()).unwrap();
        let memory = Watchless::new(Duration::from_millis(remember_ms));
        let (client, options) = (W::to(etcd).await, options(remember_ms));
        let store = EtcdStore::with_memory(client, Native::new(), memory, options);
        Self { service: Service::new(config, store, Native::new()) }
    }

    async fn answer(&self, request: &Request) -> (StatusCode, Value) {
        match self.service.handle(request).await {
            Outcome::Answer(answer) => {
                (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
            }
            Outcome::Forward(_) => panic!("{request:?} went on"),
        }
    }

    async fn ask(&self, method: Method, path: &str, key: &str, body: Value) -> (u16, Value) {
        let mut request = Request::new(method, path);
        request.headers.set(header::AUTHORIZATION, &format!("Bearer {key}")).unwrap();
        if !body.is_null() {
            request.body = body.to_string().into_bytes();
        }
        let (status, body) = self.answer(&request).await;
        (status.as_u16(), body)
    }

    /// Whether somebody who has signed in gets through to the team.
    async fn lets_in(&self, email: &str) -> bool {
        let mut request = Request::new(Method::GET, &format!("/t/{TEAM}/page"));
        request.identity = Some(Identity { email: Email::parse(email).unwrap() });
        match self.service.handle(&request).await {
            Outcome::Forward(Some(_)) => true,
            Outcome::Answer(answer) => {
                assert_eq!(answer.status, StatusCode::FORBIDDEN);
                false
            }
            Outcome::Forward(None) => panic!("the path is open"),
        }
    }
}

/// Where the team's identity provider sends its requests, and its token.
struct Connection {
    users: String,
    token: String,
}

async fn make_team(node: &Node<impl Way>) -> Connection {
    let team = json!({ "name": "Acme", "sso": { "type": "oidc" }, "owners": [OWNER] });
    let path = format!("/v1/teams/{TEAM}");
    assert_eq!(node.ask(Method::PUT, &path, KEY, team).await.0, 201);
    let enable = Request {
        identity: Some(Identity { email: Email::parse(OWNER).unwrap() }),
        ..Request::new(Method::POST, &format!("{path}/scim"))
    };
    let (status, connection) = node.answer(&enable).await;
    assert_eq!(status, StatusCode::CREATED);
    let url = connection["endpoint_url"].as_str().unwrap();
    let users = format!("{}/Users", url.strip_prefix("https://edge.example").unwrap());
    Connection { users, token: connection["token"].as_str().unwrap().to_owned() }
}

fn set(active: bool) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "active", "value": active }],
    })
}

/// Brings people by the node `here`, and takes every other one out again; looks at each step, once it is acknowledged,
/// what the node `there` says.
async fn provision(
    here: &Node<impl Way>,
    there: &Node<impl Way>,
    connection: &Connection,
    client: &str,
) {
    let Connection { users, token } = connection;
    for number in 0..PEOPLE {
        let email = format!("{client}-{number}@example.com");
        let user = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": email,
            "emails": [{ "value": email, "primary": true }],
        });
        assert!(!there.lets_in(&email).await);
        let (status, made) = here.ask(Method::POST, users, token, user.clone()).await;
        assert_eq!(status, 201, "{made}");
        let path = format!("{users}/{}", made["id"].as_str().unwrap());
        assert!(there.lets_in(&email).await, "{email} is a member");
        assert_eq!(there.ask(Method::GET, &path, token, Value::Null).await, (200, made));
        assert_eq!(there.ask(Method::POST, users, token, user).await.0, 409);
        if number % 2 == 0 {
            let (status, out) = here.ask(Method::PATCH, &path, token, set(false)).await;
            assert_eq!((status, &out["active"]), (200, &json!(false)));
            assert!(!there.lets_in(&email).await, "{email} is no member any more");
            assert_eq!(there.ask(Method::GET, &path, token, Value::Null).await, (200, out));
        }
    }
}

#[test]
fn each_node_sees_what_the_other_has_acknowledged_whichever_way_they_speak_to_etcd() {
    let etcd = etcd();
    run(async {
        let by_grpc = Rc::new(Node::<Grpc>::new(&etcd, REMEMBER_MS).await);
        let by_json = Rc::new(Node::<Gateway<Http>>::new(&etcd, REMEMBER_MS).await);
        let connection = Rc::new(make_team(&by_json).await);
        let mut clients = Vec::new();
        for client in 0..CLIENTS {
            let nodes = (Rc::clone(&by_grpc), Rc::clone(&by_json), Rc::clone(&connection));
            clients.push(tokio::task::spawn_local(async move {
                let (by_grpc, by_json, connection) = nodes;
                provision(&*by_grpc, &*by_json, &connection, &format!("grpc{client}")).await;
            }));
            let nodes = (Rc::clone(&by_grpc), Rc::clone(&by_json), Rc::clone(&connection));
            clients.push(tokio::task::spawn_local(async move {
                let (by_grpc, by_json, connection) = nodes;
                provision(&*by_json, &*by_grpc, &connection, &format!("json{client}")).await;
            }));
        }
        for client in clients {
            client.await.unwrap();
        }
        let Connection { users, token } = &*connection;
        let page = format!("{users}?count=200");
        let (status, list) = by_json.ask(Method::GET, &page, token, Value::Null).await;
        assert_eq!((status, &list["totalResults"]), (200, &json!(2 * CLIENTS * PEOPLE)));
        assert_eq!(by_grpc.ask(Method::GET, &page, token, Value::Null).await, (200, list));
        let store = EtcdStore::new(Gateway::<Http>::to(&etcd).await, Native::new(), options(0));
        assert_eq!(check(&store).await.unwrap().broken, []);
    });
    let report = xtask::fsck::check(etcd.address(), PREFIX).unwrap();
    assert_eq!(report.broken, Vec::<String>::new());
    let people = (2 * CLIENTS * PEOPLE) as u64;
    assert_eq!((report.summary.users, report.summary.accounts), (people, people + 1));
}

#[test]
fn who_finds_done_by_json_what_another_node_did_waits_until_nobody_goes_by_what_was_before() {
    let etcd = etcd();
    run(async {
        let remember = Duration::from_millis(300);
        let engine = async || {
            let (client, memory) = (Gateway::<Http>::to(&etcd).await, Watchless::new(remember));
            EtcdStore::with_memory(client, Native::new(), memory, options(300))
        };
        let member = scim_edge::store::key::member(TEAM, "ann");
        let delete = async |store: &EtcdStore<_, _, _>| {
            let begun = Instant::now();
            let mut transaction = store.begin().await.unwrap();
            transaction.fetched(|t| t.get(&member)).await.unwrap();
            transaction.delete(&member);
            store.settle(transaction.commit().await.unwrap()).await;
            begun.elapsed()
        };
        let (first, retried) = (engine().await, engine().await);
        let mut transaction = first.begin().await.unwrap();
        transaction.put(&member, vec![1]).unwrap();
        first.settle(transaction.commit().await.unwrap()).await;
        assert!(delete(&first).await >= remember, "who takes something away waits");
        assert!(delete(&retried).await >= remember, "who finds it done waits");
        assert!(delete(&retried).await < remember, "who knows how long ago it was does not");
    });
}

/// Takes somebody out by JSON. If a node `dies` on the way, it is the next one that answers.
async fn deactivate(etcd: &Etcd, path: &str, token: &str, dies: bool) {
    let node = async || Rc::new(Node::<Gateway<Http>>::new(etcd, ENVOYS_REMEMBER_MS).await);
    if dies {
        let (dying, its_path, its_token) = (node().await, path.to_owned(), token.to_owned());
        let dying = tokio::task::spawn_local(async move {
            dying.ask(Method::PATCH, &its_path, &its_token, set(false)).await
        });
        tokio::task::yield_now().await;
        let onlooker = node().await;
        while onlooker.ask(Method::GET, path, token, Value::Null).await.1["active"] == json!(true) {
        }
        assert!(!dying.is_finished(), "it died too late");
        dying.abort();
    }
    let (status, out) = node().await.ask(Method::PATCH, path, token, set(false)).await;
    assert_eq!((status, &out["active"]), (200, &json!(false)));
}

#[test]
fn an_envoy_that_is_cut_off_goes_by_nothing_that_was_taken_away_by_json() {
    let cluster = Cluster::start();
    let connection = cluster.make_team(TEAM);
    let mut browser = Browser::new(cluster.addresses);
    let users = format!("{}/Users", connection.path());
    let user = json!({ "userName": "ann@example.com" });
    let user = browser.send(0, Method::POST, &users, &connection.bearer(), &user).json(201);
    let path = format!("{users}/{}", user["id"].as_str().unwrap());
    let who = cluster.signed_in("ann@example.com");
    let gate = &|envoy| {
        let mut browser = Browser::new(cluster.addresses);
        let path = format!("/t/{TEAM}/hello");
        browser.send(envoy, Method::GET, &path, &who, &Value::Null).status()
    };
    for dies in [false, true, true, false, true, true] {
        for envoy in [0, 1].repeat(20) {
            assert_eq!(gate(envoy), Some(200), "from memory in the end");
        }
        cluster.relays.iter().for_each(|relay| relay.set(Direction::Back, Flow::Held));
        run(deactivate(&cluster.etcd(), &path, &connection.token, dies));
        let statuses = std::thread::scope(|scope| {
            [0, 1].map(|envoy| scope.spawn(move || gate(envoy))).map(|it| it.join().unwrap())
        });
        assert!(!statuses.contains(&Some(200)), "{dies}: {statuses:?}");
        cluster.relays.iter().for_each(|relay| relay.set_both(Flow::Free));
        cluster.recover();
        assert_eq!([0, 1].map(gate), [Some(403); 2]);
        browser.send(0, Method::PATCH, &path, &connection.bearer(), &set(true)).json(200);
    }
    cluster.check();
}

/// Calls etcd's gateway past everything.
fn administer(etcd: &Etcd, path: &str, body: &Value) {
    let mut client = Client::connect(etcd.address()).unwrap();
    let answer = client.send(Method::POST, path, &[], body.to_string()).unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{path}: {answer:?}");
}

fn base64(text: &str) -> String {
    data_encoding::BASE64.encode(text.as_bytes())
}

#[test]
fn a_user_of_etcd_who_may_use_the_prefix_is_enough_and_none_is_not() {
    let mut etcd = etcd();
    for role in ["root", "scim-edge"] {
        administer(&etcd, "/v3/auth/role/add", &json!({ "name": role }));
    }
    let all = json!({
        "permType": "READWRITE", "key": base64("/scim-edge/"), "range_end": base64("/scim-edge0"),
    });
    administer(&etcd, "/v3/auth/role/grant", &json!({ "name": "scim-edge", "perm": all }));
    for (user, role) in [("root", "root"), ("edge", "scim-edge")] {
        administer(&etcd, "/v3/auth/user/add", &json!({ "name": user, "password": "secret" }));
        administer(&etcd, "/v3/auth/user/grant", &json!({ "user": user, "role": role }));
    }
    administer(&etcd, "/v3/auth/enable", &json!({}));

    let engine = |password: Option<&str>| {
        let client = Gateway::new(Http::new(etcd.address()), Duration::from_secs(10));
        let login = |password: &str| Login { user: "edge".into(), password: password.into() };
        let client = match password {
            Some(password) => client.with_login(login(password)),
            None => client,
        };
        EtcdStore::new(client, Native::new(), options(0))
    };
    let (right, wrong, none) = (engine(Some("secret")), engine(Some("wrong")), engine(None));
    let write = async |value: u8| {
        let mut transaction = right.begin().await.unwrap();
        transaction.fetched(|t| t.get("teams/acme")).await?;
        transaction.put("teams/acme", vec![value])?;
        transaction.put("accounts/ann", vec![value])?;
        transaction.commit().await
    };
    run(async {
        write(1).await.unwrap();
        assert_eq!(check(&right).await.unwrap().broken, []);
        for refused in [&wrong, &none] {
            let answer = refused.begin().await.unwrap().fetched(|t| t.get("teams/acme")).await;
            assert_eq!(answer, Err(StoreError::unavailable("etcd refused with gRPC status 16")));
        }
    });
    // It forgets which tokens it gave.
    etcd.kill();
    etcd.restart().unwrap();
    run(async { assert!(write(2).await.is_ok()) });
}
