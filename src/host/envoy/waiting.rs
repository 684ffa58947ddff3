//! Operations that could not be finished at once. They are polled from the root context's timer.
//!
//! With shared data that is an operation which met other commits again and again and lets them go first.

use std::cell::RefCell;
use std::pin::Pin;
use std::task::{Poll, Waker};
use std::time::Duration;

use proxy_wasm::hostcalls;

/// An operation, with all that is to be done at its end.
pub(super) type Operation = Pin<Box<dyn Future<Output = ()>>>;

/// Polls `operation` once. `None`: it is finished.
pub(super) fn poll_once(mut operation: Operation) -> Option<Operation> {
    let mut context = std::task::Context::from_waker(Waker::noop());
    match operation.as_mut().poll(&mut context) {
        Poll::Ready(()) => None,
        Poll::Pending => Some(operation),
    }
}

/// The operations of one worker that wait.
pub(super) struct Waiting {
    root: u32,
    period: Duration,
    operations: RefCell<Vec<Operation>>,
}

impl Waiting {
    /// Nothing waits yet; what does will be polled by the timer of the root context `root`.
    pub(super) fn new(root: u32, period: Duration) -> Self {
        Self { root, period, operations: RefCell::default() }
    }

    /// Keeps `operation` until it is finished.
    pub(super) fn keep(&self, operation: Operation) {
        self.operations.borrow_mut().push(operation);
        self.set_timer(self.period);
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.operations.borrow().is_empty()
    }

    /// Polls all of them once.
    pub(super) fn poll(&self) {
        // Polled outside the borrow: an operation may keep others.
        let operations = self.operations.take();
        let mut rest: Vec<Operation> = operations.into_iter().filter_map(poll_once).collect();
        let mut kept = self.operations.borrow_mut();
        rest.append(&mut kept);
        *kept = rest;
        if kept.is_empty() {
            self.set_timer(Duration::ZERO);
        }
    }

    fn set_timer(&self, period: Duration) {
        // The timer belongs to the context that is in effect.
        let _ = hostcalls::set_effective_context(self.root);
        let _ = hostcalls::set_tick_period(period);
    }
}

/// Pending at the first poll, ready at the next.
#[derive(Debug, Default)]
pub(super) struct YieldOnce {
    yielded: bool,
}

impl Future for YieldOnce {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut std::task::Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.yielded, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}
