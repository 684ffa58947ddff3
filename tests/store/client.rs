//! A client that goes on whatever happens to the Envoys.

use std::net::SocketAddr;

use http::Method;
use serde_json::Value;
use xtask::client::Client;

/// What became of a request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// It was not even sent.
    NotSent,
    /// It was sent, and nothing came back.
    None,
    /// An answer.
    Came(u16, Value),
}

impl Answer {
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Came(status, _) => Some(*status),
            _ => None,
        }
    }

    /// The body of an answer with this status.
    pub(crate) fn json(self, expected: u16) -> Value {
        match self {
            Self::Came(status, body) if status == expected => body,
            other => panic!("{other:?} instead of {expected}"),
        }
    }
}

/// Connections to all Envoys, made when they are needed.
pub(crate) struct Browser {
    addresses: [SocketAddr; 2],
    connections: [Option<Client>; 2],
}

impl Browser {
    pub(crate) fn new(addresses: [SocketAddr; 2]) -> Self {
        Self { addresses, connections: [None, None] }
    }

    pub(crate) fn send(
        &mut self,
        envoy: usize,
        method: Method,
        path: &str,
        authorization: &str,
        body: &Value,
    ) -> Answer {
        let connection = self.connections[envoy].take();
        let Some(mut connection) =
            connection.or_else(|| Client::connect(self.addresses[envoy]).ok())
        else {
            return Answer::NotSent;
        };
        let media_type =
            if path.starts_with("/scim/") { "application/scim+json" } else { "application/json" };
        let headers = [("authorization", authorization), ("content-type", media_type)];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        match connection.send(method, path, &headers, body) {
            Ok(answer) => {
                self.connections[envoy] = Some(connection);
                let json = serde_json::from_slice(answer.body()).unwrap_or_default();
                Answer::Came(answer.status().as_u16(), json)
            }
            Err(_) => Answer::None,
        }
    }
}
