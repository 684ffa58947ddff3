//! Many clients writing to one team at once, on both workers.
//!
//! Each client has users of its own, of which it knows what it was told last, and all of them fight over a few
//! shared ones. What a client was told has to be true afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use xtask::client::Client;

use crate::answer::Answer;
use crate::patience::repeat_for;
use crate::site::Site;
use crate::team::{Team, set_active};

const PERIOD: Duration = Duration::from_secs(30);
/// Users that only one client writes, for each client.
const OWN: u64 = 12;
/// Users that all clients write.
const SHARED: u64 = 4;

/// What one client did and was told.
struct Writer<'t> {
    team: &'t Team<'t>,
    client: Client,
    number: usize,
    random: u64,
    /// Its own users: id, whether active, title. Not there: not created, or deleted.
    own: BTreeMap<String, (String, bool, String)>,
    figures: Figures,
}

#[derive(Clone, Copy, Debug, Default)]
struct Figures {
    requests: u64,
    acknowledged: u64,
    conflicts: u64,
    unavailable: u64,
    gone: u64,
}

impl Writer<'_> {
    /// xorshift64: any spread will do.
    fn dice(&mut self, sides: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % sides
    }

    fn send(&mut self, method: Method, rest: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.team.scim_on(&mut self.client, method.clone(), rest, &body);
        self.figures.requests += 1;
        match answer.status {
            200 | 201 | 204 if method != Method::GET => self.figures.acknowledged += 1,
            200 => {}
            404 => self.figures.gone += 1,
            409 => self.figures.conflicts += 1,
            503 => {
                self.figures.unavailable += 1;
                assert!(!answer.text().contains("not known"), "shared data tells the outcome");
            }
            status => panic!("{status}: {}", answer.text()),
        }
        answer
    }

    fn user(&mut self, name: &str) -> Value {
        let mut user = self.team.user(name);
        // A replacement without it leaves an inactive user inactive.
        user["active"] = json!(true);
        user["title"] = json!(format!("title {}", self.dice(1000)));
        user
    }

    fn step(&mut self) {
        if self.dice(4) == 0 { self.write_shared() } else { self.write_own() }
    }

    fn write_own(&mut self) {
        let place = self.dice(OWN);
        let name = format!("own{}x{place}", self.number);
        let user = self.user(&name);
        let title = user["title"].as_str().unwrap().to_owned();
        let known = self.own.get(&name).cloned();
        let Some((id, active, old_title)) = known else {
            let answer = self.send(Method::POST, "/Users", &user);
            if answer.status != 503 {
                let id = answer.expect(201).json()["id"].as_str().unwrap().to_owned();
                self.own.insert(name, (id, true, title));
            }
            return;
        };
        let path = format!("/Users/{id}");
        let (answer, after) = match self.dice(4) {
            0 => {
                (self.send(Method::PATCH, &path, &set_active(!active)), Some((!active, old_title)))
            }
            1 => (self.send(Method::PUT, &path, &user), Some((true, title))),
            2 => (self.send(Method::DELETE, &path, &Value::Null), None),
            _ => {
                // A second create: of a live user a conflict, of an inactive one its reactivation.
                let answer = self.send(Method::POST, "/Users", &user);
                if active {
                    assert!(matches!(answer.status, 409 | 503), "{answer:?}");
                    return;
                }
                if answer.status == 201 {
                    assert_eq!(answer.json()["id"], id);
                }
                (answer, Some((true, title)))
            }
        };
        match (answer.status, after) {
            (503, _) => {}
            (200 | 201, Some((active, title))) => drop(self.own.insert(name, (id, active, title))),
            (204, None) => drop(self.own.remove(&name)),
            _ => panic!("{answer:?}"),
        }
    }

    fn write_shared(&mut self) {
        let name = format!("shared{}", self.dice(SHARED));
        let user = self.user(&name);
        let filter = format!("/Users?filter=userName%20eq%20%22{}%22", self.team.address(&name));
        let found = self.send(Method::GET, &filter, &Value::Null).json();
        let id = found["Resources"][0]["id"].as_str().map(|id| format!("/Users/{id}"));
        match (self.dice(4), id) {
            (0, Some(path)) => drop(self.send(Method::DELETE, &path, &Value::Null)),
            (1, Some(path)) => drop(self.send(Method::PUT, &path, &user)),
            (2, Some(path)) => {
                let active = self.dice(2) == 0;
                drop(self.send(Method::PATCH, &path, &set_active(active)));
            }
            _ => drop(self.send(Method::POST, "/Users", &user)),
        }
    }
}

