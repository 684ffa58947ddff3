use proptest::prelude::*;
use serde_json::{Value, json};

use super::patched;

fn email() -> impl Strategy<Value = Value> {
    let kind = prop::option::of(prop_oneof![Just("work"), Just("Home")]);
    let address = prop_oneof![Just("a@b"), Just("A@b"), Just("c@d"), Just("e@f")];
    (address, kind, prop::option::of(any::<bool>())).prop_map(|(value, kind, primary)| {
        let mut email = json!({"value": value});
        if let Some(kind) = kind {
            email["type"] = kind.into();
        }
        if let Some(primary) = primary {
            email["primary"] = primary.into();
        }
        email
    })
}

fn emails() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(email(), 0..5)
}

fn primaries(after: &Value) -> usize {
    let emails = after["emails"].as_array().map(Vec::as_slice).unwrap_or_default();
    emails.iter().filter(|email| email["primary"] == true).count()
}

proptest! {
    #[test]
    fn adding_twice_is_adding_once(before in emails(), added in emails()) {
        let replace = json!({"op": "replace", "path": "emails", "value": before});
        let add = json!({"op": "add", "path": "emails", "value": added});
        let once = patched(&json!({}), &json!([replace, add])).expect("applies");
        let twice = patched(&json!({}), &json!([replace, add, add])).expect("applies");
        prop_assert_eq!(&once, &twice);
        prop_assert!(primaries(&once) <= 1);
    }

    #[test]
    fn removing_what_was_added_leaves_none_of_it(before in emails(), added in email()) {
        let replace = json!({"op": "replace", "path": "emails", "value": before});
        let add = json!({"op": "add", "path": "emails", "value": added});
        let remove = json!({"op": "remove", "path": "emails", "value": [{"value": added["value"]}]});
        let after = patched(&json!({}), &json!([replace, add, remove])).expect("applies");
        let address = added["value"].as_str().unwrap_or_default().to_lowercase();
        prop_assert!(!after.to_string().to_lowercase().contains(&address));
    }
}
