//! Calls to others.

use prost::Message;
use wasmtime::{Caller, Result, bail};

use super::Status;
use crate::envoy::guest::Guest;
use crate::envoy::memory::{give, read, write_u32};

/// `envoy.config.core.v3.GrpcService`, as far as it is used.
#[derive(Clone, PartialEq, Message)]
struct GrpcService {
    #[prost(message, optional, tag = "1")]
    envoy_grpc: Option<EnvoyGrpc>,
}

/// `envoy.config.core.v3.GrpcService.EnvoyGrpc`.
#[derive(Clone, PartialEq, Message)]
struct EnvoyGrpc {
    #[prost(string, tag = "1")]
    cluster_name: String,
    #[prost(string, tag = "2")]
    authority: String,
}

/// The name of the cluster that is called. A bare name in place of the message may make Envoy abort, so it ends the VM
/// here.
fn cluster(caller: &Caller<'_, Guest>, to: u32, size: u32) -> Result<String> {
    let bytes = read(caller, to, size)?;
    match GrpcService::decode(bytes.as_slice()) {
        Ok(GrpcService { envoy_grpc: Some(EnvoyGrpc { cluster_name, .. }) }) => Ok(cluster_name),
        _ => bail!("{} is no GrpcService", String::from_utf8_lossy(&bytes)),
    }
}

pub(super) async fn call(
    caller: &mut Caller<'_, Guest>,
    to: u32,
    to_size: u32,
    service: u32,
    service_size: u32,
    method: u32,
    method_size: u32,
    _fields: u32,
    _fields_size: u32,
    message: u32,
    size: u32,
    timeout: u32,
    token_at: u32,
) -> Result<Status> {
    let name = cluster(caller, to, to_size)?;
    let [service, method] = [(service, service_size), (method, method_size)]
        .map(|(at, size)| read(caller, at, size).map(|name| String::from_utf8_lossy(&name).into()));
    let (service, method): (String, String) = (service?, method?);
    let message = read(caller, message, size)?;
    let guest = caller.data_mut();
    let Some(etcd) = guest.process.cluster(&name).cloned() else {
        return Ok(Status::InternalFailure);
    };
    let (context, now) = (guest.context(), guest.process.world().now());
    let deadline = now.saturating_add(u64::from(timeout).saturating_mul(1_000_000));
    let token = guest.grpc.call(context, etcd, format!("{service}/{method}"), message, deadline);
    write_u32(caller, token_at, token)?;
    Ok(Status::Ok)
}

pub(super) async fn open(
    caller: &mut Caller<'_, Guest>,
    to: u32,
    to_size: u32,
    service: u32,
    service_size: u32,
    method: u32,
    method_size: u32,
    _fields: u32,
    _fields_size: u32,
    token_at: u32,
) -> Result<Status> {
    let name = cluster(caller, to, to_size)?;
    let (service, method) =
        (read(caller, service, service_size)?, read(caller, method, method_size)?);
    let guest = caller.data_mut();
    let etcd = guest.process.cluster(&name).cloned();
    let is_watch = service == b"etcdserverpb.Watch" && method == b"Watch";
    let Some(etcd) = etcd.filter(|_| is_watch) else { return Ok(Status::InternalFailure) };
    let context = guest.context();
    let token = guest.grpc.open(context, etcd);
    write_u32(caller, token_at, token)?;
    Ok(Status::Ok)
}

pub(super) async fn send(
    caller: &mut Caller<'_, Guest>,
    token: u32,
    message: u32,
    size: u32,
    _ends: u32,
) -> Result<Status> {
    let message = read(caller, message, size)?;
    let is_open = caller.data_mut().grpc.send(token, &message);
    Ok(if is_open { Status::Ok } else { Status::NotFound })
}

pub(super) async fn cancel(caller: &mut Caller<'_, Guest>, token: u32) -> Result<Status> {
    let was_there = caller.data_mut().grpc.cancel(token);
    Ok(if was_there { Status::Ok } else { Status::NotFound })
}

/// Nothing more is sent by a stream. What comes by it still comes.
pub(super) async fn close(caller: &mut Caller<'_, Guest>, token: u32) -> Result<Status> {
    let is_open = caller.data().grpc.is_open(token);
    Ok(if is_open { Status::Ok } else { Status::NotFound })
}

pub(super) async fn status(
    caller: &mut Caller<'_, Guest>,
    status_at: u32,
    message_at: u32,
    size_at: u32,
) -> Result<Status> {
    let status = caller.data().grpc.status();
    write_u32(caller, status_at, status)?;
    give(caller, &[], message_at, size_at).await?;
    Ok(Status::Ok)
}

/// No cluster of this Envoy speaks HTTP.
pub(super) async fn http_call(
    _caller: &mut Caller<'_, Guest>,
    _to: u32,
    _to_size: u32,
    _fields: u32,
    _fields_size: u32,
    _body: u32,
    _body_size: u32,
    _trailers: u32,
    _trailers_size: u32,
    _timeout: u32,
    _token_at: u32,
) -> Result<Status> {
    Ok(Status::BadArgument)
}
