//! Reads of one revision, and changes that are not written yet.

use std::iter::Peekable;

use super::footprint::{Footprint, Version};
use super::layout::{behind, behind_all};
use super::memory::Snapshot;
use super::message::{KeyValue, RangeRequest, RangeResponse};
use super::read::{between, count, count_of, one, trace};
use super::sections::{Count, Near};
use super::{Client, EtcdStore, Memory};
use crate::gather::Gather as _;
use crate::host::Host;
use crate::map::Map;
use crate::store::asked::{Asked, Span};
use crate::store::{Entry, Expected, Receipt, StoreError, Transaction, refuse_too_large};

/// How many records one call asks for.
const PAGE: usize = 1000;

/// How many keys one call asks for of which only the presence is of interest.
const TRACES: usize = 4000;

/// How many keys are remembered to be there because a range found them.
const FOUND_MAX: usize = 20_000;

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
    pub(super) held: Map<Vec<KeyValue>>,
    pub(super) changes: Map<Option<Vec<u8>>>,
    /// How many changes were made so far, those that were made anew included.
    made: usize,
    /// The read that lacked something.
    asked: Option<Asked>,
    /// What ranges found.
    found: Vec<Found>,
}

/// What a range found, for when it is read once more.
#[derive(Debug)]
struct Found {
    span: Span,
    /// How many changes had been made by then.
    made: usize,
    entries: Vec<Entry>,
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

/// Which part of the keys a range is in.
pub(super) struct Region<'r> {
    pub(super) prefix: &'r str,
    /// The scope that all of it is in.
    pub(super) scope: Option<&'r str>,
    /// Its first key in etcd.
    pub(super) start: Vec<u8>,
    /// The first key in etcd behind it.
    pub(super) end: Vec<u8>,
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
            found: Vec::new(),
        }
    }

    /// Reads `ranges` at the snapshot, which the first read fixes. The version of a `scope` that was not read in before
    /// comes along.
    pub(super) async fn ask(
        &mut self,
        scope: Option<&str>,
        mut ranges: Vec<RangeRequest>,
    ) -> Result<Vec<RangeResponse>, StoreError> {
        let new = scope.filter(|scope| self.footprint.version(scope).is_none());
        ranges.extend(new.map(|scope| one(self.store.paths.version(Some(scope)))));
        let mut found = match self.snapshot {
            Some(snapshot) => self.store.read(ranges, Some(snapshot.revision)).await?.0,
            None => self.ask_first(ranges).await?,
        };
        if let Some(scope) = new {
            let version = found.pop().and_then(|range| range.kvs.into_iter().next());
            let version = version.map_or_else(Version::default, |kv| Version {
                revision: kv.mod_revision,
                sets: kv.version,
            });
            self.footprint.scopes.insert(scope.to_owned(), Some(version));
        }
        Ok(found)
    }

    /// The read that fixes the snapshot. It also looks whether what came from memory is so there.
    async fn ask_first(
        &mut self,
        mut ranges: Vec<RangeRequest>,
    ) -> Result<Vec<RangeResponse>, StoreError> {
        let store = self.store;
        if !store.memory.is_on() && self.footprint.recalled.is_empty() {
            let (found, revision) = store.read(ranges, None).await?;
            self.snapshot = Some(Snapshot { revision, changed: 0 });
            return Ok(found);
        }
        let wanted = ranges.len();
        let recalled = self.footprint.recalled.keys();
        ranges.extend(recalled.map(|key| trace(store.paths.data(key))));
        ranges.push(trace(store.paths.changes()));
        let question = store.memory.question(&store.host);
        let (mut found, revision) = store.read(ranges, None).await?;
        let mut traces = found.split_off(wanted);
        let revision_of = |trace: &RangeResponse| trace.kvs.first().map_or(0, |kv| kv.mod_revision);
        let changed = traces.pop().as_ref().map_or(0, revision_of);
        let snapshot = Snapshot { revision, changed };
        store.memory.hear(&store.host, question, snapshot);
        let recalled = self.footprint.recalled.iter().zip(&traces);
        let other = recalled.filter(|((_, revision), trace)| revision_of(trace) != **revision);
        let other: Vec<String> = other.map(|((key, _), _)| key.clone()).gather();
        if !other.is_empty() {
            store.memory.forget(&other, revision).await;
            return Err(StoreError::conflict());
        }
        self.snapshot = Some(snapshot);
        Ok(found)
    }

    /// Finds out of each of `keys` whether it is there, and on the way how many records are in `folders`.
    pub(super) async fn look_up(
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
            let mut found = self.ask(scope, std::mem::take(&mut requests)).await?.into_iter();
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
    pub(super) async fn keep(&mut self, key: &str, found: RangeResponse) {
        let (store, layout) = (self.store, self.store.options.layout);
        let kv = found.kvs.into_iter().next();
        if (layout.scope)(key).is_none() {
            self.footprint.add_key(key, kv.as_ref().map_or(0, |kv| kv.mod_revision));
        }
        if let (true, Some(kv), Some(snapshot)) = ((layout.is_remembered)(key), &kv, self.snapshot)
        {
            store.memory.learn(key, kv, snapshot.revision).await;
        }
        let value = kv.map(|kv| kv.value);
        self.known.insert(key.to_owned(), Known { is_there: value.is_some(), value });
    }

    pub(super) fn is_there(&self, key: &str) -> bool {
        self.known.get(key).is_some_and(|known| known.is_there)
    }

    /// The first `limit` records of `region`, own changes left out.
    async fn scan(
        &mut self,
        region: &Region<'_>,
        limit: usize,
    ) -> Result<Vec<KeyValue>, StoreError> {
        let mut found: Vec<KeyValue> = Vec::new();
        let mut start = region.start.clone();
        while found.len() < limit {
            let page = (limit - found.len()).min(PAGE);
            let end = self.near_end(region, &start).await?;
            let mut request = between(start, end.clone());
            request.limit = i64::try_from(page).unwrap_or(i64::MAX);
            let answer = self.ask(region.scope, vec![request]).await?.into_iter().next();
            let Some(RangeResponse { kvs, more, count, .. }) = answer else { break };
            self.look_at_pace(region, &kvs, count, more);
            found.extend(kvs);
            start = match found.last() {
                Some(last) if more => behind(&last.key),
                _ if end < region.end => end,
                _ => break,
            }
        }
        Ok(found)
    }

    /// Takes down what a range found: `found` is all that is in `region` up to `limit`.
    fn note(
        &mut self,
        region: &Region<'_>,
        limit: usize,
        found: &[KeyValue],
    ) -> Result<(), StoreError> {
        if region.scope.is_none() {
            let cut = found.last().filter(|_| found.len() >= limit);
            let end = cut.map_or_else(|| region.end.clone(), |last| behind(&last.key));
            self.footprint.add_range(region.start.clone(), end);
        }
        for kv in found {
            let key = self.key_of(kv)?;
            if region.scope.is_none() {
                self.footprint.add_key(key, kv.mod_revision);
            }
            if self.known.len() < FOUND_MAX && !self.known.contains_key(key) {
                self.known.insert(key.to_owned(), Known { is_there: true, value: None });
            }
        }
        Ok(())
    }

    pub(super) fn key_of<'k>(&self, kv: &'k KeyValue) -> Result<&'k str, StoreError> {
        let key = self.store.paths.key_of(&kv.key);
        key.ok_or_else(|| StoreError::corrupt("a key in etcd is no text"))
    }

    /// Own changes under `prefix` behind `after`.
    fn changes_in(&self, prefix: &str, after: Option<&str>) -> Vec<(String, Option<Vec<u8>>)> {
        let changes = self.changes.range_from(prefix);
        let changes = changes.take_while(|(key, _)| key.starts_with(prefix));
        let changes = changes.filter(|(key, _)| after.is_none_or(|after| key.as_str() > after));
        changes.map(|(key, value)| (key.clone(), value.clone())).gather()
    }

    /// How many records `changes`, of which is known whether they are there, add, and how many they take away.
    fn balance<'c>(
        &self,
        changes: impl Iterator<Item = &'c (String, Option<Vec<u8>>)>,
    ) -> (u64, u64) {
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

    async fn fetch_value(&mut self, key: &str) -> Result<(), StoreError> {
        let store = self.store;
        if (store.options.layout.is_remembered)(key)
            && self.footprint.may_recall()
            && let Some(record) =
                store.memory.recall(&store.client, &store.host, key, self.snapshot).await
            && self.footprint.add_recalled(key, &record)
        {
            let known = Known { is_there: true, value: Some(record.value) };
            self.known.insert(key.to_owned(), known);
            return Ok(());
        }
        self.expected.keys.retain(|expected| expected != key);
        self.expected.keys.insert(0, key.to_owned());
        self.bring_expected().await
    }

    /// How many keys start with `prefix`, own changes left out, if that is known.
    fn stored_count(&self, prefix: &str) -> Option<u64> {
        if let Some(held) = self.held.get(prefix) {
            return Some(held.len() as u64);
        }
        if self.store.options.layout.is_counted(prefix) {
            return self.counts.get(prefix).map(|count| count.records);
        }
        self.totals.get(prefix).copied()
    }

    async fn fetch_count(&mut self, prefix: &str) -> Result<(), StoreError> {
        let layout = self.store.options.layout;
        let Expected { counts, ranges, .. } = &self.expected;
        if counts.iter().chain(ranges).any(|expected| expected == prefix) {
            self.bring_expected().await?;
        }
        if self.stored_count(prefix).is_none() {
            if layout.is_counted(prefix) {
                self.counted(prefix).await?;
            } else {
                let scope = layout.scope_of_all(prefix);
                if scope.is_none() {
                    self.footprint.add_everything();
                }
                let request = total(self.store.paths.data(prefix));
                let found = self.ask(scope, vec![request]).await?;
                self.totals.insert(prefix.to_owned(), found.first().map_or(0, count_of));
            }
        }
        let changes = self.changes_in(prefix, None);
        self.look_up(changes.into_iter().map(|(key, _)| key), &[]).await
    }

    /// Which part of the keys `span` is in; `None` where it wants nothing.
    fn region<'r>(&self, span: &'r Span) -> Option<Region<'r>> {
        let prefix = &*span.prefix;
        let after = span.after.as_deref().filter(|after| *after >= prefix);
        let first = self.store.paths.data(after.unwrap_or(prefix));
        let end = behind_all(&self.store.paths.data(prefix));
        let start = if after.is_some() { behind(&first) } else { first };
        let scope = self.store.options.layout.scope_of_all(prefix);
        (span.limit > 0 && start < end).then_some(Region { prefix, scope, start, end })
    }

    async fn fetch_entries(&mut self, span: Span) -> Result<(), StoreError> {
        if span.is_from_first() && self.expected.ranges.contains(&span.prefix) {
            self.bring_expected().await?;
            if self.held.contains_key(&span.prefix) {
                return Ok(());
            }
        }
        let entries = self.find(&span).await?;
        self.found.push(Found { span, made: self.made, entries });
        Ok(())
    }

    async fn find(&mut self, span: &Span) -> Result<Vec<Entry>, StoreError> {
        let Some(mut region) = self.region(span) else { return Ok(Vec::new()) };
        let prefix = &*span.prefix;
        let layout = self.store.options.layout;
        let mut changes = self.changes_in(prefix, span.after.as_deref());
        let mut skip = span.skip;
        // The number of records before the region, where what comes after is likely to be asked for next.
        let mut place = None;
        if skip > 0 {
            if region.scope.is_none() {
                self.footprint.add_everything();
            }
            // Own changes move places by so much at the most; the rest of the way is the store's alone.
            self.look_up(changes.iter().map(|(key, _)| key.clone()), &[]).await?;
            let (added, _) = self.balance(changes.iter());
            let sure = skip.saturating_sub(added);
            if sure > 0 {
                let Some(start) = self.seek(&region, sure).await? else { return Ok(Vec::new()) };
                place = Some(sure).filter(|_| span.after.is_none() && layout.is_counted(prefix));
                let split = changes.partition_point(|(key, _)| self.store.paths.data(key) < start);
                let (added, removed) = self.balance(changes.iter().take(split));
                skip = skip.saturating_add(removed).saturating_sub(sure.saturating_add(added));
                changes.drain(..split);
                region.start = start;
            }
        }
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        let wanted = Wanted { skip, limit: span.limit, changes };
        let found = self.scan(&region, wanted.to_scan()).await?;
        let place = place.map(|place| (prefix, place));
        self.merge(&region, found, wanted, place)
    }

    /// What is `wanted` of what was `found` in `region`, with own changes in their places. What it is behind of, `place`,
    /// is remembered for what will be asked for next.
    fn merge(
        &mut self,
        region: &Region<'_>,
        found: Vec<KeyValue>,
        wanted: Wanted,
        place: Option<(&str, u64)>,
    ) -> Result<Vec<Entry>, StoreError> {
        self.note(region, wanted.to_scan(), &found)?;
        let entries = found.into_iter().map(|kv| Ok((self.key_of(&kv)?.to_owned(), kv.value)));
        let entries: Vec<Entry> = entries.try_gather::<_, StoreError>()?;
        if let (Some((folder, place)), Some((key, _))) = (place, entries.last()) {
            let place = place.saturating_add(entries.len() as u64).saturating_sub(1);
            self.remember_place(folder, place, key);
        }
        let Wanted { skip, limit, changes } = wanted;
        let merged = Merged {
            stored: entries.into_iter().peekable(),
            changes: changes.into_iter().peekable(),
        };
        Ok(merged.skip(skip).take(limit).gather())
    }
}

