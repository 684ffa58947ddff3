//! State in a real etcd, and more than one Envoy in front of it.

mod away;
mod interrupted;
mod lists;
mod moving;
mod revocation;
mod set_up;

use std::sync::{Arc, Mutex, PoisonError, Weak};

use http::Method;
use serde_json::json;
use xtask::demo::Service;
use xtask::edge::{Plan, Product};
use xtask::etcd::Etcd;
use xtask::tools;

use crate::site::Site;
use crate::team::Team;

fn start_etcd() -> Etcd {
    Etcd::start(&tools::etcd().unwrap()).unwrap()
}

/// Two edges on the same state.
struct Pair {
    one: Site,
    two: Site,
    _etcd: Etcd,
}

impl Pair {
    /// The one that all rules share which do not disturb each other. It lives as long as one of them needs it.
    fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Pair>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let etcd = start_etcd();
            let (one, two) = start_two(&etcd);
            let pair = Arc::new(Self { one, two, _etcd: etcd });
            *shared = Arc::downgrade(&pair);
            pair
        })
    }
}

fn start_product() -> Product {
    Product::new(Service::start().unwrap()).unwrap()
}

/// An edge of its own product.
fn start(etcd: &Etcd) -> Site {
    Site::start_on(&start_product(), etcd.address(), |_| {})
}

/// Two edges on the state in `etcd`, in front of one product. A bare name of a cluster like those of theirs Envoy would
/// take for a message, and abort.
fn start_two(etcd: &Etcd) -> (Site, Site) {
    let product = start_product();
    let start =
        |name| Site::start_on(&product, etcd.address(), |plan| name_cluster(plan, name, name));
    (start("users"), start("etcd_h2"))
}

/// Envoy's cluster gets this `name`, and the plug-in is told to call `called`.
fn name_cluster(plan: &mut Plan, name: &str, called: &str) {
    let cluster = plan.config.at("/static_resources/clusters/2").unwrap();
    cluster["name"] = json!(name);
    cluster["load_assignment"]["cluster_name"] = json!(name);
    plan.plugin(|plugin| plugin["store"]["etcd"]["cluster"] = json!(called)).unwrap();
}

#[test]
fn what_one_envoy_writes_the_other_sees_at_once() {
    let pair = Pair::shared();
    let here = Team::new(&pair.one, "etcd-two");
    let there = here.at(&pair.two);

    let id = here.provision("ada");
    assert_eq!(there.list().expect(200).json()["Resources"][0]["id"], json!(id));
    there.visit("ada").expect(200);
    there.create("ada").expect_scim_error(409);
    there.set_active(&id, false);
    here.visit("ada").expect_problem(403);
    here.set_active(&id, true);
    there.visit("ada").expect(200);
    there.scim(Method::DELETE, &format!("/Users/{id}"), "").expect(204);
    here.visit("ada").expect_problem(403);
    here.scim(Method::GET, &format!("/Users/{id}"), "").expect_scim_error(404);
    assert_eq!(here.list().expect(200).json()["totalResults"], 0);
}

#[test]
fn what_was_acknowledged_is_there_after_all_envoys_and_etcd_were_killed() {
    let mut etcd = start_etcd();
    let (id, connection) = {
        let (one, two) = start_two(&etcd);
        let here = Team::new(&one, "etcd-killed");
        let id = here.provision("ada");
        here.at(&two).provision("bea");
        let connection = here.connection.clone();
        one.kill();
        two.kill();
        (id, connection)
    };
    etcd.kill();
    etcd.restart().unwrap();
    let (one, two) = start_two(&etcd);
    for site in [&one, &two] {
        let team = Team { site, id: "etcd-killed".to_owned(), connection: connection.clone() };
        let list = team.list().expect(200).json();
        assert_eq!((&list["totalResults"], &list["Resources"][0]["id"]), (&json!(2), &json!(id)));
        team.visit("ada").expect(200);
        team.visit("bea").expect(200);
        team.create("bea").expect_scim_error(409);
    }
}
