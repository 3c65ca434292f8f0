//! Who may do what: everybody tries everything, over HTTP and over a socket.
//!
//! A row for each operation, a column for each actor; a cell is the code of the refusal, or `ok`. Before each cell the scene
//! is set anew.

use serde_json::{Value, json};

use super::http::{Answer, Http};
use super::person::{Person, client_id, text};
use super::server::Server;

const FOREVER: &str = "2999-01-01T00:00:00Z";

/// What somebody tries.
enum Call {
    Http(&'static str, String, Value),
    Socket(&'static str, Value),
}

use Call::{Http as OverHttp, Socket as OverSocket};

/// What came of it: `ok`, or the refusal's code.
async fn outcome(actor: Option<&Person>, call: Call) -> String {
    match (actor, call) {
        (actor, OverHttp(method, path, body)) => {
            let stranger = Http::stranger(Server::shared());
            let http = actor.map_or(&stranger, |actor| &actor.http);
            let request = http.request(method, &path);
            let request = if body.is_null() { request } else { request.json(&body) };
            let answer = Answer::to(request).await;
            answer.json["code"].as_str().filter(|_| answer.status >= 400).unwrap_or("ok").to_owned()
        }
        (Some(actor), OverSocket(op, data)) => {
            let reply = actor.connects().await.op(op, data).await;
            reply["problem"]["code"].as_str().unwrap_or("ok").to_owned()
        }
        (None, OverSocket(op, data)) => {
            let mut socket = super::socket::Socket::open(Server::shared().address(), None).await;
            let reply = socket.op(op, data).await;
            reply["problem"]["code"].as_str().unwrap_or("ok").to_owned()
        }
    }
}

/// Everybody who has anything to do with a group, or nothing.
struct People {
    owner: Person,
    admin: Person,
    member: Person,
    muted: Person,
    former: Person,
    stranger: Person,
    /// Whose message it is that is tried on; a member.
    author: Person,
    /// A friend of all, who is in no group.
    friend: Person,
    /// Another admin.
    deputy: Person,
}

const IN_GROUP: [&str; 7] = ["owner", "admin", "member", "muted", "former", "stranger", "nobody"];

impl People {
    async fn new() -> Self {
        let new = || Person::registers(Server::shared());
        let people = Self {
            owner: new().await,
            admin: new().await,
            member: new().await,
            muted: new().await,
            former: new().await,
            stranger: new().await,
            author: new().await,
            friend: new().await,
            deputy: new().await,
        };
        for name in IN_GROUP {
            if let Some(person) = people.actor(name) {
                person.befriends(&people.friend).await;
            }
        }
        people
    }

    fn actor(&self, name: &str) -> Option<&Person> {
        match name {
            "owner" => Some(&self.owner),
            "admin" => Some(&self.admin),
            "member" => Some(&self.member),
            "muted" => Some(&self.muted),
            "former" => Some(&self.former),
            "stranger" => Some(&self.stranger),
            _ => None,
        }
    }

    /// A group with all of them in their roles, and a message of the author's: gives their ids.
    async fn group(&self) -> (String, u64) {
        let others = [&self.admin, &self.member, &self.muted, &self.former, &self.author, &self.deputy];
        let group = self.owner.creates_group_with(&others).await;
        let member = |person: &Person| format!("/groups/{group}/members/{}", person.id);
        for admin in [&self.admin, &self.deputy] {
            self.owner.http.patch(&member(admin), json!({ "role": "admin" })).await.is(200);
        }
        self.owner.http.patch(&member(&self.muted), json!({ "muted_until": FOREVER })).await.is(200);
        let seq = self.author.sends(&group, "the message").await["seq"].as_u64().unwrap();
        self.former.leaves(&group).await.done();
        (group, seq)
    }
}

type OnGroup = fn(&People, &str, u64) -> Call;

const ALL: [&str; 7] = ["ok", "ok", "ok", "ok", "not_found", "not_found", "unauthenticated"];
const WRITERS: [&str; 7] = ["ok", "ok", "ok", "muted", "not_found", "not_found", "unauthenticated"];
const KEEPERS: [&str; 7] =
    ["ok", "ok", "forbidden", "forbidden", "not_found", "not_found", "unauthenticated"];
const OWNER: [&str; 7] =
    ["ok", "not_owner", "not_owner", "not_owner", "not_found", "not_found", "unauthenticated"];
const SENDER: [&str; 7] =
    ["not_sender", "not_sender", "not_sender", "not_sender", "not_found", "not_found", "unauthenticated"];
const RECALLERS: [&str; 7] =
    ["ok", "ok", "not_sender", "not_sender", "not_found", "not_found", "unauthenticated"];
const ONLY_OWNER: [&str; 7] =
    ["ok", "forbidden", "forbidden", "forbidden", "not_found", "not_found", "unauthenticated"];

fn get(path: String) -> Call {
    OverHttp("GET", path, Value::Null)
}

fn message(group: &str, seq: u64, more: Value) -> Value {
    let mut data = json!({ "conversation_id": group, "seq": seq });
    data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    data
}

fn new_message(more: Value) -> Value {
    let mut data = json!({ "client_id": client_id(), "content": text("hi") });
    data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    data
}

/// Each operation on a group, and its row.
const ON_GROUP: &[(&str, [&str; 7], OnGroup)] = &[
    ("read it", ALL, |_, group, _| get(format!("/conversations/{group}"))),
    ("read history", ALL, |_, group, _| get(format!("/conversations/{group}/messages"))),
    ("read a message", ALL, |_, group, seq| get(format!("/conversations/{group}/messages/{seq}"))),
    ("read changes", ALL, |_, group, _| get(format!("/conversations/{group}/changes"))),
    ("sync", ALL, |_, group, _| OverSocket("sync", json!({ "conversation_id": group }))),
    ("read receipts", ALL, |_, group, _| get(format!("/conversations/{group}/receipts"))),
    ("list members", ALL, |_, group, _| get(format!("/groups/{group}/members"))),
    ("search in it", ALL, |_, group, _| get(format!("/messages/search?query=a&conversation_id={group}"))),
    ("mark as read", ALL, |_, group, seq| {
        OverHttp("PUT", format!("/conversations/{group}/read"), json!({ "seq": seq }))
    }),
    ("mark as read", ALL, |_, group, seq| OverSocket("read", message(group, seq, json!({})))),
    ("set", ALL, |_, group, _| {
        OverHttp("PATCH", format!("/conversations/{group}"), json!({ "muted": true }))
    }),
    ("be seen typing", ALL, |_, group, _| OverSocket("typing", json!({ "conversation_id": group }))),
    ("send", WRITERS, |_, group, _| {
        OverHttp("POST", format!("/conversations/{group}/messages"), new_message(json!({})))
    }),
    ("send", WRITERS, |_, group, _| OverSocket("send", new_message(json!({ "conversation_id": group })))),
    ("edit", SENDER, |_, group, seq| {
        let body = json!({ "content": text("changed") });
        OverHttp("PATCH", format!("/conversations/{group}/messages/{seq}"), body)
    }),
    ("edit", SENDER, |_, group, seq| {
        OverSocket("edit", message(group, seq, json!({ "content": text("changed") })))
    }),
    ("recall", RECALLERS, |_, group, seq| {
        OverHttp("DELETE", format!("/conversations/{group}/messages/{seq}"), Value::Null)
    }),
    ("recall", RECALLERS, |_, group, seq| OverSocket("recall", message(group, seq, json!({})))),
    ("react", WRITERS, |_, group, seq| {
        OverHttp("PUT", format!("/conversations/{group}/messages/{seq}/reactions/👍"), Value::Null)
    }),
    ("react", WRITERS, |_, group, seq| OverSocket("react", message(group, seq, json!({ "emoji": "👍" })))),
    ("unreact", ALL, |_, group, seq| {
        OverHttp("DELETE", format!("/conversations/{group}/messages/{seq}/reactions/👍"), Value::Null)
    }),
    ("unreact", ALL, |_, group, seq| OverSocket("unreact", message(group, seq, json!({ "emoji": "👍" })))),
    ("change the group", KEEPERS, |_, group, _| {
        OverHttp("PATCH", format!("/groups/{group}"), json!({ "description": "changed" }))
    }),
    ("remove its picture", KEEPERS, |_, group, _| {
        OverHttp("DELETE", format!("/groups/{group}/avatar"), Value::Null)
    }),
    ("see who wants in", KEEPERS, |_, group, _| get(format!("/groups/{group}/join-requests"))),
    ("add a friend", KEEPERS, |people, group, _| {
        OverHttp("PUT", format!("/groups/{group}/members/{}", people.friend.id), Value::Null)
    }),
    ("kick a member", KEEPERS, |people, group, _| {
        OverHttp("DELETE", format!("/groups/{group}/members/{}", people.author.id), Value::Null)
    }),
    ("kick an admin", ONLY_OWNER, |people, group, _| {
        OverHttp("DELETE", format!("/groups/{group}/members/{}", people.deputy.id), Value::Null)
    }),
    ("mute a member", KEEPERS, |people, group, _| {
        let body = json!({ "muted_until": FOREVER });
        OverHttp("PATCH", format!("/groups/{group}/members/{}", people.author.id), body)
    }),
    ("make an admin", OWNER, |people, group, _| {
        let body = json!({ "role": "admin" });
        OverHttp("PATCH", format!("/groups/{group}/members/{}", people.author.id), body)
    }),
    ("transfer", OWNER, |people, group, _| {
        OverHttp("PUT", format!("/groups/{group}/owner"), json!({ "user_id": people.author.id }))
    }),
    ("delete", OWNER, |_, group, _| OverHttp("DELETE", format!("/groups/{group}"), Value::Null)),
];

#[tokio::test]
async fn in_a_group_everybody_may_do_what_the_table_says() {
    let people = People::new().await;
    for (name, row, call) in ON_GROUP {
        for (actor, expected) in IN_GROUP.iter().zip(row) {
            let (group, seq) = people.group().await;
            let call = call(&people, &group, seq);
            let how = if matches!(call, OverHttp(..)) { "HTTP" } else { "a socket" };
            assert_eq!(outcome(people.actor(actor), call).await, *expected, "{name} by {actor} over {how}");
        }
    }
}

const IN_PAIR: [&str; 5] = ["friend", "former friend", "blocked", "stranger", "nobody"];
const BOTH: [&str; 5] = ["ok", "ok", "ok", "not_found", "unauthenticated"];
const FRIENDS: [&str; 5] = ["ok", "not_friends", "not_friends", "not_found", "unauthenticated"];
const OTHER_SENDER: [&str; 5] = ["not_sender", "not_sender", "not_sender", "not_found", "unauthenticated"];

type OnPair = fn(&str, u64, u64) -> Call;

/// Each operation on a direct conversation, with a message of the other one and one of the actor's own.
const ON_PAIR: &[(&str, [&str; 5], OnPair)] = &[
    ("read it", BOTH, |id, _, _| get(format!("/conversations/{id}"))),
    ("read history", BOTH, |id, _, _| get(format!("/conversations/{id}/messages"))),
    ("sync", BOTH, |id, _, _| OverSocket("sync", json!({ "conversation_id": id }))),
    ("read receipts", BOTH, |id, _, _| get(format!("/conversations/{id}/receipts"))),
    ("search in it", BOTH, |id, _, _| get(format!("/messages/search?query=a&conversation_id={id}"))),
    ("mark as read", BOTH, |id, theirs, _| OverSocket("read", message(id, theirs, json!({})))),
    ("be seen typing", FRIENDS, |id, _, _| OverSocket("typing", json!({ "conversation_id": id }))),
    ("send", FRIENDS, |id, _, _| {
        OverHttp("POST", format!("/conversations/{id}/messages"), new_message(json!({})))
    }),
    ("send", FRIENDS, |id, _, _| OverSocket("send", new_message(json!({ "conversation_id": id })))),
    ("edit the other's", OTHER_SENDER, |id, theirs, _| {
        OverSocket("edit", message(id, theirs, json!({ "content": text("changed") })))
    }),
    ("edit one's own", FRIENDS, |id, _, own| {
        let body = json!({ "content": text("changed") });
        OverHttp("PATCH", format!("/conversations/{id}/messages/{own}"), body)
    }),
    ("recall the other's", OTHER_SENDER, |id, theirs, _| {
        OverHttp("DELETE", format!("/conversations/{id}/messages/{theirs}"), Value::Null)
    }),
    ("recall one's own", BOTH, |id, _, own| OverSocket("recall", message(id, own, json!({})))),
    ("react", FRIENDS, |id, theirs, _| {
        OverHttp("PUT", format!("/conversations/{id}/messages/{theirs}/reactions/👍"), Value::Null)
    }),
    ("unreact", BOTH, |id, theirs, _| OverSocket("unreact", message(id, theirs, json!({ "emoji": "👍" })))),
];

#[tokio::test]
async fn in_a_pair_everybody_may_do_what_the_table_says() {
    let server = Server::shared();
    let (ann, stranger) = (Person::registers(server).await, Person::registers(server).await);
    for (name, row, call) in ON_PAIR {
        for (actor, expected) in IN_PAIR.iter().zip(row) {
            let bob = Person::registers(server).await;
            let id = ann.befriends(&bob).await;
            let theirs = ann.sends(&id, "from Ann").await["seq"].as_u64().unwrap();
            let own = bob.sends(&id, "from Bob").await["seq"].as_u64().unwrap();
            match *actor {
                "former friend" => ann.unfriends(&bob).await,
                "blocked" => ann.http.call("PUT", &format!("/blocks/{}", bob.id)).await.done(),
                _ => {}
            }
            let who = match *actor {
                "stranger" => Some(&stranger),
                "nobody" => None,
                _ => Some(&bob),
            };
            let call = call(&id, theirs, own);
            let how = if matches!(call, OverHttp(..)) { "HTTP" } else { "a socket" };
            assert_eq!(outcome(who, call).await, *expected, "{name} by {actor} over {how}");
        }
    }
}
