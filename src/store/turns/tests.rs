use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Wake};

use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn poll<'t>(next: Pin<&mut impl Future<Output = Turn<'t>>>) -> Option<Turn<'t>> {
    match next.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(turn) => Some(turn),
        Poll::Pending => None,
    }
}

#[test]
fn there_is_one_turn_at_a_time_in_each_part() {
    let turns = Turns::default();
    let (mut first, mut second, mut third, mut other) =
        (pin!(turns.next()), pin!(turns.next()), pin!(turns.next()), pin!(turns.next()));
    turns.meet("teams/a");
    let turn = poll(first.as_mut()).unwrap();
    turns.meet("teams/a");
    assert!(poll(second.as_mut()).is_none());
    turns.meet("teams/a");
    assert!(poll(third.as_mut()).is_none());
    turns.meet("teams/b");
    let _other = poll(other.as_mut()).unwrap();
    drop(turn);
    let turn = poll(third.as_mut()).unwrap();
    assert!(poll(second.as_mut()).is_none());
    drop(turn);
    assert!(poll(second.as_mut()).is_some());
}

#[test]
fn who_met_nobody_waits_for_nobody() {
    let turns = Turns::default();
    let _one = poll(pin!(turns.next())).unwrap();
    let _two = poll(pin!(turns.next())).unwrap();
}

#[test]
fn who_waits_is_woken_also_where_another_who_waited_is_gone() {
    struct Count(AtomicU32);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let turns = Turns::default();
    turns.meet("teams/a");
    let turn = poll(pin!(turns.next())).unwrap();
    turns.meet("teams/a");
    let mut gone = Box::pin(turns.next());
    assert!(poll(gone.as_mut()).is_none());
    drop(gone);
    let count = Arc::new(Count(0.into()));
    let waker = Waker::from(Arc::clone(&count));
    turns.meet("teams/a");
    let mut waits = pin!(turns.next());
    assert!(waits.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop(turn);
    assert_eq!(count.0.load(Ordering::SeqCst), 1);
    assert!(poll(waits.as_mut()).is_some());
}
