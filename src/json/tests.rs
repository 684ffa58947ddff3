#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::json;

use super::{MAX_DEPTH, parse_object, parse_value, quoted, to_text};

fn refusal(body: &[u8]) -> String {
    let error = parse_object(body).expect_err(&String::from_utf8_lossy(body));
    error.to_string()
}

#[test]
fn an_object_is_read_as_it_is() {
    let read = parse_object(br#" {"a":[1,-2,0.5,true,null,"\u00e9\ud83d\ude00"],"b":{"c":{}}} "#);
    let expected = json!({"a": [1, -2, 0.5, true, null, "é😀"], "b": {"c": {}}});
    assert_eq!(Ok(expected), read.map(Into::into));
}

#[test]
fn what_is_not_one_object_is_refused_with_reason_and_place() {
    let cases: [(&str, &[u8], &str); 17] = [
        ("empty", b"", "empty"),
        ("blank", b" \r\n\t", "empty"),
        ("array", b"[]", "is an array"),
        ("string", b"\"x\"", "is a string"),
        ("null", b"null", "is null"),
        ("truncated", b"{\"a\":", "line 1 column 5"),
        ("trailing garbage", b"{}\n x", "trailing characters at line 2 column 2"),
        ("two objects", b"{} {}", "trailing characters"),
        ("trailing comma", b"{\"a\":1,}", "trailing comma"),
        ("byte order mark", b"\xef\xbb\xbf{}", "line 1 column 1"),
        ("duplicate key", b"{\"a\":1,\n\"a\":2}", "\"a\" is given twice"),
        ("duplicate key in another case", b"{\"active\":true,\"Active\":false}", "\"Active\" is"),
        ("duplicate key deep inside", b"{\"a\":[{\"b\":1,\"B\":2}]}", "\"B\" is given twice"),
        ("not UTF-8", b"{\"a\":\"\xff\"}", "line 1 column"),
        ("lone surrogate", b"{\"a\":\"\\ud800\"}", "line 1 column"),
        ("NUL in a string", b"{\"a\":\"x\\u0000\"}", "U+0000"),
        ("NUL in a key", b"{\"a\\u0000\":1}", "U+0000"),
    ];
    for (name, body, expected) in cases {
        let detail = refusal(body);
        assert!(detail.contains(expected), "{name}: {detail}");
    }
    assert!(refusal(b"{\"a\":1,\n\"a\":2}").contains("line 2"));
    assert!(refusal(b"{\"a\":1e999}").contains("out of range"));
}

#[test]
fn nesting_is_limited_to_32_levels() {
    let nested = |levels: usize| {
        let arrays = levels - 1;
        format!("{{\"a\":{}{}}}", "[".repeat(arrays), "]".repeat(arrays))
    };
    assert!(parse_object(nested(MAX_DEPTH).as_bytes()).is_ok());
    for levels in [MAX_DEPTH + 1, 100, 1_000_000] {
        let detail = refusal(nested(levels).as_bytes());
        assert!(detail.contains("more than 32 levels"), "{levels}: {detail}");
    }
    let objects = "{\"a\":".repeat(200_000);
    assert!(refusal(objects.as_bytes()).contains("more than 32 levels"));
}

#[test]
fn a_long_duplicate_key_is_cut_in_the_error() {
    let key = "k".repeat(100_000);
    let detail = refusal(format!("{{\"{key}\":1,\"{key}\":2}}").as_bytes());
    assert!(detail.len() < 300, "{}", detail.len());
}

#[test]
fn many_keys_are_compared_fast() {
    let keys: Vec<String> = (0..50_000).map(|n| format!("\"k{n}\":0")).collect();
    let read = parse_object(format!("{{{}}}", keys.join(",")).as_bytes());
    assert_eq!(read.map(|object| object.len()), Ok(50_000));
}

#[test]
fn a_number_goes_back_as_it_came() {
    let cases = ["1.64395722297445e+153", "2.1244712953296887e-13", "-0.0", "1.0", "0.1e-400"];
    for number in cases {
        let text = format!("{{\"a\":[{number}]}}");
        let read = parse_object(text.as_bytes()).expect("reads");
        assert_eq!(to_text(&read.into()), text);
    }
}

#[test]
fn an_object_that_looks_like_a_number_to_serde_is_one_or_is_refused() {
    let key = "$serde_json::private::Number";
    let read = parse_object(format!("{{\"a\":{{\"{key}\":\"12\"}}}}").as_bytes());
    assert_eq!(read.map(Into::into), Ok(json!({"a": 12})));
    let escaped = key.replace('$', "\\u0024");
    for key in [key, &escaped] {
        for value in [
            "\"\"",
            "\"12,\\\"b\\\":1\"",
            "\"1 \"",
            "\"0x1\"",
            "\"1e999\"",
            "12",
            "null",
            "{}",
            "[]",
        ] {
            for more in ["", ",\"b\":1"] {
                refusal(format!("{{\"a\":{{\"{key}\":{value}{more}}}}}").as_bytes());
            }
        }
        refusal(format!("{{\"a\":{{\"{key}\":\"12\",\"b\":1}}}}").as_bytes());
        refusal(format!("{{\"{key}\":\"12\"}}").as_bytes());
        let behind = parse_object(format!("{{\"b\":1,\"{key}\":\"x\"}}").as_bytes());
        assert_eq!(behind.map(|object| object.len()), Ok(2));
    }
}

#[test]
fn a_text_that_an_error_repeats_stays_within_its_quotes() {
    assert_eq!(quoted("a"), r#""a""#);
    assert_eq!(quoted("a\"b\\\n\u{1}é"), r#""a\"b\\\n\u0001é""#);
}

#[test]
fn a_text_of_ours_is_read_as_serde_reads_it() {
    let deep = format!("{}7{}", "[".repeat(100), "]".repeat(100));
    for text in [
        r#"{"a":1,"A":2,"a":[true,null,-3,0.5,1e300,"b\u0000\ud83d\ude00"]}"#,
        "18446744073709551615",
        "\"\"",
        " [] ",
        &deep,
        "",
        "{",
        "[1] 2",
        r#""\ud800""#,
        r#"{"a"}"#,
        &"[".repeat(200),
    ] {
        let ours = parse_value(text.as_bytes()).map_err(|error| error.to_string());
        let serdes: Result<serde_json::Value, _> = serde_json::from_str(text);
        assert_eq!(ours, serdes.map_err(|error| error.to_string()), "{text}");
    }
    assert!(parse_value(b"\"\xff\"").is_err());
    // Those that others cannot read we refuse.
    assert!(parse_value(b"1e999").is_err());
}
