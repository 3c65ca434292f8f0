//! Accounts, sessions, third-party log-in.

use chatchat_domain::account::{Bio, CODE_LIFETIME, CODE_RETRY_AFTER, EmailAddress, Password, UserName};
use chatchat_domain::attachment::ContentType;
use chatchat_domain::identity::BINDING_LIFETIME;
use chatchat_domain::session::Client;
use chatchat_domain::text::Query;
use serde_json::{Value, json};

use super::operation::{Operation, operation, tagged};
use super::schema::{
    all_of, any_text, described, flag, id, input, list_of, object, one_of, page_of, reference, text, time,
};
use crate::http::MAX_PICTURE;

pub(super) fn operations() -> Vec<Operation> {
    [
        tagged("accounts", accounts()),
        tagged("sessions", sessions()),
        tagged("third-party log-in", third_party()),
    ]
    .concat()
}

pub(super) fn email() -> Value {
    json!({ "type": "string", "format": "email", "maxLength": EmailAddress::MAX_BYTES })
}

fn password() -> Value {
    let rule = format!("{} characters to {} bytes of UTF-8.", Password::MIN_CHARS, Password::MAX_BYTES);
    described(&rule, text(Password::MIN_CHARS, Password::MAX_BYTES))
}

fn code() -> Value {
    described("As it stands in the mail.", any_text())
}

fn device() -> Value {
    described("What the device is called, for its owner's eyes.", text(1, Client::MAX_DEVICE_CHARS))
}

fn cookie() -> Value {
    described(
        "For pages: `true`, and the refresh token is not in the answer, but in a cookie that the browser keeps from all \
         scripts, and that `/auth/refresh` takes and `/auth/logout` removes.",
        flag(),
    )
}

fn accounts() -> Vec<Operation> {
    vec![
        operation("post", "/auth/email-codes", "sendEmailCode", "Send a code to an e-mail address")
            .says("The answer is the same whether or not the address has an account. A code is good once, for five tries.")
            .open()
            .takes(input([
                ("email", email()),
                ("purpose", one_of(&["register", "reset_password", "bind_email"])),
            ]))
            .answers(202, "If the address fits the purpose, a code is on its way.", object([
                ("expires_in", json!({ "type": "integer", "const": CODE_LIFETIME.as_secs() })),
                ("retry_after", json!({ "type": "integer", "const": CODE_RETRY_AFTER.as_secs() })),
            ])),
        operation("post", "/auth/register", "register", "Make an account")
            .open()
            .takes(input([
                ("email", email()),
                ("code", code()),
                ("password", password()),
                ("name?", text(1, UserName::MAX_CHARS)),
                ("cookie?", cookie()),
            ]))
            .answers(201, "The account, logged in.", reference("LoggedIn"))
            .refuses(&["invalid_code", "email_taken", "origin_not_allowed"]),
        operation("post", "/auth/password-reset", "resetPassword", "Set a new password with a code")
            .says("Every session ends.")
            .open()
            .takes(input([("email", email()), ("code", code()), ("new_password", password())]))
            .done(204, "It is set.")
            .refuses(&["invalid_code"]),
        operation("get", "/me", "getMe", "The caller").answers(200, "The caller.", reference("Me")),
        operation("patch", "/me", "changeMe", "Change one's profile")
            .takes(input([
                ("name?", text(1, UserName::MAX_CHARS)),
                ("bio?", text(0, Bio::MAX_CHARS)),
            ]))
            .answers(200, "The caller as changed.", reference("Me")),
        operation("delete", "/me", "closeAccount", "Close one's account")
            .says("Who has a password must give it. Messages stay, under a deleted user.")
            .may_take(input([("password?", any_text())]))
            .done(204, "It is closed.")
            .refuses_as(403, "invalid_credentials"),
        operation("get", "/me/export", "exportMe", "All that is held about the caller")
            .answers(200, "One document, to be kept as a file.", export())
            .with_header(200, "Content-Disposition"),
        operation("put", "/me/password", "changePassword", "Change one's password")
            .says("All other sessions end.")
            .takes(input([
                ("current_password?", described("Needed if there is one.", any_text())),
                ("new_password", password()),
            ]))
            .done(204, "It is changed.")
            .refuses_as(403, "invalid_credentials"),
        operation("put", "/me/avatar", "setAvatar", "Set one's picture")
            .says("Re-encoded as JPEG; what its file says of place and camera is dropped. At most 25 megapixels and 8192 \
                pixels a side.")
            .takes_bytes(ContentType::PICTURES, MAX_PICTURE)
            .answers(200, "The caller as changed.", reference("Me")),
        operation("delete", "/me/avatar", "removeAvatar", "Remove one's picture")
            .answers(200, "The caller as changed.", reference("Me")),
        operation("get", "/users", "searchUsers", "Find people by e-mail address or name")
            .must_query("query", text(1, Query::MAX_CHARS), "A whole e-mail address, or a part of a name.")
            .paged()
            .answers(200, "Those found.", page_of(reference("User"))),
        operation("get", "/users/{id}", "getUser", "A person").answers(200, "The person.", reference("User")),
    ]
}

fn export() -> Value {
    object([
        ("exported_at", time()),
        ("me", reference("Me")),
        ("sessions", list_of(reference("Session"))),
        ("identities", list_of(reference("Identity"))),
        ("friends", list_of(reference("Friend"))),
        ("incoming_friend_requests", list_of(reference("FriendRequest"))),
        ("outgoing_friend_requests", list_of(reference("FriendRequest"))),
        ("blocks", list_of(reference("User"))),
        ("conversations", list_of(reference("Conversation"))),
        ("messages", list_of(reference("Message"))),
        ("attachments", list_of(reference("Attached"))),
    ])
}

