//! What holds of any PATCH.

use http::Method;
use proptest::prelude::*;
use scim_edge::http::Response;
use serde_json::{Value, json};

use crate::checks;
use crate::checks::edge::{Edge, json_of, user};
use crate::made_up::{operation, path, value};

fn body(operations: &[Value]) -> Value {
    json!({ "Operations": operations })
}

/// What is left of a user once what counts the changes is gone.
fn attributes(answer: &Response) -> Value {
    let mut shown = json_of(answer);
    shown["meta"] = Value::Null;
    shown
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn what_any_patch_makes_can_be_put_back(operations in prop::collection::vec(operation(), 1..4)) {
        checks::patch_body(body(&operations).to_string().as_bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn an_operation_done_twice_is_done_once(
        before in operation(),
        path in prop::option::weighted(0.8, path()),
        value in value(),
        kind in 0..3_usize,
    ) {
        let edge = Edge::new();
        let id = edge.create(&user("ada"));
        let target = format!("/Users/{id}");
        let kind = ["add", "replace", "remove"][kind];
        let mut operation = json!({ "op": kind, "value": value });
        if let Some(path) = path {
            operation["path"] = path.into();
        }
        let send = |operation: &Value| {
            let body = body(std::slice::from_ref(operation));
            edge.ask(Method::PATCH, &target, Some(&body))
        };
        send(&before);
        let once = send(&operation);
        if once.status == 200 {
            let twice = send(&operation);
            if twice.status == 200 {
                prop_assert_eq!(attributes(&once), attributes(&twice));
            } else {
                // What a filter picked is gone, or is no longer what it picks.
                prop_assert_eq!(&json_of(&twice)["scimType"], "noTarget");
            }
        }
    }
}
