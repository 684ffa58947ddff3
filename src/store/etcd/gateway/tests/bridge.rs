//! The gateway in front of the made-up etcd: what etcd's own does, with readers and writers of JSON that are not those
//! under test.

use std::time::Duration;

use data_encoding::BASE64;
use serde_json::{Map, Value, json};

use crate::store::etcd::fake::Connection;
use crate::store::etcd::gateway::Post;
use crate::store::etcd::message::{
    Compare, Compared, DeleteRangeRequest, KeyValue, PutRequest, RangeRequest, RangeResponse,
    Request, RequestOp, Response, ResponseHeader, TxnRequest, TxnResponse,
};
use crate::store::etcd::{CallError, Client as _};

/// A way to the made-up etcd by HTTP.
#[derive(Debug)]
pub(super) struct Bridge(pub(super) Connection);

impl Post for Bridge {
    async fn post(
        &self,
        path: &str,
        authorization: Option<&str>,
        body: Vec<u8>,
        _timeout: Duration,
    ) -> Result<(u16, Vec<u8>), String> {
        assert_eq!(authorization, None);
        let body: Value = serde_json::from_slice(&body).unwrap();
        let answer = match path {
            "/v3/kv/range" => self.0.range(range(&body)).await.map(|answer| written(&answer)),
            "/v3/kv/txn" => self.0.txn(txn(&body)).await.map(|answer| written_txn(&answer)),
            other => panic!("{other}"),
        };
        match answer {
            Ok(answer) => Ok((200, answer.to_string().into_bytes())),
            Err(CallError::Refused { code }) => {
                let message = format!("etcdserver: no ({code})");
                let body = json!({ "error": message, "message": message, "code": code });
                Ok((400, body.to_string().into_bytes()))
            }
            Err(CallError::Lost(reason)) => Err(reason),
        }
    }
}

/// The fields of a message, none of which but these may be there.
fn fields<'v>(value: &'v Value, names: &[&str]) -> &'v Map<String, Value> {
    let fields = value.as_object().unwrap();
    assert!(fields.keys().all(|name| names.contains(&&**name)), "{value}");
    fields
}

fn bytes(fields: &Map<String, Value>, name: &str) -> Vec<u8> {
    let text = fields.get(name).map(|text| text.as_str().unwrap());
    text.map(|text| BASE64.decode(text.as_bytes()).unwrap()).unwrap_or_default()
}

fn int(fields: &Map<String, Value>, name: &str) -> i64 {
    let digits = fields.get(name).map(|text| text.as_str().unwrap());
    digits.map_or(0, |digits| digits.parse().unwrap())
}

fn flag(fields: &Map<String, Value>, name: &str) -> bool {
    fields.get(name).is_some_and(|flag| flag.as_bool().unwrap())
}

fn name(fields: &Map<String, Value>, name: &str, names: &[&str]) -> i32 {
    let value = fields.get(name).map(|value| value.as_str().unwrap());
    let place = value.map_or(0, |value| names.iter().position(|name| *name == value).unwrap());
    place.try_into().unwrap()
}

fn list<T>(fields: &Map<String, Value>, name: &str, read: fn(&Value) -> T) -> Vec<T> {
    let list = fields.get(name).map(|list| list.as_array().unwrap());
    list.map(|list| list.iter().map(read).collect()).unwrap_or_default()
}

fn range(value: &Value) -> RangeRequest {
    const NAMES: [&str; 7] =
        ["key", "range_end", "limit", "revision", "sort_order", "keys_only", "count_only"];
    let fields = fields(value, &NAMES);
    RangeRequest {
        key: bytes(fields, "key"),
        range_end: bytes(fields, "range_end"),
        limit: int(fields, "limit"),
        revision: int(fields, "revision"),
        sort_order: name(fields, "sort_order", &["NONE", "ASCEND", "DESCEND"]),
        keys_only: flag(fields, "keys_only"),
        count_only: flag(fields, "count_only"),
    }
}

