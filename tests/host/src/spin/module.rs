//! The component, compiled.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use anyhow::{Context as _, Result};
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use super::bindings;
use super::instance::{Instance, Spin};

/// A component whose imports are all there. Clones share the code.
#[derive(Clone)]
pub struct Module {
    pub(super) engine: Engine,
    pub(super) service: ServicePre<Instance>,
}

impl Module {
    /// Compiles the component in `file`, once in this process.
    pub fn read(file: &Path) -> Result<Self> {
        static COMPILED: OnceLock<Mutex<BTreeMap<PathBuf, Module>>> = OnceLock::new();
        let compiled = COMPILED.get_or_init(Mutex::default);
        let mut compiled = compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = compiled.get(file) {
            return Ok(module.clone());
        }
        let module =
            Self::compile(file).with_context(|| format!("{} cannot be run", file.display()))?;
        Ok(compiled.entry(file.to_owned()).or_insert(module).clone())
    }

    fn compile(file: &Path) -> Result<Self> {
        let mut config = Config::new();
        config.wasm_component_model_async(true);
        let engine = Engine::new(&config)?;
        let component = Component::from_file(&engine, file)?;
        let mut linker = Linker::<Instance>::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        wasmtime_wasi::p3::add_to_linker(&mut linker)?;
        wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
        bindings::Host_::add_to_linker::<_, Spin>(&mut linker, |instance| instance)?;
        let service = ServicePre::new(linker.instantiate_pre(&component)?)?;
        Ok(Self { engine, service })
    }
}
