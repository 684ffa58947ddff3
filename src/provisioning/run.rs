//! The time and the random bytes that an operation goes by.

use std::cell::{Cell, RefCell};

use super::{Actor, Context};
use crate::host::{Entropy, Host, Timestamp};

/// What an operation goes by, the same each time that it is run on a snapshot: else it would make another id each time,
/// ask for what belongs to that one, and never have it.
pub struct Run<'h> {
    now: Timestamp,
    host: &'h dyn Entropy,
    drawn: RefCell<Vec<u8>>,
    /// How many of these bytes the operation has got.
    at: Cell<usize>,
}

impl<'h> Run<'h> {
    /// What an operation goes by that is run now on `host`.
    pub fn new(host: &'h impl Host) -> Self {
        Self { now: host.now(), host, drawn: RefCell::default(), at: Cell::default() }
    }

    /// The same for what `actor` asks for.
    pub fn context<'a>(&'a self, actor: &'a Actor) -> Context<'a> {
        Context { now: self.now, entropy: self, actor }
    }

    /// Begins anew.
    pub(super) fn rewind(&self) {
        self.at.set(0);
    }
}

impl Entropy for Run<'_> {
    fn fill(&self, bytes: &mut [u8]) {
        let mut drawn = self.drawn.borrow_mut();
        let at = self.at.get();
        let end = at.saturating_add(bytes.len());
        let had = drawn.len();
        if had < end {
            drawn.resize(end, 0);
            self.host.fill(drawn.get_mut(had..).unwrap_or_default());
        }
        for (byte, drawn) in bytes.iter_mut().zip(drawn.iter().skip(at)) {
            *byte = *drawn;
        }
        self.at.set(end);
    }
}

#[cfg(test)]
mod tests;
