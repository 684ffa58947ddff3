use super::bad_input::state;
use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

impl Edge {
    fn bulk(&self, request: &Value) -> Response {
        self.scim(Method::POST, "/Bulk").json(request).send()
    }

    /// The results of operations of which each is answered.
    fn results(&self, operations: &Value) -> Vec<Value> {
        let request = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": operations,
        });
        let answer = self.bulk(&request);
        assert_eq!(answer.status, StatusCode::OK, "{}", body(&answer));
        assert_eq!(field(&answer, header::CONTENT_TYPE), Some("application/scim+json"));
        let answer = body(&answer);
        let schema = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
        assert_eq!(answer["schemas"], json!([schema]));
        answer["Operations"].as_array().unwrap().clone()
    }

    fn read(&self, id: &str) -> Value {
        body(&self.scim(Method::GET, &format!("/Users/{id}")).send())
    }

    fn total(&self) -> u64 {
        body(&self.scim(Method::GET, "/Users").send())["totalResults"].as_u64().unwrap()
    }
}

fn post(name: &str) -> Value {
    json!({ "method": "POST", "path": "/Users", "bulkId": name, "data": user(name) })
}

/// A POST of somebody whose manager is `manager`.
fn managed(name: &str, manager: &str) -> Value {
    let mut post = post(name);
    post["data"][ENTERPRISE] = json!({ "manager": { "value": manager } });
    post
}

