use super::*;
use crate::store::etcd::message::{KeyValue, ResponseHeader};

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A message that says that the records at `keys` changed in `revision`, for each of `changes`.
fn message(changes: &[(i64, &str)]) -> Vec<u8> {
    let events = changes.iter().map(|(mod_revision, value)| Event {
        kind: EventType::Put as i32,
        kv: Some(KeyValue {
            mod_revision: *mod_revision,
            value: value.as_bytes().to_vec(),
            ..KeyValue::default()
        }),
    });
    let header = Some(ResponseHeader { revision: 100 });
    WatchResponse { header, events: events.collect(), ..WatchResponse::default() }.encode_to_vec()
}

fn created() -> Vec<u8> {
    WatchResponse { created: true, ..WatchResponse::default() }.encode_to_vec()
}

/// The revision that the stream that is opened next begins with, and its number.
fn opened(watch: &mut Watch, now: Duration) -> (i64, u64) {
    let Some(Step::Open { number, request }) = watch.step(now) else {
        panic!("no stream is opened at {now:?}: {watch:?}");
    };
    let request = WatchRequest::decode(&*request).unwrap();
    let Some(WatchUnion::Create(create)) = request.request else { panic!("{request:?}") };
    assert_eq!(create.key, b"changes");
    (create.start_revision, number)
}

/// A live watch that began behind `revision`.
fn live(revision: i64) -> Watch {
    let mut watch = Watch::new(b"changes".to_vec());
    watch.wake();
    assert_eq!(watch.step(ms(0)), Some(Step::Place));
    watch.placed(ms(0), revision, 0);
    assert_eq!(opened(&mut watch, ms(0)), (revision + 1, 1));
    assert!(!watch.is_live());
    watch.on_message(ms(0), 1, &created());
    assert!(watch.is_live());
    assert_eq!(watch.step(ms(0)), None);
    watch
}

/// Applies all changes that were heard of.
fn apply(watch: &mut Watch) -> Vec<Change> {
    let mut changes = Vec::new();
    while let Some(Step::Apply(change)) = watch.step(ms(0)) {
        watch.applied(&change, true);
        changes.push(change);
    }
    changes
}

#[test]
fn a_vm_that_serves_nobody_watches_nothing() {
    let mut watch = Watch::new(b"changes".to_vec());
    assert!(!watch.is_due(ms(1000)));
    assert_eq!(watch.step(ms(1000)), None);
    watch.wake();
    assert!(watch.is_due(ms(1000)));
}

