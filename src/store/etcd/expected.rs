//! What is expected to be asked for is asked for in few calls.

use super::layout::behind_all;
use super::message::RangeRequest;
use super::read::{between, count_of, one};
use super::transaction::{Known, total};
use super::{Client, EtcdTransaction, Memory};
use crate::gather::Gather as _;
use crate::host::Host;
use crate::store::{Expected, StoreError};

/// How much one call asks for, as [`What::weight`] has it.
const CALL: usize = 4000;

/// How many entries a range may have. One that has more is asked for when it is wanted, page by page.
const FEW: i64 = 100;

/// What is expected of a key or a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Value,
    Count,
    Entries,
}

impl What {
    fn weight(self) -> usize {
        match self {
            Self::Value => 20,
            Self::Count => 1,
            Self::Entries => 60,
        }
    }

    fn request(self, path: Vec<u8>) -> RangeRequest {
        match self {
            Self::Value => one(path),
            Self::Count => total(path),
            Self::Entries => {
                let end = behind_all(&path);
                RangeRequest { limit: FEW, ..between(path, end) }
            }
        }
    }
}

impl<C: Client, H: Host, M: Memory> EtcdTransaction<'_, C, H, M> {
    /// Reads what is expected and not known yet. Of the first's scope, and of what has none, as a call brings the version
    /// of one scope along.
    pub(super) fn bring_expected(&mut self) -> Result<(), StoreError> {
        let layout = self.store.options.layout;
        // It stays expected until all of it is there.
        let Expected { keys, counts, ranges } = self.expected.clone();
        let keys = keys.into_iter().map(|key| (What::Value, key));
        let counts = counts.into_iter().map(|prefix| (What::Count, prefix));
        let ranges = ranges.into_iter().map(|prefix| (What::Entries, prefix));
        let mut wanted: Vec<(What, String)> = keys.chain(counts).chain(ranges).gather();
        let scope_of = |what: What, name: &str| match what {
            What::Value => (layout.scope)(name).map(str::to_owned),
            What::Count | What::Entries => layout.scope_of_all(name).map(str::to_owned),
        };
        let scope = wanted.iter().find_map(|(what, name)| scope_of(*what, name));
        wanted.retain(|(what, name)| {
            let fits = match scope_of(*what, name) {
                Some(of) => Some(of) == scope,
                None => *what == What::Value,
            };
            fits && self.is_new(*what, name)
        });
        let mut rest = wanted.as_slice();
        while !rest.is_empty() {
            let mut weight = 0;
            let fits = |(what, _): &&(What, String)| {
                weight += what.weight();
                weight <= CALL
            };
            let (step, behind) = rest.split_at(rest.iter().take_while(fits).count());
            rest = behind;
            let request = |(what, name): &(What, String)| what.request(self.store.paths.data(name));
            let found = self.take(scope.as_deref(), step.iter().map(request).gather())?;
            for ((what, name), found) in step.iter().zip(found) {
                match what {
                    What::Value => self.keep(name, found),
                    What::Count => drop(self.totals.insert(name.clone(), count_of(&found))),
                    What::Entries => {
                        let held = (!found.more).then_some(found.kvs);
                        self.held.insert(name.clone(), held);
                    }
                }
            }
        }
        self.expected = Expected::default();
        Ok(())
    }

    fn is_new(&self, what: What, name: &str) -> bool {
        match what {
            What::Value => {
                let known = self.known.get(name);
                !self.changes.contains_key(name) && known.is_none_or(Known::lacks_its_value)
            }
            // What is counted has its count beside it.
            What::Count => {
                !self.store.options.layout.is_counted(name) && !self.totals.contains_key(name)
            }
            What::Entries => !self.held.contains_key(name),
        }
    }
}

impl Known {
    fn lacks_its_value(&self) -> bool {
        self.is_there && self.value.is_none()
    }
}
