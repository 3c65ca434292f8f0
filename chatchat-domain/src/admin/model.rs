use crate::account::{Account, EmailAddress};
use crate::error::Violation;
use crate::id::{AuditEntryId, GroupId, UserId, WorkId};
use crate::text::{self, Query};
use crate::time::Timestamp;

/// Who administers, by the name that the log keeps: 1 to 64 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator(String);

impl Operator {
    /// The longest name, in characters.
    pub const MAX_CHARS: usize = 64;

    /// An operator of this name.
    ///
    /// # Errors
    /// A violation of `operator` unless it has 1 to 64 characters and no control character.
    pub fn new(name: &str) -> Result<Self, Violation> {
        text::name(name, Self::MAX_CHARS).map(Self).map_err(|violation| violation.of("operator"))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why an operator does something, for other operators: 1 to 500 characters on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// The longest one, in characters.
    pub const MAX_CHARS: usize = 500;

    /// A reason.
    ///
    /// # Errors
    /// A violation of `reason` unless it has 1 to 500 characters and no control character.
    pub fn new(text: &str) -> Result<Self, Violation> {
        text::name(text, Self::MAX_CHARS).map(Self).map_err(|violation| violation.of("reason"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whom an operator looks for: by a part of their name, or by their whole address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeopleQuery {
    /// A part of the name.
    pub name: Query,
    /// The address, if it is one.
    pub email: Option<EmailAddress>,
}

impl PeopleQuery {
    /// A query for `text`; none if that is blank.
    ///
    /// # Errors
    /// A violation of `query` when it is too long.
    pub fn new(text: &str) -> Result<Option<Self>, Violation> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        Ok(Some(Self { name: Query::new(text)?, email: EmailAddress::new(text).ok() }))
    }
}

/// A person as operators see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// What they see themselves.
    pub account: Account,
    /// Since when they may not log in, if they may not.
    pub suspended_at: Option<Timestamp>,
    /// When they closed their account, if they have.
    pub closed_at: Option<Timestamp>,
}

/// Work that is owed, as operators see it: nothing that is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwedWork {
    /// Its id.
    pub id: WorkId,
    /// What kind of work, such as `code_mail`. A newer version of the program may know more kinds.
    pub kind: String,
    /// What it is about: an address, the key of an object, an id.
    pub subject: Option<String>,
    /// Since when it is owed.
    pub since: Timestamp,
    /// When it is tried next, or again.
    pub due_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// Whether it was given up.
    pub dead: bool,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

/// When a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Soon: first everybody is to know it.
    Upcoming,
    /// Now.
    Signing,
    /// Not any more: it only proves what it has signed.
    Superseded,
}

impl KeyState {
    /// The name in the contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Upcoming => "upcoming",
            Self::Signing => "signing",
            Self::Superseded => "superseded",
        }
    }
}

/// A key that signs access tokens, as operators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// What tokens call it (`kid`).
    pub kid: String,
    /// What it is called where it is kept.
    pub name: String,
    /// When it was made, if that is known.
    pub created_at: Option<Timestamp>,
    /// When it signs.
    pub state: KeyState,
}

/// Something that an operator does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Lets a person neither log in nor stay logged in.
    Suspend(UserId, Option<Reason>),
    /// Lets a person log in again.
    Reinstate(UserId),
    /// Logs a person out everywhere.
    EndSessions(UserId),
    /// Deletes a group.
    DeleteGroup(GroupId),
    /// Gives a group to one of its members.
    TransferGroup(GroupId, UserId),
    /// Has tokens signed with a new key.
    RotateKeys,
    /// Removes the key that tokens call so.
    RetireKey(String),
    /// Has owed work tried again at once.
    RetryWork(WorkId),
    /// Lets an address ask for codes, and try them, as if it never had.
    ClearCodeLimits(EmailAddress),
}

impl Action {
    /// The name in the log and the contract.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Suspend(..) => "suspend",
            Self::Reinstate(_) => "reinstate",
            Self::EndSessions(_) => "end_sessions",
            Self::DeleteGroup(_) => "delete_group",
            Self::TransferGroup(..) => "transfer_group",
            Self::RotateKeys => "rotate_keys",
            Self::RetireKey(_) => "retire_key",
            Self::RetryWork(_) => "retry_work",
            Self::ClearCodeLimits(_) => "clear_code_limits",
        }
    }

    /// To whom or what it is done.
    pub fn subject(&self) -> Option<String> {
        match self {
            Self::Suspend(user, _) | Self::Reinstate(user) | Self::EndSessions(user) => {
                Some(user.to_string())
            }
            Self::DeleteGroup(group) | Self::TransferGroup(group, _) => Some(group.to_string()),
            Self::RotateKeys => None,
            Self::RetireKey(kid) => Some(kid.clone()),
            Self::RetryWork(work) => Some(work.to_string()),
            Self::ClearCodeLimits(email) => Some(email.as_str().to_owned()),
        }
    }

    /// What else is worth keeping.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::Suspend(_, reason) => reason.as_ref().map(|reason| reason.as_str().to_owned()),
            Self::TransferGroup(_, owner) => Some(owner.to_string()),
            _ => None,
        }
    }
}

/// What an operator has done, as the log tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Which entry.
    pub id: AuditEntryId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub operator: Operator,
    /// What, by [`Action::name`]. A newer version of the program may know more.
    pub action: String,
    /// To whom or what.
    pub subject: Option<String>,
    /// What else was worth keeping.
    pub detail: Option<String>,
}
