use std::time::Duration;

use async_trait::async_trait;

use crate::admin::{Action, AuditEntry, Operator, OwedWork, PeopleQuery, Person, SigningKey};
use crate::error::Error;
use crate::event::Committed;
use crate::group::Group;
use crate::id::{AuditEntryId, GroupId, SessionId, UserId, WorkId};
use crate::page::{Page, PageRequest};
use crate::text::Query;
use crate::time::Timestamp;

/// What is noted of something that an operator does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The entry's id.
    pub id: AuditEntryId,
    /// The moment.
    pub at: Timestamp,
    /// Who does it.
    pub operator: Operator,
    /// What.
    pub action: Action,
}

/// What operators see of the store and do to it. What changes something keeps its note in the same transaction; what
/// turns out to change nothing, or is refused, leaves none.
///
/// Every method returns [`Error::Unavailable`] when the store does not answer in time, and
/// [`crate::Refusal::NotFound`] when what it names is not there.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait AdminRepository: Send + Sync {
    /// People, the newest first; with a query as [`crate::account::AccountRepository::search`] has them.
    async fn people(&self, query: Option<PeopleQuery>, page: PageRequest) -> Result<Page<Person>, Error>;

    /// The person.
    async fn person(&self, user: UserId) -> Result<Person, Error>;

    /// Lets the person not log in any more, and ends their sessions. Returns those; the events hold a `session_ended`
    /// for each. Who is suspended already stays so since then, and nothing changes. Who has closed their account is
    /// not there.
    async fn suspend(&self, user: UserId, note: Note) -> Result<Committed<Vec<SessionId>>, Error>;

    /// Lets the person log in again.
    async fn reinstate(&self, user: UserId, note: Note) -> Result<(), Error>;

    /// Ends the person's sessions. Returns them; the events hold a `session_ended` for each.
    async fn end_sessions(&self, user: UserId, note: Note) -> Result<Committed<Vec<SessionId>>, Error>;

    /// Groups, the newest first; with a query as [`crate::group::GroupRepository::search`] has them, invite-only ones
    /// too.
    async fn groups(&self, query: Option<Query>, page: PageRequest) -> Result<Page<Group>, Error>;

    /// The group.
    async fn group(&self, group: GroupId) -> Result<Group, Error>;

    /// Deletes the group; all as in [`crate::group::GroupRepository::delete`].
    async fn delete_group(&self, group: GroupId, note: Note) -> Result<Committed<()>, Error>;

    /// Makes a member the owner; all as in [`crate::group::GroupRepository::transfer`].
    async fn transfer_group(
        &self,
        group: GroupId,
        new_owner: UserId,
        note: Note,
    ) -> Result<Committed<Group>, Error>;

    /// Owed work, what was given up or what was not, the newest first.
    async fn work(&self, dead: bool, page: PageRequest) -> Result<Page<OwedWork>, Error>;

    /// Makes the work due at once, whether or not it was given up; then it counts as not tried yet.
    ///
    /// # Errors
    /// [`crate::Refusal::TooLate`] for a code that was given up: it is not known any more.
    async fn retry(&self, work: WorkId, note: Note) -> Result<(), Error>;

    /// Keeps a note of what is done elsewhere.
    async fn note(&self, note: Note) -> Result<(), Error>;

    /// What operators have done, the newest first.
    async fn audit(&self, page: PageRequest) -> Result<Page<AuditEntry>, Error>;
}

/// Keeps the keys that sign access tokens, the same on all nodes. What has changed is known everywhere within seconds.
///
/// Every method returns [`Error::Unavailable`] when they cannot be read or changed.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait KeyKeeper: Send + Sync {
    /// The keys at `now`, in the order in which they sign. One of them signs.
    async fn list(&self, now: Timestamp) -> Result<Vec<SigningKey>, Error>;

    /// Makes a key that signs as soon as it is known everywhere, unless there is such a one already; gives it. Removes
    /// those whose last token has ended at `now`, if each is good for `lifetime`.
    async fn rotate(&self, now: Timestamp, lifetime: Duration) -> Result<SigningKey, Error>;

    /// Removes the key that tokens call `kid`: what it has signed is worth nothing any more.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`]; [`crate::Refusal::KeyInUse`] for the one that signs at `now`.
    async fn retire(&self, kid: &str, now: Timestamp) -> Result<(), Error>;
}
