//! How large a body may be, and who says so.

use http::{Method, Request};
use xtask::client::Client;

use crate::answer::Answer;
use crate::site::Site;
use crate::team::Team;

const MIB: usize = 1024 * 1024;

/// A user's body of exactly this size, which is legal: JSON may have blanks.
fn user_of_size(team: &Team<'_>, name: &str, size: usize) -> String {
    let user = team.user(name).to_string();
    let blanks = " ".repeat(size - user.len());
    format!("{blanks}{user}")
}

fn chunked(team: &Team<'_>, client: &mut Client, body: &str) -> Answer {
    let mut head = Request::post(team.path("/Users"));
    for (name, value) in team.headers() {
        head = head.header(name, value);
    }
    let chunks = body.as_bytes().chunks(100_000).map(|chunk| chunk.to_vec().into()).collect();
    client.send_chunked(head.body(()).unwrap(), chunks, None).unwrap().into()
}

#[test]
fn a_body_of_exactly_1_mib_is_taken() {
    let site = Site::shared();
    let team = Team::new(&site, "bodies-exact");
    for (number, mut client) in [site.http1(), site.http2()].into_iter().enumerate() {
        let body = user_of_size(&team, &format!("length{number}"), MIB);
        team.scim_on(&mut client, Method::POST, "/Users", &body).expect(201);
        let body = user_of_size(&team, &format!("chunked{number}"), MIB);
        chunked(&team, &mut client, &body).expect(201);
    }
    assert_eq!(team.list().json()["totalResults"], 4);
}

#[test]
fn a_longer_body_is_refused_with_a_scim_error_and_changes_nothing() {
    let site = Site::shared();
    let team = Team::new(&site, "bodies-over");
    for size in [MIB + 1, 3 * MIB, 20 * MIB] {
        let body = user_of_size(&team, "ada", size);
        let ours = "a body can have 1048576 bytes at the most";
        // What arrives all at once and is over Envoy's own limit may be refused by Envoy first, in its words.
        let envoys = "the body is larger than 1 MiB";
        let refused = |answer: Answer, announced: bool, what: &str| {
            let detail = answer.expect_scim_error(413);
            let by_envoy = !announced && size > 2 * MIB && detail == envoys;
            assert!(detail == ours || by_envoy, "{what} {size}: {detail}");
        };
        // What is announced is refused at the head; HTTP/1 is written beside reading, as the edge hangs up early.
        for framing in ["content-length", "chunked"] {
            let mut raw = site.raw();
            raw.write(head_of_create(&team, framing, size).as_bytes());
            let framed = match framing {
                "chunked" => {
                    [format!("{size:x}\r\n").as_bytes(), body.as_bytes(), b"\r\n0\r\n\r\n"].concat()
                }
                _ => body.clone().into_bytes(),
            };
            raw.write_on(framed);
            refused(raw.read(), framing == "content-length", framing);
        }
        let answer = team.scim_on(&mut site.http2(), Method::POST, "/Users", &body);
        refused(answer, true, "HTTP/2");
        let answer = chunked(&team, &mut site.http2(), &body);
        refused(answer, false, "HTTP/2 without length");
    }
    assert_eq!(team.list().json()["totalResults"], 0);
}

#[test]
fn a_long_body_to_the_management_api_is_refused_with_a_problem() {
    let site = Site::shared();
    let authorization = site.platform();
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    let body = " ".repeat(MIB + 1);
    let answer = site.http2().send(Method::PUT, "/v1/teams/bodies-manage", &headers, body).unwrap();
    Answer::from(answer).expect_problem(413);
}

#[test]
fn a_member_s_upload_may_be_larger_than_what_envoy_keeps() {
    let site = Site::shared();
    let team = Team::new(&site, "bodies-upload");
    team.provision("ada");
    let authorization = team.signed_in("ada");
    let body = "0123456789".repeat(MIB / 2);
    for mut client in [site.http1(), site.http2()] {
        let headers = [("authorization", authorization.as_str())];
        let answer =
            client.send(Method::POST, &team.page("upload"), &headers, body.clone()).unwrap();
        let echo = Answer::from(answer).expect(200).json();
        assert_eq!(echo["body"]["sha256"], xtask::demo::sha256(&body));
    }
}

fn head_of_create(team: &Team<'_>, framing: &str, size: usize) -> String {
    let framing = match framing {
        "chunked" => "transfer-encoding: chunked".to_owned(),
        _ => format!("content-length: {size}"),
    };
    let (path, bearer) = (team.path("/Users"), team.connection.bearer());
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: {bearer}\r\n\
         content-type: application/scim+json\r\n{framing}\r\n\r\n"
    )
}
