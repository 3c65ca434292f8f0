use chatchat_domain::conversation::{ClientId, Mentions, MessageText, NewContent, NewMessage, Seq};
use chatchat_domain::{AttachmentId, UserId, Violation};
use serde::Deserialize;

use super::{All as _, Checked, Object, natural, required};
use crate::problem::Problem;

/// A message as clients write it.
#[derive(Debug, Deserialize)]
pub(crate) struct MessageInput {
    pub(crate) client_id: Option<String>,
    pub(crate) content: Option<Object<ContentInput>>,
    pub(crate) reply_to: Option<i64>,
    pub(crate) mentions: Option<Vec<String>>,
}

/// What a message holds.
#[derive(Debug, Deserialize)]
pub(crate) struct ContentInput {
    r#type: Option<String>,
    text: Option<String>,
    attachment_id: Option<String>,
}

impl MessageInput {
    /// What the rules take.
    ///
    /// # Errors
    /// `validation_failed` with all that is wrong.
    pub(crate) fn check(self) -> Result<NewMessage, Problem> {
        let client_id = required("client_id", self.client_id).and_then(|text| ClientId::new(&text));
        let reply_to = self.reply_to.map(|seq| natural("reply_to", seq).map(Seq)).transpose();
        let mentions = mentions(self.mentions.unwrap_or_default());
        let (client_id, content, reply_to, mentions) =
            (client_id, content(self.content), reply_to, mentions).all()?;
        Ok(NewMessage { client_id, content, reply_to, mentions })
    }
}

fn content(content: Option<Object<ContentInput>>) -> Checked<NewContent> {
    let Object(content) = required("content", content)?;
    match required("content.type", content.r#type.as_deref())? {
        "image" => content.attachment().map(NewContent::Image),
        "file" => content.attachment().map(NewContent::File),
        "text" => text(Some(Object(content))).map(NewContent::Text),
        _ => Err(Violation::new("content.type", "unknown_value", "must be text, image or file")),
    }
}

impl ContentInput {
    fn attachment(&self) -> Checked<AttachmentId> {
        let id = required("content.attachment_id", self.attachment_id.as_deref())?;
        let unknown =
            |_| Violation::new("content.attachment_id", "unknown", "must be something you can read");
        id.parse().map_err(unknown)
    }
}

/// A text, the only content that can take the place of another.
pub(crate) fn text(content: Option<Object<ContentInput>>) -> Checked<MessageText> {
    let Object(ContentInput { r#type, text, .. }) = required("content", content)?;
    match required("content.type", r#type)?.as_str() {
        "text" => MessageText::new(&required("content.text", text)?),
        _ => Err(Violation::new("content.type", "unknown_value", "must be text")),
    }
}

fn mentions(users: Vec<String>) -> Checked<Mentions> {
    let user = |text: String| text.parse::<UserId>();
    let users: Result<Vec<UserId>, _> = users.into_iter().map(user).collect();
    let unknown = |_| Violation::new("mentions", "not_a_member", "must be members of this conversation");
    Mentions::new(users.map_err(unknown)?)
}
