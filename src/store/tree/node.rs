//! Nodes of the B-tree, and the changes that keep it one: insert, remove, split, join.
//!
//! Nothing here waits. A transaction first brings in the nodes on a key's path ([`Link::Loaded`]); they
//! are copied when they are changed, the rest of the tree stays shared with every other state.

use std::rc::Rc;

use super::bytes::{Malformed, shared_length};
use super::names::Name;
use crate::gather::Gather as _;

mod encoding;

pub(super) use encoding::{decode, encode, stamp};

/// The largest node in bytes that is ever written or read.
pub(super) const NODE_MAX: usize = 16 * 1024;

/// No tree is higher: a path that is longer leads in a circle.
pub(super) const HEIGHT_MAX: usize = 24;

const PATH_MISSING: Malformed = Malformed("a node on the path was not loaded");

/// When nodes are split and joined, in encoded bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// A node above this is split, unless it is too few entries.
    pub(super) split: usize,
    /// A node below this is joined with a neighbour when something was removed from it.
    pub(super) join: usize,
    /// Longer values live outside of their leaf.
    pub(super) inline: usize,
    /// In pieces of this size.
    pub(super) chunk: usize,
}

impl Shape {
    /// Chosen by measuring whole requests (`benches/service.rs`): with 10,000 users a create writes 32 KB in 20
    /// nodes. With nodes of twice the size it is 75 KB, with nodes of two thirds it is the same time for
    /// more nodes. The largest leaf, the largest inline entry added to a full one, stays below [`NODE_MAX`].
    pub(super) const DEFAULT: Self =
        Self { split: 3 * 1024, join: 1024, inline: 2048, chunk: NODE_MAX - 64 };
}

/// A stored node as its parent knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct NodeRef {
    pub(super) name: Name,
    /// The transaction that wrote it.
    pub(super) stamp: u64,
}

impl NodeRef {
    /// Where no node is ever written.
    pub(super) const NOWHERE: Self = Self { name: Name { vm: 0, number: 0 }, stamp: 0 };
}

#[derive(Clone, Debug)]
pub(super) enum Node {
    /// Entries, in order of their keys.
    Leaf(Vec<LeafEntry>),
    /// Subtrees, in order.
    Branch(Vec<Child>),
    /// A piece of a value that is too long for a leaf.
    Chunk(Rc<[u8]>),
}

#[derive(Clone, Debug)]
pub(super) struct LeafEntry {
    pub(super) key: Rc<str>,
    pub(super) value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    /// The value itself. Above [`Shape::inline`] only until it is written.
    Inline(Rc<[u8]>),
    Overflow {
        length: usize,
        chunks: Rc<[NodeRef]>,
    },
}

impl Value {
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Inline(bytes) => bytes.len(),
            Self::Overflow { length, .. } => *length,
        }
    }

    /// The nodes that hold it.
    pub(super) fn chunks(&self) -> &[NodeRef] {
        match self {
            Self::Inline(_) => &[],
            Self::Overflow { chunks, .. } => chunks,
        }
    }
}

/// A subtree.
#[derive(Clone, Debug)]
pub(super) struct Child {
    /// No key in this subtree is smaller, and every key in the subtree before is.
    pub(super) first: Rc<str>,
    pub(super) link: Link,
    /// Entries in this subtree.
    pub(super) count: u64,
}

#[derive(Clone, Debug)]
pub(super) enum Link {
    Stored(NodeRef),
    /// To be changed, or changed already, by the transaction that holds it.
    Loaded(Rc<Node>),
}

/// The child in which the border between keys that are `left` and keys that are not lies.
pub(super) fn border(children: &[Child], left: &dyn Fn(&str) -> bool) -> usize {
    children.partition_point(|child| left(&child.first)).saturating_sub(1)
}

impl Child {
    /// A root that holds one entry.
    pub(super) fn holding(key: &str, value: Value) -> Self {
        let leaf = Node::Leaf(vec![LeafEntry { key: key.into(), value }]);
        Self::loaded("".into(), leaf)
    }

    fn loaded(first: Rc<str>, node: Node) -> Self {
        Self { first, count: node.count(), link: Link::Loaded(Rc::new(node)) }
    }

    /// The node to change, which is copied if somebody else holds it too.
    fn node_mut(&mut self) -> Result<&mut Node, Malformed> {
        match &mut self.link {
            Link::Loaded(node) => Ok(Rc::make_mut(node)),
            Link::Stored(_) => Err(PATH_MISSING),
        }
    }

