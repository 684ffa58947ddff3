//! How Envoy is told which of its clusters a call by gRPC goes to.

use prost::Message;
use proxy_wasm::types::Status;

use crate::store::etcd::CallError;

/// What is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Method {
    /// The service, with its package.
    pub(super) service: &'static str,
    /// Its method.
    pub(super) name: &'static str,
}

/// One of Envoy's clusters.
pub(super) struct Cluster {
    name: String,
    service: String,
}

impl Cluster {
    /// The cluster with this name, which [`Config`](crate::config::Config) has looked at.
    pub(super) fn new(name: &str) -> Self {
        // A text, as its tags and lengths are below 128 and a cluster's name is ASCII.
        let service = String::from_utf8(GrpcService::of(name).encode_to_vec()).unwrap_or_default();
        Self { name: name.to_owned(), service }
    }

    /// What the host's functions take.
    pub(super) fn service(&self) -> &str {
        &self.service
    }

    /// A call that Envoy did not even begin.
    pub(super) fn not_called(&self, status: Status) -> CallError {
        CallError::Lost(format!(
            "Envoy has no cluster named {}, or none of its endpoints is well ({status:?})",
            self.name
        ))
    }
}

/// `envoy.config.core.v3.GrpcService`. A cluster's bare name is never given in its place: Envoy reads it as such a
/// message where it happens to be one, as `users` is, and aborts.
#[derive(Clone, PartialEq, Message)]
struct GrpcService {
    #[prost(message, optional, tag = "1")]
    envoy_grpc: Option<EnvoyGrpc>,
}

/// `envoy.config.core.v3.GrpcService.EnvoyGrpc`.
#[derive(Clone, PartialEq, Message)]
struct EnvoyGrpc {
    #[prost(string, tag = "1")]
    cluster_name: String,
    /// What is sent as `:authority`; left out, it is the cluster's name, which may be no name of a host.
    #[prost(string, tag = "2")]
    authority: String,
}

impl GrpcService {
    fn of(cluster: &str) -> Self {
        let authority = "etcd".to_owned();
        Self { envoy_grpc: Some(EnvoyGrpc { cluster_name: cluster.to_owned(), authority }) }
    }
}
