//! A changed e-mail address changes the account itself, in every team. So it is allowed only where the team has
//! a say over that account: otherwise one team's identity provider could take over people of another's.

use super::{UserRefusal, refuse_email_outside_domains};
use crate::email::Email;
use crate::provisioning::account::{self, Account, Origin};
use crate::provisioning::connection::Provisioner;
use crate::provisioning::{OperationError, Refuse as _};
use crate::store::Transaction;

/// Gives `account` the address `email`, where that is another one and the rules allow it.
pub(super) fn settle(
    transaction: &mut impl Transaction,
    provisioner: &Provisioner,
    account: &mut Account,
    email: &Email,
) -> Result<(), OperationError<UserRefusal>> {
    if account.email == *email {
        return Ok(());
    }
    refuse_email_outside_domains(&provisioner.team, email).or_refuse()?;
    if account::find(transaction, email)?.is_some() {
        return Err(OperationError::Refused(UserRefusal::EmailOfAnotherAccount));
    }
    let teams = account::teams(transaction, &account.id, 2)?;
    refuse_email_change_of_anothers_account(provisioner, account, &teams).or_refuse()?;
    Ok(account::change_email(transaction, account, email.clone())?)
}

/// A team has a say over an account whose address lies within its verified domains, and over one that its own
/// identity provider created and no other team knows.
fn refuse_email_change_of_anothers_account(
    provisioner: &Provisioner,
    account: &Account,
    teams: &[String],
) -> Result<(), UserRefusal> {
    let own = provisioner.team_id.as_str();
    let domains = &provisioner.team.verified_domains;
    let within_our_domains = domains.iter().any(|domain| account.email.is_within(domain));
    let created_by_us =
        matches!(&account.origin, Origin::Scim { team } if *team == provisioner.team_id);
    if within_our_domains || (created_by_us && teams.iter().all(|team| team == own)) {
        return Ok(());
    }
    Err(UserRefusal::EmailNotOurs)
}
