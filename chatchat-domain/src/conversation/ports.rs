use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::conversation::{
    Appended, Changes, ClientId, Conversation, Draft, Emoji, HistoryPage, Message, MessageText, ReadCursor,
    Rev, Seq, SettingsChange, Snapshot, StreamPart, Window,
};
use crate::error::Error;
use crate::event::{Committed, UserRev};
use crate::id::{ConversationId, UserId};
use crate::page::{Limit, Page, PageRequest};
use crate::time::Timestamp;

/// Appends messages: the hot path.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait MessageLog: Send + Sync {
    /// Stores the drafts in one transaction and answers after its commit: one answer for each draft, in order;
    /// a refused one does not touch the others.
    ///
    /// A stored draft has the next `seq` and `rev` of its conversation, moves its sender's read cursor to
    /// itself, and is durable. The same `client_id` of the same sender in the same conversation is stored once:
    /// later ones get the stored message.
    ///
    /// Whether the sender may write is judged inside the transaction.
    ///
    /// # Errors
    /// For each draft: [`crate::Refusal::NotFound`] unless the sender is a member, what
    /// [`crate::conversation::Action::Send`] says, a violation of `reply_to` unless the sender may read that message,
    /// of `mentions` unless all are members,
    /// [`crate::Refusal::IdempotencyConflict`] when the `client_id` stands for another content,
    /// [`Error::Unavailable`] when the store does not answer in time; [`Error::Overloaded`] when too much waits for it.
    async fn append(&self, drafts: Vec<Draft>) -> Vec<Result<Appended, Error>>;
}

/// Changes stored messages. Each change takes the next rev of its conversation, the message carries it from then on, and
/// the events hold `message_updated`; what changes nothing takes none.
///
/// Every method returns [`Error::Unavailable`] when the store does not answer in time, and
/// [`crate::Refusal::NotFound`] for who is not a member, or names a message that is not there or below their floor.
/// Who may do what is judged by [`crate::conversation::Action`] inside the transaction.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait MessageRepository: Send + Sync {
    /// Puts another text in the place of the message's.
    ///
    /// # Errors
    /// [`crate::Refusal::NotSender`]; what [`crate::conversation::Action::Edit`] says; [`crate::Refusal::Recalled`]; a
    /// violation of `content.type` when the message holds no text.
    async fn edit(
        &self,
        caller: UserId,
        conversation: ConversationId,
        seq: Seq,
        text: MessageText,
        now: Timestamp,
    ) -> Result<Committed<Arc<Message>>, Error>;

    /// Erases what the message holds, whom it mentions, and what stands under it; its place stays. Recalling it again
    /// changes nothing.
    ///
    /// # Errors
    /// What [`crate::conversation::may_recall`] says; [`crate::Refusal::NotSender`] for the server's messages.
    async fn recall(
        &self,
        caller: UserId,
        conversation: ConversationId,
        seq: Seq,
        allowed: Duration,
        now: Timestamp,
    ) -> Result<Committed<Arc<Message>>, Error>;

    /// Puts the caller's emoji under the message; changes nothing if it is there.
    ///
    /// # Errors
    /// What [`crate::conversation::Action::React`] says; [`crate::Refusal::Recalled`]; a violation of `emoji`
    /// (`too_many`) at [`crate::conversation::Reaction::MAX_KINDS`].
    async fn react(
        &self,
        caller: UserId,
        conversation: ConversationId,
        seq: Seq,
        emoji: Emoji,
        now: Timestamp,
    ) -> Result<Committed<Arc<Message>>, Error>;

    /// Takes the caller's emoji away; changes nothing if it is not there.
    async fn unreact(
        &self,
        caller: UserId,
        conversation: ConversationId,
        seq: Seq,
        emoji: Emoji,
    ) -> Result<Committed<Arc<Message>>, Error>;
}

