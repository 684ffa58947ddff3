//! Nodes with several VMs each on one etcd, all made up: each VM's clock goes a little wrong, streams come late, break or
//! fall silent, and etcd is compacted.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use prost::Message as _;

use super::shared::Shared;
use crate::host::{Clock, Entropy, Host, Level, Log, Timestamp};
use crate::store::etcd::fake::{Cluster, Connection};
use crate::store::etcd::message::{
    Watch as WatchUnion, WatchCreateRequest, WatchRequest, WatchResponse,
};
use crate::store::etcd::remembered::slots::Slots;
use crate::store::etcd::{EtcdOptions, EtcdStore, Layout, Memory, Remembered, WatchHost};
use crate::store::suite::{Seeded, pause};
use crate::store::{Receipt, Store, StoreError};

pub(super) const REMEMBER: Duration = Duration::from_millis(40);
pub(super) const PREFIX: &str = "/scim-edge/";

/// The engine with one memory or another.
pub(super) type EngineWith<M> = EtcdStore<Connection, VmHost, M>;

pub(super) type Engine = EngineWith<Remembered<Rc<Shared>, Streams>>;

/// What happens to streams, in a thousand looks at each.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weather {
    /// They bring nothing this time.
    pub(super) delays: usize,
    pub(super) breaks: usize,
    /// They stay open and never bring anything again.
    pub(super) silences: usize,
    pub(super) compactions: usize,
}

/// A change of a key, as etcd has carried it out. `None`: it was deleted.
pub(super) type Fact = (i64, String, Option<String>);

/// etcd, the time, and all that ever happened.
#[derive(Debug)]
pub(super) struct World {
    pub(super) cluster: Rc<Cluster>,
    pub(super) random: Seeded,
    pub(super) weather: Cell<Weather>,
    time: Cell<Duration>,
    /// All changes, those that etcd has compacted too.
    facts: RefCell<Vec<Fact>>,
    known: Cell<i64>,
    /// From when on etcd was at which revision.
    revisions: RefCell<Vec<(Duration, i64)>>,
}

impl World {
    pub(super) fn new(seed: u64) -> Rc<Self> {
        Rc::new(Self {
            cluster: Cluster::new(seed),
            random: Seeded::new(seed),
            weather: Cell::default(),
            time: Cell::new(Duration::from_secs(1000)),
            facts: RefCell::default(),
            known: Cell::default(),
            revisions: RefCell::default(),
        })
    }

    pub(super) fn time(&self) -> Duration {
        self.time.get()
    }

    pub(super) fn pass(&self, time: Duration) {
        self.look();
        self.time.set(self.time.get() + time);
    }

    /// Takes down what has happened.
    pub(super) fn look(&self) {
        let state = self.cluster.state();
        let revision = state.revision();
        if revision == self.known.get() {
            return;
        }
        let data = format!("{PREFIX}data/");
        for event in state.events_since(self.known.get() + 1).unwrap() {
            let kv = event.kv.unwrap();
            let Some(key) = std::str::from_utf8(&kv.key).unwrap().strip_prefix(&data) else {
                continue;
            };
            let value = (event.kind == 0).then(|| String::from_utf8(kv.value).unwrap());
            self.facts.borrow_mut().push((kv.mod_revision, key.to_owned(), value));
        }
        self.known.set(revision);
        self.revisions.borrow_mut().push((self.time(), revision));
    }

    pub(super) fn facts(&self) -> Vec<Fact> {
        self.look();
        self.facts.borrow().clone()
    }

    /// etcd's revision now.
    pub(super) fn revision(&self) -> i64 {
        self.cluster.state().revision()
    }

    /// etcd's revision at a time.
    pub(super) fn revision_at(&self, time: Duration) -> i64 {
        let revisions = self.revisions.borrow();
        let before = revisions.partition_point(|(from, _)| *from <= time);
        before.checked_sub(1).map_or(0, |last| revisions[last].1)
    }

    fn happens(&self, per_thousand: usize) -> bool {
        self.random.below(1000) < per_thousand
    }

    /// A VM of the node with these shared data, with `slots` slots.
    pub(super) fn vm(self: &Rc<Self>, node: &Rc<Shared>, slots: u64) -> Rc<Vm> {
        self.vm_that_remembers(node, slots, REMEMBER)
    }

    pub(super) fn vm_that_remembers(
        self: &Rc<Self>,
        node: &Rc<Shared>,
        slots: u64,
        remember: Duration,
    ) -> Rc<Vm> {
        let stream = Rc::new(RefCell::new(None));
        let slots = Slots::with_count(Rc::clone(node), "etcd".to_owned(), slots);
        let changes = format!("{PREFIX}changes").into_bytes();
        let streams = Streams(Rc::clone(&stream));
        let memory = Remembered::with_slots(slots, streams, changes, remember);
        let engine = self.engine(memory, remember);
        Rc::new(Vm { engine, world: Rc::clone(self), stream })
    }

