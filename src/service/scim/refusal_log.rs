//! Refusals in the team's event log: what the identity provider tried, and why it was not done.

use http::Method;

use super::failure::Failure;
use super::{groups, users};
use crate::host::Host;
use crate::http::Request;
use crate::provisioning::connection::EndpointId;
use crate::provisioning::event::{self, Action, Event, Subject};
use crate::provisioning::group::{self, GroupRefusal};
use crate::provisioning::user::{self, UserRefusal};
use crate::provisioning::{Actor, TeamId, account, team, transact_unsettled};
use crate::router::ScimEndpoint;
use crate::service::Service;
use crate::store::{Store, StoreError, Transaction};

impl<S: Store, H: Host> Service<S, H> {
    /// Writes a refusal into the team's log. That it could not be written is no reason to answer otherwise.
    pub(super) async fn log_refusal(
        &self,
        endpoint: &str,
        resource: Option<&ScimEndpoint>,
        request: &Request,
        refusal: &Failure,
    ) {
        let Some(action) = refused_action(&request.method, refusal) else { return };
        let Some(EndpointId { team, .. }) = EndpointId::parse(endpoint) else { return };
        let actor = Actor::IdentityProvider;
        let (logged, _) = transact_unsettled(&self.store, &self.host, |transaction, run| {
            if team::is_importing(transaction, &team)? {
                // The log is being written by others.
                return Ok(());
            }
            let subject = match resource {
                Some(ScimEndpoint::User(id)) => subject_of(transaction, &team, id)?,
                Some(ScimEndpoint::Group(id)) => group_of(transaction, &team, id)?,
                Some(ScimEndpoint::Groups) => {
                    Subject { group_name: groups::written_name(request), ..Subject::default() }
                }
                _ => Subject { email: users::written_email(request), ..Subject::default() },
            };
            let event = Event::refused(action, subject, refusal.to_string());
            event::append(transaction, &run.context(&actor), &team, event)
        })
        .await;
        if let Err(error) = logged {
            self.log_store_error(&error);
        }
    }
}

/// What a refused request would have done; `None` where the team's log has no use for that.
fn refused_action(method: &Method, refusal: &Failure) -> Option<Action> {
    Some(match (method, refusal) {
        (
            _,
            Failure::Rule(UserRefusal::NotFound | UserRefusal::VersionMismatch)
            | Failure::Group(
                GroupRefusal::NotFound | GroupRefusal::VersionMismatch | GroupRefusal::NobodyPicked,
            ),
        ) => return None,
        (&Method::POST, Failure::Rule(_)) => Action::UserCreate,
        (&Method::DELETE, Failure::Rule(_)) => Action::UserDelete,
        (_, Failure::Rule(UserRefusal::Owner)) => Action::UserDeactivate,
        (_, Failure::Rule(_)) => Action::UserUpdate,
        (&Method::POST, Failure::Group(_)) => Action::GroupCreate,
        (&Method::DELETE, Failure::Group(_)) => Action::GroupDelete,
        (_, Failure::Group(_)) => Action::GroupUpdate,
        (
            _,
            Failure::Unauthenticated(_)
            | Failure::Importing
            | Failure::Method(_)
            | Failure::Wire(_),
        ) => return None,
    })
}

fn group_of(
    transaction: &mut impl Transaction,
    team: &TeamId,
    id: &str,
) -> Result<Subject, StoreError> {
    Ok(match group::find(transaction, team, id)? {
        Some(group) => group.subject(),
        None => Subject { group_id: Some(id.to_owned()), ..Subject::default() },
    })
}

fn subject_of(
    transaction: &mut impl Transaction,
    team: &TeamId,
    id: &str,
) -> Result<Subject, StoreError> {
    let Some(user) = user::find(transaction, team, id)? else {
        return Ok(Subject { user_id: Some(id.to_owned()), ..Subject::default() });
    };
    let account = account::by_id(transaction, &user.account)?;
    let email = account.map(|account| account.email.as_str().to_owned());
    Ok(Subject { email, user_id: Some(user.id), ..Subject::default() })
}
