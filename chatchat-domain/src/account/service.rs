use std::sync::Arc;
use std::time::Duration;

use tracing::instrument;

use crate::account::codes::{CODE_TRIES, FIVE_AN_HOUR, ONE_A_MINUTE};
use crate::account::{
    Account, AccountRepository, Bio, CodePurpose, CodeStore, EmailAddress, EmailCode, NewAccount, Password,
    ProfileChange, StoredCode, User, UserName,
};
use crate::error::{Error, Refusal};
use crate::event::Tell as _;
use crate::id::UserId;
use crate::outbox::{OutboxRepository, Owed};
use crate::page::{Page, PageRequest};
use crate::ports::{
    Cache, Clock, EventBus, ImageCodec, Mail, Mailer, Object, ObjectKey, ObjectStore, PasswordHasher, Random,
    RateLimiter,
};
use crate::secret::ServerSecret;
use crate::session::{Caller, Client, SessionService, Tokens};
use crate::text::Query;

/// A person who wants an account.
#[derive(Debug, Clone)]
pub struct Registration {
    /// Where they get mail.
    pub email: EmailAddress,
    /// The code from that mail.
    pub code: EmailCode,
    /// The password they choose.
    pub password: Password,
    /// What they are called; the address's local part if absent.
    pub name: Option<UserName>,
}

/// How long a URL of a picture is good for, where the store serves pictures itself.
pub const PICTURE_URL_LIFETIME: Duration = Duration::from_secs(600);

/// What whoever has closed their account is called.
const CLOSED: &str = "Deleted user";

/// A picture of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picture {
    /// The picture itself.
    Here(Vec<u8>),
    /// Where it is, for [`PICTURE_URL_LIFETIME`].
    At(String),
}

/// Registration, profiles and passwords.
pub struct AccountService {
    pub(crate) accounts: Arc<dyn AccountRepository>,
    pub(crate) codes: Arc<dyn CodeStore>,
    pub(crate) sessions: Arc<SessionService>,
    pub(crate) passwords: Arc<dyn PasswordHasher>,
    pub(crate) mailer: Arc<dyn Mailer>,
    pub(crate) images: Arc<dyn ImageCodec>,
    pub(crate) objects: Arc<dyn ObjectStore>,
    pub(crate) outbox: Arc<dyn OutboxRepository>,
    pub(crate) cache: Arc<dyn Cache>,
    pub(crate) bus: Arc<dyn EventBus>,
    pub(crate) limiter: Arc<dyn RateLimiter>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) secret: ServerSecret,
}

impl AccountService {
    /// Mails a code that proves who reads the address's mail. What the caller sees does not tell whether the
    /// address has an account: registering one that has gets a notice instead, resetting one that has not gets
    /// nothing.
    ///
    /// # Errors
    /// [`Error::RateLimited`] for an address (one a minute, five an hour); [`Error::Unavailable`].
    #[instrument(level = "debug", name = "accounts.send_code", skip_all)]
    pub async fn send_code(&self, email: EmailAddress, purpose: CodePurpose) -> Result<(), Error> {
        self.limiter.check(ONE_A_MINUTE, &email.key()).await?;
        self.limiter.check(FIVE_AN_HOUR, &email.key()).await?; // last: no refused call counts against the hour
        let code = EmailCode::generate(&*self.random);
        let stored =
            StoredCode { hash: code.keyed_hash(&self.secret, &email, purpose), created_at: self.clock.now() };
        let known = self.accounts.credentials(&email).await?.is_some();
        self.codes.keep(&email, purpose, stored).await?;
        match (purpose, known) {
            (CodePurpose::Register, true) => self.mailer.send(Mail::AlreadyRegistered { to: email }).await,
            (CodePurpose::ResetPassword, false) => Ok(()),
            _ => self.mailer.send(Mail::Code { to: email, purpose, code }).await,
        }
    }

