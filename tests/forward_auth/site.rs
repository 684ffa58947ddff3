//! A product whose service stands behind a proxy that asks scim-edge.

use http::{HeaderMap, Method, Request, Response};
use hyper::body::Bytes;
use scim_edge::host::{Clock as _, ManualHost};
use serde_json::{Value, json};
use xtask::client::Client;
use xtask::demo::{AUDIENCE, ISSUER, Seen, Service, SignIn};

use crate::edge::{Edge, PLATFORM_KEY};
use crate::proxy::{Kind, Proxy};

/// The owner of the team `acme`.
pub(crate) const OWNER: &str = "owner@example.com";

pub(crate) struct Site {
    pub(crate) proxy: Proxy,
    pub(crate) edge: Edge,
    pub(crate) service: Service,
    sign_in: SignIn,
}

impl Site {
    /// Starts everything, with the team `acme`.
    pub(crate) fn start(kind: Kind) -> Self {
        let sign_in = SignIn::new().unwrap();
        let (edge, service) = (Edge::start(&sign_in), Service::start().unwrap());
        let proxy = Proxy::start(kind, edge.address, service.address());
        let site = Self { proxy, edge, service, sign_in };
        let team = json!({ "name": "Acme", "sso": { "type": "oidc" }, "owners": [OWNER] });
        let made = site.platform(Method::PUT, "/v1/teams/acme", &team.to_string());
        assert_eq!(made.status(), 201, "{made:?}");
        site
    }

    /// A call of the platform's, through the proxy.
    pub(crate) fn platform(&self, method: Method, path: &str, body: &str) -> Response<Bytes> {
        let key = format!("Bearer {PLATFORM_KEY}");
        let headers = [("authorization", key.as_str()), ("content-type", "application/json")];
        let mut client = Client::connect(self.proxy.address).unwrap();
        client.send(method, path, &headers, body.to_owned()).unwrap()
    }

    /// A request to the proxy, of whom `token` names, and what of it reached the service.
    pub(crate) fn ask(
        &self,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
    ) -> (Response<Bytes>, Option<Seen>) {
        let mut request = Request::builder().uri(path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Bytes::new()).unwrap())
    }

    /// A request that is made already, and what of it reached the service.
    pub(crate) fn send(&self, request: Request<Bytes>) -> (Response<Bytes>, Option<Seen>) {
        let answer = Client::connect(self.proxy.address).unwrap().request(request).unwrap();
        let mut seen = self.service.take_seen();
        assert!(seen.len() <= 1, "{seen:?}");
        (answer, seen.pop())
    }

    /// Asserts that a request is answered with `status` and does not reach the service.
    pub(crate) fn assert_shut(
        &self,
        status: u16,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
    ) -> Response<Bytes> {
        let (answer, seen) = self.ask(path, token, headers);
        assert!(seen.is_none(), "{path} {headers:?} got through: {seen:?}");
        let log = self.proxy.log();
        assert_eq!(answer.status(), status, "{path} {headers:?} {answer:?}\n{log}");
        answer
    }

    /// A token for somebody.
    pub(crate) fn token(&self, email: &str) -> String {
        self.token_until(email, 300)
    }

    /// One that ends so many seconds from now.
    pub(crate) fn token_until(&self, email: &str, seconds: i64) -> String {
        let now = i64::try_from(ManualHost::default().now().0 / 1000).unwrap();
        self.sign_in.sign(&json!({
            "iss": ISSUER, "aud": AUDIENCE, "email": email, "exp": now + seconds,
        }))
    }

    /// The id of somebody's account.
    pub(crate) fn account(&self, email: &str) -> String {
        let path = format!("/v1/accounts/{}", email.replace('@', "%40"));
        let answer = self.platform(Method::GET, &path, "");
        let account: Value = serde_json::from_slice(answer.body()).unwrap();
        account["id"].as_str().unwrap().to_owned()
    }
}

/// What the service would trust: the fields that any server may fold into the trusted names.
pub(crate) fn trusted(headers: &HeaderMap) -> Vec<(String, String)> {
    let fields = headers
        .iter()
        .map(|(name, value)| (name.as_str().replace('_', "-"), value.to_str().unwrap().to_owned()));
    let names = scim_edge::gate::TRUSTED_HEADERS;
    let mut fields: Vec<_> = fields.filter(|(name, _)| names.contains(&name.as_str())).collect();
    fields.sort();
    fields
}
