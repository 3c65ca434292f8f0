//! AsyncAPI 3.0 of the WebSocket: what clients can send, what they are answered, and what they hear.

use chatchat_domain::conversation::TYPING_EVERY;
use serde_json::{Map, Value, json};

use super::chat::{new_text, sending_fields};
use super::operation::limit;
use super::schema::{
    any_text, described, flag, id, input, just, list_of, nullable, number, object, one_of, reference,
    such_as, time,
};
use super::{TITLE, example, shapes};
use crate::problem::catalogue;
use crate::ws::{HEARTBEAT, HELLO_WITHIN, MAX_FRAME, MAX_HEADS, MAX_IN_FLIGHT, SUBPROTOCOL, close_codes};

/// Something that a client can do.
struct Operation {
    op: &'static str,
    summary: String,
    data: Value,
    answer: Value,
}

/// Where an event belongs.
#[derive(Clone, Copy)]
enum Place {
    /// In the stream of a conversation.
    Conversation,
    /// In the stream of a person.
    Personal,
    /// In either.
    Both,
    /// Nowhere: it does not last.
    Ephemeral,
}

/// The AsyncAPI document, of the version of the program.
pub(super) fn asyncapi() -> Value {
    let schemas = shapes::schemas();
    let mut messages = Map::new();
    let mut operations = Map::new();
    for operation in self::operations() {
        let op = operation.op;
        let said = input([
            ("op", just(op)),
            ("id?", any_text()),
            ("traceparent?", traceparent()),
            ("data", operation.data),
        ]);
        let answered = object([
            ("op", just("reply")),
            ("id", any_text()),
            ("ok", json!({ "type": "boolean", "const": true })),
            ("data", operation.answer),
        ]);
        messages.insert(format!("op.{op}"), message(op, &operation.summary, said, &schemas));
        let summary = format!("The answer to `{op}`, if that had an id.");
        messages
            .insert(format!("reply.{op}"), message(&format!("{op}, answered"), &summary, answered, &schemas));
        let reply = json!({
            "channel": { "$ref": "#/channels/socket" },
            "messages": [in_channel(&format!("reply.{op}")), in_channel("reply.problem")],
        });
        operations.insert(
            op.to_owned(),
            json!({
                "action": "receive",
                "channel": { "$ref": "#/channels/socket" },
                "summary": operation.summary,
                "messages": [in_channel(&format!("op.{op}"))],
                "reply": reply,
            }),
        );
    }
    messages.insert(
        "reply.problem".to_owned(),
        message("refused", "Why an operation was not done.", problem(), &schemas),
    );
    for (name, place, data, summary) in events() {
        let key = format!("event.{name}");
        messages.insert(key.clone(), message(name, summary, event(name, place, data), &schemas));
        operations.insert(
            format!("on_{name}"),
            json!({
                "action": "send",
                "channel": { "$ref": "#/channels/socket" },
                "summary": summary,
                "messages": [in_channel(&key)],
            }),
        );
    }
    let all: Map<String, Value> = messages
        .keys()
        .map(|key| (key.clone(), json!({ "$ref": format!("#/components/messages/{key}") })))
        .collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": TITLE,
            "version": env!("CARGO_PKG_VERSION"),
            "description": introduction(),
        },
        "defaultContentType": "application/json",
        "servers": { "this": {
            "host": "{host}",
            "protocol": "wss",
            "variables": { "host": { "default": "127.0.0.1:8080", "description": "The server that serves this document." } },
        } },
        "channels": { "socket": {
            "address": "/api/v1/ws",
            "summary": "Everything, both ways, on one connection.",
            "messages": all,
            "bindings": { "ws": { "method": "GET", "headers": input([
                ("Sec-WebSocket-Protocol", just(SUBPROTOCOL)),
                ("Authorization?", described("`Bearer` and an access token, or a `hello` with one.", any_text())),
            ]) } },
        } },
        "operations": operations,
        "components": { "messages": messages, "schemas": schemas },
    })
}

/// Where a client has come to in a trace; the example is that of the standard.
fn traceparent() -> Value {
    let example = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let description = "Where the client has come to in a trace (W3C Trace Context).";
    described(description, such_as(example, any_text()))
}

