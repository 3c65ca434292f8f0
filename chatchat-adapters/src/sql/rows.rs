//! Rows as they are stored, and the domain types they stand for.

use chatchat_domain::account::{Account, Bio, EmailAddress, User, UserName};
use chatchat_domain::attachment::{Attached, Attachment, ContentType, Dimensions, FileName, NewAttachment};
use chatchat_domain::conversation::{
    Body, ClientId, Content, Draft, Mentions, Message, Notice, Rev, Seq, Standing,
};
use chatchat_domain::group::{Description, Group, GroupName, History, JoinPolicy, Member, Role};
use chatchat_domain::{Error, Timestamp, UserId};
use diesel::backend::Backend;
use diesel::dsl::AsSelect;
use diesel::prelude::*;

use super::schema::{
    attachment_uses, attachments, conversations, groups, members, mentions, message_changes, messages, users,
};
use super::types::{Id, count, stored};
use crate::stored::{content, ids, reactions, sound};

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = users)]
pub(crate) struct UserRow {
    pub(crate) id: Id,
    name: String,
    pub(crate) avatar: Option<String>,
    bio: String,
}

impl TryFrom<UserRow> for User {
    type Error = Error;

    fn try_from(row: UserRow) -> Result<Self, Error> {
        Ok(Self {
            id: row.id.into(),
            name: sound(UserName::new(&row.name))?,
            avatar: sound(row.avatar.map(|key| key.parse()).transpose())?,
            bio: sound(Bio::new(&row.bio))?,
        })
    }
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = users)]
pub(crate) struct AccountRow {
    id: Id,
    name: String,
    avatar: Option<String>,
    bio: String,
    email: Option<String>,
    password_hash: Option<String>,
    created_at: i64,
}

impl TryFrom<AccountRow> for Account {
    type Error = Error;

    fn try_from(row: AccountRow) -> Result<Self, Error> {
        let user = UserRow { id: row.id, name: row.name, avatar: row.avatar, bio: row.bio };
        Ok(Self {
            user: user.try_into()?,
            email: sound(row.email.map(|email| EmailAddress::new(&email)).transpose())?,
            has_password: row.password_hash.is_some(),
            created_at: Timestamp::from_unix_micros(row.created_at),
        })
    }
}

/// What a conversation is with, as `conversations.kind` has it.
pub(crate) const DIRECT: &str = "direct";
pub(crate) const GROUP: &str = "group";

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = conversations)]
pub(crate) struct ConversationRow {
    pub(crate) id: Id,
    pub(crate) kind: String,
    pub(crate) last_seq: i64,
    pub(crate) rev: i64,
    pub(crate) counted: i64,
    pub(crate) last_activity_at: i64,
    pub(crate) closed: bool,
    pub(crate) deleted: bool,
}

impl ConversationRow {
    /// A conversation in which nothing has happened yet.
    pub(crate) fn new(id: Id, kind: &str, now: Timestamp) -> Self {
        let last_activity_at = now.unix_micros();
        let (closed, deleted) = (false, false);
        Self { id, kind: kind.to_owned(), last_seq: 0, rev: 0, counted: 0, last_activity_at, closed, deleted }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = members, primary_key(conversation_id, user_id), treat_none_as_null = true)]
pub(crate) struct MemberRow {
    pub(crate) conversation_id: Id,
    pub(crate) user_id: Id,
    pub(crate) role: String,
    pub(crate) floor: i64,
    pub(crate) read_seq: i64,
    pub(crate) read_counted: i64,
    pub(crate) joined_at: i64,
    pub(crate) rev: i64,
    pub(crate) removed: bool,
    pub(crate) muted_until: Option<i64>,
    pub(crate) muted: bool,
    pub(crate) pinned: bool,
}

impl MemberRow {
    /// A member who is there from the beginning.
    pub(crate) fn first(conversation: Id, user: Id, role: Role, now: Timestamp) -> Self {
        Self {
            conversation_id: conversation,
            user_id: user,
            role: role.as_str().to_owned(),
            floor: 0,
            read_seq: 0,
            read_counted: 0,
            joined_at: now.unix_micros(),
            rev: 0,
            removed: false,
            muted_until: None,
            muted: false,
            pinned: false,
        }
    }

    pub(crate) fn role(&self) -> Result<Role, Error> {
        sound(Role::parse(&self.role))
    }

    /// The member that this row is about.
    pub(crate) fn member(&self, user: User) -> Result<Member, Error> {
        let joined_at = Timestamp::from_unix_micros(self.joined_at);
        let muted_until = self.muted_until.map(Timestamp::from_unix_micros);
        Ok(Member { user, role: self.role()?, muted_until, joined_at })
    }

    /// What the member is in `conversation`.
    pub(crate) fn standing(&self, conversation: &ConversationRow, now: Timestamp) -> Result<Standing, Error> {
        if conversation.kind == DIRECT {
            return Ok(Standing::in_pair(!conversation.closed));
        }
        let muted_until = self.muted_until.map(Timestamp::from_unix_micros);
        Ok(Standing::in_group(self.role()?, muted_until, now))
    }

