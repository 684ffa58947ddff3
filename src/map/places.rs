//! Keys in their order, each with its place in a list: a tree of two levels, since no map lives longer than a request.

use std::vec;

/// How many keys a leaf has at the most.
const LEAF_MAX: usize = 128;

/// A key with its place.
type Entry = (String, usize);

/// Where a key is, or would be: its leaf, and its number there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct At {
    leaf: usize,
    number: usize,
}

/// The keys. No leaf is empty.
#[derive(Debug)]
pub(super) struct Places {
    leaves: Vec<Vec<Entry>>,
}

impl Places {
    pub(super) const fn new() -> Self {
        Self { leaves: Vec::new() }
    }

    /// Where `key` is, or else where it would be.
    pub(super) fn find(&self, key: &str) -> Result<At, At> {
        let begins_before =
            |leaf: &Vec<Entry>| leaf.first().is_some_and(|(first, _)| &**first <= key);
        let leaf = self.leaves.partition_point(begins_before).saturating_sub(1);
        let entries = self.leaves.get(leaf).map(Vec::as_slice).unwrap_or_default();
        let found = entries.binary_search_by(|(known, _)| known.as_str().cmp(key));
        found.map(|number| At { leaf, number }).map_err(|number| At { leaf, number })
    }

    /// The place of `key`.
    pub(super) fn get(&self, key: &str) -> Option<usize> {
        let At { leaf, number } = self.find(key).ok()?;
        self.leaves.get(leaf)?.get(number).map(|(_, place)| *place)
    }

    /// The place of `key`, which is `new` if it is not there yet.
    pub(super) fn get_or_insert(&mut self, key: String, new: usize) -> usize {
        let At { leaf, number } = match self.find(&key) {
            Ok(_) => return self.get(&key).unwrap_or(new),
            Err(at) => at,
        };
        let Some(entries) = self.leaves.get_mut(leaf) else {
            self.leaves.push(vec![(key, new)]);
            return new;
        };
        entries.insert(number, (key, new));
        if entries.len() > LEAF_MAX {
            // Keys that come in their order leave full leaves behind.
            let at = if number == LEAF_MAX { LEAF_MAX } else { LEAF_MAX / 2 };
            let behind = entries.split_off(at);
            self.leaves.insert(leaf + 1, behind);
        }
        new
    }

    /// The key at `at` or behind it, and its place. Moves `at` on.
    pub(super) fn next(&self, at: &mut At) -> Option<(&String, usize)> {
        let mut leaf = self.leaves.get(at.leaf)?;
        if at.number >= leaf.len() {
            *at = At { leaf: at.leaf + 1, number: 0 };
            leaf = self.leaves.get(at.leaf)?;
        }
        let (key, place) = leaf.get(at.number)?;
        at.number += 1;
        Some((key, *place))
    }
}

/// The keys in their order, with their places.
#[derive(Debug)]
pub(super) struct IntoIter {
    leaves: vec::IntoIter<Vec<Entry>>,
    leaf: vec::IntoIter<Entry>,
}

impl Iterator for IntoIter {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        loop {
            if let Some(entry) = self.leaf.next() {
                return Some(entry);
            }
            self.leaf = self.leaves.next()?.into_iter();
        }
    }
}

impl IntoIterator for Places {
    type Item = Entry;
    type IntoIter = IntoIter;

    fn into_iter(self) -> IntoIter {
        IntoIter { leaves: self.leaves.into_iter(), leaf: Vec::new().into_iter() }
    }
}
