//! Writing a transaction's nodes, moving the head, and finding out what became of it.

use std::rc::Rc;

use super::head::{Head, Verdict};
use super::node::{self, Child, LeafEntry, Link, Node, NodeRef, Value};
use super::transaction::TreeTransaction;
use super::{HEAD, KeyValue, KeyValueError, Tree};
use crate::gather::Gather as _;
use crate::host::Entropy;
use crate::store::StoreError;

/// What became of a swap.
enum Outcome {
    Applied,
    /// Not applied, and it never will be.
    Refused,
    Unknown(String),
}

/// A node to be written.
struct Draft {
    reference: NodeRef,
    node: Rc<Node>,
    bytes: Vec<u8>,
}

impl<K: KeyValue, E: Entropy> TreeTransaction<'_, K, E> {
    /// Commits: new nodes first, then the head.
    pub(super) async fn write(self) -> Result<(), StoreError> {
        if !self.changed {
            return Ok(());
        }
        let Self { tree, base, version, root, replaced, .. } = self;
        let transaction = tree.random();
        let mut drafts = Vec::new();
        let count = root.as_ref().map_or(0, |root| root.count);
        let root = match root {
            Some(root) => Some(tree.draft(root.link, transaction, &mut drafts)?),
            None => None,
        };
        tree.write_nodes(&drafts).await?;

        let next = base.followed_by(transaction, root, count).encode();
        let answer = tree.host.swap(HEAD, version, &next).await;
        match tree.outcome(&base, transaction, answer).await {
            Outcome::Applied => {
                for Draft { reference, node, bytes } in drafts {
                    tree.cache.keep(reference, node, bytes.len());
                }
                replaced.iter().for_each(|reference| tree.cache.forget(reference));
                tree.release(replaced.iter()).await;
                Ok(())
            }
            Outcome::Refused => {
                tree.release(drafts.iter().map(|draft| &draft.reference)).await;
                Err(StoreError::conflict())
            }
            Outcome::Unknown(reason) => Err(StoreError::unknown(reason)),
        }
    }
}

impl<K: KeyValue, E: Entropy> Tree<K, E> {
    /// Encodes what is new at and below `link`. Gives where it will be.
    fn draft(
        &self,
        link: Link,
        stamp: u64,
        drafts: &mut Vec<Draft>,
    ) -> Result<NodeRef, StoreError> {
        let mut node = match link {
            Link::Stored(reference) => return Ok(reference),
            Link::Loaded(node) => Rc::unwrap_or_clone(node),
        };
        match &mut node {
            Node::Leaf(entries) => {
                for LeafEntry { value, .. } in entries {
                    self.draft_value(value, stamp, drafts)?;
                }
            }
            Node::Branch(children) => {
                for Child { link, .. } in children {
                    if let Link::Loaded(_) = link {
                        // Taken out, as a node that two hold is copied.
                        let loaded = std::mem::replace(link, Link::Stored(NodeRef::NOWHERE));
                        *link = Link::Stored(self.draft(loaded, stamp, drafts)?);
                    }
                }
            }
            Node::Chunk(_) => {}
        }
        self.draft_node(node, stamp, drafts)
    }

    /// Moves a value that is too long for a leaf into chunks.
    fn draft_value(
        &self,
        value: &mut Value,
        stamp: u64,
        drafts: &mut Vec<Draft>,
    ) -> Result<(), StoreError> {
        let bytes = match value {
            Value::Inline(bytes) if bytes.len() > self.shape.inline => Rc::clone(bytes),
            _ => return Ok(()),
        };
        let chunks = bytes
            .chunks(self.shape.chunk)
            .map(|chunk| self.draft_node(Node::Chunk(chunk.into()), stamp, drafts))
            .try_gather()?;
        *value = Value::Overflow { length: bytes.len(), chunks: chunks.into() };
        Ok(())
    }

    fn draft_node(
        &self,
        node: Node,
        stamp: u64,
        drafts: &mut Vec<Draft>,
    ) -> Result<NodeRef, StoreError> {
        let bytes = node::encode(&node, stamp)?;
        let name = self.names.borrow_mut().take(|| self.random());
        let reference = NodeRef { name, stamp };
        drafts.push(Draft { reference, node: Rc::new(node), bytes });
        Ok(reference)
    }

    async fn write_nodes(&self, drafts: &[Draft]) -> Result<(), StoreError> {
        let nodes: Vec<(String, &[u8])> = drafts
            .iter()
            .map(|draft| (draft.reference.name.to_string(), draft.bytes.as_slice()))
            .gather();
        let Err(error) = self.host.set_all(&nodes).await else { return Ok(()) };
        if K::DELETES {
            self.release(drafts.iter().map(|draft| &draft.reference)).await;
        }
        // Elsewhere none of the names is used again: any of the writes may still arrive.
        Err(error.into())
    }

    /// What became of `transaction`'s swap of `base`, to which the host said `answer`.
    async fn outcome(
        &self,
        base: &Head,
        transaction: u64,
        answer: Result<bool, KeyValueError>,
    ) -> Outcome {
        if let (true, Ok(applied)) = (K::HONEST_SWAP, answer) {
            return if applied { Outcome::Applied } else { Outcome::Refused };
        }
        match self.look(base, transaction).await {
            Ok((Verdict::Unmoved, head, version)) => {
                // The swap may still be on its way. A step that changes nothing but the head makes sure that
                // it comes too late, or shows that it did not.
                let fence = head.followed_by(self.random(), head.root, head.count).encode();
                let _untrusted = self.host.swap(HEAD, version, &fence).await;
            }
            other => return settled(other),
        }
        settled(self.look(base, transaction).await)
    }

    async fn look(
        &self,
        base: &Head,
        transaction: u64,
    ) -> Result<(Verdict, Head, K::Version), StoreError> {
        match self.head().await? {
            Some((head, version)) => Ok((head.verdict(base, transaction), head, version)),
            None => Err(StoreError::unavailable("the head is gone")),
        }
    }

    /// Does away with nodes that nothing refers to.
    async fn release(&self, nodes: impl Iterator<Item = &NodeRef>) {
        if K::DELETES {
            let names: Vec<String> = nodes.map(|node| node.name.to_string()).gather();
            // One that stays is only garbage.
            let _untrusted = self.host.delete_all(&names).await;
        } else {
            let mut names = self.names.borrow_mut();
            nodes.for_each(|node| names.free(node.name));
        }
    }
}

fn settled<V>(looked: Result<(Verdict, Head, V), StoreError>) -> Outcome {
    match looked {
        Ok((Verdict::Applied, ..)) => Outcome::Applied,
        Ok((Verdict::Overtaken, ..)) => Outcome::Refused,
        Ok((Verdict::Unmoved, ..)) => Outcome::Unknown("the head cannot be moved".to_owned()),
        Ok((Verdict::Untold, ..)) => Outcome::Unknown("too many commits followed".to_owned()),
        Err(error) => Outcome::Unknown(error.to_string()),
    }
}
