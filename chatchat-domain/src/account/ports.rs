use async_trait::async_trait;

use crate::account::{
    Account, CodePurpose, EmailAddress, NewAccount, PasswordHash, ProfileChange, User, UserName,
};
use crate::error::Error;
use crate::event::Committed;
use crate::id::{SessionId, UserId};
use crate::page::{Page, PageRequest};
use crate::session::NewSession;
use crate::text::Query;
use crate::time::Timestamp;

/// What is needed to check a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Whose they are.
    pub user: UserId,
    /// The hash, should a password be set.
    pub password: Option<PasswordHash>,
}

/// Keeps accounts.
///
/// Every method returns [`Error::Unavailable`] when the store does not answer in time.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait AccountRepository: Send + Sync {
    /// Makes the account and its first session in one transaction.
    ///
    /// # Errors
    /// [`crate::Refusal::EmailTaken`] when the address has an account; of several at once one wins.
    async fn create(&self, account: NewAccount, session: NewSession) -> Result<Account, Error>;

    /// The person's account.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`] when there is none.
    async fn account(&self, user: UserId) -> Result<Account, Error>;

    /// What is needed to check the password of the address's account, if it has one.
    async fn credentials(&self, email: &EmailAddress) -> Result<Option<Credentials>, Error>;

    /// What is needed to check the person's password.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`] when there is no such person.
    async fn credentials_of(&self, user: UserId) -> Result<Credentials, Error>;

    /// Changes the profile, and returns the account as it is then. In the same transaction the removal of a new
    /// picture is taken back, and that of the old one owed to the outbox, at `now`.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`] when there is no such person.
    async fn change_profile(
        &self,
        user: UserId,
        change: ProfileChange,
        now: Timestamp,
    ) -> Result<Account, Error>;

    /// Sets the password and ends every session but `keep`, in one transaction. Returns the sessions ended;
    /// the events hold a `session_ended` of the person for each.
    async fn set_password(
        &self,
        user: UserId,
        password: PasswordHash,
        keep: Option<SessionId>,
        now: Timestamp,
    ) -> Result<Committed<Vec<SessionId>>, Error>;

    /// Closes the account: it has `name` from then on, and no address, password, picture, description, identity or session;
    /// it is found no more, and whom it blocked is forgotten. In the same transaction the removal of the picture is owed,
    /// and so is the person's departure from all that they are in ([`crate::outbox::Work::Departure`]). Returns the
    /// sessions ended; the events hold a `session_ended` of the person for each.
    ///
    /// # Errors
    /// [`crate::Refusal::NotFound`] when there is no such account (any more).
    async fn close(
        &self,
        user: UserId,
        name: UserName,
        now: Timestamp,
    ) -> Result<Committed<Vec<SessionId>>, Error>;

    /// The person with this address first, then those whose folded names contain the query: equal names,
    /// then names that begin with it, then the rest, short names first.
    async fn search(
        &self,
        query: &Query,
        email: Option<EmailAddress>,
        page: PageRequest,
    ) -> Result<Page<User>, Error>;
}

/// A code that was mailed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredCode {
    /// The code's keyed hash.
    pub hash: [u8; 32],
    /// When it was made; [`crate::account::CODE_LIFETIME`] later it is forgotten.
    pub created_at: Timestamp,
}

/// Keeps mailed codes for a short while.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait CodeStore: Send + Sync {
    /// Keeps the code, in place of an earlier one for the same address and purpose, with no try counted.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it cannot be kept.
    async fn keep(&self, email: &EmailAddress, purpose: CodePurpose, code: StoredCode) -> Result<(), Error>;

    /// Uses the code up. True at most once for each kept code: when `hash` is its hash, it was kept less than
    /// its lifetime ago, and fewer than `tries` wrong ones came before. A wrong one counts as a try.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it cannot be told.
    async fn redeem(
        &self,
        email: &EmailAddress,
        purpose: CodePurpose,
        hash: [u8; 32],
        tries: u32,
        now: Timestamp,
    ) -> Result<bool, Error>;

    /// Forgets the codes for the address, whatever they are for.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it cannot be done.
    async fn forget(&self, email: &EmailAddress) -> Result<(), Error>;
}
