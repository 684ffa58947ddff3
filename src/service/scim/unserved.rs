//! What SCIM has and this server does not: the person who asks (`/Me`), other versions, and secrets in an address.

use http::Method;

use crate::http::Request;
use crate::router::ScimEndpoint;
use crate::scim::filter::MAX_LENGTH;
use crate::scim::{Filter, ScimError, ScimErrorKind};

/// Refuses a request that no method would make one that is served.
pub(super) fn refuse(endpoint: &ScimEndpoint, request: &Request) -> Result<(), ScimError> {
    match endpoint {
        ScimEndpoint::Me => Err(ScimError::new(
            ScimErrorKind::NotImplemented,
            "a SCIM token is a team's and no user's, so there is nobody whom /Me could mean",
        )),
        ScimEndpoint::OtherVersion(version) => Err(ScimError::new(
            ScimErrorKind::InvalidVers,
            format!("SCIM {version} is not spoken here, only v2"),
        )),
        _ if request.method == Method::GET => refuse_secret_in_query(request),
        _ => Ok(()),
    }
}

/// How long a filter may be in an address, where each byte may take three. To decode more would be work for nothing.
const LONGEST_FILTER: usize = "filter=".len() + 3 * MAX_LENGTH;

fn names_filter(field: &str) -> bool {
    field.split('=').next().is_some_and(|name| name.eq_ignore_ascii_case("filter"))
}

/// Refuses a filter by `password` in an address, where proxies and logs may keep what it compares with (RFC 7644 §7.5.2).
fn refuse_secret_in_query(request: &Request) -> Result<(), ScimError> {
    let query = request.query.as_deref().unwrap_or_default();
    for field in query.split('&').filter(|field| names_filter(field)) {
        if field.len() > LONGEST_FILTER {
            return Err(ScimError::new(
                ScimErrorKind::InvalidFilter,
                format!("a filter can have {MAX_LENGTH} bytes at the most"),
            ));
        }
        let Some((_, text)) = form_urlencoded::parse(field.as_bytes()).next() else { continue };
        if text.parse::<Filter>().is_ok_and(|filter| filter.mentions("password", None)) {
            return Err(ScimError::new(
                ScimErrorKind::Sensitive,
                "a password does not belong into an address, and none is kept here",
            ));
        }
    }
    Ok(())
}
