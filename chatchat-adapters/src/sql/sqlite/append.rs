//! Appending messages: the hot path, on the synchronous connection.
//!
//! Within a run of appends, each conversation and each sender is read once and written once; only the messages
//! themselves are a statement each.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use async_trait::async_trait;
use chatchat_domain::conversation::{Appended, Draft, Message, MessageLog, Rev, Seq};
use chatchat_domain::{ConversationId, Error, Refusal, UserId};
use diesel::prelude::*;
use futures_util::FutureExt as _;

use super::{Conn, Database, run};
use crate::sql::fault::{self, Fault};
use crate::sql::rows::MessageRow;
use crate::sql::schema::{conversations, members, messages};
use crate::sql::types::{Id, count};
use crate::stored::content;

/// How much of a fingerprint is kept: 128 bits tell contents apart well enough.
const FINGERPRINT: usize = 16;

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

/// Where a sender's read cursor is to stand; nowhere else if they have sent nothing.
type Cursor = Option<(i64, i64)>;

/// What is known during a run of appends.
#[derive(Default)]
struct Run {
    heads: HashMap<ConversationId, Head>,
    /// Nobody, if the sender is no member.
    senders: HashMap<(ConversationId, UserId), Option<Cursor>>,
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
        let cursor = match self.senders.entry((draft.conversation, draft.sender)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let head = head_for_member(conn, &draft)?;
                unknown.insert(head.map(|head| {
                    // What is known already has come further than what is stored.
                    self.heads.entry(draft.conversation).or_insert(head);
                    None
                }))
            }
        };
        let cursor = cursor.as_mut().ok_or(Refusal::NotFound)?;
        let head = self.heads.get_mut(&draft.conversation).ok_or(Refusal::NotFound)?;
        if head.closed {
            return stored(conn, &draft)?.ok_or_else(|| Refusal::NotFriends.into());
        }
        if !insert(conn, &draft, head)? {
            let missing = || Error::Internal("a seq was taken by another message".to_owned());
            return stored(conn, &draft)?.ok_or_else(|| missing().into());
        }
        head.last_seq += 1;
        head.rev += 1;
        head.counted += 1;
        head.last_activity_at = head.last_activity_at.max(draft.now.unix_micros());
        *cursor = Some((head.last_seq, head.counted));
        Ok(Appended { message: message(draft, head), fresh: true })
    }

    fn store(self, conn: &mut SqliteConnection) -> QueryResult<()> {
        use crate::sql::schema::conversations::dsl as c;
        use crate::sql::schema::members::dsl as m;
        for ((conversation, sender), cursor) in self.senders {
            let Some(Some((seq, counted))) = cursor else { continue };
            diesel::update(m::members.find((Id::from(conversation), Id::from(sender))))
                .set((m::read_seq.eq(seq), m::read_counted.eq(counted)))
                .execute(conn)?;
        }
        for (conversation, head) in self.heads {
            diesel::update(c::conversations.find(Id::from(conversation)))
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

/// Where the conversation stands, if the sender is a member.
fn head_for_member(conn: &mut SqliteConnection, draft: &Draft) -> QueryResult<Option<Head>> {
    members::table
        .inner_join(conversations::table.on(conversations::id.eq(members::conversation_id)))
        .filter(members::conversation_id.eq(Id::from(draft.conversation)))
        .filter(members::user_id.eq(Id::from(draft.sender)))
        .filter(members::removed.eq(false))
        .select(Head::as_select())
        .first(conn)
        .optional()
}

/// Inserts the message behind `head`. False if the sender's `client_id` is there already.
fn insert(conn: &mut SqliteConnection, draft: &Draft, head: &Head) -> fault::Result<bool> {
    use crate::sql::schema::messages::dsl as m;
    let (kind, body) = content::encode(&draft.content)?;
    let fingerprint = draft.content.fingerprint();
    let inserted = diesel::insert_into(messages::table)
        .values((
            m::conversation_id.eq(Id::from(draft.conversation)),
            m::seq.eq(head.last_seq + 1),
            m::rev.eq(head.rev + 1),
            m::counted.eq(head.counted + 1),
            m::sender_id.eq(Id::from(draft.sender)),
            m::client_id.eq(draft.client_id.as_str()),
            m::fingerprint.eq(fingerprint.get(..FINGERPRINT)),
            m::kind.eq(kind),
            m::body.eq(body),
            m::created_at.eq(draft.now.unix_micros()),
        ))
        .on_conflict_do_nothing()
        .execute(conn)?;
    Ok(inserted == 1)
}

/// The message that is stored under the draft's `client_id`, if there is one and it holds the same.
fn stored(conn: &mut SqliteConnection, draft: &Draft) -> fault::Result<Option<Appended>> {
    let row = messages::table
        .filter(messages::conversation_id.eq(Id::from(draft.conversation)))
        .filter(messages::sender_id.eq(Id::from(draft.sender)))
        .filter(messages::client_id.eq(draft.client_id.as_str()))
        .select(MessageRow::as_select())
        .first(conn)
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    if row.fingerprint.as_deref() != draft.content.fingerprint().get(..FINGERPRINT) {
        return Err(Refusal::IdempotencyConflict.into());
    }
    Ok(Some(Appended { message: row.try_into()?, fresh: false }))
}

fn message(draft: Draft, head: &Head) -> Message {
    Message {
        conversation: draft.conversation,
        seq: Seq(count(head.last_seq)),
        rev: Rev(count(head.rev)),
        sender: Some(draft.sender),
        client_id: Some(draft.client_id),
        content: draft.content,
        created_at: draft.now,
    }
}
