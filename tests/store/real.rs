//! The engine on a real etcd: that etcd does what the engine and its made-up etcd take for granted, and that writers
//! who meet there leave what they were told.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use scim_edge::store::etcd::message::{
    Compare, CompareResult, CompareTarget, Compared, DeleteRangeRequest, PutRequest, RangeRequest,
    Request, RequestOp, TxnRequest,
};
use scim_edge::store::etcd::{CallError, EtcdStore, check};
use scim_edge::store::memory::Memory;
use scim_edge::store::{Entry, Store, StoreError, Transaction, key};
use xtask::client::Client;
use xtask::etcd::Etcd;

use super::host::Native;
use super::ways::{Way, both_ways, etcd, options, run};

both_ways!(
    one_writer_reads_what_the_engine_in_memory_reads,
    many_writers_lose_nothing_and_do_nothing_twice,
    a_list_of_thousands_is_counted_paged_and_taken_away,
    the_largest_commit_that_the_engine_sends_is_taken,
    etcd_does_what_the_engine_takes_for_granted,
    a_transaction_on_a_revision_that_etcd_has_compacted_conflicts,
);

type Engine<W> = EtcdStore<W, Native>;

async fn engine<W: Way>(etcd: &Etcd) -> Engine<W> {
    EtcdStore::new(W::to(etcd).await, Native::new(), options(0))
}

/// Numbers from a seed (xorshift).
struct Numbers(Cell<u64>);

impl Numbers {
    fn below(&self, bound: u64) -> u64 {
        let mut x = self.0.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.0.set(x);
        x % bound
    }
}

/// What one random operation answers, in a form that can be compared.
#[derive(Debug, PartialEq)]
enum Answer {
    Value(Option<Vec<u8>>),
    Entries(Vec<Entry>),
    Count(u64),
    Done,
}

const PREFIXES: [&str; 8] = [
    "",
    "teams/",
    "teams/one",
    "teams/one/users/",
    "teams/one/users/1",
    "teams/one/group-members/g/",
    "accounts/",
    "none/",
];

fn some_key(number: u64) -> String {
    let n = number / 5;
    match number % 5 {
        0 => key::user("one", &n.to_string()),
        1 => key::group_member("one", "g", &n.to_string()),
        2 => key::account(&n.to_string()),
        3 => key::member("two", &n.to_string()),
        _ => key::team(&n.to_string()),
    }
}

/// The operation that `seed` stands for.
async fn operate(on: &mut impl Transaction, seed: u64) -> Answer {
    let numbers = Numbers(Cell::new(seed));
    numbers.below(2);
    let key = some_key(numbers.below(100));
    let prefix = PREFIXES.into_iter().nth(numbers.below(8) as usize).unwrap();
    match numbers.below(10) {
        0 => Answer::Value(on.fetched(|t| t.get(&key)).await.unwrap()),
        1 => Answer::Count(on.fetched(|t| t.count(prefix)).await.unwrap()),
        2 | 3 => {
            let after = (numbers.below(4) == 0).then_some(&*key);
            let (skip, limit) = (numbers.below(12), numbers.below(12) as usize);
            Answer::Entries(on.fetched(|t| t.range(prefix, after, skip, limit)).await.unwrap())
        }
        4..=7 => {
            let value = vec![seed as u8; numbers.below(40) as usize];
            on.put(&key, value).unwrap();
            Answer::Done
        }
        _ => {
            on.delete(&key);
            Answer::Done
        }
    }
}

fn one_writer_reads_what_the_engine_in_memory_reads<W: Way>() {
    let etcd = etcd();
    run(async {
        let (real, yardstick) = (engine::<W>(&etcd).await, Memory::new());
        let numbers = Numbers(Cell::new(0x5eed));
        for transaction in 0..150 {
            let mut on_real = real.begin().await.unwrap();
            let mut on_yardstick = yardstick.begin().await.unwrap();
            for operation in 0..numbers.below(12) {
                let seed = 1 + numbers.below(u64::MAX - 1);
                let real = operate(&mut on_real, seed).await;
                let expected = operate(&mut on_yardstick, seed).await;
                assert_eq!(real, expected, "transaction {transaction}, operation {operation}");
            }
            if numbers.below(5) > 0 {
                on_real.commit().await.unwrap();
                on_yardstick.commit().await.unwrap();
            }
        }
        let mut all = yardstick.begin().await.unwrap();
        let all = all.fetched(|t| t.range("", None, 0, usize::MAX)).await.unwrap();
        let mut real_all = real.begin().await.unwrap();
        assert_eq!(real_all.fetched(|t| t.range("", None, 0, usize::MAX)).await.unwrap(), all);
        let report = check(&real).await.unwrap();
        assert_eq!((report.records, report.broken), (all.len() as u64, vec![]));
    });
}

