//! The component in the host that the tests have, with its state in a SQLite file.

use std::ops::Deref;

use tempfile::TempDir;
use xtask::demo::Service;
use xtask::edge::{Front, Product};
use xtask::spin::{self, Plan, Runtime, State};

/// A component of one's own.
pub(crate) struct Site {
    site: spin::Site,
    _folder: TempDir,
}

impl Site {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = Runtime::host_at(env!("CARGO_BIN_EXE_spin-host").into()).unwrap();
        let product = Product::new(Service::start().unwrap()).unwrap();
        let state = State::Sqlite(folder.path().to_owned());
        let site = Plan::new(runtime, state, &product, 0).unwrap().start().unwrap();
        Self { site, _folder: folder }
    }

    /// All that its host has logged.
    pub(crate) fn log(&self) -> String {
        self.site.process.log()
    }
}

impl Deref for Site {
    type Target = Front;

    fn deref(&self) -> &Front {
        &self.site
    }
}
