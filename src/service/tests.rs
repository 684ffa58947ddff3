//! The service as a client meets it, on a store in memory.

mod bad_input;
mod bulk;
mod gate;
mod groups;
mod hostile;
mod lists;
mod manage;
mod settings;
mod settling;
mod transfer;
mod users;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::*;
use crate::authn::Identity;
use crate::email::Email;
use crate::host::ManualHost;
use crate::store::suite::block_on;
use crate::store::suite::waiting::Waiting;

const PLATFORM_KEY: &str = "platform-key";
const OWNER: &str = "owner@example.com";

/// A service with the team `acme`, SCIM switched on.
struct Edge {
    service: Service<Waiting, ManualHost>,
    scim_path: String,
    token: String,
}

/// One request being put together.
struct Ask<'e> {
    edge: &'e Edge,
    request: Request,
}

impl Edge {
    fn new() -> Self {
        let mut edge = Self::without_team();
        edge.put_team("acme");
        let (scim_path, token) = edge.enable("acme");
        edge.scim_path = scim_path;
        edge.token = token;
        edge
    }

    fn without_team() -> Self {
        use sha2::{Digest as _, Sha256};
        let config = json!({
            "public_url": "https://edge.example",
            "platform_keys_sha256": [hex::encode(Sha256::digest(PLATFORM_KEY))],
            "gate": { "open_prefixes": ["/public/"] },
        });
        let config = Config::from_json(config.to_string().as_bytes()).unwrap();
        Self {
            service: Service::new(config, Waiting::default(), ManualHost::default()),
            scim_path: String::new(),
            token: String::new(),
        }
    }

    fn put_team(&self, id: &str) {
        let team = json!({ "name": id, "sso": { "type": "oidc" }, "owners": [OWNER] });
        let answer = self.platform(Method::PUT, &format!("/v1/teams/{id}")).json(&team).send();
        assert_eq!(answer.status, StatusCode::CREATED);
    }

    /// Switches SCIM on. Answers the endpoint's path and the token.
    fn enable(&self, team: &str) -> (String, String) {
        let answer = self.owner(Method::POST, &format!("/v1/teams/{team}/scim")).send();
        assert_eq!(answer.status, StatusCode::CREATED);
        let shown = body(&answer);
        let url = shown["endpoint_url"].as_str().unwrap();
        let path = url.strip_prefix("https://edge.example").unwrap();
        (path.to_owned(), shown["token"].as_str().unwrap().to_owned())
    }

    fn ask(&self, method: Method, target: &str) -> Ask<'_> {
        Ask { edge: self, request: Request::new(method, target) }
    }

    fn platform(&self, method: Method, target: &str) -> Ask<'_> {
        self.ask(method, target).bearer(PLATFORM_KEY)
    }

    fn owner(&self, method: Method, target: &str) -> Ask<'_> {
        self.ask(method, target).signed_in(OWNER)
    }

    /// A request of the identity provider, to a path below the endpoint.
    fn scim(&self, method: Method, path: &str) -> Ask<'_> {
        let target = format!("{}{path}", self.scim_path);
        self.ask(method, &target).bearer(&self.token)
    }

    fn create(&self, name: &str) -> Value {
        let answer = self.scim(Method::POST, "/Users").json(&user(name)).send();
        assert_eq!(answer.status, StatusCode::CREATED, "{}", body(&answer));
        body(&answer)
    }

    /// What the gate says to somebody.
    fn knock(&self, email: &str) -> Outcome {
        let ask = self.ask(Method::GET, "/t/acme/page").signed_in(email);
        block_on(self.service.handle(&ask.request))
    }
}

impl Ask<'_> {
    fn header(mut self, name: &str, value: &str) -> Self {
        self.request.headers.append(name, value.as_bytes()).unwrap();
        self
    }

    fn bearer(self, credential: &str) -> Self {
        self.header(header::AUTHORIZATION, &format!("Bearer {credential}"))
    }

    fn signed_in(mut self, email: &str) -> Self {
        self.request.identity = Some(Identity { email: Email::parse(email).unwrap() });
        self
    }

    fn json(self, value: &Value) -> Self {
        self.body("application/json", value.to_string().as_bytes())
    }

    fn body(mut self, media_type: &str, bytes: &[u8]) -> Self {
        self.request.body = bytes.to_vec();
        self.header(header::CONTENT_TYPE, media_type)
    }

    fn send(self) -> Response {
        self.edge.service.host().advance(1);
        match block_on(self.edge.service.handle(&self.request)) {
            Outcome::Answer(response) => response,
            Outcome::Forward(_) => panic!("the request was forwarded"),
        }
    }
}

fn user(name: &str) -> Value {
    let address = format!("{name}@example.com");
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": address,
        "externalId": format!("ext-{name}"),
        "name": { "givenName": name, "familyName": "Example" },
        "emails": [{ "value": address, "type": "work", "primary": true }],
    })
}

fn body(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

fn field<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    response.headers.contains(name).then(|| response.headers.text(name).unwrap())
}

/// The status, `scimType` and `detail` of a SCIM error, which it has to be.
fn scim_error(response: &Response) -> (u16, Option<String>, String) {
    assert_eq!(field(response, header::CONTENT_TYPE), Some("application/scim+json"));
    let error = body(response);
    assert_eq!(error["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
    assert_eq!(error["status"], response.status.as_str());
    let scim_type = error["scimType"].as_str().map(str::to_owned);
    (response.status.as_u16(), scim_type, error["detail"].as_str().unwrap().to_owned())
}

/// The status and `code` of a problem document, which it has to be.
fn problem(response: &Response) -> (u16, String) {
    assert_eq!(field(response, header::CONTENT_TYPE), Some("application/problem+json"));
    let problem = body(response);
    assert_eq!(problem["status"], response.status.as_u16());
    assert!(problem["detail"].is_string());
    (response.status.as_u16(), problem["code"].as_str().unwrap().to_owned())
}
