use std::collections::BTreeMap;

use super::*;
use crate::config::Sha256Digest;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

const KEY: &str = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
const OTHER: &str = "0000000000000000000000000000000000000000000000000000000000000001";

/// RFC 8037 §A.2.
const JWKS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

fn read(pairs: &[(&str, &str)]) -> Result<SpinConfig, ConfigError> {
    let mut values =
        BTreeMap::from([("public_url", "https://e.example"), ("platform_keys_sha256", KEY)]);
    values.extend(pairs.iter().copied());
    SpinConfig::from_variables(|name| {
        assert!(VARIABLES.contains(&name), "{name} is read and not listed");
        values.get(name).map(|value| (*value).to_owned())
    })
}

fn refused(pairs: &[(&str, &str)]) -> String {
    read(pairs).unwrap_err().to_string()
}

fn etcd(pairs: &[(&str, &str)]) -> Result<(EtcdConfig, Option<Login>), ConfigError> {
    let mut all = vec![("store", "etcd"), ("etcd_url", "http://127.0.0.1:2379")];
    all.extend(pairs);
    match read(&all)?.store {
        SpinStore::Etcd(config, login) => Ok((config, login)),
        SpinStore::KeyValue(_) => panic!("etcd was chosen"),
    }
}

#[test]
fn url_and_platform_key_are_enough_and_empty_variables_are_none() {
    let empty: Vec<_> = VARIABLES
        .iter()
        .filter(|name| !["public_url", "platform_keys_sha256"].contains(name))
        .map(|name| (*name, " "))
        .collect();
    for config in [read(&[]).unwrap(), read(&empty).unwrap()] {
        assert_eq!(config.edge.public_url, "https://e.example");
        assert_eq!(config.edge.platform_keys.len(), 1);
        assert_eq!(config.edge.gate.open_prefixes, Vec::<String>::new());
        assert!(config.sign_in.is_none());
        assert_eq!(config.origin, None);
        assert_eq!(config.store, SpinStore::KeyValue("default".to_owned()));
    }
}

#[test]
fn lists_have_spaces_or_commas() {
    let keys = format!("{KEY},{OTHER}\n{KEY}");
    let config = read(&[("platform_keys_sha256", &keys), ("gate_open_prefixes", "/a/, /b/ /c/")]);
    let config = config.unwrap();
    let last: Option<&Sha256Digest> = config.edge.platform_keys.get(1);
    assert_eq!(last.map(|digest| digest[31]), Some(1));
    assert_eq!(config.edge.platform_keys.len(), 3);
    assert_eq!(config.edge.gate.open_prefixes, ["/a/", "/b/", "/c/"]);
}

#[test]
fn an_error_names_the_variable() {
    let long = "c".repeat(101);
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[("public_url", "")], "public_url is missing"),
        (&[("public_url", "http://e.example")], "public_url must begin with https://"),
        (&[("platform_keys_sha256", "")], "platform_keys_sha256 is missing"),
        (&[("platform_keys_sha256", "abc")], "platform_keys_sha256 must hold"),
        (&[("gate_open_prefixes", "/t/")], "gate_open_prefixes must hold"),
        (&[("gate_origin", "app:80")], "gate_origin must begin with https:// or http://"),
        (&[("gate_origin", "http://app/base")], "gate_origin must end after host and port"),
        (&[("gate_origin", "http://u:p@app")], "gate_origin must not name a user"),
        (&[("gate_origin", "http://a b")], "gate_origin is not a URL"),
        (&[("identity_issuer", "me")], "identity_jwks is missing"),
        (&[("identity_cookie", "c")], "identity_jwks is missing"),
        (&[("identity_jwks", JWKS)], "identity_issuer is missing"),
        (&[("identity_jwks", JWKS), ("identity_issuer", "i")], "identity_audience is missing"),
        (
            &[("identity_jwks", "{}"), ("identity_issuer", "i"), ("identity_audience", "a")],
            "identity_jwks cannot be used: the JWKS is not",
        ),
        (&[("identity_jwks", JWKS), ("identity_cookie", "a b")], "identity_cookie must be"),
        (&[("identity_jwks", JWKS), ("identity_cookie", &long)], "identity_cookie must be"),
        (&[("store", "redis")], "store must be \"key-value\" or \"etcd\""),
        (&[("store", "etcd")], "etcd_url is missing"),
        (&[("store", "etcd"), ("etcd_url", "http://unset.invalid")], "etcd_url is missing"),
        (&[("store", "etcd"), ("etcd_url", "etcd:2379")], "etcd_url must begin with"),
    ];
    for (pairs, expected) in cases {
        let error = refused(pairs);
        assert!(
            error.starts_with(&format!("configuration field {expected}")),
            "{pairs:?}: {error}"
        );
    }
}

