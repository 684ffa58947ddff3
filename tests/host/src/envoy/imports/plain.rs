//! Log, clock, timer and contexts.

use std::time::Duration;

use wasmtime::{Caller, Result};

use super::Status;
use crate::envoy::guest::Guest;
use crate::envoy::memory::{read, write};

pub(super) async fn log(
    caller: &mut Caller<'_, Guest>,
    level: u32,
    line: u32,
    size: u32,
) -> Result<Status> {
    let line = read(caller, line, size)?;
    caller.data().process.write_log(level, &line);
    Ok(Status::Ok)
}

pub(super) async fn current_time(caller: &mut Caller<'_, Guest>, time_at: u32) -> Result<Status> {
    let now = caller.data().process.world().now();
    write(caller, time_at, &now.to_le_bytes())?;
    Ok(Status::Ok)
}

pub(super) async fn set_timer(caller: &mut Caller<'_, Guest>, period: u32) -> Result<Status> {
    let is_root = caller.data_mut().set_timer(Duration::from_millis(period.into()));
    Ok(if is_root { Status::Ok } else { Status::BadArgument })
}

pub(super) async fn set_effective_context(
    caller: &mut Caller<'_, Guest>,
    context: u32,
) -> Result<Status> {
    let is_there = caller.data_mut().set_effective(context);
    Ok(if is_there { Status::Ok } else { Status::BadArgument })
}

pub(super) async fn done(caller: &mut Caller<'_, Guest>) -> Result<Status> {
    caller.data_mut().done = true;
    Ok(Status::Ok)
}

/// This Envoy has no functions of its own.
pub(super) async fn call_foreign_function(
    _caller: &mut Caller<'_, Guest>,
    _name: u32,
    _name_size: u32,
    _argument: u32,
    _size: u32,
    _result_at: u32,
    _size_at: u32,
) -> Result<Status> {
    Ok(Status::NotFound)
}
