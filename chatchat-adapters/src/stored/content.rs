//! What messages hold, as two values: text as it is, the server's notices as JSON.

use std::borrow::Cow;

use chatchat_domain::conversation::{Content, MessageText, Notice};
use chatchat_domain::{Error, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::sound;

const TEXT: &str = "text";
const SYSTEM: &str = "system";

/// The columns `kind` and `body` of a message.
pub(crate) fn encode(content: &Content) -> Result<(&'static str, Cow<'_, str>), Error> {
    match content {
        Content::Text(text) => Ok((TEXT, text.as_str().into())),
        Content::System(notice) => {
            let json = serde_json::to_string(&StoredNotice::from(notice));
            Ok((SYSTEM, json.map_err(|error| Error::Internal(format!("a notice: {error}")))?.into()))
        }
    }
}

/// The content in these columns.
pub(crate) fn decode(kind: &str, body: &str) -> Result<Content, Error> {
    match kind {
        TEXT => Ok(Content::Text(sound(MessageText::new(body))?)),
        SYSTEM => {
            let notice: StoredNotice = serde_json::from_str(body)
                .map_err(|error| Error::Internal(format!("a stored notice: {error}")))?;
            Ok(Content::System(notice.into()))
        }
        other => Err(Error::Internal(format!("a stored message of the kind {other:?}"))),
    }
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum StoredNotice {
    MemberJoined { user: Uuid },
    MemberLeft { user: Uuid },
    MemberKicked { user: Uuid, by: Uuid },
    GroupRenamed { name: String, by: Uuid },
    OwnerChanged { user: Uuid },
}

impl From<&Notice> for StoredNotice {
    fn from(notice: &Notice) -> Self {
        let uuid = |user: &UserId| Uuid::from_bytes(*user.as_bytes());
        match notice {
            Notice::MemberJoined { user } => Self::MemberJoined { user: uuid(user) },
            Notice::MemberLeft { user } => Self::MemberLeft { user: uuid(user) },
            Notice::MemberKicked { user, by } => Self::MemberKicked { user: uuid(user), by: uuid(by) },
            Notice::GroupRenamed { name, by } => Self::GroupRenamed { name: name.clone(), by: uuid(by) },
            Notice::OwnerChanged { user } => Self::OwnerChanged { user: uuid(user) },
        }
    }
}

impl From<StoredNotice> for Notice {
    fn from(notice: StoredNotice) -> Self {
        let user_id = |uuid: Uuid| UserId::from_bytes(uuid.into_bytes());
        match notice {
            StoredNotice::MemberJoined { user } => Self::MemberJoined { user: user_id(user) },
            StoredNotice::MemberLeft { user } => Self::MemberLeft { user: user_id(user) },
            StoredNotice::MemberKicked { user, by } => {
                Self::MemberKicked { user: user_id(user), by: user_id(by) }
            }
            StoredNotice::GroupRenamed { name, by } => Self::GroupRenamed { name, by: user_id(by) },
            StoredNotice::OwnerChanged { user } => Self::OwnerChanged { user: user_id(user) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_content_survives_the_store() {
        let (user, by) = (UserId::from_bytes([1; 16]), UserId::from_bytes([2; 16]));
        for content in [
            Content::Text(MessageText::new("上海 'quoted' 😀").unwrap()),
            Content::System(Notice::MemberJoined { user }),
            Content::System(Notice::MemberLeft { user }),
            Content::System(Notice::MemberKicked { user, by }),
            Content::System(Notice::GroupRenamed { name: "\"新\"".to_owned(), by }),
            Content::System(Notice::OwnerChanged { user }),
        ] {
            let (kind, body) = encode(&content).unwrap();
            assert_eq!(decode(kind, &body).as_ref(), Ok(&content));
        }
    }
}
