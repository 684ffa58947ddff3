//! From the moment that the answer to a rotate or a deactivate is there, nothing passes with what it took away, on any
//! Envoy, whatever happens to their ways to etcd.

use std::io::Write as _;
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Value, json};
use xtask::edge::Connection;
use xtask::etcd::{Direction, Flow};

use crate::client::{Answer, Browser};
use crate::cluster::{Cluster, OWNER};
use crate::random::{Random, seed, variable};
use crate::weather::Weather;

const TEAM: &str = "revoked";
const MEMBERS: usize = 4;
/// Clients that try what should not work any more, on each Envoy and of each kind.
const TRIERS: usize = 3;
const SECONDS: u64 = 30;

/// A time in which something must not work: from the answer on that took it away, until it is asked for again.
#[derive(Clone, Copy, Debug)]
struct Ban {
    from: Instant,
    until: Option<Instant>,
}

/// A request with something that may be taken away.
#[derive(Clone, Copy, Debug)]
struct Try {
    sent: Instant,
    answered: Instant,
    status: Option<u16>,
}

impl Ban {
    /// Whether all of the request was within it.
    fn covers(&self, attempt: &Try) -> bool {
        attempt.sent > self.from && self.until.is_none_or(|until| attempt.answered < until)
    }
}

/// How many requests were tried, and how they ended.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    /// With something that was taken away.
    banned: u64,
    /// Those of them that were refused for it: the rest met an edge that could not ask etcd.
    refused: u64,
    /// With something that held.
    passed: u64,
}

impl Tally {
    fn add(&mut self, bans: &[Ban], tries: &[Try], name: &str, seed: u64) {
        for attempt in tries {
            let passed = matches!(attempt.status, Some(200..=299));
            if bans.iter().any(|ban| ban.covers(attempt)) {
                assert!(!passed, "seed {seed}: {name} passed: {attempt:?}, {bans:?}");
                self.banned += 1;
                self.refused += u64::from(matches!(attempt.status, Some(401 | 403)));
            } else {
                self.passed += u64::from(passed);
            }
        }
    }
}

/// A token, and since when it is an old one.
struct Token {
    token: String,
    ban: Option<Ban>,
}

struct Trial {
    cluster: Cluster,
    connection: Connection,
    tokens: RwLock<Vec<Token>>,
    /// When each member was out.
    bans: [RwLock<Vec<Ban>>; MEMBERS],
    ids: Vec<String>,
    over: AtomicBool,
}

fn set(active: bool) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "active", "value": active }],
    })
}

fn member(number: usize) -> String {
    format!("member{number}@example.com")
}

