#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Value, json};

use super::{Meta, Resource};
use crate::host::Timestamp;
use crate::json::parse_object;
use crate::scim::schema::{ENTERPRISE_SCHEMA, USER_SCHEMA, user};
use crate::scim::{Projection, ScimError, ScimErrorKind};

pub(crate) fn read(body: &Value) -> Result<Resource, ScimError> {
    let body = parse_object(body.to_string().as_bytes())?;
    Resource::from_json(user(), body)
}

pub(crate) fn attributes(body: &Value) -> Value {
    let resource = read(body).unwrap_or_else(|error| panic!("{body}: {error}"));
    Value::Object(resource.attributes().clone())
}

pub(crate) fn meta() -> Meta {
    Meta {
        id: "0190".to_owned(),
        resource_type: user(),
        created: Timestamp(1_700_000_000_005),
        last_modified: Timestamp(1_700_000_001_000),
        location: "https://edge.example/Users/0190".to_owned(),
        version: "3".to_owned(),
    }
}

#[test]
fn okta_create_keeps_what_is_known_and_drops_password_and_groups() {
    let kept = attributes(&json!({
        "schemas": [USER_SCHEMA],
        "userName": "test.user@okta.local",
        "name": {"givenName": "Test", "familyName": "User"},
        "emails": [{"primary": true, "value": "test.user@okta.local", "type": "work"}],
        "displayName": "Test User", "locale": "en-US", "externalId": "00ujl29u0le5T6Aj10h7",
        "groups": [], "password": "1mz050nq", "active": true,
    }));
    assert_eq!(
        kept,
        json!({
            "userName": "test.user@okta.local",
            "name": {"givenName": "Test", "familyName": "User"},
            "emails": [{"primary": true, "value": "test.user@okta.local", "type": "work"}],
            "displayName": "Test User", "locale": "en-US", "externalId": "00ujl29u0le5T6Aj10h7",
            "active": true,
        })
    );
}

#[test]
fn listing_the_urn_of_an_extension_that_is_there_makes_no_difference() {
    let urn = "urn:example:x:1.0:User";
    let plain = json!({"userName": "u", (urn): {"a": 1}});
    let mut listed = plain.clone();
    listed["schemas"] = json!([USER_SCHEMA, "urn:example:X:1.0:User"]);
    assert_eq!(read(&listed), read(&plain));
    listed["schemas"] = json!(["urn:example:y", urn]);
    assert_eq!(attributes(&listed)["schemas"], json!(["urn:example:y"]));
}

#[test]
fn a_packed_role_has_a_thousand_attributes_at_most() {
    let inner: serde_json::Map<String, Value> =
        (0..50_000).map(|n| (format!("a{n}"), n.into())).collect();
    let mut inner = Value::Object(inner);
    inner["value"] = "R".into();
    let error = read(&json!({"userName": "u", "roles": [{"value": inner.to_string()}]}))
        .expect_err("too many");
    assert_eq!(error.kind(), ScimErrorKind::InvalidValue);
    assert!(error.detail().contains("roles: more than 1000 attributes"), "{error}");
}

#[test]
fn okta_put_of_what_was_read_changes_nothing() {
    let first = read(&json!({
        "userName": "a@b.example", "active": true, "x-custom": {"a": [1]},
        "emails": [{"value": "a@b.example"}], (ENTERPRISE_SCHEMA): {"department": "Sales"},
    }))
    .expect("reads");
    let shown = first.clone().into_json(&meta(), &Projection::Default);
    assert_eq!(read(&shown), Ok(first));
}

#[test]
fn okta_put_ignores_what_the_server_writes() {
    let kept = attributes(&json!({
        "active": false, "displayName": "Mona Octocat", "groups": [], "id": "0190",
        "emails": [{"primary": true, "value": "octocat@github.com"}],
        "externalId": "00u1dhhb1fkIGP7RL1d8", "locale": "en-US",
        "meta": {
            "created": "2018-02-13T15:05:24.000-08:00", "resourceType": "User",
            "lastModified": "2018-02-13T15:05:55.000-08:00", "location": "https://x/Users/0190",
        },
        "name": {"familyName": "Octocat", "formatted": "Mona Octocat", "givenName": "Mona"},
        "schemas": [USER_SCHEMA], "userName": "octocat@github.com",
    }));
    assert_eq!(
        kept,
        json!({
            "active": false, "displayName": "Mona Octocat",
            "emails": [{"primary": true, "value": "octocat@github.com"}],
            "externalId": "00u1dhhb1fkIGP7RL1d8", "locale": "en-US",
            "name": {"familyName": "Octocat", "formatted": "Mona Octocat", "givenName": "Mona"},
            "userName": "octocat@github.com",
        })
    );
}

