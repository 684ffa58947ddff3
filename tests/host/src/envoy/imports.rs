//! The functions that the module imports.

#[expect(clippy::too_many_arguments, reason = "as many as the ABI has")]
mod callouts;
mod data;
mod plain;
#[expect(clippy::too_many_arguments, reason = "as many as the ABI has")]
mod streams;
mod wasi;

use wasmtime::{Caller, Linker, Result, bail};

use super::guest::Guest;
use super::pause;
use super::weather::Fate;

/// What a function of the ABI answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Status {
    Ok = 0,
    NotFound = 1,
    BadArgument = 2,
    Empty = 7,
    CasMismatch = 8,
    InternalFailure = 10,
}

/// Links functions, each with its fate around it.
macro_rules! functions {
    ($linker:ident, $module:literal: $($name:literal => $function:path, ($($argument:ident: $kind:ty),*);)*) => {$(
        $linker.func_wrap_async(
            $module,
            $name,
            |mut caller: Caller<'_, Guest>, ($($argument,)*): ($($kind,)*)| {
                Box::new(async move {
                    let fate = caller.data().fate($name);
                    before(fate, $name).await?;
                    let status = match fate {
                        Fate::Fails => Status::InternalFailure,
                        _ => $function(&mut caller, $($argument),*).await?,
                    };
                    after(fate, $name, status).await
                })
            },
        )?;
    )*};
}

pub(super) fn link(linker: &mut Linker<Guest>) -> Result<()> {
    functions!(linker, "env":
        "proxy_log" => plain::log, (level: u32, line: u32, size: u32);
        "proxy_get_current_time_nanoseconds" => plain::current_time, (time_at: u32);
        "proxy_set_tick_period_milliseconds" => plain::set_timer, (period: u32);
        "proxy_set_effective_context" => plain::set_effective_context, (context: u32);
        "proxy_done" => plain::done, ();
        "proxy_call_foreign_function" => plain::call_foreign_function, (name: u32, name_size: u32, argument: u32, size: u32, result_at: u32, size_at: u32);

        "proxy_get_shared_data" => data::get, (key: u32, key_size: u32, value_at: u32, size_at: u32, number_at: u32);
        "proxy_set_shared_data" => data::set, (key: u32, key_size: u32, value: u32, size: u32, expected: u32);
        "proxy_register_shared_queue" => data::register_queue, (name: u32, size: u32, queue_at: u32);
        "proxy_resolve_shared_queue" => data::resolve_queue, (vm: u32, vm_size: u32, name: u32, size: u32, queue_at: u32);
        "proxy_enqueue_shared_queue" => data::enqueue, (queue: u32, value: u32, size: u32);
        "proxy_dequeue_shared_queue" => data::dequeue, (queue: u32, value_at: u32, size_at: u32);

        "proxy_get_header_map_pairs" => streams::fields, (map: u32, fields_at: u32, size_at: u32);
        "proxy_set_header_map_pairs" => streams::set_fields, (map: u32, fields: u32, size: u32);
        "proxy_get_header_map_value" => streams::field, (map: u32, name: u32, name_size: u32, value_at: u32, size_at: u32);
        "proxy_add_header_map_value" => streams::add_field, (map: u32, name: u32, name_size: u32, value: u32, size: u32);
        "proxy_replace_header_map_value" => streams::replace_field, (map: u32, name: u32, name_size: u32, value: u32, size: u32);
        "proxy_remove_header_map_value" => streams::remove_field, (map: u32, name: u32, name_size: u32);
        "proxy_get_buffer_bytes" => streams::buffer, (buffer: u32, from: u32, most: u32, bytes_at: u32, size_at: u32);
        "proxy_set_buffer_bytes" => streams::set_buffer, (buffer: u32, from: u32, most: u32, bytes: u32, size: u32);
        "proxy_get_property" => streams::property, (path: u32, path_size: u32, value_at: u32, size_at: u32);
        "proxy_set_property" => streams::set_property, (path: u32, path_size: u32, value: u32, size: u32);
        "proxy_continue_stream" => streams::go_on, (kind: u32);
        "proxy_close_stream" => streams::close, (kind: u32);
        "proxy_send_local_response" => streams::answer, (status: u32, details: u32, details_size: u32, body: u32, body_size: u32, fields: u32, fields_size: u32, grpc_status: u32);

        "proxy_grpc_call" => callouts::call, (to: u32, to_size: u32, service: u32, service_size: u32, method: u32, method_size: u32, fields: u32, fields_size: u32, message: u32, size: u32, timeout: u32, token_at: u32);
        "proxy_grpc_stream" => callouts::open, (to: u32, to_size: u32, service: u32, service_size: u32, method: u32, method_size: u32, fields: u32, fields_size: u32, token_at: u32);
        "proxy_grpc_send" => callouts::send, (token: u32, message: u32, size: u32, ends: u32);
        "proxy_grpc_cancel" => callouts::cancel, (token: u32);
        "proxy_grpc_close" => callouts::close, (token: u32);
        "proxy_get_status" => callouts::status, (status_at: u32, message_at: u32, size_at: u32);
        "proxy_http_call" => callouts::http_call, (to: u32, to_size: u32, fields: u32, fields_size: u32, body: u32, body_size: u32, trailers: u32, trailers_size: u32, timeout: u32, token_at: u32);
    );
    functions!(linker, "wasi_snapshot_preview1":
        "random_get" => wasi::random, (at: u32, size: u32);
        "clock_time_get" => wasi::time, (clock: u32, precision: u64, time_at: u32);
        "fd_write" => wasi::write_file, (file: u32, parts: u32, count: u32, written_at: u32);
        "environ_sizes_get" => wasi::environment_sizes, (count_at: u32, size_at: u32);
        "environ_get" => wasi::environment, (variables_at: u32, texts_at: u32);
    );
    linker.func_wrap("wasi_snapshot_preview1", "proc_exit", wasi::exit)?;
    Ok(())
}

async fn before(fate: Fate, name: &str) -> Result<()> {
    match fate {
        Fate::TrapsBefore => bail!("trapped before {name}"),
        Fate::Late { before, .. } => pause(before).await,
        Fate::Done | Fate::TrapsAfter | Fate::Fails | Fate::FailsAfter => {}
    }
    Ok(())
}

async fn after(fate: Fate, name: &str, status: Status) -> Result<u32> {
    match fate {
        Fate::TrapsAfter => bail!("trapped after {name}"),
        Fate::Late { after, .. } => pause(after).await,
        Fate::FailsAfter => return Ok(Status::InternalFailure as u32),
        Fate::Done | Fate::TrapsBefore | Fate::Fails => {}
    }
    Ok(status as u32)
}
