use anyhow::Result;

use crate::step;

/// Binaryen's `wasm-opt` and `wasm-metadce`, which make modules smaller, on `PATH`. Any version from 108 will do.
pub fn binaryen() -> Result<()> {
    if step::find("wasm-opt").is_some() && step::find("wasm-metadce").is_some() {
        return Ok(());
    }
    super::apt_install("Binaryen", &["binaryen"])
}
