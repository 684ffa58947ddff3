//! Whole resources: RFC 7643 §8; RFC 7644 §3.3, §3.5.1, §3.6.

use serde_json::{Map, Value, json};

use super::examples;
use crate::team::{ENTERPRISE, GROUP, USER};

/// Everything that the core User schema has, but for what the provider writes.
fn full_user() -> Value {
    json!({
        "schemas": [USER],
        "externalId": "701984",
        "userName": "bhopper@example.com",
        "name": {
            "formatted": "Ms. Brewster M Hopper, III", "familyName": "Hopper", "givenName": "Brewster",
            "middleName": "Murray", "honorificPrefix": "Ms.", "honorificSuffix": "III",
        },
        "displayName": "Brewster Hopper",
        "nickName": "Brew",
        "profileUrl": "https://login.example.com/bhopper",
        "emails": [
            { "value": "bhopper@example.com", "type": "work", "primary": true },
            { "value": "brew@hopper.example", "type": "home" },
        ],
        "addresses": [
            {
                "type": "work", "streetAddress": "1 Arithmetic Plaza", "locality": "Arlington", "region": "VA",
                "postalCode": "22202", "country": "US", "formatted": "1 Arithmetic Plaza\nArlington, VA 22202 US",
                "primary": true,
            },
            { "type": "home", "streetAddress": "2 Compiler Lane", "locality": "Arlington", "country": "US" },
        ],
        "phoneNumbers": [{ "value": "555-0100", "type": "work" }, { "value": "555-0101", "type": "mobile" }],
        "ims": [{ "value": "brewhopper", "type": "xmpp" }],
        "photos": [
            { "value": "https://photos.example.com/bhopper/F", "type": "photo" },
            { "value": "https://photos.example.com/bhopper/T", "type": "thumbnail" },
        ],
        "userType": "Employee",
        "title": "Rear Admiral",
        "preferredLanguage": "en-US",
        "locale": "en-US",
        "timezone": "America/New_York",
        "active": true,
        "entitlements": [{ "value": "gym" }],
        "roles": [{ "value": "analyst", "primary": true }],
        "x509Certificates": [{ "value": "MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAwTjELMAkGA1UEBhMCVVMx" }],
    })
}

/// What is there without `id`, `meta` and `groups`.
fn written(shown: &Value) -> Map<String, Value> {
    let mut written = shown.as_object().expect("a resource").clone();
    for name in ["id", "meta", "groups"] {
        written.remove(name);
    }
    written
}

examples! {
    "RFC 7643 §8.1"
    fn the_smallest_user(team) {
        let made = team.tell("POST /Users", &json!({ "schemas": [USER], "userName": "bhopper@example.com" }));
        let expected = json!({ "schemas": [USER], "userName": "bhopper@example.com", "active": true });
        assert_eq!(&written(&made.is(201).body), expected.as_object().unwrap());
    }

    "RFC 7643 §8.2"
    fn a_user_with_every_attribute(team) {
        let mut sent = full_user();
        sent["password"] = "t1meMa$heen".into();
        let made = team.tell("POST /Users", &sent);
        assert_eq!(&written(&made.is(201).body), full_user().as_object().unwrap());
        let group = team.group("Tour Guides", &[&made.id()]);
        let shown = team.read(&format!("/Users/{}", made.id()));
        assert_eq!(shown["groups"][0]["value"], group);
        assert_eq!(&written(&shown), full_user().as_object().unwrap());
    }

    "RFC 7643 §8.3"
    fn a_user_with_the_enterprise_extension(team) {
        let mut sent = full_user();
        sent["schemas"] = json!([USER, ENTERPRISE]);
        sent[ENTERPRISE] = json!({
            "employeeNumber": "701984", "costCenter": "4130", "organization": "Studios", "division": "Park",
            "department": "Tours", "manager": { "value": "26118915-6090-4610-87e4-49d8ca9f808d" },
        });
        let made = team.tell("POST /Users", &sent);
        assert_eq!(&written(&made.is(201).body), sent.as_object().unwrap());
    }

    "RFC 7643 §8.4"
    fn a_group_of_two(team) {
        let (ada, grace) = (team.person("ada"), team.person("grace"));
        let body = json!({
            "schemas": [GROUP], "displayName": "Tour Guides",
            "members": [
                { "value": ada, "$ref": format!("{}/Users/{ada}", team.url()), "display": "Ada" },
                { "value": grace, "$ref": format!("../Users/{grace}") },
            ],
        });
        let shown = team.tell("POST /Groups", &body).is(201).body.clone();
        assert_eq!(shown["displayName"], "Tour Guides");
        let mut expected = [ada, grace];
        expected.sort();
        for (member, id) in shown["members"].as_array().unwrap().iter().zip(&expected) {
            assert_eq!(&member["value"], id.as_str());
            assert_eq!(member["$ref"], format!("{}/Users/{id}", team.url()));
            assert_eq!(member["type"], "User");
            assert!(member["display"].is_string());
        }
        assert_eq!(shown["members"].as_array().map(Vec::len), Some(2));
    }

    "RFC 7643 §8.7.1"
    fn the_schemas_have_the_attributes_of_the_rfc(team) {
        let user = [
            "userName", "name", "displayName", "nickName", "profileUrl", "title", "userType", "preferredLanguage",
            "locale", "timezone", "active", "emails", "phoneNumbers", "ims", "photos", "addresses", "groups",
            "entitlements", "roles", "x509Certificates",
        ];
        let enterprise = ["employeeNumber", "costCenter", "organization", "division", "department", "manager"];
        let group = ["displayName", "members"];
        for (urn, names) in [(USER, &user[..]), (ENTERPRISE, &enterprise), (GROUP, &group)] {
            let schema = team.read(&format!("/Schemas/{urn}"));
            let attributes = schema["attributes"].as_array().unwrap();
            let told: Vec<&str> = attributes.iter().map(|a| a["name"].as_str().unwrap()).collect();
            assert_eq!(told, names, "{urn}");
            for attribute in attributes {
                for said in ["type", "multiValued", "description", "required", "mutability", "returned"] {
                    assert!(attribute.get(said).is_some(), "{}: {said}", attribute["name"]);
                }
            }
        }
    }

    "RFC 7644 §3.3"
    fn a_user_is_made(team) {
        let body = json!({
            "schemas": [USER], "userName": "bhopper@example.com", "externalId": "bhopper",
            "name": { "formatted": "Ms. Brewster Hopper", "familyName": "Hopper", "givenName": "Brewster" },
        });
        let made = team.tell("POST /Users", &body);
        made.is(201);
        for name in ["userName", "externalId", "name"] {
            assert_eq!(made.body[name], body[name]);
        }
    }

    "RFC 7644 §3.5.1"
    fn a_user_is_replaced(team) {
        let made = team.tell("POST /Users", &full_user());
        let mut body = full_user();
        body["id"] = made.body["id"].clone();
        body["emails"] = json!([{ "value": "bhopper@example.com" }, { "value": "brew@hopper.example" }]);
        body["roles"] = json!([]);
        let shown = team.tell(&format!("PUT /Users/{}", made.is(201).id()), &body).is(200).body.clone();
        assert_eq!(shown["emails"], body["emails"]);
        assert_eq!(shown.get("roles"), None);
        assert_eq!(shown["meta"]["created"], made.body["meta"]["created"]);
    }

    "RFC 7644 §3.6"
    fn a_user_is_deleted(team) {
        let id = team.person("ada");
        assert_eq!(team.ask(&format!("DELETE /Users/{id}")).is(204).body, Value::Null);
        team.ask(&format!("GET /Users/{id}")).refused(404, "");
    }
}
