use std::fmt;

use super::{IntoIter, Map};

/// As a `BTreeSet<String>`, with as much of it as is used: a [`Map`] without values.
#[derive(Clone, Default)]
pub struct Set(Map<()>);

impl fmt::Debug for Set {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.iter()).finish()
    }
}

impl PartialEq for Set {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Set {}

impl Set {
    /// An empty set.
    pub const fn new() -> Self {
        Self(Map::new())
    }

    /// How many it holds.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it holds `text`.
    pub fn contains(&self, text: &str) -> bool {
        self.0.contains_key(text)
    }

    /// Adds `text`, and answers whether it was not there.
    pub fn insert(&mut self, text: String) -> bool {
        self.0.insert(text, ()).is_none()
    }

    /// What it holds, in order.
    pub fn iter(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }
}

impl IntoIterator for Set {
    type Item = String;
    type IntoIter = std::iter::Map<IntoIter<()>, fn((String, ())) -> String>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter().map(|(text, ())| text)
    }
}

impl Extend<String> for Set {
    fn extend<I: IntoIterator<Item = String>>(&mut self, texts: I) {
        for text in texts {
            self.insert(text);
        }
    }
}

impl<const N: usize> From<[String; N]> for Set {
    fn from(texts: [String; N]) -> Self {
        Self::from_iter(texts)
    }
}

impl FromIterator<String> for Set {
    fn from_iter<I: IntoIterator<Item = String>>(texts: I) -> Self {
        let mut set = Self::new();
        set.extend(texts);
        set
    }
}