    /// How many messages of `conversation` the member has not read.
    pub(crate) fn unread(&self, conversation: &ConversationRow) -> u64 {
        count(conversation.counted - self.read_counted)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = groups, treat_none_as_null = true)]
pub(crate) struct GroupRow {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) folded_name: String,
    pub(crate) folded_length: i64,
    pub(crate) description: String,
    pub(crate) owner_id: Id,
    pub(crate) join_policy: String,
    pub(crate) history: String,
    pub(crate) member_count: i64,
    pub(crate) rev: i64,
    pub(crate) created_at: i64,
    pub(crate) avatar: Option<String>,
}

impl TryFrom<GroupRow> for Group {
    type Error = Error;

    fn try_from(row: GroupRow) -> Result<Self, Error> {
        Ok(Self {
            id: row.id.into(),
            name: sound(GroupName::new(&row.name))?,
            description: sound(Description::new(&row.description))?,
            avatar: sound(row.avatar.map(|key| key.parse()).transpose())?,
            owner: row.owner_id.into(),
            join_policy: sound(JoinPolicy::parse(&row.join_policy))?,
            history: sound(History::parse(&row.history))?,
            member_count: u32::try_from(row.member_count).unwrap_or(u32::MAX),
            created_at: Timestamp::from_unix_micros(row.created_at),
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = messages)]
pub(crate) struct MessageRow {
    pub(crate) conversation_id: Id,
    pub(crate) seq: i64,
    pub(crate) rev: i64,
    pub(crate) counted: i64,
    pub(crate) sender_id: Option<Id>,
    pub(crate) client_id: Option<String>,
    pub(crate) fingerprint: Option<Vec<u8>>,
    pub(crate) kind: String,
    pub(crate) body: String,
    pub(crate) created_at: i64,
    pub(crate) reply_to: Option<i64>,
    pub(crate) mentions: Option<Vec<u8>>,
}

/// How much of a fingerprint is kept: 128 bits tell contents apart well enough.
pub(crate) const FINGERPRINT: usize = 16;

impl MessageRow {
    /// The message that is made of the draft, at the place that its conversation has now.
    pub(crate) fn of_draft(draft: &Draft, seq: i64, rev: i64, counted: i64) -> Result<Self, Error> {
        let (kind, body) = content::encode(&draft.content)?;
        Ok(Self {
            conversation_id: draft.conversation.into(),
            seq,
            rev,
            counted,
            sender_id: Some(draft.sender.into()),
            client_id: Some(draft.client_id.as_str().to_owned()),
            fingerprint: draft.content.fingerprint().get(..FINGERPRINT).map(<[u8]>::to_vec),
            kind: kind.to_owned(),
            body: body.into_owned(),
            created_at: draft.now.unix_micros(),
            reply_to: draft.reply_to.map(|seq| stored(seq.0)),
            mentions: ids::encode(draft.mentions.as_slice()),
        })
    }

    /// A message from the server itself, at the place that its conversation has now.
    pub(crate) fn of_server(
        conversation: &ConversationRow,
        notice: Notice,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let content = Content::System(notice);
        let (kind, body) = content::encode(&content)?;
        Ok(Self {
            conversation_id: conversation.id,
            seq: conversation.last_seq,
            rev: conversation.rev,
            counted: conversation.counted,
            sender_id: None,
            client_id: None,
            fingerprint: None,
            kind: kind.to_owned(),
            body: body.into_owned(),
            created_at: now.unix_micros(),
            reply_to: None,
            mentions: None,
        })
    }

    /// Whether the draft holds what this message was sent with. A recalled one says nothing of that any more.
    pub(crate) fn is_of(&self, draft: &Draft) -> bool {
        let sent = self.fingerprint.as_deref();
        sent.is_none() || sent == draft.content.fingerprint().get(..FINGERPRINT)
    }
}

/// What a message has become, if it was changed.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = message_changes, treat_none_as_null = true)]
pub(crate) struct MessageChangeRow {
    pub(crate) conversation_id: Id,
    pub(crate) seq: i64,
    pub(crate) rev: i64,
    pub(crate) edited_at: Option<i64>,
    pub(crate) recalled_at: Option<i64>,
    pub(crate) reactions: Option<String>,
}

/// A message as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(crate) struct StoredMessage {
    pub(crate) row: MessageRow,
    pub(crate) change: Option<MessageChangeRow>,
}

impl StoredMessage {
    /// What of [`stored_messages`] is selected. With `#[diesel(embed)]` each query took the compiler seconds.
    pub(crate) fn columns<DB: Backend>() -> (AsSelect<MessageRow, DB>, AsSelect<Option<MessageChangeRow>, DB>)
    {
        (MessageRow::as_select(), Option::as_select())
    }
}

/// All messages, each with what it has become: what [`StoredMessage`] is selected from.
#[diesel::dsl::auto_type]
pub(crate) fn stored_messages() -> _ {
    let its_change = message_changes::conversation_id
        .eq(messages::conversation_id)
        .and(message_changes::seq.eq(messages::seq));
    messages::table.left_join(message_changes::table.on(its_change))
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = attachment_uses)]
pub(crate) struct AttachmentUseRow {
    pub(crate) attachment_id: Id,
    pub(crate) conversation_id: Id,
    pub(crate) seq: i64,
}

