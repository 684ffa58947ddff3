use http::{Method, StatusCode};
use scim_edge_host::spin::store::Redis;
use serde_json::Value;

use crate::member::{MEMBER, create, gate, id, live, refused_in_time, scim, set_active, team};
use crate::redis_server::RedisServer;
use crate::site::{Site, product};

fn on(server: &RedisServer) -> Site {
    Site::on(Redis::at(&server.url()).unwrap())
}

#[test]
fn a_member_is_let_in_while_active_where_each_swap_is_said_to_have_failed() {
    let server = RedisServer::start();
    let site = on(&server);
    live(&site, &team(&site), MEMBER);
}

#[test]
fn two_hosts_on_one_redis_have_one_state_and_a_revocation_holds_at_once() {
    let server = RedisServer::start();
    let product = product();
    let host = || Site::of(&product, |app| app.store("default", Redis::at(&server.url()).unwrap()));
    let (one, other) = (host(), host());
    let connection = team(&one);
    let created = create(&one, &connection, MEMBER);
    assert_eq!(gate(&other, MEMBER), StatusCode::OK);
    for _ in 0..20 {
        assert_eq!(set_active(&one, &connection, &id(&created), false), StatusCode::OK);
        assert_eq!(gate(&other, MEMBER), StatusCode::FORBIDDEN);
        assert_eq!(set_active(&other, &connection, &id(&created), true), StatusCode::OK);
        assert_eq!(gate(&one, MEMBER), StatusCode::OK);
    }
    let fresh = one.rotate("demo", crate::member::OWNER).unwrap();
    let list = |connection| scim(&other, connection, Method::GET, "/Users", &Value::Null).status();
    assert_eq!(list(&connection), StatusCode::UNAUTHORIZED, "the old token, on the other host");
    assert_eq!(list(&fresh), StatusCode::OK);
}

#[test]
fn a_redis_that_was_killed_is_503_in_time_and_has_all_it_had_said_when_it_is_back() {
    let mut server = RedisServer::start();
    let product = product();
    let url = server.url();
    let host = || Site::of(&product, |app| app.store("default", Redis::at(&url).unwrap()));
    let (site, next) = (host(), host());
    let connection = team(&site);
    assert_eq!(create(&site, &connection, MEMBER).status(), StatusCode::CREATED);
    server.kill();
    for _ in 0..2 {
        refused_in_time("killed, a write", || create(&site, &connection, "late@example.com"));
        refused_in_time("killed, a read", || {
            scim(&site, &connection, Method::GET, "/Users", &Value::Null)
        });
    }
    assert_eq!(gate(&site, MEMBER), StatusCode::SERVICE_UNAVAILABLE);
    site.log_with("default");
    server.restart();
    // Spin's client tries again after a second, then only after a minute. A host that starts now need not wait.
    assert_eq!(gate(&next, MEMBER), StatusCode::OK);
    assert_eq!(create(&next, &connection, "late@example.com").status(), StatusCode::CREATED);
}

#[test]
fn a_redis_that_is_paused_is_503_in_time_and_goes_on() {
    let server = RedisServer::start();
    let site = on(&server);
    let connection = team(&site);
    assert_eq!(create(&site, &connection, MEMBER).status(), StatusCode::CREATED);
    server.pause();
    refused_in_time("paused", || create(&site, &connection, "late@example.com"));
    assert_eq!(gate(&site, MEMBER), StatusCode::SERVICE_UNAVAILABLE);
    server.go_on();
    wait_for(|| gate(&site, MEMBER) == StatusCode::OK);
    assert_eq!(create(&site, &connection, "late@example.com").status(), StatusCode::CREATED);
}

fn wait_for(done: impl Fn() -> bool) {
    let begun = std::time::Instant::now();
    while !done() {
        assert!(begun.elapsed() < std::time::Duration::from_secs(20), "waited too long");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

/// What Spin's provider does, and no client would expect.
#[test]
fn a_swap_is_applied_or_not_as_it_should_and_said_to_have_failed_either_way() {
    use scim_edge_host::spin::store::{Store as _, SwapFailure};

    let server = RedisServer::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Redis::at(&server.url()).unwrap();
        store.set("head", b"one".to_vec()).await.unwrap();
        let late = store.compare_and_swap("head").await.unwrap();
        late.current().await.unwrap();
        let early = store.compare_and_swap("head").await.unwrap();
        early.current().await.unwrap();
        assert_eq!(early.swap(b"two".to_vec()).await, Err(SwapFailure::Changed));
        assert_eq!(store.get("head").await.unwrap(), Some(b"two".to_vec()));
        assert_eq!(late.swap(b"three".to_vec()).await, Err(SwapFailure::Changed));
        assert_eq!(store.get("head").await.unwrap(), Some(b"two".to_vec()));
        store.get_many(vec!["head".to_owned(), "other".to_owned()]).await.unwrap_err();
        assert_eq!(store.increment("count", 2).await.unwrap(), 2);
        assert_eq!(store.get("count").await.unwrap(), Some(b"2".to_vec()));
    });
}