    /// Makes an account for the owner of the address and logs them in.
    ///
    /// # Errors
    /// [`Refusal::InvalidCode`]; [`Refusal::EmailTaken`] if another registration of the address was faster.
    #[instrument(level = "debug", name = "accounts.register", skip_all)]
    pub async fn register(
        &self,
        registration: Registration,
        client: Client,
    ) -> Result<(Account, Tokens), Error> {
        let Registration { email, code, password, name } = registration;
        self.redeem(&email, CodePurpose::Register, &code).await?;
        let account = NewAccount {
            id: UserId::generate(&*self.clock, &*self.random),
            name: name.map_or_else(|| name_from(&email), Ok)?,
            password: Some(self.passwords.hash(password).await?),
            created_at: self.clock.now(),
            email,
        };
        let (session, tokens) = self.sessions.prepare(account.id, client)?;
        let account = self.accounts.create(account, session).await?;
        Ok((account, tokens))
    }

    /// Sets a new password for the owner of the address; every session of theirs ends.
    ///
    /// # Errors
    /// [`Refusal::InvalidCode`].
    #[instrument(level = "debug", name = "accounts.reset_password", skip_all)]
    pub async fn reset_password(
        &self,
        email: EmailAddress,
        code: EmailCode,
        new: Password,
    ) -> Result<(), Error> {
        self.redeem(&email, CodePurpose::ResetPassword, &code).await?;
        let credentials = self.accounts.credentials(&email).await?.ok_or(Refusal::InvalidCode)?;
        let hash = self.passwords.hash(new).await?;
        let ended = self.accounts.set_password(credentials.user, hash, None, self.clock.now()).await?;
        self.sessions.forget(&ended.value).await;
        self.bus.tell(ended).await;
        Ok(())
    }

    /// Changes the caller's own password; all their other sessions end.
    ///
    /// # Errors
    /// [`Refusal::InvalidCredentials`] when `current` is wrong, or missing where a password is set.
    #[instrument(level = "debug", name = "accounts.change_password", skip_all)]
    pub async fn change_password(
        &self,
        caller: Caller,
        current: Option<Password>,
        new: Password,
    ) -> Result<(), Error> {
        self.ensure_own_password(caller, current).await?;
        let hash = self.passwords.hash(new).await?;
        let ended =
            self.accounts.set_password(caller.user, hash, Some(caller.session), self.clock.now()).await?;
        self.sessions.forget(&ended.value).await;
        self.bus.tell(ended).await;
        Ok(())
    }

    /// Closes the caller's account. What they have written stays, under the name of nobody; they leave all that they are
    /// in within a moment.
    ///
    /// # Errors
    /// [`Refusal::InvalidCredentials`] when `password` is wrong, or missing where one is set.
    #[instrument(level = "debug", name = "accounts.close", skip_all)]
    pub async fn close(&self, caller: Caller, password: Option<Password>) -> Result<(), Error> {
        self.ensure_own_password(caller, password).await?;
        let closed = self.accounts.close(caller.user, UserName::new(CLOSED)?, self.clock.now()).await?;
        self.sessions.forget(&closed.value).await;
        self.cache.forget_profile(caller.user).await;
        self.bus.tell(closed).await;
        Ok(())
    }

    /// The caller's own account.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "accounts.me", skip_all)]
    pub async fn me(&self, caller: Caller) -> Result<Account, Error> {
        self.accounts.account(caller.user).await
    }

    /// Changes the caller's name or self-description.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "accounts.change_profile", skip_all)]
    pub async fn change_profile(
        &self,
        caller: Caller,
        name: Option<UserName>,
        bio: Option<Bio>,
    ) -> Result<Account, Error> {
        self.change(caller, ProfileChange { name, bio, avatar: None }).await
    }

