//! Every way to write the trusted names that a service may fold into them.

use scim_edge::gate::TRUSTED_HEADERS;

use crate::proxy::file;

/// The trusted names, with `-` or `_` wherever there is a `-`.
pub(crate) fn all() -> Vec<String> {
    let spellings = |name: &str| {
        let mut made = vec![String::new()];
        for (index, word) in name.split('-').enumerate() {
            let marks: &[&str] = if index == 0 { &[""] } else { &["-", "_"] };
            made = made
                .iter()
                .flat_map(|start| marks.iter().map(move |mark| format!("{start}{mark}{word}")))
                .collect();
        }
        made
    };
    TRUSTED_HEADERS.iter().flat_map(|name| spellings(name)).collect()
}

#[test]
fn there_are_four_of_each_name() {
    let all = all();
    assert_eq!(all.len(), 12);
    for name in ["x-team-id", "x_team_id", "x-team_role", "x_account-id"] {
        assert!(all.iter().any(|known| known == name), "{name}");
    }
}

#[test]
fn traefiks_file_takes_every_spelling_out_and_copies_what_the_gate_says() {
    let text = std::fs::read_to_string(file("traefik/gate.yaml")).unwrap();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    for name in all() {
        assert!(lines.contains(&format!("{name}: \"\"").as_str()), "{name}");
    }
    let copied = format!("authResponseHeaders: [{}]", TRUSTED_HEADERS.join(", "));
    assert!(lines.contains(&copied.as_str()), "{copied}");
}

#[test]
fn caddys_file_takes_every_spelling_out() {
    let text = std::fs::read_to_string(file("Caddyfile")).unwrap();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    for name in all() {
        assert!(lines.contains(&format!("request_header -{name}").as_str()), "{name}");
    }
}
