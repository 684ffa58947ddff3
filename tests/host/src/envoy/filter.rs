//! The module, compiled.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use wasmtime::{Config, Engine, InstancePre, Linker, Module, Result};

use super::guest::Guest;
use super::imports;

/// The filter, compiled and linked with the host's functions; as many VMs can be made of it as are wanted.
pub struct Filter(InstancePre<Guest>);

impl Filter {
    /// Compiles the module in `file`.
    ///
    /// # Errors
    ///
    /// If it is no module, or needs something that this host has not.
    pub fn compile(file: &Path) -> Result<Arc<Self>> {
        let engine = Engine::new(&Config::new())?;
        let module = Module::from_file(&engine, file)?;
        let mut linker = Linker::new(&engine);
        imports::link(&mut linker)?;
        Ok(Arc::new(Self(linker.instantiate_pre(&module)?)))
    }

    pub(super) fn linked(&self) -> &InstancePre<Guest> {
        &self.0
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Filter")
    }
}
