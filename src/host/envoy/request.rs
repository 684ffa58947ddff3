//! Reads a request from Envoy and writes an answer to it.

use http::Method;
use proxy_wasm::hostcalls;
use proxy_wasm::types::{BufferType, MapType};

use crate::authn::{EmailVerified, Identity};
use crate::config::IdentitySource;
use crate::gate::{self, Pass};
use crate::gather::Gather as _;
use crate::http::{FieldError, Fields, Request, Response, text_of};

/// Where Envoy keeps what `jwt_authn` verified.
const JWT_AUTHN: [&str; 3] = ["metadata", "filter_metadata", "envoy.filters.http.jwt_authn"];

/// Stands for a value with control characters: the field is there, and nobody can read it.
const NO_TEXT: &[u8] = b"\xff";

/// The head of the present stream's request, without identity and body.
pub(super) fn read_head() -> Request {
    let fields = hostcalls::get_map_bytes(MapType::HttpRequestHeaders).unwrap_or_default();
    let mut method = Method::GET;
    let mut target = String::new();
    let mut headers = Fields::new();
    let mut unclear = false;
    for (name, value) in fields {
        match name.as_str() {
            ":method" => method = Method::from_bytes(&value).unwrap_or_default(),
            // Bytes that are no text become U+FFFD, which no path of ours contains.
            ":path" => target = String::from_utf8_lossy(&value).into_owned(),
            pseudo if pseudo.starts_with(':') => {}
            _ => {
                let mut added = headers.append(&name, &value);
                if added == Err(FieldError::Value) {
                    added = headers.append(&name, NO_TEXT);
                }
                unclear |= added.is_err();
            }
        }
    }
    if unclear {
        // A head that cannot be looked at whole must not get by: an empty path names nothing.
        target.clear();
    }
    let mut request = Request::new(method, &target);
    request.headers = headers;
    request
}

/// Whom Envoy verified, from the metadata that a client cannot write.
pub(super) fn read_identity(source: &IdentitySource) -> Option<Identity> {
    let claim = |name: &str| {
        let [a, b, c] = JWT_AUTHN;
        hostcalls::get_property(vec![a, b, c, &source.metadata_key, name]).ok().flatten()
    };
    let email = String::from_utf8(claim(&source.email_claim)?).ok()?;
    let verified = match claim("email_verified") {
        None => EmailVerified::Unsaid,
        // A boolean property is one byte.
        Some(said) if said == [1] => EmailVerified::Boolean(true),
        Some(said) => EmailVerified::of_text(&said),
    };
    Identity::of_claims(&email, verified).ok()
}

/// The `size` bytes of body that Envoy holds.
pub(super) fn read_body(size: usize) -> Vec<u8> {
    hostcalls::get_buffer(BufferType::HttpRequestBody, 0, size).ok().flatten().unwrap_or_default()
}

/// Sends `response`.
pub(super) fn answer(response: &Response) {
    let headers: Vec<(&str, &str)> =
        response.headers.iter().filter_map(|(name, value)| Some((name, text_of(value)?))).gather();
    let body = (!response.body.is_empty()).then_some(response.body.as_slice());
    let _ = hostcalls::send_http_response(u32::from(response.status.as_u16()), headers, body);
}

/// Takes out of the request with this `head` what only we may say, in any spelling that a service behind may fold
/// into the trusted one, and puts in what `pass` says.
pub(super) fn forward(head: &Request, pass: Option<&Pass>) {
    for (name, _) in head.headers.iter() {
        if gate::is_trusted_header(name) {
            let _ = hostcalls::set_map_value_bytes(MapType::HttpRequestHeaders, name, None);
        }
    }
    for (name, value) in pass.iter().flat_map(|pass| pass.trusted_headers()) {
        let value = Some(value.as_bytes());
        let _ = hostcalls::set_map_value_bytes(MapType::HttpRequestHeaders, name, value);
    }
}
