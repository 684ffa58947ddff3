//! Who calls the management API, and what they may do.

use super::origin;
use super::problem::{Problem, ProblemKind};
use crate::authn::{Identity, PlatformKeys, bearer_credential};
use crate::config::Config;
use crate::email::Email;
use crate::http::Request;
use crate::provisioning::membership::{self, Role};
use crate::provisioning::{Actor, OperationError, TeamId, team};
use crate::store::Transaction;

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// The platform, with one of its keys.
    Platform,
    /// A person whom the host verified. Which teams they own is for the store to say.
    Person(Identity),
}

impl Caller {
    /// Who sent `request`.
    ///
    /// # Errors
    /// [`ProblemKind::Unauthenticated`] where it carries neither a platform key nor a verified identity;
    /// [`ProblemKind::CrossOrigin`] where a person's browser sends it from another site.
    pub fn of(request: &Request, keys: &PlatformKeys, config: &Config) -> Result<Self, Problem> {
        if bearer_credential(request).is_some_and(|credential| keys.accept(credential)) {
            return Ok(Self::Platform);
        }
        match &request.identity {
            Some(identity) => {
                origin::refuse_other_sites(request, &config.public_url)?;
                Ok(Self::Person(identity.clone()))
            }
            None => Err(Problem::new(
                ProblemKind::Unauthenticated,
                "send a platform key, or the token of a signed-in owner of the team, as \
                 \"authorization: Bearer …\"",
            )),
        }
    }

    /// The same for the event log.
    pub fn actor(&self) -> Actor {
        self.actor_for(None)
    }

    /// The same where it acts for an owner.
    pub(super) fn actor_for(&self, owner: Option<&Email>) -> Actor {
        match self {
            Self::Platform => {
                Actor::Platform { on_behalf_of: owner.map(|email| email.as_str().to_owned()) }
            }
            Self::Person(identity) => Actor::Person { email: identity.email.as_str().to_owned() },
        }
    }

    /// Refuses everybody but the platform.
    pub(super) fn require_platform(&self) -> Result<(), OperationError<Problem>> {
        match self {
            Self::Platform => Ok(()),
            Self::Person(_) => Err(OperationError::Refused(Problem::new(
                ProblemKind::NotPlatform,
                "only the platform may do this",
            ))),
        }
    }

    /// Refuses everybody but the platform and the team's owners. A stranger is not told whether there is such a
    /// team; the platform is.
    pub(crate) fn require_platform_or_owner(
        &self,
        transaction: &mut impl Transaction,
        id: &TeamId,
    ) -> Result<(), OperationError<Problem>> {
        match self {
            Self::Platform => match team::find(transaction, id)? {
                Some(_) => Ok(()),
                None => Err(OperationError::Refused(Problem::not_found("team"))),
            },
            Self::Person(identity) => require_owner(transaction, id, &identity.email),
        }
    }

    /// Refuses everybody but the team's owners. The platform acts for the one that it names.
    pub(super) fn require_owner(
        &self,
        transaction: &mut impl Transaction,
        id: &TeamId,
        on_behalf_of: Option<&Email>,
    ) -> Result<(), OperationError<Problem>> {
        self.require_platform_or_owner(transaction, id)?;
        match (self, on_behalf_of) {
            (Self::Person(_), None) => Ok(()),
            (Self::Person(_), Some(_)) => Err(OperationError::Refused(Problem::new(
                ProblemKind::InvalidBody,
                "on_behalf_of is for the platform; you act for yourself",
            ))),
            (Self::Platform, Some(email)) => require_owner(transaction, id, email),
            (Self::Platform, None) => Err(OperationError::Refused(Problem::new(
                ProblemKind::NotOwner,
                "only an owner of the team may do this; the platform names the owner it acts for \
                 in \"on_behalf_of\"",
            ))),
        }
    }
}

fn require_owner(
    transaction: &mut impl Transaction,
    id: &TeamId,
    email: &Email,
) -> Result<(), OperationError<Problem>> {
    match membership::find_by_email(transaction, id, email)? {
        Some((_, membership)) if membership.role == Role::Owner => Ok(()),
        _ => Err(OperationError::Refused(Problem::new(
            ProblemKind::NotOwner,
            "only an owner of the team may do this",
        ))),
    }
}
