use chatchat_domain::Violation;
use chatchat_domain::conversation::{ClientId, MessageText};
use serde::Deserialize;

use super::{All as _, Checked, Object, required};
use crate::problem::Problem;

/// A message as clients write it.
#[derive(Debug, Deserialize)]
pub(crate) struct NewMessage {
    pub(crate) client_id: Option<String>,
    pub(crate) content: Option<Object<Content>>,
}

/// What a message holds.
#[derive(Debug, Deserialize)]
pub(crate) struct Content {
    r#type: Option<String>,
    text: Option<String>,
}

impl NewMessage {
    /// What the rules take.
    ///
    /// # Errors
    /// `validation_failed` with all that is wrong.
    pub(crate) fn check(self) -> Result<(ClientId, MessageText), Problem> {
        let client_id = required("client_id", self.client_id).and_then(|text| ClientId::new(&text));
        (client_id, text(self.content)).all()
    }
}

fn text(content: Option<Object<Content>>) -> Checked<MessageText> {
    let Object(Content { r#type, text }) = required("content", content)?;
    match required("content.type", r#type)?.as_str() {
        "text" => MessageText::new(&required("content.text", text)?),
        _ => Err(Violation::new("content.type", "unknown_value", "must be text")),
    }
}
