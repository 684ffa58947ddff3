//! What of a request goes on to the service behind, where no proxy of its own decides that.

use crate::gate::{self, Pass};
use crate::gather::Gather as _;
use crate::http::{Fields, header};

/// Fields that are about one connection (RFC 9110 §7.6.1), beside those that `connection` names.
const HOP_BY_HOP: [&str; 8] = [
    header::CONNECTION,
    header::KEEP_ALIVE,
    header::PROXY_CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// The fields that the service behind gets of a request for `host`: what a client may say, and what only the gate may.
pub fn request_fields(client: &Fields, host: Option<&str>, pass: Option<&Pass>) -> Fields {
    let mut fields = end_to_end(client.clone());
    fields.retain(&mut |name| {
        name != header::HOST && name != header::EXPECT && !gate::is_trusted_header(name)
    });
    // What cannot stand in a field is left out.
    if let Some(host) = host {
        let _ = fields.set(header::X_FORWARDED_HOST, host);
    }
    for (name, value) in pass.iter().flat_map(|pass| pass.trusted_headers()) {
        let _ = fields.set(name, value);
    }
    fields
}

/// Those of `fields` that are meant for whoever is at the other end.
pub fn end_to_end(mut fields: Fields) -> Fields {
    let named: Vec<String> = fields
        .texts(header::CONNECTION)
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .gather();
    fields.retain(&mut |name| {
        !HOP_BY_HOP.contains(&name) && !named.iter().any(|named| named == name)
    });
    fields
}

#[cfg(test)]
mod tests;
