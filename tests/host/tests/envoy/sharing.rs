//! Several VMs on one state.

use pollster::block_on;
use scim_edge_host::envoy::{Reply, Worker};
use serde_json::{Value, json};

use crate::edge::{
    OWNER, Team, answer, assert_sound, envoy_alone, forwarded, found, json_of, platform,
};

#[test]
fn what_one_vm_writes_the_others_see_at_once() {
    let process = envoy_alone();
    let mut workers = [0; 3].map(|_| Worker::new(&process));
    let team = Team::make(&mut workers[0], "acme");
    for round in 0..6 {
        let name = format!("user{round}");
        let created = json_of(&answer(&mut workers[round % 3], &team.create(&name)));
        for worker in &mut workers {
            assert_eq!(found(worker, &team, &name), 1);
            forwarded(worker, &team.knock(&name));
        }
        let path = format!("/Users/{}", created["id"].as_str().unwrap());
        let off = json!({ "Operations": [{ "op": "replace", "path": "active", "value": false }] });
        let answered = answer(&mut workers[(round + 1) % 3], &team.scim("PATCH", &path, &off));
        assert_eq!(answered.status, 200);
        for worker in &mut workers {
            assert_eq!(answer(worker, &team.knock(&name)).status, 403);
        }
    }
    assert_sound(&process);
}

#[test]
fn a_rotated_token_is_refused_by_every_vm() {
    let process = envoy_alone();
    let mut workers = [0; 2].map(|_| Worker::new(&process));
    let team = Team::make(&mut workers[0], "acme");
    let users = team.scim("GET", "/Users", &Value::Null);
    for worker in &mut workers {
        assert_eq!(answer(worker, &users).status, 200);
    }
    let rotate = scim_edge_host::envoy::Ask::new("POST", "/v1/teams/acme/scim/rotate");
    assert_eq!(answer(&mut workers[1], &rotate.signed_in(OWNER)).status, 200);
    for worker in &mut workers {
        assert_eq!(answer(worker, &users).status, 401);
    }
}

#[test]
fn requests_of_several_vms_that_wait_for_each_other_s_writes_are_all_answered() {
    let process = envoy_alone();
    let mut workers = [0; 2].map(|_| Worker::new(&process));
    let team = Team::make(&mut workers[0], "acme");
    let operations: Vec<Value> = (0..40)
        .map(|number| {
            let user = json!({ "userName": format!("bulk{number}@example.com") });
            json!({ "method": "POST", "path": "/Users", "bulkId": number.to_string(), "data": user })
        })
        .collect();
    let bulk = team.scim("POST", "/Bulk", &json!({ "Operations": operations }));
    let [first, second] = &mut workers;
    let team_name = json!({ "name": "Acme", "sso": { "type": "oidc" }, "owners": [OWNER] });
    block_on(async {
        // The second VM gets its turns between the turns of the first one's operation.
        let vm = first.vm().await.unwrap();
        let id = vm.send(&bulk).await.unwrap();
        let mut turns = 0;
        while vm.end(id).is_none() {
            let reply = second.ask(&platform("PUT", "/v1/teams/acme", &team_name)).await;
            assert!(matches!(reply, Reply::Decided(_)), "{reply:?}");
            assert!(vm.turn().await.unwrap(), "nothing comes of it");
            turns += 1;
        }
        vm.close(id).await.unwrap();
        assert!(turns < 1_000, "{turns}");
    });
    for number in [0, 39] {
        assert_eq!(found(second, &team, &format!("bulk{number}")), 1);
    }
    assert_sound(&process);
}
