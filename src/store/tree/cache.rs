//! Nodes this VM has decoded. A node never changes under its name and stamp, so none can be stale.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use lru::LruCache;
use rustc_hash::FxBuildHasher;

use super::node::{Node, NodeRef};

/// How many decoded nodes an engine keeps.
#[derive(Clone, Copy, Debug)]
pub struct CacheLimits {
    /// Nodes.
    pub nodes: usize,
    /// Bytes, as nodes are encoded; decoded they take about twice as much memory.
    pub bytes: usize,
}

impl Default for CacheLimits {
    /// 65,536 nodes or 64 MiB, whichever is reached first: the state of 40,000 users, or all branches, through which
    /// every look-up goes, of that of a million. Taken only as far as there are that many.
    fn default() -> Self {
        Self { nodes: 65_536, bytes: 64 * 1024 * 1024 }
    }
}

pub(super) struct Cache {
    limits: CacheLimits,
    kept: RefCell<Kept>,
}

struct Kept {
    /// Hashed for speed: names and stamps come from our own entropy, nobody can make them collide.
    nodes: LruCache<NodeRef, (Rc<Node>, usize), FxBuildHasher>,
    bytes: usize,
}

impl Cache {
    pub(super) fn new(limits: CacheLimits) -> Self {
        let nodes = LruCache::unbounded_with_hasher(FxBuildHasher);
        Self { limits, kept: RefCell::new(Kept { nodes, bytes: 0 }) }
    }

    pub(super) fn find(&self, reference: &NodeRef) -> Option<Rc<Node>> {
        self.kept.borrow_mut().nodes.get(reference).map(|(node, _)| Rc::clone(node))
    }

    /// Keeps `node`, which takes `size` bytes encoded, and drops what was not used for longest.
    pub(super) fn keep(&self, reference: NodeRef, node: Rc<Node>, size: usize) {
        let mut kept = self.kept.borrow_mut();
        kept.bytes += size;
        if let Some((_, replaced)) = kept.nodes.put(reference, (node, size)) {
            kept.bytes = kept.bytes.saturating_sub(replaced);
        }
        while kept.nodes.len() > self.limits.nodes || kept.bytes > self.limits.bytes {
            let Some((_, (_, dropped))) = kept.nodes.pop_lru() else { break };
            kept.bytes = kept.bytes.saturating_sub(dropped);
        }
    }

    /// Drops a node that is no longer part of the tree, to make room for one that is.
    pub(super) fn forget(&self, reference: &NodeRef) {
        let mut kept = self.kept.borrow_mut();
        if let Some((_, size)) = kept.nodes.pop(reference) {
            kept.bytes = kept.bytes.saturating_sub(size);
        }
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.kept.borrow();
        write!(f, "Cache({} nodes, {} bytes)", kept.nodes.len(), kept.bytes)
    }
}

#[cfg(test)]
mod tests;
