use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::sleep;

use super::Kind;

/// How long it takes until somebody has a turn. Shorter than anything else that takes time, so that in a runtime whose
/// time stands still while anything is to be done, all others wait when it has passed.
const TURN: Duration = Duration::from_millis(1);

/// Calls that wait for somebody to say which of them goes on, and what happened in which order.
#[derive(Debug, Default)]
pub struct Turns {
    waiting: Mutex<Vec<Waiting>>,
    came: Notify,
    happened: Mutex<Vec<String>>,
}

#[derive(Debug)]
struct Waiting {
    name: String,
    go_on: oneshot::Sender<()>,
}

impl Turns {
    /// Nobody waits, and nothing has happened.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(super) async fn wait(&self, kind: Kind, key: &str) {
        let (go_on, turn) = oneshot::channel();
        lock(&self.waiting).push(Waiting { name: format!("{kind:?} {key}"), go_on });
        self.came.notify_one();
        // Whoever decides is gone where it fails: then nobody has to wait any more.
        turn.await.ok();
    }

    /// Lets one go on after the other, for as long as it is polled. `pick` chooses among so many that wait.
    pub async fn deal(&self, mut pick: impl FnMut(usize) -> usize) {
        loop {
            if self.count() == 0 {
                self.came.notified().await;
            }
            sleep(TURN).await;
            // Some may have died meanwhile.
            let count = self.count();
            if count > 0 {
                let picked = lock(&self.waiting).swap_remove(pick(count).min(count - 1));
                self.note(&picked.name);
                picked.go_on.send(()).ok();
            }
        }
    }

    /// How many wait. Instances that have died wait for nothing.
    fn count(&self) -> usize {
        let mut waiting = lock(&self.waiting);
        waiting.retain(|waiting| !waiting.go_on.is_closed());
        waiting.len()
    }

    /// Adds to what has happened.
    pub fn note(&self, what: impl fmt::Display) {
        lock(&self.happened).push(what.to_string());
    }

    /// What has happened, a line each.
    pub fn transcript(&self) -> Vec<String> {
        lock(&self.happened).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
