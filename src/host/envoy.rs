//! The filter in Envoy: proxy-wasm ABI 0.2.1. Thin: it collects a request, lets the [`Service`] decide, and
//! carries the decision out.
//!
//! One [`Root`] lives per worker, one `Stream` per request. An operation that has to wait belongs to the
//! root, not to its request: a client that hangs up does not leave a write half done.
//!
//! Only the SDK's byte APIs are used: its text APIs panic on bytes that are not UTF-8, and a panic takes the
//! worker's whole VM with it.

mod request;
mod shared_data;
mod stream;
mod waiting;

use std::rc::Rc;
use std::time::{Duration, UNIX_EPOCH};

use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{ContextType, LogLevel};

pub use self::shared_data::SharedData;

use self::stream::Stream;
use self::waiting::{Waiting, YieldOnce};
use super::{Clock, Entropy, Host, Level, Log, Timestamp};
use crate::config::Config;
use crate::service::Service;
use crate::store::Store;
use crate::store::tree::{CacheLimits, Tree};

/// How long an operation that has to wait is left alone between two polls.
const POLL_PERIOD: Duration = Duration::from_millis(2);

/// The store on Envoy's shared data.
pub type SharedDataStore = Tree<SharedData, Envoy>;

/// Opens [`SharedDataStore`].
pub fn open_shared_data() -> SharedDataStore {
    Tree::new(SharedData, Envoy, CacheLimits::default())
}

/// What a worker has for all its requests.
struct Worker<S> {
    service: Service<S, Envoy>,
    waiting: Waiting,
}

/// The plug-in in one worker. Envoy's main thread has one too, without requests.
pub struct Root<S> {
    id: u32,
    open: fn() -> S,
    worker: Option<Rc<Worker<S>>>,
    /// Envoy has let go of the plug-in and waits until it is done.
    leaving: bool,
}

impl<S> Root<S> {
    /// A plug-in whose store `open` opens, for the root context `id`.
    pub fn new(id: u32, open: fn() -> S) -> Self {
        Self { id, open, worker: None, leaving: false }
    }
}

impl<S: Store + 'static> Context for Root<S> {
    /// A plug-in that makes room for a new configuration first finishes what still waits.
    fn on_done(&mut self) -> bool {
        self.leaving = self.worker.as_ref().is_some_and(|worker| !worker.waiting.is_empty());
        !self.leaving
    }
}

impl<S: Store + 'static> RootContext for Root<S> {
    fn on_configure(&mut self, _size: usize) -> bool {
        let text = self.get_plugin_configuration().unwrap_or_default();
        match Config::from_json(&text) {
            Ok(config) => {
                let service = Service::new(config, (self.open)(), Envoy);
                let waiting = Waiting::new(self.id, POLL_PERIOD);
                self.worker = Some(Rc::new(Worker { service, waiting }));
                true
            }
            Err(error) => {
                Envoy.log(Level::Error, &error.to_string());
                false
            }
        }
    }

    fn on_tick(&mut self) {
        if let Some(worker) = &self.worker {
            worker.waiting.poll();
            if self.leaving && worker.waiting.is_empty() {
                self.leaving = false;
                let _ = hostcalls::done();
            }
        }
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
}

impl Entropy for Envoy {
    #[expect(clippy::panic, reason = "a token that can be foretold is worse than a lost VM")]
    fn fill(&self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            panic!("no entropy: {error}");
        }
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
        YieldOnce::default().await;
    }
}

mod entry {
    use super::{Root, open_shared_data};

    proxy_wasm::main! {{
        proxy_wasm::set_root_context(|id| Box::new(Root::new(id, open_shared_data)));
    }}
}
