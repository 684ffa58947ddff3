//! Ordered maps from texts and from numbers, and sets of texts, which take little code for each kind of value.
//!
//! The tree of the standard library is there anew for every type that it holds, with 3 to 5 KB of code each. Here all maps
//! have the same keys with places in a list.

use std::fmt;

mod numbered;
mod places;
mod set;

pub use numbered::Numbered;
pub use set::Set;

use places::{At, Places};

/// As a `BTreeMap<String, V>`, with as much of it as is used. What is removed leaves its key behind: it is for what lives
/// no longer than a request.
pub struct Map<V> {
    places: Places,
    values: Vec<Option<V>>,
    len: usize,
}

impl<V> Default for Map<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V: Clone> Clone for Map<V> {
    fn clone(&self) -> Self {
        let mut map = Self::new();
        for (key, value) in self.iter() {
            map.insert(key.clone(), value.clone());
        }
        map
    }
}

impl<V: fmt::Debug> fmt::Debug for Map<V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self.iter()).finish()
    }
}

impl<V> Map<V> {
    /// An empty map.
    pub const fn new() -> Self {
        Self { places: Places::new(), values: Vec::new(), len: 0 }
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Takes all entries out.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&V> {
        self.value(self.places.get(key)?)
    }

    /// Whether `key` has a value.
    pub fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Gives `key` a value, and answers which one it had.
    pub fn insert(&mut self, key: String, value: V) -> Option<V> {
        let before = self.slot(key).replace(value);
        self.len += usize::from(before.is_none());
        before
    }

    /// The value of `key`, which is given a `new` one where it has none.
    pub fn or_insert_with(&mut self, key: String, new: impl FnOnce() -> V) -> &mut V {
        if !self.contains_key(&key) {
            self.len += 1;
        }
        self.slot(key).get_or_insert_with(new)
    }

    /// Takes the value of `key` out.
    pub fn remove(&mut self, key: &str) -> Option<V> {
        let place = self.places.get(key)?;
        let removed = self.values.get_mut(place).and_then(Option::take);
        self.len -= usize::from(removed.is_some());
        removed
    }

    /// Keeps those entries only that `keep` says.
    pub fn retain(&mut self, keep: impl Fn(&str, &V) -> bool) {
        let mut at = At::default();
        while let Some((key, place)) = self.places.next(&mut at) {
            if let Some(slot) = self.values.get_mut(place)
                && slot.take_if(|value| !keep(key, value)).is_some()
            {
                self.len -= 1;
            }
        }
    }

    /// The entries in the order of their keys.
    pub fn iter(&self) -> Iter<'_, V> {
        Iter { map: self, at: At::default() }
    }

    /// The entries from `first` on, in the order of their keys.
    pub fn range_from(&self, first: &str) -> Iter<'_, V> {
        Iter { map: self, at: self.places.find(first).unwrap_or_else(|at| at) }
    }

    /// The keys in their order.
    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.iter().map(|(key, _)| key)
    }

    /// The values in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    fn value(&self, place: usize) -> Option<&V> {
        self.values.get(place)?.as_ref()
    }

    fn slot(&mut self, key: String) -> &mut Option<V> {
        let place = self.places.get_or_insert(key, self.values.len());
        if place >= self.values.len() {
            self.values.push(None);
        }
        #[expect(clippy::indexing_slicing, reason = "each place is in the list by now")]
        &mut self.values[place]
    }
}

/// The entries of a map in the order of their keys, one after the other.
#[derive(Debug)]
pub struct Iter<'m, V> {
    map: &'m Map<V>,
    at: At,
}

impl<'m, V> Iterator for Iter<'m, V> {
    type Item = (&'m String, &'m V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (key, place) = self.map.places.next(&mut self.at)?;
            if let Some(value) = self.map.value(place) {
                return Some((key, value));
            }
        }
    }
}

/// The entries of a map in the order of their keys.
#[derive(Debug)]
pub struct IntoIter<V> {
    places: places::IntoIter,
    values: Vec<Option<V>>,
}

impl<V> Iterator for IntoIter<V> {
    type Item = (String, V);

    fn next(&mut self) -> Option<(String, V)> {
        loop {
            let (key, place) = self.places.next()?;
            if let Some(value) = self.values.get_mut(place).and_then(Option::take) {
                return Some((key, value));
            }
        }
    }
}

impl<V> IntoIterator for Map<V> {
    type Item = (String, V);
    type IntoIter = IntoIter<V>;

    fn into_iter(self) -> IntoIter<V> {
        IntoIter { places: self.places.into_iter(), values: self.values }
    }
}

impl<V> Extend<(String, V)> for Map<V> {
    fn extend<I: IntoIterator<Item = (String, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<V> FromIterator<(String, V)> for Map<V> {
    fn from_iter<I: IntoIterator<Item = (String, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

#[cfg(test)]
mod tests;
