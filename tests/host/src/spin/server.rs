//! HTTP/1.1 on 127.0.0.1 in front of an app.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use wasmtime_wasi_http::WasiBody;

use super::app::App;
use super::log::Log;
use super::pool::Pool;

/// A running app, gone when the value is dropped.
pub struct Server {
    address: SocketAddr,
    pool: Pool,
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
        let pool = {
            let _inside = runtime.enter();
            Pool::new(app)
        };
        runtime.spawn(serve(listener, pool.clone()));
        Ok(Self { address, pool, runtime: Some(runtime) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the component has written.
    pub fn log(&self) -> &Log {
        self.pool.log()
    }

    /// How many instances were made so far.
    pub fn instances(&self) -> u64 {
        self.pool.instances()
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

async fn serve(listener: TcpListener, pool: Pool) {
    while let Ok((stream, client)) = listener.accept().await {
        stream.set_nodelay(true).ok();
        let pool = pool.clone();
        let service = service_fn(move |request| answer(pool.clone(), client, request));
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        tokio::spawn(connection);
    }
}

async fn answer(
    pool: Pool,
    client: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<WasiBody>, Infallible> {
    let body = |body: Incoming| body.map_err(wasmtime_wasi_http::Error::from).boxed_unsync();
    Ok(pool.begin(request.map(body), client).await.unwrap_or_else(|error| {
        pool.log().write(format!("host: a request got no answer: {error:#}\n").as_bytes());
        let empty = Empty::<Bytes>::new().map_err(|never| match never {}).boxed_unsync();
        let mut answer = Response::new(empty);
        *answer.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        answer
    }))
}
