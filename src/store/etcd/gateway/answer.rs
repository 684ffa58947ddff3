//! How answers are read. A field that is missing has its default; one that is not what it should be makes the whole
//! answer one of which nothing is known.

use base64ct::{Base64, Encoding as _};
use serde_json::{Map, Value};

use crate::json::parse_value;
use crate::store::etcd::CallError;
use crate::store::etcd::message::{
    DeleteRangeResponse, KeyValue, PutResponse, RangeResponse, Response, ResponseHeader,
    ResponseOp, TxnResponse,
};

/// gRPC's `INVALID_ARGUMENT`.
const INVALID_ARGUMENT: u32 = 3;

/// gRPC's `UNAUTHENTICATED`.
pub(super) const UNAUTHENTICATED: u32 = 16;

/// What etcd says with `INVALID_ARGUMENT` to somebody who has to log in, or has to do it again.
const LOG_IN: [&str; 2] =
    ["etcdserver: user name is empty", "etcdserver: revision of auth store is old"];

/// The message in an answer with this status and body.
///
/// # Errors
/// What the gateway says of a refusal, `{"code": 3, "message": "…"}` (3.4 and 3.5: `error` too), as a status of gRPC
/// would. Everything else is no answer.
pub(super) fn read(status: u16, body: &[u8]) -> Result<Fields, CallError> {
    let fields = parse_value(body).ok().and_then(Fields::of);
    match (status, fields) {
        (200, Some(fields)) => Ok(fields),
        (200, None) => Err(super::not_whole()),
        (_, fields) => Err(fields
            .and_then(|fields| refusal(&fields))
            .unwrap_or_else(|| CallError::Lost(format!("HTTP status {status}")))),
    }
}

fn refusal(fields: &Fields) -> Option<CallError> {
    let code = u32::try_from(fields.int("code")?).ok().filter(|code| *code > 0)?;
    let message = fields.text("message").or_else(|| fields.text("error"))?;
    if code == INVALID_ARGUMENT && LOG_IN.contains(&message) {
        return Some(CallError::Refused { code: UNAUTHENTICATED });
    }
    Some(CallError::of_status(code))
}

pub(super) fn token(answer: Fields) -> Option<String> {
    answer.text("token").filter(|token| !token.is_empty()).map(str::to_owned)
}

pub(super) fn range(mut answer: Fields) -> Option<RangeResponse> {
    Some(RangeResponse {
        header: answer.header()?,
        kvs: answer.list("kvs", key_value)?,
        more: answer.flag("more")?,
        count: answer.int("count")?,
    })
}

pub(super) fn txn(mut answer: Fields) -> Option<TxnResponse> {
    Some(TxnResponse {
        header: answer.header()?,
        succeeded: answer.flag("succeeded")?,
        responses: answer.list("responses", operation)?,
    })
}

fn operation(mut fields: Fields) -> Option<ResponseOp> {
    let response = if let Some(answer) = fields.message("response_range")? {
        Response::Range(range(answer)?)
    } else if let Some(mut answer) = fields.message("response_put")? {
        Response::Put(PutResponse { header: answer.header()? })
    } else if let Some(mut answer) = fields.message("response_delete_range")? {
        let (header, deleted) = (answer.header()?, answer.int("deleted")?);
        Response::DeleteRange(DeleteRangeResponse { header, deleted })
    } else {
        Response::Txn(txn(fields.message("response_txn")??)?)
    };
    Some(ResponseOp { response: Some(response) })
}

fn key_value(mut fields: Fields) -> Option<KeyValue> {
    Some(KeyValue {
        key: fields.bytes("key")?,
        create_revision: fields.int("create_revision")?,
        mod_revision: fields.int("mod_revision")?,
        version: fields.int("version")?,
        value: fields.bytes("value")?,
    })
}

/// The fields of a message. What is read of them is `None` where it is not of its kind.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    fn of(value: Value) -> Option<Self> {
        match value {
            Value::Object(fields) => Some(Self(fields)),
            _ => None,
        }
    }

    /// What is there; `null` is as good as nothing.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    fn int(&self, name: &str) -> Option<i64> {
        match self.0.get(name) {
            None | Some(Value::Null) => Some(0),
            Some(Value::Number(number)) => number.as_i64(),
            Some(Value::String(digits)) => digits.parse().ok(),
            Some(_) => None,
        }
    }

    fn flag(&self, name: &str) -> Option<bool> {
        match self.0.get(name) {
            None | Some(Value::Null) => Some(false),
            Some(value) => value.as_bool(),
        }
    }

    fn bytes(&mut self, name: &str) -> Option<Vec<u8>> {
        match self.take(name) {
            None => Some(Vec::new()),
            Some(Value::String(text)) => Base64::decode_vec(&text).ok(),
            Some(_) => None,
        }
    }

    fn list<T>(&mut self, name: &str, read: fn(Self) -> Option<T>) -> Option<Vec<T>> {
        match self.take(name) {
            None => Some(Vec::new()),
            Some(Value::Array(list)) => {
                list.into_iter().map(|value| Self::of(value).and_then(read)).collect()
            }
            Some(_) => None,
        }
    }

    fn message(&mut self, name: &str) -> Option<Option<Self>> {
        match self.take(name) {
            None => Some(None),
            Some(value) => Self::of(value).map(Some),
        }
    }

    /// Some answers within a transaction's have none, or an empty one.
    fn header(&mut self) -> Option<Option<ResponseHeader>> {
        let Some(header) = self.message("header")? else { return Some(None) };
        let revision = header.int("revision")?;
        Some((revision > 0).then_some(ResponseHeader { revision }))
    }
}
