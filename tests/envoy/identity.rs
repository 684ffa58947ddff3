//! Whom the edge believes: what `jwt_authn` verified, and nothing else.

use std::time::{SystemTime, UNIX_EPOCH};

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use xtask::demo::{AUDIENCE, ISSUER, SignIn};

use crate::site::Site;
use crate::team::Team;

#[expect(clippy::disallowed_methods, reason = "tokens have times in them")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// The claims of a good token, with one of them changed; null takes it out.
fn claims(email: &str, name: &str, value: Value) -> Value {
    let mut claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": email, "email": email, "exp": now() + 600,
    });
    match value {
        Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
        value => claims[name] = value,
    }
    claims
}

/// A token whose header says `alg`, with this signature.
fn assembled(alg: &str, claims: &Value, signature: &[u8]) -> String {
    let part = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    let header = json!({ "alg": alg, "typ": "JWT", "kid": "demo" }).to_string();
    format!(
        "{}.{}.{}",
        part(header.as_bytes()),
        part(claims.to_string().as_bytes()),
        part(signature)
    )
}

#[test]
fn only_a_token_of_the_sign_in_that_is_good_now_is_believed() {
    let site = Site::shared();
    let team = Team::new(&site, "identity-tokens");
    team.provision("ada");
    let ada = team.address("ada");
    let signed = |name: &str, value: Value| site.sign_in.sign(&claims(&ada, name, value));
    let good = signed("nonce", json!(1));
    let page = team.page("page");
    site.get(&page, &format!("Bearer {good}")).expect(200);
    site.get(&page, &format!("Bearer {}", signed("email_verified", json!(true)))).expect(200);

    let stranger = SignIn::new().unwrap();
    let other = claims(&team.address("owner"), "nonce", json!(1));
    let (head, rest) = good.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    let swapped =
        format!("{head}.{}.{signature}", BASE64URL_NOPAD.encode(other.to_string().as_bytes()));
    let plain = claims(&ada, "nonce", json!(1));
    let mut null = plain.clone();
    null["email"] = Value::Null;
    let refused = [
        ("expired", signed("exp", json!(now() - 3600))),
        ("without expiry", signed("exp", Value::Null)),
        ("not yet good", signed("nbf", json!(now() + 3600))),
        ("of another issuer", signed("iss", json!("https://login.example.org"))),
        ("without issuer", signed("iss", Value::Null)),
        ("for another audience", signed("aud", json!("other"))),
        ("without audience", signed("aud", Value::Null)),
        ("of another key", stranger.mint(&ada)),
        ("with another's claims", swapped),
        ("of no algorithm", assembled("none", &plain, b"")),
        ("of no algorithm, with a signature", assembled("none", &plain, b"signature")),
        ("signed with the public key", assembled("HS256", &plain, &[7; 32])),
        ("cut short", good.get(..good.len() - 5).unwrap().to_owned()),
        ("without e-mail address", signed("email", Value::Null)),
        ("with a number for an address", signed("email", json!(7))),
        ("with a list of addresses", signed("email", json!([ada]))),
        ("with an object for an address", signed("email", json!({ "value": ada }))),
        ("with a null for an address", site.sign_in.sign(&null)),
        ("with an unverified address", signed("email_verified", json!(false))),
        ("with nonsense", "nonsense".to_owned()),
    ];
    for (what, token) in refused {
        let answer = site.get(&page, &format!("Bearer {token}"));
        assert_eq!(answer.status, 401, "a token {what}");
        answer.expect_problem(401);
    }
    for scheme in ["Basic", "Token", ""] {
        site.get(&page, &format!("{scheme} {good}")).expect_problem(401);
    }
}

#[test]
fn only_true_in_any_form_says_that_an_address_is_verified() {
    let site = Site::shared();
    let team = Team::new(&site, "identity-text");
    team.provision("ada");
    let ada = team.address("ada");
    let visit = |verified: Value| {
        let token = site.sign_in.sign(&claims(&ada, "email_verified", verified));
        site.get(&team.page("page"), &format!("Bearer {token}"))
    };
    for verified in [json!(true), json!("true")] {
        visit(verified).expect(200);
    }
    for other in [json!(false), json!("false"), json!(0), json!(1), json!([]), json!({})] {
        visit(other).expect_problem(401);
    }
}

#[test]
fn a_token_counts_nowhere_but_in_its_header_and_its_cookie() {
    let site = Site::shared();
    let team = Team::new(&site, "identity-places");
    team.provision("ada");
    let token = site.sign_in.mint(&team.address("ada"));
    for name in ["access_token", "jwt", "token"] {
        site.get(&format!("{}?{name}={token}", team.page("page")), "").expect_problem(401);
    }
    let cookie = format!("access_token={token}");
    for (name, value) in
        [("cookie", &cookie), ("x-jwt-assertion", &token), ("proxy-authorization", &cookie)]
    {
        let answer = site.http1().get(&team.page("page"), &[(name, value)]).unwrap();
        assert_eq!(answer.status(), 401, "{name}");
    }
    assert!(site.seen("identity-places").is_empty());
}

#[test]
fn headers_make_nobody_known() {
    let site = Site::shared();
    let team = Team::new(&site, "identity-headers");
    team.provision("ada");
    let ada = team.address("ada");
    let payload = json!({ "email": ada }).to_string();
    for (name, value) in [
        ("jwt_payload", payload.as_str()),
        ("jwt-payload", &payload),
        ("x-jwt-payload", &payload),
        ("envoy.filters.http.jwt_authn", &payload),
        ("x-envoy-dynamic-metadata", &payload),
        ("x-forwarded-email", &ada),
        ("x-account-id", &ada),
    ] {
        let answer = site.http1().get(&team.page("page"), &[(name, value)]).unwrap();
        assert_eq!(answer.status(), 401, "{name}");
        let answer = site.http1().get("/v1/teams/identity-headers", &[(name, value)]).unwrap();
        assert_eq!(answer.status(), 401, "{name}");
    }
}

#[test]
fn a_path_without_a_rule_knows_nobody() {
    let site = Site::shared();
    let team = Team::new(&site, "identity-no-rule");
    team.provision("ada");
    site.get("/public/identity-no-rule", &team.signed_in("ada")).expect(200);
    for head in site.seen("identity-no-rule") {
        assert!(head.headers.keys().all(|name| !name.as_str().starts_with("x-team")));
    }
    site.get("/elsewhere", &team.signed_in("ada")).expect_problem(404);
    site.get(&team.path("/Users"), &team.signed_in("owner")).expect_scim_error(401);
}
