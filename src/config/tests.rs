use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

const KEY: &str = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::from_json(text.replace("KEY", KEY).as_bytes())
}

#[test]
fn only_url_and_platform_key_have_to_be_given() {
    let config =
        parse(r#"{"public_url":"https://edge.example.com/","platform_keys_sha256":["KEY"]}"#)
            .unwrap();
    assert_eq!(config.public_url, "https://edge.example.com");
    assert_eq!(config.platform_keys.len(), 1);
    assert_eq!(config.identity.metadata_key, "jwt_payload");
    assert_eq!(config.identity.email_claim, "email");
    assert_eq!(config.gate.open_prefixes, Vec::<String>::new());
    assert_eq!(config.store, StoreChoice::Memory);
}

#[test]
fn an_error_names_the_field() {
    let with = |rest: &str| {
        format!(r#"{{"public_url":"https://e.example","platform_keys_sha256":["KEY"],{rest}}}"#)
    };
    let cases = [
        ("[]".to_owned(), "not a JSON object"),
        ("{".to_owned(), "not a JSON object"),
        ("{}".to_owned(), "public_url is missing"),
        (r#"{"public_url":7}"#.to_owned(), "public_url must be a text"),
        (r#"{"public_url":"http://e.example"}"#.to_owned(), "public_url must begin with https"),
        (r#"{"public_url":"https://e.example/base"}"#.to_owned(), "public_url must end after"),
        (r#"{"public_url":"/x"}"#.to_owned(), "public_url names no host"),
        (r#"{"public_url":"https://e.example"}"#.to_owned(), "platform_keys_sha256 is missing"),
        (
            r#"{"public_url":"https://e.example","platform_keys_sha256":["abc"]}"#.to_owned(),
            "platform_keys_sha256 must hold",
        ),
        (with(r#""colour":"red""#), "colour is unknown"),
        (with(r#""identity":{"claim":"sub"}"#), "identity.claim is unknown"),
        (with(r#""identity":"email""#), "identity must be an object"),
        (with(r#""gate":{"open_prefixes":"/"}"#), "gate.open_prefixes must be a list"),
        (with(r#""gate":{"open_prefixes":["/"]}"#), "gate.open_prefixes must hold"),
        (with(r#""gate":{"open_prefixes":["/t/a/"]}"#), "gate.open_prefixes must hold"),
        (with(r#""store":"sqlite""#), "store must be"),
    ];
    for (text, expected) in cases {
        let error = parse(&text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn plain_http_is_for_this_machine_only() {
    for url in ["http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:8080"] {
        let text = format!(r#"{{"public_url":"{url}","platform_keys_sha256":["KEY"]}}"#);
        assert_eq!(parse(&text).unwrap().public_url, url);
    }
}
