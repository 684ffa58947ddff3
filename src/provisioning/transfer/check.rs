//! What a line must be for the team to be sound: rules that need no other line, and the order of lines.

use super::line::{
    EndLine, EventLine, FORMAT, GroupLine, Line, MEMBERS_OF_LINE, MemberEntry, MembersLine,
    PersonLine, TeamLine,
};
use crate::email::Email;
use crate::json::typed::{ToJson, to_vec};
use crate::provisioning::event::{KEPT, TRIMMED};
use crate::provisioning::group::{DISPLAY_MAX, MEMBERS_MAX, MemberKind, is_member_id};
use crate::provisioning::membership::Role;
use crate::provisioning::team::{DOMAINS_MAX, NAME_MAX, OWNERS_MAX, SsoProtocol};
use crate::provisioning::{TeamId, is_id};
use crate::store::VALUE_MAX;

/// The longest `userName`, `displayName` and `externalId`, in characters.
pub(super) const NAME_CHARS_MAX: usize = 256;

type Verdict = Result<(), String>;

/// Which lines there have been, as far as the next one depends on it.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    place: u8,
    last_user: String,
    users_are_over: bool,
    last_group: String,
    members_of: String,
    last_member: String,
    members: u64,
    last_event: u64,
    events: u64,
    owners: usize,
}

impl Order {
    /// Whether the end line was there.
    pub(super) fn is_over(&self) -> bool {
        self.place == place(&Line::End(EndLine { lines: 0, sha256: String::new() }))
    }

    /// Refuses a line that cannot follow those before it.
    pub(super) fn accept(&mut self, line: &Line) -> Verdict {
        let place = place(line);
        if (self.place == 0) != (place == 1) || place < self.place {
            return Err(match self.place {
                0 => "the file must begin with the team".to_owned(),
                _ => {
                    "it stands in the wrong place: first the team, then persons, groups, members, \
                      events, the end"
                        .to_owned()
                }
            });
        }
        self.place = place;
        match line {
            Line::Person(person) => self.accept_person(person),
            Line::Group(line) => rises(&mut self.last_group, &line.group.id, "groups"),
            Line::Members(line) => self.accept_members(line),
            Line::Event(line) => self.accept_event(line),
            Line::End(_) if self.owners == 0 => Err("the team has no owner".to_owned()),
            Line::Team(_) | Line::End(_) => Ok(()),
        }
    }

    fn accept_person(&mut self, person: &PersonLine) -> Verdict {
        if person.membership.as_ref().is_some_and(|membership| membership.role == Role::Owner) {
            self.owners += 1;
            require(self.owners <= OWNERS_MAX, || {
                format!("the team has more than {OWNERS_MAX} owners")
            })?;
        }
        match &person.user {
            Some(_) if self.users_are_over => {
                Err("SCIM users must come before who is none".to_owned())
            }
            Some(user) => rises(&mut self.last_user, &user.id, "users"),
            None => {
                self.users_are_over = true;
                Ok(())
            }
        }
    }

    fn accept_members(&mut self, line: &MembersLine) -> Verdict {
        if self.members_of != line.group {
            rises(&mut self.members_of, &line.group, "groups")?;
            (self.last_member, self.members) = (String::new(), 0);
        }
        for member in &line.members {
            rises(&mut self.last_member, &member.id, "members")?;
            self.members += 1;
        }
        require(self.members <= MEMBERS_MAX, || {
            format!("the group has more than {MEMBERS_MAX} members")
        })
    }

    fn accept_event(&mut self, EventLine { event }: &EventLine) -> Verdict {
        let expected = self.last_event.saturating_add(1);
        require(event.n >= 1 && (self.events == 0 || event.n == expected), || {
            "events must be numbered without gaps".to_owned()
        })?;
        (self.last_event, self.events) = (event.n, self.events + 1);
        require(self.events <= KEPT + TRIMMED, || {
            format!("there are more than {} events", KEPT + TRIMMED)
        })
    }
}

fn place(line: &Line) -> u8 {
    match line {
        Line::Team(_) => 1,
        Line::Person(_) => 2,
        Line::Group(_) => 3,
        Line::Members(_) => 4,
        Line::Event(_) => 5,
        Line::End(_) => 6,
    }
}

/// Refuses an id that does not come behind the last one.
fn rises(last: &mut String, next: &str, what: &str) -> Verdict {
    require(next > last.as_str(), || {
        format!("{what} must stand in the order of their ids, each once")
    })?;
    next.clone_into(last);
    Ok(())
}

