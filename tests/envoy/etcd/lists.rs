//! What reads and changes of many records cost where etcd has to be asked for all of them.

use http::Method;
use serde_json::{Value, json};

use super::{start, start_etcd};
use crate::site::Site;
use crate::team::Team;
use crate::transfer::{export, replace};

/// How many calls Envoy has made to etcd to answer requests: those that watch it are streams.
fn calls(site: &Site) -> u64 {
    site.stat(|name| name == "cluster.etcd.upstream_rq_total")
}

fn create_group(team: &Team<'_>, name: &str, members: &[String]) -> String {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    let group = json!({ "displayName": name, "members": members });
    let answer = team.scim(Method::POST, "/Groups", &group.to_string()).expect(201);
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// How many users there are.
const USERS: usize = 100;

/// How many calls a list of all of them may take. It takes 12, and now and then one more: what a node remembers of the
/// token it asks for again each `remember_ms`. One by one it would be 200.
const LIST_CALLS_MAX: u64 = 16;

fn provision(team: &Team<'_>) -> Vec<String> {
    (0..USERS).map(|n| team.provision(&format!("u{n}"))).collect()
}

/// Provisions them, ten in each of ten groups, which are all in one.
fn fill(team: &Team<'_>) {
    let groups: Vec<String> = (0..)
        .zip(provision(team).chunks(10))
        .map(|(n, some)| create_group(team, &format!("g{n}"), some))
        .collect();
    create_group(team, "all", &groups);
}

#[test]
fn a_list_of_many_takes_few_calls_to_etcd() {
    let etcd = start_etcd();
    let site = start(&etcd);
    let team = Team::new(&site, "etcd-lists");
    fill(&team);
    let cases = [
        ("/Users?count=100", 100),
        ("/Users?count=100&sortBy=userName&sortOrder=descending", 100),
        ("/Users?count=100&filter=groups.display+eq+%22g3%22", 10),
        ("/Groups?count=100", 11),
        ("/Groups?count=100&filter=members.display+sw+%22g%22", 1),
    ];
    for (path, total) in cases {
        let before = calls(&site);
        let list = team.scim(Method::GET, path, "").expect(200).json();
        let calls = calls(&site) - before;
        println!("{path}: {calls} calls");
        assert_eq!(list["totalResults"], total, "{path}");
        for user in list["Resources"].as_array().unwrap() {
            let count = if path.starts_with("/Users") { 2 } else { 0 };
            assert_eq!(user["groups"].as_array().map_or(0, Vec::len), count, "{path}: {user}");
        }
        assert!(calls <= LIST_CALLS_MAX, "{path}: {calls} calls");
    }
}

#[test]
fn what_a_platform_reads_of_many_takes_few_calls_to_etcd() {
    let etcd = start_etcd();
    let site = start(&etcd);
    let team = Team::new(&site, "etcd-platform");
    let users = provision(&team);
    // Half of them are members no more, and some no users either.
    for id in &users[..50] {
        team.set_active(id, false);
    }
    for id in &users[40..60] {
        team.scim(Method::DELETE, &format!("/Users/{id}"), "").expect(204);
    }
    let before = calls(&site);
    let (file, pages) = export(&site, &team.id);
    let exporting = calls(&site) - before;
    let persons = String::from_utf8(file).unwrap().matches("\n{\"kind\":\"person\"").count();
    assert_eq!((persons, pages), (USERS + 1, 1));
    let before = calls(&site);
    let path = format!("/v1/teams/{}/members?limit=100", team.id);
    let members = site.get(&path, &site.platform()).expect(200).json();
    let listing = calls(&site) - before;
    assert_eq!(members["members"].as_array().unwrap().len(), 41);
    println!("export: {exporting} calls, members: {listing} calls");
    assert!(exporting <= 40, "{exporting} calls");
    assert!(listing <= 6, "{listing} calls");
}

#[test]
fn an_import_of_many_takes_few_calls_to_etcd() {
    let etcd = start_etcd();
    let site = start(&etcd);
    let team = Team::new(&site, "etcd-import");
    fill(&team);
    let (file, _) = export(&site, &team.id);
    let before = calls(&site);
    let answer = replace(&site, &team.id, &file).expect(200);
    let calls = calls(&site) - before;
    assert_eq!(answer.json()["imported"]["members"], 110);
    println!("import: {calls} calls");
    let list = team.scim(Method::GET, "/Users?count=100", "").expect(200).json();
    assert_eq!(list["totalResults"], USERS);
    assert!(calls <= 110, "{calls} calls");
}

#[test]
fn a_change_that_many_groups_show_takes_few_calls_to_etcd() {
    let etcd = start_etcd();
    let site = start(&etcd);
    let team = Team::new(&site, "etcd-rename");
    let user = team.provision("ada");
    for n in 0..30 {
        create_group(&team, &format!("g{n}"), std::slice::from_ref(&user));
    }
    let path = format!("/Users/{user}");
    let counted = |method: Method, body: &str, status: u16| {
        let before = calls(&site);
        team.scim(method, &path, body).expect(status);
        calls(&site) - before
    };
    let rename =
        json!({ "Operations": [{ "op": "replace", "path": "displayName", "value": "Ada" }] });
    let renaming = counted(Method::PATCH, &rename.to_string(), 200);
    let reading = counted(Method::GET, "", 200);
    let groups = team.scim(Method::GET, "/Groups?count=30", "").expect(200).json();
    let groups = groups["Resources"].as_array().unwrap();
    assert!(groups.iter().all(|group| group["members"][0]["display"] == "Ada"), "{groups:?}");
    let deleting = counted(Method::DELETE, "", 204);
    println!("read: {reading} calls, rename: {renaming} calls, delete: {deleting} calls");
    assert!(reading <= 6, "{reading} calls");
    assert!(renaming <= 20, "{renaming} calls");
    assert!(deleting <= 20, "{deleting} calls");
}
