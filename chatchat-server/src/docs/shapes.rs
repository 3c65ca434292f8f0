//! What stands in several places.

use chatchat_domain::Refusal;
use chatchat_domain::account::{Bio, UserName};
use chatchat_domain::attachment::FileName;
use chatchat_domain::conversation::{ClientId, Mentions, MessageText, Reaction};
use chatchat_domain::friend::{Note, Remark};
use chatchat_domain::group::{Description, GroupName};
use serde_json::{Value, json};

use super::admin;
use super::chat::new_content;
use super::schema::{
    any_text, at_most, described, flag, id, just, list_of, nullable, number, object, one_of, reference,
    such_as, text, time, url,
};

/// The headers of answers.
pub(super) fn headers() -> Value {
    let header = |description: &str, schema: Value| json!({ "description": description, "schema": schema });
    json!({
        "X-Request-Id": header("Names this request in the server's log.", any_text()),
        "Location": header("Where to go.", any_text()),
        "Content-Disposition": header("As what to keep it (RFC 6266).", any_text()),
        "Set-Cookie": header("By which the browser is known when it comes back.", any_text()),
        "Allow": header("The methods that the path knows.", any_text()),
        "WWW-Authenticate": header("How to authenticate.", any_text()),
        "Retry-After": header("After how many seconds to try again.", json!({ "type": "integer", "minimum": 0 })),
        "RateLimit": header("How much is left of the limit (draft-ietf-httpapi-ratelimit-headers).", any_text()),
        "RateLimit-Policy": header("The limit.", any_text()),
    })
}

/// The schemas, by name.
pub(super) fn schemas() -> Value {
    let mut all = json!({});
    for some in [people(), groups(), conversations(), contents(), admin::schemas(account())] {
        if let (Some(all), Value::Object(some)) = (all.as_object_mut(), some) {
            all.extend(some);
        }
    }
    all
}

