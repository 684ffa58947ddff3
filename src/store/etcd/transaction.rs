//! Reads of one revision, and changes that are not written yet.

use super::answers::Answers;
use super::entries::{Change, Finding, Found, Wanted};
use super::footprint::Footprint;
use super::layout::behind_all;
use super::memory::Snapshot;
use super::message::{KeyValue, RangeRequest, RangeResponse};
use super::read::{count, count_of, trace};
use super::sections::{Count, Near};
use super::{Client, EtcdStore, Memory};
use crate::gather::Gather as _;
use crate::host::Host;
use crate::map::Map;
use crate::store::asked::{Asked, Span};
use crate::store::{Entry, Expected, Receipt, StoreError, Transaction, refuse_too_large};

/// How many keys one call asks for of which only the presence is of interest.
const TRACES: usize = 4000;

/// A transaction of [`EtcdStore`].
///
/// A read may answer [`StoreError::conflict`]: etcd has compacted the revision that it reads from.
#[derive(Debug)]
pub struct EtcdTransaction<'s, C, H, M> {
    pub(super) store: &'s EtcdStore<C, H, M>,
    /// What is read from, once something was read.
    pub(super) snapshot: Option<Snapshot>,
    pub(super) footprint: Footprint,
    pub(super) known: Map<Known>,
    /// How many records counted folders have, own changes left out.
    pub(super) counts: Map<Count>,
    /// Sections of folders that came along with their counts.
    pub(super) near: Map<Near>,
    /// What is expected to be asked for, until some of it is.
    pub(super) expected: Expected,
    /// How many keys begin with prefixes that are expected to be asked for, own changes left out.
    pub(super) totals: Map<u64>,
    /// All that begins with prefixes that are expected to be asked for, own changes left out.
    /// `None` where that is too much to be asked for at once.
    pub(super) held: Map<Option<Vec<KeyValue>>>,
    pub(super) changes: Map<Option<Vec<u8>>>,
    /// How many changes were made so far, those that were made anew included.
    pub(super) made: usize,
    /// The read that lacked something.
    asked: Option<Asked>,
    pub(super) answers: Answers,
    /// What a node may remember of what was read, and has not been told yet.
    pub(super) learnt: Vec<(String, KeyValue)>,
    /// The range that is being found.
    pub(super) finding: Option<Finding>,
    /// What ranges found.
    pub(super) found: Vec<Found>,
}

/// What is known of a key at the snapshot.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) is_there: bool,
    /// Its value, where that was read too.
    pub(super) value: Option<Vec<u8>>,
}

/// How many keys begin with `start`.
pub(super) fn total(start: Vec<u8>) -> RangeRequest {
    let end = behind_all(&start);
    count(start, end)
}

impl<'s, C: Client, H: Host, M: Memory> EtcdTransaction<'s, C, H, M> {
    pub(super) fn new(store: &'s EtcdStore<C, H, M>) -> Self {
        Self {
            store,
            snapshot: None,
            footprint: Footprint::default(),
            known: Map::new(),
            counts: Map::new(),
            near: Map::new(),
            expected: Expected::default(),
            totals: Map::new(),
            held: Map::new(),
            changes: Map::new(),
            made: 0,
            asked: None,
            answers: Answers::default(),
            learnt: Vec::new(),
            finding: None,
            found: Vec::new(),
        }
    }

    /// Finds out of each of `keys` whether it is there, and on the way how many records are in `folders`.
    pub(super) fn look_up(
        &mut self,
        keys: impl Iterator<Item = String>,
        folders: &[String],
    ) -> Result<(), StoreError> {
        let layout = self.store.options.layout;
        let scope = folders.first().and_then(|folder| layout.scope_of_all(folder));
        let mut requests: Vec<RangeRequest> =
            folders.iter().flat_map(|folder| self.count_requests(folder)).gather();
        let mut unknown = keys.filter(|key| !self.known.contains_key(key)).gather().into_iter();
        let mut folders = folders.iter();
        loop {
            let keys: Vec<String> = unknown.by_ref().take(TRACES).gather();
            requests.extend(keys.iter().map(|key| trace(self.store.paths.data(key))));
            if requests.is_empty() {
                return Ok(());
            }
            let mut found = self.take(scope, std::mem::take(&mut requests))?.into_iter();
            for folder in folders.by_ref() {
                self.keep_count(folder, &mut found)?;
            }
            for (key, found) in keys.into_iter().zip(found) {
                let revision = found.kvs.first().map_or(0, |kv| kv.mod_revision);
                match (layout.scope)(&key) {
                    Some(scope) => self.footprint.add_scope(scope),
                    None => self.footprint.add_key(&key, revision),
                }
                self.known.insert(key, Known { is_there: revision > 0, value: None });
            }
        }
    }

