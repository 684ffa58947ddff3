//! What must hold for any bytes. The fuzz targets ask it of bytes that libFuzzer makes up, `tests/properties` of
//! the seeds and of what proptest makes up.

pub mod edge;
pub mod message;
mod readers;

pub use message::{check, request};
pub use readers::{filter, json, patch_body, path};
