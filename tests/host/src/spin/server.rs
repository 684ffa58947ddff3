//! HTTP/1.1 on 127.0.0.1 in front of an app.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use http::header::{CONNECTION, HOST};
use http::uri::{Authority, Scheme};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use wasmtime_wasi_http::WasiBody;
use wasmtime_wasi_http::handler::ProxyHandler;

use super::app::{App, Shared};
use super::handler::Instances;
use super::log::Log;
use super::outbound;

/// A running app, gone when the value is dropped.
pub struct Server {
    address: SocketAddr,
    handler: ProxyHandler<Instances>,
    runtime: Option<Runtime>,
}

impl Server {
    /// Serves on a free port.
    pub fn start(app: App) -> Result<Self> {
        Self::start_on(app, 0)
    }

    /// Serves on a port of 127.0.0.1.
    pub fn start_on(app: App, port: u16) -> Result<Self> {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(4).enable_all().build()?;
        let listener = runtime
            .block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, port)))
            .with_context(|| format!("127.0.0.1:{port} cannot be listened on"))?;
        let address = listener.local_addr()?;
        let App { module, variables, granted, stores, allowed, memory, log, reuse } = app;
        let connections = {
            let _inside = runtime.enter();
            outbound::connections()
        };
        let app = Shared { variables, granted, stores, allowed, memory, log, reuse, connections };
        let handler =
            ProxyHandler::new(Instances { module, app: Arc::new(app), made: AtomicU64::new(0) });
        runtime.spawn(serve(listener, handler.clone()));
        Ok(Self { address, handler, runtime: Some(runtime) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the component has written.
    pub fn log(&self) -> &Log {
        &self.handler.state().app.log
    }

    /// How many instances were made so far.
    pub fn instances(&self) -> u64 {
        self.handler.state().made.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A call to a store that hangs would be waited for.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn serve(listener: TcpListener, handler: ProxyHandler<Instances>) {
    while let Ok((stream, client)) = listener.accept().await {
        stream.set_nodelay(true).ok();
        let handler = handler.clone();
        let service = service_fn(move |request| answer(handler.clone(), client, request));
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        tokio::spawn(connection);
    }
}

async fn answer(
    handler: ProxyHandler<Instances>,
    client: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<WasiBody>, Infallible> {
    let answer = match prepare(request, client) {
        Ok(request) => handler.handle((), request).await.map_err(anyhow::Error::from),
        Err(error) => Err(error),
    };
    Ok(answer.unwrap_or_else(|error| {
        let line = format!("host: a request got no answer: {error:#}\n");
        handler.state().app.log.write(line.as_bytes());
        let empty = Empty::<Bytes>::new().map_err(|never| match never {}).boxed_unsync();
        let mut answer = Response::new(empty);
        *answer.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        answer
    }))
}

/// A request as the component gets it: an absolute URI, no `connection`, and fields that say where it came from.
fn prepare(mut request: Request<Incoming>, client: SocketAddr) -> Result<Request<WasiBody>> {
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
    Ok(request.map(|body| body.map_err(wasmtime_wasi_http::Error::from).boxed_unsync()))
}
