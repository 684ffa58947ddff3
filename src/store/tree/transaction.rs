//! One state of the tree, and changes to it that nobody else sees yet.

use std::cell::Cell;
use std::rc::Rc;

use super::head::Head;
use super::node::{Child, HEIGHT_MAX, LeafEntry, Link, Node, NodeRef, Value, border};
use super::{KeyValue, NOTES, Tree};
use crate::host::Entropy;
use crate::map::Map;
use crate::store::asked::{Asked, Span};
use crate::store::{
    Entry, Expected, Receipt, StoreError, Transaction, VALUE_MAX, refuse_too_large,
};

/// A transaction of [`Tree`].
///
/// What is done to the tree is done in *steps* that wait for nothing: a step that lacks a node fails, the node is fetched,
/// and the step is done again. So a step changes nothing before it has all that it needs, or goes on from where it was.
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
    pending: Map<Option<Rc<[u8]>>>,
    /// The key that was removed last, where what became too small is still to be joined, and how far that has come.
    joining: Option<(String, usize)>,
    /// Why a change could not be brought in.
    failed: Option<StoreError>,
    at_hand: AtHand,
    /// The read that lacked something.
    asked: Option<Asked>,
    /// What it had found by then, where it was a range.
    partial: Option<Partial>,
    /// The note that was read and not fetched yet.
    asked_note: Option<String>,
    expected: Expected,
    /// What was found under the keys of notes.
    noted: Map<Option<Vec<u8>>>,
    /// Notes that are not written yet.
    notes: Vec<(String, Vec<u8>)>,
}

/// Nodes that the cache did not have. It may have dropped them again.
#[derive(Debug, Default)]
struct AtHand {
    /// In the order of their references.
    fetched: Vec<(NodeRef, Rc<Node>)>,
    /// The one that is lacking now, with the entries that it must have.
    lacking: Cell<Option<(NodeRef, u64)>>,
}

/// What a range has found so far.
#[derive(Debug)]
struct Partial {
    span: Span,
    /// The place of the next entry among all.
    place: u64,
    found: Vec<Entry>,
}

/// How many of the entries of an expected range are fetched along.
const FEW: usize = 100;

