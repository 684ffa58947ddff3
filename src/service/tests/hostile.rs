//! Requests that are made to harm: each gets a precise error, changes nothing, and costs next to nothing.

use std::collections::BTreeSet;

use super::bad_input::state;
use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

const JSON: &str = "application/scim+json";
const MIB: usize = 1024 * 1024;

/// A request, and the error that it has to get.
struct Case {
    name: String,
    method: Method,
    path: String,
    body: Vec<u8>,
    status: u16,
    scim_type: Option<&'static str>,
    /// What the detail says.
    word: &'static str,
}

/// Builds cases with one expectation.
#[derive(Clone, Copy)]
struct Expect(u16, Option<&'static str>, &'static str);

const TOO_LARGE: Expect = Expect(413, None, "at the most");

impl Expect {
    fn of(self, name: &str, method: Method, path: &str, body: impl Into<Vec<u8>>) -> Case {
        let Self(status, scim_type, word) = self;
        let (name, path) = (name.to_owned(), path.to_owned());
        Case { name, method, path, body: body.into(), status, scim_type, word }
    }

    fn get(self, name: &str, path: &str) -> Case {
        self.of(name, Method::GET, path, "")
    }

    fn create(self, name: &str, body: impl Into<Vec<u8>>) -> Case {
        self.of(name, Method::POST, "/Users", body)
    }

    fn bulk(self, name: &str, body: impl Into<Vec<u8>>) -> Case {
        self.of(name, Method::POST, "/Bulk", body)
    }
}

/// How long one takes at most, in milliseconds.
#[cfg(not(target_family = "wasm"))]
const MOST_MS: f64 = if cfg!(debug_assertions) { 5_000.0 } else { 10.0 };

/// The answer to a request, and the shortest of the times that a few times took, in milliseconds.
#[cfg(not(target_family = "wasm"))]
#[expect(clippy::disallowed_methods, reason = "time is what is measured here")]
fn timed(ask: Ask<'_>) -> (Response, f64) {
    let mut shortest = f64::INFINITY;
    for _ in 0..3 {
        let begin = std::time::Instant::now();
        block_on(ask.edge.service.handle(&ask.request));
        shortest = shortest.min(begin.elapsed().as_secs_f64() * 1e3);
    }
    (ask.send(), shortest)
}

/// What the store holds but for the log, in which a refusal by a rule is an event.
fn kept(edge: &Edge) -> Vec<(String, Vec<u8>)> {
    state(edge).into_iter().filter(|(key, _)| !key.contains("/events/")).collect()
}

/// Asks for each case on an edge with the user `grace`, whose id stands for `<id>`, and `eve`.
fn play(cases: impl FnOnce(&Edge) -> Vec<Case>) {
    let edge = Edge::new();
    let id = edge.create("grace")["id"].as_str().unwrap().to_owned();
    edge.create("eve");
    let before = kept(&edge);
    for case in cases(&edge) {
        let Case { name, method, path, body, status, scim_type, word } = case;
        let path = path.replace("<id>", &id);
        let ask = edge.scim(method, &path);
        let ask = if body.is_empty() { ask } else { ask.body(JSON, &body) };
        #[cfg(not(target_family = "wasm"))]
        let answer = {
            let (answer, milliseconds) = timed(ask);
            println!("{milliseconds:>8.3} ms  {name}");
            assert!(milliseconds < MOST_MS, "{name} takes {milliseconds} ms");
            answer
        };
        #[cfg(target_family = "wasm")]
        let answer = ask.send();
        let (actual, actual_type, detail) = scim_error(&answer);
        assert_eq!((actual, actual_type.as_deref()), (status, scim_type), "{name}: {detail}");
        assert!(detail.contains(word), "{name}: {detail}");
        assert!(detail.len() < 1_000, "{name} repeats what it was sent: {}", detail.len());
        assert!(kept(&edge) == before, "{name} changed something");
    }
}

fn operations(operations: &[Value]) -> String {
    json!({ "Operations": operations }).to_string()
}

fn post(bulk_id: &str, data: Value) -> Value {
    json!({ "method": "POST", "path": "/Users", "bulkId": bulk_id, "data": data })
}

/// The same nested in itself.
fn nested(open: &str, inside: &str, close: &str, times: usize) -> String {
    [open.repeat(times).as_str(), inside, close.repeat(times).as_str()].concat()
}

