//! The gate as an endpoint that a real nginx, a real Caddy and a real Traefik ask, with the configuration files that are
//! given away.

#![cfg(not(target_family = "wasm"))]

#[cfg(test)]
mod edge;
#[cfg(test)]
mod gate;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod site;
#[cfg(test)]
mod spellings;
