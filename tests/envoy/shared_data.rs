//! What the store relies on in Envoy's shared data.

use crate::site::Site;

#[test]
fn shared_data_creates_and_swaps_as_the_store_needs_it() {
    let site = Site::start_slow(|_| {});
    let answer = site.http1().get("/public/x", &[("x-test-shared-data", "1")]).unwrap();
    assert_eq!(answer.status(), 200, "{}", String::from_utf8_lossy(answer.body()));
}

#[test]
fn first_requests_to_both_workers_at_once_make_one_store() {
    for _ in 0..3 {
        let site = Site::start(|_| {});
        let mut clients: Vec<_> = (0..16).map(|_| site.http1()).collect();
        let platform = site.platform();
        std::thread::scope(|scope| {
            for (number, client) in clients.iter_mut().enumerate() {
                let platform = platform.as_str();
                scope.spawn(move || {
                    let body = format!(
                        r#"{{"name":"Test","sso":{{"type":"oidc"}},"owners":["o@{}"]}}"#,
                        crate::site::DOMAIN
                    );
                    let path = format!("/v1/teams/first-{number}");
                    let headers =
                        [("authorization", platform), ("content-type", "application/json")];
                    let answer = client.send(http::Method::PUT, &path, &headers, body).unwrap();
                    assert_eq!(answer.status(), 201);
                });
            }
        });
        for number in 0..clients.len() {
            site.get(&format!("/v1/teams/first-{number}"), &platform).expect(200);
        }
    }
}
