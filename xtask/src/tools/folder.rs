use std::path::Path;

use anyhow::{Context as _, Result};

use crate::interrupt;

/// Lets `make` fill the folder `home`, unless it is `complete` already.
///
/// It is made beside its place and moved there whole: what was interrupted leaves nothing that looks complete.
pub(super) fn whole(
    home: &Path,
    complete: impl Fn(&Path) -> bool,
    make: impl FnOnce(&Path) -> Result<()>,
) -> Result<()> {
    if complete(home) {
        return Ok(());
    }
    let parent = home.parent().context("a folder of tools lies in no other folder")?;
    std::fs::create_dir_all(parent)
        .with_context(|| format!("{} cannot be made", parent.display()))?;
    let new = tempfile::Builder::new().prefix("new-").tempdir_in(parent)?;
    make(new.path())?;
    interrupt::check()?;
    // A folder cannot be moved over one that has something in it: what lies there is half of one, or another run was
    // faster.
    if !complete(home) {
        std::fs::remove_dir_all(home).ok();
        std::fs::rename(new.path(), home)
            .or_else(|error| if complete(home) { Ok(()) } else { Err(error) })
            .with_context(|| format!("{} cannot be made", home.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
