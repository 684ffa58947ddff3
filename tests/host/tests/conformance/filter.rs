//! The filter, in a host that does as Envoy does.

use std::time::Duration;

use pollster::block_on;
use scim_edge::gate::TRUSTED_HEADERS;
use scim_edge_host::envoy::{Ask, End, Etcd, Fields, Reply, Worker, World};
use serde_json::{Value, json};

use super::edge::{envoy, in_etcd};
use super::runner::{Answer, Request, Runner};

/// How many workers take turns.
const WORKERS: usize = 2;

pub(crate) struct InEnvoy {
    name: &'static str,
    workers: Vec<Worker>,
    asked: usize,
}

impl InEnvoy {
    /// One Envoy, whose workers share its memory.
    pub(crate) fn on_shared_data() -> Self {
        let process = envoy(&World::new(11), &json!("memory"), &Etcd::new());
        let workers = (0..WORKERS).map(|_| Worker::new(&process)).collect();
        Self { name: "the filter on shared data", workers, asked: 0 }
    }

    /// Two Envoys on one etcd.
    pub(crate) fn on_etcd() -> Self {
        let (world, etcd): (_, _) = (World::new(12), Etcd::new());
        let store: Value = in_etcd(0);
        let workers = (0..WORKERS).map(|_| Worker::new(&envoy(&world, &store, &etcd))).collect();
        Self { name: "the filter on etcd", workers, asked: 0 }
    }
}

impl Runner for InEnvoy {
    fn name(&self) -> &'static str {
        self.name
    }

    fn ask(&mut self, request: &Request) -> Answer {
        let mut ask = Ask::new(&request.method, &request.target);
        for (name, value) in &request.headers {
            ask = ask.header(name, value);
        }
        if let Some(email) = &request.identity {
            ask = ask.signed_in(email);
        }
        // A body comes in two parts, if there is enough of it.
        for part in request.body.chunks(request.body.len().div_ceil(2).max(1)) {
            ask = ask.part(part);
        }
        self.asked += 1;
        let worker = &mut self.workers[self.asked % WORKERS];
        worker.process().world().pass(Duration::from_millis(1));
        let text = |fields: Fields| -> Vec<(String, String)> {
            fields
                .into_iter()
                .map(|(name, value)| (name, String::from_utf8(value).unwrap()))
                .collect()
        };
        match block_on(worker.ask(&ask)) {
            Reply::Decided(End::Answered(answer)) => Answer::Answered {
                status: answer.status,
                headers: text(answer.headers),
                body: answer.body,
            },
            Reply::Decided(End::Forwarded(forwarded)) => {
                let mut fields = text(forwarded.headers);
                fields.retain(|(name, _)| TRUSTED_HEADERS.contains(&name.as_str()));
                Answer::Forwarded(fields)
            }
            Reply::Crashed(crash) => panic!("{request:?}: {crash}"),
        }
    }
}
