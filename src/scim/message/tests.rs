#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Value, json};

use super::*;

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

fn check(schemas: Value) -> Result<(), ScimError> {
    let body = Map::from_iter([("Schemas".to_owned(), schemas)]);
    refuse_other_message(&body, PATCH)
}

#[test]
fn a_message_may_leave_out_what_it_is() {
    assert_eq!(refuse_other_message(&Map::new(), PATCH), Ok(()));
    let user = "urn:ietf:params:scim:schemas:core:2.0:User";
    for schemas in [
        json!([]),
        Value::Null,
        json!([7]),
        json!([user]),
        json!(["urn:scim:schemas:core:1.0"]),
        json!([PATCH]),
        json!(PATCH),
        json!([PATCH.to_uppercase()]),
        json!([user, PATCH]),
        json!(["urn:ietf:params:scim:api:messages:2.0:BulkRequest", PATCH]),
    ] {
        assert_eq!(check(schemas.clone()), Ok(()), "{schemas}");
    }
}

#[test]
fn a_message_that_says_it_is_another_one_is_refused() {
    for schemas in [
        json!(["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]),
        json!("URN:ietf:params:scim:api:messages:2.0:SearchRequest"),
        json!([
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:api:messages:2.0:Error"
        ]),
    ] {
        let error = check(schemas.clone()).expect_err(&schemas.to_string());
        assert_eq!(error.kind(), ScimErrorKind::InvalidSyntax);
        assert!(error.detail().contains("PatchOp"), "{}", error.detail());
    }
}
