//! What of a request goes on to the service behind, where no proxy of its own decides that.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::gate::{self, Pass};

/// Fields that are about one connection (RFC 9110 §7.6.1), beside those that `connection` names.
const HOP_BY_HOP: [HeaderName; 8] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// The fields that the service behind gets of a request for `host`: what a client may say, and what only the gate may.
pub fn request_fields(client: &HeaderMap, host: Option<&str>, pass: Option<&Pass>) -> HeaderMap {
    let mut fields = end_to_end(client);
    let trusted: Vec<HeaderName> =
        fields.keys().filter(|name| gate::is_trusted_header(name.as_str())).cloned().collect();
    for name in trusted {
        fields.remove(name);
    }
    fields.remove(header::HOST);
    fields.remove(header::EXPECT);
    if let Some(host) = host.and_then(|host| HeaderValue::from_str(host).ok()) {
        fields.insert(FORWARDED_HOST, host);
    }
    for (name, value) in pass.iter().flat_map(|pass| pass.trusted_headers()) {
        if let Ok(value) = HeaderValue::from_str(value) {
            fields.insert(HeaderName::from_static(name), value);
        }
    }
    fields
}

/// Those of `fields` that are meant for whoever is at the other end.
pub fn end_to_end(fields: &HeaderMap) -> HeaderMap {
    let named: Vec<String> = fields
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    let mut kept = HeaderMap::new();
    for (name, value) in fields {
        if !HOP_BY_HOP.contains(name) && !named.iter().any(|named| named == name.as_str()) {
            kept.append(name, value.clone());
        }
    }
    kept
}

#[cfg(test)]
mod tests;