const WRITERS: usize = 8;
const COMMITS: usize = 40;
const TEAMS: u64 = 3;

/// What somebody was told is in the log of a team.
type Told = (String, String, String);

/// Adds a line to a team's log, and moves something between two accounts, as often as it takes.
async fn add(store: &impl Store, numbers: &Numbers, line: &str) -> (Told, usize) {
    let mut conflicts = 0;
    loop {
        let team = format!("t{}", numbers.below(TEAMS));
        let (from, to) = (numbers.below(6), numbers.below(6));
        match try_to_add(store, &team, line, from, to).await {
            Ok(event) => return ((team, event, line.to_owned()), conflicts),
            Err(error) if error.is_conflict() => conflicts += 1,
            Err(error) => panic!("{error}"),
        }
    }
}

async fn try_to_add(
    store: &impl Store,
    team: &str,
    line: &str,
    from: u64,
    to: u64,
) -> Result<String, StoreError> {
    let mut transaction = store.begin().await?;
    let count = transaction.fetched(|t| t.count(&key::events(team))).await?;
    let last = count.saturating_sub(1);
    let newest = transaction.fetched(|t| t.range(&key::events(team), None, last, 2)).await?;
    let expected = (count > 0).then(|| key::event(team, last));
    assert_eq!(newest.first().map(|(key, _)| key.clone()), expected);
    assert!(newest.len() < 2);
    let event = key::event(team, count);
    transaction.put(&event, line.as_bytes().to_vec())?;
    transaction.put(&key::user(team, line), vec![1])?;
    for (account, change) in [(from, -1), (to, 1)] {
        let account = key::account(&account.to_string());
        let sum: i64 = match transaction.fetched(|t| t.get(&account)).await? {
            Some(value) => String::from_utf8(value).unwrap().parse().unwrap(),
            None => 0,
        };
        transaction.put(&account, (sum + change).to_string().into_bytes())?;
    }
    transaction.commit().await?;
    Ok(event)
}

fn many_writers_lose_nothing_and_do_nothing_twice<W: Way>() {
    let etcd = etcd();
    run(async {
        let told: Rc<RefCell<Vec<Told>>> = Rc::default();
        let conflicts: Rc<Cell<usize>> = Rc::default();
        let mut writers = Vec::new();
        for writer in 0..WRITERS {
            let store = engine::<W>(&etcd).await;
            let (told, conflicts) = (Rc::clone(&told), Rc::clone(&conflicts));
            writers.push(tokio::task::spawn_local(async move {
                let numbers = Numbers(Cell::new(77 + writer as u64));
                for commit in 0..COMMITS {
                    let (line, met) = add(&store, &numbers, &format!("{writer}-{commit}")).await;
                    told.borrow_mut().push(line);
                    conflicts.set(conflicts.get() + met);
                }
            }));
        }
        for writer in writers {
            writer.await.unwrap();
        }
        let conflicts = conflicts.get();
        println!("{} commits met {conflicts} others", WRITERS * COMMITS);
        assert!(conflicts > 0, "the writers did not meet");

        let store = engine::<W>(&etcd).await;
        let mut transaction = store.begin().await.unwrap();
        let mut found = Vec::new();
        for team in 0..TEAMS {
            let team = format!("t{team}");
            let events =
                transaction.fetched(|t| t.range(&key::events(&team), None, 0, 1000)).await.unwrap();
            for (number, (event, line)) in events.into_iter().enumerate() {
                assert_eq!(event, key::event(&team, number as u64));
                found.push((team.clone(), event, String::from_utf8(line).unwrap()));
            }
        }
        let mut told = told.take();
        told.sort();
        assert_eq!(found, told);
        let accounts = transaction.fetched(|t| t.range("accounts/", None, 0, 100)).await.unwrap();
        let sums = accounts.into_iter().map(|(_, sum)| String::from_utf8(sum).unwrap());
        assert_eq!(sums.map(|sum| sum.parse::<i64>().unwrap()).sum::<i64>(), 0);
        assert_eq!(check(&store).await.unwrap().broken, []);
    });
}

