//! What public conformance suites say of the filter in a real Envoy.
//!
//! Every check must pass, but for those that stand here with the reason why not. One that is listed and passes, or is
//! not there any more, fails the test as well, so the lists stay true. `requirements.in` has the suites' versions.

#![cfg(not(target_family = "wasm"))]

#[cfg(test)]
mod report;
#[cfg(test)]
mod suites;

use report::{Known, Outcome};

#[test]
fn scim2_tester_finds_nothing_wrong() {
    suites::scim2_tester().judge(&[]);
}

#[test]
fn scim_sanity_finds_nothing_wrong_in_strict_mode() {
    suites::scim_sanity().judge(&[
        Known {
            check: "Agent CRUD Lifecycle",
            outcome: Outcome::Skipped,
            says: "Agent not supported by server",
            because: AGENTS,
        },
        Known {
            check: "AgenticApplication CRUD Lifecycle",
            outcome: Outcome::Skipped,
            says: "AgenticApplication not supported by server",
            because: AGENTS,
        },
        Known {
            check: "Agent Rapid Lifecycle",
            outcome: Outcome::Skipped,
            says: "Agent not supported or not in scope",
            because: AGENTS,
        },
    ]);
}

/// Why nothing of agents is checked.
#[cfg(test)]
const AGENTS: &str =
    "agents are resources of a draft, draft-abbey-scim-agent-extension; a team has people";
