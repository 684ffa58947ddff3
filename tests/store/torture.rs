//! 16 clients on two Envoys, while Envoys and etcd are killed, paused and cut off.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, RwLock};
use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Value, json};
use xtask::edge::Connection;

use crate::client::{Answer, Browser};
use crate::cluster::{Cluster, OWNER};
use crate::history::{Deed, Took, is_linearizable};
use crate::random::{Random, seed, variable};
use crate::weather::Weather;

const TEAMS: usize = 4;
const CLIENTS: usize = 16;
/// Names that the clients of a team quarrel about at one time.
const NAMES: usize = 6;
/// How long they do. After that there are new names, so that no history grows too long to be judged.
const ERA: Duration = Duration::from_secs(4);
const SECONDS: u64 = 60;

/// A team, and all that was done in it.
struct Team {
    id: String,
    /// The connection, whose token changes.
    connection: RwLock<Connection>,
    /// Tokens that were replaced.
    old_tokens: Mutex<Vec<String>>,
    /// What was done to the user with each name.
    deeds: Mutex<BTreeMap<String, Vec<Took>>>,
}

/// How many requests ended how.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    requests: u64,
    acknowledged: u64,
    refused: u64,
    unknown: u64,
    rotations: u64,
}

/// A client, with what it knows.
struct Worker<'t> {
    team: &'t Team,
    cluster: &'t Cluster,
    browser: Browser,
    random: Random,
    /// The last id that it saw of each name.
    ids: BTreeMap<String, String>,
    tally: Tally,
}

impl Worker<'_> {
    fn work(mut self, begun: Instant, over: &AtomicBool) -> Tally {
        while !over.load(Ordering::Relaxed) {
            let era = begun.elapsed().as_millis() / ERA.as_millis();
            let name = format!("user{}-{era}@example.com", self.random.below(NAMES));
            match self.random.below(100) {
                0 => self.rotate(),
                1..=30 => self.create(&name),
                31..=60 => self.read(&name),
                61..=85 => self.set_active(&name),
                _ => self.delete(&name),
            }
        }
        self.tally
    }

    /// Sends a request to the SCIM endpoint; tells when, and the answer. `None` where it changed nothing for sure and
    /// says nothing of users.
    fn scim(&mut self, method: Method, path: &str, body: &Value) -> Option<(Instant, Answer)> {
        let connection = self.team.connection.read().unwrap().clone();
        let path = format!("{}{path}", connection.path());
        let envoy = self.random.below(2);
        let sent = Instant::now();
        let answer = self.browser.send(envoy, method, &path, &connection.bearer(), body);
        if matches!(answer, Answer::NotSent) {
            std::thread::sleep(Duration::from_millis(20));
            return None;
        }
        self.tally.requests += 1;
        match answer.status() {
            Some(200..=299) => self.tally.acknowledged += 1,
            Some(400..=499) => self.tally.refused += 1,
            _ => self.tally.unknown += 1,
        }
        // The token was replaced.
        (answer.status() != Some(401)).then_some((sent, answer))
    }

    fn note(&self, name: &str, sent: Instant, deed: Deed) {
        let took = Took { deed, sent, answered: Instant::now() };
        self.team.deeds.lock().unwrap().entry(name.to_owned()).or_default().push(took);
    }

    fn create(&mut self, name: &str) {
        let Some((sent, answer)) = self.scim(Method::POST, "/Users", &json!({ "userName": name }))
        else {
            return;
        };
        let deed = match answer {
            Answer::Came(201, user) => {
                let id = user["id"].as_str().unwrap().to_owned();
                self.ids.insert(name.to_owned(), id.clone());
                Deed::Created(id)
            }
            Answer::Came(409, _) => Deed::CreateRefused,
            Answer::None | Answer::Came(500.., _) => Deed::MaybeCreated,
            other => panic!("create: {other:?}"),
        };
        self.note(name, sent, deed);
    }

    fn read(&mut self, name: &str) {
        let path = format!("/Users?filter=userName%20eq%20%22{name}%22");
        let Some((sent, Answer::Came(status, body))) = self.scim(Method::GET, &path, &Value::Null)
        else {
            return;
        };
        if status >= 500 {
            return;
        }
        assert_eq!(status, 200, "read: {body}");
        let user = found(&body);
        if let Some((id, _)) = &user {
            self.ids.insert(name.to_owned(), id.clone());
        }
        self.note(name, sent, Deed::Read(user));
    }

    fn set_active(&mut self, name: &str) {
        let Some(id) = self.ids.get(name).cloned() else { return self.read(name) };
        let active = self.random.below(2) == 0;
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{ "op": "replace", "path": "active", "value": active }],
        });
        let Some((sent, answer)) = self.scim(Method::PATCH, &format!("/Users/{id}"), &body) else {
            return;
        };
        let deed = match answer {
            Answer::Came(200 | 204, _) => Deed::Set(id, active),
            Answer::Came(404, _) => Deed::Missing(id),
            Answer::None | Answer::Came(500.., _) => Deed::MaybeSet(id, active),
            other => panic!("set active: {other:?}"),
        };
        self.note(name, sent, deed);
    }

    fn delete(&mut self, name: &str) {
        let Some(id) = self.ids.get(name).cloned() else { return self.read(name) };
        let Some((sent, answer)) = self.scim(Method::DELETE, &format!("/Users/{id}"), &Value::Null)
        else {
            return;
        };
        let deed = match answer {
            Answer::Came(204, _) => Deed::Deleted(id),
            Answer::Came(404, _) => Deed::Missing(id),
            Answer::None | Answer::Came(500.., _) => Deed::MaybeDeleted(id),
            other => panic!("delete: {other:?}"),
        };
        self.note(name, sent, deed);
    }

    /// Replaces the token, and goes on until an answer says which one it is now.
    fn rotate(&mut self) {
        let mut connection = self.team.connection.write().unwrap();
        let path = format!("/v1/teams/{}/scim/rotate", self.team.id);
        let owner = self.cluster.signed_in(OWNER);
        loop {
            let envoy = self.random.below(2);
            let answer = self.browser.send(envoy, Method::POST, &path, &owner, &Value::Null);
            match answer {
                Answer::Came(200 | 201, body) => {
                    let token = body["token"].as_str().unwrap().to_owned();
                    let old = std::mem::replace(&mut connection.token, token);
                    self.team.old_tokens.lock().unwrap().push(old);
                    self.tally.rotations += 1;
                    return;
                }
                Answer::NotSent | Answer::None | Answer::Came(500.., _) => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                other => panic!("rotate: {other:?}"),
            }
        }
    }
}

