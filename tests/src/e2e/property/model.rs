//! What one person's client knows: a snapshot, and every event since applied by the contract's rules.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::person::Person;
use super::follower::Source;

/// Everything that one person can fetch.
#[derive(Debug, Default, PartialEq)]
pub(super) struct State {
    pub(super) conversations: BTreeMap<String, Conversation>,
    friends: BTreeMap<String, Value>,
    incoming: BTreeMap<String, Value>,
    outgoing: BTreeMap<String, Value>,
    sessions: BTreeSet<String>,
}

#[derive(Debug, PartialEq)]
pub(super) struct Conversation {
    /// As the list has it, without what is derived from the messages.
    head: Value,
    messages: BTreeMap<u64, Value>,
    members: BTreeMap<String, Value>,
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("not a number: {value}"))
}

fn by_id(items: Vec<Value>) -> BTreeMap<String, Value> {
    items
        .into_iter()
        .map(|item| (text(item["id"].as_str().map_or(&item["user"]["id"], |_| &item["id"])), item))
        .collect()
}

impl Conversation {
    /// The conversation with its messages and members, fetched afresh.
    pub(super) async fn fetched(person: &Person, head: Value) -> Self {
        let id = text(&head["id"]);
        let messages = person.history(&id).await;
        let messages = messages.into_iter().map(|message| (number(&message["seq"]), message)).collect();
        let members = match head["kind"].as_str() {
            Some("group") => by_id(person.http.list(&format!("/groups/{id}/members")).await),
            _ => BTreeMap::new(),
        };
        Self { head, messages, members }
    }

    /// The conversation, of what was written down.
    pub(super) fn read(head: Value, messages: Value, members: Value) -> Self {
        let messages = serde_json::from_value::<Vec<Value>>(messages).unwrap();
        let messages = messages.into_iter().map(|message| (number(&message["seq"]), message)).collect();
        Self { head, messages, members: by_id(serde_json::from_value(members).unwrap()) }
    }

    /// As it is written down.
    fn told(&self) -> Value {
        let (messages, members): (Vec<_>, Vec<_>) =
            (self.messages.values().collect(), self.members.values().collect());
        json!({ "head": self.head, "messages": messages, "members": members })
    }

    pub(super) fn rev(&self) -> u64 {
        number(&self.head["rev"])
    }

    fn derive(&mut self, me: &str) {
        let read_seq = number(&self.head["read_seq"]);
        let others = |message: &&Value| message["sender_id"].as_str().is_some_and(|sender| sender != me);
        let unread = self.messages.range(read_seq + 1..).filter(|(_, message)| others(message)).count();
        self.head["unread"] = json!(unread);
        let mention = |message: &&Value| message["mentions"].as_array().unwrap().contains(&json!(me));
        let mentions = self.messages.range(read_seq + 1..).filter(|(_, message)| mention(message)).count();
        self.head["mentions"] = json!(mentions);
        if let Some((seq, message)) = self.messages.last_key_value() {
            self.head["last_seq"] = json!(seq);
            self.head["last_message"] = message.clone();
        }
    }

    fn takes_message(&mut self, me: &str, message: &Value) {
        let seq = number(&message["seq"]);
        if message["sender_id"] == me && number(&self.head["read_seq"]) < seq {
            self.head["read_seq"] = json!(seq);
        }
        self.messages.insert(seq, message.clone());
        self.derive(me);
    }

    fn takes_member(&mut self, me: &str, member: &Value) {
        let id = text(&member["user"]["id"]);
        if id == me {
            self.head["group"]["my_role"] = member["role"].clone();
        }
        self.members.insert(id, member.clone());
    }

    fn takes_group(&mut self, group: &Value) {
        let mut group = group.clone();
        assert!(group.get("my_role").is_none(), "the same for all: {group}");
        group["my_role"] = self.head["group"]["my_role"].clone();
        self.head["title"] = group["name"].clone();
        self.head["group"] = group;
    }
}

impl State {
    /// Everything, fetched afresh.
    pub(super) async fn fetched(person: &Person) -> Self {
        let mut conversations = BTreeMap::new();
        for head in person.http.list("/conversations").await {
            conversations.insert(text(&head["id"]), Conversation::fetched(person, head).await);
        }
        let pending = async |direction: &str| {
            by_id(person.http.list(&format!("/friend-requests?direction={direction}")).await)
        };
        let sessions = person.http.list("/me/sessions").await;
        Self {
            conversations,
            friends: by_id(person.http.list("/friends").await),
            incoming: pending("incoming").await,
            outgoing: pending("outgoing").await,
            sessions: sessions.iter().map(|session| text(&session["id"])).collect(),
        }
    }

