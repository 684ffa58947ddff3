//! What SCIM has and this server does not: the person who asks (`/Me`), other versions, and secrets in an address.

use http::Method;

use crate::http::Request;
use crate::router::ScimEndpoint;
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

/// Refuses a filter by `password` in an address, where proxies and logs may keep what it compares with (RFC 7644 §7.5.2).
fn refuse_secret_in_query(request: &Request) -> Result<(), ScimError> {
    let query = request.query.as_deref().unwrap_or_default();
    let filters = form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| name.eq_ignore_ascii_case("filter"));
    for (_, text) in filters {
        if text.parse::<Filter>().is_ok_and(|filter| filter.names("password")) {
            return Err(ScimError::new(
                ScimErrorKind::Sensitive,
                "a password does not belong into an address, and none is kept here",
            ));
        }
    }
    Ok(())
}
