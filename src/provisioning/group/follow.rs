//! What groups do when one of their members changes its name or is deleted.

use super::nesting::parents;
use super::{MemberName, find, member, shown};
use crate::provisioning::{Context, TeamId};
use crate::store::{Expected, StoreError, Transaction, key};

/// Shows a user or a group under its new name in every group that it is in, unless it was given another one there.
pub(crate) fn rename_member(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    team: &TeamId,
    id: &str,
    name: &str,
) -> Result<(), StoreError> {
    let name = MemberName::Ours(shown(name));
    let groups = parents(transaction, team, id)?;
    expect(transaction, team, &groups, Some(id));
    for group in groups {
        let Some(mut place) = member(transaction, team, &group, id)? else {
            return Err(StoreError::corrupt("a group lacks a member that is in it"));
        };
        if !matches!(place.name, MemberName::Given(_)) && place.name != name {
            place.name.clone_from(&name);
            place.save(transaction, team, &group)?;
            count_change(transaction, context, team, &group)?;
        }
    }
    Ok(())
}

/// Takes a user or a group out of every group that it is in.
pub(crate) fn leave_all(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    team: &TeamId,
    id: &str,
) -> Result<(), StoreError> {
    let groups = parents(transaction, team, id)?;
    expect(transaction, team, &groups, None);
    for group in groups {
        transaction.delete(&key::group_member(team.as_str(), &group, id));
        transaction.delete(&key::member_group(team.as_str(), id, &group));
        count_change(transaction, context, team, &group)?;
    }
    Ok(())
}

/// Hears that these groups are about to be changed, and the place in them of `member`.
fn expect(
    transaction: &mut impl Transaction,
    team: &TeamId,
    groups: &[String],
    member: Option<&str>,
) {
    let mut keys = Vec::new();
    for group in groups {
        keys.push(key::group(team.as_str(), group));
        keys.extend(member.map(|member| key::group_member(team.as_str(), group, member)));
    }
    transaction.expect(Expected::keys(keys));
}

fn count_change(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    team: &TeamId,
    id: &str,
) -> Result<(), StoreError> {
    let mut group = find(transaction, team, id)?
        .ok_or_else(|| StoreError::corrupt("somebody is in a group that is not there"))?;
    group.touch(context);
    group.save(transaction, team)
}
