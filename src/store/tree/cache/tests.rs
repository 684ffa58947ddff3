#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use std::rc::Rc;

use super::{Cache, CacheLimits};
use crate::store::tree::names::Name;
use crate::store::tree::node::{Node, NodeRef};

fn reference(number: u64, stamp: u64) -> NodeRef {
    NodeRef { name: Name { vm: 1, number }, stamp }
}

fn keep(cache: &Cache, reference: NodeRef, size: usize) {
    cache.keep(reference, Rc::new(Node::Chunk(Rc::new([]))), size);
}

#[test]
fn what_was_not_used_for_longest_goes_first() {
    let cache = Cache::new(CacheLimits { nodes: 2, bytes: 100 });
    keep(&cache, reference(1, 1), 10);
    keep(&cache, reference(2, 1), 10);
    assert!(cache.find(&reference(1, 1)).is_some());
    keep(&cache, reference(3, 1), 10);
    assert!(cache.find(&reference(1, 1)).is_some());
    assert!(cache.find(&reference(2, 1)).is_none());
}

#[test]
fn the_cache_is_bounded_by_bytes() {
    let cache = Cache::new(CacheLimits { nodes: 100, bytes: 100 });
    for number in 0..50 {
        keep(&cache, reference(number, 1), 30);
        keep(&cache, reference(number, 1), 30);
    }
    assert_eq!(format!("{cache:?}"), "Cache(3 nodes, 90 bytes)");
    keep(&cache, reference(99, 1), 101);
    assert!(cache.find(&reference(99, 1)).is_none());
}

#[test]
fn a_node_is_not_mistaken_for_another_of_its_name() {
    let cache = Cache::new(CacheLimits::default());
    keep(&cache, reference(1, 1), 10);
    assert!(cache.find(&reference(1, 2)).is_none());
}
