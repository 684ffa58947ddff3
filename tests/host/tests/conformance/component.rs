//! The component, in a host that does as Spin does.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Method, header};
use scim_edge::gate::TRUSTED_HEADERS;
use scim_edge_host::spin::store::Memory;
use scim_edge_host::spin::{Manifest, Module, Server};
use xtask::client::Client;
use xtask::demo::{self, Service};
use xtask::edge::Product;
use xtask::{project, spin, tools};

use super::edge::PLATFORM_KEY;
use super::runner::{Answer, PUBLIC_URL, Request, Runner};

/// The host's clock is the machine's. So that no two requests are in one of its milliseconds, as on the other hosts.
const BETWEEN_REQUESTS: Duration = Duration::from_millis(2);

pub(crate) struct InSpin {
    server: Server,
    product: Product,
    client: Client,
}

impl InSpin {
    pub(crate) fn on_key_value() -> Self {
        let product = Product::new(Service::start().unwrap()).unwrap();
        let manifest = Manifest::read(&project::root().join("spin.toml")).unwrap();
        let module = Module::read(&tools::component().unwrap()).unwrap();
        let mut variables = spin::variables(&product, ([127, 0, 0, 1], 0).into());
        for (name, value) in [
            ("public_url", PUBLIC_URL.to_owned()),
            ("platform_keys_sha256", demo::sha256(PLATFORM_KEY)),
            ("gate_open_prefixes", "/public/".to_owned()),
        ] {
            variables.insert(name.to_owned(), value);
        }
        let app = manifest.app(module, &variables).unwrap().store("default", Memory::new());
        let server = Server::start(app).unwrap();
        let client = Client::connect(server.address()).unwrap();
        Self { server, product, client }
    }
}

impl Runner for InSpin {
    fn name(&self) -> &'static str {
        "the component on a key-value store"
    }

    #[expect(clippy::disallowed_methods, reason = "a test may wait")]
    fn ask(&mut self, request: &Request) -> Answer {
        std::thread::sleep(BETWEEN_REQUESTS);
        let mut asked = http::Request::new(request.body.clone().into());
        *asked.method_mut() = Method::from_bytes(request.method.as_bytes()).unwrap();
        *asked.uri_mut() = request.target.parse().unwrap();
        for (name, value) in &request.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            asked.headers_mut().append(name, HeaderValue::from_str(value).unwrap());
        }
        if let Some(email) = &request.identity {
            let token = self.product.sign_in.mint(email);
            // Where the product's key is, there is no room for a person.
            let bearer = format!("Bearer {token}").parse().unwrap();
            asked.headers_mut().entry(header::AUTHORIZATION).or_insert(bearer);
        }
        let response = self
            .client
            .request(asked)
            .unwrap_or_else(|error| panic!("{request:?}: {error:#}\n{}", self.server.log().text()));
        if let Some(seen) = self.product.service.take_seen().pop() {
            let fields = TRUSTED_HEADERS.iter().flat_map(|name| {
                let values = seen.headers.get_all(*name).iter();
                values.map(|value| ((*name).to_owned(), value.to_str().unwrap().to_owned()))
            });
            return Answer::Forwarded(fields.collect());
        }
        let (head, body) = response.into_parts();
        let text = |(name, value): (&HeaderName, &HeaderValue)| {
            (name.as_str().to_owned(), value.to_str().unwrap().to_owned())
        };
        if head.headers.get(header::CONNECTION).is_some_and(|value| value == "close") {
            self.client = Client::connect(self.server.address()).unwrap();
        }
        Answer::Answered {
            status: head.status.as_u16(),
            headers: head.headers.iter().map(text).collect(),
            body: body.to_vec(),
        }
    }
}
