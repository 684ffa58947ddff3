//! The page of the demo's product where people sign in: whoever opens the link is signed in at once.

use std::sync::Arc;

use http::{HeaderValue, Response, StatusCode, Uri, header};
use http_body_util::Full;
use hyper::body::Bytes;

use super::SignIn;

/// The cookie that `envoy/envoy.yaml` takes tokens from.
pub const COOKIE: &str = "product_session";

/// Where the page is, behind a prefix that needs no membership.
const PATH: &str = "/public/sign-in";

/// Signs in who has the key, as whom they like.
pub struct SignInPage {
    sign_in: Arc<SignIn>,
    key: String,
}

impl std::fmt::Debug for SignInPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignInPage(…)")
    }
}

impl SignInPage {
    /// A page that knows this key.
    pub fn new(sign_in: Arc<SignIn>, key: String) -> Self {
        Self { sign_in, key }
    }

    /// The path and query that sign a person in and lead on to the path `to`.
    pub fn link(key: &str, person: &str, to: &str) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("as", person)
            .append_pair("to", to)
            .append_pair("key", key)
            .finish();
        format!("{PATH}?{query}")
    }

    /// The answer to a request for the page; `None` for anything else.
    pub fn answer(&self, uri: &Uri) -> Option<Response<Full<Bytes>>> {
        if uri.path() != PATH {
            return None;
        }
        let query = uri.query().unwrap_or_default().as_bytes();
        let given = |name: &str| {
            let found = form_urlencoded::parse(query).find(|(key, _)| key == name);
            found.map(|(_, value)| value.into_owned()).unwrap_or_default()
        };
        let (person, to) = (given("as"), given("to"));
        // Only paths: a link that leads elsewhere is nobody's sign-in page.
        let leads_here = to.starts_with('/') && !to.starts_with("//") && !to.contains('\\');
        if given("key") != self.key || person.is_empty() || !leads_here {
            return Some(refusal());
        }
        let token = self.sign_in.mint(&person);
        let cookie = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=86400");
        let fields = [(header::SET_COOKIE, cookie), (header::LOCATION, to)];
        let mut response = Response::new(Full::new(Bytes::new()));
        *response.status_mut() = StatusCode::SEE_OTHER;
        for (name, value) in fields {
            match HeaderValue::from_str(&value) {
                Ok(value) => response.headers_mut().insert(name, value),
                Err(_) => return Some(refusal()),
            };
        }
        let never = HeaderValue::from_static("no-store");
        response.headers_mut().insert(header::CACHE_CONTROL, never);
        Some(response)
    }
}

fn refusal() -> Response<Full<Bytes>> {
    let text = "Open the sign-in link that `cargo xtask up` has printed.\n";
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = StatusCode::FORBIDDEN;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}
