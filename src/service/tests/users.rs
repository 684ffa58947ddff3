use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_created_user_can_be_read_back_as_it_was_written() {
    let edge = Edge::new();
    let mut new = user("ada");
    new["title"] = json!("Countess");
    new["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"] =
        json!({ "department": "R&D" });
    new["urn:example:custom"] = json!({ "shoe": 38 });
    let answer = edge.scim(Method::POST, "/Users").json(&new).send();
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(field(&answer, header::CONTENT_TYPE), Some("application/scim+json"));
    let created = body(&answer);
    let id = created["id"].as_str().unwrap();
    let location = format!("https://edge.example{}/Users/{id}", edge.scim_path);
    assert_eq!(field(&answer, header::LOCATION), Some(location.as_str()));
    assert_eq!(created["meta"]["location"], location.as_str());
    assert_eq!(created["meta"]["version"], "W/\"1\"");
    assert_eq!(field(&answer, header::ETAG), Some("W/\"1\""));
    assert_eq!(created["active"], true);

    let answer = edge.scim(Method::GET, &format!("/Users/{id}")).send();
    assert_eq!(answer.status, StatusCode::OK);
    let read = body(&answer);
    assert_eq!(read, created);
    for (key, value) in new.as_object().unwrap() {
        if key != "schemas" {
            assert_eq!(&read[key], value, "{key}");
        }
    }
}

#[test]
fn the_life_of_a_member_as_okta_and_entra_drive_it() {
    let edge = Edge::new();
    let created = edge.create("ada");
    let path = format!("/Users/{}", created["id"].as_str().unwrap());

    let answer = edge.scim(Method::POST, "/Users").json(&user("ada")).send();
    assert_eq!(scim_error(&answer).0, 409);
    assert_eq!(scim_error(&answer).1.as_deref(), Some("uniqueness"));

    let entra = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "Replace", "path": "active", "value": "False" }] });
    let okta = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "value": { "active": false } }] });
    let mut put = created.clone();
    put["active"] = json!(false);
    for (method, off) in [(Method::PATCH, entra), (Method::PATCH, okta), (Method::PUT, put)] {
        let answer = edge.scim(method, &path).json(&off).send();
        assert_eq!(answer.status, StatusCode::OK, "{}", body(&answer));
        assert_eq!(body(&answer)["active"], false);
        assert_eq!(body(&edge.scim(Method::GET, &path).send())["active"], false);
        assert!(matches!(edge.knock("ada@example.com"), Outcome::Answer(_)));

        let answer = edge.scim(Method::POST, "/Users").json(&user("ada")).send();
        assert_eq!(answer.status, StatusCode::CREATED);
        assert_eq!(body(&answer)["id"], created["id"]);
        assert!(matches!(edge.knock("ada@example.com"), Outcome::Forward(Some(_))));
    }

    let answer = edge.scim(Method::DELETE, &path).send();
    assert_eq!((answer.status, answer.body.len()), (StatusCode::NO_CONTENT, 0));
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(scim_error(&edge.scim(method, &path).send()).0, 404);
    }
}

#[test]
fn put_without_active_does_not_deactivate() {
    let edge = Edge::new();
    let created = edge.create("ada");
    let path = format!("/Users/{}", created["id"].as_str().unwrap());
    let mut new = user("ada");
    new["title"] = json!("Countess");
    let answer = edge.scim(Method::PUT, &path).json(&new).send();
    assert_eq!(body(&answer)["active"], true);
    assert_eq!(body(&answer)["title"], "Countess");
    assert_eq!(body(&answer)["meta"]["version"], "W/\"2\"");
    let again = edge.scim(Method::PUT, &path).json(&new).send();
    assert_eq!(body(&again), body(&answer));
}

#[test]
fn patch_that_removes_active_shows_it_no_more_and_leaves_the_membership_as_it_is() {
    let edge = Edge::new();
    let path = format!("/Users/{}", edge.create("ada")["id"].as_str().unwrap());
    let patch = |operation| {
        let answer =
            edge.scim(Method::PATCH, &path).json(&json!({ "Operations": [operation] })).send();
        assert_eq!(answer.status, StatusCode::OK, "{}", body(&answer));
        body(&answer)
    };
    for active in [true, false] {
        let before = patch(json!({ "op": "replace", "path": "active", "value": active }));
        let after = patch(json!({ "op": "remove", "path": "active" }));
        assert_eq!((after.get("active"), &before["active"]), (None, &json!(active)));
        assert_eq!(matches!(edge.knock("ada@example.com"), Outcome::Forward(Some(_))), active);
        let filter = format!("/Users?filter=active+eq+{active}");
        assert_eq!(body(&edge.scim(Method::GET, &filter).send())["totalResults"], 1, "still found");
        let put = edge.scim(Method::PUT, &path).json(&after).send();
        assert_eq!(body(&put), after, "a PUT of what is shown changes nothing");
    }
}

