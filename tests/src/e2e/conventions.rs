//! What holds for every call.

use serde_json::{Value, json};

use super::http::{Answer, Http};
use super::person::Person;
use super::server::Server;

const UNKNOWN: &str = "0190a1b2-c3d4-7e5f-8a6b-000000000000";

/// Every call that needs a token: `{}` stands for an id.
const PROTECTED: [(&str, &str); 63] = [
    ("POST", "/auth/logout"),
    ("GET", "/auth/token"),
    ("GET", "/me"),
    ("PATCH", "/me"),
    ("PUT", "/me/password"),
    ("PUT", "/me/avatar"),
    ("DELETE", "/me/avatar"),
    ("GET", "/me/sessions"),
    ("GET", "/me/identities"),
    ("POST", "/me/identities"),
    ("DELETE", "/me/identities/{}"),
    ("GET", "/conversations/{}/messages/1"),
    ("PATCH", "/conversations/{}/messages/1"),
    ("DELETE", "/conversations/{}/messages/1"),
    ("PUT", "/conversations/{}/messages/1/reactions/%F0%9F%91%8D"),
    ("DELETE", "/conversations/{}/messages/1/reactions/%F0%9F%91%8D"),
    ("PATCH", "/conversations/{}"),
    ("PATCH", "/groups/{}/members/{}"),
    ("GET", "/groups/{}/join-requests"),
    ("POST", "/groups/{}/join-requests/{}/approve"),
    ("POST", "/groups/{}/join-requests/{}/decline"),
    ("GET", "/blocks"),
    ("GET", "/me/export"),
    ("DELETE", "/me"),
    ("POST", "/attachments"),
    ("GET", "/attachments/{}"),
    ("GET", "/attachments/{}/thumbnail"),
    ("PUT", "/groups/{}/avatar"),
    ("DELETE", "/groups/{}/avatar"),
    ("GET", "/messages/search?query=a"),
    ("PUT", "/blocks/{}"),
    ("DELETE", "/blocks/7"),
    ("DELETE", "/me/sessions/{}"),
    ("GET", "/users?query=a"),
    ("GET", "/users/{}"),
    ("POST", "/friend-requests"),
    ("GET", "/friend-requests?direction=incoming"),
    ("POST", "/friend-requests/{}/accept"),
    ("POST", "/friend-requests/{}/decline"),
    ("DELETE", "/friend-requests/{}"),
    ("GET", "/friends"),
    ("PATCH", "/friends/{}"),
    ("DELETE", "/friends/{}"),
    ("POST", "/groups"),
    ("GET", "/groups"),
    ("GET", "/groups/{}"),
    ("PATCH", "/groups/{}"),
    ("DELETE", "/groups/{}"),
    ("PUT", "/groups/{}/members/me"),
    ("DELETE", "/groups/{}/members/me"),
    ("GET", "/groups/{}/members"),
    ("PUT", "/groups/{}/members/{}"),
    ("DELETE", "/groups/{}/members/{}"),
    ("PUT", "/groups/{}/owner"),
    ("GET", "/conversations"),
    ("GET", "/conversations/{}"),
    ("GET", "/conversations/{}/messages"),
    ("POST", "/conversations/{}/messages"),
    ("GET", "/conversations/{}/messages?after=0"),
    ("GET", "/conversations/{}/changes?after_rev=0"),
    ("PUT", "/conversations/{}/read"),
    ("GET", "/conversations/{}/receipts"),
    ("GET", "/conversations?limit=1"),
];

/// A body that satisfies every call that takes one.
fn any_body() -> Value {
    json!({
        "name": "A name", "user_id": UNKNOWN, "seq": 1, "new_password": "correct horse", "client_id": "c",
        "content": { "type": "text", "text": "hi" }
    })
}

async fn call(http: &Http, method: &str, path: &str) -> Answer {
    let request = http.request(method, path);
    match (method, path) {
        ("PUT", path) if path.ends_with("/avatar") => {
            Answer::to(request.header("content-type", "image/png").body("x")).await
        }
        ("POST" | "PUT" | "PATCH", _) => Answer::to(request.json(&any_body())).await,
        _ => Answer::to(request).await,
    }
}

