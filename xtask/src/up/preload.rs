use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::edge::{Connection, Front};
use crate::interrupt;
use crate::step::say;

/// Connections that create users at once: enough to keep two workers busy.
const CLIENTS: u32 = 4;

/// A user that was created.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct User {
    /// The `userName`, which is the e-mail address too.
    pub user_name: String,
    /// The id that the edge gave.
    pub id: String,
}

/// Creates `count` users, user000001@example.com and so on, in turn in each of the teams. They come back by name.
pub fn preload(edge: &Front, teams: &[Connection], count: u32) -> Result<Vec<User>> {
    let (next, done) = (AtomicU32::new(0), AtomicU32::new(0));
    let work = || -> Result<Vec<User>> {
        let mut client = edge.client()?;
        let mut users = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return Ok(users);
            }
            interrupt::check()?;
            let turn = usize::try_from(index)? % teams.len().max(1);
            let team = teams.get(turn).context("no team to create users in")?;
            let user_name = format!("user{:06}@example.com", index + 1);
            let headers =
                [("authorization", &*team.bearer()), ("content-type", "application/scim+json")];
            let path = format!("{}/Users", team.path());
            let answer =
                client.send(Method::POST, &path, &headers, resource(&user_name).to_string())?;
            let text = String::from_utf8_lossy(answer.body());
            ensure!(
                answer.status() == StatusCode::CREATED,
                "creating {user_name}: {}: {text}",
                answer.status()
            );
            let answer: Value = serde_json::from_str(&text)?;
            let id =
                answer.get("id").and_then(Value::as_str).context("a created user has no id")?;
            users.push(User { user_name, id: id.to_owned() });
            done.fetch_add(1, Ordering::Relaxed);
        }
    };
    std::thread::scope(|scope| {
        let begun = Instant::now();
        let clients: Vec<_> = (0..CLIENTS.min(count)).map(|_| scope.spawn(work)).collect();
        let mut said = Instant::now();
        while clients.iter().any(|client| !client.is_finished()) {
            std::thread::sleep(Duration::from_millis(5));
            if said.elapsed() > Duration::from_secs(1) {
                said = Instant::now();
                say(format_args!("{} of {count} users", done.load(Ordering::Relaxed)));
            }
        }
        let mut users = Vec::new();
        for client in clients {
            users.extend(client.join().map_err(|_| anyhow!("a client has crashed"))??);
        }
        if count > 0 {
            say(format_args!("{count} users in {:.1} s", begun.elapsed().as_secs_f64()));
        }
        users.sort();
        Ok(users)
    })
}

/// A user as an identity provider would send it (RFC 7643 §4.1).
pub(crate) fn resource(user_name: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": user_name,
        "externalId": format!("00u-{user_name}"),
        "name": { "givenName": "Demo", "familyName": "Person" },
        "displayName": "Demo Person",
        "emails": [{ "value": user_name, "type": "work", "primary": true }],
        "active": true,
    })
}
