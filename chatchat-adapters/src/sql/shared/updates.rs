//! Stored messages that change: edits, recalls, reactions.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chatchat_domain::conversation::{
    Action, Content, Emoji, Message, MessageRepository, MessageText, Reaction, Seq, Standing, may_recall,
};
use chatchat_domain::event::{Change, Committed};
use chatchat_domain::{ConversationId, Error, Refusal, Timestamp, UserId, Violation};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::journal::Journal;
use super::{Conn, Database, attachments, dialect, members, messages, searches};
use crate::sql::fault::Result;
use crate::sql::rows::{MessageChangeRow, StoredMessage};
use crate::sql::schema::{mentions, messages as message_rows, reactions};
use crate::sql::types::Id;
use crate::stored::{content, reactions as stored_reactions};

pub(crate) struct Messages {
    pub(crate) db: Database,
}

#[async_trait]
impl MessageRepository for Messages {
    async fn edit(
        &self,
        caller: UserId,
        conversation: ConversationId,
        seq: Seq,
        text: MessageText,
        now: Timestamp,
    ) -> Result<Committed<Arc<Message>>, Error> {
        self.db
            .write(
                "messages.edit",
                (caller, conversation, seq, text, now),
                |conn, (caller, conversation, seq, text, now)| {
                    Box::pin(async move {
                        let update = Update::open(conn, *caller, *conversation, *seq, *now).await?;
                        update.edit(conn, text, *now).await
                    })
                },
            )
            .await
    }

    async fn recall(
        &self,
        caller: UserId,
        conversation: ConversationId,
        seq: Seq,
        allowed: Duration,
        now: Timestamp,
    ) -> Result<Committed<Arc<Message>>, Error> {
        self.db
            .write(
                "messages.recall",
                (caller, conversation, seq, allowed, now),
                |conn, (caller, conversation, seq, allowed, now)| {
                    Box::pin(async move {
                        let update = Update::open(conn, *caller, *conversation, *seq, *now).await?;
                        update.recall(conn, *allowed, *now).await
                    })
                },
            )
            .await
    }

    async fn react(
        &self,
        caller: UserId,
        conversation: ConversationId,
        seq: Seq,
        emoji: Emoji,
        now: Timestamp,
    ) -> Result<Committed<Arc<Message>>, Error> {
        self.db
            .write(
                "messages.react",
                (caller, conversation, seq, emoji, now),
                |conn, (caller, conversation, seq, emoji, now)| {
                    Box::pin(async move {
                        let update = Update::open(conn, *caller, *conversation, *seq, *now).await?;
                        update.react(conn, emoji, *now).await
                    })
                },
            )
            .await
    }

    async fn unreact(
        &self,
        caller: UserId,
        conversation: ConversationId,
        seq: Seq,
        emoji: Emoji,
    ) -> Result<Committed<Arc<Message>>, Error> {
        self.db
            .write(
                "messages.unreact",
                (caller, conversation, seq, emoji),
                |conn, (caller, conversation, seq, emoji)| {
                    Box::pin(async move {
                        let never = Timestamp::from_unix_micros(0); // whoever is muted may do it too
                        let update = Update::open(conn, *caller, *conversation, *seq, never).await?;
                        update.unreact(conn, emoji).await
                    })
                },
            )
            .await
    }
}

/// A message that somebody wants to change, in its conversation, which nobody else can change meanwhile.
struct Update {
    journal: Journal,
    message: StoredMessage,
    caller: UserId,
    standing: Standing,
}

impl Update {
    async fn open(
        conn: &mut Conn,
        caller: UserId,
        conversation: ConversationId,
        seq: Seq,
        now: Timestamp,
    ) -> Result<Self> {
        let journal = Journal::open(conn, conversation).await?;
        let member = members::get(conn, conversation, caller).await?;
        let message = messages::get(conn, &member, seq).await?;
        let standing = member.standing(journal.conversation(), now)?;
        Ok(Self { journal, message, caller, standing })
    }

    async fn edit(mut self, conn: &mut Conn, text: &MessageText, now: Timestamp) -> Result<Outcome> {
        if !self.is_senders() {
            return Err(Refusal::NotSender.into());
        }
        Action::Edit.check(self.standing)?;
        self.ensure_present()?;
        let after = Content::Text(text.clone());
        let before = content::decode(&self.message.row.kind, &self.message.row.body)?;
        if before == after {
            return self.unchanged();
        }
        if !matches!(before, Content::Text(_)) {
            return Err(Error::from(Violation::new(
                "content.type",
                "not_editable",
                "only texts can be edited",
            ))
            .into());
        }
        let (kind, body) = content::encode(&after)?;
        self.store_content(conn, (kind, &body)).await?;
        let (conversation, seq) = self.place();
        searches::forget_signature(conn, conversation, seq).await?;
        self.change().edited_at = Some(now.unix_micros());
        self.finish(conn).await
    }

    async fn recall(mut self, conn: &mut Conn, allowed: Duration, now: Timestamp) -> Result<Outcome> {
        if self.message.row.sender_id.is_none() {
            return Err(Refusal::NotSender.into());
        }
        let age = now.since(Timestamp::from_unix_micros(self.message.row.created_at));
        may_recall(self.standing, self.is_senders(), age, allowed)?;
        if self.is_recalled() {
            return self.unchanged();
        }
        let (conversation, seq) = self.place();
        let of_message = mentions::conversation_id.eq(conversation).and(mentions::seq.eq(seq));
        let mentioned = self.message.row.mentions.take().is_some();
        if mentioned {
            diesel::delete(mentions::table.filter(of_message)).execute(conn).await?;
        }
        diesel::delete(self.reactions()).execute(conn).await?;
        attachments::release(conn, conversation, seq, now).await?;
        self.message.row.fingerprint = None;
        self.store_content(conn, content::RECALLED).await?;
        let change = self.change();
        (change.recalled_at, change.edited_at, change.reactions) = (Some(now.unix_micros()), None, None);
        self.finish(conn).await
    }

