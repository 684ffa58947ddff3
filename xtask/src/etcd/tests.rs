use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::*;
use crate::client::Client;
use crate::tools;

fn etcd() -> Etcd {
    Etcd::start(&tools::etcd().unwrap()).unwrap()
}

/// Asks etcd's JSON gateway, by names and values in base 64.
fn ask(etcd: &Etcd, call: &str, body: &str) -> String {
    let mut client = Client::connect(etcd.address()).unwrap();
    let answer =
        client.send(http::Method::POST, &format!("/v3/kv/{call}"), &[], body.to_owned()).unwrap();
    String::from_utf8(answer.body().to_vec()).unwrap()
}

#[test]
fn what_etcd_has_acknowledged_is_there_after_a_kill_at_the_same_address() {
    let mut etcd = etcd();
    let (address, pid) = (etcd.address(), etcd.pid());
    ask(&etcd, "put", r#"{"key":"a2V5","value":"dmFsdWU="}"#);
    etcd.kill();
    assert!(!etcd.is_running() && Client::connect(address).is_err());
    etcd.restart().unwrap();
    assert_ne!(etcd.pid(), pid);
    assert_eq!(etcd.address(), address);
    assert!(ask(&etcd, "range", r#"{"key":"a2V5"}"#).contains("dmFsdWU="));
}

#[test]
fn a_paused_etcd_is_silent_until_it_goes_on() {
    let mut etcd = etcd();
    etcd.pause();
    let mut stream = TcpStream::connect(etcd.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    stream.write_all(b"GET /health HTTP/1.1\r\nhost: etcd\r\n\r\n").unwrap();
    assert!(stream.read(&mut [0; 100]).is_err(), "a paused etcd has answered");
    assert!(etcd.is_running());
    etcd.resume();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    assert_ne!(stream.read(&mut [0; 100]).unwrap(), 0);
}

#[test]
fn an_etcd_is_gone_with_its_folder_when_it_is_dropped_even_while_it_is_paused() {
    let etcd = etcd();
    let (home, process) = (etcd.home().to_owned(), format!("/proc/{}", etcd.pid()));
    assert!(home.exists() && std::path::Path::new(&process).exists());
    etcd.pause();
    drop(etcd);
    assert!(!home.exists() && !std::path::Path::new(&process).exists());
}

#[test]
fn a_folder_that_is_given_is_kept_and_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("state");
    let binary = tools::etcd().unwrap();
    let first = Etcd::start_in(&binary, &home).unwrap();
    ask(&first, "put", r#"{"key":"a2V5","value":"dmFsdWU="}"#);
    let error = Etcd::start_in(&binary, &home).unwrap_err().to_string();
    assert!(error.starts_with("another etcd runs in"), "{error}");
    drop(first);
    let second = Etcd::start_in(&binary, &home).unwrap();
    assert!(ask(&second, "range", r#"{"key":"a2V5"}"#).contains("dmFsdWU="));
}

#[test]
fn an_etcd_that_dies_says_why() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("data"), "no folder").unwrap();
    let error = Etcd::start_in(&tools::etcd().unwrap(), folder.path()).unwrap_err().to_string();
    assert!(error.starts_with("etcd did not start") && error.contains("data"), "{error}");
}

/// A server that sends back what it gets, and a relay in front of it.
fn echo() -> Relay {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let relay = Relay::start(listener.local_addr().unwrap()).unwrap();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            std::thread::spawn(move || {
                let mut bytes = [0; 100];
                while let Ok(count @ 1..) = stream.read(&mut bytes) {
                    stream.write_all(&bytes[..count]).unwrap();
                }
            });
        }
    });
    relay
}

fn connect(relay: &Relay) -> TcpStream {
    let stream = TcpStream::connect(relay.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

/// Sends `text` and gives back what came as an answer until there was enough of it, silence, or the end.
fn answer(stream: &mut TcpStream, text: &str, patience: Duration) -> String {
    if stream.write_all(text.as_bytes()).is_err() {
        return String::new();
    }
    rest(stream, text.len(), patience)
}

fn rest(stream: &mut TcpStream, length: usize, patience: Duration) -> String {
    stream.set_read_timeout(Some(patience)).unwrap();
    let (mut got, mut bytes) = (String::new(), [0; 100]);
    while got.len() < length {
        match stream.read(&mut bytes) {
            Ok(count @ 1..) => got.push_str(std::str::from_utf8(&bytes[..count]).unwrap()),
            _ => break,
        }
    }
    got
}

const LONG: Duration = Duration::from_secs(10);
const SHORT: Duration = Duration::from_millis(200);

#[test]
fn what_is_held_in_either_direction_arrives_once_the_flow_is_free() {
    for direction in [Direction::There, Direction::Back] {
        let relay = echo();
        let mut stream = connect(&relay);
        assert_eq!(answer(&mut stream, "first", LONG), "first");
        relay.set(direction, Flow::Held);
        let before = relay.passed();
        assert_eq!(answer(&mut stream, "second", SHORT), "", "{direction:?}");
        // One way, only the answer is held.
        assert_eq!(relay.passed() > before, direction == Direction::Back);
        relay.set(direction, Flow::Free);
        assert_eq!(rest(&mut stream, 6, LONG), "second", "{direction:?}");
    }
}

#[test]
fn what_is_late_arrives_that_much_later() {
    let relay = echo();
    let mut stream = connect(&relay);
    relay.set_both(Flow::Late(Duration::from_millis(100)));
    let begun = Instant::now();
    assert_eq!(answer(&mut stream, "late", LONG), "late");
    assert!(begun.elapsed() >= Duration::from_millis(200));
}

#[test]
fn a_cut_ends_connections_and_loses_what_was_held_on_them_but_new_ones_are_taken() {
    let relay = echo();
    let mut stream = connect(&relay);
    assert_eq!(answer(&mut stream, "first", LONG), "first");
    relay.set(Direction::Back, Flow::Held);
    assert_eq!(answer(&mut stream, "second", SHORT), "");
    relay.cut();
    relay.set(Direction::Back, Flow::Free);
    assert_eq!(rest(&mut stream, 6, LONG), "");
    assert_eq!(answer(&mut connect(&relay), "third", LONG), "third");
}

#[test]
fn an_answer_can_break_off_in_its_middle() {
    let relay = echo();
    let mut stream = connect(&relay);
    assert_eq!(answer(&mut stream, "first", LONG), "first");
    relay.cut_in_answer(3);
    assert_eq!(answer(&mut stream, "second", LONG), "sec");
    assert_eq!(answer(&mut connect(&relay), "third", LONG), "third");
}

#[test]
fn refused_connections_are_taken_again_at_the_same_address() {
    let relay = echo();
    let mut stream = connect(&relay);
    assert_eq!(answer(&mut stream, "first", LONG), "first");
    relay.refuse();
    assert_eq!(answer(&mut stream, "second", LONG), "");
    let begun = Instant::now();
    while TcpStream::connect(relay.address()).is_ok() {
        assert!(begun.elapsed() < LONG, "connections are still taken");
    }
    relay.accept().unwrap();
    assert_eq!(answer(&mut connect(&relay), "third", LONG), "third");
}
