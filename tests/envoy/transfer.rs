//! Teams as files, out of one Envoy and into another: bodies that are longer than Envoy, or the filter, may hold.
#![expect(clippy::disallowed_methods, reason = "tests wait for another process")]

use std::time::Duration;

use http::{HeaderMap, Method, Request};
use serde_json::{Value, json};
use xtask::client::Client;
use xtask::demo::sha256;

use crate::answer::Answer;
use crate::patience::{eventually, time};
use crate::site::{BODY_MARK, Site};
use crate::team::{Team, address};

/// An id that nobody has in another team.
fn id(team: &str, kind: u8, n: usize) -> String {
    let own: String = sha256(team).chars().take(4).collect();
    format!("0190{own}-{kind:04x}-7000-8000-{n:012x}")
}

/// A made-up team of an owner and this many users, each of about a kilobyte.
pub(crate) fn file(team: &str, users: usize) -> Vec<u8> {
    let owner = address("owner", team);
    let mut lines = vec![json!({ "kind": "team", "format": 1, "id": team, "team": {
        "name": "Test", "sso": { "type": "oidc" }, "verified_domains": [], "created": 1 } })];
    lines.extend((0..users).map(|n| {
        let email = address(&format!("user-{n:06}"), team);
        json!({ "kind": "person",
            "account": { "id": id(team, 1, n), "email": email, "created": 2,
                         "origin": { "kind": "scim", "team": team } },
            "membership": { "role": "member", "since": 2, "via": "scim" },
            "user": { "id": id(team, 2, n), "account": id(team, 1, n), "active": true,
                "names": { "user_name": email, "external_id": format!("ext-{n}"), "emails": [email] },
                "attributes": { "userName": email, "externalId": format!("ext-{n}"),
                    "displayName": BODY_MARK, "title": "Engineer ".repeat(40),
                    "emails": [{ "value": email, "primary": true }] },
                "version": 1, "created": 2, "last_modified": 2 } })
    }));
    lines.push(json!({ "kind": "person",
        "account": { "id": id(team, 1, users), "email": owner, "created": 1,
                     "origin": { "kind": "platform" } },
        "membership": { "role": "owner", "since": 1, "via": "platform" } }));
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let end = json!({ "kind": "end", "lines": lines.len(), "sha256": sha256(&text) });
    format!("{text}{end}\n").into_bytes()
}

fn path(team: &str) -> String {
    format!("/v1/teams/{team}/import")
}

fn import_on(site: &Site, client: &mut Client, path: &str, file: &[u8]) -> Answer {
    let headers = [("authorization", site.platform())];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    client.send(Method::PUT, path, &headers, file.to_vec()).unwrap().into()
}

pub(crate) fn import(site: &Site, team: &str, file: &[u8]) -> Answer {
    import_on(site, &mut site.http1(), &path(team), file)
}

/// Imports a file in the place of a team that is there.
pub(crate) fn replace(site: &Site, team: &str, file: &[u8]) -> Answer {
    import_on(site, &mut site.http1(), &format!("{}?replace=true", path(team)), file)
}

/// All pages of a team's file, and how many there were.
pub(crate) fn export(site: &Site, team: &str) -> (Vec<u8>, usize) {
    let (mut file, mut pages) = (Vec::new(), 0);
    let mut target = format!("/v1/teams/{team}/export");
    loop {
        let page = site.get(&target, &site.platform()).expect(200);
        // Envoy takes the field away where there is no body.
        let media_type = if page.body.is_empty() { "" } else { "application/x-ndjson" };
        assert_eq!(page.header("content-type"), media_type);
        assert!(page.body.len() < 1_100_000, "{}", page.body.len());
        file.extend(&page.body);
        pages += 1;
        let Some((next, _)) = page.header("link").split_once(">; rel=\"next\"") else {
            return (file, pages);
        };
        target = next.trim_start_matches('<').to_owned();
    }
}

/// What Envoy has of memory now, in MiB.
fn memory(site: &Site) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", site.envoy.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() / 1024
}

