//! A configuration that cannot work: Envoy does not start, and says which field it is.

use serde_json::{Value, json};
use xtask::edge::Plan;
use xtask::envoy::{Envoy, Place};
use xtask::tools::Tools;

fn plan() -> Plan {
    Plan::new(Tools::ready().unwrap(), 0).unwrap()
}

/// Neither `--mode validate` nor a start accepts it, and both say `why`.
#[track_caller]
fn expect_refusal(plan: &Plan, why: &str) {
    let envoy = Tools::ready().unwrap().envoy;
    let error = plan.config.validate(&envoy).unwrap_err().to_string();
    assert!(error.contains(why), "validate does not say {why:?}: {error}");
    let error = Envoy::start(&envoy, &plan.config, plan.options).unwrap_err().to_string();
    assert!(error.starts_with("Envoy did not start"), "{error}");
    assert!(error.contains(why), "the log does not say {why:?}: {error}");
}

fn expect_field_refused(why: &str, change: impl FnOnce(&mut Value)) {
    let mut plan = plan();
    plan.plugin(change).unwrap();
    expect_refusal(&plan, why);
}

#[test]
fn the_configuration_that_the_tests_use_is_accepted() {
    plan().config.validate(&Tools::ready().unwrap().envoy).unwrap();
}

#[test]
fn a_bad_field_is_named() {
    expect_field_refused("configuration field public_url is missing", |plugin| {
        plugin.as_object_mut().unwrap().remove("public_url");
    });
    expect_field_refused("configuration field public_url must begin with https://", |plugin| {
        plugin["public_url"] = json!("http://edge.example.com");
    });
    expect_field_refused("configuration field platform_keys_sha256 must hold SHA-256", |plugin| {
        plugin["platform_keys_sha256"] = json!(["key"]);
    });
    expect_field_refused("configuration field gate.open_prefixes must hold prefixes", |plugin| {
        plugin["gate"] = json!({ "open_prefixes": ["/t/"] });
    });
    expect_field_refused("configuration field identity.email is unknown", |plugin| {
        plugin["identity"] = json!({ "email": "mail" });
    });
}

#[test]
fn a_configuration_that_is_no_json_is_refused() {
    let mut plan = plan();
    plan.config.set(Place::Plugin, "public_url: x").unwrap();
    expect_refusal(&plan, "the configuration is not a JSON object");
}

#[test]
fn a_module_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(Tools::ready().unwrap().module).unwrap();
    for bytes in [&b"\0asm"[..], b"nonsense", whole.split_at(whole.len() / 2).0] {
        let module = folder.path().join("module.wasm");
        std::fs::write(&module, bytes).unwrap();
        let mut plan = plan();
        plan.config.set(Place::Module, module.to_string_lossy()).unwrap();
        expect_refusal(&plan, "Unable to create Wasm");
    }
}
