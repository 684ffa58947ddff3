//! The messages of etcd's API (`etcdserverpb`, `mvccpb`; version 3) that the engine sends and understands: those fields
//! of them that it uses. Field numbers are etcd's.

use prost::{Enumeration, Message, Oneof};

/// `mvccpb.KeyValue`.
#[derive(Clone, PartialEq, Message)]
pub struct KeyValue {
    /// The key.
    #[prost(bytes = "vec", tag = "1")]
    pub key: Vec<u8>,
    /// The revision in which it came to be.
    #[prost(int64, tag = "2")]
    pub create_revision: i64,
    /// The revision in which it was last set.
    #[prost(int64, tag = "3")]
    pub mod_revision: i64,
    /// How often it was set since it came to be.
    #[prost(int64, tag = "4")]
    pub version: i64,
    /// The value.
    #[prost(bytes = "vec", tag = "5")]
    pub value: Vec<u8>,
}

/// `ResponseHeader`.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct ResponseHeader {
    /// The store's revision when the answer was made.
    #[prost(int64, tag = "3")]
    pub revision: i64,
}

/// `RangeRequest`.
#[derive(Clone, PartialEq, Message)]
pub struct RangeRequest {
    /// The key, or the first of a range.
    #[prost(bytes = "vec", tag = "1")]
    pub key: Vec<u8>,
    /// The end of the range, itself not in it. Empty: only `key`.
    #[prost(bytes = "vec", tag = "2")]
    pub range_end: Vec<u8>,
    /// How many keys at the most; 0: all.
    #[prost(int64, tag = "3")]
    pub limit: i64,
    /// The state at this revision; 0: the present one.
    #[prost(int64, tag = "4")]
    pub revision: i64,
    /// Ascending or descending.
    #[prost(enumeration = "SortOrder", tag = "5")]
    pub sort_order: i32,
    /// Without values.
    #[prost(bool, tag = "8")]
    pub keys_only: bool,
    /// Only their number.
    #[prost(bool, tag = "9")]
    pub count_only: bool,
}

/// `RangeRequest.SortOrder`. Sorted is by key, as `RangeRequest.SortTarget` is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum SortOrder {
    /// By key.
    None = 0,
    /// By key.
    Ascend = 1,
    /// From the last key.
    Descend = 2,
}

/// `RangeResponse`.
#[derive(Clone, PartialEq, Message)]
pub struct RangeResponse {
    /// The revision.
    #[prost(message, optional, tag = "1")]
    pub header: Option<ResponseHeader>,
    /// What was found, ordered by key.
    #[prost(message, repeated, tag = "2")]
    pub kvs: Vec<KeyValue>,
    /// Whether the limit left something out.
    #[prost(bool, tag = "3")]
    pub more: bool,
    /// How many keys are in the range, whatever the limit is.
    #[prost(int64, tag = "4")]
    pub count: i64,
}

/// `PutRequest`.
#[derive(Clone, PartialEq, Message)]
pub struct PutRequest {
    /// The key.
    #[prost(bytes = "vec", tag = "1")]
    pub key: Vec<u8>,
    /// Its new value.
    #[prost(bytes = "vec", tag = "2")]
    pub value: Vec<u8>,
}

/// `PutResponse`.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct PutResponse {
    /// The revision.
    #[prost(message, optional, tag = "1")]
    pub header: Option<ResponseHeader>,
}

/// `DeleteRangeRequest`.
#[derive(Clone, PartialEq, Message)]
pub struct DeleteRangeRequest {
    /// The key, or the first of a range.
    #[prost(bytes = "vec", tag = "1")]
    pub key: Vec<u8>,
    /// The end of the range. Empty: only `key`.
    #[prost(bytes = "vec", tag = "2")]
    pub range_end: Vec<u8>,
}

/// `DeleteRangeResponse`.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct DeleteRangeResponse {
    /// The revision.
    #[prost(message, optional, tag = "1")]
    pub header: Option<ResponseHeader>,
    /// How many were deleted.
    #[prost(int64, tag = "2")]
    pub deleted: i64,
}

/// `RequestOp`.
#[derive(Clone, PartialEq, Message)]
pub struct RequestOp {
    /// Which.
    #[prost(oneof = "Request", tags = "1, 2, 3, 4")]
    pub request: Option<Request>,
}

/// `RequestOp.request`.
#[derive(Clone, PartialEq, Oneof)]
pub enum Request {
    /// A read.
    #[prost(message, tag = "1")]
    Range(RangeRequest),
    /// A write.
    #[prost(message, tag = "2")]
    Put(PutRequest),
    /// A removal.
    #[prost(message, tag = "3")]
    DeleteRange(DeleteRangeRequest),
    /// A transaction in the transaction.
    #[prost(message, tag = "4")]
    Txn(TxnRequest),
}

/// `ResponseOp`.
#[derive(Clone, PartialEq, Message)]
pub struct ResponseOp {
    /// Which.
    #[prost(oneof = "Response", tags = "1, 2, 3, 4")]
    pub response: Option<Response>,
}

/// `ResponseOp.response`.
#[derive(Clone, PartialEq, Oneof)]
pub enum Response {
    /// To a read.
    #[prost(message, tag = "1")]
    Range(RangeResponse),
    /// To a write.
    #[prost(message, tag = "2")]
    Put(PutResponse),
    /// To a removal.
    #[prost(message, tag = "3")]
    DeleteRange(DeleteRangeResponse),
    /// To a transaction in the transaction.
    #[prost(message, tag = "4")]
    Txn(TxnResponse),
}

