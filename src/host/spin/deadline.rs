//! When an answer is no longer waited for.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use spin_sdk::wasip3::clocks::monotonic_clock;

/// Waits.
pub(super) async fn sleep(time: Duration) {
    monotonic_clock::wait_for(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)).await;
}

/// What comes of `call`; `None` if it takes longer than `limit`. The call is given up then, and may still be carried
/// out.
pub(super) async fn within<T>(limit: Duration, call: impl Future<Output = T>) -> Option<T> {
    let mut call = pin!(call);
    // Most calls are answered at once, and a timer is a call of its own.
    let mut timer = pin!(async { sleep(limit).await });
    std::future::poll_fn(|context| {
        if let Poll::Ready(answer) = call.as_mut().poll(context) {
            return Poll::Ready(Some(answer));
        }
        timer.as_mut().poll(context).map(|()| None)
    })
    .await
}