/// The one user that a search found.
fn found(body: &Value) -> Option<(String, bool)> {
    let users = body["Resources"].as_array().cloned().unwrap_or_default();
    assert!(users.len() <= 1, "{body}");
    let user = users.first()?;
    Some((user["id"].as_str().unwrap().to_owned(), user["active"] == json!(true)))
}

/// Adds what is there at the end to what was done.
fn take_stock(cluster: &Cluster, team: &Team) {
    let connection = team.connection.read().unwrap();
    let sent = Instant::now();
    let [here, there] = [0, 1].map(|envoy| cluster.users(envoy, &connection));
    assert_eq!(here, there, "two Envoys, two states");
    let users: BTreeMap<_, _> =
        here.iter().map(|(name, id, active)| (&**name, (id.clone(), *active))).collect();
    assert_eq!(users.len(), here.len(), "a name is used twice");
    let mut deeds = team.deeds.lock().unwrap();
    for (name, deeds) in &mut *deeds {
        let deed = Deed::Read(users.get(&**name).cloned());
        deeds.push(Took { deed, sent, answered: Instant::now() });
    }
    assert!(users.keys().all(|name| deeds.contains_key(*name)), "somebody whom nobody made");
}

/// What can be said of a user's end without looking for an order.
fn check_plainly(name: &str, deeds: &[Took]) {
    let ids = |pick: fn(&Deed) -> Option<&String>| -> BTreeSet<&String> {
        deeds.iter().filter_map(|took| pick(&took.deed)).collect()
    };
    let created = ids(|deed| match deed {
        Deed::Created(id) => Some(id),
        _ => None,
    });
    let touched = ids(|deed| match deed {
        Deed::Deleted(id) | Deed::MaybeDeleted(id) => Some(id),
        _ => None,
    });
    let deleted = ids(|deed| match deed {
        Deed::Deleted(id) => Some(id),
        _ => None,
    });
    let Some(Deed::Read(end)) = deeds.last().map(|took| &took.deed) else { panic!("{name}") };
    let end = end.as_ref().map(|(id, _)| id);
    for id in &created - &touched {
        assert_eq!(end, Some(id), "{name}: an acknowledged create is lost");
    }
    assert!(end.is_none_or(|id| !deleted.contains(id)), "{name}: an acknowledged delete is lost");
    let may_be =
        deeds.iter().any(|took| matches!(took.deed, Deed::Created(_) | Deed::MaybeCreated));
    assert!(may_be || end.is_none(), "{name}: a refused create is there");
}

