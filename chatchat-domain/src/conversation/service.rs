use std::sync::Arc;
use std::time::Duration;

use tracing::instrument;

use crate::attachment::AttachmentRepository;
use crate::conversation::{
    Appended, Changes, ClientId, Content, Conversation, ConversationRepository, Draft, Emoji, HistoryPage,
    Message, MessageLog, MessageRepository, MessageText, NewContent, NewMessage, ReadCursor, ReadMoved, Rev,
    Seq, SettingsChange, Snapshot, StreamPart, Window,
};
use crate::error::{Error, Refusal, Violation};
use crate::event::{Audience, Change, Committed, Event, Signal, Tell as _, UserRev};
use crate::id::{AttachmentId, ConversationId, UserId};
use crate::page::{Limit, Page, PageRequest};
use crate::ports::{Clock, EventBus, Policy, RateLimiter};
use crate::session::Caller;

/// Beyond this many changes a client fetches afresh.
pub const MAX_CHANGES: u64 = 1000;
/// How often it is passed on that somebody is typing.
pub const TYPING_EVERY: Duration = Duration::from_secs(3);
const TYPING: Policy = Policy { name: "typing", quota: 1, window: TYPING_EVERY };
/// In larger groups nobody looks at every receipt, and each would go to everybody.
const RECEIPTS_UP_TO: u32 = 256;

/// Sending, reading, and what has changed.
pub struct ConversationService {
    pub(crate) conversations: Arc<dyn ConversationRepository>,
    pub(crate) log: Arc<dyn MessageLog>,
    pub(crate) messages: Arc<dyn MessageRepository>,
    pub(crate) attachments: Arc<dyn AttachmentRepository>,
    pub(crate) bus: Arc<dyn EventBus>,
    pub(crate) typing: Arc<dyn RateLimiter>,
    pub(crate) clock: Arc<dyn Clock>,
    /// How long a sender may recall a message.
    pub(crate) recall_within: Duration,
}

impl ConversationService {
    /// Stores a message, then tells the members. Sending the same `client_id` again gives the stored message.
    ///
    /// Calls made one after the other on one thread are stored in that order, if each is polled before the next.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::NotFriends`]; [`Refusal::Muted`]; [`Refusal::IdempotencyConflict`]; violations
    /// of `reply_to` and `mentions`; [`Error::Unavailable`].
    #[instrument(level = "debug", name = "conversations.send", skip_all)]
    pub async fn send(
        &self,
        caller: Caller,
        conversation: ConversationId,
        message: NewMessage,
    ) -> Result<(Arc<Message>, bool), Error> {
        let NewMessage { client_id, content, reply_to, mentions } = message;
        let content = match content {
            NewContent::Text(text) => Content::Text(text),
            NewContent::Image(id) => self.attached(caller, id, true).await?,
            NewContent::File(id) => self.attached(caller, id, false).await?,
        };
        let (sender, now) = (caller.user, self.clock.now());
        let draft = Draft { conversation, sender, client_id, content, reply_to, mentions, now };
        let answer = self.log.append(vec![draft]).await.pop();
        let Appended { message, fresh } =
            answer.unwrap_or_else(|| Err(Error::Internal("the log gave no answer".to_owned())))?;
        let message = Arc::new(message);
        if fresh {
            let change = Change::Message(Arc::clone(&message));
            self.bus.publish(vec![Event::Conversation { conversation, rev: message.rev, change }]).await;
        }
        Ok((message, fresh))
    }

    /// What a message holds that is about an attachment.
    async fn attached(&self, caller: Caller, id: AttachmentId, is_image: bool) -> Result<Content, Error> {
        let unknown = || Violation::new("content.attachment_id", "unknown", "must be something you can read");
        let attached = match self.attachments.find(caller.user, id).await {
            Ok(attachment) => attachment.attached,
            Err(Error::Refused(Refusal::NotFound)) => return Err(unknown().into()),
            Err(error) => return Err(error),
        };
        if attached.is_image() != is_image {
            let detail = "must be image for images, and file for all else";
            return Err(Violation::new("content.type", "wrong_kind", detail).into());
        }
        Ok(Content::Attachment(attached))
    }

    /// Puts another text in the place of the one that the caller has sent.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::NotSender`]; [`Refusal::NotFriends`]; [`Refusal::Muted`];
    /// [`Refusal::Recalled`]; a violation of `content.type` when the message holds no text.
    #[instrument(level = "debug", name = "conversations.edit", skip_all)]
    pub async fn edit(
        &self,
        caller: Caller,
        conversation: ConversationId,
        seq: Seq,
        text: MessageText,
    ) -> Result<Arc<Message>, Error> {
        let now = self.clock.now();
        let edited = self.messages.edit(caller.user, conversation, seq, text, now).await?;
        Ok(self.bus.tell(edited).await)
    }

