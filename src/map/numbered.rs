/// As a `BTreeMap<u64, V>` of which little is used, for numbers that are given out one after the other: a list in their
/// order. To put in the next number is to append it.
#[derive(Debug)]
pub struct Numbered<V>(Vec<(u64, V)>);

impl<V> Default for Numbered<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> Numbered<V> {
    /// Whether it has no entries.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives `number` a value, and answers which one it had.
    pub fn insert(&mut self, number: u64, value: V) -> Option<V> {
        match self.position(number) {
            Ok(at) => self.0.get_mut(at).map(|(_, known)| std::mem::replace(known, value)),
            Err(at) => {
                self.0.insert(at, (number, value));
                None
            }
        }
    }

    /// Takes the value of `number` out.
    pub fn remove(&mut self, number: u64) -> Option<V> {
        let at = self.position(number).ok()?;
        Some(self.0.remove(at).1)
    }

    fn position(&self, number: u64) -> Result<usize, usize> {
        self.0.binary_search_by_key(&number, |(known, _)| *known)
    }
}
