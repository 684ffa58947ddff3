//! What a commit does to counts and sections.

use super::commit::set;
use super::layout::{behind, behind_all};
use super::message::{DeleteRangeRequest, RangeResponse, Request, RequestOp};
use super::read::between;
use super::sections::{Count, Section};
use super::{Client, EtcdTransaction, Memory};
use crate::host::Host;
use crate::map::Map;
use crate::store::StoreError;

/// Changes of more keys than this are worth reading all of a folder's sections at once.
const MANY: usize = 8;

/// How many keys one call asks for.
const PAGE: i64 = 2000;

impl<C: Client, H: Host, M: Memory> EtcdTransaction<'_, C, H, M> {
    /// What is to be written so that counts and sections fit to the changes. Of all keys that are counted must be known
    /// whether they are there.
    pub(super) fn recount(&mut self) -> Result<Vec<RequestOp>, StoreError> {
        let mut folders: Map<Vec<(String, i64)>> = Map::new();
        for key in self.changes.keys() {
            let change = self.change_of_count(key);
            if let Some(folder) = self.store.options.layout.counted(key).filter(|_| change != 0) {
                folders.or_insert_with(folder.to_owned(), Vec::new).push((key.clone(), change));
            }
        }
        let mut operations = Vec::new();
        for (folder, changes) in folders {
            self.recount_folder(&folder, &changes, &mut operations)?;
        }
        Ok(operations)
    }

    fn recount_folder(
        &mut self,
        folder: &str,
        changes: &[(String, i64)],
        operations: &mut Vec<RequestOp>,
    ) -> Result<(), StoreError> {
        let before = self.counted(folder)?;
        let shape = self.store.shape;
        let change = changes.iter().map(|(_, change)| change).sum();
        let records = sum(folder, before.records, change)?;
        let divided =
            if before.divided { records >= shape.divided_min } else { records > shape.section_max };
        let count = Count { records, divided };
        if count != before {
            let value = crate::json::typed::to_vec(&count)
                .map_err(|error| StoreError::corrupt(error.to_string()))?;
            operations.push(set(self.store.paths.count(folder), (records > 0).then_some(value)));
        }
        if before.divided && !divided {
            let key = self.store.paths.section(folder);
            let range_end = behind_all(&key);
            let request = Request::DeleteRange(DeleteRangeRequest { key, range_end });
            operations.push(RequestOp { request: Some(request) });
        }
        if !divided {
            return Ok(());
        }
        if before.divided && changes.len() > MANY {
            self.table(folder)?;
        }
        for (section, change) in self.touched(folder, changes)? {
            let records = sum(folder, section.records, change)?;
            let key = self.store.paths.section(&section.first);
            if records > shape.section_max {
                self.divide(folder, &section, operations)?;
            } else if records > 0 || section.first == folder {
                operations.push(set(key, Some(records.to_string().into_bytes())));
            } else {
                operations.push(set(key, None));
            }
        }
        Ok(())
    }

    /// The sections of a folder that `changes` are in, with the sum of these.
    fn touched(
        &mut self,
        folder: &str,
        changes: &[(String, i64)],
    ) -> Result<Vec<(Section, i64)>, StoreError> {
        let mut touched: Vec<(Section, i64)> = Vec::new();
        for (key, change) in changes {
            // Changes come in the order of keys.
            if let Some((section, sum)) = touched.last_mut()
                && section.next.as_ref().is_none_or(|next| key < next)
            {
                *sum += change;
                continue;
            }
            touched.push((self.section(folder, key)?, *change));
        }
        Ok(touched)
    }

    /// Divides a section that became too long.
    fn divide(
        &mut self,
        folder: &str,
        section: &Section,
        operations: &mut Vec<RequestOp>,
    ) -> Result<(), StoreError> {
        let keys = self.keys_of(folder, section)?;
        for (place, keys) in keys.chunks(self.store.shape.section).enumerate() {
            let first = keys.first().filter(|_| place > 0).unwrap_or(&section.first);
            let records = keys.len().to_string().into_bytes();
            operations.push(set(self.store.paths.section(first), Some(records)));
        }
        Ok(())
    }

    /// The keys of a section as they will be.
    fn keys_of(&mut self, folder: &str, section: &Section) -> Result<Vec<String>, StoreError> {
        let end = section.next.as_ref().map(|next| self.store.paths.data(next));
        let end = end.unwrap_or_else(|| behind_all(&self.store.paths.data(folder)));
        let mut request = between(self.store.paths.data(&section.first), end);
        request.keys_only = true;
        request.limit = PAGE;
        let mut keys = Vec::new();
        loop {
            let scope = self.store.options.layout.scope_of_all(folder);
            let answer = self.ask(scope, vec![request.clone()])?;
            let Some(RangeResponse { kvs, more, .. }) = answer.first() else { break };
            for kv in kvs {
                let key = self.key_of(kv)?;
                if !self.changes.contains_key(key) {
                    keys.push(key.to_owned());
                }
            }
            match kvs.last() {
                Some(last) if *more => request.key = behind(&last.key),
                _ => break,
            }
        }
        let own = self.changes.range_from(&section.first);
        let own = own.take_while(|(key, _)| {
            key.starts_with(folder) && section.next.as_ref().is_none_or(|next| *key < next)
        });
        keys.extend(own.filter(|(_, value)| value.is_some()).map(|(key, _)| key.clone()));
        keys.sort_unstable();
        Ok(keys)
    }
}

fn sum(folder: &str, records: u64, change: i64) -> Result<u64, StoreError> {
    let sum = records.checked_add_signed(change);
    sum.ok_or_else(|| StoreError::corrupt(format!("the count of {folder} is too low")))
}
