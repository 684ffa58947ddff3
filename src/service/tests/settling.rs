//! When clients are told of changes, on a store that says what has to be waited for and takes down what was.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use super::*;
use crate::store::suite::waiting::WaitingTransaction;
use crate::store::{Entry, Receipt, Transaction};

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// What a transaction has witnessed settles at this time.
const WITNESSED: u64 = 1;

/// The first commit that writes settles at 1001 ms, the second at 1002 ms.
const COMMITS: u64 = 1000;

struct Settling {
    waiting: Waiting,
    commits: Cell<u64>,
    settled: RefCell<Vec<u64>>,
    /// Whether the next commit that writes is carried out and then not answered.
    silent: Cell<bool>,
}

struct Watched<'s> {
    store: &'s Settling,
    inner: WaitingTransaction<'s>,
    writes: bool,
}

fn at(milliseconds: u64) -> Receipt {
    Receipt { settles_at: Duration::from_millis(milliseconds) }
}

impl Store for Settling {
    type Transaction<'s> = Watched<'s>;

    async fn begin(&self) -> Result<Watched<'_>, StoreError> {
        Ok(Watched { store: self, inner: self.waiting.begin().await?, writes: false })
    }

    async fn settle(&self, receipt: Receipt) {
        self.settled.borrow_mut().push(receipt.settles_at.as_millis() as u64);
    }
}

impl Transaction for Watched<'_> {
    fn get(&mut self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.get(key)
    }

    fn range(
        &mut self,
        prefix: &str,
        after: Option<&str>,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        self.inner.range(prefix, after, skip, limit)
    }

    fn count(&mut self, prefix: &str) -> Result<u64, StoreError> {
        self.inner.count(prefix)
    }

    fn put(&mut self, key: &str, value: Vec<u8>) -> Result<(), StoreError> {
        self.writes = true;
        self.inner.put(key, value)
    }

    fn delete(&mut self, key: &str) {
        self.writes = true;
        self.inner.delete(key);
    }

    fn witnessed(&self) -> Receipt {
        at(WITNESSED)
    }

    async fn fetch(&mut self) -> Result<(), StoreError> {
        self.inner.fetch().await
    }

    fn undo(&mut self) {
        self.inner.undo();
    }

    async fn commit(self) -> Result<Receipt, StoreError> {
        self.inner.commit().await?;
        if !self.writes {
            return Ok(at(WITNESSED));
        }
        self.store.commits.set(self.store.commits.get() + 1);
        if self.store.silent.take() {
            return Err(StoreError::unknown("no answer"));
        }
        Ok(at(COMMITS + self.store.commits.get()))
    }
}

/// The edge with one user, on a store that settles.
struct Settled {
    service: Service<Settling, ManualHost>,
    edge: Edge,
    user: String,
}

impl Settled {
    fn new() -> Self {
        let edge = Edge::new();
        let user = edge.create("ann")["id"].as_str().unwrap().to_owned();
        let config = edge.service.config.clone();
        let waiting = edge.service.store.clone();
        let store = Settling {
            waiting,
            commits: Cell::default(),
            settled: RefCell::default(),
            silent: Cell::default(),
        };
        Self { service: Service::new(config, store, ManualHost::default()), edge, user }
    }

    /// The status of the answer, and what was waited for before it.
    fn answer(&self, ask: Ask<'_>) -> (u16, Vec<u64>) {
        self.service.store.settled.borrow_mut().clear();
        let status = match block_on(self.service.handle(&ask.request)) {
            Outcome::Answer(response) => response.status.as_u16(),
            Outcome::Forward(_) => 0,
        };
        (status, self.service.store.settled.borrow().clone())
    }

    fn scim(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Vec<u64>) {
        let ask = self.edge.scim(method, path);
        self.answer(match body {
            Some(body) => ask.json(body),
            None => ask,
        })
    }
}