    /// The subtree below this one that `key` belongs to; none below a leaf.
    pub(super) fn below_mut(&mut self, key: &str) -> Result<Option<&mut Child>, Malformed> {
        match self.node_mut()? {
            Node::Branch(children) => {
                let place = border(children, &|first| first <= key);
                Ok(children.get_mut(place))
            }
            Node::Leaf(_) => Ok(None),
            Node::Chunk(_) => Err(Malformed("chunk instead of a node")),
        }
    }

    /// Sets `key` on a loaded path. Gives the value it had.
    fn insert(&mut self, key: &str, value: Value, shape: &Shape) -> Result<Inserted, Malformed> {
        let node = self.node_mut()?;
        let mut grown = true;
        let replaced = match node {
            Node::Leaf(entries) => match entries.binary_search_by(|entry| (*entry.key).cmp(key)) {
                Ok(place) => {
                    entries.get_mut(place).map(|entry| std::mem::replace(&mut entry.value, value))
                }
                Err(place) => {
                    entries.insert(place, LeafEntry { key: key.into(), value });
                    None
                }
            },
            Node::Branch(children) => {
                let place = border(children, &|first| first <= key);
                let child = children.get_mut(place).ok_or(PATH_MISSING)?;
                let Inserted { replaced, right } = child.insert(key, value, shape)?;
                // A first key that is lowered adds KEY_MAX at most, and only to a first child.
                grown = right.is_some();
                if let Some(right) = right {
                    children.insert(place + 1, right);
                }
                replaced
            }
            Node::Chunk(_) => return Err(Malformed("chunk instead of a node")),
        };
        let right = if grown { node.split(key, shape) } else { None };
        self.count = node.count();
        if key < &*self.first {
            self.first = key.into();
        }
        Ok(Inserted { replaced, right })
    }

    /// Sets `key` below this root, on a loaded path. Gives the value it had.
    pub(super) fn insert_at_root(
        &mut self,
        key: &str,
        value: Value,
        shape: &Shape,
    ) -> Result<Option<Value>, Malformed> {
        let Inserted { replaced, right } = self.insert(key, value, shape)?;
        if let Some(right) = right {
            let both = vec![self.clone(), right];
            *self = Self::loaded("".into(), Node::Branch(both));
        }
        Ok(replaced)
    }

    /// Removes `key` on a loaded path, with every node that is empty then but this one. Gives the
    /// value it had.
    pub(super) fn remove(&mut self, key: &str) -> Result<Option<Value>, Malformed> {
        let node = self.node_mut()?;
        let removed = match node {
            Node::Leaf(entries) => entries
                .binary_search_by(|entry| (*entry.key).cmp(key))
                .ok()
                .map(|place| entries.remove(place).value),
            Node::Branch(children) => {
                let place = border(children, &|first| first <= key);
                let child = children.get_mut(place).ok_or(PATH_MISSING)?;
                let removed = child.remove(key)?;
                if child.count == 0 {
                    children.remove(place);
                }
                removed
            }
            Node::Chunk(_) => return Err(Malformed("chunk instead of a node")),
        };
        self.count = node.count();
        Ok(removed)
    }

    /// The two subtrees below this one to be joined, the left one's place, because that of `key` became
    /// too small. Both have to be loaded.
    pub(super) fn to_join(&self, key: &str, shape: &Shape) -> Option<usize> {
        let Link::Loaded(node) = &self.link else { return None };
        let Node::Branch(children) = &**node else { return None };
        let place = border(children, &|first| first <= key);
        let Link::Loaded(small) = &children.get(place)?.link else { return None };
        if children.len() < 2 || !small.is_small(shape) {
            return None;
        }
        Some(place.saturating_sub(1))
    }

    /// The subtree at `place` below this one.
    pub(super) fn at_mut(&mut self, place: usize) -> Option<&mut Child> {
        match self.node_mut() {
            Ok(Node::Branch(children)) => children.get_mut(place),
            _ => None,
        }
    }

    /// Makes one subtree of those at `left` and behind it, or two of about the same size.
    pub(super) fn join(&mut self, left: usize, shape: &Shape) -> Result<(), Malformed> {
        let Node::Branch(children) = self.node_mut()? else { return Ok(()) };
        if left + 1 >= children.len() {
            return Ok(());
        }
        let mut right = children.remove(left + 1);
        let child = children.get_mut(left).ok_or(PATH_MISSING)?;
        let node = child.node_mut()?;
        match (&mut *node, right.node_mut()?) {
            (Node::Leaf(entries), Node::Leaf(more)) => entries.append(more),
            (Node::Branch(children), Node::Branch(more)) => children.append(more),
            _ => return Err(Malformed("neighbours of different height")),
        }
        let half = node.split("", shape);
        child.count = node.count();
        if let Some(half) = half {
            children.insert(left + 1, half);
        }
        Ok(())
    }

