//! What clients see: the contract's JSON shapes of the domain's types, over HTTP and WebSocket alike.

use chatchat_domain::account::{Account, User};
use chatchat_domain::conversation::{
    Changes, Content, Conversation, ConversationKind, Head, Message, Notice, ReadCursor,
};
use chatchat_domain::friend::{Friend, FriendRequest};
use chatchat_domain::group::{Group, GroupView, Member, Role};
use chatchat_domain::page::{Cursor, Page};
use chatchat_domain::session::{Session, Tokens};
use chatchat_domain::{SessionId, Timestamp, UserId};
use jiff::fmt::temporal::DateTimePrinter;
use serde::{Serialize, Serializer};

/// Makes the URLs that stand in answers.
#[derive(Debug, Clone)]
pub struct Urls {
    public_url: String,
}

impl Urls {
    /// URLs below `public_url`, which has no slash at its end.
    pub fn new(public_url: String) -> Self {
        Self { public_url }
    }

    /// Where clients find this server.
    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    fn avatar(&self, user: &User) -> Option<String> {
        user.avatar.as_ref().map(|key| format!("{}/media/{key}", self.public_url))
    }
}

/// A moment as RFC 3339, UTC, with milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Time(pub Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));
        let moment = jiff::Timestamp::from_microsecond(self.0.unix_micros()).unwrap_or_default();
        serializer.serialize_str(&PRINTER.timestamp_to_string(&moment))
    }
}

/// Serializes an id as its text.
fn id<S: Serializer>(id: &impl std::fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

fn maybe_id<S: Serializer>(id: &Option<impl std::fmt::Display>, serializer: S) -> Result<S::Ok, S::Error> {
    match id {
        Some(id) => serializer.collect_str(id),
        None => serializer.serialize_none(),
    }
}

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
    refresh_token: &'a str,
    refresh_expires_in: u64,
}

impl<'a> From<&'a Tokens> for TokensView<'a> {
    fn from(tokens: &'a Tokens) -> Self {
        Self {
            token_type: "Bearer",
            access_token: &tokens.access_token,
            expires_in: tokens.expires_in.as_secs(),
            refresh_token: &tokens.refresh_token,
            refresh_expires_in: tokens.refresh_expires_in.as_secs(),
        }
    }
}

/// Somebody who has just logged in.
#[derive(Debug, Serialize)]
pub struct LoggedInView<'a> {
    user: MeView<'a>,
    tokens: TokensView<'a>,
}

/// A page of a list.
#[derive(Debug, Serialize)]
pub struct ListView<V> {
    items: Vec<V>,
    next_cursor: Option<String>,
}

/// The page, each of its items seen through `view`.
pub fn list<'a, T, V>(page: &'a Page<T>, view: impl FnMut(&'a T) -> V) -> ListView<V> {
    ListView {
        items: page.items.iter().map(view).collect(),
        next_cursor: page.next.as_ref().map(Cursor::encode),
    }
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
    id: chatchat_domain::FriendRequestId,
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
    conversation_id: chatchat_domain::ConversationId,
    since: Time,
    online: bool,
    last_seen_at: Option<Time>,
}

/// A group; `my_role` stands in it where it is one person's view.
#[derive(Debug, Serialize)]
pub struct GroupJson<'a> {
    #[serde(serialize_with = "id")]
    id: chatchat_domain::GroupId,
    name: &'a str,
    description: &'a str,
    avatar_url: Option<&'a str>,
    #[serde(serialize_with = "id")]
    owner_id: UserId,
    join_policy: &'static str,
    history: &'static str,
    member_count: u32,
    created_at: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    my_role: Option<Option<&'static str>>,
}

impl<'a> From<&'a Group> for GroupJson<'a> {
    fn from(group: &'a Group) -> Self {
        Self {
            id: group.id,
            name: group.name.as_str(),
            description: group.description.as_str(),
            avatar_url: None,
            owner_id: group.owner,
            join_policy: group.join_policy.as_str(),
            history: group.history.as_str(),
            member_count: group.member_count,
            created_at: Time(group.created_at),
            my_role: None,
        }
    }
}

impl<'a> From<&'a GroupView> for GroupJson<'a> {
    fn from(view: &'a GroupView) -> Self {
        Self { my_role: Some(view.my_role.map(Role::as_str)), ..Self::from(&view.group) }
    }
}

