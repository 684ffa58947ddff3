use std::sync::Arc;

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use redis::aio::ConnectionManager;
use redis::{AsyncCommands as _, Client, cmd, pipe};
use tokio::sync::OnceCell;

use super::{Entry, Failure, Store, Swap, SwapFailure, other};

/// Spin's provider for Redis: one connection for all that comes back by itself, and one of its own for each swap.
///
/// A swap is right, but the answer is always that it was not: what ends it is not a command of Redis. `get-many` asks
/// with a command that takes no list, and fails. A connection that was lost is tried again after one to two seconds, then
/// only after one to two minutes.
pub struct Redis {
    client: Client,
    connection: OnceCell<ConnectionManager>,
}

impl Redis {
    /// The store at a URL like `redis://127.0.0.1:6379`. Connects when it is first opened.
    pub fn at(url: &str) -> Result<Self> {
        let client = Client::open(url).with_context(|| format!("{url:?} is no URL of a Redis"))?;
        Ok(Self { client, connection: OnceCell::new() })
    }

    async fn connection(&self) -> Result<ConnectionManager, Failure> {
        let connect = || self.client.get_connection_manager();
        self.connection.get_or_try_init(connect).await.cloned().map_err(other)
    }
}

#[async_trait]
impl Store for Redis {
    async fn open(&self) -> Result<(), Failure> {
        // Only to find a lost connection: it is made again meanwhile.
        self.connection().await?.ping::<()>().await.ok();
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Failure> {
        self.connection().await?.get(key).await.map_err(other)
    }

    async fn set(&self, key: &str, value: Vec<u8>) -> Result<(), Failure> {
        self.connection().await?.set(key, value).await.map_err(other)
    }

    async fn delete(&self, key: &str) -> Result<(), Failure> {
        self.connection().await?.del(key).await.map_err(other)
    }

    async fn exists(&self, key: &str) -> Result<bool, Failure> {
        self.connection().await?.exists(key).await.map_err(other)
    }

    async fn keys(&self) -> Result<Vec<String>, Failure> {
        self.connection().await?.keys("*").await.map_err(other)
    }

    async fn get_many(&self, keys: Vec<String>) -> Result<Vec<Entry>, Failure> {
        self.connection().await?.keys(keys).await.map_err(other)
    }

    async fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> Result<(), Failure> {
        self.connection().await?.mset(&entries).await.map_err(other)
    }

    async fn delete_many(&self, keys: Vec<String>) -> Result<(), Failure> {
        self.connection().await?.del(keys).await.map_err(other)
    }

    async fn increment(&self, key: &str, delta: i64) -> Result<i64, Failure> {
        self.connection().await?.incr(key, delta).await.map_err(other)
    }

    async fn compare_and_swap(&self, key: &str) -> Result<Arc<dyn Swap>, Failure> {
        let connection = self.client.get_connection_manager().await.map_err(other)?;
        Ok(Arc::new(Begun { key: key.to_owned(), connection }))
    }
}

struct Begun {
    key: String,
    connection: ConnectionManager,
}

#[async_trait]
impl Swap for Begun {
    async fn current(&self) -> Result<Option<Vec<u8>>, Failure> {
        let mut connection = self.connection.clone();
        cmd("WATCH").arg(&self.key).exec_async(&mut connection).await.map_err(other)?;
        connection.get(&self.key).await.map_err(other)
    }

    async fn swap(&self, value: Vec<u8>) -> Result<(), SwapFailure> {
        let mut connection = self.connection.clone();
        let set: redis::RedisResult<()> =
            pipe().atomic().set(&self.key, value).query_async(&mut connection).await;
        // UNWATCH takes no key.
        let end = cmd("UNWATCH").arg(&self.key).exec_async(&mut connection).await;
        end.and(set).map_err(|_| SwapFailure::Changed)
    }
}
