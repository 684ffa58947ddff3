use super::*;
use crate::host::ManualHost;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_new_token_can_be_read_back() {
    let token = BearerToken::generate(&ManualHost::default());
    assert_eq!(BearerToken::parse(token.reveal()), Ok(token.clone()));
    assert!(token.digest().matches(&BearerToken::parse(token.reveal()).unwrap().digest()));
}

#[test]
fn every_identity_provider_accepts_its_characters_and_length() {
    let host = ManualHost::default();
    for _ in 0..100 {
        let token = BearerToken::generate(&host);
        let text = token.reveal();
        assert_eq!(text.len(), 54);
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'), "{text}");
    }
}

#[test]
fn two_tokens_are_never_the_same() {
    let host = ManualHost::default();
    let (a, b) = (BearerToken::generate(&host), BearerToken::generate(&host));
    assert_ne!(a, b);
    assert!(!a.digest().matches(&b.digest()));
}

#[test]
fn one_changed_character_is_told_by_the_checksum() {
    let token = BearerToken::generate(&ManualHost::default());
    for place in 5..token.reveal().len() {
        let mut bytes = token.reveal().as_bytes().to_vec();
        bytes[place] = if bytes[place] == b'a' { b'b' } else { b'a' };
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(BearerToken::parse(&text), Err(TokenError::Checksum), "place {place}");
    }
}

#[test]
fn another_form_is_refused() {
    let token = BearerToken::generate(&ManualHost::default());
    let text = token.reveal();
    let cases = [
        String::new(),
        "scim_".to_owned(),
        text.chars().take(53).collect(),
        format!("{text}0"),
        text.replace("scim_", "SCIM_"),
        format!("scim_{}", "é".repeat(24) + "0"),
        format!("scim_{}", "-".repeat(49)),
        format!("{text},{text}"),
        "x".repeat(1_000_000),
    ];
    for case in cases {
        assert_eq!(BearerToken::parse(&case), Err(TokenError::Form));
    }
}

#[test]
fn base62_counts_like_any_other_base() {
    for (number, expected) in
        [(0_u32, "000000"), (61, "00000z"), (62, "000010"), (u32::MAX, "4gfFC3")]
    {
        let mut text = String::new();
        push_base62(&mut text, &number.to_be_bytes(), 6);
        assert_eq!(text, expected, "{number}");
    }
}

#[test]
fn a_token_is_not_printed_by_debug() {
    let token = BearerToken::generate(&ManualHost::default());
    assert!(!format!("{token:?}").contains(token.reveal()));
}

#[test]
fn the_digest_of_nothing_matches_no_token() {
    let token = BearerToken::generate(&ManualHost::default());
    assert!(!TokenDigest::of_nothing().matches(&token.digest()));
}
