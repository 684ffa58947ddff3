//! Create: a group of a new name, with its first members.

use super::members::{Draft, MemberChange, Reference};
use super::{Group, GroupRefusal, GroupWrite, index, log};
use crate::provisioning::event::Action;
use crate::provisioning::{Context, OperationError, TeamId};
use crate::store::Transaction;

/// Makes a group.
pub fn create(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    team: &TeamId,
    write: GroupWrite,
    members: Vec<Reference>,
) -> Result<Box<Group>, OperationError<GroupRefusal>> {
    index::refuse_taken_names(transaction, team, &write.names, None)?;
    let group = Box::new(Group {
        id: context.new_id(),
        names: write.names,
        attributes: write.attributes,
        version: 1,
        created: context.now,
        last_modified: context.now,
    });
    let mut draft = Draft::new(team, &group.id);
    draft.apply(transaction, vec![MemberChange::Add(members)])?;
    let changed = draft.write(transaction)?.members;
    index::update(transaction, team, &group.id, None, Some(&group.names))?;
    group.save(transaction, team)?;
    log(transaction, context, team, Action::GroupCreate, &group, changed)?;
    Ok(group)
}
