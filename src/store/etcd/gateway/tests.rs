//! The JSON to the byte, and what hostile answers come to. The engine on it is in `suite`.

mod bridge;
mod suite;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Duration;

use super::{Gateway, Login, Post};
use crate::store::etcd::message::{
    Compare, CompareResult, CompareTarget, Compared, DeleteRangeRequest, DeleteRangeResponse,
    KeyValue, PutRequest, PutResponse, RangeRequest, RangeResponse, Request, RequestOp, Response,
    ResponseHeader, ResponseOp, SortOrder, TxnRequest, TxnResponse,
};
use crate::store::etcd::{CallError, Client as _};
use crate::store::suite::block_on;

/// What was sent: path, `authorization`, body, and for how long an answer was waited for.
type Sent = (String, Option<String>, String, Duration);

/// What comes back.
type Came = Result<(u16, Vec<u8>), String>;

/// Gives the answers that it was told to, in their order.
#[derive(Debug, Default)]
struct Script {
    answers: RefCell<VecDeque<Came>>,
    sent: RefCell<Vec<Sent>>,
}

impl Post for &Script {
    async fn post(
        &self,
        path: &str,
        authorization: Option<&str>,
        body: Vec<u8>,
        timeout: Duration,
    ) -> Result<(u16, Vec<u8>), String> {
        let body = String::from_utf8(body).unwrap();
        let authorization = authorization.map(str::to_owned);
        self.sent.borrow_mut().push((path.to_owned(), authorization, body, timeout));
        self.answers.borrow_mut().pop_front().expect("an answer for each call")
    }
}

impl Script {
    fn new(answers: &[(u16, &str)]) -> Self {
        let answers = answers.iter().map(|(status, body)| Ok((*status, (*body).into())));
        Self { answers: RefCell::new(answers.collect()), sent: RefCell::default() }
    }

    /// The bodies that were sent to each path.
    fn bodies(&self) -> Vec<(String, String)> {
        let sent = self.sent.borrow();
        sent.iter().map(|(path, _, body, _)| (path.clone(), body.clone())).collect()
    }

    /// Where was sent to as whom.
    fn calls(&self) -> Vec<(String, Option<String>)> {
        let sent = self.sent.borrow();
        sent.iter().map(|(path, as_whom, ..)| (path.clone(), as_whom.clone())).collect()
    }
}

const TIMEOUT: Duration = Duration::from_secs(1);
const EMPTY: &str = r#"{"header":{"revision":"7"}}"#;

fn sent_range(request: RangeRequest) -> String {
    let script = Script::new(&[(200, EMPTY)]);
    block_on(Gateway::new(&script, TIMEOUT).range(request)).unwrap();
    let bodies = script.bodies();
    assert_eq!(bodies[0].0, "/v3/kv/range");
    bodies[0].1.clone()
}

fn sent_txn(request: TxnRequest) -> String {
    let script = Script::new(&[(200, EMPTY)]);
    block_on(Gateway::new(&script, TIMEOUT).txn(request)).unwrap();
    let bodies = script.bodies();
    assert_eq!(bodies[0].0, "/v3/kv/txn");
    bodies[0].1.clone()
}

fn got_range(status: u16, body: &str) -> Result<RangeResponse, CallError> {
    let script = Script::new(&[(status, body)]);
    block_on(Gateway::new(&script, TIMEOUT).range(RangeRequest::default()))
}

fn got_txn(status: u16, body: &str) -> Result<TxnResponse, CallError> {
    let script = Script::new(&[(status, body)]);
    block_on(Gateway::new(&script, TIMEOUT).txn(TxnRequest::default()))
}

fn lost(reason: &str) -> CallError {
    CallError::Lost(reason.to_owned())
}

