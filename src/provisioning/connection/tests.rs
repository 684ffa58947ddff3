use super::*;
use crate::provisioning::team::Sso;
use crate::provisioning::testing::Fixture;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn enable_in(acme: &Fixture) -> Result<Credentials, ConnectionRefusal> {
    acme.run(|t, context| enable(t, context, &acme.id))
}

fn accepts(acme: &Fixture, endpoint: &EndpointId, token: &BearerToken) -> bool {
    acme.read(|t| authenticate(t, endpoint, token)).is_some()
}

#[test]
fn scim_cannot_be_enabled_without_sso() {
    let acme = Fixture::new();
    acme.put_team("acme", |team| team.sso.protocol = SsoProtocol::None).unwrap();
    assert_eq!(enable_in(&acme).unwrap_err(), ConnectionRefusal::NoSso);
    for protocol in [SsoProtocol::Saml, SsoProtocol::Oidc] {
        let acme = Fixture::new();
        acme.put_team("acme", |team| team.sso = Sso { protocol, issuer: None }).unwrap();
        assert!(enable_in(&acme).is_ok());
    }
}

#[test]
fn only_the_digest_of_a_token_is_kept() {
    let acme = Fixture::new();
    let credentials = enable_in(&acme).unwrap();
    assert!(accepts(&acme, &credentials.endpoint, &credentials.token));
    for value in acme.entries().values() {
        let text = String::from_utf8_lossy(value);
        assert!(!text.contains(credentials.token.reveal()));
    }
}

#[test]
fn a_rotated_token_is_worth_nothing_and_the_endpoint_stays() {
    let acme = Fixture::new();
    let first = enable_in(&acme).unwrap();
    let second = acme.run(|t, context| rotate(t, context, &acme.id)).unwrap();
    assert_eq!(first.endpoint, second.endpoint);
    assert!(!accepts(&acme, &first.endpoint, &first.token));
    assert!(accepts(&acme, &second.endpoint, &second.token));
}

#[test]
fn a_disabled_connection_never_works_again_and_its_users_stay() {
    let acme = Fixture::new();
    let first = enable_in(&acme).unwrap();
    let user = acme.create("ada").unwrap();
    acme.run(|t, context| disable(t, context, &acme.id)).unwrap();
    assert!(!accepts(&acme, &first.endpoint, &first.token));
    assert!(acme.role("ada@example.com").is_some());

    let second = enable_in(&acme).unwrap();
    assert_ne!(first.endpoint, second.endpoint);
    assert!(!accepts(&acme, &first.endpoint, &first.token));
    assert!(!accepts(&acme, &first.endpoint, &second.token));
    assert!(!accepts(&acme, &second.endpoint, &first.token));
    assert_eq!(acme.user(&user.id), Some(user));
}

#[test]
fn a_token_is_good_for_its_own_team_only() {
    let acme = Fixture::new();
    acme.put_team("other", |_| {}).unwrap();
    let ours = enable_in(&acme).unwrap();
    let id = TeamId::parse("other").unwrap();
    let theirs = acme.run(|t, context| enable(t, context, &id)).unwrap();
    assert!(!accepts(&acme, &theirs.endpoint, &ours.token));
    assert!(!accepts(&acme, &ours.endpoint, &theirs.token));
    let mixed = EndpointId { team: id, random: ours.endpoint.random.clone() };
    assert!(!accepts(&acme, &mixed, &ours.token));
}

#[test]
fn unknown_teams_and_teams_without_scim_accept_nothing() {
    let acme = Fixture::new();
    let token = BearerToken::generate(&acme.host);
    for endpoint in ["acme.", "acme.x", "nobody.x", "", "x", "ACME.x", "a/b.c"] {
        let endpoint = EndpointId::parse_or_nobodys(endpoint);
        assert!(!accepts(&acme, &endpoint, &token), "{endpoint}");
    }
}

