use super::*;
use crate::scim::patch::MAX_MEMBERS_SHOWN;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn every_form_of_a_patch_that_identity_providers_send_changes_members() {
    let edge = Edge::new();
    let [ada, grace, joan] = ["ada", "grace", "joan"].map(|name| id(&edge.create(name)));
    let (ada, grace, joan) = (ada.as_str(), grace.as_str(), joan.as_str());
    let group = id(&edge.create_group("Engines", &[ada]));
    let either = format!("members[value eq \"{ada}\" or value eq \"{grace}\"]");
    let cases: Vec<(Value, Vec<&str>)> = vec![
        (
            json!([{ "op": "Add", "path": "members", "value": [{ "$ref": null, "value": grace }] }]),
            vec![ada, grace],
        ),
        (
            json!([{ "op": "Add", "path": "members", "value": [{ "$ref": null, "value": grace }] }]),
            vec![ada, grace],
        ),
        (
            json!([{ "op": "Remove", "path": "members", "value": [{ "$ref": null, "value": ada }] }]),
            vec![grace],
        ),
        (json!([{ "op": "remove", "path": format!("members[value eq \"{grace}\"]") }]), vec![]),
        (json!([{ "op": "remove", "path": format!("members[value eq \"{grace}\"]") }]), vec![]),
        (
            json!([{ "op": "remove", "path": "members[value eq \"none\"]" },
                { "op": "add", "path": "members", "value": [{ "value": joan, "display": "joan" }] }]),
            vec![joan],
        ),
        (
            json!([{ "op": "replace", "path": "members", "value": [{ "value": ada }, { "value": grace }] }]),
            vec![ada, grace],
        ),
        (json!([{ "op": "remove", "path": "members", "value": [] }]), vec![ada, grace]),
        (json!([{ "op": "remove", "path": either }]), vec![]),
        (
            json!([{ "op": "add", "value": { "members": [{ "value": ada }], "externalId": "e" } }]),
            vec![ada],
        ),
        (json!([{ "op": "replace", "value": { "members": [grace] } }]), vec![grace]),
        (
            json!([{ "op": "add", "path": format!("{GROUP}:members"), "value": joan }]),
            vec![grace, joan],
        ),
        (json!([{ "op": "replace", "value": { format!("{GROUP}:members"): [ada] } }]), vec![ada]),
        (json!([{ "op": "add", "value": { GROUP: { "members": [grace] } } }]), vec![ada, grace]),
        (
            json!([{ "op": "replace", "path": GROUP, "value": { "members": [joan], "displayName": "Engines" } }]),
            vec![joan],
        ),
        (json!([{ "op": "remove", "path": "members" }]), vec![]),
        (
            json!([{ "op": "add", "path": "members", "value": { "value": ada } },
                { "op": "replace", "path": "displayName", "value": "Machines" },
                { "op": "add", "path": "members", "value": [grace, joan] },
                { "op": "remove", "path": "members[display sw \"grace\" and type eq \"User\"]" }]),
            vec![ada, joan],
        ),
        (
            json!([{ "op": "replace", "value": { "id": group, "displayName": "Engines" } }]),
            vec![ada, joan],
        ),
        (json!([{ "op": "replace", "path": "members", "value": null }]), vec![]),
    ];
    for (operations, expected) in cases {
        let before = edge.get(&format!("/Groups/{group}"))["meta"]["version"].clone();
        let was = edge.member_ids(&group);
        let answer = edge.patch_group(&group, &operations);
        assert_eq!(answer.status, StatusCode::OK, "{operations}: {}", body(&answer));
        assert_eq!(edge.member_ids(&group), expected, "{operations}");
        assert_eq!(body(&answer), edge.get(&format!("/Groups/{group}")));
        let now = body(&answer)["meta"]["version"].clone();
        assert_eq!(field(&answer, header::ETAG), now.as_str());
        let only_members = !operations.to_string().contains("displayName")
            && !operations.to_string().contains("externalId");
        assert!(!only_members || (before == now) == (was == expected), "{operations}");
    }
}

