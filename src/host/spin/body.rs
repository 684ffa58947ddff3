//! A body on its way in. What is not read is not sent: the sender waits.

use spin_sdk::wasip3::http::types::{ErrorCode, Request, Trailers};
use spin_sdk::wasip3::wit_future;
use spin_sdk::wit_bindgen::{FutureReader, FutureWriter, StreamReader, StreamResult};

use crate::service::{Upload, UploadError};

/// How many bytes are read at once at the most.
const PART_BYTES: usize = 64 * 1024;

/// The body of a request.
pub(super) struct Incoming {
    parts: StreamReader<u8>,
    end: Option<FutureReader<Result<Option<Trailers>, ErrorCode>>>,
    /// Tells the sender, when it goes, that all is well.
    _taken: FutureWriter<Result<(), ErrorCode>>,
}

impl Incoming {
    /// The body of `request`, of which nothing else can be asked any more.
    pub(super) fn of(request: Request) -> Self {
        let (taken, outcome) = wit_future::new(|| Ok(()));
        let (parts, end) = Request::consume_body(request, outcome);
        Self { parts, end: Some(end), _taken: taken }
    }

    /// The next part; `None` at the end.
    async fn part(&mut self) -> Result<Option<Vec<u8>>, ErrorCode> {
        loop {
            let (result, part) = self.parts.read(Vec::with_capacity(PART_BYTES)).await;
            if !part.is_empty() {
                return Ok(Some(part));
            }
            match (result, self.end.take()) {
                (StreamResult::Complete(_), end) => self.end = end,
                (StreamResult::Dropped | StreamResult::Cancelled, Some(end)) => {
                    return end.await.map(|_| None);
                }
                (StreamResult::Dropped | StreamResult::Cancelled, None) => return Ok(None),
            }
        }
    }

    /// Its first part; `None` where there is no body.
    pub(super) async fn first(&mut self) -> Result<Option<Vec<u8>>, ErrorCode> {
        self.part().await
    }

    /// All of it, behind the part that was read; `None` if it is longer than `limit`.
    pub(super) async fn collect(
        &mut self,
        first: Vec<u8>,
        limit: usize,
    ) -> Result<Option<Vec<u8>>, ErrorCode> {
        let mut whole = first;
        while whole.len() <= limit {
            match self.part().await? {
                Some(part) => whole.extend(part),
                None => return Ok(Some(whole)),
            }
        }
        Ok(None)
    }
}

impl Upload for Incoming {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, UploadError> {
        self.part().await.map_err(|_| UploadError::Gone)
    }

    /// Nothing: the sender waits.
    fn waiting(&self) -> usize {
        0
    }
}
