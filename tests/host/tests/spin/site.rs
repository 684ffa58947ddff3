use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use scim_edge_host::spin::store::Store;
use scim_edge_host::spin::{App, Manifest, Module, Server};
use xtask::demo::Service;
use xtask::edge::{Front, Product};
use xtask::{etcd, project, spin, tools};

/// The component on the host, as a demo's edge.
pub(crate) struct Site {
    pub(crate) server: Server,
    front: Front,
}

impl Deref for Site {
    type Target = Front;

    fn deref(&self) -> &Front {
        &self.front
    }
}

impl Site {
    /// With `store` behind the default label.
    pub(crate) fn on(store: impl Store) -> Self {
        Self::of(&product(), |app| app.store("default", store))
    }

    /// In front of `product`, with what `complete` makes of the manifest's app.
    pub(crate) fn of(product: &Product, complete: impl FnOnce(App) -> App) -> Self {
        let address = ([127, 0, 0, 1], etcd::quiet_port().unwrap()).into();
        let manifest = Manifest::read(&project::root().join("spin.toml")).unwrap();
        let module = Module::read(&tools::component().unwrap()).unwrap();
        let app = manifest.app(module, &spin::variables(product, address)).unwrap();
        let server = Server::start_on(complete(app), address.port()).unwrap();
        Self { server, front: Front::of(product, address) }
    }

    /// The log, once a line of it has `text`.
    pub(crate) fn log_with(&self, text: &str) -> String {
        let begun = Instant::now();
        loop {
            let log = self.server.log().text();
            if log.contains(text) {
                return log;
            }
            assert!(begun.elapsed() < Duration::from_secs(5), "no {text:?} in the log:\n{log}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// A product that remembers what reached its service.
pub(crate) fn product() -> Product {
    Product::new(Service::start().unwrap()).unwrap()
}

/// A service behind that is asked, and nothing else.
pub(crate) fn seen(product: &Product) -> Vec<xtask::demo::Seen> {
    Arc::clone(&product.service).take_seen()
}

/// The host's program.
pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_spin-host"))
}