/// Refuses a team that this API would not make.
pub(super) fn check_team(line: &TeamLine, id: &TeamId) -> Verdict {
    let TeamLine { format, id: own, team } = line;
    require(*format == FORMAT, || format!("only format {FORMAT} is understood"))?;
    require(own == id, || "it is of another team than the path".to_owned())?;
    let name = team.name.chars().count();
    require(!team.name.trim().is_empty() && name <= NAME_MAX, || {
        format!("the name must have 1 to {NAME_MAX} characters")
    })?;
    let issuer = team.sso.issuer.as_deref().unwrap_or_default();
    require(issuer.chars().count() <= NAME_MAX, || {
        format!("sso.issuer can have {NAME_MAX} characters at the most")
    })?;
    require(team.verified_domains.len() <= DOMAINS_MAX, || {
        format!("verified_domains can be {DOMAINS_MAX} at the most")
    })?;
    require(team.importing.is_none(), || "the team was being imported itself".to_owned())?;
    let Some(connection) = &team.connection else { return Ok(()) };
    require(team.sso.protocol != SsoProtocol::None, || {
        "SCIM is on without single sign-on".to_owned()
    })?;
    let endpoint = connection.endpoint.as_bytes();
    let good = |byte: &u8| byte.is_ascii_lowercase() || (b'2'..=b'7').contains(byte);
    require((16..=64).contains(&endpoint.len()) && endpoint.iter().all(good), || {
        "connection.endpoint is no endpoint".to_owned()
    })
}

/// Refuses a person whose records contradict each other.
pub(super) fn check_person(line: &PersonLine) -> Verdict {
    let PersonLine { account, membership, deprovisioned, user } = line;
    require(is_id(&account.id), || "account.id is no id".to_owned())?;
    require(membership.is_none() || deprovisioned.is_none(), || {
        "who was deprovisioned is no member".to_owned()
    })?;
    require(membership.is_some() || deprovisioned.is_some() || user.is_some(), || {
        "the team has nothing to do with this person".to_owned()
    })?;
    let Some(user) = user else { return Ok(()) };
    require(is_id(&user.id), || "user.id is no id".to_owned())?;
    require(user.account == account.id, || "the user is another account's".to_owned())?;
    require(user.active == membership.is_some(), || {
        "a user is active exactly while the account is a member".to_owned()
    })?;
    check_name("user_name", &user.names.user_name)?;
    check_external_id(user.names.external_id.as_deref())?;
    for address in &user.names.emails {
        Email::parse(address).map_err(|error| format!("an address of the user {error}"))?;
    }
    check_size(user)
}

/// Refuses a group that could not be found again.
pub(super) fn check_group(GroupLine { group }: &GroupLine) -> Verdict {
    require(is_id(&group.id), || "group.id is no id".to_owned())?;
    check_name("display_name", &group.names.display_name)?;
    check_external_id(group.names.external_id.as_deref())?;
    check_size(group)
}

/// Refuses members that no group can have.
pub(super) fn check_members(line: &MembersLine) -> Verdict {
    require(is_id(&line.group), || "the group's id is none".to_owned())?;
    require((1..=MEMBERS_OF_LINE).contains(&line.members.len()), || {
        format!("a line can have 1 to {MEMBERS_OF_LINE} members")
    })?;
    for MemberEntry { id, kind, display, given } in &line.members {
        require(is_member_id(id), || "a member's id cannot be one".to_owned())?;
        let length = display.as_ref().map(|display| display.chars().count());
        require(length.is_none_or(|length| length <= DISPLAY_MAX), || {
            format!("a member's display can have {DISPLAY_MAX} characters at the most")
        })?;
        require(!given || display.is_some(), || "a name was given that is not there".to_owned())?;
        require(*kind != Some(MemberKind::Group) || *id != line.group, || {
            "a group cannot be in itself".to_owned()
        })?;
    }
    Ok(())
}

/// Refuses an event that is too large to be kept.
pub(super) fn check_event(EventLine { event }: &EventLine) -> Verdict {
    check_size(event)
}

fn check_name(field: &str, name: &str) -> Verdict {
    require(!name.trim().is_empty(), || format!("{field} must not be blank"))?;
    check_text(field, name)
}

fn check_external_id(external_id: Option<&str>) -> Verdict {
    match external_id {
        Some("") => Err("external_id must not be empty".to_owned()),
        Some(id) => check_text("external_id", id),
        None => Ok(()),
    }
}

fn check_text(field: &str, text: &str) -> Verdict {
    let good = text.chars().count() <= NAME_CHARS_MAX && !text.chars().any(char::is_control);
    require(good, || {
        format!(
            "{field} can have {NAME_CHARS_MAX} characters at the most, and no control characters"
        )
    })
}

fn check_size(record: &dyn ToJson) -> Verdict {
    let length = to_vec(record).map_or(usize::MAX, |bytes| bytes.len());
    require(length <= VALUE_MAX, || {
        format!("a record can have {} KiB at the most", VALUE_MAX / 1024)
    })
}

fn require(holds: bool, why: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(why()) }
}
