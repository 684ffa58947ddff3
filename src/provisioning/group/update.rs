//! Update: PUT and PATCH.

use super::members::{Draft, MemberChange};
use super::{Group, GroupRefusal, GroupWrite, find, index, log, rename_member};
use crate::provisioning::event::Action;
use crate::provisioning::{Context, OperationError, Refuse as _, TeamId};
use crate::store::Transaction;

/// Makes the group with `id` be what `revise` makes of it, with its members changed in the given order.
///
/// `revise` is given the group as it is, in the same transaction. Where nothing differs in the end, the group stays
/// as it was, its version too.
pub fn update<'c, E>(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    team: &TeamId,
    id: &str,
    revise: impl FnOnce(&Group) -> Result<(GroupWrite, Vec<MemberChange<'c>>), E>,
) -> Result<Box<Group>, OperationError<E>>
where
    E: From<GroupRefusal>,
{
    let group = find(transaction, team, id)?;
    let group = group.ok_or(GroupRefusal::NotFound).map_err(E::from).or_refuse()?;
    let (write, changes) = revise(&group).or_refuse()?;
    write_changes(transaction, context, team, group, write, changes)
        .map_err(|error| error.map(E::from))
}

fn write_changes(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    team: &TeamId,
    mut group: Box<Group>,
    write: GroupWrite,
    changes: Vec<MemberChange<'_>>,
) -> Result<Box<Group>, OperationError<GroupRefusal>> {
    if group.names != write.names {
        index::refuse_taken_names(transaction, team, &write.names, Some(&group.id))?;
    }
    let mut draft = Draft::new(team, &group.id);
    draft.apply(transaction, changes)?;
    let written = draft.write(transaction)?;
    let same = group.names == write.names && group.attributes == write.attributes;
    if same && !written.any {
        return Ok(group);
    }
    index::update(transaction, team, &group.id, Some(&group.names), Some(&write.names))?;
    if group.names.display_name != write.names.display_name {
        rename_member(transaction, context, team, &group.id, &write.names.display_name)?;
    }
    group.names = write.names;
    group.attributes = write.attributes;
    group.touch(context);
    group.save(transaction, team)?;
    log(transaction, context, team, Action::GroupUpdate, &group, written.members)?;
    Ok(group)
}