    /// Where this root has one subtree only, that subtree is the root. True while there may be more.
    pub(super) fn lower(&mut self) -> bool {
        let Link::Loaded(node) = &self.link else { return false };
        let Node::Branch(children) = &**node else { return false };
        let [only] = children.as_slice() else { return false };
        *self = only.clone();
        self.first = "".into();
        true
    }
}

/// What an insert leaves to be done above.
struct Inserted {
    replaced: Option<Value>,
    /// The right half, if the node was split.
    right: Option<Child>,
}

impl Node {
    /// Entries in and below this node.
    pub(super) fn count(&self) -> u64 {
        match self {
            Self::Leaf(entries) => entries.len() as u64,
            Self::Branch(children) => {
                children.iter().fold(0, |count, child| count.saturating_add(child.count))
            }
            Self::Chunk(_) => 0,
        }
    }

    fn is_small(&self, shape: &Shape) -> bool {
        match self {
            Self::Branch(children) if children.len() < 2 => true,
            _ => self.sizes(shape).into_iter().sum::<usize>() < shape.join,
        }
    }

    /// Takes the right half off, if this node is too large. Where `key`, the one just written, is the
    /// last, the left half keeps nearly all: keys that only grow fill their leaves.
    fn split(&mut self, key: &str, shape: &Shape) -> Option<Child> {
        let sizes = self.sizes(shape);
        let total: usize = sizes.iter().sum();
        let fewest = if matches!(self, Self::Branch(_)) { 2 } else { 1 };
        if total <= shape.split || sizes.len() < 2 * fewest {
            return None;
        }
        let mut left = 0;
        let half = sizes.iter().take_while(|size| {
            left += **size;
            left <= total / 2
        });
        let last = sizes.len() - fewest;
        let place = if self.ends_with(key) { last } else { half.count().clamp(fewest, last) };
        match self {
            Self::Leaf(entries) => {
                let right = entries.split_off(place);
                let (before, behind) = (&entries.last()?.key, &right.first()?.key);
                Some(Child::loaded(separator(before, behind), Self::Leaf(right)))
            }
            Self::Branch(children) => {
                let right = children.split_off(place);
                Some(Child::loaded(Rc::clone(&right.first()?.first), Self::Branch(right)))
            }
            Self::Chunk(_) => None,
        }
    }

    /// Whether `key` belongs to the end of this node.
    fn ends_with(&self, key: &str) -> bool {
        match self {
            Self::Leaf(entries) => entries.last().is_some_and(|entry| *entry.key == *key),
            Self::Branch(children) => children.last().is_some_and(|child| *child.first <= *key),
            Self::Chunk(_) => false,
        }
    }

    /// The size of each entry or child, encoded; an upper bound.
    fn sizes(&self, shape: &Shape) -> Vec<usize> {
        match self {
            Self::Leaf(entries) => {
                let keys = key_sizes(entries.iter().map(|entry| &*entry.key));
                let values = entries.iter().map(|entry| value_size(&entry.value, shape));
                keys.zip(values).map(|(key, value)| key + value).gather()
            }
            Self::Branch(children) => key_sizes(children.iter().map(|child| &*child.first))
                .map(|key| key + encoding::CHILD_OVERHEAD)
                .gather(),
            Self::Chunk(bytes) => vec![bytes.len()],
        }
    }
}

fn key_sizes<'k>(keys: impl Iterator<Item = &'k str>) -> impl Iterator<Item = usize> {
    keys.scan("", |before, key| {
        let shared = shared_length(before.as_bytes(), key.as_bytes());
        *before = key;
        Some(encoding::KEY_OVERHEAD + key.len() - shared)
    })
}

fn value_size(value: &Value, shape: &Shape) -> usize {
    let chunks = match value {
        Value::Inline(bytes) if bytes.len() <= shape.inline => {
            return encoding::VALUE_OVERHEAD + bytes.len();
        }
        Value::Inline(bytes) => bytes.len().div_ceil(shape.chunk),
        Value::Overflow { chunks, .. } => chunks.len(),
    };
    encoding::VALUE_OVERHEAD + chunks * encoding::REF_MAX
}

/// The shortest text above `before` that `behind` starts with.
fn separator(before: &str, behind: &str) -> Rc<str> {
    let differ = behind
        .char_indices()
        .find(|(place, char)| before.get(*place..).is_none_or(|rest| !rest.starts_with(*char)));
    let end = differ.map_or(behind.len(), |(place, char)| place + char.len_utf8());
    behind.get(..end).unwrap_or(behind).into()
}

#[cfg(test)]
mod tests;
