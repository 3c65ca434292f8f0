//! Appending messages: the hot path. A batch takes the same handful of statements however many messages it holds,
//! and touches rows in the order of their keys, so that two batches do not wait for each other in a circle.

use std::collections::{BTreeMap, HashMap, HashSet};

use async_trait::async_trait;
use chatchat_domain::conversation::{Appended, Content, Draft, MessageLog, Rev, Seq};
use chatchat_domain::{Error, Refusal, UserId, WorkId};
use diesel::dsl::{DuplicatedKeys, sql};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;

use super::{Conn, Database};
use crate::sql::admission;
use crate::sql::fault::{self, is_duplicate};
use crate::sql::rows::{
    AttachmentUseRow, ConversationRow, MemberRow, MentionRow, MessageRow, StoredMessage, stored_messages,
};
use crate::sql::schema::{attachment_uses, attachments, conversations, members, mentions, messages, outbox};
use crate::sql::types::{Id, count};

pub(crate) struct Log {
    pub(crate) db: Database,
}

#[async_trait]
impl MessageLog for Log {
    async fn append(&self, drafts: Vec<Draft>) -> Vec<Result<Appended, Error>> {
        let size = drafts.len();
        let engine = &self.db.engine;
        let append = async { all_or_nothing(engine.batcher.append(drafts).await) };
        match engine.watch.append(append).await {
            Ok(answers) => answers,
            Err(error) => vec![Err(error); size],
        }
    }
}

/// The answers, unless the database has given none.
fn all_or_nothing(answers: Vec<Result<Appended, Error>>) -> Result<Vec<Result<Appended, Error>>, Error> {
    let away = |answer: &Result<Appended, Error>| match answer {
        Err(error @ (Error::Unavailable(_) | Error::Overloaded(_))) => Some(error.clone()),
        _ => None,
    };
    let all_away: Option<Vec<Error>> = answers.iter().map(away).collect();
    match all_away.and_then(|errors| errors.into_iter().next()) {
        Some(error) => Err(error),
        None => Ok(answers),
    }
}

/// Appends the drafts within the transaction: one answer for each. An error: nothing of it may stay.
pub(super) async fn append(conn: &mut Conn, drafts: &[Draft]) -> fault::Result<Vec<Result<Appended, Error>>> {
    let scene = Scene::lock(conn, drafts).await?;
    let mut plan = Plan::new(&scene, drafts, &HashMap::new())?;
    // That something was sent before is rare: it is asked only when the answer depends on it.
    if plan.is_doubtful || !insert(conn, &plan.rows).await? {
        plan = Plan::new(&scene, drafts, &sent_before(conn, drafts).await?)?;
        if !insert(conn, &plan.rows).await? {
            return Err(Error::Internal("a seq was taken by another message".to_owned()).into());
        }
    }
    insert_mentions(conn, plan.mentions).await?;
    insert_uses(conn, plan.uses).await?;
    store_heads(conn, plan.conversations.into_values().collect()).await?;
    store_cursors(conn, plan.senders.into_values().collect()).await?;
    Ok(plan.answers)
}

/// What one sender calls one of their messages.
type Key = (Id, Id, String);

fn key(draft: &Draft) -> Key {
    (draft.conversation.into(), draft.sender.into(), draft.client_id.as_str().to_owned())
}

/// The conversations that are written to, which nobody else can change now, and those who are in them: the senders, and
/// whom they mention.
struct Scene {
    conversations: BTreeMap<Id, ConversationRow>,
    members: BTreeMap<(Id, Id), MemberRow>,
    /// The attachments that drafts hold, which do not go as long as the transaction lasts.
    attachments: HashSet<Id>,
}

impl Scene {
    async fn lock(conn: &mut Conn, drafts: &[Draft]) -> QueryResult<Self> {
        let mut ids: Vec<Id> = drafts.iter().map(|draft| draft.conversation.into()).collect();
        ids.sort_unstable();
        ids.dedup();
        let rows: Vec<ConversationRow> = conversations::table
            .filter(conversations::id.eq_any(ids))
            .order(conversations::id)
            .select(ConversationRow::as_select())
            .for_update()
            .load(conn)
            .await?;
        let conversations = rows.into_iter().map(|row| (row.id, row)).collect();

        let named = |draft: &Draft| {
            let conversation = Id::from(draft.conversation);
            let people = [draft.sender].into_iter().chain(draft.mentions.as_slice().iter().copied());
            people.map(|user| (conversation, Id::from(user))).collect::<Vec<_>>()
        };
        let pairs: HashSet<(Id, Id)> = drafts.iter().flat_map(named).collect();
        let mut those_named = members::table.select(MemberRow::as_select()).into_boxed();
        for (conversation, user) in pairs {
            let this = members::conversation_id.eq(conversation).and(members::user_id.eq(user));
            those_named = those_named.or_filter(this);
        }
        let rows: Vec<MemberRow> = those_named.load(conn).await?;
        let present = rows.into_iter().filter(|row| !row.removed);
        let members = present.map(|row| ((row.conversation_id, row.user_id), row)).collect();
        Ok(Self { conversations, members, attachments: lock_attachments(conn, drafts).await? })
    }

