//! Heads that no good client sends. None of them ends an instance.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use http::StatusCode;
use scim_edge_host::spin::store::Memory;

use crate::member::{MEMBER, create, gate, team};
use crate::site::{Site, product, seen};

/// The status of the answer to these bytes, if there is one.
fn status_of(site: &Site, request: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect(site.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).ok()?;
    std::str::from_utf8(&answer[9..]).ok()?.parse().ok()
}

fn head(path: &str, fields: &[u8]) -> Vec<u8> {
    let line = format!("GET {path} HTTP/1.1\r\nhost: edge\r\nconnection: close\r\n");
    [line.as_bytes(), fields, b"\r\n"].concat()
}

#[test]
fn no_head_ends_an_instance_and_none_opens_the_gate() {
    let product = product();
    let site = Site::of(&product, |app| app.store("default", Memory::new()));
    let connection = team(&site);
    assert_eq!(create(&site, &connection, MEMBER).status(), StatusCode::CREATED);
    let stranger = site.signed_in("stranger@example.com");
    let member = site.signed_in(MEMBER);
    let both = format!("authorization: {stranger}\r\nauthorization: {member}\r\n");
    let long = format!("authorization: Bearer {}\r\n", "x".repeat(60_000));
    let none = format!("authorization: {}.{}.\r\n", "Bearer e30", "e30");
    let cases: [(&str, &[u8], &[u16]); 12] = [
        ("/t/demo/hello", both.as_bytes(), &[400, 401, 403]),
        ("/t/demo/hello", long.as_bytes(), &[400, 401, 403, 431]),
        ("/t/demo/hello", none.as_bytes(), &[401]),
        ("/t/demo/hello", b"authorization: Bearer \xff\xfe\r\n", &[400, 401, 500]),
        ("/t/demo/hello", b"x-team-id: demo\r\nx-account-id: 1\r\n", &[401]),
        ("/t/demo/hello", b"cookie: \xc3\x28\r\n", &[400, 401, 500]),
        ("/t/demo/../demo/hello", b"", &[400, 401, 403, 404]),
        ("/t/demo%2fhello", b"", &[400, 401, 403, 404]),
        ("/t/demo/%00", b"", &[400, 401, 403, 404]),
        ("/scim/v2/demo.%ff/Users", b"", &[400, 401, 404]),
        ("/scim/v2/demo.none/Users", b"authorization: bearer\r\n", &[401]),
        ("/v1/teams/demo", b"authorization: Bearer\x09\x09\r\n", &[401]),
    ];
    for (path, fields, expected) in cases {
        let fields_text = String::from_utf8_lossy(fields);
        let status = status_of(&site, &head(path, fields));
        let status = status.unwrap_or_else(|| panic!("{path} {fields_text}: no answer"));
        assert!(expected.contains(&status), "{path} {fields_text}: {status}");
    }
    assert!(seen(&product).is_empty(), "something reached the service behind");
    assert_eq!(gate(&site, MEMBER), StatusCode::OK);
    assert!(!site.server.log().text().contains("has died"), "{}", site.server.log().text());
}

#[test]
fn a_client_that_hangs_up_in_the_middle_of_a_body_harms_nobody() {
    let site = Site::on(Memory::new());
    let connection = team(&site);
    for cut in [0, 1, 50] {
        let mut stream = TcpStream::connect(site.address()).unwrap();
        let head = format!(
            "POST {}/Users HTTP/1.1\r\nhost: edge\r\nauthorization: {}\r\n\
             content-type: application/scim+json\r\ncontent-length: 100\r\n\r\n",
            connection.path(),
            connection.bearer()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&vec![b' '; cut]).unwrap();
    }
    assert_eq!(create(&site, &connection, MEMBER).status(), StatusCode::CREATED);
    assert!(!site.server.log().text().contains("has died"), "{}", site.server.log().text());
}
