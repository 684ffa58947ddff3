//! Several clients on one state, interleaved at every call of a VM or of an instance to its host, while these trap, calls
//! are lost or come late, and streams break. What was acknowledged is there, what was refused is not, a token that was
//! replaced opens nothing, and every invariant holds.
//!
//! `filter` plays them on VMs of Envoys with shared data or etcd, `component` on instances of two Spins with one key-value
//! store, as each provider has it.
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
mod component;
#[cfg(test)]
#[path = "../envoy/edge.rs"]
#[expect(dead_code, reason = "the tests of the filter need more of it")]
mod edge;
#[cfg(test)]
mod filter;
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
mod snapshot;
#[cfg(test)]
mod storm;
#[cfg(test)]
mod tokens;

#[cfg(test)]
use std::panic::{AssertUnwindSafe, catch_unwind};
#[cfg(test)]
use std::path::Path;

#[cfg(test)]
use clients::Tally;
#[cfg(test)]
use component::Trouble;
#[cfg(test)]
use scim_edge_host::spin::store::{Memory, Sqlite, Swaps};
#[cfg(test)]
use storm::Storm;

/// How many schedules of a kind are played by default.
#[cfg(test)]
const SHARE: u64 = 50;

#[test]
fn vms_that_are_interleaved_at_every_call_give_definite_answers() {
    let tally =
        schedules::play("shared data", SHARE, |seed| filter::on_shared_data(seed, Storm::DELAYS));
    assert!(tally.crashes == 0 && tally.unknown == 0, "{tally:?}");
    assert!(schedules::are_few() || tally.refused > 0, "{tally:?}");
}

#[test]
fn vms_that_trap_at_any_call_harm_nobody() {
    let tally = schedules::play("shared data, traps", SHARE, |seed| {
        filter::on_shared_data(seed, Storm::TRAPS)
    });
    assert!(schedules::are_few() || (tally.crashes > 0 && tally.unknown > 0), "{tally:?}");
}

#[test]
fn calls_to_etcd_that_are_lost_or_come_late_harm_nobody() {
    let tally = schedules::play("etcd, losses", SHARE, |seed| filter::on_etcd(seed, Storm::LOSSES));
    assert!(schedules::are_few() || tally.unknown > 0, "{tally:?}");
}

#[test]
fn vms_that_trap_while_calls_to_etcd_are_lost_harm_nobody() {
    let tally = schedules::play("etcd, losses and traps", SHARE, |seed| {
        filter::on_etcd(seed, Storm::LOSSES_AND_TRAPS)
    });
    assert!(schedules::are_few() || (tally.crashes > 0 && tally.unknown > 0), "{tally:?}");
}

/// Schedules of the component on each provider.
#[cfg(test)]
fn on_providers(name: &str, trouble: Trouble) -> Tally {
    schedules::play(&format!("the component, {name}"), SHARE, |seed| {
        let played = match seed % 3 {
            0 => component::play(seed, trouble, Memory::new()),
            1 => component::play(seed, trouble, Memory::swapping(|_| Swaps::SaidToFail)),
            _ => component::play(seed, trouble, sqlite()),
        };
        played.tally
    })
}

#[cfg(test)]
fn sqlite() -> Sqlite {
    Sqlite::open(Path::new(":memory:"), "default").unwrap()
}

#[test]
fn instances_that_are_interleaved_at_every_call_give_definite_answers() {
    let tally = on_providers("no trouble", Trouble::NONE);
    assert!(tally.crashes == 0 && tally.unknown == 0, "{tally:?}");
    assert!(schedules::are_few() || tally.refused > 0, "{tally:?}");
}

#[test]
fn instances_that_trap_at_any_call_harm_nobody() {
    let tally = on_providers("traps", Trouble::TRAPS);
    assert!(schedules::are_few() || (tally.crashes > 0 && tally.unknown > 0), "{tally:?}");
}

#[test]
fn calls_to_a_key_value_store_that_are_lost_or_come_late_harm_nobody() {
    let tally = on_providers("losses", Trouble::LOSSES);
    assert!(schedules::are_few() || tally.unknown > 0, "{tally:?}");
}

#[test]
fn instances_that_trap_while_calls_are_lost_harm_nobody() {
    let tally = on_providers("losses and traps", Trouble::BOTH);
    assert!(schedules::are_few() || (tally.crashes > 0 && tally.unknown > 0), "{tally:?}");
}

#[test]
fn the_same_seed_is_the_same_history() {
    for seed in 0..3 {
        let play = || component::play(seed, Trouble::BOTH, Memory::new()).transcript;
        let (first, second) = (play(), play());
        let differs = first.iter().zip(&second).position(|(first, second)| first != second);
        assert_eq!(differs.map(|at| (&first[at], &second[at])), None, "seed {seed}");
        assert_eq!(first.len(), second.len(), "seed {seed}");
        let other = component::play(seed + 1000, Trouble::BOTH, Memory::new()).transcript;
        assert_ne!(first, other, "seed {seed}");
    }
}

/// A store that swaps blindly, but not on the keys on which the component looks how it swaps.
#[test]
fn a_store_that_overwrites_what_others_wrote_is_found_out() {
    let broken = |key: &str| if key.contains("probe") { Swaps::True } else { Swaps::Blind };
    let shown = (0..20).any(|seed| {
        let play = || component::play(seed, Trouble::NONE, Memory::swapping(broken));
        catch_unwind(AssertUnwindSafe(play)).is_err()
    });
    assert!(shown, "no schedule shows it");
}
