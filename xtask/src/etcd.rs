//! A real etcd on this machine: one member in a folder, and a [`Relay`] in front of it that can do what networks do.

mod client;
mod ports;
mod post;
mod process;
mod relay;

pub use client::Grpc;
pub use ports::quiet_port;
pub use post::Http;
pub use process::Etcd;
pub use relay::{Direction, Flow, Relay};

#[cfg(test)]
mod tests;