#[test]
fn an_owner_is_refused_with_a_reason_and_logged() {
    let edge = Edge::new();
    let owner = edge.create("owner");
    let path = format!("/Users/{}", owner["id"].as_str().unwrap());
    let off = json!({ "Operations": [
        { "op": "replace", "path": "title", "value": "Nobody" },
        { "op": "replace", "path": "active", "value": false },
    ] });
    let refusals = [
        edge.scim(Method::PATCH, &path).json(&off).send(),
        edge.scim(Method::DELETE, &path).send(),
    ];
    for refusal in &refusals {
        let (status, _, detail) = scim_error(refusal);
        assert_eq!(status, 403);
        assert!(detail.contains("owner"), "{detail}");
    }
    assert_eq!(body(&edge.scim(Method::GET, &path).send()), owner);
    assert!(matches!(edge.knock(OWNER), Outcome::Forward(Some(_))));

    let events = body(&edge.owner(Method::GET, "/v1/teams/acme/events?limit=2").send());
    for (event, action) in
        events["events"].as_array().unwrap().iter().zip(["user.delete", "user.deactivate"])
    {
        assert_eq!(event["outcome"], "refused");
        assert_eq!(event["action"], action);
        assert_eq!(event["subject"]["email"], OWNER);
        assert!(event["reason"].as_str().unwrap().contains("owner"));
    }
}

#[test]
fn users_are_found_by_every_index_and_by_other_attributes() {
    let edge = Edge::new();
    let ada = edge.create("ada");
    edge.create("grace");
    let id = ada["id"].as_str().unwrap();
    let filters = [
        "userName eq \"ADA@example.com\"".to_owned(),
        "externalId eq \"ext-ada\"".to_owned(),
        "externalId eq ext-ada".to_owned(),
        "emails.value eq \"ada@EXAMPLE.com\"".to_owned(),
        "emails[type eq \"work\" and value eq \"ada@example.com\"]".to_owned(),
        format!("id eq \"{id}\""),
        "userName eq \"ada@example.com\" and active eq true".to_owned(),
        "name.givenName eq \"ADA\"".to_owned(),
    ];
    for filter in filters {
        let query: String =
            form_urlencoded::Serializer::new(String::new()).append_pair("filter", &filter).finish();
        let list = body(&edge.scim(Method::GET, &format!("/Users?{query}&")).send());
        assert_eq!(list["totalResults"], 1, "{filter}");
        assert_eq!(list["Resources"][0]["id"], id, "{filter}");
    }
    let query = "filter=userName+eq+%22nobody%40example.com%22";
    let list = body(&edge.scim(Method::GET, &format!("/Users?{query}")).send());
    assert_eq!(list["totalResults"], 0);
    assert_eq!(list["Resources"], json!([]));
    let anded = "filter=userName+eq+%22ada%40example.com%22+and+active+eq+false";
    let list = body(&edge.scim(Method::GET, &format!("/Users?{anded}")).send());
    assert_eq!(list["totalResults"], 0);
    let wrong_case = "filter=externalId%20eq%20%22EXT-ADA%22";
    let list = body(&edge.scim(Method::GET, &format!("/Users?{wrong_case}")).send());
    assert_eq!(list["totalResults"], 0);
}

#[test]
fn pages_cover_all_users_once() {
    let edge = Edge::new();
    for n in 0..7 {
        edge.create(&format!("user{n}"));
    }
    let mut seen = Vec::new();
    for start in [1, 4, 7] {
        let list =
            body(&edge.scim(Method::GET, &format!("/Users?startIndex={start}&count=3")).send());
        assert_eq!(list["totalResults"], 7);
        assert_eq!(list["startIndex"], start);
        let page = list["Resources"].as_array().unwrap();
        assert_eq!(list["itemsPerPage"], page.len());
        seen.extend(page.iter().map(|user| user["userName"].as_str().unwrap().to_owned()));
    }
    let expected: Vec<String> = (0..7).map(|n| format!("user{n}@example.com")).collect();
    assert_eq!(seen, expected);
    let none = body(&edge.scim(Method::GET, "/Users?count=0").send());
    assert_eq!((none["totalResults"].clone(), none["Resources"].clone()), (json!(7), json!([])));
}

