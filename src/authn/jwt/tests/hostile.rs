//! Texts that are no tokens, and tokens that are meant to be expensive.

use data_encoding::BASE64URL_NOPAD;

use super::testing::claims_but;
use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_token_has_three_parts_of_base64url() {
    let token = Signer::EdDsa.sign(&claims());
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!() };
    let shorter = signature.split_at(1).1;
    let cases = [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "scim_abc".to_owned(),
        header.to_owned(),
        format!("{header}.{payload}"),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.{signature}"),
        format!("{header}..{signature}"),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}==.{payload}.{signature}"),
        format!("{header}.{payload}.{signature}=="),
        format!("{header}.{payload}.{signature}\n"),
        format!(" {header}.{payload}.{signature}"),
        format!("{header}.{payload} .{signature}"),
        format!("{header}.{payload}.+{shorter}"),
        format!("{header}.{payload}./{shorter}"),
        format!("{header}.{payload}.é{shorter}"),
        format!("{header}.{payload}.{shorter}"),
    ];
    for case in cases {
        let refused = identify(&case).unwrap_err();
        let expected = match case.as_str() {
            ".." => JwtError::Header,
            text if text == format!("{header}..{signature}") => JwtError::Signature,
            _ => JwtError::Form,
        };
        assert_eq!(refused, expected, "{case}");
    }
}

#[test]
fn the_last_bits_of_a_part_have_one_spelling() {
    let token = Signer::EdDsa.sign(&claims());
    // 64 bytes: the last character has 4 bits that mean nothing.
    let last = token.chars().last().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let value = alphabet.find(last).unwrap();
    let other = alphabet.chars().nth(value + 1).unwrap();
    let changed = format!("{}{other}", token.split_at(token.len() - 1).0);
    assert_eq!(identify(&changed), Err(JwtError::Form));
}

#[test]
fn header_and_claims_are_json_objects() {
    let good = r#"{"alg":"EdDSA","kid":"EdDSA"}"#;
    for text in ["", "null", "[]", "{", "\"x\"", "{\"alg\":\"EdDSA\"} x", "{'alg':'EdDSA'}", "7"] {
        let token = Signer::EdDsa.sign_text(text, &claims().to_string());
        assert_eq!(identify(&token), Err(JwtError::Header), "{text}");
        let token = Signer::EdDsa.sign_text(good, text);
        assert_eq!(identify(&token), Err(JwtError::Claims), "{text}");
    }
    let latin_1 = BASE64URL_NOPAD.encode(b"{\"alg\":\"EdDSA\",\"kid\":\"\xe9\"}");
    assert_eq!(identify(&format!("{latin_1}.e30.AA")), Err(JwtError::Header));
}

#[test]
fn a_token_can_have_8_kib_and_no_more() {
    let of = |length: usize| claims_but(&json!({ "more": "m".repeat(length) }));
    let room = TOKEN_MAX - Signer::EdDsa.sign(&of(0)).len();
    // Three bytes of claims take four characters.
    let longest = Signer::EdDsa.sign(&of(room / 4 * 3));
    assert!(longest.len() <= TOKEN_MAX && longest.len() > TOKEN_MAX - 4, "{}", longest.len());
    assert_eq!(identify(&longest), ada());
    let longer = Signer::EdDsa.sign(&of(room / 4 * 3 + 3));
    assert!(longer.len() > TOKEN_MAX);
    assert_eq!(identify(&longer), Err(JwtError::TooLong));
    assert_eq!(identify(&"A".repeat(10_000_000)), Err(JwtError::TooLong));
    assert_eq!(identify(&".".repeat(TOKEN_MAX)), Err(JwtError::Form));
}

#[test]
fn deep_json_is_refused_and_does_no_harm() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let levels = 700;
        let deep = format!("{}1{}", open.repeat(levels), close.repeat(levels));
        let header = format!(r#"{{"alg":"EdDSA","kid":"EdDSA","x":{deep}}}"#);
        let token = Signer::EdDsa.sign_text(&header, &claims().to_string());
        assert!(token.len() <= TOKEN_MAX, "{}", token.len());
        assert_eq!(identify(&token), Err(JwtError::Header));
        let header = json!({ "alg": "EdDSA", "kid": "EdDSA" }).to_string();
        let token = Signer::EdDsa.sign_text(&header, &format!(r#"{{"x":{deep}}}"#));
        assert_eq!(identify(&token), Err(JwtError::Claims));
    }
}

#[test]
fn of_a_name_that_is_there_twice_the_last_one_counts() {
    let header = r#"{"alg":"none","alg":"EdDSA","kid":"x","kid":"EdDSA"}"#;
    let mut text = claims().to_string();
    text.insert_str(1, r#""email":"eve@example.com","iss":"x","exp":1,"#);
    assert_eq!(identify(&Signer::EdDsa.sign_text(header, &text)), ada());
}