#[test]
fn a_range_is_written_with_what_is_not_default() {
    let one = RangeRequest { key: b"/a".to_vec(), ..RangeRequest::default() };
    assert_eq!(sent_range(one), r#"{"key":"L2E="}"#);
    let all = RangeRequest {
        key: vec![0, 255, 254],
        range_end: vec![0],
        limit: 1000,
        revision: i64::MAX,
        sort_order: SortOrder::Descend.into(),
        keys_only: true,
        count_only: true,
    };
    assert_eq!(
        sent_range(all),
        r#"{"count_only":true,"key":"AP/+","keys_only":true,"limit":"1000","range_end":"AA==","revision":"9223372036854775807","sort_order":"DESCEND"}"#
    );
}

fn compare(target: CompareTarget, result: CompareResult, compared: Compared) -> Compare {
    Compare {
        result: result.into(),
        target: target.into(),
        key: b"k".to_vec(),
        compared: Some(compared),
        range_end: Vec::new(),
    }
}

#[test]
fn a_compare_says_with_what_also_where_that_is_0() {
    let compares = vec![
        compare(CompareTarget::Mod, CompareResult::Equal, Compared::ModRevision(0)),
        compare(CompareTarget::Version, CompareResult::NotEqual, Compared::Version(0)),
        Compare {
            range_end: b"l".to_vec(),
            ..compare(CompareTarget::Create, CompareResult::Less, Compared::CreateRevision(5))
        },
        compare(CompareTarget::Mod, CompareResult::Greater, Compared::ModRevision(-1)),
    ];
    assert_eq!(
        sent_txn(TxnRequest { compare: compares, ..TxnRequest::default() }),
        concat!(
            r#"{"compare":[{"key":"aw==","mod_revision":"0","target":"MOD"},"#,
            r#"{"key":"aw==","result":"NOT_EQUAL","version":"0"},"#,
            r#"{"create_revision":"5","key":"aw==","range_end":"bA==","result":"LESS","target":"CREATE"},"#,
            r#"{"key":"aw==","mod_revision":"-1","result":"GREATER","target":"MOD"}]}"#
        )
    );
}

#[test]
fn operations_are_written_in_their_order_also_within_one_another() {
    let operation = |request| RequestOp { request: Some(request) };
    let put = |value: &[u8]| {
        operation(Request::Put(PutRequest { key: b"k".to_vec(), value: value.to_vec() }))
    };
    let delete = DeleteRangeRequest { key: b"k".to_vec(), range_end: Vec::new() };
    let read = RangeRequest { key: b"k".to_vec(), ..RangeRequest::default() };
    let inner = TxnRequest { success: vec![put(b"v"), put(b"")], ..TxnRequest::default() };
    let request = TxnRequest {
        compare: Vec::new(),
        success: vec![operation(Request::Txn(inner)), operation(Request::DeleteRange(delete))],
        failure: vec![operation(Request::Range(read))],
    };
    assert_eq!(
        sent_txn(request),
        concat!(
            r#"{"failure":[{"request_range":{"key":"aw=="}}],"#,
            r#""success":[{"request_txn":{"success":[{"request_put":{"key":"aw==","value":"dg=="}},{"request_put":{"key":"aw=="}}]}},"#,
            r#"{"request_delete_range":{"key":"aw=="}}]}"#
        )
    );
}

#[test]
fn numbers_may_be_texts_or_numbers_and_what_is_missing_has_its_default() {
    let header = Some(ResponseHeader { revision: 7 });
    let found = KeyValue {
        key: b"k".to_vec(),
        create_revision: 2,
        mod_revision: 3,
        version: 4,
        value: Vec::new(),
    };
    let expected = RangeResponse { header, kvs: vec![found], more: false, count: 1 };
    for body in [
        r#"{"header":{"cluster_id":"14841639068965178418","revision":"7","raft_term":"2"},"kvs":[{"key":"aw==","create_revision":"2","mod_revision":"3","version":"4"}],"count":"1"}"#,
        r#"{"header":{"revision":7},"kvs":[{"key":"aw==","create_revision":2,"mod_revision":3,"version":4,"value":"","lease":0}],"more":false,"count":1}"#,
        r#" {"more":null,"count":"1","header":{"revision":"7"},"kvs":[{"value":null,"version":"4","mod_revision":"3","create_revision":"2","key":"aw=="}]} "#,
    ] {
        assert_eq!(got_range(200, body), Ok(expected.clone()), "{body}");
    }
    let nothing = RangeResponse { header, ..RangeResponse::default() };
    assert_eq!(got_range(200, EMPTY), Ok(nothing));
}

#[test]
fn answers_within_an_answer_are_read() {
    let body = concat!(
        r#"{"header":{"revision":"7"},"succeeded":true,"responses":[{"response_put":{"header":{"revision":"7"}}},"#,
        r#"{"response_delete_range":{"header":{"revision":"7"},"deleted":"1"}},{"response_range":{"header":{},"count":"3"}},"#,
        r#"{"response_txn":{"header":{},"succeeded":true,"responses":[{"response_put":{}}]}}]}"#
    );
    let header = Some(ResponseHeader { revision: 7 });
    let operation = |response| ResponseOp { response: Some(response) };
    let inner = TxnResponse {
        header: None,
        succeeded: true,
        responses: vec![operation(Response::Put(PutResponse { header: None }))],
    };
    let responses = vec![
        operation(Response::Put(PutResponse { header })),
        operation(Response::DeleteRange(DeleteRangeResponse { header, deleted: 1 })),
        operation(Response::Range(RangeResponse { count: 3, ..RangeResponse::default() })),
        operation(Response::Txn(inner)),
    ];
    assert_eq!(got_txn(200, body), Ok(TxnResponse { header, succeeded: true, responses }));
}

#[test]
fn of_an_answer_that_is_cut_off_or_not_etcds_nothing_is_known() {
    let whole = r#"{"header":{"revision":"7"},"kvs":[{"key":"aw==","value":"dg=="}],"count":"1"}"#;
    assert!(got_range(200, whole).is_ok());
    for length in 0..whole.len() {
        assert_eq!(
            got_range(200, whole.get(..length).unwrap()),
            Err(lost("an answer that is not whole"))
        );
    }
    let deep = format!("{}1{}", r#"{"header":{"revision":"#.repeat(300), "}".repeat(600));
    for body in [
        "{}",
        "null",
        "[]",
        "<html></html>",
        r#"{"count":"1"}"#,
        r#"{"header":{}}"#,
        r#"{"header":{"revision":"0"}}"#,
        r#"{"header":{"revision":"-7"}}"#,
        r#"{"header":{"revision":"7"},"count":"x"}"#,
        r#"{"header":{"revision":"7"},"count":1.5}"#,
        r#"{"header":{"revision":"7"},"count":9223372036854775808}"#,
        r#"{"header":{"revision":"7"},"count":[]}"#,
        r#"{"header":{"revision":"7"},"more":"true"}"#,
        r#"{"header":{"revision":"7"},"kvs":{}}"#,
        r#"{"header":{"revision":"7"},"kvs":[1]}"#,
        r#"{"header":{"revision":"7"},"kvs":[{"key":"a"}]}"#,
        r#"{"header":{"revision":"7"},"kvs":[{"key":"!!!!"}]}"#,
        r#"{"header":{"revision":"7"},"kvs":[{"key":5}]}"#,
        r#"{"header":{"revision":"7"}} {}"#,
        &deep,
    ] {
        assert_eq!(got_range(200, body), Err(lost("an answer that is not whole")), "{body}");
    }
}

#[test]
fn of_a_transaction_whose_answer_is_not_etcds_nothing_is_known() {
    for body in [
        "{}",
        r#"{"succeeded":true}"#,
        r#"{"succeeded":false,"header":{"revision":"0"}}"#,
        r#"{"header":{"revision":"7"},"succeeded":"yes"}"#,
        r#"{"header":{"revision":"7"},"responses":[{}]}"#,
        r#"{"header":{"revision":"7"},"responses":[{"response_range":[]}]}"#,
        r#"{"header":{"revision":"7"},"responses":[{"response_put":{"header":1}}]}"#,
        r#"{"header":{"revision":"7"},"responses":[{"response_txn":{"succeeded":2}}]}"#,
    ] {
        assert_eq!(got_txn(200, body), Err(lost("an answer that is not whole")), "{body}");
    }
}

#[test]
fn what_the_gateway_says_of_a_refusal_is_one_and_nothing_else_is() {
    let refused = |code| Err(CallError::Refused { code });
    // As 3.4 and 3.5 say it, and as 3.6 does.
    let compacted = "etcdserver: mvcc: required revision has been compacted";
    let both = format!(r#"{{"error":"{compacted}","message":"{compacted}","code":11}}"#);
    assert_eq!(got_range(400, &both), refused(11));
    let one = format!(r#"{{"code":11,"message":"{compacted}","details":[]}}"#);
    assert_eq!(got_range(400, &one), refused(11));
    assert_eq!(got_range(400, r#"{"error":"too many operations","code":"3"}"#), refused(3));
    for (status, body, reason) in [
        (503, r#"{"error":"etcdserver: no leader","message":"…","code":14}"#, "gRPC status 14"),
        (504, r#"{"message":"etcdserver: request timed out","code":4}"#, "gRPC status 4"),
        (503, "upstream connect error", "HTTP status 503"),
        (400, r#"{"error":"bad request"}"#, "HTTP status 400"),
        (400, r#"{"code":3}"#, "HTTP status 400"),
        (400, r#"{"code":0,"message":""}"#, "HTTP status 400"),
        (400, r#"{"code":"three","message":""}"#, "HTTP status 400"),
        (404, "", "HTTP status 404"),
        (204, "", "HTTP status 204"),
        (302, EMPTY, "HTTP status 302"),
        (500, EMPTY, "HTTP status 500"),
    ] {
        assert_eq!(got_txn(status, body), Err(lost(reason)), "{status} {body}");
    }
}

#[test]
fn each_call_has_its_deadline() {
    let script = Script::new(&[(200, EMPTY), (200, EMPTY), (200, EMPTY)]);
    let gateway = Gateway::new(&script, TIMEOUT);
    block_on(async {
        gateway.txn(TxnRequest::default()).await.unwrap();
        gateway.range_within(RangeRequest::default(), TIMEOUT * 2).await.unwrap();
        gateway.range_within(RangeRequest::default(), TIMEOUT / 2).await.unwrap();
    });
    let sent = script.sent.borrow();
    let timeouts: Vec<Duration> = sent.iter().map(|(.., timeout)| *timeout).collect();
    assert_eq!(timeouts, [TIMEOUT, TIMEOUT, TIMEOUT / 2]);
}

#[test]
fn where_nothing_comes_back_the_host_says_why() {
    let script = Script::default();
    script.answers.borrow_mut().push_back(Err("connection refused".to_owned()));
    let answer = block_on(Gateway::new(&script, TIMEOUT).txn(TxnRequest::default()));
    assert_eq!(answer, Err(lost("connection refused")));
}

const EXPIRED: &str = r#"{"error":"etcdserver: invalid auth token","code":16}"#;
const TOKEN: &str = r#"{"header":{"revision":"7"},"token":"abc.1"}"#;
const TOKEN_2: &str = r#"{"header":{"revision":"7"},"token":"def.2"}"#;

/// A gateway with a login, called `times` times; what came of each call.
fn logged_in(script: &Script, times: usize) -> Vec<Result<RangeResponse, CallError>> {
    let login = Login { user: "scim".to_owned(), password: "se\"cret".to_owned() };
    let gateway = Gateway::new(script, TIMEOUT).with_login(login);
    (0..times).map(|_| block_on(gateway.range(RangeRequest::default()))).collect()
}

fn call(path: &str, as_whom: Option<&str>) -> (String, Option<String>) {
    (path.to_owned(), as_whom.map(str::to_owned))
}

const LOG_IN: &str = "/v3/auth/authenticate";
const RANGE: &str = "/v3/kv/range";

#[test]
fn who_has_a_login_logs_in_once() {
    let script = Script::new(&[(200, TOKEN), (200, EMPTY), (200, EMPTY)]);
    assert!(logged_in(&script, 2).iter().all(Result::is_ok));
    let calls = [call(LOG_IN, None), call(RANGE, Some("abc.1")), call(RANGE, Some("abc.1"))];
    assert_eq!(script.calls(), calls);
    assert_eq!(script.bodies()[0].1, r#"{"name":"scim","password":"se\"cret"}"#);
}

#[test]
fn a_token_that_etcd_no_longer_takes_is_renewed_once() {
    let old = r#"{"error":"etcdserver: revision of auth store is old","code":3}"#;
    for refusal in [EXPIRED, old] {
        let (token, again) = ((200, TOKEN), (200, TOKEN_2));
        let script = Script::new(&[token, (200, EMPTY), (401, refusal), again, (200, EMPTY)]);
        assert!(logged_in(&script, 2).iter().all(Result::is_ok), "{refusal}");
        let calls = [
            call(LOG_IN, None),
            call(RANGE, Some("abc.1")),
            call(RANGE, Some("abc.1")),
            call(LOG_IN, None),
            call(RANGE, Some("def.2")),
        ];
        assert_eq!(script.calls(), calls);
    }
    let twice = [(200, TOKEN), (200, EMPTY), (401, EXPIRED), (200, TOKEN_2), (401, EXPIRED)];
    let script = Script::new(&twice);
    assert_eq!(logged_in(&script, 2)[1], Err(CallError::Refused { code: 16 }));
}

#[test]
fn a_login_that_is_refused_is_no_answer_to_the_call() {
    let wrong =
        r#"{"error":"etcdserver: authentication failed, invalid user ID or password","code":3}"#;
    let not_enabled = r#"{"error":"etcdserver: authentication is not enabled","code":9}"#;
    for refusal in [wrong, not_enabled] {
        let script = Script::new(&[(400, refusal)]);
        assert_eq!(logged_in(&script, 1), [Err(CallError::Refused { code: 16 })]);
    }
    for (status, body, reason) in
        [(503, "", "HTTP status 503"), (200, EMPTY, "an answer that is not whole")]
    {
        assert_eq!(logged_in(&Script::new(&[(status, body)]), 1), [Err(lost(reason))]);
    }
}

#[test]
fn who_should_log_in_and_has_no_login_is_told_so() {
    // Not taken for a request that is too large, which has the same code.
    let refusal = r#"{"error":"etcdserver: user name is empty","code":3}"#;
    assert_eq!(got_range(400, refusal), Err(CallError::Refused { code: 16 }));
}

#[test]
fn a_password_is_in_no_log() {
    let login = Login { user: "scim".to_owned(), password: "secret".to_owned() };
    let script = Script::default();
    let gateway = Gateway::new(&script, TIMEOUT).with_login(login);
    assert!(!format!("{gateway:?}").contains("secret"));
}
