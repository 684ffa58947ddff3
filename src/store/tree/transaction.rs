//! One state of the tree, and changes to it that nobody else sees yet.

use std::cell::Cell;
use std::rc::Rc;

use super::head::Head;
use super::node::{Child, HEIGHT_MAX, LeafEntry, Link, Node, NodeRef, Value, border};
use super::{KeyValue, NOTES, Tree};
use crate::host::Entropy;
use crate::map::Map;
use crate::store::{Entry, Receipt, StoreError, Transaction, VALUE_MAX, refuse_too_large};

/// A transaction of [`Tree`].
///
/// What is done to the tree is done in *steps* that wait for nothing: a step that lacks a node fails, the node is fetched,
/// and the step is done again (`with_nodes`). So a step changes nothing before it has all that it
/// needs, or goes on from where it was.
///
/// A read may answer [`StoreError::conflict`]: the state it reads from has been replaced and part of it is
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
    at_hand: AtHand,
}

/// Nodes for the step under way.
#[derive(Debug, Default)]
struct AtHand {
    /// Those that it lacked before. The cache may have dropped them again.
    fetched: Vec<(NodeRef, Rc<Node>)>,
    /// The one that it lacks now, with the entries that it must have.
    lacking: Cell<Option<(NodeRef, u64)>>,
}

impl AtHand {
    /// The node of `child`, which must hold as many entries as `child` says. Where it is not at hand that is no error but
    /// for the step, which is done again.
    fn open<K, E>(&self, tree: &Tree<K, E>, child: &Child) -> Result<Rc<Node>, StoreError> {
        let reference = match &child.link {
            Link::Loaded(node) => return Ok(Rc::clone(node)),
            Link::Stored(reference) => reference,
        };
        self.open_stored(tree, reference, child.count)
    }

    fn open_stored<K, E>(
        &self,
        tree: &Tree<K, E>,
        reference: &NodeRef,
        count: u64,
    ) -> Result<Rc<Node>, StoreError> {
        let fetched = self.fetched.iter().find(|(known, _)| known == reference);
        let node = fetched.map(|(_, node)| Rc::clone(node)).or_else(|| tree.cache.find(reference));
        node.ok_or_else(|| {
            self.lacking.set(Some((*reference, count)));
            StoreError::conflict()
        })
    }

    /// Loads `child`'s node to be changed; the stored one is no longer part of the tree.
    fn take_in<K, E>(
        &self,
        tree: &Tree<K, E>,
        child: &mut Child,
        replaced: &mut Vec<NodeRef>,
    ) -> Result<(), StoreError> {
        let node = self.open(tree, child)?;
        if let Link::Stored(reference) = child.link {
            replaced.push(reference);
            child.link = Link::Loaded(node);
        }
        Ok(())
    }
}

impl<'t, K: KeyValue, E: Entropy> TreeTransaction<'t, K, E> {
    pub(super) fn new(tree: &'t Tree<K, E>, base: Head, version: K::Version) -> Self {
        let root = base.root.map(|reference| Child {
            first: "".into(),
            link: Link::Stored(reference),
            count: base.count,
        });
        Self {
            tree,
            base,
            version,
            root,
            replaced: Vec::new(),
            changed: false,
            pending: Map::new(),
            failed: None,
            at_hand: AtHand::default(),
        }
    }

    /// Does `step` until it lacks no node.
    async fn with_nodes(
        &mut self,
        step: &mut dyn FnMut(&mut Self) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        loop {
            let outcome = step(self);
            let Some((reference, count)) = self.at_hand.lacking.take() else {
                self.at_hand.fetched.clear();
                return outcome;
            };
            let node = self.tree.load(&reference, count, &self.base).await?;
            self.at_hand.fetched.push((reference, node));
        }
    }

    fn len(&self) -> u64 {
        self.root.as_ref().map_or(0, |root| root.count)
    }

