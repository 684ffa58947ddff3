//! What a team's file takes on its way through the service. In a process of its own: its memory is measured.

#![cfg(target_os = "linux")]

#[cfg(test)]
mod memory;
