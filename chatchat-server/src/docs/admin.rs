//! Administration.

use chatchat_domain::admin::{Operator as Administrator, Reason};
use chatchat_domain::conversation::ClientId;
use chatchat_domain::text::Query;
use serde_json::{Value, json};

use super::operation::{Operation, operation, tagged};
use super::schema::{
    all_of, any_text, described, flag, id, input, list_of, nullable, number, object, one_of, page_of,
    reference, such_as, text, time,
};

pub(super) fn operations() -> Vec<Operation> {
    let operations = [people(), groups(), keys(), owed_work(), messages()].concat();
    tagged("admin", operations.into_iter().map(Operation::by_operators).collect())
}

fn query() -> Value {
    text(0, Query::MAX_CHARS)
}

fn people() -> Vec<Operation> {
    vec![
        operation("get", "/admin/users", "listPeople", "People by address or a part of the name")
            .query("query", query(), "Without it: all of them, the newest first.")
            .paged()
            .answers(200, "The people.", page_of(reference("Person"))),
        operation("get", "/admin/users/{id}", "getPerson", "A person and their newest sessions").answers(
            200,
            "The person.",
            reference("PersonAndSessions"),
        ),
        operation("put", "/admin/users/{id}/suspension", "suspend", "Suspend a person")
            .says("They cannot log in any more, and all that they have open ends within a second.")
            .may_take(input([(
                "reason?",
                described("For other operators.", such_as("Spam in every group", text(1, Reason::MAX_CHARS))),
            )]))
            .answers(200, "The person as suspended.", reference("Person")),
        operation("delete", "/admin/users/{id}/suspension", "reinstate", "Let a person log in again")
            .done(204, "They can."),
        operation("delete", "/admin/users/{id}/sessions", "endSessions", "Log a person out everywhere")
            .done(204, "They are."),
        operation(
            "post",
            "/admin/code-limits/clear",
            "clearCodeLimits",
            "Let an address ask for codes again",
        )
        .says("As if it never had asked for one, or tried one.")
        .takes(input([("email", any_text())]))
        .done(204, "It can."),
    ]
}

fn groups() -> Vec<Operation> {
    vec![
        operation("get", "/admin/groups", "listAllGroups", "Groups of all kinds by a part of the name")
            .query("query", query(), "Without it: all of them, the newest first.")
            .paged()
            .answers(200, "The groups.", page_of(reference("Group"))),
        operation("get", "/admin/groups/{id}", "getAnyGroup", "A group of any kind").answers(
            200,
            "The group.",
            reference("Group"),
        ),
        operation("delete", "/admin/groups/{id}", "deleteAnyGroup", "Delete a group, whoever owns it")
            .done(204, "It is deleted."),
        operation("put", "/admin/groups/{id}/owner", "giveGroup", "Give a group to one of its members")
            .takes(input([("user_id", id())]))
            .answers(200, "The group as changed.", reference("Group")),
    ]
}

fn keys() -> Vec<Operation> {
    vec![
        operation("get", "/admin/keys", "listSigningKeys", "The keys that sign access tokens").answers(
            200,
            "All of them, in the order in which they sign.",
            all_of(reference("SigningKey")),
        ),
        operation("post", "/admin/keys", "rotateKeys", "Sign with a new key")
            .says("As soon as all nodes know it. What the old one has signed stays good.")
            .answers(
                201,
                "The new key; the one that is about to sign, if there is one.",
                reference("SigningKey"),
            ),
        operation("delete", "/admin/keys/{kid}", "retireKey", "Take nothing any more that a key has signed")
            .done(204, "It is removed.")
            .refuses(&["key_in_use"]),
    ]
}

