//! Operations that met other commits, run again one after the other.
//!
//! Where a run takes many calls, any number of writers of one team would else meet each other again in every run, and
//! hardly any of them would get through.

use std::cell::RefCell;
use std::task::{Poll, Waker};

/// Gives out one [`Turn`] at a time for each part of the state.
#[derive(Debug, Default)]
pub struct Turns {
    /// Where the last commit that met another one was.
    met: RefCell<Option<String>>,
    taken: RefCell<Vec<String>>,
    waiting: RefCell<Vec<Waker>>,
}

impl Turns {
    /// A commit in `part` met another one. The turn that is asked for next is for that.
    pub fn meet(&self, part: &str) {
        *self.met.borrow_mut() = Some(part.to_owned());
    }

    /// Waits for a turn in the part where the last commit met another one, if that is known.
    pub async fn next(&self) -> Turn<'_> {
        let Some(part) = self.met.take() else { return Turn::default() };
        std::future::poll_fn(|context| {
            let mut taken = self.taken.borrow_mut();
            if !taken.contains(&part) {
                taken.push(part.clone());
                return Poll::Ready(());
            }
            self.waiting.borrow_mut().push(context.waker().clone());
            Poll::Pending
        })
        .await;
        Turn(Some((self, part)))
    }
}

/// The right to run an operation again, until it is dropped.
#[derive(Debug, Default)]
pub struct Turn<'t>(Option<(&'t Turns, String)>);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some((turns, part)) = &self.0 {
            turns.taken.borrow_mut().retain(|taken| taken != part);
            // All of them, as the first may be gone. The first to be polled gets it.
            turns.waiting.take().into_iter().for_each(Waker::wake);
        }
    }
}

#[cfg(test)]
mod tests;
