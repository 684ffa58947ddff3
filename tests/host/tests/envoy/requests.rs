//! How a request goes through the filter.

use pollster::block_on;
use scim_edge_host::envoy::{Ask, End, Etcd, Vm, Worker, World};
use serde_json::{Value, json};

use crate::edge::{Team, answer, end, envoy, envoy_alone, forwarded, in_etcd, json_of, platform};

#[test]
fn nothing_of_a_request_passes_before_it_is_decided() {
    // etcd is asked for each request, so that decisions wait.
    let process = envoy(&World::new(1), &in_etcd(0), &Etcd::new());
    let mut worker = Worker::new(&process);
    let team = Team::make(&mut worker, "acme");
    assert_eq!(answer(&mut worker, &team.create("ada")).status, 201);

    for (name, passes) in [("ada", true), ("eve", false)] {
        let mut knock = team.knock(name);
        block_on(async {
            let vm = worker.vm().await.unwrap();
            let id = vm.begin(&knock, false).await.unwrap();
            assert_eq!(vm.end(id), None, "the head has passed undecided");
            vm.part(id, b"first ", false).await.unwrap();
            assert_eq!(vm.end(id), None, "the body has passed undecided");
            vm.part(id, b"second", false).await.unwrap();
            vm.trailers(id, &vec![("x-end".to_owned(), b"1".to_vec())]).await.unwrap();
            assert_eq!(vm.end(id), None, "the trailers have passed undecided");
            let end = wait(vm, id).await;
            vm.close(id).await.unwrap();
            match end {
                End::Forwarded(forwarded) => {
                    assert!(passes, "{name} got through");
                    assert_eq!((&*forwarded.body, forwarded.ended), (&b"first second"[..], true));
                }
                End::Answered(answer) => assert!(!passes && answer.status == 403, "{answer:?}"),
            }
        });
        knock = knock.part("later");
        assert_eq!(matches!(end(&mut worker, &knock), End::Forwarded(_)), passes);
    }
}

/// What becomes of a request in the end.
async fn wait(vm: &mut Vm, id: scim_edge_host::envoy::StreamId) -> End {
    loop {
        if let Some(end) = vm.end(id) {
            return end;
        }
        assert!(vm.turn().await.unwrap(), "nothing comes of it");
    }
}

#[test]
fn a_body_may_come_in_parts_and_end_in_trailers() {
    let mut worker = Worker::new(&envoy_alone());
    let team = Team::make(&mut worker, "acme");
    let parts = |name: &str| {
        let body = json!({ "userName": format!("{name}@example.com") }).to_string();
        let ask = team.scim("POST", "/Users", &Value::Null);
        body.as_bytes().chunks(5).fold(ask, |ask, part| ask.part(part))
    };
    assert_eq!(answer(&mut worker, &parts("ada")).status, 201);
    let with_trailers = parts("bob").trailers(vec![("x-checksum".to_owned(), b"7".to_vec())]);
    assert_eq!(answer(&mut worker, &with_trailers).status, 201);
    let empty = team.scim("POST", "/Users", &Value::Null).part("");
    assert_eq!(answer(&mut worker, &empty).status, 400);
}

#[test]
fn strangers_and_bodies_that_are_too_large_are_refused_before_the_body_is_there() {
    let mut worker = Worker::new(&envoy_alone());
    let team = Team::make(&mut worker, "acme");
    let stranger = Ask::new("POST", &format!("{}/Users", team.path));
    let large = team.scim("POST", "/Users", &Value::Null).header("content-length", "1048577");
    for (head, status) in [(stranger, 401), (large, 413)] {
        block_on(async {
            let vm = worker.vm().await.unwrap();
            let id = vm.begin(&head, false).await.unwrap();
            let Some(End::Answered(answer)) = vm.end(id) else { panic!("{:?}", vm.end(id)) };
            assert_eq!(answer.status, status);
            vm.part(id, b"{}", true).await.unwrap();
            vm.close(id).await.unwrap();
        });
    }
    // One that nobody has announced.
    let ask = (0..17)
        .fold(team.scim("POST", "/Users", &Value::Null), |ask, _| ask.part(vec![b' '; 64 * 1024]));
    assert_eq!(answer(&mut worker, &ask).status, 413);
}

#[test]
fn the_service_behind_is_told_by_the_filter_alone_who_somebody_is() {
    let mut worker = Worker::new(&envoy_alone());
    let team = Team::make(&mut worker, "acme");
    let user = json_of(&answer(&mut worker, &team.create("ada")));
    assert_eq!(user["active"], true);
    let names = ["x-team-id", "x-team-role", "x-account-id"];
    let lie = |ask: Ask| {
        let ask = names.iter().fold(ask, |ask, name| ask.header(name, "lie"));
        ask.header("x_team_id", "lie").header("X-Team_Role", "lie").header("x-other", "kept")
    };
    let told = forwarded(&mut worker, &lie(team.knock("ada")));
    let of = |name: &str| -> Vec<&[u8]> {
        let fields = told.headers.iter().filter(|(there, _)| there.replace('_', "-") == name);
        fields.map(|(_, value)| &**value).collect()
    };
    assert_eq!(of("x-team-id"), [b"acme"]);
    assert_eq!(of("x-team-role"), [b"member"]);
    assert_eq!(of("x-account-id").len(), 1);
    assert_ne!(of("x-account-id"), [b"lie"]);
    assert_eq!(of("x-other"), [b"kept"]);
    let open = forwarded(&mut worker, &lie(Ask::new("GET", "/public/page")));
    assert!(open.headers.iter().all(|(_, value)| value != b"lie"), "{open:?}");
}

#[test]
fn who_is_not_verified_is_nobody() {
    let mut worker = Worker::new(&envoy_alone());
    let team = Team::make(&mut worker, "acme");
    assert_eq!(answer(&mut worker, &team.create("ada")).status, 201);
    let page = || Ask::new("GET", "/t/acme/page");
    let email = "ada@example.com";
    for nobody in [
        page(),
        page().header("authorization", "Bearer ada"),
        page().claims(json!({ "email": email, "email_verified": false })),
        page().claims(json!({ "email": email, "email_verified": "false" })),
        page().claims(json!({ "email": 7 })),
        page().claims(json!({ "sub": email })),
    ] {
        assert_eq!(answer(&mut worker, &nobody).status, 401, "{nobody:?}");
    }
    for somebody in [
        page().claims(json!({ "email": email })),
        page().claims(json!({ "email": email, "email_verified": "true" })),
    ] {
        forwarded(&mut worker, &somebody);
    }
}

#[test]
fn bytes_that_are_no_text_end_no_vm() {
    let mut worker = Worker::new(&envoy_alone());
    let team = Team::make(&mut worker, "acme");
    let asks = [
        team.scim("GET", "/Users", &Value::Null).header("x-odd", b"\xff\xfe"),
        team.scim("GET", "/Users", &Value::Null).header("authorization", b"\xff"),
        team.scim("POST", "/Users", &Value::Null).part(b"{\"userName\":\"\xff\"}".to_vec()),
        Ask::new("GET", "/t/acme/%ff%fe"),
        platform("PUT", "/v1/teams/%ff", &json!({})),
    ];
    for ask in asks {
        end(&mut worker, &ask);
    }
    assert_eq!(worker.crashes(), 0);
}