/// A user as text, with more in it.
fn user_with(more: &str) -> String {
    format!("{{\"userName\":\"ada@example.com\",{more}}}")
}

fn patch(path: &str, value: Value) -> String {
    operations(&[json!({ "op": "replace", "path": path, "value": value })])
}

#[test]
fn hostile_filters_and_queries_are_refused() {
    let filter = Expect(400, Some("invalidFilter"), "");
    let value = Expect(400, Some("invalidValue"), "");
    let long = |text: &str| format!("/Users?filter={text}");
    play(|_| {
        vec![
            Expect(400, Some("invalidFilter"), "8192")
                .get("filter of 1 MB", &long(&format!("userName+eq+%22{}%22", "a".repeat(MIB)))),
            Expect(400, Some("invalidFilter"), "8192")
                .get("10,000 nested parentheses", &long(&nested("(", "userName+pr", ")", 10_000))),
            Expect(400, Some("invalidFilter"), "more than 32 levels")
                .get("4,000 nested parentheses", &long(&nested("(", "id+pr", ")", 4_000))),
            Expect(400, Some("invalidFilter"), "more than 32 levels")
                .get("1,000 times not", &long(&nested("not+(", "id+pr", ")", 1_000))),
            filter.get("4,000 open parentheses", &long(&"(".repeat(4_000))),
            filter.get("4,000 brackets", &long(&nested("emails[", "type+pr", "]", 1_000))),
            Expect(400, Some("invalidFilter"), "100")
                .get("700 comparisons", &long(&vec!["id+pr"; 700].join("+or+"))),
            filter.get("NUL in a filter", &long("userName+eq+%22a%00b%22")),
            filter.get("an escaped NUL in a filter", &long("userName+eq+%22a%5Cu0000b%22")),
            filter.get("half a surrogate pair in a filter", &long("userName+eq+%22%5Cud800%22")),
            filter.get("no text in a filter", &long("userName+eq+%22%ff%fe")),
            filter.get("an unknown attribute", &long("shoeSize+eq+1")),
            Expect(400, Some("sensitive"), "password")
                .get("a password", &long("userName+pr+and+not+(Password+eq+%22secret%22)")),
            value.get("10,000 names", &format!("/Users?attributes={}", "a,".repeat(10_000))),
            value.get("a count of letters", "/Users?count=NaN"),
            value.get("a count that is a fraction", "/Users?count=1e3"),
            value.get("10,000 counts", &format!("/Users?{}", "count=1&".repeat(10_000))),
            Expect(404, None, "").get("an id of 1 MB", &format!("/Users/{}", "a".repeat(MIB))),
            Expect(404, None, "path").get("NUL in an id", "/Users/%00"),
            Expect(404, None, "path").get("no text as an id", "/Users/%ff"),
        ]
    });
}