fn introduction() -> String {
    let closes = close_codes().map(|(code, meaning)| format!("{code} {meaning}")).join(", ");
    format!(
        "`GET /api/v1/ws` with the subprotocol `{SUBPROTOCOL}`. Text frames of at most {} KiB, one JSON object each. \
        Without a token in the upgrade request the first frame is `hello` with one, within {} seconds; never a token in \
        the URL. A client may have {MAX_IN_FLIGHT} operations under way. An event with `rev` belongs to the stream of its \
        conversation, one with `user_rev` to the person's own; both count without a hole. Apply `last + 1`, drop what is \
        older, and `sync` on a hole, on `resync` and after a reconnect. Pings come every {} seconds. Close codes: {closes}.",
        MAX_FRAME / 1024,
        HELLO_WITHIN.as_secs(),
        HEARTBEAT.as_secs(),
    )
}

fn in_channel(key: &str) -> Value {
    json!({ "$ref": format!("#/channels/socket/messages/{key}") })
}

fn message(title: &str, summary: &str, payload: Value, schemas: &Value) -> Value {
    let example = example::of(&payload, schemas);
    json!({ "title": title, "summary": summary, "payload": payload, "examples": [{ "payload": example }] })
}

fn problem() -> Value {
    let codes: Vec<&str> = catalogue().iter().map(|kind| kind.code).collect();
    let problem = json!({ "allOf": [reference("Problem")], "properties": { "code": { "enum": codes } } });
    object([
        ("op", just("reply")),
        ("id", any_text()),
        ("ok", json!({ "type": "boolean", "const": false })),
        ("problem", problem),
    ])
}

fn event(name: &str, place: Place, data: Value) -> Value {
    let in_conversation = |data: Value| {
        object([
            ("op", just("event")),
            ("event", just(name)),
            ("conversation_id", id()),
            ("rev", number()),
            ("data", data),
        ])
    };
    let personal = |data: Value| {
        object([("op", just("event")), ("event", just(name)), ("user_rev", number()), ("data", data)])
    };
    match place {
        Place::Conversation => in_conversation(data),
        Place::Personal => personal(data),
        Place::Both => json!({ "oneOf": [in_conversation(data.clone()), personal(data)] }),
        Place::Ephemeral => object([("op", just("event")), ("event", just(name)), ("data", data)]),
    }
}

fn operations() -> Vec<Operation> {
    let operation =
        |op, summary: &str, data, answer| Operation { op, summary: summary.to_owned(), data, answer };
    let rev = || object([("rev", number())]);
    let on_message = || [("conversation_id", id()), ("seq", number())];
    let [conversation, seq] = on_message();
    let edit = input([conversation, seq, ("content", new_text())]);
    let with_emoji = || {
        let [conversation, seq] = on_message();
        input([conversation, seq, ("emoji", any_text())])
    };
    let [client_id, content, reply_to, mentions] = sending_fields();
    let greeting = format!(
        "Begin to hear what happens. Names the conversations that differ from `resume`, at most {MAX_HEADS}, and whether \
        there are `more`."
    );
    let typing =
        format!("Tell that one is writing; passed on at most once in {} seconds.", TYPING_EVERY.as_secs());
    vec![
        operation("hello", &greeting, hello(), greeted()),
        operation(
            "auth",
            "Renew the access token in place.",
            input([("access_token", any_text())]),
            object([("expires_at", time())]),
        ),
        operation(
            "send",
            "Send a message; answered once it is stored.",
            input([("conversation_id", id()), client_id, content, reply_to, mentions]),
            reference("Message"),
        ),
        operation("edit", "Edit one's text.", edit, rev()),
        operation("recall", "Recall a message.", input(on_message()), rev()),
        operation("react", "React with an emoji.", with_emoji(), rev()),
        operation("unreact", "Take a reaction back.", with_emoji(), rev()),
        operation(
            "sync",
            "What has changed since a rev.",
            input([("conversation_id", id()), ("after_rev?", number()), ("limit?", limit())]),
            reference("Changes"),
        ),
        operation("read", "Move one's read cursor on.", input(on_message()), reference("ReadState")),
        operation("typing", &typing, input([("conversation_id", id())]), object([])),
        operation("ping", "Is anybody there?", input([]), object([])),
    ]
}

