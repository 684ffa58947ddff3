//! Shared data and shared queues.

use wasmtime::{Caller, Result};

use super::Status;
use crate::envoy::guest::{Guest, ROOT};
use crate::envoy::memory::{give, read, write_u32};
use crate::envoy::queues::Owner;

pub(super) async fn get(
    caller: &mut Caller<'_, Guest>,
    key: u32,
    key_size: u32,
    value_at: u32,
    size_at: u32,
    number_at: u32,
) -> Result<Status> {
    let key = read(caller, key, key_size)?;
    let Some((value, number)) = caller.data().process.shared_data().get(&key) else {
        return Ok(Status::NotFound);
    };
    give(caller, &value, value_at, size_at).await?;
    write_u32(caller, number_at, number)?;
    Ok(Status::Ok)
}

pub(super) async fn set(
    caller: &mut Caller<'_, Guest>,
    key: u32,
    key_size: u32,
    value: u32,
    size: u32,
    expected: u32,
) -> Result<Status> {
    let (key, value) = (read(caller, key, key_size)?, read(caller, value, size)?);
    let set = caller.data().process.shared_data().set(&key, value, expected);
    Ok(if set { Status::Ok } else { Status::CasMismatch })
}

pub(super) async fn register_queue(
    caller: &mut Caller<'_, Guest>,
    name: u32,
    size: u32,
    queue_at: u32,
) -> Result<Status> {
    let name = read(caller, name, size)?;
    let guest = caller.data();
    let owner = Owner { vm: guest.vm, context: ROOT };
    let queue = guest.process.queues().register(name, owner);
    write_u32(caller, queue_at, queue)?;
    Ok(Status::Ok)
}

/// All VMs of a process have one `vm_id`, whatever they call it.
pub(super) async fn resolve_queue(
    caller: &mut Caller<'_, Guest>,
    _vm: u32,
    _vm_size: u32,
    name: u32,
    size: u32,
    queue_at: u32,
) -> Result<Status> {
    let name = read(caller, name, size)?;
    let Some(queue) = caller.data().process.queues().resolve(&name) else {
        return Ok(Status::NotFound);
    };
    write_u32(caller, queue_at, queue)?;
    Ok(Status::Ok)
}

pub(super) async fn enqueue(
    caller: &mut Caller<'_, Guest>,
    queue: u32,
    value: u32,
    size: u32,
) -> Result<Status> {
    let value = read(caller, value, size)?;
    let is_there = caller.data().process.queues().enqueue(queue, value);
    Ok(if is_there { Status::Ok } else { Status::NotFound })
}

pub(super) async fn dequeue(
    caller: &mut Caller<'_, Guest>,
    queue: u32,
    value_at: u32,
    size_at: u32,
) -> Result<Status> {
    let found = caller.data().process.queues().dequeue(queue);
    match found {
        None => Ok(Status::NotFound),
        Some(None) => Ok(Status::Empty),
        Some(Some(value)) => {
            give(caller, &value, value_at, size_at).await?;
            Ok(Status::Ok)
        }
    }
}
