//! What every resource has, and how it is made, read and deleted: RFC 7643 §2.1, §2.3.8, §3; RFC 7644 §3.3, §3.6, §3.8,
//! §3.13, §3.14.

use scim_edge::http::header::{CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, LOCATION};
use serde_json::{Value, json};

use crate::team::{ENTERPRISE, GROUP, USER, names, text};

/// The definitions of all attributes and sub-attributes that the schemas advertise.
fn advertised(schemas: &Value) -> Vec<Value> {
    let resources = schemas["Resources"].as_array().expect("schemas").iter();
    let top: Vec<Value> = resources
        .flat_map(|schema| schema["attributes"].as_array().expect("attributes").clone())
        .collect();
    let inner = top.iter().filter_map(|attribute| attribute["subAttributes"].as_array()).flatten();
    inner.cloned().chain(top.iter().cloned()).collect()
}

requirements! {
    [
        (MUST "RFC7643-2.1-L366" "a resource is JSON and says in schemas what defines it"),
        (MUST "RFC7643-3-L709" "schemas is in every representation and never empty"),
        (MUST "RFC7643-3.3-L976" "schemas has the base schema at the least"),
        (MUST "RFC7643-3-L711" "schemas lists the type's schema and its extensions only"),
        (MUST "RFC7643-3-L713" "no URN is in schemas twice"),
    ]
    fn schemas_name_what_the_resource_has(team) {
        let ada = team.tell("POST /Users", &json!({
            "schemas": [USER, USER, ENTERPRISE, ENTERPRISE.to_uppercase()],
            "userName": "ada@example.com",
            (ENTERPRISE): { "department": "Engines" },
        }));
        assert_eq!(ada.is(201).body["schemas"], json!([USER, ENTERPRISE]));
        let group = team.group("Analysts", &[]);
        assert_eq!(team.read(&format!("/Groups/{group}"))["schemas"], json!([GROUP]));
        for shown in team.read("/Users?attributes=userName")["Resources"].as_array().unwrap() {
            assert_eq!(shown["schemas"], json!([USER]));
        }
    }

    [(MUST "RFC7643-2.1-L369" "names of attributes are letters, digits, - and _, beginning with a letter ($ref apart)")]
    fn names_of_attributes_are_as_the_grammar_has_them(team) {
        for attribute in advertised(&team.read("/Schemas")) {
            let name = text(&attribute["name"]).trim_start_matches('$').to_owned();
            assert!(name.starts_with(|c: char| c.is_ascii_alphabetic()), "{name}");
            assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)), "{name}");
        }
        let path = json!([{ "op": "add", "path": "7up", "value": 1 }]);
        let ada = team.person("ada");
        team.patch(&format!("/Users/{ada}"), path).refused(400, "invalidPath");
    }

    [(MUST "RFC7643-2.3.8-L592" "neither side relies on the order of attributes")]
    fn the_order_of_attributes_means_nothing(team) {
        let id = team.person_with("ada", json!({ "name": { "givenName": "Ada", "familyName": "King" } }));
        let before = team.read(&format!("/Users/{id}"));
        let turned: serde_json::Map<String, Value> =
            before.as_object().unwrap().clone().into_iter().rev().collect();
        let after = team.tell(&format!("PUT /Users/{id}"), &Value::Object(turned));
        assert_eq!(after.is(200).body, before);
    }

    [(MUST "RFC7643-2.3.8-L595" "a sub-attribute is not complex itself")]
    fn no_sub_attribute_is_complex(team) {
        for schema in team.read("/Schemas")["Resources"].as_array().unwrap() {
            for attribute in schema["attributes"].as_array().unwrap() {
                for sub in attribute["subAttributes"].as_array().into_iter().flatten() {
                    assert_ne!(sub["type"], "complex", "{}", sub["name"]);
                }
            }
        }
    }

    [
        (MUST "RFC7643-3.1-L852" "common attributes belong to every resource"),
        (MUST "RFC7643-3.1-L855" "the provider gives a new resource its id and meta"),
        (MUST "RFC7643-3.1-L866" "every representation has an id that is not empty"),
        (MUST "RFC7643-3.1-L920" "meta.created is a date and time"),
        (MUST "RFC7643-3.1-L925" "meta.lastModified is meta.created until the first change"),
        (SHALL "RFC7644-3.3.1-L712" "meta.resourceType is that of the endpoint"),
    ]
    fn a_new_resource_gets_id_and_meta(team) {
        let user = team.read(&format!("/Users/{}", team.person("ada")));
        let group = team.read(&format!("/Groups/{}", team.group("Analysts", &[])));
        for (shown, kind) in [(user, "User"), (group, "Group")] {
            assert!(!text(&shown["id"]).is_empty());
            let meta = &shown["meta"];
            assert_eq!(meta["resourceType"], kind);
            text(&meta["created"]).parse::<jiff::Timestamp>().unwrap();
            assert_eq!(meta["created"], meta["lastModified"]);
            let location = format!("{}/{kind}s/{}", team.url(), text(&shown["id"]));
            assert_eq!(meta["location"], location);
            assert!(meta["version"].is_string());
        }
        let bare = team.read("/Users?attributes=title");
        assert!(bare["Resources"].as_array().unwrap().iter().all(|shown| shown["id"].is_string()));
    }

    [
        (MUST "RFC7643-3.1-L867" "an id is unique among all resources"),
        (MUST "RFC7643-3.1-L868" "an id stays and is never given to another"),
        (MUST "RFC7643-3.1-L872" "an id is not the client's to choose"),
        (MUST "RFC7643-3.1-L873" "an id does not contain the word bulkId"),
    ]
    fn ids_are_the_providers_unique_and_lasting(team) {
        let mut ids = vec![team.person("ada"), team.person("grace"), team.group("Analysts", &[])];
        team.ask(&format!("DELETE /Users/{}", ids[0])).is(204);
        ids.push(team.person("ada"));
        let chosen = json!({ "id": ids[1], "userName": "mine@example.com" });
        ids.push(team.tell("POST /Users", &chosen).is(201).id());
        let patched = team.patch(&format!("/Users/{}", ids[1]), json!([
            { "op": "replace", "path": "id", "value": "other" },
        ]));
        patched.refused(400, "mutability");
        let mut unique = ids.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), ids.len());
        assert!(ids.iter().all(|id| !id.to_lowercase().contains("bulkid")));
    }

    [(MUST "RFC7643-3.1-L890" "externalId is the client's alone")]
    fn an_external_id_is_never_made_up(team) {
        let ada = team.tell("POST /Users", &json!({ "userName": "ada@example.com" }));
        assert_eq!(ada.is(201).body.get("externalId"), None);
        let group = team.read(&format!("/Groups/{}", team.group("Analysts", &[])));
        assert_eq!(group.get("externalId"), None);
    }

    [
        (SHALL "RFC7643-3.1-L911" "what a client says in meta is ignored"),
        (SHALL "RFC7644-3.3-L584" "read-only attributes in a POST are ignored"),
    ]
    fn what_is_read_only_is_ignored_in_a_post(team) {
        let made = team.tell("POST /Users", &json!({
            "userName": "ada@example.com",
            "id": "mine",
            "groups": [{ "value": "any" }],
            "meta": { "resourceType": "Robot", "created": "2001-01-01T00:00:00Z", "version": "W/\"9\"" },
        }));
        let body = &made.is(201).body;
        assert_ne!(body["id"], "mine");
        assert_eq!(body.get("groups"), None);
        assert_eq!(body["meta"]["resourceType"], "User");
        assert!(!text(&body["meta"]["created"]).starts_with("2001"));
        assert_ne!(body["meta"]["version"], "W/\"9\"");
    }

    [
        (MUST "RFC7643-3.1-L927" "a Content-Location, where there is one, is meta.location"),
        (SHALL "RFC7644-3.3-L605" "Location of a new resource is its URI, as in meta.location"),
        (SHALL "RFC7644-3.3-L602" "a resource that was made is answered with 201"),
        (SHOULD "RFC7644-3.3-L603" "the answer to a POST holds the new resource"),
    ]
    fn a_post_is_answered_with_201_the_resource_and_its_location(team) {
        let ada = json!({ "userName": "ada@example.com", "title": "Countess" });
        let group = json!({ "displayName": "Analysts" });
        for (line, body, kept) in [("POST /Users", ada, "title"), ("POST /Groups", group, "displayName")] {
            let made = team.tell(line, &body);
            assert_eq!(made.is(201).body[kept], body[kept]);
            let location = text(&made.body["meta"]["location"]);
            assert_eq!(made.field(LOCATION), Some(location));
            assert!(made.field("content-location").is_none_or(|content| content == location));
            let path = location.strip_prefix(&team.url()).expect("an absolute URI");
            assert_eq!(team.read(path), made.body);
        }
    }

    [(MUST "RFC7644-3.3-L625" "what is there already is refused with 409 uniqueness")]
    fn a_second_of_the_same_is_refused(team) {
        team.person("ada");
        team.group("Analysts", &[]);
        let again = json!({ "userName": "ADA@example.com" });
        team.tell("POST /Users", &again).refused(409, "uniqueness");
        let again = json!({ "displayName": "analysts" });
        team.tell("POST /Groups", &again).refused(409, "uniqueness");
    }

    [
        (MUST "RFC7644-3.6-L2642" "whatever is done with a deleted resource is answered with 404"),
        (MUST "RFC7644-3.6-L2644" "a deleted resource is in no list"),
        (SHALL "RFC7644-3.6-L2657" "a DELETE is answered with 204"),
    ]
    fn what_was_deleted_is_gone(team) {
        let ada = format!("/Users/{}", team.person("ada"));
        let group = format!("/Groups/{}", team.group("Analysts", &[]));
        for (path, list) in [(ada, "/Users"), (group, "/Groups")] {
            let deleted = team.ask(&format!("DELETE {path}"));
            assert_eq!((deleted.status, &deleted.body), (204, &Value::Null));
            team.ask(&format!("GET {path}")).refused(404, "");
            team.ask(&format!("DELETE {path}")).refused(404, "");
            let whole = json!({ "userName": "ada@example.com", "displayName": "Analysts" });
            team.tell(&format!("PUT {path}"), &whole).refused(404, "");
            let operation = json!([{ "op": "add", "path": "displayName", "value": "x" }]);
            team.patch(&path, operation).refused(404, "");
            assert_eq!(team.read(list)["totalResults"], 0);
            assert_eq!(names(&team.read(list)).len(), 0);
        }
    }

    [
        (MUST "RFC7644-3.8-L3537" "JSON in UTF-8 is taken and given"),
        (MUST "RFC7644-3.8-L3551" "application/scim+json can be asked for"),
    ]
    fn json_in_utf_8_goes_both_ways(team) {
        let body = json!({ "userName": "zoe@example.com", "displayName": "Zoë 周 🦉" });
        let fields = [(CONTENT_TYPE, "application/scim+json; charset=utf-8"), ("accept", "application/scim+json")];
        let made = team.send("POST /Users", &fields, Some(&body));
        assert_eq!(made.is(201).body["displayName"], body["displayName"]);
        assert_eq!(made.field(CONTENT_TYPE), Some("application/scim+json"));
        let read = team.send("GET /Users", &[("accept", "application/json")], None);
        assert_eq!(read.is(200).body["Resources"][0]["displayName"], body["displayName"]);
    }

    [(MUST "RFC7644-3.13-L3956" "the version in the URL is the one that is spoken, or refused")]
    fn the_version_in_the_url_is_2(team) {
        assert!(team.url().contains("/scim/v2/"));
        team.ask("GET /Users").is(200);
    }

    [
        (MUST "RFC7644-3.14-L3967" "an entity tag is given as a header field"),
        (MUST "RFC7643-3.1-L940" "a weak entity tag begins with W/"),
    ]
    fn entity_tags_tell_versions_apart(team) {
        let path = format!("/Users/{}", team.person("ada"));
        let first = team.ask(&format!("GET {path}"));
        let tag = first.field(ETAG).expect("a tag").to_owned();
        assert!(tag.starts_with("W/\"") && first.body["meta"]["version"] == tag);
        assert_eq!(team.send(&format!("GET {path}"), &[(IF_NONE_MATCH, &tag)], None).status, 304);
        let title = json!({ "Operations": [{ "op": "add", "path": "title", "value": "x" }] });
        let patch = format!("PATCH {path}");
        let second = team.send(&patch, &[(IF_MATCH, &tag)], Some(&title));
        assert_ne!(second.is(200).field(ETAG), Some(tag.as_str()));
        team.send(&patch, &[(IF_MATCH, &tag)], Some(&title)).refused(412, "");
        team.send(&format!("DELETE {path}"), &[(IF_MATCH, &tag)], None).refused(412, "");
        assert_eq!(team.send(&format!("GET {path}"), &[(IF_NONE_MATCH, &tag)], None).status, 200);
    }
}
