#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use std::rc::Rc;

use super::{Child, LeafEntry, Link, Node, NodeRef, Value, decode, encode};
use crate::store::suite::Seeded;
use crate::store::tree::bytes::Malformed;
use crate::store::tree::names::Name;
use crate::store::{KEY_MAX, VALUE_MAX};

fn reference(number: u64) -> NodeRef {
    NodeRef { name: Name { vm: u64::MAX, number }, stamp: 3 }
}

fn leaf() -> Node {
    let entry = |key: &str, value| LeafEntry { key: key.into(), value };
    Node::Leaf(vec![
        entry("", Value::Inline(Rc::new([]))),
        entry("teams/ä", Value::Inline(Rc::new([1, 2, 3]))),
        entry("teams/ö", Value::Overflow { length: 300, chunks: Rc::new([reference(u64::MAX)]) }),
        entry(&"z".repeat(KEY_MAX), Value::Overflow { length: VALUE_MAX, chunks: Rc::new([]) }),
    ])
}

fn branch() -> Node {
    let child = |first: &str, count| Child {
        first: first.into(),
        link: Link::Stored(reference(count)),
        count,
    };
    Node::Branch(vec![
        child("", 1),
        child("teams/a", 127),
        child("teams/b", 128),
        child("u", u64::MAX),
    ])
}

#[test]
fn a_node_is_read_as_it_was_written() {
    for node in [leaf(), branch(), Node::Chunk(Rc::new([1, 2, 3]))] {
        let read = decode(&encode(&node, 42).unwrap()).unwrap();
        assert_eq!(format!("{read:?}"), format!("{node:?}"));
    }
}

#[test]
fn a_node_cut_short_is_malformed() {
    for node in [leaf(), branch()] {
        let bytes = encode(&node, 42).unwrap();
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_err(), "{length}");
        }
    }
}

#[test]
fn bytes_that_are_no_node_are_malformed_and_nothing_worse() {
    let random = Seeded::new(1);
    for node in [leaf(), branch()] {
        let good = encode(&node, 42).unwrap();
        for _ in 0..20_000 {
            let mut bytes = good.clone();
            for _ in 0..1 + random.below(3) {
                let place = random.below(bytes.len());
                bytes[place] = random.next() as u8;
            }
            if let Ok(node) = decode(&bytes) {
                // Whatever can be read can be written, and reads the same.
                let again = decode(&encode(&node, 42).unwrap()).unwrap();
                assert_eq!(format!("{again:?}"), format!("{node:?}"));
            }
        }
    }
}

#[test]
fn a_node_must_be_what_trees_are_made_of() {
    let header = [&[1][..], &[0; 8]].concat();
    let cases: [(&[u8], &str); 8] = [
        (&[1, 0], "empty leaf"),
        (&[2, 0], "empty branch"),
        (&[9], "node of an unknown kind"),
        (&[1, 2, 0, 1, b'b', 0, 0, 1, b'a', 0], "keys out of order"),
        (&[1, 1, 0, 1, 0xff, 0], "key is not UTF-8"),
        (&[1, 1, 1, 1, b'a', 0], "key shares more than there is"),
        (&[1, 0xff, 0xff, 0x7f], "length over its limit"),
        (&[1, 1, 0, 1, b'a', 0, 0], "bytes left over"),
    ];
    for (body, reason) in cases {
        let read = decode(&[&header, body].concat());
        assert_eq!(read.unwrap_err(), Malformed(reason));
    }
    assert_eq!(decode(&[2; 20]).unwrap_err(), Malformed("node of an unknown format"));
    let large = [&header[..], &[3], &[0; 17 * 1024]].concat();
    assert_eq!(decode(&large).unwrap_err(), Malformed("node too large"));
}
