//! Appending messages: the hot path, on the synchronous connection.
//!
//! Within a run of appends, each conversation and each sender is read once and written once; only the messages
//! themselves are a statement each.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use async_trait::async_trait;
use chatchat_domain::conversation::{Appended, Content, Draft, Mentions, MessageLog};
use chatchat_domain::{ConversationId, Error, Refusal, UserId, WorkId};
use diesel::prelude::*;
use futures_util::FutureExt as _;

use super::{Conn, Database, run};
use crate::sql::admission::{self, Scene};
use crate::sql::fault::{self, Fault};
use crate::sql::rows::{
    AttachmentUseRow, ConversationRow, MemberRow, MessageRow, StoredMessage, stored_messages,
};
use crate::sql::schema::{attachment_uses, attachments, conversations, members, mentions, messages, outbox};
use crate::sql::types::Id;

pub(crate) struct Log {
    pub(crate) db: Database,
}

#[async_trait]
impl MessageLog for Log {
    async fn append(&self, drafts: Vec<Draft>) -> Vec<Result<Appended, Error>> {
        let size = drafts.len();
        match self.db.append(drafts).await {
            Ok(answers) => answers,
            Err(error) => vec![Err(error); size],
        }
    }
}

/// Appends the drafts within the transaction: one answer for each. An error: nothing of it may stay.
pub(super) fn append(conn: &mut Conn, drafts: Vec<Draft>) -> Result<Vec<Result<Appended, Error>>, Error> {
    run(conn.spawn_blocking(move |conn| Ok(Run::default().append(conn, drafts))).map(|outcome| outcome?))
}

/// Somebody who sends.
struct Sender {
    row: MemberRow,
    /// Whether their read cursor has moved.
    has_sent: bool,
}

/// What is known during a run of appends, as it is to be stored at its end.
#[derive(Default)]
struct Run {
    heads: HashMap<ConversationId, ConversationRow>,
    /// Nobody, if the sender is no member.
    senders: HashMap<(ConversationId, UserId), Option<Sender>>,
}

impl Run {
    fn append(
        mut self,
        conn: &mut SqliteConnection,
        drafts: Vec<Draft>,
    ) -> fault::Result<Vec<Result<Appended, Error>>> {
        let mut answers = Vec::with_capacity(drafts.len());
        for draft in drafts {
            answers.push(match self.append_one(conn, draft) {
                Ok(appended) => Ok(appended),
                Err(Fault::Domain(error)) => Err(error),
                Err(Fault::Sql(error)) => return Err(error.into()),
            });
        }
        self.store(conn)?;
        Ok(answers)
    }

    fn append_one(&mut self, conn: &mut SqliteConnection, draft: Draft) -> fault::Result<Appended> {
        let (sender, head) = self.scene(conn, &draft)?;
        if let Err(refused) = admit(conn, &draft, sender, head)? {
            return stored(conn, &draft)?.ok_or_else(|| refused.into());
        }
        let row = MessageRow::of_draft(&draft, head.last_seq + 1, head.rev + 1, head.counted + 1)?;
        if !insert(conn, &row)? {
            let missing = || Error::Internal("a seq was taken by another message".to_owned());
            return stored(conn, &draft)?.ok_or_else(|| missing().into());
        }
        insert_mentions(conn, &draft, row.seq)?;
        insert_use(conn, &draft, row.seq)?;
        head.last_seq += 1;
        head.rev += 1;
        head.counted += 1;
        head.last_activity_at = head.last_activity_at.max(draft.now.unix_micros());
        (sender.row.read_seq, sender.row.read_counted) = (head.last_seq, head.counted);
        sender.has_sent = true;
        Ok(Appended { message: StoredMessage::from(row).try_into()?, fresh: true })
    }

    /// The draft's sender, and where its conversation stands.
    fn scene(
        &mut self,
        conn: &mut SqliteConnection,
        draft: &Draft,
    ) -> fault::Result<(&mut Sender, &mut ConversationRow)> {
        let sender = match self.senders.entry((draft.conversation, draft.sender)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let found = head_for_member(conn, draft)?;
                unknown.insert(found.map(|(head, row)| {
                    // What is known already has come further than what is stored.
                    self.heads.entry(draft.conversation).or_insert(head);
                    Sender { row, has_sent: false }
                }))
            }
        };
        let head = self.heads.get_mut(&draft.conversation);
        Ok(sender.as_mut().zip(head).ok_or(Refusal::NotFound)?)
    }

    fn store(self, conn: &mut SqliteConnection) -> QueryResult<()> {
        use crate::sql::schema::conversations::dsl as c;
        use crate::sql::schema::members::dsl as m;
        for Sender { row, .. } in self.senders.into_values().flatten().filter(|sender| sender.has_sent) {
            diesel::update(m::members.find((row.conversation_id, row.user_id)))
                .set((m::read_seq.eq(row.read_seq), m::read_counted.eq(row.read_counted)))
                .execute(conn)?;
        }
        for head in self.heads.into_values() {
            diesel::update(c::conversations.find(head.id))
                .set((
                    c::last_seq.eq(head.last_seq),
                    c::rev.eq(head.rev),
                    c::counted.eq(head.counted),
                    c::last_activity_at.eq(head.last_activity_at),
                ))
                .execute(conn)?;
        }
        Ok(())
    }
}

