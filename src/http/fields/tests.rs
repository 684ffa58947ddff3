use http::{HeaderMap, HeaderName, HeaderValue};

use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

pub(crate) fn fields(pairs: &[(&str, &str)]) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in pairs {
        fields.append(name, value.as_bytes()).unwrap();
    }
    fields
}

fn pairs(fields: &Fields) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name, std::str::from_utf8(value).unwrap())).collect()
}

#[test]
fn a_name_is_kept_in_lower_case_and_found_in_any() {
    let fields = fields(&[("If-Match", "a"), ("X_Team-ID", "b")]);
    assert_eq!(pairs(&fields), [("if-match", "a"), ("x_team-id", "b")]);
    for name in ["if-match", "If-Match", "IF-MATCH"] {
        assert_eq!(fields.text(name), Some("a"), "{name}");
        assert!(fields.contains(name));
    }
    for name in ["if-matc", "if-match-", "if_match", "", "x-team-id"] {
        assert_eq!(fields.text(name), None, "{name}");
        assert!(!fields.contains(name));
    }
}

#[test]
fn a_name_that_is_no_token_is_refused() {
    let mut fields = Fields::new();
    for name in ["", " ", "a b", "a:", ":path", "a\n", "a\0", "\u{e4}", "\u{212a}ey", "a/b", "(a)"]
    {
        assert_eq!(fields.append(name, b"x"), Err(FieldError::Name), "{name:?}");
        assert_eq!(fields.set(name, "x"), Err(FieldError::Name), "{name:?}");
    }
    assert_eq!(fields, Fields::new());
}

#[test]
fn a_value_with_control_characters_is_refused_and_changes_nothing() {
    let mut fields = fields(&[("a", "1"), ("a", "2")]);
    let before = fields.clone();
    for value in ["a\r\nb: c", "\n", "\0", "\u{7f}", "\u{1b}[0m"] {
        assert_eq!(fields.append("a", value.as_bytes()), Err(FieldError::Value), "{value:?}");
        assert_eq!(fields.set("a", value), Err(FieldError::Value), "{value:?}");
    }
    assert_eq!(fields, before);
}

#[test]
fn each_byte_may_stand_where_the_http_crate_takes_it() {
    for byte in 0..=u8::MAX {
        let mut fields = Fields::new();
        let taken = fields.append("a", &[byte]).is_ok();
        let value = HeaderValue::from_bytes(&[byte]);
        assert_eq!(taken, value.is_ok(), "{byte}");
        assert_eq!(text_of(&[byte]).is_some(), value.is_ok_and(|value| value.to_str().is_ok()));
    }
    for name in '\0'..='\u{17f}' {
        let name = name.to_string();
        let mut fields = Fields::new();
        let taken = fields.append(&name, b"x").is_ok();
        let same = HeaderName::from_bytes(name.as_bytes());
        assert_eq!(taken, same.is_ok(), "{name:?}");
        assert_eq!(
            fields.iter().next().map(|(name, _)| name),
            same.as_ref().ok().map(|n| n.as_str())
        );
    }
}

#[test]
fn a_value_counts_as_text_where_there_is_one_and_it_is_visible_ascii() {
    let mut fields = fields(&[("one", "a\tb ~"), ("two", "a"), ("two", "a"), ("empty", "")]);
    fields.append("bytes", b"\xff").unwrap();
    fields.append("umlaut", "\u{e4}".as_bytes()).unwrap();
    fields.append("mixed", b"\xff").unwrap();
    fields.append("mixed", b"text").unwrap();
    for (name, expected) in [
        ("one", Some("a\tb ~")),
        ("two", None),
        ("empty", Some("")),
        ("bytes", None),
        ("umlaut", None),
        ("mixed", None),
        ("none", None),
    ] {
        assert_eq!(fields.text(name), expected, "{name}");
    }
    assert_eq!(fields.texts("mixed").collect::<Vec<_>>(), ["text"]);
    assert_eq!(fields.texts("two").collect::<Vec<_>>(), ["a", "a"]);
    assert_eq!(fields.values("mixed").collect::<Vec<_>>(), [b"\xff".as_slice(), b"text"]);
    assert_eq!(fields.values("none").count(), 0);
}

