//! Ids and numbers as the databases keep them.

use std::fmt;
use std::str::FromStr;

use chatchat_domain::{
    AttachmentId, AuditEntryId, ConversationId, FriendRequestId, GrantId, GroupId, JoinRequestId, SessionId,
    SubjectId, UserId, WorkId,
};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Binary;

/// Any id, as 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = Binary)]
pub(crate) struct Id([u8; 16]);

impl Id {
    pub(crate) const LOWEST: Self = Self([0; 16]);
    pub(crate) const HIGHEST: Self = Self([0xff; 16]);
}

impl<DB: Backend> ToSql<Binary, DB> for Id
where
    [u8]: ToSql<Binary, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        <[u8] as ToSql<Binary, DB>>::to_sql(&self.0, out)
    }
}

impl<DB: Backend> FromSql<Binary, DB> for Id
where
    Vec<u8>: FromSql<Binary, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let bytes = <Vec<u8> as FromSql<Binary, DB>>::from_sql(bytes)?;
        Ok(Self(bytes.as_slice().try_into()?))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        uuid::Uuid::from_bytes(self.0).as_hyphenated().fmt(f)
    }
}

impl FromStr for Id {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        uuid::Uuid::try_parse(text).map(|uuid| Self(uuid.into_bytes()))
    }
}

macro_rules! ids {
    ($($name:ident)*) => {$(
        impl From<$name> for Id {
            fn from(id: $name) -> Self {
                Self(*id.as_bytes())
            }
        }

        impl From<Id> for $name {
            fn from(id: Id) -> Self {
                Self::from_bytes(id.0)
            }
        }
    )*};
}

ids! {
    AttachmentId AuditEntryId UserId SessionId FriendRequestId ConversationId GrantId GroupId JoinRequestId SubjectId
    WorkId
}

/// A count as it is stored. Nothing here ever counts up to 2⁶³.
pub(crate) fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A stored count.
pub(crate) fn count(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or_default()
}
