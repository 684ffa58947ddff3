mod lists;
mod patch;

use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

fn id(resource: &Value) -> String {
    resource["id"].as_str().unwrap().to_owned()
}

impl Edge {
    fn create_group(&self, name: &str, members: &[&str]) -> Value {
        let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
        let new = json!({ "schemas": [GROUP], "displayName": name, "members": members });
        let answer = self.scim(Method::POST, "/Groups").json(&new).send();
        assert_eq!(answer.status, StatusCode::CREATED, "{}", body(&answer));
        body(&answer)
    }

    fn patch_group(&self, id: &str, operations: &Value) -> Response {
        let path = format!("/Groups/{id}");
        self.scim(Method::PATCH, &path).json(&json!({ "Operations": operations })).send()
    }

    fn get(&self, path: &str) -> Value {
        let answer = self.scim(Method::GET, path).send();
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", body(&answer));
        body(&answer)
    }

    fn member_ids(&self, group: &str) -> Vec<String> {
        let group = self.get(&format!("/Groups/{group}"));
        let members = group["members"].as_array().cloned().unwrap_or_default();
        members.iter().map(|member| member["value"].as_str().unwrap().to_owned()).collect()
    }

    /// The names of what a filter finds.
    fn found(&self, path: &str, filter: &str) -> Vec<String> {
        let query: String =
            form_urlencoded::Serializer::new(String::new()).append_pair("filter", filter).finish();
        let list = self.get(&format!("{path}?{query}"));
        let resources = list["Resources"].as_array().unwrap();
        assert_eq!(list["totalResults"], resources.len(), "{filter}");
        let name =
            |of: &Value| of["displayName"].as_str().or(of["userName"].as_str()).map(str::to_owned);
        resources.iter().map(|of| name(of).unwrap()).collect()
    }
}

#[test]
fn a_created_group_is_read_back_with_its_members_filled_in() {
    let edge = Edge::new();
    let ada = id(&edge.create("ada"));
    let inner = id(&edge.create_group("Inner", &[]));
    let new = json!({
        "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "displayName": "Engines", "externalId": "8aa1", "meta": { "resourceType": "Group" },
        "members": [
            { "value": ada, "$ref": null, "display": "" }, inner, { "value": inner, "type": "group" },
            { "$ref": format!("https://elsewhere.example/v2/Users/{ada}") },
        ],
        "urn:example:cost": { "center": 4 },
    });
    let answer = edge.scim(Method::POST, "/Groups").json(&new).send();
    assert_eq!(answer.status, StatusCode::CREATED, "{}", body(&answer));
    let created = body(&answer);
    let url = format!("https://edge.example{}", edge.scim_path);
    let location = format!("{url}/Groups/{}", id(&created));
    assert_eq!(field(&answer, header::LOCATION), Some(location.as_str()));
    assert_eq!(field(&answer, header::ETAG), Some("W/\"1\""));
    assert_eq!(created["meta"]["location"], location);
    assert_eq!(created["meta"]["resourceType"], "Group");
    assert_eq!(created["externalId"], "8aa1");
    assert_eq!(created["urn:example:cost"]["center"], 4);
    assert_eq!(
        created["members"],
        json!([
            { "value": ada, "$ref": format!("{url}/Users/{ada}"), "display": "ada@example.com", "type": "User" },
            { "value": inner, "$ref": format!("{url}/Groups/{inner}"), "display": "Inner", "type": "Group" },
        ])
    );
    assert_eq!(edge.get(&format!("/Groups/{}", id(&created))), created);
    assert_eq!(edge.get("/Groups")["totalResults"], 2);
    let empty = edge.get(&format!("/Groups/{inner}"));
    assert_eq!(empty.get("members"), None);
}

#[test]
fn a_group_that_is_not_one_is_refused_and_says_why() {
    let edge = Edge::new();
    let ada = id(&edge.create("ada"));
    let cases = [
        (json!({}), "displayName"),
        (json!({ "displayName": " " }), "displayName"),
        (json!({ "displayName": "a\u{7}" }), "control"),
        (json!({ "displayName": "x".repeat(257) }), "256"),
        (json!({ "displayName": "a", "externalId": "x".repeat(257) }), "externalId"),
        (json!({ "displayName": "a", "members": ["x".repeat(257)] }), "256"),
        (json!({ "displayName": "a", "members": ["a\nb"] }), "\"a\\nb\""),
        (
            json!({ "displayName": "a", "members": [{ "value": "x", "display": "d".repeat(257) }] }),
            "display of \"x\"",
        ),
        (
            json!({ "displayName": "a", "members": [{ "display": "x", "value": 7 }] }),
            "members.value",
        ),
        (json!({ "displayName": "a", "members": [{ "type": "User" }] }), "without the id"),
        (
            json!({ "displayName": "a", "members": [{ "value": ada, "type": "Group" }] }),
            ada.as_str(),
        ),
        (json!({ "displayName": "a", "members": [{ "value": ada, "type": "Device" }] }), "Device"),
        (
            json!({ "displayName": "a", "members": [{ "$ref": "https://x/Devices/1" }] }),
            "without the id",
        ),
    ];
    for (new, told) in cases {
        let (status, kind, detail) =
            scim_error(&edge.scim(Method::POST, "/Groups").json(&new).send());
        assert_eq!((status, kind.as_deref()), (400, Some("invalidValue")), "{new}");
        assert!(detail.contains(told), "{new}: {detail}");
    }
    assert_eq!(edge.get("/Groups")["totalResults"], 0);
}