    /// Everything, of what was written down.
    pub(super) fn read(told: &Value) -> Self {
        let conversation = |one: &Value| {
            let [head, messages, members] = ["head", "messages", "members"].map(|part| one[part].clone());
            (text(&head["id"]), Conversation::read(head, messages, members))
        };
        let items = |part: &str| by_id(told[part].as_array().unwrap().clone());
        Self {
            conversations: told["conversations"].as_array().unwrap().iter().map(conversation).collect(),
            friends: items("friends"),
            incoming: items("incoming"),
            outgoing: items("outgoing"),
            sessions: told["sessions"].as_array().unwrap().iter().map(text).collect(),
        }
    }

    /// Everything, as it is written down.
    pub(super) fn told(&self) -> Value {
        let conversations: Vec<Value> = self.conversations.values().map(Conversation::told).collect();
        let [friends, incoming, outgoing] =
            [&self.friends, &self.incoming, &self.outgoing].map(|items| items.values().collect::<Vec<_>>());
        json!({
            "conversations": conversations,
            "friends": friends,
            "incoming": incoming,
            "outgoing": outgoing,
            "sessions": self.sessions,
        })
    }

    /// One more session, of which nobody is told.
    pub(super) fn knows_session(&mut self, session: String) {
        self.sessions.insert(session);
    }

    /// Applies the next event of a conversation's stream; gives its kind.
    pub(super) fn applies_change(&mut self, me: &str, event: &Value) -> String {
        let (id, name, data) = (text(&event["conversation_id"]), text(&event["event"]), &event["data"]);
        let conversation = self.conversations.get_mut(&id).unwrap();
        assert_eq!(number(&event["rev"]), conversation.rev() + 1, "{event}");
        conversation.head["rev"] = event["rev"].clone();
        match name.as_str() {
            "message" | "message_updated" => conversation.takes_message(me, &data["message"]),
            "member" => conversation.takes_member(me, &data["member"]),
            "member_removed" => _ = conversation.members.remove(&text(&data["user_id"])),
            "group" => conversation.takes_group(&data["group"]),
            "noop" => {}
            "conversation_removed" => {
                assert_eq!(data, &json!({ "conversation_id": id, "reason": "deleted" }));
                self.conversations.remove(&id);
                return "conversation_removed in the conversation: deleted".to_owned();
            }
            other => panic!("{other} in a conversation's stream"),
        }
        name
    }

    /// Applies the answer to a sync; true if there is more.
    pub(super) fn applies_sync(&mut self, me: &str, id: &str, page: &Value) -> bool {
        let conversation = self.conversations.get_mut(id).unwrap();
        for message in page["messages"].as_array().unwrap() {
            conversation.takes_message(me, message);
        }
        for member in page["members"].as_array().unwrap() {
            match &member["removed"] {
                Value::Bool(true) => _ = conversation.members.remove(&text(&member["user_id"])),
                _ => conversation.takes_member(me, member),
            }
        }
        if page["group"].is_object() {
            conversation.takes_group(&page["group"]);
        }
        conversation.head["rev"] = page["through_rev"].clone();
        page["has_more"] == true
    }

    /// Applies the next event of the personal stream; gives its kind.
    pub(super) async fn applies_news(&mut self, source: &impl Source, event: &Value) -> String {
        let (name, data) = (text(&event["event"]), &event["data"]);
        match name.as_str() {
            "friend_request" => self.takes_request(source.me(), &data["request"]),
            "friend" => _ = self.friends.insert(text(&data["friend"]["user"]["id"]), data["friend"].clone()),
            "friend_removed" => _ = self.friends.remove(&text(&data["user_id"])),
            "conversation_added" => {
                let id = text(&data["conversation"]["id"]);
                let added = source.conversation(data["conversation"].clone()).await;
                self.conversations.insert(id, added);
            }
            "conversation_removed" => {
                let reason = text(&data["reason"]);
                if reason != "unfriended" {
                    self.conversations.remove(&text(&data["conversation_id"]));
                }
                return format!("{name}: {reason}");
            }
            "read" => {
                let conversation = self.conversations.get_mut(&text(&data["conversation_id"])).unwrap();
                // A sync may have brought one's own later messages, which are read, too.
                let read_seq = number(&data["read_seq"]).max(number(&conversation.head["read_seq"]));
                conversation.head["read_seq"] = json!(read_seq);
                conversation.derive(source.me());
            }
            "settings" => {
                let conversation = self.conversations.get_mut(&text(&data["conversation_id"])).unwrap();
                for setting in ["muted", "pinned"] {
                    conversation.head[setting] = data[setting].clone();
                }
            }
            "session_ended" => assert!(self.sessions.remove(&text(&data["session_id"])), "{event}"),
            other => panic!("{other} in a personal stream"),
        }
        name
    }

    fn takes_request(&mut self, me: &str, request: &Value) {
        let id = text(&request["id"]);
        let side = if request["from"]["id"] == me { &mut self.outgoing } else { &mut self.incoming };
        match request["status"].as_str() {
            Some("pending") => side.insert(id, request.clone()),
            _ => side.remove(&id),
        };
    }
}