    /// Erases what a message holds; its place stays.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::NotSender`]; [`Refusal::RecallExpired`].
    #[instrument(level = "debug", name = "conversations.recall", skip_all)]
    pub async fn recall(
        &self,
        caller: Caller,
        conversation: ConversationId,
        seq: Seq,
    ) -> Result<Arc<Message>, Error> {
        let (allowed, now) = (self.recall_within, self.clock.now());
        let recalled = self.messages.recall(caller.user, conversation, seq, allowed, now).await?;
        Ok(self.bus.tell(recalled).await)
    }

    /// Puts an emoji of the caller under a message.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::NotFriends`]; [`Refusal::Muted`]; [`Refusal::Recalled`]; a violation of `emoji`
    /// when too many different ones stand there.
    #[instrument(level = "debug", name = "conversations.react", skip_all)]
    pub async fn react(
        &self,
        caller: Caller,
        conversation: ConversationId,
        seq: Seq,
        emoji: Emoji,
    ) -> Result<Arc<Message>, Error> {
        let now = self.clock.now();
        let reacted = self.messages.react(caller.user, conversation, seq, emoji, now).await?;
        Ok(self.bus.tell(reacted).await)
    }

    /// Takes an emoji of the caller away.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    #[instrument(level = "debug", name = "conversations.unreact", skip_all)]
    pub async fn unreact(
        &self,
        caller: Caller,
        conversation: ConversationId,
        seq: Seq,
        emoji: Emoji,
    ) -> Result<Arc<Message>, Error> {
        let taken = self.messages.unreact(caller.user, conversation, seq, emoji).await?;
        Ok(self.bus.tell(taken).await)
    }

    /// Changes what the caller has set for themselves in a conversation.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    #[instrument(level = "debug", name = "conversations.change_settings", skip_all)]
    pub async fn change_settings(
        &self,
        caller: Caller,
        conversation: ConversationId,
        change: SettingsChange,
    ) -> Result<Conversation, Error> {
        let changed = self.conversations.change_settings(caller.user, conversation, change).await?;
        Ok(self.bus.tell(changed).await)
    }

    /// The caller's conversations: pinned ones first, then newest activity first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "conversations.list", skip_all)]
    pub async fn list(&self, caller: Caller, page: PageRequest) -> Result<Page<Conversation>, Error> {
        self.conversations.list(caller.user, page).await
    }

    /// One of the caller's conversations.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    #[instrument(level = "debug", name = "conversations.find", skip_all)]
    pub async fn find(&self, caller: Caller, conversation: ConversationId) -> Result<Conversation, Error> {
        self.conversations.find(caller.user, conversation).await
    }

    /// Where everything stands for the caller.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "conversations.snapshot", skip_all)]
    pub async fn snapshot(&self, caller: Caller) -> Result<Snapshot, Error> {
        self.conversations.snapshot(caller.user).await
    }

    /// A part of the history.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    #[instrument(level = "debug", name = "conversations.history", skip_all)]
    pub async fn history(
        &self,
        caller: Caller,
        conversation: ConversationId,
        window: Window,
        limit: Limit,
    ) -> Result<HistoryPage, Error> {
        self.conversations.history(caller.user, conversation, window, limit).await
    }

    /// One message.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if there is none, or below the caller's floor.
    #[instrument(level = "debug", name = "conversations.message", skip_all)]
    pub async fn message(
        &self,
        caller: Caller,
        conversation: ConversationId,
        seq: Seq,
    ) -> Result<Message, Error> {
        let from_there = Window::After(Seq(seq.0.saturating_sub(1)));
        let page = self.conversations.history(caller.user, conversation, from_there, Limit::ONE).await?;
        let message = page.items.into_iter().next().filter(|message| message.seq == seq);
        Ok(message.ok_or(Refusal::NotFound)?)
    }

