//! What a request costs the service itself, without a host: calls to the key-value store, bytes written, and time.
//!
//! `cargo bench --bench service`. Calls and bytes are the same at every run; times compare only within one.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hint::black_box;
use std::time::Duration;

use http::Method;
use scim_edge::authn::Identity;
use scim_edge::config::Config;
use scim_edge::email::Email;
use scim_edge::host::ManualHost;
use scim_edge::http::{Request, Response, header};
use scim_edge::service::{Outcome, Service};
use scim_edge::store::tree::{CacheLimits, KeyValue, KeyValueError, Tree};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const OWNER: &str = "owner@example.com";
const SIZES: [usize; 3] = [100, 1_000, 10_000];
const ROUNDS: usize = 500;
/// For what looks at every user.
const SCANS: usize = 5;
/// For what writes many users at once.
const BULKS: usize = 11;

/// A host like Envoy's shared data, that counts.
#[derive(Default)]
struct Counting {
    values: RefCell<HashMap<String, (Vec<u8>, u32)>>,
    calls: Cell<Calls>,
}

#[derive(Clone, Copy, Default)]
struct Calls {
    gets: usize,
    sets: usize,
    written: usize,
}

impl Counting {
    fn put(&self, key: &str, value: &[u8]) {
        let Calls { gets, sets, written } = self.calls.get();
        self.calls.set(Calls { gets, sets: sets + 1, written: written + value.len() });
        let mut values = self.values.borrow_mut();
        let version = values.get(key).map_or(1, |(_, version)| version + 1);
        values.insert(key.to_owned(), (value.to_vec(), version));
    }
}

impl KeyValue for &Counting {
    type Version = u32;
    const HONEST_SWAP: bool = true;
    const DELETES: bool = false;

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        Ok(self.get_versioned(key).await?.map(|(value, _)| value))
    }

    async fn get_versioned(&self, key: &str) -> Result<Option<(Vec<u8>, u32)>, KeyValueError> {
        let Calls { gets, sets, written } = self.calls.get();
        self.calls.set(Calls { gets: gets + 1, sets, written });
        Ok(self.values.borrow().get(key).cloned())
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.put(key, value);
        Ok(())
    }

    async fn create(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        if !self.values.borrow().contains_key(key) {
            self.put(key, value);
        }
        Ok(())
    }

    async fn swap(&self, key: &str, expected: u32, value: &[u8]) -> Result<bool, KeyValueError> {
        let same = self.values.borrow().get(key).is_some_and(|(_, version)| *version == expected);
        if same {
            self.put(key, value);
        }
        Ok(same)
    }

    async fn delete(&self, _: &str) -> Result<(), KeyValueError> {
        Err(KeyValueError::new("cannot"))
    }
}

type Edge<'h> = Service<Tree<&'h Counting, ManualHost>, ManualHost>;

fn send(edge: &Edge<'_>, request: &Request) -> Outcome {
    edge.host().advance(1);
    pollster::block_on(edge.handle(request))
}

fn answer(edge: &Edge<'_>, request: &Request) -> Response {
    match send(edge, request) {
        Outcome::Answer(response) => response,
        Outcome::Forward(_) => Response::empty(http::StatusCode::OK),
    }
}

fn request(method: Method, target: &str, bearer: &str, body: Option<&Value>) -> Request {
    let mut request = Request::new(method, target);
    let _ = request.headers.set(header::AUTHORIZATION, &format!("Bearer {bearer}"));
    request.body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
    request
}

fn user(n: usize) -> Value {
    let address = format!("user{n:06}@example.com");
    json!({
        "userName": address,
        "externalId": format!("00u{n:017}"),
        "name": { "givenName": "User", "familyName": format!("Number {n}") },
        "emails": [{ "value": address, "type": "work", "primary": true }],
        "displayName": format!("User {n}"),
    })
}

