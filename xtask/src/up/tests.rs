use super::*;
use crate::step;

fn ready() -> Ready {
    let base_url = "http://127.0.0.1:8080";
    Ready {
        base_url: base_url.into(),
        scim_url: format!("{base_url}/scim/v2/demo.abc"),
        scim_token: "scim_secret".into(),
        platform_key: "platform_key".into(),
        team: TEAM.into(),
        owner_email: OWNER.into(),
        owner_jwt: "o.o.o".into(),
        member_jwt: "m.m.m".into(),
        settings_url: format!("{base_url}/settings/teams/demo"),
        gate_url: format!("{base_url}/t/demo/hello"),
        admin_url: "http://127.0.0.1:9901".into(),
        shared: None,
    }
}

fn on_etcd() -> Ready {
    let second_base_url = "http://127.0.0.1:8081";
    let shared = Shared {
        second_base_url: second_base_url.into(),
        second_scim_url: format!("{second_base_url}/scim/v2/demo.abc"),
        second_gate_url: format!("{second_base_url}/t/demo/hello"),
        second_admin_url: "http://127.0.0.1:9902".into(),
        etcd_url: "http://127.0.0.1:2379".into(),
        etcd_data: "/state".into(),
    };
    Ready { shared: Some(shared), ..ready() }
}

/// The fields of a ready file.
fn fields(ready: &Ready) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ready.json");
    ready.write(&file).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    let json = std::fs::read(&file).unwrap();
    assert_eq!(serde_json::from_slice::<Ready>(&json).unwrap(), *ready);
    let value: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let mut fields: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
    fields.sort_unstable();
    fields
}

#[test]
fn the_ready_file_has_the_promised_fields_and_no_others() {
    let promised = [
        "admin_url",
        "base_url",
        "gate_url",
        "member_jwt",
        "owner_email",
        "owner_jwt",
        "platform_key",
        "scim_token",
        "scim_url",
        "settings_url",
        "team",
    ];
    assert_eq!(fields(&ready()), promised);
    let more = [
        "etcd_data",
        "etcd_url",
        "second_admin_url",
        "second_base_url",
        "second_gate_url",
        "second_scim_url",
    ];
    let mut promised = [&promised[..], &more[..]].concat();
    promised.sort_unstable();
    assert_eq!(fields(&on_etcd()), promised);
}

#[test]
fn the_lines_say_where_the_second_envoy_is_and_where_the_state_lies() {
    let text = lines::lines(&on_etcd());
    for part in ["8081", "127.0.0.1:2379", "/state"] {
        assert!(text.contains(part) && !lines::lines(&ready()).contains(part), "{text}");
    }
}

#[test]
fn an_old_ready_file_is_removed_and_a_missing_one_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ready.json");
    ready().write(&file).unwrap();
    Ready::remove(&file).unwrap();
    Ready::remove(&file).unwrap();
    assert!(!file.exists());
}

#[test]
fn the_lines_are_complete_shell_commands() {
    let text = lines::lines(&ready());
    let commands: Vec<&str> = text.lines().filter(|line| line.starts_with("curl ")).collect();
    assert_eq!(commands.len(), 8);
    for command in commands {
        let mut shell = std::process::Command::new("sh");
        assert!(step::succeeds(shell.args(["-n", "-c", command])), "{command}");
    }
}

#[test]
fn on_spin_the_ready_file_has_the_same_fields_and_the_lines_say_nothing_of_envoy() {
    let on_spin = Ready { admin_url: String::new(), ..ready() };
    assert_eq!(fields(&on_spin), fields(&ready()));
    assert!(lines::lines(&ready()).contains("Envoy"));
    assert!(!lines::lines(&on_spin).contains("Envoy"));
}
