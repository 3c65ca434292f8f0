//! What people find in their letter boxes.

use mail_parser::MessageParser;
use serde_json::Value;

use super::http::Http;
use crate::services::smtp::{Received, SmtpServer};

/// A mail, as far as tests ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mail {
    pub(crate) text: String,
    pub(crate) code: Option<String>,
}

/// What has come for this address so far, the oldest first: from the server's folder, or by SMTP if it has none.
pub(crate) async fn mails_to(http: &Http, email: &str) -> Vec<Mail> {
    let folder = http.get("//dev/mail.json").await;
    if folder.status == 404 {
        let received = SmtpServer::shared().received();
        return received.iter().filter(|mail| mail.to == [email]).map(by_smtp).collect();
    }
    let mails = folder.is(200);
    let to_them = mails["items"].as_array().unwrap().iter().rev().filter(|mail| mail["to"] == email);
    to_them.map(in_folder).collect()
}

fn in_folder(mail: &Value) -> Mail {
    let text = mail["text"].as_str().unwrap().to_owned();
    Mail { text, code: mail["code"].as_str().map(ToOwned::to_owned) }
}

/// What somebody reads who has received this.
pub(crate) fn by_smtp(received: &Received) -> Mail {
    let message = MessageParser::default().parse(&received.message).unwrap();
    let text = message.body_text(0).unwrap().into_owned();
    let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    Mail { code: text.split_whitespace().find(is_code).map(ToOwned::to_owned), text }
}