fn body(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_default()
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[expect(clippy::disallowed_methods, reason = "time is what is measured here")]
fn time(operation: impl FnOnce()) -> Duration {
    let start = std::time::Instant::now();
    operation();
    start.elapsed()
}

/// Runs `operation` `rounds` times. Prints the median time, and calls and bytes per run.
fn measure(
    host: &Counting,
    name: &str,
    users: usize,
    rounds: usize,
    mut operation: impl FnMut(usize),
) {
    let mut times = Vec::with_capacity(rounds);
    host.calls.set(Calls::default());
    for round in 0..rounds {
        times.push(time(|| operation(round)));
    }
    times.sort();
    let median = times.get(rounds / 2).copied().unwrap_or(Duration::ZERO);
    let Calls { gets, sets, written } = host.calls.get();
    let per = |total: usize| total as f64 / rounds as f64;
    println!(
        "{name:<22} {users:>6} users {:>9.1} µs {:>6.1} gets {:>6.1} sets {:>9.0} bytes written",
        median.as_secs_f64() * 1e6,
        per(gets),
        per(sets),
        per(written),
    );
}

fn main() {
    for users in SIZES {
        let host = Counting::default();
        let tree = Tree::new(&host, ManualHost::default(), CacheLimits::default());
        let config = json!({
            "public_url": "https://edge.example",
            "platform_keys_sha256": [hex::encode(Sha256::digest("key"))],
        });
        let Ok(config) = Config::from_json(config.to_string().as_bytes()) else { return };
        let edge = Service::new(config, tree, ManualHost::default());
        let team = json!({ "name": "A", "sso": { "type": "oidc" }, "owners": [OWNER] });
        answer(&edge, &request(Method::PUT, "/v1/teams/acme", "key", Some(&team)));
        let owner = json!({ "on_behalf_of": OWNER });
        let enabled =
            answer(&edge, &request(Method::POST, "/v1/teams/acme/scim", "key", Some(&owner)));
        let token = text(&body(&enabled), "token");
        let url = text(&body(&enabled), "endpoint_url").replace("https://edge.example", "");
        let path = format!("{url}/Users");
        let ids: Vec<String> = (0..users)
            .map(|n| {
                let created = request(Method::POST, &path, &token, Some(&user(n)));
                text(&body(&answer(&edge, &created)), "id")
            })
            .collect();
        let id = |round: usize| ids.get(round * 7919 % users).cloned().unwrap_or_default();

        measure(&host, "GET by id", users, ROUNDS, |round| {
            let path = format!("{path}/{}", id(round));
            black_box(send(&edge, &request(Method::GET, &path, &token, None)));
        });
        measure(&host, "GET by userName", users, ROUNDS, |round| {
            let n = round * 7919 % users;
            let path = format!("{path}?filter=userName+eq+%22user{n:06}%40example.com%22");
            black_box(send(&edge, &request(Method::GET, &path, &token, None)));
        });
        measure(&host, "GET by title (a scan)", users, SCANS, |_| {
            let path = format!("{path}?filter=title+eq+%22None%22");
            black_box(send(&edge, &request(Method::GET, &path, &token, None)));
        });
        let list = |_: usize| {
            let path = format!("{path}?startIndex=1&count=100");
            black_box(send(&edge, &request(Method::GET, &path, &token, None)));
        };
        measure(&host, "GET page of 100", users, ROUNDS, list);
        measure(&host, "GET sorted (a scan)", users, SCANS, |_| {
            let path = format!("{path}?sortBy=name.familyName&count=10");
            black_box(send(&edge, &request(Method::GET, &path, &token, None)));
        });
        let first = request(Method::GET, &format!("{path}?cursor=&count=10"), &token, None);
        let cursor = text(&body(&answer(&edge, &first)), "nextCursor");
        measure(&host, "GET page by cursor", users, ROUNDS, |_| {
            let path = format!("{path}?cursor={cursor}&count=10");
            black_box(send(&edge, &request(Method::GET, &path, &token, None)));
        });
        measure(&host, "PATCH off or on", users, ROUNDS, |round| {
            let path = format!("{path}/{}", id(round / 2));
            let value = round % 2 == 1;
            let patch =
                json!({ "Operations": [{ "op": "replace", "path": "active", "value": value }] });
            black_box(send(&edge, &request(Method::PATCH, &path, &token, Some(&patch))));
        });
        measure(&host, "gate", users, ROUNDS, |round| {
            let n = round * 7919 % users;
            let mut knock = Request::new(Method::GET, "/t/acme/page");
            knock.identity = Email::parse(&format!("user{n:06}@example.com"))
                .ok()
                .map(|email| Identity { email });
            black_box(send(&edge, &knock));
        });
        let groups = format!("{url}/Groups");
        let all: Vec<Value> = ids.iter().skip(1).map(|id| json!({ "value": id })).collect();
        let everybody = json!({ "displayName": "Everybody", "members": all });
        let made = answer(&edge, &request(Method::POST, &groups, &token, Some(&everybody)));
        let group = format!("{groups}/{}", text(&body(&made), "id"));
        measure(&host, "PATCH one in or out", users, ROUNDS, |round| {
            let first = ids.first();
            let operation = if round % 2 == 0 {
                json!({ "op": "Add", "path": "members", "value": [{ "value": first }] })
            } else {
                json!({ "op": "Remove", "path": "members", "value": [{ "value": first }] })
            };
            let patch = json!({ "Operations": [operation] });
            black_box(send(&edge, &request(Method::PATCH, &group, &token, Some(&patch))));
        });
        measure(&host, "PUT the same members", users, SCANS, |_| {
            black_box(send(&edge, &request(Method::PUT, &group, &token, Some(&everybody))));
        });
        measure(&host, "GET group, no members", users, ROUNDS, |_| {
            let path = format!("{group}?excludedAttributes=members");
            black_box(send(&edge, &request(Method::GET, &path, &token, None)));
        });
        measure(&host, "GET groups of a user", users, ROUNDS, |round| {
            let path = format!(
                "{groups}?filter=members+eq+%22{}%22&excludedAttributes=members",
                id(round)
            );
            black_box(send(&edge, &request(Method::GET, &path, &token, None)));
        });
        measure(&host, "GET page, with groups", users, ROUNDS, list);
        measure(&host, "POST create", users, ROUNDS, |round| {
            let create = request(Method::POST, &path, &token, Some(&user(users + round)));
            black_box(send(&edge, &create));
        });
        let bulk_path = format!("{url}/Bulk");
        measure(&host, "Bulk of 100 creates", users, BULKS, |round| {
            let first = users + ROUNDS + round * 100;
            let operations: Vec<Value> = (first..first + 100)
                .map(|n| {
                    json!({
                        "method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": user(n),
                    })
                })
                .collect();
            let bulk = json!({ "Operations": operations });
            black_box(send(&edge, &request(Method::POST, &bulk_path, &token, Some(&bulk))));
        });
    }
}
