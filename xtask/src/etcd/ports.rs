use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context as _, Result, bail};

/// Ports that the kernel gives to no outgoing connection (it begins at 32,768 by default).
const QUIET: std::ops::Range<u16> = 12_000..32_000;

/// A free port on 127.0.0.1 that stays free while its server is away: no outgoing connection gets it by chance, and a
/// client that knocks again and again does not end up connected to itself.
pub fn quiet_port() -> Result<u16> {
    for _ in 0..100 {
        let mut random = [0; 2];
        getrandom::fill(&mut random).context("this machine has no random numbers")?;
        let port = QUIET.start + u16::from_le_bytes(random) % (QUIET.end - QUIET.start);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("127.0.0.1 has no free port between {} and {}", QUIET.start, QUIET.end)
}
