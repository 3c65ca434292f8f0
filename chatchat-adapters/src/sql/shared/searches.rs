//! Messages by what they say: block after block, newest first, past those whose signature rules them out.

use std::collections::HashMap;

use async_trait::async_trait;
use chatchat_domain::conversation::{Body, Message, Seq};
use chatchat_domain::page::{Page, PageRequest};
use chatchat_domain::search::{Block, Found, MessageIndex, MessageQuery, Signature};
use chatchat_domain::{ConversationId, Error, UserId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Conn, Database, dialect, members};
use crate::sql::fault::Result;
use crate::sql::keyset::{Place, SearchPlace};
use crate::sql::rows::{StoredMessage, stored_messages};
use crate::sql::schema::{
    conversations, members as member_rows, message_changes, message_signatures, messages,
};
use crate::sql::types::{Id, count, stored};
use crate::stored::content;

/// How many messages one search reads.
const MAX_READ: usize = 10_000;
/// How many signatures one search looks at.
const MAX_SIGNATURES: usize = 20_000;
/// How many of either are fetched at once.
const CONVERSATIONS_AT_ONCE: i64 = 100;
const SIGNATURES_AT_ONCE: i64 = 64;

pub(crate) struct Index {
    pub(crate) db: Database,
}

#[async_trait]
impl MessageIndex for Index {
    async fn search(
        &self,
        user: UserId,
        only: Option<ConversationId>,
        query: MessageQuery,
        page: PageRequest,
    ) -> Result<Found, Error> {
        let from = SearchPlace::of(&page)?;
        self.db
            .read(
                "index.search",
                (user, only, query, page.limit.get(), from),
                |conn, (user, only, query, limit, from)| {
                    Box::pin(async move {
                        if let Some(only) = only {
                            members::get(conn, *only, *user).await?;
                        }
                        let mut search = Search::new(query, *limit);
                        let next = search.run(conn, *user, *only, *from).await?;
                        let page = Page { items: search.found, next: next.map(SearchPlace::cursor) };
                        Ok(Found { page, unsigned: search.unsigned })
                    })
                },
            )
            .await
    }

    async fn sign(&self, conversation: ConversationId, block: Block) -> Result<(), Error> {
        let place = (Id::from(conversation), block);
        let read = self
            .db
            .read("index.sign", place, |conn, (id, block)| Box::pin(read_block(conn, *id, *block)))
            .await?;
        let Some((signature, changed_at)) = read else { return Ok(()) };
        self.db
            .write(
                "index.sign",
                (place, signature, changed_at),
                |conn, ((id, block), signature, changed_at)| {
                    Box::pin(store_signature(conn, *id, *block, signature, *changed_at))
                },
            )
            .await
    }
}

/// A search under way.
struct Search<'a> {
    query: &'a MessageQuery,
    limit: usize,
    found: Vec<Message>,
    unsigned: Vec<(ConversationId, Block)>,
    read: usize,
    signatures: usize,
}

/// A conversation to search: its messages above the floor.
#[derive(Clone, Copy)]
struct Reach {
    place: Place,
    floor: i64,
    last_seq: i64,
}

impl<'a> Search<'a> {
    const fn new(query: &'a MessageQuery, limit: usize) -> Self {
        Self { query, limit, found: Vec::new(), unsigned: Vec::new(), read: 0, signatures: 0 }
    }

    /// Searches until the page is full, or enough was read: gives where to go on then.
    async fn run(
        &mut self,
        conn: &mut Conn,
        user: UserId,
        only: Option<ConversationId>,
        from: SearchPlace,
    ) -> Result<Option<SearchPlace>> {
        if from.seq < i64::MAX {
            // Where it was left, however active that conversation has been since.
            let left = Some(ConversationId::from(from.place.id));
            for reach in reaches(conn, user, left, Place::NEWEST).await? {
                if let Some(seq) = self.search(conn, reach, from.seq).await? {
                    return Ok(Some(SearchPlace { seq, ..from }));
                }
            }
            if only.is_some() {
                return Ok(None);
            }
        }
        let mut place = from.place;
        loop {
            let reaches = reaches(conn, user, only, place).await?;
            for reach in &reaches {
                if let Some(seq) = self.search(conn, *reach, i64::MAX).await? {
                    return Ok(Some(SearchPlace { place: reach.place, seq }));
                }
            }
            match reaches.last() {
                Some(last) if only.is_none() => place = last.place,
                _ => return Ok(None),
            }
        }
    }

