//! The configuration of a Spin app: its variables. One that is empty counts as left out, as a manifest has to give each
//! variable that need not be set a default; so does an address at [`NOWHERE`], as Spin takes no empty one where it lists the
//! hosts that an app may reach.

use std::ops::RangeInclusive;

use crate::authn::jwt::JwtConfig;
use crate::gather::Gather as _;
use crate::store::etcd::Login;

use super::{
    Config, ConfigError, ConfigErrorKind, EtcdConfig, GateConfig, REMEMBER_MS, REQUEST_BYTES,
    SettingsConfig, Sha256Digest, TIMEOUT_MS, invalid, parse_origin, parse_platform_keys,
    parse_public_url,
};

/// The variables that are read.
pub const VARIABLES: [&str; 19] = [
    "public_url",
    "platform_keys_sha256",
    "identity_jwks",
    "identity_issuer",
    "identity_audience",
    "identity_email_claim",
    "identity_cookie",
    "gate_open_prefixes",
    "gate_origin",
    "settings_frame_ancestors",
    "store",
    "store_label",
    "etcd_url",
    "etcd_user",
    "etcd_password",
    "etcd_prefix",
    "etcd_timeout_ms",
    "etcd_remember_ms",
    "etcd_max_request_bytes",
];

/// A host that is none (RFC 6761 §6.4).
const NOWHERE: &str = "unset.invalid";

/// SHA-256 of `try-scim-edge`, the platform's key in the manifest's defaults. Everybody knows it.
const EXAMPLE_KEY: Sha256Digest = [
    0x69, 0xdb, 0xe7, 0x37, 0xc5, 0x25, 0xe8, 0x22, 0x4a, 0x61, 0xe1, 0x30, 0xd4, 0x6d, 0xf5, 0xc3,
    0x6d, 0x9f, 0x32, 0x76, 0x70, 0x87, 0x1c, 0xbf, 0x2c, 0x7e, 0xaa, 0xf1, 0x59, 0x8f, 0x9a, 0x49,
];

/// The longest name of a cookie.
const COOKIE_MAX: usize = 100;

/// What the operator of a Spin app decides.
#[derive(Clone, Debug)]
pub struct SpinConfig {
    /// What every host has to know.
    pub edge: Config,
    /// How people are known. `None`: nobody is.
    pub sign_in: Option<SignIn>,
    /// The service behind the gate. `None`: nothing is let through, but the gate can be asked.
    pub origin: Option<Origin>,
    /// Where the state is kept.
    pub store: SpinStore,
}

/// Whose tokens say who somebody is, and where they stand.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// Who signs and issues them, and for whom they are.
    pub tokens: JwtConfig,
    /// The claim that holds the e-mail address.
    pub email_claim: String,
    /// The cookie that holds one, beside the `authorization` field.
    pub cookie: Option<String>,
}

/// A service by scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Whether it is reached by TLS.
    pub tls: bool,
    /// Its host and port.
    pub authority: String,
}

/// The engines that a Spin app can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpinStore {
    /// The key-value store with this label.
    KeyValue(String),
    /// etcd, through its JSON gateway.
    Etcd(EtcdConfig, Option<Login>),
}

impl SpinConfig {
    /// Reads the configuration; `variable` gives the value of one of [`VARIABLES`].
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let variables = Variables(variable);
        let public_url = parse_public_url(&variables.required("public_url")?)?;
        let platform_keys = parse_platform_keys(&variables.list("platform_keys_sha256"))?;
        if platform_keys.contains(&EXAMPLE_KEY) && public_url.starts_with("https:") {
            return Err(invalid(
                "platform_keys_sha256",
                "has the key of the example, which everybody knows",
            ));
        }
        Ok(Self {
            edge: Config {
                public_url,
                platform_keys,
                gate: GateConfig::new("gate_open_prefixes", variables.list("gate_open_prefixes"))?,
                settings: SettingsConfig::new(
                    "settings_frame_ancestors",
                    variables.list("settings_frame_ancestors"),
                )?,
            },
            sign_in: SignIn::read(&variables)?,
            origin: variables.address("gate_origin")?.map(|(origin, _)| origin),
            store: SpinStore::read(&variables)?,
        })
    }
}

