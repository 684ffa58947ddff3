use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use http::StatusCode;
use scim_edge_host::spin::store::Memory;
use scim_edge_host::spin::{AllowedHost, App};
use xtask::edge::Product;

use crate::member::{MEMBER, create, team};
use crate::site::{Site, product};

/// A little more than what the component needs for itself.
const MEMORY: usize = 16 << 20;

/// A service that sends back each byte of a body as it comes.
fn echo() -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let serving = listener.try_clone().unwrap();
    std::thread::spawn(move || {
        for stream in serving.incoming() {
            let stream = stream.unwrap();
            std::thread::spawn(move || echo_one(stream));
        }
    });
    listener
}

fn echo_one(mut stream: TcpStream) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).unwrap_or(0) == 0 {
            return;
        }
        head.push(byte[0]);
    }
    let answer =
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-type: text/plain\r\n\r\n";
    stream.write_all(answer).unwrap();
    // Chunks come and go as they are.
    let mut buffer = vec![0; 65_536];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(bytes) => {
                if stream.write_all(&buffer[..bytes]).is_err() {
                    return;
                }
            }
        }
    }
}

/// A site whose service behind is `origin`.
fn in_front_of(origin: &TcpListener, product: &Product) -> Site {
    let url = format!("http://{}", origin.local_addr().unwrap());
    let complete = |app: App| {
        let app = app.store("default", Memory::new()).memory(MEMORY);
        app.variable("gate_origin", url.clone()).allow(AllowedHost::parse(&url).unwrap())
    };
    Site::of(product, complete)
}

/// An open upload as a member, and the head of its answer.
fn upload(site: &Site) -> TcpStream {
    let mut stream = TcpStream::connect(site.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head = format!(
        "POST /t/demo/echo HTTP/1.1\r\nhost: {}\r\nauthorization: {}\r\ntransfer-encoding: chunked\r\n\r\n",
        site.address(),
        site.signed_in(MEMBER)
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

fn read_until(stream: &mut TcpStream, read: &mut Vec<u8>, end: &[u8]) {
    let mut buffer = vec![0; 65_536];
    while !read.windows(end.len()).any(|window| window == end) {
        let bytes = stream.read(&mut buffer).unwrap();
        assert_ne!(bytes, 0, "{}", String::from_utf8_lossy(read));
        read.extend_from_slice(&buffer[..bytes]);
    }
}

#[test]
fn the_first_bytes_arrive_before_the_last_are_sent() {
    let origin = echo();
    let site = in_front_of(&origin, &product());
    let connection = team(&site);
    assert_eq!(create(&site, &connection, MEMBER).status(), StatusCode::CREATED);
    let mut stream = upload(&site);
    let mut read = Vec::new();
    for word in ["first", "then another", "last of all"] {
        write!(stream, "{:x}\r\n{word}\r\n", word.len()).unwrap();
        read_until(&mut stream, &mut read, word.as_bytes());
    }
    assert!(read.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&read));
    stream.write_all(b"0\r\n\r\n").unwrap();
    read_until(&mut stream, &mut read, b"0\r\n\r\n");
}

#[test]
fn a_body_larger_than_the_instances_memory_passes_both_ways() {
    const CHUNK: usize = 1 << 16;
    const CHUNKS: usize = 4 * (MEMORY >> 16);
    let origin = echo();
    let site = in_front_of(&origin, &product());
    let connection = team(&site);
    assert_eq!(create(&site, &connection, MEMBER).status(), StatusCode::CREATED);
    let mut stream = upload(&site);
    let mut sending = stream.try_clone().unwrap();
    let sender = std::thread::spawn(move || {
        let chunk = vec![b'x'; CHUNK];
        for _ in 0..CHUNKS {
            write!(sending, "{CHUNK:x}\r\n").unwrap();
            sending.write_all(&chunk).unwrap();
            sending.write_all(b"\r\n").unwrap();
        }
        sending.write_all(b"0\r\n\r\n").unwrap();
    });
    let mut head = Vec::new();
    read_until(&mut stream, &mut head, b"\r\n\r\n");
    let count = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'x').count();
    let body = head.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let mut seen = count(&head[body..]);
    let mut buffer = vec![0; CHUNK];
    while seen < CHUNK * CHUNKS {
        let bytes = stream.read(&mut buffer).unwrap();
        assert_ne!(bytes, 0, "{seen} bytes came");
        seen += count(&buffer[..bytes]);
    }
    sender.join().unwrap();
    assert_eq!(seen, CHUNK * CHUNKS);
    assert!(!site.server.log().text().contains("has died"), "{}", site.server.log().text());
}
