//! The head: the only value that ever changes, and what it tells about a swap.

use super::bytes::{Malformed, Reader, put_length, put_number};
use super::node::NodeRef;
use crate::gather::Gather as _;

/// How many of the last transactions a head names.
pub(super) const WINDOW: usize = 32;

const FORMAT: u8 = 1;

/// A state of the store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// How many commits made this state. Every commit adds one.
    pub(super) sequence: u64,
    pub(super) root: Option<NodeRef>,
    /// Entries in the whole tree.
    pub(super) count: u64,
    /// The ids of the last [`WINDOW`] transactions, the latest first.
    recent: Vec<u64>,
}

/// What a head says about a transaction that meant to follow an older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is in.
    Applied,
    /// Others followed in its place: it is not in and cannot come in any more.
    Overtaken,
    /// Nobody followed yet: it is not in, but its swap may still be on its way.
    Unmoved,
    /// So many followed that its id would no longer be named, or this is not the same history.
    Untold,
}

impl Head {
    /// The state behind this one, made by `transaction`.
    pub(super) fn followed_by(&self, transaction: u64, root: Option<NodeRef>, count: u64) -> Self {
        let recent = std::iter::once(transaction).chain(self.recent.iter().copied());
        let recent = recent.take(WINDOW).gather();
        Self { sequence: self.sequence.saturating_add(1), root, count, recent }
    }

    /// Whether `transaction`, which meant to follow `base`, led to this state.
    pub(super) fn verdict(&self, base: &Self, transaction: u64) -> Verdict {
        if self.recent.contains(&transaction) {
            return Verdict::Applied;
        }
        match self.sequence.checked_sub(base.sequence) {
            Some(0) if self == base => Verdict::Unmoved,
            // The first to follow `base` is named by the next WINDOW heads, its own included.
            Some(followers @ 1..) if followers <= WINDOW as u64 => Verdict::Overtaken,
            _ => Verdict::Untold,
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = vec![FORMAT];
        put_number(&mut out, self.sequence);
        put_number(&mut out, self.count);
        if let Some(root) = &self.root {
            root.encode(&mut out);
        }
        put_length(&mut out, self.recent.len());
        self.recent.iter().for_each(|id| out.extend(id.to_le_bytes()));
        out
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        if reader.byte()? != FORMAT {
            return Err(Malformed("head of an unknown format"));
        }
        let sequence = reader.number()?;
        let count = reader.number()?;
        let root = if count > 0 { Some(NodeRef::decode(&mut reader)?) } else { None };
        let length = reader.length(WINDOW)?;
        let recent = (0..length).map(|_| reader.word()).try_gather()?;
        reader.finish()?;
        Ok(Self { sequence, root, count, recent })
    }
}

#[cfg(test)]
mod tests;
