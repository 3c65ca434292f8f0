//! Appending messages: the hot path, on the synchronous connection.
//!
//! Within a run of appends, each conversation and each sender is read once and written once; only the messages
//! themselves are a statement each.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use async_trait::async_trait;
use chatchat_domain::conversation::{Appended, Content, Draft, Mentions, MessageLog, Rev, Seq, Standing};
use chatchat_domain::{ConversationId, Error, Refusal, UserId, WorkId};
use diesel::prelude::*;
use futures_util::FutureExt as _;

use super::statements::{InsertMessage, MoveCursor, MoveHead};
use super::{Conn, Database, run};
use crate::sql::admission::{self, Scene};
use crate::sql::fault::{self, Fault};
use crate::sql::rows::{AttachmentUseRow, FINGERPRINT, StoredMessage, stored_messages};
use crate::sql::schema::{attachment_uses, attachments, conversations, members, mentions, messages, outbox};
use crate::sql::types::{Id, count, stored as to_store};
use crate::stored::{content, ids};

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

/// Where a conversation stands.
#[derive(Queryable, Selectable)]
#[diesel(table_name = conversations)]
struct Head {
    last_seq: i64,
    rev: i64,
    counted: i64,
    last_activity_at: i64,
    closed: bool,
}

/// Somebody who sends: no more of their row is read than a send needs.
#[derive(Queryable, Selectable)]
#[diesel(table_name = members)]
struct SenderRow {
    floor: i64,
    muted_until: Option<i64>,
}

struct Sender {
    row: SenderRow,
    /// Where their read cursor is to stand, if they have sent something.
    cursor: Option<(i64, i64)>,
}

impl Sender {
    /// As sending goes, all who are neither apart nor muted stand alike.
    fn standing(&self, head: &Head, draft: &Draft) -> Standing {
        let is_muted = self.row.muted_until.is_some_and(|until| until > draft.now.unix_micros());
        match (head.closed, is_muted) {
            (true, _) => Standing::FormerFriend,
            (_, true) => Standing::Muted,
            _ => Standing::Member,
        }
    }
}

/// What is known during a run of appends, as it is to be stored at its end.
#[derive(Default)]
struct Run {
    heads: HashMap<ConversationId, Head>,
    /// Nobody, if the sender is no member.
    senders: Senders,
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
        if !insert(conn, &draft, head)? {
            let missing = || Error::Internal("a seq was taken by another message".to_owned());
            return stored(conn, &draft)?.ok_or_else(|| missing().into());
        }
        head.last_seq += 1;
        head.rev += 1;
        head.counted += 1;
        head.last_activity_at = head.last_activity_at.max(draft.now.unix_micros());
        sender.cursor = Some((head.last_seq, head.counted));
        insert_mentions(conn, &draft, head.last_seq)?;
        insert_use(conn, &draft, head.last_seq)?;
        let (seq, rev) = (Seq(count(head.last_seq)), Rev(count(head.rev)));
        Ok(Appended { message: draft.stored_at(seq, rev), fresh: true })
    }

    /// The draft's sender, and where its conversation stands.
    fn scene(
        &mut self,
        conn: &mut SqliteConnection,
        draft: &Draft,
    ) -> fault::Result<(&mut Sender, &mut Head)> {
        let sender = match self.senders.entry((draft.conversation, draft.sender)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let found = head_for_member(conn, draft)?;
                unknown.insert(found.map(|(head, row)| {
                    // What is known already has come further than what is stored.
                    self.heads.entry(draft.conversation).or_insert(head);
                    Sender { row, cursor: None }
                }))
            }
        };
        let head = self.heads.get_mut(&draft.conversation);
        Ok(sender.as_mut().zip(head).ok_or(Refusal::NotFound)?)
    }

    fn store(self, conn: &mut SqliteConnection) -> QueryResult<()> {
        for ((conversation, sender), Sender { cursor, .. }) in known(self.senders) {
            let Some((seq, counted)) = cursor else { continue };
            let (conversation, user) = (conversation.into(), sender.into());
            MoveCursor { read_seq: seq, read_counted: counted, conversation, user }.execute(conn)?;
        }
        for (conversation, head) in self.heads {
            let Head { last_seq, rev, counted, last_activity_at, .. } = head;
            MoveHead { last_seq, rev, counted, last_activity_at, conversation: conversation.into() }
                .execute(conn)?;
        }
        Ok(())
    }
}

type Senders = HashMap<(ConversationId, UserId), Option<Sender>>;

/// Those who are members.
fn known(senders: Senders) -> impl Iterator<Item = ((ConversationId, UserId), Sender)> {
    senders.into_iter().filter_map(|(key, sender)| Some((key, sender?)))
}

/// Where the conversation stands, and the sender's row, if they are a member.
fn head_for_member(conn: &mut SqliteConnection, draft: &Draft) -> QueryResult<Option<(Head, SenderRow)>> {
    members::table
        .inner_join(conversations::table.on(conversations::id.eq(members::conversation_id)))
        .filter(members::conversation_id.eq(Id::from(draft.conversation)))
        .filter(members::user_id.eq(Id::from(draft.sender)))
        .filter(members::removed.eq(false))
        .select((Head::as_select(), SenderRow::as_select()))
        .first(conn)
        .optional()
}

/// Whether the draft may be stored, by what is known of its sender and its conversation.
fn admit(
    conn: &mut SqliteConnection,
    draft: &Draft,
    sender: &Sender,
    head: &Head,
) -> fault::Result<Result<(), Error>> {
    let scene = Scene {
        standing: sender.standing(head, draft),
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

/// Inserts the message behind `head`. False if the sender's `client_id` is there already.
fn insert(conn: &mut SqliteConnection, draft: &Draft, head: &Head) -> fault::Result<bool> {
    let (kind, body) = content::encode(&draft.content)?;
    let fingerprint = draft.content.fingerprint();
    let message = InsertMessage {
        conversation: draft.conversation.into(),
        seq: head.last_seq + 1,
        rev: head.rev + 1,
        counted: head.counted + 1,
        sender: draft.sender.into(),
        client_id: draft.client_id.as_str(),
        fingerprint: fingerprint.get(..FINGERPRINT),
        kind,
        body: &body,
        created_at: draft.now.unix_micros(),
        reply_to: draft.reply_to.map(|seq| to_store(seq.0)),
        mentions: ids::encode(draft.mentions.as_slice()),
    };
    Ok(message.execute(conn)? == 1)
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
        .select(StoredMessage::columns())
        .first(conn)
        .optional()?;
    let Some(message) = message else { return Ok(None) };
    if !message.row.is_of(draft) {
        return Err(Refusal::IdempotencyConflict.into());
    }
    Ok(Some(Appended { message: message.try_into()?, fresh: false }))
}