    /// Whether the transaction has to do with `scope`.
    fn is_of(&self, scope: &str) -> bool {
        let layout = self.store.options.layout;
        let mut keys = self.footprint.recalled.keys().chain(self.changes.keys());
        self.footprint.scopes.contains_key(scope)
            || keys.any(|key| (layout.scope)(key) == Some(scope))
    }

    /// Takes down what was found at `key`.
    pub(super) fn keep(&mut self, key: &str, found: RangeResponse) {
        let layout = self.store.options.layout;
        let kv = found.kvs.into_iter().next();
        if (layout.scope)(key).is_none() {
            self.footprint.add_key(key, kv.as_ref().map_or(0, |kv| kv.mod_revision));
        }
        if let Some(kv) = kv.as_ref().filter(|_| (layout.is_remembered)(key)) {
            self.learnt.push((key.to_owned(), kv.clone()));
        }
        let value = kv.map(|kv| kv.value);
        self.known.insert(key.to_owned(), Known { is_there: value.is_some(), value });
    }

    pub(super) fn is_there(&self, key: &str) -> bool {
        self.known.get(key).is_some_and(|known| known.is_there)
    }

    pub(super) fn key_of<'k>(&self, kv: &'k KeyValue) -> Result<&'k str, StoreError> {
        let key = self.store.paths.key_of(&kv.key);
        key.ok_or_else(|| StoreError::corrupt("a key in etcd is no text"))
    }

    /// Own changes under `prefix` behind `after`.
    pub(super) fn changes_in(&self, prefix: &str, after: Option<&str>) -> Vec<Change> {
        let changes = self.changes.range_from(prefix);
        let changes = changes.take_while(|(key, _)| key.starts_with(prefix));
        let changes = changes.filter(|(key, _)| after.is_none_or(|after| key.as_str() > after));
        changes.map(|(key, value)| (key.clone(), value.clone())).gather()
    }

    /// How many records `changes`, of which is known whether they are there, add, and how many they take away.
    pub(super) fn balance<'c>(&self, changes: impl Iterator<Item = &'c Change>) -> (u64, u64) {
        changes.fold((0, 0), |(added, removed), (key, value)| match (self.is_there(key), value) {
            (false, Some(_)) => (added + 1, removed),
            (true, None) => (added, removed + 1),
            _ => (added, removed),
        })
    }

    /// Notes what has to be fetched.
    fn lack<T>(&mut self, asked: Asked) -> Result<T, StoreError> {
        self.asked = Some(asked);
        Err(StoreError::lacking())
    }

    /// Whether the value of `key` is what the node remembers of it.
    async fn recall(&mut self, key: &str) -> bool {
        let store = self.store;
        if (store.options.layout.is_remembered)(key)
            && self.footprint.may_recall()
            && let Some(record) =
                store.memory.recall(&store.client, &store.host, key, self.snapshot).await
            && self.footprint.add_recalled(key, &record)
        {
            let known = Known { is_there: true, value: Some(record.value) };
            self.known.insert(key.to_owned(), known);
            return true;
        }
        false
    }

    /// Tells the node what it may remember.
    async fn tell_learnt(&mut self) {
        let learnt = std::mem::take(&mut self.learnt);
        if let Some(snapshot) = self.snapshot {
            for (key, kv) in &learnt {
                self.store.memory.learn(key, kv, snapshot.revision).await;
            }
        }
    }

    /// Finds what a read lacked, as far as what it takes to know is answered.
    fn find_out(&mut self, asked: &Asked) -> Result<(), StoreError> {
        match asked {
            Asked::Value(_) => self.bring_expected(),
            Asked::Entries(span) => self.find_entries(span),
            Asked::Count(prefix) => self.find_count(prefix),
        }
    }

    /// How many keys start with `prefix`, own changes left out, if that is known.
    fn stored_count(&self, prefix: &str) -> Option<u64> {
        if let Some(held) = self.held(prefix) {
            return Some(held.len() as u64);
        }
        if self.store.options.layout.is_counted(prefix) {
            return self.counts.get(prefix).map(|count| count.records);
        }
        self.totals.get(prefix).copied()
    }

    fn find_count(&mut self, prefix: &str) -> Result<(), StoreError> {
        let layout = self.store.options.layout;
        let Expected { counts, ranges, .. } = &self.expected;
        if counts.iter().chain(ranges).any(|expected| expected == prefix) {
            self.bring_expected()?;
        }
        if self.stored_count(prefix).is_none() {
            if layout.is_counted(prefix) {
                self.counted(prefix)?;
            } else {
                let scope = layout.scope_of_all(prefix);
                if scope.is_none() {
                    self.footprint.add_everything();
                }
                let request = total(self.store.paths.data(prefix));
                let found = self.take(scope, vec![request])?;
                self.totals.insert(prefix.to_owned(), found.first().map_or(0, count_of));
            }
        }
        let changes = self.changes_in(prefix, None);
        self.look_up(changes.into_iter().map(|(key, _)| key), &[])
    }
}