fn a_list_of_thousands_is_counted_paged_and_taken_away<W: Way>() {
    let etcd = etcd();
    run(async {
        let store = engine::<W>(&etcd).await;
        let user = |number: u64| key::user("acme", &format!("{number:05}"));
        for batch in 0..3 {
            let mut transaction = store.begin().await.unwrap();
            for number in 0..3000 {
                transaction.put(&user(batch * 3000 + number), vec![7; 200]).unwrap();
            }
            transaction.commit().await.unwrap();
        }
        let report = check(&store).await.unwrap();
        assert_eq!((report.records, report.sections > 5, report.broken), (9000, true, vec![]));
        let fresh = engine::<W>(&etcd).await;
        for skip in [0, 1, 999, 1000, 4321, 8900, 8999, 9000] {
            let mut transaction = fresh.begin().await.unwrap();
            assert_eq!(transaction.fetched(|t| t.count("teams/acme/users/")).await, Ok(9000));
            let page = transaction
                .fetched(|t| t.range("teams/acme/users/", None, skip, 100))
                .await
                .unwrap();
            let expected = (skip..9000.min(skip + 100)).map(user);
            assert!(page.iter().map(|(key, _)| key.clone()).eq(expected), "{skip}");
        }
        let mut transaction = fresh.begin().await.unwrap();
        let all =
            transaction.fetched(|t| t.range("teams/acme/users/", None, 0, 9000)).await.unwrap();
        for (key, _) in all {
            transaction.delete(&key);
        }
        transaction.commit().await.unwrap();
        let report = check(&store).await.unwrap();
        assert_eq!((report.records, report.sections, report.broken), (0, 0, vec![]));
    });
}

fn the_largest_commit_that_the_engine_sends_is_taken<W: Way>() {
    let etcd = etcd();
    run(async {
        let store = engine::<W>(&etcd).await;
        let mut largest = 0;
        for records in 20..26 {
            let mut transaction = store.begin().await.unwrap();
            for number in 0..records {
                // With 23 of these there is a little room left, which is filled.
                let size = if number == 22 { 60_000 } else { 65_536 };
                let key = key::external_id("acme", &number.to_string());
                transaction.put(&key, vec![records; size]).unwrap();
            }
            match transaction.commit().await {
                Ok(_) => largest = records,
                Err(error) => assert_eq!(error, StoreError::too_large("transaction")),
            }
        }
        assert_eq!(largest, 23);
    });
}

fn put(key: &str) -> RequestOp {
    let put = PutRequest { key: key.into(), value: vec![1] };
    RequestOp { request: Some(Request::Put(put)) }
}

fn delete(key: &str) -> RequestOp {
    let delete = DeleteRangeRequest { key: key.into(), range_end: Vec::new() };
    RequestOp { request: Some(Request::DeleteRange(delete)) }
}

fn inner(success: Vec<RequestOp>) -> RequestOp {
    RequestOp { request: Some(Request::Txn(TxnRequest { success, ..TxnRequest::default() })) }
}

fn nested(outer: usize, each: usize) -> Vec<RequestOp> {
    let each = |at| (0..each).map(|number| put(&format!("n/{at}/{number}"))).collect();
    (0..outer).map(|at| inner(each(at))).collect()
}

fn set_in(key: &str, end: &str, result: CompareResult, revision: i64) -> Compare {
    Compare {
        result: result.into(),
        target: CompareTarget::Mod.into(),
        key: key.into(),
        compared: Some(Compared::ModRevision(revision)),
        range_end: end.into(),
    }
}

