use std::sync::Arc;

use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

struct Nobody;

impl std::task::Wake for Nobody {
    fn wake(self: Arc<Self>) {}
}

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn answer(revision: i64) -> Snapshot {
    Snapshot { revision, changed: revision }
}

#[test]
fn an_answer_is_good_from_the_moment_it_was_asked_for() {
    let mut confirmation = Confirmation::new(ms(100));
    assert_eq!(confirmation.told(ms(0)), None);
    confirmation.hear(ms(50), answer(7));
    assert_eq!(confirmation.told(ms(149)), Some(answer(7)));
    assert_eq!(confirmation.told(ms(150)), None);
}

#[test]
fn an_answer_to_an_earlier_question_changes_nothing() {
    let mut confirmation = Confirmation::new(ms(100));
    confirmation.hear(ms(50), answer(9));
    confirmation.hear(ms(40), answer(7));
    assert_eq!(confirmation.told(ms(60)), Some(answer(9)));
}

#[test]
fn there_is_one_question_at_a_time_and_others_wait_for_its_end() {
    let (mut confirmation, waker) = (Confirmation::new(ms(100)), Waker::from(Arc::new(Nobody)));
    assert_eq!(confirmation.ask(), Ok(()));
    assert_eq!(confirmation.ask(), Err(0));
    assert_eq!(confirmation.poll_end(0, &waker), Poll::Pending);
    assert_eq!(confirmation.poll_end(0, &waker), Poll::Pending);
    assert_eq!(confirmation.end().len(), 1, "one waker is woken once");
    assert_eq!(confirmation.poll_end(0, &waker), Poll::Ready(()));
    assert_eq!(confirmation.ask(), Ok(()));
    assert_eq!(confirmation.poll_end(0, &waker), Poll::Ready(()), "another question");
}
