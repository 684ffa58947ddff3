//! Where things are in a long list: etcd finds a key at once, but looks at every key of a range, whatever its limit is.
//!
//! So a counted folder with many records is divided into sections, each of which knows how many records it has: a
//! page's place is found by adding up sections, and no range that is read goes much beyond what is wanted. Sections
//! are read at the snapshot like everything else. What a node remembers of them from before is only where to look.

use std::rc::Rc;

use super::entries::Region;
use super::layout::{behind, behind_all};
use super::message::{KeyValue, RangeRequest, RangeResponse};
use super::pace::Pace;
use super::read::{between, count, count_of, one};
use super::{Client, EtcdTransaction, Memory};
use crate::gather::Gather as _;
use crate::host::Host;
use crate::json::typed::{self, record};
use crate::store::StoreError;

/// How folders are divided.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// How many records a section gets.
    pub(super) section: usize,
    /// More records than this are divided.
    pub(super) section_max: u64,
    /// A folder with fewer records than this is not divided any more.
    pub(super) divided_min: u64,
    /// More keys than this are too many for etcd to look at for a page.
    pub(super) long: i64,
    /// How many sections come along with a count.
    pub(super) along: usize,
}

impl Shape {
    pub(super) const DEFAULT: Self =
        Self { section: 1000, section_max: 1500, divided_min: 500, long: 10_000, along: 64 };
}

/// How many sections one call asks for.
const PAGE: i64 = 1000;

/// How many sections are looked at behind the one where a key is expected.
const NEAR: i64 = 8;

/// How many keys are looked at behind a place that is remembered.
const STRIDE: u64 = 32;

/// How many places of a folder are remembered.
const PLACES_MAX: usize = 8;

/// How many records a folder has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) records: u64,
    /// Whether it has sections. If not, all of it is one.
    pub(super) divided: bool,
}

record!(Count { records, divided: sparse });

/// Some of a folder's records: those from `first` to the next section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) first: String,
    /// Where the next one begins.
    pub(super) next: Option<String>,
    pub(super) records: u64,
}

/// A folder's sections as they were when the scope had `version`.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    version: i64,
    sections: Rc<[(String, u64)]>,
}

/// What a node remembers of a prefix.
#[derive(Clone, Debug, Default)]
pub(super) struct Hints {
    /// Of a counted folder.
    table: Option<Table>,
    /// Keys of a counted folder and how many were before them when they were last seen, the latest at the end.
    places: Vec<(u64, String)>,
    /// Of what is no counted folder, and is walked through.
    pace: Option<Pace>,
}

/// Some sections that follow each other, as they are at the snapshot.
#[derive(Debug)]
pub(super) struct Near {
    sections: Rc<[(String, u64)]>,
    /// Whether the folder has more behind them.
    more: bool,
}

impl Near {
    /// The section that `key` is in, where it is among these and it is known where it ends.
    fn holding(&self, key: &str) -> Option<Section> {
        let table = Table { version: -1, sections: Rc::clone(&self.sections) };
        table.holding(key).filter(|section| section.next.is_some() || !self.more)
    }
}

impl Table {
    fn holding(&self, key: &str) -> Option<Section> {
        let place = self.sections.partition_point(|(first, _)| &**first <= key).checked_sub(1)?;
        let (first, records) = self.sections.get(place)?.clone();
        let next = self.sections.get(place + 1).map(|(first, _)| first.clone());
        Some(Section { first, next, records })
    }

    /// The section with the record that has `skip` others before it, and how many of these are before the section.
    fn at(&self, skip: u64) -> Option<(Section, u64)> {
        let mut before: u64 = 0;
        for (place, (first, records)) in self.sections.iter().enumerate() {
            let behind = before.saturating_add(*records);
            if skip < behind {
                let next = self.sections.get(place + 1).map(|(first, _)| first.clone());
                let section = Section { first: first.clone(), next, records: *records };
                return Some((section, before));
            }
            before = behind;
        }
        None
    }

    fn before(&self, section: &Section) -> u64 {
        let before = self.sections.iter().take_while(|(first, _)| *first < section.first);
        before.fold(0, |sum, (_, records)| sum.saturating_add(*records))
    }
}