#[test]
fn hostile_bodies_are_refused() {
    let syntax = Expect(400, Some("invalidSyntax"), "");
    let value = Expect(400, Some("invalidValue"), "");
    let depth = Expect(400, Some("invalidSyntax"), "32 levels");
    let many: Vec<String> = (0..10_000).map(|n| format!("\"a{n}\":{n}")).collect();
    let emails: Vec<String> =
        (0..10_000).map(|n| format!("{{\"value\":\"ada{n}@example.com\"}}")).collect();
    let urns: Vec<String> = (0..10_000).map(|n| format!("\"urn:example:{n}\"")).collect();
    play(|_| {
        let mut cases = vec![
            TOO_LARGE.create("10 MB", vec![b' '; 10 * MIB]),
            TOO_LARGE.of("10 MB to a user", Method::PATCH, "/Users/<id>", vec![b'['; 10 * MIB]),
            depth.create(
                "deep arrays",
                user_with(&format!("\"x\":{}", nested("[", "", "]", 500_000))),
            ),
            depth.create("deep objects", nested("{\"x\":", "1", "}", 150_000)),
            depth.create("open arrays", user_with(&format!("\"x\":{}", "[".repeat(1_000_000)))),
            syntax
                .create("1 MB of digits", user_with(&format!("\"x\":{}x", "9".repeat(1_000_000)))),
            syntax.create("a number out of range", user_with("\"x\":1e999")),
            syntax.create(
                "a number far below zero",
                user_with(&format!("\"x\":-{}", "9".repeat(400))),
            ),
            value.create("a number as a flag", user_with("\"active\":1e308")),
            value.create("10,000 attributes", user_with(&many.join(","))),
            value.create(
                "10,000 addresses",
                user_with(&format!("\"emails\":[{}]", emails.join(","))),
            ),
            Expect(400, Some("invalidValue"), "schemas")
                .create("10,000 schemas", user_with(&format!("\"schemas\":[{}]", urns.join(",")))),
            value.create("schemas that are none", user_with("\"schemas\":[{}]")),
            Expect(400, Some("invalidValue"), "userName").create(
                "a name of 1 MB",
                format!("{{\"userName\":\"{}\"}}", "a".repeat(1_000_000)),
            ),
            Expect(413, None, "too large").create(
                "a text of 1 MB",
                user_with(&format!("\"title\":\"{}\"", "a".repeat(1_000_000))),
            ),
            Expect(413, None, "too large")
                .create("a key of 1 MB", user_with(&format!("\"{}\":1", "k".repeat(1_000_000)))),
            Expect(400, Some("invalidSyntax"), "given twice").create(
                "a key of 500 kB twice",
                user_with(&format!("\"{0}\":1,\"{0}\":1", "k".repeat(500_000))),
            ),
            syntax.create("UTF-16", [&b"\xff\xfe"[..], b"{\0}\0"].concat()),
            syntax.create("a byte order mark", "\u{feff}{\"userName\":\"ada@example.com\"}"),
            syntax.create("1 MB of nothing", "\0".repeat(MIB)),
            Expect(400, Some("invalidSyntax"), "empty").create("1 MB of blanks", " ".repeat(MIB)),
        ];
        // NUL and half surrogate pairs, in a text of every kind.
        for (what, bad) in
            [("NUL", "\\u0000"), ("half a pair", "\\udc00"), ("two halves", "\\ud800\\ud800")]
        {
            let texts = [
                ("a name", format!("{{\"userName\":\"{bad}@example.com\"}}")),
                ("a key", user_with(&format!("\"a{bad}\":1"))),
                ("an unknown attribute", user_with(&format!("\"x\":[{{\"y\":\"{bad}\"}}]"))),
                ("an id of theirs", user_with(&format!("\"externalId\":\"{bad}\""))),
                ("a schema", user_with(&format!("\"schemas\":[\"{bad}\"]"))),
                ("a password", user_with(&format!("\"password\":\"{bad}\""))),
            ];
            for (place, text) in texts {
                cases.push(syntax.create(&format!("{what} in {place}"), text));
            }
            for (place, text) in [
                ("a path", format!("{{\"op\":\"add\",\"path\":\"{bad}\",\"value\":1}}")),
                ("an op", format!("{{\"op\":\"add{bad}\",\"path\":\"title\",\"value\":\"x\"}}")),
                (
                    "a new value",
                    format!("{{\"op\":\"add\",\"path\":\"title\",\"value\":\"{bad}\"}}"),
                ),
            ] {
                let text = format!("{{\"Operations\":[{text}]}}");
                cases.push(syntax.of(
                    &format!("{what} in {place}"),
                    Method::PATCH,
                    "/Users/<id>",
                    text,
                ));
            }
            for (place, text) in [
                ("a bulkId", format!("\"bulkId\":\"{bad}\",\"data\":{{}}")),
                ("data", format!("\"bulkId\":\"a\",\"data\":{{\"userName\":\"{bad}\"}}")),
            ] {
                let text = format!(
                    "{{\"Operations\":[{{\"method\":\"POST\",\"path\":\"/Users\",{text}}}]}}"
                );
                cases.push(syntax.bulk(&format!("{what} in {place}"), text));
            }
        }
        cases
    });
}

