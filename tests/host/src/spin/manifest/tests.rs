use super::*;

const MANIFEST: &str = r#"
spin_manifest_version = 2
[application]
name = "edge"
[variables]
url = { default = "http://127.0.0.1:3000" }
key = { required = true, secret = true }
[[trigger.http]]
route = "/..."
component = "edge"
[component.edge]
source = "target/edge.wasm"
key_value_stores = ["default"]
allowed_outbound_hosts = ["{{ url }}", "https://*.example.com"]
[component.edge.variables]
public_url = "{{ url }}"
both = "<{{url}}|{{ key }}>"
"#;

fn values() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([("url", "http://one"), ("key", "two")])
}

#[test]
fn a_template_is_filled_with_variables() {
    assert_eq!(fill("{{ url }}", &values()).unwrap(), "http://one");
    assert_eq!(fill("<{{url}}|{{ key }}>", &values()).unwrap(), "<http://one|two>");
    assert_eq!(fill("plain", &values()).unwrap(), "plain");
}

#[test]
fn a_template_with_an_unknown_variable_or_without_an_end_is_refused() {
    assert!(fill("{{ other }}", &values()).unwrap_err().to_string().contains("other"));
    fill("{{ url", &values()).unwrap_err();
}

#[test]
fn a_manifest_names_its_component_and_its_stores() {
    let manifest: Manifest = MANIFEST.parse().unwrap();
    assert_eq!(manifest.source().unwrap(), Path::new("target/edge.wasm"));
    assert_eq!(manifest.stores().unwrap(), ["default"]);
}

#[test]
fn a_manifest_with_two_components_is_refused() {
    let two = format!("{MANIFEST}\n[component.other]\nsource = \"other.wasm\"\n");
    two.parse::<Manifest>().unwrap().source().unwrap_err();
}
