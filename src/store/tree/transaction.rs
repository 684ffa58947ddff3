//! One state of the tree, and changes to it that nobody else sees yet.

use std::rc::Rc;

use super::head::Head;
use super::node::{Child, HEIGHT_MAX, LeafEntry, Link, Node, NodeRef, Value, border};
use super::{KeyValue, NOTES, Tree};
use crate::host::Entropy;
use crate::map::Map;
use crate::store::{Entry, Receipt, StoreError, Transaction, VALUE_MAX, refuse_too_large};

/// A transaction of [`Tree`].
///
/// A read may answer [`StoreErrorKind::Conflict`]: the state it reads from has been replaced and part of it is
/// gone.
#[derive(Debug)]
pub struct TreeTransaction<'t, K: KeyValue, E> {
    pub(super) tree: &'t Tree<K, E>,
    pub(super) base: Head,
    pub(super) version: K::Version,
    pub(super) root: Option<Child>,
    /// Nodes of `base` that are no longer part of the tree.
    pub(super) replaced: Vec<NodeRef>,
    pub(super) changed: bool,
    /// Changes that are not in the tree yet; `None` removes.
    pending: Map<Option<Vec<u8>>>,
    /// Why one of them could not be brought in.
    failed: Option<StoreError>,
}

impl<'t, K: KeyValue, E: Entropy> TreeTransaction<'t, K, E> {
    pub(super) fn new(tree: &'t Tree<K, E>, base: Head, version: K::Version) -> Self {
        let root = base.root.map(|reference| Child {
            first: "".into(),
            link: Link::Stored(reference),
            count: base.count,
        });
        let pending = Map::new();
        let replaced = Vec::new();
        Self { tree, base, version, root, replaced, changed: false, pending, failed: None }
    }

    fn len(&self) -> u64 {
        self.root.as_ref().map_or(0, |root| root.count)
    }

    /// The leaf with the entry at `place`, and how many entries are before that leaf.
    async fn leaf_with(&self, place: u64) -> Result<Option<(Rc<Node>, u64)>, StoreError> {
        let mut rest = place;
        let leaf = self
            .descend(&mut |children: &[Child]| {
                let found = children.iter().position(|child| {
                    let here = rest < child.count;
                    if !here {
                        rest -= child.count;
                    }
                    here
                });
                found.unwrap_or(children.len())
            })
            .await?;
        Ok(leaf.map(|leaf| (leaf, place - rest)))
    }

    /// The leaf that `choose` leads to from the root.
    async fn descend(
        &self,
        choose: &mut dyn FnMut(&[Child]) -> usize,
    ) -> Result<Option<Rc<Node>>, StoreError> {
        let Some(root) = &self.root else { return Ok(None) };
        let mut node = open(self.tree, root, &self.base).await?;
        for _ in 0..HEIGHT_MAX {
            let Node::Branch(children) = &*node else { return Ok(Some(node)) };
            let Some(child) = children.get(choose(children)) else { return Ok(None) };
            node = open(self.tree, child, &self.base).await?;
        }
        Err(StoreError::corrupt("tree too high"))
    }

    /// How many keys are `left`: all up to a border in the order of keys.
    async fn rank(&self, left: &dyn Fn(&str) -> bool) -> Result<u64, StoreError> {
        let mut before: u64 = 0;
        let leaf = self
            .descend(&mut |children: &[Child]| {
                let place = border(children, left);
                for child in children.iter().take(place) {
                    before = before.saturating_add(child.count);
                }
                place
            })
            .await?;
        let Some(leaf) = leaf else { return Ok(0) };
        let inside = entries(&leaf)?.partition_point(|entry| left(&entry.key));
        Ok(before.saturating_add(inside as u64))
    }

    async fn find(&self, key: &str) -> Result<Option<Value>, StoreError> {
        let leaf = self.descend(&mut |children| border(children, &|first| first <= key)).await?;
        let Some(leaf) = leaf else { return Ok(None) };
        let entries = entries(&leaf)?;
        let found = entries.binary_search_by(|entry| (*entry.key).cmp(key)).ok();
        Ok(found.and_then(|place| entries.get(place)).map(|entry| entry.value.clone()))
    }

