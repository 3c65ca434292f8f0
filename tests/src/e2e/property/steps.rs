//! Four people, what they do, and their clients that follow.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::super::http::Answer;
use super::super::person::Person;
use super::super::server::Server;
use super::super::socket::{Frame, PATIENCE, Socket};
use super::follower::Follower;
use super::model::{State, text};
use super::recording::Recording;

/// Something that somebody does, or tries to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Ask,
    Accept,
    Decline,
    Cancel,
    Unfriend,
    Create,
    Rename,
    Describe,
    Join,
    Add,
    Leave,
    Kick,
    Transfer,
    Delete,
    Send,
    SendDirect,
    Read,
    ReadDirect,
    Mention,
    Edit,
    Recall,
    React,
    Unreact,
    Set,
    Promote,
    Mute,
    Guard,
    Approve,
    Block,
    Unblock,
    Session,
}

/// Who does what, to whom, in which group; and which changes the clients lose on the way: those whose rev
/// leaves this remainder by 8, none from 8 on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) action: Action,
    pub(super) who: usize,
    pub(super) whom: usize,
    pub(super) which: usize,
    pub(super) loses: u64,
}

/// One person's connected client.
struct Client {
    person: Person,
    socket: Socket,
    follower: Follower,
    /// Every event that has come through the socket.
    heard: Vec<Value>,
}

pub(super) struct World {
    clients: Vec<Client>,
    groups: Vec<String>,
    steps: usize,
}

impl World {
    pub(super) async fn new() -> Self {
        let mut clients = Vec::new();
        for _ in 0..4 {
            let person = Person::registers(Server::shared()).await;
            let socket = person.connects().await;
            let user_rev = socket.greeting["user_rev"].as_u64().unwrap();
            let follower = Follower::new(State::fetched(&person).await, user_rev);
            clients.push(Client { person, socket, follower, heard: Vec::new() });
        }
        Self { clients, groups: Vec::new(), steps: 0 }
    }

    /// Does it, lets all clients follow, and compares what they know with what they can fetch. Gives the kinds
    /// of events that came.
    pub(super) async fn runs(&mut self, step: Step) -> BTreeSet<String> {
        self.steps += 1;
        let answer = self.does(step).await;
        assert!(answer.is_none_or(|answer| answer.status < 500), "{step:?}");
        let mut kinds = BTreeSet::new();
        for client in &mut self.clients {
            kinds.extend(client.follows(step.loses).await);
            let fresh = State::fetched(&client.person).await;
            assert_eq!(client.follower.state, fresh, "after {step:?} (left: events applied, right: fetched)");
        }
        kinds
    }

    /// What each of the clients has heard, and what that has led to.
    pub(super) async fn recordings(&self) -> Vec<Recording> {
        let mut recordings = Vec::new();
        for client in &self.clients {
            recordings.push(Recording::of(&client.person, &client.heard).await);
        }
        recordings
    }

    async fn does(&mut self, step: Step) -> Option<Answer> {
        let (who, whom) = (self.clients[step.who].person.clone(), self.clients[step.whom].person.clone());
        let group = self.groups.iter().rev().nth(step.which).or(self.groups.last()).cloned();
        let words = format!("step {}", self.steps);
        if matches!(step.action, Action::Create) {
            let friends = who.http.list("/friends").await;
            let ids: Vec<&Value> = friends.iter().map(|friend| &friend["user"]["id"]).collect();
            let ids = if step.which == 0 { &ids[..] } else { &[] };
            let history = if step.whom < 2 { "all" } else { "since_join" };
            let body = json!({ "name": words, "member_ids": ids, "history": history });
            self.groups.push(who.creates_group(body).await);
            return None;
        }
        if matches!(step.action, Action::Session) {
            self.ends_a_session(step.who).await;
            return None;
        }
        if let Some(answer) = among_friends(step.action, &who, &whom, &words).await {
            return Some(answer);
        }
        let group = group?;
        Some(match step.action {
            Action::Join => who.joins(&group).await,
            Action::Add => who.adds(&group, &whom).await,
            Action::Leave => who.leaves(&group).await,
            Action::Kick => who.kicks(&group, &whom).await,
            Action::Transfer => who.transfers(&group, &whom).await,
            Action::Delete => who.http.delete(&format!("/groups/{group}")).await,
            Action::Rename => who.http.patch(&format!("/groups/{group}"), json!({ "name": words })).await,
            Action::Describe => {
                who.http.patch(&format!("/groups/{group}"), json!({ "description": words })).await
            }
            Action::Send => who.tries_to_send(&group, &words).await,
            Action::Read => reads_half(&who, &group).await,
            Action::Mention => mentions(&who, &group, &whom, &words).await,
            Action::Edit | Action::Recall | Action::React | Action::Unreact => {
                changes_message(step, &who, &group, &words).await
            }
            Action::Promote => {
                let role = ["admin", "member"][step.which % 2];
                changes_member(&who, &group, &whom, json!({ "role": role })).await
            }
            Action::Mute => {
                let until = &[json!("2099-01-31T08:00:00.000Z"), Value::Null][step.which % 2];
                changes_member(&who, &group, &whom, json!({ "muted_until": until })).await
            }
            Action::Guard => {
                let policy = ["approval", "open", "invite"][step.whom % 3];
                who.http.patch(&format!("/groups/{group}"), json!({ "join_policy": policy })).await
            }
            Action::Approve => {
                let requests = who.http.get(&format!("/groups/{group}/join-requests")).await;
                let request = text(requests.json["items"].get(0)?.get("id")?);
                who.http.call("POST", &format!("/groups/{group}/join-requests/{request}/approve")).await
            }
            Action::Set => {
                let settings = json!({ "muted": step.whom < 2, "pinned": step.which == 0 });
                who.http.patch(&format!("/conversations/{group}"), settings).await
            }
            _ => return None,
        })
    }