#[test]
fn what_was_acknowledged_on_etcd_is_there_and_nothing_else_whatever_dies_or_is_cut_off() {
    let seed = seed();
    let seconds = variable("SCIM_EDGE_TORTURE_SECONDS").unwrap_or(SECONDS);
    let cluster = Cluster::start();
    let teams: Vec<Team> = (0..TEAMS)
        .map(|number| {
            let id = format!("team-{number}");
            let connection = RwLock::new(cluster.make_team(&id));
            Team { id, connection, old_tokens: Mutex::default(), deeds: Mutex::default() }
        })
        .collect();

    let (over, weather, begun) = (AtomicBool::new(false), Weather::default(), Instant::now());
    let tallies: Vec<Tally> = std::thread::scope(|scope| {
        let storms = [
            scope.spawn(|| weather.kill_envoys(&cluster, &mut Random::new(seed), &over)),
            scope.spawn(|| weather.trouble_etcd(&cluster, &mut Random::new(!seed), &over)),
        ];
        let workers: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let worker = Worker {
                    team: &teams[number % TEAMS],
                    cluster: &cluster,
                    browser: Browser::new(cluster.addresses),
                    random: Random::new(seed.wrapping_add(number as u64)),
                    ids: BTreeMap::new(),
                    tally: Tally::default(),
                };
                scope.spawn(|| worker.work(begun, &over))
            })
            .collect();
        std::thread::sleep(Duration::from_secs(seconds));
        over.store(true, Ordering::Relaxed);
        for storm in storms {
            storm.join().unwrap();
        }
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    cluster.recover();
    let total = |part: fn(&Tally) -> u64| tallies.iter().map(part).sum::<u64>();
    let (acknowledged, refused) = (total(|it| it.acknowledged), total(|it| it.refused));
    writeln!(
        std::io::stderr(),
        "torture, seed {seed}: {} requests in {seconds} s: {acknowledged} acknowledged, {refused} refused, {} unknown; \
         {} rotations; {weather:?}",
        total(|it| it.requests),
        total(|it| it.unknown),
        total(|it| it.rotations),
    )
    .unwrap();

    let (mut histories, mut longest) = (0, 0);
    for team in &teams {
        take_stock(&cluster, team);
        for (name, deeds) in &*team.deeds.lock().unwrap() {
            (histories, longest) = (histories + 1, longest.max(deeds.len()));
            check_plainly(name, deeds);
            assert!(is_linearizable(deeds), "seed {seed}: {} {name}: {deeds:#?}", team.id);
        }
        check_tokens(&cluster, team);
    }
    let found = cluster.check();
    writeln!(
        std::io::stderr(),
        "torture: {histories} histories of up to {longest} steps are linearizable; {found}"
    )
    .unwrap();
    assert!(acknowledged > 100 && refused > 100, "too little was done");
}

/// Only the last token works.
fn check_tokens(cluster: &Cluster, team: &Team) {
    let connection = team.connection.read().unwrap().clone();
    let mut browser = Browser::new(cluster.addresses);
    let path = format!("{}/Users?count=0", connection.path());
    let mut status = |envoy, token: &str| {
        let bearer = format!("Bearer {token}");
        browser.send(envoy, Method::GET, &path, &bearer, &Value::Null).status()
    };
    for envoy in 0..2 {
        assert_eq!(status(envoy, &connection.token), Some(200), "an acknowledged rotation is lost");
        for old in &*team.old_tokens.lock().unwrap() {
            assert_eq!(status(envoy, old), Some(401), "an old token works");
        }
    }
}
