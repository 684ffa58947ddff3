use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

const KEY: &str = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

fn parse(text: &str) -> Result<PluginConfig, ConfigError> {
    PluginConfig::from_json(text.replace("KEY", KEY).as_bytes())
}

#[test]
fn only_url_and_platform_key_have_to_be_given() {
    let config =
        parse(r#"{"public_url":"https://edge.example.com/","platform_keys_sha256":["KEY"]}"#)
            .unwrap();
    assert_eq!(config.edge.public_url, "https://edge.example.com");
    assert_eq!(config.edge.platform_keys.len(), 1);
    assert_eq!(config.identity.metadata_key, "jwt_payload");
    assert_eq!(config.identity.email_claim, "email");
    assert_eq!(config.edge.gate.open_prefixes, Vec::<String>::new());
    assert_eq!(config.store, StoreChoice::Memory);
}

#[test]
fn an_error_names_the_field() {
    let with = |rest: &str| {
        format!(r#"{{"public_url":"https://e.example","platform_keys_sha256":["KEY"],{rest}}}"#)
    };
    let cases = [
        ("[]".to_owned(), "not a JSON object"),
        ("{".to_owned(), "not a JSON object"),
        ("{}".to_owned(), "public_url is missing"),
        (r#"{"public_url":7}"#.to_owned(), "public_url must be a text"),
        (r#"{"public_url":"http://e.example"}"#.to_owned(), "public_url must begin with https"),
        (r#"{"public_url":"https://e.example/base"}"#.to_owned(), "public_url must end after"),
        (r#"{"public_url":"/x"}"#.to_owned(), "public_url must begin with https"),
        (r#"{"public_url":"https://e.example"}"#.to_owned(), "platform_keys_sha256 is missing"),
        (
            r#"{"public_url":"https://e.example","platform_keys_sha256":["abc"]}"#.to_owned(),
            "platform_keys_sha256 must hold",
        ),
        (with(r#""colour":"red""#), "colour is unknown"),
        (with(r#""identity":{"claim":"sub"}"#), "identity.claim is unknown"),
        (with(r#""identity":"email""#), "identity must be an object"),
        (with(r#""gate":{"open_prefixes":"/"}"#), "gate.open_prefixes must be a list"),
        (with(r#""gate":{"open_prefixes":["/"]}"#), "gate.open_prefixes must hold"),
        (with(r#""gate":{"open_prefixes":["/t/a/"]}"#), "gate.open_prefixes must hold"),
        (with(r#""gate":{"open_prefixes":["/gate/"]}"#), "gate.open_prefixes must hold"),
    ];
    for (text, expected) in cases {
        let error = parse(&text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

fn etcd(fields: &str) -> Result<EtcdConfig, ConfigError> {
    let text = format!(
        r#"{{"public_url":"https://e.example","platform_keys_sha256":["KEY"],"store":{{"etcd":{{{fields}}}}}}}"#
    );
    match parse(&text)?.store {
        StoreChoice::Etcd(config) => Ok(config),
        StoreChoice::Memory => panic!("{text} chooses memory"),
    }
}

#[test]
fn of_etcd_only_the_cluster_has_to_be_named() {
    let expected = EtcdConfig {
        endpoint: "etcd".to_owned(),
        prefix: "/scim-edge/".to_owned(),
        timeout_ms: 1000,
        remember_ms: 100,
        max_request_bytes: 1_572_864,
    };
    assert_eq!(etcd(r#""cluster":"etcd""#), Ok(expected));
}

#[test]
fn every_field_of_etcd_is_taken_up_to_its_limits() {
    let fields = r#""cluster":"users","prefix":"x/","timeout_ms":50,"remember_ms":0,"max_request_bytes":65536"#;
    let least = EtcdConfig {
        endpoint: "users".to_owned(),
        prefix: "x/".to_owned(),
        timeout_ms: 50,
        remember_ms: 0,
        max_request_bytes: 65_536,
    };
    assert_eq!(etcd(fields), Ok(least));
    let (cluster, prefix) = ("c".repeat(100), format!("{}/", "p".repeat(99)));
    let fields = format!(
        r#""cluster":"{cluster}","prefix":"{prefix}","timeout_ms":10000,"remember_ms":10000,"max_request_bytes":104857600"#
    );
    let most = EtcdConfig {
        endpoint: cluster,
        prefix,
        timeout_ms: 10_000,
        remember_ms: 10_000,
        max_request_bytes: 104_857_600,
    };
    assert_eq!(etcd(&fields), Ok(most));
}

#[test]
fn an_error_names_the_field_of_etcd() {
    let long = "c".repeat(101);
    let with = |rest: &str| format!(r#""cluster":"etcd",{rest}"#);
    let timeout = "must be a number from 50 to 10000";
    let remember = "must be a number from 0 to 10000";
    let bytes = "must be a number from 65536 to 104857600";
    let cases = [
        (String::new(), "cluster", "is missing"),
        (r#""cluster":7"#.to_owned(), "cluster", "must be a text"),
        (r#""cluster":"""#.to_owned(), "cluster", "must be a text"),
        (format!(r#""cluster":"{long}""#), "cluster", "must be up to 100 ASCII"),
        (r#""cluster":"a b""#.to_owned(), "cluster", "must be up to 100 ASCII"),
        (r#""cluster":"étcd""#.to_owned(), "cluster", "must be up to 100 ASCII"),
        (with(r#""prefix":"/scim-edge""#), "prefix", "must be up to 100 bytes and end in a slash"),
        (with(&format!(r#""prefix":"{long}/""#)), "prefix", "must be up to 100 bytes"),
        (with(r#""prefix":["/"]"#), "prefix", "must be a text"),
        (with(r#""timeout_ms":49"#), "timeout_ms", timeout),
        (with(r#""timeout_ms":10001"#), "timeout_ms", timeout),
        (with(r#""timeout_ms":"1s""#), "timeout_ms", timeout),
        (with(r#""remember_ms":-1"#), "remember_ms", remember),
        (with(r#""remember_ms":10001"#), "remember_ms", remember),
        (with(r#""remember_ms":0.5"#), "remember_ms", remember),
        (with(r#""max_request_bytes":65535"#), "max_request_bytes", bytes),
        (with(r#""max_request_bytes":104857601"#), "max_request_bytes", bytes),
        (with(r#""endpoints":[]"#), "endpoints", "is unknown"),
    ];
    for (fields, field, problem) in cases {
        let error = etcd(&fields).unwrap_err().to_string();
        let expected = format!("configuration field store.etcd.{field} {problem}");
        assert!(error.starts_with(&expected), "{fields}: {error}");
    }
}

#[test]
fn a_store_is_one_that_there_is() {
    let store = |text: &str| {
        let rest = r#""public_url":"https://e.example","platform_keys_sha256":["KEY"]"#;
        parse(&format!(r#"{{{rest},"store":{text}}}"#)).unwrap_err().to_string()
    };
    assert!(store(r#""sqlite""#).contains("store must be"));
    assert!(store("[]").contains("store must be"));
    assert_eq!(store("{}"), "configuration field store.etcd is missing");
    assert_eq!(store(r#"{"etcd":"etcd"}"#), "configuration field store.etcd must be an object");
    let two = r#"{"etcd":{"cluster":"etcd"},"redis":{}}"#;
    assert_eq!(store(two), "configuration field store.redis is unknown");
}

#[test]
fn the_settings_page_may_be_framed_by_origins_only() {
    let settings = |text: &str| {
        let rest = r#""public_url":"https://e.example","platform_keys_sha256":["KEY"]"#;
        parse(&format!(r#"{{{rest},"settings":{{"frame_ancestors":{text}}}}}"#))
    };
    let good = settings(r#"["'self'","https://app.example.com:8443","http://localhost:1"]"#);
    assert_eq!(good.unwrap().edge.settings.frame_ancestors.len(), 3);
    assert_eq!(settings("[]").unwrap().edge.settings, SettingsConfig::default());
    for bad in [
        "https://a.example; script-src *",
        "https://a.example/x",
        "*",
        "https://*.a.example",
        "a.example",
        "https://",
        "'none'",
        "https://a b",
    ] {
        let error = settings(&format!("[\"{bad}\"]")).unwrap_err().to_string();
        let expected = "configuration field settings.frame_ancestors must hold origins";
        assert!(error.starts_with(expected), "{bad}: {error}");
    }
    assert!(settings("7").unwrap_err().to_string().contains("settings.frame_ancestors"));
}

#[test]
fn plain_http_is_for_this_machine_only() {
    let read = |url: &str| {
        let text = format!(r#"{{"public_url":"{url}","platform_keys_sha256":["KEY"]}}"#);
        parse(&text).map(|config| config.edge.public_url).map_err(|error| error.to_string())
    };
    for url in [
        "http://127.0.0.1:8080",
        "http://localhost:1",
        "http://localhost",
        "http://[::1]:8080",
        "http://[::1]",
        "https://[2001:db8::1]:8443",
        "https://my_edge.example",
    ] {
        assert_eq!(read(url).as_deref(), Ok(url));
        let slashed = format!("{url}/");
        assert_eq!(read(&slashed).as_deref(), Ok(url));
    }
    for (url, error) in [
        ("http://[::2]", "must begin with https:// (http:// only for this machine itself)"),
        ("http://localhost.example", "must begin with https:// (http:// only"),
        ("ftp://localhost", "must begin with https:// or http://"),
        ("e.example", "must begin with https:// or http://"),
        ("https://", "must begin with https:// or http://"),
        ("https:///", "must begin with https:// or http://"),
        ("https://?", "must end after host and port"),
        ("https://e.example?a", "must end after host and port"),
        ("https://e.example#a", "must end after host and port"),
        ("https://e.example//a", "must end after host and port"),
        ("https://u:p@e.example", "must not name a user"),
        ("https://e example", "is not a URL"),
        ("https://e.example\\\\a", "is not a URL"),
    ] {
        let found = read(url).unwrap_err();
        let expected = format!("configuration field public_url {error}");
        assert!(found.starts_with(&expected), "{url}: {found}");
    }
}
