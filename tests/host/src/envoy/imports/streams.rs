//! A request: its header fields, body and properties, and what becomes of it.

use wasmtime::{Caller, Result};

use super::Status;
use crate::envoy::guest::Guest;
use crate::envoy::memory::{decode_fields, encode_fields, give, read};
use crate::envoy::stream::{Answer, Fields};

/// Maps of fields.
const REQUEST_HEADERS: u32 = 0;
const REQUEST_TRAILERS: u32 = 1;

/// Buffers.
const REQUEST_BODY: u32 = 0;
const GRPC_RECEIVED: u32 = 5;
const PLUGIN_CONFIGURATION: u32 = 7;

/// Kinds of streams.
const REQUEST: u32 = 0;

/// Where `jwt_authn` leaves what it has verified.
const JWT_AUTHN: [&[u8]; 3] = [b"metadata", b"filter_metadata", b"envoy.filters.http.jwt_authn"];

/// The map, where the context in effect has it.
fn map<'c>(caller: &'c mut Caller<'_, Guest>, map: u32) -> Option<&'c mut Fields> {
    let stream = caller.data_mut().stream()?;
    match map {
        REQUEST_HEADERS => Some(&mut stream.fields),
        REQUEST_TRAILERS => stream.trailers.as_mut(),
        _ => None,
    }
}

pub(super) async fn fields(
    caller: &mut Caller<'_, Guest>,
    number: u32,
    fields_at: u32,
    size_at: u32,
) -> Result<Status> {
    let Some(fields) = map(caller, number) else { return Ok(Status::BadArgument) };
    let bytes = encode_fields(fields)?;
    give(caller, &bytes, fields_at, size_at).await?;
    Ok(Status::Ok)
}

pub(super) async fn set_fields(
    caller: &mut Caller<'_, Guest>,
    number: u32,
    fields: u32,
    size: u32,
) -> Result<Status> {
    let decoded = decode_fields(&read(caller, fields, size)?);
    match (decoded, map(caller, number)) {
        (Some(decoded), Some(fields)) => {
            *fields = decoded;
            Ok(Status::Ok)
        }
        _ => Ok(Status::BadArgument),
    }
}

/// A field's name, in small letters as Envoy has it.
fn name(caller: &Caller<'_, Guest>, name: u32, size: u32) -> Result<String> {
    Ok(String::from_utf8(read(caller, name, size)?)?.to_ascii_lowercase())
}

pub(super) async fn field(
    caller: &mut Caller<'_, Guest>,
    number: u32,
    text: u32,
    text_size: u32,
    value_at: u32,
    size_at: u32,
) -> Result<Status> {
    let name = name(caller, text, text_size)?;
    let Some(fields) = map(caller, number) else { return Ok(Status::BadArgument) };
    let values: Vec<&[u8]> =
        fields.iter().filter(|(there, _)| *there == name).map(|(_, value)| &**value).collect();
    if values.is_empty() {
        return Ok(Status::NotFound);
    }
    let value = values.join(&b","[..]);
    give(caller, &value, value_at, size_at).await?;
    Ok(Status::Ok)
}

pub(super) async fn add_field(
    caller: &mut Caller<'_, Guest>,
    number: u32,
    text: u32,
    text_size: u32,
    value: u32,
    size: u32,
) -> Result<Status> {
    let (name, value) = (name(caller, text, text_size)?, read(caller, value, size)?);
    let Some(fields) = map(caller, number) else { return Ok(Status::BadArgument) };
    fields.push((name, value));
    Ok(Status::Ok)
}

pub(super) async fn replace_field(
    caller: &mut Caller<'_, Guest>,
    number: u32,
    text: u32,
    text_size: u32,
    value: u32,
    size: u32,
) -> Result<Status> {
    let (name, value) = (name(caller, text, text_size)?, read(caller, value, size)?);
    let Some(fields) = map(caller, number) else { return Ok(Status::BadArgument) };
    fields.retain(|(there, _)| *there != name);
    fields.push((name, value));
    Ok(Status::Ok)
}

pub(super) async fn remove_field(
    caller: &mut Caller<'_, Guest>,
    number: u32,
    text: u32,
    text_size: u32,
) -> Result<Status> {
    let name = name(caller, text, text_size)?;
    let Some(fields) = map(caller, number) else { return Ok(Status::BadArgument) };
    fields.retain(|(there, _)| *there != name);
    Ok(Status::Ok)
}