impl Trial {
    fn goes_on(&self) -> bool {
        !self.over.load(Ordering::Relaxed)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.tokens.read().unwrap().last().unwrap().token)
    }

    /// Replaces the token again and again, on one Envoy or the other.
    fn rotate(&self, mut random: Random) -> u64 {
        let (mut browser, mut rotations) = (Browser::new(self.cluster.addresses), 0);
        let owner = self.cluster.signed_in(OWNER);
        let path = format!("/v1/teams/{TEAM}/scim/rotate");
        while self.goes_on() {
            std::thread::sleep(random.time(100, 500));
            let envoy = random.below(2);
            let answer = browser.send(envoy, Method::POST, &path, &owner, &Value::Null);
            let answered = Instant::now();
            match answer {
                Answer::Came(200 | 201, body) => {
                    let mut tokens = self.tokens.write().unwrap();
                    let ban = Some(Ban { from: answered, until: None });
                    tokens.last_mut().unwrap().ban = ban;
                    let token = body["token"].as_str().unwrap().to_owned();
                    tokens.push(Token { token, ban: None });
                    rotations += 1;
                }
                Answer::NotSent | Answer::None | Answer::Came(500.., _) => {}
                other => panic!("rotate: {other:?}"),
            }
        }
        rotations
    }

    /// Takes a member out and in again and again, on one Envoy or the other.
    fn deactivate(&self, number: usize, mut random: Random) -> u64 {
        let (mut browser, mut deactivations) = (Browser::new(self.cluster.addresses), 0);
        let path = format!("{}/Users/{}", self.connection.path(), self.ids[number]);
        let mut set = |active: bool| {
            let body = set(active);
            while self.goes_on() {
                let envoy = random.below(2);
                match browser.send(envoy, Method::PATCH, &path, &self.bearer(), &body) {
                    Answer::Came(200 | 204, _) => return Some(Instant::now()),
                    // The token was replaced on the way.
                    Answer::Came(401, _) => {}
                    Answer::NotSent | Answer::None | Answer::Came(500.., _) => {
                        std::thread::sleep(Duration::from_millis(20));
                    }
                    other => panic!("deactivate: {other:?}"),
                }
            }
            None
        };
        let mut pauses = Random::new(number as u64);
        while let Some(from) = set(false) {
            deactivations += 1;
            self.bans[number].write().unwrap().push(Ban { from, until: None });
            std::thread::sleep(pauses.time(100, 800));
            let until = Some(Instant::now());
            self.bans[number].write().unwrap().last_mut().unwrap().until = until;
            set(true);
            std::thread::sleep(pauses.time(100, 400));
        }
        deactivations
    }

    fn attempt(&self, browser: &mut Browser, envoy: usize, path: &str, who: &str) -> Try {
        let sent = Instant::now();
        let status = browser.send(envoy, Method::GET, path, who, &Value::Null).status();
        Try { sent, answered: Instant::now(), status }
    }

    /// Tries the tokens, the last and the ones before, at one Envoy. Gives back which was tried how.
    fn try_tokens(&self, envoy: usize, mut random: Random) -> Vec<(usize, Try)> {
        let (mut browser, mut tries) = (Browser::new(self.cluster.addresses), Vec::new());
        let path = format!("{}/Users?count=0", self.connection.path());
        while self.goes_on() {
            let (index, bearer) = {
                let tokens = self.tokens.read().unwrap();
                let index = tokens.len().saturating_sub(1 + random.below(3));
                (index, format!("Bearer {}", tokens[index].token))
            };
            tries.push((index, self.attempt(&mut browser, envoy, &path, &bearer)));
        }
        tries
    }

    /// Tries the gate, as one member after the other, at one Envoy.
    fn try_gate(&self, envoy: usize, mut random: Random) -> Vec<(usize, Try)> {
        let (mut browser, mut tries) = (Browser::new(self.cluster.addresses), Vec::new());
        let who: Vec<String> =
            (0..MEMBERS).map(|number| self.cluster.signed_in(&member(number))).collect();
        let path = format!("/t/{TEAM}/hello");
        while self.goes_on() {
            let number = random.below(MEMBERS);
            tries.push((number, self.attempt(&mut browser, envoy, &path, &who[number])));
        }
        tries
    }
}

/// How many clients are at the gate at once.
const AT_ONCE: usize = 4;

#[test]
fn an_envoy_that_is_cut_off_from_etcd_goes_by_nothing_that_was_taken_away_at_another() {
    let cluster = Cluster::start();
    let mut connection = cluster.make_team(TEAM);
    let mut browser = Browser::new(cluster.addresses);
    let path = format!("{}/Users", connection.path());
    let user = json!({ "userName": member(0) });
    let user = browser.send(0, Method::POST, &path, &connection.bearer(), &user).json(201);
    let path = format!("{path}/{}", user["id"].as_str().unwrap());
    let owner = cluster.signed_in(OWNER);
    let (mut tried, mut answers) = (0, Vec::new());
    for (round, [here, there]) in
        [[0, 1], [1, 0], [0, 1], [1, 0], [0, 1], [1, 0]].into_iter().enumerate()
    {
        let relay = &cluster.relays[there];
        // Both kinds of request are passed at the other Envoy, from memory in the end.
        for _ in 0..20 {
            for (path, who) in gate_and_scim(&cluster, &connection) {
                assert_eq!(status_at(&cluster, there, &path, &who), Some(200));
            }
        }
        match round / 2 {
            0 => relay.set(Direction::Back, Flow::Held),
            1 => relay.set(Direction::There, Flow::Held),
            _ => relay.refuse(),
        }
        let tries = gate_and_scim(&cluster, &connection);
        let begun = Instant::now();
        browser.send(here, Method::PATCH, &path, &connection.bearer(), &set(false)).json(200);
        let rotate = format!("/v1/teams/{TEAM}/scim/rotate");
        let rotated = browser.send(here, Method::POST, &rotate, &owner, &Value::Null).json(200);
        answers.push(begun.elapsed().as_millis());
        std::thread::scope(|scope| {
            for (path, who) in tries.iter().cycle().take(2 * AT_ONCE) {
                let cluster = &cluster;
                scope.spawn(move || {
                    let status = status_at(cluster, there, path, who);
                    assert!(
                        !matches!(status, Some(200..=299)),
                        "round {round}: {path}: {status:?}"
                    );
                });
                tried += 1;
            }
        });
        relay.set_both(Flow::Free);
        relay.accept().unwrap();
        cluster.recover();
        for (path, who) in &tries {
            let status = status_at(&cluster, there, path, who);
            assert!(matches!(status, Some(401 | 403)), "round {round}: {path}: {status:?}");
        }
        connection.token = rotated["token"].as_str().unwrap().to_owned();
        browser.send(here, Method::PATCH, &path, &connection.bearer(), &set(true)).json(200);
    }
    writeln!(
        std::io::stderr(),
        "revocation, cut off: 0 of {tried} requests passed; a deactivate and a rotate took {answers:?} ms"
    )
    .unwrap();
}