#[test]
fn a_patch_that_is_wrong_changes_nothing_and_says_which_operation() {
    let edge = Edge::new();
    let [ada, grace] = ["ada", "grace"].map(|name| id(&edge.create(name)));
    let group = edge.create_group("Engines", &[&ada]);
    let picked = format!("members[value eq \"{ada}\"]");
    let cases = [
        (
            json!({ "op": "replace", "path": format!("{picked}.value"), "value": grace }),
            "mutability",
        ),
        (
            json!({ "op": "replace", "path": format!("{picked}.type"), "value": "Group" }),
            "mutability",
        ),
        (
            json!({ "op": "replace", "path": format!("{picked}.display"), "value": "A" }),
            "mutability",
        ),
        (json!({ "op": "replace", "path": picked, "value": { "value": grace } }), "mutability"),
        (json!({ "op": "remove", "path": "members.value" }), "mutability"),
        (json!({ "op": "remove", "path": "displayName" }), "mutability"),
        (json!({ "op": "replace", "value": { "id": "other" } }), "mutability"),
        (json!({ "op": "remove", "path": "members[type eq \"Group\"]" }), "noTarget"),
        (
            json!({ "op": "remove", "path": format!("members[value eq \"{grace}\" and type eq \"Group\"]") }),
            "noTarget",
        ),
        (json!({ "op": "remove" }), "noTarget"),
        (json!({ "op": "add", "path": "members.shoeSize", "value": 7 }), "invalidPath"),
        (
            json!({ "op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:User:members", "value": [] }),
            "invalidPath",
        ),
        (json!({ "op": "remove", "path": "members[shoeSize eq 7]" }), "invalidFilter"),
        (json!({ "op": "add", "path": "members" }), "invalidValue"),
        (json!({ "op": "add", "path": "members", "value": [{ "value": "a\tb" }] }), "invalidValue"),
        (json!({ "op": "add", "path": "members", "value": ["x".repeat(257)] }), "invalidValue"),
        (json!({ "op": "add", "path": "members", "value": [{ "value": "" }] }), "invalidValue"),
        (json!({ "op": "add", "path": "members", "value": [id(&group)] }), "invalidValue"),
        (json!({ "op": "replace", "path": "displayName", "value": "" }), "invalidValue"),
    ];
    for (operation, kind) in cases {
        let operations = json!([{ "op": "add", "path": "members", "value": [grace] }, operation]);
        let (status, told, detail) = scim_error(&edge.patch_group(&id(&group), &operations));
        assert_eq!((status, told.as_deref()), (400, Some(kind)), "{operations}: {detail}");
        assert_eq!(edge.get(&format!("/Groups/{}", id(&group))), group);
    }
    let second = json!([{ "op": "replace", "path": "externalId", "value": "x" },
        { "op": "remove", "path": "members.value" }, { "op": "replace", "path": "id", "value": "x" }]);
    let detail = scim_error(&edge.patch_group(&id(&group), &second)).2;
    assert!(detail.starts_with("operation 2: "), "{detail}");
    let third = json!([{ "op": "add", "path": "members", "value": [grace] },
        { "op": "remove", "path": "members" }, { "op": "replace", "path": "id", "value": "x" }]);
    let detail = scim_error(&edge.patch_group(&id(&group), &third)).2;
    assert!(detail.starts_with("operation 3: "), "{detail}");
}

#[test]
fn a_patch_that_would_look_at_all_members_again_and_again_is_refused() {
    let edge = Edge::new();
    let group = id(&edge.create_group("Engines", &[]));
    let scan = json!({ "op": "remove", "path": "members[display sw \"a\"]" });
    let answer = edge.patch_group(&group, &json!(vec![scan; 101]));
    assert_eq!(scim_error(&answer).0, 413);
    let named = json!({ "op": "remove", "path": "members[value eq \"a\"]" });
    assert_eq!(edge.patch_group(&group, &json!(vec![named.clone(); 1_000])).status, 200);
    assert_eq!(scim_error(&edge.patch_group(&group, &json!(vec![named; 1_001]))).0, 413);
}

#[test]
fn a_patch_is_answered_with_the_group_while_that_has_100_members() {
    let edge = Edge::new();
    let most: Vec<String> = (0..MAX_MEMBERS_SHOWN).map(|n| format!("m{n}")).collect();
    let group = id(&edge.create_group("Engines", &[]));
    let path = format!("/Groups/{group}");
    let patch = |op: &str, members: Value| {
        edge.patch_group(&group, &json!([{ "op": op, "path": "members", "value": members }]))
    };
    let whole = |answer: &Response, count: usize| {
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(body(answer)["members"].as_array().unwrap().len(), count);
        assert_eq!(body(answer), edge.get(&path));
    };
    let nothing = |answer: &Response| {
        assert_eq!((answer.status, answer.body.len()), (StatusCode::NO_CONTENT, 0));
        let version = edge.get(&path)["meta"]["version"].clone();
        assert_eq!(field(answer, header::ETAG), version.as_str());
    };
    whole(&patch("add", json!(most)), 100);
    nothing(&patch("add", json!(["one more"])));
    nothing(&patch("add", json!(["one more"])));
    nothing(&patch("add", json!(["and one"])));
    nothing(&patch("remove", json!(["and one"])));
    whole(&patch("remove", json!(["one more"])), 100);
    whole(&patch("remove", json!(["m0"])), 99);
    nothing(&patch("add", json!(["m0", "one more"])));
    let rename = json!([{ "op": "replace", "path": "displayName", "value": "Machines" }]);
    nothing(&edge.patch_group(&group, &rename));
}

#[test]
fn a_large_group_is_shown_after_a_patch_where_that_is_asked_for() {
    let edge = Edge::new();
    let ada = id(&edge.create("ada"));
    let others: Vec<String> = (0..=MAX_MEMBERS_SHOWN).map(|n| format!("other {n}")).collect();
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    let group = id(&edge.create_group("Engines", &others));
    let add = json!({ "Operations": [{ "op": "add", "path": "members", "value": [ada] }] });
    let ask = |query: &str| {
        let answer =
            edge.scim(Method::PATCH, &format!("/Groups/{group}?{query}")).json(&add).send();
        assert_eq!(answer.status, StatusCode::OK);
        body(&answer)
    };
    assert_eq!(ask("attributes=members")["members"].as_array().unwrap().len(), 102);
    let shown = ask("excludedAttributes=members");
    assert_eq!((&shown["displayName"], shown.get("members")), (&json!("Engines"), None));
    assert_eq!(
        ask("attributes=members.display")["members"],
        json!([{ "display": "ada@example.com" }])
    );
}
