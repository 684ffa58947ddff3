//! The values of attributes: RFC 7643 §2.3 to §2.5, §4.1.2, §7.

use serde_json::{Value, json};

use crate::team::ENTERPRISE;

/// What an unknown extension of this content is read as.
fn kept(team: &crate::team::Team, content: &Value) -> Value {
    let id = team.person_with("ada", json!({ "urn:example:kinds:1.0:User": content }));
    team.read(&format!("/Users/{id}"))["urn:example:kinds:1.0:User"].clone()
}

requirements! {
    [
        (MUST "EXTRA-TYPE-INT" "a whole number is read without a fraction"),
        (MUST "RFC7643-2.3.4-L521" "a whole number has neither fraction nor exponent"),
    ]
    fn whole_numbers_stay_whole(team) {
        let numbers = json!({ "small": 7, "large": 9_007_199_254_740_993_i64, "below": -1 });
        assert_eq!(kept(team, &numbers).to_string(), numbers.to_string());
        let list = team.ask("GET /Users").is(200).body.clone();
        for number in ["totalResults", "startIndex", "itemsPerPage"] {
            assert!(list[number].is_u64(), "{number}");
        }
    }

    [(MUST "EXTRA-TYPE-BOOL" "a boolean is read as true or false")]
    fn booleans_stay_booleans(team) {
        let id = team.person_with("ada", json!({
            "active": "True",
            "emails": [{ "value": "ada@example.com", "primary": "true" }],
        }));
        let shown = team.read(&format!("/Users/{id}"));
        assert_eq!(shown["active"], true);
        assert_eq!(shown["emails"][0]["primary"], true);
    }

    [
        (MUST "EXTRA-TYPE-DT" "a date and time is read as one"),
        (MUST "RFC7643-2.3.5-L527" "a date and time has both, as xsd:dateTime"),
        (MUST "RFC7643-2.3.5-L531" "a date and time in JSON is as XML has it"),
    ]
    fn dates_and_times_are_complete(team) {
        let id = team.person("ada");
        let meta = team.read(&format!("/Users/{id}"))["meta"].clone();
        for name in ["created", "lastModified"] {
            let text = meta[name].as_str().expect(name);
            assert!(text.contains('T') && text.ends_with('Z'), "{text}");
            text.parse::<jiff::Timestamp>().expect(text);
        }
        let found = team.found("/Users", "meta.created gt \"2001-01-01T00:00:00+02:00\"");
        assert_eq!(found, ["ada"]);
        team.search("/Users", "meta.created gt \"2001-01-01\"").refused(400, "invalidFilter");
    }

    [
        (MUST "EXTRA-TYPE-BIN" "bytes are read as base64"),
        (MUST "RFC7643-2.3.6-L537" "bytes are written in base64"),
        (MUST "RFC7643-4.1.2-L1378" "a certificate is DER in base64"),
    ]
    fn bytes_are_in_base64(team) {
        let certificate = |text: &str| json!({ "x509Certificates": [{ "value": text }] });
        let id = team.person_with("ada", certificate("MIIBIjANBgkq"));
        let shown = team.read(&format!("/Users/{id}"));
        assert_eq!(shown["x509Certificates"][0]["value"], "MIIBIjANBgkq");
        let mut body = certificate("no base64!");
        body["userName"] = "grace@example.com".into();
        team.tell("POST /Users", &body).refused(400, "invalidValue");
    }

    [
        (MUST "EXTRA-TYPE-REF" "a reference is read as it was written"),
        (MUST "RFC7643-2.3.7-L552" "a reference is a URI, absolute or relative"),
    ]
    fn references_are_uris(team) {
        let id = team.person_with("ada", json!({ "profileUrl": "https://login.example.com/ada" }));
        let shown = team.read(&format!("/Users/{id}"));
        assert_eq!(shown["profileUrl"], "https://login.example.com/ada");
        assert_eq!(shown["meta"]["location"], format!("{}/Users/{id}", team.url()));
    }

    [(MUST "EXTRA-TYPE-COMPLEX" "a complex attribute is read with all its sub-attributes")]
    fn complex_attributes_stay_whole(team) {
        let name = json!({
            "formatted": "Dr. Ada King III", "familyName": "King", "givenName": "Ada",
            "middleName": "Augusta", "honorificPrefix": "Dr.", "honorificSuffix": "III",
        });
        let id = team.person_with("ada", json!({ "name": name }));
        assert_eq!(team.read(&format!("/Users/{id}"))["name"], name);
    }

    [
        (MUST "EXTRA-MUT-IMMUTABLE" "what is immutable is taken once and not changed after"),
        (SHALL "RFC7643-7-L1766" "what is immutable is not changed after it was given"),
    ]
    fn what_is_immutable_is_given_once(team) {
        let (ada, grace) = (team.person("ada"), team.person("grace"));
        let group = team.group("Analysts", &[&ada]);
        let path = format!("members[value eq \"{ada}\"].value");
        let other = json!([{ "op": "replace", "path": path, "value": grace }]);
        team.patch(&format!("/Groups/{group}"), other).refused(400, "mutability");
        assert_eq!(team.members(&group), [ada]);
    }

    [
        (MUST "EXTRA-MUT-READONLY" "what is read-only is ignored where a client sends it"),
        (SHALL "RFC7643-7-L1759" "what is read-only is not changed"),
    ]
    fn what_is_read_only_stays(team) {
        let ada = team.person("ada");
        let path = format!("/Users/{ada}");
        let before = team.read(&path);
        let mut body = before.clone();
        body["id"] = "other".into();
        body["meta"]["created"] = "2001-01-01T00:00:00Z".into();
        body["groups"] = json!([{ "value": "any" }]);
        assert_eq!(team.tell(&format!("PUT {path}"), &body).is(200).body, before);
        for path_in in ["id", "meta.created", "groups"] {
            let operations = json!([{ "op": "replace", "path": path_in, "value": "other" }]);
            team.patch(&path, operations).refused(400, "mutability");
        }
        assert_eq!(team.read(&path), before);
    }

    [(MUST "EXTRA-RET-ALWAYS" "what is always returned is in every answer, left out or not")]
    fn what_is_always_returned_cannot_be_left_out(team) {
        let ada = team.person("ada");
        let shown = team.read(&format!("/Users/{ada}?excludedAttributes=id,schemas,userName"));
        assert_eq!(shown["id"], ada.as_str());
        assert!(shown["schemas"].is_array());
        assert_eq!(shown.get("userName"), None);
    }

    [(SHALL "RFC7643-7-L1750" "a value that is compared exactly keeps its case")]
    fn values_keep_their_case(team) {
        let id = team.person_with("ada", json!({ "externalId": "00uAbC", "userName": "Ada@Example.com" }));
        let shown = team.read(&format!("/Users/{id}"));
        assert_eq!((&shown["externalId"], &shown["userName"]), (&json!("00uAbC"), &json!("Ada@Example.com")));
    }

    [
        (MUST "EXTRA-MV-ROUNDTRIP" "every value of a multi-valued attribute is read as it was written"),
        (MUST "EXTRA-MV-COMPLEX-PRIMARY" "one value at the most is primary"),
        (MUST "RFC7643-2.4-L634" "primary is true once at the most"),
    ]
    fn multi_valued_attributes_keep_all_values_and_one_primary(team) {
        let emails = json!([
            { "value": "ada@example.com", "type": "work", "primary": true },
            { "value": "ada@home.example", "type": "home" },
        ]);
        let id = team.person_with("ada", json!({ "emails": emails }));
        assert_eq!(team.read(&format!("/Users/{id}"))["emails"], emails);
        let mut twice = emails.clone();
        twice[1]["primary"] = true.into();
        let body = json!({ "userName": "ada@example.com", "emails": twice });
        team.tell(&format!("PUT /Users/{id}"), &body).refused(400, "invalidValue");
    }

    [(SHOULD "RFC7643-2.4-L655" "values of multi-valued attributes are given back in a canonical form")]
    deviates "a client that compares what it reads with what it wrote must find them the same"
    fn values_are_given_back_as_they_were_written(team) {
        let phones = json!([{ "value": "+1 (201) 555-0123", "type": "Work" }]);
        let id = team.person_with("ada", json!({ "phoneNumbers": phones }));
        assert_eq!(team.read(&format!("/Users/{id}"))["phoneNumbers"], phones);
    }

    [(SHOULD "RFC7643-2.4-L663" "the same type and value are not given back twice")]
    fn adding_what_is_there_doubles_nothing(team) {
        let id = team.person("ada");
        let again = json!([{ "op": "add", "path": "emails", "value": [
            { "value": "ADA@example.com", "type": "work", "primary": true },
        ] }]);
        let shown = team.patch(&format!("/Users/{id}"), again);
        assert_eq!(shown.is(200).body["emails"].as_array().map(Vec::len), Some(1));
    }

    [(SHALL "RFC7643-2.5-L682" "no value, null and an empty list are the same state")]
    fn null_and_an_empty_list_are_no_value(team) {
        let id = team.person_with("ada", json!({ "title": "Countess", "phoneNumbers": [{ "value": "1" }] }));
        let path = format!("/Users/{id}");
        let body = json!({ "userName": "ada@example.com", "title": null, "phoneNumbers": [], "nickName": null });
        let shown = team.tell(&format!("PUT {path}"), &body).is(200).body.clone();
        for name in ["title", "phoneNumbers", "nickName"] {
            assert_eq!(shown.get(name), None, "{name}");
            assert_eq!(team.found("/Users", &format!("not ({name} pr)")), ["ada"]);
        }
    }

    [(SHOULD "RFC7643-4.1.2-L1244" "an e-mail address is as RFC 5321 has it")]
    fn e_mail_addresses_are_addresses(team) {
        for address in ["no address", "@example.com", "ada@"] {
            let body = json!({ "userName": "ada", "emails": [{ "value": address }] });
            team.tell("POST /Users", &body).refused(400, "invalidValue");
        }
    }

    [(MUST "RFC7643-4.1.2-L1322" "a country is a code of ISO 3166-1 alpha-2")]
    deviates "identity providers send what their directory has, often the country's name; refusing it would keep the \
              person out of the team"
    fn a_country_is_kept_as_it_was_written(team) {
        for country in ["GB", "United Kingdom"] {
            let name = country.replace(' ', "-").to_lowercase();
            let id = team.person_with(&name, json!({ "addresses": [{ "type": "work", "country": country }] }));
            assert_eq!(team.read(&format!("/Users/{id}"))["addresses"][0]["country"], country);
        }
    }

    [
        (MUST "RFC7643-6-L1655" "an extension that is required is there with its required attributes"),
    ]
    fn no_extension_is_required(team) {
        for kind in team.read("/ResourceTypes")["Resources"].as_array().unwrap() {
            for extension in kind["schemaExtensions"].as_array().into_iter().flatten() {
                assert_eq!(extension["required"], false);
            }
        }
        let id = team.person("ada");
        assert_eq!(team.read(&format!("/Users/{id}")).get(ENTERPRISE), None);
    }
}
