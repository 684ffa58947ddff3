//! A worker of Envoy, whose VM is begun anew after a trap (`failure_policy: FAIL_RELOAD`).

use std::sync::Arc;

use super::process::Process;
use super::stream::{Ask, End};
use super::vm::{Crash, Vm};

/// What a client gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// What the filter has decided.
    Decided(End),
    /// The filter has crashed: Envoy answers 503, and nobody knows what was done.
    Crashed(Crash),
}

/// A worker, which serves one request after the other.
#[derive(Debug)]
pub struct Worker {
    process: Arc<Process>,
    vm: Option<Vm>,
    crashes: usize,
}

impl Worker {
    /// A worker, whose VM begins with its first request.
    pub fn new(process: &Arc<Process>) -> Self {
        Self { process: Arc::clone(process), vm: None, crashes: 0 }
    }

    /// Its process.
    pub fn process(&self) -> &Arc<Process> {
        &self.process
    }

    /// How many VMs it has lost.
    pub fn crashes(&self) -> usize {
        self.crashes
    }

    /// Its VM, which is begun where there is none.
    ///
    /// # Errors
    ///
    /// If it cannot be begun.
    pub async fn vm(&mut self) -> Result<&mut Vm, Crash> {
        if self.vm.is_none() {
            let vm = Vm::start(&self.process).await;
            self.vm = Some(vm.inspect_err(|_| self.crashes += 1)?);
        }
        self.vm.as_mut().ok_or_else(|| Crash("there is no VM".to_owned()))
    }

    /// Sends a request and waits for what becomes of it.
    pub async fn ask(&mut self, ask: &Ask) -> Reply {
        match self.try_ask(ask).await {
            Ok(end) => Reply::Decided(end),
            Err(crash) => {
                self.crashed();
                Reply::Crashed(crash)
            }
        }
    }

    /// Its VM has trapped: the next request gets another.
    pub fn crashed(&mut self) {
        if self.vm.take().is_some() {
            self.crashes += 1;
        }
    }

    async fn try_ask(&mut self, ask: &Ask) -> Result<End, Crash> {
        let vm = self.vm().await?;
        let id = vm.send(ask).await?;
        let end = loop {
            if let Some(end) = vm.end(id) {
                break end;
            }
            if !vm.turn().await? {
                return Err(Crash("nothing will ever come of the request".to_owned()));
            }
        };
        vm.close(id).await?;
        Ok(end)
    }

    /// Lets the VM's plug-in go.
    ///
    /// # Errors
    ///
    /// As [`Vm::leave`].
    pub async fn leave(&mut self) -> Result<(), Crash> {
        match self.vm.take() {
            Some(vm) => vm.leave().await,
            None => Ok(()),
        }
    }
}
