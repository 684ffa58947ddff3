//! A page of a list in the order of creation, type by type.
//!
//! By cursor it begins behind an id, whether that one is still there or not, so resources that come or go between
//! two pages make no other one be left out or shown twice.

use super::candidates::{self, Part};
use super::{From, Page, Shown, Window, mark};
use crate::scim::{Cursor, Mark, Narrowed, Projection};
use crate::service::scim::collection::Collection;
use crate::service::scim::{Answer, Call};
use crate::store::Transaction;

/// The page that `window` shows, with the number of all matches.
pub(super) fn page<C: Collection>(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    parts: Vec<Part<'_, C>>,
    window: Window,
    projection: &Projection,
) -> Answer<Page> {
    candidates::refuse_long_scan(transaction, call, &parts, false)?;
    let (mut skip, behind, by_cursor) = match window.from {
        From::Skipped(skip) => (skip, None, false),
        From::Behind(marks) => (0, marks.last().copied(), true),
    };
    let mut total: u64 = 0;
    let mut shown = Shown::new(projection);
    let (mut last, mut is_last_page, mut ended_early) = (None, true, false);
    for mut part in parts {
        let (collection, kind) = (part.collection, part.kind);
        let mut items = Vec::new();
        let left = match ended_early {
            true => 0,
            false => window.count.saturating_sub(shown.resources.len()),
        };
        // One more than is shown tells whether there is another page.
        let limit = left.saturating_add(usize::from(by_cursor));
        let after = After::of(behind, kind);
        if part.wanted == Narrowed::Always {
            let count = collection.count(transaction, call)?;
            total = total.saturating_add(count);
            if after != After::All && limit > 0 {
                items = collection.page(transaction, call, after.id(), skip, limit)?;
            }
            skip = skip.saturating_sub(count);
        } else {
            let mut matches = part.matches(None);
            while let Some((item, _)) = matches.next(transaction, call)? {
                total = total.saturating_add(1);
                if after.hides(collection.id(&item)) {
                    continue;
                }
                if skip > 0 {
                    skip = skip.saturating_sub(1);
                } else if items.len() < limit {
                    items.push(item);
                }
            }
        }
        is_last_page &= items.len() <= left;
        items.truncate(left);
        let count = shown.add_all(transaction, call, collection, &items)?;
        ended_early |= count < items.len();
        if let Some(item) = items.iter().take(count).last() {
            last = Some(mark(kind, collection.id(item), None)?);
        }
    }
    let next = last.filter(|_| by_cursor && (ended_early || !is_last_page));
    Ok(Page {
        total,
        resources: shown.resources,
        next: next.map(|mark| Cursor { marks: vec![mark] }),
    })
}

/// Which resources of a type were shown on the pages before.
#[derive(Clone, Debug, PartialEq, Eq)]
enum After {
    None,
    UpTo(String),
    All,
}

impl After {
    fn of(behind: Option<Mark>, kind: u8) -> Self {
        match behind {
            Some(mark) if mark.kind > kind => Self::All,
            Some(mark) if mark.kind == kind => Self::UpTo(mark.id()),
            _ => Self::None,
        }
    }

    fn id(&self) -> Option<&str> {
        match self {
            Self::UpTo(id) => Some(id),
            Self::None | Self::All => None,
        }
    }

    fn hides(&self, id: &str) -> bool {
        match self {
            Self::None => false,
            Self::UpTo(last) => id <= last.as_str(),
            Self::All => true,
        }
    }
}