/// The same as `src/store/etcd/fake/tests.rs` says of the made-up etcd.
fn etcd_does_what_the_engine_takes_for_granted<W: Way>() {
    let etcd = etcd();
    run(async {
        let client = W::to(&etcd).await;
        let send = async |compare: Vec<Compare>, success: Vec<RequestOp>| {
            client.txn(TxnRequest { compare, success, failure: Vec::new() }).await
        };
        let refused = Err(CallError::Refused { code: 3 });
        assert_eq!(send(vec![], vec![put("a"), put("a")]).await, refused);
        assert_eq!(send(vec![], vec![put("a"), delete("a")]).await, refused);
        assert_eq!(send(vec![], nested(64, 65)).await, refused);
        assert_eq!(send(vec![], nested(65, 64)).await, refused);
        let done = send(vec![], nested(64, 64)).await.unwrap();
        assert_eq!(done.header.unwrap().revision, 2, "one revision for all of a transaction");
        let read = RequestOp { request: Some(Request::Range(range("none", "", 0))) };
        let three = |innermost| {
            let mut middle = vec![read.clone(); 41];
            middle.push(inner(vec![read.clone(); innermost]));
            vec![inner(middle); 42]
        };
        assert!(send(vec![], three(44)).await.is_ok());
        assert_eq!(send(vec![], three(45)).await, refused);

        send(vec![], vec![put("a/1")]).await.unwrap();
        send(vec![], vec![put("a/2")]).await.unwrap();
        for (compare, holds) in [
            (set_in("a/", "a0", CompareResult::Less, 5), true),
            (set_in("a/", "a0", CompareResult::Less, 4), false),
            (set_in("a/", "a/2", CompareResult::Less, 4), true),
            (set_in("b", "", CompareResult::Equal, 0), true),
            (set_in("b", "", CompareResult::Less, 4), true),
            (set_in("b", "c", CompareResult::Less, 4), true),
            (set_in("a/1", "", CompareResult::Equal, 3), true),
        ] {
            let answer = send(vec![compare.clone()], vec![]).await.unwrap();
            assert_eq!(answer.succeeded, holds, "{compare:?}");
        }
        send(vec![], vec![delete("a/1")]).await.unwrap();
        assert_eq!(client.range(range("a/", "a0", 4)).await.unwrap().kvs.len(), 2);
        assert_eq!(client.range(range("a/", "a0", 0)).await.unwrap().kvs.len(), 1);
        let out_of_range = Err(CallError::Refused { code: 11 });
        assert_eq!(client.range(range("a/", "a0", 6)).await, out_of_range);
        compact(&etcd, 4);
        assert_eq!(client.range(range("a/", "a0", 3)).await, out_of_range);
        assert_eq!(client.range(range("a/", "a0", 4)).await.unwrap().kvs.len(), 2);
        let old = RequestOp { request: Some(Request::Range(range("a/", "a0", 3))) };
        let refused = Err(CallError::Refused { code: 11 });
        assert_eq!(send(vec![], vec![old]).await, refused);
    });
}

fn range(key: &str, end: &str, revision: i64) -> RangeRequest {
    RangeRequest { key: key.into(), range_end: end.into(), revision, ..RangeRequest::default() }
}

fn compact(etcd: &Etcd, revision: i64) {
    let address = etcd.address();
    let body = format!(r#"{{"revision":{revision}}}"#);
    // The client has a runtime of its own.
    let call = move || {
        let mut client = Client::connect(address).unwrap();
        client.send(http::Method::POST, "/v3/kv/compaction", &[], body).unwrap().status()
    };
    assert!(std::thread::spawn(call).join().unwrap().is_success());
}

fn a_transaction_on_a_revision_that_etcd_has_compacted_conflicts<W: Way>() {
    let etcd = etcd();
    run(async {
        let store = engine::<W>(&etcd).await;
        let write = async |value: u8| {
            let mut transaction = store.begin().await.unwrap();
            transaction.put("teams/acme", vec![value]).unwrap();
            transaction.commit().await.unwrap();
        };
        write(1).await;
        let mut transaction = store.begin().await.unwrap();
        transaction.fetched(|t| t.get("teams/acme")).await.unwrap();
        write(2).await;
        write(3).await;
        let now = W::to(&etcd).await.range(range("none", "", 0)).await;
        compact(&etcd, now.unwrap().header.unwrap().revision);
        assert_eq!(
            transaction.fetched(|t| t.get("teams/other")).await,
            Err(StoreError::conflict())
        );
    });
}
