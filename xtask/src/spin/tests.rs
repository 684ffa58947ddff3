use super::*;

#[test]
fn the_runtime_configuration_names_the_store_behind_the_default_label() {
    let sqlite = State::Sqlite(PathBuf::from("/a \"folder\"")).runtime_config();
    let expected =
        "[key_value_store.default]\ntype = \"spin\"\npath = \"/a \\\"folder\\\"/state.db\"\n";
    assert_eq!(sqlite, expected);
    let redis = State::Redis("redis://127.0.0.1:6379".to_owned()).runtime_config();
    assert!(redis.ends_with("type = \"redis\"\nurl = \"redis://127.0.0.1:6379\"\n"), "{redis}");
}
