//! What belongs to one instance of the component, and what it may ask the host for.

mod key_value;
mod variables;
mod wasi_key_value;

use std::sync::Arc;

use wasmtime::component::{HasData, Resource, ResourceTable};
use wasmtime::{StoreLimits, StoreLimitsBuilder};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::app::Shared;
use super::outbound::Outbound;
use super::store::{Failure, Store, Swap};

/// How many stores, and how many swaps, an instance may have open in Spin.
const OPEN: usize = 256;

/// A store that the instance has opened.
#[expect(unreachable_pub, reason = "the generated code exports it again")]
pub struct Opened(Arc<dyn Store>);

/// A swap that the instance has begun.
#[expect(unreachable_pub, reason = "the generated code exports it again")]
pub struct Swapping {
    swap: Arc<dyn Swap>,
    store: Arc<dyn Store>,
    key: String,
}

/// The host's side of an instance.
pub(super) struct Instance {
    app: Arc<Shared>,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    table: ResourceTable,
    outbound: Outbound,
    pub(super) limits: StoreLimits,
    stores: usize,
    swaps: usize,
}

/// Leads the generated code to the instance.
pub(super) struct Spin;

impl HasData for Spin {
    type Data<'a> = &'a mut Instance;
}

impl Instance {
    pub(super) fn of(app: &Arc<Shared>) -> Self {
        let mut wasi = WasiCtx::builder();
        wasi.stdout(app.log.clone()).stderr(app.log.clone());
        if let Some(world) = &app.world {
            world.equip(&mut wasi);
        }
        let limits = StoreLimitsBuilder::new();
        let limits = match app.memory {
            Some(bytes) => limits.memory_size(bytes).trap_on_grow_failure(true),
            None => limits,
        };
        Self {
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
            table: ResourceTable::new(),
            outbound: Outbound::of(app),
            limits: limits.build(),
            stores: 0,
            swaps: 0,
            app: Arc::clone(app),
        }
    }

    /// The store behind a label, if the manifest grants it and something is configured for it.
    fn store(&self, label: &str) -> Result<Arc<dyn Store>, Failure> {
        if !self.app.granted.contains(label) {
            return Err(Failure::AccessDenied);
        }
        self.app.stores.get(label).cloned().ok_or(Failure::NoSuchStore)
    }

    fn push(
        &mut self,
        store: Arc<dyn Store>,
    ) -> wasmtime::Result<Result<Resource<Opened>, Failure>> {
        if self.stores >= OPEN {
            return Ok(Err(Failure::StoreTableFull));
        }
        self.stores = self.stores.saturating_add(1);
        Ok(Ok(self.table.push(Opened(store))?))
    }

    fn opened(&self, store: &Resource<Opened>) -> wasmtime::Result<Arc<dyn Store>> {
        Ok(Arc::clone(&self.table.get(store)?.0))
    }

    fn close(&mut self, store: Resource<Opened>) -> wasmtime::Result<()> {
        self.table.delete(store)?;
        self.stores = self.stores.saturating_sub(1);
        Ok(())
    }
}

/// An answer, or the end of the instance.
fn answer<T, E>(
    result: Result<T, Failure>,
    error: impl FnOnce(Failure) -> E,
) -> wasmtime::Result<Result<T, E>> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(Failure::Crash) => Err(wasmtime::format_err!("the instance dies at a call to a store")),
        Err(failure) => Ok(Err(error(failure))),
    }
}

impl WasiView for Instance {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for Instance {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.outbound }
    }
}
