//! Our parsers of filters and paths beside those of `scim_v2`, an implementation that knows nothing of ours.
//!
//! What RFC 7644 figure 1 derives, both take and understand alike. Beyond it we take what identity providers send,
//! and each of those liberties is listed here.

use proptest::prelude::*;
use scim_edge::scim::{AttributePath, Filter};
use scim_v2::filter::{Filter as TheirFilter, PatchPath as TheirPath};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn name() -> impl Strategy<Value = String> {
    let urn = prop_oneof![
        4 => Just(String::new()),
        1 => Just("urn:ietf:params:scim:schemas:core:2.0:User:".to_owned()),
        1 => Just("urn:ietf:params:scim:schemas:core:2.0:Group:".to_owned()),
        1 => Just(format!("{ENTERPRISE}:")),
        1 => "urn:example:[a-z]{1,5}:[0-9]\\.[0-9]:[A-Z][a-z]{1,5}:",
    ];
    let plain = prop_oneof![
        "[a-zA-Z][a-zA-Z0-9_-]{0,8}",
        Just("userName".to_owned()),
        Just("members".to_owned()),
        Just("and".to_owned()),
        Just("pr".to_owned()),
    ];
    let reserved = |name: &String| {
        ["not", "true", "false", "null"].iter().any(|word| word.eq_ignore_ascii_case(name))
    };
    let plain = plain.prop_filter("see the liberties", move |name| !reserved(name));
    (urn, plain).prop_map(|(urn, name)| format!("{urn}{name}"))
}

fn literal() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<bool>().prop_map(|value| value.to_string()),
        Just("null".to_owned()),
        any::<i64>().prop_map(|value| value.to_string()),
        "-?(0|[1-9][0-9]{0,5})(\\.[0-9]{1,4})?([eE][+-]?[0-9]{1,2})?",
        "\"20[0-9]{2}-(0[1-9]|1[0-2])-[0-2][1-8]T[01][0-9]:[0-5][0-9]:00(\\.[0-9]{3})?(Z|\\+02:00)\"",
        "\\PC{0,10}".prop_map(|text| serde_json::Value::from(text).to_string()),
        Just(r#""\u00e9\/\ud83d\ude00\\\"\t""#.to_owned()),
    ]
}

/// An attribute expression: all of a filter but its logic and brackets.
fn expression() -> impl Strategy<Value = String> {
    let operator = "(eq|ne|co|sw|ew|gt|ge|lt|le|EQ|Co)";
    let path = (name(), "(\\.[a-zA-Z][a-z]{0,5})?").prop_map(|(name, sub)| name + &sub);
    let compared = (path, operator, literal())
        .prop_map(|(path, operator, literal)| format!("{path} {operator} {literal}"));
    prop_oneof![compared, name().prop_map(|name| format!("{name} pr"))]
}

fn logic(leaf: impl Strategy<Value = String> + 'static) -> impl Strategy<Value = String> {
    leaf.prop_recursive(4, 12, 3, |inner| {
        let word = prop_oneof![Just(" and "), Just(" or "), Just("  AND ")];
        prop_oneof![
            (inner.clone(), word, inner.clone()).prop_map(|(a, word, b)| format!("{a}{word}{b}")),
            inner.clone().prop_map(|filter| format!("({filter})")),
            inner.prop_map(|filter| format!("not ({filter})")),
        ]
    })
}

fn picked() -> impl Strategy<Value = String> {
    (name(), logic(expression())).prop_map(|(name, filter)| format!("{name}[{filter}]"))
}

fn filter() -> impl Strategy<Value = String> {
    logic(prop_oneof![3 => expression(), 1 => picked()])
}

fn path() -> impl Strategy<Value = String> {
    prop_oneof![
        (name(), "(\\.[a-zA-Z][a-z]{0,5})?").prop_map(|(name, sub)| name + &sub),
        (picked(), "(\\.[a-z]{1,6})?").prop_map(|(picked, sub)| picked + &sub),
    ]
}