#[track_caller]
fn expect_no_team(site: &Site, team: &str) {
    site.get(&format!("/v1/teams/{team}"), &site.platform()).expect_problem(404);
}

#[test]
fn a_team_of_20_000_users_moves_from_one_envoy_to_another() {
    const USERS: usize = 20_000;
    let (source, target) = (Site::start(|_| {}), Site::start(|_| {}));
    let name = "transfer-big";
    let made_up = file(name, USERS);
    let (answer, took) = time(|| import(&source, name, &made_up));
    let (size, rss) = (made_up.len() / 1024, memory(&source));
    eprintln!("imported {USERS} users, {size} KiB, in {took:?}; Envoy has {rss} MiB");
    assert!(matches!(answer.status, 201 | 202), "{}", answer.text());
    eventually("the import is done", || {
        let answer = source.get(&format!("/v1/teams/{name}"), &source.platform());
        (answer.status == 200).then_some(())
    });
    let connection = source.enable_scim(name, &address("owner", name)).unwrap();
    source.keep_secret(&connection.token);
    let there = Team { site: &source, id: name.to_owned(), connection: connection.clone() };
    let ada = there.provision("ada");

    let ((file, pages), took) = time(|| export(&source, name));
    let rss = memory(&source);
    eprintln!(
        "exported {} KiB in {pages} pages in {took:?}; Envoy has {rss} MiB",
        file.len() / 1024
    );
    assert!(pages > 10, "{pages}");

    let before = memory(&target);
    let (answer, took) = time(|| import_on(&target, &mut target.http2(), &path(name), &file));
    eprintln!("imported them in {took:?}; Envoy had {before} MiB and has {} MiB", memory(&target));
    assert!(matches!(answer.status, 201 | 202), "{}", answer.text());
    eventually("the import is done", || {
        let answer = target.get(&format!("/v1/teams/{name}"), &target.platform());
        (answer.status == 200).then_some(())
    });
    let here = Team { site: &target, id: name.to_owned(), connection };
    assert_eq!(here.list().expect(200).json()["totalResults"], USERS + 1);
    let read = |team: &Team<'_>, id: &str| {
        let mut user = team.scim(Method::GET, &format!("/Users/{id}"), "").expect(200).json();
        user["meta"]["location"] = Value::Null;
        user
    };
    for id in [ada, id(name, 2, 0), id(name, 2, USERS - 1)] {
        assert_eq!(read(&here, &id), read(&there, &id));
    }
    for somebody in ["ada", "user-000000", "user-019999"] {
        here.visit(somebody).expect(200);
    }
    here.visit("nobody").expect(403);
}

#[test]
fn a_file_may_be_sent_in_any_manner() {
    let site = Site::shared();
    for (n, connect) in [Site::http1, Site::http2].into_iter().enumerate() {
        for trailers in [false, true] {
            let name = format!("transfer-chunks-{n}-{trailers}");
            let file = file(&name, 300);
            let chunks = file.chunks(777).map(|chunk| chunk.to_vec().into()).collect();
            let head = Request::put(path(&name)).header("authorization", site.platform());
            let head = head.header("trailer", "x-checksum").body(()).unwrap();
            let mut fields = HeaderMap::new();
            fields.insert("x-checksum", "17".parse().unwrap());
            let fields = trailers.then_some(fields);
            let answer: Answer = connect(&site).send_chunked(head, chunks, fields).unwrap().into();
            assert_eq!(answer.expect(201).json()["imported"]["users"], 300);
        }
    }
}

