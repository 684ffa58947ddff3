use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn taken(fields: &[&'static str]) -> bool {
    let mut headers = Fields::new();
    for field in fields {
        headers.append(header::ACCEPT_ENCODING, field.as_bytes()).unwrap();
    }
    takes_gzip(&headers)
}

#[test]
fn who_names_no_codings_takes_any() {
    assert!(taken(&[]));
}

#[test]
fn browsers_take_gzip() {
    for field in ["gzip, deflate, br, zstd", "gzip, deflate", "br;q=1.0, gzip;q=0.8, *;q=0.1"] {
        assert!(taken(&[field]), "{field}");
    }
}

#[test]
fn gzip_is_taken_where_it_is_named_or_any_is() {
    for field in [
        "GZIP",
        "x-gzip",
        "identity, gzip;q=0.001",
        "gzip ; Q=0.5",
        "gzip;q=1.000",
        "*",
        "identity;q=0, *;q=0.5",
        "gzip;nonsense",
    ] {
        assert!(taken(&[field]), "{field}");
    }
    assert!(taken(&["identity", "deflate, gzip"]), "two fields are one list");
}

#[test]
fn gzip_is_refused_where_it_has_no_weight_or_others_alone_are_named() {
    for field in [
        "",
        "identity",
        "br, zstd",
        "gzip;q=0",
        "gzip; q=0.000",
        "*;q=0",
        "gzip;q=0, *",
        "*, gzip;q=0",
        "gzipped",
    ] {
        assert!(!taken(&[field]), "{field}");
    }
}
