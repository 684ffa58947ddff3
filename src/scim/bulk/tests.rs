use serde_json::json;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::json::parse_object;
use crate::scim::count;

fn parse(body: &Value) -> Result<BulkRequest, ScimError> {
    BulkRequest::parse(parse_object(body.to_string().as_bytes())?)
}

fn operations(operations: Value) -> BulkRequest {
    parse(&json!({ "Operations": operations })).expect("a request")
}

/// What is wrong with a single operation.
fn wrong(operation: Value) -> ScimError {
    let bulk = operations(json!([operation]));
    bulk.operations[0].task.clone().expect_err("an error")
}

fn post(bulk_id: &str, data: Value) -> Value {
    json!({ "method": "POST", "path": "/Users", "bulkId": bulk_id, "data": data })
}

/// Steps of one operation each.
fn ones(positions: impl IntoIterator<Item = usize>) -> Result<Vec<Step>, ScimError> {
    Ok(positions.into_iter().map(Step::One).collect())
}

/// A POST that refers to others.
fn needing(bulk_id: &str, others: &[&str]) -> Value {
    let named: Vec<String> = others.iter().map(|other| format!("bulkId:{other}")).collect();
    post(bulk_id, json!({ "x": named }))
}

#[test]
fn names_and_methods_are_read_in_any_case() {
    let bulk = parse(&json!({
        "SCHEMAS": [BULK_REQUEST_SCHEMA], "failonerrors": 2, "operations": [
            { "Method": "Delete", "PATH": "Users/7", "Version": "W/\"3\"", "data": null },
            { "method": "post", "path": "/Users", "BULKID": "a", "DATA": { "userName": "x" } },
        ],
    }))
    .expect("a request");
    assert_eq!(bulk.fail_on_errors, Some(2));
    assert_eq!(bulk.operations[0].method, "DELETE");
    let delete = bulk.operations[0].task.clone().expect("a task");
    assert_eq!(delete.method, Method::DELETE);
    assert_eq!(delete.path, "Users/7");
    assert_eq!(delete.version.as_deref(), Some("W/\"3\""));
    assert_eq!(delete.data, None);
    assert_eq!(bulk.operations[1].bulk_id.as_deref(), Some("a"));
    let data = bulk.operations[1].task.clone().expect("a task").data;
    assert_eq!(data.map(Value::Object), Some(json!({ "userName": "x" })));
}

#[test]
fn what_is_wrong_with_the_request_refuses_all_of_it() {
    let syntax = ScimErrorKind::InvalidSyntax;
    let value = ScimErrorKind::InvalidValue;
    let good = post("a", json!({}));
    for (body, kind, word) in [
        (json!({}), syntax, "Operations"),
        (json!({ "Operations": [] }), syntax, "Operations"),
        (json!({ "Operations": good }), syntax, "Operations"),
        (json!({ "Operations": [good, 7] }), syntax, "operation 2: an object"),
        (json!({ "Operations": [{ "path": "/Users" }] }), syntax, "operation 1: method"),
        (json!({ "Operations": [{ "method": 7 }] }), syntax, "operation 1: method"),
        (json!({ "Operations": [good, good] }), value, "\"a\" is given twice"),
        (json!({ "Operations": [good], "failOnErrors": 0 }), value, "failOnErrors"),
        (json!({ "Operations": [good], "failOnErrors": -1 }), value, "failOnErrors"),
        (json!({ "Operations": [good], "failOnErrors": 1.5 }), value, "failOnErrors"),
        (json!({ "Operations": [good], "failOnErrors": "1" }), value, "failOnErrors"),
        (
            json!({ "Operations": [good], "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"] }),
            syntax,
            "BulkRequest",
        ),
    ] {
        let error = parse(&body).expect_err(&body.to_string());
        assert_eq!(error.kind(), kind, "{body}");
        assert!(error.detail().contains(word), "{body}: {}", error.detail());
    }
}