    fn has_attachment(&self, draft: &Draft) -> bool {
        match &draft.content {
            Content::Attachment(attached) => self.attachments.contains(&attached.id.into()),
            _ => true,
        }
    }

    fn has_all(&self, conversation: Id, draft: &Draft) -> bool {
        let mut mentioned = draft.mentions.as_slice().iter();
        mentioned.all(|user| self.members.contains_key(&(conversation, Id::from(*user))))
    }
}

/// What is to be written, and what the senders are told.
#[derive(Default)]
struct Plan {
    rows: Vec<MessageRow>,
    mentions: Vec<MentionRow>,
    uses: Vec<AttachmentUseRow>,
    /// Those that are written to, as they will be.
    conversations: BTreeMap<Id, ConversationRow>,
    /// Those who write, as they will be.
    senders: BTreeMap<(Id, Id), MemberRow>,
    answers: Vec<Result<Appended, Error>>,
    /// Whether an answer depends on what was sent before.
    is_doubtful: bool,
}

impl Plan {
    fn new(
        scene: &Scene,
        drafts: &[Draft],
        sent_before: &HashMap<Key, StoredMessage>,
    ) -> fault::Result<Self> {
        let mut plan = Self::default();
        let mut sent_now = HashMap::new();
        for draft in drafts {
            let key = key(draft);
            let sent = || plan.rows.get(*sent_now.get(&key)?).cloned().map(StoredMessage::from);
            let answer = match sent_before.get(&key).cloned().or_else(sent) {
                Some(message) => again(draft, message),
                None => plan.admit(scene, draft)?,
            };
            if answer.as_ref().is_ok_and(|appended| appended.fresh) {
                sent_now.insert(key, plan.rows.len() - 1);
            }
            plan.answers.push(answer);
        }
        Ok(plan)
    }

    /// Gives a draft that was not sent before its place.
    fn admit(&mut self, scene: &Scene, draft: &Draft) -> fault::Result<Result<Appended, Error>> {
        let (id, sender) = (Id::from(draft.conversation), Id::from(draft.sender));
        let (Some(conversation), Some(member)) =
            (scene.conversations.get(&id), scene.members.get(&(id, sender)))
        else {
            return Ok(Err(Refusal::NotFound.into()));
        };
        let conversation = self.conversations.get(&id).unwrap_or(conversation);
        let known = admission::Scene {
            standing: member.standing(conversation, draft.now)?,
            floor: member.floor,
            last_seq: conversation.last_seq,
            all_are_members: scene.has_all(id, draft),
            attachment_is_there: scene.has_attachment(draft),
        };
        if let Err(refused) = admission::check(draft, known) {
            self.is_doubtful = true;
            return Ok(Err(refused));
        }
        let mut conversation = conversation.clone();
        conversation.last_seq += 1;
        conversation.rev += 1;
        conversation.counted += 1;
        conversation.last_activity_at = conversation.last_activity_at.max(draft.now.unix_micros());
        let member = self.senders.entry((id, sender)).or_insert_with(|| member.clone());
        member.read_seq = conversation.last_seq;
        member.read_counted = conversation.counted;
        let (seq, rev, counted) = (conversation.last_seq, conversation.rev, conversation.counted);
        let row = MessageRow::of_draft(draft, seq, rev, counted)?;
        let message = draft.clone().stored_at(Seq(count(seq)), Rev(count(rev)));
        let mention = |user: &UserId| MentionRow { conversation_id: id, user_id: (*user).into(), seq };
        self.mentions.extend(draft.mentions.as_slice().iter().map(mention));
        self.uses.extend(AttachmentUseRow::of(draft, seq));
        self.conversations.insert(id, conversation);
        self.rows.push(row);
        Ok(Ok(Appended { message, fresh: true }))
    }
}