#[tokio::test]
async fn without_a_good_token_every_call_is_unauthenticated() {
    let stranger = Http::stranger(Server::shared());
    for (method, path) in PROTECTED {
        for http in [&stranger, &stranger.with_token("nonsense"), &stranger.with_token("a.b.c")] {
            let answer = call(http, method, &path.replace("{}", UNKNOWN)).await;
            assert_eq!(answer.problem(401, "unauthenticated").header("www-authenticate"), "Bearer");
        }
    }
    let basic = stranger.request("GET", "/me").header("authorization", "Basic YW5uOmFubg==");
    Answer::to(basic).await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn an_unknown_or_malformed_id_is_not_found() {
    let ann = Person::registers(Server::shared()).await;
    for (method, path) in PROTECTED.iter().filter(|(_, path)| path.contains("{}")) {
        for id in [UNKNOWN, "7", "not-a-uuid", "%00", "%F0%9F%8E%89"] {
            call(&ann.http, method, &path.replace("{}", id)).await.problem(404, "not_found");
        }
    }
    ann.http.post("/friend-requests", json!({ "user_id": "ann" })).await.problem(404, "not_found");
}

#[tokio::test]
async fn every_answer_has_a_request_id_of_its_own() {
    let ann = Person::registers(Server::shared()).await;
    let mut ids = Vec::new();
    for path in ["/me", "/nothing", "//nothing", "//healthz", "/conversations/7"] {
        ids.push(ann.http.get(path).await.header("x-request-id").to_owned());
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 5);
}

#[tokio::test]
async fn an_unknown_path_is_not_found_with_and_without_a_token() {
    let ann = Person::registers(Server::shared()).await;
    for http in [&ann.http, &Http::stranger(Server::shared())] {
        for path in ["//api", "//api/v2/me", "/", "/nothing", "/me/nothing", "//nothing.php", "/ws/x"] {
            http.get(path).await.problem(404, "not_found");
        }
    }
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let ann = Person::registers(Server::shared()).await;
    for (method, path, allowed) in [
        ("POST", "/me", vec!["GET", "PATCH", "DELETE"]),
        ("GET", "/auth/login", vec!["POST"]),
        ("PUT", "/groups", vec!["GET", "POST"]),
        ("PUT", "/friends/7", vec!["PATCH", "DELETE"]),
        ("POST", "/conversations", vec!["GET"]),
        ("DELETE", "/conversations/7/messages", vec!["GET", "POST"]),
        ("BREW", "/me", vec!["GET", "PATCH"]),
        ("POST", "//healthz", vec!["GET"]),
        ("PUT", "/ws", vec!["GET"]),
    ] {
        let answer = call(&ann.http, method, path).await.problem(405, "method_not_allowed");
        let allow: Vec<&str> = answer.header("allow").split(", ").collect();
        for method in allowed {
            assert!(allow.contains(&method), "{path}: {allow:?}");
        }
        assert!(!allow.contains(&method), "{path}: {allow:?}");
    }
}

#[tokio::test]
async fn malformed_json_or_a_wrong_type_is_a_malformed_request() {
    let ann = Person::registers(Server::shared()).await;
    for body in ["", "{", "null", "7", "[]", "\"name\"", "{\"name\":7}", "{\"name\":\"\\ud800\"}", "{} {}"] {
        let request = ann.http.request("POST", "/groups").header("content-type", "application/json");
        Answer::to(request.body(body)).await.problem(400, "malformed_request");
    }
    let request = ann.http.request("POST", "/groups").header("content-type", "application/json");
    Answer::to(request.body(b"{\"name\":\"\xff\"}".to_vec())).await.problem(400, "malformed_request");
    let deep = format!("{{\"name\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let request = ann.http.request("POST", "/groups").header("content-type", "application/json");
    Answer::to(request.body(deep)).await.problem(400, "malformed_request");
}

#[tokio::test]
async fn a_wrong_content_type_is_unsupported() {
    let ann = Person::registers(Server::shared()).await;
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "text/json", "image/png"] {
        let request = ann.http.request("POST", "/groups").header("content-type", content_type);
        Answer::to(request.body("{\"name\":\"a\"}")).await.problem(415, "unsupported_media_type");
    }
    for content_type in ["application/json; charset=utf-8", "Application/JSON"] {
        let request = ann.http.request("POST", "/groups").header("content-type", content_type);
        Answer::to(request.body("{\"name\":\"a\"}")).await.is(201);
    }
}

#[tokio::test]
async fn a_body_over_64_kib_is_too_large() {
    let ann = Person::registers(Server::shared()).await;
    let body = json!({ "name": "a", "padding": "x".repeat(64 * 1024) });
    ann.http.post("/groups", body).await.problem(413, "payload_too_large");
    ann.http.post("/groups", json!({ "name": "a", "padding": "x".repeat(63 * 1024) })).await.is(201);
}

#[tokio::test]
async fn unknown_fields_are_ignored_and_unknown_values_refused() {
    let ann = Person::registers(Server::shared()).await;
    ann.http.post("/groups", json!({ "name": "a", "colour": "red" })).await.is(201);
    ann.http.post("/groups", json!({ "name": "a", "join_policy": "maybe" })).await.invalid("join_policy");
    ann.http.post("/groups", json!({ "name": "a", "history": "some" })).await.invalid("history");
    let code = json!({ "email": "a@example.com", "purpose": "fun" });
    ann.http.post("/auth/email-codes", code).await.invalid("purpose");
    ann.http.get("/friend-requests?direction=sideways").await.invalid("direction");
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once() {
    let stranger = Http::stranger(Server::shared());
    let body = json!({ "email": "nobody", "code": "1", "password": "short", "name": "n".repeat(65) });
    let answer = stranger.post("/auth/register", body).await.invalid("email");
    answer.invalid("password").invalid("name");
}

#[tokio::test]
async fn a_limit_outside_1_to_100_and_a_foreign_cursor_are_refused() {
    let ann = Person::registers(Server::shared()).await;
    let group = ann.creates_group(json!({ "name": "a" })).await;
    let lists = [
        "/me/sessions?".to_owned(),
        "/users?query=a&".to_owned(),
        "/friends?".to_owned(),
        "/friend-requests?direction=incoming&".to_owned(),
        "/groups?".to_owned(),
        "/groups?query=a&".to_owned(),
        format!("/groups/{group}/members?"),
        "/conversations?".to_owned(),
    ];
    for list in &lists {
        for limit in ["0", "101", "-1", "99999999999999999999"] {
            ann.http.get(&format!("{list}limit={limit}")).await.invalid("limit");
        }
        for limit in [1, 100] {
            ann.http.get(&format!("{list}limit={limit}")).await.is(200);
        }
        for cursor in ["nonsense", "!", "bm9uc2Vuc2U"] {
            ann.http.get(&format!("{list}cursor={cursor}")).await.invalid("cursor");
        }
    }
    for path in ["messages?limit=0", "messages?limit=101", "changes?after_rev=0&limit=101"] {
        ann.http.get(&format!("/conversations/{group}/{path}")).await.invalid("limit");
    }
}

#[tokio::test]
async fn every_list_pages_through_all_its_items_once() {
    let server = Server::shared();
    let ann = Person::registers(server).await;
    let (marker, group) = (format!("m{}", &ann.id[24..]), ann.creates_group(json!({ "name": "g" })).await);
    for number in 0..5 {
        let friend = Person::registers_as(server, &format!("{marker} {number}")).await;
        ann.befriends(&friend).await;
        friend.joins(&group).await.is(200);
        Person::registers(server).await.asks(&ann).await;
        let other = Person::registers(server).await;
        ann.asks(&other).await;
        ann.creates_group(json!({ "name": format!("{marker} {number}") })).await;
        ann.logs_in_again(server).await;
    }
    for (path, count) in [
        ("/me/sessions".to_owned(), 6),
        (format!("/users?query={marker}"), 5),
        ("/friends".to_owned(), 5),
        ("/friend-requests?direction=incoming".to_owned(), 5),
        ("/friend-requests?direction=outgoing".to_owned(), 5),
        ("/groups".to_owned(), 6),
        (format!("/groups?query={marker}"), 5),
        (format!("/groups/{group}/members"), 6),
        ("/conversations".to_owned(), 11),
    ] {
        let whole = ann.http.list(&path).await;
        assert_eq!(whole.len(), count, "{path}");
        for limit in [1, 2, count] {
            let paged = ann.http.list_by(&path, limit).await;
            assert_eq!(ids(&paged), ids(&whole), "{path} by {limit}");
        }
        let mut distinct = ids(&whole);
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), count, "{path}");
    }
}

