//! `cargo xtask bench`: what a request costs, next to what Envoy alone costs, in one run.
//!
//! One worker, one client on kept-alive connections. Rows and sizes take turns in short rounds, so that whatever drifts
//! on the machine drifts for all of them.

mod rows;
mod subject;
mod table;

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use clap::Args;

use crate::interrupt;
use crate::step::say;
use crate::tools::Tools;
use crate::up::NotYet;

pub use rows::{Make, ROWS, Row, Undo, Way};
pub use subject::Subject;
pub use table::table;

/// What `bench` is asked for.
#[derive(Args, Clone, Debug)]
pub struct Bench {
    /// Measured requests per row and size
    #[arg(long, default_value_t = 4000, value_parser = clap::value_parser!(u32).range(1..))]
    pub requests: u32,
    /// Users in the smaller edge
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub few: u32,
    /// Users in the larger edge
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub many: u32,
    /// Measure the peers too
    #[arg(long)]
    pub peers: bool,
}

/// In how many turns each row is measured.
const ROUNDS: u32 = 20;
/// Requests before each turn that are not counted.
const WARM_UP: u32 = 20;

/// What was measured of one row on one edge.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// How long each request took, as the client saw it.
    pub latencies: Vec<Duration>,
    /// The processor time that Envoy used for all of them.
    pub cpu: Duration,
}

impl Bench {
    /// Measures, and prints the table.
    pub fn run(&self) -> Result<()> {
        if self.peers {
            bail!(NotYet("--peers"));
        }
        let tools = Tools::make()?;
        let mut subjects = Vec::new();
        for users in [self.few, self.many] {
            say(format_args!("starting an Envoy with one worker and {users} users"));
            subjects.push(Subject::start(tools.clone(), users)?);
        }
        let mut samples = vec![vec![Samples::default(); subjects.len()]; ROWS.len()];
        let each = self.requests.div_ceil(ROUNDS);
        for round in 1..=ROUNDS {
            say(format_args!("round {round} of {ROUNDS}"));
            for (row, samples) in ROWS.iter().zip(&mut samples) {
                for (subject, samples) in subjects.iter_mut().zip(samples) {
                    interrupt::check()?;
                    turn(row, subject, WARM_UP, &mut Samples::default())?;
                    turn(row, subject, each, samples)?;
                }
            }
        }
        println!("{}", table(&[self.few, self.many], ROWS, &samples));
        Ok(())
    }
}

/// Sends a row's requests `times` times, one after the other.
fn turn(row: &Row, subject: &mut Subject, times: u32, samples: &mut Samples) -> Result<()> {
    let mut answers = Vec::new();
    let before = subject.edge.envoy.cpu_time()?;
    for _ in 0..times {
        for request in row.requests {
            let request = request(subject)?;
            let begun = Instant::now();
            let answer = subject.send(row.way, request)?;
            samples.latencies.push(begun.elapsed());
            ensure!(
                answer.status() == row.status,
                "{}: {} instead of {}: {}",
                row.name,
                answer.status(),
                row.status,
                String::from_utf8_lossy(answer.body())
            );
            answers.push(answer);
        }
        subject.count += 1;
    }
    samples.cpu += subject.edge.envoy.cpu_time()?.saturating_sub(before);
    if let Some(undo) = row.undo {
        for answer in answers {
            let request = undo(subject, &answer)?;
            let answer = subject.send(row.way, request)?;
            ensure!(answer.status().is_success(), "{}: undoing: {}", row.name, answer.status());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
