//! Lists and searches of real users. What holds for lists of any type is tested in `service::scim::list`.

use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

fn edge(names: &[&str]) -> Edge {
    let edge = Edge::new();
    for name in names {
        edge.create(name);
    }
    edge
}

fn get(edge: &Edge, path: &str) -> Response {
    edge.scim(Method::GET, path).send()
}

fn search(edge: &Edge, path: &str, request: &Value) -> Response {
    edge.scim(Method::POST, &format!("{path}/.search")).json(request).send()
}

/// The local parts of the `userName`s on a page.
fn names(answer: &Response) -> Vec<String> {
    assert_eq!(answer.status, StatusCode::OK, "{}", body(answer));
    assert_eq!(field(answer, header::CONTENT_TYPE), Some("application/scim+json"));
    let page = body(answer);
    assert_eq!(page["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"]));
    assert_eq!(page["itemsPerPage"], page["Resources"].as_array().unwrap().len());
    let users = page["Resources"].as_array().unwrap().iter();
    let name =
        |user: &Value| user["userName"].as_str().unwrap().split('@').next().unwrap().to_owned();
    users.map(name).collect()
}

#[test]
fn users_come_in_the_order_that_is_asked_for() {
    let edge = edge(&["bob", "Eve", "ada", "Dan"]);
    let mut carol = user("carol");
    carol["title"] = json!("Countess");
    carol["active"] = json!(false);
    let carol = body(&edge.scim(Method::POST, "/Users").json(&carol).send());
    let path = format!("/Users/{}", carol["id"].as_str().unwrap());
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let patch = json!({ "Operations": [{ "op": "add", "path": format!("{enterprise}:department"), "value": "R" }] });
    assert_eq!(edge.scim(Method::PATCH, &path).json(&patch).send().status, StatusCode::OK);
    for (query, expected) in [
        ("", ["bob", "Eve", "ada", "Dan", "carol"]),
        ("sortBy=id", ["bob", "Eve", "ada", "Dan", "carol"]),
        ("sortBy=meta.created&sortOrder=DESCENDING", ["carol", "Dan", "ada", "Eve", "bob"]),
        ("sortBy=userName", ["ada", "bob", "carol", "Dan", "Eve"]),
        ("sortBy=emails", ["ada", "bob", "carol", "Dan", "Eve"]),
        ("sortBy=externalId", ["Dan", "Eve", "ada", "bob", "carol"]),
        ("sortBy=name.givenName&sortOrder=descending", ["Eve", "Dan", "carol", "bob", "ada"]),
        ("sortBy=title", ["carol", "bob", "Eve", "ada", "Dan"]),
        ("sortBy=title&sortOrder=descending", ["bob", "Eve", "ada", "Dan", "carol"]),
        ("sortBy=active", ["carol", "bob", "Eve", "ada", "Dan"]),
        ("sortBy=meta.version&sortOrder=descending", ["carol", "bob", "Eve", "ada", "Dan"]),
        ("sortBy=meta.lastModified&sortOrder=descending", ["carol", "Dan", "ada", "Eve", "bob"]),
        (
            "sortBy=urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
            ["carol", "bob", "Eve", "ada", "Dan"],
        ),
    ] {
        assert_eq!(names(&get(&edge, &format!("/Users?{query}"))), expected, "{query}");
    }
}

#[test]
fn what_a_list_cannot_be_asked_for_is_refused() {
    let edge = edge(&["ada"]);
    for (query, scim_type, word) in [
        ("sortBy=shoeSize", "invalidValue", "shoeSize"),
        ("sortBy=name", "invalidValue", "name"),
        ("sortBy=password", "invalidValue", "password"),
        ("sortBy=userName&sortOrder=up", "invalidValue", "sortOrder"),
        ("cursor=&startIndex=1", "invalidValue", "together"),
        ("cursor=x", "invalidCursor", "cursor"),
        ("cursor=%ff%00", "invalidCursor", "cursor"),
        ("cursor=&count=0", "invalidCount", "count"),
        ("cursor=&count=x", "invalidCount", "count"),
    ] {
        let (status, actual, detail) = scim_error(&get(&edge, &format!("/Users?{query}")));
        assert_eq!((status, actual.as_deref()), (400, Some(scim_type)), "{query}: {detail}");
        assert!(detail.contains(word), "{query}: {detail}");
    }
}

