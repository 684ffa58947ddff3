//! How much memory a file takes on its way through: as much for a large one as for a small one.
//!
//! The file is made up while it is sent, and the store forgets what it is given, so what the process needs is what the
//! import needs.

use std::cell::RefCell;
use std::collections::BTreeMap;

use http::{Method, StatusCode};
use scim_edge::config::Config;
use scim_edge::host::ManualHost;
use scim_edge::http::{Request, header};
use scim_edge::service::{Service, Upload, UploadError};
use scim_edge::store::{Entry, Receipt, Store, StoreError, Transaction};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const KEY: &str = "platform-key";

/// Keeps what the import says of itself, and of the rest only how large the largest transaction was.
#[derive(Default)]
struct Forgetful {
    kept: RefCell<BTreeMap<String, Vec<u8>>>,
    largest: RefCell<usize>,
}

struct Changes<'s> {
    store: &'s Forgetful,
    written: usize,
    kept: BTreeMap<String, Option<Vec<u8>>>,
}

impl Store for Forgetful {
    type Transaction<'s> = Changes<'s>;

    async fn begin(&self) -> Result<Changes<'_>, StoreError> {
        Ok(Changes { store: self, written: 0, kept: BTreeMap::new() })
    }
}

impl Transaction for Changes<'_> {
    fn get(&mut self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let own = self.kept.get(key).cloned();
        Ok(own.unwrap_or_else(|| self.store.kept.borrow().get(key).cloned()))
    }

    fn range(
        &mut self,
        _: &str,
        _: Option<&str>,
        _: u64,
        _: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        Ok(Vec::new())
    }

    fn count(&mut self, _: &str) -> Result<u64, StoreError> {
        Ok(0)
    }

    fn put(&mut self, key: &str, value: Vec<u8>) -> Result<(), StoreError> {
        self.written += key.len() + value.len();
        if key == "teams/acme" || key.contains("/begun/") {
            self.kept.insert(key.to_owned(), Some(value));
        }
        Ok(())
    }

    fn delete(&mut self, key: &str) {
        self.kept.insert(key.to_owned(), None);
    }

    async fn fetch(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn undo(&mut self) {
        self.kept.clear();
    }

    async fn commit(self) -> Result<Receipt, StoreError> {
        let mut largest = self.store.largest.borrow_mut();
        *largest = self.written.max(*largest);
        for (key, value) in self.kept {
            match value {
                Some(value) => drop(self.store.kept.borrow_mut().insert(key, value)),
                None => drop(self.store.kept.borrow_mut().remove(&key)),
            }
        }
        Ok(Receipt::default())
    }
}

/// The file of a team with this many users, made up as it is read.
struct MadeUp {
    next: usize,
    users: usize,
    sha256: Sha256,
    sent: usize,
}

impl Upload for MadeUp {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, UploadError> {
        let mut part = Vec::new();
        while part.len() < 64 * 1024 && self.next <= self.users + 2 {
            let line = self.line();
            let line = format!("{line}\n").into_bytes();
            self.sha256.update(&line);
            part.extend(line);
            self.next += 1;
        }
        self.sent += part.len();
        Ok((!part.is_empty()).then_some(part))
    }

    fn waiting(&self) -> usize {
        0
    }
}

impl MadeUp {
    fn line(&self) -> Value {
        let id = |kind: u8, n: usize| format!("019000{kind:02x}-0000-7000-8000-{n:012x}");
        let n = self.next;
        if n == 0 {
            return json!({ "kind": "team", "format": 1, "id": "acme", "team": { "name": "Acme",
                "sso": { "type": "oidc" }, "verified_domains": [], "created": 1 } });
        }
        if n > self.users + 1 {
            let sha256 = hex::encode(self.sha256.clone().finalize());
            return json!({ "kind": "end", "lines": n, "sha256": sha256 });
        }
        let (email, owner) = (format!("user-{n:07}@example.com"), n == self.users + 1);
        let role = if owner { "owner" } else { "member" };
        let mut line = json!({ "kind": "person",
            "account": { "id": id(1, n), "email": email, "created": 1,
                         "origin": { "kind": "platform" } },
            "membership": { "role": role, "since": 1, "via": "platform" } });
        if !owner {
            line["user"] = json!({ "id": id(2, n), "account": id(1, n), "active": true,
                "names": { "user_name": email, "external_id": id(3, n), "emails": [email] },
                "attributes": { "userName": email, "title": "x".repeat(900) },
                "version": 1, "created": 1, "last_modified": 1 });
        }
        line
    }
}

/// The most memory that this process has had, in KiB.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// Imports a file of this many users. Gives its length, and that of the largest transaction.
fn import(users: usize) -> (usize, usize) {
    let config = json!({
        "public_url": "https://edge.example",
        "platform_keys_sha256": [hex::encode(Sha256::digest(KEY))],
    });
    let config = Config::from_json(config.to_string().as_bytes()).unwrap();
    let service = Service::new(config, Forgetful::default(), ManualHost::default());
    let mut head = Request::new(Method::PUT, "/v1/teams/acme/import");
    head.headers.set(header::AUTHORIZATION, &format!("Bearer {KEY}")).unwrap();
    let mut file = MadeUp { next: 0, users, sha256: Sha256::new(), sent: 0 };
    let answer = pollster::block_on(service.import(&head, &mut file));
    let said = String::from_utf8_lossy(&answer.body).into_owned();
    assert_eq!(answer.status, StatusCode::CREATED, "{said}");
    let largest = *service.store().largest.borrow();
    (file.sent, largest)
}

#[test]
fn a_file_of_50_000_users_takes_no_more_memory_than_one_of_2_000() {
    let (small, _) = import(2_000);
    let before = peak();
    let (large, largest) = import(50_000);
    let grown = peak() - before;
    eprintln!(
        "{} KiB, then {} KiB: {grown} KiB more memory; the largest transaction wrote {} KiB",
        small / 1024,
        large / 1024,
        largest / 1024
    );
    assert!(large > 60 * 1024 * 1024);
    assert!(grown < 4 * 1024, "{grown} KiB more");
    assert!(largest < 768 * 1024, "{largest} bytes in one transaction");
}
