//! Who gets through to the service behind.

use http::{Method, Version};

use xtask::envoy::Config;

use crate::answer::Answer;
use crate::site::Site;
use crate::team::Team;

#[test]
fn the_gate_opens_with_create_shuts_with_deactivate_and_opens_with_reactivate() {
    let site = Site::shared();
    let team = Team::new(&site, "gate-promise");
    let mut clients = site.on_both_workers();
    let ada = team.signed_in("ada");
    let mut all_answer = |status: u16| {
        for client in &mut clients {
            let answer = client.get(&team.page("page"), &[("authorization", &ada)]).unwrap();
            assert_eq!(answer.status(), status);
        }
    };
    site.get(&team.page("page"), "").expect_problem(401);
    all_answer(403);
    let id = team.provision("ada");
    all_answer(200);
    for _ in 0..5 {
        team.set_active(&id, false);
        all_answer(403);
        team.set_active(&id, true);
        all_answer(200);
    }
    team.scim(Method::DELETE, &format!("/Users/{id}"), "").expect(204);
    all_answer(403);
    team.provision("ada");
    all_answer(200);
}

#[test]
fn a_member_of_one_team_is_a_stranger_to_another() {
    let site = Site::shared();
    let (one, other) = (Team::new(&site, "gate-one"), Team::new(&site, "gate-other"));
    one.provision("ada");
    site.get(&one.page("page"), &one.signed_in("ada")).expect(200);
    site.get(&other.page("page"), &one.signed_in("ada")).expect_problem(403);
    site.get("/t/gate-no-such-team/page", &one.signed_in("ada")).expect_problem(403);
}

#[test]
fn the_service_behind_is_told_who_by_the_edge_alone() {
    let site = Site::shared();
    let team = Team::new(&site, "gate-trusted");
    team.provision("ada");
    let ada = team.signed_in("ada");
    let forged = [
        ("x-team-id", "forged"),
        ("X-Team-Role", "owner"),
        ("x-account-id", "forged"),
        ("x-account-id", "forged-again"),
        ("x_team_id", "forged"),
        ("X_TEAM_ROLE", "owner"),
        ("x-team_id", "forged"),
        ("x_account-id", "forged"),
    ];
    let signed = [&[("authorization", ada.as_str())][..], &forged].concat();
    for (path, headers, trusted) in [
        (team.page("gate-trusted"), &signed[..], Some("gate-trusted")),
        ("/public/gate-trusted".to_owned(), &forged[..], None),
        ("/public/gate-trusted?signed-in".to_owned(), &signed[..], None),
    ] {
        let forging: Vec<(&str, String)> =
            headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let lower: Vec<(String, String)> =
            forging.iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect();
        let lower: Vec<(&str, &str)> =
            lower.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        site.http1().get(&path, headers).unwrap();
        site.http2().get(&path, &lower).unwrap();
        let mut raw = site.raw();
        let line = format!("GET {path} HTTP/1.1\r\nhost: x");
        let fields: Vec<String> = forging.iter().map(|(n, v)| format!("{n}: {v}")).collect();
        let lines: Vec<&[u8]> = std::iter::once(line.as_bytes())
            .chain(fields.iter().map(|field| field.as_bytes()))
            .collect();
        raw.head(&lines).read().expect(200);

        let seen = site.seen(&path);
        assert_eq!(seen.len(), 3, "{path}");
        for head in seen {
            assert_eq!(head.headers.get("x-team-id").map(|id| id.to_str().unwrap()), trusted);
            let values: Vec<_> =
                head.headers.iter().filter(|(_, value)| *value == "forged").collect();
            assert!(values.is_empty(), "{values:?}");
            let role = head.headers.get_all("x-team-role").iter().collect::<Vec<_>>();
            assert_eq!(role, if trusted.is_some() { vec!["member"] } else { vec![] });
            assert_eq!(
                head.headers.get_all("x-account-id").iter().count(),
                usize::from(trusted.is_some())
            );
            assert!(head.headers.keys().all(|name| !name.as_str().contains('_')));
        }
    }
}

#[test]
fn names_that_a_service_may_fold_into_the_trusted_ones_are_taken_out_by_the_filter_too() {
    // The shipped configuration has Envoy drop them.
    let site = Site::start(|plan| {
        let options = format!("{}/common_http_protocol_options", Config::MANAGER);
        plan.config.at(&options).unwrap()["headers_with_underscores_action"] = "ALLOW".into();
    });
    let team = Team::new(&site, "gate-underscores");
    team.provision("ada");
    let bearer = format!("authorization: {}", team.signed_in("ada"));
    for path in [team.page("gate-underscores"), "/public/gate-underscores".to_owned()] {
        let line = format!("GET {path} HTTP/1.1");
        // Control characters Envoy itself refuses.
        for (value, status) in
            [(&b"owner"[..], 200), (b"owner\xff", 200), (b"owner\x01", 400), (b"owner\x7f", 400)]
        {
            for name in [&b"x_team_role: "[..], b"X-Team_Role: ", b"x_account-id: "] {
                let field = [name, value].concat();
                let head = [line.as_bytes(), b"host: x", bearer.as_bytes(), &field];
                site.raw().head(&head).read().expect(status);
            }
        }
    }
    let seen = site.seen("gate-underscores");
    assert_eq!(seen.len(), 12);
    for head in seen {
        assert!(head.headers.keys().all(|name| !name.as_str().contains('_')), "{head:?}");
        assert!(head.headers.get_all("x-team-role").iter().all(|role| role == "member"));
    }
}

