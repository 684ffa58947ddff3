//! Spin's manifest, as far as a host needs it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use serde::Deserialize;

use super::app::App;
use super::module::Module;
use super::outbound::AllowedHost;

/// A manifest with one component.
#[derive(Debug, Deserialize)]
pub struct Manifest {
    #[serde(default)]
    variables: BTreeMap<String, Variable>,
    component: BTreeMap<String, Component>,
}

#[derive(Debug, Deserialize)]
struct Variable {
    default: Option<String>,
    #[serde(default)]
    required: bool,
}

#[derive(Debug, Deserialize)]
struct Component {
    source: PathBuf,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    #[serde(default)]
    key_value_stores: Vec<String>,
    #[serde(default)]
    allowed_outbound_hosts: Vec<String>,
}

impl Manifest {
    /// Reads a manifest.
    pub fn read(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file);
        let text = text.with_context(|| format!("{} cannot be read", file.display()))?;
        text.parse().with_context(|| format!("{} is no manifest", file.display()))
    }

    /// The component's file, relative to the manifest.
    pub fn source(&self) -> Result<&Path> {
        Ok(&self.only()?.source)
    }

    /// The labels that the component may open.
    pub fn stores(&self) -> Result<&[String]> {
        Ok(&self.only()?.key_value_stores)
    }

    /// The app with these values of the manifest's variables, and still without stores.
    ///
    /// # Errors
    ///
    /// If a value is for no variable, or a required variable has none.
    pub fn app(&self, module: Module, given: &BTreeMap<String, String>) -> Result<App> {
        if let Some(name) = given.keys().find(|name| !self.variables.contains_key(*name)) {
            bail!("the manifest has no variable {name}");
        }
        let mut values = BTreeMap::new();
        for (name, variable) in &self.variables {
            let value = given.get(name).or(variable.default.as_ref());
            match value {
                Some(value) => drop(values.insert(name.as_str(), value.as_str())),
                None if variable.required => bail!("the variable {name} has no value"),
                None => bail!("the variable {name} has no default and is not required"),
            }
        }
        let component = self.only()?;
        let mut app = App::new(module);
        for (name, template) in &component.variables {
            app = app.variable(name, fill(template, &values)?);
        }
        for label in &component.key_value_stores {
            app = app.grant(label);
        }
        for host in &component.allowed_outbound_hosts {
            let host = fill(host, &values)?;
            if host.is_empty() {
                continue;
            }
            app = app.allow(AllowedHost::parse(&host).ok_or_else(|| {
                anyhow!("allowed_outbound_hosts: {host:?} is no scheme://host:port")
            })?);
        }
        Ok(app)
    }

    fn only(&self) -> Result<&Component> {
        let mut components = self.component.values();
        match (components.next(), components.next()) {
            (Some(component), None) => Ok(component),
            _ => bail!("the manifest has not exactly one component"),
        }
    }
}

impl std::str::FromStr for Manifest {
    type Err = toml::de::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        toml::from_str(text)
    }
}

/// `template` with each `{{ name }}` replaced by the variable's value.
fn fill(template: &str, values: &BTreeMap<&str, &str>) -> Result<String> {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) =
            after.split_once("}}").with_context(|| format!("{template:?} has no end"))?;
        let name = name.trim();
        let value = values.get(name);
        let value = value.with_context(|| format!("{template:?}: there is no variable {name}"))?;
        filled.push_str(before);
        filled.push_str(value);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests;
