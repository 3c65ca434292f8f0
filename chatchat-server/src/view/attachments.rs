use chatchat_domain::AttachmentId;
use chatchat_domain::attachment::Attached;
use serde::Serialize;

use super::id;

/// An image or a file.
#[derive(Debug, Serialize)]
pub struct AttachedView<'a> {
    #[serde(serialize_with = "id")]
    attachment_id: AttachmentId,
    name: &'a str,
    size: u64,
    content_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
}

impl<'a> From<&'a Attached> for AttachedView<'a> {
    fn from(attached: &'a Attached) -> Self {
        Self {
            attachment_id: attached.id,
            name: attached.name.as_str(),
            size: attached.size,
            content_type: attached.content_type.as_str(),
            width: attached.dimensions.map(|dimensions| dimensions.width),
            height: attached.dimensions.map(|dimensions| dimensions.height),
        }
    }
}
