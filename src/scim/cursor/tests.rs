#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{Cursor, MAX_MARKS, Mark};
use crate::scim::{ScimErrorKind, SortKey};

const ID: &str = "01980a00-0000-7000-8000-00000000000a";

fn mark(kind: u8, text: Option<&str>) -> Mark {
    let key = text.map(|text| SortKey::Text(text.into()));
    Mark::behind(kind, ID, key.as_ref()).expect("an id of ours")
}

fn assert_invalid(text: &str, query: &str) {
    let error = Cursor::parse(text, query).expect_err(text);
    assert_eq!(error.kind(), ScimErrorKind::InvalidCursor, "{text:?}");
}

#[test]
fn a_cursor_comes_back_as_it_was_given() {
    for count in 1..=MAX_MARKS {
        let marks = (0..count).map(|n| mark(n as u8, Some("x"))).collect();
        let cursor = Cursor { marks };
        let text = cursor.to_text("query");
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)), "{text}");
        assert_eq!(Cursor::parse(&text, "query"), Ok(cursor));
        assert_invalid(&text, "query ");
        assert_invalid(&text, "");
    }
}

#[test]
fn a_mark_tells_another_place_and_another_resource_apart() {
    assert_eq!(mark(0, Some("a")), mark(0, Some("a")));
    assert_ne!(mark(0, Some("a")), mark(0, Some("b")));
    assert_ne!(mark(0, Some("a")), mark(1, Some("a")));
    assert_eq!(mark(0, None).id(), ID);
    for foreign in ["", "x", &ID.to_uppercase(), &ID.replace('-', "")] {
        assert_eq!(Mark::behind(0, foreign, None), None, "{foreign}");
    }
}

#[test]
fn a_cursor_that_was_tampered_with_is_refused() {
    let text = Cursor { marks: vec![mark(0, None), mark(1, None)] }.to_text("query");
    let characters: Vec<String> = text.chars().map(String::from).collect();
    for at in 0..characters.len() {
        for other in ["A", "B", "_", "", "=", "é", "AA"] {
            let mut tampered = characters.clone();
            tampered[at] = other.to_owned();
            if tampered != characters {
                assert_invalid(&tampered.concat(), "query");
            }
        }
    }
    for foreign in ["x", "AQ", " ", "\0", "cursor", &text.repeat(2), &"A".repeat(1_000_000)] {
        assert_invalid(foreign, "query");
    }
    let too_many = Cursor { marks: vec![mark(0, None); MAX_MARKS + 1] }.to_text("query");
    assert_invalid(&too_many, "query");
    assert_invalid(&Cursor { marks: vec![] }.to_text("query"), "query");
}

#[test]
fn a_cursor_holds_nothing_of_a_person() {
    let cursor = Cursor { marks: vec![mark(0, Some("ada@example.com"))] };
    let text = cursor.to_text("filter=userName eq \"ada@example.com\"");
    let bytes = data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).expect("base64url");
    assert_eq!(bytes.len(), 1 + 8 + 1 + 16 + 4);
    assert!(!bytes.windows(3).any(|part| part == b"ada"));
}