#[test]
fn members_are_left_out_where_entra_says_so() {
    let edge = Edge::new();
    let ada = id(&edge.create("ada"));
    let group = id(&edge.create_group("Engines", &[&ada]));
    let read = edge.get(&format!("/Groups/{group}?excludedAttributes=members"));
    assert_eq!((&read["displayName"], read.get("members")), (&json!("Engines"), None));
    let list = edge.get("/Groups?excludedAttributes=members&filter=displayName+eq+%22ENGINES%22");
    assert_eq!(list["totalResults"], 1);
    assert_eq!(list["Resources"][0].get("members"), None);
}

#[test]
fn a_put_sets_all_members_and_changes_nothing_when_repeated() {
    let edge = Edge::new();
    let [ada, grace] = ["ada", "grace"].map(|name| id(&edge.create(name)));
    let group = edge.create_group("Engines", &[&ada]);
    let path = format!("/Groups/{}", id(&group));
    let put = |new: &Value| {
        let answer = edge.scim(Method::PUT, &path).json(new).send();
        assert_eq!(answer.status, StatusCode::OK, "{}", body(&answer));
        body(&answer)
    };
    assert_eq!(put(&group), group);
    let new =
        json!({ "displayName": "Engines", "members": [{ "value": grace, "display": "grace" }] });
    let changed = put(&new);
    assert_eq!(changed["members"][0]["value"], grace);
    assert_eq!(changed["meta"]["version"], "W/\"2\"");
    assert_eq!(put(&new), changed);
    assert_eq!(put(&json!({ "displayName": "Engines" })).get("members"), None);
    assert_eq!(edge.get(&format!("/Users/{grace}")).get("groups"), None);
}

#[test]
fn a_write_on_another_version_of_a_group_is_refused() {
    let edge = Edge::new();
    let group = id(&edge.create_group("Engines", &[]));
    let path = format!("/Groups/{group}");
    let rename =
        json!({ "Operations": [{ "op": "replace", "path": "displayName", "value": "E" }] });
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let new =
            if method == Method::PUT { json!({ "displayName": "E" }) } else { rename.clone() };
        let ask = edge.scim(method, &path).json(&new).header(header::IF_MATCH, "W/\"9\"");
        assert_eq!(scim_error(&ask.send()).0, 412);
    }
    let known = edge.scim(Method::GET, &path).header(header::IF_NONE_MATCH, "W/\"1\"").send();
    assert_eq!(known.status, StatusCode::NOT_MODIFIED);
    let ask = edge.scim(Method::PATCH, &path).json(&rename).header(header::IF_MATCH, "W/\"1\"");
    assert_eq!(ask.send().status, StatusCode::OK);
    assert_eq!(edge.scim(Method::DELETE, &path).send().status, StatusCode::NO_CONTENT);
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(scim_error(&edge.scim(method, &path).send()).0, 404);
    }
    assert_eq!(
        scim_error(&edge.patch_group("x", &json!([{ "op": "remove", "path": "members" }]))).0,
        404
    );
}

