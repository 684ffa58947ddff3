#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use std::rc::Rc;

use super::{Broken, Report, check};
use crate::store::suite::{Seeded, block_on};
use crate::store::tree::fake::{Disk, Fake};
use crate::store::tree::node::{self, Child, Link, Node, NodeRef, Shape};
use crate::store::tree::{CacheLimits, HEAD, Tree};
use crate::store::{Store, StoreError, Transaction};

type Engine = Tree<Fake<true, false>, Seeded>;

const TINY: Shape = Shape { split: 160, join: 60, inline: 40, chunk: 64 };

/// A tree of some height whose root is found under the first name given back, a leaf under the other.
fn tree() -> (Rc<Disk>, Engine, NodeRef, NodeRef) {
    let disk = Disk::new(1);
    let tree =
        Tree::with_shape(Fake(Rc::clone(&disk)), Seeded::new(1), CacheLimits::default(), TINY);
    block_on(async {
        let mut transaction = tree.begin().await.unwrap();
        for number in 0..40 {
            transaction.put(&format!("{number:02}"), vec![0; 20]).unwrap();
        }
        transaction.put("long", vec![0; 100]).unwrap();
        transaction.commit().await.unwrap();
    });
    let root = block_on(tree.head()).unwrap().unwrap().0.root.unwrap();
    let mut leaf = root;
    while let Node::Branch(children) = stored(&disk, leaf) {
        let Link::Stored(first) = children[0].link else { panic!() };
        leaf = first;
    }
    (disk, tree, root, leaf)
}

fn stored(disk: &Disk, reference: NodeRef) -> Node {
    node::decode(&disk.values.borrow()[&reference.name.to_string()].0).unwrap()
}

fn store(disk: &Disk, reference: NodeRef, bytes: Vec<u8>) {
    disk.values.borrow_mut().insert(reference.name.to_string(), (bytes, 0));
}

fn broken(tree: &Engine) -> Vec<Broken> {
    block_on(check(tree)).unwrap().broken
}

#[test]
fn a_sound_tree_has_nothing_broken() {
    let (disk, tree, ..) = tree();
    let report = block_on(check(&tree)).unwrap();
    assert_eq!((report.sequence, report.entries, &*report.broken), (1, 41, &[][..]));
    assert!(report.height > 2);
    assert_eq!(report.nodes as usize + 1, disk.values.borrow().len());
    let empty: Engine = Tree::new(Fake(Disk::new(2)), Seeded::new(2), CacheLimits::default());
    assert_eq!(block_on(check(&empty)), Ok(Report::default()));
}

#[test]
fn a_missing_a_foreign_and_a_damaged_node_are_told_apart() {
    let (disk, tree, _, leaf) = tree();
    let name = leaf.name.to_string();
    let node = stored(&disk, leaf);
    store(&disk, leaf, node::encode(&node, !leaf.stamp).unwrap());
    assert_eq!(broken(&tree), [Broken::Stamp(name.clone())]);
    let mut bytes = node::encode(&node, leaf.stamp).unwrap();
    bytes.push(0);
    store(&disk, leaf, bytes);
    let reason = "bytes left over".to_owned();
    assert_eq!(broken(&tree), [Broken::Malformed { node: name.clone(), reason }]);
    disk.values.borrow_mut().remove(&name);
    assert_eq!(broken(&tree), [Broken::Missing(name)]);
}

#[test]
fn a_wrong_count_order_or_size_is_found() {
    let (disk, tree, _, leaf) = tree();
    let name = leaf.name.to_string();
    let Node::Leaf(entries) = stored(&disk, leaf) else { panic!() };
    let write = |entries| {
        store(&disk, leaf, node::encode(&Node::Leaf(entries), leaf.stamp).unwrap());
    };
    write(entries[1..].to_vec());
    assert_eq!(broken(&tree), [Broken::Count(name.clone())]);
    let cold: Engine = Tree::new(Fake(Rc::clone(&disk)), Seeded::new(3), CacheLimits::default());
    let read = block_on(async { cold.begin().await.unwrap().fetched(|t| t.get("00")).await });
    assert_eq!(read, Err(StoreError::corrupt("a node's count is wrong")));

    let mut moved = entries.clone();
    moved.last_mut().unwrap().key = "zz".into();
    write(moved);
    assert_eq!(broken(&tree), [Broken::Order(name.clone())]);

    let mut lengthened = entries;
    lengthened[0].value = node::Value::Overflow { length: 9, chunks: Rc::new([]) };
    write(lengthened);
    assert_eq!(broken(&tree), [Broken::Size(name)]);
}

#[test]
fn a_node_referred_to_twice_or_free_is_found() {
    let (disk, tree, root, leaf) = tree();
    tree.names.borrow_mut().free(leaf.name);
    assert_eq!(broken(&tree), [Broken::Free(leaf.name.to_string())]);
    tree.names.borrow_mut().take(|| 0);

    let Node::Branch(mut children) = stored(&disk, root) else { panic!() };
    let Link::Stored(twice) = children[0].link else { panic!() };
    children[1] = Child { link: Link::Stored(twice), ..children[1].clone() };
    store(&disk, root, node::encode(&Node::Branch(children), root.stamp).unwrap());
    assert!(broken(&tree).contains(&Broken::Shared(twice.name.to_string())));
}

#[test]
fn a_tree_that_bites_its_tail_is_walked_to_an_end() {
    let (disk, tree, root, leaf) = tree();
    let Node::Branch(children) = stored(&disk, root) else { panic!() };
    let Link::Stored(below) = children[0].link else { panic!() };
    let back = Child { link: Link::Stored(root), ..children[0].clone() };
    store(&disk, below, node::encode(&Node::Branch(vec![back]), below.stamp).unwrap());
    assert!(broken(&tree).contains(&Broken::Shared(root.name.to_string())));
    let cold: Engine = Tree::new(Fake(Rc::clone(&disk)), Seeded::new(3), CacheLimits::default());
    let read = block_on(async { cold.begin().await.unwrap().fetched(|t| t.get("00")).await });
    assert!(read.is_err());
    assert!(disk.values.borrow().contains_key(&leaf.name.to_string()));
    assert!(disk.values.borrow().contains_key(HEAD));
}

#[test]
fn leaves_at_different_heights_are_found() {
    let (disk, tree, root, leaf) = tree();
    let Node::Branch(mut children) = stored(&disk, root) else { panic!() };
    let count = stored(&disk, leaf).count();
    children[0] = Child { link: Link::Stored(leaf), count, ..children[0].clone() };
    store(&disk, root, node::encode(&Node::Branch(children), root.stamp).unwrap());
    assert!(broken(&tree).iter().any(|broken| matches!(broken, Broken::Height(_))));
}
