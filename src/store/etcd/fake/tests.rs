//! That the made-up etcd does what `tests/store/real.rs` finds a real one to do.

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::State;
use crate::store::etcd::CallError;
use crate::store::etcd::commit::set;
use crate::store::etcd::message::{
    Compare, CompareResult, CompareTarget, Compared, EventType, Request, RequestOp, TxnRequest,
};
use crate::store::etcd::read::{between, one};

fn put(key: &str, value: &str) -> RequestOp {
    set(key.into(), Some(value.into()))
}

fn txn(compare: Vec<Compare>, success: Vec<RequestOp>) -> TxnRequest {
    TxnRequest { compare, success, failure: Vec::new() }
}

fn nested(outer: usize, inner: usize) -> TxnRequest {
    let inner = |at: usize| {
        let puts = (0..inner).map(|number| put(&format!("{at}/{number}"), "")).collect();
        RequestOp { request: Some(Request::Txn(txn(Vec::new(), puts))) }
    };
    txn(Vec::new(), (0..outer).map(inner).collect())
}

fn newest(key: &str, end: &str, result: CompareResult, revision: i64) -> Compare {
    Compare {
        result: result.into(),
        target: CompareTarget::Mod.into(),
        key: key.into(),
        compared: Some(Compared::ModRevision(revision)),
        range_end: end.into(),
    }
}

const REFUSED: CallError = CallError::Refused { code: 3 };

#[test]
fn a_key_is_written_once_in_a_transaction() {
    let mut state = State::default();
    let twice = txn(Vec::new(), vec![put("a", "1"), put("a", "2")]);
    assert_eq!(state.txn(&twice), Err(REFUSED));
    let both = txn(Vec::new(), vec![put("a", "1"), set("a".into(), None)]);
    assert_eq!(state.txn(&both), Err(REFUSED));
    assert_eq!(state.revision(), 1);
}

#[test]
fn the_levels_share_the_limit_on_operations() {
    let mut state = State::default();
    assert_eq!(state.txn(&nested(64, 65)), Err(REFUSED));
    assert_eq!(state.txn(&nested(65, 64)), Err(REFUSED));
    assert!(state.txn(&nested(64, 64)).unwrap().succeeded);
    assert_eq!(state.range(&between("0".into(), vec![0])).unwrap().count, 4096);
    assert_eq!(state.revision(), 2);
}

#[test]
fn a_compare_of_a_range_holds_for_every_key_that_is_there() {
    let mut state = State::default();
    state.txn(&txn(Vec::new(), vec![put("a/1", "")])).unwrap();
    state.txn(&txn(Vec::new(), vec![put("a/2", "")])).unwrap();
    for (end, result, revision, holds) in [
        ("a0", CompareResult::Less, 4, true),
        ("a0", CompareResult::Less, 3, false),
        ("a/2", CompareResult::Less, 3, true),
        ("a0", CompareResult::Greater, 1, true),
    ] {
        let compare = newest("a/", end, result, revision);
        assert_eq!(state.txn(&txn(vec![compare], Vec::new())).unwrap().succeeded, holds);
    }
    let absent = newest("b", "", CompareResult::Equal, 0);
    assert!(state.txn(&txn(vec![absent], Vec::new())).unwrap().succeeded);
}

#[test]
fn the_past_can_be_read_until_it_is_compacted() {
    let mut state = State::default();
    for value in ["1", "2", "3"] {
        state.txn(&txn(Vec::new(), vec![put("a", value)])).unwrap();
    }
    state.txn(&txn(Vec::new(), vec![set("a".into(), None)])).unwrap();
    let at = |state: &State, revision| {
        let request = crate::store::etcd::message::RangeRequest { revision, ..one("a".into()) };
        state.range(&request).map(|answer| answer.kvs.first().map(|kv| kv.value.clone()))
    };
    assert_eq!(at(&state, 2), Ok(Some(b"1".to_vec())));
    assert_eq!(at(&state, 0), Ok(None));
    assert_eq!(at(&state, 6), Err(CallError::Refused { code: 11 }));
    let kinds = |state: &State, from| {
        let events = state.events_since(from)?;
        Ok::<_, i64>(events.iter().map(|event| event.kind()).collect::<Vec<_>>())
    };
    assert_eq!(kinds(&state, 4), Ok(vec![EventType::Put, EventType::Delete]));
    state.compact(3);
    assert_eq!(at(&state, 2), Err(CallError::Refused { code: 11 }));
    assert_eq!(at(&state, 3), Ok(Some(b"2".to_vec())));
    assert_eq!(kinds(&state, 3), Err(4));
    assert_eq!(kinds(&state, 4), Ok(vec![EventType::Put, EventType::Delete]));
}