impl AttachmentUseRow {
    /// That a message holds an attachment, if it does.
    pub(crate) fn of(draft: &Draft, seq: i64) -> Option<Self> {
        match &draft.content {
            Content::Attachment(attached) => Some(Self {
                attachment_id: attached.id.into(),
                conversation_id: draft.conversation.into(),
                seq,
            }),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = attachments)]
pub(crate) struct AttachmentRow {
    pub(crate) id: Id,
    pub(crate) uploader_id: Id,
    pub(crate) name: String,
    pub(crate) size: i64,
    pub(crate) content_type: String,
    pub(crate) width: Option<i64>,
    pub(crate) height: Option<i64>,
    pub(crate) object: String,
    pub(crate) thumbnail: Option<String>,
    pub(crate) created_at: i64,
}

impl From<&NewAttachment> for AttachmentRow {
    fn from(new: &NewAttachment) -> Self {
        let Attachment { attached, object, thumbnail } = &new.attachment;
        Self {
            id: attached.id.into(),
            uploader_id: new.uploader.into(),
            name: attached.name.as_str().to_owned(),
            size: stored(attached.size),
            content_type: attached.content_type.as_str().to_owned(),
            width: attached.dimensions.map(|dimensions| dimensions.width.into()),
            height: attached.dimensions.map(|dimensions| dimensions.height.into()),
            object: object.as_str().to_owned(),
            thumbnail: thumbnail.as_ref().map(|key| key.as_str().to_owned()),
            created_at: new.now.unix_micros(),
        }
    }
}

impl TryFrom<AttachmentRow> for Attachment {
    type Error = Error;

    fn try_from(row: AttachmentRow) -> Result<Self, Error> {
        let pixels = |pixels: i64| u32::try_from(pixels).unwrap_or(u32::MAX);
        let dimensions = row.width.zip(row.height);
        let dimensions =
            dimensions.map(|(width, height)| Dimensions { width: pixels(width), height: pixels(height) });
        Ok(Self {
            attached: Attached {
                id: row.id.into(),
                name: sound(FileName::new(&row.name))?,
                size: count(row.size),
                content_type: sound(ContentType::new(&row.content_type))?,
                dimensions,
            },
            object: sound(row.object.parse())?,
            thumbnail: sound(row.thumbnail.map(|key| key.parse()).transpose())?,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = mentions)]
pub(crate) struct MentionRow {
    pub(crate) conversation_id: Id,
    pub(crate) user_id: Id,
    pub(crate) seq: i64,
}

impl From<MessageRow> for StoredMessage {
    fn from(row: MessageRow) -> Self {
        Self { row, change: None }
    }
}

impl StoredMessage {
    /// The rev of its last change.
    pub(crate) fn rev(&self) -> i64 {
        self.change.as_ref().map_or(self.row.rev, |change| change.rev)
    }

    fn body(&self) -> Result<Body, Error> {
        let moment = |micros: Option<i64>| micros.map(Timestamp::from_unix_micros);
        let change = self.change.as_ref();
        if let Some(at) = moment(change.and_then(|change| change.recalled_at)) {
            return Ok(Body::Recalled { at });
        }
        let content = content::decode(&self.row.kind, &self.row.body)?;
        Ok(Body::Present { content, edited_at: moment(change.and_then(|change| change.edited_at)) })
    }
}

impl TryFrom<StoredMessage> for Message {
    type Error = Error;

    fn try_from(message: StoredMessage) -> Result<Self, Error> {
        let (rev, body) = (message.rev(), message.body()?);
        let StoredMessage { row, change } = message;
        let reactions = change.and_then(|change| change.reactions);
        let mentions: Vec<UserId> = ids::decode(row.mentions.as_deref())?;
        Ok(Self {
            conversation: row.conversation_id.into(),
            seq: Seq(count(row.seq)),
            rev: Rev(count(rev)),
            sender: row.sender_id.map(Into::into),
            client_id: sound(row.client_id.map(|id| ClientId::new(&id)).transpose())?,
            body,
            reply_to: row.reply_to.map(|seq| Seq(count(seq))),
            mentions: sound(Mentions::new(mentions))?,
            reactions: reactions::decode(reactions.as_deref())?,
            created_at: Timestamp::from_unix_micros(row.created_at),
        })
    }
}
