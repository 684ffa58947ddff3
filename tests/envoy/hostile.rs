//! Bytes that no text is made of, and heads that mean two things. Nothing of it may cost the worker its VM.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Method, Request};
use xtask::client::Client;

use crate::answer::Answer;
use crate::patience::time;
use crate::site::{DOMAIN, Site};
use crate::team::Team;

const NO_TEXT: &[u8] = b"Bearer \xff\xfe\xc3\x28\x80";

/// `None`: there was no answer.
fn try_send(client: &mut Client, path: &str, headers: &[(&str, &[u8])]) -> Option<Answer> {
    let mut request = Request::builder().method(Method::POST).uri(path);
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        request = request.header(name, HeaderValue::from_bytes(value).unwrap());
    }
    client.request(request.body("{}".into()).unwrap()).ok().map(Answer::from)
}

#[track_caller]
fn send(client: &mut Client, path: &str, headers: &[(&str, &[u8])]) -> Answer {
    try_send(client, path, headers).expect("an answer")
}

#[test]
fn header_values_that_are_no_text_are_refused_or_passed_on_and_crash_nothing() {
    let site = Site::shared();
    let team = Team::new(&site, "hostile-bytes");
    team.provision("ada");
    let (bearer, ada) = (team.connection.bearer(), team.signed_in("ada"));
    let (users, page) = (team.path("/Users"), team.page("form"));
    for connect in [Site::http1, Site::http2] {
        let send = |path: &str, headers: &[(&str, &[u8])]| send(&mut connect(&site), path, headers);
        send(&users, &[("authorization", NO_TEXT)]).expect_scim_error(401);
        send("/v1/teams/hostile-bytes", &[("authorization", NO_TEXT)]).expect_problem(401);
        send(&page, &[("authorization", NO_TEXT)]).expect_problem(401);
        let good = ("authorization", bearer.as_bytes());
        let json = ("content-type", &b"application/scim+json"[..]);
        for unclear in
            [&[good, ("content-type", NO_TEXT)][..], &[good, json, ("if-match", NO_TEXT)]]
        {
            assert!(send(&users, unclear).expect_scim_error(400).contains("no text"));
        }
        let platform = site.platform();
        let platform = ("authorization", platform.as_bytes());
        send("/v1/teams/hostile-bytes/scim/rotate", &[platform, ("content-type", NO_TEXT)])
            .expect_problem(415);
        for name in ["cookie", "x-team-id", "user-agent", "x-any", "accept", "x-forwarded-for"] {
            let member = ("authorization", ada.as_bytes());
            send(&page, &[member, (name, NO_TEXT)]).expect(200);
            send("/public/hostile-bytes", &[(name, NO_TEXT)]).expect(200);
            send(&users, &[good, json, (name, NO_TEXT)]).expect_scim_error(400);
        }
    }
    let seen = site.seen("hostile-bytes");
    let cookie = seen.iter().filter_map(|head| head.headers.get("cookie")).next().unwrap();
    assert_eq!(cookie.as_bytes(), NO_TEXT, "what is nothing to us comes through as it was");
    assert!(
        seen.iter()
            .all(|head| head.headers.get("x-team-id").is_none_or(|id| id == "hostile-bytes"))
    );
    site.refuse_crashes();
}

#[test]
fn a_path_that_is_no_text_is_refused() {
    let site = Site::shared();
    let team = Team::new(&site, "hostile-path");
    let authorization = format!("authorization: {}", team.connection.bearer());
    let users = team.path("/Users");
    for (begin, bytes) in [
        (users.as_str(), &b"\xff\xfe"[..]),
        (&users, b"/\x80"),
        (&users, b"?filter=\xff"),
        (&users, b"/%ff%fe"),
        (&users, b"/%00"),
        ("/t/hostile-path/", b"\xff"),
        ("/t/", b"\xff/page"),
        ("/v1/accounts/", b"\xc3\x28"),
        ("/public/", b"%ff"),
        ("/public/", b"\xff"),
    ] {
        let mut raw = site.raw();
        let line = [b"GET ", begin.as_bytes(), bytes, b" HTTP/1.1"].concat();
        raw.head(&[&line, b"host: x", authorization.as_bytes()]);
        let answer = raw.read();
        assert!(
            (400..500).contains(&answer.status),
            "{begin}{}: {}",
            bytes.escape_ascii(),
            answer.status
        );
    }
    assert!(site.seen("hostile-path").is_empty());
    team.list().expect(200);
    site.refuse_crashes();
}

#[test]
fn a_field_given_twice_that_can_have_only_one_meaning_is_refused() {
    let site = Site::shared();
    let team = Team::new(&site, "hostile-twice");
    team.provision("ada");
    let (bearer, ada) = (team.connection.bearer(), team.signed_in("ada"));
    let (good, member) = (("authorization", bearer.as_bytes()), ("authorization", ada.as_bytes()));
    let json = ("content-type", &b"application/scim+json"[..]);
    for connect in [Site::http1, Site::http2] {
        let send = |path: &str, headers: &[(&str, &[u8])]| send(&mut connect(&site), path, headers);
        let users = team.path("/Users");
        send(&users, &[good, good, json]).expect_scim_error(401);
        send(&users, &[good, ("authorization", b"Bearer other"), json]).expect_scim_error(401);
        send(&users, &[good, json, json]).expect_scim_error(415);
        send(&users, &[good, json, ("content-type", b"text/plain")]).expect_scim_error(415);
        send(&users, &[good, json, ("if-match", b"\"1\""), ("if-match", b"\"2\"")])
            .expect_scim_error(400);
        send(&team.page("twice"), &[member, member]).expect_problem(401);
        let platform = site.platform();
        let platform = ("authorization", platform.as_bytes());
        send("/v1/teams/hostile-twice", &[platform, platform]).expect_problem(401);
    }
    assert!(site.seen("twice").is_empty());
    assert_eq!(team.list().json()["totalResults"], 1);
}