#[test]
fn who_is_created_or_deleted_between_pages_moves_nobody_else() {
    let edge = edge(&["a", "b", "c", "d", "e"]);
    let remove = |name: &str| {
        let filter = format!("/Users?filter=userName+eq+%22{name}%40example.com%22");
        let found = body(&get(&edge, &filter));
        let id = found["Resources"][0]["id"].as_str().unwrap();
        let answer = edge.scim(Method::DELETE, &format!("/Users/{id}")).send();
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
    };
    let first = get(&edge, "/Users?cursor&count=2");
    assert_eq!(names(&first), ["a", "b"]);
    assert_eq!(body(&first)["totalResults"], 5);
    let next = body(&first)["nextCursor"].as_str().unwrap().to_owned();
    remove("b");
    remove("d");
    edge.create("f");
    let second = get(&edge, &format!("/Users?cursor={next}&count=2"));
    assert_eq!(
        (names(&second), &body(&second)["totalResults"]),
        (vec!["c".into(), "e".into()], &json!(4))
    );
    let next = body(&second)["nextCursor"].as_str().unwrap().to_owned();
    let last = get(&edge, &format!("/Users?cursor={next}&count=2"));
    assert_eq!(names(&last), ["f"]);
    assert_eq!(body(&last).get("nextCursor"), None);
    assert_eq!(body(&last).get("startIndex"), None);
}

#[test]
fn a_cursor_is_of_one_endpoint_and_one_scope() {
    let edge = edge(&["a", "b"]);
    edge.put_team("other");
    let (other_path, other_token) = edge.enable("other");
    let next =
        body(&get(&edge, "/Users?cursor=&count=1"))["nextCursor"].as_str().unwrap().to_owned();
    let other =
        edge.ask(Method::GET, &format!("{other_path}/Users?cursor={next}")).bearer(&other_token);
    assert_eq!(scim_error(&other.send()).1.as_deref(), Some("invalidCursor"));
    assert_eq!(
        scim_error(&get(&edge, &format!("?cursor={next}"))).1.as_deref(),
        Some("invalidCursor")
    );
    // By which method it is asked for makes no difference.
    let found = search(&edge, "/Users", &json!({ "cursor": next }));
    assert_eq!(names(&found), ["b"]);
}

#[test]
fn a_search_is_answered_as_the_list_is() {
    let edge = edge(&["bob", "ada", "eve"]);
    for (request, query) in [
        (json!({}), ""),
        (
            json!({ "schemas": [SEARCH], "filter": "userName sw \"a\"" }),
            "filter=userName+sw+%22a%22",
        ),
        (
            json!({ "SortBy": "userName", "sortOrder": "descending", "startIndex": 2, "count": 1 }),
            "sortBy=userName&sortOrder=descending&startIndex=2&count=1",
        ),
        (
            json!({ "attributes": ["userName"], "cursor": "", "count": 2 }),
            "attributes=userName&cursor&count=2",
        ),
        (
            json!({ "count": 0, "excludedAttributes": ["emails"] }),
            "count=0&excludedAttributes=emails",
        ),
    ] {
        for path in ["", "/Users"] {
            let found = search(&edge, path, &request);
            let listed = get(&edge, &format!("{path}?{query}"));
            assert_eq!(
                (found.status, body(&found)),
                (StatusCode::OK, body(&listed)),
                "{path} {request}"
            );
        }
    }
}

