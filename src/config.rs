//! The configuration, parsed once at start-up. An error names the field. Envoy then refuses to start; a Spin app, which
//! cannot do that, refuses every request.
//!
//! | module | reads |
//! |---|---|
//! | `plugin` | the JSON of the plug-in in Envoy |
//! | `variables` | the variables of a Spin app |

mod plugin;
#[cfg(not(all(target_os = "wasi", target_env = "p1")))]
mod variables;

use std::ops::RangeInclusive;

use thiserror::Error;

use crate::gather::Gather as _;

pub use self::plugin::{IdentitySource, PluginConfig, StoreChoice};
#[cfg(not(all(target_os = "wasi", target_env = "p1")))]
pub use self::variables::{Origin, SignIn, SpinConfig, SpinStore, VARIABLES};

/// A digest of SHA-256.
pub type Sha256Digest = [u8; 32];

/// The longest prefix of keys in etcd.
const PREFIX_MAX: usize = 100;

/// How long a call to etcd may be let take.
const TIMEOUT_MS: RangeInclusive<u64> = 50..=10_000;

/// For how long a node may be let go by what it remembers.
const REMEMBER_MS: RangeInclusive<u64> = 0..=10_000;

/// How large etcd's limit of a transaction may be set.
const REQUEST_BYTES: RangeInclusive<u64> = 65_536..=104_857_600;

/// What the operator of any host decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where clients reach this edge, such as `https://edge.example.com`, without a slash at its end.
    pub public_url: String,
    /// SHA-256 digests of the keys that the platform may use; several while one replaces another.
    pub platform_keys: Vec<Sha256Digest>,
    /// Which requests reach the services behind.
    pub gate: GateConfig,
    /// How browsers may show the settings page.
    pub settings: SettingsConfig,
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

/// How etcd is reached and used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EtcdConfig {
    /// Where it is: Envoy's name for the cluster, or the URL of the JSON gateway.
    pub endpoint: String,
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
#[error(transparent)]
// A pointer, as `StoreError`.
pub struct ConfigError(Box<ConfigErrorKind>);

impl From<ConfigErrorKind> for ConfigError {
    fn from(kind: ConfigErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

impl ConfigError {
    /// What is wrong.
    pub fn kind(&self) -> &ConfigErrorKind {
        &self.0
    }

    fn missing(field: impl Into<String>) -> Self {
        ConfigErrorKind::Missing(field.into()).into()
    }

    fn out_of_range(field: impl Into<String>, allowed: &RangeInclusive<u64>) -> Self {
        let (least, most) = (*allowed.start(), *allowed.end());
        ConfigErrorKind::OutOfRange { field: field.into(), least, most }.into()
    }
}

/// What is wrong with a configuration.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ConfigErrorKind {
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
    /// A field with a value that cannot be used, for a reason that whoever reads it gives.
    #[error("configuration field {field} cannot be used: {problem}")]
    Unusable {
        /// The field's path.
        field: String,
        /// What is wrong with it.
        problem: String,
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

impl GateConfig {
    /// Takes prefixes that cannot open what is not to be open.
    fn new(field: &str, open_prefixes: Vec<String>) -> Result<Self, ConfigError> {
        if !open_prefixes.iter().all(|prefix| is_open_prefix(prefix)) {
            return Err(invalid(
                field,
                "must hold prefixes like \"/public/\": a slash at both ends, outside of /t/, /v1/, /scim/, /settings/ \
                 and /gate/",
            ));
        }
        Ok(Self { open_prefixes })
    }
}

impl SettingsConfig {
    /// Takes origins that can stand in a Content Security Policy.
    fn new(field: &str, frame_ancestors: Vec<String>) -> Result<Self, ConfigError> {
        if !frame_ancestors.iter().all(|origin| is_frame_ancestor(origin)) {
            return Err(invalid(
                field,
                "must hold origins like \"https://app.example.com\", or \"'self'\"",
            ));
        }
        Ok(Self { frame_ancestors })
    }
}

impl EtcdConfig {
    /// What all keys are to begin with.
    fn prefix(field: &str, text: Option<String>) -> Result<String, ConfigError> {
        let prefix = text.unwrap_or_else(|| "/scim-edge/".to_owned());
        if prefix.len() > PREFIX_MAX || !prefix.ends_with('/') {
            return Err(invalid(field, "must be up to 100 bytes and end in a slash"));
        }
        Ok(prefix)
    }
}

fn invalid(field: &str, problem: &'static str) -> ConfigError {
    ConfigErrorKind::Invalid { field: field.to_owned(), problem }.into()
}

fn is_open_prefix(prefix: &str) -> bool {
    const OURS: [&str; 5] = ["/t/", "/v1/", "/scim/", "/settings/", "/gate/"];
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
    const FIELD: &str = "public_url";
    let url = text.trim_end_matches('/');
    let (tls, authority) = parse_origin(FIELD, url)?;
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => host,
        _ => authority,
    };
    if tls || matches!(host, "localhost" | "127.0.0.1" | "[::1]") {
        return Ok(url.to_owned());
    }
    Err(invalid(FIELD, "must begin with https:// (http:// only for this machine itself)"))
}

/// Whether a URL that ends after host and port is one of HTTP over TLS, and its authority (RFC 3986 §3.2). Not by `http::Uri`,
/// which takes 5 KB.
fn parse_origin<'u>(field: &str, url: &'u str) -> Result<(bool, &'u str), ConfigError> {
    let invalid = |problem| Err(invalid(field, problem));
    let (tls, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return invalid("must begin with https:// or http://"),
    };
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:[]".contains(&byte);
    if authority.is_empty() {
        return invalid("names no host");
    }
    if authority.contains(['/', '?', '#']) {
        return invalid("must end after host and port");
    }
    if authority.contains('@') {
        return invalid("must not name a user");
    }
    if !authority.bytes().all(fits) {
        return invalid("is not a URL");
    }
    Ok((tls, authority))
}

fn parse_platform_keys(texts: &[String]) -> Result<Vec<Sha256Digest>, ConfigError> {
    let invalid = |problem| invalid("platform_keys_sha256", problem);
    if texts.is_empty() {
        return Err(ConfigError::missing("platform_keys_sha256"));
    }
    texts
        .iter()
        .map(|text| {
            let mut digest = [0; 32];
            hex::decode_to_slice(text, &mut digest)
                .map_err(|_| invalid("must hold SHA-256 digests of 64 hexadecimal digits"))?;
            Ok(digest)
        })
        .try_gather()
}