#[test]
fn hostile_patches_are_refused() {
    let mutability = |word| Expect(400, Some("mutability"), word);
    let path = Expect(400, Some("invalidPath"), "");
    play(|_| {
        let change = |expected: Expect, name: &str, body: String| {
            expected.of(name, Method::PATCH, "/Users/<id>", body)
        };
        let mut cases: Vec<Case> = [
            ("id", "id"),
            ("ID", "id"),
            ("meta", "meta"),
            ("meta.version", "meta"),
            ("groups", "groups"),
            ("groups[value pr]", "groups"),
            ("schemas", "schemas"),
            ("password", "password"),
            ("urn:ietf:params:scim:schemas:core:2.0:User:id", "id"),
        ]
        .map(|(name, word)| change(mutability(word), name, patch(name, "x".into())))
        .into();
        cases.extend([
            change(mutability("id"), "another id in a value", patch("", json!({ "id": "x" }))),
            change(mutability("userName"), "no userName", patch("userName", Value::Null)),
            change(
                Expect(413, None, "1000"),
                "10,000 operations",
                operations(&vec![json!({ "op": "add", "path": "title", "value": "x" }); 10_000]),
            ),
            change(path, "a path of 1 MB", patch(&"a".repeat(1_000_000), 1.into())),
            change(path, "deep brackets", patch(&nested("emails[", "type pr", "]", 1_000), 1.into())),
            change(
                Expect(400, Some("invalidPath"), "32"),
                "deep parentheses",
                patch(&format!("emails[{}]", nested("(", "type pr", ")", 4_000)), 1.into()),
            ),
            change(
                Expect(400, Some("invalidPath"), "100"),
                "many comparisons",
                patch(&format!("emails[{}]", vec!["type pr"; 600].join(" or ")), 1.into()),
            ),
            change(path, "a path of a number", operations(&[json!({ "op": "add", "path": 7, "value": 1 })])),
            change(
                Expect(400, Some("invalidPath"), "U+0000"),
                "NUL in a filter that would make a value",
                patch("emails[type eq \"a\\u0000\"].value", "x@example.com".into()),
            ),
            change(path, "a path of signs", patch("]]]]", 1.into())),
            change(
                Expect(413, None, "128 KiB"),
                "more and more",
                operations(
                    &(0..900)
                        .map(|n| json!({ "op": "add", "path": format!("x{n}"), "value": "x".repeat(1_000) }))
                        .collect::<Vec<_>>(),
                ),
            ),
            change(
                Expect(400, Some("noTarget"), "emails"),
                "a filter that picks nothing",
                operations(&[json!({ "op": "remove", "path": "emails[type eq \"none\"]" })]),
            ),
            change(
                Expect(400, Some("invalidSyntax"), "PatchOp"),
                "a bulk request",
                json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [] })
                    .to_string(),
            ),
        ]);
        cases
    });
}

#[test]
fn hostile_bulk_requests_are_refused() {
    let circle = |count: usize| -> Vec<Value> {
        let of = |n: usize| json!({ "title": format!("bulkId:{}", (n + 1) % count) });
        let group = |n: usize| json!({ "method": "POST", "path": "/Groups", "bulkId": n.to_string(), "data": of(n) });
        (0..count).map(group).collect()
    };
    let new = |name: &str| post(name, user(name));
    play(|_| {
        let equal = vec![new("ada"); 1_000];
        vec![
            Expect(413, None, "10001 operations, at most 1000").bulk(
                "10,001 operations",
                operations(&vec![json!({ "method": "DELETE", "path": "/Users/1" }); 10_001]),
            ),
            Expect(413, None, "500000 operations")
                .bulk("500,000 operations", format!("{{\"Operations\":[{}1]}}", "1,".repeat(499_999))),
            TOO_LARGE.bulk("10 MB", vec![b' '; 10 * MIB]),
            Expect(400, Some("invalidValue"), "\"ada\" is given twice")
                .bulk("1,000 equal bulkIds", operations(&equal)),
            Expect(409, None, "\"0\" refers to itself")
                .bulk("a circle of one", operations(&circle(1))),
            Expect(409, None, "\"0\", \"1\" refer")
                .bulk("a circle of two", operations(&[vec![new("ada")], circle(2)].concat())),
            Expect(409, None, "circle of 1000").bulk("a circle of 1,000", operations(&circle(1_000))),
            Expect(400, Some("invalidSyntax"), "32 levels").bulk(
                "deep data",
                format!(
                    "{{\"Operations\":[{{\"method\":\"POST\",\"path\":\"/Users\",\"bulkId\":\"a\",\"data\":{{\"x\":{}}}}}]}}",
                    nested("[", "", "]", 100_000)
                ),
            ),
            Expect(400, Some("invalidSyntax"), "operation 2").bulk(
                "an operation that is none",
                format!("{{\"Operations\":[{},7]}}", new("ada")),
            ),
            Expect(400, Some("invalidSyntax"), "given twice").bulk(
                "two lists of operations",
                format!("{{\"Operations\":[{0}],\"operations\":[{0}]}}", new("ada")),
            ),
            Expect(400, Some("invalidSyntax"), "range").bulk(
                "a limit out of range",
                format!("{{\"failOnErrors\":1e999,\"Operations\":[{}]}}", new("ada")),
            ),
            Expect(400, Some("invalidValue"), "failOnErrors").bulk(
                "a limit of 10^30",
                format!("{{\"failOnErrors\":1{},\"Operations\":[{}]}}", "0".repeat(30), new("ada")),
            ),
        ]
    });
}

