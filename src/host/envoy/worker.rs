//! What a worker does for its requests outside of their callbacks: operations that wait are polled, calls are made, and
//! the watch is kept.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use proxy_wasm::hostcalls;

use super::Envoy;
use super::choice::{PluginStore, RememberedHere};
use super::link::Link;
use super::waiting::{Operation, Waiting};
use crate::config::{IdentitySource, PluginConfig};
use crate::host::{Level, Log as _};
use crate::service::Service;
use crate::store::etcd::remembered::TICK;

/// How long an operation that pauses is left alone.
const PAUSE: Duration = Duration::from_millis(2);

/// How soon the root context is called back by its timer.
const SOON: Duration = Duration::from_millis(1);

/// How often at once operations are polled and their calls made. More is never needed, but by an operation that goes on
/// calling what cannot be called.
const ROUNDS: usize = 64;

/// What a worker has for all its requests.
pub(super) struct Worker<S> {
    pub(super) service: Service<S, Envoy>,
    pub(super) identity: IdentitySource,
    root: u32,
    waiting: Waiting,
    link: Option<Link>,
    /// Whether it has served anybody.
    awake: Cell<bool>,
    period: Cell<Duration>,
}

impl<S: PluginStore + 'static> Worker<S> {
    pub(super) fn new(root: u32, config: PluginConfig, store: S, link: Option<Link>) -> Self {
        Self {
            service: Service::new(config.edge, store, Envoy),
            identity: config.identity,
            root,
            waiting: Waiting::default(),
            link,
            awake: Cell::default(),
            period: Cell::default(),
        }
    }

    /// Whether nothing waits.
    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Begins an operation in a callback of the stream `stream`, and goes on with it in the root context's. Answers
    /// whether it is still to be done.
    pub(super) fn begin(&self, stream: u32, operation: Operation) -> bool {
        let waits = self.waiting.begin(operation);
        self.call_back(stream);
        waits
    }

    /// Goes on, in a callback of the stream `stream`, with what that has woken.
    pub(super) fn go_on(&self, stream: u32) {
        self.waiting.poll_woken();
        self.call_back(stream);
    }

    /// Has the root context called back where something is left to do, and puts `stream` back in effect.
    fn call_back(&self, stream: u32) {
        let first = !self.awake.replace(true);
        let wants_turn = self.waiting.has_woken()
            || self.link.as_ref().is_some_and(|link| first || link.has_work());
        let rings = wants_turn && self.link.as_ref().is_some_and(Link::ring);
        if wants_turn && !rings {
            self.set_timer(SOON);
        } else if self.waiting.has_paused() && !rings {
            self.set_timer(PAUSE);
        }
        let _ = hostcalls::set_effective_context(stream);
    }

    /// Asks etcd for something as soon as that can be, so that the log tells what is wrong with the way to it, and not
    /// only the first request.
    pub(super) fn try_out(self: &Rc<Self>) {
        if let Some(link) = self.link.clone() {
            self.waiting.begin(Box::pin(async move {
                if let Err(error) = link.try_out().await {
                    Envoy.log(Level::Error, &format!("etcd cannot be asked: {error}"));
                }
            }));
            self.set_timer(SOON);
        }
    }

    /// Does what is to be done, in a callback of the root context.
    pub(super) fn turn(self: &Rc<Self>) {
        for _ in 0..ROUNDS {
            self.waiting.poll_woken();
            self.keep_watch();
            let failed = self.link.as_ref().map(Link::carry_out).unwrap_or_default();
            for number in failed {
                if let Some(remembered) = self.service.store().remembered() {
                    remembered.on_closed(&Envoy, number);
                }
            }
            if !self.wants_turn() {
                break;
            }
        }
        self.set_timer(match () {
            () if self.waiting.has_paused() || self.wants_turn() => PAUSE,
            () if self.awake.get() && self.link.is_some() => TICK,
            () => Duration::ZERO,
        });
    }

    /// The timer of the root context has run.
    pub(super) fn tick(self: &Rc<Self>) {
        self.waiting.end_pauses();
        self.turn();
    }

    /// A call is over: see [`Link::answered`].
    pub(super) fn call_answered(&self, token: u32, status: u32, size: usize) {
        if let Some(link) = &self.link {
            link.answered(token, status, size);
        }
    }

    /// A message of `size` bytes came by a stream.
    pub(super) fn stream_message(&self, token: u32, size: usize) {
        let Some((link, remembered)) = self.watched() else { return };
        if let Some((number, message)) = link.message(token, size) {
            remembered.on_message(&Envoy, number, &message);
        }
    }

    /// A stream was closed.
    pub(super) fn stream_closed(&self, token: u32) {
        let Some((link, remembered)) = self.watched() else { return };
        if let Some(number) = link.closed(token) {
            remembered.on_closed(&Envoy, number);
        }
    }

    /// The root context is called back for a queue.
    pub(super) fn rung(&self, queue: u32) {
        if let Some(link) = &self.link {
            link.rung(queue);
        }
    }

    /// The plug-in goes. Envoy would keep its timer.
    pub(super) fn leave(&self) {
        self.set_timer(Duration::ZERO);
        let _ = hostcalls::set_effective_context(self.root);
    }

    fn watched(&self) -> Option<(&Link, &RememberedHere)> {
        Some((self.link.as_ref()?, self.service.store().remembered()?))
    }

    fn keep_watch(self: &Rc<Self>) {
        if self.watched().is_some_and(|(_, remembered)| remembered.is_due(&Envoy)) {
            let worker = Rc::clone(self);
            self.waiting.begin(Box::pin(async move {
                if let Some((link, remembered)) = worker.watched() {
                    remembered.work(link, &Envoy).await;
                }
            }));
        }
    }

    /// Whether something can be done at once.
    fn wants_turn(&self) -> bool {
        self.waiting.has_woken() || self.link.as_ref().is_some_and(Link::has_work)
    }

    fn set_timer(&self, period: Duration) {
        if self.period.replace(period) != period {
            // The timer belongs to the context that is in effect.
            let _ = hostcalls::set_effective_context(self.root);
            let _ = hostcalls::set_tick_period(period);
        }
    }
}
