//! What happens to processes and to the network between them.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use xtask::etcd::{Direction, Flow};

use crate::cluster::Cluster;
use crate::random::Random;

/// How often something happened.
#[derive(Debug, Default)]
pub(crate) struct Weather {
    pub(crate) kills_of_envoys: AtomicU64,
    pub(crate) kills_of_etcd: AtomicU64,
    pub(crate) pauses: AtomicU64,
    pub(crate) cuts: AtomicU64,
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Weather {
    /// Kills one Envoy after the other, and starts it again, until it is `over`.
    pub(crate) fn kill_envoys(&self, cluster: &Cluster, random: &mut Random, over: &AtomicBool) {
        while !over.load(Ordering::Relaxed) {
            std::thread::sleep(random.time(1500, 4000));
            let mut edge = cluster.edge(random.below(2));
            edge.envoy.kill();
            count(&self.kills_of_envoys);
            std::thread::sleep(random.time(0, 1000));
            edge.restart().unwrap();
        }
    }

    /// Kills and pauses etcd, and does what networks do to its traffic, until it is `over`. Then all is well again.
    pub(crate) fn trouble_etcd(&self, cluster: &Cluster, random: &mut Random, over: &AtomicBool) {
        while !over.load(Ordering::Relaxed) {
            match random.below(4) {
                0 => {
                    let mut etcd = cluster.etcd();
                    etcd.kill();
                    count(&self.kills_of_etcd);
                    std::thread::sleep(random.time(0, 1500));
                    etcd.restart().unwrap();
                }
                1 => {
                    let etcd = cluster.etcd();
                    etcd.pause();
                    count(&self.pauses);
                    std::thread::sleep(random.time(200, 3000));
                    etcd.resume();
                }
                _ => self.trouble_network(cluster, random),
            }
            std::thread::sleep(random.time(300, 1200));
        }
    }

    /// Cuts off one Envoy or both for a while, in one way or another.
    pub(crate) fn trouble_network(&self, cluster: &Cluster, random: &mut Random) {
        count(&self.cuts);
        let [first, second] = &cluster.relays;
        let relays = match random.below(3) {
            0 => vec![first],
            1 => vec![second],
            _ => vec![first, second],
        };
        let direction = [Direction::There, Direction::Back][random.below(2)];
        match random.below(6) {
            0 => {
                relays.iter().for_each(|relay| relay.refuse());
                std::thread::sleep(random.time(200, 2000));
                relays.iter().for_each(|relay| relay.accept().unwrap());
            }
            1 => {
                relays.iter().for_each(|relay| relay.cut());
            }
            2 => {
                let bytes = random.below(60);
                relays.iter().for_each(|relay| relay.cut_in_answer(bytes));
                std::thread::sleep(Duration::from_millis(100));
            }
            3 => {
                let delay = random.time(20, 300);
                relays.iter().for_each(|relay| relay.set(direction, Flow::Late(delay)));
                std::thread::sleep(random.time(300, 2000));
            }
            kind => {
                // Requests or answers are held; then they arrive after all, or never.
                relays.iter().for_each(|relay| relay.set(direction, Flow::Held));
                std::thread::sleep(random.time(300, 3000));
                if kind == 4 {
                    relays.iter().for_each(|relay| relay.cut());
                }
            }
        }
        relays.iter().for_each(|relay| relay.set_both(Flow::Free));
    }
}
