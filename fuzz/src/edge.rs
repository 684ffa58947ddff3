//! A service on a store in memory that the checks can look into, with the team `acme`, SCIM switched on.

use std::collections::BTreeMap;
use std::rc::Rc;

use http::Method;
use scim_edge::authn::Identity;
use scim_edge::config::Config;
use scim_edge::email::Email;
use scim_edge::host::ManualHost;
use scim_edge::http::{Request, Response, header};
use scim_edge::service::{Outcome, Service};
use scim_edge::store::memory::{Memory, MemoryTransaction};
use scim_edge::store::{Store, StoreError, Transaction};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const PLATFORM_KEY: &str = "platform-key";
/// Who owns the team.
pub const OWNER: &str = "owner@example.com";
const URL: &str = "https://edge.example";
/// Where the events of the team lie. A refusal is written there, and nowhere else.
const EVENTS: &str = "teams/acme/events/";

/// A store that the service and the checks share.
#[derive(Clone, Debug, Default)]
pub struct Shared(Rc<Memory>);

impl Store for Shared {
    type Transaction<'s> = MemoryTransaction<'s>;

    async fn begin(&self) -> Result<MemoryTransaction<'_>, StoreError> {
        self.0.begin().await
    }
}

/// What the store holds, the event log left out.
pub type Contents = BTreeMap<String, Vec<u8>>;

/// The service, and what a client has to know of it.
pub struct Edge {
    pub service: Service<Shared, ManualHost>,
    /// The store, to be looked into.
    pub store: Shared,
    /// The path of the SCIM endpoint.
    pub path: String,
    /// Its token.
    pub token: String,
}

impl Default for Edge {
    fn default() -> Self {
        Self::new()
    }
}

impl Edge {
    pub fn new() -> Self {
        let config = json!({
            "public_url": URL,
            "platform_keys_sha256": [hex::encode(Sha256::digest(PLATFORM_KEY))],
        });
        let config = Config::from_json(config.to_string().as_bytes()).expect("a configuration");
        let store = Shared::default();
        let service = Service::new(config, store.clone(), ManualHost::default());
        let mut edge = Self { service, store, path: String::new(), token: String::new() };
        let team = json!({ "name": "acme", "sso": { "type": "oidc" }, "owners": [OWNER] });
        let put = request(Method::PUT, "/v1/teams/acme", PLATFORM_KEY, Some(&team));
        assert_eq!(edge.answer(&put).status, 201);
        let mut enable = Request::new(Method::POST, "/v1/teams/acme/scim");
        enable.identity = Email::parse(OWNER).ok().map(|email| Identity { email });
        let enabled = json_of(&edge.answer(&enable));
        let url = enabled["endpoint_url"].as_str().expect("the endpoint's URL");
        edge.path = url.strip_prefix(URL).expect("our URL").to_owned();
        edge.token = enabled["token"].as_str().expect("the token").to_owned();
        edge
    }

    /// A request of the identity provider, to a path below the endpoint.
    pub fn scim(&self, method: Method, target: &str, body: Option<&Value>) -> Request {
        request(method, &format!("{}{target}", self.path), &self.token, body)
    }

    /// The answer to such a request.
    pub fn ask(&self, method: Method, target: &str, body: Option<&Value>) -> Response {
        self.answer(&self.scim(method, target, body))
    }

    /// The answer to a request that is not passed on.
    pub fn answer(&self, request: &Request) -> Response {
        self.service.host().advance(1);
        match pollster::block_on(self.service.handle(request)) {
            Outcome::Answer(response) => response,
            Outcome::Forward(_) => panic!("{} was forwarded", request.path),
        }
    }

    /// Makes a user. Answers its id.
    pub fn create(&self, body: &Value) -> String {
        self.create_at("/Users", body)
    }

    /// Makes a group. Answers its id.
    pub fn create_group(&self, body: &Value) -> String {
        self.create_at("/Groups", body)
    }

    fn create_at(&self, endpoint: &str, body: &Value) -> String {
        let answer = self.ask(Method::POST, endpoint, Some(body));
        let created = json_of(&answer);
        assert_eq!(answer.status, 201, "{body}: {created}");
        created["id"].as_str().expect("an id").to_owned()
    }

    /// What the store holds.
    pub fn contents(&self) -> Contents {
        let entries = pollster::block_on(async {
            let mut transaction = self.store.begin().await?;
            transaction.fetched(|t| t.range("", None, 0, usize::MAX)).await
        });
        let entries = entries.expect("a store in memory answers");
        entries.into_iter().filter(|(key, _)| !key.starts_with(EVENTS)).collect()
    }
}

/// A user that most teams would have.
pub fn user(name: &str) -> Value {
    let address = format!("{name}@example.com");
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": address,
        "externalId": format!("ext-{name}"),
        "name": { "givenName": name, "familyName": "Example" },
        "emails": [{ "value": address, "type": "work", "primary": true }],
    })
}

/// The body of an answer that has to have one.
pub fn json_of(response: &Response) -> Value {
    serde_json::from_slice(&response.body).expect("a body in JSON")
}

/// A field's value in an answer.
pub fn field<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    response.headers.text(name)
}

/// A request with a token.
pub fn request(method: Method, target: &str, token: &str, body: Option<&Value>) -> Request {
    let mut request = Request::new(method, target);
    let _ = request.headers.set(header::AUTHORIZATION, &format!("Bearer {token}"));
    request.body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
    request
}
