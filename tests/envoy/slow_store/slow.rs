use std::cell::Cell;

use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType, LogLevel, MapType};
use scim_edge::host::Host as _;
use scim_edge::host::envoy::{Chosen, ChosenStore, Envoy, PluginStore, RememberedHere, Root};
use scim_edge::store::{Receipt, Store, StoreError, Turn};

use crate::shared_data;

thread_local! {
    /// For how many turns a transaction waits that is opened now.
    static TURNS: Cell<u32> = const { Cell::new(0) };
}

/// Envoy calls it after `_initialize`, which has set the shipped plug-in.
#[expect(unsafe_code, reason = "this is how a module exports a function")]
#[unsafe(no_mangle)]
extern "C" fn main(_: i32, _: i32) -> i32 {
    proxy_wasm::set_root_context(|id| Box::new(Plugin(Root::new(id, Slow::open))));
    0
}

struct Slow(ChosenStore);

impl Slow {
    fn open(chosen: Chosen) -> Self {
        Self(ChosenStore::open(chosen))
    }
}

impl PluginStore for Slow {
    fn remembered(&self) -> Option<&RememberedHere> {
        self.0.remembered()
    }
}

impl Store for Slow {
    type Transaction<'s> = <ChosenStore as Store>::Transaction<'s>;

    async fn begin(&self) -> Result<Self::Transaction<'_>, StoreError> {
        for _ in 0..TURNS.get() {
            Envoy.pause().await;
        }
        self.0.begin().await
    }

    async fn settle(&self, receipt: Receipt) {
        self.0.settle(receipt).await;
    }

    async fn turn(&self) -> Turn<'_> {
        self.0.turn().await
    }
}

/// The shipped plug-in, telling when its timer runs and when requests begin and end.
struct Plugin(Root<Slow>);

impl Context for Plugin {
    fn on_done(&mut self) -> bool {
        self.0.on_done()
    }

    fn on_grpc_call_response(&mut self, token: u32, status: u32, size: usize) {
        self.0.on_grpc_call_response(token, status, size);
    }

    fn on_grpc_stream_message(&mut self, token: u32, size: usize) {
        self.0.on_grpc_stream_message(token, size);
    }

    fn on_grpc_stream_close(&mut self, token: u32, status: u32) {
        self.0.on_grpc_stream_close(token, status);
    }
}

impl RootContext for Plugin {
    fn on_configure(&mut self, size: usize) -> bool {
        self.0.on_configure(size)
    }

    fn on_tick(&mut self) {
        say("timer");
        self.0.on_tick();
    }

    fn on_queue_ready(&mut self, queue: u32) {
        self.0.on_queue_ready(queue);
    }

    fn create_http_context(&self, id: u32) -> Option<Box<dyn HttpContext>> {
        let inner = self.0.create_http_context(id)?;
        say("stream begins");
        Some(Box::new(Watched { inner, turns: 0 }))
    }

    fn get_type(&self) -> Option<ContextType> {
        self.0.get_type()
    }
}

struct Watched {
    inner: Box<dyn HttpContext>,
    turns: u32,
}

impl Watched {
    fn slowly<T>(&mut self, callback: impl FnOnce(&mut dyn HttpContext) -> T) -> T {
        TURNS.set(self.turns);
        let result = callback(self.inner.as_mut());
        TURNS.set(0);
        result
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        say("stream ends");
    }
}

impl Context for Watched {
    fn on_done(&mut self) -> bool {
        self.inner.on_done()
    }
}

impl HttpContext for Watched {
    fn on_http_request_headers(&mut self, count: usize, end_of_stream: bool) -> Action {
        if number("x-test-crash").is_some() {
            std::process::abort();
        }
        if number("x-test-shared-data").is_some() {
            let (status, text) = match shared_data::try_out() {
                Ok(()) => (200, "as expected".to_owned()),
                Err(what) => (500, what),
            };
            let _ = hostcalls::send_http_response(status, Vec::new(), Some(text.as_bytes()));
            return Action::Pause;
        }
        self.turns = number("x-test-turns").unwrap_or(0);
        self.slowly(|inner| inner.on_http_request_headers(count, end_of_stream))
    }

    fn on_http_request_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        self.slowly(|inner| inner.on_http_request_body(size, end_of_stream))
    }

    fn on_http_request_trailers(&mut self, count: usize) -> Action {
        self.slowly(|inner| inner.on_http_request_trailers(count))
    }
}

/// The number in a header field of the present request.
fn number(name: &str) -> Option<u32> {
    let value = hostcalls::get_map_value_bytes(MapType::HttpRequestHeaders, name).ok()??;
    String::from_utf8(value).ok()?.parse().ok()
}

fn say(line: &str) {
    let _ = hostcalls::log(LogLevel::Info, &format!("slow_store: {line}"));
}
