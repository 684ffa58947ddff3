//! A credential in a cookie (RFC 6265 §4.2), for browsers, which send no `authorization` by themselves.

use crate::http::{Request, header};

/// The value of the cookie `name`. `None` where it is not there, or there twice with different values: two are none.
pub fn cookie_credential<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    let mut values = request
        .headers
        .texts(header::COOKIE)
        .flat_map(|field| field.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value.trim_matches('"'));
    let first = values.next().filter(|value| !value.is_empty())?;
    values.all(|value| value == first).then_some(first)
}

#[cfg(test)]
mod tests;