/// What came of moving a read cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadMoved {
    /// Where the cursor stands.
    pub read_seq: Seq,
    /// How many messages are left.
    pub unread: u64,
    /// Whether it has moved.
    pub moved: bool,
    /// How many members the conversation has.
    pub member_count: u32,
    /// Whether the others may see it.
    pub is_seen: bool,
}

/// Keeps conversations for their readers.
///
/// Every method returns [`Error::Unavailable`] when the store does not answer in time, and
/// [`crate::Refusal::NotFound`] for who is not a member. A member sees messages above their floor only.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait ConversationRepository: Send + Sync {
    /// The conversations that `user` is in: pinned ones first, then newest activity first.
    async fn list(&self, user: UserId, page: PageRequest) -> Result<Page<Conversation>, Error>;

    /// One of them.
    async fn find(&self, user: UserId, conversation: ConversationId) -> Result<Conversation, Error>;

    /// Where everything stands for `user`, read at one moment.
    async fn snapshot(&self, user: UserId) -> Result<Snapshot, Error>;

    /// Changes what the member has set for themselves; if that changes anything, the events hold the person's
    /// `settings`.
    async fn change_settings(
        &self,
        user: UserId,
        conversation: ConversationId,
        change: SettingsChange,
    ) -> Result<Committed<Conversation>, Error>;

    /// Whether `user` is a member, and the others may see them typing.
    ///
    /// # Errors
    /// What [`crate::conversation::Action::BeSeen`] says.
    async fn check_seen(&self, user: UserId, conversation: ConversationId) -> Result<(), Error>;

    /// Whether `user` is a member.
    async fn is_member(&self, user: UserId, conversation: ConversationId) -> Result<bool, Error>;

    /// A part of the history.
    async fn history(
        &self,
        user: UserId,
        conversation: ConversationId,
        window: Window,
        limit: Limit,
    ) -> Result<HistoryPage, Error>;

    /// The first `limit` changes after `after`, in rev order; a reset when there are more than `max` in all, or
    /// `after` does not lead to the newest one.
    async fn changes(
        &self,
        user: UserId,
        conversation: ConversationId,
        after: Rev,
        limit: Limit,
        max: u64,
    ) -> Result<Changes, Error>;

    /// Moves the member's read cursor to `seq`, or to the newest message if that comes before; it never goes
    /// back. If it has moved, the events hold the person's `read`.
    async fn advance_read(
        &self,
        user: UserId,
        conversation: ConversationId,
        seq: Seq,
    ) -> Result<Committed<ReadMoved>, Error>;

    /// Every conversation that `user` is in or ever was, by their ids, after one of them: at most `limit`.
    async fn ever_in(
        &self,
        user: UserId,
        after: Option<ConversationId>,
        limit: Limit,
    ) -> Result<Vec<ConversationId>, Error>;

    /// What `user` has sent in the conversation, whether or not they are still in it, by what they called it, after one
    /// of these names: at most `limit`.
    async fn sent_by(
        &self,
        user: UserId,
        conversation: ConversationId,
        after: Option<ClientId>,
        limit: Limit,
    ) -> Result<Vec<Message>, Error>;

    /// How far each member has read: at most 10 000 of them.
    async fn read_cursors(
        &self,
        user: UserId,
        conversation: ConversationId,
    ) -> Result<Vec<ReadCursor>, Error>;

    /// The revs of these conversations, whoever is in them; those that exist, in any order. For deleted ones
    /// the rev of their end.
    async fn revs(&self, conversations: &[ConversationId]) -> Result<Vec<(ConversationId, Rev)>, Error>;

    /// The revs of these people's streams; of those that exist, in any order.
    async fn user_revs(&self, users: &[UserId]) -> Result<Vec<(UserId, UserRev)>, Error>;

    /// The conversation's stream after `after`, at most `max` changes of it; nobody's floor applies.
    async fn stream(&self, conversation: ConversationId, after: Rev, max: u32) -> Result<StreamPart, Error>;
}
