//! The settings page on a real Envoy: the page and its files come through with all that protects them, a browser is known by
//! its cookie, and pages of other sites can do nothing with that.

use std::io::Read as _;

use flate2::read::GzDecoder;
use http::Method;
use serde_json::Value;
use xtask::demo::COOKIE;

use crate::answer::Answer;
use crate::patience::eventually;
use crate::site::Site;
use crate::team::Team;

/// The page or a file of it, which must have come through as it was compressed.
fn unpacked(answer: &Answer) -> String {
    assert_eq!(answer.header("content-encoding"), "gzip");
    assert_eq!(answer.header("vary"), "accept-encoding");
    assert_eq!(answer.header("content-length"), answer.body.len().to_string());
    let mut text = String::new();
    GzDecoder::new(answer.body.as_slice()).read_to_string(&mut text).unwrap();
    text
}

fn path_of<'t>(page: &'t str, end: &str) -> &'t str {
    page.split('"').find(|text| text.ends_with(end)).unwrap()
}

#[test]
fn the_page_and_its_files_come_through_with_what_protects_them() {
    let site = Site::shared();
    for mut client in [site.http1(), site.http2()] {
        let page: Answer = client.get("/settings/teams/settings-page", &[]).unwrap().into();
        let page = page.expect(200);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(page.header("cache-control"), "no-store");
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none';"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
        let page = unpacked(&page);
        for (end, media_type) in [("app.js", "text/javascript"), ("style.css", "text/css")] {
            let browser = [("accept-encoding", "gzip, deflate, br, zstd")];
            let file: Answer = client.get(path_of(&page, end), &browser).unwrap().into();
            let file = file.expect(200);
            assert!(!unpacked(&file).is_empty());
            assert_eq!(file.header("content-type"), format!("{media_type}; charset=utf-8"));
            assert!(file.header("cache-control").ends_with("immutable"));
        }
    }
    site.get("/settings/static/0/none.js", "").expect_problem(404);
    let whole: Answer = site.http1().get("/settings/teams/x", &[]).unwrap().into();
    let head: Answer =
        site.http1().send(Method::HEAD, "/settings/teams/x", &[], "").unwrap().into();
    let head = head.expect(200);
    for name in ["content-length", "content-encoding", "content-type", "vary"] {
        assert_eq!(head.header(name), whole.header(name), "{name}");
    }
    let refusing = [("accept-encoding", "identity")];
    let refused: Answer = site.http1().get("/settings/teams/x", &refusing).unwrap().into();
    refused.expect_problem(406);
}

#[test]
fn a_browser_is_known_by_its_cookie_and_pages_of_other_sites_change_nothing_with_it() {
    let site = Site::shared();
    let team = Team::new(&site, "settings-cookie");
    let cookie = format!("theme=dark; {COOKIE}={}", site.sign_in.mint(&team.address("owner")));
    let scim = "/v1/teams/settings-cookie/scim";
    let ask = |method: Method, path: &str, fields: &[(&str, &str)]| -> Answer {
        let mut headers = vec![("cookie", cookie.as_str())];
        headers.extend_from_slice(fields);
        site.http1().send(method, path, &headers, "").unwrap().into()
    };
    let shown = ask(Method::GET, scim, &[]).expect(200).json();
    assert_eq!(shown["role"], "owner");

    let rotate = format!("{scim}/rotate");
    for field in [
        ("origin", "https://elsewhere.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let answer = ask(Method::POST, &rotate, &[field]);
        answer.expect_problem(403);
        assert_eq!(answer.json()["code"], "cross_origin");
    }
    team.list().expect(200);
    let own = [("origin", site.base_url()), ("sec-fetch-site", "same-origin".to_owned())];
    let own = own.each_ref().map(|(name, value)| (*name, value.as_str()));
    let rotated = ask(Method::POST, &rotate, &own).expect(200).json();
    site.keep_secret(rotated["token"].as_str().unwrap());
    team.list().expect_scim_error(401);

    let stranger = format!("{COOKIE}={}", site.sign_in.mint("stranger@elsewhere.example"));
    let answer: Answer = site.http1().get(scim, &[("cookie", &stranger)]).unwrap().into();
    answer.expect_problem(403);
    let nonsense = format!("{COOKIE}=nonsense");
    let answer: Answer = site.http1().get(scim, &[("cookie", &nonsense)]).unwrap().into();
    answer.expect_problem(401);
}

#[test]
fn a_trial_passes_and_the_last_requests_are_shown() {
    let site = Site::shared();
    let team = Team::new(&site, "settings-trial");
    let owner = team.signed_in("owner");
    let scim = "/v1/teams/settings-trial/scim";
    let trial = site.manage(Method::POST, &format!("{scim}/test"), &owner, &Value::Null).unwrap();
    let steps = trial["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 9);
    assert!(steps.iter().all(|step| step["ok"] == true), "{steps:?}");
    let shown = || site.manage(Method::GET, scim, &owner, &Value::Null).unwrap();
    let status = shown();
    assert_eq!((&status["users"], &status["last_request"]), (&Value::from(0), &Value::Null));

    let agent = [("user-agent", "Okta SCIM Client 1.0.0")];
    let bearer = team.connection.bearer();
    let mut client = site.http1();
    client.get(&team.path("/Users"), &[("authorization", &bearer), agent[0]]).unwrap();
    // The body is not waited for: this is refused at its head.
    client.send(Method::POST, &team.path("/Users"), &agent, "{}").unwrap();
    let status = eventually("both are shown", || {
        let status = shown();
        (!status["last_request"].is_null() && !status["last_refusal"].is_null()).then_some(status)
    });
    assert_eq!(status["last_request"]["user_agent"], agent[0].1);
    assert_eq!(status["last_request"]["request"], "GET /Users");
    assert_eq!(status["last_refusal"]["reason"], "missing");
    assert_eq!(status["last_refusal"]["request"], "POST /Users");
}
