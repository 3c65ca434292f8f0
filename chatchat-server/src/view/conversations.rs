use chatchat_domain::conversation::{Changes, Conversation, ConversationKind, Head, ReadCursor};
use chatchat_domain::{ConversationId, UserId};
use serde::Serialize;

use super::{GroupJson, MemberView, MessageView, Urls, UserView, id};

/// A conversation as one of its members sees it.
#[derive(Debug, Serialize)]
pub struct ConversationView<'a> {
    #[serde(serialize_with = "id")]
    id: ConversationId,
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
    id: ConversationId,
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
            avatar_url: self.picture(match &conversation.kind {
                ConversationKind::Direct(peer) => peer.avatar.as_ref(),
                ConversationKind::Group(view) => view.group.avatar.as_ref(),
            }),
            peer: peer.map(|peer| self.user(peer)),
            group: group.map(|view| self.group_view(view)),
            last_message: conversation.last_message.as_ref().map(MessageView::from),
            last_seq: conversation.last_seq.0,
            rev: conversation.rev.0,
            read_seq: conversation.read_seq.0,
            unread: conversation.unread,
            mentions: conversation.mentions,
            muted: conversation.settings.muted,
            pinned: conversation.settings.pinned,
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
                group: group.as_deref().map(|group| Box::new(self.group(group))),
                head_rev: head.0,
                through_rev: through.0,
                has_more: through < head,
            },
        }
    }
}
