//! The same from end to end: on the host's program, and on Spin where that is there.

use http::StatusCode;
use xtask::spin::{Plan, Runtime, State};

use crate::member::{MEMBER, create, gate, live, refused_in_time, team};
use crate::redis_server::RedisServer;
use crate::site::{product, program};

/// Lives a life, restarts, and looks again.
fn run(runtime: Runtime, state: State) {
    let mut site = Plan::new(runtime, state, &product(), 0).unwrap().start().unwrap();
    let connection = team(&site);
    live(&site, &connection, MEMBER);
    site.process.restart().unwrap();
    assert_eq!(gate(&site, MEMBER), StatusCode::OK);
    assert_eq!(create(&site, &connection, MEMBER).status(), StatusCode::CONFLICT);
}

fn run_on_redis(runtime: Runtime) {
    let mut server = RedisServer::start();
    run(runtime.clone(), State::Redis(server.url()));
    let plan = Plan::new(runtime, State::Redis(server.url()), &product(), 0).unwrap();
    let site = plan.start().unwrap();
    let other = site.client().unwrap().get("/v1/teams/demo", &[]).unwrap();
    assert_eq!(other.status(), StatusCode::UNAUTHORIZED, "the platform's key is another one");
    server.kill();
    refused_in_time("Redis is gone", || {
        let platform = site.platform();
        let headers = [("authorization", &*platform)];
        site.client().unwrap().get("/v1/teams/demo", &headers).unwrap()
    });
}

fn on_spin(test: impl FnOnce(Runtime)) {
    match Runtime::spin().unwrap() {
        Some(spin) => test(spin),
        None => eprintln!("skipped, no spin"),
    }
}

#[test]
fn on_the_hosts_program_with_redis() {
    run_on_redis(Runtime::host_at(program().to_owned()).unwrap());
}

#[test]
fn on_spin_with_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    on_spin(|spin| run(spin, State::Sqlite(folder.path().to_owned())));
}

#[test]
fn on_spin_with_redis() {
    on_spin(run_on_redis);
}