#[test]
fn what_is_wrong_with_an_operation_is_its_own_error() {
    let data = json!({});
    for (operation, word) in [
        (json!({ "method": "GET", "path": "/Users" }), "\"GET\""),
        (json!({ "method": "POST", "path": "/Users", "data": data }), "bulkId"),
        (json!({ "method": "POST", "path": "/Users", "data": data, "bulkId": "" }), "bulkId"),
        (json!({ "method": "PUT", "path": "/Users/1", "data": data, "bulkId": 7 }), "bulkId"),
        (json!({ "method": "PUT", "data": data }), "path"),
        (json!({ "method": "PUT", "path": 7, "data": data }), "path"),
        (json!({ "method": "PUT", "path": "/Users/1" }), "data: PUT"),
        (json!({ "method": "PATCH", "path": "/Users/1", "data": [] }), "data"),
        (json!({ "method": "PATCH", "path": "/Users/1", "data": data, "version": 1 }), "version"),
    ] {
        let error = wrong(operation.clone());
        assert_eq!(error.kind(), ScimErrorKind::InvalidValue, "{operation}");
        assert!(error.detail().contains(word), "{operation}: {}", error.detail());
    }
}

#[test]
fn a_long_text_is_repeated_in_part_only() {
    let error = wrong(json!({ "method": "X".repeat(10_000), "path": "/Users" }));
    assert!(error.detail().len() < 200, "{}", error.detail().len());
    let long = "i".repeat(10_000);
    let twice = json!({ "Operations": [post(&long, json!({})), post(&long, json!({}))] });
    assert!(parse(&twice).expect_err("equal ids").detail().len() < 200);
}

#[test]
fn operations_are_counted_without_being_read() {
    let refuse_many_operations = |body: &[u8]| count::refuse_many_operations(body, MAX_OPERATIONS);
    let body = |count: usize| {
        let deep = "[".repeat(100) + &"]".repeat(100);
        format!(
            "{{\"x\":{deep},\"y\":[-1e999,0.5],\"OPERATIONS\":[{}]}}",
            vec![deep.as_str(); count].join(",")
        )
    };
    assert_eq!(refuse_many_operations(body(MAX_OPERATIONS).as_bytes()), Ok(()));
    let error = refuse_many_operations(body(MAX_OPERATIONS + 1).as_bytes()).expect_err("too many");
    assert_eq!(error.kind(), ScimErrorKind::PayloadTooLarge);
    assert!(error.detail().contains("1001 operations, at most 1000"), "{}", error.detail());
    for other in ["", "7", "[1]", "{\"Operations\":7}", "{\"Operations\":[1,"] {
        assert_eq!(refuse_many_operations(other.as_bytes()), Ok(()), "{other}");
    }
}

#[test]
fn the_clients_order_is_kept_where_nothing_is_ahead_of_it() {
    let bulk = operations(json!([
        needing("a", &[]),
        { "method": "DELETE", "path": "/Users/1" },
        needing("b", &["a"]),
        { "method": "PATCH", "path": "/Users/bulkId:b", "data": {} },
        needing("c", &["unknown"]),
    ]));
    assert_eq!(bulk.order(), ones([0, 1, 2, 3, 4]));
}

#[test]
fn what_is_referred_to_comes_first() {
    let bulk = operations(json!([
        { "method": "PATCH", "path": "/Groups/1", "data": { "Operations": [
            { "op": "add", "path": "members", "value": [{ "$ref": "../Users/bulkId:c" }] },
        ] } },
        { "method": "DELETE", "path": "/Groups/1" },
        needing("a", &["b", "c"]),
        needing("b", &["c"]),
        needing("c", &[]),
    ]));
    assert_eq!(bulk.order(), ones([4, 0, 1, 3, 2]));
    let all: Vec<Value> =
        (0..1_000).map(|n| needing(&n.to_string(), &[&(n + 1).to_string()])).collect();
    assert_eq!(operations(json!(all)).order(), ones((0..1_000).rev()));
}

#[test]
fn only_a_post_makes_what_can_be_referred_to() {
    let bulk = operations(json!([
        needing("a", &["b"]),
        { "method": "PUT", "path": "/Users/bulkId:a", "bulkId": "b", "data": {} },
    ]));
    assert_eq!(bulk.order(), ones([0, 1]));
}

/// The same as a group.
fn group(mut post: Value) -> Value {
    post["path"] = json!("/Groups");
    post
}

