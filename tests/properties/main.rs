//! What holds for any request: bytes from the network can neither crash the service nor change what they may not.
//!
//! Requests are made up by proptest and sent through the whole service; the seeds of the fuzz targets are run, too.

#![cfg(not(target_family = "wasm"))]

#[cfg(test)]
mod answers;
#[cfg(test)]
mod bombs;
#[cfg(test)]
#[path = "../../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "it is a library for the fuzz targets")]
mod checks;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod made_up;
#[cfg(test)]
mod members;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod patch;
#[cfg(test)]
mod projections;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod seeds;
#[cfg(test)]
mod sequences;
#[cfg(test)]
mod theirs;
#[cfg(test)]
mod writes;