#[test]
fn a_user_shows_its_groups_and_its_version_follows_them() {
    let edge = Edge::new();
    let ada = id(&edge.create("ada"));
    let path = format!("/Users/{ada}");
    let mut versions = vec![edge.get(&path)["meta"]["version"].clone()];
    assert_eq!(versions[0], "W/\"1\"");
    let inner = id(&edge.create_group("Inner", &[&ada]));
    versions.push(edge.get(&path)["meta"]["version"].clone());
    let outer = id(&edge.create_group("Outer", &[&inner]));
    let user = edge.get(&path);
    versions.push(user["meta"]["version"].clone());
    let url = format!("https://edge.example{}", edge.scim_path);
    assert_eq!(
        user["groups"],
        json!([
            { "value": inner, "$ref": format!("{url}/Groups/{inner}"), "display": "Inner", "type": "direct" },
            { "value": outer, "$ref": format!("{url}/Groups/{outer}"), "display": "Outer", "type": "indirect" },
        ])
    );
    edge.patch_group(&outer, &json!([{ "op": "replace", "path": "displayName", "value": "Top" }]));
    versions.push(edge.get(&path)["meta"]["version"].clone());
    edge.patch_group(&outer, &json!([{ "op": "add", "path": "members", "value": ada }]));
    versions.push(edge.get(&path)["meta"]["version"].clone());
    let distinct: std::collections::BTreeSet<String> =
        versions.iter().map(|version| version.as_str().unwrap().to_owned()).collect();
    assert_eq!(distinct.len(), versions.len(), "{versions:?}");

    let present = versions.pop().unwrap();
    let present = present.as_str().unwrap();
    let read = edge.scim(Method::GET, &format!("{path}?attributes=userName")).send();
    assert_eq!(field(&read, header::ETAG), Some(present));
    assert_eq!(
        edge.get("/Users?excludedAttributes=groups")["Resources"][0]["meta"]["version"],
        present
    );
    let known = edge.scim(Method::GET, &path).header(header::IF_NONE_MATCH, present).send();
    assert_eq!(known.status, StatusCode::NOT_MODIFIED);
    let title =
        json!({ "Operations": [{ "op": "replace", "path": "title", "value": "Countess" }] });
    for (if_match, status) in [("W/\"1\"", 412), (present, 200), (present, 412)] {
        let ask = edge.scim(Method::PATCH, &path).json(&title).header(header::IF_MATCH, if_match);
        assert_eq!(ask.send().status, status);
    }
    let old = edge.scim(Method::DELETE, &path).header(header::IF_MATCH, present).send();
    assert_eq!(scim_error(&old).0, 412);
    let mut put = edge.get(&path);
    put["groups"] = json!([]);
    let answer = edge.scim(Method::PUT, &path).json(&put).send();
    assert_eq!(
        body(&answer)["groups"].as_array().unwrap().len(),
        2,
        "groups in a body are ignored"
    );
    assert_eq!(body(&answer)["meta"]["version"], put["meta"]["version"]);
}

#[test]
fn a_users_version_follows_what_becomes_of_the_groups_of_its_groups() {
    let edge = Edge::new();
    let ada = id(&edge.create("ada"));
    let [inner, middle, outer] =
        ["Inner", "Middle", "Outer"].map(|name| id(&edge.create_group(name, &[])));
    let members = |group: &str, op: &str, member: &str| {
        let operation = json!([{ "op": op, "path": "members", "value": [member] }]);
        assert_eq!(edge.patch_group(group, &operation).status, StatusCode::OK);
    };
    let mut known = edge.get(&format!("/Users/{ada}"))["meta"]["version"].clone();
    let steps = [
        (&inner, "add", &ada, true),
        (&middle, "add", &inner, true),
        (&outer, "add", &middle, true),
        (&outer, "add", &inner, false),
        (&outer, "remove", &inner, false),
        (&middle, "add", &ada, true),
        (&middle, "remove", &ada, true),
        (&outer, "remove", &middle, true),
        (&middle, "remove", &inner, true),
    ];
    for (group, op, member, differs) in steps {
        members(group, op, member);
        let path = format!("/Users/{ada}");
        let etag = known.as_str().unwrap();
        let status = if differs { StatusCode::OK } else { StatusCode::NOT_MODIFIED };
        let ask = || edge.scim(Method::GET, &path).header(header::IF_NONE_MATCH, etag);
        assert_eq!(ask().send().status, status, "{op} {member} to {group}");
        let user = edge.get(&path);
        assert_eq!(user["meta"]["version"] != known, differs);
        known = user["meta"]["version"].clone();
    }
    edge.create_group("Top", &[&inner]);
    let gone = edge.get(&format!("/Users/{ada}"))["meta"]["version"].clone();
    assert_eq!(edge.scim(Method::DELETE, &format!("/Groups/{inner}")).send().status, 204);
    assert_ne!(edge.get(&format!("/Users/{ada}"))["meta"]["version"], gone);
}

