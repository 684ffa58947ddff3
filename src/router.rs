//! Which endpoint a path names, and which methods it takes.
//!
//! Path segments are percent-decoded one by one. A path whose decoding could mean something else to the service
//! behind (dot segments, an encoded slash, a control character) names nothing.

use http::Method;
use percent_encoding::percent_decode_str;

use crate::gather::Gather as _;
use crate::provisioning::TeamId;

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/scim/v2/<endpoint>/…`
    Scim {
        /// The endpoint id, not yet looked at.
        endpoint: String,
        /// What it names there; `None` for nothing we know.
        resource: Option<ScimEndpoint>,
    },
    /// `/v1/…`; `None` for nothing we know.
    Manage(Option<ManageEndpoint>),
    /// `/t/<team>/…`
    Team(TeamId),
    /// `/gate/check`: what the gate says, for a proxy that asks before it lets a request through.
    GateCheck,
    /// `/settings/…`; `None` for nothing we know.
    Settings(Option<SettingsEndpoint>),
    /// Anything else.
    Other,
    /// A path that could be read in two ways.
    Ambiguous,
}

/// What a SCIM path names (RFC 7644 §3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScimEndpoint {
    /// The endpoint itself: all resources of all types (RFC 7644 §3.4.2.1).
    Root,
    /// `/Users`
    Users,
    /// `/Users/<id>`
    User(String),
    /// `/Groups`
    Groups,
    /// `/Groups/<id>`
    Group(String),
    /// `/.search`, `/Users/.search`, `/Groups/.search`: what of, asked for in a body (RFC 7644 §3.4.3).
    Search(SearchScope),
    /// `/Bulk` (RFC 7644 §3.7)
    Bulk,
    /// `/Me` and what is below it (RFC 7644 §3.11)
    Me,
    /// Anything at `/scim/v<n>/<endpoint>` with another number than ours (RFC 7644 §3.13).
    OtherVersion(String),
    /// `/ServiceProviderConfig`
    ServiceProviderConfig,
    /// `/ResourceTypes`
    ResourceTypes,
    /// `/ResourceTypes/<id>`
    ResourceType(String),
    /// `/Schemas`
    Schemas,
    /// `/Schemas/<urn>`
    Schema(String),
}

/// Which resources a query is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchScope {
    /// Those of every type.
    All,
    /// Users.
    Users,
    /// Groups.
    Groups,
}

/// What a path of the management API names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ManageEndpoint {
    /// `/v1/accounts/<e-mail>`
    Account(String),
    /// `/v1/teams/<team>`
    Team(TeamId),
    /// `/v1/teams/<team>/members`
    Members(TeamId),
    /// `/v1/teams/<team>/members/<e-mail>`
    Member(TeamId, String),
    /// `/v1/teams/<team>/scim`
    Connection(TeamId),
    /// `/v1/teams/<team>/scim/rotate`
    Rotation(TeamId),
    /// `/v1/teams/<team>/scim/test`
    Trial(TeamId),
    /// `/v1/teams/<team>/events`
    Events(TeamId),
    /// `/v1/teams/<team>/export`
    Export(TeamId),
    /// `/v1/teams/<team>/import`
    Import(TeamId),
}

/// What a path of the settings page names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingsEndpoint {
    /// `/settings/teams/<team>`
    Page(TeamId),
    /// `/settings/static/<version>/<name>`
    File {
        /// The version of all files that a page was made for.
        version: String,
        /// The file.
        name: String,
    },
}

/// The endpoint that `path` names.
pub fn route(path: &str) -> Endpoint {
    let Some(segments) = decode(path) else {
        return Endpoint::Ambiguous;
    };
    let segments: Vec<&str> = segments.iter().map(String::as_str).gather();
    match segments.as_slice() {
        ["scim", "v2", endpoint, rest @ ..] => {
            Endpoint::Scim { endpoint: (*endpoint).to_owned(), resource: route_scim(rest) }
        }
        ["scim", version, endpoint, ..] if is_version(version) => Endpoint::Scim {
            endpoint: (*endpoint).to_owned(),
            resource: Some(ScimEndpoint::OtherVersion((*version).to_owned())),
        },
        ["scim", ..] => Endpoint::Scim { endpoint: String::new(), resource: None },
        ["v1", rest @ ..] => Endpoint::Manage(route_manage(rest)),
        ["gate", "check"] => Endpoint::GateCheck,
        ["settings", rest @ ..] => Endpoint::Settings(route_settings(rest)),
        ["t", team, ..] => match TeamId::parse(team) {
            Ok(team) => Endpoint::Team(team),
            Err(_) => Endpoint::Other,
        },
        _ => Endpoint::Other,
    }
}

/// Whether a segment is a version of the protocol (RFC 7644 §3.13).
fn is_version(segment: &str) -> bool {
    let number = segment.strip_prefix('v').unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

fn route_scim(segments: &[&str]) -> Option<ScimEndpoint> {
    // Some clients leave a slash at the end of a path, and some add a path to a base URL that ends in one.
    let segments = match segments {
        ["", rest @ ..] if !rest.is_empty() => rest,
        _ => segments,
    };
    let segments = match segments {
        [rest @ .., ""] => rest,
        _ => segments,
    };
    Some(match segments {
        [] => ScimEndpoint::Root,
        [".search"] => ScimEndpoint::Search(SearchScope::All),
        ["Users"] => ScimEndpoint::Users,
        ["Users", ".search"] => ScimEndpoint::Search(SearchScope::Users),
        ["Users", id] => ScimEndpoint::User((*id).to_owned()),
        ["Groups"] => ScimEndpoint::Groups,
        ["Groups", ".search"] => ScimEndpoint::Search(SearchScope::Groups),
        ["Groups", id] => ScimEndpoint::Group((*id).to_owned()),
        ["Bulk"] => ScimEndpoint::Bulk,
        ["Me", ..] => ScimEndpoint::Me,
        ["ServiceProviderConfig"] => ScimEndpoint::ServiceProviderConfig,
        ["ResourceTypes"] => ScimEndpoint::ResourceTypes,
        ["ResourceTypes", id] => ScimEndpoint::ResourceType((*id).to_owned()),
        ["Schemas"] => ScimEndpoint::Schemas,
        ["Schemas", urn] => ScimEndpoint::Schema((*urn).to_owned()),
        _ => return None,
    })
}

fn route_settings(segments: &[&str]) -> Option<SettingsEndpoint> {
    match segments {
        ["teams", team] | ["teams", team, ""] => {
            TeamId::parse(team).ok().map(SettingsEndpoint::Page)
        }
        ["static", version, name] => Some(SettingsEndpoint::File {
            version: (*version).to_owned(),
            name: (*name).to_owned(),
        }),
        _ => None,
    }
}

fn route_manage(segments: &[&str]) -> Option<ManageEndpoint> {
    let team = |id: &str| TeamId::parse(id).ok();
    Some(match segments {
        ["accounts", email] => ManageEndpoint::Account((*email).to_owned()),
        ["teams", id] => ManageEndpoint::Team(team(id)?),
        ["teams", id, "members"] => ManageEndpoint::Members(team(id)?),
        ["teams", id, "members", email] => ManageEndpoint::Member(team(id)?, (*email).to_owned()),
        ["teams", id, "scim"] => ManageEndpoint::Connection(team(id)?),
        ["teams", id, "scim", "rotate"] => ManageEndpoint::Rotation(team(id)?),
        ["teams", id, "scim", "test"] => ManageEndpoint::Trial(team(id)?),
        ["teams", id, "events"] => ManageEndpoint::Events(team(id)?),
        ["teams", id, "export"] => ManageEndpoint::Export(team(id)?),
        ["teams", id, "import"] => ManageEndpoint::Import(team(id)?),
        _ => return None,
    })
}

impl ScimEndpoint {
    /// The methods it takes. Discovery is read-only (RFC 7644 §4).
    pub fn methods(&self) -> &'static [Method] {
        match self {
            Self::Users | Self::Groups => &[Method::GET, Method::POST],
            Self::Search(_) | Self::Bulk => &[Method::POST],
            Self::Me => &[Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE],
            Self::User(_) | Self::Group(_) => {
                &[Method::GET, Method::PUT, Method::PATCH, Method::DELETE]
            }
            _ => &[Method::GET],
        }
    }
}

impl ManageEndpoint {
    /// The team that it is about.
    pub fn team(&self) -> Option<&TeamId> {
        match self {
            Self::Account(_) => None,
            Self::Team(team)
            | Self::Members(team)
            | Self::Member(team, _)
            | Self::Connection(team)
            | Self::Rotation(team)
            | Self::Trial(team)
            | Self::Events(team)
            | Self::Export(team)
            | Self::Import(team) => Some(team),
        }
    }

    /// The methods it takes.
    pub fn methods(&self) -> &'static [Method] {
        match self {
            Self::Team(_) => &[Method::GET, Method::PUT],
            Self::Member(..) => &[Method::GET, Method::PUT, Method::DELETE],
            Self::Connection(_) => &[Method::GET, Method::POST, Method::DELETE],
            Self::Rotation(_) | Self::Trial(_) => &[Method::POST],
            Self::Import(_) => &[Method::PUT],
            Self::Account(_) | Self::Members(_) | Self::Events(_) | Self::Export(_) => {
                &[Method::GET]
            }
        }
    }
}

/// `methods` as the `allow` field lists them (RFC 9110 §10.2.1).
pub fn allow(methods: &[Method]) -> String {
    methods.iter().map(Method::as_str).gather().join(", ")
}

/// The segments of `path`, decoded. `None` where they could be read in two ways.
fn decode(path: &str) -> Option<Vec<String>> {
    let segments = path.strip_prefix('/')?.split('/');
    segments
        .map(|segment| {
            let text = percent_decode_str(segment).decode_utf8().ok()?;
            let ambiguous = matches!(&*text, "." | "..")
                || text.contains(['/', '\\', char::REPLACEMENT_CHARACTER])
                || text.chars().any(char::is_control);
            (!ambiguous).then(|| text.into_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests;