impl SignIn {
    /// Without keys nobody is known, and then nothing else of the sign-in can be meant.
    fn read<F: Fn(&str) -> Option<String>>(
        variables: &Variables<F>,
    ) -> Result<Option<Self>, ConfigError> {
        let Some(jwks) = variables.text("identity_jwks") else {
            let meant = ["identity_issuer", "identity_audience", "identity_cookie"];
            return match meant.iter().find(|name| variables.text(name).is_some()) {
                Some(_) => Err(ConfigError::missing("identity_jwks")),
                None => Ok(None),
            };
        };
        let cookie = variables.text("identity_cookie");
        if cookie.as_deref().is_some_and(|name| !is_cookie_name(name)) {
            return Err(invalid(
                "identity_cookie",
                "must be up to 100 characters that the name of a cookie can have",
            ));
        }
        let issuer = variables.required("identity_issuer")?;
        let audience = variables.required("identity_audience")?;
        let tokens = JwtConfig::parse(&jwks, &issuer, &audience).map_err(|error| {
            let field = "identity_jwks".to_owned();
            ConfigErrorKind::Unusable { field, problem: error.to_string() }
        })?;
        Ok(Some(Self {
            tokens,
            email_claim: variables
                .text("identity_email_claim")
                .unwrap_or_else(|| "email".to_owned()),
            cookie,
        }))
    }
}

impl SpinStore {
    fn read<F: Fn(&str) -> Option<String>>(variables: &Variables<F>) -> Result<Self, ConfigError> {
        match variables.text("store").as_deref() {
            None | Some("key-value") => Ok(Self::KeyValue(
                variables.text("store_label").unwrap_or_else(|| "default".to_owned()),
            )),
            Some("etcd") => {
                let address = variables.address("etcd_url")?;
                let (_, url) = address.ok_or_else(|| ConfigError::missing("etcd_url"))?;
                let etcd = EtcdConfig {
                    endpoint: url,
                    prefix: EtcdConfig::prefix("etcd_prefix", variables.text("etcd_prefix"))?,
                    timeout_ms: variables.number("etcd_timeout_ms", 1000, TIMEOUT_MS)?,
                    remember_ms: variables.number("etcd_remember_ms", 100, REMEMBER_MS)?,
                    max_request_bytes: variables.number(
                        "etcd_max_request_bytes",
                        1_572_864,
                        REQUEST_BYTES,
                    )?,
                };
                Ok(Self::Etcd(etcd, read_login(variables)?))
            }
            Some(_) => Err(invalid("store", "must be \"key-value\" or \"etcd\"")),
        }
    }
}

fn read_login<F: Fn(&str) -> Option<String>>(
    variables: &Variables<F>,
) -> Result<Option<Login>, ConfigError> {
    match (variables.text("etcd_user"), variables.text("etcd_password")) {
        (None, None) => Ok(None),
        (Some(user), Some(password)) => Ok(Some(Login { user, password })),
        (None, Some(_)) => Err(ConfigError::missing("etcd_user")),
        (Some(_), None) => Err(ConfigError::missing("etcd_password")),
    }
}

impl Origin {
    fn parse(field: &str, url: &str) -> Result<Self, ConfigError> {
        let (tls, authority) = parse_origin(field, url)?;
        Ok(Self { tls, authority: authority.to_owned() })
    }
}

/// The characters of a token (RFC 6265 §4.1.1, RFC 9110 §5.6.2).
fn is_cookie_name(name: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    name.len() <= COOKIE_MAX && name.bytes().all(token)
}

/// The variables, of which empty ones are left out.
struct Variables<F>(F);

impl<F: Fn(&str) -> Option<String>> Variables<F> {
    fn text(&self, name: &str) -> Option<String> {
        let text = self.0(name)?;
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// A URL of no more than scheme, host and port, as it is and without a slash at its end.
    fn address(&self, name: &str) -> Result<Option<(Origin, String)>, ConfigError> {
        let Some(url) = self.text(name) else { return Ok(None) };
        let origin = Origin::parse(name, &url)?;
        let known = origin.authority != NOWHERE;
        Ok(known.then(|| (origin, url.trim_end_matches('/').to_owned())))
    }

    fn required(&self, name: &str) -> Result<String, ConfigError> {
        self.text(name).ok_or_else(|| ConfigError::missing(name))
    }

    /// Several texts, with spaces or commas between them.
    fn list(&self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        let separator = |c: char| c == ',' || c.is_whitespace();
        text.split(separator).filter(|part| !part.is_empty()).map(str::to_owned).gather()
    }

    fn number(
        &self,
        name: &str,
        default: u64,
        allowed: RangeInclusive<u64>,
    ) -> Result<u64, ConfigError> {
        let Some(text) = self.text(name) else { return Ok(default) };
        match text.parse().ok().filter(|number| allowed.contains(number)) {
            Some(number) => Ok(number),
            None => Err(ConfigError::out_of_range(name, &allowed)),
        }
    }
}

#[cfg(test)]
mod tests;
