//! How a range is found: its place, what etcd has from there on, and own changes among that.

use std::iter::Peekable;

use super::layout::{behind, behind_all};
use super::message::{KeyValue, RangeResponse};
use super::read::between;
use super::transaction::Known;
use super::{Client, EtcdTransaction, Memory};
use crate::gather::Gather as _;
use crate::host::Host;
use crate::store::asked::Span;
use crate::store::{Entry, StoreError};

/// How many records one call asks for.
const PAGE: usize = 1000;

/// How many keys are remembered to be there because a range found them.
const FOUND_MAX: usize = 20_000;

/// A key, with its new value where it is not removed.
pub(super) type Change = (String, Option<Vec<u8>>);

/// What a range found, for when it is read once more.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) span: Span,
    /// How many changes had been made by then.
    pub(super) made: usize,
    pub(super) entries: Vec<Entry>,
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

/// What a range wants of a region.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) skip: usize,
    pub(super) limit: usize,
    /// Own changes there.
    pub(super) changes: Vec<Change>,
}

impl Wanted {
    /// How many of the store's records may be needed for it.
    pub(super) fn to_scan(&self) -> usize {
        let removed = self.changes.iter().filter(|(_, value)| value.is_none()).count();
        self.skip.saturating_add(self.limit).saturating_add(removed)
    }
}

/// A range that is being found.
#[derive(Debug)]
pub(super) struct Finding {
    /// The first key in etcd.
    start: Vec<u8>,
    wanted: Wanted,
    /// The number of records before it, where what comes after is likely to be asked for next.
    place: Option<u64>,
    found: Vec<KeyValue>,
    /// Where the next page begins; `None` behind the last one.
    from: Option<Vec<u8>>,
    /// Where it ends, once that is decided.
    to: Option<Vec<u8>>,
}

impl<C: Client, H: Host, M: Memory> EtcdTransaction<'_, C, H, M> {
    /// Which part of the keys `span` is in; `None` where it wants nothing.
    pub(super) fn region<'r>(&self, span: &'r Span) -> Option<Region<'r>> {
        let prefix = &*span.prefix;
        let after = span.after.as_deref().filter(|after| *after >= prefix);
        let first = self.store.paths.data(after.unwrap_or(prefix));
        let end = behind_all(&self.store.paths.data(prefix));
        let start = if after.is_some() { behind(&first) } else { first };
        let scope = self.store.options.layout.scope_of_all(prefix);
        (span.limit > 0 && start < end).then_some(Region { prefix, scope, start, end })
    }

    /// Finds what is in `span`.
    pub(super) fn find_entries(&mut self, span: &Span) -> Result<(), StoreError> {
        if span.is_from_first() {
            if self.expected.ranges.contains(&span.prefix) {
                self.bring_expected()?;
            }
            if self.held(&span.prefix).is_some() {
                return Ok(());
            }
        }
        let entries = self.find(span)?;
        self.found.push(Found { span: span.clone(), made: self.made, entries });
        Ok(())
    }

    /// All that begins with `prefix`, own changes left out, where that is known.
    pub(super) fn held(&self, prefix: &str) -> Option<&Vec<KeyValue>> {
        self.held.get(prefix)?.as_ref()
    }

    fn find(&mut self, span: &Span) -> Result<Vec<Entry>, StoreError> {
        let Some(mut region) = self.region(span) else { return Ok(Vec::new()) };
        let begun = match self.finding.take() {
            Some(finding) => Some(finding),
            None => self.seek_first(&region, span)?,
        };
        let Some(mut finding) = begun else { return Ok(Vec::new()) };
        if let Err(error) = self.scan(&region, &mut finding) {
            self.finding = Some(finding);
            return Err(error);
        }
        let Finding { start, wanted, place, found, .. } = finding;
        region.start = start;
        let place = place.map(|place| (&*span.prefix, place));
        self.merge(&region, found, wanted, place)
    }

    /// Where what `span` wants of `region` begins; `None` if there is nothing.
    fn seek_first(
        &mut self,
        region: &Region<'_>,
        span: &Span,
    ) -> Result<Option<Finding>, StoreError> {
        let mut changes = self.changes_in(region.prefix, span.after.as_deref());
        let mut skip = span.skip;
        let mut start = region.start.clone();
        let mut place = None;
        if skip > 0 {
            if region.scope.is_none() {
                self.footprint.add_everything();
            }
            // Own changes move places by so much at the most; the rest of the way is the store's alone.
            self.look_up(changes.iter().map(|(key, _)| key.clone()), &[])?;
            let (added, _) = self.balance(changes.iter());
            let sure = skip.saturating_sub(added);
            if sure > 0 {
                let Some(found) = self.seek(region, sure)? else { return Ok(None) };
                let is_counted = self.store.options.layout.is_counted(region.prefix);
                place = Some(sure).filter(|_| span.after.is_none() && is_counted);
                let split = changes.partition_point(|(key, _)| self.store.paths.data(key) < found);
                let (added, removed) = self.balance(changes.iter().take(split));
                skip = skip.saturating_add(removed).saturating_sub(sure.saturating_add(added));
                changes.drain(..split);
                start = found;
            }
        }
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        let wanted = Wanted { skip, limit: span.limit, changes };
        let from = Some(start.clone());
        Ok(Some(Finding { start, wanted, place, found: Vec::new(), from, to: None }))
    }

    /// Finds as many of the store's records as may be needed.
    fn scan(&mut self, region: &Region<'_>, finding: &mut Finding) -> Result<(), StoreError> {
        let limit = finding.wanted.to_scan();
        while finding.found.len() < limit {
            let Some(start) = finding.from.clone() else { break };
            let end = match finding.to.take() {
                Some(end) => end,
                None => self.near_end(region, &start)?,
            };
            // What a page tells of the next one's end must not change its own, where it is asked for once more.
            finding.to = Some(end.clone());
            let page = (limit - finding.found.len()).min(PAGE);
            let mut request = between(start, end.clone());
            request.limit = i64::try_from(page).unwrap_or(i64::MAX);
            let answer = self.take(region.scope, vec![request])?.into_iter().next();
            finding.to = None;
            let Some(RangeResponse { kvs, more, count, .. }) = answer else { break };
            self.look_at_pace(region, &kvs, count, more);
            finding.found.extend(kvs);
            finding.from = match finding.found.last() {
                Some(last) if more => Some(behind(&last.key)),
                _ => Some(end).filter(|end| *end < region.end),
            };
        }
        Ok(())
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

    /// What is `wanted` of what was `found` in `region`, with own changes in their places. What it is behind of, `place`,
    /// is remembered for what will be asked for next.
    pub(super) fn merge(
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

/// Records of the store with own changes in their places.
struct Merged<S: Iterator<Item = Entry>, O: Iterator<Item = Change>> {
    stored: Peekable<S>,
    changes: Peekable<O>,
}

impl<S, O> Iterator for Merged<S, O>
where
    S: Iterator<Item = Entry>,
    O: Iterator<Item = Change>,
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
