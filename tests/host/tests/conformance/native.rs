//! The service in this process, on a store in memory.

use http::Method;
use scim_edge::authn::Identity;
use scim_edge::config::Config;
use scim_edge::email::Email;
use scim_edge::host::ManualHost;
use scim_edge::http as edge_http;
use scim_edge::service::{Outcome, Service};
use scim_edge::store::memory::Memory;
use serde_json::json;

use super::edge::configuration;
use super::runner::{Answer, Request, Runner};

pub(crate) struct Native(Service<Memory, ManualHost>);

impl Native {
    pub(crate) fn new() -> Self {
        let config = configuration(&json!("memory")).to_string();
        let config = Config::from_json(config.as_bytes()).unwrap();
        Self(Service::new(config, Memory::new(), ManualHost::default()))
    }
}

impl Runner for Native {
    fn name(&self) -> &'static str {
        "the core"
    }

    fn ask(&mut self, request: &Request) -> Answer {
        self.0.host().advance(1);
        let method = Method::from_bytes(request.method.as_bytes()).unwrap();
        let mut asked = edge_http::Request::new(method, &request.target);
        for (name, value) in &request.headers {
            asked.headers.append(name, value.as_bytes()).unwrap();
        }
        asked.body = request.body.clone();
        asked.identity = request
            .identity
            .as_ref()
            .and_then(|email| Some(Identity { email: Email::parse(email).ok()? }));
        match pollster::block_on(self.0.handle(&asked)) {
            Outcome::Answer(response) => {
                let field = |(name, value): (&str, &[u8])| {
                    (name.to_owned(), edge_http::text_of(value).unwrap().to_owned())
                };
                Answer::Answered {
                    status: response.status.as_u16(),
                    headers: response.headers.iter().map(field).collect(),
                    body: response.body,
                }
            }
            Outcome::Forward(pass) => {
                let fields = pass.iter().flat_map(|pass| pass.trusted_headers());
                let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
                Answer::Forwarded(fields.map(owned).collect())
            }
        }
    }
}
