//! Requests that cannot be understood, or are made to harm.

use serde_json::{Value, json};

use super::runner::Request;
use super::transcript::Recorder;
use super::walks::{body, enable, make_team, path_of};

const JSON: &str = "application/scim+json";

pub(crate) fn play(recorder: &mut Recorder<'_>) {
    make_team(recorder, "acme", "owner@example.com");
    let (url, token) = enable(recorder, "acme", "owner@example.com");
    let path = path_of(&url);
    let users = format!("{path}/Users");
    let scim =
        |method: &str, below: &str| Request::new(method, &format!("{path}{below}")).bearer(&token);
    let grace = json!({ "userName": "grace@example.com", "externalId": "7" }).to_string();
    let grace = body(&recorder.ask("grace", &scim("POST", "/Users").body(JSON, grace)));
    let id = grace["id"].as_str().unwrap();

    for (case, bytes) in bodies() {
        recorder.ask(&format!("create: {case}"), &scim("POST", "/Users").body(JSON, bytes));
    }
    for (case, operations) in patches() {
        let patch = json!({ "Operations": operations }).to_string();
        let request = scim("PATCH", &format!("/Users/{id}")).body(JSON, patch);
        recorder.ask(&format!("patch: {case}"), &request);
    }
    for (case, bulk) in bulks() {
        let request = scim("POST", "/Bulk").body(JSON, bulk.to_string());
        recorder.ask(&format!("bulk: {case}"), &request);
    }
    for query in queries() {
        recorder.ask(&format!("list: {query}"), &scim("GET", &format!("/Users?{query}")));
    }
    for below in PATHS {
        recorder.ask(&format!("path: {below}"), &scim("GET", below));
    }
    for (method, below) in METHODS {
        recorder.ask(&format!("method: {method} {below}"), &scim(method, below));
    }
    for media_type in ["text/plain", "application/xml", "json", "application/json; charset=utf-8"] {
        let request = scim("POST", "/Users").body(media_type, "{}");
        recorder.ask(&format!("media type: {media_type}"), &request);
    }
    let secret = "Bearer x, Bearer y".to_owned();
    let tokens = [
        token.trim_start_matches('s').to_owned(),
        token.to_uppercase(),
        format!("{token}x"),
        "=".to_owned(),
        secret,
    ];
    for (number, wrong) in tokens.iter().enumerate() {
        let request =
            Request::new("GET", &users).header("authorization", &format!("Bearer {wrong}"));
        recorder.ask(&format!("token {number}"), &request);
    }
    recorder.ask("no token", &Request::new("POST", &users).body(JSON, "{}"));
    recorder
        .ask("another scheme", &Request::new("GET", &users).header("authorization", "Basic YTpi"));
    recorder.ask("another endpoint", &Request::new("GET", "/scim/v2/acme.x/Users").bearer(&token));
    recorder.ask("another team", &Request::new("GET", "/scim/v2/none.x/Users").bearer(&token));
    for condition in ["W/\"9\"", "*", "W/", "\"1\", W/\"1\""] {
        let put = json!({ "userName": "grace@example.com", "title": condition }).to_string();
        let request = scim("PUT", &format!("/Users/{id}")).body(JSON, put);
        recorder.ask(&format!("if-match: {condition}"), &request.header("if-match", condition));
    }
    for (case, text) in teams() {
        let request = Request::new("PUT", "/v1/teams/acme").bearer(super::edge::PLATFORM_KEY);
        recorder.ask(&format!("team: {case}"), &request.body("application/json", text));
    }
    recorder.ask("what is left of it", &scim("GET", "/Users"));
}

fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    let with = |rest: &str| format!("{{\"userName\":\"ada@example.com\",{rest}}}").into_bytes();
    vec![
        ("empty", Vec::new()),
        ("no JSON", b"userName=ada".to_vec()),
        ("half", b"{\"userName\":\"ada".to_vec()),
        ("two", b"{}{}".to_vec()),
        ("an array", b"[]".to_vec()),
        ("a number", b"1e400".to_vec()),
        ("no UTF-8", b"{\"userName\":\"\xff\xfe\"}".to_vec()),
        ("a byte order mark", b"\xef\xbb\xbf{}".to_vec()),
        ("a lone surrogate", with(r#""title":"\ud800""#)),
        ("NUL", with(r#""title":"a\u0000b""#)),
        ("nested arrays", with(&format!("\"x\":{}{}", "[".repeat(5_000), "]".repeat(5_000)))),
        ("nested objects", ("{\"x\":".repeat(200) + "1" + &"}".repeat(200)).into_bytes()),
        ("a key twice", with(r#""title":"a","title":"b""#)),
        ("a key in two cases", with(r#""active":true,"Active":false"#)),
        ("no userName", b"{\"title\":\"x\"}".to_vec()),
        ("a blank userName", b"{\"userName\":\"  \"}".to_vec()),
        ("a number as userName", b"{\"userName\":7}".to_vec()),
        ("active as a number", with("\"active\":0")),
        ("active as a word", with("\"active\":\"nope\"")),
        ("emails as a number", with("\"emails\":1")),
        ("a line break in an address", with(r#""emails":[{"value":"ada@example.com\r\nbcc: x"}]"#)),
        ("no address", b"{\"userName\":\"ada\"}".to_vec()),
        ("a long userName", format!("{{\"userName\":\"{}@e.com\"}}", "a".repeat(300)).into_bytes()),
        ("a name that is taken", br#"{"userName":"GRACE@example.com"}"#.to_vec()),
        ("an externalId that is taken", with(r#""externalId":"7""#)),
        ("an unknown schema", with(r#""schemas":["urn:example:x"]"#)),
        ("too large to keep", with(&format!("\"note\":\"{}\"", "x".repeat(70_000)))),
        ("too large", vec![b' '; 1024 * 1024 + 1]),
        ("a number beyond all", with("\"x\":123456789012345678901234567890.5e-3")),
    ]
}

fn patches() -> Vec<(&'static str, Value)> {
    let one =
        |op: &str, path: &str, value: Value| json!([{ "op": op, "path": path, "value": value }]);
    vec![
        ("none", json!([])),
        ("no list", json!({})),
        ("an unknown operation", one("move", "title", json!("x"))),
        ("half a path", one("replace", "emails[type eq", json!("x"))),
        ("an unknown filter", one("replace", "emails[type ~ \"work\"].value", json!("x"))),
        ("no target", one("replace", "emails[type eq \"none\"].primary", json!(7))),
        ("a read-only attribute", one("replace", "id", json!("x"))),
        ("meta", one("replace", "meta.created", json!("x"))),
        ("a number as active", one("replace", "active", json!(3))),
        ("removal of userName", json!([{ "op": "remove", "path": "userName" }])),
        ("no path to remove", json!([{ "op": "remove" }])),
        ("a control character", one("replace", "title", json!("a\u{1}b"))),
        (
            "too many",
            Value::from(vec![json!({ "op": "add", "path": "title", "value": "x" }); 10_000]),
        ),
        (
            "one bad of two",
            json!([
                { "op": "replace", "path": "title", "value": "new" },
                { "op": "replace", "path": "active", "value": {} },
            ]),
        ),
    ]
}

fn bulks() -> Vec<(&'static str, Value)> {
    let post = |bulk_id: &str, data: Value| json!({ "method": "POST", "path": "/Users", "bulkId": bulk_id, "data": data });
    let delete = json!({ "method": "DELETE", "path": "/Users/x" });
    vec![
        ("nothing", json!({})),
        ("no operations", json!({ "Operations": [] })),
        ("an unknown method", json!({ "Operations": [{ "method": "GET", "path": "/Users" }] })),
        (
            "an unknown path",
            json!({ "Operations": [{ "method": "DELETE", "path": "/Nothing/x" }] }),
        ),
        (
            "no bulkId",
            json!({ "Operations": [{ "method": "POST", "path": "/Users", "data": {} }] }),
        ),
        ("a bulkId twice", json!({ "Operations": [post("a", json!({})), post("a", json!({}))] })),
        (
            "an unknown reference",
            json!({ "Operations": [{ "method": "PATCH", "path": "/Users/bulkId:x", "data": {} }] }),
        ),
        ("too many", json!({ "Operations": vec![delete.clone(); 1_001] })),
        (
            "stops after the first",
            json!({ "failOnErrors": 1, "Operations": [delete.clone(), delete.clone()] }),
        ),
        (
            "some of each",
            json!({ "Operations": [
            post("good", json!({ "userName": "bulk@example.com" })),
            post("bad", json!({ "userName": 7 })),
            delete,
        ] }),
        ),
    ]
}

fn queries() -> Vec<String> {
    let deep = format!("filter={}userName+pr{}", "(".repeat(200), ")".repeat(200));
    let long = format!("filter=userName+eq+%22{}%22", "a".repeat(9_000));
    let many = format!("filter={}", vec!["title+pr"; 300].join("+or+"));
    let given = [
        "filter=userName+eq",
        "filter=nonsense+eq+1",
        "filter=userName+eq+%22x",
        "filter=userName+eq+%22x%22+and",
        "filter=emails%5Btype+eq+%22work%22",
        "filter=not+userName+pr",
        "filter=userName+%00+%22x%22",
        "filter=%ff",
        "filter=active+gt+true",
        "filter=meta.created+gt+%22yesterday%22",
        "filter=",
        "count=ten",
        "count=-1",
        "count=99999999999999999999",
        "startIndex=0",
        "startIndex=1&startIndex=2",
        "cursor=x",
        "cursor=&count=0",
        "sortBy=nothing",
        "sortBy=userName&sortOrder=sideways",
        "attributes=userName&excludedAttributes=emails",
        "attributes=%22",
        "unknown=1",
        "filter=userName+eq+%22ADA%40example.com%22+or+title+co+%22%F0%9F%98%80%22",
    ];
    given.into_iter().map(str::to_owned).chain([deep, long, many]).collect()
}

const PATHS: &[&str] = &[
    "",
    "/",
    "/Nothing",
    "/users",
    "/Users/",
    "/Users/x",
    "/Users/x/y",
    "/Users/%00",
    "/Users/%ff",
    "/Users/../Schemas",
    "/Users/%2e%2e/Schemas",
    "/Users%2Fx",
    "/Users/01970000-0000-7000-8000-000000000000",
    "/Groups/x",
    "/Schemas/urn:x",
    "/ResourceTypes/Nothing",
    "/Me",
    "/Bulk",
    "/.search",
    "/ServiceProviderConfig?filter=x",
];

const METHODS: &[(&str, &str)] = &[
    ("OPTIONS", ""),
    ("OPTIONS", "/Users"),
    ("TRACE", "/Users"),
    ("DELETE", "/Users"),
    ("PUT", "/Users"),
    ("PATCH", "/Users"),
    ("POST", "/Users/x"),
    ("DELETE", "/Users/x"),
    ("GET", "/Bulk"),
    ("PUT", "/Bulk"),
    ("POST", "/Schemas"),
    ("BREW", "/Users"),
];

fn teams() -> Vec<(&'static str, String)> {
    let team = |changes: Value| {
        let mut team =
            json!({ "name": "Acme", "sso": { "type": "oidc" }, "owners": ["owner@example.com"] });
        for (name, value) in changes.as_object().unwrap() {
            team[name] = value.clone();
        }
        team.to_string()
    };
    vec![
        ("empty", String::new()),
        ("no JSON", "{".to_owned()),
        ("an unknown field", team(json!({ "colour": 1 }))),
        ("an unknown sign-in", team(json!({ "sso": { "type": "ldap" } }))),
        ("no address", team(json!({ "owners": ["x"] }))),
        ("no owner", team(json!({ "owners": [] }))),
        ("too many owners", team(json!({ "owners": vec!["a@example.com"; 101] }))),
        ("no domain", team(json!({ "verified_domains": ["a b"] }))),
        ("a blank name", team(json!({ "name": " " }))),
        ("a long name", team(json!({ "name": "x".repeat(10_000) }))),
    ]
}
