//! How head, body and trailers of a request come and go.

use http::{HeaderMap, Method, Request};

use crate::answer::Answer;
use crate::site::Site;
use crate::team::Team;

#[test]
fn scim_and_management_requests_never_reach_the_service_behind() {
    let site = Site::shared();
    let team = Team::new(&site, "flow-behind");
    let id = team.provision("ada");
    team.scim(Method::GET, &format!("/Users/{id}"), "").expect(200);
    team.scim(Method::POST, "/Users", "no JSON").expect_scim_error(400);
    site.get(&team.path("/Users"), "Bearer wrong").expect_scim_error(401);
    site.get("/scim/v2/", "").expect_scim_error(401);
    site.get("/scim/v1/flow-behind/Users", "").expect_scim_error(401);
    site.get("/v1/teams/flow-behind", "Bearer wrong").expect_problem(401);
    assert!(site.seen("flow-behind").is_empty());
}

#[test]
fn a_post_of_a_stranger_never_reaches_the_service_behind_not_even_its_head() {
    let site = Site::shared();
    let team = Team::new(&site, "flow-stranger");
    let page = team.page("form");
    for authorization in [team.signed_in("stranger"), String::new()] {
        let status = if authorization.is_empty() { 401 } else { 403 };
        for mut client in [site.http1(), site.http2()] {
            let headers = [("authorization", authorization.as_str())];
            let answer = client.send(Method::POST, &page, &headers, "body").unwrap();
            Answer::from(answer).expect_problem(status);
        }
        for mut client in [site.http1(), site.http2()] {
            let chunks = vec!["a".repeat(70_000).into(), "b".into()];
            let head = head(&page, &authorization);
            let answer = client.send_chunked(head, chunks, trailers()).unwrap();
            Answer::from(answer).expect_problem(status);
        }
    }
    assert!(site.seen("flow-stranger").is_empty());
}

#[test]
fn a_stranger_is_refused_before_the_body_arrives() {
    let site = Site::shared();
    let team = Team::new(&site, "flow-early");
    let authorization = format!("authorization: {}", team.signed_in("stranger"));
    let mut raw = site.raw();
    let line = format!("POST {} HTTP/1.1", team.page("form"));
    raw.head(&[line.as_bytes(), b"host: x", authorization.as_bytes(), b"content-length: 1000"]);
    raw.read().expect_problem(403);

    let mut raw = site.raw();
    let line = format!("POST {} HTTP/1.1", team.path("/Users"));
    raw.head(&[line.as_bytes(), b"host: x", b"content-length: 1000"]);
    raw.read().expect_scim_error(401);
    assert!(site.seen("flow-early").is_empty());
}

#[test]
fn a_member_s_body_comes_through_whole_with_its_trailers() {
    let site = Site::shared();
    let team = Team::new(&site, "flow-member");
    team.provision("ada");
    let (page, ada) = (team.page("form"), team.signed_in("ada"));
    let body = "0123456789".repeat(50_000);
    for mut client in [site.http1(), site.http2()] {
        let headers = [("authorization", ada.as_str())];
        let answer: Answer =
            client.send(Method::POST, &page, &headers, body.clone()).unwrap().into();
        assert_eq!(answer.json()["body"]["sha256"], xtask::demo::sha256(&body));

        let chunks = body.as_bytes().chunks(30_000).map(|chunk| chunk.to_vec().into()).collect();
        let answer = client.send_chunked(head(&page, &ada), chunks, trailers()).unwrap();
        let echo = Answer::from(answer).expect(200).json();
        assert_eq!(echo["body"]["sha256"], xtask::demo::sha256(&body));
        assert_eq!(echo["trailers"]["x-checksum"], "17");
    }
}

