use chatchat_domain::conversation::{Body, ClientId, Content, Message, Notice, Reaction, Seq};
use chatchat_domain::{ConversationId, UserId};
use serde::Serialize;

use super::{AttachedView, Time, id, ids, maybe_id};

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
    content: Option<ContentView<'a>>,
    reply_to: Option<u64>,
    #[serde(serialize_with = "ids")]
    mentions: &'a [UserId],
    reactions: Vec<ReactionView<'a>>,
    created_at: Time,
    edited_at: Option<Time>,
    recalled_at: Option<Time>,
}

impl<'a> From<&'a Message> for MessageView<'a> {
    fn from(message: &'a Message) -> Self {
        let (content, edited_at, recalled_at) = match &message.body {
            Body::Present { content, edited_at } => (Some(ContentView::from(content)), *edited_at, None),
            Body::Recalled { at } => (None, None, Some(*at)),
        };
        Self {
            conversation_id: message.conversation,
            seq: message.seq.0,
            rev: message.rev.0,
            sender_id: message.sender,
            client_id: message.client_id.as_ref().map(ClientId::as_str),
            content,
            reply_to: message.reply_to.map(|Seq(seq)| seq),
            mentions: message.mentions.as_slice(),
            reactions: message.reactions.iter().map(ReactionView::from).collect(),
            created_at: Time(message.created_at),
            edited_at: edited_at.map(Time),
            recalled_at: recalled_at.map(Time),
        }
    }
}

/// What members have put under a message with one emoji.
#[derive(Debug, Serialize)]
struct ReactionView<'a> {
    emoji: &'a str,
    count: u32,
    #[serde(serialize_with = "ids")]
    user_ids: &'a [UserId],
}

impl<'a> From<&'a Reaction> for ReactionView<'a> {
    fn from(reaction: &'a Reaction) -> Self {
        Self { emoji: reaction.emoji.as_str(), count: reaction.count, user_ids: &reaction.users }
    }
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ContentView<'a> {
    Text { text: &'a str },
    Image(AttachedView<'a>),
    File(AttachedView<'a>),
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
            Content::Attachment(attached) if attached.is_image() => Self::Image(attached.into()),
            Content::Attachment(attached) => Self::File(attached.into()),
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
