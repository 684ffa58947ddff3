use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Waker};

use super::*;
use crate::store::etcd::remembered::tests::shared::Shared;
use crate::store::suite::{Seeded, block_on};

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn slots(count: u64) -> Slots<Rc<Shared>> {
    Slots::with_count(Shared::new(1), "etcd/scim-edge/".to_owned(), count)
}

fn record(key: &str, value: &str, modified: i64, read: i64) -> Slot {
    Slot { key: key.to_owned(), value: value.as_bytes().to_vec(), modified, read }
}

fn change(revision: i64, keys: &[&str]) -> Change {
    Change { revision, keys: Some(keys.iter().map(|key| (*key).to_owned()).collect()) }
}

#[test]
fn a_record_is_found_until_it_is_taken_away() {
    block_on(async {
        let slots = slots(64);
        let (a, b) = (record("a", "1", 3, 10), record("b", "2", 4, 11));
        for record in [&a, &b] {
            slots.fill(record, 0).await.unwrap();
        }
        assert_eq!(slots.find("a").await, Some(a));
        assert_eq!(slots.find("b").await, Some(b.clone()));
        assert_eq!(slots.find("c").await, None);
        slots.apply(&change(12, &["a", "c"])).await.unwrap();
        assert_eq!(slots.find("a").await, None);
        assert_eq!(slots.find("b").await, Some(b));
    });
}

#[test]
fn a_change_takes_nothing_away_that_was_read_at_its_revision_or_later() {
    block_on(async {
        let slots = slots(64);
        slots.fill(&record("a", "1", 12, 12), 0).await.unwrap();
        slots.apply(&change(12, &["a"])).await.unwrap();
        slots.apply(&change(7, &["a"])).await.unwrap();
        assert_eq!(slots.find("a").await, Some(record("a", "1", 12, 12)));
        assert_eq!(slots.applied().await, Ok(12), "it never goes down");
    });
}

#[test]
fn nothing_is_remembered_that_was_read_before_the_last_change() {
    block_on(async {
        let slots = slots(64);
        slots.apply(&change(12, &["b"])).await.unwrap();
        slots.fill(&record("a", "1", 3, 11), 0).await.unwrap();
        assert_eq!(slots.find("a").await, None);
        slots.fill(&record("a", "1", 3, 12), 0).await.unwrap();
        assert!(slots.find("a").await.is_some());
    });
}

#[test]
fn an_earlier_reading_does_not_replace_a_later_one() {
    block_on(async {
        let slots = slots(64);
        slots.fill(&record("a", "new", 9, 10), 0).await.unwrap();
        slots.fill(&record("a", "old", 3, 8), 0).await.unwrap();
        assert_eq!(slots.find("a").await, Some(record("a", "new", 9, 10)));
        slots.fill(&record("a", "newest", 11, 11), 0).await.unwrap();
        assert_eq!(slots.find("a").await, Some(record("a", "newest", 11, 11)));
    });
}

#[test]
fn what_is_known_already_is_not_written_again() {
    block_on(async {
        let slots = slots(64);
        slots.fill(&record("a", "1", 3, 10), 0).await.unwrap();
        slots.fill(&record("a", "1", 3, 20), 10).await.unwrap();
        assert_eq!(slots.find("a").await, Some(record("a", "1", 3, 10)));
        slots.fill(&record("a", "1", 3, 20), 11).await.unwrap();
        assert_eq!(slots.find("a").await, Some(record("a", "1", 3, 20)), "of no use as it was");
    });
}

#[test]
fn records_with_one_slot_take_each_others_place() {
    block_on(async {
        let slots = slots(1);
        slots.fill(&record("a", "1", 3, 10), 0).await.unwrap();
        slots.fill(&record("b", "2", 3, 9), 0).await.unwrap();
        assert_eq!(slots.find("a").await, None);
        assert_eq!(slots.find("b").await, Some(record("b", "2", 3, 9)));
        slots.apply(&change(11, &["a"])).await.unwrap();
        assert_eq!(slots.find("b").await, Some(record("b", "2", 3, 9)));
    });
}

#[test]
fn large_values_are_not_remembered() {
    block_on(async {
        let slots = slots(64);
        let value = |length| "x".repeat(length);
        slots.fill(&record("a", &value(VALUE_MAX + 1), 3, 10), 0).await.unwrap();
        assert_eq!(slots.find("a").await, None);
        slots.fill(&record("a", &value(VALUE_MAX), 3, 10), 0).await.unwrap();
        assert!(slots.find("a").await.is_some());
    });
}

/// Runs `one` and `other` to their ends in the order that `choices` say, first of `one` where they say nothing. Then has
/// them say what comes next in the list of all orders; `false`: that was the last.
fn interleave<'t>(
    one: impl Future<Output = ()> + 't,
    other: impl Future<Output = ()> + 't,
    choices: &mut Vec<bool>,
) -> bool {
    let mut tasks: [Option<Pin<Box<dyn Future<Output = ()> + 't>>>; 2] =
        [Some(Box::pin(one)), Some(Box::pin(other))];
    let (mut place, mut context) = (0, Context::from_waker(Waker::noop()));
    while let (Some(_), Some(_)) = (&tasks[0], &tasks[1]) {
        if place == choices.len() {
            choices.push(false);
        }
        tasks[usize::from(choices[place])]
            .take_if(|task| task.as_mut().poll(&mut context).is_ready());
        place += 1;
    }
    for task in tasks.into_iter().flatten() {
        block_on(task);
    }
    while choices.pop_if(|choice| *choice).is_some() {}
    choices.last_mut().is_some_and(|choice| !std::mem::replace(choice, true))
}

#[test]
fn in_no_order_does_a_late_reader_bring_back_what_was_taken_away() {
    let mut orders = 0;
    for there in [None, Some(record("a", "0", 1, 5)), Some(record("other", "0", 1, 5))] {
        let mut choices = Vec::new();
        loop {
            let slots = slots(1);
            if let Some(there) = &there {
                block_on(slots.fill(there, 0)).unwrap();
            }
            slots.host.pauses.set(true);
            let late = record("a", "old", 3, 10);
            let order = choices.clone();
            let more = interleave(
                async { slots.fill(&late, 0).await.unwrap() },
                async { slots.apply(&change(12, &["a"])).await.unwrap() },
                &mut choices,
            );
            assert_eq!(block_on(slots.find("a")), None, "{order:?} over {there:?}");
            orders += 1;
            if !more {
                break;
            }
        }
    }
    assert!(orders > 1000, "only {orders} orders");
}

#[test]
fn any_record_comes_out_of_a_slot_as_it_went_in() {
    let random = Seeded::new(5);
    for _ in 0..1000 {
        let text = || {
            let letters = ["a", " ", "ü", "\n", "7", "/", ""];
            (0..random.below(9)).map(|_| letters[random.below(7)]).collect::<String>()
        };
        let record = record(&text(), &text(), random.below(99) as i64, random.next() as i64 >> 1);
        assert_eq!(Slot::decode(&record.encode()), Some(record));
    }
}

#[test]
fn what_cannot_be_understood_is_no_record() {
    for bytes in ["", " ", "1", "1 2", "1 2 3", "1 2 3 ab", "1 2 -1 ab", "x 2 1 ab", "1 2 99 ab"] {
        assert_eq!(Slot::decode(bytes.as_bytes()), None, "{bytes:?}");
    }
    assert_eq!(Slot::decode(b"1 2 2 a\xff"), None);
}
