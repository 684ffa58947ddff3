use std::io::Read as _;

use super::*;
use crate::provisioning::TeamId;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn get() -> Request {
    Request::new(Method::GET, "/settings")
}

fn respond_to(endpoint: Option<&SettingsEndpoint>) -> Response {
    respond(&SettingsConfig::default(), endpoint, &get())
}

fn page_of(config: &SettingsConfig) -> Response {
    let page = SettingsEndpoint::Page(TeamId::parse("acme").unwrap());
    respond(config, Some(&page), &get())
}

fn file(version: &str, name: &str) -> Response {
    let file = SettingsEndpoint::File { version: version.to_owned(), name: name.to_owned() };
    respond_to(Some(&file))
}

fn field<'r>(response: &'r Response, name: &str) -> &'r str {
    response.headers.text(name).unwrap()
}

fn unpacked(gzip: &[u8]) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(gzip).read_to_string(&mut text).unwrap();
    text
}

fn text(file: &File) -> String {
    unpacked(file.gzip)
}

/// What a text has in quotes behind each `mark`.
fn quoted<'t>(text: &'t str, mark: &str) -> Vec<&'t str> {
    text.split(mark).skip(1).filter_map(|rest| rest.split(['"', '\'']).next()).collect()
}

#[test]
fn the_page_and_its_files_may_load_and_run_nothing_else_and_stand_in_no_frame() {
    let answers = [
        page_of(&SettingsConfig::default()),
        file(VERSION, "app.js"),
        file("old", "style.css"),
        file("old", "none.js"),
        respond_to(None),
    ];
    for answer in &answers {
        let policy = field(answer, "content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"));
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"));
        assert!(policy.contains("require-trusted-types-for 'script'"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        assert_eq!(field(answer, "x-content-type-options"), "nosniff");
        assert_eq!(field(answer, "referrer-policy"), "no-referrer");
        assert_eq!(field(answer, "cross-origin-opener-policy"), "same-origin");
        assert!(field(answer, "permissions-policy").contains("camera=()"));
    }
}

#[test]
fn the_page_may_stand_in_frames_of_the_origins_that_are_configured() {
    let frame_ancestors = vec!["'self'".to_owned(), "https://app.example.com".to_owned()];
    let answer = page_of(&SettingsConfig { frame_ancestors });
    let policy = field(&answer, "content-security-policy");
    assert!(policy.contains("frame-ancestors 'self' https://app.example.com;"), "{policy}");
}

#[test]
fn the_page_is_never_kept_and_its_files_for_ever() {
    let page = page_of(&SettingsConfig::default());
    assert_eq!(field(&page, "cache-control"), "no-store");
    assert_eq!(field(&page, "content-type"), "text/html; charset=utf-8");
    let kept = file(VERSION, "app.js");
    assert_eq!(field(&kept, "cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(field(&kept, "content-type"), "text/javascript; charset=utf-8");
    assert_eq!(field(&file("0123", "app.js"), "cache-control"), "no-store");
    assert_eq!(file(VERSION, "index.html").status, StatusCode::NOT_FOUND);
}

#[test]
fn every_file_that_is_asked_for_is_there() {
    let page = page_of(&SettingsConfig::default());
    let page = unpacked(&page.body);
    let mut paths = quoted(&page, "src=\"");
    paths.extend(quoted(&page, "href=\""));
    assert_eq!(paths.len(), 3, "{paths:?}");
    for path in paths {
        let name = path.strip_prefix(&format!("/settings/static/{}/", VERSION)).unwrap();
        assert_eq!(file(VERSION, name).status, StatusCode::OK, "{path}");
    }
    assert!(FILES.iter().all(|file| !text(file).contains(" from '")), "no file asks for another");
}

#[test]
fn no_file_makes_html_of_values_or_keeps_anything_in_the_browser() {
    for file in FILES.iter().filter(|file| file.name != "icon.svg") {
        for way in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "Storage",
            "http://w",
            "https://",
            ".cookie",
        ] {
            let text = text(file).replace("'http://www.w3.org/2000/svg'", "");
            assert!(!text.contains(way), "{way} in {}", file.name);
        }
    }
}

#[test]
fn page_and_files_are_sent_compressed() {
    let page = page_of(&SettingsConfig::default());
    assert_eq!(unpacked(&page.body), include_str!("index.html").replace("{version}", VERSION));
    let style = file(VERSION, "style.css");
    assert_eq!(unpacked(&style.body), include_str!("style.css"));
    let script = file(VERSION, "app.js");
    assert!(unpacked(&script.body).ends_with("})();\n"));
    for answer in [page, style, script] {
        assert_eq!(field(&answer, "content-encoding"), "gzip");
        assert_eq!(field(&answer, "vary"), "accept-encoding");
        assert_eq!(answer.body[3..10], [0, 0, 0, 0, 0, 2, 255], "no name, time or system");
    }
}

#[test]
fn who_refuses_gzip_is_told_that_there_is_nothing_else() {
    let endpoint = SettingsEndpoint::Page(TeamId::parse("acme").unwrap());
    let mut request = get();
    request.headers.set(header::ACCEPT_ENCODING, "identity").unwrap();
    let answer = respond(&SettingsConfig::default(), Some(&endpoint), &request);
    assert_eq!(answer.status, StatusCode::NOT_ACCEPTABLE);
    assert_eq!(field(&answer, "vary"), "accept-encoding");
    assert!(!answer.headers.contains("content-encoding"));
    let problem: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(problem["code"], "not_acceptable");
    assert!(problem["detail"].as_str().unwrap().contains("gzip"), "{problem}");
}

#[test]
fn the_version_is_that_of_these_files() {
    let mut files: Vec<(&str, String)> = FILES.iter().map(|file| (file.name, text(file))).collect();
    files.push((PAGE.name, include_str!("index.html").to_owned()));
    files.sort();
    let all = files.iter().flat_map(|(name, text)| name.bytes().chain(text.bytes()));
    let hash = all.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    assert_eq!(VERSION, format!("{hash:016x}"));
}

#[test]
fn only_reading_is_answered() {
    let page = SettingsEndpoint::Page(TeamId::parse("acme").unwrap());
    let with = |method| {
        respond(&SettingsConfig::default(), Some(&page), &Request::new(method, "/settings"))
    };
    let (read, head) = (with(Method::GET), with(Method::HEAD));
    assert_eq!((head.status, &head.headers), (StatusCode::OK, &read.headers));
    assert_eq!(head.body.len(), read.body.len(), "what content-length is made of");
    let refused = with(Method::POST);
    assert_eq!(refused.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(field(&refused, "allow"), "GET, HEAD");
}

#[test]
fn every_action_and_a_refused_owner_have_words_of_their_own() {
    let texts = include_str!("texts.js");
    let mut actions = quoted(include_str!("../provisioning/event.rs"), " = \"");
    actions.retain(|name| name.contains('.'));
    assert!(actions.len() >= 18, "{actions:?}");
    for action in actions {
        assert!(texts.contains(&format!("'{action}': '")), "{action}");
    }
    let reason = crate::provisioning::user::UserRefusal::Owner.to_string();
    assert!(texts.contains(&format!("'{reason}':")), "{reason}");
}
