use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::{Entry, Failure, Store, Swap, SwapFailure, Turns};

/// What goes wrong with one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It takes longer.
    Delay(Duration),
    /// It is not carried out, and answered with this.
    Refuse(Failure),
    /// It is carried out, and answered with this.
    LoseAnswer(Failure),
    /// It is carried out, and answered with an error only after that time.
    TimeOut(Duration),
    /// It is not carried out, and never answered.
    Hang,
    /// It is carried out, and never answered.
    HangAfter,
    /// It is answered with this, and carried out only that much later.
    Late(Failure, Duration),
    /// The instance dies before it is carried out.
    Crash,
    /// The instance dies after it was carried out.
    CrashAfter,
}

impl Fault {
    /// What SQLite says when there is no more room.
    pub fn full() -> Self {
        Self::Refuse(Failure::Other("database or disk is full".to_owned()))
    }
}

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are those of the interface")]
pub enum Kind {
    Open,
    Get,
    Set,
    Delete,
    Exists,
    Keys,
    GetMany,
    SetMany,
    DeleteMany,
    Increment,
    CompareAndSwap,
    Current,
    Swap,
}

impl Kind {
    /// Whether it changes what is stored.
    pub fn writes(self) -> bool {
        matches!(
            self,
            Self::Set
                | Self::Delete
                | Self::SetMany
                | Self::DeleteMany
                | Self::Increment
                | Self::Swap
        )
    }
}

/// One call to a store.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// How many came before it, since the plan was made.
    pub number: u64,
    /// What it is for.
    pub kind: Kind,
    /// Its key, or the first one.
    pub key: &'a str,
}

type Plan = Box<dyn FnMut(&Call<'_>) -> Option<Fault> + Send>;

/// A store whose calls go wrong by a plan, which can be changed while it is in use. Clones are the same store.
#[derive(Clone)]
pub struct Faults(Arc<Inner>);

struct Inner {
    store: Arc<dyn Store>,
    calls: AtomicU64,
    plan: Mutex<Plan>,
    turns: Option<Arc<Turns>>,
}

impl Faults {
    /// A store without faults so far.
    pub fn on(store: impl Store) -> Self {
        Self::new(Arc::new(store), None)
    }

    /// The same, where each call also waits for its turn: before it is carried out, and before it is answered.
    pub fn in_turns(store: Arc<dyn Store>, turns: &Arc<Turns>) -> Self {
        Self::new(store, Some(Arc::clone(turns)))
    }

    fn new(store: Arc<dyn Store>, turns: Option<Arc<Turns>>) -> Self {
        let plan: Mutex<Plan> = Mutex::new(Box::new(|_| None));
        Self(Arc::new(Inner { store, calls: AtomicU64::new(0), plan, turns }))
    }

    /// From now on `plan` says what goes wrong; calls are counted from 0 again.
    pub fn plan(&self, plan: impl FnMut(&Call<'_>) -> Option<Fault> + Send + 'static) {
        let mut place = self.0.plan.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.calls.store(0, Ordering::Relaxed);
        *place = Box::new(plan);
    }

    /// From now on nothing goes wrong.
    pub fn clear(&self) {
        self.plan(|_| None);
    }

    /// How many calls there were since the plan was made.
    pub fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::Relaxed)
    }

    fn fault(&self, kind: Kind, key: &str) -> Option<Fault> {
        let mut plan = self.0.plan.lock().unwrap_or_else(PoisonError::into_inner);
        let number = self.0.calls.fetch_add(1, Ordering::Relaxed);
        plan(&Call { number, kind, key })
    }

    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.0.store)
    }

    async fn turn(&self, kind: Kind, key: &str) {
        if let Some(turns) = &self.0.turns {
            turns.wait(kind, key).await;
        }
    }

    async fn call<T: Send + 'static, E: From<Failure> + Send + 'static>(
        &self,
        kind: Kind,
        key: &str,
        work: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, E> {
        let fault = self.fault(kind, key);
        if let (Some(turns), Some(fault)) = (&self.0.turns, &fault) {
            turns.note(format_args!("{fault:?}"));
        }
        self.turn(kind, key).await;
        let answer = match fault {
            None => work.await,
            Some(Fault::Delay(time)) => {
                tokio::time::sleep(time).await;
                work.await
            }
            Some(Fault::Refuse(failure)) => Err(failure.into()),
            Some(Fault::LoseAnswer(failure)) => {
                work.await.ok();
                Err(failure.into())
            }
            Some(Fault::TimeOut(time)) => {
                work.await.ok();
                tokio::time::sleep(time).await;
                Err(Failure::Other("timed out".to_owned()).into())
            }
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::HangAfter) => {
                work.await.ok();
                std::future::pending().await
            }
            Some(Fault::Late(failure, time)) => {
                tokio::spawn(async move {
                    tokio::time::sleep(time).await;
                    work.await.ok();
                });
                Err(failure.into())
            }
            Some(Fault::Crash) => Err(Failure::Crash.into()),
            Some(Fault::CrashAfter) => {
                work.await.ok();
                Err(Failure::Crash.into())
            }
        };
        self.turn(kind, key).await;
        answer
    }
}

