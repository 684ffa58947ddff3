//! How a node is written.
//!
//! ```text
//! node    = format (1 byte) stamp (8, little-endian) kind (1) body
//! leaf    = n (key value)*            kind 1
//! branch  = n (key ref count)*        kind 2
//! chunk   = bytes                     kind 3
//! key     = shared length bytes       shared: bytes in common with the key before
//! value   = 2*length bytes | 2*length+1 n ref*
//! ref     = vm (8) number stamp (8)
//! ```
//!
//! Numbers without a size are of variable length.

use std::rc::Rc;

use super::{Child, LeafEntry, Link, NODE_MAX, Node, NodeRef, PATH_MISSING, Value};
use crate::gather::Gather as _;
use crate::store::tree::bytes::{Malformed, Reader, put_length, put_number, shared_length};
use crate::store::tree::names::Name;
use crate::store::{KEY_MAX, VALUE_MAX};

const FORMAT: u8 = 1;
const LEAF: u8 = 1;
const BRANCH: u8 = 2;
const CHUNK: u8 = 3;

/// A key takes at most this much more than what it does not share.
pub(super) const KEY_OVERHEAD: usize = 4;
/// A value takes at most this much more than its bytes or its references.
pub(super) const VALUE_OVERHEAD: usize = 5;
/// A reference takes at most this much, with a number below 2^42.
pub(super) const REF_MAX: usize = 22;
/// A child takes at most this much more than its key, with a count below 2^35.
pub(super) const CHILD_OVERHEAD: usize = REF_MAX + 5;

/// The shortest encodings, so that no count makes us allocate more than the bytes can hold.
const ENTRY_MIN: usize = 3;
const CHILD_MIN: usize = 20;
const REF_MIN: usize = 17;

/// `node` as the transaction `stamp` writes it. Every child must be stored.
pub(in super::super) fn encode(node: &Node, stamp: u64) -> Result<Vec<u8>, Malformed> {
    // Room for a node of the usual size, so that it seldom has to be moved while it grows.
    let mut out = Vec::with_capacity(4096);
    out.push(FORMAT);
    out.extend(stamp.to_le_bytes());
    let mut before = "";
    match node {
        Node::Leaf(entries) => {
            out.push(LEAF);
            put_length(&mut out, entries.len());
            for LeafEntry { key, value } in entries {
                put_key(&mut out, before, key);
                put_value(&mut out, value);
                before = key;
            }
        }
        Node::Branch(children) => {
            out.push(BRANCH);
            put_length(&mut out, children.len());
            for Child { first, link, count } in children {
                let Link::Stored(reference) = link else { return Err(PATH_MISSING) };
                put_key(&mut out, before, first);
                reference.encode(&mut out);
                put_number(&mut out, *count);
                before = first;
            }
        }
        Node::Chunk(bytes) => {
            out.push(CHUNK);
            out.extend(&**bytes);
        }
    }
    Ok(out)
}

/// The stamp of an encoded node.
pub(in super::super) fn stamp(bytes: &[u8]) -> Result<u64, Malformed> {
    let mut reader = Reader::new(bytes);
    if reader.byte()? != FORMAT {
        return Err(Malformed("node of an unknown format"));
    }
    reader.word()
}

/// The node in `bytes`. Keys are in order, and no node of a tree is empty.
pub(in super::super) fn decode(bytes: &[u8]) -> Result<Node, Malformed> {
    stamp(bytes)?;
    if bytes.len() > NODE_MAX {
        return Err(Malformed("node too large"));
    }
    let mut reader = Reader::new(bytes);
    reader.take(9)?;
    let node = match reader.byte()? {
        LEAF => Node::Leaf(read_entries(&mut reader)?),
        BRANCH => Node::Branch(read_children(&mut reader)?),
        CHUNK => return Ok(Node::Chunk(reader.rest().into())),
        _ => return Err(Malformed("node of an unknown kind")),
    };
    reader.finish()?;
    Ok(node)
}

fn read_entries(reader: &mut Reader<'_>) -> Result<Vec<LeafEntry>, Malformed> {
    let count = reader.length(NODE_MAX / ENTRY_MIN)?;
    let mut keys = Keys::default();
    let mut entries = Vec::with_capacity(count);
    for _ in 0..count {
        let key = keys.read(reader)?;
        entries.push(LeafEntry { key, value: read_value(reader)? });
    }
    if entries.is_empty() { Err(Malformed("empty leaf")) } else { Ok(entries) }
}

fn read_children(reader: &mut Reader<'_>) -> Result<Vec<Child>, Malformed> {
    let count = reader.length(NODE_MAX / CHILD_MIN)?;
    let mut keys = Keys::default();
    let mut children = Vec::with_capacity(count);
    for _ in 0..count {
        let first = keys.read(reader)?;
        let link = Link::Stored(NodeRef::decode(reader)?);
        children.push(Child { first, link, count: reader.number()? });
    }
    if children.is_empty() { Err(Malformed("empty branch")) } else { Ok(children) }
}

fn put_key(out: &mut Vec<u8>, before: &str, key: &str) {
    let shared = shared_length(before.as_bytes(), key.as_bytes());
    put_length(out, shared);
    put_length(out, key.len() - shared);
    out.extend_from_slice(key.as_bytes().get(shared..).unwrap_or_default());
}

/// Reads keys, each of which must be above the one before.
#[derive(Default)]
struct Keys {
    before: Option<Vec<u8>>,
}

impl Keys {
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<Rc<str>, Malformed> {
        let shared = reader.length(KEY_MAX)?;
        let own = reader.length(KEY_MAX - shared)?;
        let own = reader.take(own)?;
        let first = self.before.is_none();
        let key = self.before.get_or_insert_default();
        let differing = key.get(shared..).ok_or(Malformed("key shares more than there is"))?;
        if !first && own <= differing {
            return Err(Malformed("keys out of order"));
        }
        key.truncate(shared);
        key.extend(own);
        Ok(std::str::from_utf8(key).map_err(|_| Malformed("key is not UTF-8"))?.into())
    }
}

fn put_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Inline(bytes) => {
            put_length(out, bytes.len() << 1);
            out.extend(&**bytes);
        }
        Value::Overflow { length, chunks } => {
            put_length(out, length << 1 | 1);
            put_length(out, chunks.len());
            chunks.iter().for_each(|chunk| chunk.encode(out));
        }
    }
}

fn read_value(reader: &mut Reader<'_>) -> Result<Value, Malformed> {
    let tagged = reader.length(VALUE_MAX << 1 | 1)?;
    let length = tagged >> 1;
    if tagged & 1 == 0 {
        return Ok(Value::Inline(reader.take(length)?.into()));
    }
    let count = reader.length(NODE_MAX / REF_MIN)?;
    let chunks = (0..count).map(|_| NodeRef::decode(reader)).try_gather()?;
    Ok(Value::Overflow { length, chunks: chunks.into() })
}

impl NodeRef {
    pub(in super::super) fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.name.vm.to_le_bytes());
        put_number(out, self.name.number);
        out.extend(self.stamp.to_le_bytes());
    }

    pub(in super::super) fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (vm, number) = (reader.word()?, reader.number()?);
        Ok(Self { name: Name { vm, number }, stamp: reader.word()? })
    }
}

#[cfg(test)]
mod tests;
