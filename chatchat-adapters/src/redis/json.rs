//! Domain values as JSON, as nodes of one service tell them each other. Each `…Json` says how its namesake is
//! written; what cannot be read back is refused, as what was written was valid.

use std::str::FromStr as _;

use chatchat_domain::account::{Bio, User, UserName};
use chatchat_domain::conversation::{
    ClientId, Conversation, ConversationKind, Message, MessageText, Rev, Seq,
};
use chatchat_domain::event::{Audience, Change, Event, News, RemovalReason, Signal, UserRev};
use chatchat_domain::friend::{Friend, FriendRequest, FriendRequestStatus, Note};
use chatchat_domain::group::{Description, Group, GroupName, GroupView, History, JoinPolicy, Member, Role};
use chatchat_domain::ports::{ObjectKey, PresenceOf};
use chatchat_domain::{ConversationId, FriendRequestId, GroupId, SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// An event in a list of events.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Carried(#[serde(with = "EventJson")] pub(super) Event);

/// A profile.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Profile(#[serde(with = "UserJson")] pub(super) User);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Event", rename_all = "snake_case")]
enum EventJson {
    Conversation {
        #[serde(with = "text")]
        conversation: ConversationId,
        #[serde(with = "RevJson")]
        rev: Rev,
        #[serde(with = "ChangeJson")]
        change: Change,
    },
    Personal {
        #[serde(with = "text")]
        user: UserId,
        #[serde(with = "UserRevJson")]
        rev: UserRev,
        #[serde(with = "NewsJson")]
        news: News,
    },
    Ephemeral {
        #[serde(with = "AudienceJson")]
        audience: Audience,
        #[serde(with = "SignalJson")]
        signal: Signal,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Change", rename_all = "snake_case")]
enum ChangeJson {
    Message(#[serde(with = "shared_message")] std::sync::Arc<Message>),
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
    SessionEnded(#[serde(with = "text")] SessionId),
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
    #[serde(with = "content")]
    content: chatchat_domain::conversation::Content,
    #[serde(with = "text")]
    created_at: Timestamp,
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

/// What is written as a string.
trait Text: Sized {
    fn write(&self) -> String;
    fn read(text: &str) -> Result<Self, String>;
}

macro_rules! texts {
    ($($name:ident: $write:ident, $read:ident;)*) => {$(
        impl Text for $name {
            fn write(&self) -> String {
                self.$write().into()
            }

            fn read(text: &str) -> Result<Self, String> {
                Self::$read(text).map_err(|error| error.to_string())
            }
        }
    )*};
}

texts! {
    UserId: to_string, from_str;
    SessionId: to_string, from_str;
    FriendRequestId: to_string, from_str;
    ConversationId: to_string, from_str;
    GroupId: to_string, from_str;
    ObjectKey: as_str, from_str;
    UserName: as_str, new;
    Bio: as_str, new;
    Note: as_str, new;
    GroupName: as_str, new;
    Description: as_str, new;
    MessageText: as_str, new;
    ClientId: as_str, new;
    Role: as_str, parse;
    JoinPolicy: as_str, parse;
    History: as_str, parse;
}

impl Text for Timestamp {
    fn write(&self) -> String {
        self.unix_micros().to_string()
    }

    fn read(text: &str) -> Result<Self, String> {
        text.parse().map(Self::from_unix_micros).map_err(|_| "no moment".to_owned())
    }
}

mod text {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::Text;

    pub(super) fn serialize<T: Text, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&value.write())
    }

    pub(super) fn deserialize<'de, T: Text, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        T::read(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

mod maybe_text {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use super::Text;

    pub(super) fn serialize<T: Text, S: Serializer>(value: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
        value.as_ref().map(T::write).serialize(to)
    }

    pub(super) fn deserialize<'de, T: Text, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| T::read(&text)).transpose().map_err(D::Error::custom)
    }
}

mod texts {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::Text;

    pub(super) fn serialize<T: Text, S: Serializer>(values: &[T], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(values.iter().map(T::write))
    }

    pub(super) fn deserialize<'de, T: Text, D: Deserializer<'de>>(from: D) -> Result<Vec<T>, D::Error> {
        let texts = Vec::<String>::deserialize(from)?;
        texts.iter().map(|text| T::read(text)).collect::<Result<_, _>>().map_err(D::Error::custom)
    }
}

/// Content as the store keeps it: what it is, and what it says.
mod content {
    use chatchat_domain::conversation::Content;
    use serde::de::Error as _;
    use serde::ser::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use crate::stored::content::{decode, encode};

    pub(super) fn serialize<S: Serializer>(content: &Content, to: S) -> Result<S::Ok, S::Error> {
        encode(content).map_err(S::Error::custom)?.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Content, D::Error> {
        let (kind, body) = <(String, String)>::deserialize(from)?;
        decode(&kind, &body).map_err(D::Error::custom)
    }
}

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
mod tests {
    use std::sync::Arc;

    use chatchat_domain::conversation::{Content, Notice};

    use super::*;

    const ANN: UserId = UserId::from_bytes([1; 16]);
    const GROUP: GroupId = GroupId::from_bytes([2; 16]);
    const CONVERSATION: ConversationId = GROUP.conversation();
    const NOW: Timestamp = Timestamp::from_unix_micros(1_735_689_600_123_456);

    fn ann() -> User {
        let avatar = Some(format!("avatars/{}", "0".repeat(32)).parse().unwrap());
        User {
            id: ANN, name: UserName::new("Ann \"上海\"").unwrap(), avatar, bio: Bio::new("Me.").unwrap()
        }
    }

    fn message(content: Content, sender: Option<UserId>) -> Message {
        let client_id = sender.map(|_| ClientId::new("7").unwrap());
        let (seq, rev) = (Seq(3), Rev(u64::MAX));
        Message { conversation: CONVERSATION, seq, rev, sender, client_id, content, created_at: NOW }
    }

    fn group(join_policy: JoinPolicy, history: History) -> Group {
        Group {
            id: GROUP,
            name: GroupName::new("Choir").unwrap(),
            description: Description::new("").unwrap(),
            owner: ANN,
            join_policy,
            history,
            member_count: 3,
            created_at: NOW,
        }
    }

    fn conversation(kind: ConversationKind, last_message: Option<Message>) -> Box<Conversation> {
        let (last_seq, rev, read_seq) = (Seq(3), Rev(5), Seq(1));
        Box::new(Conversation { id: CONVERSATION, kind, last_message, last_seq, rev, read_seq, unread: 2 })
    }

    fn changes() -> Vec<Change> {
        let text = Content::Text(MessageText::new("Hello\n😀").unwrap());
        let member = |role| Change::Member(Member { user: ann(), role, joined_at: NOW });
        let mut changes = vec![
            Change::Message(Arc::new(message(text, Some(ANN)))),
            Change::Message(Arc::new(message(Content::System(Notice::MemberLeft { user: ANN }), None))),
            Change::MemberRemoved(ANN),
            Change::Removed,
            Change::Noop,
        ];
        changes.extend(Role::ALL.iter().map(|role| member(*role)));
        for policy in JoinPolicy::ALL {
            changes.extend(History::ALL.iter().map(|history| Change::Group(group(*policy, *history))));
        }
        changes
    }

    fn news() -> Vec<News> {
        use FriendRequestStatus::{Accepted, Cancelled, Declined, Pending};
        use RemovalReason::{Deleted, Kicked, Left, Unfriended};
        let request = |status| {
            let (id, note) = (FriendRequestId::from_bytes([9; 16]), Note::new("It's me.").unwrap());
            News::FriendRequest(FriendRequest { id, from: ann(), to: ann(), note, status, created_at: NOW })
        };
        let removed = |reason| News::ConversationRemoved { conversation: CONVERSATION, reason };
        let in_group = GroupView { group: group(JoinPolicy::Open, History::All), my_role: Some(Role::Admin) };
        let last = message(Content::System(Notice::OwnerChanged { user: ANN }), None);
        let presence = PresenceOf { online: false, last_seen_at: Some(NOW) };
        let mut news = vec![
            News::Friend(Friend { user: ann(), conversation: CONVERSATION, since: NOW, presence }),
            News::FriendRemoved(ANN),
            News::ConversationAdded(conversation(ConversationKind::Direct(ann()), None)),
            News::ConversationAdded(conversation(ConversationKind::Group(in_group), Some(last))),
            News::Read { conversation: CONVERSATION, read_seq: Seq(2), unread: 1 },
            News::SessionEnded(SessionId::from_bytes([4; 16])),
        ];
        news.extend([Pending, Accepted, Declined, Cancelled].map(request));
        news.extend([Kicked, Left, Unfriended, Deleted].map(removed));
        news
    }

    fn signals() -> Vec<Signal> {
        let online = PresenceOf { online: true, last_seen_at: None };
        vec![
            Signal::Receipt { conversation: CONVERSATION, user: ANN, read_seq: Seq(3) },
            Signal::Typing { conversation: CONVERSATION, user: ANN },
            Signal::Presence { user: ANN, presence: online },
        ]
    }

    fn events() -> Vec<Event> {
        let audiences = [
            Audience::Conversation { conversation: CONVERSATION, except: ANN },
            Audience::People(vec![ANN, UserId::from_bytes([8; 16])]),
            Audience::People(vec![]),
        ];
        let change = |change| Event::Conversation { conversation: CONVERSATION, rev: Rev(1), change };
        let tell = |news| Event::Personal { user: ANN, rev: UserRev(2), news };
        let mut events: Vec<Event> = changes().into_iter().map(change).collect();
        events.extend(news().into_iter().map(tell));
        for audience in audiences {
            let signal = |signal| Event::Ephemeral { audience: audience.clone(), signal };
            events.extend(signals().into_iter().map(signal));
        }
        events
    }

    #[test]
    fn every_event_arrives_as_it_was_sent() {
        for event in events() {
            let json = serde_json::to_string(&Carried(event.clone())).unwrap();
            let Carried(arrived) = serde_json::from_str(&json).unwrap();
            assert_eq!(arrived, event, "{json}");
        }
    }

    #[test]
    fn what_nobody_could_have_sent_is_refused() {
        let json = serde_json::to_string(&Profile(ann())).unwrap();
        assert!(serde_json::from_str::<Profile>(&json).is_ok());
        for (right, wrong) in
            [("Ann", "\\u0007"), ("01010101", "0101"), ("avatars", "secrets"), ("\"bio\"", "\"b\"")]
        {
            let tampered = json.replacen(right, wrong, 1);
            assert!(serde_json::from_str::<Profile>(&tampered).is_err(), "{tampered}");
        }
    }
}
