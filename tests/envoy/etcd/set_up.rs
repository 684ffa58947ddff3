//! What Envoy's configuration says of etcd: `envoy/envoy-etcd.yaml`, and the cluster that the plug-in names.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use xtask::envoy::{Config, Place};
use xtask::etcd::quiet_port;
use xtask::project;
use xtask::tools::{self, Tools};

use super::{name_cluster, start_etcd, start_product};
use crate::patience::eventually;
use crate::site::Site;
use crate::team::Team;

/// Where the block for mTLS comes into the configuration.
const TRANSPORT_SOCKET: &str = "/static_resources/clusters/2/transport_socket";

/// Where that block says that its files are.
const CERTIFICATES: &str = "/etc/scim-edge/etcd/";

fn shipped(name: &str) -> String {
    std::fs::read_to_string(project::root().join("envoy").join(name)).unwrap()
}

/// The lines below the head, without what is said of the store.
fn without_store(text: &str) -> Vec<&str> {
    let mut is_store = false;
    let body = text.split_once("\n\n").unwrap().1;
    let lines = body.lines().filter(|line| {
        let line = line.trim();
        is_store = (is_store || line.starts_with("# store ")) && line != "value: |";
        !is_store && !line.starts_with("\"store\": ")
    });
    lines.collect()
}

#[test]
fn the_two_configurations_differ_in_nothing_but_the_store() {
    let (memory, etcd) = (shipped("envoy.yaml"), shipped("envoy-etcd.yaml"));
    let (before, cluster) = etcd.split_once("\n    # << the members of your etcd").unwrap();
    let (_, after) = cluster.split_once("\n# Shed load").unwrap();
    let etcd = format!("{before}\n# Shed load{after}");
    assert_eq!(without_store(&etcd), without_store(&memory));
}

/// The lines of commands in the comment on certificates, run in `folder` by a shell.
fn make_certificates(text: &str, folder: &Path) {
    let commands = text.lines().filter_map(|line| line.trim().strip_prefix("#   $ "));
    let script = commands.collect::<Vec<_>>().join("\n");
    assert_eq!(script.matches("openssl req").count(), 3, "{script}");
    let mut shell = Command::new("sh");
    shell.args(["-e", "-c", &script]).current_dir(folder);
    let output = shell.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The configuration as it is when the block for mTLS is no comment any more.
fn with_mutual_tls(text: &str, folder: &Path) -> Config {
    let (before, block) = text.split_once("      # transport_socket:\n").unwrap();
    let (block, after) = block.split_once("\n\n").unwrap();
    let lines = block.lines().map(|line| line.strip_prefix("      # ").unwrap());
    let block = lines.fold(String::new(), |block, line| format!("{block}      {line}\n"));
    let text = format!("{before}      transport_socket:\n{block}\n{after}");
    let file = folder.join("envoy-etcd.yaml");
    let certificates = format!("{}/", folder.display());
    std::fs::write(&file, text.replace(CERTIFICATES, &certificates)).unwrap();
    Config::read(&file).unwrap()
}

/// The shipped file is valid as it stands, but for files that this machine has elsewhere.
#[test]
fn envoy_accepts_the_configuration_with_and_without_mutual_tls() {
    let folder = tempfile::tempdir().unwrap();
    let text = shipped("envoy-etcd.yaml");
    make_certificates(&text, folder.path());
    let jwks = folder.path().join("jwks.json");
    std::fs::write(&jwks, start_product().sign_in.jwks().to_string()).unwrap();
    let tools = Tools::ready().unwrap();
    let with = with_mutual_tls(&text, folder.path());
    for mut config in [Config::shipped_for_etcd().unwrap(), with] {
        config.set(Place::Jwks, jwks.to_string_lossy()).unwrap();
        config.set(Place::Module, tools.module.to_string_lossy()).unwrap();
        config.validate(&tools.envoy).unwrap();
    }
}

/// An etcd that wants to see certificates, and nothing else of which the tests know.
struct Wary(Child);

impl Wary {
    fn start(folder: &Path, port: u16) -> Self {
        let peer = format!("http://127.0.0.1:{}", quiet_port().unwrap());
        let client = format!("https://127.0.0.1:{port}");
        let file = |name: &str| folder.join(name);
        let mut command = Command::new(tools::etcd().unwrap());
        command
            .args(["--client-cert-auth", "--trusted-ca-file"])
            .arg(file("ca.crt"))
            .arg("--cert-file")
            .arg(file("etcd.crt"))
            .arg("--key-file")
            .arg(file("etcd.key"))
            .arg("--data-dir")
            .arg(file("data"))
            .args(["--listen-client-urls", &client, "--advertise-client-urls", &client])
            .args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer])
            .args(["--initial-cluster", &format!("default={peer}")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Self(command.spawn().unwrap())
    }
}

impl Drop for Wary {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
fn with_mutual_tls_both_sides_show_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let text = shipped("envoy-etcd.yaml");
    make_certificates(&text, folder.path());
    let socket = with_mutual_tls(&text, folder.path()).at(TRANSPORT_SOCKET).unwrap().clone();
    let port = quiet_port().unwrap();
    let _etcd = Wary::start(folder.path(), port);
    let start = |socket: &Value| {
        Site::start_on(&start_product(), ([127, 0, 0, 1], port).into(), |plan| {
            let cluster = plan.config.at("/static_resources/clusters/2").unwrap();
            cluster["transport_socket"] = socket.clone();
        })
    };
    let site = start(&socket);
    eventually("etcd is there", || {
        (site.get("/v1/teams/etcd-tls", &site.platform()).status == 404).then_some(())
    });
    Team::new(&site, "etcd-tls").provision("ada");

    let stranger = |change: fn(&mut Value)| {
        let mut socket = socket.clone();
        change(&mut socket["typed_config"]["common_tls_context"]);
        let site = start(&socket);
        site.get("/v1/teams/etcd-tls", &site.platform()).expect_problem(503);
    };
    stranger(|tls| drop(tls.as_object_mut().unwrap().remove("tls_certificates")));
    stranger(|tls| {
        let names = &mut tls["validation_context"]["match_typed_subject_alt_names"];
        names[0]["matcher"]["exact"] = "scim-edge".into();
    });
}

/// Those of [`super::start_two`] are among them.
#[test]
fn a_cluster_may_have_any_name() {
    let etcd = start_etcd();
    let name = "a/b|\"c".repeat(16);
    let site = Site::start_on(&start_product(), etcd.address(), |plan| {
        name_cluster(plan, &name, &name);
    });
    site.get("/v1/teams/etcd-named", &site.platform()).expect_problem(404);
    assert_eq!(site.log_count("etcd cannot be asked"), 0);
}

#[test]
fn a_cluster_that_is_not_there_is_named_in_the_log() {
    let etcd = start_etcd();
    let site = Site::start_on(&start_product(), etcd.address(), |plan| {
        name_cluster(plan, "etcd", "etdc");
    });
    let line = "etcd cannot be asked: no answer from etcd: Envoy has no cluster named etdc";
    eventually("the log names it", || (site.log_count(line) > 0).then_some(()));
    site.get("/v1/teams/etcd-wrong", &site.platform()).expect_problem(503);
    let ada = site.signed_in(&format!("ada@{}", crate::site::DOMAIN));
    site.get("/t/etcd-wrong/page", &ada).expect_problem(503);
    assert!(site.log_count("store unavailable") >= 2);
}
