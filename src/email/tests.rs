use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn addresses_that_differ_only_in_case_are_one() {
    let a = Email::parse("Ada.Lovelace@Example.COM").unwrap();
    let b = Email::parse("ada.lovelace@example.com").unwrap();
    assert_eq!(a, b);
    assert_eq!(a.as_str(), "Ada.Lovelace@Example.COM");
    assert_eq!(a.folded(), "ada.lovelace@example.com");
    assert_eq!(Email::parse("JÖRG@bücher.example"), Email::parse("jörg@BÜCHER.example"));
}

#[test]
fn what_is_no_address_is_refused() {
    let long = format!("{}@example.com", "a".repeat(250));
    let cases = [
        ("", EmailError::Form),
        ("ada", EmailError::Form),
        ("@example.com", EmailError::Form),
        ("ada@", EmailError::Form),
        ("ada@example.com@evil.example", EmailError::Form),
        ("ada@-example.com", EmailError::Form),
        ("ada@example..com", EmailError::Form),
        ("ada@exa mple.com", EmailError::Blank),
        ("\"ada@b\"@example.com", EmailError::Form),
        ("ada @example.com", EmailError::Blank),
        ("ada\u{0}@example.com", EmailError::Blank),
        ("ada@example.com\r\nbcc: x", EmailError::Blank),
        ("ada@exam\u{7f}ple.com", EmailError::Blank),
        ("\u{a0}ada@example.com", EmailError::Blank),
        (&long, EmailError::TooLong),
    ];
    for (text, expected) in cases {
        assert_eq!(Email::parse(text), Err(expected), "{text:?}");
    }
}

#[test]
fn a_subdomain_is_another_domain() {
    let domain = Domain::parse("Example.com").unwrap();
    assert!(Email::parse("ada@EXAMPLE.com").unwrap().is_within(&domain));
    for outside in ["ada@mail.example.com", "ada@notexample.com", "ada@example.com.evil.example"] {
        assert!(!Email::parse(outside).unwrap().is_within(&domain), "{outside}");
    }
}
