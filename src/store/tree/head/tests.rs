#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{Head, Verdict, WINDOW};
use crate::store::tree::bytes::Malformed;
use crate::store::tree::names::Name;
use crate::store::tree::node::NodeRef;

fn after(mut head: Head, transactions: std::ops::Range<u64>) -> Head {
    let root = NodeRef { name: Name { vm: 7, number: 300 }, stamp: 9 };
    for transaction in transactions {
        head = head.followed_by(transaction, Some(root), 5);
    }
    head
}

#[test]
fn a_head_is_read_as_it_was_written() {
    for commits in [0, 1, WINDOW as u64, 100] {
        let head = after(Head::default(), 0..commits);
        assert_eq!(Head::decode(&head.encode()), Ok(head));
    }
}

#[test]
fn a_head_cut_short_or_too_long_is_malformed() {
    let bytes = after(Head::default(), 0..40).encode();
    for length in 0..bytes.len() {
        assert!(Head::decode(&bytes[..length]).is_err(), "{length}");
    }
    assert_eq!(Head::decode(&[&*bytes, &[0]].concat()), Err(Malformed("bytes left over")));
    let other = Head::decode(&[&[2], &bytes[1..]].concat());
    assert_eq!(other, Err(Malformed("head of an unknown format")));
}

#[test]
fn a_head_tells_what_became_of_a_transaction_while_it_can() {
    let base = after(Head::default(), 0..50);
    let mine = 1_000_000;
    assert_eq!(base.verdict(&base, mine), Verdict::Unmoved);
    let applied = base.followed_by(mine, None, 0);
    let window = WINDOW as u64;
    for followers in 0..2 * window {
        let with = after(applied.clone(), 100..100 + followers);
        let without = after(base.clone(), 100..101 + followers);
        let told = if followers < window { Verdict::Applied } else { Verdict::Untold };
        assert_eq!(with.verdict(&base, mine), told, "{followers}");
        let told = if followers < window { Verdict::Overtaken } else { Verdict::Untold };
        assert_eq!(without.verdict(&base, mine), told, "{followers}");
    }
}

#[test]
fn a_head_of_another_history_tells_nothing() {
    let base = after(Head::default(), 0..50);
    assert_eq!(Head::default().verdict(&base, 999), Verdict::Untold);
    assert_eq!(after(Head::default(), 100..150).verdict(&base, 999), Verdict::Untold);
}