/// Every SCIM user, found by paging; each id once.
fn list_users(team: &Team<'_>) -> Vec<Value> {
    let mut users: Vec<Value> = Vec::new();
    let mut client = team.site.http1();
    loop {
        let page = format!("/Users?startIndex={}&count=7", users.len() + 1);
        let page = team.scim_on(&mut client, Method::GET, &page, "").expect(200).json();
        let resources = page["Resources"].as_array().cloned().unwrap_or_default();
        if resources.is_empty() {
            assert_eq!(page["totalResults"], users.len());
            return users;
        }
        users.extend(resources);
    }
}

/// The addresses of all members, found by paging.
fn list_members(team: &Team<'_>) -> Vec<String> {
    let mut members = Vec::new();
    let mut path = format!("/v1/teams/{}/members?limit=7", team.id);
    loop {
        let page = team.site.get(&path, &team.site.platform()).expect(200).json();
        let emails = page["members"].as_array().unwrap().iter().map(|one| one["email"].as_str());
        members.extend(emails.map(|email| email.unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { return members };
        path = format!("/v1/teams/{}/members?limit=7&after={next}", team.id);
    }
}

fn unique<T: Ord>(all: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    let mut seen = BTreeSet::new();
    let count = all.into_iter().map(|one| seen.insert(one)).collect::<Vec<_>>();
    assert!(count.iter().all(|new| *new), "something is there twice");
    seen
}

#[test]
fn what_was_acknowledged_to_many_writers_at_once_is_there_afterwards() {
    let site = Site::start(|_| {});
    let team = Team::new(&site, "contention");
    let clients = site.on_both_workers();
    let connections = (site.connections(0), site.connections(1));
    let mut writers: Vec<Writer<'_>> = (0..)
        .zip(clients)
        .map(|(number, client)| Writer {
            team: &team,
            client,
            number,
            random: 0x9e37_79b9_7f4a_7c15 ^ (number as u64 + 1),
            own: BTreeMap::new(),
            figures: Figures::default(),
        })
        .collect();
    let took = std::thread::scope(|scope| {
        let threads: Vec<_> = writers
            .iter_mut()
            .map(|writer| scope.spawn(|| repeat_for(PERIOD, || writer.step())))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).max().unwrap()
    });

    let users = list_users(&team);
    unique(users.iter().map(|user| user["id"].as_str().unwrap()));
    let names = unique(users.iter().map(|user| user["userName"].as_str().unwrap().to_lowercase()));
    let by_name: BTreeMap<&str, &Value> =
        users.iter().map(|user| (user["userName"].as_str().unwrap(), user)).collect();
    let mut owned = 0;
    for writer in &writers {
        for place in 0..OWN {
            let name = format!("own{}x{place}", writer.number);
            let found = by_name.get(team.address(&name).as_str());
            let told = writer.own.get(&name).map(|(id, active, title)| json!([id, active, title]));
            let found = found.map(|user| json!([user["id"], user["active"], user["title"]]));
            assert_eq!(found, told, "{name}");
            owned += usize::from(told.is_some());
        }
    }
    let shared = (0..SHARED).map(|place| team.address(&format!("shared{place}")));
    assert_eq!(names.len(), owned + shared.filter(|name| names.contains(name)).count());

    let active = users.iter().filter(|user| user["active"] == true);
    let mut expected: Vec<String> =
        active.map(|user| user["userName"].as_str().unwrap().to_owned()).collect();
    expected.push(team.address("owner"));
    let members = list_members(&team);
    assert_eq!(unique(&members), unique(&expected));
    let counted = site.get("/v1/teams/contention", &site.platform()).expect(200).json();
    assert_eq!(counted["members"], members.len());

    let mut all = Figures::default();
    for Figures { requests, acknowledged, conflicts, unavailable, gone } in
        writers.iter().map(|writer| writer.figures)
    {
        all.requests += requests;
        all.acknowledged += acknowledged;
        all.conflicts += conflicts;
        all.unavailable += unavailable;
        all.gone += gone;
    }
    assert!(all.acknowledged > 1000, "{all:?}");
    let rate = all.requests * 1000 / u64::try_from(took.as_millis()).unwrap();
    // Not by `println!`, which is kept back where a test passes.
    writeln!(
        std::io::stderr(),
        "contention: {} writers on {connections:?} connections of two workers, {took:.1?}: {all:?}, {rate} requests/s, \
         {} users, {} members",
        writers.len(),
        users.len(),
        members.len()
    )
    .unwrap();
}
