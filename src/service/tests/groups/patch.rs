use super::*;

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
        assert_eq!(
            (answer.status, answer.body.len()),
            (StatusCode::NO_CONTENT, 0),
            "{operations}: {}",
            String::from_utf8_lossy(&answer.body)
        );
        assert_eq!(edge.member_ids(&group), expected, "{operations}");
        let now = edge.get(&format!("/Groups/{group}"))["meta"]["version"].clone();
        assert_eq!(field(&answer, &header::ETAG), now.as_str());
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
        (
            json!({ "op": "add", "path": "members", "value": [{ "value": "nobody" }] }),
            "invalidValue",
        ),
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
    assert_eq!(edge.patch_group(&group, &json!(vec![named.clone(); 1_000])).status, 204);
    assert_eq!(scim_error(&edge.patch_group(&group, &json!(vec![named; 1_001]))).0, 413);
}

#[test]
fn a_patch_is_answered_with_the_group_where_it_says_what_to_show() {
    let edge = Edge::new();
    let ada = id(&edge.create("ada"));
    let group = id(&edge.create_group("Engines", &[]));
    let add = json!({ "Operations": [{ "op": "add", "path": "members", "value": [ada] }] });
    let ask = |query: &str| {
        let answer =
            edge.scim(Method::PATCH, &format!("/Groups/{group}?{query}")).json(&add).send();
        assert_eq!(answer.status, StatusCode::OK);
        body(&answer)
    };
    assert_eq!(ask("attributes=members")["members"][0]["value"], ada);
    let shown = ask("excludedAttributes=members");
    assert_eq!((&shown["displayName"], shown.get("members")), (&json!("Engines"), None));
    assert_eq!(
        ask("attributes=members.display")["members"],
        json!([{ "display": "ada@example.com" }])
    );
}
