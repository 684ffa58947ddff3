//! What a key is for: the way back from `store::key`.

/// What a key says about its entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place<'k> {
    Account { folded: &'k str },
    AccountId { account: &'k str },
    AccountTeam { account: &'k str, team: &'k str },
    Import { scope: &'k str },
    Request { team: &'k str },
    Team { team: &'k str },
    InTeam { team: &'k str, what: InTeam<'k> },
}

/// What a key below a team says about its entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum InTeam<'k> {
    Member { account: &'k str },
    Owner { account: &'k str },
    Deprovisioned { account: &'k str },
    User { id: &'k str },
    UserName { folded: &'k str },
    UserEmail { folded: &'k str, id: &'k str },
    ExternalId { external_id: &'k str },
    Event { n: u64 },
    Inactive { id: &'k str },
    Group { id: &'k str },
    GroupName { folded: &'k str },
    GroupExternalId { external_id: &'k str },
    GroupMember { group: &'k str, member: &'k str },
    MemberGroup { member: String, group: &'k str },
}

impl<'k> Place<'k> {
    pub(super) fn of(key: &'k str) -> Option<Self> {
        let (folder, rest) = key.split_once('/')?;
        match folder {
            "accounts" => Some(Self::Account { folded: rest }),
            "account-ids" => match rest.split_once('/') {
                None => Some(Self::AccountId { account: rest }),
                Some((account, rest)) => {
                    let team = rest.strip_prefix("teams/").filter(|team| !team.contains('/'))?;
                    Some(Self::AccountTeam { account, team })
                }
            },
            "imports" => {
                let end = folder.len() + 1 + rest.find('/').unwrap_or(rest.len());
                Some(Self::Import { scope: key.get(..end)? })
            }
            "requests" => match rest.split_once('/')? {
                (team, "accepted" | "turned-away") => Some(Self::Request { team }),
                _ => None,
            },
            "teams" => match rest.split_once('/') {
                None => Some(Self::Team { team: rest }),
                Some((team, rest)) => Some(Self::InTeam { team, what: InTeam::of(rest)? }),
            },
            _ => None,
        }
    }
}

impl<'k> InTeam<'k> {
    fn of(key: &'k str) -> Option<Self> {
        let (folder, rest) = key.split_once('/')?;
        let one = Some(rest).filter(|rest| !rest.contains('/'));
        Some(match folder {
            "members" => Self::Member { account: one? },
            "owners" => Self::Owner { account: one? },
            "deprovisioned" => Self::Deprovisioned { account: one? },
            "users" => Self::User { id: one? },
            "names" => match rest.strip_suffix("/user-name") {
                Some(folded) => Self::UserName { folded },
                None => {
                    let (rest, id) = rest.rsplit_once('/')?;
                    Self::UserEmail { folded: rest.strip_suffix("/email")?, id }
                }
            },
            "external-ids" => Self::ExternalId { external_id: rest },
            "events" => {
                let digits = rest.len() >= 12 && rest.bytes().all(|byte| byte.is_ascii_digit());
                Self::Event { n: Some(rest).filter(|_| digits)?.parse().ok()? }
            }
            "inactive" => Self::Inactive { id: one? },
            "groups" => Self::Group { id: one? },
            "group-names" => Self::GroupName { folded: rest },
            "group-external-ids" => Self::GroupExternalId { external_id: rest },
            "group-members" => {
                let (group, member) = rest.split_once('/')?;
                Self::GroupMember { group, member }
            }
            "member-groups" => {
                let (member, group) = rest.split_once('/').filter(|(_, it)| !it.contains('/'))?;
                Self::MemberGroup { member: unescape(member)?, group }
            }
            _ => return None,
        })
    }
}

/// The text that `store::key` escapes like this.
fn unescape(escaped: &str) -> Option<String> {
    let mut parts = escaped.split('%');
    let mut text = parts.next()?.to_owned();
    for part in parts {
        let (sign, rest) = match part.strip_prefix("25") {
            Some(rest) => ('%', rest),
            None => ('/', part.strip_prefix("2F")?),
        };
        text.push(sign);
        text.push_str(rest);
    }
    Some(text)
}
