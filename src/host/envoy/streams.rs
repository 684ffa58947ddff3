//! Streams of gRPC that live for long. Like [calls](super::calls) they are opened in callbacks of the root context.

use std::cell::RefCell;

use proxy_wasm::hostcalls;

use super::cluster::{Cluster, Method};

/// The streams of one worker, by the numbers that whoever wants them has given them.
#[derive(Default)]
pub(super) struct Streams {
    wishes: RefCell<Vec<Wish>>,
    open: RefCell<Vec<Open>>,
}

enum Wish {
    Open { number: u64, method: Method, message: Vec<u8> },
    Close { number: u64 },
}

#[derive(Clone, Copy)]
struct Open {
    number: u64,
    token: u32,
}

impl Streams {
    /// Opens a stream of `method` that begins with `message`, soon.
    pub(super) fn open(&self, number: u64, method: Method, message: Vec<u8>) {
        self.wishes.borrow_mut().push(Wish::Open { number, method, message });
    }

    /// Closes a stream, soon.
    pub(super) fn close(&self, number: u64) {
        self.wishes.borrow_mut().push(Wish::Close { number });
    }

    /// Whether streams are to be opened or closed.
    pub(super) fn has_wishes(&self) -> bool {
        !self.wishes.borrow().is_empty()
    }

    /// Opens and closes what is to be, and gives the numbers of those that could not be opened. Only in a callback of
    /// the root context, and while that is in effect.
    pub(super) fn carry_out(&self, cluster: &Cluster) -> Vec<u64> {
        let mut failed = Vec::new();
        for wish in self.wishes.take() {
            match wish {
                Wish::Open { number, method, message } => match begin(cluster, method, &message) {
                    Some(token) => self.open.borrow_mut().push(Open { number, token }),
                    None => failed.push(number),
                },
                Wish::Close { number } => {
                    if let Some(open) = self.take(|open| open.number == number) {
                        let _ = hostcalls::cancel_grpc_stream(open.token);
                    }
                }
            }
        }
        failed
    }

    /// The number of the stream with this `token`.
    pub(super) fn number(&self, token: u32) -> Option<u64> {
        self.open.borrow().iter().find(|open| open.token == token).map(|open| open.number)
    }

    /// The other side has closed the stream with this `token`. Gives its number. Only in the callback that says so.
    pub(super) fn closed(&self, token: u32) -> Option<u64> {
        // Else Envoy keeps a pointer to what it is about to free, and follows it when the plug-in goes.
        let _ = hostcalls::cancel_grpc_stream(token);
        self.take(|open| open.token == token).map(|open| open.number)
    }

    fn take(&self, is_wanted: impl Fn(&Open) -> bool) -> Option<Open> {
        let mut all = self.open.borrow_mut();
        let at = all.iter().position(is_wanted)?;
        Some(all.swap_remove(at))
    }
}

/// The token of a new stream.
fn begin(cluster: &Cluster, method: Method, message: &[u8]) -> Option<u32> {
    let Method { service, name } = method;
    let to = cluster.service();
    let token = hostcalls::open_grpc_stream(to, service, name, Vec::new()).ok()?;
    if hostcalls::send_grpc_stream_message(token, Some(message), false).is_ok() {
        return Some(token);
    }
    let _ = hostcalls::cancel_grpc_stream(token);
    None
}
