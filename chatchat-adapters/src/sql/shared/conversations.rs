//! Conversations for their readers: lists, heads, history, changes, read cursors.

use async_trait::async_trait;
use chatchat_domain::conversation::{
    Action, Changes, ClientId, Conversation, ConversationRepository, ConversationSettings, Head, HistoryPage,
    Message, ReadCursor, ReadMoved, Rev, Seq, SettingsChange, Snapshot, StreamPart, Window,
};
use chatchat_domain::event::{Committed, News, UserRev};
use chatchat_domain::page::{Limit, Page, PageRequest};
use chatchat_domain::{ConversationId, Error, Refusal, Timestamp, UserId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::journal::personal;
use super::{Conn, Database, changes, dialect, members, messages, views};
use crate::sql::fault::Result;
use crate::sql::keyset::{ListPlace, one_more};
use crate::sql::rows::{ConversationRow, GROUP, MemberRow};
use crate::sql::schema::{conversations, groups, members as member_rows, users};
use crate::sql::types::{Id, count, stored};

/// How many read cursors are given at most.
const MAX_READ_CURSORS: i64 = 10_000;
/// How many ids stand in one query.
const IDS_AT_ONCE: usize = 500;

pub(crate) struct Conversations {
    pub(crate) db: Database,
}

#[async_trait]
impl ConversationRepository for Conversations {
    async fn list(&self, user: UserId, page: PageRequest) -> Result<Page<Conversation>, Error> {
        let after = ListPlace::of(&page)?;
        self.db
            .read("conversations.list", (user, page, after), |conn, (user, page, after)| {
                Box::pin(async move {
                    let seen = views::seen_by(conn, *user, None, *after, one_more(page.limit)).await?;
                    let seen = Page::cut(seen, page.limit, |seen| seen.place().cursor());
                    let items = views::conversations(conn, *user, seen.items).await?;
                    Ok(Page { items, next: seen.next })
                })
            })
            .await
    }

    async fn find(&self, user: UserId, conversation: ConversationId) -> Result<Conversation, Error> {
        self.db
            .read("conversations.find", (user, conversation), |conn, (user, conversation)| {
                Box::pin(views::conversation(conn, *user, *conversation))
            })
            .await
    }

    async fn snapshot(&self, user: UserId) -> Result<Snapshot, Error> {
        self.db.read("conversations.snapshot", user, |conn, user| Box::pin(snapshot(conn, *user))).await
    }

    async fn change_settings(
        &self,
        user: UserId,
        conversation: ConversationId,
        change: SettingsChange,
    ) -> Result<Committed<Conversation>, Error> {
        self.db
            .write(
                "conversations.change_settings",
                (user, conversation, change),
                |conn, (user, conversation, change)| {
                    Box::pin(change_settings(conn, *user, *conversation, *change))
                },
            )
            .await
    }

    async fn check_seen(&self, user: UserId, conversation: ConversationId) -> Result<(), Error> {
        self.db
            .read("conversations.check_seen", (user, conversation), |conn, (user, conversation)| {
                Box::pin(async move {
                    let member = members::get(conn, *conversation, *user).await?;
                    let row = conversations::table.find(Id::from(*conversation));
                    let row = row.select(ConversationRow::as_select()).first(conn).await?;
                    Ok(can_be_seen(&member, &row)?)
                })
            })
            .await
    }

    async fn is_member(&self, user: UserId, conversation: ConversationId) -> Result<bool, Error> {
        self.db
            .read("conversations.is_member", (user, conversation), |conn, (user, conversation)| {
                Box::pin(async move { Ok(members::find(conn, *conversation, *user).await?.is_some()) })
            })
            .await
    }

    async fn history(
        &self,
        user: UserId,
        conversation: ConversationId,
        window: Window,
        limit: Limit,
    ) -> Result<HistoryPage, Error> {
        self.db
            .read(
                "conversations.history",
                (user, conversation, window, limit),
                |conn, (user, conversation, window, limit)| {
                    Box::pin(async move {
                        let member = members::get(conn, *conversation, *user).await?;
                        messages::history(conn, &member, *window, *limit).await
                    })
                },
            )
            .await
    }

    async fn changes(
        &self,
        user: UserId,
        conversation: ConversationId,
        after: Rev,
        limit: Limit,
        max: u64,
    ) -> Result<Changes, Error> {
        self.db
            .read(
                "conversations.changes",
                (user, conversation, after, limit, max),
                |conn, (user, conversation, after, limit, max)| {
                    Box::pin(async move {
                        let member = members::get(conn, *conversation, *user).await?;
                        changes::changes(conn, &member, stored(after.0), *limit, *max).await
                    })
                },
            )
            .await
    }

    async fn advance_read(
        &self,
        user: UserId,
        conversation: ConversationId,
        seq: Seq,
    ) -> Result<Committed<ReadMoved>, Error> {
        self.db
            .write(
                "conversations.advance_read",
                (user, conversation, seq),
                |conn, (user, conversation, seq)| Box::pin(advance_read(conn, *user, *conversation, *seq)),
            )
            .await
    }

    async fn ever_in(
        &self,
        user: UserId,
        after: Option<ConversationId>,
        limit: Limit,
    ) -> Result<Vec<ConversationId>, Error> {
        self.db
            .read(
                "conversations.ever_in",
                (user, after.map_or(Id::LOWEST, Id::from), limit),
                |conn, (user, after, limit)| {
                    Box::pin(async move {
                        let ids: Vec<Id> = member_rows::table
                            .filter(member_rows::user_id.eq(Id::from(*user)))
                            .filter(member_rows::conversation_id.gt(*after))
                            .order(member_rows::conversation_id)
                            .limit(i64::try_from(limit.get()).unwrap_or(i64::MAX))
                            .select(member_rows::conversation_id)
                            .load(conn)
                            .await?;
                        Ok(ids.into_iter().map(ConversationId::from).collect())
                    })
                },
            )
            .await
    }

    async fn sent_by(
        &self,
        user: UserId,
        conversation: ConversationId,
        after: Option<ClientId>,
        limit: Limit,
    ) -> Result<Vec<Message>, Error> {
        self.db
            .read(
                "conversations.sent_by",
                (user, conversation, after, limit),
                |conn, (user, conversation, after, limit)| {
                    Box::pin(messages::sent_by(conn, *user, *conversation, after.as_ref(), *limit))
                },
            )
            .await
    }

    async fn read_cursors(
        &self,
        user: UserId,
        conversation: ConversationId,
    ) -> Result<Vec<ReadCursor>, Error> {
        self.db
            .read("conversations.read_cursors", (user, conversation), |conn, (user, conversation)| {
                Box::pin(async move {
                    members::get(conn, *conversation, *user).await?;
                    let cursors: Vec<(Id, i64)> = member_rows::table
                        .filter(member_rows::conversation_id.eq(Id::from(*conversation)))
                        .filter(member_rows::removed.eq(false))
                        .limit(MAX_READ_CURSORS)
                        .select((member_rows::user_id, member_rows::read_seq))
                        .load(conn)
                        .await?;
                    let cursor =
                        |(user, seq): (Id, i64)| ReadCursor { user: user.into(), read_seq: Seq(count(seq)) };
                    Ok(cursors.into_iter().map(cursor).collect())
                })
            })
            .await
    }

    async fn revs(&self, conversations: &[ConversationId]) -> Result<Vec<(ConversationId, Rev)>, Error> {
        let ids: Vec<Id> = conversations.iter().copied().map(Id::from).collect();
        self.db
            .read("conversations.revs", ids, |conn, ids| {
                Box::pin(async move {
                    let mut revs = Vec::with_capacity(ids.len());
                    for ids in ids.chunks(IDS_AT_ONCE) {
                        let known: Vec<(Id, i64)> = conversations::table
                            .filter(conversations::id.eq_any(ids.to_vec()))
                            .select((conversations::id, conversations::rev))
                            .load(conn)
                            .await?;
                        revs.extend(known.into_iter().map(|(id, rev)| (id.into(), Rev(count(rev)))));
                    }
                    Ok(revs)
                })
            })
            .await
    }

    async fn user_revs(&self, people: &[UserId]) -> Result<Vec<(UserId, UserRev)>, Error> {
        let ids: Vec<Id> = people.iter().copied().map(Id::from).collect();
        self.db
            .read("conversations.user_revs", ids, |conn, ids| {
                Box::pin(async move {
                    let mut revs = Vec::with_capacity(ids.len());
                    for ids in ids.chunks(IDS_AT_ONCE) {
                        let known: Vec<(Id, i64)> = users::table
                            .filter(users::id.eq_any(ids.to_vec()))
                            .select((users::id, users::rev))
                            .load(conn)
                            .await?;
                        revs.extend(known.into_iter().map(|(id, rev)| (id.into(), UserRev(count(rev)))));
                    }
                    Ok(revs)
                })
            })
            .await
    }

    async fn stream(&self, conversation: ConversationId, after: Rev, max: u32) -> Result<StreamPart, Error> {
        self.db
            .read("conversations.stream", (conversation, after, max), |conn, (conversation, after, max)| {
                Box::pin(changes::stream(conn, (*conversation).into(), stored(after.0), i64::from(*max)))
            })
            .await
    }
}

async fn snapshot(conn: &mut Conn, user: UserId) -> Result<Snapshot> {
    let rev: Option<i64> =
        users::table.find(Id::from(user)).select(users::rev).first(conn).await.optional()?;
    let user_rev = UserRev(count(rev.ok_or(Refusal::NotFound)?));
    let rows: Vec<(ConversationRow, MemberRow)> = member_rows::table
        .inner_join(conversations::table.on(conversations::id.eq(member_rows::conversation_id)))
        .filter(member_rows::user_id.eq(Id::from(user)))
        .filter(member_rows::removed.eq(false))
        .select((ConversationRow::as_select(), MemberRow::as_select()))
        .load(conn)
        .await?;
    let head = |(conversation, member): (ConversationRow, MemberRow)| Head {
        conversation: conversation.id.into(),
        last_seq: Seq(count(conversation.last_seq)),
        rev: Rev(count(conversation.rev)),
        read_seq: Seq(count(member.read_seq)),
        unread: member.unread(&conversation),
        floor: Seq(count(member.floor)),
    };
    Ok(Snapshot { user_rev, heads: rows.into_iter().map(head).collect() })
}

async fn advance_read(
    conn: &mut Conn,
    user: UserId,
    id: ConversationId,
    seq: Seq,
) -> Result<Committed<ReadMoved>> {
    let conversation = dialect::lock_conversation(conn, id.into()).await?.ok_or(Refusal::NotFound)?;
    let mut member = members::get(conn, id, user).await?;
    let member_count = member_count(conn, &conversation).await?;
    let target = stored(seq.0).min(conversation.last_seq);
    let moved = target > member.read_seq;
    if moved {
        member.read_seq = target;
        member.read_counted = messages::counted_at(conn, conversation.id, target.max(member.floor)).await?;
        diesel::update(member_rows::table.find((conversation.id, Id::from(user))))
            .set((
                member_rows::read_seq.eq(member.read_seq),
                member_rows::read_counted.eq(member.read_counted),
            ))
            .execute(conn)
            .await?;
    }
    let (read_seq, unread) = (Seq(count(member.read_seq)), member.unread(&conversation));
    let mut events = Vec::new();
    if moved {
        events.push(personal(conn, user, News::Read { conversation: id, read_seq, unread }).await?);
    }
    let is_seen = can_be_seen(&member, &conversation).is_ok();
    Ok(Committed { value: ReadMoved { read_seq, unread, moved, member_count, is_seen }, events })
}

/// Whether others may see what the member does without writing. Being muted does not matter.
fn can_be_seen(member: &MemberRow, conversation: &ConversationRow) -> Result<(), Error> {
    let unmuted = MemberRow { muted_until: None, ..member.clone() };
    Ok(Action::BeSeen.check(unmuted.standing(conversation, Timestamp::from_unix_micros(0))?)?)
}

async fn change_settings(
    conn: &mut Conn,
    user: UserId,
    id: ConversationId,
    change: SettingsChange,
) -> Result<Committed<Conversation>> {
    let member = members::get(conn, id, user).await?;
    let settings = ConversationSettings {
        muted: change.muted.unwrap_or(member.muted),
        pinned: change.pinned.unwrap_or(member.pinned),
    };
    let mut events = Vec::new();
    if settings != (ConversationSettings { muted: member.muted, pinned: member.pinned }) {
        diesel::update(member_rows::table.find((Id::from(id), Id::from(user))))
            .set((member_rows::muted.eq(settings.muted), member_rows::pinned.eq(settings.pinned)))
            .execute(conn)
            .await?;
        events.push(personal(conn, user, News::Settings { conversation: id, settings }).await?);
    }
    Ok(Committed { value: views::conversation(conn, user, id).await?, events })
}

async fn member_count(conn: &mut Conn, conversation: &ConversationRow) -> Result<u32> {
    if conversation.kind != GROUP {
        return Ok(2);
    }
    let members: i64 = groups::table.find(conversation.id).select(groups::member_count).first(conn).await?;
    Ok(u32::try_from(members).unwrap_or(u32::MAX))
}