#[test]
fn onelogin_and_google_schemas_of_older_drafts_are_taken() {
    for schemas in [
        json!(["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"]),
        json!(["urn:scim:schemas:core:1.0", "urn:ietf:params:scim:schemas:core:2.0:User"]),
        json!([]),
        json!(null),
    ] {
        let resource = read(&json!({"schemas": schemas, "userName": "u"})).expect("reads");
        let shown = resource.clone().into_json(&meta(), &Projection::Default);
        assert_eq!(shown["schemas"], json!([USER_SCHEMA]), "{schemas}");
    }
}

#[test]
fn entra_create_is_read() {
    let kept = attributes(&json!({
        "schemas": [USER_SCHEMA, ENTERPRISE_SCHEMA],
        "externalId": "0a21f0f2", "userName": "Test_User_ab6490ee", "active": "True",
        "emails": [{"primary": "true", "type": "work", "value": "t@testuser.com"}],
        "meta": {"resourceType": "User"}, "nickName": null, "roles": [],
        "name": {"formatted": "givenName familyName", "givenName": null},
        "URN:ietf:params:scim:schemas:extension:enterprise:2.0:user": {"Manager": "26118915"},
    }));
    assert_eq!(
        kept,
        json!({
            "externalId": "0a21f0f2", "userName": "Test_User_ab6490ee", "active": true,
            "emails": [{"primary": true, "type": "work", "value": "t@testuser.com"}],
            "name": {"formatted": "givenName familyName"},
            (ENTERPRISE_SCHEMA): {"manager": {"value": "26118915"}},
        })
    );
}

#[test]
fn values_are_taken_in_the_shapes_identity_providers_send() {
    let cases = [
        ("names in any case", json!({"NICKNAME": "N"}), json!({"nickName": "N"})),
        (
            "single for list",
            json!({"emails": {"value": "a@b"}}),
            json!({"emails": [{"value": "a@b"}]}),
        ),
        ("bare value", json!({"emails": ["a@b"]}), json!({"emails": [{"value": "a@b"}]})),
        ("blank value", json!({"emails": [{"type": "work", "value": ""}]}), json!({})),
        ("null value", json!({"phoneNumbers": [{"type": "work", "value": null}]}), json!({})),
        ("no manager", json!({(ENTERPRISE_SCHEMA): {"manager": ""}}), json!({})),
        (
            "manager as list",
            json!({(ENTERPRISE_SCHEMA): {"manager": [{"$ref": "http://x/1", "value": "1"}]}}),
            json!({(ENTERPRISE_SCHEMA): {"manager": {"$ref": "http://x/1", "value": "1"}}}),
        ),
        (
            "role as JSON in a string",
            json!({"roles": [{"value": "{\"id\":\"06b0\",\"value\":\"Admin\",\"displayName\":\"Ad\"}"}]}),
            json!({"roles": [{"id": "06b0", "value": "Admin", "display": "Ad"}]}),
        ),
        (
            "role as text",
            json!({"roles": [{"value": "{no"}]}),
            json!({"roles": [{"value": "{no"}]}),
        ),
        (
            "legacy URN as key",
            json!({"urn:scim:schemas:extension:enterprise:1.0": {"department": "S"}}),
            json!({(ENTERPRISE_SCHEMA): {"department": "S"}}),
        ),
        (
            "unknown attributes and extensions",
            json!({"shoeSize": 43, "urn:example:x:1.0:User": {"A": 1}, "none": null}),
            json!({"shoeSize": 43, "urn:example:x:1.0:User": {"A": 1}}),
        ),
        (
            "unknown sub-attributes",
            json!({"name": {"pet": "P", "givenname": "G"}}),
            json!({"name": {"pet": "P", "givenName": "G"}}),
        ),
        ("legacy schemas", json!({"schemas": ["urn:scim:schemas:core:1.0"]}), json!({})),
        (
            "unknown schemas",
            json!({"schemas": ["urn:x", USER_SCHEMA]}),
            json!({"schemas": ["urn:x"]}),
        ),
    ];
    for (name, mut given, mut expected) in cases {
        given["userName"] = "u".into();
        expected["userName"] = "u".into();
        assert_eq!(attributes(&given), expected, "{name}");
    }
}

