use std::str::FromStr as _;

use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
use serde_json::Value;

use super::*;
use crate::client::Client;

#[test]
fn a_token_is_signed_by_the_published_key_and_says_who() {
    let sign_in = SignIn::new().unwrap();
    let token = sign_in.mint("a@example.com");
    let (signed, signature) = token.rsplit_once('.').unwrap();

    let x = sign_in.jwks()["keys"][0]["x"].as_str().unwrap().to_owned();
    let key: [u8; 32] = BASE64URL_NOPAD.decode(x.as_bytes()).unwrap().try_into().unwrap();
    let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
    let signature = Signature::from_slice(&signature).unwrap();
    VerifyingKey::from_bytes(&key).unwrap().verify(signed.as_bytes(), &signature).unwrap();

    let claims = BASE64URL_NOPAD.decode(signed.split_once('.').unwrap().1.as_bytes()).unwrap();
    let claims = Value::from_str(std::str::from_utf8(&claims).unwrap()).unwrap();
    assert_eq!(claims["email"], "a@example.com");
    assert_eq!(claims["iss"], ISSUER);
}

#[test]
fn the_service_echoes_and_remembers_request_heads() {
    let service = Service::start().unwrap();
    let mut client = Client::connect(service.address()).unwrap();
    let answer = client.get("/t/demo/hello?a=b", &[("x-team-id", "demo")]).unwrap();
    let echo: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(echo["path"], "/t/demo/hello?a=b");
    assert_eq!(echo["headers"]["x-team-id"], "demo");

    let seen = service.take_seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].method, "GET");
    assert!(service.take_seen().is_empty());
}

#[test]
fn a_digest_is_in_lower_case_hexadecimal() {
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(sha256("abc"), abc);
    assert_ne!(secret("pk_").unwrap(), secret("pk_").unwrap());
}

#[test]
fn the_sign_in_page_signs_in_who_has_its_link_and_leads_nowhere_else() {
    let sign_in = std::sync::Arc::new(SignIn::new().unwrap());
    let page = SignInPage::new(sign_in, "key".to_owned());
    let open = |target: &str| page.answer(&target.parse().unwrap()).unwrap();

    let opened = open(&SignInPage::link("key", "a+b@example.com", "/settings/teams/demo"));
    assert_eq!(opened.status(), 303);
    assert_eq!(opened.headers()["location"], "/settings/teams/demo");
    let cookie = opened.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(
        cookie.starts_with("product_session=ey") && cookie.contains("; HttpOnly; SameSite=Lax")
    );
    let claims = cookie.split('.').nth(1).unwrap();
    let claims: Value =
        serde_json::from_slice(&BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap()).unwrap();
    assert_eq!(claims["email"], "a+b@example.com");

    for link in [
        SignInPage::link("other", "a@example.com", "/settings/teams/demo"),
        SignInPage::link("key", "", "/settings/teams/demo"),
        SignInPage::link("key", "a@example.com", "//elsewhere.example"),
        SignInPage::link("key", "a@example.com", "https://elsewhere.example"),
        SignInPage::link("key", "a@example.com", "/\\elsewhere.example"),
        "/public/sign-in".to_owned(),
    ] {
        let refused = open(&link);
        assert_eq!(refused.status(), 403, "{link}");
        assert!(refused.headers().get("set-cookie").is_none(), "{link}");
    }
    assert!(page.answer(&"/public/other".parse().unwrap()).is_none());
}
