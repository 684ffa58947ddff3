//! The gate: only a current member of a team gets through to the services behind.

use crate::authn::Identity;
use crate::provisioning::membership::{self, Membership, Role};
use crate::provisioning::{TeamId, account, team};
use crate::store::{StoreError, Transaction};

/// The fields that the services behind can trust. Whatever a client sends under these names is taken out.
pub const TRUSTED_HEADERS: [&str; 3] = ["x-team-id", "x-team-role", "x-account-id"];

/// Whether a field of this name would be taken for one of [`TRUSTED_HEADERS`] by a service behind, which may fold case
/// and take `_` for `-`.
pub fn is_trusted_header(name: &str) -> bool {
    TRUSTED_HEADERS.contains(&name.to_ascii_lowercase().replace('_', "-").as_str())
}

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

/// What the gate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A member.
    Pass(Pass),
    /// Not a member, or there is no such team, which a stranger is not told apart.
    Stranger,
    /// Nobody can say: the team's records are being written by an import.
    Importing,
}

/// Lets a member in.
pub fn check(
    transaction: &mut impl Transaction,
    id: &TeamId,
    identity: &Identity,
) -> Result<Verdict, StoreError> {
    if team::is_importing(transaction, id)? {
        return Ok(Verdict::Importing);
    }
    let Some(account) = account::find(transaction, &identity.email)? else {
        return Ok(Verdict::Stranger);
    };
    Ok(match membership::find(transaction, id, &account.id)? {
        Some(Membership { role, .. }) => {
            Verdict::Pass(Pass { team: id.clone(), role, account: account.id })
        }
        None => Verdict::Stranger,
    })
}