/// `Compare`.
#[derive(Clone, PartialEq, Message)]
pub struct Compare {
    /// How.
    #[prost(enumeration = "CompareResult", tag = "1")]
    pub result: i32,
    /// Which number of the key.
    #[prost(enumeration = "CompareTarget", tag = "2")]
    pub target: i32,
    /// The key, or the first of a range, in which it must hold for every key that is there.
    #[prost(bytes = "vec", tag = "3")]
    pub key: Vec<u8>,
    /// With which number.
    #[prost(oneof = "Compared", tags = "4, 5, 6")]
    pub compared: Option<Compared>,
    /// The end of the range. Empty: only `key`.
    #[prost(bytes = "vec", tag = "64")]
    pub range_end: Vec<u8>,
}

/// `Compare.CompareResult`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum CompareResult {
    /// =
    Equal = 0,
    /// >
    Greater = 1,
    /// <
    Less = 2,
    /// ≠
    NotEqual = 3,
}

/// `Compare.CompareTarget`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum CompareTarget {
    /// How often the key was set; 0 where it is not there.
    Version = 0,
    /// The revision in which it came to be; 0 where it is not there.
    Create = 1,
    /// The revision in which it was last set; 0 where it is not there.
    Mod = 2,
}

/// `Compare.target_union`.
#[derive(Clone, Copy, PartialEq, Eq, Oneof)]
pub enum Compared {
    /// How often it was set.
    #[prost(int64, tag = "4")]
    Version(i64),
    /// The revision in which it came to be.
    #[prost(int64, tag = "5")]
    CreateRevision(i64),
    /// The revision in which it was last set.
    #[prost(int64, tag = "6")]
    ModRevision(i64),
}

/// `TxnRequest`.
#[derive(Clone, PartialEq, Message)]
pub struct TxnRequest {
    /// What must hold.
    #[prost(message, repeated, tag = "1")]
    pub compare: Vec<Compare>,
    /// What is done where all of it holds.
    #[prost(message, repeated, tag = "2")]
    pub success: Vec<RequestOp>,
    /// What is done otherwise.
    #[prost(message, repeated, tag = "3")]
    pub failure: Vec<RequestOp>,
}

/// `TxnResponse`.
#[derive(Clone, PartialEq, Message)]
pub struct TxnResponse {
    /// The revision: that of the writes, if any.
    #[prost(message, optional, tag = "1")]
    pub header: Option<ResponseHeader>,
    /// Whether everything compared did hold.
    #[prost(bool, tag = "2")]
    pub succeeded: bool,
    /// The answers to what was done, in its order.
    #[prost(message, repeated, tag = "3")]
    pub responses: Vec<ResponseOp>,
}

/// `WatchRequest`.
#[derive(Clone, PartialEq, Message)]
pub struct WatchRequest {
    /// Which.
    #[prost(oneof = "Watch", tags = "1, 3")]
    pub request: Option<Watch>,
}

/// `WatchRequest.request_union`.
#[derive(Clone, PartialEq, Oneof)]
pub enum Watch {
    /// Begins to watch.
    #[prost(message, tag = "1")]
    Create(WatchCreateRequest),
    /// Asks how far the stream has come.
    #[prost(message, tag = "3")]
    Progress(WatchProgressRequest),
}

/// `WatchCreateRequest`.
#[derive(Clone, PartialEq, Message)]
pub struct WatchCreateRequest {
    /// The key, or the first of a range.
    #[prost(bytes = "vec", tag = "1")]
    pub key: Vec<u8>,
    /// The end of the range. Empty: only `key`.
    #[prost(bytes = "vec", tag = "2")]
    pub range_end: Vec<u8>,
    /// The first revision to be told of; 0: the next one.
    #[prost(int64, tag = "3")]
    pub start_revision: i64,
    /// Whether to be told now and then that nothing happened.
    #[prost(bool, tag = "4")]
    pub progress_notify: bool,
}

/// `WatchProgressRequest`.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct WatchProgressRequest {}

/// `WatchResponse`.
#[derive(Clone, PartialEq, Message)]
pub struct WatchResponse {
    /// The revision.
    #[prost(message, optional, tag = "1")]
    pub header: Option<ResponseHeader>,
    /// Whether it says that watching has begun.
    #[prost(bool, tag = "3")]
    pub created: bool,
    /// Whether it says that watching has ended.
    #[prost(bool, tag = "4")]
    pub canceled: bool,
    /// The first revision that can still be watched, where the one asked for cannot.
    #[prost(int64, tag = "5")]
    pub compact_revision: i64,
    /// Whether more of the same revision follows.
    #[prost(bool, tag = "7")]
    pub fragment: bool,
    /// What happened, in the order of revisions.
    #[prost(message, repeated, tag = "11")]
    pub events: Vec<Event>,
}

/// `mvccpb.Event`.
#[derive(Clone, PartialEq, Message)]
pub struct Event {
    /// Set or deleted.
    #[prost(enumeration = "EventType", tag = "1")]
    pub kind: i32,
    /// The key with its new value; deleted: with the revision of that.
    #[prost(message, optional, tag = "2")]
    pub kv: Option<KeyValue>,
}

/// `mvccpb.Event.EventType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum EventType {
    /// Set.
    Put = 0,
    /// Deleted.
    Delete = 1,
}