#[test]
fn what_must_be_unique_stays_so_whichever_way_it_is_written() {
    let taken = Expect(409, Some("uniqueness"), "externalId");
    let mut ada = user("ada");
    ada["externalId"] = json!("ext-eve");
    let mut grace = user("grace");
    grace["externalId"] = json!("ext-eve");
    let name = Expect(409, Some("uniqueness"), "userName");
    play(|_| {
        vec![
            taken.create("POST", ada.to_string()),
            taken.of("PUT", Method::PUT, "/Users/<id>", grace.to_string()),
            taken.of("PATCH", Method::PATCH, "/Users/<id>", patch("externalId", "ext-eve".into())),
            taken.of(
                "PATCH without path",
                Method::PATCH,
                "/Users/<id>",
                patch("", json!({ "externalId": "ext-eve" })),
            ),
            name.create("userName by POST", user("EVE").to_string()),
            name.of(
                "userName by PATCH",
                Method::PATCH,
                "/Users/<id>",
                patch("userName", "EVE@example.com".into()),
            ),
        ]
    });
    let edge = Edge::new();
    edge.create("eve");
    let before = kept(&edge);
    let answer = edge
        .scim(Method::POST, "/Bulk")
        .body(JSON, operations(&[post("a", ada)]).as_bytes())
        .send();
    let result = &body(&answer)["Operations"][0];
    assert_eq!(
        (&result["status"], &result["response"]["scimType"]),
        (&json!("409"), &json!("uniqueness"))
    );
    assert_eq!(kept(&edge), before);
}

#[test]
fn every_scim_type_is_reachable() {
    let edge = Edge::new();
    let id = edge.create("grace")["id"].as_str().unwrap().to_owned();
    let change = |operation: Value| {
        let body = json!({ "Operations": [operation] });
        edge.scim(Method::PATCH, &format!("/Users/{id}")).json(&body).send()
    };
    let get = |path: &str| edge.scim(Method::GET, path).send();
    let other_version = edge.scim_path.replace("/v2/", "/v1/");
    let mut answers = vec![
        (400, "invalidFilter", get("/Users?filter=userName")),
        (409, "uniqueness", edge.scim(Method::POST, "/Users").json(&user("grace")).send()),
        (400, "mutability", change(json!({ "op": "replace", "path": "id", "value": "x" }))),
        (400, "invalidSyntax", change(json!({ "op": "make", "path": "title", "value": "x" }))),
        (400, "invalidPath", change(json!({ "op": "add", "path": "title.x", "value": "x" }))),
        (400, "noTarget", change(json!({ "op": "remove" }))),
        (400, "invalidValue", change(json!({ "op": "add", "path": "active", "value": "maybe" }))),
        (
            400,
            "invalidVers",
            edge.ask(Method::GET, &format!("{other_version}/Users")).bearer(&edge.token).send(),
        ),
        (400, "sensitive", get("/Users?filter=password+eq+%22secret%22")),
    ];
    fill(&edge, &id, 10_000);
    answers.push((400, "tooMany", get("/Users?filter=title+pr")));
    let mut reached = BTreeSet::new();
    for (status, scim_type, answer) in answers {
        let (actual, actual_type, detail) = scim_error(&answer);
        assert_eq!((actual, actual_type.as_deref()), (status, Some(scim_type)), "{detail}");
        reached.insert(scim_type);
    }
    // RFC 7644 table 9.
    assert_eq!(reached.len(), 10);
    let strangers = edge.ask(Method::GET, &format!("{other_version}/Users")).send();
    assert_eq!(scim_error(&strangers).0, 401);
}

/// Puts so many copies of a user beside it, for what counts them.
fn fill(edge: &Edge, id: &str, copies: usize) {
    use crate::store::Transaction as _;
    block_on(async {
        let mut transaction = edge.service.store.begin().await.unwrap();
        let key = format!("teams/acme/users/{id}");
        let user = transaction.fetched(|t| t.get(&key)).await.unwrap().unwrap();
        for copy in 0..copies {
            transaction.put(&format!("teams/acme/users/x{copy}"), user.clone()).unwrap();
        }
        transaction.commit().await.unwrap();
    });
}
