use std::sync::Arc;
use std::time::Duration;

use tracing::instrument;

use crate::account::{AccountService, EmailAddress};
use crate::admin::{
    Action, AdminRepository, AuditEntry, KeyKeeper, KeyState, Note, Operator, OwedWork, PeopleQuery, Person,
    Reason, SigningKey,
};
use crate::error::{Error, Refusal};
use crate::event::{Committed, Tell as _};
use crate::group::Group;
use crate::id::{AuditEntryId, GroupId, SessionId, UserId, WorkId};
use crate::page::{Limit, Page, PageRequest};
use crate::ports::{Clock, EventBus, Random};
use crate::session::{Session, SessionRepository, SessionService};
use crate::text::Query;

/// What operators see and do.
pub struct AdminService {
    pub(crate) admin: Arc<dyn AdminRepository>,
    pub(crate) accounts: Arc<AccountService>,
    pub(crate) sessions: Arc<SessionService>,
    pub(crate) living: Arc<dyn SessionRepository>,
    pub(crate) keys: Arc<dyn KeyKeeper>,
    pub(crate) bus: Arc<dyn EventBus>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    /// How long an access token is good.
    pub(crate) token_lifetime: Duration,
}

impl AdminService {
    /// People by exact e-mail address or by a part of their name; without a query all of them, the newest first.
    ///
    /// # Errors
    /// A violation of `query` when it is too long.
    #[instrument(level = "debug", name = "admin.people", skip_all)]
    pub async fn people(&self, query: &str, page: PageRequest) -> Result<Page<Person>, Error> {
        self.admin.people(PeopleQuery::new(query)?, page).await
    }

    /// A person and their sessions, the newest first, at most as many as a page holds.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    #[instrument(level = "debug", name = "admin.person", skip_all)]
    pub async fn person(&self, user: UserId) -> Result<(Person, Vec<Session>), Error> {
        let person = self.admin.person(user).await?;
        let newest = PageRequest { limit: Limit::MAX, cursor: None };
        let sessions = self.living.list(user, self.clock.now(), newest).await?;
        Ok((person, sessions.items))
    }

    /// Lets a person neither log in nor stay logged in: their sockets on all nodes are closed.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    #[instrument(level = "debug", name = "admin.suspend", skip_all)]
    pub async fn suspend(
        &self,
        operator: Operator,
        user: UserId,
        reason: Option<Reason>,
    ) -> Result<Person, Error> {
        let note = self.note_of(operator, Action::Suspend(user, reason));
        let ended = self.admin.suspend(user, note).await?;
        self.tell_of_ended(ended).await;
        self.admin.person(user).await
    }

    /// Lets a person log in again.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    #[instrument(level = "debug", name = "admin.reinstate", skip_all)]
    pub async fn reinstate(&self, operator: Operator, user: UserId) -> Result<(), Error> {
        self.admin.reinstate(user, self.note_of(operator, Action::Reinstate(user))).await
    }

    /// Logs a person out everywhere.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    #[instrument(level = "debug", name = "admin.end_sessions", skip_all)]
    pub async fn end_sessions(&self, operator: Operator, user: UserId) -> Result<(), Error> {
        let note = self.note_of(operator, Action::EndSessions(user));
        let ended = self.admin.end_sessions(user, note).await?;
        self.tell_of_ended(ended).await;
        Ok(())
    }

    /// Groups by a part of their name; without a query all of them, the newest first.
    ///
    /// # Errors
    /// A violation of `query` when it is too long.
    #[instrument(level = "debug", name = "admin.groups", skip_all)]
    pub async fn groups(&self, query: &str, page: PageRequest) -> Result<Page<Group>, Error> {
        let query = (!query.trim().is_empty()).then(|| Query::new(query)).transpose()?;
        self.admin.groups(query, page).await
    }

    /// A group.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    #[instrument(level = "debug", name = "admin.group", skip_all)]
    pub async fn group(&self, group: GroupId) -> Result<Group, Error> {
        self.admin.group(group).await
    }

