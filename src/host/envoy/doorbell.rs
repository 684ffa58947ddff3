//! Gets a callback of the root context soon after one of a request.
//!
//! A timer would take a millisecond at the least. A queue of the host calls back whoever has registered it in the next
//! turn of the worker's event loop, whatever is put into it.

use std::cell::Cell;

use proxy_wasm::hostcalls;

use crate::host::Entropy;

/// A queue that nothing is ever taken from this side for but the callback.
pub(super) struct Doorbell {
    queue: u32,
    rung: Cell<bool>,
}

impl Doorbell {
    /// A doorbell for the root context that is in effect. `None`: the host has no queues.
    pub(super) fn new(entropy: &impl Entropy) -> Option<Self> {
        // Of this worker alone: a queue that is registered again calls back the last one who did.
        let mut name = [0; 16];
        entropy.fill(&mut name);
        let name = format!("scim-edge/{}", hex::encode(name));
        let queue = hostcalls::register_shared_queue(&name).ok()?;
        Some(Self { queue, rung: Cell::new(false) })
    }

    /// Has the root context called back, once for however many rings.
    pub(super) fn ring(&self) {
        if !self.rung.replace(true) {
            let _ = hostcalls::enqueue_shared_queue(self.queue, Some(b"1"));
        }
    }

    /// The root context is called back for the queue `queue`.
    pub(super) fn answered(&self, queue: u32) {
        if queue == self.queue {
            self.rung.set(false);
            while let Ok(Some(_)) = hostcalls::dequeue_shared_queue(queue) {}
        }
    }
}