    /// An engine with this `memory`, beside nodes that remember for the time `remember`.
    pub(super) fn engine<M: Memory>(
        self: &Rc<Self>,
        memory: M,
        remember: Duration,
    ) -> EngineWith<M> {
        let host = VmHost {
            world: Rc::clone(self),
            random: Seeded::new(self.random.next()),
            began: self.time(),
            rate: 950 + self.random.below(101) as u32,
        };
        let options = EtcdOptions {
            prefix: PREFIX.to_owned(),
            max_request_bytes: 1024 * 1024,
            remember,
            patience: Duration::from_secs(3),
            layout: Layout::default(),
        };
        let client = Connection(Rc::clone(&self.cluster));
        EtcdStore::with_memory(client, host, memory, options)
    }
}

/// A host whose clock goes at a rate of its own.
#[derive(Debug)]
pub(super) struct VmHost {
    world: Rc<World>,
    random: Seeded,
    began: Duration,
    /// In thousandths.
    rate: u32,
}

impl Clock for VmHost {
    fn now(&self) -> Timestamp {
        Timestamp(0)
    }

    fn uptime(&self) -> Duration {
        (self.world.time() - self.began) * self.rate / 1000
    }
}

impl Entropy for VmHost {
    fn fill(&self, bytes: &mut [u8]) {
        self.random.fill(bytes);
    }
}

impl Log for VmHost {
    fn log(&self, _level: Level, _line: &str) {}
}

impl Host for VmHost {
    async fn pause(&self) {
        self.world.pass(Duration::from_millis(1));
        pause().await;
    }
}

/// A stream that a VM has open.
#[derive(Debug)]
struct Stream {
    number: u64,
    next: i64,
    created: bool,
    silent: bool,
}

/// The one stream of a VM.
#[derive(Debug)]
pub(super) struct Streams(Rc<RefCell<Option<Stream>>>);

impl WatchHost for Streams {
    fn open(&self, number: u64, request: Vec<u8>) {
        let request = WatchRequest::decode(&*request).unwrap().request;
        let Some(WatchUnion::Create(WatchCreateRequest { key, start_revision, .. })) = request
        else {
            panic!("{request:?}");
        };
        assert_eq!(key, format!("{PREFIX}changes").into_bytes());
        let stream = Stream { number, next: start_revision, created: false, silent: false };
        self.0.replace(Some(stream));
    }

    fn close(&self, number: u64) {
        self.0.borrow_mut().take_if(|stream| stream.number == number);
    }
}

/// A VM with its stream.
pub(super) struct Vm {
    pub(super) engine: Engine,
    world: Rc<World>,
    stream: Rc<RefCell<Option<Stream>>>,
}

impl Store for Rc<Vm> {
    type Transaction<'s> = <Engine as Store>::Transaction<'s>;

    async fn begin(&self) -> Result<Self::Transaction<'_>, StoreError> {
        self.engine.begin().await
    }

    async fn settle(&self, receipt: Receipt) {
        self.engine.settle(receipt).await;
    }
}

impl Vm {
    fn clock(&self) -> &VmHost {
        self.engine.host()
    }

    /// Lets the network do something with the stream, and the VM what is to be done then.
    pub(super) async fn go_on(&self) {
        let (world, weather) = (&self.world, self.world.weather.get());
        if world.happens(weather.compactions) {
            world.look();
            let revision = world.revision() - world.random.below(3) as i64;
            world.cluster.state().compact(revision);
        }
        if !world.happens(weather.delays) {
            self.network(weather);
        }
        let memory = self.engine.memory();
        if memory.is_due(self.clock()) {
            self.engine.watch().await;
        }
    }

    /// Whether it has a stream.
    pub(super) fn watches(&self) -> bool {
        self.stream.borrow().is_some()
    }

    /// All that is under way arrives, and is done.
    pub(super) async fn catch_up(&self) {
        for _ in 0..8 {
            self.network(Weather::default());
            self.engine.watch().await;
        }
    }

    fn network(&self, weather: Weather) {
        let Some(mut stream) = self.stream.take() else { return };
        let memory = self.engine.memory();
        if self.world.happens(weather.breaks) {
            return memory.on_closed(self.clock(), stream.number);
        }
        stream.silent |= self.world.happens(weather.silences);
        let number = stream.number;
        let message = if stream.silent { None } else { self.message(&mut stream) };
        if message.as_ref().is_none_or(|message| !message.canceled) {
            self.stream.replace(Some(stream));
        }
        if let Some(message) = message {
            memory.on_message(self.clock(), number, &message.encode_to_vec());
        }
    }

    fn message(&self, stream: &mut Stream) -> Option<WatchResponse> {
        let events = match self.world.cluster.state().events_since(stream.next) {
            Ok(events) => events,
            Err(compact_revision) => {
                return Some(WatchResponse {
                    canceled: true,
                    compact_revision,
                    ..WatchResponse::default()
                });
            }
        };
        if !std::mem::replace(&mut stream.created, true) {
            return Some(WatchResponse { created: true, ..WatchResponse::default() });
        }
        let key = format!("{PREFIX}changes").into_bytes();
        let events = events.into_iter().filter(|event| event.kv.as_ref().unwrap().key == key);
        let events: Vec<_> = events.take(1 + self.world.random.below(3)).collect();
        let last = events.last()?.kv.as_ref()?.mod_revision;
        stream.next = last + 1;
        Some(WatchResponse { events, ..WatchResponse::default() })
    }
}
