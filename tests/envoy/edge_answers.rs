//! What Envoy answers by itself, before or in place of the filter.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use http::Method;
use serde_json::json;
use xtask::envoy::{Config, Place};

use crate::answer::Answer;
use crate::site::Site;
use crate::team::Team;

fn manager(field: &str) -> String {
    format!("{}/{field}", Config::MANAGER)
}

/// The head of a POST that announces a body.
fn head(path: &str, authorization: &str, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: {authorization}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    )
}

#[test]
fn what_has_no_filter_in_front_of_it_is_404_in_the_words_of_its_path() {
    let site = Site::start(|plan| {
        let filters = plan.config.at(&manager("http_filters")).unwrap();
        filters.as_array_mut().unwrap().remove(2);
    });
    for mut client in [site.http1(), site.http2()] {
        let mut get = |path: &str| Answer::from(client.get(path, &[]).unwrap());
        get("/scim/v2/team.x/Users").expect_scim_error(404);
        get("/v1/teams/x").expect_problem(404);
        get("/settings/teams/x").expect_problem(404);
    }
}

#[test]
fn a_body_that_does_not_arrive_is_408() {
    let site = Site::start(|plan| {
        *plan.config.at(&manager("request_timeout")).unwrap() = json!("1s");
    });
    let team = Team::new(&site, "answers-late");
    let (users, bearer) = (team.path("/Users"), team.connection.bearer());
    let mut scim = site.raw();
    scim.write(head(&users, &bearer, 10).as_bytes()).write(b"{");
    let mut manage = site.raw();
    manage.write(head("/v1/teams/answers-late", &site.platform(), 10).as_bytes());
    assert_eq!(scim.read().expect_scim_error(408), "the request did not arrive in time");
    manage.read().expect_problem(408);
    assert_eq!(team.list().json()["totalResults"], 0);
}

#[test]
fn a_body_over_envoy_s_own_limit_is_413() {
    let site = Site::start(|plan| {
        let limit = "/static_resources/listeners/0/per_connection_buffer_limit_bytes";
        *plan.config.at(limit).unwrap() = json!(65536);
        let http2 = manager("http2_protocol_options/initial_stream_window_size");
        *plan.config.at(&http2).unwrap() = json!(65536);
    });
    let team = Team::new(&site, "answers-large");
    let (users, bearer, platform) =
        (team.path("/Users"), team.connection.bearer(), site.platform());
    let body = " ".repeat(400_000);
    let mut raw = site.raw();
    raw.write(head(&users, &bearer, body.len()).as_bytes()).write_on(body.clone().into_bytes());
    assert_eq!(raw.read().expect_scim_error(413), "the body is larger than 1 MiB");
    let mut raw = site.raw();
    raw.write(head("/v1/teams/answers-large", &platform, body.len()).as_bytes());
    raw.write_on(body.clone().into_bytes()).read().expect_problem(413);
    let answer = team.scim_on(&mut site.http2(), Method::POST, "/Users", &body);
    answer.expect_scim_error(413);
}

#[test]
fn too_many_requests_are_429_with_the_seconds_to_wait() {
    let bucket = json!({ "max_tokens": 2, "tokens_per_fill": 1, "fill_interval": "600s" });
    let site = Site::start(|plan| plan.config.set(Place::RateLimit, bucket).unwrap());
    let mut client = site.http1();
    let mut get = |path: &str| Answer::from(client.get(path, &[]).unwrap());
    get("/scim/v2/team.x/Users").expect_scim_error(401);
    get("/scim/v2/team.x/Users").expect_scim_error(401);
    for answer in [get("/scim/v2/team.x/Users"), get("/t/team/page"), get("/v1/teams/x")] {
        assert_eq!(answer.header("retry-after").parse(), Ok(1_u32));
        assert_eq!(answer.status, 429);
    }
    get("/scim/v2/team.x/Users").expect_scim_error(429);
    get("/t/team/page").expect_problem(429);
}

#[test]
fn a_service_that_is_down_is_a_problem_503() {
    // Nobody listens on port 1.
    let site = Site::start(|plan| plan.config.set_port(Place::Product, 1).unwrap());
    let team = Team::new(&site, "answers-down");
    team.provision("ada");
    for mut client in [site.http1(), site.http2()] {
        let ada = team.signed_in("ada");
        let answer = client.get(&team.page("page"), &[("authorization", &ada)]).unwrap();
        Answer::from(answer).expect_problem(503);
        Answer::from(client.get("/public/page", &[]).unwrap()).expect_problem(503);
        team.scim_on(&mut client, Method::GET, "/Users", "").expect(200);
    }
}

/// Behind the paths of SCIM there is nothing as shipped; but what stands in front of them may be made of the same
/// configuration, and Okta shows its administrators "Invalid JSON" for any other answer.
#[test]
fn a_gateway_that_fails_is_a_scim_error_on_the_paths_of_scim() {
    let service = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = service.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut silent = Vec::new();
        for mut stream in service.incoming().map(Result::unwrap) {
            let mut head = [0; 1024];
            let read = stream.read(&mut head).unwrap();
            let head = String::from_utf8_lossy(&head[..read]);
            if head.contains("/nonsense") {
                stream.write_all(b"nonsense\r\n\r\n").unwrap();
            } else if head.contains("/silent") {
                silent.push(stream);
            }
        }
    });
    let site = Site::start(|plan| {
        let filters = plan.config.at(&manager("http_filters")).unwrap();
        filters.as_array_mut().unwrap().remove(2);
        let route = manager("route_config/virtual_hosts/0/routes/0");
        *plan.config.at(&route).unwrap() = json!({
            "match": { "prefix": "/scim/" }, "route": { "cluster": "product", "timeout": "1s" },
        });
        plan.config.set_port(Place::Product, port).unwrap();
    });
    for connect in [Site::http1, Site::http2] {
        let get = |path: &str| Answer::from(connect(&site).get(path, &[]).unwrap());
        get("/scim/v2/team.x/nonsense").expect_scim_error(502);
        get("/scim/v2/team.x/gone").expect_scim_error(503);
        get("/scim/v2/team.x/silent").expect_scim_error(504);
    }
}

#[test]
fn a_path_with_an_escaped_slash_is_400() {
    let site = Site::shared();
    for connect in [Site::http1, Site::http2] {
        let get = |path: &str| Answer::from(connect(&site).get(path, &[]).unwrap());
        get("/scim/v2/team.x%2fUsers").expect_scim_error(400);
        get("/t/team%2fpage").expect_problem(400);
    }
}

#[test]
fn the_filter_s_own_answers_stay_as_they_are() {
    let site = Site::shared();
    let team = Team::new(&site, "answers-own");
    for connect in [Site::http1, Site::http2] {
        let scim = |rest: &str| team.scim_on(&mut connect(&site), Method::GET, rest, "");
        assert_ne!(scim("/Users/no-such").expect_scim_error(404), "there is no such endpoint");
        // Envoy hangs up after a 400 on HTTP/1.1, whoever said it.
        let answer = scim("/Users?filter=nonsense");
        answer.expect_scim_error(400);
        assert_eq!(answer.json()["scimType"], "invalidFilter");
        for path in ["/t/answers-own/page", "/v1/teams/answers-own/nothing"] {
            let answer = Answer::from(connect(&site).get(path, &[]).unwrap());
            assert_ne!(answer.expect_problem(401), "answered by the edge, not by the service");
            assert_eq!(answer.json()["code"], "unauthenticated");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
    }
}
