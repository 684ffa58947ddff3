//! The configuration, parsed once at start-up. An error names the field, and the host refuses to start.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};
use thiserror::Error;

/// A digest of SHA-256.
pub type Sha256Digest = [u8; 32];

/// The longest name of a cluster: its length has to fit into one byte of the message that names it to Envoy.
const CLUSTER_MAX: usize = 100;

/// The longest prefix of keys in etcd.
const PREFIX_MAX: usize = 100;

/// How large etcd's limit of a transaction may be set.
const REQUEST_BYTES: RangeInclusive<u64> = 65_536..=104_857_600;

/// What the operator decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where clients reach this edge, such as `https://edge.example.com`, without a slash at its end.
    pub public_url: String,
    /// SHA-256 digests of the keys that the platform may use; several while one replaces another.
    pub platform_keys: Vec<Sha256Digest>,
    /// Where the host leaves what it verified of a person.
    pub identity: IdentitySource,
    /// Which requests reach the services behind.
    pub gate: GateConfig,
    /// How browsers may show the settings page.
    pub settings: SettingsConfig,
    /// Where the state is kept.
    pub store: StoreChoice,
}

/// Which of the claims that the host verified says who somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentitySource {
    /// `payload_in_metadata` of Envoy's `jwt_authn` provider.
    pub metadata_key: String,
    /// The claim that holds the e-mail address.
    pub email_claim: String,
}

/// The gate's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GateConfig {
    /// Path prefixes that need no membership, each with a slash at both ends.
    pub open_prefixes: Vec<String>,
}

/// The settings page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingsConfig {
    /// The origins whose pages may show it in a frame; empty: none.
    pub frame_ancestors: Vec<String>,
}

/// The engines that a configuration can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreChoice {
    /// The host's own memory: in Envoy its shared data, gone with the process.
    Memory,
    /// A cluster of etcd.
    Etcd(EtcdConfig),
}

/// How etcd is reached and used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EtcdConfig {
    /// Envoy's name for the cluster.
    pub cluster: String,
    /// What all keys begin with.
    pub prefix: String,
    /// How long one call may take, in milliseconds.
    pub timeout_ms: u64,
    /// For how long a node may go by what it remembers before it asks etcd again whether it is current, in milliseconds.
    /// Answers to changes that take something away wait as long. 0: nothing is remembered.
    pub remember_ms: u64,
    /// How large a transaction etcd takes (its `--max-request-bytes`).
    pub max_request_bytes: u64,
}

/// What is wrong with the configuration.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ConfigError {
    /// The text is not a JSON object.
    #[error("the configuration is not a JSON object: {0}")]
    NotAnObject(String),
    /// A field that has to be there is not.
    #[error("configuration field {0} is missing")]
    Missing(String),
    /// A field that nobody reads, probably misspelt.
    #[error("configuration field {0} is unknown")]
    Unknown(String),
    /// A field with a value that cannot be used.
    #[error("configuration field {field} {problem}")]
    Invalid {
        /// The field's path.
        field: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A field that is no whole number, or one that cannot be used.
    #[error("configuration field {field} must be a number from {least} to {most}")]
    OutOfRange {
        /// The field's path.
        field: String,
        /// The least that it can be.
        least: u64,
        /// The most that it can be.
        most: u64,
    },
}