    /// Deletes a group, whoever owns it.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    #[instrument(level = "debug", name = "admin.delete_group", skip_all)]
    pub async fn delete_group(&self, operator: Operator, group: GroupId) -> Result<(), Error> {
        let note = self.note_of(operator, Action::DeleteGroup(group));
        let deleted = self.admin.delete_group(group, note).await?;
        self.bus.tell(deleted).await;
        Ok(())
    }

    /// Gives a group to one of its members.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no such group, or no such member of it.
    #[instrument(level = "debug", name = "admin.transfer_group", skip_all)]
    pub async fn transfer_group(
        &self,
        operator: Operator,
        group: GroupId,
        new_owner: UserId,
    ) -> Result<Group, Error> {
        let note = self.note_of(operator, Action::TransferGroup(group, new_owner));
        let transferred = self.admin.transfer_group(group, new_owner, note).await?;
        Ok(self.bus.tell(transferred).await)
    }

    /// The keys that sign access tokens.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "admin.keys", skip_all)]
    pub async fn keys(&self) -> Result<Vec<SigningKey>, Error> {
        self.keys.list(self.clock.now()).await
    }

    /// Has access tokens signed with a new key as soon as all nodes know it, and goes on to take those that are signed
    /// already.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "admin.rotate_keys", skip_all)]
    pub async fn rotate_keys(&self, operator: Operator) -> Result<SigningKey, Error> {
        let known = self.keys.list(self.clock.now()).await?;
        if let Some(upcoming) = known.into_iter().find(|key| key.state == KeyState::Upcoming) {
            return Ok(upcoming);
        }
        self.admin.note(self.note_of(operator, Action::RotateKeys)).await?;
        self.keys.rotate(self.clock.now(), self.token_lifetime).await
    }

    /// Takes nothing any more that is signed with a key: whoever has such a token refreshes it.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::KeyInUse`] for the key that signs.
    #[instrument(level = "debug", name = "admin.retire_key", skip_all)]
    pub async fn retire_key(&self, operator: Operator, kid: &str) -> Result<(), Error> {
        let now = self.clock.now();
        let key = self.keys.list(now).await?.into_iter().find(|key| key.kid == kid);
        if key.ok_or(Refusal::NotFound)?.state == KeyState::Signing {
            return Err(Refusal::KeyInUse.into());
        }
        self.admin.note(self.note_of(operator, Action::RetireKey(kid.to_owned()))).await?;
        self.keys.retire(kid, now).await
    }

    /// Owed work: what was given up, or what is still to be done.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "admin.work", skip_all)]
    pub async fn work(&self, dead: bool, page: PageRequest) -> Result<Page<OwedWork>, Error> {
        self.admin.work(dead, page).await
    }

    /// Has owed work tried again at once.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::TooLate`] for a code that was given up.
    #[instrument(level = "debug", name = "admin.retry", skip_all)]
    pub async fn retry(&self, operator: Operator, work: WorkId) -> Result<(), Error> {
        self.admin.retry(work, self.note_of(operator, Action::RetryWork(work))).await
    }

    /// Lets an address ask for codes, and try them, as if it never had. A code that was mailed before is worth nothing
    /// any more.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "admin.clear_code_limits", skip_all)]
    pub async fn clear_code_limits(&self, operator: Operator, email: EmailAddress) -> Result<(), Error> {
        self.admin.note(self.note_of(operator, Action::ClearCodeLimits(email.clone()))).await?;
        self.accounts.forget_codes(&email).await
    }

    /// What operators have done, the newest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "admin.audit", skip_all)]
    pub async fn audit(&self, page: PageRequest) -> Result<Page<AuditEntry>, Error> {
        self.admin.audit(page).await
    }

    fn note_of(&self, operator: Operator, action: Action) -> Note {
        let id = AuditEntryId::generate(&*self.clock, &*self.random);
        Note { id, at: self.clock.now(), operator, action }
    }

    async fn tell_of_ended(&self, ended: Committed<Vec<SessionId>>) {
        self.sessions.forget(&ended.value).await;
        self.bus.tell(ended).await;
    }
}
