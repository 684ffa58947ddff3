#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{Child, Link, Node, Shape, Value, separator};

const SHAPE: Shape = Shape { split: 400, join: 150, inline: 40, chunk: 64 };

fn root(keys: impl IntoIterator<Item = usize>) -> Child {
    let mut root: Option<Child> = None;
    for key in keys {
        let (key, value) = (format!("{key:05}"), Value::Inline(vec![0; 20].into()));
        match &mut root {
            Some(root) => drop(root.insert_at_root(&key, value, &SHAPE).unwrap()),
            None => root = Some(Child::holding(&key, value)),
        }
    }
    root.unwrap()
}

fn leaves(child: &Child) -> Vec<usize> {
    match &child.link {
        Link::Loaded(node) => match &**node {
            Node::Branch(children) => children.iter().flat_map(leaves).collect(),
            Node::Leaf(entries) => vec![entries.len()],
            Node::Chunk(_) => vec![],
        },
        Link::Stored(_) => vec![],
    }
}

#[test]
fn keys_that_only_grow_fill_their_leaves() {
    let growing = leaves(&root(0..1000));
    let fullest = *growing.iter().max().unwrap();
    assert!(growing.len() < 1000 / fullest + 3, "{growing:?}");
}

#[test]
fn keys_in_any_order_leave_no_leaf_nearly_empty() {
    let mixed = leaves(&root((0..1000).map(|key| key * 617 % 1000)));
    let fullest = *mixed.iter().max().unwrap();
    assert!(mixed.iter().all(|entries| *entries * 3 >= fullest), "{mixed:?}");
}

#[test]
fn a_separator_is_the_shortest_text_between_two_keys() {
    assert_eq!(&*separator("teams/a", "teams/b/long"), "teams/b");
    assert_eq!(&*separator("teams/a", "teams/a/long"), "teams/a/");
    assert_eq!(&*separator("ä", "ö"), "ö");
    assert_eq!(&*separator("", "k"), "k");
}

#[test]
fn a_change_copies_only_what_it_touches() {
    let mut changed = root(0..1000);
    let before = changed.clone();
    changed.insert_at_root("00500", Value::Inline(vec![1].into()), &SHAPE).unwrap();
    let (Link::Loaded(one), Link::Loaded(other)) = (&before.link, &changed.link) else { panic!() };
    let (Node::Branch(one), Node::Branch(other)) = (&**one, &**other) else { panic!() };
    let shared = one.iter().zip(other).filter(|pair| match (&pair.0.link, &pair.1.link) {
        (Link::Loaded(one), Link::Loaded(other)) => std::rc::Rc::ptr_eq(one, other),
        _ => false,
    });
    assert_eq!(shared.count(), one.len() - 1);
}
