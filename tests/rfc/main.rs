//! The requirements and the examples of RFC 7643 and RFC 7644 that a provider of Users and Groups can meet, one by one.
//!
//! A requirement has the section and the line of the RFC that it stands at, as text, and our own words for it. It is
//! *held* by the test beside it, or *deviates* with a reason and a test of what is done instead. `inventory` counts them
//! and sees that none is missing or there twice. `EXTRA` requirements are about what the RFCs say of every kind of
//! attribute.

#![cfg(not(target_family = "wasm"))]

#[cfg(test)]
#[macro_use]
mod requirement;

#[cfg(test)]
mod bulk;
#[cfg(test)]
mod discovery;
#[cfg(test)]
#[path = "../../fuzz/src/edge.rs"]
#[expect(unreachable_pub, reason = "it is part of a library for the fuzz targets")]
mod edge;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod filters;
#[cfg(test)]
mod inventory;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod patch;
#[cfg(test)]
mod put;
#[cfg(test)]
mod resources;
#[cfg(test)]
mod team;
#[cfg(test)]
mod users;
#[cfg(test)]
mod values;
