#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Map, Value, json};

use super::{Filter, Lookup, MAX_DEPTH, MAX_LENGTH, MAX_TERMS, Wanted};
use crate::scim::schema::{ENTERPRISE_SCHEMA, user};
use crate::scim::{AttributePath, ScimErrorKind};

fn parse(text: &str) -> Filter {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn resource() -> Map<String, Value> {
    let resource = json!({
        "id": "AbC", "userName": "Jane@B.example", "externalId": "X1", "active": true, "title": "",
        "shoeSize": 43,
        "name": {"familyName": "O'Malley \"Q\"", "givenName": "J\u{e4}ne"},
        "emails": [
            {"value": "jane@b.example", "type": "work", "primary": true},
            {"value": "j@home.example", "type": "home"},
        ],
        "meta": {"lastModified": "2026-05-13T04:42:34.000Z", "resourceType": "User"},
        (ENTERPRISE_SCHEMA): {"department": "Sales", "manager": {"value": "m1"}},
    });
    resource.as_object().cloned().unwrap_or_default()
}

fn matches(text: &str) -> bool {
    let filter = parse(text);
    filter.check(user()).unwrap_or_else(|error| panic!("{text}: {error}"));
    filter.matches(user(), &resource())
}

#[test]
fn an_attribute_of_an_extension_needs_no_urn_as_entra_asks_for_the_manager() {
    let cases = [
        (r#"id eq "AbC" and manager eq "m1""#, true),
        (r#"id eq "AbC" and manager eq "m2""#, false),
        (r#"MANAGER.value eq "m1""#, true),
        (r#"department eq "sales""#, true),
        ("costCenter pr", false),
    ];
    for (text, holds) in cases {
        assert_eq!(matches(text), holds, "{text}");
    }
}

#[test]
fn every_operator_compares_as_its_attribute_has_it() {
    let cases = [
        (r#"userName eq "jane@b.EXAMPLE""#, true),
        (r#"USERNAME Eq "jane@b.example""#, true),
        (r#"externalId eq "x1""#, false),
        (r#"externalId eq X1"#, true),
        (r#"id eq "abc""#, false),
        (r#"userName ne "jane@b.example""#, false),
        (r#"userName co "@B""#, true),
        (r#"userName sw "jane""#, true),
        (r#"userName ew "b.example""#, true),
        (r#"userName ew "jane""#, false),
        (r#"userName gt "jan""#, true),
        (r#"userName ge "JANE@b.example""#, true),
        (r#"userName lt "jane@b.example""#, false),
        (r#"userName le "jane@b.example""#, true),
        (r#"name.familyName co "O'Malley \"q\"""#, true),
        (r#"name.givenName eq "j\u00c4ne""#, true),
        ("active eq true", true),
        ("active eq True", true),
        (r#"active eq "true""#, true),
        ("active ne true", false),
        ("active eq false", false),
        ("title pr", false),
        ("name pr", true),
        ("nickName pr", false),
        (r#"nickName ne "x""#, true),
        (r#"nickName eq "x""#, false),
        ("nickName eq null", true),
        ("userName eq null", false),
        ("userName ne null", true),
        (r#"meta.lastModified gt "2026-05-13T04:42:33Z""#, true),
        (r#"meta.lastModified eq "2026-05-13T06:42:34+02:00""#, true),
        (r#"meta.lastModified le "2026-05-13T04:42:34Z""#, true),
        (r#"meta.lastModified lt "2026-05-13T04:42:34Z""#, false),
        (r#"emails eq "J@home.example""#, true),
        (r#"emails.value eq "j@home.example""#, true),
        (r#"emails[type eq "work"].value eq "j@home.example""#, false),
        (r#"emails[type eq "WORK" and value co "@b.example"]"#, true),
        (r#"emails[type eq "home" and primary eq true]"#, false),
        (r#"emails[not (type eq "home")]"#, true),
        (r#"emails[type eq "work"] pr"#, true),
        ("emails[type eq other].value pr", false),
        (
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "sales""#,
            true,
        ),
        (r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "m1""#, true),
        (r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "M1""#, false),
        ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User pr", true),
        (r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#, true),
        (r#"schemas eq "urn:x""#, false),
    ];
    for (text, expected) in cases {
        assert_eq!(matches(text), expected, "{text}");
    }
}

#[test]
fn not_binds_tighter_than_and_and_that_tighter_than_or() {
    let cases = [
        ("title pr and title pr or userName pr", true),
        ("title pr and (title pr or userName pr)", false),
        ("userName pr or title pr and title pr", true),
        ("(userName pr or title pr) and title pr", false),
        ("not (title pr) and userName pr", true),
        ("not (title pr and userName pr)", true),
        ("not(title pr) AND NOT (id pr) Or active eq true", true),
        ("(((userName pr)))", true),
    ];
    for (text, expected) in cases {
        assert_eq!(matches(text), expected, "{text}");
        assert_eq!(parse(&parse(text).to_string()), parse(text), "{text}");
    }
}

#[test]
fn what_is_no_filter_is_refused_with_its_place() {
    let cases = [
        ("", "character 1"),
        ("userName", "character 9: an operator"),
        ("userName eq", "character 12: a value"),
        ("userName is \"x\"", "character 10: an operator"),
        ("userName eq \"x", "not closed"),
        ("userName eq \"\\x\"", "not valid JSON"),
        ("userName eq 'x'", "double quotes"),
        ("userName eq \"x\" and", "character 20"),
        ("userName eq and title pr", "character 13"),
        ("userName eq \"x\" title pr", "character 17: nothing more"),
        ("(userName pr", "character 13"),
        ("userName pr)", "no opening parenthesis"),
        ("emails[type eq \"work\"", "']'"),
        ("emails[type eq \"work\") pr", "']'"),
        ("emails[type eq \"work\"].value", "operator"),
        ("not userName pr", "operator"),
        ("userName eq [1]", "a value"),
        ("\u{fc}\u{fc} pr", "character 1"),
    ];
    for (text, expected) in cases {
        let error = text.parse::<Filter>().expect_err(text);
        assert_eq!(error.kind(), ScimErrorKind::InvalidFilter, "{text}");
        assert!(error.detail().contains(expected), "{text}: {error}");
        assert!(!error.detail().contains("\"x\""), "values stay out of errors: {error}");
    }
}

#[test]
fn what_has_no_meaning_for_an_attribute_is_refused() {
    let cases = [
        ("active gt true", "booleans"),
        (r#"active co "t""#, "booleans"),
        (r#"active eq "yes""#, "true or false"),
        (r#"x509Certificates.value gt "a""#, "no order"),
        (r#"meta.created gt "yesterday""#, "date and time"),
        (r#"name eq "Jane""#, "sub-attributes"),
        ("userName gt null", "null"),
        ("shoeSize eq 43", "shoeSize"),
        ("shoeSize pr", "shoeSize"),
        (r#"name.pet eq "x""#, "name.pet"),
        (r#"emails[colour eq "red"]"#, "colour"),
        (r#"name[givenName eq "J"]"#, "one value only"),
        (r#"userName pr or password eq "x""#, "password"),
        (r#"urn:example:none:1.0:X:a eq "x""#, "no attribute"),
        (r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User eq "x""#, "a schema"),
    ];
    for (text, expected) in cases {
        let error = parse(text).check(user()).expect_err(text);
        assert_eq!(error.kind(), ScimErrorKind::InvalidFilter, "{text}");
        assert!(error.detail().contains(expected), "{text}: {error}");
    }
}

#[test]
fn a_filter_has_limits_on_length_depth_and_terms() {
    let refusal =
        |text: String| text.parse::<Filter>().expect_err("a hostile filter").detail().to_owned();
    let nested = |depth: usize| format!("{}title pr{}", "(".repeat(depth), ")".repeat(depth));
    let terms = |count: usize| vec!["title pr"; count].join(" or ");

    assert!(nested(MAX_DEPTH).parse::<Filter>().is_ok());
    assert!(refusal(nested(MAX_DEPTH + 1)).contains("more than 32 levels"));
    assert!(refusal("(".repeat(MAX_LENGTH)).contains("more than 32 levels"));
    assert!(refusal("not (".repeat(1_600)).contains("more than 32 levels"));
    assert!(refusal("a[".repeat(4_000)).contains("more than 32 levels"));
    assert!(terms(MAX_TERMS).parse::<Filter>().is_ok());
    assert!(refusal(terms(MAX_TERMS + 1)).contains("more than 100 comparisons"));
    assert!(refusal(format!("title eq \"{}\"", "x".repeat(MAX_LENGTH))).contains("too long"));
}

#[test]
fn identity_providers_look_ups_use_an_index() {
    let email = Some(Lookup::Email("a@b".to_owned()));
    let name = Some(Lookup::UserName("a@b".to_owned()));
    let cases = [
        (r#"userName eq "a@b""#, name.clone()),
        (r#"urn:ietf:params:scim:schemas:core:2.0:User:USERNAME eq "a@b""#, name.clone()),
        (r#"active eq true and userName eq "a@b""#, name.clone()),
        (r#"emails eq "x" and (userName eq "a@b" and title pr)"#, name),
        ("externalId eq jyoung", Some(Lookup::ExternalId("jyoung".to_owned()))),
        ("externalId eq 4711", Some(Lookup::ExternalId("4711".to_owned()))),
        (r#"id eq "7" and userName eq "u""#, Some(Lookup::Id("7".to_owned()))),
        (r#"emails eq "a@b""#, email.clone()),
        (r#"emails.value eq "a@b""#, email.clone()),
        (r#"emails[value eq "a@b"]"#, email.clone()),
        (r#"emails[type eq "work" and value eq "a@b"]"#, email.clone()),
        (r#"emails[type eq "work"].value eq "a@b""#, email.clone()),
        (r#"groups eq "g""#, Some(Lookup::Group("g".to_owned()))),
        (r#"groups[value eq "g"]"#, Some(Lookup::Group("g".to_owned()))),
        (r#"displayName eq "Sales""#, Some(Lookup::DisplayName("Sales".to_owned()))),
        (r#"members eq "u""#, Some(Lookup::Member("u".to_owned()))),
        (r#"members.value eq "u""#, Some(Lookup::Member("u".to_owned()))),
        (r#"members[type eq "User" and value eq "u"]"#, Some(Lookup::Member("u".to_owned()))),
        (r#"id eq "g" and members eq "u""#, Some(Lookup::Id("g".to_owned()))),
        // Users have no index by displayName, but one by e-mail; groups have both of the next.
        (r#"displayName eq "x" and emails eq "a@b""#, email),
        (r#"members eq "u" and displayName eq "x""#, Some(Lookup::DisplayName("x".to_owned()))),
        (r#"members.display eq "u""#, None),
        (r#"emails.type eq "work""#, None),
        (r#"emails[type eq "work"]"#, None),
        (r#"userName ne "a@b""#, None),
        (r#"userName eq null"#, None),
        (r#"userName eq "a" or userName eq "b""#, None),
        (r#"not (userName eq "a")"#, None),
        (r#"emails[not (value eq "a@b")]"#, None),
        (r#"urn:example:x:1.0:Y:userName eq "a""#, None),
    ];
    for (text, expected) in cases {
        assert_eq!(parse(text).lookup(), expected, "{text}");
    }
}

#[test]
fn a_filter_says_which_members_it_has_to_know() {
    let these = |values: &[&str], any| Wanted::These {
        values: values.iter().map(|id| (*id).to_owned()).collect(),
        any,
    };
    let cases = [
        (r#"displayName eq "x""#, these(&[], false)),
        (r#"members eq "a""#, these(&["a"], false)),
        (r#"not (members.value eq "a") or members[value eq "b"]"#, these(&["a", "b"], false)),
        (
            r#"members[value eq "a" or (value eq "b" and type eq "User")]"#,
            these(&["a", "b"], false),
        ),
        (r#"members[type eq "User" and value eq "a"].display sw "x""#, these(&["a"], false)),
        (r#"members[type eq "User"].value eq "a""#, these(&["a"], false)),
        (r#"members pr and members eq "a""#, these(&["a"], true)),
        (r#"members ne null"#, these(&[], true)),
        (r#"members eq null"#, these(&[], true)),
        (r#"members ne "a""#, Wanted::All),
        (r#"members co "a""#, Wanted::All),
        (r#"members.type eq "User""#, Wanted::All),
        (r#"members[type eq "User"]"#, Wanted::All),
        (r#"members[type eq "User"] and members eq "a""#, Wanted::All),
        (r#"members[value eq "a" or type eq "User"]"#, Wanted::All),
        (r#"members[not (value eq "a")]"#, Wanted::All),
    ];
    for (text, expected) in cases {
        assert_eq!(parse(text).wants("members"), expected, "{text}");
    }
}

#[test]
fn a_filter_says_which_attributes_it_looks_at() {
    let version = parse(r#"title pr and (active eq true or not (META.version eq "1"))"#);
    assert!(version.mentions("meta", Some("version")) && version.mentions("meta", None));
    assert!(!version.mentions("meta", Some("created")) && !version.mentions("groups", None));
    assert!(parse("meta pr").mentions("meta", Some("version")));
    assert!(!parse(r#"meta.lastModified gt "2026""#).mentions("meta", Some("version")));
    assert!(parse(r#"groups[type eq "direct"]"#).mentions("groups", None));
}

#[cfg(not(target_family = "wasm"))]
mod laws {
    use proptest::prelude::*;

    use super::super::{Filter, Operator};
    use super::{resource, user};

    fn filter() -> impl Strategy<Value = Filter> {
        let value = prop_oneof![
            any::<bool>().prop_map(serde_json::Value::from),
            any::<i64>().prop_map(serde_json::Value::from),
            Just(serde_json::Value::Null),
            "\\PC{0,12}".prop_map(serde_json::Value::from),
        ];
        let path = prop_oneof![
            Just("userName"),
            Just("emails.value"),
            Just("emails[type eq \"work\" or not (primary pr)].value"),
            Just("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value"),
            Just("unknown"),
        ]
        .prop_map(|path| path.parse().expect("a path"));
        let compare =
            (path.clone(), 0..Operator::ALL.len(), value).prop_map(|(path, index, value)| {
                Filter::Compare { path, operator: Operator::ALL[index].0, value }
            });
        let leaf = prop_oneof![compare, path.prop_map(Filter::Present)];
        leaf.prop_recursive(4, 24, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::And),
                prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::Or),
                inner.prop_map(|filter| Filter::Not(Box::new(filter))),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_filter_survives_being_written_and_read(filter in filter()) {
            let text = filter.to_string();
            prop_assert_eq!(text.parse::<Filter>(), Ok(filter), "{}", text);
        }

        #[test]
        fn a_filter_and_its_negation_never_agree(filter in filter()) {
            let resource = resource();
            let negated = Filter::Not(Box::new(filter.clone()));
            prop_assert_ne!(filter.matches(user(), &resource), negated.matches(user(), &resource));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,60}|([a-z.:()\\[\\]\"\\\\ ]|eq|not|and){0,50}") {
            let _ = text.parse::<Filter>();
        }
    }
}

#[test]
fn no_value_has_u_0000_quoted_or_not() {
    for filter in ["title eq \"a\\u0000b\"", "title eq a\0b", "emails[type eq a\0b].value pr"] {
        let error = filter.parse::<Filter>().unwrap_err();
        assert_eq!(error.kind(), ScimErrorKind::InvalidFilter, "{filter:?}");
    }
    assert!("emails[primary eq a\0b].value".parse::<AttributePath>().is_err());
}