    /// The leaf with the entry at `place`, and how many entries are before that leaf.
    fn leaf_with(&self, place: u64) -> Result<Option<(Rc<Node>, u64)>, StoreError> {
        let mut rest = place;
        let leaf = self.descend(&mut |children: &[Child]| {
            let found = children.iter().position(|child| {
                let here = rest < child.count;
                if !here {
                    rest -= child.count;
                }
                here
            });
            found.unwrap_or(children.len())
        })?;
        Ok(leaf.map(|leaf| (leaf, place - rest)))
    }

    /// The leaf that `choose` leads to from the root.
    fn descend(
        &self,
        choose: &mut dyn FnMut(&[Child]) -> usize,
    ) -> Result<Option<Rc<Node>>, StoreError> {
        let Some(root) = &self.root else { return Ok(None) };
        let mut node = self.at_hand.open(self.tree, root)?;
        for _ in 0..HEIGHT_MAX {
            let Node::Branch(children) = &*node else { return Ok(Some(node)) };
            let Some(child) = children.get(choose(children)) else { return Ok(None) };
            node = self.at_hand.open(self.tree, child)?;
        }
        Err(StoreError::corrupt("tree too high"))
    }

    /// How many keys are `left`: all up to a border in the order of keys.
    fn rank(&self, left: &dyn Fn(&str) -> bool) -> Result<u64, StoreError> {
        let mut before: u64 = 0;
        let leaf = self.descend(&mut |children: &[Child]| {
            let place = border(children, left);
            for child in children.iter().take(place) {
                before = before.saturating_add(child.count);
            }
            place
        })?;
        let Some(leaf) = leaf else { return Ok(0) };
        let inside = entries(&leaf)?.partition_point(|entry| left(&entry.key));
        Ok(before.saturating_add(inside as u64))
    }

    fn find(&self, key: &str) -> Result<Option<Value>, StoreError> {
        let leaf = self.descend(&mut |children| border(children, &|first| first <= key))?;
        let Some(leaf) = leaf else { return Ok(None) };
        let entries = entries(&leaf)?;
        let found = entries.binary_search_by(|entry| (*entry.key).cmp(key)).ok();
        Ok(found.and_then(|place| entries.get(place)).map(|entry| entry.value.clone()))
    }

    fn bytes(&self, value: &Value) -> Result<Vec<u8>, StoreError> {
        let (length, chunks) = match value {
            Value::Inline(bytes) => return Ok(bytes.to_vec()),
            Value::Overflow { length, chunks } => (*length, chunks),
        };
        let mut bytes = Vec::with_capacity(length.min(VALUE_MAX));
        for chunk in chunks.iter() {
            match &*self.at_hand.open_stored(self.tree, chunk, 0)? {
                Node::Chunk(part) if bytes.len() + part.len() <= length => bytes.extend(&**part),
                _ => return Err(StoreError::corrupt("value longer than it should be")),
            }
        }
        if bytes.len() != length {
            return Err(StoreError::corrupt("value shorter than it should be"));
        }
        Ok(bytes)
    }

    /// Adds the entries from `place` on that start with `prefix` to those `found`, up to `limit`. Goes on from there when
    /// it is done again.
    fn collect(
        &self,
        prefix: &str,
        limit: usize,
        place: &mut u64,
        found: &mut Vec<Entry>,
    ) -> Result<(), StoreError> {
        while found.len() < limit && *place < self.len() {
            let Some((leaf, before)) = self.leaf_with(*place)? else { break };
            let inside = usize::try_from(place.saturating_sub(before)).unwrap_or(usize::MAX);
            for entry in entries(&leaf)?.iter().skip(inside).take(limit - found.len()) {
                if !entry.key.starts_with(prefix) {
                    return Ok(());
                }
                found.push((entry.key.to_string(), self.bytes(&entry.value)?));
                *place += 1;
            }
        }
        Ok(())
    }

