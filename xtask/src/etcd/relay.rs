use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::quiet_port;

/// One of the two ways that bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From a client to the server: requests.
    There,
    /// From the server to a client: answers.
    Back,
}

/// What becomes of the bytes that go in one [`Direction`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// They arrive.
    Free,
    /// They arrive so much later.
    Late(Duration),
    /// They are kept until the flow is another; connections stay open.
    Held,
}

/// A stretch of network in front of a server: passes TCP connections on to it, as long as it is let.
///
/// It runs on a thread of its own and stops when it is dropped.
#[derive(Debug)]
pub struct Relay {
    port: u16,
    server: SocketAddr,
    there: watch::Sender<Flow>,
    back: watch::Sender<Flow>,
    open: Arc<Mutex<Open>>,
    passed: Arc<AtomicU64>,
    runtime: Runtime,
}

/// What runs: the listener, and two tasks for each connection.
#[derive(Debug, Default)]
struct Open {
    listener: Option<AbortHandle>,
    connections: Vec<[AbortHandle; 2]>,
    /// After so many more bytes of an answer its connection breaks.
    break_after: Option<usize>,
}

impl Relay {
    /// Starts it on a free port of 127.0.0.1, in front of `server`.
    pub fn start(server: SocketAddr) -> Result<Self> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let relay = Self {
            port: quiet_port()?,
            server,
            there: watch::Sender::new(Flow::Free),
            back: watch::Sender::new(Flow::Free),
            open: Arc::default(),
            passed: Arc::default(),
            runtime,
        };
        relay.accept()?;
        Ok(relay)
    }

    /// Where clients come in.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// How many bytes have been let through so far.
    pub fn passed(&self) -> u64 {
        self.passed.load(Ordering::Relaxed)
    }

    /// Changes what becomes of the bytes that go in one direction, on connections that are open too.
    pub fn set(&self, direction: Direction, flow: Flow) {
        match direction {
            Direction::There => &self.there,
            Direction::Back => &self.back,
        }
        .send_replace(flow);
    }

    /// Changes both directions.
    pub fn set_both(&self, flow: Flow) {
        self.set(Direction::There, flow);
        self.set(Direction::Back, flow);
    }

    /// Breaks every connection that is open. What was held on them is lost. New ones are taken.
    pub fn cut(&self) {
        for connection in std::mem::take(&mut self.open().connections) {
            connection.iter().for_each(AbortHandle::abort);
        }
    }

    /// Lets the next answer arrive up to its first `bytes` bytes, and breaks its connection then.
    pub fn cut_in_answer(&self, bytes: usize) {
        self.open().break_after = Some(bytes);
    }

    /// Breaks every connection, and refuses new ones until [`Relay::accept`].
    pub fn refuse(&self) {
        if let Some(listener) = self.open().listener.take() {
            listener.abort();
        }
        self.cut();
    }

    /// Takes connections again after [`Relay::refuse`].
    pub fn accept(&self) -> Result<()> {
        if self.open().listener.is_some() {
            return Ok(());
        }
        // A listener that was aborted closes when its thread gets to it.
        let bound = (0..200).find_map(|_| {
            let listener = self.runtime.block_on(TcpListener::bind(self.address()));
            listener.map_err(|_| std::thread::sleep(Duration::from_millis(10))).ok()
        });
        let listener = bound.with_context(|| format!("{} is taken", self.address()))?;
        let (server, there, back) = (self.server, self.there.clone(), self.back.clone());
        let (open, passed) = (Arc::clone(&self.open), Arc::clone(&self.passed));
        let task = self.runtime.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(upstream) = TcpStream::connect(server).await else { continue };
                client.set_nodelay(true).ok();
                upstream.set_nodelay(true).ok();
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = upstream.into_split();
                let pump = |direction, from, to, flow| {
                    let (open, passed) = (Arc::clone(&open), Arc::clone(&passed));
                    tokio::spawn(Pump { direction, from, to, flow, open, passed }.run())
                        .abort_handle()
                };
                let pumps = [
                    pump(Direction::There, from_client, to_server, there.subscribe()),
                    pump(Direction::Back, from_server, to_client, back.subscribe()),
                ];
                let mut open = lock(&open);
                open.connections.retain(|pumps| pumps.iter().any(|pump| !pump.is_finished()));
                open.connections.push(pumps);
            }
        });
        self.open().listener = Some(task.abort_handle());
        Ok(())
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        lock(&self.open)
    }
}

fn lock(open: &Mutex<Open>) -> MutexGuard<'_, Open> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One direction of one connection.
struct Pump {
    direction: Direction,
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    flow: watch::Receiver<Flow>,
    open: Arc<Mutex<Open>>,
    passed: Arc<AtomicU64>,
}

impl Pump {
    async fn run(mut self) {
        let mut bytes = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = self.from.read(&mut bytes).await {
            self.wait().await;
            let allowed = self.allowed(count);
            let arriving = bytes.get(..allowed).unwrap_or_default();
            self.passed.fetch_add(arriving.len() as u64, Ordering::Relaxed);
            if self.to.write_all(arriving).await.is_err() {
                return;
            }
            if allowed < count {
                // The other direction holds the sockets open: both end.
                return self.break_off();
            }
        }
        self.to.shutdown().await.ok();
    }

    /// Waits until the bytes may arrive.
    async fn wait(&mut self) {
        let flow = self.flow.wait_for(|flow| *flow != Flow::Held).await.map(|flow| *flow);
        if let Ok(Flow::Late(delay)) = flow {
            tokio::time::sleep(delay).await;
        }
    }

    /// How many of `count` bytes arrive before the connection is to break.
    fn allowed(&self, count: usize) -> usize {
        let mut open = lock(&self.open);
        match open.break_after {
            Some(left) if self.direction == Direction::Back => {
                open.break_after = left.checked_sub(count);
                count.min(left)
            }
            _ => count,
        }
    }

    fn break_off(&self) {
        let mine = tokio::task::id();
        for pumps in &lock(&self.open).connections {
            if pumps.iter().any(|pump| pump.id() == mine) {
                pumps.iter().for_each(AbortHandle::abort);
            }
        }
    }
}
