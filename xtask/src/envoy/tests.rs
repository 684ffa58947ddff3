use serde_json::json;

use super::*;
use crate::client::Client;
use crate::tools::Tools;

#[test]
fn every_place_is_in_the_shipped_configuration_and_can_be_set() {
    for place in Place::ALL {
        let mut config = Config::shipped().unwrap();
        assert!(!config.at(&place.pointer()).unwrap().is_null(), "{place:?}");
        config.set(place, "changed").unwrap();
        assert_eq!(*config.at(&place.pointer()).unwrap(), json!("changed"));
    }
}

#[test]
fn each_place_is_what_it_is_called() {
    let mut config = Config::shipped().unwrap();
    let mut at = |place: Place| config.at(&place.pointer()).unwrap().clone();
    assert_eq!(at(Place::Listener)["port_value"], 8080);
    assert_eq!(at(Place::Admin)["address"], "127.0.0.1");
    assert_eq!(at(Place::Product)["port_value"], 9000);
    assert_eq!(at(Place::Jwks), "/etc/scim-edge/jwks.json");
    assert_eq!(at(Place::Module), "/etc/scim-edge/scim_edge.wasm");
    assert_eq!(at(Place::VmId), "scim-edge");
    assert!(at(Place::RateLimit)["tokens_per_fill"].is_u64());
    let plugin: serde_json::Value =
        serde_json::from_str(at(Place::Plugin).as_str().unwrap()).unwrap();
    assert_eq!(plugin["public_url"], "https://edge.example.com");
}

#[test]
fn a_place_that_is_not_there_is_an_error_that_names_it() {
    let mut config = Config::shipped().unwrap();
    let error = config.at("/static_resources/nowhere").unwrap_err().to_string();
    assert!(error.contains("/static_resources/nowhere"), "{error}");
}

/// The shipped listener without the filter, answering by itself.
fn without_filter() -> Config {
    let mut config = Config::shipped().unwrap();
    for place in [Place::Listener, Place::Product] {
        config.set_port(place, 0).unwrap();
    }
    let filters = config.at(&format!("{}/http_filters", Config::MANAGER)).unwrap();
    let router = filters[3].clone();
    *filters = json!([router]);
    config
}

#[test]
fn an_envoy_on_a_free_port_answers_and_is_gone_when_dropped() {
    let tools = Tools::ready().unwrap();
    let envoy = Envoy::start(&tools.envoy, &without_filter(), Options::default()).unwrap();
    let address = envoy.listener("edge").unwrap();
    let answer = Client::connect(address).unwrap().get("/scim/v2/x?secret=1", &[]).unwrap();
    assert_eq!(answer.status(), 404);
    assert_eq!(answer.headers()["content-type"], "application/scim+json");
    let body: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(body["status"], "404");

    let answer = Client::connect_http2(address).unwrap().get("/settings/x", &[]).unwrap();
    assert_eq!(answer.headers()["content-type"], "application/problem+json");

    let process = format!("/proc/{}", envoy.pid());
    assert!(std::path::Path::new(&process).exists());
    drop(envoy);
    assert!(!std::path::Path::new(&process).exists());
    assert!(Client::connect(address).is_err());
}

#[test]
fn an_envoy_that_dies_says_why() {
    let tools = Tools::ready().unwrap();
    let mut config = without_filter();
    config.push("/static_resources/clusters", json!({ "name": "nonsense", "type": 7 })).unwrap();
    let error = Envoy::start(&tools.envoy, &config, Options::default()).unwrap_err().to_string();
    assert!(
        error.starts_with("Envoy did not start") && error.contains("ClusterValidationError.Type"),
        "{error}"
    );
}