fn txn(value: &Value) -> TxnRequest {
    let fields = fields(value, &["compare", "success", "failure"]);
    TxnRequest {
        compare: list(fields, "compare", compare),
        success: list(fields, "success", operation),
        failure: list(fields, "failure", operation),
    }
}

fn compare(value: &Value) -> Compare {
    const NUMBERS: [&str; 3] = ["version", "create_revision", "mod_revision"];
    let names = ["result", "target", "key", "range_end"];
    let fields = fields(value, &[&names[..], &NUMBERS[..]].concat());
    let number = NUMBERS.into_iter().find(|name| fields.contains_key(*name)).unwrap();
    let compared = match number {
        "version" => Compared::Version,
        "create_revision" => Compared::CreateRevision,
        _ => Compared::ModRevision,
    };
    Compare {
        result: name(fields, "result", &["EQUAL", "GREATER", "LESS", "NOT_EQUAL"]),
        target: name(fields, "target", &["VERSION", "CREATE", "MOD"]),
        key: bytes(fields, "key"),
        compared: Some(compared(int(fields, number))),
        range_end: bytes(fields, "range_end"),
    }
}

fn operation(value: &Value) -> RequestOp {
    let operation = value.as_object().unwrap();
    assert_eq!(operation.len(), 1);
    let (kind, value) = operation.iter().next().unwrap();
    let request = match &**kind {
        "request_range" => Request::Range(range(value)),
        "request_put" => {
            let fields = fields(value, &["key", "value"]);
            Request::Put(PutRequest { key: bytes(fields, "key"), value: bytes(fields, "value") })
        }
        "request_delete_range" => {
            let fields = fields(value, &["key", "range_end"]);
            let (key, range_end) = (bytes(fields, "key"), bytes(fields, "range_end"));
            Request::DeleteRange(DeleteRangeRequest { key, range_end })
        }
        "request_txn" => Request::Txn(txn(value)),
        other => panic!("{other}"),
    };
    RequestOp { request: Some(request) }
}

/// A message without the fields that have their defaults.
fn message(mut fields: Value) -> Value {
    let defaults = [json!("0"), json!(""), json!(false), json!([])];
    fields.as_object_mut().unwrap().retain(|_, value| !defaults.contains(value));
    fields
}

fn header(header: Option<ResponseHeader>) -> Value {
    let revision = header.map_or(0, |header| header.revision);
    message(json!({ "cluster_id": "14841639068965178418", "revision": revision.to_string() }))
}

fn written(answer: &RangeResponse) -> Value {
    message(json!({
        "header": header(answer.header),
        "kvs": answer.kvs.iter().map(written_kv).collect::<Vec<_>>(),
        "more": answer.more,
        "count": answer.count.to_string(),
    }))
}

fn written_kv(kv: &KeyValue) -> Value {
    message(json!({
        "key": BASE64.encode(&kv.key),
        "create_revision": kv.create_revision.to_string(),
        "mod_revision": kv.mod_revision.to_string(),
        "version": kv.version.to_string(),
        "value": BASE64.encode(&kv.value),
    }))
}

fn written_txn(answer: &TxnResponse) -> Value {
    let responses = answer.responses.iter().map(|operation| match &operation.response {
        Some(Response::Range(range)) => json!({ "response_range": written(range) }),
        Some(Response::Put(put)) => json!({ "response_put": { "header": header(put.header) } }),
        Some(Response::DeleteRange(range)) => {
            let (header, deleted) = (header(range.header), range.deleted.to_string());
            let range = message(json!({ "header": header, "deleted": deleted }));
            json!({ "response_delete_range": range })
        }
        Some(Response::Txn(inner)) => json!({ "response_txn": written_txn(inner) }),
        None => json!({}),
    });
    let responses: Vec<Value> = responses.collect();
    let (header, succeeded) = (header(answer.header), answer.succeeded);
    message(json!({ "header": header, "succeeded": succeeded, "responses": responses }))
}