fn id_of(result: &Value) -> String {
    result["location"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

/// The status, `scimType` and `detail` of an operation that failed.
fn failure(result: &Value) -> (&str, Option<&str>, &str) {
    let error = &result["response"];
    assert_eq!(error["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
    assert_eq!(error["status"], result["status"]);
    let status = result["status"].as_str().unwrap();
    (status, error["scimType"].as_str(), error["detail"].as_str().unwrap())
}

#[test]
fn bulk_does_every_operation_and_tells_of_each() {
    let edge = Edge::new();
    let ids: Vec<String> = ["put", "patch", "delete"]
        .map(|name| edge.create(name)["id"].as_str().unwrap().into())
        .into();
    let results = edge.results(&json!([
        post("ada"),
        { "method": "put", "path": format!("/Users/{}", ids[0]), "bulkId": "p", "data": { "userName": "put@example.com", "title": "New" } },
        { "method": "Patch", "path": format!("Users/{}", ids[1]), "version": "W/\"1\"",
          "data": { "Operations": [{ "op": "replace", "path": "title", "value": "Newer" }] } },
        { "method": "DELETE", "path": format!("/Users/{}", ids[2]) },
    ]));
    let base = format!("https://edge.example{}", edge.scim_path);
    let location = |id: &str| format!("{base}/Users/{id}");
    let ada = id_of(&results[0]);
    assert_eq!(
        results,
        [
            json!({ "method": "POST", "bulkId": "ada", "status": "201", "version": "W/\"1\"", "location": location(&ada) }),
            json!({ "method": "PUT", "bulkId": "p", "status": "200", "version": "W/\"2\"", "location": location(&ids[0]) }),
            json!({ "method": "PATCH", "status": "200", "version": "W/\"2\"", "location": location(&ids[1]) }),
            json!({ "method": "DELETE", "status": "204", "location": location(&ids[2]) }),
        ]
    );
    assert_eq!(edge.read(&ada)["userName"], "ada@example.com");
    assert_eq!(edge.read(&ids[0])["title"], "New");
    assert_eq!(edge.read(&ids[1])["title"], "Newer");
    assert_eq!(edge.read(&ids[2])["status"], "404");
    assert!(matches!(edge.knock("ada@example.com"), Outcome::Forward(Some(_))));
    let events = body(&edge.owner(Method::GET, "/v1/teams/acme/events").send());
    let actions = events.to_string().matches("user.create").count();
    assert_eq!(actions, 4, "an event for each: {events}");
}

#[test]
fn an_operation_that_fails_leaves_the_others_alone() {
    let edge = Edge::new();
    let grace = edge.create("grace")["id"].as_str().unwrap().to_owned();
    let path = format!("/Users/{grace}");
    let missing = "/Users/01970000-0000-7000-8000-000000000000";
    let data = user("grace");
    let results = edge.results(&json!([
        post("grace"),
        { "method": "PUT", "path": path, "version": "W/\"7\"", "data": data },
        { "method": "DELETE", "path": missing },
        { "method": "POST", "path": path, "bulkId": "there", "data": data },
        { "method": "DELETE", "path": "/Users" },
        { "method": "POST", "path": "/Users", "bulkId": "blank", "data": {} },
        { "method": "PUT", "path": path, "version": "\u{e9}\n", "data": data },
        post("ada"),
    ]));
    let failures: Vec<_> = results[..7].iter().map(failure).collect();
    let codes: Vec<_> =
        failures.iter().map(|(status, scim_type, _)| (*status, *scim_type)).collect();
    assert_eq!(
        codes,
        [
            ("409", Some("uniqueness")),
            ("412", None),
            ("404", None),
            ("405", None),
            ("405", None),
            ("400", Some("invalidValue")),
            ("400", Some("invalidValue")),
        ]
    );
    assert_eq!(results[0].get("location"), None, "a POST that failed made nothing");
    assert_eq!(results[1]["location"], format!("https://edge.example{}{path}", edge.scim_path));
    assert_eq!(results[7]["status"], "201");
    assert_eq!(edge.read(&grace)["meta"]["version"], "W/\"1\"");
    assert_eq!(edge.total(), 2);
}

#[test]
fn bulk_changes_users_and_groups_of_its_own_endpoint_only() {
    let edge = Edge::new();
    edge.put_team("other");
    let (other, _) = edge.enable("other");
    let before = state(&edge);
    let paths = [
        "/Bulk",
        "/Me",
        "/Users/.search",
        "/.search",
        "/",
        "",
        "/Nothing",
        "/users",
        "/Schemas",
        "/Users/x/y",
        "/Users?attributes=id",
        "/Users#x",
        "/Users/../Users",
        "/Users/%2e%2e/Users",
        "///Users",
        "https://edge.example/Users",
        "\u{0}/Users",
        &format!("{other}/Users"),
        &format!("../{}/Users", other.rsplit('/').next().unwrap()),
    ];
    for path in paths {
        let request = json!({ "method": "POST", "path": path, "bulkId": "a", "data": user("ada") });
        // U+0000 is nowhere in a body.
        if path.starts_with('\0') {
            let request = json!({ "Operations": [request] });
            assert_eq!(scim_error(&edge.bulk(&request)).1.as_deref(), Some("invalidSyntax"));
            continue;
        }
        let results = edge.results(&json!([request]));
        let (status, scim_type, detail) = failure(&results[0]);
        assert_eq!((status, scim_type), ("400", Some("invalidValue")), "{path}: {detail}");
        assert!(detail.starts_with("path: "), "{path}: {detail}");
    }
    assert_eq!(state(&edge), before);
}

#[test]
fn references_are_the_ids_of_what_the_request_makes() {
    let edge = Edge::new();
    let results = edge.results(&json!([
        managed("ada", "bulkId:boss"),
        { "method": "PATCH", "path": "/Users/bulkId:ada", "data": { "Operations": [
            { "op": "add", "path": "profileUrl", "value": "https://x.example/bulkId:boss" },
        ] } },
        { "method": "PATCH", "path": "/Users/bulkId:boss", "data": { "Operations": [
            { "op": "add", "path": "title", "value": "Boss" },
        ] } },
        post("boss"),
        { "method": "DELETE", "path": "/Users/bulkId:boss" },
    ]));
    let statuses: Vec<&str> = results.iter().map(|r| r["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["201", "200", "200", "201", "204"]);
    let (ada, boss) = (id_of(&results[0]), id_of(&results[3]));
    assert_eq!(edge.read(&ada)[ENTERPRISE]["manager"]["value"], boss);
    assert_eq!(edge.read(&ada)["profileUrl"], format!("https://x.example/{boss}"));
    assert_eq!(results[2]["location"], results[3]["location"]);
    assert_eq!(id_of(&results[1]), ada);
    assert_eq!(edge.total(), 1, "the boss is gone again");
}

#[test]
fn a_reference_into_the_void_fails_alone() {
    let edge = Edge::new();
    edge.create("grace");
    let results = edge.results(&json!([
        managed("ada", "bulkId:nobody"),
        post("grace"),
        managed("eve", "bulkId:grace"),
        { "method": "DELETE", "path": "/Users/bulkId:eve" },
        post("linus"),
    ]));
    let (status, scim_type, detail) = failure(&results[0]);
    assert_eq!((status, scim_type), ("400", Some("invalidValue")));
    assert!(detail.contains("\"nobody\""), "{detail}");
    assert_eq!(failure(&results[1]).1, Some("uniqueness"));
    for (result, id) in [(&results[2], "\"grace\""), (&results[3], "\"eve\"")] {
        let (status, scim_type, detail) = failure(result);
        assert_eq!((status, scim_type), ("409", None));
        assert!(detail.contains(id), "{detail}");
    }
    assert_eq!(results[4]["status"], "201");
    assert_eq!(edge.total(), 2);
}

#[test]
fn bulk_stops_after_as_many_errors_as_the_client_says() {
    let edge = Edge::new();
    edge.create("grace");
    let operations = json!([post("ada"), post("grace"), post("eve"), post("Grace"), post("linus")]);
    let processed = |limit: u64| {
        let answer = edge.bulk(&json!({ "failOnErrors": limit, "Operations": operations }));
        assert_eq!(answer.status, StatusCode::OK);
        body(&answer)["Operations"].as_array().unwrap().len()
    };
    assert_eq!(processed(1), 2);
    assert_eq!(edge.total(), 2);
    // Ada is there by now.
    assert_eq!(processed(3), 4);
    assert_eq!(processed(100), 5);
    assert_eq!(edge.total(), 4);
}

#[test]
fn a_token_that_is_rotated_in_between_stops_the_rest() {
    let edge = Edge::new();
    let operations: Vec<Value> = (0..20).map(|n| post(&format!("user{n}"))).collect();
    let ask = edge.scim(Method::POST, "/Bulk").json(&json!({ "Operations": operations }));
    let mut bulk = Box::pin(edge.service.handle(&ask.request));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    edge.service.host().hold_pauses();
    let made = (0..1_000).find_map(|_| {
        assert!(bulk.as_mut().poll(&mut context).is_pending(), "others get their turn");
        Some(edge.total()).filter(|made| *made > 0)
    });
    let made = made.expect("something is made");
    assert!(made < 20, "{made}");
    assert_eq!(
        edge.owner(Method::POST, "/v1/teams/acme/scim/rotate").send().status,
        StatusCode::OK
    );
    let answer = loop {
        if let std::task::Poll::Ready(Outcome::Answer(answer)) = bulk.as_mut().poll(&mut context) {
            break answer;
        }
    };
    let results = body(&answer)["Operations"].as_array().unwrap().clone();
    let statuses: Vec<&str> = results.iter().map(|r| r["status"].as_str().unwrap()).collect();
    let made = usize::try_from(made).unwrap();
    assert_eq!(statuses[..made], vec!["201"; made]);
    assert_eq!(statuses[made..], vec!["401"; 20 - made]);
}

#[test]
fn a_bulk_request_is_admitted_like_any_other() {
    let edge = Edge::new();
    let before = state(&edge);
    let path = format!("{}/Bulk", edge.scim_path);
    let request = json!({ "Operations": [post("ada")] });
    assert_eq!(scim_error(&edge.ask(Method::POST, &path).json(&request).send()).0, 401);
    assert_eq!(scim_error(&edge.scim(Method::GET, "/Bulk").send()).0, 405);
    let text = request.to_string();
    let typed =
        |media_type| edge.scim(Method::POST, "/Bulk").body(media_type, text.as_bytes()).send();
    assert_eq!(scim_error(&typed("text/plain")).0, 415);
    let large = vec![b' '; BODY_MAX + 1];
    let answer = edge.scim(Method::POST, "/Bulk").body("application/json", &large).send();
    assert_eq!(scim_error(&answer).0, 413);
    assert_eq!(state(&edge), before);
    assert_eq!(typed("application/json").status, StatusCode::OK);
}

#[test]
fn users_who_refer_to_each_other_are_made_together() {
    let edge = Edge::new();
    let results = edge.results(&json!([
        managed("linus", "bulkId:ada"),
        managed("ada", "bulkId:eve"),
        managed("eve", "bulkId:ada"),
        managed("self", "bulkId:self"),
    ]));
    let statuses: Vec<&str> = results.iter().map(|r| r["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["201"; 4], "{results:?}");
    let ids: Vec<String> = results.iter().map(id_of).collect();
    for (user, manager) in [(0, 1), (1, 2), (2, 1), (3, 3)] {
        let read = edge.read(&ids[user]);
        assert_eq!(read[ENTERPRISE]["manager"]["value"], ids[manager], "{read}");
        assert_eq!(read["meta"]["version"], results[user]["version"]);
        assert_eq!(read["active"], true);
    }
    assert_eq!(edge.total(), 4);
}

#[test]
fn of_users_who_refer_to_each_other_all_are_made_or_none() {
    let edge = Edge::new();
    edge.create("grace");
    let kept = || -> Vec<(String, Vec<u8>)> {
        state(&edge).into_iter().filter(|(key, _)| !key.contains("/events/")).collect()
    };
    let before = kept();
    let results = edge.results(&json!([
        managed("ada", "bulkId:grace"),
        managed("eve", "bulkId:ada"),
        managed("grace", "bulkId:eve"),
        managed("linus", "bulkId:ada"),
    ]));
    assert_eq!(failure(&results[2]).1, Some("uniqueness"));
    for result in [&results[0], &results[1], &results[3]] {
        assert_eq!((failure(result).0, result.get("location")), ("409", None));
    }
    assert_eq!(kept(), before);
    let events = body(&edge.owner(Method::GET, "/v1/teams/acme/events").send());
    assert_eq!(events.to_string().matches("refused").count(), 1, "{events}");
}

#[test]
fn a_circle_that_cannot_be_made_is_refused_before_anything_is_done() {
    let edge = Edge::new();
    let before = state(&edge);
    let group = |name: &str, member: &str| {
        json!({ "method": "POST", "path": "/Groups", "bulkId": name, "data": {
            "displayName": name, "members": [{ "value": member, "type": "Group" }],
        } })
    };
    let answer = edge.bulk(&json!({ "Operations": [
        post("linus"), group("a", "bulkId:b"), group("b", "bulkId:a"),
    ] }));
    let (status, scim_type, detail) = scim_error(&answer);
    assert_eq!((status, scim_type), (409, None));
    assert!(detail.contains("\"a\", \"b\""), "{detail}");
    assert_eq!(state(&edge), before);
}

#[test]
fn nobody_is_me() {
    let edge = Edge::new();
    let before = state(&edge);
    for method in
        [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::HEAD]
    {
        for path in ["/Me", "/Me/", "/Me/x"] {
            let (status, scim_type, detail) =
                scim_error(&edge.scim(method.clone(), path).json(&user("me")).send());
            assert_eq!((status, scim_type), (501, None), "{method} {path}");
            assert!(detail.contains("/Me"), "{detail}");
        }
    }
    let path = format!("{}/Me", edge.scim_path);
    assert_eq!(scim_error(&edge.ask(Method::GET, &path).send()).0, 401);
    assert_eq!(state(&edge), before);
}