#[test]
fn a_file_that_is_cut_off_or_changed_leaves_nothing() {
    let site = Site::shared();
    let name = "transfer-broken";
    let file = file(name, 2_000);
    let authorization = format!("authorization: {}", site.platform());
    let line = format!("PUT {} HTTP/1.1", path(name));
    let length = format!("content-length: {}", file.len());
    for cut in [0, 1, 1_000, file.len() / 2, file.len() - 1] {
        let mut raw = site.raw();
        raw.head(&[line.as_bytes(), b"host: x", authorization.as_bytes(), length.as_bytes()]);
        raw.write(&file[..cut]);
        // Where Envoy hears of it later, it is the next file that is another import meanwhile.
        raw.hang_up_and_wait();
        expect_no_team(&site, name);
        let detail = import(&site, name, &file[..cut]).expect_problem(400);
        assert!(detail.contains("ends before its end line"), "{detail}");
        let mut changed = file.clone();
        changed[cut] ^= 1;
        import(&site, name, &changed).expect_problem(400);
        expect_no_team(&site, name);
    }
    import(&site, name, &file).expect(201);
    let detail = import(&site, name, &file).expect_problem(409);
    assert!(detail.contains("?replace=true"), "{detail}");
    replace(&site, name, &file).expect(200);
}

#[test]
fn who_may_not_import_is_told_before_the_file_is_sent() {
    let site = Site::shared();
    let name = "transfer-early";
    import(&site, name, &file(name, 1)).expect(201);
    let owner = site.signed_in(&address("owner", name));
    for (authorization, status) in
        [(site.platform(), 409), (owner, 403), ("Bearer x".to_owned(), 401)]
    {
        let line = format!("PUT {} HTTP/1.1", path(name));
        let authorization = format!("authorization: {authorization}");
        let mut raw = site.raw();
        let length = b"content-length: 1000000000";
        raw.head(&[line.as_bytes(), b"host: x", authorization.as_bytes(), length]);
        raw.read().expect_problem(status);
    }
}

/// What is sent while Envoy has other things to do comes in one read, of more than the connection's limit.
#[test]
fn a_file_that_is_sent_faster_than_envoy_reads_is_taken() {
    let site = Site::start(|_| {});
    let name = "transfer-fast";
    let file = file(name, 3_500);
    let (first, rest) = file.split_at(10_000);
    for replace in ["", "?replace=true"] {
        let mut raw = site.raw();
        let line = format!("PUT {}{replace} HTTP/1.1", path(name));
        let authorization = format!("authorization: {}", site.platform());
        let length = format!("content-length: {}", file.len());
        raw.head(&[line.as_bytes(), b"host: x", authorization.as_bytes(), length.as_bytes()]);
        raw.write(first);
        // Envoy has begun with it.
        std::thread::sleep(Duration::from_millis(300));
        site.envoy.pause();
        raw.write_on(rest.to_vec());
        std::thread::sleep(Duration::from_secs(1));
        site.envoy.resume();
        let answer = raw.read();
        assert!(matches!(answer.status, 200..=202), "{}", answer.text());
        eventually("the import is done", || {
            let answer = site.get(&format!("/v1/teams/{name}"), &site.platform());
            (answer.status == 200).then_some(())
        });
    }
}

/// Nothing of a body stays in Envoy's buffers or the filter, and what a refused file has left in the store is used
/// again: by the worker that took it away, so there is one.
#[test]
fn envoys_memory_does_not_grow_with_the_files_that_are_sent() {
    let site = Site::start(|plan| plan.options.concurrency = 1);
    let name = "transfer-memory";
    let mut broken = file(name, 6_000);
    broken.truncate(broken.len() - 2);
    let size = broken.len() as u64 / 1024 / 1024;
    let mut had = Vec::new();
    for _ in 0..10 {
        let detail = import(&site, name, &broken).expect_problem(400);
        assert!(detail.contains("ends before"), "{detail}");
        eventually("what was staged is taken away", || {
            let worked = site.envoy.cpu_time().unwrap();
            std::thread::sleep(Duration::from_millis(300));
            (site.envoy.cpu_time().unwrap() - worked < Duration::from_millis(30)).then_some(())
        });
        had.push(memory(&site));
    }
    eprintln!("after each of 10 files of {size} MiB Envoy has MiB {had:?}");
    let (half, last) = (had[4], had[9]);
    assert!(last <= half + size, "it grows: {had:?}");
}
