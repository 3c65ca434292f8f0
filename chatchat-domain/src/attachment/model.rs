use crate::attachment::{ContentType, FileName};
use crate::id::{AttachmentId, UserId};
use crate::ports::ObjectKey;
use crate::time::Timestamp;

/// How large an image is, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dimensions {
    /// From left to right.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
}

/// What a message says of an image or a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// Which one.
    pub id: AttachmentId,
    /// What it is called.
    pub name: FileName,
    /// In bytes.
    pub size: u64,
    /// What it is.
    pub content_type: ContentType,
    /// How large it is, if it is an image.
    pub dimensions: Option<Dimensions>,
}

impl Attached {
    /// Whether it is an image, which can be shown, or a file.
    pub const fn is_image(&self) -> bool {
        self.dimensions.is_some()
    }
}

/// An image or a file, and where it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// What everybody is told.
    pub attached: Attached,
    /// Where it is.
    pub object: ObjectKey,
    /// Where its small picture is, if it is an image.
    pub thumbnail: Option<ObjectKey>,
}

/// An attachment to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttachment {
    /// The attachment.
    pub attachment: Attachment,
    /// Who has brought it.
    pub uploader: UserId,
    /// The moment.
    pub now: Timestamp,
}