/// Somebody in a conversation.
#[derive(Debug, Serialize)]
pub struct MemberView<'a> {
    user: UserView<'a>,
    role: &'static str,
    muted_until: Option<Time>,
    joined_at: Time,
}

/// A message.
#[derive(Debug, Serialize)]
pub struct MessageView<'a> {
    #[serde(serialize_with = "id")]
    conversation_id: chatchat_domain::ConversationId,
    seq: u64,
    rev: u64,
    #[serde(serialize_with = "maybe_id")]
    sender_id: Option<UserId>,
    client_id: Option<&'a str>,
    content: ContentView<'a>,
    reply_to: Option<u64>,
    mentions: [&'a str; 0],
    reactions: [&'a str; 0],
    created_at: Time,
    edited_at: Option<Time>,
    recalled_at: Option<Time>,
}

impl<'a> From<&'a Message> for MessageView<'a> {
    fn from(message: &'a Message) -> Self {
        Self {
            conversation_id: message.conversation,
            seq: message.seq.0,
            rev: message.rev.0,
            sender_id: message.sender,
            client_id: message.client_id.as_ref().map(chatchat_domain::conversation::ClientId::as_str),
            content: ContentView::from(&message.content),
            reply_to: None,
            mentions: [],
            reactions: [],
            created_at: Time(message.created_at),
            edited_at: None,
            recalled_at: None,
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ContentView<'a> {
    Text { text: &'a str },
    System(NoticeView<'a>),
}

#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum NoticeView<'a> {
    MemberJoined {
        #[serde(serialize_with = "id")]
        user_id: UserId,
    },
    MemberLeft {
        #[serde(serialize_with = "id")]
        user_id: UserId,
    },
    MemberKicked {
        #[serde(serialize_with = "id")]
        user_id: UserId,
        #[serde(serialize_with = "id")]
        by: UserId,
    },
    GroupRenamed {
        name: &'a str,
        #[serde(serialize_with = "id")]
        by: UserId,
    },
    OwnerChanged {
        #[serde(serialize_with = "id")]
        user_id: UserId,
    },
}

impl<'a> From<&'a Content> for ContentView<'a> {
    fn from(content: &'a Content) -> Self {
        match content {
            Content::Text(text) => Self::Text { text: text.as_str() },
            Content::System(notice) => Self::System(match notice {
                Notice::MemberJoined { user } => NoticeView::MemberJoined { user_id: *user },
                Notice::MemberLeft { user } => NoticeView::MemberLeft { user_id: *user },
                Notice::MemberKicked { user, by } => NoticeView::MemberKicked { user_id: *user, by: *by },
                Notice::GroupRenamed { name, by } => NoticeView::GroupRenamed { name, by: *by },
                Notice::OwnerChanged { user } => NoticeView::OwnerChanged { user_id: *user },
            }),
        }
    }
}

/// A conversation as one of its members sees it.
#[derive(Debug, Serialize)]
pub struct ConversationView<'a> {
    #[serde(serialize_with = "id")]
    id: chatchat_domain::ConversationId,
    kind: &'static str,
    title: &'a str,
    avatar_url: Option<String>,
    peer: Option<UserView<'a>>,
    group: Option<GroupJson<'a>>,
    last_message: Option<MessageView<'a>>,
    last_seq: u64,
    rev: u64,
    read_seq: u64,
    unread: u64,
    mentions: u64,
    muted: bool,
    pinned: bool,
}

/// Where a conversation stands.
#[derive(Debug, Serialize)]
pub struct HeadView {
    #[serde(serialize_with = "id")]
    id: chatchat_domain::ConversationId,
    last_seq: u64,
    rev: u64,
    read_seq: u64,
    unread: u64,
}

impl From<&Head> for HeadView {
    fn from(head: &Head) -> Self {
        Self {
            id: head.conversation,
            last_seq: head.last_seq.0,
            rev: head.rev.0,
            read_seq: head.read_seq.0,
            unread: head.unread,
        }
    }
}

/// How far a member has read.
#[derive(Debug, Serialize)]
pub struct ReceiptView {
    #[serde(serialize_with = "id")]
    user_id: UserId,
    read_seq: u64,
}

impl From<&ReadCursor> for ReceiptView {
    fn from(cursor: &ReadCursor) -> Self {
        Self { user_id: cursor.user, read_seq: cursor.read_seq.0 }
    }
}

/// What has changed in a conversation.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum ChangesView<'a> {
    /// These have changed.
    Page {
        /// Messages, in rev order.
        messages: Vec<MessageView<'a>>,
        /// Members, in rev order, those that are gone at the end.
        members: Vec<MemberChangeView<'a>>,
        /// The group.
        group: Option<Box<GroupJson<'a>>>,
        /// The conversation's rev.
        head_rev: u64,
        /// Where to go on from.
        through_rev: u64,
        /// Whether there is more.
        has_more: bool,
    },
    /// Fetch afresh.
    Reset {
        /// Always true.
        reset: bool,
        /// The conversation's rev.
        head_rev: u64,
    },
}

