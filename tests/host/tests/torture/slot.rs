//! A worker that several clients use: its VM is in one callback at a time, and has many requests under way.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use scim_edge_host::envoy::{Ask, Crash, End, Process, StreamId, Vm, pause};

use super::clients::Edge;

pub(crate) struct Slot {
    process: Arc<Process>,
    place: RefCell<Place>,
    /// Counts VMs.
    generation: Cell<u64>,
    crashes: Cell<usize>,
}

enum Place {
    Empty,
    Free(Box<Vm>),
    /// In a callback.
    Busy,
}

impl Edge for Slot {
    /// What becomes of a request; `None` where the VM has trapped before anything did.
    async fn ask(&self, ask: &Ask) -> Option<End> {
        let mut vm = self.vm().await;
        let generation = self.generation.get();
        let sent = vm.send(ask).await;
        let id = self.survive(sent)?;
        loop {
            if let Some(end) = vm.end(id) {
                self.close(vm, id).await;
                return Some(end);
            }
            self.place.replace(Place::Free(vm));
            pause(1).await;
            vm = self.same_vm(generation).await?;
            let turn = vm.turn().await;
            assert!(self.survive(turn)?, "nothing will ever come of a request");
        }
    }
}

impl Slot {
    pub(crate) fn new(process: &Arc<Process>) -> Self {
        Self {
            process: Arc::clone(process),
            place: RefCell::new(Place::Empty),
            generation: Cell::new(0),
            crashes: Cell::new(0),
        }
    }

    pub(crate) fn crashes(&self) -> usize {
        self.crashes.get()
    }

    /// The client has its answer, whether or not the VM survives that.
    async fn close(&self, mut vm: Box<Vm>, id: StreamId) {
        let closed = vm.close(id).await;
        if self.survive(closed).is_some() {
            self.place.replace(Place::Free(vm));
        }
    }

    fn survive<T>(&self, result: Result<T, Crash>) -> Option<T> {
        if result.is_err() {
            self.place.replace(Place::Empty);
            self.crashes.set(self.crashes.get() + 1);
        }
        result.ok()
    }

    /// The VM, a new one where there is none.
    async fn vm(&self) -> Box<Vm> {
        loop {
            match self.place.replace(Place::Busy) {
                Place::Free(vm) => return vm,
                Place::Busy => pause(1).await,
                Place::Empty => {
                    self.generation.set(self.generation.get() + 1);
                    let started = Vm::start(&self.process).await;
                    if let Some(vm) = self.survive(started) {
                        return Box::new(vm);
                    }
                }
            }
        }
    }

    /// The VM, unless it is another one.
    async fn same_vm(&self, generation: u64) -> Option<Box<Vm>> {
        loop {
            if self.generation.get() != generation {
                return None;
            }
            match self.place.replace(Place::Busy) {
                Place::Free(vm) => return Some(vm),
                Place::Busy => pause(1).await,
                Place::Empty => {
                    self.place.replace(Place::Empty);
                    return None;
                }
            }
        }
    }
}
