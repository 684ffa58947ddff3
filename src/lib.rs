//! SCIM 2.0 provisioning at the edge: an identity provider adds people to a team of a product and takes them out
//! again, and only current members get through to the services behind.
//!
//! # A request's way
//!
//! Data flows one way, and the answer back the same:
//!
//! ```text
//! host → http → router → authn → service → scim | manage | gate → provisioning → store
//! ```
//!
//! | module | decides |
//! |---|---|
//! | [`host`] | how a clock, entropy, a log and waiting come from the outside; the adapters |
//! | [`http`] | what a request and an answer are, and how large |
//! | [`router`] | which endpoint a path names |
//! | [`authn`] | who asks: SCIM bearer token, platform key, verified person |
//! | [`config`] | what the operator chose |
//! | [`service`] | what becomes of a request |
//! | [`scim`] | what goes over the wire in SCIM (RFC 7643, RFC 7644) |
//! | [`manage`] | what goes over the wire for the platform and team owners |
//! | [`forward`] | what of a request the services behind get to see |
//! | [`settings`] | the settings page, in the browser of a team's owner |
//! | [`gate`] | who gets through to the services behind |
//! | [`provisioning`] | the rules of teams, accounts, memberships, SCIM connections and users |
//! | [`store`] | how state is kept: an ordered map with transactions |
//! | [`fsck`] | whether a whole state is sound |
//! | [`map`] | ordered maps and sets that take little code |
//! | `gather` | lists that take little code to be made |
//!
//! `scim` knows no store, `provisioning` knows no HTTP, and only the adapters in [`host`] know a host. Operations
//! are written once, as `async fn`s over a [`store::Store`] and a [`host::Host`].
//!
//! # Targets
//!
//! | target | what it builds |
//! |---|---|
//! | native | the core as a library, with its tests |
//! | `wasm32-wasip1` | the Envoy filter (proxy-wasm ABI 0.2.1) |
//! | `wasm32-wasip2` | the Spin app (WASI 0.3 HTTP) |
//! | `wasm32-unknown-unknown` | the core under wasm-bindgen-test: the same results as native |

pub mod authn;
mod case;
mod checksum;
pub mod config;
pub mod email;
pub mod forward;
pub mod fsck;
pub mod gate;
mod gather;
pub mod host;
pub mod http;
pub mod json;
pub mod manage;
pub mod map;
pub mod provisioning;
pub mod router;
pub mod scim;
pub mod service;
pub mod settings;
pub mod store;