#[test]
fn to_set_a_field_takes_out_the_others_of_its_name() {
    let mut fields = fields(&[("a", "1"), ("b", "2"), ("A", "3"), ("c", "4")]);
    fields.set("A", "5").unwrap();
    assert_eq!(pairs(&fields), [("b", "2"), ("c", "4"), ("a", "5")]);
    fields.set("d", "6").unwrap();
    assert_eq!(pairs(&fields), [("b", "2"), ("c", "4"), ("a", "5"), ("d", "6")]);
    fields.retain(&mut |name| name != "c");
    assert_eq!(pairs(&fields), [("b", "2"), ("a", "5"), ("d", "6")]);
}

#[test]
fn as_many_names_are_taken_as_the_http_crate_takes_and_no_more() {
    let (mut fields, mut map) = (Fields::new(), HeaderMap::new());
    for n in 0..FIELDS_MAX {
        let name = format!("x-{n}");
        fields.append(&name, b"").unwrap();
        let name = HeaderName::try_from(name).unwrap();
        assert!(map.try_append(name, HeaderValue::from_static("")).is_ok(), "{n}");
    }
    assert_eq!(fields.append("x-more", b""), Err(FieldError::TooMany));
    assert!(map.try_append("x-more", HeaderValue::from_static("")).is_err());
    assert_eq!(fields.set("x-0", "1"), Err(FieldError::TooMany));
    assert_eq!(fields.text("x-0"), Some(""));
    assert_eq!(fields.iter().count(), FIELDS_MAX);
}

#[test]
fn fields_are_shown_as_texts() {
    let shown = format!("{:?}", fields(&[("Accept", "*/*"), ("accept", "text/plain")]));
    assert_eq!(shown, r#"{"accept": "*/*", "accept": "text/plain"}"#);
}

#[cfg(not(target_family = "wasm"))]
mod laws {
    use proptest::prelude::*;

    use super::*;

    fn name() -> impl Strategy<Value = String> {
        prop_oneof![
            10 => "(?i)(accept|etag|x-team-id|x_team_id)",
            2 => "[!-~]{0,3}",
            1 => any::<String>(),
        ]
    }

    fn value() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            4 => "[ -~\t]{0,4}".prop_map(String::into_bytes),
            1 => "\\PC{0,4}".prop_map(String::into_bytes),
            1 => prop::collection::vec(any::<u8>(), 0..4),
        ]
    }

    proptest! {
        #[test]
        fn fields_are_what_they_are_to_the_http_crate(
            changes in prop::collection::vec((any::<bool>(), name(), value()), 0..20),
        ) {
            let (mut fields, mut map) = (Fields::new(), HeaderMap::new());
            for (set, name, value) in &changes {
                let theirs = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value));
                let ours = match std::str::from_utf8(value) {
                    Ok(text) if *set => fields.set(name, text),
                    _ => fields.append(name, value),
                };
                let replaces = *set && std::str::from_utf8(value).is_ok();
                match theirs {
                    (Ok(name), Ok(value)) => {
                        prop_assert_eq!(ours, Ok(()));
                        if replaces {
                            map.insert(name, value);
                        } else {
                            map.append(name, value);
                        }
                    }
                    (Err(_), _) => prop_assert_eq!(ours, Err(FieldError::Name)),
                    (_, Err(_)) => prop_assert_eq!(ours, Err(FieldError::Value)),
                }
            }
            prop_assert_eq!(fields.iter().count(), map.len());
            for (_, name, _) in &changes {
                let theirs: Vec<&HeaderValue> = map.get_all(name).iter().collect();
                let bytes = theirs.iter().map(|value| value.as_bytes());
                prop_assert!(fields.values(name).eq(bytes), "{:?} {:?}", fields, map);
                prop_assert_eq!(fields.contains(name), map.contains_key(name));
                let texts = theirs.iter().filter_map(|value| value.to_str().ok());
                prop_assert!(fields.texts(name).eq(texts));
                let text = match theirs.as_slice() {
                    [one] => one.to_str().ok(),
                    _ => None,
                };
                prop_assert_eq!(fields.text(name), text);
            }
            for (name, _) in fields.iter() {
                prop_assert!(map.contains_key(name) && !name.bytes().any(|b| b.is_ascii_uppercase()));
            }
        }
    }
}
