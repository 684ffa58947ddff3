//! `cargo xtask bench`: what a request costs, next to what Envoy alone costs, in one run.
//!
//! One worker, one client on kept-alive connections. Rows and sizes take turns in short rounds, so that whatever drifts
//! on the machine drifts for all of them.

mod population;
mod rows;
mod subject;
mod table;

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use clap::Args;

use crate::interrupt;
use crate::step::say;
use crate::tools::Tools;
use crate::up::{NotYet, StoreName};

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
    /// Where the state is kept
    #[arg(long, value_enum, default_value_t = StoreName::Memory)]
    pub store: StoreName,
    /// Measure 1,000 against 1,000,000 users, in the host's memory and then in etcd
    #[arg(long, conflicts_with_all = ["few", "many", "store"])]
    pub scale: bool,
    /// Measure the peers too
    #[arg(long)]
    pub peers: bool,
}

/// In how many turns each row is measured.
const ROUNDS: u32 = 20;
/// Requests before each turn that are not counted.
const WARM_UP: u32 = 20;

/// How many users `--scale` compares.
const SCALE: [u32; 2] = [1_000, 1_000_000];

/// What was measured of one row on one edge.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// How long a request took, as the client saw it; the mean where a row has several, which differ.
    pub latencies: Vec<Duration>,
    /// The processor time that Envoy, and etcd where there is one, used for a request: the mean of each turn.
    pub cpu: Vec<Duration>,
}

impl Bench {
    /// Measures, and prints the table.
    pub fn run(&self) -> Result<()> {
        if self.peers {
            bail!(NotYet("--peers"));
        }
        let tools = Tools::make()?;
        if self.scale {
            for store in [StoreName::Memory, StoreName::Etcd] {
                self.measure(&tools, store, SCALE)?;
            }
            return Ok(());
        }
        self.measure(&tools, self.store, [self.few, self.many])
    }

    fn measure(&self, tools: &Tools, store: StoreName, sizes: [u32; 2]) -> Result<()> {
        let (mut subjects, mut rooms) = (Vec::new(), Vec::new());
        for users in sizes {
            say(format_args!("starting an Envoy with one worker and {users} users"));
            let subject = Subject::start(tools.clone(), store, users)?;
            subject.wait_until_quiet()?;
            rooms.push(subject.room()?);
            subjects.push(subject);
        }
        for subject in &mut subjects {
            subject.reconnect()?;
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
        println!("State in {}.", if store == StoreName::Etcd { "etcd" } else { "shared data" });
        println!("{}", table(&sizes, ROWS, &samples));
        println!("{}\n", bytes_per_user(sizes, &rooms));
        Ok(())
    }
}

/// Sends a row's requests `times` times, one after the other.
fn turn(row: &Row, subject: &mut Subject, times: u32, samples: &mut Samples) -> Result<()> {
    let mut answers = Vec::new();
    let before = subject.cpu_time()?;
    for _ in 0..times {
        let mut taken = Duration::ZERO;
        for request in row.requests {
            let request = request(subject)?;
            let begun = Instant::now();
            let answer = subject.send(row.way, request)?;
            taken += begun.elapsed();
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
        samples.latencies.push(taken / u32::try_from(row.requests.len())?);
        subject.count += 1;
    }
    let cpu = subject.cpu_time()?.saturating_sub(before);
    samples.cpu.push(cpu / times.saturating_mul(u32::try_from(row.requests.len())?));
    if let Some(undo) = row.undo {
        for answer in answers {
            let request = undo(subject, &answer)?;
            let answer = subject.send(row.way, request)?;
            ensure!(answer.status().is_success(), "{}: undoing: {}", row.name, answer.status());
        }
    }
    Ok(())
}

/// How much room each user takes by which the larger subject is larger.
fn bytes_per_user(sizes: [u32; 2], rooms: &[Vec<(&str, u64)>]) -> String {
    let [few, many] = sizes;
    let [small, large] = rooms else { return String::new() };
    let lines = small.iter().zip(large).map(|((name, small), (_, large))| {
        let each = large.saturating_sub(*small) / u64::from(many.saturating_sub(few).max(1));
        format!("{name}: {} MiB with {many} users, {each} bytes for each", large >> 20)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests;