#[test]
fn a_change_counts_as_seen_once_it_was_applied() {
    let mut watch = live(10);
    watch.on_message(ms(0), 1, &message(&[(12, r#"["teams/a"]"#), (15, r#"["accounts/b"]"#)]));
    assert_eq!((watch.since(), watch.seen()), (10, 10));
    let first = Change { revision: 12, keys: Some(vec!["teams/a".to_owned()]) };
    assert_eq!(watch.step(ms(0)), Some(Step::Apply(first.clone())));
    // Who applied it may be gone before it is done.
    assert_eq!(watch.step(ms(0)), Some(Step::Apply(first.clone())));
    watch.applied(&first, true);
    watch.applied(&first, true);
    assert_eq!((watch.since(), watch.seen()), (10, 12));
    assert_eq!(apply(&mut watch).len(), 1);
    assert_eq!((watch.since(), watch.seen()), (10, 15));
}

#[test]
fn nothing_read_before_a_change_counts_where_it_could_not_be_applied_or_understood() {
    let mut watch = live(10);
    watch.on_message(ms(0), 1, &message(&[(12, r#"["teams/a"]"#), (15, "?")]));
    let Some(Step::Apply(change)) = watch.step(ms(0)) else { panic!("{watch:?}") };
    watch.applied(&change, false);
    assert_eq!((watch.since(), watch.seen()), (12, 12));
    assert_eq!(apply(&mut watch), [Change { revision: 15, keys: None }]);
    assert_eq!((watch.since(), watch.seen()), (15, 15));
}

#[test]
fn that_the_list_of_changes_was_deleted_is_a_change_of_everything() {
    let mut watch = live(10);
    let kv = Some(KeyValue { mod_revision: 13, ..KeyValue::default() });
    let events = vec![Event { kind: EventType::Delete as i32, kv }];
    let deleted = WatchResponse { events, ..WatchResponse::default() }.encode_to_vec();
    watch.on_message(ms(0), 1, &deleted);
    assert_eq!(apply(&mut watch), [Change { revision: 13, keys: None }]);
    assert_eq!(watch.since(), 13);
}

#[test]
fn changes_that_come_again_change_nothing() {
    let mut watch = live(10);
    watch.on_message(ms(0), 1, &message(&[(9, "[]"), (10, "[]"), (12, "[]"), (12, "[]")]));
    watch.on_message(ms(0), 1, &message(&[(11, "[]"), (12, "[]"), (13, "[]")]));
    let revisions: Vec<i64> = apply(&mut watch).iter().map(|change| change.revision).collect();
    assert_eq!(revisions, [12, 13]);
    watch.on_message(ms(0), 1, &message(&[(13, "[]")]));
    assert_eq!(apply(&mut watch), []);
}

#[test]
fn a_stream_that_broke_is_opened_again_behind_the_last_change() {
    let mut watch = live(10);
    watch.on_message(ms(0), 1, &message(&[(12, "[]")]));
    watch.on_closed(ms(5), 1);
    assert!(!watch.is_live());
    apply(&mut watch);
    assert_eq!(watch.step(ms(104)), None);
    assert_eq!(opened(&mut watch, ms(105)), (13, 2));
    assert_eq!(watch.since(), 10, "nothing was missed");
    assert!(!watch.is_live(), "etcd has not said yet that it watches");
}

#[test]
fn each_failure_doubles_the_pause_until_a_message_comes() {
    let mut watch = live(10);
    let (mut now, mut pauses) = (ms(0), vec![]);
    for number in 1..=8 {
        watch.on_closed(now, number);
        let mut pause = 0;
        while !watch.is_due(now + ms(pause)) {
            pause += 50;
        }
        pauses.push(pause);
        now += ms(pause);
        opened(&mut watch, now);
    }
    assert_eq!(pauses, [100, 200, 400, 800, 1600, 3200, 3200, 3200]);
    watch.on_message(now, 9, &created());
    watch.on_closed(now, 9);
    assert!(watch.is_due(now + ms(100)));
}

#[test]
fn where_etcd_has_compacted_what_was_missed_nothing_older_counts() {
    let mut watch = live(10);
    watch.on_closed(ms(0), 1);
    opened(&mut watch, ms(100));
    let compacted =
        WatchResponse { canceled: true, compact_revision: 40, ..WatchResponse::default() };
    watch.on_message(ms(110), 2, &compacted.encode_to_vec());
    assert_eq!(watch.step(ms(110)), Some(Step::Close { number: 2 }));
    assert_eq!(watch.step(ms(110)), Some(Step::Place));
    watch.not_placed(ms(110));
    assert_eq!(watch.step(ms(110)), None, "it is read again after a pause");
    assert_eq!(watch.step(ms(5000)), Some(Step::Place));
    watch.placed(ms(5000), 52, 60);
    assert_eq!((watch.since(), watch.seen()), (60, 52));
    assert_eq!(opened(&mut watch, ms(5000)), (53, 3));
}

#[test]
fn what_cannot_be_read_or_was_ended_by_etcd_is_asked_for_again() {
    let canceled = WatchResponse { canceled: true, ..WatchResponse::default() }.encode_to_vec();
    for message in [b"\xff\xff".to_vec(), canceled] {
        let mut watch = live(10);
        watch.on_message(ms(0), 1, &message);
        assert!(!watch.is_live());
        assert_eq!(watch.step(ms(0)), Some(Step::Close { number: 1 }));
        assert_eq!(watch.step(ms(0)), None);
        assert_eq!(opened(&mut watch, ms(100)), (11, 2));
    }
}

#[test]
fn what_comes_of_an_earlier_stream_does_nothing() {
    let mut watch = live(10);
    watch.on_closed(ms(0), 1);
    watch.on_message(ms(0), 1, &message(&[(12, "[]")]));
    opened(&mut watch, ms(100));
    watch.on_message(ms(100), 1, &message(&[(12, "[]")]));
    watch.on_closed(ms(100), 1);
    assert!(!watch.is_live());
    assert_eq!(apply(&mut watch), []);
    watch.on_message(ms(100), 2, &created());
    assert!(watch.is_live());
}

#[test]
fn a_stream_that_does_not_bring_what_etcd_knows_is_opened_again() {
    let mut watch = live(10);
    watch.told(ms(0), 12);
    watch.told(ms(900), 14);
    assert!(!watch.is_due(ms(1000)));
    assert!(watch.is_due(ms(1001)), "counted from the first change that is missing");
    assert_eq!(watch.step(ms(1001)), Some(Step::Close { number: 1 }));
    assert_eq!(opened(&mut watch, ms(1001)), (11, 2));
    watch.on_message(ms(1001), 2, &message(&[(12, "[]"), (14, "[]")]));
    apply(&mut watch);
    assert!(!watch.is_due(ms(9000)));
}

#[test]
fn a_stream_that_brings_one_change_and_owes_another_has_a_second_for_it() {
    let mut watch = live(10);
    watch.told(ms(0), 12);
    watch.on_message(ms(800), 1, &message(&[(12, "[]")]));
    apply(&mut watch);
    watch.told(ms(900), 14);
    assert!(!watch.is_due(ms(1900)));
    assert!(watch.is_due(ms(1901)));
}
