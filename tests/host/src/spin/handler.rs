//! Which instance serves a request: Spin's rules, by the same code of wasmtime.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::time::{Sleep, sleep};
use wasmtime::component::GuestTaskId;
use wasmtime::{Store, StoreContextMut};
use wasmtime_wasi_http::WasiHttpView as _;
use wasmtime_wasi_http::handler::{
    HandlerState, Instance as Worker, Proxy, ShouldAccept, WorkerExpiration, WorkerState,
    WorkerStatus,
};

use super::app::{Reuse, Shared};
use super::instance::Instance;
use super::module::Module;

/// Makes instances.
pub(super) struct Instances {
    pub(super) module: Module,
    pub(super) app: Arc<Shared>,
    /// How many were made.
    pub(super) made: AtomicU64,
    /// How many of them have trapped.
    pub(super) died: Arc<AtomicU64>,
}

impl HandlerState for Instances {
    type StoreData = Instance;
    type WorkerExpiration = Expiration;
    type WorkerState = Life;

    async fn instantiate(&self) -> wasmtime::Result<Worker<Instance, Expiration, Life>> {
        self.made.fetch_add(1, Ordering::Relaxed);
        let mut store = Store::new(&self.module.engine, Instance::of(&self.app));
        store.limiter(|instance| &mut instance.limits);
        let service = self.module.service.instantiate_async(&mut store).await?;
        Ok(Worker {
            store,
            proxy: Proxy::P3(service),
            view: Instance::http,
            expiration: Expiration { idle: self.app.reuse.idle, waiting: None },
            state: Life {
                reuse: self.app.reuse,
                app: Arc::clone(&self.app),
                died: Arc::clone(&self.died),
            },
        })
    }
}

/// Ends an instance that has waited too long. A request has no end of its own, as in Spin by default.
pub(super) struct Expiration {
    idle: Duration,
    /// Since when it waits, and until it has waited too long.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl WorkerExpiration for Expiration {
    fn poll(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        status: WorkerStatus,
        since: Instant,
    ) -> Poll<()> {
        let WorkerStatus::Idle = status else {
            self.waiting = None;
            return Poll::Pending;
        };
        let idle = self.idle;
        // By the runtime's clock, which a test may have in its hand, and `since` is not.
        let begin = || (since, Box::pin(sleep(idle)));
        let waiting = self.waiting.get_or_insert_with(begin);
        if waiting.0 != since {
            *waiting = begin();
        }
        waiting.1.as_mut().poll(context)
    }
}

/// How much one instance serves.
pub(super) struct Life {
    reuse: Reuse,
    app: Arc<Shared>,
    died: Arc<AtomicU64>,
}

impl WorkerState for Life {
    type StoreData = Instance;
    type RequestData = ();

    fn should_accept_request(&self, concurrent: usize, total: usize) -> ShouldAccept {
        if total >= self.reuse.total {
            ShouldAccept::Never
        } else if concurrent >= self.reuse.concurrent {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        _: StoreContextMut<'_, Instance>,
        (): (),
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        Box::pin(std::future::pending())
    }

    fn drop(&self, store: Store<Instance>, result: wasmtime::Result<()>) {
        drop(store);
        if let Err(error) = result {
            self.died.fetch_add(1, Ordering::Relaxed);
            self.app.log.write(format!("host: an instance has died: {error:?}\n").as_bytes());
        }
    }
}
