//! Several clients of several VMs on one state, interleaved at every call of a VM to its host, while VMs trap, calls are
//! lost or come late, and streams break. What was acknowledged is there, what was refused is not, and every invariant holds.
//!
//! A schedule follows from its seed. `SCIM_EDGE_SCHEDULES=100000` plays ten times as many as by default, which are counted
//! as the engines' own tests count theirs; `SCIM_EDGE_SEED=<seed>` plays again the one that a failure names.

#![expect(
    clippy::disallowed_methods,
    reason = "how long to test is for who runs the tests, and real time orders what they do"
)]

#[cfg(test)]
mod clients;
#[cfg(test)]
#[path = "../envoy/edge.rs"]
#[expect(dead_code, reason = "the tests of the filter need more of it")]
mod edge;
#[cfg(test)]
#[path = "../../../store/history.rs"]
mod history;
#[cfg(test)]
#[path = "../../../store/random.rs"]
#[expect(dead_code, reason = "the tests with real processes need more of it")]
mod random;
#[cfg(test)]
mod schedules;
#[cfg(test)]
mod slot;
#[cfg(test)]
mod storm;

#[cfg(test)]
use storm::Storm;

/// How many schedules of a kind are played by default.
#[cfg(test)]
const SHARE: u64 = 50;

#[test]
fn vms_that_are_interleaved_at_every_call_give_definite_answers() {
    let tally = schedules::play("shared data", SHARE, |seed| {
        schedules::on_shared_data(seed, Storm::DELAYS)
    });
    assert!(tally.crashes == 0 && tally.unknown == 0, "{tally:?}");
    assert!(schedules::are_few() || tally.refused > 0, "{tally:?}");
}

#[test]
fn vms_that_trap_at_any_call_harm_nobody() {
    let tally = schedules::play("shared data, traps", SHARE, |seed| {
        schedules::on_shared_data(seed, Storm::TRAPS)
    });
    assert!(schedules::are_few() || (tally.crashes > 0 && tally.unknown > 0), "{tally:?}");
}

#[test]
fn calls_to_etcd_that_are_lost_or_come_late_harm_nobody() {
    let tally =
        schedules::play("etcd, losses", SHARE, |seed| schedules::on_etcd(seed, Storm::LOSSES));
    assert!(schedules::are_few() || tally.unknown > 0, "{tally:?}");
}

#[test]
fn vms_that_trap_while_calls_to_etcd_are_lost_harm_nobody() {
    let tally = schedules::play("etcd, losses and traps", SHARE, |seed| {
        schedules::on_etcd(seed, Storm::LOSSES_AND_TRAPS)
    });
    assert!(schedules::are_few() || (tally.crashes > 0 && tally.unknown > 0), "{tally:?}");
}
