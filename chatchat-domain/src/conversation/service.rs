use std::sync::Arc;
use std::time::Duration;

use crate::conversation::{
    Appended, Changes, ClientId, Content, Conversation, ConversationRepository, Draft, HistoryPage, Message,
    MessageLog, MessageText, ReadCursor, ReadMoved, Rev, Seq, Snapshot, StreamPart, Window,
};
use crate::error::{Error, Refusal};
use crate::event::{Audience, Change, Committed, Event, Signal, Tell as _, UserRev};
use crate::id::{ConversationId, UserId};
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
    pub(crate) bus: Arc<dyn EventBus>,
    pub(crate) typing: Arc<dyn RateLimiter>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl ConversationService {
    /// Stores a text, then tells the members. Sending the same `client_id` again gives the stored message.
    ///
    /// Calls made one after the other on one thread are stored in that order, if each is polled before the next.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::NotFriends`]; [`Refusal::IdempotencyConflict`]; [`Error::Unavailable`].
    pub async fn send(
        &self,
        caller: Caller,
        conversation: ConversationId,
        client_id: ClientId,
        text: MessageText,
    ) -> Result<(Arc<Message>, bool), Error> {
        let now = self.clock.now();
        let draft = Draft { conversation, sender: caller.user, client_id, content: Content::Text(text), now };
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

    /// The caller's conversations, newest activity first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn list(&self, caller: Caller, page: PageRequest) -> Result<Page<Conversation>, Error> {
        self.conversations.list(caller.user, page).await
    }

    /// One of the caller's conversations.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn find(&self, caller: Caller, conversation: ConversationId) -> Result<Conversation, Error> {
        self.conversations.find(caller.user, conversation).await
    }

    /// Where everything stands for the caller.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn snapshot(&self, caller: Caller) -> Result<Snapshot, Error> {
        self.conversations.snapshot(caller.user).await
    }

    /// A part of the history.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
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
    pub async fn read(
        &self,
        caller: Caller,
        conversation: ConversationId,
        seq: Seq,
    ) -> Result<ReadMoved, Error> {
        let Committed { value, mut events } =
            self.conversations.advance_read(caller.user, conversation, seq).await?;
        if value.moved && value.member_count <= RECEIPTS_UP_TO {
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
    pub async fn receipts(
        &self,
        caller: Caller,
        conversation: ConversationId,
    ) -> Result<Vec<ReadCursor>, Error> {
        self.conversations.read_cursors(caller.user, conversation).await
    }

    /// Passes on that the caller is typing, at most once every [`TYPING_EVERY`].
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn typing(&self, caller: Caller, conversation: ConversationId) -> Result<(), Error> {
        let user = caller.user;
        if !self.conversations.is_member(user, conversation).await? {
            return Err(Refusal::NotFound.into());
        }
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
    pub async fn revs(&self, conversations: &[ConversationId]) -> Result<Vec<(ConversationId, Rev)>, Error> {
        self.conversations.revs(conversations).await
    }

    /// The revs of these people's streams, for whoever delivers them.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn user_revs(&self, users: &[UserId]) -> Result<Vec<(UserId, UserRev)>, Error> {
        self.conversations.user_revs(users).await
    }

    /// A part of a conversation's stream, for whoever delivers it and has missed something.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
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
    pub async fn is_member(&self, user: UserId, conversation: ConversationId) -> Result<bool, Error> {
        self.conversations.is_member(user, conversation).await
    }
}