/// The answer to who sends again what is stored.
fn again(draft: &Draft, message: StoredMessage) -> Result<Appended, Error> {
    if !message.row.is_of(draft) {
        return Err(Refusal::IdempotencyConflict.into());
    }
    Ok(Appended { message: message.try_into()?, fresh: false })
}

/// Inserts the messages. False, and nothing inserted, if one of them is there already.
async fn insert(conn: &mut Conn, rows: &[MessageRow]) -> QueryResult<bool> {
    if rows.is_empty() {
        return Ok(true);
    }
    match diesel::insert_into(messages::table).values(rows.to_vec()).execute(conn).await {
        Err(error) if is_duplicate(&error) => Ok(false),
        inserted => inserted.map(|_| true),
    }
}

async fn insert_mentions(conn: &mut Conn, rows: Vec<MentionRow>) -> QueryResult<()> {
    if rows.is_empty() {
        return Ok(());
    }
    diesel::insert_into(mentions::table).values(rows).execute(conn).await.map(drop)
}

async fn lock_attachments(conn: &mut Conn, drafts: &[Draft]) -> QueryResult<HashSet<Id>> {
    let held = drafts.iter().filter_map(|draft| AttachmentUseRow::of(draft, 0));
    let held: Vec<Id> = held.map(|held| held.attachment_id).collect();
    if held.is_empty() {
        return Ok(HashSet::new());
    }
    let there = attachments::table.filter(attachments::id.eq_any(held)).order(attachments::id);
    let there: Vec<Id> = there.select(attachments::id).for_update().load(conn).await?;
    Ok(there.into_iter().collect())
}

/// Notes which attachments the messages hold, which so do not go.
async fn insert_uses(conn: &mut Conn, uses: Vec<AttachmentUseRow>) -> QueryResult<()> {
    if uses.is_empty() {
        return Ok(());
    }
    let look = |held: &AttachmentUseRow| Id::from(WorkId::disuse_of(held.attachment_id.into()));
    let looks: Vec<Id> = uses.iter().map(look).collect();
    diesel::insert_into(attachment_uses::table).values(uses).execute(conn).await?;
    diesel::delete(outbox::table.filter(outbox::id.eq_any(looks))).execute(conn).await.map(drop)
}

/// Those of the drafts that are stored already. Only a member is told of them.
async fn sent_before(conn: &mut Conn, drafts: &[Draft]) -> QueryResult<HashMap<Key, StoredMessage>> {
    let keys: HashSet<Key> = drafts.iter().map(key).collect();
    let mut of_drafts = stored_messages().select(StoredMessage::columns()).into_boxed();
    for (conversation, sender, client_id) in keys {
        of_drafts = of_drafts.or_filter(
            messages::conversation_id
                .eq(conversation)
                .and(messages::sender_id.eq(sender))
                .and(messages::client_id.eq(client_id)),
        );
    }
    let stored: Vec<StoredMessage> = of_drafts.load(conn).await?;
    let key_of = |row: &MessageRow| Some((row.conversation_id, row.sender_id?, row.client_id.clone()?));
    Ok(stored.into_iter().filter_map(|message| Some((key_of(&message.row)?, message))).collect())
}

/// Stores where the conversations stand now. They are all there: this inserts none.
async fn store_heads(conn: &mut Conn, rows: Vec<ConversationRow>) -> QueryResult<()> {
    use crate::sql::schema::conversations::dsl as c;
    if rows.is_empty() {
        return Ok(());
    }
    diesel::insert_into(conversations::table)
        .values(rows)
        .on_conflict(DuplicatedKeys)
        .do_update()
        .set((
            c::last_seq.eq(sql::<BigInt>("VALUES(last_seq)")),
            c::rev.eq(sql::<BigInt>("VALUES(rev)")),
            c::counted.eq(sql::<BigInt>("VALUES(counted)")),
            c::last_activity_at.eq(sql::<BigInt>("VALUES(last_activity_at)")),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// Stores how far the senders have read: their own messages. They are all there: this inserts none.
async fn store_cursors(conn: &mut Conn, rows: Vec<MemberRow>) -> QueryResult<()> {
    use crate::sql::schema::members::dsl as m;
    if rows.is_empty() {
        return Ok(());
    }
    diesel::insert_into(members::table)
        .values(rows)
        .on_conflict(DuplicatedKeys)
        .do_update()
        .set((
            m::read_seq.eq(sql::<BigInt>("VALUES(read_seq)")),
            m::read_counted.eq(sql::<BigInt>("VALUES(read_counted)")),
        ))
        .execute(conn)
        .await
        .map(drop)
}
