//! Domain values as JSON, as nodes of one service tell them each other. Each `…Json` says how its namesake is
//! written; what cannot be read back is refused, as what was written was valid.

mod forms;

use chatchat_domain::account::{Bio, User, UserName};
use chatchat_domain::conversation::{
    Body, ClientId, Content, Conversation, ConversationKind, ConversationSettings, Mentions, Message,
    Reaction, Rev, Seq,
};
use chatchat_domain::event::{Audience, Change, Event, News, RemovalReason, Signal, UserRev};
use chatchat_domain::friend::{Friend, FriendRequest, FriendRequestStatus, Note, Remark};
use chatchat_domain::group::{Description, Group, GroupName, GroupView, History, JoinPolicy, Member, Role};
use chatchat_domain::ports::{ObjectKey, PresenceOf};
use chatchat_domain::{ConversationId, FriendRequestId, GroupId, SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::trace::TraceContext;
use forms::{content, maybe_seq, maybe_text, mentions, reactions, text, texts};

/// An event in a list of events, and the `traceparent` of who tells it, which versions that do not know it pass over.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Carried {
    Conversation {
        #[serde(with = "text")]
        conversation: ConversationId,
        #[serde(with = "RevJson")]
        rev: Rev,
        #[serde(with = "ChangeJson")]
        change: Change,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        traceparent: Option<String>,
    },
    Personal {
        #[serde(with = "text")]
        user: UserId,
        #[serde(with = "UserRevJson")]
        rev: UserRev,
        #[serde(with = "NewsJson")]
        news: News,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        traceparent: Option<String>,
    },
    Ephemeral {
        #[serde(with = "AudienceJson")]
        audience: Audience,
        #[serde(with = "SignalJson")]
        signal: Signal,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        traceparent: Option<String>,
    },
}

impl Carried {
    /// The event, told at this place in a trace.
    pub(super) fn new(event: Event, trace: Option<&TraceContext>) -> Self {
        let traceparent = trace.map(ToString::to_string);
        match event {
            Event::Conversation { conversation, rev, change } => {
                Self::Conversation { conversation, rev, change, traceparent }
            }
            Event::Personal { user, rev, news } => Self::Personal { user, rev, news, traceparent },
            Event::Ephemeral { audience, signal } => Self::Ephemeral { audience, signal, traceparent },
        }
    }

    /// The event, and where it was told, if that is known.
    pub(super) fn take(self) -> (Event, Option<TraceContext>) {
        let (event, traceparent) = match self {
            Self::Conversation { conversation, rev, change, traceparent } => {
                (Event::Conversation { conversation, rev, change }, traceparent)
            }
            Self::Personal { user, rev, news, traceparent } => {
                (Event::Personal { user, rev, news }, traceparent)
            }
            Self::Ephemeral { audience, signal, traceparent } => {
                (Event::Ephemeral { audience, signal }, traceparent)
            }
        };
        (event, traceparent.and_then(|text| text.parse().ok()))
    }
}

