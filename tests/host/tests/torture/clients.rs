//! Clients that quarrel about a few users.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::time::Instant;

use scim_edge_host::envoy::{Answer, Ask, End};
use serde_json::{Value, json};

use super::edge::{Team, json_of};
use super::history::{Deed, Took, is_linearizable};
use super::random::Random;
use super::slot::Slot;

const NAMES: usize = 3;
const DEEDS: usize = 6;

/// How many requests ended how.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) acknowledged: usize,
    pub(crate) refused: usize,
    pub(crate) unknown: usize,
    pub(crate) crashes: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, more: Self) {
        self.acknowledged += more.acknowledged;
        self.refused += more.refused;
        self.unknown += more.unknown;
        self.crashes += more.crashes;
    }
}

/// All that was done.
#[derive(Debug, Default)]
pub(crate) struct Book {
    deeds: RefCell<BTreeMap<String, Vec<Took>>>,
    tally: RefCell<Tally>,
}

/// One client.
pub(crate) struct Client<'s> {
    pub(crate) slot: &'s Slot,
    pub(crate) team: &'s Team,
    pub(crate) book: &'s Book,
    pub(crate) random: Random,
}

/// What came of a request.
enum Came {
    Answer(u16, Value),
    Nothing,
}

impl Client<'_> {
    pub(crate) async fn work(mut self) {
        let mut ids = BTreeMap::new();
        for _ in 0..DEEDS {
            let name = format!("user{}", self.random.below(NAMES));
            let sent = Instant::now();
            let id = ids.get(&name).cloned();
            let deed = match (self.random.below(100), id) {
                (0..=29, _) => Some(self.create(&name).await),
                (60..=84, Some(id)) => Some(self.set_active(id).await),
                (85.., Some(id)) => Some(self.delete(id).await),
                _ => self.read(&name).await,
            };
            if let Some(Deed::Created(id) | Deed::Read(Some((id, _)))) = &deed {
                ids.insert(name.clone(), id.clone());
            }
            if let Some(deed) = deed {
                self.book.note(&name, deed, sent);
            }
        }
    }

    async fn ask(&self, ask: &Ask) -> Came {
        let end = self.slot.ask(ask).await;
        let mut tally = self.book.tally.borrow_mut();
        match end {
            Some(End::Answered(answer)) => {
                match answer.status {
                    200..=299 => tally.acknowledged += 1,
                    400..=499 => tally.refused += 1,
                    _ => tally.unknown += 1,
                }
                let body = if answer.body.is_empty() { Value::Null } else { json_of(&answer) };
                Came::Answer(answer.status, body)
            }
            Some(End::Forwarded(forwarded)) => panic!("forwarded: {forwarded:?}"),
            None => {
                tally.unknown += 1;
                Came::Nothing
            }
        }
    }

    async fn create(&self, name: &str) -> Deed {
        match self.ask(&self.team.create(name)).await {
            Came::Answer(201, user) => Deed::Created(user["id"].as_str().unwrap().to_owned()),
            Came::Answer(409, _) => Deed::CreateRefused,
            Came::Nothing | Came::Answer(500.., _) => Deed::MaybeCreated,
            Came::Answer(status, body) => panic!("create: {status} {body}"),
        }
    }

    async fn set_active(&mut self, id: String) -> Deed {
        let active = self.random.below(2) == 0;
        let operation = json!({ "op": "replace", "path": "active", "value": active });
        let patch = json!({ "Operations": [operation] });
        match self.ask(&self.team.scim("PATCH", &format!("/Users/{id}"), &patch)).await {
            Came::Answer(200, _) => Deed::Set(id, active),
            Came::Answer(404, _) => Deed::Missing(id),
            Came::Nothing | Came::Answer(500.., _) => Deed::MaybeSet(id, active),
            Came::Answer(status, body) => panic!("set active: {status} {body}"),
        }
    }

    async fn delete(&self, id: String) -> Deed {
        match self.ask(&self.team.scim("DELETE", &format!("/Users/{id}"), &Value::Null)).await {
            Came::Answer(204, _) => Deed::Deleted(id),
            Came::Answer(404, _) => Deed::Missing(id),
            Came::Nothing | Came::Answer(500.., _) => Deed::MaybeDeleted(id),
            Came::Answer(status, body) => panic!("delete: {status} {body}"),
        }
    }

    async fn read(&self, name: &str) -> Option<Deed> {
        match self.ask(&self.team.find(name)).await {
            Came::Answer(200, body) => Some(Deed::Read(found(&body))),
            Came::Nothing | Came::Answer(500.., _) => None,
            Came::Answer(status, body) => panic!("read: {status} {body}"),
        }
    }
}

/// The one user that a search found.
fn found(body: &Value) -> Option<(String, bool)> {
    let users = body["Resources"].as_array().unwrap();
    assert!(users.len() <= 1, "a name is used twice: {body}");
    let user = users.first()?;
    Some((user["id"].as_str().unwrap().to_owned(), user["active"] == json!(true)))
}

impl Book {
    fn note(&self, name: &str, deed: Deed, sent: Instant) {
        let took = Took { deed, sent, answered: Instant::now() };
        self.deeds.borrow_mut().entry(name.to_owned()).or_default().push(took);
    }

    /// Panics where what is there at the end, or was answered on the way, has no explanation. `read` gives the answer to
    /// a request that nothing disturbs.
    pub(crate) fn judge(self, team: &Team, mut read: impl FnMut(&Ask) -> Answer) -> Tally {
        for number in 0..NAMES {
            let name = format!("user{number}");
            let sent = Instant::now();
            let answer = read(&team.find(&name));
            assert_eq!(answer.status, 200, "{answer:?}");
            self.note(&name, Deed::Read(found(&json_of(&answer))), sent);
        }
        for (name, deeds) in &*self.deeds.borrow() {
            assert!(is_linearizable(deeds), "{name}: {deeds:#?}");
        }
        self.tally.into_inner()
    }
}
