//! Whether a person's browser sends a request because of a page of ours, or of somebody else's (cross-site request forgery).
//!
//! A browser says from where a request comes in `origin` (RFC 6454 §7) and `sec-fetch-site` (Fetch Metadata), which no page
//! can change. Who sends neither is no browser, and has the person's token from elsewhere than a browser's cookies.

use super::problem::{Problem, ProblemKind};
use crate::http::{Request, header};

/// Refuses what would change something and was sent by a page of another origin than `ours`.
pub(super) fn refuse_other_sites(request: &Request, ours: &str) -> Result<(), Problem> {
    let (mut origins, mut sites) =
        (request.headers.values(header::ORIGIN), request.headers.values(header::SEC_FETCH_SITE));
    let own = origins.all(|origin| is_origin_of(origin, ours))
        && sites.all(|site| matches!(site, b"same-origin" | b"none"));
    if own || request.method.is_safe() {
        return Ok(());
    }
    Err(Problem::new(
        ProblemKind::CrossOrigin,
        "this was sent by a page of another site; a signed-in person can only change something from a page of this one",
    ))
}

/// Whether an `origin` field names the origin of `url`, whose port may be the scheme's own.
fn is_origin_of(origin: &[u8], url: &str) -> bool {
    let plain = match url.split_once("://") {
        Some(("https", host)) => host.strip_suffix(":443"),
        Some(("http", host)) => host.strip_suffix(":80"),
        _ => None,
    };
    let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
    origin.eq_ignore_ascii_case(url.as_bytes())
        || plain.is_some_and(|host| {
            origin.eq_ignore_ascii_case(format!("{scheme}://{host}").as_bytes())
        })
}

#[cfg(test)]
mod tests;
