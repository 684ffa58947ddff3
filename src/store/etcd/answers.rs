//! What a transaction asks etcd. The steps that need to know it wait for nothing: what is not answered yet is lacking, it
//! is asked, and they are done again. At one snapshot the same question always has the same answer.

use std::rc::Rc;

use super::footprint::Version;
use super::memory::{Question, Snapshot};
use super::message::{RangeRequest, RangeResponse};
use super::read::{one, trace};
use super::{Client, EtcdTransaction, Memory};
use crate::gather::Gather as _;
use crate::host::Host;
use crate::store::StoreError;

/// What is to be asked in one call.
#[derive(Debug)]
struct Call {
    /// The scope whose version comes along if nothing was read in it before.
    scope: Option<String>,
    ranges: Vec<RangeRequest>,
}

/// What was asked lately, and what is to be asked next.
#[derive(Debug, Default)]
pub(super) struct Answers {
    given: Vec<(Vec<RangeRequest>, Rc<Vec<RangeResponse>>)>,
    next: Option<Call>,
}

impl Answers {
    /// Forgets what steps that are done now have asked for.
    pub(super) fn clear(&mut self) {
        self.given.clear();
    }
}

impl<C: Client, H: Host, M: Memory> EtcdTransaction<'_, C, H, M> {
    /// What is in `ranges` at the snapshot, for steps that may have to ask for it once more.
    pub(super) fn ask(
        &mut self,
        scope: Option<&str>,
        ranges: Vec<RangeRequest>,
    ) -> Result<Rc<Vec<RangeResponse>>, StoreError> {
        if let Some((_, found)) = self.answers.given.iter().find(|(asked, _)| *asked == ranges) {
            return Ok(Rc::clone(found));
        }
        self.answers.next = Some(Call { scope: scope.map(str::to_owned), ranges });
        Err(StoreError::lacking())
    }

    /// The same for who keeps what was found, and does not ask for it again.
    pub(super) fn take(
        &mut self,
        scope: Option<&str>,
        ranges: Vec<RangeRequest>,
    ) -> Result<Vec<RangeResponse>, StoreError> {
        let found = self.ask(scope, ranges)?;
        self.answers.given.retain(|(_, given)| !Rc::ptr_eq(given, &found));
        Ok(Rc::into_inner(found).unwrap_or_default())
    }

    /// Asks etcd what was lacking, at the snapshot, which the first question fixes.
    pub(super) async fn bring_answer(&mut self) -> Result<(), StoreError> {
        let Some(Call { scope, ranges }) = self.answers.next.take() else { return Ok(()) };
        let new = scope.filter(|scope| self.footprint.version(scope).is_none());
        let mut asked = ranges.clone();
        if let Some(scope) = &new {
            asked.push(one(self.store.paths.version(Some(scope))));
        }
        let is_first = self.snapshot.is_none();
        let wanted = asked.len();
        if is_first {
            self.ask_for_news(&mut asked);
        }
        let question = self.store.memory.question(&self.store.host);
        let at = self.snapshot.map(|snapshot| snapshot.revision);
        let (mut found, revision) = self.store.read(asked, at).await?;
        if is_first {
            let news = found.split_off(wanted);
            let other = self.hear_news(question, &news, revision);
            if !other.is_empty() {
                self.store.memory.forget(&other, revision).await;
                return Err(StoreError::conflict());
            }
        }
        if let Some(scope) = new {
            let version = found.pop().and_then(|range| range.kvs.into_iter().next());
            let version = version.map_or_else(Version::default, |kv| Version {
                revision: kv.mod_revision,
                sets: kv.version,
            });
            self.footprint.scopes.insert(scope, Some(version));
        }
        self.answers.given.push((ranges, Rc::new(found)));
        Ok(())
    }

    /// Whether what came from memory is still so the first question asks too, and whether something of that kind changed.
    fn ask_for_news(&self, asked: &mut Vec<RangeRequest>) {
        let store = self.store;
        if store.memory.is_on() || !self.footprint.recalled.is_empty() {
            let recalled = self.footprint.recalled.keys();
            asked.extend(recalled.map(|key| trace(store.paths.data(key))));
            asked.push(trace(store.paths.changes()));
        }
    }

    /// Fixes the snapshot at `revision`, unless keys that came from memory are not so there: these.
    fn hear_news(
        &mut self,
        question: Question,
        news: &[RangeResponse],
        revision: i64,
    ) -> Vec<String> {
        let revision_of = |trace: &RangeResponse| trace.kvs.first().map_or(0, |kv| kv.mod_revision);
        let Some((changed, recalled)) = news.split_last() else {
            self.snapshot = Some(Snapshot { revision, changed: 0 });
            return Vec::new();
        };
        let snapshot = Snapshot { revision, changed: revision_of(changed) };
        self.store.memory.hear(&self.store.host, question, snapshot);
        let recalled = self.footprint.recalled.iter().zip(recalled);
        let other = recalled.filter(|((_, revision), trace)| revision_of(trace) != **revision);
        let other: Vec<String> = other.map(|((key, _), _)| key.clone()).gather();
        if other.is_empty() {
            self.snapshot = Some(snapshot);
        }
        other
    }
}
