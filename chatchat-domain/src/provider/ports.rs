use async_trait::async_trait;

use super::{CodeChallenge, NewSubject, Scope, Subject, Username};
use crate::account::PasswordHash;
use crate::error::Error;
use crate::id::{GrantId, SubjectId};
use crate::time::Timestamp;

/// Who a token speaks for, and for which client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenOwner {
    /// Whose data.
    pub subject: SubjectId,
    /// For whom.
    pub client: String,
    /// Which data.
    pub scope: Scope,
    /// What the client has asked to see in the ID token.
    pub nonce: Option<String>,
    /// When the person has logged in.
    pub authenticated_at: Timestamp,
}

/// A code that was given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCode {
    /// Its hash.
    pub hash: [u8; 32],
    /// Where it was sent.
    pub redirect_uri: String,
    /// Whether the client had named that place, and must name it again.
    pub redirect_uri_was_given: bool,
    /// What the client's verifier must answer.
    pub challenge: Option<CodeChallenge>,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl StoredCode {
    /// Whether the client shows what it must with the code. A verifier without a challenge is as wrong as a challenge
    /// without a verifier (RFC 9700, section 4.8.2).
    pub fn is_answered_by(&self, redemption: &Redemption) -> bool {
        let goes_there = match &redemption.redirect_uri {
            Some(uri) => *uri == self.redirect_uri,
            None => !self.redirect_uri_was_given,
        };
        self.hash == redemption.code_hash
            && goes_there
            && self.challenge == redemption.challenge
            && self.expires_at > redemption.now
    }
}

/// Something granted, and what has come of it so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGrant {
    /// Which.
    pub id: GrantId,
    /// By whom, to whom.
    pub owner: TokenOwner,
    /// The code that was given out, if one was.
    pub code: Option<StoredCode>,
    /// The tokens, if they were given out at once.
    pub tokens: Option<IssuedTokens>,
    /// The moment.
    pub created_at: Timestamp,
    /// When it ends unless tokens keep it up.
    pub expires_at: Timestamp,
}

/// Tokens that are given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedTokens {
    /// The access token's hash.
    pub access_hash: [u8; 32],
    /// When it ends.
    pub access_expires_at: Timestamp,
    /// The refresh token's hash, if there is one.
    pub refresh_hash: Option<[u8; 32]>,
    /// When the grant ends unless it is renewed.
    pub expires_at: Timestamp,
}

/// A code that a client brings, and the tokens to give for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "see `StoredCode` and `IssuedTokens`")]
pub struct Redemption {
    pub grant: GrantId,
    pub client: String,
    pub code_hash: [u8; 32],
    pub redirect_uri: Option<String>,
    pub challenge: Option<CodeChallenge>,
    pub tokens: IssuedTokens,
    pub now: Timestamp,
}

/// What came of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redeemed {
    /// The tokens are good.
    Granted(TokenOwner),
    /// It had been used before: all that it gave is worth nothing any more.
    Reused,
    /// It is none, not this client's, too late, or what must come with it is wrong. Nothing has changed.
    Unknown,
}

/// A refresh token that a client brings, and the tokens to give for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "see `IssuedTokens`")]
pub struct Renewal {
    pub grant: GrantId,
    pub client: String,
    pub presented: [u8; 32],
    pub tokens: IssuedTokens,
    pub now: Timestamp,
}

/// What came of a refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renewed {
    /// The tokens are good, the one that was brought is not any more.
    Granted(TokenOwner),
    /// It had been used before: the grant has ended.
    Reused,
    /// It is none, not this client's, or too late.
    Unknown,
}

/// Keeps the third party's accounts, and what they have granted. Every method returns [`Error::Unavailable`] when the
/// store does not answer in time.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait ProviderRepository: Send + Sync {
    /// Makes an account. False if the username, in any case, has one.
    async fn create(&self, subject: NewSubject) -> Result<bool, Error>;

    /// The account with this username, in any case, and its password's hash.
    async fn credentials(&self, username: &Username) -> Result<Option<(SubjectId, PasswordHash)>, Error>;

    /// The account.
    async fn subject(&self, id: SubjectId) -> Result<Option<Subject>, Error>;

    /// Stores a grant, and forgets those of the same account that have ended.
    async fn grant(&self, grant: NewGrant) -> Result<(), Error>;

    /// Gives tokens for a code, in one transaction: if the code [is answered](StoredCode::is_answered_by) and not used
    /// yet. If it was, the grant ends with all its tokens. Of two at once, one gets tokens, and the other ends them.
    async fn redeem(&self, redemption: Redemption) -> Result<Redeemed, Error>;

    /// Gives tokens for a refresh token, in one transaction: if it is the grant's current one. If it is not, and the
    /// grant lives, the grant ends with all its tokens.
    async fn renew(&self, renewal: Renewal) -> Result<Renewed, Error>;

    /// Who the access token with this hash speaks for, and until when, if it is good at `now`.
    async fn access(&self, hash: [u8; 32], now: Timestamp) -> Result<Option<(TokenOwner, Timestamp)>, Error>;

    /// Who the refresh token with this hash speaks for, and until when, if it is the grant's current one at `now`.
    async fn refresh(
        &self,
        grant: GrantId,
        hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<(TokenOwner, Timestamp)>, Error>;

    /// Ends the grant with all its tokens, if it is this client's.
    async fn end(&self, grant: GrantId, client: &str) -> Result<(), Error>;
}

/// What an ID token says (OpenID Connect Core, section 2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdClaims {
    /// Who has logged in (`sub`).
    pub subject: SubjectId,
    /// For whom it is (`aud`).
    pub client: String,
    /// What the client has asked to see in it.
    pub nonce: Option<String>,
    /// When the person has logged in (`auth_time`), whole seconds.
    pub authenticated_at: Timestamp,
    /// When it was made (`iat`), whole seconds.
    pub issued_at: Timestamp,
    /// When it ends (`exp`), whole seconds.
    pub expires_at: Timestamp,
}

/// Signs ID tokens.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
pub trait IdTokenIssuer: Send + Sync {
    /// A signed token that says so.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be signed.
    fn issue(&self, claims: &IdClaims) -> Result<String, Error>;
}