#[test]
fn a_change_is_answered_once_it_has_settled() {
    let edge = Settled::new();
    let path = format!("/Users/{}", edge.user);
    let off = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "active", "value": false }],
    });
    assert_eq!(edge.scim(Method::PATCH, &path, Some(&off)), (200, vec![COMMITS + 1]));
    assert_eq!(edge.scim(Method::DELETE, &path, None), (204, vec![COMMITS + 2]));
    let rotate = edge.edge.owner(Method::POST, "/v1/teams/acme/scim/rotate");
    assert_eq!(edge.answer(rotate), (200, vec![COMMITS + 3]));
}

#[test]
fn a_change_that_was_made_before_is_answered_once_that_has_settled() {
    let edge = Settled::new();
    let nobody = "/Users/0190a6f0-0000-7000-8000-000000000000";
    assert_eq!(edge.scim(Method::DELETE, nobody, None), (404, vec![WITNESSED]));
    let nobody = edge.edge.owner(Method::DELETE, "/v1/teams/acme/members/nobody@example.com");
    assert_eq!(edge.answer(nobody), (404, vec![WITNESSED]));
}

#[test]
fn reads_wait_for_nothing() {
    let edge = Settled::new();
    assert_eq!(edge.scim(Method::GET, &format!("/Users/{}", edge.user), None), (200, vec![]));
    assert_eq!(edge.scim(Method::GET, "/Users", None), (200, vec![]));
    assert_eq!(edge.scim(Method::GET, "/Users/nobody", None), (404, vec![]));
    let search = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"] });
    assert_eq!(edge.scim(Method::POST, "/Users/.search", Some(&search)), (200, vec![]));
    let members = edge.edge.owner(Method::GET, "/v1/teams/acme/members");
    assert_eq!(edge.answer(members), (200, vec![]));
    let knock = edge.edge.ask(Method::GET, "/t/acme/page").signed_in(OWNER);
    assert_eq!(edge.answer(knock), (0, vec![]));
    assert!(
        block_on(edge.service.refuse_early(&edge.edge.scim(Method::POST, "/Users").request))
            .is_none()
    );
    assert!(edge.service.store.settled.borrow().is_empty());
}

fn creates(names: impl Iterator<Item = String>) -> Value {
    let post = |name: String| json!({ "method": "POST", "path": "/Users", "bulkId": name, "data": user(&name) });
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": names.map(post).collect::<Vec<_>>(),
    })
}

#[test]
fn a_bulk_request_waits_once_at_its_end() {
    let edge = Settled::new();
    // Eight operations share a commit.
    let mut bulk = creates((0..9).map(|n| format!("user{n}")));
    assert_eq!(edge.scim(Method::POST, "/Bulk", Some(&bulk)), (200, vec![COMMITS + 2]));
    // What is refused is waited for too, and what failed is in the log.
    bulk["Operations"] = json!([{ "method": "DELETE", "path": "/Users/nobody" }]);
    assert_eq!(edge.scim(Method::POST, "/Bulk", Some(&bulk)), (200, vec![WITNESSED]));
}

#[test]
fn operations_that_share_a_commit_are_done_apart_where_one_fails() {
    let edge = Settled::new();
    // "ann" is there already.
    let bulk = creates(["bob", "ann", "cid"].map(str::to_owned).into_iter());
    // Two creates, and the refusal's event.
    assert_eq!(edge.scim(Method::POST, "/Bulk", Some(&bulk)), (200, vec![COMMITS + 3]));
}

#[test]
fn operations_whose_commit_may_have_happened_are_not_done_again() {
    let edge = Settled::new();
    edge.service.store.silent.set(true);
    let bulk = creates((0..3).map(|n| format!("user{n}")));
    let ask = edge.edge.scim(Method::POST, "/Bulk").json(&bulk);
    let Outcome::Answer(answer) = block_on(edge.service.handle(&ask.request)) else {
        panic!("a bulk request was passed on")
    };
    let answer = body(&answer);
    let statuses: Vec<&Value> =
        answer["Operations"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, ["503", "503", "503"]);
    assert_eq!(edge.service.store.commits.get(), 1);
    // Each of them was done, and once.
    let list = edge.edge.scim(Method::GET, "/Users");
    let Outcome::Answer(list) = block_on(edge.service.handle(&list.request)) else {
        panic!("a list was passed on")
    };
    assert_eq!(body(&list)["totalResults"], 4);
}
