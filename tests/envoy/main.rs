//! What holds on a real Envoy, two workers and all: every rule here has cost somebody an outage.
//!
//! Each file has the rules of one subject. Edges are started by `site`; most rules share one, each in a team of its
//! own. Whatever an edge has logged is looked through when it stops: no crash, no token, no e-mail address, no body.

#[cfg(test)]
mod answer;
#[cfg(test)]
mod bodies;
#[cfg(test)]
mod bulk;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod contention;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod edge_answers;
#[cfg(test)]
mod etcd;
#[cfg(test)]
mod gate;
#[cfg(test)]
mod groups;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod patience;
#[cfg(test)]
mod raw;
#[cfg(test)]
mod reload;
#[cfg(test)]
mod request_flow;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod shared_data;
#[cfg(test)]
mod site;
#[cfg(test)]
mod team;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod transfer;
#[cfg(test)]
mod waiting;
