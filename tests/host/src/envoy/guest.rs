//! A VM as its host sees it: its contexts, and what is to be done for them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use wasmtime::{Memory, Result, TypedFunc, format_err};

use super::grpc::Grpc;
use super::process::Process;
use super::stream::HttpStream;
use super::weather::Fate;
use super::world::nanoseconds;

/// The root context. Streams have higher numbers.
pub(super) const ROOT: u32 = 1;

/// What belongs to one VM.
pub(super) struct Guest {
    pub(super) process: Arc<Process>,
    pub(super) vm: u64,
    pub(super) streams: BTreeMap<u32, HttpStream>,
    pub(super) grpc: Grpc,
    /// The module has said that its plug-in can go.
    pub(super) done: bool,
    /// The context whose callback is being made.
    current: u32,
    /// The one that the module has put in its place, else 0.
    effective: u32,
    timer: Option<Timer>,
    memory: Option<Memory>,
    allocate: Option<TypedFunc<u32, u32>>,
}

#[derive(Clone, Copy, Debug)]
struct Timer {
    period: Duration,
    due: u64,
}

impl Guest {
    pub(super) fn new(process: Arc<Process>) -> Self {
        let vm = process.next_vm();
        Self {
            process,
            vm,
            streams: BTreeMap::new(),
            grpc: Grpc::default(),
            done: false,
            current: ROOT,
            effective: 0,
            timer: None,
            memory: None,
            allocate: None,
        }
    }

    pub(super) fn export(&mut self, memory: Memory, allocate: TypedFunc<u32, u32>) {
        self.memory = Some(memory);
        self.allocate = Some(allocate);
    }

    pub(super) fn memory(&self) -> Result<Memory> {
        self.memory.ok_or_else(|| format_err!("called before the module has begun"))
    }

    pub(super) fn allocate(&self) -> Result<TypedFunc<u32, u32>> {
        self.allocate.clone().ok_or_else(|| format_err!("called before the module has begun"))
    }

    /// What becomes of the call to `name` that is being made.
    pub(super) fn fate(&self, name: &str) -> Fate {
        self.process.world().weather().call(name)
    }

    /// A callback of `context` begins.
    pub(super) fn enter(&mut self, context: u32) {
        self.current = context;
        self.effective = 0;
    }

    /// The context that calls are made for.
    pub(super) fn context(&self) -> u32 {
        if self.effective == 0 { self.current } else { self.effective }
    }

    /// False: there is no such context.
    pub(super) fn set_effective(&mut self, context: u32) -> bool {
        let is_there = context == ROOT || self.streams.contains_key(&context);
        if is_there {
            self.effective = context;
        }
        is_there
    }

    /// The request that calls are made for, if they are made for one.
    pub(super) fn stream(&mut self) -> Option<&mut HttpStream> {
        let context = self.context();
        self.streams.get_mut(&context)
    }

    /// Calls back the root context every so often; never with 0. False: another context is in effect, and timers are the
    /// root's.
    pub(super) fn set_timer(&mut self, period: Duration) -> bool {
        let due = self.process.world().now().saturating_add(nanoseconds(period));
        self.timer = (!period.is_zero()).then_some(Timer { period, due });
        self.context() == ROOT
    }

    /// Lets time pass until the timer has run, if there is one, and begins it anew.
    pub(super) fn wait_for_timer(&mut self) -> bool {
        let Some(Timer { period, due }) = self.timer else { return false };
        self.process.world().pass_until(due);
        self.set_due(period);
        true
    }

    fn set_due(&mut self, period: Duration) {
        let due = self.process.world().now().saturating_add(nanoseconds(period));
        self.timer = Some(Timer { period, due });
    }

    /// Whether the timer is to run now.
    pub(super) fn timer_is_due(&self) -> bool {
        self.timer.is_some_and(|timer| timer.due <= self.process.world().now())
    }
}
