//! A host for the component like Spin 4, but with stores that can be made to fail.
//!
//! [`Server::start`] serves an [`App`]: a [`Module`] with its variables, its [`store`]s and whom it may call. Instances
//! live as in Spin: up to 16 requests at a time and 128 in all, gone after an idle second; a trap ends an instance with
//! all its requests, and the next request gets another.
//!
//! A [`Pool`] is the same without a port. In a runtime of one thread whose time stands still, with a [`World`] and with
//! [`store::Turns`], all that happens follows from a seed.
//!
//! What a component can do with `wasi:keyvalue` holds its instance: no other request of it and no timer goes on until
//! the call returns. `spin:key-value` and `wasi:http` do not.

mod app;
mod bindings;
mod handler;
mod instance;
mod log;
mod manifest;
mod module;
mod outbound;
mod pool;
mod request;
mod server;
pub mod store;
mod world;

pub use app::{App, Reuse};
pub use log::Log;
pub use manifest::Manifest;
pub use module::Module;
pub use outbound::AllowedHost;
pub use pool::Pool;
pub use server::Server;
pub use world::World;
