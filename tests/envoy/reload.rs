//! A new configuration for a running Envoy: it acts, and the state stays.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use xtask::demo::sha256;
use xtask::edge::Plan;
use xtask::envoy::Place;

use crate::patience::eventually;
use crate::site::{Site, slow_store};
use crate::team::Team;

/// An edge that reads its listeners from a file.
struct Reloading {
    site: Site,
    listeners: Value,
    folder: TempDir,
}

impl Reloading {
    fn start() -> Self {
        Self::start_with(|_| {})
    }

    fn start_with(change: impl FnOnce(&mut Plan)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut listeners = Value::Null;
        let site = Site::start(|plan| {
            change(plan);
            let fixed = plan.config.at("/static_resources").unwrap().as_object_mut().unwrap();
            listeners = fixed.remove("listeners").unwrap();
            write(folder.path(), &listeners);
            let source = json!({ "path_config_source": {
                "path": folder.path().join("listeners.json"),
                "watched_directory": { "path": folder.path() },
            } });
            let root = plan.config.at("").unwrap();
            root["dynamic_resources"] = json!({ "lds_config": source });
            root["node"] = json!({ "id": "test", "cluster": "test" });
        });
        Self { site, listeners, folder }
    }

    /// Replaces a value of the first listener.
    fn change(&mut self, place: Place, change: impl FnOnce(&mut Value)) {
        let pointer = place.pointer().replace("/static_resources/listeners", "");
        change(self.listeners.pointer_mut(&pointer).unwrap());
        write(self.folder.path(), &self.listeners);
    }

    fn change_plugin(&mut self, change: impl FnOnce(&mut Value)) {
        self.change(Place::Plugin, |text| {
            let mut plugin: Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
            change(&mut plugin);
            *text = plugin.to_string().into();
        });
    }
}

/// Puts the file in its place in one move, as Envoy wants it.
fn write(folder: &Path, listeners: &Value) {
    let mut listeners = listeners.clone();
    for listener in listeners.as_array_mut().unwrap() {
        listener["@type"] = json!("type.googleapis.com/envoy.config.listener.v3.Listener");
    }
    let new = folder.join("new.json");
    std::fs::write(&new, json!({ "resources": listeners }).to_string()).unwrap();
    std::fs::rename(new, folder.join("listeners.json")).unwrap();
}

#[test]
fn a_new_configuration_acts_and_keeps_the_state() {
    let mut edge = Reloading::start();
    let (id, key) = {
        let team = Team::new(&edge.site, "reload-keeps");
        (team.provision("ada"), "platform_another")
    };
    let digest = sha256(key);
    edge.change_plugin(|plugin| plugin["platform_keys_sha256"] = json!([digest]));
    let path = "/v1/teams/reload-keeps";
    let new = format!("Bearer {key}");
    eventually("the new key is good", || (edge.site.get(path, &new).status == 200).then_some(()));
    let both = edge.site.on_both_workers();
    for mut client in both {
        let mut get = |path: &str, authorization: &str| {
            client.get(path, &[("authorization", authorization)]).unwrap().status().as_u16()
        };
        assert_eq!(get(path, &new), 200);
        assert_eq!(get(path, &edge.site.platform()), 401);
        let account =
            format!("/v1/teams/reload-keeps/members/ada.reload-keeps@{}", crate::site::DOMAIN);
        assert_eq!(get(&account, &new), 200);
    }
    let ada = edge.site.signed_in(&format!("ada.reload-keeps@{}", crate::site::DOMAIN));
    edge.site.get("/t/reload-keeps/page", &ada).expect(200);

    // New code keeps the state too.
    edge.change(Place::Module, |module| *module = slow_store().to_string_lossy().into());
    eventually("the new code runs", || {
        let answer = edge.site.http1().get("/public/x", &[("x-test-shared-data", "1")]).unwrap();
        (answer.body() == "as expected").then_some(())
    });
    let owner = edge.site.signed_in(&format!("owner.reload-keeps@{}", crate::site::DOMAIN));
    let rotated =
        edge.site.manage(http::Method::POST, &format!("{path}/scim/rotate"), &owner, &Value::Null);
    let rotated = rotated.unwrap();
    edge.site.keep_secret(rotated["token"].as_str().unwrap());
    let endpoint = rotated["endpoint_url"].as_str().unwrap().replace(&edge.site.base_url(), "");
    let bearer = format!("Bearer {}", rotated["token"].as_str().unwrap());
    let list = edge.site.get(&format!("{endpoint}/Users"), &bearer).expect(200).json();
    assert_eq!((&list["totalResults"], &list["Resources"][0]["id"]), (&json!(1), &json!(id)));
}

#[test]
fn a_new_configuration_with_a_mistake_is_refused_and_the_old_one_stays() {
    let mut edge = Reloading::start();
    Team::new(&edge.site, "reload-mistake");
    edge.change_plugin(|plugin| plugin["public_urll"] = json!("https://edge.example.com"));
    eventually("it is refused", || {
        let refused = edge.site.stat(|name| name == "listener_manager.lds.update_rejected");
        (refused > 0).then_some(())
    });
    assert!(edge.site.log_count("configuration field public_urll is unknown") > 0);
    edge.site.get("/v1/teams/reload-mistake", &edge.site.platform()).expect(200);
}

#[test]
fn what_still_waits_when_a_new_configuration_takes_over_is_done_all_the_same() {
    let mut edge = Reloading::start_with(|plan| {
        plan.config.set(Place::Module, slow_store().to_string_lossy()).unwrap();
        plan.options.drain_time = 1;
    });
    let (users, bearer, body) = {
        let team = Team::new(&edge.site, "reload-waits");
        let body = team.user("ada").to_string();
        (team.path("/Users"), team.connection.bearer(), body)
    };
    // About five seconds: Envoy has let go of the old listener long before.
    let mut raw = edge.site.raw();
    raw.head(&[
        format!("POST {users} HTTP/1.1").as_bytes(),
        b"host: x",
        format!("authorization: {bearer}").as_bytes(),
        b"content-type: application/scim+json",
        b"transfer-encoding: chunked",
        b"x-test-turns: 2000",
    ]);
    raw.chunk(body.as_bytes()).chunk(b"");
    eventually("it waits", || (edge.site.log_count("timer") > 10).then_some(()));
    raw.hang_up();
    let digest = sha256("platform_another");
    edge.change_plugin(|plugin| plugin["platform_keys_sha256"] = json!([digest]));
    eventually("the old listener is gone", || {
        let draining = edge.site.stat(|name| name == "listener_manager.total_listeners_draining");
        let modified = edge.site.stat(|name| name == "listener_manager.listener_modified");
        (draining == 0 && modified == 1).then_some(())
    });
    let list = || edge.site.get(&users, &bearer).expect(200).json()["totalResults"].clone();
    assert_eq!(list(), 0);
    eventually("it is written", || (list() == 1).then_some(()));
    edge.site.refuse_crashes();
}