    /// Logs in elsewhere and ends that session from here.
    async fn ends_a_session(&mut self, who: usize) {
        let client = &mut self.clients[who];
        let elsewhere = client.person.logs_in_again(Server::shared()).await;
        let session = text(&elsewhere.http.get("/auth/token").await.is(200)["session_id"]);
        client.follower.state.knows_session(session.clone());
        client.person.http.delete(&format!("/me/sessions/{session}")).await.done();
    }
}

/// What concerns two people alone; none if the action is about groups.
async fn among_friends(action: Action, who: &Person, whom: &Person, words: &str) -> Option<Answer> {
    let conversation = async || {
        let friends = who.http.list("/conversations").await;
        friends.iter().find(|one| one["peer"]["id"] == whom.id.as_str()).map(|one| text(&one["id"]))
    };
    let request = async |direction: &str| {
        let pending = who.http.list(&format!("/friend-requests?direction={direction}")).await;
        pending.first().map(|request| format!("/friend-requests/{}", text(&request["id"])))
    };
    Some(match action {
        Action::Ask => who.http.post("/friend-requests", json!({ "user_id": whom.id })).await,
        Action::Accept => who.http.call("POST", &format!("{}/accept", request("incoming").await?)).await,
        Action::Decline => who.http.call("POST", &format!("{}/decline", request("incoming").await?)).await,
        Action::Cancel => who.http.delete(&request("outgoing").await?).await,
        Action::Unfriend => who.http.delete(&format!("/friends/{}", whom.id)).await,
        Action::Block => who.http.call("PUT", &format!("/blocks/{}", whom.id)).await,
        Action::Unblock => who.http.delete(&format!("/blocks/{}", whom.id)).await,
        Action::SendDirect => who.tries_to_send(&conversation().await?, words).await,
        Action::ReadDirect => reads_half(who, &conversation().await?).await,
        _ => return None,
    })
}

/// Answers the newest message and mentions somebody.
async fn mentions(who: &Person, group: &str, whom: &Person, words: &str) -> Answer {
    let head = who.http.get(&format!("/conversations/{group}")).await;
    let body = json!({
        "client_id": words,
        "content": { "type": "text", "text": words },
        "reply_to": head.json["last_message"]["seq"],
        "mentions": [whom.id],
    });
    who.http.post(&format!("/conversations/{group}/messages"), body).await
}

/// Changes what somebody is or may do in the group.
async fn changes_member(who: &Person, group: &str, whom: &Person, change: Value) -> Answer {
    who.http.patch(&format!("/groups/{group}/members/{}", whom.id), change).await
}

/// Changes one of the last messages.
async fn changes_message(step: Step, who: &Person, group: &str, words: &str) -> Answer {
    let head = who.http.get(&format!("/conversations/{group}")).await;
    let back = u64::try_from(step.whom).unwrap();
    let seq = head.json["last_seq"].as_u64().unwrap_or(0).saturating_sub(back);
    let message = format!("/conversations/{group}/messages/{seq}");
    let emoji = ["👍", "❤️"][step.whom % 2];
    match step.action {
        Action::Edit => {
            who.http.patch(&message, json!({ "content": { "type": "text", "text": words } })).await
        }
        Action::Recall => who.http.delete(&message).await,
        Action::React => who.http.call("PUT", &format!("{message}/reactions/{emoji}")).await,
        _ => who.http.delete(&format!("{message}/reactions/{emoji}")).await,
    }
}

/// Reads up to the middle of what is unread, so that something may be left.
async fn reads_half(person: &Person, conversation: &str) -> Answer {
    let head = person.http.get(&format!("/conversations/{conversation}")).await;
    let (last, read) =
        (head.json["last_seq"].as_u64().unwrap_or(0), head.json["read_seq"].as_u64().unwrap_or(0));
    let path = format!("/conversations/{conversation}/read");
    person.http.put(&path, json!({ "seq": (last + read).div_ceil(2) })).await
}

impl Client {
    /// Applies events until everything that the server has for this person has come.
    async fn follows(&mut self, loses: u64) -> BTreeSet<String> {
        let now = self.person.connects().await;
        let mut kinds = BTreeSet::new();
        let deadline = Instant::now() + PATIENCE;
        while !self.follower.has_all(&now.greeting) {
            let Some(Frame::Object(event)) = self.socket.receive(deadline).await else {
                panic!("the server is at {}, this client at {:?}", now.greeting, self.follower);
            };
            kinds.extend(self.follower.takes(&self.person, &event, loses).await);
            self.heard.push(event);
        }
        now.closes().await;
        kinds.extend(self.follower.catches_up(&self.person).await);
        kinds
    }
}
