use super::*;

fn allows(entry: &str, uri: &str) -> bool {
    AllowedHost::parse(entry).unwrap().allows(&uri.parse().unwrap())
}

#[test]
fn an_entry_allows_what_it_names_and_nothing_else() {
    assert!(allows("http://127.0.0.1:8080", "http://127.0.0.1:8080/x?y"));
    assert!(!allows("http://127.0.0.1:8080", "http://127.0.0.1:8081/"));
    assert!(!allows("http://127.0.0.1:8080", "https://127.0.0.1:8080/"));
    assert!(!allows("http://127.0.0.1:8080", "http://127.0.0.1.example.com:8080/"));
}

#[test]
fn an_entry_without_a_port_means_that_of_its_scheme() {
    assert!(allows("https://example.com", "https://example.com/"));
    assert!(allows("https://example.com", "https://example.com:443/"));
    assert!(!allows("https://example.com", "https://example.com:8443/"));
}

#[test]
fn a_star_stands_for_any_scheme_host_or_port() {
    assert!(allows("*://*:*", "http://anything:9/"));
    assert!(allows("http://localhost:*", "http://localhost:1234/"));
    assert!(allows("https://*.example.com", "https://a.b.example.com/"));
    assert!(!allows("https://*.example.com", "https://example.com/"));
    assert!(!allows("https://*.example.com", "https://badexample.com/"));
}

#[test]
fn what_is_no_entry_is_refused() {
    for text in ["", "example.com", "http://", "http://:80", "http://host:port", "ftp://host"] {
        assert_eq!(AllowedHost::parse(text), None, "{text}");
    }
}
