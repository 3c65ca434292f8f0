use std::time::Duration;

use crate::error::Refusal;
use crate::group::Role;
use crate::time::Timestamp;

/// What somebody is in a conversation that they are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// A group's owner.
    Owner,
    /// A group's admin.
    Admin,
    /// A group's member.
    Member,
    /// Somebody in a group who may not write for some time.
    Muted,
    /// One of two who are friends.
    Friend,
    /// One of two who are friends no more.
    FormerFriend,
}

impl Standing {
    /// All of them, in the order of the table's columns.
    pub const ALL: [Self; 6] =
        [Self::Owner, Self::Admin, Self::Member, Self::Muted, Self::Friend, Self::FormerFriend];

    /// The standing of one of two people.
    pub const fn in_pair(are_friends: bool) -> Self {
        if are_friends { Self::Friend } else { Self::FormerFriend }
    }

    /// The standing of somebody in a group, who may not write until a moment.
    pub fn in_group(role: Role, muted_until: Option<Timestamp>, now: Timestamp) -> Self {
        match role {
            _ if muted_until.is_some_and(|until| until > now) => Self::Muted,
            Role::Owner => Self::Owner,
            Role::Admin => Self::Admin,
            Role::Member => Self::Member,
        }
    }
}

/// What one may do in a conversation that one is in, or may not. Who is not in it is told that there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// To send a message.
    Send,
    /// To change what one has sent.
    Edit,
    /// To put an emoji under a message.
    React,
    /// To take one's own emoji away.
    Unreact,
    /// To recall what one has sent, for as long as that is allowed.
    RecallOwn,
    /// To recall anything but the server's messages, at any time.
    RecallAny,
    /// To be seen typing, and how far one has read.
    BeSeen,
}

/// Who may do what: a row for each action, the verdicts in the order of [`Standing::ALL`].
const TABLE: [(Action, [Result<(), Refusal>; 6]); 7] = {
    const YES: Result<(), Refusal> = Ok(());
    const MUTED: Result<(), Refusal> = Err(Refusal::Muted);
    const APART: Result<(), Refusal> = Err(Refusal::NotFriends);
    const OTHERS: Result<(), Refusal> = Err(Refusal::NotSender);
    [
        (Action::Send, [YES, YES, YES, MUTED, YES, APART]),
        (Action::Edit, [YES, YES, YES, MUTED, YES, APART]),
        (Action::React, [YES, YES, YES, MUTED, YES, APART]),
        (Action::Unreact, [YES, YES, YES, YES, YES, YES]),
        (Action::RecallOwn, [YES, YES, YES, YES, YES, YES]),
        (Action::RecallAny, [YES, YES, OTHERS, OTHERS, OTHERS, OTHERS]),
        (Action::BeSeen, [YES, YES, YES, YES, YES, APART]),
    ]
};

impl Action {
    /// Whether somebody with this standing may do it.
    ///
    /// # Errors
    /// The refusal that the contract names.
    pub fn check(self, standing: Standing) -> Result<(), Refusal> {
        let column = Standing::ALL.iter().position(|one| *one == standing);
        let row = TABLE.iter().find(|(action, _)| *action == self);
        row.zip(column)
            .and_then(|((_, verdicts), column)| verdicts.get(column).copied())
            .unwrap_or(Err(Refusal::Forbidden))
    }
}

/// Whether somebody may recall a message that was sent `age` ago: a group's owner and admins anything, its sender for
/// as long as is allowed.
///
/// # Errors
/// [`Refusal::NotSender`]; [`Refusal::RecallExpired`].
pub fn may_recall(
    standing: Standing,
    is_sender: bool,
    age: Duration,
    allowed: Duration,
) -> Result<(), Refusal> {
    if Action::RecallAny.check(standing).is_ok() {
        return Ok(());
    }
    if !is_sender {
        return Err(Refusal::NotSender);
    }
    Action::RecallOwn.check(standing)?;
    if age > allowed { Err(Refusal::RecallExpired) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_of_the_table_is_as_the_contract_has_it() {
        use Action::{BeSeen, Edit, React, RecallAny, RecallOwn, Send, Unreact};
        use Refusal::{Muted, NotFriends, NotSender};
        for standing in Standing::ALL {
            for action in [Send, Edit, React, Unreact, RecallOwn, RecallAny, BeSeen] {
                let expected = match (action, standing) {
                    (Unreact | RecallOwn, _) => Ok(()),
                    (RecallAny, Standing::Owner | Standing::Admin) => Ok(()),
                    (RecallAny, _) => Err(NotSender),
                    (BeSeen, Standing::Muted) => Ok(()),
                    (_, Standing::Muted) => Err(Muted),
                    (_, Standing::FormerFriend) => Err(NotFriends),
                    _ => Ok(()),
                };
                assert_eq!(action.check(standing), expected, "{action:?} by {standing:?}");
            }
        }
    }

    #[test]
    fn who_is_muted_is_so_until_the_moment() {
        let at = |seconds: i64| Timestamp::from_unix_micros(seconds * 1_000_000);
        assert_eq!(Standing::in_group(Role::Admin, Some(at(5)), at(4)), Standing::Muted);
        assert_eq!(Standing::in_group(Role::Admin, Some(at(5)), at(5)), Standing::Admin);
        assert_eq!(Standing::in_group(Role::Member, None, at(5)), Standing::Member);
    }

    #[test]
    fn a_recall_is_for_the_sender_in_time_and_for_who_keeps_order() {
        let (soon, late, allowed) = (Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(2));
        for (standing, is_sender, age, verdict) in [
            (Standing::Member, true, soon, Ok(())),
            (Standing::Member, true, late, Err(Refusal::RecallExpired)),
            (Standing::Member, false, soon, Err(Refusal::NotSender)),
            (Standing::Muted, true, soon, Ok(())),
            (Standing::Friend, false, soon, Err(Refusal::NotSender)),
            (Standing::FormerFriend, true, soon, Ok(())),
            (Standing::Admin, false, late, Ok(())),
            (Standing::Owner, false, late, Ok(())),
        ] {
            assert_eq!(may_recall(standing, is_sender, age, allowed), verdict, "{standing:?}");
        }
    }
}