fn owed_work() -> Vec<Operation> {
    vec![
        operation("get", "/admin/outbox", "listOwedWork", "Mail to be sent, and other work that is owed")
            .query("dead", flag(), "What was given up; without it what is still to be done.")
            .paged()
            .answers(200, "The work, the newest first.", page_of(reference("OwedWork"))),
        operation("post", "/admin/outbox/{id}/retry", "retryWork", "Have owed work tried again at once")
            .done(204, "It will be.")
            .refuses(&["too_late"]),
        operation("get", "/admin/audit", "listAudit", "What operators have done").paged().answers(
            200,
            "The log, the newest first.",
            page_of(reference("AuditEntry")),
        ),
    ]
}

fn messages() -> Vec<Operation> {
    let name = text(1, ClientId::MAX_CHARS);
    vec![
        operation("get", "/admin/messages/trail", "traceMessage", "Where a message is")
            .says("What all nodes remember of it, which is a while, beside what is stored. Nothing of what it says.")
            .must_query("client_id", name, "What its sender's client calls it.")
            .query("conversation_id", id(), "Where it was sent: it is found there even if no node remembers it.")
            .answers(200, "What became of each message of that name.", reference("Trails")),
    ]
}

/// What stands in several places.
pub(super) fn schemas(account: [(&'static str, Value); 7]) -> Value {
    let [user_id, name, avatar, bio, email, has_password, created] = account;
    let person = [
        user_id,
        name,
        avatar,
        bio,
        email,
        has_password,
        created,
        ("suspended_at", nullable(time())),
        ("closed_at", nullable(time())),
    ];
    let [a, b, c, d, e, f, g, h, i] = person.clone();
    let session = object([
        ("id", id()),
        ("device", nullable(any_text())),
        ("ip", any_text()),
        ("created_at", time()),
        ("last_seen_at", time()),
    ]);
    json!({
        "Person": object(person),
        "PersonAndSessions": object([a, b, c, d, e, f, g, h, i, ("sessions", list_of(session))]),
        "SigningKey": object([
            ("kid", such_as("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", any_text())),
            ("name", such_as("token-1800000000", any_text())),
            ("created_at", nullable(time())),
            ("state", one_of(&["upcoming", "signing", "superseded"])),
        ]),
        "OwedWork": object([
            ("id", id()),
            ("kind", such_as("code_mail", any_text())),
            ("subject", nullable(such_as("ann@example.com", any_text()))),
            ("created_at", time()),
            ("due_at", time()),
            ("attempts", number()),
            ("dead", flag()),
            ("last_error", nullable(such_as("the mail server: it does not answer", any_text()))),
        ]),
        "Trails": trails(),
        "AuditEntry": object([
            ("id", id()),
            ("at", time()),
            ("operator", such_as("olga", text(1, Administrator::MAX_CHARS))),
            ("action", such_as("suspend", any_text())),
            ("subject", nullable(such_as("0190a1b2-c3d4-7e5f-8a6b-1c2d3e4f5a6b", any_text()))),
            ("detail", nullable(such_as("Spam in every group", any_text()))),
        ]),
    })
}

/// What a node may call itself.
const NODE: &str = "5f1c9a7e2b3d4c60";

fn trails() -> Value {
    let message = object([
        ("conversation_id", id()),
        ("seq", number()),
        ("client_id", text(1, ClientId::MAX_CHARS)),
        ("sender_id", id()),
        ("created_at", time()),
        ("edited_at", nullable(time())),
        ("recalled_at", nullable(time())),
        ("member_count", number()),
        ("read_by", described("Whose reading has come so far: the first 100.", list_of(id()))),
    ]);
    let steps = ["accepted", "committed", "published", "delivered", "acknowledged", "read"];
    let step = object([
        ("at", time()),
        ("step", one_of(&steps)),
        ("node", such_as(NODE, any_text())),
        ("user_id", nullable(id())),
        ("session_id", nullable(id())),
    ]);
    let trail = object([("message", message), ("steps", described("The oldest first.", list_of(step)))]);
    object([
        ("items", list_of(trail)),
        ("nodes", described("Who has answered.", list_of(such_as(NODE, any_text())))),
        ("complete", described("Whether other nodes could be asked.", flag())),
    ])
}
