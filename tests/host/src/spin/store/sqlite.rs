use std::path::Path;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, named_params, params};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::block_in_place;

use super::{Entry, Failure, Store, Swap, SwapFailure, other};

const GET: &str = "SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2";
const SET: &str = "INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3) \
                   ON CONFLICT (store, key) DO UPDATE SET value = ?3";

/// Spin's default: a table in a file, one connection that everybody waits for, a transaction and an fsync for each write.
///
/// A swap compares values, but one from *absent* overwrites whatever is there by then. `get-many` leaves out what is
/// not there. The file can be opened by Spin, and Spin's by this.
#[derive(Clone)]
pub struct Sqlite(Arc<Inner>);

struct Inner {
    label: String,
    connection: Mutex<Connection>,
}

impl Sqlite {
    /// The store with that label in the file, which is made if it is missing.
    pub fn open(file: &Path, label: &str) -> Result<Self> {
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open(file)?;
            let table = "CREATE TABLE IF NOT EXISTS spin_key_value (store TEXT NOT NULL, key TEXT NOT NULL, \
                         value BLOB NOT NULL, PRIMARY KEY (store, key))";
            connection.execute(table, [])?;
            rusqlite::vtab::array::load_module(&connection)?;
            Ok(connection)
        };
        let connection = open().with_context(|| format!("{} cannot be used", file.display()))?;
        let inner = Inner { label: label.to_owned(), connection: Mutex::new(connection) };
        Ok(Self(Arc::new(inner)))
    }

    fn run<T>(
        &self,
        work: impl FnOnce(&mut Connection, &str) -> rusqlite::Result<T>,
    ) -> Result<T, Failure> {
        let work = || {
            let mut connection = self.0.connection.lock().unwrap_or_else(PoisonError::into_inner);
            work(&mut connection, &self.0.label).map_err(other)
        };
        // Where there is one thread, there is nobody who could go on meanwhile.
        match Handle::current().runtime_flavor() {
            RuntimeFlavor::CurrentThread => work(),
            _ => block_in_place(work),
        }
    }
}

/// Keys as SQLite's `rarray` takes them.
fn array(keys: Vec<String>) -> Rc<Vec<Value>> {
    Rc::new(keys.into_iter().map(Value::from).collect())
}

#[async_trait]
impl Store for Sqlite {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Failure> {
        self.run(|connection, label| {
            connection.prepare_cached(GET)?.query_row([label, key], |row| row.get(0)).optional()
        })
    }

    async fn set(&self, key: &str, value: Vec<u8>) -> Result<(), Failure> {
        self.run(|connection, label| {
            connection.prepare_cached(SET)?.execute(params![label, key, value]).map(drop)
        })
    }

    async fn delete(&self, key: &str) -> Result<(), Failure> {
        self.run(|connection, label| {
            let delete = "DELETE FROM spin_key_value WHERE store = ?1 AND key = ?2";
            connection.prepare_cached(delete)?.execute([label, key]).map(drop)
        })
    }

    async fn exists(&self, key: &str) -> Result<bool, Failure> {
        Ok(self.get(key).await?.is_some())
    }

    async fn keys(&self) -> Result<Vec<String>, Failure> {
        self.run(|connection, label| {
            let keys = "SELECT key FROM spin_key_value WHERE store = ?1";
            connection.prepare_cached(keys)?.query_map([label], |row| row.get(0))?.collect()
        })
    }

    async fn get_many(&self, keys: Vec<String>) -> Result<Vec<Entry>, Failure> {
        self.run(|connection, label| {
            let get = "SELECT key, value FROM spin_key_value WHERE store = :store AND key IN rarray(:keys)";
            let named = named_params! { ":store": label, ":keys": array(keys) };
            let mut statement = connection.prepare_cached(get)?;
            statement.query_map(named, |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })
    }

    async fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> Result<(), Failure> {
        self.run(|connection, label| {
            let transaction = connection.transaction()?;
            for (key, value) in entries {
                transaction.prepare_cached(SET)?.execute(params![label, key, value])?;
            }
            transaction.commit()
        })
    }

    async fn delete_many(&self, keys: Vec<String>) -> Result<(), Failure> {
        self.run(|connection, label| {
            let delete = "DELETE FROM spin_key_value WHERE store = :store AND key IN rarray(:keys)";
            let named = named_params! { ":store": label, ":keys": array(keys) };
            connection.prepare_cached(delete)?.execute(named).map(drop)
        })
    }

    async fn increment(&self, key: &str, delta: i64) -> Result<i64, Failure> {
        self.run(|connection, label| {
            let transaction = connection.transaction()?;
            let before: Option<[u8; 8]> = transaction
                .prepare_cached(GET)?
                .query_row([label, key], |row| row.get(0))
                .optional()?;
            let after = before.map_or(0, i64::from_le_bytes).wrapping_add(delta);
            let value = after.to_le_bytes();
            transaction.prepare_cached(SET)?.execute(params![label, key, value])?;
            transaction.commit()?;
            Ok(after)
        })
    }

    async fn compare_and_swap(&self, key: &str) -> Result<Arc<dyn Swap>, Failure> {
        let begun = Begun { store: self.clone(), key: key.to_owned(), before: Mutex::new(None) };
        Ok(Arc::new(begun))
    }
}

struct Begun {
    store: Sqlite,
    key: String,
    before: Mutex<Option<Vec<u8>>>,
}

#[async_trait]
impl Swap for Begun {
    async fn current(&self) -> Result<Option<Vec<u8>>, Failure> {
        let value = self.store.get(&self.key).await?;
        self.before.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&value);
        Ok(value)
    }

    async fn swap(&self, value: Vec<u8>) -> Result<(), SwapFailure> {
        let before = self.before.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let rows = self.store.run(|connection, label| match before {
            Some(before) => {
                let update = "UPDATE spin_key_value SET value = :value \
                              WHERE store = :store AND key = :key AND value = :before";
                connection.prepare_cached(update)?.execute(named_params! {
                    ":store": label, ":key": self.key, ":before": before, ":value": value,
                })
            }
            None => connection.prepare_cached(SET)?.execute(params![label, self.key, value]),
        })?;
        if rows == 1 { Ok(()) } else { Err(SwapFailure::Changed) }
    }
}

#[cfg(test)]
mod tests;