    /// Sets the caller's picture from an uploaded image of any supported format.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it is no image, or too large a one.
    #[instrument(level = "debug", name = "accounts.set_avatar", skip_all)]
    pub async fn set_avatar(&self, caller: Caller, image: Vec<u8>) -> Result<Account, Error> {
        let picture = self.images.avatar(image).await?;
        let key = ObjectKey::avatar(&*self.random);
        self.outbox.owe(Owed::removal_unless_used(key.clone(), self.clock.now())).await?;
        self.objects.put(&key, Object::picture(picture)).await?;
        self.replace_avatar(caller, Some(key)).await
    }

    /// Removes the caller's picture.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "accounts.remove_avatar", skip_all)]
    pub async fn remove_avatar(&self, caller: Caller) -> Result<Account, Error> {
        self.replace_avatar(caller, None).await
    }

    /// The picture with this key, as JPEG. Keys cannot be guessed, and everybody may see who has one.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    #[instrument(level = "debug", name = "accounts.avatar", skip_all)]
    pub async fn avatar(&self, key: &ObjectKey) -> Result<Picture, Error> {
        if let Some(url) = self.objects.signed_url(key, PICTURE_URL_LIFETIME).await? {
            return Ok(Picture::At(url));
        }
        let bytes = self.objects.get(key).await?;
        Ok(Picture::Here(bytes.ok_or(Refusal::NotFound)?))
    }

    /// The person with this id.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    #[instrument(level = "debug", name = "accounts.user", skip_all)]
    pub async fn user(&self, user: UserId) -> Result<User, Error> {
        if let Some(profile) = self.cache.profile(user).await {
            return Ok(profile);
        }
        let profile = self.accounts.account(user).await?.user;
        self.cache.remember_profile(profile.clone()).await;
        Ok(profile)
    }

    /// People by exact e-mail address or by a part of their name.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "accounts.search", skip_all)]
    pub async fn search(&self, query: &str, page: PageRequest) -> Result<Page<User>, Error> {
        self.accounts.search(&Query::new(query)?, EmailAddress::new(query).ok(), page).await
    }

    /// Forgets that codes were mailed to the address and tried.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn forget_codes(&self, email: &EmailAddress) -> Result<(), Error> {
        for limit in [ONE_A_MINUTE, FIVE_AN_HOUR] {
            self.limiter.forget(limit, &email.key()).await?;
        }
        self.codes.forget(email).await
    }

    /// Uses the code up.
    ///
    /// # Errors
    /// [`Refusal::InvalidCode`]
    pub(crate) async fn redeem(
        &self,
        email: &EmailAddress,
        purpose: CodePurpose,
        code: &EmailCode,
    ) -> Result<(), Error> {
        let hash = code.keyed_hash(&self.secret, email, purpose);
        let redeemed = self.codes.redeem(email, purpose, hash, CODE_TRIES, self.clock.now()).await?;
        if redeemed { Ok(()) } else { Err(Refusal::InvalidCode.into()) }
    }

    /// Whoever holds the caller's token also knows their password, if they have one.
    async fn ensure_own_password(&self, caller: Caller, password: Option<Password>) -> Result<(), Error> {
        let credentials = self.accounts.credentials_of(caller.user).await?;
        if credentials.password.is_some() {
            let password = password.ok_or(Refusal::InvalidCredentials)?;
            if !self.passwords.verify(password, credentials.password).await? {
                return Err(Refusal::InvalidCredentials.into());
            }
        }
        Ok(())
    }

    async fn replace_avatar(&self, caller: Caller, key: Option<ObjectKey>) -> Result<Account, Error> {
        self.change(caller, ProfileChange { avatar: Some(key), ..ProfileChange::default() }).await
    }

    async fn change(&self, caller: Caller, change: ProfileChange) -> Result<Account, Error> {
        let account = self.accounts.change_profile(caller.user, change, self.clock.now()).await?;
        self.cache.forget_profile(caller.user).await;
        Ok(account)
    }
}

/// What somebody is called who has not said so.
pub(crate) fn name_from(email: &EmailAddress) -> Result<UserName, Error> {
    let local = email.as_str().rsplit_once('@').map_or(email.as_str(), |(local, _)| local);
    Ok(UserName::new(local)?)
}
