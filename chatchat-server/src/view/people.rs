use chatchat_domain::account::{Account, EmailAddress, User};
use chatchat_domain::friend::{Friend, FriendRequest, Remark};
use chatchat_domain::session::{Session, Tokens};
use chatchat_domain::{ConversationId, FriendRequestId, SessionId, UserId};
use serde::Serialize;

use super::{Time, Urls, id};

/// A person as everybody sees them.
#[derive(Debug, Serialize)]
pub struct UserView<'a> {
    #[serde(serialize_with = "id")]
    id: UserId,
    name: &'a str,
    avatar_url: Option<String>,
    bio: &'a str,
}

/// A person as they see themselves.
#[derive(Debug, Serialize)]
pub struct MeView<'a> {
    #[serde(flatten)]
    user: UserView<'a>,
    email: Option<&'a str>,
    has_password: bool,
    created_at: Time,
}

/// What a client holds of its session.
#[derive(Debug, Serialize)]
pub struct TokensView<'a> {
    token_type: &'static str,
    access_token: &'a str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    refresh_expires_in: u64,
}

impl<'a> From<&'a Tokens> for TokensView<'a> {
    fn from(tokens: &'a Tokens) -> Self {
        Self {
            token_type: "Bearer",
            access_token: &tokens.access_token,
            expires_in: tokens.expires_in.as_secs(),
            refresh_token: Some(&tokens.refresh_token),
            refresh_expires_in: tokens.refresh_expires_in.as_secs(),
        }
    }
}

/// What holds tokens of which the client is not to be told all, as its browser keeps that.
pub trait WithoutRefreshToken {
    /// The same without the refresh token.
    #[must_use]
    fn without_refresh_token(self) -> Self;
}

impl WithoutRefreshToken for TokensView<'_> {
    fn without_refresh_token(self) -> Self {
        Self { refresh_token: None, ..self }
    }
}

impl WithoutRefreshToken for LoggedInView<'_> {
    fn without_refresh_token(self) -> Self {
        Self { tokens: self.tokens.without_refresh_token(), ..self }
    }
}

/// Somebody who has just logged in.
#[derive(Debug, Serialize)]
pub struct LoggedInView<'a> {
    user: MeView<'a>,
    tokens: TokensView<'a>,
}

/// A session as its owner sees it.
#[derive(Debug, Serialize)]
pub struct SessionView<'a> {
    #[serde(serialize_with = "id")]
    id: SessionId,
    device: Option<&'a str>,
    ip: &'a str,
    created_at: Time,
    last_seen_at: Time,
    current: bool,
}

impl<'a> SessionView<'a> {
    /// The session, seen from within the session `current`.
    pub fn new(session: &'a Session, current: SessionId) -> Self {
        Self {
            id: session.id,
            device: session.client.device.as_deref(),
            ip: &session.client.ip,
            created_at: Time(session.created_at),
            last_seen_at: Time(session.last_seen_at),
            current: session.id == current,
        }
    }
}

/// A friend request.
#[derive(Debug, Serialize)]
pub struct FriendRequestView<'a> {
    #[serde(serialize_with = "id")]
    id: FriendRequestId,
    from: UserView<'a>,
    to: UserView<'a>,
    note: &'a str,
    status: &'static str,
    created_at: Time,
}

/// A friend.
#[derive(Debug, Serialize)]
pub struct FriendView<'a> {
    user: UserView<'a>,
    remark: Option<&'a str>,
    #[serde(serialize_with = "id")]
    conversation_id: ConversationId,
    since: Time,
    online: bool,
    last_seen_at: Option<Time>,
}

impl Urls {
    /// The person as everybody sees them.
    pub fn user<'a>(&self, user: &'a User) -> UserView<'a> {
        UserView {
            id: user.id,
            name: user.name.as_str(),
            avatar_url: self.picture(user.avatar.as_ref()),
            bio: user.bio.as_str(),
        }
    }

    /// The person as they see themselves.
    pub fn me<'a>(&self, account: &'a Account) -> MeView<'a> {
        MeView {
            user: self.user(&account.user),
            email: account.email.as_ref().map(EmailAddress::as_str),
            has_password: account.has_password,
            created_at: Time(account.created_at),
        }
    }

    /// The person who has just logged in, and their tokens.
    pub fn logged_in<'a>(&self, account: &'a Account, tokens: &'a Tokens) -> LoggedInView<'a> {
        LoggedInView { user: self.me(account), tokens: tokens.into() }
    }

    /// The friend request.
    pub fn friend_request<'a>(&self, request: &'a FriendRequest) -> FriendRequestView<'a> {
        FriendRequestView {
            id: request.id,
            from: self.user(&request.from),
            to: self.user(&request.to),
            note: request.note.as_str(),
            status: request.status.as_str(),
            created_at: Time(request.created_at),
        }
    }

    /// The friend.
    pub fn friend<'a>(&self, friend: &'a Friend) -> FriendView<'a> {
        FriendView {
            user: self.user(&friend.user),
            remark: friend.remark.as_ref().map(Remark::as_str),
            conversation_id: friend.conversation,
            since: Time(friend.since),
            online: friend.presence.online,
            last_seen_at: friend.presence.last_seen_at.map(Time),
        }
    }
}
