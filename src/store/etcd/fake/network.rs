//! What becomes of calls on their way.

use std::cell::{Cell, RefCell, RefMut};
use std::rc::Rc;

use super::State;
use crate::store::etcd::message::{RangeRequest, RangeResponse, TxnRequest, TxnResponse};
use crate::store::etcd::{CallError, Client};
use crate::store::suite::{Seeded, pause};

/// What the network does to calls.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::store::etcd) struct Faults {
    /// Every call waits once before it is carried out and once before it is answered.
    pub(in crate::store::etcd) pauses: bool,
    /// In a hundred calls, how many get no answer: carried out, carried out late, twice, or not at all.
    pub(in crate::store::etcd) losses: usize,
    /// In a hundred calls, how many are answered only after a long while.
    pub(in crate::store::etcd) stalls: usize,
    /// In a thousand calls, before how many etcd is compacted.
    pub(in crate::store::etcd) compactions: usize,
}

/// Calls since the counters were reset, and what was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::store::etcd) struct Calls {
    pub(in crate::store::etcd) reads: usize,
    pub(in crate::store::etcd) writes: usize,
    /// Keys that etcd looked at.
    pub(in crate::store::etcd) walked: usize,
}

/// An etcd and the network around it.
#[derive(Debug)]
pub(in crate::store::etcd) struct Cluster {
    state: RefCell<State>,
    pub(in crate::store::etcd) faults: Cell<Faults>,
    calls: Cell<Calls>,
    /// Transactions that were sent and have not arrived.
    late: RefCell<Vec<TxnRequest>>,
    random: Seeded,
}

impl Cluster {
    pub(in crate::store::etcd) fn new(seed: u64) -> Rc<Self> {
        Rc::new(Self {
            state: RefCell::default(),
            faults: Cell::default(),
            calls: Cell::default(),
            late: RefCell::default(),
            random: Seeded::new(seed),
        })
    }

    /// A look at etcd past the network.
    pub(in crate::store::etcd) fn state(&self) -> RefMut<'_, State> {
        self.state.borrow_mut()
    }

    /// What was called while `future` ran.
    pub(in crate::store::etcd) async fn counting<T>(
        &self,
        future: impl Future<Output = T>,
    ) -> (T, Calls) {
        self.calls.set(Calls::default());
        let before = self.state().walked();
        let output = future.await;
        let walked = self.state().walked() - before;
        (output, Calls { walked, ..self.calls.get() })
    }

    /// From here on nothing is lost, and all that was sent has arrived.
    pub(in crate::store::etcd) fn settle(&self) {
        self.faults.set(Faults::default());
        while !self.late.borrow().is_empty() {
            self.arrive();
        }
    }

    /// Lets a transaction arrive that was sent long ago.
    fn arrive(&self) {
        let count = self.late.borrow().len();
        if count > 0 {
            let request = self.late.borrow_mut().swap_remove(self.random.below(count));
            drop(self.state().txn(&request));
        }
    }

    async fn travel(&self) {
        let faults = self.faults.get();
        if faults.pauses {
            pause().await;
        }
        if self.random.chance(10) {
            self.arrive();
        }
        if self.random.below(1000) < faults.compactions {
            let revision = self.state().revision();
            self.state().compact(revision - self.random.below(3) as i64);
        }
        let stall = if self.random.chance(faults.stalls) { 100 } else { 0 };
        for _ in 0..stall {
            pause().await;
        }
    }

    fn loses(&self) -> bool {
        self.random.chance(self.faults.get().losses)
    }

    fn count(&self, writes: bool) {
        let mut calls = self.calls.get();
        if writes {
            calls.writes += 1;
        } else {
            calls.reads += 1;
        }
        self.calls.set(calls);
    }
}

/// A transaction on its way: if its sender dies, it may arrive, now or later, or be lost.
struct Sent<'c>(&'c Cluster, Option<TxnRequest>);

impl Sent<'_> {
    fn delay(&mut self) {
        self.0.late.borrow_mut().extend(self.1.take());
    }
}

impl Drop for Sent<'_> {
    fn drop(&mut self) {
        let Some(request) = self.1.take() else { return };
        match self.0.random.below(3) {
            0 => drop(self.0.state().txn(&request)),
            1 => self.0.late.borrow_mut().push(request),
            _ => {}
        }
    }
}

/// A VM's way to a [`Cluster`].
#[derive(Clone, Debug)]
pub(in crate::store::etcd) struct Connection(pub(in crate::store::etcd) Rc<Cluster>);

fn lost<T>() -> Result<T, CallError> {
    Err(CallError::Lost("the fake network lost it".to_owned()))
}

impl Client for Connection {
    async fn range(&self, request: RangeRequest) -> Result<RangeResponse, CallError> {
        self.0.travel().await;
        let answer = self.0.state().range(&request);
        self.0.count(false);
        self.0.travel().await;
        if self.0.loses() { lost() } else { answer }
    }

    async fn txn(&self, request: TxnRequest) -> Result<TxnResponse, CallError> {
        let cluster = &*self.0;
        let writes = !request.failure.is_empty();
        let mut sent = Sent(cluster, Some(request.clone()));
        cluster.travel().await;
        let answer = if cluster.loses() {
            match cluster.random.below(5) {
                0 => sent.1 = None,
                1 => sent.delay(),
                2 => {
                    drop(cluster.state().txn(&request));
                    sent.delay();
                }
                3 => {
                    // A second copy is answered in place of the first.
                    drop(cluster.state().txn(&request));
                    sent.1 = None;
                    let answer = cluster.state().txn(&request);
                    cluster.travel().await;
                    return answer;
                }
                _ => {
                    sent.1 = None;
                    drop(cluster.state().txn(&request));
                }
            }
            lost()
        } else {
            sent.1 = None;
            cluster.state().txn(&request)
        };
        cluster.count(writes);
        cluster.travel().await;
        answer
    }
}
