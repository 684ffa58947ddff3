//! A body that is read while it arrives: each part is taken out of Envoy's buffer, so that Envoy holds nothing of it.
//!
//! The operation that reads belongs to the root, as all that wait. It is polled in the callback that brings a part: what
//! does not have to wait is done in there, and so the sender is not faster than the work.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Poll, Waker};

use proxy_wasm::hostcalls;
use proxy_wasm::types::BufferType;

use super::request;
use crate::service::{Upload, UploadError, WAITING_MAX};

/// How many bytes are handed over at once at the most.
const PART_BYTES: usize = 256 * 1024;

/// What has arrived of a body and was not read.
#[derive(Debug, Default)]
pub(super) struct Pipe(RefCell<State>);

#[derive(Debug, Default)]
struct State {
    parts: VecDeque<Vec<u8>>,
    waiting: usize,
    end: Option<Result<(), UploadError>>,
    /// Nobody reads any more.
    closed: bool,
    reader: Option<Waker>,
}

impl Pipe {
    /// Takes the `size` bytes that Envoy holds, in the stream's own callback.
    pub(super) fn take(&self, size: usize, end_of_stream: bool) {
        if size > 0 {
            let bytes = request::read_body(size);
            if !bytes.is_empty() {
                let _ = hostcalls::set_buffer(BufferType::HttpRequestBody, 0, size, &[]);
            }
            self.push(&bytes);
        }
        if end_of_stream {
            self.end(Ok(()));
        }
    }

    fn push(&self, bytes: &[u8]) {
        let mut state = self.0.borrow_mut();
        if state.closed || state.end.is_some() {
            return;
        }
        state.waiting += bytes.len();
        state.parts.extend(bytes.chunks(PART_BYTES).map(<[u8]>::to_vec));
        if state.waiting > WAITING_MAX {
            state.parts.clear();
            state.end = Some(Err(UploadError::TooFast));
        }
        state.wake();
    }

    /// Nothing more will arrive.
    pub(super) fn end(&self, how: Result<(), UploadError>) {
        let mut state = self.0.borrow_mut();
        state.end.get_or_insert(how);
        state.wake();
    }
}

impl State {
    fn wake(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

/// Reads a [`Pipe`].
#[derive(Debug)]
pub(super) struct Reader(pub(super) Rc<Pipe>);

impl Upload for Reader {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, UploadError> {
        std::future::poll_fn(|context| {
            let mut state = self.0.0.borrow_mut();
            // A client that has hung up will not be told what became of the part that it sent.
            if state.end == Some(Err(UploadError::Gone)) {
                return Poll::Ready(Err(UploadError::Gone));
            }
            if let Some(part) = state.parts.pop_front() {
                state.waiting = state.waiting.saturating_sub(part.len());
                return Poll::Ready(Ok(Some(part)));
            }
            match state.end {
                Some(end) => Poll::Ready(end.map(|()| None)),
                None => {
                    state.reader = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }

    fn waiting(&self) -> usize {
        self.0.0.borrow().waiting
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut state = self.0.0.borrow_mut();
        state.closed = true;
        state.parts.clear();
    }
}
