//! The configuration of the plug-in in Envoy: one JSON object.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::{
    Config, ConfigError, ConfigErrorKind, EtcdConfig, GateConfig, REMEMBER_MS, REQUEST_BYTES,
    SettingsConfig, TIMEOUT_MS, invalid, parse_platform_keys, parse_public_url,
};
use crate::gather::Gather as _;
use crate::json::parse_value;

/// The longest name of a cluster: its length has to fit into one byte of the message that names it to Envoy.
const CLUSTER_MAX: usize = 100;

/// What the operator of an Envoy decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginConfig {
    /// What every host has to know.
    pub edge: Config,
    /// Where the host leaves what it verified of a person.
    pub identity: IdentitySource,
    /// Where the state is kept.
    pub store: StoreChoice,
}

/// Which of the claims that Envoy verified says who somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentitySource {
    /// `payload_in_metadata` of Envoy's `jwt_authn` provider.
    pub metadata_key: String,
    /// The claim that holds the e-mail address.
    pub email_claim: String,
}

/// The engines that a configuration can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreChoice {
    /// Envoy's own memory, its shared data, gone with the process.
    Memory,
    /// A cluster of etcd, whose endpoint is Envoy's name for it.
    Etcd(EtcdConfig),
}

impl Config {
    /// What every host has to know, out of the plug-in configuration of Envoy.
    pub fn from_json(text: &[u8]) -> Result<Self, ConfigError> {
        PluginConfig::from_json(text).map(|config| config.edge)
    }
}

impl PluginConfig {
    /// Reads the plug-in configuration of Envoy.
    pub fn from_json(text: &[u8]) -> Result<Self, ConfigError> {
        let value =
            parse_value(text).map_err(|error| ConfigErrorKind::NotAnObject(error.to_string()))?;
        let Value::Object(map) = value else {
            let found = "it is another kind of value".to_owned();
            return Err(ConfigErrorKind::NotAnObject(found).into());
        };
        let mut fields = Fields { path: String::new(), map };
        let config = Self {
            edge: Config {
                public_url: parse_public_url(&fields.required_string("public_url")?)?,
                platform_keys: parse_platform_keys(&fields.strings("platform_keys_sha256")?)?,
                gate: parse_gate(fields.object("gate")?)?,
                settings: parse_settings(fields.object("settings")?)?,
            },
            identity: IdentitySource::parse(fields.object("identity")?)?,
            store: StoreChoice::parse(&mut fields)?,
        };
        fields.finish()?;
        Ok(config)
    }
}

impl IdentitySource {
    fn parse(mut fields: Fields) -> Result<Self, ConfigError> {
        let source = Self {
            metadata_key: fields
                .string("metadata_key")?
                .unwrap_or_else(|| "jwt_payload".to_owned()),
            email_claim: fields.string("email_claim")?.unwrap_or_else(|| "email".to_owned()),
        };
        fields.finish()?;
        Ok(source)
    }
}

impl StoreChoice {
    fn parse(fields: &mut Fields) -> Result<Self, ConfigError> {
        match fields.map.remove("store") {
            None => Ok(Self::Memory),
            Some(Value::String(name)) if name == "memory" => Ok(Self::Memory),
            Some(Value::Object(map)) => {
                let mut store = Fields { path: "store.".to_owned(), map };
                let etcd = store.required_object("etcd")?;
                store.finish()?;
                parse_etcd(etcd).map(Self::Etcd)
            }
            Some(_) => Err(fields.invalid("store", "must be \"memory\" or {\"etcd\": {…}}")),
        }
    }
}

fn parse_gate(mut fields: Fields) -> Result<GateConfig, ConfigError> {
    let gate = GateConfig::new(&fields.name("open_prefixes"), fields.strings("open_prefixes")?)?;
    fields.finish()?;
    Ok(gate)
}

fn parse_settings(mut fields: Fields) -> Result<SettingsConfig, ConfigError> {
    let settings =
        SettingsConfig::new(&fields.name("frame_ancestors"), fields.strings("frame_ancestors")?)?;
    fields.finish()?;
    Ok(settings)
}

fn parse_etcd(mut fields: Fields) -> Result<EtcdConfig, ConfigError> {
    let cluster = fields.required_string("cluster")?;
    if cluster.len() > CLUSTER_MAX || !cluster.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(fields.invalid("cluster", "must be up to 100 ASCII characters"));
    }
    let prefix = EtcdConfig::prefix(&fields.name("prefix"), fields.string("prefix")?)?;
    let config = EtcdConfig {
        endpoint: cluster,
        prefix,
        timeout_ms: fields.number("timeout_ms", 1000, TIMEOUT_MS)?,
        remember_ms: fields.number("remember_ms", 100, REMEMBER_MS)?,
        max_request_bytes: fields.number("max_request_bytes", 1_572_864, REQUEST_BYTES)?,
    };
    fields.finish()?;
    Ok(config)
}

/// The fields of one object, each taken once; what is left over at the end is unknown.
struct Fields {
    path: String,
    map: Map<String, Value>,
}

impl Fields {
    fn name(&self, field: &str) -> String {
        format!("{}{field}", self.path)
    }

    fn invalid(&self, field: &str, problem: &'static str) -> ConfigError {
        invalid(&self.name(field), problem)
    }

    fn string(&mut self, field: &str) -> Result<Option<String>, ConfigError> {
        match self.map.remove(field) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(_) => Err(self.invalid(field, "must be a text that is not empty")),
        }
    }

    fn required_string(&mut self, field: &str) -> Result<String, ConfigError> {
        self.string(field)?.ok_or_else(|| ConfigError::missing(self.name(field)))
    }

    fn number(
        &mut self,
        field: &str,
        default: u64,
        allowed: RangeInclusive<u64>,
    ) -> Result<u64, ConfigError> {
        let Some(value) = self.map.remove(field) else { return Ok(default) };
        match value.as_u64().filter(|number| allowed.contains(number)) {
            Some(number) => Ok(number),
            None => Err(ConfigError::out_of_range(self.name(field), &allowed)),
        }
    }

    fn required_object(&mut self, field: &str) -> Result<Fields, ConfigError> {
        if !self.map.contains_key(field) {
            return Err(ConfigError::missing(self.name(field)));
        }
        self.object(field)
    }

    fn strings(&mut self, field: &str) -> Result<Vec<String>, ConfigError> {
        let problem = "must be a list of texts";
        match self.map.remove(field) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) => values
                .into_iter()
                .map(|value| match value {
                    Value::String(text) => Ok(text),
                    _ => Err(self.invalid(field, problem)),
                })
                .try_gather(),
            Some(_) => Err(self.invalid(field, problem)),
        }
    }

    fn object(&mut self, field: &str) -> Result<Fields, ConfigError> {
        let map = match self.map.remove(field) {
            None => Map::new(),
            Some(Value::Object(map)) => map,
            Some(_) => return Err(self.invalid(field, "must be an object")),
        };
        Ok(Fields { path: format!("{}.", self.name(field)), map })
    }

    fn finish(self) -> Result<(), ConfigError> {
        match self.map.keys().next() {
            None => Ok(()),
            Some(field) => Err(ConfigErrorKind::Unknown(self.name(field)).into()),
        }
    }
}

#[cfg(test)]
mod tests;
