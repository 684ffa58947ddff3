//! Which resources a query has to look at: those that an index finds, or all, up to a limit.

use serde_json::{Map, Value};

use crate::gather::Gather as _;
use crate::scim::query::MAX_SCANNED;
use crate::scim::{AttributePath, Filter, Narrowed, ScimError, ScimErrorKind};
use crate::service::scim::collection::{Asked, Collection, EXPECTED, Look};
use crate::service::scim::{Answer, Call, refused};
use crate::store::{StoreError, Transaction};

/// How many of them are read at first. Then it is as many as were read before: each time that something is lacking all is
/// read once more, and so that is seldom.
const SCAN_STEP: usize = EXPECTED;

/// The resources of one type that a query is about.
pub(super) struct Part<'c, C: Collection> {
    pub(super) collection: &'c C,
    /// Which of the types this is, counted from 0.
    pub(super) kind: u8,
    /// What the filter asks of them.
    pub(super) wanted: Narrowed,
    /// Those that an index found, in the order of their creation.
    indexed: Option<Vec<C::Item>>,
}

/// A resource that the filter holds for, with what was asked of it.
type Match<C> = (<C as Collection>::Item, Map<String, Value>);

/// The resources of a part that the filter holds for, one by one.
pub(super) struct Matches<'p, C: Collection> {
    collection: &'p C,
    asked: Asked<'p>,
    read: std::vec::IntoIter<C::Item>,
    /// The last one that was read of the store; `None` before the first.
    last: Option<String>,
    /// How many are read next.
    step: usize,
    /// Whether there is nothing left to read.
    all_read: bool,
}

/// The parts of a query that something can be found in.
pub(super) fn parts<'c, C: Collection>(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    collections: &'c [C],
    filter: Option<&Filter>,
) -> Result<Vec<Part<'c, C>>, StoreError> {
    let mut parts = Vec::with_capacity(collections.len());
    for (kind, collection) in (0..).zip(collections) {
        let narrow = |filter: &Filter| filter.narrow(collection.resource_type());
        let wanted = filter.map_or(Narrowed::Always, narrow);
        let mut indexed = match &wanted {
            Narrowed::Never => continue,
            Narrowed::Always => None,
            Narrowed::If(filter) => match filter.lookup() {
                Some(lookup) => collection.look_up(transaction, call, &lookup)?,
                None => None,
            },
        };
        if let Some(found) = &mut indexed {
            found.sort_unstable_by(|one, other| collection.id(one).cmp(collection.id(other)));
        }
        parts.push(Part { collection, kind, wanted, indexed });
    }
    Ok(parts)
}

/// Refuses to look at more resources than [`MAX_SCANNED`]. Without an order (`sorted`), those of a type of which all
/// are wanted need not be looked at.
pub(super) fn refuse_long_scan<C: Collection>(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    parts: &[Part<'_, C>],
    sorted: bool,
) -> Answer<()> {
    let mut total: u64 = 0;
    for part in parts {
        let looked_at = part.indexed.is_none() && (sorted || part.wanted != Narrowed::Always);
        if looked_at {
            total = total.saturating_add(part.collection.count(transaction, call)?);
        }
    }
    if total <= MAX_SCANNED {
        return Ok(());
    }
    let what = if sorted { "this order" } else { "this filter" };
    Err(refused(ScimError::new(
        ScimErrorKind::TooMany,
        format!(
            "{what} would have to look at {total} resources, {MAX_SCANNED} at the most; ask for id, \
             externalId, userName, emails.value or displayName of a group with eq"
        ),
    )))
}

impl<'c, C: Collection> Part<'c, C> {
    /// Its matches, in the order of their creation, with what the filter and `sort_by` compare.
    pub(super) fn matches<'p>(&'p mut self, sort_by: Option<&'p AttributePath>) -> Matches<'p, C>
    where
        'c: 'p,
    {
        let all_read = self.indexed.is_some();
        let read = self.indexed.take().unwrap_or_default().into_iter();
        let filter = match &self.wanted {
            Narrowed::If(filter) => Some(filter),
            Narrowed::Always | Narrowed::Never => None,
        };
        let asked = Asked { filter, sort_by };
        Matches { collection: self.collection, asked, read, last: None, step: SCAN_STEP, all_read }
    }
}

impl<C: Collection> Matches<'_, C> {
    /// The next one, with what was asked of it.
    pub(super) fn next(
        &mut self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
    ) -> Answer<Option<Match<C>>> {
        loop {
            while let Some(item) = self.read.next() {
                let complete = self.collection.complete(transaction, call, &item, self.asked)?;
                let holds = self.asked.filter.is_none_or(|filter| {
                    filter.matches(self.collection.resource_type(), &complete)
                });
                if holds {
                    return Ok(Some((item, complete)));
                }
            }
            if self.all_read {
                return Ok(None);
            }
            let after = self.last.as_deref();
            let page = self.collection.page(transaction, call, after, 0, self.step)?;
            self.all_read = page.len() < self.step;
            self.step = if after.is_none() { self.step } else { self.step.saturating_mul(2) };
            self.last = page.last().map(|item| self.collection.id(item).to_owned());
            let ids: Vec<&str> = page.iter().map(|item| self.collection.id(item)).gather();
            let look = Look::Compared(self.asked);
            self.collection.expect(transaction, call, &ids, look);
            self.read = page.into_iter();
        }
    }
}
