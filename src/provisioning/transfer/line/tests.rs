use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_checksum_goes_on_elsewhere_where_it_stopped() {
    let lines: Vec<String> = (0..200).map(|n| format!("{{\"n\":{n}}}\n")).collect();
    let mut whole = Checksum::default();
    lines.iter().for_each(|line| whole.add(line.as_bytes()));
    for stop in 0..lines.len() {
        let mut first = Checksum::default();
        lines[..stop].iter().for_each(|line| first.add(line.as_bytes()));
        let mut rest = Checksum::resume(first.lines(), &first.state()).unwrap();
        lines[stop..].iter().for_each(|line| rest.add(line.as_bytes()));
        assert_eq!(rest.end(), whole.end());
    }
    assert_eq!(whole.end().sha256, hex::encode(Sha256::digest(lines.concat())));
    assert_eq!(whole.end().lines, 200);
}

#[test]
fn a_state_that_is_none_is_refused() {
    let state = Checksum::default().state();
    assert!(Checksum::resume(0, &state[1..]).is_none());
    assert!(Checksum::resume(0, &[]).is_none());
    assert!(Checksum::resume(0, &vec![0xff; state.len()]).is_none());
}

#[test]
fn a_line_is_read_only_as_it_would_be_written() {
    let line = r#"{"kind":"members","group":"g","members":[{"id":"a","type":"user"}]}"#;
    let parsed = Line::parse(line.as_bytes()).unwrap();
    assert_eq!(parsed.to_bytes().unwrap(), format!("{line}\n").into_bytes());
    for (other, why) in [
        (line.replace("\"group\":\"g\",", ""), "missing field `group`"),
        (line.replace("\"g\"", "\"g\",\"x\":1"), "the field \"x\" has no place here"),
        (line.replace("\"user\"", "\"user\",\"given\":false"), "members: the value is not written"),
        (
            line.replace("\"user\"", "\"robot\""),
            "members[0].type: one of `user`, `group` was expected, not \"robot\"",
        ),
        (line.replace("members\",\"", "squad\",\""), "its \"kind\" is not known"),
        (line.replace("\"kind\"", "\"sort\""), "it does not say its \"kind\""),
    ] {
        let refused = Line::parse(other.as_bytes()).unwrap_err();
        assert!(refused.contains(why), "{refused:?} does not say {why:?}");
    }
}
