//! The one error type. A use case either does what it says or returns one of these.
//!
//! - [`Error::Refused`]: a rule of the product says no; the caller may be told which.
//! - [`Error::Invalid`]: a value breaks its rule; the caller is told each field.
//! - [`Error::RateLimited`]: too often; the caller is told when to come back.
//! - [`Error::Unavailable`]: something the product needs is away; the caller may try again.
//! - [`Error::Overloaded`]: too much waits for it already; the caller may try again.
//! - [`Error::Internal`]: a defect; the caller is told nothing, the log everything.

use std::time::Duration;

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A rule of the product says no.
    #[error("refused: {}", .0.code())]
    Refused(Refusal),
    /// Values that break their rules, at least one.
    #[error("invalid: {0:?}")]
    Invalid(Vec<Violation>),
    /// Too often.
    #[error("rate limited: {0:?}")]
    RateLimited(Exceeded),
    /// A dependency is away or too slow. The text is for the log alone.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// Too much waits already: nothing was asked of anybody. The text is for the log alone.
    #[error("overloaded: {0}")]
    Overloaded(String),
    /// A defect. The text is for the log alone.
    #[error("internal error: {0}")]
    Internal(String),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Violation> for Error {
    fn from(violation: Violation) -> Self {
        Self::Invalid(vec![violation])
    }
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident $code:literal $title:literal)*) => {
        /// A rule of the product that says no, each with a code that never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Refusal { $($(#[$doc])* $name,)* }

        impl Refusal {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable code.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What it means, in a sentence for people.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

refusals! {
    /// No token, or one that is not valid (any more).
    Unauthenticated "unauthenticated" "A valid access token is needed."
    /// There is no such thing, or the caller may not know of it.
    NotFound "not_found" "There is nothing here that you may see."
    /// The address or the password is wrong.
    InvalidCredentials "invalid_credentials" "The e-mail address or the password is wrong."
    /// An operator has suspended the person.
    Suspended "suspended" "This account is suspended."
    /// A refresh or binding token that is unknown, expired, or was used before.
    InvalidToken "invalid_token" "The token is not valid; log in again."
    /// An e-mail or login code that is wrong, used, expired or was tried too often.
    InvalidCode "invalid_code" "The code is wrong, used or expired; ask for a new one."
    /// A browser has come back from a third party where it was not sent, or too late.
    InvalidState "invalid_state" "This log-in was not begun in this browser, or too long ago; try again."
    /// The person did not want to log in at the third party after all.
    AccessDenied "access_denied" "The log-in was declined there."
    /// What the third party has answered makes no sense, or cannot be trusted.
    ProviderError "provider_error" "The third party's answer cannot be used."
    /// The account elsewhere is bound to somebody else.
    IdentityTaken "identity_taken" "This third-party account is bound to another person."
    /// The caller has another account with the same third party bound.
    AlreadyBound "already_bound" "Another account with this third party is bound; unbind it first."
    /// Without it the caller could not log in any more.
    LastCredential "last_credential" "Set a password or bind another third party first."
    /// The address has an account.
    EmailTaken "email_taken" "This e-mail address has an account."
    /// The two are friends.
    AlreadyFriends "already_friends" "You are friends already."
    /// The two are not friends.
    NotFriends "not_friends" "Only friends can do this."
    /// The caller may not write in this group for some time.
    Muted "muted" "You may not write in this group for now."
    /// Somebody else has sent the message.
    NotSender "not_sender" "Only who sent the message can do this."
    /// It is too late to recall the message.
    RecallExpired "recall_expired" "The message was sent too long ago to be recalled."
    /// The message was recalled.
    Recalled "recalled" "The message was recalled."
    /// A kind of file that is not taken.
    UnsupportedMedia "unsupported_media_type" "The content is of a kind that is not taken here."
    /// The caller blocks the person.
    Blocked "blocked" "You block this person; end that first."
    /// The friend request was answered or withdrawn before.
    NotPending "not_pending" "This request is not pending any more."
    /// The caller's role does not allow it.
    Forbidden "forbidden" "Your role in the group does not allow this."
    /// Only the owner of the group may do it.
    NotOwner "not_owner" "Only the group's owner can do this."
    /// The group admits only those whom its owner or an admin adds.
    InviteOnly "invite_only" "This group can be joined by invitation only."
    /// The group has as many members as it may.
    GroupFull "group_full" "The group is full."
    /// The owner must transfer or delete the group first.
    OwnerCannotLeave "owner_cannot_leave" "Transfer or delete the group before you leave it."
    /// What was to be done is of no use any more.
    TooLate "too_late" "It is too late for this."
    /// Access tokens are signed with the key.
    KeyInUse "key_in_use" "Tokens are signed with this key; rotate the keys first."
    /// The `client_id` stands for another content.
    IdempotencyConflict "idempotency_conflict" "This client_id was used for another content."
}

/// A value that breaks its rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {detail}")]
pub struct Violation {
    /// The field, as the contract names it.
    pub field: String,
    /// A stable code, such as `too_long`.
    pub code: &'static str,
    /// The rule, in words for people.
    pub detail: String,
}

impl Violation {
    /// `field` breaks the rule `detail`.
    pub fn new(field: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self { field: field.into(), code, detail: detail.into() }
    }

    /// The same violation of the field that it has in the request at hand.
    pub fn of(mut self, field: &str) -> Self {
        field.clone_into(&mut self.field);
        self
    }
}

/// The limit that was exceeded (the fields of draft-ietf-httpapi-ratelimit-headers).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exceeded {
    /// The limit's name.
    pub policy: &'static str,
    /// How many are allowed in a window.
    pub quota: u32,
    /// The window.
    pub window: Duration,
    /// When to try again.
    pub retry_after: Duration,
}
