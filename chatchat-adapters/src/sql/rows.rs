//! Rows as they are stored, and the domain types they stand for.

use chatchat_domain::account::{Account, Bio, EmailAddress, User, UserName};
use chatchat_domain::conversation::{ClientId, Message, Rev, Seq};
use chatchat_domain::group::{Description, Group, GroupName, History, JoinPolicy, Member, Role};
use chatchat_domain::{Error, Timestamp};
use diesel::prelude::*;

use super::schema::{conversations, groups, members, messages, users};
use super::types::{Id, count, stored};
use crate::stored::{content, sound};

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
    #[diesel(embed)]
    user: UserRow,
    email: Option<String>,
    password_hash: Option<String>,
    created_at: i64,
}

impl TryFrom<AccountRow> for Account {
    type Error = Error;

    fn try_from(row: AccountRow) -> Result<Self, Error> {
        Ok(Self {
            user: row.user.try_into()?,
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
#[diesel(table_name = members, primary_key(conversation_id, user_id))]
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
        }
    }

    pub(crate) fn role(&self) -> Result<Role, Error> {
        sound(Role::parse(&self.role))
    }

    /// The member that this row is about.
    pub(crate) fn member(&self, user: User) -> Result<Member, Error> {
        let joined_at = Timestamp::from_unix_micros(self.joined_at);
        Ok(Member { user, role: self.role()?, joined_at })
    }

    /// How many messages of `conversation` the member has not read.
    pub(crate) fn unread(&self, conversation: &ConversationRow) -> u64 {
        count(conversation.counted - self.read_counted)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = groups)]
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
}

impl TryFrom<GroupRow> for Group {
    type Error = Error;

    fn try_from(row: GroupRow) -> Result<Self, Error> {
        Ok(Self {
            id: row.id.into(),
            name: sound(GroupName::new(&row.name))?,
            description: sound(Description::new(&row.description))?,
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
}

impl MessageRow {
    /// A message from the server itself.
    pub(crate) fn of_server(message: &Message, counted: i64) -> Result<Self, Error> {
        let (kind, body) = content::encode(&message.content)?;
        Ok(Self {
            conversation_id: message.conversation.into(),
            seq: stored(message.seq.0),
            rev: stored(message.rev.0),
            counted,
            sender_id: None,
            client_id: None,
            fingerprint: None,
            kind: kind.to_owned(),
            body: body.into_owned(),
            created_at: message.created_at.unix_micros(),
        })
    }
}

impl TryFrom<MessageRow> for Message {
    type Error = Error;

    fn try_from(row: MessageRow) -> Result<Self, Error> {
        Ok(Self {
            conversation: row.conversation_id.into(),
            seq: Seq(count(row.seq)),
            rev: Rev(count(row.rev)),
            sender: row.sender_id.map(Into::into),
            client_id: sound(row.client_id.map(|id| ClientId::new(&id)).transpose())?,
            content: content::decode(&row.kind, &row.body)?,
            created_at: Timestamp::from_unix_micros(row.created_at),
        })
    }
}