/// Words of the grammar in any order, with and without blanks.
fn soup() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("title"),
        Just("emails"),
        Just("name.givenName"),
        Just("eq"),
        Just("pr"),
        Just("co"),
        Just("and"),
        Just("or"),
        Just("not"),
        Just("("),
        Just(")"),
        Just("["),
        Just("]"),
        Just("."),
        Just("\"x\""),
        Just("\"\\u00e9\""),
        Just("7"),
        Just("-1.5e3"),
        Just("true"),
        Just("null"),
        Just("urn:example:a:1.0:User:b"),
        Just("\""),
        Just("a.b.c"),
        Just("$ref"),
    ];
    prop::collection::vec((word, prop_oneof![5 => Just(" "), 1 => Just("")]), 0..9)
        .prop_map(|words| words.into_iter().flat_map(|(word, blank)| [word, blank]).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    // Compared in their form, which joins `(a and b) and c` to one list.
    #[test]
    fn filters_of_the_rfc_mean_the_same_to_both(text in filter()) {
        let theirs = text.parse::<TheirFilter>().unwrap();
        for written in [&text, &theirs.to_string()] {
            let ours = written.parse::<Filter>().unwrap().to_string();
            let again = ours.parse::<TheirFilter>().unwrap();
            prop_assert_eq!(&again, &theirs, "{} became {}", written, ours);
        }
    }

    #[test]
    fn paths_of_the_rfc_mean_the_same_to_both(text in path()) {
        let theirs = text.parse::<TheirPath>().unwrap();
        for written in [&text, &theirs.to_string()] {
            let ours = written.parse::<AttributePath>().unwrap().to_string();
            let again = ours.parse::<TheirPath>().unwrap();
            prop_assert_eq!(&again, &theirs, "{} became {}", written, ours);
        }
    }

    #[test]
    fn what_they_take_we_take(text in soup()) {
        // A URI that is no URN is the one thing of theirs that we refuse; here it is a word with one behind it.
        let mut words = text.split([' ', '(', '[']);
        let foreign = words.any(|word| word.contains("urn:") && !word.starts_with("urn:"));
        let taken = text.parse::<TheirFilter>().is_err() || text.parse::<Filter>().is_ok();
        prop_assert!(taken || foreign, "the filter {text}");
        let taken = text.parse::<TheirPath>().is_err() || text.parse::<AttributePath>().is_ok();
        prop_assert!(taken || foreign, "the path {text}");
    }
}

/// What we take and they don't, with the reason.
const LIBERTIES: [(&str, &str); 9] = [
    ("externalId eq jyoung", "Entra's documentation leaves out the quotes"),
    ("active eq True", "Entra writes literals in any case"),
    ("manager.$ref pr", "RFC 7643 has this name, the grammar of RFC 7644 has not"),
    ("true pr", "a literal can be a name, where only a name can stand"),
    ("not pr", "so can an operator"),
    ("not(title pr)", "the blank says nothing"),
    ("(title pr)and(active pr)", "nor do these"),
    ("emails[type eq \"work\"].value eq \"x\"", "Okta filters by paths as PATCH has them"),
    ("a[b[c pr]]", "brackets nest like parentheses"),
];

#[test]
fn our_liberties_are_these() {
    for (text, why) in LIBERTIES {
        assert!(text.parse::<Filter>().is_ok(), "{text}: {why}");
        assert!(text.parse::<TheirFilter>().is_err(), "{text}: they take it by now");
    }
}

#[test]
fn our_limits_are_tighter() {
    let nested = format!("{}title pr{}", "(".repeat(33), ")".repeat(33));
    let long = vec!["title pr"; 101].join(" or ");
    for text in [&*nested, &long, "tag:example:name pr"] {
        assert!(text.parse::<Filter>().is_err(), "{text}");
        assert!(text.parse::<TheirFilter>().is_ok(), "{text}: they refuse it by now");
    }
}