    /// Brings the pending changes into the tree. Where one cannot be, the transaction does nothing any more: some of its
    /// changes without the others must not be committed.
    async fn bring_in(&mut self) -> Result<(), StoreError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        for (key, change) in std::mem::take(&mut self.pending) {
            let value: Option<Rc<[u8]>> = change.map(Into::into);
            let mut removed = false;
            let mut brought_in = self
                .with_nodes(&mut |this| {
                    match &value {
                        Some(value) => this.insert(&key, value)?,
                        None => removed = this.remove(&key)?,
                    }
                    Ok(())
                })
                .await;
            if removed {
                let mut depth = HEIGHT_MAX;
                brought_in = self.with_nodes(&mut |this| this.join_path(&key, &mut depth)).await;
            }
            if let Err(error) = brought_in {
                self.failed = Some(error.clone());
                return Err(error);
            }
        }
        Ok(())
    }

    fn insert(&mut self, key: &str, value: &Rc<[u8]>) -> Result<(), StoreError> {
        // Written again, a value that is there already would cost a commit and everybody's cached path.
        if let Some(present) = self.find(key)?.filter(|present| present.length() == value.len())
            && *self.bytes(&present)? == **value
        {
            return Ok(());
        }
        self.load_path(key)?;
        let value = Value::Inline(Rc::clone(value));
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

    /// Takes `key` out, and answers whether it was there. What became too small is still to be joined.
    fn remove(&mut self, key: &str) -> Result<bool, StoreError> {
        if self.find(key)?.is_none() {
            return Ok(false);
        }
        self.load_path(key)?;
        let Some(root) = &mut self.root else { return Ok(false) };
        let former = root.remove(key)?;
        if root.count == 0 {
            self.root = None;
        }
        self.replaced.extend(former.iter().flat_map(Value::chunks));
        self.changed = true;
        Ok(true)
    }

    /// Loads the nodes that `key` belongs to, so that they can be changed.
    fn load_path(&mut self, key: &str) -> Result<(), StoreError> {
        let Self { tree, root, replaced, at_hand, .. } = self;
        let mut next = root.as_mut();
        for _ in 0..=HEIGHT_MAX {
            let Some(child) = next else { return Ok(()) };
            at_hand.take_in(tree, child, replaced)?;
            next = child.below_mut(key)?;
        }
        Err(StoreError::corrupt("tree too high"))
    }

    /// Joins what became too small when `key` was removed, from the leaves up: what is above `depth`, which goes along.
    fn join_path(&mut self, key: &str, depth: &mut usize) -> Result<(), StoreError> {
        let Self { tree, root, replaced, at_hand, .. } = self;
        let Some(root) = root else { return Ok(()) };
        while let Some(above) = depth.checked_sub(1) {
            if let Some(parent) = loaded_at(root, key, above)?
                && let Some(left) = parent.to_join(key, &tree.shape)
            {
                for place in [left, left + 1] {
                    if let Some(child) = parent.at_mut(place) {
                        at_hand.take_in(tree, child, replaced)?;
                    }
                }
                parent.join(left, &tree.shape)?;
            }
            *depth = above;
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
        let mut found = None;
        self.with_nodes(&mut |this| {
            found = this.find(key)?.map(|value| this.bytes(&value)).transpose()?;
            Ok(())
        })
        .await?;
        Ok(found)
    }

    async fn range(
        &mut self,
        prefix: &str,
        after: Option<&str>,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        self.bring_in().await?;
        let (mut start, mut found) = (0, Vec::new());
        self.with_nodes(&mut |this| {
            start = match after {
                Some(after) if after >= prefix => this.rank(&|key| key <= after)?,
                _ => this.rank(&|key| key < prefix)?,
            };
            Ok(())
        })
        .await?;
        let mut place = start.saturating_add(skip);
        self.with_nodes(&mut |this| this.collect(prefix, limit, &mut place, &mut found)).await?;
        Ok(found)
    }

    async fn count(&mut self, prefix: &str) -> Result<u64, StoreError> {
        self.bring_in().await?;
        let mut count = 0;
        self.with_nodes(&mut |this| {
            let before = this.rank(&|key| key < prefix)?;
            let inside = this.rank(&|key| key < prefix || key.starts_with(prefix))?;
            count = inside.saturating_sub(before);
            Ok(())
        })
        .await?;
        Ok(count)
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
