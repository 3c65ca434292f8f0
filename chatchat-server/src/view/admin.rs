use chatchat_domain::admin::{AuditEntry, OwedWork, Person, SigningKey};
use chatchat_domain::session::Session;
use chatchat_domain::{AuditEntryId, SessionId, WorkId};
use serde::Serialize;

use super::people::MeView;
use super::{Time, Urls, id};

/// A person as operators see them.
#[derive(Debug, Serialize)]
pub struct PersonView<'a> {
    #[serde(flatten)]
    account: MeView<'a>,
    suspended_at: Option<Time>,
    closed_at: Option<Time>,
}

/// A person with their newest sessions.
#[derive(Debug, Serialize)]
pub struct PersonAndSessionsView<'a> {
    #[serde(flatten)]
    person: PersonView<'a>,
    sessions: Vec<TheirSessionView<'a>>,
}

/// A session as operators see it.
#[derive(Debug, Serialize)]
struct TheirSessionView<'a> {
    #[serde(serialize_with = "id")]
    id: SessionId,
    device: Option<&'a str>,
    ip: &'a str,
    created_at: Time,
    last_seen_at: Time,
}

impl Urls {
    /// The person as operators see them.
    pub fn person<'a>(&self, person: &'a Person) -> PersonView<'a> {
        PersonView {
            account: self.me(&person.account),
            suspended_at: person.suspended_at.map(Time),
            closed_at: person.closed_at.map(Time),
        }
    }

    /// The person with these sessions.
    pub fn person_and_sessions<'a>(
        &self,
        person: &'a Person,
        sessions: &'a [Session],
    ) -> PersonAndSessionsView<'a> {
        let sessions = sessions.iter().map(|session| TheirSessionView {
            id: session.id,
            device: session.client.device.as_deref(),
            ip: &session.client.ip,
            created_at: Time(session.created_at),
            last_seen_at: Time(session.last_seen_at),
        });
        PersonAndSessionsView { person: self.person(person), sessions: sessions.collect() }
    }
}

/// A key that signs access tokens.
#[derive(Debug, Serialize)]
pub struct SigningKeyView<'a> {
    kid: &'a str,
    name: &'a str,
    created_at: Option<Time>,
    state: &'static str,
}

impl<'a> From<&'a SigningKey> for SigningKeyView<'a> {
    fn from(key: &'a SigningKey) -> Self {
        Self {
            kid: &key.kid,
            name: &key.name,
            created_at: key.created_at.map(Time),
            state: key.state.as_str(),
        }
    }
}

/// Work that is owed.
#[derive(Debug, Serialize)]
pub struct OwedWorkView<'a> {
    #[serde(serialize_with = "id")]
    id: WorkId,
    kind: &'a str,
    subject: Option<&'a str>,
    created_at: Time,
    due_at: Time,
    attempts: u32,
    dead: bool,
    last_error: Option<&'a str>,
}

impl<'a> From<&'a OwedWork> for OwedWorkView<'a> {
    fn from(work: &'a OwedWork) -> Self {
        Self {
            id: work.id,
            kind: &work.kind,
            subject: work.subject.as_deref(),
            created_at: Time(work.since),
            due_at: Time(work.due_at),
            attempts: work.attempts,
            dead: work.dead,
            last_error: work.last_error.as_deref(),
        }
    }
}

/// What an operator has done.
#[derive(Debug, Serialize)]
pub struct AuditEntryView<'a> {
    #[serde(serialize_with = "id")]
    id: AuditEntryId,
    at: Time,
    operator: &'a str,
    action: &'a str,
    subject: Option<&'a str>,
    detail: Option<&'a str>,
}

impl<'a> From<&'a AuditEntry> for AuditEntryView<'a> {
    fn from(entry: &'a AuditEntry) -> Self {
        Self {
            id: entry.id,
            at: Time(entry.at),
            operator: entry.operator.as_str(),
            action: &entry.action,
            subject: entry.subject.as_deref(),
            detail: entry.detail.as_deref(),
        }
    }
}