    /// Searches one conversation below a message; gives the one to go on below if there is no more room.
    async fn search(&mut self, conn: &mut Conn, reach: Reach, below: i64) -> Result<Option<i64>> {
        let mut newest = reach.last_seq.min(below.saturating_sub(1));
        let mut signatures = Signatures::default();
        while newest > reach.floor {
            if self.is_exhausted() {
                return Ok(Some(newest + 1));
            }
            let block = Block::of(Seq(count(newest)));
            let (first, last) = (stored(*block.seqs().start()), stored(*block.seqs().end()));
            let is_full = last <= reach.last_seq;
            let oldest = first.max(reach.floor + 1);
            if !is_full || self.may_hold(conn, &mut signatures, reach.place.id, block).await? {
                for message in texts(conn, reach.place.id, oldest, newest).await? {
                    self.read += 1;
                    let seq = stored(message.seq.0);
                    if self.takes(message) && self.found.len() == self.limit {
                        return Ok(Some(seq));
                    }
                }
            }
            newest = oldest - 1;
        }
        Ok(None)
    }

    fn is_exhausted(&self) -> bool {
        self.found.len() >= self.limit || self.read >= MAX_READ || self.signatures >= MAX_SIGNATURES
    }

    /// Whether the words may be in a full block.
    async fn may_hold(
        &mut self,
        conn: &mut Conn,
        signatures: &mut Signatures,
        id: Id,
        block: Block,
    ) -> Result<bool> {
        self.signatures += 1;
        match signatures.of(conn, id, block).await? {
            Some(signature) => Ok(signature.may_hold(self.query)),
            None => {
                self.unsigned.push((id.into(), block));
                Ok(true)
            }
        }
    }

    /// Takes the message in, if it holds the words.
    fn takes(&mut self, message: Message) -> bool {
        let holds = match &message.body {
            Body::Present { content, .. } => {
                content.searchable().is_some_and(|text| self.query.matches(text))
            }
            Body::Recalled { .. } => false,
        };
        if holds {
            self.found.push(message);
        }
        holds
    }
}

/// The conversations that `user` is in, after this place; or the only one that is wanted.
async fn reaches(
    conn: &mut Conn,
    user: UserId,
    only: Option<ConversationId>,
    after: Place,
) -> Result<Vec<Reach>> {
    let mut theirs = member_rows::table
        .inner_join(conversations::table.on(conversations::id.eq(member_rows::conversation_id)))
        .filter(member_rows::user_id.eq(Id::from(user)))
        .filter(member_rows::removed.eq(false))
        .filter(conversations::last_activity_at.le(after.at))
        .filter(conversations::last_activity_at.lt(after.at).or(conversations::id.lt(after.id)))
        .order((conversations::last_activity_at.desc(), conversations::id.desc()))
        .limit(CONVERSATIONS_AT_ONCE)
        .select((
            conversations::last_activity_at,
            conversations::id,
            member_rows::floor,
            conversations::last_seq,
        ))
        .into_boxed();
    if let Some(only) = only {
        theirs = theirs.filter(member_rows::conversation_id.eq(Id::from(only)));
    }
    let rows: Vec<(i64, Id, i64, i64)> = theirs.load(conn).await?;
    let reach = |(at, id, floor, last_seq)| Reach { place: Place { at, id }, floor, last_seq };
    Ok(rows.into_iter().map(reach).collect())
}

/// The messages from one to another, newest first.
async fn texts(conn: &mut Conn, id: Id, oldest: i64, newest: i64) -> Result<Vec<Message>> {
    let rows: Vec<StoredMessage> = stored_messages()
        .filter(messages::conversation_id.eq(id))
        .filter(messages::seq.ge(oldest))
        .filter(messages::seq.le(newest))
        .order(messages::seq.desc())
        .select(StoredMessage::columns())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, Error>>()?)
}

