use http::Method;
use scim_edge::store::etcd::Client as _;
use scim_edge::store::etcd::message::{
    DeleteRangeRequest, PutRequest, Request, RequestOp, TxnRequest,
};
use serde_json::json;

use super::*;
use crate::demo::Service;
use crate::edge::Plan;
use crate::etcd::Etcd;
use crate::tools::Tools;
use crate::up;

const PREFIX: &str = "/scim-edge/";

/// Writes below the prefix, past the engine. `None` deletes.
fn write(etcd: &Etcd, key: &str, value: Option<&str>) {
    let key = format!("{PREFIX}{key}").into_bytes();
    let request = match value {
        Some(value) => Request::Put(PutRequest { key, value: value.into() }),
        None => Request::DeleteRange(DeleteRangeRequest { key, range_end: Vec::new() }),
    };
    let success = vec![RequestOp { request: Some(request) }];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = Grpc::connect(etcd.address()).await.unwrap();
        client.txn(TxnRequest { success, ..TxnRequest::default() }).await.unwrap();
    });
}

#[test]
fn a_state_that_envoy_made_is_sound_and_what_is_broken_in_it_is_named() {
    let etcd = Etcd::start(&crate::tools::etcd().unwrap()).unwrap();
    assert_eq!(check(etcd.address(), PREFIX).unwrap().broken, [""; 0]);

    let service = Service::start().unwrap();
    let plan = Plan::with_etcd(Tools::ready().unwrap(), 0, service, &[etcd.address()]).unwrap();
    let edge = plan.start().unwrap();
    let connection = up::make_team(&edge, "demo", "Demo", up::OWNER).unwrap();
    let users = up::preload(&edge, std::slice::from_ref(&connection), 300).unwrap();
    let members: Vec<_> = users.iter().map(|user| json!({ "value": user.id })).collect();
    let group = json!({ "displayName": "All", "members": members }).to_string();
    let headers =
        [("authorization", &*connection.bearer()), ("content-type", "application/scim+json")];
    let path = format!("{}/Groups", connection.path());
    let answer = edge.client().unwrap().send(Method::POST, &path, &headers, group).unwrap();
    assert_eq!(answer.status(), 201);

    let report = check(etcd.address(), PREFIX).unwrap();
    assert_eq!(report.broken, [""; 0]);
    let Summary { teams, users: count, groups, members, accounts, .. } = report.summary;
    assert_eq!([teams, count, groups, members, accounts], [1, 300, 1, 301, 301]);
    assert!(report.summary.keys > 2000, "{report:?}");

    let user = &users[7].id;
    for (key, value, told) in [
        ("stray".to_owned(), Some("x"), "/scim-edge/stray: is no key of scim-edge's".to_owned()),
        ("data/stray".to_owned(), Some("x"), "stray: is no key of scim-edge's".to_owned()),
        (
            "data/teams/demo/names/user000008@example.com/user-name".to_owned(),
            None,
            format!("teams/demo/users/{user}: is not found by its userName"),
        ),
        (
            "counts/teams/demo/users/".to_owned(),
            Some(r#"{"records":299}"#),
            "teams/demo/users/ has 300 records and is counted as 299".to_owned(),
        ),
        ("versions/teams/demo".to_owned(), None, "teams/demo: no version".to_owned()),
    ] {
        write(&etcd, &key, value);
        let broken = check(etcd.address(), PREFIX).unwrap().broken;
        assert!(broken.contains(&told), "{told}: {broken:?}");
    }
    let fsck = Fsck { etcd: format!("http://{}", etcd.address()), prefix: PREFIX.to_owned() };
    assert_eq!(fsck.run().unwrap_err().to_string(), "5 invariants are broken");
}

#[test]
fn an_etcd_that_does_not_answer_and_a_url_that_is_none_are_one_line() {
    let run = |etcd: &str| {
        let fsck = Fsck { etcd: etcd.to_owned(), prefix: PREFIX.to_owned() };
        format!("{:#}", fsck.run().unwrap_err())
    };
    assert!(run("http://127.0.0.1:1").starts_with("no etcd answers at 127.0.0.1:1"));
    for url in ["127.0.0.1:2379", "https://127.0.0.1:2379", "http://nowhere"] {
        let line = run(url);
        assert!(line.starts_with(&format!("--etcd {url}")) && !line.contains('\n'), "{line}");
    }
}
