//! Conversations, messages, images and files.

use chatchat_domain::attachment::{MAX_BYTES, URL_LIFETIME};
use chatchat_domain::conversation::{ClientId, Mentions, MessageText};
use chatchat_domain::text::Query;
use serde_json::{Value, json};

use super::operation::{Operation, operation, tagged};
use super::schema::{
    all_of, at_most, described, flag, id, input, just, list_of, number, object, page_of, reference, text,
};

pub(super) fn operations() -> Vec<Operation> {
    [
        tagged("conversations", conversations()),
        tagged("messages", messages()),
        tagged("messages", one_message()),
        tagged("messages", attachments()),
    ]
    .concat()
}

fn conversations() -> Vec<Operation> {
    vec![
        operation("get", "/conversations", "listConversations", "One's conversations")
            .says("Pinned ones first, then by newest activity.")
            .paged()
            .answers(200, "The conversations.", page_of(reference("Conversation"))),
        operation("get", "/conversations/{id}", "getConversation", "A conversation")
            .answers(200, "The conversation.", reference("Conversation")),
        operation("patch", "/conversations/{id}", "changeSettings", "Mute or pin a conversation, for oneself")
            .takes(input([("muted?", flag()), ("pinned?", flag())]))
            .answers(200, "The conversation.", reference("Conversation")),
        operation("get", "/conversations/{id}/changes", "getChanges", "What has changed since a rev")
            .says("For who comes back: the current state of all that has changed, in the order of `rev`. Go on from \
                `through_rev` while `has_more`. After `reset`, fetch afresh: more than 1000 changes have been \
                missed, or `after_rev` is not known (any more), as the server was put back to an earlier state.")
            .query("after_rev", number(), "The last `rev` that one knows; 0 by default.")
            .limited()
            .answers(200, "The changes.", reference("Changes")),
        operation("put", "/conversations/{id}/read", "markRead", "Move one's read cursor on")
            .says("It never goes back, and never beyond the last message.")
            .takes(input([("seq", number())]))
            .answers(200, "Where it is now.", reference("ReadState")),
        operation("get", "/conversations/{id}/receipts", "getReceipts", "How far everybody has read")
            .answers(200, "The read cursors.", all_of(object([("user_id", id()), ("read_seq", number())]))),
    ]
}

fn messages() -> Vec<Operation> {
    vec![
        operation("get", "/conversations/{id}/messages", "getHistory", "Messages, by `seq`")
            .says("The newest ones, unless one of `before`, `after` and `around` is given. Always ascending.")
            .query("before", number(), "The page that ends before this `seq`.")
            .query("after", number(), "The page that starts after this `seq`.")
            .query("around", number(), "The page that surrounds this `seq`.")
            .limited()
            .answers(200, "The messages.", object([
                ("items", list_of(reference("Message"))),
                ("has_more", described("Whether there are more in the direction asked for.", flag())),
            ])),
        operation("post", "/conversations/{id}/messages", "sendMessage", "Send a message")
            .says("Answered once it is stored. Sending the same `client_id` again gives the stored message and makes no \
                second one.")
            .takes(sending())
            .answers(201, "The message.", reference("Message"))
            .answers(200, "The message as it was stored before.", reference("Message"))
            .refuses(&["not_friends", "muted", "idempotency_conflict"]),
        operation("get", "/messages/search", "searchMessages", "Find messages by what they say")
            .says("Substrings in any script, all words of the query, only in what the caller can read. A page may hold \
                fewer items than asked for, and go on all the same.")
            .must_query("query", text(1, Query::MAX_CHARS), "What to look for.")
            .query("conversation_id", id(), "Only in this conversation.")
            .paged()
            .answers(200, "The messages.", page_of(reference("Found")))
            .refuses(&["not_found"]),
    ]
}

/// A message as clients write it.
pub(super) fn sending() -> Value {
    input(sending_fields())
}

pub(super) fn sending_fields() -> [(&'static str, Value); 4] {
    [
        (
            "client_id",
            described("One's own name for the message; a UUID is advised.", text(1, ClientId::MAX_CHARS)),
        ),
        ("content", reference("NewContent")),
        ("reply_to?", described("The `seq` that it answers.", number())),
        ("mentions?", described("Members of the conversation.", at_most(Mentions::MAX, id()))),
    ]
}

/// The only content that can take the place of another.
pub(super) fn new_text() -> Value {
    input([("type", just("text")), ("text", text(1, MessageText::MAX_CHARS))])
}

/// What messages can be made of.
pub(super) fn new_content() -> Value {
    json!({ "oneOf": [
        new_text(),
        input([("type", just("image")), ("attachment_id", id())]),
        input([("type", just("file")), ("attachment_id", id())]),
    ] })
}

fn one_message() -> Vec<Operation> {
    vec![
        operation("get", "/conversations/{id}/messages/{seq}", "getMessage", "A message")
            .answers(200, "The message.", reference("Message")),
        operation("patch", "/conversations/{id}/messages/{seq}", "editMessage", "Edit one's message")
            .says("Texts only.")
            .takes(input([("content", new_text())]))
            .answers(200, "The message as edited.", reference("Message"))
            .refuses(&["not_sender", "not_friends", "muted", "recalled"]),
        operation("delete", "/conversations/{id}/messages/{seq}", "recallMessage", "Recall a message")
            .says("By its sender for some time, by a group's owner and admins always. The content is erased, the `seq` stays.")
            .done(204, "It is recalled.")
            .refuses(&["not_sender", "recall_expired", "validation_failed"]),
        operation("put", "/conversations/{id}/messages/{seq}/reactions/{emoji}", "react", "React with an emoji")
            .done(204, "It is there.")
            .refuses(&["validation_failed", "not_friends", "muted", "recalled"]),
        operation("delete", "/conversations/{id}/messages/{seq}/reactions/{emoji}", "unreact", "Take a reaction back")
            .done(204, "It is gone.")
            .refuses(&["validation_failed"]),
    ]
}

fn attachments() -> Vec<Operation> {
    let lifetime = URL_LIFETIME.as_secs();
    vec![
        operation("post", "/attachments", "upload", "Upload an image or a file")
            .says("Its type is found from its bytes. PNG, JPEG and WebP images of at most 25 megapixels and 8192 pixels a \
                side are re-encoded, without what their files say of place and camera; what a browser might run is \
                refused. What is sent in no message goes after a day.")
            .header("Content-Disposition", "`attachment; filename*=UTF-8''…` (RFC 6266): its name.")
            .takes_bytes(&["*/*"], MAX_BYTES)
            .answers(201, "It can be sent now.", reference("Attached")),
        operation("get", "/attachments/{id}", "getAttachment", "An image or a file")
            .says("For who has uploaded it, and for members of conversations that it was sent to.")
            .answers_bytes(200, "The bytes.", "*/*")
            .with_header(200, "Content-Disposition")
            .sends_on(302, &format!("To where they are, for {lifetime} seconds.")),
        operation("get", "/attachments/{id}/thumbnail", "getThumbnail", "A small picture of an image")
            .answers_bytes(200, "The picture.", "image/*")
            .with_header(200, "Content-Disposition")
            .sends_on(302, &format!("To where it is, for {lifetime} seconds.")),
    ]
}