#[test]
fn a_member_who_is_nobody_here_is_shown_as_it_was_given() {
    let edge = Edge::new();
    let ada = id(&edge.create("ada"));
    let new = json!({ "displayName": "Engines", "members": [
        { "value": "fake-member-id", "type": "User", "$ref": "https://elsewhere.example/Users/fake-member-id" },
        { "value": "x/y", "display": "X", "type": "Device" },
        { "$ref": "../Groups/linked" },
        { "value": ada, "display": "Countess" },
    ] });
    let answer = edge.scim(Method::POST, "/Groups").json(&new).send();
    assert_eq!(answer.status, StatusCode::CREATED, "{}", body(&answer));
    let created = body(&answer);
    let url = format!("https://edge.example{}", edge.scim_path);
    let mut members = created["members"].as_array().unwrap().clone();
    members.sort_by_key(|member| member["value"].as_str().unwrap().to_owned());
    let mut expected = vec![
        json!({ "value": ada, "$ref": format!("{url}/Users/{ada}"), "display": "Countess", "type": "User" }),
        json!({ "value": "fake-member-id" }),
        json!({ "value": "linked" }),
        json!({ "value": "x/y", "display": "X" }),
    ];
    expected.sort_by_key(|member| member["value"].as_str().unwrap().to_owned());
    assert_eq!(members, expected);
    assert_eq!(edge.get(&format!("/Groups/{}", id(&created))), created);

    for by in ["members[value eq \"x/y\"]", "members[display eq \"X\"]", "members eq \"x/y\""] {
        assert_eq!(edge.found("/Groups", by), ["Engines"], "{by}");
        let scanned = format!("({by}) or displayName eq \"none\"");
        assert_eq!(edge.found("/Groups", &scanned), ["Engines"], "{by}");
    }
    assert_eq!(edge.found("/Groups", "members eq \"x\""), Vec::<String>::new());
    assert_eq!(edge.found("/Groups", "members eq \"FAKE-member-id\""), Vec::<String>::new());

    let remove = |operation: Value| {
        let answer = edge.patch_group(&id(&created), &json!([operation]));
        assert_eq!(answer.status, StatusCode::OK, "{}", body(&answer));
    };
    remove(json!({ "op": "remove", "path": "members[value eq \"x/y\"]" }));
    remove(json!({ "op": "remove", "path": "members", "value": [{ "value": "linked" }] }));
    remove(json!({ "op": "remove", "path": "members[value eq \"y\"]" }));
    let mut left = edge.member_ids(&id(&created));
    left.sort();
    let mut expected = [ada.as_str(), "fake-member-id"];
    expected.sort_unstable();
    assert_eq!(left, expected);
}

#[test]
fn a_refused_write_of_a_group_is_logged() {
    let edge = Edge::new();
    let group = edge.create_group("Engines", &[]);
    let taken = json!({ "displayName": "engines" });
    assert_eq!(scim_error(&edge.scim(Method::POST, "/Groups").json(&taken).send()).0, 409);
    let itself = json!([{ "op": "add", "path": "members", "value": [id(&group)] }]);
    assert_eq!(scim_error(&edge.patch_group(&id(&group), &itself)).0, 400);
    let events = body(&edge.owner(Method::GET, "/v1/teams/acme/events?limit=3").send());
    let of = |n: usize, name: &str| events["events"][n][name].clone();
    assert_eq!((of(0, "action"), of(0, "outcome")), (json!("group.update"), json!("refused")));
    assert_eq!(of(0, "subject"), json!({ "group_id": id(&group), "group_name": "Engines" }));
    assert!(of(0, "reason").as_str().unwrap().contains("cannot be in itself"));
    assert_eq!(
        (of(1, "action"), of(1, "subject")),
        (json!("group.create"), json!({ "group_name": "engines" }))
    );
    assert_eq!(of(2, "members"), json!({ "added": 0, "removed": 0 }));
}

#[test]
fn groups_let_nobody_in_and_change_no_role() {
    let edge = Edge::new();
    let ada = id(&edge.create("ada"));
    edge.create_group("owner", &[&ada]);
    let off = json!({ "Operations": [{ "op": "replace", "path": "active", "value": false }] });
    edge.scim(Method::PATCH, &format!("/Users/{ada}")).json(&off).send();
    assert!(matches!(edge.knock("ada@example.com"), Outcome::Answer(_)));
    let user = edge.get(&format!("/Users/{ada}"));
    assert_eq!((&user["active"], &user["groups"][0]["display"]), (&json!(false), &json!("owner")));
    let on = json!({ "Operations": [{ "op": "replace", "path": "active", "value": true }] });
    edge.scim(Method::PATCH, &format!("/Users/{ada}")).json(&on).send();
    let member = body(&edge.owner(Method::GET, "/v1/teams/acme/members/ada@example.com").send());
    assert_eq!(member["role"], "member");
}

#[test]
fn groups_outlive_that_scim_is_switched_off_and_on() {
    let mut edge = Edge::new();
    let ada = id(&edge.create("ada"));
    let group = id(&edge.create_group("Engines", &[&ada]));
    edge.owner(Method::DELETE, "/v1/teams/acme/scim").send();
    (edge.scim_path, edge.token) = edge.enable("acme");
    assert_eq!(edge.member_ids(&group), [ada.as_str()]);
    assert_eq!(edge.get(&format!("/Users/{ada}"))["groups"][0]["value"], group);
}