fn user() -> [(&'static str, Value); 4] {
    [
        ("id", id()),
        ("name", text(1, UserName::MAX_CHARS)),
        ("avatar_url", nullable(url())),
        ("bio", text(0, Bio::MAX_CHARS)),
    ]
}

fn account() -> [(&'static str, Value); 7] {
    let [user_id, name, avatar, bio] = user();
    [
        user_id,
        name,
        avatar,
        bio,
        ("email", nullable(any_text())),
        ("has_password", flag()),
        ("created_at", time()),
    ]
}

fn people() -> Value {
    json!({
        "Problem": {
            "type": "object",
            "description": "Why something was not done (RFC 9457).",
            "properties": {
                "type": any_text(),
                "title": any_text(),
                "status": { "type": "integer" },
                "detail": any_text(),
                "code": any_text(),
                "errors": list_of(object([("field", any_text()), ("code", any_text()), ("detail", any_text())])),
                "request_id": any_text(),
                "retry_after": {
                    "type": "integer",
                    "minimum": 1,
                    "description": "With 429 and 503: after how many seconds to try again.",
                },
                "rate_limit": {
                    "type": "string",
                    "description": "With 429: as the header RateLimit.",
                    "examples": ["\"send_account\";r=0;t=12"],
                },
                "rate_limit_policy": {
                    "type": "string",
                    "description": "With 429: as the header RateLimit-Policy.",
                    "examples": ["\"send_account\";q=3000;w=60"],
                },
            },
            "required": ["type", "title", "status", "detail", "code", "request_id"],
            "examples": [{
                "type": "/problems/not_friends",
                "title": Refusal::NotFriends.title(),
                "status": 403,
                "detail": Refusal::NotFriends.title(),
                "code": Refusal::NotFriends.code(),
                "request_id": "1f0c9d-42",
            }],
        },
        "ProblemKind": object([
            ("type", any_text()),
            ("code", any_text()),
            ("status", number()),
            ("title", any_text()),
        ]),
        "User": object(user()),
        "Me": object(account()),
        "Tokens": object([
            ("token_type", just("Bearer")),
            ("access_token", any_text()),
            ("expires_in", number()),
            ("refresh_token?", described("Unless the browser keeps it.", any_text())),
            ("refresh_expires_in", number()),
        ]),
        "LoggedIn": object([("user", reference("Me")), ("tokens", reference("Tokens"))]),
        "LoginOutcome": { "oneOf": [
            object([("status", just("logged_in")), ("user", reference("Me")), ("tokens", reference("Tokens"))]),
            object([
                ("status", just("binding_required")),
                ("binding_token", any_text()),
                ("expires_in", number()),
                ("suggested", object([("name", nullable(any_text())), ("email", nullable(any_text()))])),
            ]),
        ] },
        "Session": object([
            ("id", id()),
            ("device", nullable(any_text())),
            ("ip", any_text()),
            ("created_at", time()),
            ("last_seen_at", time()),
            ("current", flag()),
        ]),
        "Identity": object([
            ("provider", any_text()),
            ("subject", any_text()),
            ("name", nullable(any_text())),
            ("email", nullable(any_text())),
            ("bound_at", time()),
        ]),
        "FriendRequest": object([
            ("id", id()),
            ("from", reference("User")),
            ("to", reference("User")),
            ("note", text(0, Note::MAX_CHARS)),
            ("status", one_of(&["pending", "accepted", "declined", "cancelled"])),
            ("created_at", time()),
        ]),
        "Friend": object([
            ("user", reference("User")),
            ("remark", nullable(text(1, Remark::MAX_CHARS))),
            ("conversation_id", id()),
            ("since", time()),
            ("online", flag()),
            ("last_seen_at", nullable(time())),
        ]),
    })
}

fn group_fields() -> [(&'static str, Value); 9] {
    [
        ("id", id()),
        ("name", such_as("Tea friends", text(1, GroupName::MAX_CHARS))),
        ("description", text(0, Description::MAX_CHARS)),
        ("avatar_url", nullable(url())),
        ("owner_id", id()),
        ("join_policy", one_of(&["open", "approval", "invite"])),
        ("history", one_of(&["since_join", "all"])),
        ("member_count", number()),
        ("created_at", time()),
    ]
}

fn groups() -> Value {
    let role = one_of(&["owner", "admin", "member"]);
    let [group_id, name, description, avatar, owner, policy, history, count, created] = group_fields();
    json!({
        "Group": object(group_fields()),
        "GroupAsSeen": object([
            group_id, name, description, avatar, owner, policy, history, count, created,
            ("my_role", nullable(role.clone())),
        ]),
        "Member": object([
            ("user", reference("User")),
            ("role", role),
            ("muted_until", nullable(time())),
            ("joined_at", time()),
        ]),
        "JoinRequest": object([
            ("id", id()),
            ("group_id", id()),
            ("user", reference("User")),
            ("status", one_of(&["pending", "approved", "declined", "cancelled"])),
            ("created_at", time()),
        ]),
    })
}

fn conversations() -> Value {
    json!({
        "Conversation": object([
            ("id", id()),
            ("kind", one_of(&["direct", "group"])),
            ("title", any_text()),
            ("avatar_url", nullable(url())),
            ("peer", nullable(reference("User"))),
            ("group", nullable(reference("GroupAsSeen"))),
            ("last_message", nullable(reference("Message"))),
            ("last_seq", number()),
            ("rev", number()),
            ("read_seq", number()),
            ("unread", number()),
            ("mentions", number()),
            ("muted", flag()),
            ("pinned", flag()),
        ]),
        "Message": object([
            ("conversation_id", id()),
            ("seq", number()),
            ("rev", number()),
            ("sender_id", nullable(id())),
            ("client_id", nullable(text(1, ClientId::MAX_CHARS))),
            ("content", nullable(reference("Content"))),
            ("reply_to", nullable(number())),
            ("mentions", at_most(Mentions::MAX, id())),
            ("reactions", at_most(Reaction::MAX_KINDS, reference("Reaction"))),
            ("created_at", time()),
            ("edited_at", nullable(time())),
            ("recalled_at", nullable(time())),
        ]),
        "Reaction": object([
            ("emoji", any_text()),
            ("count", number()),
            ("user_ids", at_most(Reaction::SHOWN, id())),
        ]),
        "Changes": { "oneOf": [
            object([
                ("messages", list_of(reference("Message"))),
                ("members", list_of(json!({ "oneOf": [
                    reference("Member"),
                    object([("user_id", id()), ("removed", json!({ "const": true }))]),
                ] }))),
                ("group", nullable(reference("Group"))),
                ("head_rev", number()),
                ("through_rev", number()),
                ("has_more", flag()),
            ]),
            object([("reset", json!({ "const": true })), ("head_rev", number())]),
        ] },
        "ReadState": object([("read_seq", number()), ("unread", number())]),
        "Found": object([("message", reference("Message")), ("conversation_id", id())]),
    })
}

fn attached() -> [(&'static str, Value); 6] {
    [
        ("attachment_id", id()),
        ("name", such_as("tea.png", text(1, FileName::MAX_CHARS))),
        ("size", number()),
        ("content_type", any_text()),
        ("width?", number()),
        ("height?", number()),
    ]
}

fn contents() -> Value {
    let with_type = |kind: &str| {
        let [attachment, name, size, content_type, width, height] = attached();
        object([("type", just(kind)), attachment, name, size, content_type, width, height])
    };
    let notice = |event: &str| object([("type", just("system")), ("event", just(event)), ("user_id", id())]);
    json!({
        "NewContent": new_content(),
        "Attached": object(attached()),
        "Content": { "oneOf": [
            object([("type", just("text")), ("text", text(1, MessageText::MAX_CHARS))]),
            with_type("image"),
            with_type("file"),
            notice("member_joined"),
            notice("member_left"),
            notice("owner_changed"),
            object([("type", just("system")), ("event", just("member_kicked")), ("user_id", id()), ("by", id())]),
            object([("type", just("system")), ("event", just("group_renamed")), ("name", any_text()), ("by", id())]),
        ] },
    })
}
