use super::*;

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
    }
}

#[test]
fn the_ready_file_has_the_promised_fields_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ready.json");
    ready().write(&file).unwrap();
    let value: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let mut fields: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
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
    assert_eq!(fields, promised);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
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
