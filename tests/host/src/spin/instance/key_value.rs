use std::sync::Arc;

use wasmtime::component::{Access, Accessor, FutureReader, Resource, StreamReader};

use super::{Instance, Opened, Spin, answer};
use crate::spin::bindings::spin::key_value::key_value::{
    Error, Host, HostStore, HostStoreWithStore,
};
use crate::spin::store::{Failure, Store};

fn error(failure: Failure) -> Error {
    match failure {
        Failure::StoreTableFull => Error::StoreTableFull,
        Failure::NoSuchStore => Error::NoSuchStore,
        Failure::AccessDenied => Error::AccessDenied,
        Failure::Other(text) => Error::Other(text),
        Failure::Crash => Error::Other("the instance is dying".to_owned()),
    }
}

fn opened<T>(
    host: &Accessor<T, Spin>,
    store: &Resource<Opened>,
) -> wasmtime::Result<Arc<dyn Store>> {
    host.with(|mut access| access.get().opened(store))
}

impl Host for Instance {}

impl HostStore for Instance {
    async fn drop(&mut self, store: Resource<Opened>) -> wasmtime::Result<()> {
        self.close(store)
    }
}

impl<T: 'static> HostStoreWithStore<T> for Spin {
    async fn open(
        host: &Accessor<T, Self>,
        label: String,
    ) -> wasmtime::Result<Result<Resource<Opened>, Error>> {
        let store = match host.with(|mut access| access.get().store(&label)) {
            Ok(store) => store,
            Err(failure) => return answer(Err(failure), error),
        };
        match store.open().await {
            Ok(()) => answer(host.with(|mut access| access.get().push(store))?, error),
            Err(failure) => answer(Err(failure), error),
        }
    }

    async fn get(
        host: &Accessor<T, Self>,
        store: Resource<Opened>,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, Error>> {
        answer(opened(host, &store)?.get(&key).await, error)
    }

    async fn set(
        host: &Accessor<T, Self>,
        store: Resource<Opened>,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Error>> {
        answer(opened(host, &store)?.set(&key, value).await, error)
    }

    async fn delete(
        host: &Accessor<T, Self>,
        store: Resource<Opened>,
        key: String,
    ) -> wasmtime::Result<Result<(), Error>> {
        answer(opened(host, &store)?.delete(&key).await, error)
    }

    async fn exists(
        host: &Accessor<T, Self>,
        store: Resource<Opened>,
        key: String,
    ) -> wasmtime::Result<Result<bool, Error>> {
        answer(opened(host, &store)?.exists(&key).await, error)
    }

    async fn get_keys(
        host: &Accessor<T, Self>,
        store: Resource<Opened>,
    ) -> wasmtime::Result<(StreamReader<String>, FutureReader<Result<(), Error>>)> {
        let (keys, end) = match opened(host, &store)?.keys().await {
            Ok(keys) => (keys, Ok(())),
            Err(failure) => (Vec::new(), answer(Err(failure), error)?),
        };
        host.with(|mut access: Access<'_, T, Self>| {
            let keys = StreamReader::new(&mut access, keys)?;
            let end = FutureReader::new(&mut access, async move { wasmtime::error::Ok(end) })?;
            Ok((keys, end))
        })
    }
}