    async fn react(mut self, conn: &mut Conn, emoji: &Emoji, now: Timestamp) -> Result<Outcome> {
        Action::React.check(self.standing)?;
        self.ensure_present()?;
        let mut there = self.reactions_there()?;
        let known = there.iter().position(|reaction| reaction.emoji == *emoji);
        if known.is_none() && there.len() >= Reaction::MAX_KINDS {
            let detail = format!("a message can have at most {} different ones", Reaction::MAX_KINDS);
            return Err(Error::from(Violation::new("emoji", "too_many", detail)).into());
        }
        let (conversation, seq) = self.place();
        let reaction = (
            reactions::conversation_id.eq(conversation),
            reactions::seq.eq(seq),
            reactions::emoji.eq(emoji.as_str()),
            reactions::user_id.eq(Id::from(self.caller)),
            reactions::reacted_at.eq(now.unix_micros()),
        );
        if diesel::insert_or_ignore_into(reactions::table).values(reaction).execute(conn).await? == 0 {
            return self.unchanged();
        }
        match known.and_then(|at| there.get_mut(at)) {
            Some(reaction) => {
                reaction.count += 1;
                if reaction.users.len() < Reaction::SHOWN {
                    reaction.users.push(self.caller);
                }
            }
            None => there.push(Reaction { emoji: emoji.clone(), count: 1, users: vec![self.caller] }),
        }
        self.change().reactions = stored_reactions::encode(&there)?;
        self.finish(conn).await
    }

    async fn unreact(mut self, conn: &mut Conn, emoji: &Emoji) -> Result<Outcome> {
        Action::Unreact.check(self.standing)?;
        let own = self.reactions().filter(reactions::emoji.eq(emoji.as_str()));
        if diesel::delete(own.filter(reactions::user_id.eq(Id::from(self.caller)))).execute(conn).await? == 0
        {
            return self.unchanged();
        }
        let first: Vec<Id> = own
            .order((reactions::reacted_at, reactions::user_id))
            .limit(i64::try_from(Reaction::SHOWN).unwrap_or(i64::MAX))
            .select(reactions::user_id)
            .load(conn)
            .await?;
        let mut there = self.reactions_there()?;
        if let Some(reaction) = there.iter_mut().find(|reaction| reaction.emoji == *emoji) {
            reaction.count = reaction.count.saturating_sub(1);
            reaction.users = first.into_iter().map(UserId::from).collect();
        }
        there.retain(|reaction| reaction.count > 0);
        self.change().reactions = stored_reactions::encode(&there)?;
        self.finish(conn).await
    }

    fn is_senders(&self) -> bool {
        self.message.row.sender_id == Some(self.caller.into())
    }

    fn is_recalled(&self) -> bool {
        self.message.change.as_ref().is_some_and(|change| change.recalled_at.is_some())
    }

    fn ensure_present(&self) -> Result<()> {
        if self.is_recalled() { Err(Refusal::Recalled.into()) } else { Ok(()) }
    }

    fn place(&self) -> (Id, i64) {
        (self.message.row.conversation_id, self.message.row.seq)
    }

    fn reactions(&self) -> ReactionsOfMessage {
        let (conversation, seq) = self.place();
        reactions_of(conversation, seq)
    }

    fn reactions_there(&self) -> Result<Vec<Reaction>> {
        let there = self.message.change.as_ref().and_then(|change| change.reactions.as_deref());
        Ok(stored_reactions::decode(there)?)
    }

    /// What the message becomes.
    fn change(&mut self) -> &mut MessageChangeRow {
        let (conversation_id, seq) = self.place();
        self.message.change.get_or_insert(MessageChangeRow {
            conversation_id,
            seq,
            rev: 0,
            edited_at: None,
            recalled_at: None,
            reactions: None,
        })
    }

    async fn store_content(&mut self, conn: &mut Conn, (kind, body): (&str, &str)) -> Result<()> {
        let row = &mut self.message.row;
        (row.kind, row.body) = (kind.to_owned(), body.to_owned());
        diesel::update(message_rows::table.find((row.conversation_id, row.seq)))
            .set((
                message_rows::kind.eq(&row.kind),
                message_rows::body.eq(&row.body),
                message_rows::fingerprint.eq(row.fingerprint.as_deref()),
                message_rows::mentions.eq(row.mentions.as_deref()),
            ))
            .execute(conn)
            .await?;
        Ok(())
    }

    /// Gives what has changed its place in the stream.
    async fn finish(mut self, conn: &mut Conn) -> Result<Outcome> {
        self.change().rev = self.journal.next_rev();
        let change = self.change().clone();
        dialect::put_message_change(conn, change).await?;
        let message = Arc::new(Message::try_from(self.message)?);
        self.journal.tell(Change::MessageUpdated(Arc::clone(&message)));
        Ok(Committed { value: message, events: self.journal.close(conn).await? })
    }

    fn unchanged(self) -> Result<Outcome> {
        Ok(Committed::quietly(Arc::new(self.message.try_into()?)))
    }
}

type Outcome = Committed<Arc<Message>>;

type ReactionsOfMessage = reactions_of;

/// What stands under the message.
#[diesel::dsl::auto_type]
fn reactions_of(conversation: Id, seq: i64) -> _ {
    let of_conversation = reactions::conversation_id.eq(conversation);
    reactions::table.filter(of_conversation).filter(reactions::seq.eq(seq))
}
