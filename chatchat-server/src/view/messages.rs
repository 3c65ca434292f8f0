use chatchat_domain::conversation::{ClientId, Content, Message, Notice};
use chatchat_domain::{ConversationId, UserId};
use serde::Serialize;

use super::{Time, id, maybe_id};

/// A message.
#[derive(Debug, Serialize)]
pub struct MessageView<'a> {
    #[serde(serialize_with = "id")]
    conversation_id: ConversationId,
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
            client_id: message.client_id.as_ref().map(ClientId::as_str),
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