/// What a range wants of a region.
struct Wanted {
    skip: usize,
    limit: usize,
    /// Own changes there.
    changes: Vec<(String, Option<Vec<u8>>)>,
}

impl Wanted {
    /// How many of the store's records may be needed for it.
    fn to_scan(&self) -> usize {
        let removed = self.changes.iter().filter(|(_, value)| value.is_none()).count();
        self.skip.saturating_add(self.limit).saturating_add(removed)
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
        if let Some(held) = self.held.get(prefix).filter(|_| span.is_from_first()) {
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
        match self.asked.take() {
            None => Ok(()),
            Some(Asked::Value(key)) => self.fetch_value(&key).await,
            Some(Asked::Entries(span)) => self.fetch_entries(span).await,
            Some(Asked::Count(prefix)) => self.fetch_count(&prefix).await,
        }
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

/// Records of the store with own changes in their places.
struct Merged<S: Iterator<Item = Entry>, O: Iterator<Item = (String, Option<Vec<u8>>)>> {
    stored: Peekable<S>,
    changes: Peekable<O>,
}

impl<S, O> Iterator for Merged<S, O>
where
    S: Iterator<Item = Entry>,
    O: Iterator<Item = (String, Option<Vec<u8>>)>,
{
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        loop {
            let Some((changed, _)) = self.changes.peek() else { return self.stored.next() };
            if let Some(entry) = self.stored.next_if(|(key, _)| key < changed) {
                return Some(entry);
            }
            self.stored.next_if(|(key, _)| key == changed);
            if let Some((key, Some(value))) = self.changes.next() {
                return Some((key, value));
            }
        }
    }
}
