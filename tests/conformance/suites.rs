//! Runs the suites, against whatever `site` starts.

use std::process::Command;
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;
use xtask::edge::Connection;
use xtask::project;
use xtask::tools::Suites;

use crate::report::{Check, Outcome, Report};
use crate::site::Site;

const TEAM: &str = "conformance";
const OWNER: &str = "owner@conformance.example";

/// What must not be in a host's log: crashes, and the address of the team's owner.
const NEVER_LOGGED: [&str; 5] =
    ["Uncaught", "VM is failed", "plugin is failed", "panicked at", OWNER];

/// What `check_server.py` prints.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tester {
    version: String,
    tags: Vec<String>,
    resource_types: Vec<String>,
    results: Vec<TesterResult>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TesterResult {
    name: String,
    status: String,
    says: String,
    tags: Vec<String>,
}

/// What scim-sanity prints.
#[derive(Deserialize)]
struct Sanity {
    scim_sanity_version: String,
    mode: String,
    results: Vec<SanityResult>,
}

#[derive(Deserialize)]
struct SanityResult {
    name: String,
    status: String,
    #[serde(default)]
    message: String,
}

/// Every check of scim2-tester, on every resource type that the endpoint tells of.
pub(crate) fn scim2_tester() -> Report {
    let script = project::root().join("tests/conformance/check_server.py");
    let output = run(|python, connection| {
        python.arg(script).arg(&connection.endpoint_url).env("SCIM_TOKEN", &connection.token);
    });
    let found: Tester = serde_json::from_str(&output).unwrap();

    let ran = |result: &&TesterResult| result.status != "SKIPPED";
    for tag in &found.tags {
        let mut tags = found.results.iter().filter(ran).flat_map(|result| &result.tags);
        assert!(tags.any(|of_result| of_result == tag), "nothing was checked of {tag}");
    }
    assert!(found.resource_types.iter().any(|name| name == "User"), "{:?}", found.resource_types);
    for resource_type in &found.resource_types {
        let create = format!("{resource_type} object_creation");
        assert!(found.results.iter().any(|result| result.name == create), "no {create}");
    }

    let checks = found.results.into_iter().map(|TesterResult { name, status, says, .. }| {
        let outcome = match status.as_str() {
            "SUCCESS" | "COMPLIANT" | "ACCEPTABLE" => Outcome::Passed,
            "SKIPPED" => Outcome::Skipped,
            "DEVIATION" | "ERROR" | "CRITICAL" => Outcome::Failed,
            _ => panic!("{name}: {status} is no status"),
        };
        Check { name, outcome, says }
    });
    Report { suite: format!("scim2-tester {}", found.version), checks: checks.collect() }
}

/// The probe of scim-sanity, in strict mode.
pub(crate) fn scim_sanity() -> Report {
    let output = run(|python, connection| {
        python.args(["-m", "scim_sanity", "probe", &connection.endpoint_url]);
        python.args(["--strict", "--json-output", "--i-accept-side-effects"]);
        python.args(["--token", &connection.token]);
    });
    let found: Sanity = serde_json::from_str(&output).unwrap();
    assert_eq!(found.mode, "strict");

    let checks = found.results.into_iter().map(|SanityResult { name, status, message }| {
        let outcome = match status.as_str() {
            "pass" => Outcome::Passed,
            "skip" => Outcome::Skipped,
            "warn" | "fail" | "error" => Outcome::Failed,
            _ => panic!("{name}: {status} is no status"),
        };
        Check { name, outcome, says: message }
    });
    let suite = format!("scim-sanity {}, strict", found.scim_sanity_version);
    Report { suite, checks: checks.collect() }
}

/// What Python prints when told by `tell` what to run, against a team without domains in an edge of its own.
fn run(tell: impl FnOnce(&mut Command, &Connection)) -> String {
    let mut python = suites().python();
    let site = Site::start();
    site.create_team(TEAM, "Conformance", &[], &[OWNER]).unwrap();
    let connection = site.enable_scim(TEAM, OWNER).unwrap();
    tell(&mut python, &connection);
    let output = python.output().unwrap();

    let printed = String::from_utf8(output.stdout).unwrap();
    // The status is no use: it is 1 for any check that failed, and those are in what was printed.
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(printed.starts_with('{'), "{}: {printed}{errors}", output.status);
    let log = site.log();
    for text in NEVER_LOGGED.into_iter().chain([connection.token.as_str()]) {
        assert!(!log.contains(text), "{text} is in the log");
    }
    printed
}

/// The suites, fetched once where several tests want them.
fn suites() -> Suites {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    Suites::make().unwrap()
}
