//! Where each record lies. Every key the project uses is made here.
//!
//! Team, account, user and group ids have no `/` in them. What a client chooses stands at the end of a key, or before an
//! end that tells what the key is for, or is escaped so that it has no `/` either. So no two records meet under
//! one key, and no prefix has records of others, whatever it contains.
//!
//! A commit writes every node that it touches. So what is written together lies together: an account's
//! address beside its links to teams, a `userName` beside the e-mail address that it usually is.

use std::borrow::Cow;

/// The prefix of all that belongs to a team, its own record left out.
pub fn team_prefix(team: &str) -> String {
    format!("teams/{team}/")
}

/// A team's own record.
pub fn team(team: &str) -> String {
    format!("teams/{team}")
}

/// An account, by its folded e-mail address.
pub fn account(folded_email: &str) -> String {
    format!("accounts/{folded_email}")
}

/// The folded e-mail address of an account.
pub fn account_email(account: &str) -> String {
    format!("account-ids/{account}")
}

/// The teams that an account has to do with.
pub fn account_teams(account: &str) -> String {
    format!("account-ids/{account}/teams/")
}

/// That an account is a member, or a SCIM user, of a team: the id of that SCIM user, empty where there is none.
pub fn account_team(account: &str, team: &str) -> String {
    format!("account-ids/{account}/teams/{team}")
}

/// A team's members.
pub fn members(team: &str) -> String {
    format!("teams/{team}/members/")
}

/// An account's membership.
pub fn member(team: &str, account: &str) -> String {
    format!("teams/{team}/members/{account}")
}

/// The accounts that own a team.
pub fn owners(team: &str) -> String {
    format!("teams/{team}/owners/")
}

/// That an account owns a team.
pub fn owner(team: &str, account: &str) -> String {
    format!("teams/{team}/owners/{account}")
}

/// That the identity provider took an account out of a team.
pub fn deprovisioned(team: &str, account: &str) -> String {
    format!("teams/{team}/deprovisioned/{account}")
}

/// A team's SCIM users, in the order of their creation.
pub fn users(team: &str) -> String {
    format!("teams/{team}/users/")
}

/// A SCIM user.
pub fn user(team: &str, id: &str) -> String {
    format!("teams/{team}/users/{id}")
}

/// The SCIM user with a folded `userName`.
pub fn user_name(team: &str, folded: &str) -> String {
    format!("teams/{team}/names/{folded}/user-name")
}

/// The SCIM user with an `externalId`.
pub fn external_id(team: &str, external_id: &str) -> String {
    format!("teams/{team}/external-ids/{external_id}")
}

/// A team's events, in the order they happened.
pub fn events(team: &str) -> String {
    format!("teams/{team}/events/")
}

/// A team's event with the number `n`. Twelve digits keep the order of numbers and of keys the same.
pub fn event(team: &str, n: u64) -> String {
    format!("teams/{team}/events/{n:012}")
}

/// The SCIM users with a folded e-mail address.
pub fn user_emails(team: &str, folded: &str) -> String {
    format!("teams/{team}/names/{folded}/email/")
}

/// That a SCIM user has a folded e-mail address.
pub fn user_email(team: &str, folded: &str, id: &str) -> String {
    format!("teams/{team}/names/{folded}/email/{id}")
}

/// A team's groups, in the order of their creation.
pub fn groups(team: &str) -> String {
    format!("teams/{team}/groups/")
}

/// The members of all groups of a team, group by group.
pub fn all_group_members(team: &str) -> String {
    format!("teams/{team}/group-members/")
}

/// The accounts that the identity provider took out of a team.
pub fn all_deprovisioned(team: &str) -> String {
    format!("teams/{team}/deprovisioned/")
}

/// A group, without its members.
pub fn group(team: &str, id: &str) -> String {
    format!("teams/{team}/groups/{id}")
}

/// The group with a folded `displayName`.
pub fn group_name(team: &str, folded: &str) -> String {
    format!("teams/{team}/group-names/{folded}")
}