/// A member that is changed, or gone.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum MemberChangeView<'a> {
    /// As they are now.
    Current(MemberView<'a>),
    /// Gone.
    Gone {
        /// Who.
        #[serde(serialize_with = "id")]
        user_id: UserId,
        /// Always true.
        removed: bool,
    },
}

impl Urls {
    /// The person as everybody sees them.
    pub fn user<'a>(&self, user: &'a User) -> UserView<'a> {
        UserView {
            id: user.id,
            name: user.name.as_str(),
            avatar_url: self.avatar(user),
            bio: user.bio.as_str(),
        }
    }

    /// The person as they see themselves.
    pub fn me<'a>(&self, account: &'a Account) -> MeView<'a> {
        MeView {
            user: self.user(&account.user),
            email: account.email.as_ref().map(chatchat_domain::account::EmailAddress::as_str),
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
            remark: None,
            conversation_id: friend.conversation,
            since: Time(friend.since),
            online: friend.presence.online,
            last_seen_at: friend.presence.last_seen_at.map(Time),
        }
    }

    /// The member.
    pub fn member<'a>(&self, member: &'a Member) -> MemberView<'a> {
        MemberView {
            user: self.user(&member.user),
            role: member.role.as_str(),
            muted_until: None,
            joined_at: Time(member.joined_at),
        }
    }

    /// The conversation.
    pub fn conversation<'a>(&self, conversation: &'a Conversation) -> ConversationView<'a> {
        let (kind, title, peer, group) = match &conversation.kind {
            ConversationKind::Direct(peer) => ("direct", peer.name.as_str(), Some(peer), None),
            ConversationKind::Group(view) => ("group", view.group.name.as_str(), None, Some(view)),
        };
        ConversationView {
            id: conversation.id,
            kind,
            title,
            avatar_url: peer.and_then(|peer| self.avatar(peer)),
            peer: peer.map(|peer| self.user(peer)),
            group: group.map(GroupJson::from),
            last_message: conversation.last_message.as_ref().map(MessageView::from),
            last_seq: conversation.last_seq.0,
            rev: conversation.rev.0,
            read_seq: conversation.read_seq.0,
            unread: conversation.unread,
            mentions: 0,
            muted: false,
            pinned: false,
        }
    }

    /// What has changed.
    pub fn changes<'a>(&self, changes: &'a Changes) -> ChangesView<'a> {
        match changes {
            Changes::Reset { head } => ChangesView::Reset { reset: true, head_rev: head.0 },
            Changes::Page { messages, members, removed, group, through, head } => ChangesView::Page {
                messages: messages.iter().map(MessageView::from).collect(),
                members: members
                    .iter()
                    .map(|member| MemberChangeView::Current(self.member(member)))
                    .chain(
                        removed.iter().map(|user| MemberChangeView::Gone { user_id: *user, removed: true }),
                    )
                    .collect(),
                group: group.as_deref().map(|group| Box::new(group.into())),
                head_rev: head.0,
                through_rev: through.0,
                has_more: through < head,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_milliseconds_and_end_in_z() {
        let moment = Time(Timestamp::from_unix_micros(1_769_846_400_000_000));
        assert_eq!(serde_json::to_string(&moment).unwrap(), "\"2026-01-31T08:00:00.000Z\"");
    }
}
