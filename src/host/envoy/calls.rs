//! Calls by gRPC.
//!
//! The SDK hands a reply to the context in whose callback the call was made, and drops it if that context is gone by
//! then, as a request's can be at any time. So calls are put into an outbox, and made in callbacks of the root context.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use proxy_wasm::hostcalls;

use super::cluster::{Cluster, Method};
use crate::map::Numbered;
use crate::store::etcd::CallError;

/// The calls that are not over.
#[derive(Default)]
pub(super) struct Calls {
    outbox: RefCell<Vec<Outgoing>>,
    under_way: RefCell<Numbered<Rc<Slot>>>,
}

struct Outgoing {
    method: Method,
    message: Vec<u8>,
    timeout: Duration,
    slot: Rc<Slot>,
}

/// Where a reply is put, and who waits for it.
#[derive(Default)]
struct Slot {
    reply: Cell<Option<Result<Vec<u8>, CallError>>>,
    waker: Cell<Option<Waker>>,
}

impl Slot {
    fn fill(&self, reply: Result<Vec<u8>, CallError>) {
        self.reply.set(Some(reply));
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Calls {
    /// Calls `method` with `message`, soon. The call may take so long, of which what is less than a millisecond does
    /// not count.
    pub(super) fn call(&self, method: Method, message: Vec<u8>, timeout: Duration) -> Reply {
        let slot = Rc::new(Slot::default());
        let outgoing = Outgoing { method, message, timeout, slot: Rc::clone(&slot) };
        self.outbox.borrow_mut().push(outgoing);
        Reply(slot)
    }

    /// Whether calls are to be made.
    pub(super) fn has_outgoing(&self) -> bool {
        !self.outbox.borrow().is_empty()
    }

    /// Makes the calls. Only in a callback of the root context, and while that is in effect.
    pub(super) fn make(&self, cluster: &Cluster) {
        for Outgoing { method, message, timeout, slot } in self.outbox.take() {
            if Rc::strong_count(&slot) == 1 {
                // Nobody waits for it any more.
                continue;
            }
            let Method { service, name } = method;
            let message = Some(message.as_slice());
            let to = cluster.service();
            match hostcalls::dispatch_grpc_call(to, service, name, Vec::new(), message, timeout) {
                Ok(token) => {
                    self.under_way.borrow_mut().insert(token.into(), slot);
                }
                Err(status) => slot.fill(Err(cluster.not_called(status))),
            }
        }
    }

    /// Hands on what came of the call with this `token`: a status of gRPC, and with 0 the reply that `read` gives.
    pub(super) fn answered(&self, token: u32, status: u32, read: impl FnOnce() -> Vec<u8>) {
        let Some(slot) = self.under_way.borrow_mut().remove(token.into()) else { return };
        slot.fill(match status {
            0 => Ok(read()),
            status => Err(CallError::of_status(status)),
        });
    }
}

/// A reply that is still to come.
pub(super) struct Reply(Rc<Slot>);

impl Future for Reply {
    type Output = Result<Vec<u8>, CallError>;

    fn poll(self: Pin<&mut Self>, context: &mut std::task::Context<'_>) -> Poll<Self::Output> {
        match self.0.reply.take() {
            Some(reply) => Poll::Ready(reply),
            None => {
                self.0.waker.set(Some(context.waker().clone()));
                Poll::Pending
            }
        }
    }
}