#[test]
fn what_is_on_cannot_be_enabled_and_what_is_off_cannot_be_changed() {
    let acme = Fixture::new();
    let off = ConnectionRefusal::Disabled;
    assert_eq!(acme.run(|t, c| rotate(t, c, &acme.id)).unwrap_err(), off);
    assert_eq!(acme.run(|t, c| disable(t, c, &acme.id)).unwrap_err(), off);
    enable_in(&acme).unwrap();
    assert_eq!(enable_in(&acme).unwrap_err(), ConnectionRefusal::Enabled);
    let nobody = TeamId::parse("nobody").unwrap();
    let refused = acme.run(|t, c| enable(t, c, &nobody)).unwrap_err();
    assert_eq!(refused, ConnectionRefusal::NoTeam);
}

#[test]
fn taking_sso_away_disables_scim() {
    let acme = Fixture::new();
    let credentials = enable_in(&acme).unwrap();
    acme.put_team("acme", |team| team.sso.protocol = SsoProtocol::None).unwrap();
    assert_eq!(acme.team().connection, None);
    assert!(!accepts(&acme, &credentials.endpoint, &credentials.token));
    let actions: Vec<Action> = acme.events().iter().map(|logged| logged.event.action).collect();
    assert!(actions.contains(&Action::ScimDisable));
    acme.put_team("acme", |_| {}).unwrap();
    assert_eq!(acme.team().connection, None);
}

#[test]
fn an_endpoint_id_fits_into_a_url_that_every_identity_provider_takes() {
    let acme = Fixture::new();
    let text = enable_in(&acme).unwrap().endpoint.to_string();
    assert_eq!(text.len(), "acme.".len() + 24);
    assert!(text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.'));
    assert_eq!(EndpointId::parse(&text).unwrap().to_string(), text);
}

/// A transaction that counts what it is asked.
struct Counting<T> {
    inner: T,
    reads: usize,
}

impl<T: Transaction> Transaction for Counting<T> {
    fn get(&mut self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.reads += 1;
        self.inner.get(key)
    }

    fn range(
        &mut self,
        prefix: &str,
        after: Option<&str>,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<crate::store::Entry>, StoreError> {
        self.reads += 1;
        self.inner.range(prefix, after, skip, limit)
    }

    fn count(&mut self, prefix: &str) -> Result<u64, StoreError> {
        self.reads += 1;
        self.inner.count(prefix)
    }

    fn put(&mut self, key: &str, value: Vec<u8>) -> Result<(), StoreError> {
        self.inner.put(key, value)
    }

    fn delete(&mut self, key: &str) {
        self.inner.delete(key);
    }

    async fn fetch(&mut self) -> Result<(), StoreError> {
        self.inner.fetch().await
    }

    fn undo(&mut self) {
        self.inner.undo();
    }

    async fn commit(self) -> Result<crate::store::Receipt, StoreError> {
        self.inner.commit().await
    }
}

#[test]
fn every_refusal_and_every_acceptance_costs_one_read() {
    use crate::store::Store as _;

    let acme = Fixture::new();
    acme.put_team("off", |_| {}).unwrap();
    let ours = enable_in(&acme).unwrap();
    let other = BearerToken::generate(&acme.host);
    let old = EndpointId { random: "old".to_owned(), ..ours.endpoint.clone() };
    let cases = [
        (ours.endpoint.clone(), &ours.token, true),
        (ours.endpoint.clone(), &other, false),
        (old, &ours.token, false),
        (EndpointId::parse_or_nobodys("off.x"), &ours.token, false),
        (EndpointId::parse_or_nobodys("unknown.x"), &ours.token, false),
        (EndpointId::parse_or_nobodys("no endpoint id"), &ours.token, false),
    ];
    for (endpoint, token, expected) in cases {
        let (accepted, reads) = crate::store::suite::block_on(async {
            let inner = acme.store.begin().await.unwrap();
            let mut counting = Counting { inner, reads: 0 };
            let accepted = authenticate(&mut counting, &endpoint, token).unwrap();
            (accepted.is_some(), counting.reads)
        });
        assert_eq!((accepted, reads), (expected, 1), "{endpoint}");
    }
}
