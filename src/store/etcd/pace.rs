//! How far the next page of a long range is likely to reach, where there are no sections: etcd looks at every key of a
//! range, so a walk in pages would look at all that follows with every page.
//!
//! Keys are taken for numbers that are about as far apart as those of the last page. Where that is wrong, the page is
//! too short, and another one is read behind it; nothing is left out.

use super::layout::behind_all;
use super::message::KeyValue;

/// How many bytes of a key make its number.
const WINDOW: usize = 8;

/// Where a walk is, and how far apart keys are there.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    last: Vec<u8>,
    /// How much the keys of the last page have in common.
    common: usize,
    /// How far the first and the last of them were apart.
    distance: u64,
}

impl Pace {
    /// What a page tells.
    pub(super) fn of(found: &[KeyValue]) -> Option<Self> {
        let (first, last) = (&found.first()?.key, &found.last()?.key);
        let common = first.iter().zip(last).take_while(|(one, other)| one == other).count();
        let distance = number(last, common).checked_sub(number(first, common))?;
        (distance > 0).then(|| Self { last: last.clone(), common, distance })
    }

    /// Where a page that begins with `start` may end; `None` where nothing can be said.
    pub(super) fn end(&self, start: &[u8]) -> Option<Vec<u8>> {
        let common = self.last.get(..self.common)?;
        let base = if start.starts_with(common) {
            start
        } else if *start < *self.last {
            &self.last
        } else {
            return None;
        };
        let end = number(base, self.common).checked_add(self.distance.checked_mul(2)?);
        Some(end.map_or_else(|| behind_all(common), |end| [common, &end.to_be_bytes()].concat()))
    }

    /// Nothing more is so near: the next keys have less in common with the last.
    pub(super) fn hasten(&mut self) {
        self.common = self.common.saturating_sub(1);
        self.distance = 1 << (u64::BITS - 9);
    }
}

/// The number that `key` has behind what it has in common with others.
fn number(key: &[u8], common: usize) -> u64 {
    let mut bytes = [0; WINDOW];
    for (byte, of_key) in bytes.iter_mut().zip(key.iter().skip(common)) {
        *byte = *of_key;
    }
    u64::from_be_bytes(bytes)
}
