use super::*;
use crate::provisioning::{OperationError, transact};
use crate::store::{Transaction as _, key};

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn groups_are_found_by_every_index_and_by_their_members() {
    let edge = Edge::new();
    let [ada, grace] = ["ada", "grace"].map(|name| id(&edge.create(name)));
    let engines = id(&edge.create_group("Engines", &[&ada, &grace]));
    let new = json!({ "displayName": "Tours", "externalId": "t", "members": [ada, engines] });
    edge.scim(Method::POST, "/Groups").json(&new).send();
    edge.create_group("None", &[]);
    let cases = [
        ("displayName eq \"ENGINES\"".to_owned(), vec!["Engines"]),
        ("externalId eq t".to_owned(), vec!["Tours"]),
        ("externalId eq \"T\"".to_owned(), vec![]),
        (format!("id eq \"{engines}\" and members eq \"{ada}\""), vec!["Engines"]),
        (format!("id eq \"{engines}\" and members eq \"{engines}\""), vec![]),
        (format!("members eq \"{ada}\""), vec!["Engines", "Tours"]),
        (format!("members.value eq \"{grace}\""), vec!["Engines"]),
        (format!("members[value eq \"{engines}\"]"), vec!["Tours"]),
        (format!("members[value eq \"{engines}\" and type eq \"User\"]"), vec![]),
        (
            format!("members[type eq \"User\"].value eq \"{ada}\" and displayName co \"our\""),
            vec!["Tours"],
        ),
        ("members eq \"x/y\"".to_owned(), vec![]),
        (format!("not (members eq \"{grace}\")"), vec!["Tours", "None"]),
        (format!("members eq \"{grace}\" or members eq \"{engines}\""), vec!["Engines", "Tours"]),
        ("members pr".to_owned(), vec!["Engines", "Tours"]),
        ("members eq null".to_owned(), vec!["None"]),
        (format!("members ne \"{ada}\""), vec!["Engines", "Tours", "None"]),
        ("members.type eq \"Group\"".to_owned(), vec!["Tours"]),
        ("members[display sw \"grace\"]".to_owned(), vec!["Engines"]),
        ("displayName sw \"n\"".to_owned(), vec!["None"]),
        (
            "meta.resourceType eq \"Group\" and displayName co \"e\"".to_owned(),
            vec!["Engines", "None"],
        ),
    ];
    for (filter, expected) in cases {
        assert_eq!(edge.found("/Groups", &filter), expected, "{filter}");
    }
    let query = "/Groups?filter=userName+eq+%22a%22";
    let (_, kind, _) = scim_error(&edge.scim(Method::GET, query).send());
    assert_eq!(kind.as_deref(), Some("invalidFilter"));
}

#[test]
fn users_are_found_by_their_groups_as_a_scan_finds_them() {
    let edge = Edge::new();
    let [ada, grace] = ["ada", "grace"].map(|name| id(&edge.create(name)));
    edge.create("joan");
    let inner = id(&edge.create_group("Inner", &[&ada]));
    let outer = id(&edge.create_group("Outer", &[&grace, &inner]));
    let both = vec!["ada@example.com", "grace@example.com"];
    let cases = [
        (format!("groups eq \"{inner}\""), vec!["ada@example.com"]),
        (format!("groups.value eq \"{outer}\""), both.clone()),
        (format!("groups[value eq \"{outer}\" and type eq \"direct\"]"), vec!["grace@example.com"]),
        (format!("groups[value eq \"{outer}\"] and userName sw \"a\""), vec!["ada@example.com"]),
        (format!("groups eq \"{outer}\" and displayName eq \"x\""), vec![]),
        (format!("not (groups eq \"{inner}\")"), vec!["grace@example.com", "joan@example.com"]),
        ("groups.display eq \"OUTER\"".to_owned(), both),
        ("groups eq \"none\"".to_owned(), vec![]),
    ];
    for (filter, expected) in cases {
        assert_eq!(edge.found("/Users", &filter), expected, "{filter}");
        let scanned = format!("({filter}) or userName eq \"nobody\"");
        assert_eq!(edge.found("/Users", &scanned), expected, "{scanned}");
    }
    let version =
        edge.get(&format!("/Users/{ada}"))["meta"]["version"].as_str().unwrap().to_owned();
    let filter = format!("meta.version eq {}", Value::from(version));
    assert_eq!(edge.found("/Users", &filter), ["ada@example.com"]);
}

#[test]
fn a_page_ends_early_where_its_groups_show_too_many_members() {
    let edge = Edge::new();
    let groups: Vec<String> =
        ["a", "b", "c"].iter().map(|name| id(&edge.create_group(name, &[]))).collect();
    for (group, count) in groups.iter().zip([30_000, 20_001, 50_000]) {
        pretend(&edge, group, count);
    }
    let mut shown = Vec::new();
    for (start, per_page) in [(1, 1), (2, 1), (3, 1)] {
        let page = edge.get(&format!("/Groups?startIndex={start}"));
        assert_eq!((&page["totalResults"], &page["itemsPerPage"]), (&json!(3), &json!(per_page)));
        shown.extend(page["Resources"].as_array().unwrap().iter().map(id));
    }
    assert_eq!(shown, groups);
    assert_eq!(edge.get("/Groups?excludedAttributes=members")["itemsPerPage"], 3);
    let scan = edge.scim(Method::GET, "/Groups?filter=members.display+eq+%22x%22&count=0").send();
    let (status, kind, _) = scim_error(&scan);
    assert_eq!((status, kind.as_deref()), (400, Some("tooMany")), "100,001 members");
}

#[test]
fn a_group_that_is_too_large_for_the_index_is_looked_for_in_every_user() {
    let edge = Edge::new();
    let ada = id(&edge.create("ada"));
    edge.create("grace");
    let group = id(&edge.create_group("Engines", &[&ada]));
    pretend(&edge, &group, 10_000);
    assert_eq!(edge.found("/Users", &format!("groups eq \"{group}\"")), ["ada@example.com"]);
}

/// Puts `count` members into a group that are nobody, as many as no request could.
fn pretend(edge: &Edge, group: &str, count: usize) {
    block_on(transact(&edge.service.store, &edge.service.host, |transaction, _| {
        for n in 0..count {
            let member = format!("01900000-0000-7000-8000-{n:012}");
            let key = key::group_member("acme", group, &member);
            transaction.put(&key, br#"{"kind":"user","display":"x"}"#.to_vec())?;
        }
        Ok::<_, OperationError<()>>(())
    }))
    .unwrap();
}
