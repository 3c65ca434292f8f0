//! Images and files, and the messages that hold them.

use async_trait::async_trait;
use chatchat_domain::attachment::{Attached, Attachment, AttachmentRepository, NewAttachment};
use chatchat_domain::outbox::Owed;
use chatchat_domain::page::{Page, PageRequest};
use chatchat_domain::{AttachmentId, Error, Refusal, Timestamp, UserId, WorkId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Conn, Database, outbox};
use crate::sql::fault::Result;
use crate::sql::keyset::{Place, one_more};
use crate::sql::rows::AttachmentRow;
use crate::sql::schema::{attachment_uses, attachments, members};
use crate::sql::types::Id;

pub(crate) struct Attachments {
    pub(crate) db: Database,
}

#[async_trait]
impl AttachmentRepository for Attachments {
    async fn create(&self, attachment: NewAttachment) -> Result<(), Error> {
        self.db
            .write("attachments.create", attachment, |conn, attachment| Box::pin(create(conn, attachment)))
            .await
    }

    async fn find(&self, reader: UserId, attachment: AttachmentId) -> Result<Attachment, Error> {
        self.db
            .read("attachments.find", (reader, attachment), |conn, (reader, attachment)| {
                Box::pin(async move {
                    let row = get(conn, (*attachment).into()).await?.ok_or(Refusal::NotFound)?;
                    if row.uploader_id != (*reader).into() && !is_readable(conn, row.id, *reader).await? {
                        return Err(Refusal::NotFound.into());
                    }
                    Ok(row.try_into()?)
                })
            })
            .await
    }

    async fn brought_by(&self, uploader: UserId, page: PageRequest) -> Result<Page<Attached>, Error> {
        self.db
            .read("attachments.brought_by", (uploader, page), |conn, (uploader, page)| {
                Box::pin(brought_by(conn, *uploader, page))
            })
            .await
    }

    async fn remove_unused(&self, attachment: AttachmentId, now: Timestamp) -> Result<(), Error> {
        self.db
            .write("attachments.remove_unused", (attachment, now), |conn, (attachment, now)| {
                Box::pin(remove_unused(conn, *attachment, *now))
            })
            .await
    }
}

async fn create(conn: &mut Conn, new: &NewAttachment) -> Result<()> {
    let Attachment { attached, object, thumbnail } = &new.attachment;
    diesel::insert_into(attachments::table).values(AttachmentRow::from(new)).execute(conn).await?;
    for key in [Some(object), thumbnail.as_ref()].into_iter().flatten() {
        outbox::take_back(conn, WorkId::removal_of(key)).await?;
    }
    outbox::owe(conn, &Owed::later_disuse(attached.id, new.now)).await
}

async fn brought_by(conn: &mut Conn, uploader: UserId, page: &PageRequest) -> Result<Page<Attached>> {
    let after = Place::of(page, Place::NEWEST)?;
    let rows = attachments::table
        .filter(attachments::uploader_id.eq(Id::from(uploader)))
        .filter(attachments::created_at.le(after.at))
        .filter(attachments::created_at.lt(after.at).or(attachments::id.lt(after.id)))
        .order((attachments::created_at.desc(), attachments::id.desc()))
        .limit(one_more(page.limit))
        .select(AttachmentRow::as_select())
        .load(conn)
        .await?;
    let place = |row: &AttachmentRow| Place { at: row.created_at, id: row.id }.cursor();
    let rows = Page::cut(rows, page.limit, place);
    let attached = |row| Attachment::try_from(row).map(|attachment| attachment.attached);
    let items = rows.items.into_iter().map(attached).collect::<Result<_, Error>>()?;
    Ok(Page { items, next: rows.next })
}

async fn get(conn: &mut Conn, id: Id) -> Result<Option<AttachmentRow>> {
    Ok(attachments::table.find(id).select(AttachmentRow::as_select()).first(conn).await.optional()?)
}

/// Whether a message that holds it is above the reader's floor in a conversation that they are in.
async fn is_readable(conn: &mut Conn, id: Id, reader: UserId) -> Result<bool> {
    let in_it = members::conversation_id
        .eq(attachment_uses::conversation_id)
        .and(members::user_id.eq(Id::from(reader)));
    let held: Option<i64> = attachment_uses::table
        .inner_join(members::table.on(in_it))
        .filter(attachment_uses::attachment_id.eq(id))
        .filter(members::removed.eq(false))
        .filter(attachment_uses::seq.gt(members::floor))
        .select(attachment_uses::seq)
        .first(conn)
        .await
        .optional()?;
    Ok(held.is_some())
}

async fn is_used(conn: &mut Conn, id: Id) -> Result<bool> {
    let uses = attachment_uses::table.filter(attachment_uses::attachment_id.eq(id));
    Ok(uses.select(attachment_uses::seq).first::<i64>(conn).await.optional()?.is_some())
}

async fn remove_unused(conn: &mut Conn, attachment: AttachmentId, now: Timestamp) -> Result<()> {
    let id = Id::from(attachment);
    let Some(row) = get(conn, id).await? else { return Ok(()) };
    // First it goes, so that nobody can send it from here on: who does waits for the row, and does not find it.
    diesel::delete(attachments::table.find(id)).execute(conn).await?;
    if is_used(conn, id).await? {
        diesel::insert_into(attachments::table).values(row).execute(conn).await?;
        return Ok(());
    }
    let Attachment { object, thumbnail, .. } = row.try_into()?;
    for key in [Some(object), thumbnail].into_iter().flatten() {
        outbox::owe(conn, &Owed::removal(key, now)).await?;
    }
    Ok(())
}

/// A message holds its attachment no more: whether any other does is to be looked at.
pub(crate) async fn release(conn: &mut Conn, conversation: Id, seq: i64, now: Timestamp) -> Result<()> {
    release_between(conn, conversation, (seq, seq), now).await
}

/// The messages from the first to the last hold nothing any more.
pub(crate) async fn release_between(
    conn: &mut Conn,
    conversation: Id,
    (first, last): (i64, i64),
    now: Timestamp,
) -> Result<()> {
    let uses = attachment_uses::table
        .filter(attachment_uses::conversation_id.eq(conversation))
        .filter(attachment_uses::seq.ge(first))
        .filter(attachment_uses::seq.le(last));
    let held: Vec<Id> = uses.select(attachment_uses::attachment_id).load(conn).await?;
    diesel::delete(uses).execute(conn).await?;
    for id in held {
        outbox::owe(conn, &Owed::disuse(id.into(), now)).await?;
    }
    Ok(())
}
