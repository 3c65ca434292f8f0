//! Messages for whoever runs the service: where they are and who has read up to them, never what they say.

use async_trait::async_trait;
use chatchat_domain::conversation::{ClientId, Seq};
use chatchat_domain::trail::{MAX_READERS, MessagePlace, Traced, TrailRepository};
use chatchat_domain::{ConversationId, Error, Timestamp};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Conn, Database};
use crate::sql::fault::Result;
use crate::sql::schema::{members, message_changes, messages};
use crate::sql::types::{Id, count, stored};
use crate::stored::sound;

pub(crate) struct Trails {
    pub(crate) db: Database,
}

#[async_trait]
impl TrailRepository for Trails {
    async fn find(
        &self,
        conversation: ConversationId,
        client_id: &ClientId,
        max: usize,
    ) -> Result<Vec<MessagePlace>, Error> {
        let max = i64::try_from(max).unwrap_or(i64::MAX);
        self.db
            .read(
                "trail.find",
                (conversation, client_id.clone(), max),
                |conn, (conversation, client_id, max)| {
                    Box::pin(async move {
                        let seqs: Vec<i64> = messages::table
                            .filter(messages::conversation_id.eq(Id::from(*conversation)))
                            .filter(messages::client_id.eq(client_id.as_str()))
                            .order(messages::seq)
                            .limit(*max)
                            .select(messages::seq)
                            .load(conn)
                            .await?;
                        let place = |seq| MessagePlace { conversation: *conversation, seq: Seq(count(seq)) };
                        Ok(seqs.into_iter().map(place).collect())
                    })
                },
            )
            .await
    }

    async fn traced(&self, places: &[MessagePlace]) -> Result<Vec<Traced>, Error> {
        self.db
            .read("trail.traced", places.to_vec(), |conn, places| {
                Box::pin(async move {
                    let mut found = Vec::with_capacity(places.len());
                    for place in places.iter() {
                        found.extend(trace(conn, *place).await?);
                    }
                    Ok(found)
                })
            })
            .await
    }
}

/// Who wrote it, what their client calls it, and when it was accepted, edited and recalled.
type Row = (Option<Id>, Option<String>, i64, Option<i64>, Option<i64>);

async fn trace(conn: &mut Conn, place: MessagePlace) -> Result<Option<Traced>> {
    let (conversation, seq) = (Id::from(place.conversation), stored(place.seq.0));
    let row: Option<Row> = messages::table
        .left_join(
            message_changes::table.on(message_changes::conversation_id
                .eq(messages::conversation_id)
                .and(message_changes::seq.eq(messages::seq))),
        )
        .filter(messages::conversation_id.eq(conversation))
        .filter(messages::seq.eq(seq))
        .select((
            messages::sender_id,
            messages::client_id,
            messages::created_at,
            message_changes::edited_at.nullable(),
            message_changes::recalled_at.nullable(),
        ))
        .first(conn)
        .await
        .optional()?;
    let Some((Some(sender), Some(client_id), created_at, edited_at, recalled_at)) = row else {
        return Ok(None);
    };
    let here =
        || members::table.filter(members::conversation_id.eq(conversation).and(members::removed.eq(false)));
    let how_many: i64 = here().count().get_result(conn).await?;
    let most = i64::try_from(MAX_READERS).unwrap_or(i64::MAX);
    let read_by: Vec<Id> = here()
        .filter(members::read_seq.ge(seq).and(members::user_id.ne(sender)))
        .order(members::user_id)
        .limit(most)
        .select(members::user_id)
        .load(conn)
        .await?;
    Ok(Some(Traced {
        place,
        client_id: sound(ClientId::new(&client_id))?,
        sender: sender.into(),
        created_at: Timestamp::from_unix_micros(created_at),
        edited_at: edited_at.map(Timestamp::from_unix_micros),
        recalled_at: recalled_at.map(Timestamp::from_unix_micros),
        members: count(how_many),
        read_by: read_by.into_iter().map(Into::into).collect(),
    }))
}
