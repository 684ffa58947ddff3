//! Schedules of the component: instances in two Spins on one store, whose calls to it go on one at a time, as the seed
//! says. All of them are in one thread, whose time passes only when everybody waits.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{Either, join_all, select};
use scim_edge_host::envoy::{Answer, Ask, End};
use scim_edge_host::spin::store::{Call, Failure, Fault, Faults, Kind, Store, Turns};
use scim_edge_host::spin::{App, Manifest, Module, Pool, Reuse, World};
use serde_json::Value;
use tokio::time::{sleep, timeout};
use xtask::demo::{self, AUDIENCE, ISSUER, SignIn};
use xtask::{project, tools};

use super::clients::{Book, Client, Edge, Tally};
use super::edge::{PLATFORM_KEY, Team};
use super::random::Random;
use super::snapshot::assert_sound;

const CLIENTS: usize = 4;

/// No request takes so long, whatever goes wrong.
const PATIENCE: Duration = Duration::from_secs(300);

/// What goes wrong with calls to the store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trouble {
    /// In a thousand calls, how many end the instance.
    traps: usize,
    /// In a thousand calls, how many are refused, answered wrongly, late or never, or carried out late.
    losses: usize,
}

impl Trouble {
    pub(crate) const NONE: Self = Self { traps: 0, losses: 0 };
    pub(crate) const TRAPS: Self = Self { traps: 15, losses: 0 };
    pub(crate) const LOSSES: Self = Self { traps: 0, losses: 25 };
    pub(crate) const BOTH: Self = Self { traps: 8, losses: 15 };

    fn fault(self, call: &Call<'_>, random: &mut Random) -> Option<Fault> {
        let chance = random.below(1000);
        if chance < self.traps {
            return Some(if random.below(2) == 0 { Fault::Crash } else { Fault::CrashAfter });
        }
        if chance >= self.traps + self.losses {
            return None;
        }
        let reset = Failure::Other("connection reset".to_owned());
        // Some longer than a call is waited for that can be given up.
        let time = random.time(1, 2000);
        Some(match random.below(7) {
            0 => Fault::full(),
            1 => Fault::LoseAnswer(reset),
            2 => Fault::TimeOut(time),
            3 => Fault::Late(reset, time),
            4 if !holds_the_instance(call.kind) => Fault::Hang,
            5 if !holds_the_instance(call.kind) => Fault::HangAfter,
            _ => Fault::Delay(time),
        })
    }
}

/// Whether nothing else of an instance may go on during such a call: Spin has no other end for it than that of the
/// instance.
fn holds_the_instance(kind: Kind) -> bool {
    !matches!(kind, Kind::Get | Kind::Set | Kind::Delete)
}

/// A schedule that was played.
pub(crate) struct Played {
    pub(crate) tally: Tally,
    /// All that happened, a line each.
    pub(crate) transcript: Vec<String>,
}

/// Plays a schedule on a store, and panics where what was answered has no explanation.
pub(crate) fn play(seed: u64, trouble: Trouble, store: impl Store) -> Played {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().unwrap();
    let turns = Turns::new();
    let mut picks = Random::new(seed);
    let store: Arc<dyn Store> = Arc::new(store);
    let tally = runtime.block_on(async {
        let deal = pin!(turns.deal(|count| picks.below(count)));
        let run = pin!(run(seed, trouble, &store, &turns));
        match select(deal, run).await {
            Either::Left(_) => panic!("there is always another turn"),
            Either::Right((tally, _)) => tally,
        }
    });
    Played { tally, transcript: turns.transcript() }
}

