//! What a client has heard and what that leads to, written down: clients in other languages are tested with it, too.
//!
//! A recording is `{me, events, changes, after}`: the events of one socket from the account's beginning on, the changes
//! of each conversation that is left, one a page, and everything as it was fetched afresh in the end.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::super::person::Person;
use super::follower::{Follower, Source};
use super::model::{Conversation, State, text};

/// Where the recordings lie that are part of the tests.
pub(super) const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/web/streams");

/// The folder that `CHATCHAT_TEST_RECORD` names, if recordings are wanted.
#[allow(clippy::disallowed_methods, reason = "tests are configured by their environment alone")]
pub(super) fn wanted() -> Option<PathBuf> {
    std::env::var_os("CHATCHAT_TEST_RECORD").map(PathBuf::from)
}

/// What one client has heard.
pub(super) struct Recording(Value);

impl Recording {
    /// Of somebody's client, which has heard these.
    pub(super) async fn of(person: &Person, heard: &[Value]) -> Self {
        let after = State::fetched(person).await;
        let mut changes = Map::new();
        for conversation in after.conversations.keys() {
            changes.insert(conversation.clone(), all_changes(person, conversation).await.into());
        }
        let events: Vec<&Value> = heard.iter().filter(|event| lasts(event)).collect();
        Self(json!({ "me": person.id, "events": events, "changes": changes, "after": after.told() }))
    }

    pub(super) fn write(&self, folder: &Path, name: &str) {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join(format!("{name}.json")), format!("{}\n", self.0)).unwrap();
    }

    pub(super) fn read(path: &Path) -> Self {
        Self(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
    }

    /// Lets a client follow it that loses some on the way; compares what it knows with what was fetched.
    pub(super) async fn leads_to_what_was_fetched(&self, loses: u64) {
        let after = State::read(&self.0["after"]);
        let mut state = State::default();
        for session in self.0["after"]["sessions"].as_array().unwrap() {
            state.knows_session(text(session));
        }
        let mut follower = Follower::new(state, 0);
        for event in self.0["events"].as_array().unwrap() {
            if event["event"] == "session_ended" {
                follower.state.knows_session(text(&event["data"]["session_id"]));
            }
            follower.takes(self, event, loses).await;
        }
        follower.catches_up(self).await;
        assert_eq!(follower.state, after, "left: events applied, right: fetched");
    }

    fn after(&self, conversation: &str) -> Option<&Value> {
        let all = self.0["after"]["conversations"].as_array().unwrap();
        all.iter().find(|one| one["head"]["id"] == conversation)
    }
}

impl Source for Recording {
    fn me(&self) -> &str {
        self.0["me"].as_str().unwrap()
    }

    /// As a late fetch would have it: as it is in the end.
    async fn conversation(&self, head: Value) -> Conversation {
        let after = self.after(head["id"].as_str().unwrap());
        let [messages, members] =
            ["messages", "members"].map(|part| after.map_or_else(|| json!([]), |one| one[part].clone()));
        Conversation::read(head, messages, members)
    }

    async fn changes(&self, conversation: &str, after: u64) -> Option<Value> {
        let pages = self.0["changes"][conversation].as_array()?;
        pages.iter().find(|page| page["through_rev"].as_u64() > Some(after)).cloned()
    }
}

/// Whether it is part of a stream.
fn lasts(event: &Value) -> bool {
    event["rev"].is_u64() || event["user_rev"].is_u64()
}

/// All that has changed since the conversation began, one change a page.
async fn all_changes(person: &Person, conversation: &str) -> Vec<Value> {
    let mut pages: Vec<Value> = Vec::new();
    loop {
        let after = pages.last().map_or(0, |page| page["through_rev"].as_u64().unwrap());
        let path = format!("/conversations/{conversation}/changes?after_rev={after}&limit=1");
        let page = person.http.get(&path).await.is(200);
        let more = page["has_more"] == true;
        pages.push(page);
        if !more {
            return pages;
        }
    }
}
