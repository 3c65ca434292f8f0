//! What clients see: the contract's JSON shapes of the domain's types, over HTTP and WebSocket alike.

mod admin;
mod attachments;
mod conversations;
mod groups;
mod identities;
mod messages;
mod people;
mod trail;

use chatchat_domain::Timestamp;
use chatchat_domain::page::{Cursor, Page};
use chatchat_domain::ports::ObjectKey;
use jiff::fmt::temporal::DateTimePrinter;
use serde::{Serialize, Serializer};

pub use admin::{AuditEntryView, OwedWorkView, PersonAndSessionsView, PersonView, SigningKeyView};
pub use attachments::AttachedView;
pub use conversations::{ChangesView, ConversationView, HeadView, MemberChangeView, ReceiptView};
pub use groups::{GroupJson, JoinRequestView, MemberView};
pub use identities::{IdentityView, LoginOutcomeView};
pub use messages::MessageView;
pub use people::{
    FriendRequestView, FriendView, LoggedInView, MeView, SessionView, TokensView, UserView,
    WithoutRefreshToken,
};
pub use trail::TrailsView;

/// Makes the URLs that stand in answers.
#[derive(Debug, Clone)]
pub struct Urls {
    public_url: String,
}

impl Urls {
    /// URLs below `public_url`, which has no slash at its end.
    pub fn new(public_url: String) -> Self {
        Self { public_url }
    }

    /// Where clients find this server.
    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    fn picture(&self, key: Option<&ObjectKey>) -> Option<String> {
        key.map(|key| format!("{}/media/{key}", self.public_url))
    }
}

/// A moment as RFC 3339, UTC, with milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Time(pub Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));
        let moment = jiff::Timestamp::from_microsecond(self.0.unix_micros()).unwrap_or_default();
        serializer.serialize_str(&PRINTER.timestamp_to_string(&moment))
    }
}

/// Serializes an id as its text.
fn id<S: Serializer>(id: &impl std::fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

fn maybe_id<S: Serializer>(id: &Option<impl std::fmt::Display>, serializer: S) -> Result<S::Ok, S::Error> {
    match id {
        Some(id) => serializer.collect_str(id),
        None => serializer.serialize_none(),
    }
}

/// Serializes ids as their texts.
fn ids<S: Serializer>(ids: &[impl std::fmt::Display], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(ids.iter().map(ToString::to_string))
}

/// A page of a list.
#[derive(Debug, Serialize)]
pub struct ListView<V> {
    items: Vec<V>,
    next_cursor: Option<String>,
}

/// The page, each of its items seen through `view`.
pub fn list<'a, T, V>(page: &'a Page<T>, view: impl FnMut(&'a T) -> V) -> ListView<V> {
    ListView {
        items: page.items.iter().map(view).collect(),
        next_cursor: page.next.as_ref().map(Cursor::encode),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_milliseconds_and_end_in_z() {
        let moment = Time(Timestamp::from_unix_micros(1_769_846_400_000_000));
        assert_eq!(serde_json::to_string(&moment).unwrap(), "\"2026-01-31T08:00:00.000Z\"");
    }
}
