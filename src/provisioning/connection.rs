//! A team's SCIM connection: switched on, given a new token, switched off.

use base32ct::{Base32Unpadded, Encoding as _};
use thiserror::Error;

use super::event::{self, Action, Event, Subject};
use super::team::{self, SsoProtocol, Team};
use super::{Context, OperationError, Refuse as _, TeamId};
use crate::authn::{BearerToken, TokenDigest};
use crate::host::{Entropy, Timestamp};
use crate::json::typed::record;
use crate::store::{StoreError, Transaction};

/// How many random bytes make an endpoint id unguessable.
const ENDPOINT_BYTES: usize = 15;

/// A team's SCIM set-up while it is on.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The random part of the endpoint id.
    pub endpoint: String,
    /// What is kept of the token.
    pub token_sha256: TokenDigest,
    /// When SCIM was switched on.
    pub enabled: Timestamp,
    /// When the present token was made.
    pub token_created: Timestamp,
}

record!(Connection { endpoint, token_sha256, enabled, token_created });

impl PartialEq for Connection {
    fn eq(&self, other: &Self) -> bool {
        self.endpoint == other.endpoint && self.token_sha256.matches(&other.token_sha256)
    }
}

/// An endpoint id: `<team id>.<random>`, so that the team is known without a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointId {
    /// The team it would be of.
    pub team: TeamId,
    /// The random part.
    pub random: String,
}

impl EndpointId {
    /// Reads an endpoint id. `None` where the text cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let (team, random) = text.split_once('.')?;
        Some(Self { team: TeamId::parse(team).ok()?, random: random.to_owned() })
    }
}

impl EndpointId {
    /// The same, where a text that cannot be an endpoint id stands for one that is nobody's: looking it up
    /// takes as long as any other.
    pub fn parse_or_nobodys(text: &str) -> Self {
        let nobodys = || Self { team: TeamId::nobodys(), random: String::new() };
        Self::parse(text).unwrap_or_else(nobodys)
    }
}

impl std::fmt::Display for EndpointId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.team.as_str(), self.random)
    }
}

/// Proof that a request carries the token of the team's present endpoint.
#[derive(Clone, Debug)]
pub struct Provisioner {
    /// The team that it may provision.
    pub team_id: TeamId,
    /// That team.
    pub team: Box<Team>,
}

/// Why a connection stays as it is.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ConnectionRefusal {
    /// The team has no single sign-on.
    #[error("SCIM needs single sign-on: set up SAML or OpenID Connect for this team first")]
    NoSso,
    /// It is on already.
    #[error("SCIM is enabled already; rotate the token, or disable SCIM first")]
    Enabled,
    /// It is off.
    #[error("SCIM is not enabled for this team")]
    Disabled,
    /// Nobody has told of such a team.
    #[error("there is no such team")]
    NoTeam,
}

/// What an owner is shown, once.
#[derive(Debug)]
pub struct Credentials {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// The token.
    pub token: BearerToken,
    /// The connection as it is kept.
    pub connection: Connection,
}

/// Refuses SCIM without single sign-on.
fn refuse_without_sso(protocol: SsoProtocol) -> Result<(), ConnectionRefusal> {
    match protocol {
        SsoProtocol::None => Err(ConnectionRefusal::NoSso),
        SsoProtocol::Saml | SsoProtocol::Oidc => Ok(()),
    }
}

/// Switches SCIM on with a new endpoint and a new token.
pub fn enable(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    id: &TeamId,
) -> Result<Credentials, OperationError<ConnectionRefusal>> {
    let mut team = find_team(transaction, id)?;
    refuse_without_sso(team.sso.protocol).or_refuse()?;
    if team.connection.is_some() {
        return Err(OperationError::Refused(ConnectionRefusal::Enabled));
    }
    let token = BearerToken::generate(&context.entropy);
    let connection = Connection {
        endpoint: random_endpoint(context.entropy),
        token_sha256: token.digest(),
        enabled: context.now,
        token_created: context.now,
    };
    keep(transaction, context, id, &mut team, connection.clone(), Action::ScimEnable)?;
    Ok(credentials(id, token, connection))
}

