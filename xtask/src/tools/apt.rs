use std::process::Command;

use anyhow::{Result, bail};

use crate::step;

/// Installs Debian packages because `program` is missing.
pub fn install(program: &str, packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    if step::find("apt-get").is_none() {
        bail!(
            "{program} is missing, and there is no apt-get to install it: install {names} yourself"
        );
    }
    let advice = format!("install {names} yourself, then run this again");
    let lists = step::run("updating apt's lists", apt()?.args(["-q", "update"]), &advice);
    // Old lists may do; the installation says it if not.
    if let Err(error) = lists {
        crate::interrupt::check()?;
        step::say(error);
    }
    let mut install = apt()?;
    install.args(["-q", "install", "-y", "--no-install-recommends"]).args(packages);
    step::run(&format!("installing {names} with apt"), &mut install, &advice)
}

/// Installs curl, with which the documentation's examples are run, if it is missing.
pub fn curl() -> Result<()> {
    if step::find("curl").is_some() {
        return Ok(());
    }
    install("curl", &["curl"])
}

fn apt() -> Result<Command> {
    let mut apt = if rustix::process::geteuid().is_root() {
        Command::new("apt-get")
    } else if step::find("sudo").is_some() {
        let mut sudo = Command::new("sudo");
        sudo.args(["--non-interactive", "apt-get"]);
        sudo
    } else {
        bail!("apt-get needs root, and there is no sudo: install what is missing as root");
    };
    apt.env("DEBIAN_FRONTEND", "noninteractive");
    Ok(apt)
}
