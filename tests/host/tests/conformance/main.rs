//! One suite, played to the service on every host there is: in this process on a store in memory, as the filter in Envoy's
//! host on shared data and on etcd, as the component in Spin's. All give the same answers, byte for byte, but for what nobody can foretell:
//! `transcript` says what that is.
//!
//! The cases are the conversations of `tests/idp`, bad input, and walks through the management API and the gate.

#[cfg(test)]
#[path = "../../../idp/answer.rs"]
mod answer;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod component;
#[cfg(test)]
#[path = "../../../idp/conversation.rs"]
mod conversation;
#[cfg(test)]
mod conversations;
#[cfg(test)]
#[path = "../envoy/edge.rs"]
#[expect(dead_code, reason = "the tests of the filter need more of it")]
mod edge;
#[cfg(test)]
#[path = "../../../idp/expectation.rs"]
mod expectation;
#[cfg(test)]
mod filter;
#[cfg(test)]
mod native;
#[cfg(test)]
#[path = "../../../idp/player.rs"]
mod player;
#[cfg(test)]
mod runner;
#[cfg(test)]
mod transcript;
#[cfg(test)]
mod walks;

#[test]
fn every_host_gives_the_same_answers_to_what_identity_providers_say() {
    transcript::compare("conversations", &mut runner::all(), conversations::play);
}

#[test]
fn every_host_gives_the_same_answers_to_bad_input() {
    transcript::compare("bad input", &mut runner::all(), bad_input::play);
}

#[test]
fn every_host_gives_the_same_answers_to_the_product_and_to_owners() {
    transcript::compare("management", &mut runner::all(), walks::manage);
}

#[test]
fn every_host_lets_the_same_people_through() {
    transcript::compare("gate", &mut runner::all(), walks::pass);
}
