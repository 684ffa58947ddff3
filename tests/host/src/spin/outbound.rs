//! Requests that the component sends: only to the hosts that the manifest names.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use http::header::HOST;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::time::{Sleep, sleep, timeout};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use super::app::Shared;

/// Spin's time-outs where the component sets none.
const PATIENCE: Duration = Duration::from_secs(600);

/// Connections to other servers, shared by the instances of an app.
pub(super) type Connections = Client<HttpConnector, WasiBody>;

pub(super) fn connections() -> Connections {
    Client::builder(TokioExecutor::new()).build_http()
}

/// An entry of `allowed_outbound_hosts`: `scheme://host:port`, with `*` for any of each, and `*.` for what is below a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost {
    scheme: String,
    host: String,
    port: String,
}

impl AllowedHost {
    /// Reads an entry.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port),
            _ => (rest, default_port(scheme)?),
        };
        let valid = !host.is_empty() && (port == "*" || port.parse::<u16>().is_ok());
        valid.then(|| Self {
            scheme: scheme.to_owned(),
            host: host.to_owned(),
            port: port.to_owned(),
        })
    }

    fn allows(&self, uri: &Uri) -> bool {
        let scheme = uri.scheme_str().unwrap_or("https");
        let (Some(host), Some(default)) = (uri.host(), default_port(scheme)) else { return false };
        let port = uri.port_u16().map_or_else(|| default.to_owned(), |port| port.to_string());
        let below =
            |suffix: &str| host.strip_suffix(suffix).is_some_and(|left| left.ends_with('.'));
        (self.scheme == "*" || self.scheme == scheme)
            && (self.port == "*" || self.port == port)
            && (self.host == "*"
                || self.host == host
                || self.host.strip_prefix("*.").is_some_and(below))
    }
}

fn default_port(scheme: &str) -> Option<&'static str> {
    match scheme {
        "http" => Some("80"),
        "https" => Some("443"),
        _ => None,
    }
}

/// What an instance sends with.
pub(super) struct Outbound(Arc<Shared>);

impl Outbound {
    pub(super) fn of(app: &Arc<Shared>) -> Self {
        Self(Arc::clone(app))
    }
}

type Sent = (http::Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>);

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Sent, Error>> + Send> {
        Box::new(send(Arc::clone(&self.0), request, options))
    }
}

async fn send(
    app: Arc<Shared>,
    mut request: http::Request<WasiBody>,
    options: Option<RequestOptions>,
) -> Result<Sent, Error> {
    if !app.allowed.iter().any(|host| host.allows(request.uri())) {
        return Err(Error::HttpRequestDenied);
    }
    if request.uri().scheme_str() != Some("http") {
        return Err(Error::InternalError(Some("this host has no TLS".to_owned())));
    }
    request.headers_mut().remove(HOST);
    let patience = |of: fn(&RequestOptions) -> Option<Duration>| {
        options.as_ref().and_then(of).unwrap_or(PATIENCE)
    };
    let answer = timeout(patience(|all| all.first_byte_timeout), app.connections.request(request));
    let answer = answer.await.map_err(|_| Error::ConnectionReadTimeout)?.map_err(|error| {
        if error.is_connect() { Error::ConnectionRefused } else { Error::HttpProtocolError }
    })?;
    let time = patience(|all| all.between_bytes_timeout);
    let answer = answer.map(|body| Timed { body, time, sleep: None }.boxed_unsync());
    Ok((answer, Box::new(std::future::ready(Ok(())))))
}

/// An answer's body whose next bytes come in time.
struct Timed {
    body: Incoming,
    time: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Body for Timed {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.sleep = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(Error::from)));
        }
        let time = self.time;
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep(time)));
        ready!(sleep.as_mut().poll(context));
        Poll::Ready(Some(Err(Error::ConnectionReadTimeout)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests;
