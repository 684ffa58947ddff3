//! Who gets through a proxy that asks the gate.

use http::{Method, Request};
use hyper::body::Bytes;
use serde_json::Value;

use crate::proxy::Kind;
use crate::site::{OWNER, Site, trusted};
use crate::spellings;

fn owned(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// What the gate says of the owner.
fn of_the_owner(site: &Site) -> Vec<(String, String)> {
    let account = site.account(OWNER);
    owned(&[("x-account-id", &account), ("x-team-id", "acme"), ("x-team-role", "owner")])
}

#[test]
fn a_member_gets_through_with_what_the_service_can_trust() {
    for kind in Kind::ALL {
        let site = Site::start(kind);
        let (token, expected) = (site.token(OWNER), of_the_owner(&site));
        let (answer, seen) = site.ask("/t/acme/a%20b//c?d=%2F..", Some(&token), &[]);
        assert_eq!(answer.status(), 200, "{kind:?}: {}", site.proxy.log());
        let seen = seen.unwrap();
        assert_eq!(seen.path, "/t/acme/a%20b//c?d=%2F..", "{kind:?}");
        assert_eq!(trusted(&seen.headers), expected, "{kind:?}");

        let request = Request::builder()
            .method(Method::POST)
            .uri("/t/acme/")
            .header("authorization", format!("Bearer {token}"))
            .body(Bytes::from_static(b"the whole body"));
        let (answer, seen) = site.send(request.unwrap());
        assert_eq!(answer.status(), 200, "{kind:?}");
        assert_eq!(seen.unwrap().method, "POST");
        let echo: Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(echo["body"]["bytes"], 14, "{kind:?}: {echo}");
    }
}

#[test]
fn nobody_and_strangers_stay_outside() {
    for kind in Kind::ALL {
        let site = Site::start(kind);
        let answer = site.assert_shut(401, "/t/acme/", None, &[]);
        assert_eq!(answer.headers()["www-authenticate"], "Bearer", "{kind:?}");
        let (stranger, owner) = (site.token("eve@example.com"), site.token(OWNER));
        let expired = site.token_until(OWNER, -61);
        site.assert_shut(401, "/t/acme/", Some(&expired), &[]);
        site.assert_shut(401, "/t/acme/", Some(&format!("{owner}AA")), &[]);
        site.assert_shut(403, "/t/acme/", Some(&stranger), &[]);
        site.assert_shut(403, "/t/unknown/", Some(&owner), &[]);
        site.assert_shut(403, "/", Some(&owner), &[]);
        site.assert_shut(403, "/anything", Some(&owner), &[]);
    }
}

#[test]
fn who_is_taken_out_stays_outside_from_the_next_request_on() {
    for kind in Kind::ALL {
        let site = Site::start(kind);
        let path = "/v1/teams/acme/members/ada%40example.com";
        assert_eq!(site.platform(Method::PUT, path, "").status(), 201, "{kind:?}");
        let token = site.token("ada@example.com");
        assert_eq!(site.ask("/t/acme/", Some(&token), &[]).0.status(), 200);
        assert_eq!(site.platform(Method::DELETE, path, "").status(), 204, "{kind:?}");
        site.assert_shut(403, "/t/acme/", Some(&token), &[]);
    }
}

#[test]
fn an_open_path_is_open_and_brings_nothing_to_trust() {
    for kind in Kind::ALL {
        let site = Site::start(kind);
        let (answer, seen) = site.ask("/public/logo.png", None, &[]);
        assert_eq!(answer.status(), 200, "{kind:?}");
        assert_eq!(trusted(&seen.unwrap().headers), owned(&[]), "{kind:?}");
    }
}

#[test]
fn what_a_client_says_under_the_trusted_names_never_gets_by() {
    for kind in Kind::ALL {
        let site = Site::start(kind);
        let (token, expected) = (site.token(OWNER), of_the_owner(&site));
        let mut names = spellings::all();
        names.extend(["X-Team-Id", "X_TEAM_ID"].map(str::to_owned));
        for name in &names {
            let spoofed = [(name.as_str(), "spoofed"), (name.as_str(), "again")];
            let (_, seen) = site.ask("/t/acme/", Some(&token), &spoofed);
            assert_eq!(trusted(&seen.unwrap().headers), expected, "{kind:?} {name}");
            let (_, seen) = site.ask("/public/", None, &spoofed);
            assert_eq!(trusted(&seen.unwrap().headers), owned(&[]), "{kind:?} {name}");
            site.assert_shut(401, "/t/acme/", None, &spoofed);
        }
    }
}

#[test]
fn a_client_cannot_have_taken_out_what_the_gate_says() {
    for kind in Kind::ALL {
        let site = Site::start(kind);
        let (token, expected) = (site.token(OWNER), of_the_owner(&site));
        for listed in ["x-team-id", "keep-alive, X-TEAM-ROLE", "x-account-id,x-forwarded-uri"] {
            let (answer, seen) = site.ask("/t/acme/", Some(&token), &[("connection", listed)]);
            match seen {
                Some(seen) => assert_eq!(trusted(&seen.headers), expected, "{kind:?} {listed}"),
                None => assert_eq!(answer.status(), 400, "{kind:?} {listed} {answer:?}"),
            }
        }
    }
}

#[test]
fn a_clients_own_forwarded_uri_opens_nothing() {
    for kind in Kind::ALL.into_iter().chain([Kind::TraefikThatTrustsClients]) {
        let site = Site::start(kind);
        let stranger = site.token("eve@example.com");
        for name in ["x-forwarded-uri", "X-Forwarded-Uri", "x_forwarded_uri", "x-forwarded_uri"] {
            let once = [(name, "/public/")];
            let twice = [(name, "/public/"), (name, "/public/x")];
            for headers in [&once[..], &twice[..]] {
                site.assert_shut(401, "/t/acme/", None, headers);
                site.assert_shut(403, "/t/acme/", Some(&stranger), headers);
            }
        }
        let hints = [("x-original-url", "/public/"), ("x-rewrite-url", "/public/")];
        site.assert_shut(401, "/t/acme/", None, &hints);
        let connection = [("connection", "x-forwarded-uri, authorization")];
        site.assert_shut(401, "/t/acme/", None, &connection);
    }
}

#[test]
fn a_path_that_could_be_read_in_two_ways_is_shut() {
    for kind in Kind::ALL {
        let site = Site::start(kind);
        let owner = site.token(OWNER);
        for path in [
            "/public/../t/acme/",
            "/public/%2e%2e/t/acme/",
            "/public/..%2ft/acme/",
            "/public/..%5ct/acme/",
            "/t/acme/../other/",
            "/t/acme/./x",
            "/t/acme/%00",
            "//t/acme/",
            "/public//../../t/acme/",
        ] {
            let (answer, seen) = site.ask(path, Some(&owner), &[]);
            assert!(seen.is_none(), "{kind:?} {path}: {seen:?}");
            assert!(matches!(answer.status().as_u16(), 400 | 403), "{kind:?} {path} {answer:?}");
        }
    }
}

/// As Traefik does by itself: then it must ask for the path that the service gets.
#[test]
fn who_cleans_a_path_asks_for_what_it_hands_on() {
    let site = Site::start(Kind::TraefikThatCleansPaths);
    let (owner, stranger) = (site.token(OWNER), site.token("eve@example.com"));
    let expected = of_the_owner(&site);
    for path in [
        "/public/../t/acme/",
        "/public/%2e%2e/t/acme/",
        "/public//../../t/acme/",
        "/scim/../t/acme/",
        "//t/acme/",
        "/t//acme/",
    ] {
        for token in [None, Some(stranger.as_str())] {
            let (answer, seen) = site.ask(path, token, &[]);
            assert!(seen.is_none(), "{path}: {seen:?}");
            assert!(answer.status().is_client_error(), "{path} {answer:?}");
        }
        let (_, seen) = site.ask(path, Some(&owner), &[]);
        if let Some(seen) = seen {
            assert_eq!(seen.path, "/t/acme/", "{path}");
            assert_eq!(trusted(&seen.headers), expected, "{path}");
        }
    }
    let (_, seen) = site.ask("/public/../t/acme//x", Some(&owner), &[]);
    assert_eq!(seen.unwrap().path, "/t/acme/x");
}

#[test]
fn refusals_reach_clients_as_they_were_written() {
    for kind in [Kind::Caddy, Kind::Traefik] {
        let site = Site::start(kind);
        let stranger = site.token("eve@example.com");
        for (status, code, path, token) in [
            (401, "unauthenticated", "/t/acme/", None),
            (403, "not_member", "/t/acme/", Some(stranger.as_str())),
            (403, "closed_path", "/elsewhere", Some(&stranger)),
        ] {
            let answer = site.assert_shut(status, path, token, &[]);
            let problem: Value = serde_json::from_slice(answer.body()).unwrap();
            assert_eq!(problem["code"], code, "{kind:?} {path} {problem}");
        }
    }
}

#[test]
fn a_store_that_cannot_be_asked_lets_nobody_in() {
    for kind in Kind::ALL {
        let site = Site::start(kind);
        let token = site.token(OWNER);
        site.edge.set_store_away(true);
        let answer = site.assert_shut(503, "/t/acme/", Some(&token), &[]);
        assert_eq!(answer.headers()["retry-after"], "1", "{kind:?}");
        site.edge.set_store_away(false);
        assert_eq!(site.ask("/t/acme/", Some(&token), &[]).0.status(), 200, "{kind:?}");
    }
}

#[test]
fn without_scim_edge_nobody_gets_in() {
    for kind in Kind::ALL {
        let mut site = Site::start(kind);
        let token = site.token(OWNER);
        site.edge.stop();
        for path in ["/t/acme/", "/public/"] {
            let (answer, seen) = site.ask(path, Some(&token), &[]);
            assert!(seen.is_none(), "{kind:?} {path}: {seen:?}");
            assert!(answer.status().is_server_error(), "{kind:?} {path} {answer:?}");
        }
    }
}

#[test]
fn what_scim_edge_answers_itself_is_not_for_the_gate() {
    for kind in Kind::ALL {
        let site = Site::start(kind);
        let answer = site.platform(Method::GET, "/v1/teams/acme", "");
        assert_eq!(answer.status(), 200, "{kind:?}");
        let answer = site.assert_shut(401, "/scim/v2/acme.x/Users", None, &[]);
        assert_eq!(answer.headers()["content-type"], "application/scim+json", "{kind:?}");
    }
}
