//! What a commit writes: the changed records, the counts of their folders, the version of each scope, and where
//! records went that nodes may remember, word of that.

use prost::Message as _;
use serde_json::Value;

use super::message::{DeleteRangeRequest, PutRequest, Request, RequestOp, TxnRequest};
use super::nest::nest;
use super::read::one;
use super::remembered::settling;
use super::send::Attempt;
use super::{Client, EtcdTransaction, Memory};
use crate::gather::Gather as _;
use crate::host::Host;
use crate::json::to_bytes;
use crate::json::typed::object;
use crate::map::Set;
use crate::store::{Receipt, StoreError, Transaction as _};

/// Room in a request for what etcd puts around it.
const ENVELOPE: usize = 4096;

/// How many records are named as changed. Where it is more, all that is remembered is in doubt.
const NAMED_MAX: usize = 1000;

impl<C: Client, H: Host, M: Memory> EtcdTransaction<'_, C, H, M> {
    /// Writes the changes. Those that change nothing, as far as is known without asking, are none.
    pub(super) async fn write(mut self) -> Result<Receipt, StoreError> {
        self.drop_idle_changes();
        if self.changes.is_empty() {
            return Ok(self.witnessed());
        }
        let (snapshot, bookkeeping) = loop {
            match self.prepare() {
                Err(error) if error.is_lacking() => self.bring_answer().await?,
                prepared => break prepared?,
            }
        };
        if self.changes.is_empty() {
            return Ok(self.witnessed());
        }
        let scopes = self.written_scopes();
        let first = self.store.paths.version(scopes.first().and_then(Option::as_deref));
        let sets = scopes.first().and_then(Option::as_ref);
        let sets = sets.and_then(|scope| self.footprint.version(scope)).map(|version| version.sets);
        let replaced = self.replaced();
        let id = self.random_id();
        let request = self.request(snapshot, &scopes, &replaced, &id, bookkeeping)?;

        let attempt = Attempt { request, id, version: first, sets, snapshot };
        let store = self.store;
        let sent = store.send(attempt).await;
        if sent.as_ref().is_err_and(StoreError::is_conflict) {
            store.turns.meet(scopes.first().and_then(Option::as_deref).unwrap_or_default());
        }
        let revision = sent?;
        let mut receipt = self.witnessed();
        if !replaced.is_empty() {
            let settled = store.host.uptime().saturating_add(settling(store.options.remember));
            receipt.settles_at = receipt.settles_at.max(settled);
            store.memory.forget(&replaced, revision).await;
        }
        Ok(receipt)
    }

    fn drop_idle_changes(&mut self) {
        let known = &self.known;
        self.changes.retain(|key, change| match (known.get(key), change) {
            (Some(known), None) => known.is_there,
            (Some(known), Some(value)) => known.value.as_ref() != Some(value),
            (None, _) => true,
        });
    }

    /// Finds out what has to be known of the changed records, and gives back the snapshot, and what becomes of counts.
    fn prepare(&mut self) -> Result<(i64, Vec<RequestOp>), StoreError> {
        let layout = self.store.options.layout;
        let matters = |key: &String| layout.counted(key).is_some() || (layout.is_remembered)(key);
        let keys: Vec<String> = self.changes.keys().filter(|key| matters(key)).cloned().gather();
        // Of a folder whose records stay as many nothing has to be known.
        let may_change =
            |key: &&String| !self.known.contains_key(key) || self.change_of_count(key) != 0;
        let folders = keys.iter().filter(may_change).filter_map(|key| layout.counted(key));
        let folders = folders.filter(|folder| !self.counts.contains_key(folder));
        let folders: Set = folders.map(str::to_owned).collect();
        self.look_up(keys.into_iter(), &Vec::from_iter(folders))?;
        self.drop_idle_changes();
        let bookkeeping = self.recount()?;
        if self.snapshot.is_none() {
            // Nothing was read and nothing is asked: only from when on others are in the way.
            let version = self.store.paths.version(None);
            self.ask(None, vec![one(version)])?;
        }
        let snapshot = self.snapshot.map(|snapshot| snapshot.revision);
        let snapshot = snapshot.ok_or_else(|| StoreError::corrupt("no snapshot"))?;
        Ok((snapshot, bookkeeping))
    }

    /// By how much the change of `key` changes the count of its folder.
    pub(super) fn change_of_count(&self, key: &str) -> i64 {
        let will_be_there = self.changes.get(key).is_some_and(Option::is_some);
        i64::from(will_be_there) - i64::from(self.is_there(key))
    }

    /// The scopes that are written in. What lies outside of scopes needs one only where nothing else is written.
    fn written_scopes(&self) -> Vec<Option<String>> {
        let scope = self.store.options.layout.scope;
        let scopes = self.changes.keys().filter_map(|key| scope(key));
        let mut scopes: Vec<Option<&str>> = scopes.map(Some).gather();
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() {
            return vec![None];
        }
        scopes.into_iter().map(|scope| scope.map(str::to_owned)).gather()
    }

    /// The records that other nodes may remember and must not go by any more.
    fn replaced(&self) -> Vec<String> {
        let is_remembered = self.store.options.layout.is_remembered;
        let keys = self.changes.keys().filter(|key| is_remembered(key) && self.is_there(key));
        keys.cloned().gather()
    }

    fn random_id(&self) -> String {
        let mut bytes = [0; 16];
        self.store.host.fill(&mut bytes);
        hex::encode(bytes)
    }

    fn request(
        &self,
        snapshot: i64,
        scopes: &[Option<String>],
        replaced: &[String],
        id: &str,
        mut success: Vec<RequestOp>,
    ) -> Result<TxnRequest, StoreError> {
        let paths = &self.store.paths;
        for (key, change) in self.changes.iter() {
            success.push(set(paths.data(key), change.clone()));
        }
        for scope in scopes {
            success.push(set(paths.version(scope.as_deref()), Some(version(id))));
        }
        if !replaced.is_empty() {
            let named = replaced.len() <= NAMED_MAX;
            let value = if named { Value::from(replaced) } else { Value::from("all") };
            success.push(set(paths.changes(), Some(to_bytes(&value))));
        }
        let first = paths.version(scopes.first().and_then(Option::as_deref));
        let request = TxnRequest {
            compare: self.footprint.compares(paths, snapshot, scopes),
            success: nest(success).ok_or_else(|| StoreError::too_large("transaction"))?,
            failure: vec![RequestOp { request: Some(Request::Range(one(first))) }],
        };
        let room = self.store.options.max_request_bytes.saturating_sub(ENVELOPE);
        if request.encoded_len() > room {
            return Err(StoreError::too_large("transaction"));
        }
        Ok(request)
    }
}

/// The value of a scope's version: which transaction wrote in it last.
pub(super) fn version(id: &str) -> Vec<u8> {
    to_bytes(&object!({ "transaction": id }))
}

/// Sets `key`, or deletes it.
pub(super) fn set(key: Vec<u8>, value: Option<Vec<u8>>) -> RequestOp {
    let request = match value {
        Some(value) => Request::Put(PutRequest { key, value }),
        None => Request::DeleteRange(DeleteRangeRequest { key, range_end: Vec::new() }),
    };
    RequestOp { request: Some(request) }
}
