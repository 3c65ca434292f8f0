//! Work that is owed, as two columns: its kind, and the rest as JSON.

use std::str::FromStr as _;

use chatchat_domain::account::{CodePurpose, EmailAddress, EmailCode};
use chatchat_domain::outbox::Work;
use chatchat_domain::ports::Mail;
use chatchat_domain::{AttachmentId, Error, GroupId, UserId};
use serde::{Deserialize, Serialize};

use crate::stored::sound;

const CODE_MAIL: &str = "code_mail";
const NOTICE_MAIL: &str = "notice_mail";
const REMOVAL: &str = "removal";
const DISUSE: &str = "disuse";
/// The kind that is not due as soon as it is owed.
pub(crate) const DUE_LATER: &str = DISUSE;
const DEPARTURE: &str = "departure";
const ERASURE: &str = "erasure";
/// The kinds that this version of the program knows.
pub(crate) const KINDS: [&str; 6] = [CODE_MAIL, NOTICE_MAIL, REMOVAL, DISUSE, DEPARTURE, ERASURE];

/// The columns `kind` and `payload` of work.
pub(crate) fn encode(work: &Work) -> Result<(&'static str, String), Error> {
    let payload = match work {
        Work::Mail(Mail::Code { to, purpose, code }) => Payload {
            to: Some(to.as_str().to_owned()),
            purpose: Some(purpose.as_str().to_owned()),
            code: Some(code.expose().to_owned()),
            ..Payload::default()
        },
        Work::Mail(Mail::AlreadyRegistered { to }) => {
            Payload { to: Some(to.as_str().to_owned()), ..Payload::default() }
        }
        Work::Removal(key) => Payload { key: Some(key.as_str().to_owned()), ..Payload::default() },
        Work::Disuse(id) => Payload { id: Some(id.to_string()), ..Payload::default() },
        Work::Departure(user) => Payload { id: Some(user.to_string()), ..Payload::default() },
        Work::Erasure(group) => Payload { id: Some(group.to_string()), ..Payload::default() },
    };
    Ok((kind(work), payload.json()?))
}

/// The column `payload` without secrets, for work that nobody will do any more.
pub(crate) fn encode_without_secrets(work: &Work) -> Result<String, Error> {
    let (_, payload) = encode(work)?;
    Payload { code: None, ..Payload::parse(&payload)? }.json()
}

/// Whether work of this kind holds what [`encode_without_secrets`] leaves out, so that it cannot be done without.
pub(crate) fn holds_secrets(kind: &str) -> bool {
    kind == CODE_MAIL
}

/// What the work with this payload is about, as far as this version of the program can tell.
pub(crate) fn subject(payload: &str) -> Option<String> {
    let Payload { to, key, id, .. } = Payload::parse(payload).ok()?;
    to.or(key).or(id)
}

/// The work in these columns.
pub(crate) fn decode(kind: &str, payload: &str) -> Result<Work, Error> {
    let Payload { to, purpose, code, key, id } = Payload::parse(payload)?;
    let to = || sound(EmailAddress::new(&to.unwrap_or_default()));
    match kind {
        CODE_MAIL => Ok(Work::Mail(Mail::Code {
            to: to()?,
            purpose: sound(CodePurpose::parse(&purpose.unwrap_or_default()))?,
            code: EmailCode::typed(&code.unwrap_or_default()),
        })),
        NOTICE_MAIL => Ok(Work::Mail(Mail::AlreadyRegistered { to: to()? })),
        REMOVAL => Ok(Work::Removal(sound(key.unwrap_or_default().parse())?)),
        DISUSE => Ok(Work::Disuse(AttachmentId::from_str(&id.unwrap_or_default()).map_err(unknown)?)),
        DEPARTURE => Ok(Work::Departure(UserId::from_str(&id.unwrap_or_default()).map_err(unknown)?)),
        ERASURE => Ok(Work::Erasure(GroupId::from_str(&id.unwrap_or_default()).map_err(unknown)?)),
        other => Err(Error::Internal(format!("stored work of the kind {other:?}"))),
    }
}

const fn kind(work: &Work) -> &'static str {
    match work {
        Work::Mail(Mail::Code { .. }) => CODE_MAIL,
        Work::Mail(Mail::AlreadyRegistered { .. }) => NOTICE_MAIL,
        Work::Removal(_) => REMOVAL,
        Work::Disuse(_) => DISUSE,
        Work::Departure(_) => DEPARTURE,
        Work::Erasure(_) => ERASURE,
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Payload {
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

fn unknown(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("stored work: {error}"))
}

impl Payload {
    fn parse(json: &str) -> Result<Self, Error> {
        serde_json::from_str(json).map_err(|error| Error::Internal(format!("stored work: {error}")))
    }

    fn json(&self) -> Result<String, Error> {
        serde_json::to_string(self).map_err(|error| Error::Internal(format!("work: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_mail() -> Work {
        let to = EmailAddress::new("ann@example.com").unwrap();
        let (purpose, code) = (CodePurpose::ResetPassword, EmailCode::typed("012345"));
        Work::Mail(Mail::Code { to, purpose, code })
    }

    #[test]
    fn all_work_survives_the_store() {
        let to = EmailAddress::new("ann@example.com").unwrap();
        let removal = Work::Removal(format!("avatars/{}", "a".repeat(32)).parse().unwrap());
        let departure = Work::Departure(UserId::from_bytes([8; 16]));
        let erasure = Work::Erasure(GroupId::from_bytes([9; 16]));
        let disuse = Work::Disuse(AttachmentId::from_bytes([7; 16]));
        for work in
            [code_mail(), Work::Mail(Mail::AlreadyRegistered { to }), removal, disuse, departure, erasure]
        {
            let (kind, payload) = encode(&work).unwrap();
            assert!(KINDS.contains(&kind));
            assert_eq!(decode(kind, &payload).as_ref(), Ok(&work));
        }
    }

    #[test]
    fn what_is_given_up_holds_no_code() {
        let payload = encode_without_secrets(&code_mail()).unwrap();
        assert!(payload.contains("ann@example.com") && !payload.contains("012345"), "{payload}");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (kind, payload) in
            [("removal", "{}"), ("code_mail", "{}"), ("disuse", "{}"), ("notice_mail", "no"), ("x", "{}")]
        {
            assert!(matches!(decode(kind, payload), Err(Error::Internal(_))), "{kind} {payload}");
        }
    }
}
