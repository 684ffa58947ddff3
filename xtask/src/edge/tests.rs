use super::*;

#[test]
fn a_port_in_use_is_one_line_that_names_it_and_the_flag() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let error = free_port(port).unwrap_err().to_string();
    assert!(error.contains(&port.to_string()) && error.contains("--port"), "{error}");
    assert!(!error.contains('\n'));
}

#[test]
fn port_0_takes_a_free_one() {
    assert_ne!(free_port(0).unwrap(), 0);
}

#[test]
fn the_path_of_an_endpoint_is_what_follows_the_host() {
    let endpoint_url = "http://127.0.0.1:8080/scim/v2/demo.abc".to_owned();
    let connection = Connection { endpoint_url, token: "t".into() };
    assert_eq!(connection.path(), "/scim/v2/demo.abc");
}