#[test]
fn a_chunked_scim_body_ends_with_its_trailers() {
    let site = Site::shared();
    let team = Team::new(&site, "flow-trailers");
    for (number, mut client) in [site.http1(), site.http2()].into_iter().enumerate() {
        for (kind, trailers) in [("with", trailers()), ("without", None)] {
            let body = team.user(&format!("{kind}{number}")).to_string();
            let (first, second) = body.split_at(40);
            let chunks = vec![first.to_owned().into(), second.to_owned().into()];
            let head = head(&team.path("/Users"), &team.connection.bearer());
            Answer::from(client.send_chunked(head, chunks, trailers).unwrap()).expect(201);
        }
    }
    assert_eq!(team.list().json()["totalResults"], 4);
}

#[test]
fn a_scim_body_may_arrive_byte_by_byte() {
    let site = Site::shared();
    let team = Team::new(&site, "flow-slowly");
    let body = team.user("ada").to_string();
    let head = head_of_create(&team, "transfer-encoding: chunked");
    let mut raw = site.raw();
    raw.write(head.as_bytes());
    for byte in body.bytes() {
        raw.chunk(&[byte]);
    }
    raw.chunk(b"");
    raw.read().expect(201);
}

#[test]
fn a_chunked_body_of_trailers_alone_is_an_empty_one() {
    let site = Site::shared();
    let team = Team::new(&site, "flow-only-trailers");
    let mut raw = site.raw();
    raw.write(head_of_create(&team, "transfer-encoding: chunked").as_bytes());
    raw.write(b"0\r\nx-checksum: 17\r\n\r\n");
    raw.read().expect_scim_error(400);
}

#[test]
fn expect_100_continue_is_no_obstacle() {
    let site = Site::shared();
    let team = Team::new(&site, "flow-expect");
    let body = team.user("ada").to_string();
    let more = format!("expect: 100-continue\r\ncontent-length: {}", body.len());
    let mut raw = site.raw();
    raw.write(head_of_create(&team, &more).as_bytes());
    raw.write(body.as_bytes());
    raw.read().expect(201);

    let mut raw = site.raw();
    raw.write(head_of_create(&team, &more).replace("Bearer scim_", "Bearer scim_X").as_bytes());
    raw.read().expect_scim_error(401);
}

#[test]
fn requests_without_a_body_are_answered_at_their_head() {
    let site = Site::shared();
    let team = Team::new(&site, "flow-no-body");
    let id = team.provision("ada");
    let user = format!("/Users/{id}");
    let cases = [
        ("GET", "/Users", 200),
        ("POST", "/Users", 400),
        ("PATCH", user.as_str(), 400),
        ("HEAD", "/Users", 405),
        ("OPTIONS", "/Users", 405),
        ("TRACE", "/Users", 405),
        ("DELETE", user.as_str(), 204),
    ];
    for (method, rest, status) in cases {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        for length in [None, Some("0")] {
            if method == Method::DELETE && length.is_none() {
                continue;
            }
            for mut client in [site.http1(), site.http2()] {
                let mut request = Request::builder().method(&method).uri(team.path(rest));
                for (name, value) in team.headers() {
                    request = request.header(name, value);
                }
                if let Some(length) = length {
                    request = request.header("content-length", length);
                }
                let answer = client.request(request.body("".into()).unwrap()).unwrap();
                let gone = method == Method::DELETE && answer.status() == 404;
                assert!(answer.status() == status || gone, "{method} {rest}: {answer:?}");
                if status == 405 {
                    assert_eq!(answer.headers()["allow"], "GET, POST");
                }
            }
        }
    }
}

/// The head of a create, `more` lines included.
fn head_of_create(team: &Team<'_>, more: &str) -> String {
    let (path, bearer) = (team.path("/Users"), team.connection.bearer());
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: {bearer}\r\n\
         content-type: application/scim+json\r\n{more}\r\n\r\n"
    )
}

fn head(path: &str, authorization: &str) -> Request<()> {
    Request::post(path)
        .header("authorization", authorization)
        .header("content-type", "application/scim+json")
        .header("trailer", "x-checksum")
        .body(())
        .unwrap()
}

fn trailers() -> Option<HeaderMap> {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-checksum", "17".parse().unwrap());
    Some(trailers)
}