#[test]
fn an_error_names_the_variable_of_etcd() {
    let told = |pairs: &[(&str, &str)]| etcd(pairs).unwrap_err().to_string();
    let number = "must be a number from";
    assert!(told(&[("etcd_prefix", "/x")]).contains("etcd_prefix must be up to 100 bytes"));
    assert!(
        told(&[("etcd_timeout_ms", "49")]).contains(&format!("etcd_timeout_ms {number} 50 to"))
    );
    assert!(told(&[("etcd_timeout_ms", "1s")]).contains("etcd_timeout_ms"));
    assert!(told(&[("etcd_remember_ms", "-1")]).contains("etcd_remember_ms"));
    assert!(told(&[("etcd_max_request_bytes", "9")]).contains("etcd_max_request_bytes"));
    assert!(told(&[("etcd_user", "root")]).contains("etcd_password is missing"));
    assert!(told(&[("etcd_password", "x")]).contains("etcd_user is missing"));
}

#[test]
fn etcd_is_as_its_variables_say() {
    let least = EtcdConfig {
        endpoint: "http://127.0.0.1:2379".to_owned(),
        prefix: "/scim-edge/".to_owned(),
        timeout_ms: 1000,
        remember_ms: 100,
        max_request_bytes: 1_572_864,
    };
    assert_eq!(etcd(&[]), Ok((least, None)));
    let (config, login) = etcd(&[
        ("etcd_url", "https://etcd.example:2379/"),
        ("etcd_prefix", "x/"),
        ("etcd_timeout_ms", "50"),
        ("etcd_remember_ms", "0"),
        ("etcd_max_request_bytes", "65536"),
        ("etcd_user", "edge"),
        ("etcd_password", "secret"),
    ])
    .unwrap();
    assert_eq!(config.endpoint, "https://etcd.example:2379");
    assert_eq!((config.timeout_ms, config.remember_ms), (50, 0));
    assert_eq!(login.unwrap().user, "edge");
}

#[test]
fn a_sign_in_needs_keys_issuer_and_audience() {
    let sign_in = read(&[
        ("identity_jwks", JWKS),
        ("identity_issuer", "https://id.example"),
        ("identity_audience", "edge"),
        ("identity_cookie", "session"),
    ]);
    let sign_in = sign_in.unwrap().sign_in.unwrap();
    assert_eq!(sign_in.email_claim, "email");
    assert_eq!(sign_in.cookie.as_deref(), Some("session"));
}

#[test]
fn an_origin_is_scheme_host_and_port() {
    let origin = |url| read(&[("gate_origin", url)]).unwrap().origin;
    let plain = Origin { tls: false, authority: "127.0.0.1:9000".to_owned() };
    assert_eq!(origin("http://127.0.0.1:9000/"), Some(plain));
    let tls = Origin { tls: true, authority: "app.example".to_owned() };
    assert_eq!(origin("https://app.example"), Some(tls));
    assert_eq!(origin("http://unset.invalid"), None);
}

#[test]
fn the_key_of_the_example_is_for_this_machine_only() {
    let key = hex::encode(EXAMPLE_KEY);
    let local = [("public_url", "http://127.0.0.1:3000"), ("platform_keys_sha256", key.as_str())];
    assert_eq!(read(&local).unwrap().edge.platform_keys, [EXAMPLE_KEY]);
    let error = refused(&[("platform_keys_sha256", &format!("{KEY} {key}"))]);
    assert!(error.contains("has the key of the example, which everybody knows"), "{error}");
}
