use wasmtime::component::Resource;

use super::{Instance, OPEN, Opened, Swapping, answer};
use crate::spin::bindings::wasi::keyvalue::atomics::{self, CasError};
use crate::spin::bindings::wasi::keyvalue::batch;
use crate::spin::bindings::wasi::keyvalue::store::{self, Error, KeyResponse};
use crate::spin::store::{Entry, Failure, SwapFailure};

type Answer<T, E = Error> = wasmtime::Result<Result<T, E>>;

fn error(failure: Failure) -> Error {
    match failure {
        Failure::NoSuchStore => Error::NoSuchStore,
        Failure::AccessDenied => Error::AccessDenied,
        Failure::StoreTableFull => Error::Other("store table full".to_owned()),
        Failure::Other(text) => Error::Other(text),
        Failure::Crash => Error::Other("the instance is dying".to_owned()),
    }
}

impl store::Host for Instance {
    async fn open(&mut self, label: String) -> Answer<Resource<Opened>> {
        let opened = match self.store(&label) {
            Ok(store) => store.open().await.map(|()| store),
            Err(failure) => Err(failure),
        };
        match opened {
            Ok(store) => answer(self.push(store)?, error),
            Err(failure) => answer(Err(failure), error),
        }
    }
}

impl store::HostBucket for Instance {
    async fn get(&mut self, store: Resource<Opened>, key: String) -> Answer<Option<Vec<u8>>> {
        answer(self.opened(&store)?.get(&key).await, error)
    }

    async fn set(&mut self, store: Resource<Opened>, key: String, value: Vec<u8>) -> Answer<()> {
        answer(self.opened(&store)?.set(&key, value).await, error)
    }

    async fn delete(&mut self, store: Resource<Opened>, key: String) -> Answer<()> {
        answer(self.opened(&store)?.delete(&key).await, error)
    }

    async fn exists(&mut self, store: Resource<Opened>, key: String) -> Answer<bool> {
        answer(self.opened(&store)?.exists(&key).await, error)
    }

    async fn list_keys(
        &mut self,
        store: Resource<Opened>,
        cursor: Option<String>,
    ) -> Answer<KeyResponse> {
        if cursor.is_some() {
            return Ok(Err(Error::Other("list_keys: cursor not supported".to_owned())));
        }
        let keys = self.opened(&store)?.keys().await;
        answer(keys.map(|keys| KeyResponse { keys, cursor: None }), error)
    }

    async fn drop(&mut self, store: Resource<Opened>) -> wasmtime::Result<()> {
        self.close(store)
    }
}

impl batch::Host for Instance {
    async fn get_many(&mut self, store: Resource<Opened>, keys: Vec<String>) -> Answer<Vec<Entry>> {
        if keys.is_empty() {
            return Ok(Ok(Vec::new()));
        }
        answer(self.opened(&store)?.get_many(keys).await, error)
    }

    async fn set_many(
        &mut self,
        store: Resource<Opened>,
        entries: Vec<(String, Vec<u8>)>,
    ) -> Answer<()> {
        if entries.is_empty() {
            return Ok(Ok(()));
        }
        answer(self.opened(&store)?.set_many(entries).await, error)
    }

    async fn delete_many(&mut self, store: Resource<Opened>, keys: Vec<String>) -> Answer<()> {
        if keys.is_empty() {
            return Ok(Ok(()));
        }
        answer(self.opened(&store)?.delete_many(keys).await, error)
    }
}

impl atomics::HostCas for Instance {
    async fn new(&mut self, store: Resource<Opened>, key: String) -> Answer<Resource<Swapping>> {
        let store = self.opened(&store)?;
        if self.swaps >= OPEN {
            return Ok(Err(Error::Other("too many compare_and_swaps opened".to_owned())));
        }
        match store.compare_and_swap(&key).await {
            Ok(swap) => {
                self.swaps = self.swaps.saturating_add(1);
                Ok(Ok(self.table.push(Swapping { swap, store, key })?))
            }
            Err(failure) => answer(Err(failure), error),
        }
    }

    async fn current(&mut self, cas: Resource<Swapping>) -> Answer<Option<Vec<u8>>> {
        let swap = self.table.get(&cas)?.swap.clone();
        answer(swap.current().await, error)
    }

    async fn drop(&mut self, cas: Resource<Swapping>) -> wasmtime::Result<()> {
        self.table.delete(cas)?;
        self.swaps = self.swaps.saturating_sub(1);
        Ok(())
    }
}

impl atomics::Host for Instance {
    async fn increment(&mut self, store: Resource<Opened>, key: String, delta: i64) -> Answer<i64> {
        answer(self.opened(&store)?.increment(&key, delta).await, error)
    }

    async fn swap(&mut self, cas: Resource<Swapping>, value: Vec<u8>) -> Answer<(), CasError> {
        // Spin keeps the handle although the call takes it, so they count until the instance is gone.
        let Swapping { swap, store, key } = self.table.delete(cas)?;
        let failure = match swap.swap(value).await {
            Ok(()) => return Ok(Ok(())),
            Err(SwapFailure::Changed) => match self.next_swap(&store, &key).await {
                Ok(next) => return Ok(Err(CasError::CasFailed(self.table.push(next)?))),
                Err(failure) => failure,
            },
            Err(SwapFailure::Failed(failure)) => failure,
        };
        answer(Err(failure), |failure| CasError::StoreError(error(failure)))
    }
}

impl Instance {
    /// The handle for the next attempt, which has looked at the value.
    async fn next_swap(
        &mut self,
        store: &std::sync::Arc<dyn crate::spin::store::Store>,
        key: &str,
    ) -> Result<Swapping, Failure> {
        if self.swaps >= OPEN {
            return Err(Failure::Other("too many compare_and_swaps opened".to_owned()));
        }
        let swap = store.compare_and_swap(key).await?;
        swap.current().await?;
        self.swaps = self.swaps.saturating_add(1);
        Ok(Swapping { swap, store: store.clone(), key: key.to_owned() })
    }
}
