//! Whether a stored tree is sound: walks all of it and names every invariant that is broken.

use std::collections::BTreeSet;
use std::rc::Rc;

use thiserror::Error;

use super::names::Name;
use super::node::{Child, HEIGHT_MAX, LeafEntry, Link, Node, NodeRef, Value};
use super::{Fetched, KeyValue, Tree};
use crate::host::Entropy;
use crate::store::{StoreError, StoreErrorKind};

/// An invariant that does not hold, and the name of the node where it doesn't.
#[derive(Clone, Debug, Error, PartialEq, Eq, PartialOrd, Ord)]
pub enum Broken {
    /// A node that its parent refers to is not there.
    #[error("{0}: missing")]
    Missing(String),
    /// Under a node's name is one of another transaction.
    #[error("{0}: written by another transaction")]
    Stamp(String),
    /// A node cannot be decoded, or is larger than nodes may be.
    #[error("{node}: {reason}")]
    Malformed {
        /// The node's name.
        node: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A node has keys that belong elsewhere.
    #[error("{0}: keys out of order")]
    Order(String),
    /// A node holds another number of entries than its parent says.
    #[error("{0}: wrong count")]
    Count(String),
    /// A value in this leaf has another length than its entry says.
    #[error("{0}: wrong size")]
    Size(String),
    /// A node is referred to twice.
    #[error("{0}: referred to twice")]
    Shared(String),
    /// A node in use is on the list of names to be used again.
    #[error("{0}: in use and free")]
    Free(String),
    /// A name is twice on that list.
    #[error("{0}: free twice")]
    FreeTwice(String),
    /// Leaves are not all equally far from the root, or a chunk is where a node should be.
    #[error("{0}: at the wrong height")]
    Height(String),
}

/// What [`check`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many commits led to the state that was checked.
    pub sequence: u64,
    /// Entries found.
    pub entries: u64,
    /// Nodes found, those of long values included.
    pub nodes: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// Nodes from the root to a leaf.
    pub height: usize,
    /// What is wrong; empty if the tree is sound.
    pub broken: Vec<Broken>,
}

/// Walks the tree as it is stored now, past the cache. Takes as many host calls as there are nodes.
///
/// [`StoreErrorKind::Conflict`] if the store was written to meanwhile, [`StoreErrorKind::Unavailable`] if it can't
/// be asked, [`StoreErrorKind::Corrupt`] if the head cannot be read.
pub async fn check<K: KeyValue, E: Entropy>(tree: &Tree<K, E>) -> Result<Report, StoreError> {
    let Some((head, _)) = tree.head().await? else { return Ok(Report::default()) };
    let report = Report { sequence: head.sequence, ..Report::default() };
    let mut walk =
        Walk { tree, report, free: BTreeSet::new(), seen: BTreeSet::new(), pending: Vec::new() };
    for name in tree.names.borrow().all_free() {
        if !walk.free.insert(name) {
            walk.report.broken.push(Broken::FreeTwice(name.to_string()));
        }
    }
    walk.pending.extend(head.root.map(|root| Pending {
        reference: root,
        count: head.count,
        depth: 1,
        from: "".into(),
        to: None,
    }));
    while let Some(next) = walk.pending.pop() {
        walk.visit(next).await?;
    }
    match tree.head().await? {
        Some((now, _)) if now == head => Ok(walk.report),
        _ => Err(StoreError::conflict()),
    }
}

struct Walk<'t, K, E> {
    tree: &'t Tree<K, E>,
    report: Report,
    free: BTreeSet<Name>,
    seen: BTreeSet<Name>,
    pending: Vec<Pending>,
}

/// A node to be visited, and what its parent says of it.
struct Pending {
    reference: NodeRef,
    count: u64,
    depth: usize,
    from: Rc<str>,
    to: Option<Rc<str>>,
}

impl<K: KeyValue, E: Entropy> Walk<'_, K, E> {
    async fn visit(&mut self, at: Pending) -> Result<(), StoreError> {
        let name = at.reference.name.to_string();
        let Some(node) = self.fetch(&at.reference).await? else { return Ok(()) };
        if node.count() != at.count {
            self.report.broken.push(Broken::Count(name.clone()));
        }
        match &*node {
            Node::Leaf(entries) => {
                self.report.entries += entries.len() as u64;
                if self.report.height == 0 {
                    self.report.height = at.depth;
                }
                if self.report.height != at.depth {
                    self.report.broken.push(Broken::Height(name.clone()));
                }
                if !entries.iter().all(|entry| at.may_hold(&entry.key)) {
                    self.report.broken.push(Broken::Order(name.clone()));
                }
                for entry in entries {
                    self.visit_value(&name, entry).await?;
                }
            }
            Node::Branch(_) if at.depth >= HEIGHT_MAX => {
                self.report.broken.push(Broken::Height(name));
            }
            Node::Branch(children) => self.visit_children(name, children, &at),
            Node::Chunk(_) => self.report.broken.push(Broken::Height(name)),
        }
        Ok(())
    }

    fn visit_children(&mut self, name: String, children: &[Child], at: &Pending) {
        if !children.iter().all(|child| at.may_hold(&child.first)) {
            self.report.broken.push(Broken::Order(name));
        }
        let ends = children.iter().skip(1).map(|child| Some(Rc::clone(&child.first)));
        for (child, to) in children.iter().zip(ends.chain([at.to.clone()])) {
            let Link::Stored(reference) = child.link else { continue };
            let (count, from, depth) = (child.count, Rc::clone(&child.first), at.depth + 1);
            self.pending.push(Pending { reference, count, depth, from, to });
        }
    }

    async fn visit_value(&mut self, leaf: &str, entry: &LeafEntry) -> Result<(), StoreError> {
        let Value::Overflow { length, chunks } = &entry.value else { return Ok(()) };
        let mut found = 0;
        for chunk in chunks.iter() {
            match self.fetch(chunk).await?.as_deref() {
                Some(Node::Chunk(bytes)) => found += bytes.len(),
                Some(_) => self.report.broken.push(Broken::Height(chunk.name.to_string())),
                None => return Ok(()),
            }
        }
        if found != *length {
            self.report.broken.push(Broken::Size(leaf.to_owned()));
        }
        Ok(())
    }

    /// The node at `reference`, unless something is wrong with it.
    async fn fetch(&mut self, reference: &NodeRef) -> Result<Option<Rc<Node>>, StoreError> {
        let name = reference.name.to_string();
        if self.free.contains(&reference.name) {
            self.report.broken.push(Broken::Free(name.clone()));
        }
        if !self.seen.insert(reference.name) {
            self.report.broken.push(Broken::Shared(name));
            return Ok(None);
        }
        let broken = match self.tree.fetch(reference).await {
            Ok(Fetched::Node(node, size)) => {
                self.report.nodes += 1;
                self.report.bytes += size as u64;
                return Ok(Some(node));
            }
            Ok(Fetched::Missing) => Broken::Missing(name),
            Ok(Fetched::OtherStamp) => Broken::Stamp(name),
            Err(error) => match error.kind() {
                StoreErrorKind::Corrupt(reason) => {
                    Broken::Malformed { node: name, reason: reason.clone() }
                }
                _ => return Err(error),
            },
        };
        self.report.broken.push(broken);
        Ok(None)
    }
}

impl Pending {
    fn may_hold(&self, key: &str) -> bool {
        *key >= *self.from && self.to.as_deref().is_none_or(|to| key < to)
    }
}

#[cfg(test)]
mod tests;