fn first<T>(entries: &[T], key: impl Fn(&T) -> &String) -> String {
    entries.first().map(|entry| key(entry).clone()).unwrap_or_default()
}

#[async_trait]
impl Store for Faults {
    async fn open(&self) -> Result<(), Failure> {
        let store = self.store();
        self.call(Kind::Open, "", async move { store.open().await }).await
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Failure> {
        let (store, own) = (self.store(), key.to_owned());
        self.call(Kind::Get, key, async move { store.get(&own).await }).await
    }

    async fn set(&self, key: &str, value: Vec<u8>) -> Result<(), Failure> {
        let (store, own) = (self.store(), key.to_owned());
        self.call(Kind::Set, key, async move { store.set(&own, value).await }).await
    }

    async fn delete(&self, key: &str) -> Result<(), Failure> {
        let (store, own) = (self.store(), key.to_owned());
        self.call(Kind::Delete, key, async move { store.delete(&own).await }).await
    }

    async fn exists(&self, key: &str) -> Result<bool, Failure> {
        let (store, own) = (self.store(), key.to_owned());
        self.call(Kind::Exists, key, async move { store.exists(&own).await }).await
    }

    async fn keys(&self) -> Result<Vec<String>, Failure> {
        let store = self.store();
        self.call(Kind::Keys, "", async move { store.keys().await }).await
    }

    async fn get_many(&self, keys: Vec<String>) -> Result<Vec<Entry>, Failure> {
        let (store, key) = (self.store(), first(&keys, |key| key));
        self.call(Kind::GetMany, &key, async move { store.get_many(keys).await }).await
    }

    async fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> Result<(), Failure> {
        let (store, key) = (self.store(), first(&entries, |(key, _)| key));
        self.call(Kind::SetMany, &key, async move { store.set_many(entries).await }).await
    }

    async fn delete_many(&self, keys: Vec<String>) -> Result<(), Failure> {
        let (store, key) = (self.store(), first(&keys, |key| key));
        self.call(Kind::DeleteMany, &key, async move { store.delete_many(keys).await }).await
    }

    async fn increment(&self, key: &str, delta: i64) -> Result<i64, Failure> {
        let (store, own) = (self.store(), key.to_owned());
        self.call(Kind::Increment, key, async move { store.increment(&own, delta).await }).await
    }

    async fn compare_and_swap(&self, key: &str) -> Result<Arc<dyn Swap>, Failure> {
        let (store, own) = (self.store(), key.to_owned());
        let begin = async move { store.compare_and_swap(&own).await };
        let swap = self.call(Kind::CompareAndSwap, key, begin).await?;
        Ok(Arc::new(FaultySwap { faults: self.clone(), key: key.to_owned(), swap }))
    }
}

struct FaultySwap {
    faults: Faults,
    key: String,
    swap: Arc<dyn Swap>,
}

#[async_trait]
impl Swap for FaultySwap {
    async fn current(&self) -> Result<Option<Vec<u8>>, Failure> {
        let swap = Arc::clone(&self.swap);
        self.faults.call(Kind::Current, &self.key, async move { swap.current().await }).await
    }

    async fn swap(&self, value: Vec<u8>) -> Result<(), SwapFailure> {
        let swap = Arc::clone(&self.swap);
        self.faults.call(Kind::Swap, &self.key, async move { swap.swap(value).await }).await
    }
}

/// Faults by chance, the same again for the same seed.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
    one_in: u64,
    kinds: Vec<Fault>,
}

impl Random {
    /// One call in `one_in` has one of these faults.
    pub fn new(seed: u64, one_in: u64, kinds: &[Fault]) -> Self {
        Self { state: seed, one_in: one_in.max(1), kinds: kinds.to_vec() }
    }

    /// What goes wrong next, if anything.
    pub fn fault(&mut self) -> Option<Fault> {
        if self.number().checked_rem(self.one_in) != Some(0) {
            return None;
        }
        let choice = self.number().checked_rem(u64::try_from(self.kinds.len()).ok()?)?;
        self.kinds.get(usize::try_from(choice).ok()?).cloned()
    }

    /// SplitMix64.
    fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests;
