//! Identifiers. All are UUIDs made by the program, never by a database.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::ports::{Clock, ObjectKey, Random};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// A fresh id: a UUIDv7 (RFC 9562), so that ids sort by the time they were made.
            pub fn generate(clock: &dyn Clock, random: &dyn Random) -> Self {
                Self(uuid_v7(clock, random))
            }

            /// The id with these 16 bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The id as 16 bytes.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// A person with an account.
    UserId
    /// One log-in of one person on one device.
    SessionId
    /// One person's wish to be another's friend.
    FriendRequestId
    /// A direct or group conversation.
    ConversationId
    /// Work in the outbox.
    WorkId
    /// Somebody with an account at the third party that the service ships (`sub`).
    SubjectId
    /// What somebody has granted to a client of that third party, and all tokens that follow from it.
    GrantId
    /// Somebody's wish to be let into a group.
    JoinRequestId
    /// An image or a file.
    AttachmentId
    /// An entry of the log of what operators do.
    AuditEntryId
    /// A group. Its value is that of the group's conversation.
    GroupId
}

impl GroupId {
    /// The group's conversation, which has the same value.
    pub const fn conversation(self) -> ConversationId {
        ConversationId(self.0)
    }
}

impl ConversationId {
    /// The group whose conversation this is, should it be a group's.
    pub const fn group(self) -> GroupId {
        GroupId(self.0)
    }

    /// The one direct conversation of two people: derived from the pair, so that it can exist only once.
    ///
    /// A UUIDv8 (RFC 9562, section 5.8) over the SHA-256 of both ids in ascending order.
    pub fn direct(one: UserId, other: UserId) -> Self {
        let (low, high) = if one < other { (one, other) } else { (other, one) };
        Self(uuid_v8(&[low.as_bytes(), high.as_bytes()]))
    }
}

impl WorkId {
    /// The one look whether anybody still uses an attachment: derived from it, so that it can be owed only once.
    pub fn disuse_of(attachment: AttachmentId) -> Self {
        Self(uuid_v8(&[b"disuse", attachment.as_bytes()]))
    }

    /// The one departure of somebody.
    pub fn departure_of(user: UserId) -> Self {
        Self(uuid_v8(&[b"departure", user.as_bytes()]))
    }

    /// The one erasure of a deleted group's messages.
    pub fn erasure_of(group: GroupId) -> Self {
        Self(uuid_v8(&[b"erasure", group.as_bytes()]))
    }

    /// The one removal of an object: derived from its key, so that it can be owed only once, and taken back.
    pub fn removal_of(key: &ObjectKey) -> Self {
        Self(uuid_v8(&[b"removal", key.as_str().as_bytes()]))
    }
}

fn uuid_v8(parts: &[&[u8]]) -> Uuid {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash.finalize().iter()).for_each(|(to, from)| *to = *from);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

fn uuid_v7(clock: &dyn Clock, random: &dyn Random) -> Uuid {
    let mut entropy = [0; 10];
    random.fill(&mut entropy);
    uuid::Builder::from_unix_timestamp_millis(clock.now().unix_millis(), &entropy).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_one_direct_conversation_whoever_asks() {
        let (ann, bob) = (UserId::from_bytes([1; 16]), UserId::from_bytes([2; 16]));
        assert_eq!(ConversationId::direct(ann, bob), ConversationId::direct(bob, ann));
        assert_ne!(ConversationId::direct(ann, bob), ConversationId::direct(ann, ann));
    }
}
