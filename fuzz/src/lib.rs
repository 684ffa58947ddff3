//! What must hold for any bytes. The fuzz targets ask it of bytes that libFuzzer makes up, `tests/properties` of
//! the seeds and of what proptest makes up.

pub mod bulk;
pub mod cast;
pub mod edge;
mod jwt;
mod lists;
pub mod message;
mod readers;
pub mod sound;

pub use bulk::bulk;
pub use jwt::jwt;
pub use lists::{cursor, search};
pub use message::{check, request};
pub use readers::{filter, json, patch_body, path};