fn hello() -> Value {
    let known = json!({
        "type": "object",
        "additionalProperties": number(),
        "examples": [{ "0190a1b2-c3d4-7e5f-8a6b-1c2d3e4f5a6b": 45 }],
    });
    input([
        ("access_token?", described("Unless the upgrade request had one.", any_text())),
        ("device?", any_text()),
        (
            "resume?",
            input([
                ("user_rev?", number()),
                ("conversations", described("The rev of each conversation that one knows.", known)),
            ]),
        ),
    ])
}

fn greeted() -> Value {
    object([
        ("user_id", id()),
        ("session_id", id()),
        ("heartbeat_seconds", number()),
        ("user_rev", number()),
        (
            "conversations",
            list_of(object([
                ("id", id()),
                ("last_seq", number()),
                ("rev", number()),
                ("read_seq", number()),
                ("unread", number()),
            ])),
        ),
        ("more", flag()),
    ])
}

fn events() -> Vec<(&'static str, Place, Value, &'static str)> {
    use Place::{Both, Conversation, Ephemeral, Personal};
    let message = || object([("message", reference("Message"))]);
    let removed =
        object([("conversation_id", id()), ("reason", one_of(&["deleted", "kicked", "left", "unfriended"]))]);
    let receipt = object([("conversation_id", id()), ("user_id", id()), ("read_seq", number())]);
    let read = object([("conversation_id", id()), ("read_seq", number()), ("unread", number())]);
    let settings = object([("conversation_id", id()), ("muted", flag()), ("pinned", flag())]);
    let typing = object([("conversation_id", id()), ("user_id", id())]);
    let presence = object([("user_id", id()), ("online", flag()), ("last_seen_at", nullable(time()))]);
    let user = || object([("user_id", id())]);
    vec![
        ("message", Conversation, message(), "A new message, one's own too."),
        ("message_updated", Conversation, message(), "A message was edited, recalled or reacted to."),
        (
            "member",
            Conversation,
            object([("member", reference("Member"))]),
            "Somebody has come in or is changed.",
        ),
        ("member_removed", Conversation, user(), "Somebody is no member any more."),
        ("group", Conversation, object([("group", reference("Group"))]), "The group is changed."),
        (
            "noop",
            Conversation,
            object([]),
            "A change that this member does not see; it keeps `rev` without a hole.",
        ),
        (
            "conversation_removed",
            Both,
            removed,
            "It is gone (`deleted`, the last of its stream), or one is out of it. `unfriended`: it can be read, not written to.",
        ),
        (
            "friend_request",
            Personal,
            object([("request", reference("FriendRequest"))]),
            "A friend request has come, or was answered.",
        ),
        ("friend", Personal, object([("friend", reference("Friend"))]), "Somebody is a friend now."),
        ("friend_removed", Personal, user(), "Somebody is a friend no more."),
        (
            "conversation_added",
            Personal,
            object([("conversation", reference("Conversation"))]),
            "One is in a conversation now.",
        ),
        ("read", Personal, read, "One has read on, perhaps elsewhere."),
        ("settings", Personal, settings, "One has muted or pinned, perhaps elsewhere."),
        ("session_ended", Personal, object([("session_id", id())]), "One of one's sessions has ended."),
        ("receipt", Ephemeral, receipt, "Somebody has read on."),
        ("typing", Ephemeral, typing, "Somebody is writing."),
        ("presence", Ephemeral, presence, "A friend comes or goes."),
        (
            "resync",
            Ephemeral,
            object([("conversation_id?", id())]),
            "This socket has missed something, of this conversation or of any: sync.",
        ),
        (
            "goaway",
            Ephemeral,
            object([("after_ms", number()), ("reason", just("shutdown"))]),
            "The server goes away: connect anew after so many milliseconds.",
        ),
        (
            "auth_expiring",
            Ephemeral,
            object([("expires_at", time())]),
            "The access token ends soon: renew it with `auth`.",
        ),
    ]
}
