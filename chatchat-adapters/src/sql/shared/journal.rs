//! The streams: what changes takes its place in them, and what the world is told is collected.

use std::sync::Arc;

use chatchat_domain::conversation::{Message, Notice, Rev};
use chatchat_domain::event::{Change, Event, News, UserRev};
use chatchat_domain::{ConversationId, Refusal, Timestamp, UserId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Conn, dialect};
use crate::sql::fault::Result;
use crate::sql::rows::{ConversationRow, MessageRow, StoredMessage};
use crate::sql::schema::{conversations, messages, users};
use crate::sql::types::{Id, count};

/// Gives `news` the next place in the person's stream.
pub(crate) async fn personal(conn: &mut Conn, user: UserId, news: News) -> Result<Event> {
    let row = users::table.find(Id::from(user));
    diesel::update(row).set(users::rev.eq(users::rev + 1)).execute(conn).await?;
    let rev: i64 = row.select(users::rev).first(conn).await?;
    Ok(Event::Personal { user, rev: UserRev(count(rev)), news })
}

/// How many people's streams one statement moves on.
const AT_ONCE: usize = 500;

/// Gives `news` the next place in each person's stream.
pub(crate) async fn personal_to_all(conn: &mut Conn, people: Vec<UserId>, news: &News) -> Result<Vec<Event>> {
    let mut ids: Vec<Id> = people.into_iter().map(Id::from).collect();
    ids.sort_unstable(); // two transactions do not wait for each other in a circle
    let mut events = Vec::with_capacity(ids.len());
    for ids in ids.chunks(AT_ONCE) {
        let these = users::table.filter(users::id.eq_any(ids.to_vec()));
        diesel::update(these.clone()).set(users::rev.eq(users::rev + 1)).execute(conn).await?;
        let revs: Vec<(Id, i64)> = these.select((users::id, users::rev)).load(conn).await?;
        events.extend(revs.into_iter().map(|(user, rev)| {
            let (user, rev) = (user.into(), UserRev(count(rev)));
            Event::Personal { user, rev, news: news.clone() }
        }));
    }
    Ok(events)
}

/// The stream of one conversation, locked for as long as the transaction lasts.
pub(crate) struct Journal {
    conversation: ConversationRow,
    events: Vec<Event>,
}

impl Journal {
    /// Locks the conversation.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is none (any more).
    pub(crate) async fn open(conn: &mut Conn, conversation: ConversationId) -> Result<Self> {
        let conversation = dialect::lock_conversation(conn, conversation.into()).await?;
        let conversation = conversation.filter(|row| !row.deleted).ok_or(Refusal::NotFound)?;
        Ok(Self { conversation, events: Vec::new() })
    }

    /// The conversation as of the changes so far.
    pub(crate) fn conversation(&self) -> &ConversationRow {
        &self.conversation
    }

    /// The place of the next change, for the row that it changes.
    pub(crate) fn next_rev(&mut self) -> i64 {
        self.conversation.rev += 1;
        self.conversation.rev
    }

    /// What has changed at the last rev taken.
    pub(crate) fn tell(&mut self, change: Change) {
        self.events.push(Event::Conversation {
            conversation: self.conversation.id.into(),
            rev: Rev(count(self.conversation.rev)),
            change,
        });
    }

    /// Adds a message from the server.
    pub(crate) async fn notice(&mut self, conn: &mut Conn, notice: Notice, now: Timestamp) -> Result<()> {
        self.conversation.last_seq += 1;
        self.conversation.last_activity_at = self.conversation.last_activity_at.max(now.unix_micros());
        self.next_rev();
        let row = MessageRow::of_server(&self.conversation, notice, now)?;
        let message = Message::try_from(StoredMessage::from(row.clone()))?;
        diesel::insert_into(messages::table).values(row).execute(conn).await?;
        self.tell(Change::Message(Arc::new(message)));
        Ok(())
    }

    /// The last change of all: the conversation is no more.
    pub(crate) fn end(&mut self) {
        self.conversation.deleted = true;
        self.next_rev();
        self.tell(Change::Removed);
    }

    /// Stores where the conversation stands now, and gives what the world is to be told.
    pub(crate) async fn close(self, conn: &mut Conn) -> Result<Vec<Event>> {
        let row = self.conversation;
        diesel::update(conversations::table.find(row.id))
            .set((
                conversations::last_seq.eq(row.last_seq),
                conversations::rev.eq(row.rev),
                conversations::last_activity_at.eq(row.last_activity_at),
                conversations::deleted.eq(row.deleted),
            ))
            .execute(conn)
            .await?;
        Ok(self.events)
    }
}