/// Gives the connection a new token; the old one is worth nothing from then on.
pub fn rotate(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    id: &TeamId,
) -> Result<Credentials, OperationError<ConnectionRefusal>> {
    let mut team = find_team(transaction, id)?;
    let present = team.connection.clone().ok_or(ConnectionRefusal::Disabled).or_refuse()?;
    let token = BearerToken::generate(&context.entropy);
    let connection =
        Connection { token_sha256: token.digest(), token_created: context.now, ..present };
    keep(transaction, context, id, &mut team, connection.clone(), Action::ScimRotate)?;
    Ok(credentials(id, token, connection))
}

/// Switches SCIM off. Memberships and SCIM users stay.
pub fn disable(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    id: &TeamId,
) -> Result<(), OperationError<ConnectionRefusal>> {
    let mut team = find_team(transaction, id)?;
    if team.connection.is_none() {
        return Err(OperationError::Refused(ConnectionRefusal::Disabled));
    }
    close(transaction, context, id, &mut team)?;
    Ok(team::save(transaction, id, &team)?)
}

/// Takes the connection out of `team`, with its event. Saving `team` is left to the caller.
pub(crate) fn close(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    id: &TeamId,
    team: &mut Team,
) -> Result<(), StoreError> {
    team.connection = None;
    let event = Event::done(Action::ScimDisable, Subject::default());
    event::append(transaction, context, id, event)
}

/// Checks a token against the endpoint it was sent to. `None`: refused.
///
/// An unknown team, a team without SCIM, an old endpoint and a wrong token cost the same reads and the same
/// comparisons, so that the time tells nothing.
pub fn authenticate(
    transaction: &mut impl Transaction,
    endpoint: &EndpointId,
    presented: &BearerToken,
) -> Result<Option<Provisioner>, StoreError> {
    use subtle::ConstantTimeEq as _;

    let found = team::find(transaction, &endpoint.team)?;
    let known = found.is_some();
    let team = match found {
        Some(team) => team,
        None => team::stand_in()?,
    };
    let nothing = TokenDigest::of_nothing();
    let (random, digest) = match &team.connection {
        Some(connection) => (connection.endpoint.as_str(), &connection.token_sha256),
        None => ("", &nothing),
    };
    let same_endpoint: bool = random.as_bytes().ct_eq(endpoint.random.as_bytes()).into();
    let same_token = digest.matches(&presented.digest());
    let accepted = known & team.connection.is_some() & same_endpoint & same_token;
    Ok(accepted.then(|| Provisioner { team_id: endpoint.team.clone(), team }))
}

fn find_team(
    transaction: &mut impl Transaction,
    id: &TeamId,
) -> Result<Box<Team>, OperationError<ConnectionRefusal>> {
    team::find(transaction, id)?.ok_or(ConnectionRefusal::NoTeam).or_refuse()
}

fn keep(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    id: &TeamId,
    team: &mut Team,
    connection: Connection,
    action: Action,
) -> Result<(), StoreError> {
    team.connection = Some(connection);
    team::save(transaction, id, team)?;
    event::append(transaction, context, id, Event::done(action, Subject::default()))
}

fn credentials(team: &TeamId, token: BearerToken, connection: Connection) -> Credentials {
    let endpoint = EndpointId { team: team.clone(), random: connection.endpoint.clone() };
    Credentials { endpoint, token, connection }
}

/// Lower-case base 32: letters and digits only, since Okta takes no `_` in a base URL.
fn random_endpoint(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; ENDPOINT_BYTES];
    entropy.fill(&mut bytes);
    Base32Unpadded::encode_string(&bytes)
}

#[cfg(test)]
mod tests;