#[test]
fn a_version_that_the_client_has_not_seen_is_not_overwritten() {
    let edge = Edge::new();
    let created = edge.create("ada");
    let path = format!("/Users/{}", created["id"].as_str().unwrap());
    let mut new = user("ada");
    new["title"] = json!("Countess");
    for method in [Method::PUT, Method::DELETE] {
        let ask = edge.scim(method, &path).json(&new).header(header::IF_MATCH, "W/\"7\"");
        assert_eq!(scim_error(&ask.send()).0, 412);
    }
    let ask = edge.scim(Method::PUT, &path).json(&new).header(header::IF_MATCH, "W/\"1\"");
    assert_eq!(ask.send().status, StatusCode::OK);
    let ask = edge.scim(Method::GET, &path).header(header::IF_NONE_MATCH, "W/\"2\"");
    let answer = ask.send();
    assert_eq!((answer.status, answer.body.len()), (StatusCode::NOT_MODIFIED, 0));
    let ask = edge.scim(Method::GET, &path).header(header::IF_NONE_MATCH, "W/\"1\"");
    assert_eq!(ask.send().status, StatusCode::OK);
}

#[test]
fn attributes_can_be_chosen() {
    let edge = Edge::new();
    let id = edge.create("ada")["id"].clone();
    let path = format!("/Users/{}?attributes=userName", id.as_str().unwrap());
    let shown = body(&edge.scim(Method::GET, &path).send());
    let mut keys: Vec<&String> = shown.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["id", "schemas", "userName"]);
}

#[test]
fn discovery_is_read_only_and_needs_the_token() {
    let edge = Edge::new();
    let user_schema = "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User";
    for path in
        ["/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/User", "/Schemas", user_schema]
    {
        assert_eq!(edge.scim(Method::GET, path).send().status, StatusCode::OK, "{path}");
        let answer = edge.scim(Method::POST, path).json(&json!({})).send();
        assert_eq!(scim_error(&answer).0, 405);
        assert_eq!(field(&answer, header::ALLOW), Some("GET"));
        let answer = edge.ask(Method::GET, &format!("{}{path}", edge.scim_path)).send();
        assert_eq!(scim_error(&answer).0, 401);
    }
    assert_eq!(scim_error(&edge.scim(Method::GET, "/Schemas/urn:none").send()).0, 404);
    assert_eq!(scim_error(&edge.scim(Method::GET, "/Schemas?filter=id+pr").send()).0, 403);
}

#[test]
fn an_address_that_stays_is_no_change_of_address() {
    // The account's spelling is another than the identity provider's.
    let edge = Edge::new();
    let answer = edge
        .platform(Method::PUT, "/v1/teams/acme/members/Ada%40Example.com")
        .json(&json!({ "role": "admin" }))
        .send();
    assert_eq!(answer.status, StatusCode::CREATED);
    let created = edge.create("ada");
    let path = format!("/Users/{}", created["id"].as_str().unwrap());
    let patch = json!({ "Operations": [{ "op": "add", "path": "nickName", "value": "A" }] });
    assert_eq!(edge.scim(Method::PATCH, &path).json(&patch).send().status, StatusCode::OK);
    let account = body(&edge.platform(Method::GET, "/v1/accounts/ada%40example.com").send());
    assert_eq!(account["email"], "Ada@Example.com");
}

#[test]
fn the_longest_names_can_be_kept_and_found() {
    let edge = Edge::new();
    let long = "\u{1F600}".repeat(256);
    let mut new = user("ada");
    new["userName"] = json!(long);
    new["externalId"] = json!(long);
    let answer = edge.scim(Method::POST, "/Users").json(&new).send();
    assert_eq!(answer.status, StatusCode::CREATED, "{}", body(&answer));
    for name in ["userName", "externalId"] {
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("filter", &format!("{name} eq \"{long}\""))
            .finish();
        let list = body(&edge.scim(Method::GET, &format!("/Users?{query}")).send());
        assert_eq!(list["totalResults"], 1, "{name}");
    }
}

#[test]
fn a_profile_write_does_not_undo_a_change_of_address_by_a_team_that_has_the_say() {
    let edge = Edge::new();
    let ours = edge.create("ada");
    let other = json!({ "name": "Other", "sso": { "type": "oidc" }, "owners": [OWNER],
        "verified_domains": ["example.com"] });
    edge.platform(Method::PUT, "/v1/teams/other").json(&other).send();
    let (path, token) = edge.enable("other");
    let theirs = edge.ask(Method::POST, &format!("{path}/Users")).bearer(&token).json(&user("ada"));
    let id = body(&theirs.send())["id"].as_str().unwrap().to_owned();
    let mut married = user("ada");
    married["emails"][0]["value"] = json!("ada.king@example.com");
    let put = edge.ask(Method::PUT, &format!("{path}/Users/{id}")).bearer(&token).json(&married);
    assert_eq!(put.send().status, StatusCode::OK);

    let path = format!("/Users/{}", ours["id"].as_str().unwrap());
    let mut titled = user("ada");
    titled["title"] = json!("Countess");
    assert_eq!(edge.scim(Method::PUT, &path).json(&titled).send().status, StatusCode::OK);
    let account = edge.platform(Method::GET, "/v1/accounts/ada.king%40example.com").send();
    assert_eq!(account.status, StatusCode::OK);
}
