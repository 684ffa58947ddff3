use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::*;
use crate::client::Client;
use crate::envoy::Place;

#[test]
fn a_port_in_use_is_one_line_that_names_it_and_the_flag() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let error = free_port(port).unwrap_err().to_string();
    assert!(error.contains(&port.to_string()) && error.contains("--port"), "{error}");
    assert!(!error.contains('\n'));
}

#[test]
fn port_0_takes_a_free_one() {
    assert_ne!(free_port(0).unwrap(), 0);
}

#[test]
fn the_path_of_an_endpoint_is_what_follows_the_host() {
    let endpoint_url = "http://127.0.0.1:8080/scim/v2/demo.abc".to_owned();
    let connection = Connection { endpoint_url, token: "t".into() };
    assert_eq!(connection.path(), "/scim/v2/demo.abc");
}

fn plan() -> Plan {
    Plan::new(Tools::ready().unwrap(), 0).unwrap()
}

#[test]
fn envoy_accepts_the_shipped_configuration() {
    plan().config.validate(&Tools::ready().unwrap().envoy).unwrap();
}

#[test]
fn envoy_refuses_a_bad_plugin_configuration() {
    let mut plan = plan();
    plan.plugin(|plugin| plugin["platform_keys_sha256"] = json!(["no digest"])).unwrap();
    assert!(plan.config.validate(&Tools::ready().unwrap().envoy).is_err());
}

#[test]
fn refusals_of_the_filter_are_not_rewritten() {
    let edge = plan().start().unwrap();
    let answer = edge.client().unwrap().get("/scim/v2/demo.none/Users", &[]).unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert!(answer.headers().contains_key("www-authenticate"));
    let own = String::from_utf8_lossy(answer.body());
    assert!(own.contains("token"), "{own}");
}

#[test]
fn refusals_of_envoy_speak_the_language_of_the_path() {
    let mut plan = plan();
    let bucket = json!({ "max_tokens": 1, "tokens_per_fill": 1, "fill_interval": "600s" });
    plan.config.set(Place::RateLimit, bucket).unwrap();
    let edge = plan.start().unwrap();
    let mut client = edge.client().unwrap();
    client.get("/public/", &[]).unwrap();
    for (path, content_type) in [
        ("/scim/v2/demo.none/Users", "application/scim+json"),
        ("/v1/teams/demo", "application/problem+json"),
    ] {
        let answer = client.get(path, &[]).unwrap();
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(answer.headers()["content-type"], content_type);
        assert_eq!(answer.headers()["retry-after"], "1");
        serde_json::from_slice::<Value>(answer.body()).unwrap();
    }
}

#[test]
fn the_filters_own_413_comes_before_envoys_on_either_protocol() {
    let edge = plan().start().unwrap();
    edge.create_team("demo", "Demo", &[], &["owner@example.com"]).unwrap();
    let connection = edge.enable_scim("demo", "owner@example.com").unwrap();
    let path = format!("{}/Users", connection.path());
    let bearer = connection.bearer();
    let headers = [("authorization", &*bearer), ("content-type", "application/scim+json")];
    let body = vec![b' '; (1 << 20) + 1];
    for mut client in [edge.client().unwrap(), Client::connect_http2(edge.address()).unwrap()] {
        let answer = client.send(Method::POST, &path, &headers, body.clone()).unwrap();
        assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(answer.headers()["content-type"], "application/scim+json");
    }
    assert!(!edge.envoy.log().contains("request_payload_too_large"));
}

#[test]
fn the_access_log_has_no_query_no_token_and_no_address_of_a_person() {
    let edge = plan().start().unwrap();
    let mut client = edge.client().unwrap();
    let bearer = [("authorization", "Bearer scim_secret")];
    client.get("/scim/v2/demo.none/Users?filter=secret", &bearer).unwrap();
    client.get("/v1/accounts/secret@example.com", &bearer).unwrap();
    let mut lines = String::new();
    for _ in 0..200 {
        lines = edge.envoy.log().lines().filter(|line| line.starts_with('{')).collect();
        if lines.contains("management") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert!(lines.contains("\"path\":\"/scim/v2/demo.none/Users\""), "{lines}");
    assert!(lines.contains("\"route\":\"management\"") && !lines.contains("secret"), "{lines}");
}

#[test]
fn two_edges_run_at_once_and_share_nothing() {
    let (one, other) = (plan().start().unwrap(), plan().start().unwrap());
    one.create_team("demo", "Demo", &[], &["owner@example.com"]).unwrap();
    let answer = |edge: &Edge| {
        let headers = [("authorization", &*edge.platform())];
        edge.client().unwrap().get("/v1/teams/demo", &headers).unwrap().status()
    };
    assert_eq!(answer(&one), StatusCode::OK);
    assert_eq!(answer(&other), StatusCode::NOT_FOUND);
}

#[test]
fn a_body_that_never_comes_ends_in_a_scim_408() {
    use std::io::{Read as _, Write as _};

    let mut plan = plan();
    let timeout = format!("{}/request_timeout", Config::MANAGER);
    *plan.config.at(&timeout).unwrap() = json!("1s");
    let edge = plan.start().unwrap();
    edge.create_team("demo", "Demo", &[], &["owner@example.com"]).unwrap();
    let connection = edge.enable_scim("demo", "owner@example.com").unwrap();
    let mut stream = std::net::TcpStream::connect(edge.address()).unwrap();
    let head = format!(
        "POST {}/Users HTTP/1.1\r\nhost: edge\r\nauthorization: {}\r\nconnection: close\r\n\
         content-type: application/scim+json\r\ncontent-length: 100\r\n\r\n{{",
        connection.path(),
        connection.bearer()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("application/scim+json"), "{answer}");
    assert!(answer.contains(r#""status":"408""#), "{answer}");
}

#[test]
fn two_edges_on_one_etcd_have_one_state_and_find_it_again_after_everything_was_killed() {
    let tools = Tools::ready().unwrap();
    let mut etcd = crate::etcd::Etcd::start(&crate::tools::etcd().unwrap()).unwrap();
    let product = Product::new(crate::demo::Service::start().unwrap()).unwrap();
    let port = || crate::etcd::quiet_port().unwrap();
    let start =
        || Plan::on_etcd(tools.clone(), port(), &product, &[etcd.address()]).unwrap().start();
    let (mut one, mut other) = (start().unwrap(), start().unwrap());
    one.create_team("demo", "Demo", &[], &["owner@example.com"]).unwrap();
    let connection = other.enable_scim("demo", "owner@example.com").unwrap();
    let works = |edge: &Edge| {
        let path = format!("{}/Users", connection.path());
        let bearer = connection.bearer();
        let answer = edge.client().unwrap().get(&path, &[("authorization", &*bearer)]).unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{answer:?}");
    };
    works(&one);
    works(&other);
    let address = one.address();
    one.envoy.kill();
    assert!(one.client().is_err());
    etcd.kill();
    etcd.restart().unwrap();
    one.restart().unwrap();
    assert_eq!(one.address(), address);
    works(&one);
    other.restart().unwrap();
    works(&other);
}
