//! The filter in a real Envoy.

use std::ops::Deref;

use xtask::edge::{Edge, Front};

/// An edge of one's own.
pub(crate) struct Site(Edge);

impl Site {
    pub(crate) fn start() -> Self {
        Self(Edge::start().unwrap())
    }

    /// All that its host has logged.
    pub(crate) fn log(&self) -> String {
        self.0.envoy.log()
    }
}

impl Deref for Site {
    type Target = Front;

    fn deref(&self) -> &Front {
        &self.0
    }
}