    async fn bytes(&self, value: &Value) -> Result<Vec<u8>, StoreError> {
        let (length, chunks) = match value {
            Value::Inline(bytes) => return Ok(bytes.to_vec()),
            Value::Overflow { length, chunks } => (*length, chunks),
        };
        let mut bytes = Vec::with_capacity(length.min(VALUE_MAX));
        for chunk in chunks.iter() {
            match &*self.tree.load(chunk, 0, &self.base).await? {
                Node::Chunk(part) if bytes.len() + part.len() <= length => bytes.extend(&**part),
                _ => return Err(StoreError::corrupt("value longer than it should be")),
            }
        }
        if bytes.len() != length {
            return Err(StoreError::corrupt("value shorter than it should be"));
        }
        Ok(bytes)
    }

    /// Brings the pending changes into the tree. Where one cannot be, the transaction does nothing any more: some of its
    /// changes without the others must not be committed.
    pub(super) async fn bring_in(&mut self) -> Result<(), StoreError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        for (key, change) in std::mem::take(&mut self.pending) {
            let brought_in = match change {
                Some(value) => self.insert(&key, value).await,
                None => self.remove(&key).await,
            };
            if let Err(error) = brought_in {
                self.failed = Some(error.clone());
                return Err(error);
            }
        }
        Ok(())
    }

    async fn insert(&mut self, key: &str, value: Vec<u8>) -> Result<(), StoreError> {
        // Written again, a value that is there already would cost a commit and everybody's cached path.
        let present = self.find(key).await?;
        if let Some(present) = present.filter(|present| present.length() == value.len())
            && self.bytes(&present).await? == value
        {
            return Ok(());
        }
        self.load_path(key).await?;
        let value = Value::Inline(value.into());
        let former = match &mut self.root {
            Some(root) => root.insert_at_root(key, value, &self.tree.shape)?,
            None => {
                self.root = Some(Child::holding(key, value));
                None
            }
        };
        self.replaced.extend(former.iter().flat_map(Value::chunks));
        self.changed = true;
        Ok(())
    }

    async fn remove(&mut self, key: &str) -> Result<(), StoreError> {
        if self.find(key).await?.is_none() {
            return Ok(());
        }
        self.load_path(key).await?;
        let Some(root) = &mut self.root else { return Ok(()) };
        let former = root.remove(key)?;
        if root.count == 0 {
            self.root = None;
        }
        self.replaced.extend(former.iter().flat_map(Value::chunks));
        self.changed = true;
        self.join_path(key).await
    }

    /// Brings in the nodes that `key` belongs to, so that they can be changed.
    async fn load_path(&mut self, key: &str) -> Result<(), StoreError> {
        let Self { tree, base, root, replaced, .. } = self;
        let mut next = root.as_mut();
        for _ in 0..=HEIGHT_MAX {
            let Some(child) = next else { return Ok(()) };
            load_child(tree, child, base, replaced).await?;
            next = child.below_mut(key)?;
        }
        Err(StoreError::corrupt("tree too high"))
    }

    /// Joins what became too small when `key` was removed, from the leaves up.
    async fn join_path(&mut self, key: &str) -> Result<(), StoreError> {
        let Self { tree, base, root, replaced, .. } = self;
        let Some(root) = root else { return Ok(()) };
        for depth in (0..HEIGHT_MAX).rev() {
            let Some(parent) = loaded_at(root, key, depth)? else { continue };
            let Some(left) = parent.to_join(key, &tree.shape) else { continue };
            for place in [left, left + 1] {
                if let Some(child) = parent.at_mut(place) {
                    load_child(tree, child, base, replaced).await?;
                }
            }
            parent.join(left, &tree.shape)?;
        }
        while root.lower() {}
        Ok(())
    }
}