#[test]
fn very_many_or_very_long_fields_are_refused_and_crash_nothing() {
    let site = Site::shared();
    let team = Team::new(&site, "hostile-many");
    let bearer = team.connection.bearer();
    let names: Vec<String> = (0..500).map(|number| format!("x-number-{number}")).collect();
    let long = vec![b'a'; 200_000];
    for path in [team.path("/Users"), team.page("page"), "/public/page".to_owned()] {
        let many: Vec<(&str, &[u8])> =
            names.iter().map(|name| (name.as_str(), &b"1"[..])).collect();
        let answer = send(&mut site.http1(), &path, &many);
        // Envoy has not read the path when it gives up: it cannot be a SCIM error.
        answer.expect_problem(431);
        let answer = send(&mut site.http1(), &path, &[("x-long", &long)]);
        answer.expect_problem(431);
        // On HTTP/2 the stream may be reset instead.
        assert!(
            try_send(&mut site.http2(), &path, &many).is_none_or(|answer| answer.status == 431)
        );
    }
    let eighty = names.iter().take(80).map(|name| (name.as_str(), &b"1"[..]));
    let eighty: Vec<(&str, &[u8])> = eighty.chain([("authorization", bearer.as_bytes())]).collect();
    send(&mut site.http1(), &team.path("/Users"), &eighty).expect_scim_error(400);
    assert!(site.seen("hostile-many").is_empty());
    site.refuse_crashes();
}

#[test]
fn request_smuggling_is_refused() {
    let site = Site::shared();
    let team = Team::new(&site, "hostile-smuggling");
    let line = format!("POST {} HTTP/1.1", team.path("/Users"));
    let bearer = format!("authorization: {}", team.connection.bearer());
    for framing in [
        &[&b"content-length: 2"[..], b"content-length: 3"][..],
        &[b"content-length: 2", b"transfer-encoding: chunked"],
        &[b"transfer-encoding: chunked, identity"],
        &[b"content-length: +2"],
        &[b"content-length : 2"],
    ] {
        let lines = [&[line.as_bytes(), b"host: x", bearer.as_bytes()][..], framing].concat();
        let mut raw = site.raw();
        raw.head(&lines).write_on(b"{}".to_vec());
        let status = raw.read().status;
        assert!(matches!(status, 400 | 501), "{framing:?}: {status}");
    }
    team.list().expect(200);
}

#[test]
fn bodies_made_to_harm_get_scim_errors_and_change_nothing() {
    let site = Site::shared();
    let team = Team::new(&site, "hostile-bodies");
    let id = team.provision("ada");
    let path = format!("/Users/{id}");
    let deep = format!(
        "{{\"userName\":\"a@{DOMAIN}\",\"x\":{}{}}}",
        "[".repeat(400_000),
        "]".repeat(400_000)
    );
    let operations = |operation: &str, count: usize| {
        format!("{{\"Operations\":[{}]}}", vec![operation; count].join(","))
    };
    let post = |data: &str| {
        format!("{{\"method\":\"POST\",\"path\":\"/Users\",\"bulkId\":\"a\",\"data\":{data}}}")
    };
    let circle = operations(&post("{\"title\":\"bulkId:a\"}").replace("/Users", "/Groups"), 1);
    let cases = [
        (Method::POST, "/Users", " ".repeat(10_000_000), 413),
        (Method::PATCH, &path, " ".repeat(10_000_000), 413),
        (Method::POST, "/Bulk", " ".repeat(10_000_000), 413),
        (
            Method::POST,
            "/Bulk",
            operations("{\"method\":\"DELETE\",\"path\":\"/Users/1\"}", 10_001),
            413,
        ),
        (Method::POST, "/Bulk", operations(&post("{}"), 1_000), 400),
        (Method::POST, "/Bulk", operations(&post(&deep), 1), 400),
        (Method::POST, "/Bulk", circle, 409),
        (Method::POST, "/Users", deep, 400),
        (
            Method::PATCH,
            &path,
            operations("{\"op\":\"add\",\"path\":\"title\",\"value\":\"x\"}", 10_000),
            413,
        ),
        (
            Method::PATCH,
            &path,
            operations("{\"op\":\"replace\",\"path\":\"id\",\"value\":\"x\"}", 1),
            400,
        ),
        (
            Method::PATCH,
            &path,
            operations("{\"op\":\"replace\",\"path\":\"password\",\"value\":\"x\"}", 1),
            400,
        ),
    ];
    for (method, rest, body, status) in cases {
        let (answer, took) = time(|| team.scim_on(&mut site.http2(), method.clone(), rest, &body));
        let detail = answer.expect_scim_error(status);
        println!("{status} after {took:.1?} for {} bytes to {method} {rest}: {detail}", body.len());
        assert!(took < Duration::from_secs(2), "{method} {rest}: {took:?}");
    }
    assert_eq!(team.list().json()["totalResults"], 1);
    let ada = team.scim(Method::GET, &path, "").json();
    assert_eq!(ada["meta"]["version"], "W/\"1\"");
    site.refuse_crashes();
}
