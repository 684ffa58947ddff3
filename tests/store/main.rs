//! The stores under torture: histories of concurrent clients, with crashes, pauses, lost and lying answers, judged by a
//! checker of linearizability that is not ours.
//!
//! | module | tortures |
//! |---|---|
//! | `real` | the engine on a real etcd, by gRPC and by JSON, held against the one in memory and the made-up etcd of the unit tests |
//! | `mixed` | the service on one real etcd by gRPC and by JSON at the same time, and what a user of etcd may |
//! | `torture` | two real Envoys and a real etcd, which are killed, paused and cut off while 16 clients write |
//! | `revocation` | the same: old tokens and memberships, on every Envoy, from the moment of the answer |
//!
//! The checker is `WGLChecker` of the crate `todc-utils`: the algorithm of Wing and Gong with Lowe's memory of what
//! was tried. Other checkers in Rust try all orders anew, which takes for ever on histories of this length.
//!
//! What happens to processes is drawn from a seed, which is printed; `SCIM_EDGE_SEED=<seed>` draws the same again.
//! `SCIM_EDGE_TORTURE_SECONDS` changes for how long they are tortured.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in the functions it calls too"
)]
#![expect(clippy::disallowed_methods, reason = "a test may look at the clock and at variables")]

mod client;
mod cluster;
mod history;
mod host;
mod mixed;
mod random;
mod real;
mod revocation;
mod torture;
mod ways;
mod weather;