fn sessions() -> Vec<Operation> {
    vec![
        operation("post", "/auth/login", "logIn", "Log in")
            .open()
            .takes(input([
                ("email", email()),
                ("password", any_text()),
                ("device?", device()),
                ("cookie?", cookie()),
            ]))
            .answers(200, "Logged in.", reference("LoggedIn"))
            .refuses(&["invalid_credentials", "suspended", "origin_not_allowed"]),
        operation("post", "/auth/refresh", "refresh", "New tokens for a refresh token")
            .says("A refresh token is good once. Used twice, it ends its session, but for a retry by the same client \
                within 15 seconds, which gets the same tokens. One of the two must be there: the token, or `cookie`.")
            .open()
            .takes(input([("refresh_token?", any_text()), ("cookie?", cookie())]))
            .answers(200, "The tokens that take its place.", reference("Tokens"))
            .refuses(&["invalid_token", "origin_not_allowed"]),
        operation("post", "/auth/logout", "logOut", "End the session")
            .says("Its tokens and its sockets end within a second, everywhere.")
            .done(204, "It is ended."),
        operation("get", "/auth/token", "inspectToken", "What the presented token says")
            .answers(200, "It is good.", object([
                ("active", json!({ "type": "boolean", "const": true })),
                ("user", reference("Me")),
                ("session_id", id()),
                ("issued_at", time()),
                ("expires_at", time()),
            ])),
        operation("get", "/me/sessions", "listSessions", "Where one is logged in")
            .paged()
            .answers(200, "The sessions.", page_of(reference("Session"))),
        operation("delete", "/me/sessions/{id}", "endSession", "Log out elsewhere")
            .done(204, "The session is ended."),
    ]
}

fn third_party() -> Vec<Operation> {
    vec![
        operation("get", "/auth/providers", "listProviders", "Third parties that one can log in with")
            .open()
            .answers(200, "The third parties.", all_of(object([
                ("id", any_text()),
                ("name", any_text()),
                ("flows", list_of(one_of(&["code", "password"]))),
            ]))),
        operation("get", "/auth/providers/{provider}/start", "startLogin", "Send a browser to a third party")
            .says("A cookie binds the log-in to this browser.")
            .open()
            .query("return_to", any_text(), "Where to go in the end: a path of this server, or a page of an allowed origin.")
            .sends_on(303, "To the third party; if that cannot be, to `return_to` with `#error=…`.")
            .with_header(303, "Set-Cookie"),
        operation("get", "/auth/providers/{provider}/callback", "finishLogin", "Where the third party sends the browser back")
            .open()
            .query("state", any_text(), "As it was sent.")
            .query("code", any_text(), "RFC 6749, section 4.1.2.")
            .query("error", any_text(), "RFC 6749, section 4.1.2.1.")
            .query("iss", any_text(), "RFC 9207.")
            .sends_on(303, "To `return_to`, with `#login_code=…` or `#error=…`."),
        operation("post", "/auth/providers/{provider}/password", "logInThere", "Log in with a password of a trusted third party")
            .open()
            .takes(input([("username", any_text()), ("password", any_text()), ("device?", device()), ("cookie?", cookie())]))
            .answers(200, "Logged in, or an account to bind is needed.", reference("LoginOutcome"))
            .refuses(&["invalid_credentials", "access_denied", "provider_error", "suspended", "origin_not_allowed"]),
        operation("post", "/auth/login-code", "redeemLoginCode", "A session for a login code")
            .says("Only in the browser whose log-in it was.")
            .open()
            .takes(input([("login_code", any_text()), ("device?", device()), ("cookie?", cookie())]))
            .answers(200, "Logged in, or an account to bind is needed.", reference("LoginOutcome"))
            .refuses(&["invalid_code", "suspended", "origin_not_allowed"]),
        operation("post", "/auth/bind", "bindByEmail", "Bind a third party's account to an e-mail address's")
            .says(&format!(
                "A code of the purpose `bind_email` proves the address. The binding token is good for {} seconds.",
                BINDING_LIFETIME.as_secs()
            ))
            .open()
            .takes(input([
                ("binding_token", any_text()),
                ("email", email()),
                ("code", code()),
                ("password?", password()),
                ("device?", device()),
                ("cookie?", cookie()),
            ]))
            .answers(200, "Bound to the account that owns the address.", reference("LoggedIn"))
            .answers(201, "Bound to a new account.", reference("LoggedIn"))
            .refuses(&["invalid_code", "invalid_token", "identity_taken", "already_bound", "suspended", "origin_not_allowed"]),
        operation("get", "/me/identities", "listIdentities", "Third parties' accounts that are bound")
            .answers(200, "All of them.", object([
                ("items", list_of(reference("Identity"))),
                ("next_cursor", json!({ "const": null })),
            ])),
        operation("post", "/me/identities", "bindIdentity", "Bind a third party's account while logged in")
            .takes(input([("login_code", any_text())]))
            .answers(201, "It is bound.", reference("Identity"))
            .refuses(&["invalid_code", "identity_taken", "already_bound"]),
        operation("delete", "/me/identities/{provider}", "unbindIdentity", "Unbind a third party's account")
            .done(204, "It is unbound.")
            .refuses(&["last_credential"]),
    ]
}