/// What the member and the identity provider ask for.
fn gate_and_scim(cluster: &Cluster, connection: &Connection) -> [(String, String); 2] {
    [
        (format!("/t/{TEAM}/hello"), cluster.signed_in(&member(0))),
        (format!("{}/Users?count=0", connection.path()), connection.bearer()),
    ]
}

fn status_at(cluster: &Cluster, envoy: usize, path: &str, who: &str) -> Option<u16> {
    Browser::new(cluster.addresses).send(envoy, Method::GET, path, who, &Value::Null).status()
}

#[test]
fn an_old_token_and_a_lost_membership_pass_on_no_envoy_once_the_answer_was_there() {
    let seed = seed();
    let seconds = variable("SCIM_EDGE_TORTURE_SECONDS").unwrap_or(SECONDS);
    let cluster = Cluster::start();
    let connection = cluster.make_team(TEAM);
    let mut browser = Browser::new(cluster.addresses);
    let ids = (0..MEMBERS).map(|number| {
        let path = format!("{}/Users", connection.path());
        let user = json!({ "userName": member(number) });
        let user = browser.send(0, Method::POST, &path, &connection.bearer(), &user).json(201);
        user["id"].as_str().unwrap().to_owned()
    });
    let ids = ids.collect();
    let tokens = RwLock::new(vec![Token { token: connection.token.clone(), ban: None }]);
    let (bans, over) = (Default::default(), AtomicBool::new(false));
    let trial = Trial { cluster, connection, tokens, bans, ids, over };

    let weather = Weather::default();
    let (mut of_tokens, mut of_gate) = (Vec::new(), Vec::new());
    let (mut rotations, mut deactivations) = (0, 0);
    std::thread::scope(|scope| {
        let trial = &trial;
        let random = |number: usize| Random::new(seed.wrapping_add(number as u64));
        let rotator = scope.spawn(move || trial.rotate(random(0)));
        let switchers: Vec<_> = (0..MEMBERS)
            .map(|number| scope.spawn(move || trial.deactivate(number, random(10 + number))))
            .collect();
        let triers: Vec<_> = (0..2 * TRIERS)
            .map(|number| {
                let envoy = number % 2;
                let tokens = scope.spawn(move || trial.try_tokens(envoy, random(20 + number)));
                (tokens, scope.spawn(move || trial.try_gate(envoy, random(40 + number))))
            })
            .collect();
        let mut storm = Random::new(!seed);
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(seconds) {
            std::thread::sleep(storm.time(300, 1500));
            weather.trouble_network(&trial.cluster, &mut storm);
        }
        trial.over.store(true, Ordering::Relaxed);
        rotations += rotator.join().unwrap();
        deactivations += switchers.into_iter().map(|it| it.join().unwrap()).sum::<u64>();
        for (tokens, gate) in triers {
            of_tokens.extend(tokens.join().unwrap());
            of_gate.extend(gate.join().unwrap());
        }
    });
    trial.cluster.recover();

    let pick = |tries: &[(usize, Try)], index: usize| -> Vec<Try> {
        tries.iter().filter(|(it, _)| *it == index).map(|(_, attempt)| *attempt).collect()
    };
    let (mut with_tokens, mut at_gate) = (Tally::default(), Tally::default());
    for (index, token) in trial.tokens.read().unwrap().iter().enumerate() {
        with_tokens.add(token.ban.as_slice(), &pick(&of_tokens, index), "an old token", seed);
    }
    for (number, bans) in trial.bans.iter().enumerate() {
        at_gate.add(&bans.read().unwrap(), &pick(&of_gate, number), &member(number), seed);
    }
    writeln!(
        std::io::stderr(),
        "revocation, seed {seed}: {rotations} rotations, {deactivations} deactivations, {} cuts in {seconds} s; \
         0 of {} requests with old tokens passed ({} were refused for it, {} passed with good ones), \
         0 of {} of lost members ({} refused for it, {} of members passed)",
        weather.cuts.load(Ordering::Relaxed),
        with_tokens.banned,
        with_tokens.refused,
        with_tokens.passed,
        at_gate.banned,
        at_gate.refused,
        at_gate.passed,
    )
    .unwrap();
    for tally in [with_tokens, at_gate] {
        assert!(tally.refused > 100 && tally.passed > 100, "too little was tried: {tally:?}");
    }
    trial.cluster.check();
}