/// The subtree that is `depth` below `root` on the path of `key`, if everything above it is loaded.
fn loaded_at<'c>(
    root: &'c mut Child,
    key: &str,
    depth: usize,
) -> Result<Option<&'c mut Child>, StoreError> {
    let mut child = root;
    for _ in 0..depth {
        if matches!(child.link, Link::Stored(_)) {
            return Ok(None);
        }
        match child.below_mut(key)? {
            Some(below) => child = below,
            None => return Ok(None),
        }
    }
    Ok(Some(child))
}

/// The node of `child`, which must hold as many entries as `child` says.
async fn open<K: KeyValue, E: Entropy>(
    tree: &Tree<K, E>,
    child: &Child,
    base: &Head,
) -> Result<Rc<Node>, StoreError> {
    match &child.link {
        Link::Loaded(node) => Ok(Rc::clone(node)),
        Link::Stored(reference) => tree.load(reference, child.count, base).await,
    }
}

/// Brings in `child`'s node; the stored one is no longer part of the tree.
async fn load_child<K: KeyValue, E: Entropy>(
    tree: &Tree<K, E>,
    child: &mut Child,
    base: &Head,
    replaced: &mut Vec<NodeRef>,
) -> Result<(), StoreError> {
    let node = open(tree, child, base).await?;
    if let Link::Stored(reference) = child.link {
        replaced.push(reference);
        child.link = Link::Loaded(node);
    }
    Ok(())
}

fn entries(leaf: &Node) -> Result<&[LeafEntry], StoreError> {
    match leaf {
        Node::Leaf(entries) => Ok(entries),
        _ => Err(StoreError::corrupt("chunk instead of a leaf")),
    }
}

impl<K: KeyValue, E: Entropy> Transaction for TreeTransaction<'_, K, E> {
    async fn get(&mut self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(change) = self.pending.get(key) {
            return Ok(change.clone());
        }
        match self.find(key).await? {
            Some(value) => self.bytes(&value).await.map(Some),
            None => Ok(None),
        }
    }

    async fn range(
        &mut self,
        prefix: &str,
        after: Option<&str>,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        self.bring_in().await?;
        let start = match after {
            Some(after) if after >= prefix => self.rank(&|key| key <= after).await?,
            _ => self.rank(&|key| key < prefix).await?,
        };
        let mut place = start.saturating_add(skip);
        let mut found = Vec::new();
        while found.len() < limit && place < self.len() {
            let Some((leaf, before)) = self.leaf_with(place).await? else { break };
            let inside = usize::try_from(place.saturating_sub(before)).unwrap_or(usize::MAX);
            for entry in entries(&leaf)?.iter().skip(inside).take(limit - found.len()) {
                if !entry.key.starts_with(prefix) {
                    return Ok(found);
                }
                found.push((entry.key.to_string(), self.bytes(&entry.value).await?));
                place += 1;
            }
        }
        Ok(found)
    }

    async fn count(&mut self, prefix: &str) -> Result<u64, StoreError> {
        self.bring_in().await?;
        let before = self.rank(&|key| key < prefix).await?;
        let inside = self.rank(&|key| key < prefix || key.starts_with(prefix)).await?;
        Ok(inside.saturating_sub(before))
    }

    fn put(&mut self, key: &str, value: Vec<u8>) -> Result<(), StoreError> {
        refuse_too_large(key, &value)?;
        self.pending.insert(key.to_owned(), Some(value));
        Ok(())
    }

    fn delete(&mut self, key: &str) {
        self.pending.insert(key.to_owned(), None);
    }

    async fn note(&mut self, key: &str, value: Vec<u8>) -> Result<(), StoreError> {
        if !K::SWAPS_BLOCK {
            return self.put(key, value);
        }
        refuse_too_large(key, &value)?;
        Ok(self.tree.host.note(&beside(key), &value).await?)
    }

    async fn noted(&mut self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        if !K::SWAPS_BLOCK {
            return self.get(key).await;
        }
        Ok(self.tree.host.get(&beside(key)).await?)
    }

    async fn commit(mut self) -> Result<Receipt, StoreError> {
        self.bring_in().await?;
        self.write().await?;
        Ok(Receipt::default())
    }
}

/// The name of what is noted under `key`. No node has it, nor has the head.
fn beside(key: &str) -> String {
    format!("{NOTES}{key}")
}
