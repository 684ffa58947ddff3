use super::*;
use crate::provisioning::TeamId;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn respond_to(endpoint: Option<&SettingsEndpoint>) -> Response {
    respond(&SettingsConfig::default(), endpoint, &Method::GET)
}

fn page_of(config: &SettingsConfig) -> Response {
    let page = SettingsEndpoint::Page(TeamId::parse("acme").unwrap());
    respond(config, Some(&page), &Method::GET)
}

fn file(version: &str, name: &str) -> Response {
    let file = SettingsEndpoint::File { version: version.to_owned(), name: name.to_owned() };
    respond_to(Some(&file))
}

fn field<'r>(response: &'r Response, name: &str) -> &'r str {
    response.headers.get(name).unwrap().to_str().unwrap()
}

fn text(response: &Response) -> &str {
    std::str::from_utf8(&response.body).unwrap()
}

/// What a text has in quotes behind each `mark`.
fn quoted<'t>(text: &'t str, mark: &str) -> Vec<&'t str> {
    text.split(mark).skip(1).filter_map(|rest| rest.split(['"', '\'']).next()).collect()
}

#[test]
fn the_page_and_its_files_may_load_and_run_nothing_else_and_stand_in_no_frame() {
    let answers = [
        page_of(&SettingsConfig::default()),
        file(&version_text(), "app.js"),
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
    let version = version_text();
    let kept = file(&version, "app.js");
    assert_eq!(field(&kept, "cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(field(&kept, "content-type"), "text/javascript; charset=utf-8");
    assert_eq!(field(&file("0123", "app.js"), "cache-control"), "no-store");
    assert_eq!(file(&version, "index.html").status, StatusCode::NOT_FOUND);
}

#[test]
fn every_file_that_is_asked_for_is_there() {
    let page = page_of(&SettingsConfig::default());
    let mut paths = quoted(text(&page), "src=\"");
    paths.extend(quoted(text(&page), "href=\""));
    assert_eq!(paths.len(), 3, "{paths:?}");
    for path in paths {
        let name = path.strip_prefix(&format!("/settings/static/{}/", version_text())).unwrap();
        assert_eq!(file(&version_text(), name).status, StatusCode::OK, "{path}");
    }
    for each in FILES {
        for name in quoted(each.text, "from './") {
            assert_eq!(file("any", name).status, StatusCode::OK, "{name} in {}", each.name);
        }
    }
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
            let text = file.text.replace("'http://www.w3.org/2000/svg'", "");
            assert!(!text.contains(way), "{way} in {}", file.name);
        }
    }
}

#[test]
fn only_reading_is_answered() {
    let page = SettingsEndpoint::Page(TeamId::parse("acme").unwrap());
    let with = |method| respond(&SettingsConfig::default(), Some(&page), &method);
    assert_eq!(with(Method::HEAD).status, StatusCode::OK);
    let refused = with(Method::POST);
    assert_eq!(refused.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(field(&refused, "allow"), "GET, HEAD");
}

#[test]
fn every_action_and_a_refused_owner_have_words_of_their_own() {
    let texts = FILES.iter().find(|file| file.name == "texts.js").unwrap().text;
    let mut actions = quoted(include_str!("../provisioning/event.rs"), " = \"");
    actions.retain(|name| name.contains('.'));
    assert!(actions.len() >= 18, "{actions:?}");
    for action in actions {
        assert!(texts.contains(&format!("'{action}': '")), "{action}");
    }
    let reason = crate::provisioning::user::UserRefusal::Owner.to_string();
    assert!(texts.contains(&format!("'{reason}':")), "{reason}");
}
