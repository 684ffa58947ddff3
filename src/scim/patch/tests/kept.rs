#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Value, json};

use super::{check, patched};
use crate::scim::ScimErrorKind;
use crate::scim::resource::tests::read;

#[test]
fn a_value_kept_under_a_urn_is_changed_like_any_other() {
    let kept =
        || json!({"urn:example:badge": "x", "urn:example:tags": ["a"], "urn:example:2.0:Ext": 7});
    let after = |name: &str, value: Value| {
        let mut after = kept();
        after[name] = value;
        after
    };
    let one = |op: &str, path: &str, value: Value| json!({"op": op, "path": path, "value": value});
    let (badge, tags, ext) = ("urn:example:badge", "urn:example:tags", "urn:example:2.0:Ext");
    check([
        ("a text", kept(), one("replace", badge, "y".into()), after(badge, "y".into())),
        (
            "in any case",
            kept(),
            one("add", "URN:example:Badge", "y".into()),
            after(badge, "y".into()),
        ),
        (
            "an object",
            kept(),
            one("replace", badge, json!({"a": 1})),
            after(badge, json!({"a": 1})),
        ),
        ("a number", kept(), one("replace", ext, 8.into()), after(ext, 8.into())),
        ("one more", kept(), one("add", tags, json!(["b"])), after(tags, json!(["a", "b"]))),
        ("others", kept(), one("replace", tags, json!(["b"])), after(tags, json!(["b"]))),
        (
            "without path",
            kept(),
            json!({"op": "replace", "value": {badge: "y"}}),
            after(badge, "y".into()),
        ),
    ]);
    for value in [json!({"op": "remove", "path": badge}), one("replace", badge, Value::Null)] {
        let left = json!({"urn:example:tags": ["a"], "urn:example:2.0:Ext": 7});
        check([("removed", kept(), value, left)]);
    }
}

#[test]
fn nothing_is_kept_that_could_not_be_sent_back() {
    let deep = |levels: usize| -> Value {
        let text = "[".repeat(levels) + &"]".repeat(levels);
        serde_json::from_str(&text).expect("an array")
    };
    let add = |path: &str, levels: usize| {
        patched(&json!({}), &json!([{"op": "add", "path": path, "value": [deep(levels)]}]))
    };
    assert!(add("x", 25).is_ok());
    // The path adds levels that the body does not have: attribute, element, sub-attribute.
    let path = "urn:example:2.0:Ext:list[type eq \"a\"].sub";
    assert!(add(path, 27).is_ok());
    let error = add(path, 28).expect_err("33 levels");
    assert_eq!(error.kind(), ScimErrorKind::InvalidSyntax);
    assert!(error.detail().contains("32 levels"), "{}", error.detail());
    let inner = json!({"value": "admin", "deep": deep(30)}).to_string();
    let packed = json!({"userName": "u", "roles": [{"value": inner}]});
    assert_eq!(read(&packed).expect_err("33 levels").kind(), ScimErrorKind::InvalidSyntax);
}
