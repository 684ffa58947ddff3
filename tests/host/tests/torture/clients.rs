//! Clients that quarrel about a few users.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::time::Instant;

use scim_edge_host::envoy::{Ask, End};
use serde_json::{Value, json};

use super::edge::{OWNER, Team, json_of};
use super::history::{Deed, Took, is_linearizable};
use super::random::Random;
use super::tokens::Tokens;

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
#[derive(Debug)]
pub(crate) struct Book {
    deeds: RefCell<BTreeMap<String, Vec<Took>>>,
    tokens: RefCell<Tokens>,
    /// The last one that was shown.
    token: RefCell<String>,
    tally: RefCell<Tally>,
}

/// What clients send to.
pub(crate) trait Edge {
    /// What becomes of a request; `None` where there is no answer.
    async fn ask(&self, ask: &Ask) -> Option<End>;
}

/// One client.
pub(crate) struct Client<'s, E> {
    pub(crate) edge: &'s E,
    /// With the token that this client knows.
    pub(crate) team: Team,
    pub(crate) book: &'s Book,
    /// Whether it also knocks at the gate. Where that goes by what it remembers, it may let somebody new wait.
    pub(crate) knocks: bool,
    /// Whether the edge always learns who somebody is. A host that fails to tell it is answered by 401.
    pub(crate) known: bool,
    pub(crate) random: Random,
}

/// What came of a request.
#[derive(Debug)]
enum Came {
    Answer(u16, Value),
    Passed,
    Nothing,
}

