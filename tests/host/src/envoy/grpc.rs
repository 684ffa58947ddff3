//! The calls and streams by gRPC of one VM.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use prost::Message;
use scim_edge::store::etcd::message::{Watch, WatchCreateRequest, WatchRequest, WatchResponse};

use super::etcd::{Etcd, UNAVAILABLE};
use super::pause;
use super::weather::{Journey, News, Weather};
use super::world::World;

/// What is under way.
#[derive(Debug, Default)]
pub(super) struct Grpc {
    last: u32,
    calls: Vec<Call>,
    streams: BTreeMap<u32, Stream>,
    /// Streams that the other side has closed, and the module has not cancelled.
    left: BTreeSet<u32>,
    received: Option<Vec<u8>>,
    status: u32,
}

/// A call that is not answered.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) token: u32,
    context: u32,
    etcd: Arc<Etcd>,
    method: String,
    message: Vec<u8>,
    deadline: u64,
}

/// A stream that watches.
#[derive(Debug)]
struct Stream {
    context: u32,
    etcd: Arc<Etcd>,
    wanted: Option<Wanted>,
}

#[derive(Debug)]
struct Wanted {
    key: Vec<u8>,
    range_end: Vec<u8>,
    next: i64,
    is_told: bool,
}

/// Something that a VM is called back for.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) token: u32,
    pub(super) context: u32,
    /// A message, or the status with which it is over.
    pub(super) brings: Result<Vec<u8>, u32>,
}

impl Grpc {
    fn token(&mut self) -> u32 {
        self.last = self.last.saturating_add(1);
        self.last
    }

    pub(super) fn call(
        &mut self,
        context: u32,
        etcd: Arc<Etcd>,
        method: String,
        message: Vec<u8>,
        deadline: u64,
    ) -> u32 {
        let token = self.token();
        self.calls.push(Call { token, context, etcd, method, message, deadline });
        token
    }

    pub(super) fn open(&mut self, context: u32, etcd: Arc<Etcd>) -> u32 {
        let token = self.token();
        self.streams.insert(token, Stream { context, etcd, wanted: None });
        token
    }

    /// False: there is no such stream, or it does not understand the message.
    pub(super) fn send(&mut self, token: u32, message: &[u8]) -> bool {
        let Some(stream) = self.streams.get_mut(&token) else { return false };
        match WatchRequest::decode(message) {
            Ok(WatchRequest { request: Some(Watch::Create(request)) }) => {
                let WatchCreateRequest { key, range_end, start_revision, .. } = request;
                let next = match start_revision {
                    0 => stream.etcd.header().revision.saturating_add(1),
                    given => given,
                };
                stream.wanted = Some(Wanted { key, range_end, next, is_told: false });
                true
            }
            _ => false,
        }
    }

    pub(super) fn is_open(&self, token: u32) -> bool {
        self.streams.contains_key(&token)
    }

    /// False: there is neither a call nor a stream.
    pub(super) fn cancel(&mut self, token: u32) -> bool {
        let calls = self.calls.len();
        self.calls.retain(|call| call.token != token);
        let was_left = self.left.remove(&token);
        self.streams.remove(&token).is_some() || was_left || self.calls.len() < calls
    }

    /// All that belongs to `context` ends with it. Gives the streams that Envoy would follow into freed memory.
    pub(super) fn end(&mut self, context: u32) -> usize {
        self.calls.retain(|call| call.context != context);
        self.streams.retain(|_, stream| stream.context != context);
        self.left.len()
    }

    /// What came with the callback that is being made.
    pub(super) fn received(&self) -> Option<Vec<u8>> {
        self.received.clone()
    }

    pub(super) fn status(&self) -> u32 {
        self.status
    }

    /// Takes out the first call.
    pub(super) fn take_call(&mut self) -> Option<Call> {
        (!self.calls.is_empty()).then(|| self.calls.remove(0))
    }

    /// What a stream brings now.
    pub(super) fn news(&mut self, weather: &dyn Weather) -> Option<Delivery> {
        let (token, context, brings) =
            self.streams.iter_mut().find_map(|(token, stream)| match weather.news() {
                News::Delayed => None,
                News::Breaks => Some((*token, stream.context, Err(UNAVAILABLE))),
                News::Arrives => stream.message().map(|message| (*token, stream.context, message)),
            })?;
        if brings.is_err() {
            self.streams.remove(&token);
            self.left.insert(token);
        }
        Some(Delivery { token, context, brings })
    }

    /// A callback begins that is about this.
    pub(super) fn show(&mut self, brings: &Result<Vec<u8>, u32>) {
        match brings {
            Ok(message) => self.received = Some(message.clone()),
            Err(status) => self.status = *status,
        }
    }

    /// The callback is over.
    pub(super) fn hide(&mut self) {
        self.received = None;
    }
}

impl Call {
    /// Makes the call.
    pub(super) async fn make(self, world: &World) -> Delivery {
        let Self { token, context, etcd, method, message, deadline } = self;
        let weather = world.weather();
        if weather.late_arrives() {
            etcd.arrive();
        }
        let lost = |etcd: &Etcd, arrives: bool, again: bool| {
            if arrives {
                // The answer is what is lost.
                let _ = etcd.call(&method, &message);
            }
            if again {
                etcd.delay(&method, &message);
            }
            Err(UNAVAILABLE)
        };
        let brings = match weather.journey() {
            Journey::Answered(turns) => {
                pause(turns).await;
                let answer = etcd.call(&method, &message);
                pause(turns).await;
                answer
            }
            Journey::Lost => lost(&etcd, false, false),
            Journey::AnswerLost => lost(&etcd, true, false),
            Journey::ArrivesLate => lost(&etcd, false, true),
            Journey::ArrivesTwice => lost(&etcd, true, true),
        };
        if brings == Err(UNAVAILABLE) {
            world.pass_until(deadline);
        }
        Delivery { token, context, brings }
    }
}

impl Stream {
    /// What there is to say, or the status with which it is over.
    fn message(&mut self) -> Option<Result<Vec<u8>, u32>> {
        let wanted = self.wanted.as_mut()?;
        let header = Some(self.etcd.header());
        let events = match self.etcd.events_since(wanted.next) {
            Ok(events) => events,
            Err(compact_revision) => {
                self.wanted = None;
                let message = WatchResponse {
                    header,
                    canceled: true,
                    compact_revision,
                    ..Default::default()
                };
                return Some(Ok(message.encode_to_vec()));
            }
        };
        if !std::mem::replace(&mut wanted.is_told, true) {
            let message = WatchResponse { header, created: true, ..Default::default() };
            return Some(Ok(message.encode_to_vec()));
        }
        let events: Vec<_> = events
            .into_iter()
            .filter(|event| event.kv.as_ref().is_some_and(|kv| wanted.holds(&kv.key)))
            .collect();
        wanted.next = events.last()?.kv.as_ref()?.mod_revision.saturating_add(1);
        let message = WatchResponse { header, events, ..Default::default() };
        Some(Ok(message.encode_to_vec()))
    }
}

impl Wanted {
    fn holds(&self, key: &[u8]) -> bool {
        match &*self.range_end {
            [] => key == self.key,
            [0] => key >= &*self.key,
            end => key >= &*self.key && key < end,
        }
    }
}