    /// The part of the history that surrounds a message: half of it before, the message and the rest after.
    /// There is more if there is more on either side.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    #[instrument(level = "debug", name = "conversations.around", skip_all)]
    pub async fn around(
        &self,
        caller: Caller,
        conversation: ConversationId,
        seq: Seq,
        limit: Limit,
    ) -> Result<HistoryPage, Error> {
        let (earlier, from) = limit.halves();
        let after = Window::After(Seq(seq.0.saturating_sub(1)));
        let mut page = self.conversations.history(caller.user, conversation, after, from).await?;
        if let Some(earlier) = earlier {
            let before = Window::Before(seq);
            let HistoryPage { mut items, has_more } =
                self.conversations.history(caller.user, conversation, before, earlier).await?;
            items.append(&mut page.items);
            page = HistoryPage { items, has_more: has_more || page.has_more };
        }
        Ok(page)
    }

    /// What has changed since `after`.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    #[instrument(level = "debug", name = "conversations.changes", skip_all)]
    pub async fn changes(
        &self,
        caller: Caller,
        conversation: ConversationId,
        after: Rev,
        limit: Limit,
    ) -> Result<Changes, Error> {
        self.conversations.changes(caller.user, conversation, after, limit, MAX_CHANGES).await
    }

    /// Notes how far the caller has read, and tells the others.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    #[instrument(level = "debug", name = "conversations.read", skip_all)]
    pub async fn read(
        &self,
        caller: Caller,
        conversation: ConversationId,
        seq: Seq,
    ) -> Result<ReadMoved, Error> {
        let Committed { value, mut events } =
            self.conversations.advance_read(caller.user, conversation, seq).await?;
        if value.moved && value.is_seen && value.member_count <= RECEIPTS_UP_TO {
            let (user, read_seq) = (caller.user, value.read_seq);
            let audience = Audience::Conversation { conversation, except: user };
            let signal = Signal::Receipt { conversation, user, read_seq };
            events.push(Event::Ephemeral { audience, signal });
        }
        Ok(self.bus.tell(Committed { value, events }).await)
    }

    /// How far each member has read.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    #[instrument(level = "debug", name = "conversations.receipts", skip_all)]
    pub async fn receipts(
        &self,
        caller: Caller,
        conversation: ConversationId,
    ) -> Result<Vec<ReadCursor>, Error> {
        self.conversations.read_cursors(caller.user, conversation).await
    }

    /// Every conversation that the caller is in or ever was, in pages.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "conversations.ever_in", skip_all)]
    pub async fn ever_in(
        &self,
        caller: Caller,
        after: Option<ConversationId>,
    ) -> Result<Vec<ConversationId>, Error> {
        self.conversations.ever_in(caller.user, after, Limit::MAX).await
    }

    /// What the caller has sent in a conversation, in pages, in no order that means anything.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "conversations.sent", skip_all)]
    pub async fn sent(
        &self,
        caller: Caller,
        conversation: ConversationId,
        after: Option<ClientId>,
    ) -> Result<Vec<Message>, Error> {
        self.conversations.sent_by(caller.user, conversation, after, Limit::MAX).await
    }

    /// Passes on that the caller is typing, at most once every [`TYPING_EVERY`].
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::NotFriends`].
    #[instrument(level = "debug", name = "conversations.typing", skip_all)]
    pub async fn typing(&self, caller: Caller, conversation: ConversationId) -> Result<(), Error> {
        let user = caller.user;
        self.conversations.check_seen(user, conversation).await?;
        if self.typing.check(TYPING, &format!("{user}/{conversation}")).await.is_ok() {
            let audience = Audience::Conversation { conversation, except: user };
            let signal = Signal::Typing { conversation, user };
            self.bus.publish(vec![Event::Ephemeral { audience, signal }]).await;
        }
        Ok(())
    }

    /// The revs of these conversations, for whoever delivers their streams.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "conversations.revs", skip_all)]
    pub async fn revs(&self, conversations: &[ConversationId]) -> Result<Vec<(ConversationId, Rev)>, Error> {
        self.conversations.revs(conversations).await
    }

    /// The revs of these people's streams, for whoever delivers them.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "conversations.user_revs", skip_all)]
    pub async fn user_revs(&self, users: &[UserId]) -> Result<Vec<(UserId, UserRev)>, Error> {
        self.conversations.user_revs(users).await
    }

    /// A part of a conversation's stream, for whoever delivers it and has missed something.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "conversations.stream", skip_all)]
    pub async fn stream(
        &self,
        conversation: ConversationId,
        after: Rev,
        max: u32,
    ) -> Result<StreamPart, Error> {
        self.conversations.stream(conversation, after, max).await
    }

    /// Whether `user` is a member, for whoever delivers the stream.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "conversations.is_member", skip_all)]
    pub async fn is_member(&self, user: UserId, conversation: ConversationId) -> Result<bool, Error> {
        self.conversations.is_member(user, conversation).await
    }
}