async fn run(seed: u64, trouble: Trouble, store: &Arc<dyn Store>, turns: &Arc<Turns>) -> Tally {
    let world = World::new(seed);
    let faults = Faults::in_turns(Arc::clone(store), turns);
    let mut random = Random::new(seed.wrapping_mul(17));
    let spins = [0; 2].map(|_| Spin {
        pool: Pool::new(app(&world, &mut random).store("default", faults.clone())),
        sign_in: sign_in(),
        world: Arc::clone(&world),
        turns: Arc::clone(turns),
    });
    let quiet = &spins[0];
    let team = quiet.make_team("acme").await;

    let book = Book::new(&team);
    let mut trouble_random = Random::new(random.next());
    faults.plan(move |call| trouble.fault(call, &mut trouble_random));
    let clients = (0..CLIENTS).map(|number| {
        let random = Random::new(seed.wrapping_mul(31).wrapping_add(number as u64));
        let (edge, team) = (&spins[number % spins.len()], team.clone());
        Client { edge, team, book: &book, knocks: true, known: true, random }.work()
    });
    join_all(clients).await;
    faults.clear();
    // What is late arrives, and instances that have nothing to do end.
    sleep(Duration::from_secs(10)).await;

    let mut tally = book.judge(&team, quiet).await;
    sleep(Duration::from_secs(10)).await;
    assert_sound(&**store).await;
    tally.crashes = spins.iter().map(|spin| spin.pool.crashes() as usize).sum();
    tally
}

/// One Spin.
struct Spin {
    pool: Pool,
    sign_in: SignIn,
    world: Arc<World>,
    turns: Arc<Turns>,
}

fn sign_in() -> SignIn {
    SignIn::from_seed(&[7; 32])
}

/// The component, in instances that live as long as `random` says.
fn app(world: &Arc<World>, random: &mut Random) -> App {
    let variables = [
        ("public_url", "https://edge.example".to_owned()),
        ("platform_keys_sha256", demo::sha256(PLATFORM_KEY)),
        ("identity_jwks", sign_in().jwks().to_string()),
        ("identity_issuer", ISSUER.to_owned()),
        ("identity_audience", AUDIENCE.to_owned()),
    ];
    let variables: BTreeMap<_, _> = variables.map(|(name, value)| (name.to_owned(), value)).into();
    let manifest = Manifest::read(&project::root().join("spin.toml")).unwrap();
    let module = Module::read(&tools::component().unwrap()).unwrap();
    let concurrent = 1 + random.below(3);
    let total = 1 + random.below(20);
    let reuse = Reuse { concurrent, total, ..Reuse::default() };
    manifest.app(module, &variables).unwrap().world(world).reuse(reuse)
}

impl Spin {
    async fn make_team(&self, id: &str) -> Team {
        let answer = async |ask: &Ask| match self.ask(ask).await {
            Some(End::Answered(answer)) if answer.status == 201 => answer,
            other => panic!("{ask:?}: {other:?}\n{}", self.pool.log().text()),
        };
        answer(&Team::beginning(id)).await;
        Team::shown(id, &answer(&Team::enabling(id)).await)
    }

    fn token(&self, claims: &Value) -> String {
        let mut claims = claims.clone();
        claims["iss"] = ISSUER.into();
        claims["aud"] = AUDIENCE.into();
        claims["exp"] = (self.world.now().as_secs() + 60).into();
        self.sign_in.sign(&claims)
    }
}

impl Edge for Spin {
    /// What becomes of a request. At the gate it is its proxy that asks, which forwards it then.
    async fn ask(&self, ask: &Ask) -> Option<End> {
        let mut request = ask.to_http(|claims| self.token(claims)).unwrap();
        let target = request.uri().path_and_query().unwrap().to_string();
        let knocks = target.starts_with("/t/");
        if knocks {
            request.headers_mut().insert("x-forwarded-uri", target.parse().unwrap());
            *request.uri_mut() = "https://edge.example/gate/check".parse().unwrap();
        }
        let name = format!("{} {target}", request.method());
        self.turns.note(format_args!("{:?} asked: {name}", self.world.passed()));
        let response = timeout(PATIENCE, self.pool.ask(request)).await;
        let response = response.unwrap_or_else(|_| panic!("{name} is never answered"));
        let status = response.as_ref().map(|response| response.status().as_u16()).ok();
        self.turns.note(format_args!("{:?} answered: {name}: {status:?}", self.world.passed()));
        let (head, body) = response.ok()?.into_parts();
        if knocks && head.status.is_success() {
            return Some(End::Forwarded(Default::default()));
        }
        let field = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.to_string(), value.as_bytes().to_vec())
        };
        Some(End::Answered(Answer {
            status: head.status.as_u16(),
            headers: head.headers.iter().map(field).collect(),
            body: body.to_vec(),
        }))
    }
}