pub(super) async fn buffer(
    caller: &mut Caller<'_, Guest>,
    number: u32,
    from: u32,
    most: u32,
    bytes_at: u32,
    size_at: u32,
) -> Result<Status> {
    let guest = caller.data_mut();
    let bytes = match number {
        REQUEST_BODY => guest.stream().map(|stream| stream.held.clone()),
        GRPC_RECEIVED => guest.grpc.received(),
        PLUGIN_CONFIGURATION => Some(guest.process.configuration()),
        _ => None,
    };
    let Some(bytes) = bytes else { return Ok(Status::NotFound) };
    let from = usize::try_from(from)?.min(bytes.len());
    let to = from.saturating_add(usize::try_from(most)?).min(bytes.len());
    give(caller, bytes.get(from..to).unwrap_or_default(), bytes_at, size_at).await?;
    Ok(Status::Ok)
}

pub(super) async fn set_buffer(
    caller: &mut Caller<'_, Guest>,
    number: u32,
    from: u32,
    most: u32,
    bytes: u32,
    size: u32,
) -> Result<Status> {
    let bytes = read(caller, bytes, size)?;
    let Some(stream) = caller.data_mut().stream().filter(|_| number == REQUEST_BODY) else {
        return Ok(Status::BadArgument);
    };
    let from = usize::try_from(from)?.min(stream.held.len());
    let to = from.saturating_add(usize::try_from(most)?).min(stream.held.len());
    stream.held.splice(from..to, bytes);
    Ok(Status::Ok)
}

/// A claim that `jwt_authn` has verified. There are no other properties.
pub(super) async fn property(
    caller: &mut Caller<'_, Guest>,
    path: u32,
    path_size: u32,
    value_at: u32,
    size_at: u32,
) -> Result<Status> {
    let path = read(caller, path, path_size)?;
    let parts: Vec<&[u8]> = path.split(|byte| *byte == 0).collect();
    let stream = caller.data_mut().stream();
    let value = match (&*parts, stream) {
        ([a, b, c, key, claim], Some(stream)) if [*a, *b, *c] == JWT_AUTHN => {
            stream.claim(key, claim)
        }
        _ => None,
    };
    let Some(value) = value else { return Ok(Status::NotFound) };
    give(caller, &value, value_at, size_at).await?;
    Ok(Status::Ok)
}

/// No property can be set.
pub(super) async fn set_property(
    _caller: &mut Caller<'_, Guest>,
    _path: u32,
    _path_size: u32,
    _value: u32,
    _size: u32,
) -> Result<Status> {
    Ok(Status::BadArgument)
}

pub(super) async fn go_on(caller: &mut Caller<'_, Guest>, kind: u32) -> Result<Status> {
    let Some(stream) = caller.data_mut().stream().filter(|_| kind == REQUEST) else {
        return Ok(Status::BadArgument);
    };
    stream.go_on();
    Ok(Status::Ok)
}

/// The client gets no answer, but a 503 of Envoy's.
pub(super) async fn close(caller: &mut Caller<'_, Guest>, kind: u32) -> Result<Status> {
    let Some(stream) = caller.data_mut().stream().filter(|_| kind == REQUEST) else {
        return Ok(Status::BadArgument);
    };
    let reset = Answer { status: 503, headers: Fields::new(), body: Vec::new() };
    Ok(if stream.answer(reset) { Status::Ok } else { Status::BadArgument })
}

pub(super) async fn answer(
    caller: &mut Caller<'_, Guest>,
    status: u32,
    _details: u32,
    _details_size: u32,
    body: u32,
    body_size: u32,
    fields: u32,
    fields_size: u32,
    _grpc_status: u32,
) -> Result<Status> {
    let headers = decode_fields(&read(caller, fields, fields_size)?);
    let (Some(headers), Ok(status)) = (headers, u16::try_from(status)) else {
        return Ok(Status::BadArgument);
    };
    let answer = Answer { status, headers, body: read(caller, body, body_size)? };
    let answered = caller.data_mut().stream().is_some_and(|stream| stream.answer(answer));
    Ok(if answered { Status::Ok } else { Status::BadArgument })
}
