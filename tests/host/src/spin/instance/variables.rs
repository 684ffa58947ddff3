use wasmtime::component::Accessor;

use super::{Instance, Spin};
use crate::spin::bindings::spin::variables::variables::{Error, Host, HostWithStore};

impl Host for Instance {}

impl<T: 'static> HostWithStore<T> for Spin {
    async fn get(
        host: &Accessor<T, Self>,
        name: String,
    ) -> wasmtime::Result<Result<String, Error>> {
        let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(valid) {
            return Ok(Err(Error::InvalidName(name)));
        }
        let value = host.with(|mut access| access.get().app.variables.get(&name).cloned());
        Ok(value.ok_or_else(|| Error::Undefined(format!("no variable for {name:?}"))))
    }
}
