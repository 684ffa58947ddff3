//! The instances of an app, asked without a port.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use wasmtime_wasi_http::WasiBody;
use wasmtime_wasi_http::handler::ProxyHandler;

use super::app::{App, Shared};
use super::handler::Instances;
use super::log::Log;
use super::outbound;
use super::request::prepare;

/// A running app. Its instances run in the runtime in which it was made, and are gone with that.
#[derive(Clone)]
pub struct Pool(ProxyHandler<Instances>);

impl Pool {
    /// The app without instances so far. Has to be called in a runtime.
    pub fn new(app: App) -> Self {
        let App { module, variables, granted, stores, allowed, memory, log, reuse, world } = app;
        let connections = outbound::connections();
        let app =
            Shared { variables, granted, stores, allowed, memory, log, reuse, world, connections };
        let instances =
            Instances { module, app: Arc::new(app), made: AtomicU64::new(0), died: Arc::default() };
        Self(ProxyHandler::new(instances))
    }

    /// The answer to a request, all of it; an error where its instance dies.
    pub async fn ask(&self, request: Request<Bytes>) -> Result<Response<Bytes>> {
        let client = (Ipv4Addr::LOCALHOST, 1).into();
        let body = |bytes| Full::new(bytes).map_err(|never| match never {}).boxed_unsync();
        let (head, body) = self.begin(request.map(body), client).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Response::from_parts(head, body))
    }

    /// The answer to a request, whose body is still on its way.
    pub(super) async fn begin(
        &self,
        request: Request<WasiBody>,
        client: SocketAddr,
    ) -> Result<Response<WasiBody>> {
        Ok(self.0.handle((), prepare(request, client)?).await?)
    }

    /// What the component has written.
    pub fn log(&self) -> &Log {
        &self.0.state().app.log
    }

    /// How many instances were made so far.
    pub fn instances(&self) -> u64 {
        self.0.state().made.load(Ordering::Relaxed)
    }

    /// How many of them have trapped.
    pub fn crashes(&self) -> u64 {
        self.0.state().died.load(Ordering::Relaxed)
    }
}
