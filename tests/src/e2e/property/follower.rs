//! A client that follows by the contract's rule, and loses some of what comes on the way.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::person::Person;
use super::model::{Conversation, State, text};

/// Where a client gets what no event brings.
pub(super) trait Source {
    /// Whose client it is.
    fn me(&self) -> &str;
    /// The conversation with its messages and members.
    async fn conversation(&self, head: Value) -> Conversation;
    /// A page of what has changed after that rev; none if the conversation is not there any more.
    async fn changes(&self, conversation: &str, after: u64) -> Option<Value>;
}

impl Source for Person {
    fn me(&self) -> &str {
        &self.id
    }

    async fn conversation(&self, head: Value) -> Conversation {
        Conversation::fetched(self, head).await
    }

    async fn changes(&self, conversation: &str, after: u64) -> Option<Value> {
        let path = format!("/conversations/{conversation}/changes?after_rev={after}&limit=2");
        let answer = self.http.get(&path).await;
        (answer.status != 404).then(|| answer.is(200))
    }
}

/// What a client knows, and how far it has come.
#[derive(Debug)]
pub(super) struct Follower {
    pub(super) state: State,
    user_rev: u64,
    /// The rev of the last change that has come for each conversation, applied or lost.
    came: BTreeMap<String, u64>,
}

impl Follower {
    pub(super) fn new(state: State, user_rev: u64) -> Self {
        Self { state, user_rev, came: BTreeMap::new() }
    }

    /// Whether all has come that this greeting speaks of.
    pub(super) fn has_all(&self, greeting: &Value) -> bool {
        let heads = greeting["conversations"].as_array().unwrap();
        greeting["user_rev"] == self.user_rev
            && heads.len() == self.state.conversations.len()
            && heads.iter().all(|head| self.came_to(&text(&head["id"])) == head["rev"].as_u64())
    }

    /// The rev up to which changes of the conversation have come.
    fn came_to(&self, conversation: &str) -> Option<u64> {
        let applied = self.state.conversations.get(conversation)?.rev();
        Some(self.came.get(conversation).copied().unwrap_or_default().max(applied))
    }

    /// Takes an event, unless its rev leaves the remainder `loses` by 8; gives its kind.
    pub(super) async fn takes(&mut self, source: &impl Source, event: &Value, loses: u64) -> Option<String> {
        assert_ne!(event["event"], "resync", "nobody is slow here");
        if let Some(rev) = event["user_rev"].as_u64() {
            assert_eq!(rev, self.user_rev + 1, "{event}");
            self.user_rev = rev;
            let kind = self.state.applies_news(source, event).await;
            self.came.retain(|conversation, _| self.state.conversations.contains_key(conversation));
            return Some(kind);
        }
        let rev = event["rev"].as_u64()?;
        let conversation = text(&event["conversation_id"]);
        let came = self.came_to(&conversation)?;
        if rev <= came {
            return None;
        }
        assert_eq!(rev, came + 1, "a hole: {event}");
        self.came.insert(conversation.clone(), rev);
        let applied = self.state.conversations[&conversation].rev();
        let is_end = event["event"] == "conversation_removed";
        if rev % 8 == loses && !is_end {
            return None;
        }
        if applied + 1 == rev {
            return Some(self.state.applies_change(source.me(), event));
        }
        self.syncs(source, &conversation).await
    }

    /// Fetches what was lost at the end.
    pub(super) async fn catches_up(&mut self, source: &impl Source) -> BTreeSet<String> {
        let behind: Vec<String> = self.came.keys().cloned().collect();
        let mut kinds = BTreeSet::new();
        for conversation in behind {
            kinds.extend(self.syncs(source, &conversation).await);
        }
        kinds
    }

    /// Fetches what was lost on the way, if anything was and the conversation is still there.
    async fn syncs(&mut self, source: &impl Source, conversation: &str) -> Option<String> {
        if self.state.conversations.get(conversation)?.rev() == self.came_to(conversation)? {
            return None;
        }
        loop {
            let after = self.state.conversations[conversation].rev();
            // What is gone meanwhile is told by a personal event.
            let page = source.changes(conversation, after).await?;
            if !self.state.applies_sync(source.me(), conversation, &page) {
                return Some("sync after a hole".to_owned());
            }
        }
    }
}
