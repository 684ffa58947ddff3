//! A team as a file and back, as the platform does it.

mod accounts;
mod bad_files;
mod crashes;
mod export;
mod large;
mod replace;
mod round_trip;
mod stores;

use std::collections::BTreeMap;

use super::*;
use crate::store::Transaction as _;

/// A service on some store, with what it takes to ask it.
struct Place<S> {
    service: Service<S, ManualHost>,
}

type Entries = BTreeMap<String, Vec<u8>>;

impl<S: Store> Place<S> {
    fn on(store: S) -> Self {
        let edge = Edge::without_team();
        let config = edge.service.config().clone();
        Self { service: Service::new(config, store, ManualHost::default()) }
    }

    /// Sends a request, and lets the service finish what it has left to be done after the answer.
    fn send(&self, request: &Request) -> Response {
        let answer = self.send_only(request);
        block_on(self.service.go_on());
        answer
    }

    fn send_only(&self, request: &Request) -> Response {
        self.service.host().advance(1);
        match block_on(self.service.handle(request)) {
            Outcome::Answer(response) => response,
            Outcome::Forward(_) => panic!("the request was forwarded"),
        }
    }

    fn export(&self, team: &str) -> Vec<u8> {
        let mut target = format!("/v1/teams/{team}/export");
        let mut file = Vec::new();
        loop {
            let answer = self.send(&platform(Method::GET, &target));
            assert_eq!(answer.status, StatusCode::OK, "{}", text(&answer.body));
            assert_eq!(field(&answer, header::CONTENT_TYPE), Some("application/x-ndjson"));
            assert!(answer.body.is_empty() || answer.body.ends_with(b"\n"));
            file.extend_from_slice(&answer.body);
            match next(&answer) {
                Some(next) => target = next,
                None => return file,
            }
        }
    }

    fn import(&self, team: &str, file: &[u8]) -> Response {
        self.send(&import(team, file, ""))
    }

    /// All that the store holds.
    fn entries(&self) -> Entries {
        block_on(async {
            let mut transaction = self.service.store.begin().await.unwrap();
            let all = transaction.fetched(|t| t.range("", None, 0, usize::MAX)).await.unwrap();
            all.into_iter().collect()
        })
    }

    /// The same without events, and without the requests that were seen, which are no part of a file.
    fn records(&self) -> Entries {
        let mut entries = self.entries();
        entries.retain(|key, _| !key.contains("/events/") && !key.starts_with("requests/"));
        entries
    }

    #[track_caller]
    fn assert_sound(&self) {
        let entries = self.entries();
        crate::provisioning::testing::Fixture::holding(&entries).assert_sound();
        let left: Vec<&String> = entries.keys().filter(|key| key.starts_with("imports/")).collect();
        assert!(left.is_empty(), "left behind: {left:?}");
    }
}

fn platform(method: Method, target: &str) -> Request {
    let mut request = Request::new(method, target);
    request.headers.set(header::AUTHORIZATION, &format!("Bearer {PLATFORM_KEY}")).unwrap();
    request
}

fn import(team: &str, file: &[u8], query: &str) -> Request {
    let mut request = platform(Method::PUT, &format!("/v1/teams/{team}/import{query}"));
    request.body = file.to_vec();
    request
}

/// Where the next page of an export is.
fn next(answer: &Response) -> Option<String> {
    let link = field(answer, header::LINK)?;
    let target = link.strip_prefix('<')?.strip_suffix(">; rel=\"next\"")?;
    Some(target.to_owned())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn lines(file: &[u8]) -> Vec<Value> {
    file.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}

/// The file with other lines, and the end line that these have.
fn file_of(lines: &[Value]) -> Vec<u8> {
    use sha2::{Digest as _, Sha256};
    let mut file = Vec::new();
    for line in lines.iter().filter(|line| line["kind"] != "end") {
        file.extend(line.to_string().into_bytes());
        file.push(b'\n');
    }
    let count = file.iter().filter(|byte| **byte == b'\n').count();
    let sha256 = hex::encode(Sha256::digest(&file));
    let end = json!({ "kind": "end", "lines": count, "sha256": sha256 });
    file.extend(format!("{end}\n").into_bytes());
    file
}

/// A team with people of every sort and groups of every sort.
fn lively() -> Edge {
    let edge = Edge::new();
    let owner = edge.create("owner");
    let ada = edge.create("ada");
    let grace = edge.create("grace");
    let gone = edge.create("gone");
    let left = edge.create("left");
    edge.create("Ünal+list");
    let id = |user: &Value| user["id"].as_str().unwrap().to_owned();
    let scim = |method, path: String, body: Value| {
        let answer = edge.scim(method, &path).json(&body).send();
        assert!(answer.status.is_success(), "{}", text(&answer.body));
        answer
    };
    let off = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "active", "value": false }] });
    scim(Method::PATCH, format!("/Users/{}", id(&grace)), off);
    scim(Method::DELETE, format!("/Users/{}", id(&gone)), Value::Null);
    for (method, name, role) in [
        (Method::PUT, "hand", "member"),
        (Method::PUT, "boss", "admin"),
        (Method::PUT, "second", "owner"),
        (Method::DELETE, "left", ""),
    ] {
        let body = if role.is_empty() { Value::Null } else { json!({ "role": role }) };
        let target = format!("/v1/teams/acme/members/{name}%40example.com");
        let ask = edge.platform(method, &target);
        let ask = if role.is_empty() { ask } else { ask.json(&body) };
        assert!(ask.send().status.is_success());
    }
    let group = |name: &str, members: Value| {
        let body = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": name, "externalId": format!("g-{name}"), "members": members });
        let answer = scim(Method::POST, "/Groups".to_owned(), body);
        super::body(&answer)["id"].as_str().unwrap().to_owned()
    };
    let crew = group(
        "Crew",
        json!([{ "value": id(&ada) }, { "value": id(&grace), "display": "Amazing \"G\"" },
               { "value": id(&left) }, { "value": "who/knows 100%" }]),
    );
    let all = group("All", json!([{ "value": crew }, { "value": id(&owner) }]));
    group("Wider", json!([{ "value": all }]));
    group("Empty", json!([]));
    edge
}

impl Edge {
    fn into_place(self) -> Place<Waiting> {
        block_on(self.service.go_on());
        Place { service: self.service }
    }
}
