//! Which keys were staged already, in a fixed amount of memory.
//!
//! A Bloom filter: what it has not seen is new for certain, and needs no look-up. Of what it believes to have seen the
//! store says whether that is true. So next to no line of a file costs a read, and no answer is a guess.

use std::cell::RefCell;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// 8 MiB. With five million keys in it, six of a thousand new ones are looked up for nothing.
const WORDS: usize = 1 << 20;

/// How many bits each key has.
const BITS_PER_KEY: u64 = 4;

pub(super) struct Known(RefCell<Vec<u64>>);

impl Known {
    pub(super) fn new() -> Self {
        Self(RefCell::new(vec![0; WORDS]))
    }

    /// Remembers `key`. False: it was not remembered before.
    pub(super) fn insert(&self, key: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let first = hasher.finish();
        first.hash(&mut hasher);
        // Odd, so that the steps never stay where they are.
        let step = hasher.finish() | 1;
        let mut words = self.0.borrow_mut();
        let mut known = true;
        for n in 0..BITS_PER_KEY {
            let bit = first.wrapping_add(n.wrapping_mul(step));
            let at = usize::try_from((bit >> 6) % WORDS as u64).unwrap_or_default();
            let mask = 1 << (bit & 63);
            if let Some(word) = words.get_mut(at) {
                known &= *word & mask != 0;
                *word |= mask;
            }
        }
        known
    }
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Known").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