#[test]
fn values_of_the_wrong_type_are_refused_by_name() {
    let cases = [
        (json!({"active": "yes"}), "active: true or false"),
        (json!({"active": 1}), "active: a boolean was expected, not a number"),
        (json!({"displayName": true}), "displayName: a string was expected, not a boolean"),
        (json!({"name": "Jane"}), "name: an object was expected, not a string"),
        (
            json!({"name": {"givenName": {}}}),
            "name.givenName: a string was expected, not an object",
        ),
        (json!({"emails": [7]}), "emails: an object was expected, not a number"),
        (json!({"emails": [{"primary": "maybe"}]}), "emails.primary: true or false"),
        (json!({(ENTERPRISE_SCHEMA): "x"}), "an object was expected, not a string"),
        (
            json!({(ENTERPRISE_SCHEMA): {"manager": [{}, {}]}}),
            "User:manager: an object was expected",
        ),
        (json!({(ENTERPRISE_SCHEMA): {"department": []  }, "title": ["a"]}), "title: a string"),
        (json!({"schemas": "urn:x"}), "schemas: an array of URNs"),
        (json!({"schemas": [1]}), "schemas: a URN was expected"),
        (
            json!({"emails": [{"value": "a@b", "primary": true}, {"value": "c@d", "primary": "True"}]}),
            "emails has several primary values",
        ),
        (json!({"emails": vec![json!({"value": "a@b"}); 1001]}), "emails has 1001 values"),
    ];
    for (mut given, expected) in cases {
        given["userName"] = "u".into();
        let error = read(&given).expect_err(expected);
        assert_eq!(error.kind(), ScimErrorKind::InvalidValue, "{expected}");
        assert!(error.detail().contains(expected), "{expected}: {error}");
    }
}

#[test]
fn a_resource_has_a_thousand_attributes_at_most() {
    let object = |count: usize| -> Value {
        let names = (0..count).map(|n| (format!("a{n}"), n.into()));
        names.collect::<serde_json::Map<_, _>>().into()
    };
    let mut most = object(999);
    most["userName"] = "u".into();
    assert!(read(&most).is_ok());
    most["more"] = 1.into();
    let in_extension = json!({"userName": "u", (ENTERPRISE_SCHEMA): object(1001)});
    let in_complex = json!({"userName": "u", "emails": [object(1001)]});
    for body in [most, in_extension, in_complex] {
        let error = read(&body).expect_err("too many");
        assert!(error.detail().contains("more than 1000 attributes"), "{error}");
    }
}

#[test]
fn patch_paths_are_no_attribute_names() {
    for key in ["name.givenName", &format!("{ENTERPRISE_SCHEMA}:department"), USER_SCHEMA] {
        let error = read(&json!({"userName": "u", key: "x"})).expect_err(key);
        assert_eq!(error.kind(), ScimErrorKind::InvalidSyntax, "{key}");
    }
    let twice = json!({
        "userName": "u", (ENTERPRISE_SCHEMA): {"division": "D"},
        "urn:scim:schemas:extension:enterprise:2.0": {"department": "S"},
    });
    assert_eq!(read(&twice).map_err(|error| error.kind()), Err(ScimErrorKind::InvalidSyntax));
}

#[test]
fn a_user_name_is_required_and_plain() {
    let (longest, too_long) = ("é".repeat(256), "é".repeat(257));
    let cases = [
        (json!({}), false),
        (json!({"userName": null}), false),
        (json!({"userName": ""}), false),
        (json!({"userName": " \u{a0}"}), false),
        (json!({"userName": "a\nb"}), false),
        (json!({"userName": "a\u{85}b"}), false),
        (json!({"userName": too_long}), false),
        (json!({"userName": longest}), true),
        (json!({"USERNAME": "René Müller"}), true),
        (json!({"userName": "u", "externalId": "x".repeat(257)}), false),
    ];
    for (body, good) in cases {
        assert_eq!(read(&body).is_ok(), good, "{body}");
    }
}

