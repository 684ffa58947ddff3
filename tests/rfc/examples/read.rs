//! Reading and searching: RFC 7643 §8.5, §8.6; RFC 7644 §3.4, §3.9, §3.11, §3.12, §3.14, §4.

use scim_edge::http::header::{ETAG, IF_MATCH, IF_NONE_MATCH};
use serde_json::json;

use super::examples;
use crate::team::{ENTERPRISE, NOBODY, Team, USER, names};

/// Ada, Employee since before Grace, and a group.
fn people(team: &Team) -> [String; 2] {
    let ada = team.person_with("ada", json!({
        "title": "Countess", "userType": "Employee", "name": { "givenName": "Ada", "familyName": "O'Malley" },
        "emails": [
            { "value": "ada@example.com", "type": "work", "primary": true },
            { "value": "ada@example.org", "type": "home" },
        ],
        "ims": [{ "type": "xmpp", "value": "ada@foo.example" }],
        (ENTERPRISE): { "manager": { "value": "26118915" } },
    }));
    let grace = team.person_with(
        "grace",
        json!({ "userType": "Intern", "emails": [{ "value": "grace@example.com" }] }),
    );
    team.group("Analysts", &[&ada]);
    [ada, grace]
}

examples! {
    "RFC 7643 §8.5"
    fn the_configuration_of_the_provider(team) {
        let config = team.read("/ServiceProviderConfig");
        assert_eq!(config["patch"]["supported"], true);
        for (feature, limit) in [("bulk", "maxOperations"), ("bulk", "maxPayloadSize"), ("filter", "maxResults")] {
            assert!(config[feature][limit].as_u64().is_some_and(|most| most > 0), "{feature}.{limit}");
        }
        assert_eq!(config["meta"]["location"], format!("{}/ServiceProviderConfig", team.url()));
        assert_eq!(config["authenticationSchemes"][0]["primary"], true);
    }

    "RFC 7643 §8.6"
    fn the_resource_types(team) {
        let user = team.read("/ResourceTypes/User");
        assert_eq!((&user["endpoint"], &user["schema"]), (&json!("/Users"), &json!(USER)));
        assert_eq!(user["schemaExtensions"], json!([{ "schema": ENTERPRISE, "required": false }]));
        assert_eq!(team.read("/ResourceTypes/Group")["endpoint"], "/Groups");
    }

    "RFC 7644 §3.4.1"
    fn a_known_user_is_read(team) {
        let [ada, _] = people(team);
        let shown = team.read(&format!("/Users/{ada}"));
        assert_eq!(shown["meta"]["resourceType"], "User");
        assert_eq!(shown["name"]["familyName"], "O'Malley");
    }

    "RFC 7644 §3.4.2"
    fn all_users_are_listed_with_their_names_only(team) {
        let [ada, _] = people(team);
        let list = team.read("/Users?attributes=userName");
        assert_eq!(list["totalResults"], 2);
        let first = json!({ "schemas": [USER], "id": ada, "userName": "ada@example.com" });
        assert_eq!(list["Resources"][0], first);
    }

    "RFC 7644 §3.4.2.2"
    fn filters_find_whom_they_mean(team) {
        people(team);
        let none: &[&str] = &[];
        let cases = [
            ("userName Eq \"ADA@example.com\"", &["ada"][..]),
            ("name.familyName co \"O'Malley\"", &["ada"]),
            ("userName sw \"G\"", &["grace"]),
            ("urn:ietf:params:scim:schemas:core:2.0:User:userName sw \"A\"", &["ada"]),
            ("title pr", &["ada"]),
            ("meta.lastModified gt \"2001-05-13T04:42:34Z\"", &["ada", "grace"]),
            ("meta.lastModified ge \"2001-05-13T04:42:34Z\"", &["ada", "grace"]),
            ("meta.lastModified lt \"2001-05-13T04:42:34Z\"", none),
            ("meta.lastModified le \"2001-05-13T04:42:34Z\"", none),
            ("title pr and userType eq \"Employee\"", &["ada"]),
            ("title pr or userType eq \"Intern\"", &["ada", "grace"]),
            ("schemas eq \"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\"", &["ada"]),
            ("userType eq \"Employee\" and (emails co \"example.com\" or emails.value co \"example.org\")", &["ada"]),
            ("userType ne \"Employee\" and not (emails co \"example.org\" or emails.value co \"example.org\")", &["grace"]),
            ("userType eq \"Employee\" and (emails.type eq \"work\")", &["ada"]),
            ("userType eq \"Employee\" and emails[type eq \"work\" and value co \"@example.com\"]", &["ada"]),
            (
                "emails[type eq \"work\" and value co \"@example.com\"] or ims[type eq \"xmpp\" and value co \"@foo\"]",
                &["ada"],
            ),
        ];
        for (filter, found) in cases {
            assert_eq!(team.found("/Users", filter), found, "{filter}");
        }
    }

    "RFC 7644 §3.4.2.3"
    fn a_list_is_sorted(team) {
        people(team);
        assert_eq!(names(&team.read("/Users?sortBy=userName&sortOrder=descending")), ["grace", "ada"]);
        assert_eq!(names(&team.read("/Users?sortBy=emails")), ["ada", "grace"]);
    }

    "RFC 7644 §3.4.2.4"
    fn a_page_of_a_list(team) {
        people(team);
        let page = team.read("/Users?startIndex=2&count=10");
        assert_eq!((&page["totalResults"], &page["itemsPerPage"], &page["startIndex"]), (&json!(2), &json!(1), &json!(2)));
        assert_eq!(names(&page), ["grace"]);
    }

    "RFC 7644 §3.4.3"
    fn a_search_over_users_and_groups(team) {
        people(team);
        let answer = team.tell("POST /.search", &json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
            "attributes": ["displayName", "userName"],
            "filter": "displayName sw \"ana\" or userName sw \"ada\"",
            "startIndex": 1,
            "count": 10,
        }));
        assert_eq!((names(&answer.is(200).body), &answer.body["totalResults"]), (vec!["ada".into(), "Analysts".into()], &json!(2)));
    }

    "RFC 7644 §3.9"
    fn a_user_is_read_with_one_attribute(team) {
        let [ada, _] = people(team);
        let shown = team.read(&format!("/Users/{ada}?attributes=userName"));
        assert_eq!(shown, json!({ "schemas": [USER], "id": ada, "userName": "ada@example.com" }));
    }

    "RFC 7644 §3.11"
    fn nobody_is_me(team) {
        for line in ["GET /Me", "POST /Me", "PATCH /Me", "PUT /Me", "DELETE /Me"] {
            team.ask(line).refused(501, "");
        }
    }

    "RFC 7644 §3.12"
    fn what_is_not_there_and_what_may_not_be_changed(team) {
        let [ada, _] = people(team);
        team.ask(&format!("GET /Users/{NOBODY}")).refused(404, "");
        let operations = json!([{ "op": "replace", "path": "id", "value": "x" }]);
        team.patch(&format!("/Users/{ada}"), operations).refused(400, "mutability");
    }

    "RFC 7644 §3.14"
    fn entity_tags_spare_and_guard(team) {
        let [ada, _] = people(team);
        let path = format!("/Users/{ada}");
        let read = team.ask(&format!("GET {path}"));
        let tag = read.field(ETAG).expect("a tag").to_owned();
        assert_eq!(team.send(&format!("GET {path}"), &[(IF_NONE_MATCH, &tag)], None).status, 304);
        let body = json!({ "userName": "ada@example.com" });
        team.send(&format!("PUT {path}"), &[(IF_MATCH, &tag)], Some(&body)).is(200);
        team.send(&format!("PUT {path}"), &[(IF_MATCH, &tag)], Some(&body)).refused(412, "");
    }

    "RFC 7644 §4"
    fn a_filter_on_schemas_is_forbidden(team) {
        team.ask("GET /Schemas?filter=id%20pr").refused(403, "");
    }
}
