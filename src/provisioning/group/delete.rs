//! Delete: the group goes, and leaves the groups that it was in. Its members stay what they are.

use super::{Group, GroupRefusal, STEP, find, index, leave_all, log, members};
use crate::provisioning::event::{Action, MembersChanged};
use crate::provisioning::{Context, OperationError, Refuse as _, TeamId};
use crate::store::{Transaction, key};

/// Deletes the group with `id`, where `check` agrees to the state that it is in.
pub fn delete(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    team: &TeamId,
    id: &str,
    check: impl FnOnce(&Group) -> Result<(), GroupRefusal>,
) -> Result<(), OperationError<GroupRefusal>> {
    let group = find(transaction, team, id)?.ok_or(GroupRefusal::NotFound).or_refuse()?;
    check(&group).or_refuse()?;
    let mut removed = 0_u64;
    loop {
        let step = members(transaction, team, id, None, STEP)?;
        for member in &step {
            transaction.delete(&key::group_member(team.as_str(), id, &member.id));
            transaction.delete(&key::member_group(team.as_str(), &member.id, id));
            removed = removed.saturating_add(1);
        }
        if step.is_empty() {
            break;
        }
    }
    leave_all(transaction, context, team, id)?;
    index::update(transaction, team, id, Some(&group.names), None)?;
    transaction.delete(&key::group(team.as_str(), id));
    let members = MembersChanged { added: 0, removed };
    Ok(log(transaction, context, team, Action::GroupDelete, &group, members)?)
}