impl<E: Edge> Client<'_, E> {
    pub(crate) async fn work(mut self) {
        let mut ids = BTreeMap::new();
        for _ in 0..DEEDS {
            let name = format!("user{}", self.random.below(NAMES));
            let sent = Instant::now();
            let id = ids.get(&name).cloned();
            let deed = match (self.random.below(100), id) {
                (0..=27, _) => self.create(&name).await,
                (28..=31, _) => self.rotate().await,
                (32..=44, _) if self.knocks => self.knock(&name).await,
                (60..=84, Some(id)) => self.set_active(id).await,
                (85.., Some(id)) => self.delete(id).await,
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
        let end = self.edge.ask(ask).await;
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
            Some(End::Forwarded(_)) => {
                tally.acknowledged += 1;
                Came::Passed
            }
            None => {
                tally.unknown += 1;
                Came::Nothing
            }
        }
    }

    /// What comes of a request of the identity provider, whose token may have been replaced: nothing is done then, and
    /// the client gets the newest.
    async fn scim(&mut self, ask: Ask) -> Option<Came> {
        let sent = Instant::now();
        let came = self.ask(&ask).await;
        match &came {
            Came::Answer(401, _) => {
                if self.known {
                    self.book.tokens.borrow_mut().used(&self.team.token, false, sent);
                }
                let newest = self.book.token.borrow().clone();
                if newest == self.team.token {
                    self.rotate().await;
                } else {
                    self.team.token = newest;
                }
                return None;
            }
            Came::Answer(..=499, _) => {
                self.book.tokens.borrow_mut().used(&self.team.token, true, sent);
            }
            Came::Answer(..) | Came::Nothing => {}
            Came::Passed => panic!("forwarded: {ask:?}"),
        }
        Some(came)
    }

    async fn create(&mut self, name: &str) -> Option<Deed> {
        Some(match self.scim(self.team.create(name)).await? {
            Came::Answer(201, user) => Deed::Created(user["id"].as_str().unwrap().to_owned()),
            Came::Answer(409, _) => Deed::CreateRefused,
            Came::Nothing | Came::Answer(500.., _) => Deed::MaybeCreated,
            other => panic!("create: {other:?}"),
        })
    }

    async fn set_active(&mut self, id: String) -> Option<Deed> {
        let active = self.random.below(2) == 0;
        let operation = json!({ "op": "replace", "path": "active", "value": active });
        let patch = json!({ "Operations": [operation] });
        Some(match self.scim(self.team.scim("PATCH", &format!("/Users/{id}"), &patch)).await? {
            Came::Answer(200, _) => Deed::Set(id, active),
            Came::Answer(404, _) => Deed::Missing(id),
            Came::Nothing | Came::Answer(500.., _) => Deed::MaybeSet(id, active),
            other => panic!("set active: {other:?}"),
        })
    }

    async fn delete(&mut self, id: String) -> Option<Deed> {
        let ask = self.team.scim("DELETE", &format!("/Users/{id}"), &Value::Null);
        Some(match self.scim(ask).await? {
            Came::Answer(204, _) => Deed::Deleted(id),
            Came::Answer(404, _) => Deed::Missing(id),
            Came::Nothing | Came::Answer(500.., _) => Deed::MaybeDeleted(id),
            other => panic!("delete: {other:?}"),
        })
    }

    async fn read(&mut self, name: &str) -> Option<Deed> {
        match self.scim(self.team.find(name)).await? {
            Came::Answer(200, body) => Some(Deed::Read(found(&body))),
            Came::Nothing | Came::Answer(500.., _) => None,
            other => panic!("read: {other:?}"),
        }
    }

    async fn knock(&mut self, name: &str) -> Option<Deed> {
        match self.ask(&self.team.knock(name)).await {
            Came::Passed => Some(Deed::Passed),
            Came::Answer(403, _) => Some(Deed::Stopped),
            Came::Nothing | Came::Answer(500.., _) => None,
            Came::Answer(401, _) if !self.known => None,
            other => panic!("knock: {other:?}"),
        }
    }

    /// Asks for another token, which is nothing that is done to a user.
    async fn rotate(&mut self) -> Option<Deed> {
        let sent = Instant::now();
        let token = match self.ask(&rotating(&self.team)).await {
            Came::Answer(200, body) => Some(body["token"].as_str().unwrap().to_owned()),
            Came::Nothing | Came::Answer(500.., _) => None,
            Came::Answer(401, _) if !self.known => return None,
            other => panic!("rotate: {other:?}"),
        };
        if let Some(token) = &token {
            self.team.token.clone_from(token);
            self.book.token.borrow_mut().clone_from(token);
        }
        self.book.tokens.borrow_mut().rotated(token, sent);
        None
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
    /// Nothing was done since `team` has its token.
    pub(crate) fn new(team: &Team) -> Self {
        let mut tokens = Tokens::default();
        tokens.rotated(Some(team.token.clone()), Instant::now());
        Self {
            deeds: RefCell::default(),
            tokens: RefCell::new(tokens),
            token: RefCell::new(team.token.clone()),
            tally: RefCell::default(),
        }
    }

    fn note(&self, name: &str, deed: Deed, sent: Instant) {
        let took = Took { deed, sent, answered: Instant::now() };
        self.deeds.borrow_mut().entry(name.to_owned()).or_default().push(took);
    }

    /// Panics where what is there at the end, or was answered on the way, has no explanation. `edge` is disturbed by
    /// nothing any more.
    pub(crate) async fn judge(self, team: &Team, edge: &impl Edge) -> Tally {
        let answer = async |ask: &Ask| match edge.ask(ask).await {
            Some(End::Answered(answer)) => answer,
            other => panic!("{ask:?}: {other:?}"),
        };
        let last = Team::shown(&team.id, &answer(&rotating(team)).await);
        let replaced = self.tokens.borrow().replaced(&last.token);
        for token in replaced {
            let old = Team { token, ..team.clone() };
            assert_eq!(answer(&old.find("user0")).await.status, 401, "a token that was replaced");
        }
        for number in 0..NAMES {
            let name = format!("user{number}");
            let sent = Instant::now();
            let answer = answer(&last.find(&name)).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            self.note(&name, Deed::Read(found(&json_of(&answer))), sent);
            let sent = Instant::now();
            let passes = matches!(edge.ask(&last.knock(&name)).await, Some(End::Forwarded(_)));
            self.note(&name, if passes { Deed::Passed } else { Deed::Stopped }, sent);
        }
        for (name, deeds) in &*self.deeds.borrow() {
            assert!(is_linearizable(deeds), "{name}: {deeds:#?}");
        }
        assert_eq!(self.tokens.borrow().wrong(), None);
        self.tally.into_inner()
    }
}

/// The owner's request for another token.
fn rotating(team: &Team) -> Ask {
    Ask::new("POST", &format!("/v1/teams/{}/scim/rotate", team.id)).signed_in(OWNER)
}