impl Config {
    /// Reads the plug-in configuration of Envoy.
    pub fn from_json(text: &[u8]) -> Result<Self, ConfigError> {
        let value: Value =
            serde_json::from_slice(text).map_err(|e| ConfigError::NotAnObject(e.to_string()))?;
        let Value::Object(map) = value else {
            return Err(ConfigError::NotAnObject("it is another kind of value".to_owned()));
        };
        let mut fields = Fields { path: String::new(), map };
        let config = Self {
            public_url: parse_public_url(&fields.required_string("public_url")?)?,
            platform_keys: parse_platform_keys(&fields.strings("platform_keys_sha256")?)?,
            identity: IdentitySource::parse(fields.object("identity")?)?,
            gate: GateConfig::parse(fields.object("gate")?)?,
            settings: SettingsConfig::parse(fields.object("settings")?)?,
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

impl GateConfig {
    fn parse(mut fields: Fields) -> Result<Self, ConfigError> {
        let open_prefixes = fields.strings("open_prefixes")?;
        if !open_prefixes.iter().all(|p| is_open_prefix(p)) {
            return Err(ConfigError::Invalid {
                field: fields.name("open_prefixes"),
                problem: "must hold prefixes like \"/public/\": a slash at both ends, outside \
                          /t/, /v1/, /scim/ and /settings/",
            });
        }
        fields.finish()?;
        Ok(Self { open_prefixes })
    }
}

impl SettingsConfig {
    fn parse(mut fields: Fields) -> Result<Self, ConfigError> {
        let frame_ancestors = fields.strings("frame_ancestors")?;
        if !frame_ancestors.iter().all(|origin| is_frame_ancestor(origin)) {
            return Err(fields.invalid(
                "frame_ancestors",
                "must hold origins like \"https://app.example.com\", or \"'self'\"",
            ));
        }
        fields.finish()?;
        Ok(Self { frame_ancestors })
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
                EtcdConfig::parse(etcd).map(Self::Etcd)
            }
            Some(_) => Err(fields.invalid("store", "must be \"memory\" or {\"etcd\": {…}}")),
        }
    }
}

impl EtcdConfig {
    fn parse(mut fields: Fields) -> Result<Self, ConfigError> {
        let cluster = fields.required_string("cluster")?;
        if cluster.len() > CLUSTER_MAX || !cluster.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(fields.invalid("cluster", "must be up to 100 ASCII characters"));
        }
        let prefix = fields.string("prefix")?.unwrap_or_else(|| "/scim-edge/".to_owned());
        if prefix.len() > PREFIX_MAX || !prefix.ends_with('/') {
            return Err(fields.invalid("prefix", "must be up to 100 bytes and end in a slash"));
        }
        let config = Self {
            cluster,
            prefix,
            timeout_ms: fields.number("timeout_ms", 1000, 50..=10_000)?,
            remember_ms: fields.number("remember_ms", 100, 0..=10_000)?,
            max_request_bytes: fields.number("max_request_bytes", 1_572_864, REQUEST_BYTES)?,
        };
        fields.finish()?;
        Ok(config)
    }
}

fn is_open_prefix(prefix: &str) -> bool {
    const OURS: [&str; 4] = ["/t/", "/v1/", "/scim/", "/settings/"];
    prefix.len() > 2
        && prefix.starts_with('/')
        && prefix.ends_with('/')
        && !prefix.contains("//")
        && !OURS.iter().any(|ours| prefix.starts_with(ours))
}

/// An origin that can stand in a Content Security Policy, with a scheme, a host and perhaps a port.
fn is_frame_ancestor(text: &str) -> bool {
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte);
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    text == "'self'" || host.is_some_and(|host| !host.is_empty() && host.bytes().all(harmless))
}

fn parse_public_url(text: &str) -> Result<String, ConfigError> {
    let invalid = |problem| ConfigError::Invalid { field: "public_url".to_owned(), problem };
    let url = text.trim_end_matches('/');
    let uri: http::Uri = url.parse().map_err(|_| invalid("is not a URL"))?;
    let host = uri.host().ok_or(invalid("names no host"))?;
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
        return Err(invalid("must end after host and port"));
    }
    let local = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    match uri.scheme_str() {
        Some("https") => Ok(url.to_owned()),
        Some("http") if local => Ok(url.to_owned()),
        _ => Err(invalid("must begin with https:// (http:// only for this machine itself)")),
    }
}

fn parse_platform_keys(texts: &[String]) -> Result<Vec<Sha256Digest>, ConfigError> {
    let invalid =
        |problem| ConfigError::Invalid { field: "platform_keys_sha256".to_owned(), problem };
    if texts.is_empty() {
        return Err(ConfigError::Missing("platform_keys_sha256".to_owned()));
    }
    texts
        .iter()
        .map(|text| {
            let mut digest = [0; 32];
            hex::decode_to_slice(text, &mut digest)
                .map_err(|_| invalid("must hold SHA-256 digests of 64 hexadecimal digits"))?;
            Ok(digest)
        })
        .collect()
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
        ConfigError::Invalid { field: self.name(field), problem }
    }

    fn string(&mut self, field: &str) -> Result<Option<String>, ConfigError> {
        match self.map.remove(field) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(_) => Err(self.invalid(field, "must be a text that is not empty")),
        }
    }

    fn required_string(&mut self, field: &str) -> Result<String, ConfigError> {
        self.string(field)?.ok_or_else(|| ConfigError::Missing(self.name(field)))
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
            None => Err(ConfigError::OutOfRange {
                field: self.name(field),
                least: *allowed.start(),
                most: *allowed.end(),
            }),
        }
    }

    fn required_object(&mut self, field: &str) -> Result<Fields, ConfigError> {
        if !self.map.contains_key(field) {
            return Err(ConfigError::Missing(self.name(field)));
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
                .collect(),
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
            Some(field) => Err(ConfigError::Unknown(self.name(field))),
        }
    }
}

#[cfg(test)]
mod tests;
