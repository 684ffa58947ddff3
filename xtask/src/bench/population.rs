//! Fills an etcd with a team of any size, faster than users can be created one by one: what one user has in the store is
//! written again and again under other names, many users in a transaction of the engine.

use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, ensure};
use http::{Method, StatusCode};
use scim_edge::host::ManualHost;
use scim_edge::store::etcd::EtcdStore;
use scim_edge::store::{Entry, Store as _, Transaction as _};
use serde_json::Value;

use crate::edge::{Connection, Edge};
use crate::etcd::Grpc;
use crate::step::say;
use crate::up::{User, resource};
use crate::{fsck, interrupt};

/// Whose records all others are made from.
const PATTERN: &str = "pattern@example.com";

/// What keys begin with where nothing else is configured.
const PREFIX: &str = "/scim-edge/";

/// How many users one transaction makes: as many as it has room for.
const AT_ONCE: u32 = 250;

/// Puts `count` users in the team that `connection` is of, user0000001@example.com and so on, in the `etcd` behind `edge`.
pub(super) fn fill(
    edge: &Edge,
    connection: &Connection,
    etcd: SocketAddr,
    count: u32,
) -> Result<Vec<User>> {
    let begun = Instant::now();
    let user_id = create(edge, connection)?;
    let users: Vec<User> = (1..=count).map(made_up).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client = Grpc::connect(etcd).await?;
        let store = EtcdStore::new(client, ManualHost::default(), fsck::options(PREFIX)?);
        let pattern = Pattern::find(&store, user_id).await?;
        let mut said = Instant::now();
        for (users, first) in users.chunks(AT_ONCE as usize).zip((1..).step_by(AT_ONCE as usize)) {
            interrupt::check()?;
            let mut transaction = store.begin().await?;
            for (user, n) in users.iter().zip(first..) {
                for (key, value) in pattern.records_of(user, n) {
                    transaction.put(&key, value.into_bytes())?;
                }
            }
            transaction.commit().await?;
            if said.elapsed().as_secs() >= 5 {
                said = Instant::now();
                say(format_args!("{first} of {count} users"));
            }
        }
        anyhow::Ok(())
    })?;
    say(format_args!("{count} users in {:.1} s", begun.elapsed().as_secs_f64()));
    Ok(users)
}

/// Creates the user of the pattern, and gives back their id.
fn create(edge: &Edge, connection: &Connection) -> Result<String> {
    let headers =
        [("authorization", &*connection.bearer()), ("content-type", "application/scim+json")];
    let path = format!("{}/Users", connection.path());
    let user = resource(PATTERN).to_string();
    let answer = edge.client()?.send(Method::POST, &path, &headers, user)?;
    ensure!(answer.status() == StatusCode::CREATED, "creating a user: {}", answer.status());
    let user: Value = serde_json::from_slice(answer.body())?;
    let id = user.get("id").and_then(Value::as_str).context("a created user has no id")?;
    Ok(id.to_owned())
}

fn made_up(n: u32) -> User {
    let user_name = format!("user{n:07}@example.com");
    User { user_name, id: format!("01980000-0001-7000-8000-{n:012x}") }
}

/// What one user has in the store.
struct Pattern {
    user: String,
    account: String,
    records: Vec<(String, String)>,
}

impl Pattern {
    async fn find(store: &EtcdStore<Grpc, ManualHost>, user: String) -> Result<Self> {
        let entries = store.begin().await?.fetched(|t| t.range("", None, 0, usize::MAX)).await?;
        let text = |(key, value): Entry| Ok((key, String::from_utf8(value)?));
        let records = entries.into_iter().map(text).collect::<Result<Vec<_>>>()?;
        let account = records.iter().find(|(key, _)| *key == format!("accounts/{PATTERN}"));
        let (_, account) = account.context("the pattern has no account")?;
        let account: Value = serde_json::from_str(account)?;
        let account = account.get("id").and_then(Value::as_str).map(str::to_owned);
        let account = account.ok_or_else(|| anyhow!("the pattern's account has no id"))?;
        let is_theirs =
            |text: &str| [PATTERN, &*user, &*account].iter().any(|name| text.contains(name));
        let mut records = records;
        // What happened to them is told once.
        records.retain(|(key, value)| {
            !key.contains("/events/") && (is_theirs(key) || is_theirs(value))
        });
        Ok(Self { user, account, records })
    }

    fn records_of(&self, user: &User, n: u32) -> impl Iterator<Item = (String, String)> {
        let account = format!("01980000-0002-7000-8000-{n:012x}");
        let named = move |text: &str| {
            text.replace(&self.user, &user.id)
                .replace(&self.account, &account)
                .replace(PATTERN, &user.user_name)
        };
        self.records.iter().map(move |(key, value)| (named(key), named(value)))
    }
}
