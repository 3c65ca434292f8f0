//! What messages hold, as two values: text as it is, the server's notices as JSON.

use std::borrow::Cow;

use chatchat_domain::attachment::{Attached, ContentType, Dimensions, FileName};
use chatchat_domain::conversation::{Content, MessageText, Notice};
use chatchat_domain::{AttachmentId, Error, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::sound;

/// The columns of a message whose content was erased.
pub(crate) const RECALLED: (&str, &str) = ("recalled", "");

const TEXT: &str = "text";
const ATTACHMENT: &str = "attachment";
const SYSTEM: &str = "system";

/// The columns `kind` and `body` of a message.
pub(crate) fn encode(content: &Content) -> Result<(&'static str, Cow<'_, str>), Error> {
    match content {
        Content::Text(text) => Ok((TEXT, text.as_str().into())),
        Content::Attachment(attached) => {
            let json = serde_json::to_string(&StoredAttachment::from(attached));
            Ok((ATTACHMENT, json.map_err(|error| Error::Internal(format!("an attachment: {error}")))?.into()))
        }
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
        ATTACHMENT => {
            let attached: StoredAttachment = serde_json::from_str(body)
                .map_err(|error| Error::Internal(format!("a stored attachment: {error}")))?;
            Ok(Content::Attachment(attached.try_into()?))
        }
        SYSTEM => {
            let notice: StoredNotice = serde_json::from_str(body)
                .map_err(|error| Error::Internal(format!("a stored notice: {error}")))?;
            Ok(Content::System(notice.into()))
        }
        other => Err(Error::Internal(format!("a stored message of the kind {other:?}"))),
    }
}

#[derive(Serialize, Deserialize)]
struct StoredAttachment {
    id: Uuid,
    name: String,
    size: u64,
    content_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<(u32, u32)>,
}

impl From<&Attached> for StoredAttachment {
    fn from(attached: &Attached) -> Self {
        Self {
            id: Uuid::from_bytes(*attached.id.as_bytes()),
            name: attached.name.as_str().to_owned(),
            size: attached.size,
            content_type: attached.content_type.as_str().to_owned(),
            dimensions: attached.dimensions.map(|Dimensions { width, height }| (width, height)),
        }
    }
}

impl TryFrom<StoredAttachment> for Attached {
    type Error = Error;

    fn try_from(stored: StoredAttachment) -> Result<Self, Error> {
        Ok(Self {
            id: AttachmentId::from_bytes(stored.id.into_bytes()),
            name: sound(FileName::new(&stored.name))?,
            size: stored.size,
            content_type: sound(ContentType::new(&stored.content_type))?,
            dimensions: stored.dimensions.map(|(width, height)| Dimensions { width, height }),
        })
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

    fn attached(dimensions: Option<Dimensions>) -> Content {
        Content::Attachment(Attached {
            id: AttachmentId::from_bytes([3; 16]),
            name: FileName::new("上 \"x\".pdf").unwrap(),
            size: 7,
            content_type: ContentType::new("application/pdf").unwrap(),
            dimensions,
        })
    }

    #[test]
    fn every_content_survives_the_store() {
        let (user, by) = (UserId::from_bytes([1; 16]), UserId::from_bytes([2; 16]));
        for content in [
            Content::Text(MessageText::new("上海 'quoted' 😀").unwrap()),
            attached(None),
            attached(Some(Dimensions { width: 4, height: 3 })),
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
