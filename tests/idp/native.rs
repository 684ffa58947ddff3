//! Plays conversations to the core, on a store in memory.

use http::{Method, Request, Response};
use scim_edge::authn::Identity;
use scim_edge::config::Config;
use scim_edge::email::Email;
use scim_edge::host::ManualHost;
use scim_edge::http as edge;
use scim_edge::service::{Outcome, Service};
use scim_edge::store::memory::Memory;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::conversation::{self, Conversation};
use crate::player::{self, Endpoint, owner};

const PLATFORM_KEY: &str = "platform-key";

/// A service with one team, SCIM switched on.
struct Core {
    service: Service<Memory, ManualHost>,
    url: String,
    token: String,
}

/// Plays every conversation of an identity provider.
pub(crate) fn play_all(idp: &str) {
    for conversation in conversation::of(idp) {
        player::play(&conversation, &mut Core::new(&conversation));
    }
}

impl Core {
    fn new(Conversation { team, .. }: &Conversation) -> Self {
        let config = json!({
            "public_url": "https://edge.example",
            "platform_keys_sha256": [hex::encode(Sha256::digest(PLATFORM_KEY))],
        });
        let config = Config::from_json(config.to_string().as_bytes()).unwrap();
        let service = Service::new(config, Memory::new(), ManualHost::default());
        let mut core = Self { service, url: String::new(), token: String::new() };

        let mut make = edge::Request::new(Method::PUT, &format!("/v1/teams/{team}"));
        let key = format!("Bearer {PLATFORM_KEY}");
        make.headers.set(edge::header::AUTHORIZATION, &key).unwrap();
        make.headers.set(edge::header::CONTENT_TYPE, "application/json").unwrap();
        let owner = owner(team);
        let body = json!({ "name": team, "sso": { "type": "oidc" }, "owners": [owner] });
        make.body = body.to_string().into_bytes();
        core.succeed(&make);

        let mut enable = edge::Request::new(Method::POST, &format!("/v1/teams/{team}/scim"));
        enable.identity = Some(Identity { email: Email::parse(&owner).unwrap() });
        let shown: Value = serde_json::from_slice(&core.succeed(&enable).body).unwrap();
        core.url = shown["endpoint_url"].as_str().unwrap().to_owned();
        core.token = shown["token"].as_str().unwrap().to_owned();
        core
    }

    fn succeed(&self, request: &edge::Request) -> edge::Response {
        let response = self.handle(request);
        assert!(response.status.is_success(), "{}", String::from_utf8_lossy(&response.body));
        response
    }

    fn handle(&self, request: &edge::Request) -> edge::Response {
        self.service.host().advance(1);
        match pollster::block_on(self.service.handle(request)) {
            Outcome::Answer(response) => response,
            Outcome::Forward(_) => panic!("{} was forwarded", request.path),
        }
    }
}

impl Endpoint for Core {
    fn url(&self) -> &str {
        &self.url
    }

    fn token(&self) -> &str {
        &self.token
    }

    fn answer(&mut self, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
        let (head, body) = request.into_parts();
        let mut request = edge::Request::new(head.method, &head.uri.to_string());
        for (name, value) in &head.headers {
            request.headers.append(name.as_str(), value.as_bytes()).unwrap();
        }
        request.body = body;
        let answer = self.handle(&request);
        let response = Response::builder().status(answer.status);
        let fields = answer.headers.iter();
        let response =
            fields.fold(response, |response, (name, value)| response.header(name, value));
        response.body(answer.body).unwrap()
    }
}