#[test]
fn every_address_of_a_user_must_be_one() {
    let long = format!("{}@b.example", "a".repeat(250));
    let cases = [
        ("a@b.example", None),
        ("jörg@bücher.example", None),
        ("a@b.example ", None),
        ("a.b.example", Some("name@domain")),
        ("a@b@c", Some("name@domain")),
        ("a b@c.example", Some("white space")),
        ("a@b\u{7}", Some("control")),
        (long.as_str(), Some("254 bytes")),
    ];
    for (address, expected) in cases {
        let result = read(&json!({"userName": "u", "emails": [{"value": address}]}));
        match expected {
            None => assert!(result.is_ok(), "{address}: {result:?}"),
            Some(expected) => {
                let detail = result.expect_err(address).detail().to_owned();
                assert!(detail.starts_with("emails.value"), "{detail}");
                assert!(detail.contains(expected), "{address}: {detail}");
            }
        }
    }
}

#[test]
fn the_account_is_the_primary_address_then_work_then_first_then_the_user_name() {
    let email = |emails: Value, user_name: &str| {
        let resource = read(&json!({"userName": user_name, "emails": emails})).expect("reads");
        resource.email().map(|email| email.as_str().to_owned())
    };
    let home = json!({"value": "home@x", "type": "home"});
    let work = json!({"value": "work@x", "type": "Work"});
    let primary = json!({"value": "main@x", "primary": true});
    assert_eq!(email(json!([home, work, primary]), "u").as_deref(), Ok("main@x"));
    assert_eq!(email(json!([home, work]), "u").as_deref(), Ok("work@x"));
    assert_eq!(email(json!([home]), "u@x").as_deref(), Ok("home@x"));
    assert_eq!(email(json!([]), "u@x").as_deref(), Ok("u@x"));
    let error = email(json!([{"type": "work", "display": "x"}]), "u").expect_err("no address");
    assert_eq!(error.kind(), ScimErrorKind::InvalidValue);
    assert!(error.detail().starts_with("emails"), "{error}");
}

#[test]
fn what_is_kept_is_stored_as_a_plain_object() {
    let resource = read(&json!({"userName": "u", "title": "T"})).expect("reads").with_active(false);
    let stored = serde_json::to_string(resource.attributes()).expect("serialises");
    assert_eq!(stored, r#"{"active":false,"title":"T","userName":"u"}"#);
    assert_eq!(serde_json::from_str(&stored).map(Resource::kept).ok(), Some(resource.clone()));
    assert_eq!((resource.user_name(), resource.active()), ("u", Some(false)));
    assert_eq!((resource.external_id(), resource.display_name()), (None, None));
}

#[test]
fn a_resource_is_shown_with_id_meta_and_the_schemas_it_uses() {
    let resource = read(&json!({
        "schemas": [USER_SCHEMA, ENTERPRISE_SCHEMA, "urn:example:other"],
        "userName": "u", "active": true, "urn:example:x:1.0:User": {"a": 1},
    }))
    .expect("reads");
    assert_eq!(
        resource.clone().into_json(&meta(), &Projection::Default),
        json!({
            "schemas": [USER_SCHEMA, "urn:example:x:1.0:User", "urn:example:other"],
            "id": "0190", "userName": "u", "active": true, "urn:example:x:1.0:User": {"a": 1},
            "meta": {
                "resourceType": "User", "created": "2023-11-14T22:13:20.005Z",
                "lastModified": "2023-11-14T22:13:21.000Z", "version": "W/\"3\"",
                "location": "https://edge.example/Users/0190",
            },
        })
    );
}

#[test]
fn one_address_that_is_primary_twice_is_primary_once() {
    let emails = json!([
        {"value": "joan@example.com", "type": "work", "primary": true},
        {"value": "Joan@Example.com", "type": "other", "primary": true},
    ]);
    let read = read(&json!({ "userName": "joan", "emails": emails })).unwrap();
    let primary: Vec<_> = read.attributes()["emails"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|email| email["primary"].clone())
        .collect();
    assert_eq!(primary, [true, false]);
}

#[test]
fn bytes_are_taken_in_base64_only() {
    let with = |text: &str| {
        read(&json!({ "userName": "joan@example.com", "x509Certificates": [{ "value": text }] }))
    };
    let right = ["AA==", "AAA=", "AAAA", "AA", "AAA", "-_-_", "QWERTYUIOPASD", "MIIB\r\nIjAN\n"];
    for text in right {
        let resource = with(text).unwrap();
        let value = &resource.attributes()["x509Certificates"][0]["value"];
        assert_eq!(value, text, "as it was written");
    }
    for text in ["no base64!", "A===", "AA=A", "=", "é"] {
        let error = with(text).unwrap_err();
        assert_eq!(error.kind(), ScimErrorKind::InvalidValue, "{text}");
        assert!(error.detail().contains("x509Certificates.value"), "{}", error.detail());
    }
}