impl<C: Client, H: Host, M: Memory> EtcdTransaction<'_, C, H, M> {
    /// How many records are in a counted folder, own changes left out.
    pub(super) fn counted(&mut self, folder: &str) -> Result<Count, StoreError> {
        if let Some(count) = self.counts.get(folder) {
            return Ok(*count);
        }
        let requests = self.count_requests(folder).into();
        let found = self.take(self.scope_of(folder), requests)?;
        self.keep_count(folder, &mut found.into_iter())
    }

    /// What is asked to know the count of a folder, and its sections if they are not many. If they are, those where
    /// the first change is expected.
    pub(super) fn count_requests(&self, folder: &str) -> [RangeRequest; 2] {
        let key = one(self.store.paths.count(folder));
        let changed = self.changes.range_from(folder).map(|(key, _)| key).next();
        let along = self.store.shape.along;
        let is_long = |table: &Table| table.sections.len() > along;
        let expected = self.remembered_table(folder).filter(is_long).and_then(|table| {
            let first = changed.filter(|key| key.starts_with(folder)).map_or(folder, |key| key);
            table.holding(first)
        });
        let sections = match expected {
            Some(section) => self.sections_from(folder, &section.first, NEAR),
            None => self.sections_from(folder, folder, i64::try_from(along).unwrap_or(i64::MAX)),
        };
        [key, sections]
    }

    /// Takes down what is answered to [`count_requests`](Self::count_requests).
    pub(super) fn keep_count(
        &mut self,
        folder: &str,
        found: &mut impl Iterator<Item = RangeResponse>,
    ) -> Result<Count, StoreError> {
        let kv = found.next().and_then(|range| range.kvs.into_iter().next());
        let count = kv.map_or(Ok(Count::default()), |kv| {
            typed::from_slice(&kv.value)
                .map_err(|_| StoreError::corrupt(format!("the count of {folder} cannot be read")))
        })?;
        if let Some(RangeResponse { kvs, more, .. }) = found.next() {
            let first = self.store.paths.section(folder);
            let from_first = kvs.first().map_or(!count.divided, |kv| kv.key == first);
            if from_first && !more {
                self.keep_table(folder, self.parse(folder, &kvs)?);
            } else {
                let near = Near { sections: self.parse(folder, &kvs)?.into(), more };
                self.near.insert(folder.to_owned(), near);
            }
        }
        self.counts.insert(folder.to_owned(), count);
        Ok(count)
    }

    /// All sections of a divided folder.
    pub(super) fn table(&mut self, folder: &str) -> Result<Table, StoreError> {
        let version = self.version_of(folder);
        let remembered = self.remembered_table(folder);
        if let Some(table) = remembered.filter(|table| Some(table.version) == version) {
            return Ok(table);
        }
        let mut found: Vec<(String, u64)> = Vec::new();
        let mut request = self.sections_from(folder, folder, PAGE);
        loop {
            let answer = self.ask(self.scope_of(folder), vec![request.clone()])?;
            let Some(RangeResponse { kvs, more, .. }) = answer.first() else { break };
            found.extend(self.parse(folder, kvs)?);
            match kvs.last() {
                Some(last) if *more => request.key = behind(&last.key),
                _ => break,
            }
        }
        Ok(self.keep_table(folder, found))
    }

    fn keep_table(&self, folder: &str, sections: Vec<(String, u64)>) -> Table {
        let version = self.version_of(folder).unwrap_or(-1);
        let table = Table { version, sections: sections.into() };
        let mut hints = self.store.hints.borrow_mut();
        let hints = hints.get_or_insert_mut(folder.to_owned(), Hints::default);
        hints.table = Some(table.clone());
        table
    }

    fn remembered_table(&self, folder: &str) -> Option<Table> {
        self.store.hints.borrow_mut().get(folder).and_then(|hints| hints.table.clone())
    }

    fn parse(&self, folder: &str, found: &[KeyValue]) -> Result<Vec<(String, u64)>, StoreError> {
        let sections = found.iter().map(|kv| {
            let first = self.store.paths.section_of(&kv.key).map(str::to_owned);
            let records = std::str::from_utf8(&kv.value).ok().and_then(|text| text.parse().ok());
            first.zip(records).ok_or_else(|| broken(folder))
        });
        sections.try_gather()
    }

    /// The section that `key` of a counted folder is in.
    pub(super) fn section(&mut self, folder: &str, key: &str) -> Result<Section, StoreError> {
        let count = self.counted(folder)?;
        if !count.divided {
            return Ok(Section { first: folder.to_owned(), next: None, records: count.records });
        }
        if let Some(section) = self.near.get(folder).and_then(|near| near.holding(key)) {
            return Ok(section);
        }
        let remembered = self.remembered_table(folder);
        if let Some(table) = remembered.filter(|table| !table.sections.is_empty())
            && Some(table.version) != self.version_of(folder)
            && let Some(expected) = table.holding(key)
        {
            // The node's table is of another time, but sections seldom change.
            let request = self.sections_from(folder, &expected.first, NEAR);
            let answer = self.ask(self.scope_of(folder), vec![request])?;
            if let Some(RangeResponse { kvs, more, .. }) = answer.first() {
                let near = Near { sections: self.parse(folder, kvs)?.into(), more: *more };
                if let Some(section) = near.holding(key) {
                    return Ok(section);
                }
            }
        }
        self.table(folder)?.holding(key).ok_or_else(|| broken(folder))
    }

    /// Where a range from `start` that wants no more than a page may end, so that etcd does not look at all that follows.
    pub(super) fn near_end(
        &mut self,
        region: &Region<'_>,
        start: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let Some(folder) = self.store.options.layout.counted(region.prefix) else {
            let hints = self.store.hints.borrow_mut().get(region.prefix).cloned();
            let pace = hints.and_then(|hints| hints.pace);
            let end = pace.and_then(|pace| pace.end(start)).filter(|end| *end < region.end);
            return Ok(end.unwrap_or_else(|| region.end.clone()));
        };
        let table = match self.remembered_table(folder) {
            Some(table) => table,
            None if self.counted(folder)?.divided => self.table(folder)?,
            None => return Ok(region.end.clone()),
        };
        let paths = &self.store.paths;
        let next = table.sections.partition_point(|(first, _)| *paths.data(first) <= *start);
        let end = table.sections.get(next + 1).map(|(first, _)| paths.data(first));
        Ok(end.filter(|end| *end < region.end).unwrap_or_else(|| region.end.clone()))
    }

    /// Learns from a page how far the next one should reach: `found` of `count` keys that etcd looked at.
    pub(super) fn look_at_pace(
        &self,
        region: &Region<'_>,
        found: &[KeyValue],
        count: i64,
        more: bool,
    ) {
        let is_long = count > self.store.shape.long;
        if let Some(folder) = self.store.options.layout.counted(region.prefix) {
            if is_long {
                // There must be sections that this node has not heard of.
                self.store.hints.borrow_mut().pop(folder);
            }
            return;
        }
        let mut hints = self.store.hints.borrow_mut();
        let known = hints.get_mut(region.prefix).and_then(|hints| hints.pace.as_mut());
        match Pace::of(found).filter(|_| more) {
            Some(pace) if is_long || known.is_some() => {
                hints.put(region.prefix.to_owned(), Hints { pace: Some(pace), ..Hints::default() });
            }
            Some(_) => {}
            None => {
                if let Some(known) = known {
                    known.hasten();
                }
            }
        }
    }

    /// The place in `region` with `skip` of the stored keys before it; `None` if there are no more than these.
    pub(super) fn seek(
        &mut self,
        region: &Region<'_>,
        skip: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let layout = self.store.options.layout;
        if !layout.is_counted(region.prefix) {
            return self.walk(region.scope, region.start.clone(), region.end.clone(), skip);
        }
        let folder = region.prefix;
        let count = self.counted(folder)?;
        let table = if count.divided {
            self.table(folder)?
        } else {
            let sections = Rc::from([(folder.to_owned(), count.records)]);
            Table { version: -1, sections }
        };
        let place = self.rank(&table, region)?.saturating_add(skip);
        let Some((section, before)) = table.at(place) else { return Ok(None) };
        let end = section.next.as_ref().map(|next| self.store.paths.data(next));
        let end = end.unwrap_or_else(|| behind_all(&self.store.paths.data(folder)));
        let found = match self.remembered_place(folder, &section, place) {
            Some(key) => self.stride(region, &section, &key, &end, place - before)?,
            None => None,
        };
        let found = match found {
            Some(found) => Some(found),
            None => {
                let start = self.store.paths.data(&section.first);
                self.walk(region.scope, start, end, place - before)?
            }
        };
        if let Some(key) = found.as_deref().and_then(|found| self.store.paths.key_of(found)) {
            self.remember_place(folder, place, key);
        }
        Ok(found)
    }

    /// How many records of the folder are before `region`.
    fn rank(&mut self, table: &Table, region: &Region<'_>) -> Result<u64, StoreError> {
        let Some(section) =
            self.store.paths.key_of(&region.start).and_then(|key| table.holding(key))
        else {
            return Ok(0);
        };
        let first = self.store.paths.data(&section.first);
        if first == region.start {
            return Ok(table.before(&section));
        }
        let found = self.ask(region.scope, vec![count(first, region.start.clone())])?;
        Ok(table.before(&section).saturating_add(found.first().map_or(0, count_of)))
    }

    /// Looks a few keys behind `key`, which is in `section`, for the place with `skip` keys of the section before it.
    fn stride(
        &mut self,
        region: &Region<'_>,
        section: &Section,
        key: &str,
        end: &[u8],
        skip: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let start = self.store.paths.data(key);
        let before = count(self.store.paths.data(&section.first), start.clone());
        let mut keys = between(start, end.to_vec());
        keys.keys_only = true;
        keys.limit = i64::try_from(STRIDE).unwrap_or(i64::MAX);
        let found = self.ask(region.scope, vec![before, keys])?;
        let before = found.first().map_or(0, count_of);
        let steps = skip.checked_sub(before).and_then(|steps| usize::try_from(steps).ok());
        let kv = steps.zip(found.get(1)).and_then(|(steps, found)| found.kvs.get(steps));
        Ok(kv.map(|kv| kv.key.clone()))
    }

    /// The key from `start` to before `end` with `skip` others before it.
    fn walk(
        &mut self,
        scope: Option<&str>,
        start: Vec<u8>,
        end: Vec<u8>,
        mut skip: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        const STEP: u64 = 10_000;
        let mut request = between(start, end);
        request.keys_only = true;
        loop {
            let step = skip.saturating_add(1).min(STEP);
            request.limit = i64::try_from(step).unwrap_or(i64::MAX);
            let found = self.ask(scope, vec![request.clone()])?;
            let kvs = found.first().map(|range| &*range.kvs).unwrap_or_default();
            let Some(last) = kvs.last().filter(|_| kvs.len() as u64 >= step) else {
                return Ok(None);
            };
            if step > skip {
                return Ok(Some(last.key.clone()));
            }
            skip -= step;
            request.key = behind(&last.key);
        }
    }

    /// A key in `section` that was not far before `place` when it was seen.
    fn remembered_place(&self, folder: &str, section: &Section, place: u64) -> Option<String> {
        let mut hints = self.store.hints.borrow_mut();
        let places = hints.get(folder)?.places.iter().filter(|(at, key)| {
            let is_inside =
                *key >= section.first && section.next.as_ref().is_none_or(|next| key < next);
            *at <= place && is_inside
        });
        places.max_by_key(|(at, _)| *at).map(|(_, key)| key.clone())
    }

    /// Takes down that `key` has `place` others of its folder before it.
    pub(super) fn remember_place(&self, folder: &str, place: u64, key: &str) {
        let mut hints = self.store.hints.borrow_mut();
        let places = &mut hints.get_or_insert_mut(folder.to_owned(), Hints::default).places;
        places.retain(|(at, known)| known != key && *at != place);
        if places.len() >= PLACES_MAX {
            places.remove(0);
        }
        places.push((place, key.to_owned()));
    }

    fn scope_of<'k>(&self, folder: &'k str) -> Option<&'k str> {
        self.store.options.layout.scope_of_all(folder)
    }

    /// The version of the scope of a folder in which something was read.
    fn version_of(&self, folder: &str) -> Option<i64> {
        let scope = self.scope_of(folder)?;
        self.footprint.version(scope).map(|version| version.revision)
    }

    /// Asks for sections of `folder`, from the one that begins with `first`.
    fn sections_from(&self, folder: &str, first: &str, limit: i64) -> RangeRequest {
        let end = behind_all(&self.store.paths.section(folder));
        let mut request = between(self.store.paths.section(first), end);
        request.limit = limit;
        request
    }
}

fn broken(folder: &str) -> StoreError {
    StoreError::corrupt(format!("the sections of {folder} cannot be read"))
}
