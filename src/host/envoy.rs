//! The filter in Envoy: proxy-wasm ABI 0.2.1. Thin: it collects a request, lets the [`Service`] decide, and
//! carries the decision out.
//!
//! One [`Root`] lives per worker, one `Stream` per request. An operation that has to wait belongs to the
//! root, not to its request: a client that hangs up does not leave a write half done.
//!
//! | module | decides |
//! |---|---|
//! | `stream`, `request` | how a request is collected, and its answer given |
//! | `worker`, `waiting` | when an operation that waits goes on |
//! | `choice` | which store there is |
//! | `shared_data` | how the store in memory uses Envoy's |
//! | `link`, `calls`, `streams`, `cluster` | how etcd is reached, by gRPC |
//! | `doorbell` | how a request's callback gets one of the root context |
//!
//! Only the SDK's byte APIs are used: its text APIs panic on bytes that are not UTF-8, and a panic takes the
//! worker's whole VM with it.

mod calls;
mod choice;
mod cluster;
mod doorbell;
mod link;
mod request;
mod shared_data;
mod stream;
mod streams;
mod upload;
mod waiting;
mod worker;

use std::rc::Rc;
use std::time::{Duration, UNIX_EPOCH};

use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{ContextType, LogLevel};

pub use self::choice::{Chosen, ChosenStore, PluginStore, RememberedHere};
pub use self::link::Link;
pub use self::shared_data::SharedData;

use self::stream::Stream;
use self::waiting::Pause;
use self::worker::Worker;
use super::{Clock, Entropy, Host, Level, Log, Timestamp, wasi};
use crate::config::{PluginConfig, StoreChoice};

/// The plug-in in one worker. Envoy's main thread has one too, without requests.
pub struct Root<S> {
    id: u32,
    open: fn(Chosen) -> S,
    worker: Option<Rc<Worker<S>>>,
    /// Envoy has let go of the plug-in and waits until it is done.
    leaving: bool,
}

impl<S: PluginStore + 'static> Root<S> {
    /// A plug-in whose store `open` opens, for the root context `id`.
    pub fn new(id: u32, open: fn(Chosen) -> S) -> Self {
        Self { id, open, worker: None, leaving: false }
    }

    fn start(&mut self, config: PluginConfig) {
        let (chosen, link) = match &config.store {
            StoreChoice::Memory => (Chosen::Memory, None),
            StoreChoice::Etcd(etcd) => {
                let link = Link::new(self.id, etcd, &Envoy);
                (Chosen::Etcd(etcd.clone(), link.clone()), Some(link))
            }
        };
        let worker = Rc::new(Worker::new(self.id, config, (self.open)(chosen), link));
        worker.try_out();
        self.worker = Some(worker);
    }

    /// Does what is to be done, in a callback of this context.
    fn turn(&mut self, turn: impl FnOnce(&Rc<Worker<S>>)) {
        let Some(worker) = &self.worker else { return };
        turn(worker);
        if self.leaving && worker.is_idle() {
            self.leaving = false;
            worker.leave();
            let _ = hostcalls::done();
        }
    }
}

impl<S: PluginStore + 'static> Context for Root<S> {
    /// A plug-in that makes room for a new configuration first finishes what still waits.
    fn on_done(&mut self) -> bool {
        let Some(worker) = &self.worker else { return true };
        self.leaving = !worker.is_idle();
        if !self.leaving {
            worker.leave();
        }
        !self.leaving
    }

    fn on_grpc_call_response(&mut self, token: u32, status: u32, size: usize) {
        self.turn(|worker| {
            worker.call_answered(token, status, size);
            worker.turn();
        });
    }

    fn on_grpc_stream_message(&mut self, token: u32, size: usize) {
        self.turn(|worker| {
            worker.stream_message(token, size);
            worker.turn();
        });
    }

    fn on_grpc_stream_close(&mut self, token: u32, _status: u32) {
        self.turn(|worker| {
            worker.stream_closed(token);
            worker.turn();
        });
    }
}

impl<S: PluginStore + 'static> RootContext for Root<S> {
    fn on_configure(&mut self, _size: usize) -> bool {
        let text = self.get_plugin_configuration().unwrap_or_default();
        match PluginConfig::from_json(&text) {
            Ok(config) => {
                self.start(config);
                true
            }
            Err(error) => {
                Envoy.log(Level::Error, &error.to_string());
                false
            }
        }
    }

    fn on_tick(&mut self) {
        self.turn(Worker::tick);
    }

    fn on_queue_ready(&mut self, queue: u32) {
        self.turn(|worker| {
            worker.rung(queue);
            worker.turn();
        });
    }

    fn create_http_context(&self, id: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Stream::new(id, self.worker.clone())))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

/// Envoy as a host.
#[derive(Clone, Copy, Debug)]
pub struct Envoy;

impl Clock for Envoy {
    fn now(&self) -> Timestamp {
        let since_epoch = hostcalls::get_current_time()
            .ok()
            .and_then(|now| now.duration_since(UNIX_EPOCH).ok())
            .unwrap_or_default();
        Timestamp(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
    }

    fn uptime(&self) -> Duration {
        wasi::uptime()
    }
}

impl Entropy for Envoy {
    fn fill(&self, bytes: &mut [u8]) {
        wasi::fill(bytes);
    }
}

impl Log for Envoy {
    fn log(&self, level: Level, line: &str) {
        let level = match level {
            Level::Debug => LogLevel::Debug,
            Level::Info => LogLevel::Info,
            Level::Warn => LogLevel::Warn,
            Level::Error => LogLevel::Error,
        };
        // There is nobody to tell that a line could not be logged.
        let _ = hostcalls::log(level, line);
    }
}

impl Host for Envoy {
    async fn pause(&self) {
        Pause::default().await;
    }
}

mod entry {
    use super::{ChosenStore, Root};

    proxy_wasm::main! {{
        proxy_wasm::set_root_context(|id| Box::new(Root::new(id, ChosenStore::open)));
    }}
}