/// Where the conversation stands, and the sender's row, if they are a member.
fn head_for_member(
    conn: &mut SqliteConnection,
    draft: &Draft,
) -> QueryResult<Option<(ConversationRow, MemberRow)>> {
    members::table
        .inner_join(conversations::table.on(conversations::id.eq(members::conversation_id)))
        .filter(members::conversation_id.eq(Id::from(draft.conversation)))
        .filter(members::user_id.eq(Id::from(draft.sender)))
        .filter(members::removed.eq(false))
        .select((ConversationRow::as_select(), MemberRow::as_select()))
        .first(conn)
        .optional()
}

/// Whether the draft may be stored, by what is known of its sender and its conversation.
fn admit(
    conn: &mut SqliteConnection,
    draft: &Draft,
    sender: &Sender,
    head: &ConversationRow,
) -> fault::Result<Result<(), Error>> {
    let standing = sender.row.standing(head, draft.now)?;
    let scene = Scene {
        standing,
        floor: sender.row.floor,
        last_seq: head.last_seq,
        all_are_members: are_members(conn, draft.conversation, &draft.mentions)?,
        attachment_is_there: attachment_is_there(conn, draft)?,
    };
    Ok(admission::check(draft, scene))
}

fn attachment_is_there(conn: &mut SqliteConnection, draft: &Draft) -> QueryResult<bool> {
    let Content::Attachment(attached) = &draft.content else { return Ok(true) };
    let row = attachments::table.find(Id::from(attached.id)).select(attachments::id);
    Ok(row.first::<Id>(conn).optional()?.is_some())
}

/// Notes that the message holds its attachment, which so does not go.
fn insert_use(conn: &mut SqliteConnection, draft: &Draft, seq: i64) -> QueryResult<()> {
    if let Some(held) = AttachmentUseRow::of(draft, seq) {
        let look = Id::from(WorkId::disuse_of(held.attachment_id.into()));
        diesel::insert_into(attachment_uses::table).values(held).execute(conn)?;
        diesel::delete(outbox::table.find(look)).execute(conn)?;
    }
    Ok(())
}

fn are_members(
    conn: &mut SqliteConnection,
    conversation: ConversationId,
    mentions: &Mentions,
) -> QueryResult<bool> {
    if mentions.as_slice().is_empty() {
        return Ok(true);
    }
    let users: Vec<Id> = mentions.as_slice().iter().copied().map(Id::from).collect();
    let present: i64 = members::table
        .filter(members::conversation_id.eq(Id::from(conversation)))
        .filter(members::user_id.eq_any(&users))
        .filter(members::removed.eq(false))
        .count()
        .get_result(conn)?;
    Ok(usize::try_from(present) == Ok(users.len()))
}

/// Inserts the message. False if the sender's `client_id` is there already.
fn insert(conn: &mut SqliteConnection, row: &MessageRow) -> QueryResult<bool> {
    use crate::sql::schema::messages::dsl as m;
    let inserted = diesel::insert_into(messages::table)
        .values((
            m::conversation_id.eq(row.conversation_id),
            m::seq.eq(row.seq),
            m::rev.eq(row.rev),
            m::counted.eq(row.counted),
            m::sender_id.eq(row.sender_id),
            m::client_id.eq(row.client_id.as_deref()),
            m::fingerprint.eq(row.fingerprint.as_deref()),
            m::kind.eq(&row.kind),
            m::body.eq(&row.body),
            m::created_at.eq(row.created_at),
            m::reply_to.eq(row.reply_to),
            m::mentions.eq(row.mentions.as_deref()),
        ))
        .on_conflict_do_nothing()
        .execute(conn)?;
    Ok(inserted == 1)
}

fn insert_mentions(conn: &mut SqliteConnection, draft: &Draft, seq: i64) -> QueryResult<()> {
    let conversation = Id::from(draft.conversation);
    for user in draft.mentions.as_slice() {
        let mention = (
            mentions::conversation_id.eq(conversation),
            mentions::user_id.eq(Id::from(*user)),
            mentions::seq.eq(seq),
        );
        diesel::insert_into(mentions::table).values(mention).execute(conn)?;
    }
    Ok(())
}

/// The message that is stored under the draft's `client_id`, if there is one and it holds the same.
fn stored(conn: &mut SqliteConnection, draft: &Draft) -> fault::Result<Option<Appended>> {
    let message: Option<StoredMessage> = stored_messages()
        .filter(messages::conversation_id.eq(Id::from(draft.conversation)))
        .filter(messages::sender_id.eq(Id::from(draft.sender)))
        .filter(messages::client_id.eq(draft.client_id.as_str()))
        .select(StoredMessage::as_select())
        .first(conn)
        .optional()?;
    let Some(message) = message else { return Ok(None) };
    if !message.row.is_of(draft) {
        return Err(Refusal::IdempotencyConflict.into());
    }
    Ok(Some(Appended { message: message.try_into()?, fresh: false }))
}