#[test]
fn users_that_refer_to_each_other_are_one_step() {
    let bulk = operations(json!([
        needing("before", &["a"]),
        needing("a", &["b", "d"]),
        needing("b", &["c"]),
        needing("c", &["a", "c"]),
        needing("d", &[]),
        needing("self", &["self", "b"]),
        needing("after", &["self"]),
    ]));
    let steps = bulk.order().expect("an order");
    assert_eq!(
        steps,
        [
            Step::One(4),
            Step::Circle(vec![1, 2, 3]),
            Step::One(0),
            Step::Circle(vec![5]),
            Step::One(6),
        ]
    );
    let two_in_one = json!([needing("a", &["b"]), needing("b", &["a", "c"]), needing("c", &["b"])]);
    assert_eq!(operations(two_in_one).order(), Ok(vec![Step::Circle(vec![0, 1, 2])]));
}

#[test]
fn a_circle_that_cannot_be_made_is_a_conflict_that_names_it() {
    let circle = |operations_: Value| {
        let error = operations(operations_).order().expect_err("a circle");
        assert_eq!(error.kind(), ScimErrorKind::Conflict);
        error.detail().to_owned()
    };
    let detail = circle(json!([group(needing("a", &["a"]))]));
    assert!(detail.contains("\"a\" refers to itself: only users"), "{detail}");
    let detail = circle(json!([
        needing("before", &["a"]),
        group(needing("a", &["b"])),
        needing("b", &["c"]),
        needing("c", &["a"]),
        needing("after", &[]),
    ]));
    assert!(
        detail.contains("\"a\", \"b\", \"c\" refer to each other in a circle of 3"),
        "{detail}"
    );
    let all = |count: usize| -> Value {
        (0..count).map(|n| needing(&n.to_string(), &[&((n + 1) % count).to_string()])).collect()
    };
    let detail = circle(all(1_000));
    assert!(detail.contains("\"9\", …") && detail.contains("1000: 20 at the most"), "{detail}");
    circle(all(MAX_CIRCLE + 1));
    assert_eq!(operations(all(MAX_CIRCLE)).order().map(|steps| steps.len()), Ok(1));
}

#[test]
fn what_is_not_made_yet_can_be_left_out() {
    let bulk = operations(json!([post(
        "a",
        json!({
            "userName": "x", "empty": [], "manager": { "value": "bulkId:b", "$ref": "../Users/bulkId:b" },
            "list": [{ "value": "bulkId:b" }, { "value": "bulkId:c", "note": "n" }, "bulkId:c", "bulkId:b"],
        })
    )]));
    let task = bulk.operations[0].task.clone().expect("a task");
    let made = Made::from_iter([("c".to_owned(), Some("3".to_owned()))]);
    assert_eq!(
        task.without_references(&made).data.map(Value::Object),
        Some(json!({
            "userName": "x", "empty": [], "list": [{ "value": "bulkId:c", "note": "n" }, "bulkId:c"],
        }))
    );
}

#[test]
fn references_are_replaced_wherever_they_stand_as_a_whole_or_at_the_end_of_an_address() {
    let bulk = operations(json!([{
        "method": "PUT", "path": "/Users/bulkId:a", "data": {
            "manager": { "value": "bulkId:a", "$ref": "https://edge.example/Users/bulkId:a" },
            "list": ["bulkId:a", "not bulkId:a", "bulkid:a", 7, null, { "deep": "../bulkId:a" }],
            "bulkId:a": "x",
        },
    }]));
    let task = bulk.operations[0].task.clone().expect("a task");
    let made = Made::from_iter([("a".to_owned(), Some("17".to_owned()))]);
    let resolved = task.resolve(&made).expect("resolved");
    assert_eq!(resolved.path, "/Users/17");
    assert_eq!(
        resolved.data.map(Value::Object),
        Some(json!({
            "manager": { "value": "17", "$ref": "https://edge.example/Users/17" },
            "list": ["17", "not bulkId:a", "bulkid:a", 7, null, { "deep": "../17" }],
            "bulkId:a": "x",
        }))
    );
}

#[test]
fn a_reference_to_nothing_is_an_error() {
    let bulk = operations(json!([needing("a", &["b"])]));
    let task = bulk.operations[0].task.clone().expect("a task");
    let error = task.clone().resolve(&Made::new()).expect_err("unknown");
    assert_eq!(error.kind(), ScimErrorKind::InvalidValue);
    assert!(error.detail().contains("\"b\""), "{}", error.detail());
    let error = task.resolve(&Made::from_iter([("b".to_owned(), None)])).expect_err("failed");
    assert_eq!(error.kind(), ScimErrorKind::Conflict);
    assert!(error.detail().contains("\"b\""), "{}", error.detail());
}