#[test]
fn roles_are_told_as_they_are() {
    let site = Site::shared();
    let team = Team::new(&site, "gate-roles");
    let echo = team.visit("owner").expect(200).json();
    assert_eq!(echo["headers"]["x-team-role"], "owner");
    assert_eq!(echo["headers"]["x-team-id"], "gate-roles");
    assert!(echo["headers"]["x-account-id"].as_str().is_some_and(|id| !id.is_empty()));
}

#[test]
fn paths_with_two_readings_never_pass_the_gate() {
    let site = Site::shared();
    let team = Team::new(&site, "gate-paths");
    let bearer = format!("authorization: {}", team.signed_in("stranger"));
    let paths = [
        "//t/gate-paths/page",
        "/t//gate-paths/page",
        "/public/../t/gate-paths/page",
        "/public/%2e%2e/t/gate-paths/page",
        "/public/%2E%2E/t/gate-paths/page",
        "/public/.%2e/t/gate-paths/page",
        "/public/..;/t/gate-paths/page",
        "/public/..%2ft/gate-paths/page",
        "/public/%2e%2e%2ft%2fgate-paths/page",
        "/public/..%5ct/gate-paths/page",
        "/public/..\\t\\gate-paths\\page",
        "/public/%252e%252e/t/gate-paths/page",
        "/t/demo/..;/gate-paths/page",
        "/t/other/%2e%2e/gate-paths/page",
        "/t%2fgate-paths/page",
        "/%74/gate-paths/page",
        "/t/gate%2dpaths/page",
        "/T/gate-paths/page",
        "/t/GATE-PATHS/page",
        "/t/gate-paths",
        "/t/gate-paths/",
        "/t/gate-paths;x=/page",
        "/t/gate-paths%00/page",
        "/t/gate-paths/page%00",
        "/t/gate-paths/page#/public/",
        "/t/gate-paths/page?/public/",
        "/./t/gate-paths/page",
        "t/gate-paths/page",
        "*",
    ];
    for path in paths {
        for line in [format!("GET {path} HTTP/1.1"), format!("GET http://x{path} HTTP/1.1")] {
            let mut raw = site.raw();
            let answer = raw.head(&[line.as_bytes(), b"host: x", bearer.as_bytes()]).read();
            // Envoy sends a client to the path as it should be written.
            let refused = (400..500).contains(&answer.status) || answer.status == 307;
            let behind = site.seen("gate-paths");
            let read_as: Vec<&str> = behind.iter().map(|head| head.path.as_str()).collect();
            let harmless = read_as.iter().all(|path| {
                path.starts_with("/public/") && !path.contains("/../") && !path.contains("%2e%2e/")
            });
            assert!(refused || harmless, "{line}: {} {read_as:?}", answer.status);
        }
        if path.starts_with('/') && !path.contains(['\\', '#']) {
            let authorization = team.signed_in("stranger");
            let answer = site.http2().get(path, &[("authorization", &authorization)]);
            assert!(
                answer.is_err() || answer.unwrap().status() != 200 || path.starts_with("/public/"),
                "{path}"
            );
        }
    }
    let behind = site.seen("gate-paths");
    assert!(behind.iter().all(|head| head.path.starts_with("/public/")), "{behind:?}");
}

#[test]
fn connect_and_upgrades_do_not_pass_by_the_gate() {
    let site = Site::shared();
    let team = Team::new(&site, "gate-connect");
    let page = format!("GET {} HTTP/1.1", team.page("page"));
    let heads: [&[&[u8]]; 4] = [
        &[b"CONNECT /t/gate-connect/page HTTP/1.1", b"host: x"],
        &[b"CONNECT gate-connect:80 HTTP/1.1", b"host: gate-connect:80"],
        &[page.as_bytes(), b"host: x", b"connection: upgrade", b"upgrade: websocket"],
        &[
            page.as_bytes(),
            b"host: x",
            b"connection: upgrade, http2-settings",
            b"upgrade: h2c",
            b"http2-settings: AAMAAABkAAQCAAAAAAIAAAAA",
        ],
    ];
    for head in heads {
        let answer = site.raw().head(head).read();
        assert!((400..500).contains(&answer.status), "{}: {answer:?}", head[0].escape_ascii());
    }
    assert!(site.seen("gate-connect").is_empty());
}

#[test]
fn a_fold_or_a_control_character_in_a_field_smuggles_no_other_in() {
    let site = Site::shared();
    let team = Team::new(&site, "gate-folds");
    team.provision("ada");
    let bearer = format!("authorization: {}", team.signed_in("ada"));
    let line = format!("GET {} HTTP/1.1", team.page("gate-folds"));
    for field in [
        &b"x-any: 1\r\n x-team-role: owner"[..],
        b"x-any: 1\nx-team-role: owner",
        b"x-any: 1\rx-team-role: owner",
        b"x-any: \0x-team-role: owner",
        b"x-team-role : owner",
        b"connection: x-team-role, x-account-id",
        b"x-team-role:\towner",
    ] {
        site.raw().head(&[line.as_bytes(), b"host: x", bearer.as_bytes(), field]).read();
    }
    for head in site.seen("gate-folds") {
        let role: Vec<_> = head.headers.get_all("x-team-role").iter().collect();
        assert_eq!(role, ["member"], "{head:?}");
        assert_eq!(head.headers.get_all("x-account-id").iter().count(), 1);
    }
}

#[test]
fn http_1_0_passes_the_gate_no_more_easily() {
    let site = Site::shared();
    let team = Team::new(&site, "gate-http10");
    let line = format!("GET {} {:?}", team.page("page"), Version::HTTP_10);
    let answer: Answer = site.raw().head(&[line.as_bytes(), b"host: x"]).read();
    assert!(matches!(answer.status, 401 | 426), "{answer:?}");
    assert!(site.seen("gate-http10").is_empty());
}
