use std::fmt::Write as _;
use std::time::Duration;

use super::{Row, Samples};

/// The figures of one row on one edge, in microseconds but for the rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Figures {
    pub(super) median: f64,
    pub(super) p99: f64,
    pub(super) per_second: f64,
    pub(super) cpu: f64,
}

impl Figures {
    pub(super) fn of(samples: &Samples) -> Self {
        let total: Duration = samples.latencies.iter().sum();
        let count = u32::try_from(samples.latencies.len()).unwrap_or(u32::MAX);
        Self {
            median: percentile(&samples.latencies, 50),
            p99: percentile(&samples.latencies, 99),
            per_second: f64::from(count) / total.as_secs_f64(),
            // What a server does now and then by itself falls into few of the turns.
            cpu: percentile(&samples.cpu, 50),
        }
    }
}

/// In microseconds.
fn percentile(times: &[Duration], percent: usize) -> f64 {
    let mut times = times.to_vec();
    times.sort_unstable();
    let place = (times.len() * percent).div_ceil(100).saturating_sub(1);
    microseconds(times.get(place).copied().unwrap_or_default())
}

fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// The table: for each row the figures at each size, the largest size against the smallest, and each against the first row.
pub fn table(sizes: &[u32], rows: &[Row], samples: &[Vec<Samples>]) -> String {
    let mut text = String::from(
        "One worker, one client; times in µs. median, p99 and requests/s as the client sees them; cpu is what the servers\n\
         used for a request, the median of turns.\n\
         x direct: cpu against the first row, median in brackets. growth: cpu against the smallest size, likewise.\n\n",
    );
    let head = ["request", "users", "median", "p99", "requests/s", "cpu", "x direct", "growth"];
    let [name, users, median, p99, rate, cpu, direct, growth] = head;
    let _ = writeln!(
        text,
        "{name:<26}{users:>8}{median:>9}{p99:>9}{rate:>12}{cpu:>9}{direct:>17}{growth:>15}"
    );
    let figures = |samples: &Vec<Samples>| samples.iter().map(Figures::of).collect::<Vec<_>>();
    let all: Vec<Vec<Figures>> = samples.iter().map(figures).collect();
    let against = |one: &Figures, other: Option<&Figures>| {
        other.map_or_else(String::new, |other| {
            format!("{:.2} ({:.2})", one.cpu / other.cpu, one.median / other.median)
        })
    };
    for (row, measured) in rows.iter().zip(&all) {
        for (place, (size, one)) in sizes.iter().zip(measured).enumerate() {
            let direct = against(one, all.first().and_then(|first| first.get(place)));
            let smallest = measured.first().filter(|_| place > 0);
            let growth = against(one, smallest);
            let name = if place == 0 { row.name } else { "" };
            let Figures { median, p99, per_second, cpu } = one;
            let _ = writeln!(
                text,
                "{name:<26}{size:>8}{median:>9.1}{p99:>9.1}{per_second:>12.0}{cpu:>9.1}{direct:>17}{growth:>15}"
            );
        }
    }
    text
}
