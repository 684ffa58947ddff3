//! How messages are written as JSON (proto3's, with the names that etcd's `.proto` files have): bytes in base 64, 64-bit
//! numbers as text, and nothing where a field has its default.

use base64ct::{Base64, Encoding as _};
use serde_json::{Map, Value};

use super::Login;
use crate::json::to_bytes;
use crate::json::typed::object;
use crate::store::etcd::message::{
    Compare, CompareResult, CompareTarget, Compared, DeleteRangeRequest, PutRequest, RangeRequest,
    Request, RequestOp, SortOrder, TxnRequest,
};

pub(super) fn authenticate(login: &Login) -> Vec<u8> {
    to_bytes(&object!({ "name": login.user, "password": login.password }))
}

pub(super) fn range(request: &RangeRequest) -> Vec<u8> {
    to_bytes(&range_value(request))
}

pub(super) fn txn(request: &TxnRequest) -> Vec<u8> {
    to_bytes(&txn_value(request))
}

/// The fields of a message that have not their defaults.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn set(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    fn bytes(self, name: &str, bytes: &[u8]) -> Self {
        if bytes.is_empty() { self } else { self.set(name, Base64::encode_string(bytes).into()) }
    }

    fn int(self, name: &str, number: i64) -> Self {
        if number == 0 { self } else { self.set(name, number.to_string().into()) }
    }

    fn flag(self, name: &str, flag: bool) -> Self {
        if flag { self.set(name, true.into()) } else { self }
    }

    /// The first name of an enumeration is its default.
    fn name(self, name: &str, value: &str, default: &str) -> Self {
        if value == default { self } else { self.set(name, value.into()) }
    }

    fn list<T>(self, name: &str, list: &[T], write: fn(&T) -> Value) -> Self {
        if list.is_empty() { self } else { self.set(name, list.iter().map(write).collect()) }
    }

    fn done(self) -> Value {
        Value::Object(self.0)
    }
}

fn range_value(request: &RangeRequest) -> Value {
    let order = match request.sort_order() {
        SortOrder::None => "NONE",
        SortOrder::Ascend => "ASCEND",
        SortOrder::Descend => "DESCEND",
    };
    Fields::default()
        .bytes("key", &request.key)
        .bytes("range_end", &request.range_end)
        .int("limit", request.limit)
        .int("revision", request.revision)
        .name("sort_order", order, "NONE")
        .flag("keys_only", request.keys_only)
        .flag("count_only", request.count_only)
        .done()
}

fn put_value(request: &PutRequest) -> Value {
    Fields::default().bytes("key", &request.key).bytes("value", &request.value).done()
}

fn delete_range_value(request: &DeleteRangeRequest) -> Value {
    Fields::default().bytes("key", &request.key).bytes("range_end", &request.range_end).done()
}

fn txn_value(request: &TxnRequest) -> Value {
    Fields::default()
        .list("compare", &request.compare, compare_value)
        .list("success", &request.success, operation_value)
        .list("failure", &request.failure, operation_value)
        .done()
}

fn operation_value(operation: &RequestOp) -> Value {
    let (name, value) = match &operation.request {
        Some(Request::Range(range)) => ("request_range", range_value(range)),
        Some(Request::Put(put)) => ("request_put", put_value(put)),
        Some(Request::DeleteRange(range)) => ("request_delete_range", delete_range_value(range)),
        Some(Request::Txn(inner)) => ("request_txn", txn_value(inner)),
        None => return Fields::default().done(),
    };
    Fields::default().set(name, value).done()
}

fn compare_value(compare: &Compare) -> Value {
    let result = match compare.result() {
        CompareResult::Equal => "EQUAL",
        CompareResult::Greater => "GREATER",
        CompareResult::Less => "LESS",
        CompareResult::NotEqual => "NOT_EQUAL",
    };
    let target = match compare.target() {
        CompareTarget::Version => "VERSION",
        CompareTarget::Create => "CREATE",
        CompareTarget::Mod => "MOD",
    };
    let fields = Fields::default()
        .name("result", result, "EQUAL")
        .name("target", target, "VERSION")
        .bytes("key", &compare.key)
        .bytes("range_end", &compare.range_end);
    // One of these is there also where it is 0: etcd takes a comparison with none for one that holds.
    let number = |number: i64| number.to_string().into();
    match compare.compared {
        Some(Compared::Version(version)) => fields.set("version", number(version)),
        Some(Compared::CreateRevision(revision)) => fields.set("create_revision", number(revision)),
        Some(Compared::ModRevision(revision)) => fields.set("mod_revision", number(revision)),
        None => fields,
    }
    .done()
}