#[test]
fn what_a_search_cannot_be_asked_for_is_refused() {
    let edge = edge(&["ada"]);
    for (request, scim_type) in [
        (json!({ "filter": 7 }), "invalidValue"),
        (json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"] }), "invalidSyntax"),
        (json!({ "filter": "shoe pr" }), "invalidFilter"),
        (json!({ "sortBy": "shoe" }), "invalidValue"),
        (json!({ "cursor": "x" }), "invalidCursor"),
        (json!({ "cursor": "", "count": -1 }), "invalidCount"),
    ] {
        for path in ["", "/Users", "/Groups"] {
            let (status, actual, detail) = scim_error(&search(&edge, path, &request));
            assert_eq!((status, actual.as_deref()), (400, Some(scim_type)), "{request}: {detail}");
        }
    }
    let ask = |path: &str| edge.scim(Method::POST, path);
    let url = ask("/Users/.search?filter=userName+pr").json(&json!({})).send();
    assert_eq!(scim_error(&url).1.as_deref(), Some("invalidValue"));
    assert_eq!(names(&ask("/.search?aadOptscim062020").json(&json!({})).send()), ["ada"]);
    let text = ask("/.search").body("text/plain", b"{}").send();
    assert_eq!(scim_error(&text).0, 415);
    assert_eq!(scim_error(&ask("/.search").send()).1.as_deref(), Some("invalidSyntax"));
    assert_eq!(scim_error(&get(&edge, "/Users/.search")).0, 405);
}

#[test]
fn the_endpoint_itself_lists_everything() {
    let edge = edge(&["bob", "ada"]);
    for path in ["", "/"] {
        assert_eq!(names(&get(&edge, path)), ["bob", "ada"]);
    }
    assert_eq!(names(&get(&edge, "?sortBy=userName&count=1")), ["ada"]);
    let users = "?filter=meta.resourceType+eq+%22User%22+and+userName+co+%22b%22";
    assert_eq!(names(&get(&edge, users)), ["bob"]);
    let both = "?filter=members+pr+or+userName+sw+%22ada%22";
    assert_eq!(names(&get(&edge, both)), ["ada"]);
    assert_eq!(scim_error(&get(&edge, "?filter=shoe+pr")).1.as_deref(), Some("invalidFilter"));
    assert_eq!(
        scim_error(&get(&edge, "/Users?filter=members+pr")).1.as_deref(),
        Some("invalidFilter")
    );
}

#[test]
fn users_and_groups_are_listed_together_in_any_order() {
    let edge = edge(&["bob", "ada"]);
    for name in ["carol", "abba"] {
        let group = json!({ "displayName": name });
        assert_eq!(edge.scim(Method::POST, "/Groups").json(&group).send().status, 201);
    }
    let shown = |query: &str| -> Vec<String> {
        let list = body(&get(&edge, query));
        assert_eq!(list["totalResults"], 4, "{query}");
        let resources = list["Resources"].as_array().unwrap().iter();
        let name = |one: &Value| {
            one["userName"].as_str().or(one["displayName"].as_str()).map(str::to_owned)
        };
        resources
            .map(|one| name(one).unwrap().trim_end_matches("@example.com").to_owned())
            .collect()
    };
    assert_eq!(shown(""), ["bob", "ada", "carol", "abba"], "users first");
    assert_eq!(shown("?startIndex=2&count=2"), ["ada", "carol"]);
    assert_eq!(shown("?sortBy=displayName"), ["abba", "carol", "bob", "ada"], "users have none");
    assert_eq!(shown("?sortBy=meta.created&sortOrder=descending")[0], "abba");
    for sort in ["", "&sortBy=displayName", "&sortBy=userName&sortOrder=descending"] {
        let (mut walked, mut cursor) = (Vec::new(), String::new());
        loop {
            let query = format!("?count=1&cursor={cursor}{sort}");
            walked.extend(shown(&query));
            match body(&get(&edge, &query))["nextCursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => break,
            }
        }
        assert_eq!(walked, shown(&format!("?count=9{sort}")), "{sort}");
    }
}

#[test]
fn a_filter_finds_what_the_server_adds() {
    let edge = edge(&["bob", "ada"]);
    for filter in [
        "active+eq+true",
        "schemas+co+%22core%22",
        "meta.version+eq+%22W/%5C%221%5C%22%22",
        "id+pr",
        "meta.location+co+%22/Users/%22",
        "meta.created+gt+%222020-01-01T00:00:00Z%22",
    ] {
        assert_eq!(
            names(&get(&edge, &format!("/Users?filter={filter}"))),
            ["bob", "ada"],
            "{filter}"
        );
    }
}
