//! A host for the Envoy filter: proxy-wasm ABI 0.2.1, as Envoy 1.40 does it, with every fault that can be made.
//!
//! A [`Process`] is one Envoy: what its VMs share. A [`Worker`] has one [`Vm`] after the other, a new one where the last has
//! trapped (`failure_policy: FAIL_RELOAD`); all of them are made from one [`Filter`], which is compiled once. Time and
//! randomness come from a [`World`], which several processes may share, and with them one [`Etcd`].
//!
//! A VM runs in a future that is pending only where the [`Weather`] says so: then another VM's callback goes on between two
//! calls of this one to its host.
//!
//! | module | has |
//! |---|---|
//! | `process`, `shared_data`, `queues` | what VMs share |
//! | `filter`, `vm`, `worker` | the module, its VMs, and their life |
//! | `stream` | one request |
//! | `guest`, `imports`, `memory` | what the module calls |
//! | `grpc`, `etcd` | what it calls by gRPC |
//! | `world`, `weather` | time, randomness, and faults |

mod etcd;
mod filter;
mod grpc;
mod guest;
mod imports;
mod memory;
mod process;
mod queues;
mod shared_data;
mod stream;
mod vm;
mod weather;
mod worker;
mod world;

pub use self::etcd::Etcd;
pub use self::filter::Filter;
pub use self::process::{Plan, Process};
pub use self::shared_data::{Beside, SharedData};
pub use self::stream::{Answer, Ask, End, Fields, Forwarded};
pub use self::vm::{Crash, StreamId, Vm};
pub use self::weather::{Calm, Fate, Journey, News, TrapAt, Weather};
pub use self::worker::{Reply, Worker};
pub use self::world::World;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;

/// What is in `mutex`, also where a test has failed while it held it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets others go on, so many times.
pub async fn pause(turns: u32) {
    let mut left = turns;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
