//! What a node without memory waits for. With whom it shares an etcd, and what goes wrong without, is in the schedules of
//! `remembered`.

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use std::time::Duration;

use super::{Memory, Snapshot, Watchless, settling};
use crate::host::{Clock as _, ManualHost};

const GOOD_FOR: Duration = Duration::from_millis(100);

/// Has `memory` hear of a state, and tells for how long who has read that waits.
fn wait(memory: &Watchless, host: &ManualHost, revision: i64, changed: i64) -> Duration {
    let snapshot = Snapshot { revision, changed };
    memory.hear(host, memory.question(host), snapshot);
    memory.others_settle_at(host, snapshot, |_| true).saturating_sub(host.uptime())
}

#[test]
fn a_change_that_was_not_heard_of_before_counts_as_just_made() {
    let (host, memory) = (ManualHost::default(), Watchless::new(GOOD_FOR));
    host.advance(5000);
    assert_eq!(wait(&memory, &host, 7, 5), settling(GOOD_FOR));
    host.advance(50);
    assert_eq!(wait(&memory, &host, 9, 8), settling(GOOD_FOR));
}

#[test]
fn a_change_is_as_old_as_the_first_state_that_is_known_to_have_it() {
    let (host, memory) = (ManualHost::default(), Watchless::new(GOOD_FOR));
    host.advance(5000);
    wait(&memory, &host, 7, 0);
    host.advance(40);
    assert_eq!(wait(&memory, &host, 9, 7), settling(GOOD_FOR) - Duration::from_millis(40));
    host.advance(2000);
    assert_eq!(wait(&memory, &host, 30, 9), Duration::ZERO);
    assert_eq!(wait(&memory, &host, 31, 10), settling(GOOD_FOR));
}

#[test]
fn where_nothing_was_ever_taken_away_nothing_is_waited_for() {
    let (host, memory) = (ManualHost::default(), Watchless::new(GOOD_FOR));
    assert_eq!(wait(&memory, &host, 7, 0), Duration::ZERO);
}

#[test]
fn an_etcd_that_went_back_to_a_backup_is_one_that_nothing_was_heard_of() {
    let (host, memory) = (ManualHost::default(), Watchless::new(GOOD_FOR));
    wait(&memory, &host, 100, 90);
    host.advance(5000);
    assert_eq!(wait(&memory, &host, 110, 90), Duration::ZERO);
    assert_eq!(wait(&memory, &host, 50, 40), settling(GOOD_FOR));
}

#[test]
fn an_answer_that_comes_late_is_no_backup() {
    let (host, memory) = (ManualHost::default(), Watchless::new(GOOD_FOR));
    let early = memory.question(&host);
    wait(&memory, &host, 100, 90);
    host.advance(5000);
    memory.hear(&host, early, Snapshot { revision: 95, changed: 90 });
    assert_eq!(wait(&memory, &host, 100, 90), Duration::ZERO);
}

#[test]
fn beside_nodes_that_remember_nothing_nothing_is_read_for_it() {
    assert!(!Watchless::new(Duration::ZERO).is_on());
    assert!(Watchless::new(GOOD_FOR).is_on());
}
