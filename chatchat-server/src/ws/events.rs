//! From the domain's events to frames, each serialized once for all who get it.

use bytestring::ByteString;
use chatchat_domain::conversation::{Message, Rev};
use chatchat_domain::event::{Change, News, RemovalReason, Signal, UserRev};
use chatchat_domain::{ConversationId, Timestamp};
use serde::Serialize;
use serde_json::json;

use super::outbox::{Delivery, Follow};
use super::protocol::{Place, event};
use crate::view::{MessageView, Time, Urls};

/// The frame of a change of a conversation.
pub(super) fn change(urls: &Urls, conversation: ConversationId, rev: Rev, change: &Change) -> Delivery {
    let place = Place::Conversation(conversation, rev);
    let mut about = None;
    let frame = match change {
        Change::Message(message) => event("message", place, &MessageData { message: (&**message).into() }),
        Change::MessageUpdated(message) => {
            about = Some(message.seq);
            event("message_updated", place, &MessageData { message: (&**message).into() })
        }
        Change::Member(member) => event("member", place, &json!({ "member": urls.member(member) })),
        Change::MemberRemoved(user) => {
            event("member_removed", place, &json!({ "user_id": user.to_string() }))
        }
        Change::Group(group) => event("group", place, &json!({ "group": urls.group(group) })),
        Change::Removed => {
            event("conversation_removed", place, &removed(conversation, RemovalReason::Deleted))
        }
        Change::Noop => noop(conversation, rev),
    };
    Delivery { frame, place, about, follows: None, new: None }
}

/// The frame of a change that is nothing to its receiver.
pub(super) fn noop(conversation: ConversationId, rev: Rev) -> ByteString {
    event("noop", Place::Conversation(conversation, rev), &json!({}))
}

/// The frame of something that concerns one person.
pub(super) fn news(urls: &Urls, rev: UserRev, news: &News) -> Delivery {
    let place = Place::Personal(rev);
    let mut follows = None;
    let frame = match news {
        News::FriendRequest(request) => {
            event("friend_request", place, &json!({ "request": urls.friend_request(request) }))
        }
        News::Friend(friend) => event("friend", place, &json!({ "friend": urls.friend(friend) })),
        News::FriendRemoved(user) => event("friend_removed", place, &json!({ "user_id": user.to_string() })),
        News::ConversationAdded(added) => {
            follows = Some(Follow { conversation: added.id, rev: added.rev, floor: added.floor });
            event("conversation_added", place, &json!({ "conversation": urls.conversation(added) }))
        }
        News::ConversationRemoved { conversation, reason } => {
            event("conversation_removed", place, &removed(*conversation, *reason))
        }
        News::Read { conversation, read_seq, unread } => {
            let conversation = conversation.to_string();
            event(
                "read",
                place,
                &json!({ "conversation_id": conversation, "read_seq": read_seq.0, "unread": unread }),
            )
        }
        News::Settings { conversation, settings } => event(
            "settings",
            place,
            &json!({
                "conversation_id": conversation.to_string(),
                "muted": settings.muted,
                "pinned": settings.pinned,
            }),
        ),
        News::SessionEnded(session) => {
            event("session_ended", place, &json!({ "session_id": session.to_string() }))
        }
    };
    Delivery { frame, place, about: None, follows, new: None }
}

/// The frame of something that does not last.
pub(super) fn signal(signal: &Signal) -> Delivery {
    let place = Place::Ephemeral;
    let frame = match signal {
        Signal::Receipt { conversation, user, read_seq } => event(
            "receipt",
            place,
            &json!({ "conversation_id": conversation.to_string(), "user_id": user.to_string(), "read_seq": read_seq.0 }),
        ),
        Signal::Typing { conversation, user } => event(
            "typing",
            place,
            &json!({ "conversation_id": conversation.to_string(), "user_id": user.to_string() }),
        ),
        Signal::Presence { user, presence } => event(
            "presence",
            place,
            &json!({
                "user_id": user.to_string(),
                "online": presence.online,
                "last_seen_at": presence.last_seen_at.map(Time),
            }),
        ),
    };
    Delivery { frame, place, about: None, follows: None, new: None }
}

/// This socket has missed something: of one conversation, or of any.
pub(super) fn resync(conversation: Option<ConversationId>) -> ByteString {
    match conversation {
        Some(conversation) => {
            event("resync", Place::Ephemeral, &json!({ "conversation_id": conversation.to_string() }))
        }
        None => event("resync", Place::Ephemeral, &json!({})),
    }
}

/// This node goes away; connect anew after so many milliseconds.
pub(super) fn go_away(after_ms: u64) -> ByteString {
    event("goaway", Place::Ephemeral, &json!({ "after_ms": after_ms, "reason": "shutdown" }))
}

/// The access token ends soon: renew it with `auth`.
pub(super) fn auth_expiring(expires_at: Timestamp) -> ByteString {
    event("auth_expiring", Place::Ephemeral, &json!({ "expires_at": Time(expires_at) }))
}

#[derive(Serialize)]
struct MessageData<'a> {
    message: MessageView<'a>,
}

/// A message as the reply to its sender.
pub(super) fn message(message: &Message) -> String {
    super::protocol::json(&MessageView::from(message))
}

fn removed(conversation: ConversationId, reason: RemovalReason) -> serde_json::Value {
    json!({ "conversation_id": conversation.to_string(), "reason": reason.as_str() })
}