impl<C: Client, H: Host, M: Memory> Transaction for EtcdTransaction<'_, C, H, M> {
    fn get(&mut self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(change) = self.changes.get(key) {
            return Ok(change.clone());
        }
        match self.known.get(key) {
            Some(Known { is_there: false, .. }) => Ok(None),
            Some(Known { value: Some(value), .. }) => Ok(Some(value.clone())),
            _ => self.lack(Asked::Value(key.to_owned())),
        }
    }

    fn expect(&mut self, expected: Expected) {
        self.expected.extend(expected);
    }

    fn range(
        &mut self,
        prefix: &str,
        after: Option<&str>,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let span = Span::new(prefix, after, skip, limit);
        let Some(region) = self.region(&span) else { return Ok(Vec::new()) };
        if let Some(held) = self.held(prefix).filter(|_| span.is_from_first()) {
            let wanted = Wanted { skip: 0, limit, changes: self.changes_in(prefix, None) };
            let found = held.iter().take(wanted.to_scan()).cloned().gather();
            return self.merge(&region, found, wanted, None);
        }
        let before = |found: &&Found| found.made == self.made && found.span == span;
        match self.found.iter().find(before) {
            Some(found) => Ok(found.entries.clone()),
            None => self.lack(Asked::Entries(span)),
        }
    }

    fn count(&mut self, prefix: &str) -> Result<u64, StoreError> {
        let changes = self.changes_in(prefix, None);
        let stored = self.stored_count(prefix);
        let known = changes.iter().all(|(key, _)| self.known.contains_key(key));
        let Some(stored) = stored.filter(|_| known) else {
            return self.lack(Asked::Count(prefix.to_owned()));
        };
        let (added, removed) = self.balance(changes.iter());
        let count = stored.saturating_add(added).checked_sub(removed);
        count.ok_or_else(|| StoreError::corrupt(format!("the count of {prefix} is too low")))
    }

    fn put(&mut self, key: &str, value: Vec<u8>) -> Result<(), StoreError> {
        refuse_too_large(key, &value)?;
        self.made += 1;
        self.changes.insert(key.to_owned(), Some(value));
        Ok(())
    }

    fn delete(&mut self, key: &str) {
        self.made += 1;
        self.changes.insert(key.to_owned(), None);
    }

    async fn fetch(&mut self) -> Result<(), StoreError> {
        let Some(asked) = self.asked.take() else { return Ok(()) };
        if let Asked::Value(key) = &asked {
            if self.recall(key).await {
                return Ok(());
            }
            self.expected.keys.retain(|expected| expected != key);
            self.expected.keys.insert(0, key.clone());
        }
        self.finding = None;
        while let Err(error) = self.find_out(&asked) {
            if !error.is_lacking() {
                return Err(error);
            }
            self.bring_answer().await?;
        }
        self.answers.clear();
        self.tell_learnt().await;
        Ok(())
    }

    fn undo(&mut self) {
        self.made = 0;
        self.changes.clear();
        self.expected = Expected::default();
    }

    fn witnessed(&self) -> Receipt {
        let layout = self.store.options.layout;
        let concerns = |key: &str| match (layout.scope)(key) {
            Some(scope) => self.is_of(scope),
            None => self.known.contains_key(key) || self.changes.contains_key(key),
        };
        let (memory, clock) = (&self.store.memory, &self.store.host);
        let settles_at = self
            .snapshot
            .map(|snapshot| memory.others_settle_at(clock, snapshot, concerns))
            .unwrap_or_default();
        Receipt { settles_at }
    }

    async fn commit(self) -> Result<Receipt, StoreError> {
        self.write().await
    }
}
