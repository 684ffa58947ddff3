use scim_edge::store::StoreError;
use scim_edge::store::etcd::message::RangeRequest;

use super::records::{behind_all, range};
use crate::etcd::Grpc;

/// What the engine has below its prefix, in order. What ends with a slash is a folder.
const OURS: [&str; 5] = ["changes", "counts/", "data/", "sections/", "versions/"];

/// How many strays between two of them are named.
const NAMED: i64 = 100;

/// A line for each key below `prefix` that is none of the engine's.
pub(super) async fn strays(
    client: &Grpc,
    prefix: &str,
    revision: i64,
) -> Result<Vec<String>, StoreError> {
    let mut strays = Vec::new();
    let mut from = prefix.as_bytes().to_vec();
    let ours = OURS.map(|name| format!("{prefix}{name}").into_bytes());
    for ours in ours.iter().map(Some).chain([None]) {
        let request = RangeRequest {
            key: from,
            range_end: ours.cloned().unwrap_or_else(|| behind_all(prefix.as_bytes())),
            limit: NAMED,
            revision,
            keys_only: true,
            ..RangeRequest::default()
        };
        for kv in range(client, request).await?.kvs {
            let key = String::from_utf8_lossy(&kv.key);
            strays.push(format!("{}: is no key of scim-edge's", key.escape_debug()));
        }
        from = match ours {
            Some(folder) if folder.ends_with(b"/") => behind_all(folder),
            Some(key) => [&key[..], &[0]].concat(),
            None => break,
        };
    }
    Ok(strays)
}
