use crate::attachment::Attached;
use crate::conversation::{Emoji, Rev, Seq};
use crate::error::Violation;
use crate::id::{AttachmentId, ConversationId, UserId};
use crate::secret::sha256;
use crate::text;
use crate::time::Timestamp;

/// What a client calls its message, so that sending it again makes no second one: 1 to 64 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClientId(String);

impl ClientId {
    /// The longest one, in characters.
    pub const MAX_CHARS: usize = 64;

    /// A client's name for a message.
    ///
    /// # Errors
    /// A violation of `client_id` unless it has 1 to 64 characters and no control character.
    pub fn new(text: &str) -> Result<Self, Violation> {
        text::bounded(text, 1, Self::MAX_CHARS).map_err(|violation| violation.of("client_id"))?;
        if text.chars().any(char::is_control) {
            return Err(Violation::new(
                "client_id",
                "control_character",
                "must not contain control characters",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What somebody writes: 1 to 4000 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageText(String);

impl MessageText {
    /// The longest one, in characters.
    pub const MAX_CHARS: usize = 4000;

    /// A text.
    ///
    /// # Errors
    /// A violation of `content.text` unless it has 1 to 4000 characters, none of them NUL.
    pub fn new(text: &str) -> Result<Self, Violation> {
        text::bounded(text, 1, Self::MAX_CHARS).map_err(|violation| violation.of("content.text"))?;
        if text.contains('\0') {
            return Err(Violation::new("content.text", "control_character", "must not contain NUL"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the server itself tells the members of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Somebody has joined, or was added.
    MemberJoined {
        /// Who.
        user: UserId,
    },
    /// Somebody has left.
    MemberLeft {
        /// Who.
        user: UserId,
    },
    /// Somebody was removed.
    MemberKicked {
        /// Who.
        user: UserId,
        /// By whom.
        by: UserId,
    },
    /// The group has another name.
    GroupRenamed {
        /// The new name.
        name: String,
        /// Who did it.
        by: UserId,
    },
    /// The group has another owner.
    OwnerChanged {
        /// The new owner.
        user: UserId,
    },
}

/// What a message holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// What somebody wrote.
    Text(MessageText),
    /// An image or a file.
    Attachment(Attached),
    /// From the server alone.
    System(Notice),
}

impl Content {
    /// What a search looks at.
    pub fn searchable(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.as_str()),
            Self::Attachment(attached) => Some(attached.name.as_str()),
            Self::System(_) => None,
        }
    }

    /// What tells this content from another under the same `client_id`.
    pub fn fingerprint(&self) -> [u8; 32] {
        match self {
            Self::Text(text) => sha256(text.as_str().as_bytes()),
            Self::Attachment(attached) => sha256(attached.id.as_bytes()),
            Self::System(_) => [0; 32],
        }
    }
}

/// Whom a message mentions: at most 50 people, each once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mentions(Vec<UserId>);

impl Mentions {
    /// How many people a message may mention.
    pub const MAX: usize = 50;

    /// These people, each once.
    ///
    /// # Errors
    /// A violation of `mentions` when they are more than 50.
    pub fn new(users: impl IntoIterator<Item = UserId>) -> Result<Self, Violation> {
        let mut mentions: Vec<UserId> = Vec::new();
        for user in users {
            if mentions.contains(&user) {
                continue;
            }
            if mentions.len() == Self::MAX {
                let detail = format!("must have at most {} items", Self::MAX);
                return Err(Violation::new("mentions", "too_many", detail));
            }
            mentions.push(user);
        }
        Ok(Self(mentions))
    }

    /// Who they are, in the order in which they were named.
    pub fn as_slice(&self) -> &[UserId] {
        &self.0
    }
}

/// What members have put under a message with one emoji.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// The emoji.
    pub emoji: Emoji,
    /// How many members have put it there.
    pub count: u32,
    /// The first [`Reaction::SHOWN`] of them, in the order in which they did.
    pub users: Vec<UserId>,
}

impl Reaction {
    /// How many people a reaction names.
    pub const SHOWN: usize = 50;
    /// How many different emoji may stand under a message.
    pub const MAX_KINDS: usize = 20;
}

/// What is left of a message, and what has become of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// It can be read.
    Present {
        /// What it holds.
        content: Content,
        /// When its sender last changed that, if ever.
        edited_at: Option<Timestamp>,
    },
    /// It was recalled: nobody can read it any more, and nothing of it is stored.
    Recalled {
        /// When.
        at: Timestamp,
    },
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Where it stands.
    pub conversation: ConversationId,
    /// Its place among the messages.
    pub seq: Seq,
    /// The rev of its last change.
    pub rev: Rev,
    /// Who wrote it; nobody, if it is the server's.
    pub sender: Option<UserId>,
    /// What its sender's client calls it.
    pub client_id: Option<ClientId>,
    /// What it holds.
    pub body: Body,
    /// The message that it answers.
    pub reply_to: Option<Seq>,
    /// Whom it mentions.
    pub mentions: Mentions,
    /// What stands under it, the oldest emoji first.
    pub reactions: Vec<Reaction>,
    /// When it was accepted.
    pub created_at: Timestamp,
}

/// What somebody writes into a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewContent {
    /// A text.
    Text(MessageText),
    /// An image.
    Image(AttachmentId),
    /// A file.
    File(AttachmentId),
}

/// A message that somebody wants to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// What their client calls it.
    pub client_id: ClientId,
    /// What they write.
    pub content: NewContent,
    /// The message that it answers.
    pub reply_to: Option<Seq>,
    /// Whom it mentions.
    pub mentions: Mentions,
}

impl NewMessage {
    /// A text that answers and mentions nobody.
    pub fn text(client_id: ClientId, text: MessageText) -> Self {
        Self { client_id, content: NewContent::Text(text), reply_to: None, mentions: Mentions::default() }
    }
}

/// A message to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Where to.
    pub conversation: ConversationId,
    /// Who writes.
    pub sender: UserId,
    /// What their client calls it.
    pub client_id: ClientId,
    /// What they write.
    pub content: Content,
    /// The message that it answers.
    pub reply_to: Option<Seq>,
    /// Whom it mentions.
    pub mentions: Mentions,
    /// The moment.
    pub now: Timestamp,
}

impl Draft {
    /// The message that is made of it, at this place.
    pub fn stored_at(self, seq: Seq, rev: Rev) -> Message {
        Message {
            conversation: self.conversation,
            seq,
            rev,
            sender: Some(self.sender),
            client_id: Some(self.client_id),
            body: Body::Present { content: self.content, edited_at: None },
            reply_to: self.reply_to,
            mentions: self.mentions,
            reactions: Vec::new(),
            created_at: self.now,
        }
    }
}

/// A stored message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The message.
    pub message: Message,
    /// Whether it is new; otherwise its `client_id` was stored before.
    pub fresh: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_a_message_mentions_is_named_once_and_not_too_many() {
        let user = |n: u8| UserId::from_bytes([n; 16]);
        assert_eq!(Mentions::new([user(2), user(1), user(2)]).unwrap().as_slice(), [user(2), user(1)]);
        assert!(Mentions::new((0..50).chain(0..50).map(user)).is_ok());
        assert_eq!(Mentions::new((0..51).map(user)).unwrap_err().code, "too_many");
    }
}
