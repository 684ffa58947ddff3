use serde_json::json;

use super::preload::resource;
use super::{MEMBER, Ready, Shared};

/// What `up` prints: the addresses, and lines to paste into a shell.
pub(super) fn lines(ready: &Ready) -> String {
    let Ready { base_url, scim_url, scim_token, platform_key, team, .. } = ready;
    let create = resource(MEMBER);
    let deactivate = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "active", "value": false }],
    });
    let token = format!("-H 'authorization: Bearer {scim_token}'");
    let scim = format!("{token} -H 'content-type: application/scim+json'");
    // Every line stands for itself, without jq: the id is looked up by the filter that identity providers use.
    let id = format!(
        "$(curl -sG '{scim_url}/Users' --data-urlencode 'filter=userName eq \"{MEMBER}\"' {token} \
         | grep -o '\"id\": *\"[^\"]*' | head -n 1 | cut -d '\"' -f 4)"
    );
    let member =
        format!("curl -i '{}' -H 'authorization: Bearer {}'", ready.gate_url, ready.member_jwt);
    let platform = format!("-H 'authorization: Bearer {platform_key}'");
    format!(
        "
SCIM endpoint   {scim_url}
SCIM token      {scim_token}
Settings page   {settings}
Behind the gate {gate}
{admin}{shared}
# The identity provider creates {MEMBER}: 201, and when run again 409.
curl -i -X POST '{scim_url}/Users' {scim} -d '{create}'

# It deactivates them: 200. Run the line above again: 201 with the same id, and they are back.
curl -i -X PATCH \"{scim_url}/Users/{id}\" {scim} -d '{deactivate}'

# The gate, as {MEMBER}: 403 before create, 200 after, 403 after deactivate, 200 after reactivate.
{member}

# The platform, with its key: the team, its members, its events.
curl -i '{base_url}/v1/teams/{team}' {platform}
curl -i '{base_url}/v1/teams/{team}/members' {platform}
curl -i '{base_url}/v1/teams/{team}/events' {platform}

# The owner, signed in: the SCIM connection; a new token (the old one ends at once).
curl -i '{base_url}/v1/teams/{team}/scim' -H 'authorization: Bearer {owner}'
curl -i -X POST '{base_url}/v1/teams/{team}/scim/rotate' -H 'authorization: Bearer {owner}'
",
        settings = ready.settings_url,
        gate = ready.gate_url,
        admin = match &*ready.admin_url {
            "" => String::new(),
            admin => format!("Envoy's admin   {admin}\n"),
        },
        owner = ready.owner_jwt,
        shared = ready.shared.as_ref().map(shared_lines).unwrap_or_default(),
    )
}

/// What there is to say of the second Envoy and of etcd.
fn shared_lines(shared: &Shared) -> String {
    let Shared { second_base_url, second_scim_url, second_gate_url, .. } = shared;
    let Shared { second_admin_url, etcd_url, etcd_data, .. } = shared;
    format!(
        "
Second Envoy    {second_base_url} (the same state: put it into any line below in place of the first)
SCIM endpoint   {second_scim_url}
Behind the gate {second_gate_url}
Envoy's admin   {second_admin_url}
etcd            {etcd_url} (look into its records: cargo xtask fsck --etcd {etcd_url})
The state lies in {etcd_data}
and is there again at the next start. Remove the folder to begin anew.
"
    )
}