/// The signatures of a conversation, fetched some at a time, newest first.
#[derive(Default)]
struct Signatures {
    fetched: HashMap<i64, Signature>,
    /// All from here on were fetched.
    from: Option<i64>,
}

impl Signatures {
    async fn of(&mut self, conn: &mut Conn, id: Id, block: Block) -> Result<Option<&Signature>> {
        let block = stored(block.0);
        if self.from.is_none_or(|from| block < from) {
            let from = block - SIGNATURES_AT_ONCE + 1;
            let rows: Vec<(i64, Vec<u8>)> = message_signatures::table
                .filter(message_signatures::conversation_id.eq(id))
                .filter(message_signatures::block.ge(from))
                .filter(message_signatures::block.le(block))
                .select((message_signatures::block, message_signatures::bits))
                .load(conn)
                .await?;
            self.fetched =
                rows.into_iter().map(|(block, bits)| (block, Signature::from_bytes(bits))).collect();
            self.from = Some(from);
        }
        Ok(self.fetched.get(&block))
    }
}

/// The signature of a block that is full and has none, and the rev of the last change in it.
async fn read_block(conn: &mut Conn, id: Id, block: Block) -> Result<Option<(Signature, Option<i64>)>> {
    let signed = message_signatures::table.find((id, stored(block.0))).select(message_signatures::block);
    if signed.first::<i64>(conn).await.optional()?.is_some() {
        return Ok(None);
    }
    let (first, last) = (stored(*block.seqs().start()), stored(*block.seqs().end()));
    let contents: Vec<(String, String)> = messages::table
        .filter(messages::conversation_id.eq(id))
        .filter(messages::seq.ge(first))
        .filter(messages::seq.le(last))
        .select((messages::kind, messages::body))
        .load(conn)
        .await?;
    if u64::try_from(contents.len()) != Ok(Block::MESSAGES) {
        return Ok(None);
    }
    let mut texts = Vec::with_capacity(contents.len());
    for (kind, body) in contents.iter().filter(|(kind, _)| kind != content::RECALLED.0) {
        texts.extend(content::decode(kind, body)?.searchable().map(str::to_owned));
    }
    let signature = Signature::of(texts.iter().map(String::as_str));
    Ok(Some((signature, last_change(conn, id, block).await?)))
}

/// Stores the signature, unless something in the block has changed since it was made.
async fn store_signature(
    conn: &mut Conn,
    id: Id,
    block: Block,
    signature: &Signature,
    changed_at: Option<i64>,
) -> Result<()> {
    let conversation = dialect::lock_conversation(conn, id).await?;
    let is_there = conversation.is_some_and(|row| !row.deleted);
    if !is_there || last_change(conn, id, block).await? != changed_at {
        return Ok(());
    }
    let row = (
        message_signatures::conversation_id.eq(id),
        message_signatures::block.eq(stored(block.0)),
        message_signatures::bits.eq(signature.as_bytes()),
    );
    diesel::insert_or_ignore_into(message_signatures::table).values(row).execute(conn).await?;
    Ok(())
}

async fn last_change(conn: &mut Conn, id: Id, block: Block) -> Result<Option<i64>> {
    let (first, last) = (stored(*block.seqs().start()), stored(*block.seqs().end()));
    let revs = message_changes::table
        .filter(message_changes::conversation_id.eq(id))
        .filter(message_changes::seq.ge(first))
        .filter(message_changes::seq.le(last))
        .select(diesel::dsl::max(message_changes::rev));
    Ok(revs.first(conn).await?)
}

/// Forgets the signature of the block in which a text has changed.
pub(crate) async fn forget_signature(conn: &mut Conn, id: Id, seq: i64) -> Result<()> {
    let block = stored(Block::of(Seq(count(seq))).0);
    diesel::delete(message_signatures::table.find((id, block))).execute(conn).await?;
    Ok(())
}