fn ids(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["id"].as_str().or(item["user"]["id"].as_str()).unwrap()).collect()
}

#[tokio::test]
async fn every_problem_has_a_page_that_explains_it() {
    let stranger = Http::stranger(Server::shared());
    let listed = stranger.get("//problems").await.is(200);
    let codes: Vec<&str> =
        listed["items"].as_array().unwrap().iter().map(|problem| problem["code"].as_str().unwrap()).collect();
    for code in [
        "unauthenticated",
        "not_found",
        "malformed_request",
        "validation_failed",
        "rate_limited",
        "unavailable",
        "invalid_code",
        "invalid_credentials",
        "invalid_token",
        "already_friends",
        "not_friends",
        "not_pending",
        "forbidden",
        "not_owner",
        "invite_only",
        "group_full",
        "owner_cannot_leave",
        "idempotency_conflict",
        "method_not_allowed",
        "payload_too_large",
        "unsupported_media_type",
    ] {
        assert!(codes.contains(&code), "{code} is not in {codes:?}");
    }
    for code in codes {
        let page = stranger.get(&format!("//problems/{code}")).await.is(200);
        assert_eq!(page["code"], code);
        assert!(page["title"].is_string() && page["status"].is_u64(), "{page}");
    }
    stranger.get("//problems/no_such_problem").await.problem(404, "not_found");
}

#[tokio::test]
async fn odd_requests_get_problems_too() {
    let stranger = Http::stranger(Server::shared());
    let long = "x".repeat(8_000);
    for path in [
        "/%",
        "/%ff",
        "/..%2f..%2fetc%2fpasswd",
        "/me%00",
        "/users/%2e%2e",
        "/users?query=%ff",
        &format!("/{long}"),
    ] {
        let answer = stranger.get(path).await;
        assert!((400..500).contains(&answer.status), "{path}: {answer:?}");
    }
    let ann = Person::registers(Server::shared()).await;
    for query in ["%ff", "%00", "'; DROP TABLE users; --", "\u{202e}", "%25%5f", "\\"] {
        let answer = ann.http.get(&format!("/users?query={query}")).await;
        assert!(answer.status == 200 || answer.status == 422 || answer.status == 400, "{query}: {answer:?}");
    }
}
