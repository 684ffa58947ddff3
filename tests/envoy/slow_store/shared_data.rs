use std::pin::pin;
use std::task::{Context, Poll, Waker};

use scim_edge::host::envoy::SharedData;
use scim_edge::store::tree::{KeyValue as _, KeyValueError};

/// Does with shared data what the store relies on, or says what came out differently.
pub(crate) fn try_out() -> Result<(), String> {
    match pin!(steps()).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(None)) => Ok(()),
        Poll::Ready(Ok(Some(what))) => Err(what.to_owned()),
        Poll::Ready(Err(error)) => Err(error.to_string()),
        Poll::Pending => Err("shared data makes its caller wait".to_owned()),
    }
}

/// The first thing that is not as it should be.
async fn steps() -> Result<Option<&'static str>, KeyValueError> {
    const KEY: &str = "tests/tried-out";
    let data = SharedData;
    if data.get(KEY).await?.is_some() || data.get_versioned(KEY).await?.is_some() {
        return Ok(Some("a key that nobody set has a value"));
    }
    data.create(KEY, b"first").await?;
    if data.get(KEY).await?.as_deref() != Some(b"first") {
        return Ok(Some("a missing key was not created"));
    }
    data.create(KEY, b"second").await?;
    let Some((value, old)) = data.get_versioned(KEY).await? else {
        return Ok(Some("a value is gone"));
    };
    if value != b"first" {
        return Ok(Some("an existing key was created again"));
    }
    if !data.swap(KEY, old, b"third").await? {
        return Ok(Some("a swap of the present value was refused"));
    }
    if data.swap(KEY, old, b"fourth").await? {
        return Ok(Some("a swap of an old value was made"));
    }
    if data.get(KEY).await?.as_deref() != Some(b"third") {
        return Ok(Some("a refused swap changed the value"));
    }
    data.set(KEY, b"").await?;
    match data.get_versioned(KEY).await? {
        Some((value, _)) if value.is_empty() => Ok(None),
        _ => Ok(Some("an empty value does not come back")),
    }
}
