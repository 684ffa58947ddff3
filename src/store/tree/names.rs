//! Names for nodes, and which names may be used again.
//!
//! Where the host cannot delete, a node that is no longer part of the tree would lie there for ever.
//! So its name is used again, and only when two things are certain:
//!
//! **No committed tree loses a node.** A name comes to [`Names::free`] in two ways. Either a
//! *confirmed* commit of this VM replaced the node: states form a chain, the node is in the state before
//! and in none behind, and as only one transaction makes that step, only one VM ever frees it. Or this
//! VM wrote the node for a commit that was *definitely* refused, which includes that its swap can't be
//! applied any more (see `commit.rs`): nothing ever referred to it. A commit whose outcome is unknown
//! frees neither what it replaced nor what it wrote. And a name whose last write may still be under way
//! (the host answered an error, or the writer was dropped) is forgotten: the write could land
//! on top of the name's next node.
//!
//! **No reader is fooled.** A reader on an old state may meet a name's next node. Every node carries the
//! stamp of the transaction that wrote it, its parent holds that stamp too, and no transaction writes a
//! name twice: so the reader notices, and starts over. Nodes kept in a cache are filed under
//! name *and* stamp.

use std::collections::VecDeque;
use std::fmt;

/// Where a node is: unique to the VM that first used it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Name {
    pub(super) vm: u64,
    pub(super) number: u64,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "scim-edge/{:016x}{:x}", self.vm, self.number)
    }
}

/// The names this VM may give to new nodes.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Drawn when the first name is needed: some hosts give no entropy before a request.
    vm: Option<u64>,
    used: u64,
    /// Those that came first are taken first: so a reader on an old state has time until a node of it is another one.
    free: VecDeque<Name>,
}

impl Names {
    /// A name that nothing refers to.
    pub(super) fn take(&mut self, random: impl FnOnce() -> u64) -> Name {
        if let Some(name) = self.free.pop_front() {
            return name;
        }
        let vm = *self.vm.get_or_insert_with(random);
        self.used += 1;
        Name { vm, number: self.used }
    }

    /// Lets `name` be taken again. See the head of this module for when.
    pub(super) fn free(&mut self, name: Name) {
        self.free.push_back(name);
    }

    /// All that nothing refers to.
    pub(super) fn all_free(&self) -> impl Iterator<Item = Name> {
        self.free.iter().copied()
    }

    #[cfg(test)]
    pub(super) fn free_count(&self) -> usize {
        self.free.len()
    }
}
