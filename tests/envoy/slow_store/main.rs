//! The filter, on a store that lets a request wait for as long as the request says, and with a way to crash it.
//!
//! The tests of waiting and of crashing run this module in Envoy in place of the shipped one, around whose parts it
//! is built. Natively it is empty.
//!
//! | header field of a request | what it does |
//! |---|---|
//! | `x-test-turns: <n>` | every transaction opened in this request's callbacks waits for n turns of the timer |
//! | `x-test-crash: 1` | the VM crashes |
//! | `x-test-shared-data: 1` | is answered with what the host's shared data did when it was tried out |

#[cfg(all(target_os = "wasi", target_env = "p1"))]
mod shared_data;
#[cfg(all(target_os = "wasi", target_env = "p1"))]
mod slow;
