#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{Filter, Narrowed};
use crate::scim::ScimErrorKind;
use crate::scim::schema;

fn filter(text: &str) -> Filter {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn narrowed(text: &str) -> [String; 2] {
    [schema::user(), schema::group()].map(|resource_type| {
        match filter(text).narrow(resource_type) {
            Narrowed::Never => "never".to_owned(),
            Narrowed::Always => "always".to_owned(),
            Narrowed::If(filter) => filter.to_string(),
        }
    })
}

#[test]
fn an_attribute_that_a_type_does_not_have_has_no_value_there() {
    for (text, users, groups) in [
        (r#"userName eq "a""#, r#"userName eq "a""#, "never"),
        (r#"displayName eq "a""#, r#"displayName eq "a""#, r#"displayName eq "a""#),
        (r#"userName eq "a" or displayName eq "b""#, "", r#"displayName eq "b""#),
        (r#"members eq "a" or displayName eq "b""#, r#"displayName eq "b""#, ""),
        (r#"userName eq "a" and displayName eq "b""#, "", "never"),
        (r#"userName ne "a""#, r#"userName ne "a""#, "always"),
        ("userName eq null", "userName eq null", "always"),
        ("userName ne null", "userName ne null", "never"),
        ("not (userName pr)", "not (userName pr)", "always"),
        (r#"emails[type eq "work"]"#, r#"emails[type eq "work"]"#, "never"),
        (r#"department co "x""#, r#"department co "x""#, "never"),
        (r#"userName pr and members pr"#, "never", "never"),
        (r#"not (userName pr) and displayName pr"#, "", "displayName pr"),
        (r#"not (userName pr or displayName pr)"#, "", "not (displayName pr)"),
    ] {
        let [of_users, of_groups] = narrowed(text);
        let same = |told: &str| if told.is_empty() { text.to_owned() } else { told.to_owned() };
        assert_eq!((of_users, of_groups), (same(users), same(groups)), "{text}");
    }
}

#[test]
fn the_name_of_the_type_decides_without_a_look_at_resources() {
    for (text, users, groups) in [
        (r#"meta.resourceType eq "User""#, "always", "never"),
        (r#"META.RESOURCETYPE eq "Group""#, "never", "always"),
        (r#"meta.resourceType ne "User""#, "never", "always"),
        (r#"meta.resourceType eq "Device""#, "never", "never"),
        ("meta.resourceType pr", "always", "always"),
        (r#"meta.resourceType eq "User" and displayName pr"#, "displayName pr", "never"),
        (r#"meta.resourceType eq "User" or displayName pr"#, "always", "displayName pr"),
        (r#"not (meta.resourceType eq "User") and id pr and title pr"#, "never", "never"),
    ] {
        assert_eq!(narrowed(text), [users, groups], "{text}");
    }
}

#[test]
fn a_filter_is_invalid_where_no_type_can_make_sense_of_a_part() {
    let types = [schema::user(), schema::group()];
    for text in [r#"userName eq "a" and members pr"#, "active eq true", "title pr or members pr"] {
        assert_eq!(filter(text).check_any(&types), Ok(()), "{text}");
    }
    for text in [
        "shoe pr",
        "title pr or shoe pr",
        "not (shoe pr)",
        "active gt true",
        r#"meta.created eq "x""#,
    ] {
        let error = filter(text).check_any(&types).expect_err(text);
        assert_eq!(error.kind(), ScimErrorKind::InvalidFilter, "{text}");
    }
    assert!(filter("members pr").check_any(&types[..1]).is_err());
}