impl AtHand {
    /// The node of `child`, which must hold as many entries as `child` says.
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
        let fetched = self.place_of(reference).ok().and_then(|place| self.fetched.get(place));
        let node = fetched.map(|(_, node)| Rc::clone(node)).or_else(|| tree.cache.find(reference));
        node.ok_or_else(|| {
            self.lacking.set(Some((*reference, count)));
            StoreError::lacking()
        })
    }

    fn place_of(&self, reference: &NodeRef) -> Result<usize, usize> {
        self.fetched.binary_search_by(|(known, _)| known.cmp(reference))
    }

    fn keep(&mut self, reference: NodeRef, node: Rc<Node>) {
        if let Err(place) = self.place_of(&reference) {
            self.fetched.insert(place, (reference, node));
        }
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
        Self {
            tree,
            root: root_of(&base),
            base,
            version,
            replaced: Vec::new(),
            changed: false,
            pending: Map::new(),
            joining: None,
            failed: None,
            at_hand: AtHand::default(),
            asked: None,
            partial: None,
            asked_note: None,
            expected: Expected::default(),
            noted: Map::new(),
            notes: Vec::new(),
        }
    }

    /// Does `step` until it lacks no node.
    async fn with_nodes(
        &mut self,
        step: &dyn Fn(&mut Self) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        loop {
            match step(self) {
                Err(error) if error.is_lacking() => self.fetch_node().await?,
                outcome => return outcome,
            }
        }
    }

    async fn fetch_node(&mut self) -> Result<(), StoreError> {
        if let Some((reference, count)) = self.at_hand.lacking.take() {
            let node = self.tree.load(&reference, count, &self.base).await?;
            self.at_hand.keep(reference, node);
        }
        Ok(())
    }

    /// Keeps the read that `outcome` comes of, where it lacks something.
    fn noting<T>(
        &mut self,
        outcome: Result<T, StoreError>,
        asked: impl FnOnce() -> Asked,
    ) -> Result<T, StoreError> {
        if outcome.as_ref().is_err_and(StoreError::is_lacking) {
            self.asked = Some(asked());
        }
        outcome
    }

    /// Reads once more.
    fn ask_again(&mut self, asked: &Asked) -> Result<(), StoreError> {
        match asked {
            Asked::Value(key) => self.value(key).map(drop),
            Asked::Entries(span) => self.entries(span).map(drop),
            Asked::Count(prefix) => self.entry_count(prefix).map(drop),
        }
    }

    fn value(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.find(key)?.map(|value| self.bytes(&value)).transpose()
    }

    fn entries(&mut self, span: &Span) -> Result<Vec<Entry>, StoreError> {
        self.bring_in()?;
        let partial = self.partial.take().filter(|partial| partial.span == *span);
        let (mut place, mut found) = match partial {
            Some(Partial { place, found, .. }) => (place, found),
            None => {
                let start = match &span.after {
                    Some(after) if *after >= span.prefix => self.rank(&|key| key <= &**after)?,
                    _ => self.rank(&|key| key < &*span.prefix)?,
                };
                (start.saturating_add(span.skip), Vec::new())
            }
        };
        match self.collect(span, &mut place, &mut found) {
            Ok(()) => Ok(found),
            Err(error) => {
                if error.is_lacking() {
                    self.partial = Some(Partial { span: span.clone(), place, found });
                }
                Err(error)
            }
        }
    }

    fn entry_count(&mut self, prefix: &str) -> Result<u64, StoreError> {
        self.bring_in()?;
        let before = self.rank(&|key| key < prefix)?;
        let inside = self.rank(&|key| key < prefix || key.starts_with(prefix))?;
        Ok(inside.saturating_sub(before))
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

    /// Adds the entries of a range to those that were found. Goes on from there when it is done again.
    fn collect(
        &self,
        span: &Span,
        place: &mut u64,
        found: &mut Vec<Entry>,
    ) -> Result<(), StoreError> {
        while found.len() < span.limit && *place < self.len() {
            let Some((leaf, before)) = self.leaf_with(*place)? else { break };
            let inside = usize::try_from(place.saturating_sub(before)).unwrap_or(usize::MAX);
            for entry in entries(&leaf)?.iter().skip(inside).take(span.limit - found.len()) {
                if !entry.key.starts_with(&span.prefix) {
                    return Ok(());
                }
                found.push((entry.key.to_string(), self.bytes(&entry.value)?));
                *place += 1;
            }
        }
        Ok(())
    }

    /// Brings the pending changes into the tree. Goes on from where it was when it is done again. Where one cannot be
    /// brought in, the transaction does nothing any more: some of its changes without the others must not be committed.
    fn bring_in(&mut self) -> Result<(), StoreError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let outcome = self.try_bring_in();
        if let Err(error) = &outcome
            && !error.is_lacking()
        {
            self.failed = Some(error.clone());
        }
        outcome
    }

    fn try_bring_in(&mut self) -> Result<(), StoreError> {
        let mut pending = std::mem::take(&mut self.pending).into_iter();
        let outcome = loop {
            if let Some((key, depth)) = self.joining.take()
                && let Err(error) = self.join_path(key, depth)
            {
                break Err(error);
            }
            let Some((key, change)) = pending.next() else { return Ok(()) };
            let brought_in = match &change {
                Some(value) => self.insert(&key, value).map(|()| false),
                None => self.remove(&key),
            };
            match brought_in {
                Ok(removed) => self.joining = removed.then_some((key, HEIGHT_MAX)),
                Err(error) => {
                    self.pending.insert(key, change);
                    break Err(error);
                }
            }
        };
        self.pending.extend(pending);
        outcome
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

    /// Joins what became too small when `key` was removed, from the leaves up: what is above `depth`, which is kept where
    /// something is lacking.
    fn join_path(&mut self, key: String, mut depth: usize) -> Result<(), StoreError> {
        let Self { tree, root, replaced, at_hand, joining, .. } = self;
        let Some(root) = root else { return Ok(()) };
        while let Some(above) = depth.checked_sub(1) {
            if let Some(parent) = loaded_at(root, &key, above)?
                && let Some(left) = parent.to_join(&key, &tree.shape)
            {
                for place in [left, left + 1] {
                    if let Some(child) = parent.at_mut(place)
                        && let Err(error) = at_hand.take_in(tree, child, replaced)
                    {
                        *joining = Some((key, depth));
                        return Err(error);
                    }
                }
                parent.join(left, &tree.shape)?;
            }
            depth = above;
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
    fn get(&mut self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(change) = self.pending.get(key) {
            return Ok(change.as_ref().map(|value| value.to_vec()));
        }
        let value = self.value(key);
        self.noting(value, || Asked::Value(key.to_owned()))
    }

    fn range(
        &mut self,
        prefix: &str,
        after: Option<&str>,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let span = Span::new(prefix, after, skip, limit);
        let found = self.entries(&span);
        self.noting(found, || Asked::Entries(span))
    }

    fn expect(&mut self, expected: Expected) {
        self.expected.extend(expected);
    }

    fn count(&mut self, prefix: &str) -> Result<u64, StoreError> {
        let count = self.entry_count(prefix);
        self.noting(count, || Asked::Count(prefix.to_owned()))
    }

    fn put(&mut self, key: &str, value: Vec<u8>) -> Result<(), StoreError> {
        refuse_too_large(key, &value)?;
        self.partial = None;
        self.pending.insert(key.to_owned(), Some(value.into()));
        Ok(())
    }

    fn delete(&mut self, key: &str) {
        self.partial = None;
        self.pending.insert(key.to_owned(), None);
    }

    fn note(&mut self, key: &str, value: Vec<u8>) -> Result<(), StoreError> {
        if !K::SWAPS_BLOCK {
            return self.put(key, value);
        }
        refuse_too_large(key, &value)?;
        self.notes.push((beside(key), value));
        Ok(())
    }

    fn noted(&mut self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        if !K::SWAPS_BLOCK {
            return self.get(key);
        }
        self.noted.get(key).cloned().ok_or_else(|| {
            self.asked_note = Some(key.to_owned());
            StoreError::lacking()
        })
    }

    async fn fetch(&mut self) -> Result<(), StoreError> {
        if let Some(key) = self.asked_note.take() {
            let found = self.tree.host.get(&beside(&key)).await?;
            self.noted.insert(key, found);
        }
        let Some(asked) = self.asked.take() else { return Ok(()) };
        let Expected { keys, counts, ranges } = std::mem::take(&mut self.expected);
        let keys = keys.into_iter().map(Asked::Value);
        let counts = counts.into_iter().map(Asked::Count);
        let first = |prefix: String| Asked::Entries(Span::new(&prefix, None, 0, FEW));
        let ranges = ranges.into_iter().map(first);
        for asked in [asked].into_iter().chain(keys).chain(counts).chain(ranges) {
            self.with_nodes(&|this| this.ask_again(&asked)).await?;
        }
        Ok(())
    }

    fn undo(&mut self) {
        self.root = root_of(&self.base);
        self.replaced.clear();
        self.changed = false;
        self.pending.clear();
        self.joining = None;
        self.failed = None;
        self.partial = None;
        self.expected = Expected::default();
        self.notes.clear();
    }

    async fn commit(mut self) -> Result<Receipt, StoreError> {
        self.with_nodes(&Self::bring_in).await?;
        for (key, value) in &self.notes {
            self.tree.host.note(key, value).await?;
        }
        self.write().await?;
        Ok(Receipt::default())
    }
}

fn root_of(base: &Head) -> Option<Child> {
    base.root.map(|reference| Child {
        first: "".into(),
        link: Link::Stored(reference),
        count: base.count,
    })
}

/// The name of what is noted under `key`. No node has it, nor has the head.
fn beside(key: &str) -> String {
    format!("{NOTES}{key}")
}
