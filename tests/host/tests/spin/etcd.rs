//! One etcd, with a real Envoy and the component in front of it: each serves what the other did.

use http::StatusCode;
use xtask::edge::Plan;
use xtask::etcd::Etcd;
use xtask::spin::{Runtime, State};
use xtask::tools::{self, Tools};

use crate::member::{MEMBER, count, create, gate, id, refused_in_time, set_active, team};
use crate::site::{product, program};

#[test]
fn an_envoy_and_a_component_on_one_etcd_serve_the_same_team() {
    let mut etcd = Etcd::start(&tools::etcd().unwrap()).unwrap();
    let product = product();
    let ready = Tools::ready().unwrap();
    let envoy = Plan::on_etcd(ready, 0, &product, &[etcd.address()]).unwrap().start().unwrap();
    let runtime = Runtime::host_at(program().to_owned()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let state = State::Sqlite(folder.path().to_owned());
    let mut plan = xtask::spin::Plan::new(runtime, state, &product, 0).unwrap();
    plan.variables.insert("store".to_owned(), "etcd".to_owned());
    plan.variables.insert("etcd_url".to_owned(), format!("http://{}", etcd.address()));
    let spin = plan.start().unwrap();

    let connection = team(&envoy);
    assert_eq!(gate(&spin, MEMBER), StatusCode::FORBIDDEN);
    let created = create(&spin, &connection, MEMBER);
    assert_eq!(created.status(), StatusCode::CREATED);
    let id = id(&created);
    for round in 0..10 {
        assert_eq!(gate(&envoy, MEMBER), StatusCode::OK, "round {round}");
        assert_eq!(gate(&spin, MEMBER), StatusCode::OK, "round {round}");
        assert_eq!(create(&envoy, &connection, MEMBER).status(), StatusCode::CONFLICT);
        let (one, other) = if round % 2 == 0 { (&*spin, &*envoy) } else { (&*envoy, &*spin) };
        assert_eq!(set_active(one, &connection, &id, false), StatusCode::OK);
        // From the answer on, also where an Envoy goes by what it remembers.
        assert_eq!(gate(other, MEMBER), StatusCode::FORBIDDEN, "round {round}");
        assert_eq!(set_active(other, &connection, &id, true), StatusCode::OK);
    }
    let renewed = spin.rotate("demo", crate::member::OWNER).unwrap();
    assert_eq!(create(&envoy, &connection, MEMBER).status(), StatusCode::UNAUTHORIZED);
    assert_eq!(count(&envoy, &renewed, MEMBER), 1);

    etcd.kill();
    refused_in_time("etcd is gone", || create(&spin, &renewed, "new@example.com"));
    assert_eq!(gate(&spin, MEMBER), StatusCode::SERVICE_UNAVAILABLE);
}