/// The group with an `externalId`.
pub fn group_external_id(team: &str, external_id: &str) -> String {
    format!("teams/{team}/group-external-ids/{external_id}")
}

/// The members of a group, in the order of their ids.
pub fn group_members(team: &str, group: &str) -> String {
    format!("teams/{team}/group-members/{group}/")
}

/// That somebody is in a group. The id of a member who is not of the team may be anything.
pub fn group_member(team: &str, group: &str, member: &str) -> String {
    format!("teams/{team}/group-members/{group}/{member}")
}

/// The groups that a member is in.
pub fn member_groups(team: &str, member: &str) -> String {
    format!("teams/{team}/member-groups/{}/", escape(member))
}

/// The same as [`group_member`], to be found from the member.
pub fn member_group(team: &str, member: &str, group: &str) -> String {
    format!("teams/{team}/member-groups/{}/{group}", escape(member))
}

/// That a SCIM user is inactive, so that they can be counted.
pub fn inactive(team: &str, id: &str) -> String {
    format!("teams/{team}/inactive/{id}")
}

/// A team's inactive SCIM users.
pub fn all_inactive(team: &str) -> String {
    format!("teams/{team}/inactive/")
}

/// A request of a team's identity provider that is remembered. Not in the team's own scope: it is written beside everything
/// else.
pub fn request(team: &str, which: &str) -> String {
    format!("requests/{team}/{which}")
}

/// The imports of a team that have begun and are neither finished nor given up.
pub fn imports(team: &str) -> String {
    format!("imports/{team}/begun/")
}

/// That an import has begun. Without it what it staged is nobody's.
pub fn import(team: &str, import: &str) -> String {
    format!("imports/{team}/begun/{import}")
}

/// All that imports of a team have staged.
pub fn all_staged(team: &str) -> String {
    format!("imports/{team}/staged/")
}

/// Something that an import has staged. Records of the team lie under `rest` as they will lie under its
/// [`team_prefix`]; `persons/<account>` are people before it is known which accounts they have here, and
/// `marks/<what>/<value>` what must not come twice.
pub fn staged(team: &str, import: &str, rest: &str) -> String {
    format!("imports/{team}/staged/{import}/{rest}")
}

/// The part of the state that a key lies in, whose records change together: a team's, or an import's. Each has one
/// version, by which an engine tells whether anything in it was changed. `None` for records that are on their own.
pub fn scope(key: &str) -> Option<&str> {
    let (folder, rest) = key.split_once('/')?;
    if !matches!(folder, "teams" | "imports") {
        return None;
    }
    let end = folder.len() + 1 + rest.find('/').unwrap_or(rest.len());
    key.get(..end)
}

/// The folder that a key is counted in, so that to count it costs no walk: those that can be large. `None` for a key
/// whose folder is small, or never counted.
pub fn counted_folder(key: &str) -> Option<&str> {
    let rest = key.strip_prefix("teams/")?;
    let (team, rest) = rest.split_once('/')?;
    let (folder, rest) = rest.split_once('/')?;
    let depth = match folder {
        "users" | "groups" | "members" | "events" | "inactive" => 0,
        "group-members" => rest.find('/')? + 1,
        _ => return None,
    };
    key.get(.."teams/".len() + team.len() + 1 + folder.len() + 1 + depth)
}

/// Whether a node may remember the record at `key`: what has to be known of everybody who asks. Absence is never
/// remembered, so what is new is seen at once.
pub fn is_remembered(key: &str) -> bool {
    match key.split_once('/') {
        Some(("accounts", _)) => true,
        Some(("teams", rest)) => match rest.split_once('/') {
            None => true,
            Some((_, rest)) => rest.starts_with("members/"),
        },
        _ => false,
    }
}

/// A text without `/`, another one for each text. Our own ids stay as they are.
fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '/']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace('%', "%25").replace('/', "%2F"))
}

#[cfg(test)]
mod tests;
