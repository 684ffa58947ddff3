//! Operations that could not be finished at once.
//!
//! An operation waits for a reply, and is polled when that is there and not before; or it pauses, and is polled when the
//! root context's timer has run. With shared data it only ever pauses: it met other commits again and again and lets
//! them go first.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Wake, Waker};

use crate::map::Numbered;

/// An operation, with all that is to be done at its end.
pub(super) type Operation = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    /// Whether the operation that is being polled pauses.
    static PAUSES: Cell<bool> = const { Cell::new(false) };
}

/// The operations of one worker that wait.
#[derive(Default)]
pub(super) struct Waiting {
    last: Cell<u64>,
    operations: RefCell<Numbered<Kept>>,
    paused: RefCell<Vec<Arc<Bell>>>,
    rung: Arc<Mutex<Vec<u64>>>,
}

/// An operation and what wakes it.
struct Kept {
    operation: Operation,
    bell: Arc<Bell>,
}

/// Wakes one operation.
struct Bell {
    operation: u64,
    /// Whether it is in the list already.
    rung: AtomicBool,
    list: Arc<Mutex<Vec<u64>>>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        if !self.rung.swap(true, Ordering::Relaxed) {
            lock(&self.list).push(self.operation);
        }
    }
}

impl Waiting {
    /// Polls `operation`, and keeps it if that is not the end of it. Answers whether it was kept.
    pub(super) fn begin(&self, operation: Operation) -> bool {
        let number = self.last.get() + 1;
        self.last.set(number);
        let list = Arc::clone(&self.rung);
        let bell = Arc::new(Bell { operation: number, rung: AtomicBool::new(false), list });
        self.poll(Kept { operation, bell })
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.operations.borrow().is_empty()
    }

    /// Whether an operation waits for the timer.
    pub(super) fn has_paused(&self) -> bool {
        !self.paused.borrow().is_empty()
    }

    /// Whether an operation can go on.
    pub(super) fn has_woken(&self) -> bool {
        !lock(&self.rung).is_empty()
    }

    /// Ends all pauses: the timer has run.
    pub(super) fn end_pauses(&self) {
        for bell in self.paused.take() {
            bell.wake();
        }
    }

    /// Polls once each operation that can go on.
    pub(super) fn poll_woken(&self) {
        // Polled outside of all borrows: an operation may begin others.
        let woken = std::mem::take(&mut *lock(&self.rung));
        for number in woken {
            let kept = self.operations.borrow_mut().remove(number);
            if let Some(kept) = kept {
                kept.bell.rung.store(false, Ordering::Relaxed);
                self.poll(kept);
            }
        }
    }

    fn poll(&self, mut kept: Kept) -> bool {
        let waker = Waker::from(Arc::clone(&kept.bell));
        PAUSES.set(false);
        match kept.operation.as_mut().poll(&mut std::task::Context::from_waker(&waker)) {
            Poll::Ready(()) => false,
            Poll::Pending => {
                if PAUSES.take() {
                    self.paused.borrow_mut().push(Arc::clone(&kept.bell));
                }
                self.operations.borrow_mut().insert(kept.bell.operation, kept);
                true
            }
        }
    }
}

fn lock(list: &Mutex<Vec<u64>>) -> MutexGuard<'_, Vec<u64>> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Pending until the timer has run.
#[derive(Debug, Default)]
pub(super) struct Pause {
    begun: bool,
}

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut std::task::Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.begun, true) {
            return Poll::Ready(());
        }
        PAUSES.set(true);
        Poll::Pending
    }
}
