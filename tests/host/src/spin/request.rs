//! What Spin makes of a request before a component gets it.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, ensure};
use http::header::{CONNECTION, HOST};
use http::uri::{Authority, Scheme};
use http::{HeaderName, HeaderValue, Request, Uri};
use wasmtime_wasi_http::WasiBody;

/// A request as the component gets it: an absolute URI, no `connection`, and fields that say where it came from.
pub(super) fn prepare(
    mut request: Request<WasiBody>,
    client: SocketAddr,
) -> Result<Request<WasiBody>> {
    request.headers_mut().remove(CONNECTION);
    for value in request.headers().values() {
        ensure!(std::str::from_utf8(value.as_bytes()).is_ok(), "a header field is not UTF-8");
    }
    let said = request.headers().get(HOST).map(|host| Authority::try_from(host.as_bytes()));
    let said = said.transpose().context("the host field is no authority")?;
    let mut parts = request.uri().clone().into_parts();
    let authority = match (said, parts.authority.take()) {
        (Some(said), Some(meant)) => {
            ensure!(said == meant, "the host field is not the authority of the URI");
            said
        }
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => anyhow::bail!("there is no host field"),
    };
    let path = parts.path_and_query.as_ref().map_or("/", |path| path.as_str()).to_owned();
    let full = format!("http://{authority}{path}");
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(authority);
    *request.uri_mut() = Uri::from_parts(parts)?;
    let fields = [
        ("spin-path-info", request.uri().path().to_owned()),
        ("spin-full-url", full),
        ("spin-matched-route", "/...".to_owned()),
        ("spin-base-path", "/".to_owned()),
        ("spin-raw-component-route", "/...".to_owned()),
        ("spin-component-route", String::new()),
        ("spin-client-addr", client.to_string()),
    ];
    for (name, value) in fields {
        request.headers_mut().append(HeaderName::from_static(name), HeaderValue::from_str(&value)?);
    }
    Ok(request)
}
