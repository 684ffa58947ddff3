//! What Rust's standard library needs of `wasi_snapshot_preview1`: time and randomness are the world's.

use wasmtime::{Caller, Result, format_err};

use super::Status;
use crate::envoy::guest::Guest;
use crate::envoy::memory::{read, write, write_u32};

/// Where panics go: what stands in Envoy's log as an error.
const STANDARD_ERROR_LEVEL: u32 = 4;

pub(super) async fn random(caller: &mut Caller<'_, Guest>, at: u32, size: u32) -> Result<Status> {
    let mut bytes = vec![0; usize::try_from(size)?];
    caller.data().process.world().fill(&mut bytes);
    write(caller, at, &bytes)?;
    Ok(Status::Ok)
}

/// All clocks show the same.
pub(super) async fn time(
    caller: &mut Caller<'_, Guest>,
    _clock: u32,
    _precision: u64,
    time_at: u32,
) -> Result<Status> {
    let now = caller.data().process.world().now();
    write(caller, time_at, &now.to_le_bytes())?;
    Ok(Status::Ok)
}

pub(super) async fn write_file(
    caller: &mut Caller<'_, Guest>,
    _file: u32,
    parts: u32,
    count: u32,
    written_at: u32,
) -> Result<Status> {
    let text = collect(caller, parts, count)?;
    caller.data().process.write_log(STANDARD_ERROR_LEVEL, &text);
    write_u32(caller, written_at, u32::try_from(text.len())?)?;
    Ok(Status::Ok)
}

/// The text that is in so many parts.
fn collect(caller: &Caller<'_, Guest>, parts: u32, count: u32) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    let list = read(caller, parts, count.saturating_mul(8))?;
    for part in list.chunks_exact(8) {
        let (address, size) = part.split_at(4);
        let [address, size] = [address.try_into()?, size.try_into()?].map(u32::from_le_bytes);
        text.extend(read(caller, address, size)?);
    }
    Ok(text)
}

/// There are no variables.
pub(super) async fn environment_sizes(
    caller: &mut Caller<'_, Guest>,
    count_at: u32,
    size_at: u32,
) -> Result<Status> {
    write_u32(caller, count_at, 0)?;
    write_u32(caller, size_at, 0)?;
    Ok(Status::Ok)
}

pub(super) async fn environment(
    _caller: &mut Caller<'_, Guest>,
    _variables_at: u32,
    _texts_at: u32,
) -> Result<Status> {
    Ok(Status::Ok)
}

/// Ends the VM.
pub(super) fn exit(code: u32) -> Result<()> {
    Err(format_err!("the module has left with {code}"))
}
