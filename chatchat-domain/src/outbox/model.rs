use std::time::Duration;

use crate::account::CODE_LIFETIME;
use crate::id::{AttachmentId, GroupId, UserId, WorkId};
use crate::ports::{Clock, Mail, ObjectKey, Random};
use crate::time::Timestamp;

/// How long an object may take from its upload to its use. Long, as the one that is used late is lost.
const ORPHANED_AFTER: Duration = Duration::from_secs(3600);

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// A mail is to be delivered.
    Mail(Mail),
    /// An object is to be removed.
    Removal(ObjectKey),
    /// An attachment is to be removed, unless a message holds it.
    Disuse(AttachmentId),
    /// Somebody who has closed their account is to leave all that they are in.
    Departure(UserId),
    /// What was said in a group that is deleted is to be erased.
    Erasure(GroupId),
}

impl Work {
    /// Until when doing it helps anybody, if it does not for ever.
    pub(super) fn useful_until(&self, owed_since: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Mail(Mail::Code { .. }) => Some(owed_since.after(CODE_LIFETIME)),
            Self::Mail(Mail::AlreadyRegistered { .. })
            | Self::Removal(_)
            | Self::Disuse(_)
            | Self::Departure(_)
            | Self::Erasure(_) => None,
        }
    }
}

/// Work that is owed from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// Its id.
    pub id: WorkId,
    /// What is to be done.
    pub work: Work,
    /// Since when it is owed.
    pub since: Timestamp,
    /// When to do it.
    pub due_at: Timestamp,
}

impl Owed {
    /// A mail, to be delivered at once.
    pub fn mail(mail: Mail, clock: &dyn Clock, random: &dyn Random) -> Self {
        let now = clock.now();
        Self { id: WorkId::generate(clock, random), work: Work::Mail(mail), since: now, due_at: now }
    }

    /// The removal of an object that is in nobody's use any more.
    pub fn removal(key: ObjectKey, now: Timestamp) -> Self {
        Self { id: WorkId::removal_of(&key), work: Work::Removal(key), since: now, due_at: now }
    }

    /// A look whether a message holds the attachment, and its removal if none does.
    pub fn disuse(attachment: AttachmentId, now: Timestamp) -> Self {
        let id = WorkId::disuse_of(attachment);
        Self { id, work: Work::Disuse(attachment), since: now, due_at: now }
    }

    /// The same a day later: for what was just brought. Who sends it takes this back.
    pub fn later_disuse(attachment: AttachmentId, now: Timestamp) -> Self {
        Self { due_at: now.after(UNUSED_FOR), ..Self::disuse(attachment, now) }
    }

    /// That somebody leaves all that they are in.
    pub fn departure(user: UserId, now: Timestamp) -> Self {
        let id = WorkId::departure_of(user);
        Self { id, work: Work::Departure(user), since: now, due_at: now }
    }

    /// That what was said in a deleted group is erased.
    pub fn erasure(group: GroupId, now: Timestamp) -> Self {
        let id = WorkId::erasure_of(group);
        Self { id, work: Work::Erasure(group), since: now, due_at: now }
    }

    /// The removal of an object about to be stored. Who puts it to use takes this back.
    pub fn removal_unless_used(key: ObjectKey, now: Timestamp) -> Self {
        Self { due_at: now.after(ORPHANED_AFTER), ..Self::removal(key, now) }
    }
}

/// How long an attachment may be held by no message before it goes.
const UNUSED_FOR: Duration = Duration::from_secs(24 * 3600);

/// Work that somebody does now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Its id.
    pub id: WorkId,
    /// What is to be done.
    pub work: Work,
    /// Since when it is owed.
    pub since: Timestamp,
    /// The how manieth attempt this is, from 1. It also tells this claim from those before and after it.
    pub attempt: u32,
}

/// How much is owed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// How much is to be done yet.
    pub waiting: u64,
    /// When the first of it was to be done, however often it has been put off since; or is.
    pub first_due_at: Option<Timestamp>,
    /// How much was given up, and is kept for people to look at.
    pub dead: u64,
}