/// A profile.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Profile(#[serde(with = "UserJson")] pub(super) User);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Change", rename_all = "snake_case")]
enum ChangeJson {
    Message(#[serde(with = "shared_message")] std::sync::Arc<Message>),
    MessageUpdated(#[serde(with = "shared_message")] std::sync::Arc<Message>),
    Member(#[serde(with = "MemberJson")] Member),
    MemberRemoved(#[serde(with = "text")] UserId),
    Group(#[serde(with = "GroupJson")] Group),
    Removed,
    Noop,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "News", rename_all = "snake_case")]
enum NewsJson {
    FriendRequest(#[serde(with = "FriendRequestJson")] FriendRequest),
    Friend(#[serde(with = "FriendJson")] Friend),
    FriendRemoved(#[serde(with = "text")] UserId),
    ConversationAdded(#[serde(with = "boxed_conversation")] Box<Conversation>),
    ConversationRemoved {
        #[serde(with = "text")]
        conversation: ConversationId,
        #[serde(with = "RemovalReasonJson")]
        reason: RemovalReason,
    },
    Read {
        #[serde(with = "text")]
        conversation: ConversationId,
        #[serde(with = "SeqJson")]
        read_seq: Seq,
        unread: u64,
    },
    Settings {
        #[serde(with = "text")]
        conversation: ConversationId,
        #[serde(with = "ConversationSettingsJson")]
        settings: ConversationSettings,
    },
    SessionEnded(#[serde(with = "text")] SessionId),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ConversationSettings")]
struct ConversationSettingsJson {
    muted: bool,
    pinned: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "RemovalReason", rename_all = "snake_case")]
enum RemovalReasonJson {
    Kicked,
    Left,
    Unfriended,
    Deleted,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Audience", rename_all = "snake_case")]
enum AudienceJson {
    Conversation {
        #[serde(with = "text")]
        conversation: ConversationId,
        #[serde(with = "text")]
        except: UserId,
    },
    People(#[serde(with = "texts")] Vec<UserId>),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Signal", rename_all = "snake_case")]
enum SignalJson {
    Receipt {
        #[serde(with = "text")]
        conversation: ConversationId,
        #[serde(with = "text")]
        user: UserId,
        #[serde(with = "SeqJson")]
        read_seq: Seq,
    },
    Typing {
        #[serde(with = "text")]
        conversation: ConversationId,
        #[serde(with = "text")]
        user: UserId,
    },
    Presence {
        #[serde(with = "text")]
        user: UserId,
        #[serde(with = "PresenceOfJson")]
        presence: PresenceOf,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "PresenceOf")]
struct PresenceOfJson {
    online: bool,
    #[serde(with = "maybe_text")]
    last_seen_at: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "User")]
struct UserJson {
    #[serde(with = "text")]
    id: UserId,
    #[serde(with = "text")]
    name: UserName,
    #[serde(with = "maybe_text")]
    avatar: Option<ObjectKey>,
    #[serde(with = "text")]
    bio: Bio,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "FriendRequest")]
struct FriendRequestJson {
    #[serde(with = "text")]
    id: FriendRequestId,
    #[serde(with = "UserJson")]
    from: User,
    #[serde(with = "UserJson")]
    to: User,
    #[serde(with = "text")]
    note: Note,
    #[serde(with = "FriendRequestStatusJson")]
    status: FriendRequestStatus,
    #[serde(with = "text")]
    created_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "FriendRequestStatus", rename_all = "snake_case")]
enum FriendRequestStatusJson {
    Pending,
    Accepted,
    Declined,
    Cancelled,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Friend")]
struct FriendJson {
    #[serde(with = "UserJson")]
    user: User,
    #[serde(with = "maybe_text", default)]
    remark: Option<Remark>,
    #[serde(with = "text")]
    conversation: ConversationId,
    #[serde(with = "text")]
    since: Timestamp,
    #[serde(with = "PresenceOfJson")]
    presence: PresenceOf,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Group")]
struct GroupJson {
    #[serde(with = "text")]
    id: GroupId,
    #[serde(with = "text")]
    name: GroupName,
    #[serde(with = "text")]
    description: Description,
    #[serde(with = "maybe_text", default)]
    avatar: Option<ObjectKey>,
    #[serde(with = "text")]
    owner: UserId,
    #[serde(with = "text")]
    join_policy: JoinPolicy,
    #[serde(with = "text")]
    history: History,
    member_count: u32,
    #[serde(with = "text")]
    created_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "GroupView")]
struct GroupViewJson {
    #[serde(with = "GroupJson")]
    group: Group,
    #[serde(with = "maybe_text")]
    my_role: Option<Role>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Member")]
struct MemberJson {
    #[serde(with = "UserJson")]
    user: User,
    #[serde(with = "text")]
    role: Role,
    #[serde(with = "maybe_text", default)]
    muted_until: Option<Timestamp>,
    #[serde(with = "text")]
    joined_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Conversation")]
struct ConversationJson {
    #[serde(with = "text")]
    id: ConversationId,
    #[serde(with = "ConversationKindJson")]
    kind: ConversationKind,
    #[serde(with = "maybe_message")]
    last_message: Option<Message>,
    #[serde(with = "SeqJson")]
    last_seq: Seq,
    #[serde(with = "RevJson")]
    rev: Rev,
    #[serde(with = "SeqJson")]
    read_seq: Seq,
    unread: u64,
    mentions: u64,
    #[serde(with = "ConversationSettingsJson")]
    settings: ConversationSettings,
    #[serde(with = "SeqJson")]
    floor: Seq,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ConversationKind", rename_all = "snake_case")]
enum ConversationKindJson {
    Direct(#[serde(with = "UserJson")] User),
    Group(#[serde(with = "GroupViewJson")] GroupView),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Message")]
struct MessageJson {
    #[serde(with = "text")]
    conversation: ConversationId,
    #[serde(with = "SeqJson")]
    seq: Seq,
    #[serde(with = "RevJson")]
    rev: Rev,
    #[serde(with = "maybe_text")]
    sender: Option<UserId>,
    #[serde(with = "maybe_text")]
    client_id: Option<ClientId>,
    #[serde(with = "BodyJson")]
    body: Body,
    #[serde(with = "maybe_seq")]
    reply_to: Option<Seq>,
    #[serde(with = "mentions")]
    mentions: Mentions,
    #[serde(with = "reactions")]
    reactions: Vec<Reaction>,
    #[serde(with = "text")]
    created_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Body", rename_all = "snake_case")]
enum BodyJson {
    Present {
        #[serde(with = "content")]
        content: Content,
        #[serde(with = "maybe_text")]
        edited_at: Option<Timestamp>,
    },
    Recalled {
        #[serde(with = "text")]
        at: Timestamp,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Seq")]
struct SeqJson(u64);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Rev")]
struct RevJson(u64);

#[derive(Serialize, Deserialize)]
#[serde(remote = "UserRev")]
struct UserRevJson(u64);

mod shared_message {
    use std::sync::Arc;

    use chatchat_domain::conversation::Message;
    use serde::{Deserializer, Serializer};

    use super::MessageJson;

    pub(super) fn serialize<S: Serializer>(message: &Arc<Message>, to: S) -> Result<S::Ok, S::Error> {
        MessageJson::serialize(message, to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<Message>, D::Error> {
        MessageJson::deserialize(from).map(Arc::new)
    }
}

mod maybe_message {
    use chatchat_domain::conversation::Message;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::MessageJson;

    #[derive(Deserialize)]
    struct Owned(#[serde(with = "MessageJson")] Message);

    #[derive(Serialize)]
    struct Borrowed<'a>(#[serde(serialize_with = "by_reference")] &'a Message);

    fn by_reference<S: Serializer>(message: &&Message, to: S) -> Result<S::Ok, S::Error> {
        MessageJson::serialize(message, to)
    }

    pub(super) fn serialize<S: Serializer>(message: &Option<Message>, to: S) -> Result<S::Ok, S::Error> {
        message.as_ref().map(Borrowed).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Message>, D::Error> {
        Ok(Option::<Owned>::deserialize(from)?.map(|Owned(message)| message))
    }
}

mod boxed_conversation {
    use chatchat_domain::conversation::Conversation;
    use serde::{Deserializer, Serializer};

    use super::ConversationJson;

    pub(super) fn serialize<S: Serializer>(added: &Conversation, to: S) -> Result<S::Ok, S::Error> {
        ConversationJson::serialize(added, to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Box<Conversation>, D::Error> {
        ConversationJson::deserialize(from).map(Box::new)
    }
}

#[cfg(test)]
mod tests;
