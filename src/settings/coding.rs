//! Whether the sender of a request takes an answer with `content-encoding: gzip` (RFC 9110 §12.5.3).

use crate::http::{Fields, header};

/// Whether it does: it names no codings at all, or this one or any with a weight above 0.
pub(super) fn takes_gzip(headers: &Fields) -> bool {
    if !headers.contains(header::ACCEPT_ENCODING) {
        return true;
    }
    let (mut named, mut any) = (None, false);
    for each in headers.texts(header::ACCEPT_ENCODING).flat_map(|field| field.split(',')) {
        let (coding, weight) = each.split_once(';').unwrap_or((each, ""));
        let coding = coding.trim();
        if coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip") {
            named = Some(is_taken(weight));
        } else if coding == "*" {
            any = is_taken(weight);
        }
    }
    named.unwrap_or(any)
}

/// Whether a weight, such as `q=0.5`, is above 0. One that is none counts as 1.
fn is_taken(weight: &str) -> bool {
    let weight = weight.trim().strip_prefix(['q', 'Q']).unwrap_or_default();
    let number = weight.trim_start_matches(['=', ' ', '\t']);
    number.is_empty() || number.bytes().any(|byte| byte != b'0' && byte != b'.')
}

#[cfg(test)]
mod tests;
