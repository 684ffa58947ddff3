//! A page of a list in an order that was asked for. Of every match no more is kept than its place; the resources of
//! the page are read again.
//!
//! By cursor it begins behind the last resource of the page before that is still there at the same place. Whatever
//! stood before it was shown, so others that come, go or move make no resource that stays be left out or shown twice.

use std::cmp::Ordering;

use super::candidates::{self, Part};
use super::{From, Page, Shown, Window, mark};
use crate::gather::Gather as _;
use crate::scim::cursor::{MAX_MARKS, expired};
use crate::scim::{Cursor, Lookup, Mark, Projection, Sort, SortKey};
use crate::service::scim::collection::{Collection, EXPECTED, Look};
use crate::service::scim::{Answer, Call, refused};
use crate::store::{StoreError, Transaction};

/// A match.
struct Place {
    key: SortKey,
    id: String,
    kind: u8,
}

/// The page that `window` shows, with the number of all matches.
pub(super) fn page<C: Collection>(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    mut parts: Vec<Part<'_, C>>,
    window: Window,
    sort: &Sort,
    projection: &Projection,
) -> Answer<Page> {
    candidates::refuse_long_scan(transaction, call, &parts, true)?;
    let mut places = Vec::new();
    for part in &mut parts {
        let (collection, kind) = (part.collection, part.kind);
        let mut matches = part.matches(Some(&sort.by));
        while let Some((item, complete)) = matches.next(transaction, call)? {
            let key = sort.key(collection.resource_type(), &complete);
            places.push(Place { key, id: collection.id(&item).to_owned(), kind });
        }
    }
    places.sort_unstable_by(|one, other| compare(sort, one, other));
    let total = places.len();
    let (start, by_cursor) = match &window.from {
        From::Skipped(skip) => (usize::try_from(*skip).unwrap_or(usize::MAX), false),
        From::Behind(marks) if marks.is_empty() => (0, true),
        From::Behind(marks) => (behind(marks, &places).ok_or_else(|| refused(expired()))?, true),
    };
    let mut end = start.saturating_add(window.count).min(total);
    let mut shown = Shown::new(projection);
    for (at, place) in (start..).zip(places.get(start..end).unwrap_or_default()) {
        if at.saturating_sub(start).is_multiple_of(EXPECTED) {
            let next = places.get(at..end.min(at.saturating_add(EXPECTED))).unwrap_or_default();
            for Part { collection, kind, .. } in &parts {
                let of_kind = next.iter().filter(|place| place.kind == *kind);
                let ids: Vec<&str> = of_kind.map(|place| &*place.id).gather();
                let look = Look::Found(projection);
                collection.expect(transaction, call, &ids, look);
            }
        }
        let part = parts.iter().find(|part| part.kind == place.kind);
        let Some(part) = part else { continue };
        let lookup = Lookup::Id(place.id.clone());
        let found = part.collection.look_up(transaction, call, &lookup)?;
        let item = found.into_iter().flatten().next().ok_or_else(|| {
            StoreError::corrupt("a resource that was listed is not found by its id")
        })?;
        if !shown.add(transaction, call, part.collection, &item)? {
            end = at;
            break;
        }
    }
    let next = if by_cursor && end < total { Some(cursor(&places, end)?) } else { None };
    let total = u64::try_from(total).unwrap_or(u64::MAX);
    Ok(Page { total, resources: shown.resources, next })
}

/// Resources at the same place come by id.
fn compare(sort: &Sort, one: &Place, other: &Place) -> Ordering {
    let by_id = || (&one.id, one.kind).cmp(&(&other.id, other.kind));
    sort.compare(&one.key, &other.key).then_with(by_id)
}

/// How many places are up to the last mark that is still there. `None` where none is, and others stood before them.
fn behind(marks: &[Mark], places: &[Place]) -> Option<usize> {
    let still_there = marks.iter().rev().find_map(|mark| {
        let id = mark.id();
        let at = places.iter().position(|place| place.kind == mark.kind && place.id == id)?;
        let same = |place: &Place| {
            Mark::behind(place.kind, &place.id, Some(&place.key)).as_ref() == Some(mark)
        };
        places.get(at).is_some_and(same).then(|| at.saturating_add(1))
    });
    still_there.or_else(|| (marks.len() < MAX_MARKS).then_some(0))
}

/// The cursor behind the first `end` places.
fn cursor(places: &[Place], end: usize) -> Result<Cursor, StoreError> {
    let marked = places.get(end.saturating_sub(MAX_MARKS)..end).unwrap_or_default();
    let marks = marked.iter().map(|place| mark(place.kind, &place.id, Some(&place.key)));
    Ok(Cursor { marks: marks.try_gather()? })
}
