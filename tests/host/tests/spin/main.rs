//! The Spin component on a host like Spin, and in Spin itself where that is there.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, in the functions it calls too"
)]

mod crashes;
mod durable;
mod end_to_end;
mod etcd;
mod hostile;
mod life;
mod member;
mod redis;
mod redis_server;
mod site;
mod streaming;
mod trouble;
mod up;
