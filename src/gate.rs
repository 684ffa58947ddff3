//! The gate: only a current member of a team gets through to the services behind.

use crate::authn::Identity;
use crate::provisioning::membership::{self, Role};
use crate::provisioning::{TeamId, account};
use crate::store::{StoreError, Transaction};

/// The fields that the services behind can trust. Whatever a client sends under these names is taken out.
pub const TRUSTED_HEADERS: [&str; 3] = ["x-team-id", "x-team-role", "x-account-id"];

/// Proof that a request comes from a current member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    team: TeamId,
    role: Role,
    account: String,
}

impl Pass {
    /// What the services behind are told, in the order of [`TRUSTED_HEADERS`].
    pub fn trusted_headers(&self) -> [(&'static str, &str); 3] {
        let [team, role, account] = TRUSTED_HEADERS;
        [(team, self.team.as_str()), (role, self.role.as_str()), (account, &self.account)]
    }
}

/// Lets a member in. `None`: not a member, or there is no such team, which a stranger is not told apart.
pub async fn check(
    transaction: &mut impl Transaction,
    team: &TeamId,
    identity: &Identity,
) -> Result<Option<Pass>, StoreError> {
    let Some(account) = account::find(transaction, &identity.email).await? else {
        return Ok(None);
    };
    let membership = membership::find(transaction, team, &account.id).await?;
    Ok(membership.map(|membership| Pass {
        team: team.clone(),
        role: membership.role,
        account: account.id,
    }))
}
