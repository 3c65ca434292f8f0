//! Log-ins: tokens, refreshing them, ending them.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::http::Http;
use super::person::{PASSWORD, Person};
use super::server::Server;

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[tokio::test]
async fn one_sees_ones_sessions_and_ends_those_one_does_not_want() {
    let server = Server::shared();
    let ann = Person::registers(server).await;
    let body = json!({ "email": ann.email, "password": PASSWORD, "device": "An old telephone" });
    let logged_in = Http::stranger(server).post("/auth/login", body).await.is(200);
    let elsewhere = Person::of(server, &ann.http, &logged_in);
    let sessions = ann.http.list("/me/sessions").await;
    assert_eq!(sessions.len(), 2);
    let other = sessions.iter().find(|session| session["current"] == false).unwrap();
    assert_eq!((&other["device"], &other["ip"]), (&json!("An old telephone"), &json!("127.0.0.1")));
    assert!(other["created_at"].is_string() && other["last_seen_at"].is_string(), "{other}");
    let path = format!("/me/sessions/{}", other["id"].as_str().unwrap());
    Person::registers(server).await.http.delete(&path).await.problem(404, "not_found");
    elsewhere.http.get("/me").await.is(200);
    ann.http.delete(&path).await.done();
    elsewhere.http.get("/me").await.problem(401, "unauthenticated");
    ann.http.delete(&path).await.problem(404, "not_found");
    assert_eq!(ann.http.list("/me/sessions").await.len(), 1);
}

#[tokio::test]
async fn after_a_log_out_neither_token_is_good_any_more() {
    let server = Server::shared();
    let ann = Person::registers(server).await;
    let elsewhere = ann.logs_in_again(server).await;
    ann.http.call("POST", "/auth/logout").await.done();
    ann.http.get("/me").await.problem(401, "unauthenticated");
    let refresh = json!({ "refresh_token": ann.refresh_token });
    ann.http.post("/auth/refresh", refresh).await.problem(401, "invalid_token");
    elsewhere.http.get("/me").await.is(200);
}

#[tokio::test]
async fn a_refresh_gives_the_next_pair_for_the_same_session() {
    let server = Server::shared();
    let (ann, stranger) = (Person::registers(server).await, Http::stranger(server));
    let session = ann.http.get("/auth/token").await.is(200)["session_id"].clone();
    let tokens = stranger.post("/auth/refresh", json!({ "refresh_token": ann.refresh_token })).await.is(200);
    assert_ne!(tokens["refresh_token"], ann.refresh_token);
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(900)));
    let renewed = stranger.with_token(tokens["access_token"].as_str().unwrap());
    assert_eq!(renewed.get("/auth/token").await.is(200)["session_id"], session);
}

#[tokio::test]
async fn a_client_whose_answer_got_lost_may_refresh_again() {
    let server = Server::shared();
    let (ann, stranger) = (Person::registers(server).await, Http::stranger(server));
    let refresh = json!({ "refresh_token": ann.refresh_token });
    let first = stranger.post("/auth/refresh", refresh.clone()).await.is(200);
    let again = stranger.post("/auth/refresh", refresh).await.is(200);
    assert_eq!(first["refresh_token"], again["refresh_token"]);
    stranger.post("/auth/refresh", json!({ "refresh_token": again["refresh_token"] })).await.is(200);
}

#[tokio::test]
async fn a_refresh_token_from_before_the_last_one_ends_the_session() {
    let server = Server::shared();
    let (ann, stranger) = (Person::registers(server).await, Http::stranger(server));
    let mut socket = ann.connects().await;
    let mut token = json!(ann.refresh_token);
    for _ in 0..2 {
        let tokens = stranger.post("/auth/refresh", json!({ "refresh_token": token })).await.is(200);
        token = tokens["refresh_token"].clone();
    }
    let stolen = json!({ "refresh_token": ann.refresh_token });
    stranger.post("/auth/refresh", stolen).await.problem(401, "invalid_token");
    stranger.post("/auth/refresh", json!({ "refresh_token": token })).await.problem(401, "invalid_token");
    ann.http.get("/me").await.problem(401, "unauthenticated");
    assert_eq!(socket.closed().await, Some(4003));
}

#[tokio::test]
async fn what_is_no_refresh_token_is_refused() {
    let server = Server::shared();
    let (ann, stranger) = (Person::registers(server).await, Http::stranger(server));
    for token in ["", "nonsense", &ann.token, &ann.refresh_token[1..], &"A".repeat(64)] {
        let answer = stranger.post("/auth/refresh", json!({ "refresh_token": token })).await;
        answer.problem(401, "invalid_token");
    }
    ann.http.get("/me").await.is(200);
    stranger.with_token(&ann.refresh_token).get("/me").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_token_says_whose_it_is_and_how_long_it_lasts() {
    let ann = Person::registers(Server::shared()).await;
    let token = ann.http.get("/auth/token").await.is(200);
    assert_eq!((&token["active"], &token["user"]["id"]), (&json!(true), &json!(ann.id)));
    assert_eq!(token["user"]["email"], ann.email);
    assert!(token["issued_at"].as_str().unwrap() < token["expires_at"].as_str().unwrap());
}

#[tokio::test]
async fn access_tokens_are_signed_with_a_published_key() {
    let server = Server::shared();
    let ann = Person::registers(server).await;
    let parts: Vec<&str> = ann.token.split('.').collect();
    let (header, claims) = (decoded(parts[0]), decoded(parts[1]));
    assert_eq!(header["alg"], "EdDSA");
    let keys = Http::stranger(server).get("//.well-known/jwks.json").await.is(200);
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == header["kid"]).unwrap();
    assert_eq!((&key["kty"], &key["crv"]), (&json!("OKP"), &json!("Ed25519")));
    assert!(key["x"].is_string() && key.get("d").is_none(), "{key}");
    assert_eq!(claims["sub"], ann.id);
    for claim in ["iss", "aud", "sid"] {
        assert!(claims[claim].is_string(), "{claim}: {claims}");
    }
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 900);
}

#[tokio::test]
async fn an_altered_token_is_nobodys() {
    let server = Server::shared();
    let (ann, bob) = (Person::registers(server).await, Person::registers(server).await);
    let parts: Vec<&str> = ann.token.split('.').collect();
    let mut claims = decoded(parts[1]);
    claims["sub"] = json!(bob.id);
    let mut signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
    signature[10] ^= 1;
    let (header, payload) = (parts[0], parts[1]);
    let none =
        encoded(&json!({ "alg": "none", "typ": decoded(header)["typ"], "kid": decoded(header)["kid"] }));
    let symmetric = encoded(&json!({ "alg": "HS256", "typ": "JWT", "kid": decoded(header)["kid"] }));
    for token in [
        format!("{header}.{}.{}", encoded(&claims), parts[2]),
        format!("{header}.{payload}.{}", URL_SAFE_NO_PAD.encode(signature)),
        format!("{header}.{payload}."),
        format!("{header}.{payload}"),
        format!("{none}.{payload}."),
        format!("{none}.{payload}.{}", parts[2]),
        format!("{symmetric}.{payload}.{}", parts[2]),
        format!("{}x", ann.token),
        format!("{} {}", ann.token, ann.token),
    ] {
        ann.http.with_token(&token).get("/me").await.problem(401, "unauthenticated");
    }
}

#[tokio::test]
async fn an_access_token_ends_with_its_time_and_its_socket_with_it() {
    let server = Server::with(&[("CHATCHAT_AUTH__ACCESS_TOKEN_SECONDS", "3")]);
    let ann = Person::registers(&server).await;
    let mut socket = ann.connects().await;
    let warning = socket.next_event("auth_expiring").await;
    assert!(warning["data"]["expires_at"].is_string(), "{warning}");
    assert_eq!(socket.closed().await, Some(4001));
    while ann.http.get("/me").await.status == 200 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    ann.http.get("/me").await.problem(401, "unauthenticated");
    let tokens = ann.http.post("/auth/refresh", json!({ "refresh_token": ann.refresh_token })).await.is(200);
    ann.http.with_token(tokens["access_token"].as_str().unwrap()).get("/me").await.is(200);
}

#[tokio::test]
async fn a_socket_lives_on_with_a_token_renewed_in_place() {
    let server = Server::with(&[("CHATCHAT_AUTH__ACCESS_TOKEN_SECONDS", "3")]);
    let ann = Person::registers(&server).await;
    let mut socket = ann.connects().await;
    let first_end = socket.next_event("auth_expiring").await["data"]["expires_at"].clone();
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(1800)).await;
        let tokens =
            ann.http.post("/auth/refresh", json!({ "refresh_token": ann.refresh_token })).await.is(200);
        let renewed = socket.ok("auth", json!({ "access_token": tokens["access_token"] })).await;
        assert!(renewed["expires_at"].as_str() > first_end.as_str(), "{renewed}");
    }
    ann.http.get("/me").await.problem(401, "unauthenticated");
    socket.ok("ping", json!({})).await;
}

#[tokio::test]
async fn a_socket_is_not_renewed_with_somebody_elses_token() {
    let server = Server::shared();
    let (ann, bob) = (Person::registers(server).await, Person::registers(server).await);
    let mut socket = ann.connects().await;
    socket.refused("auth", json!({ "access_token": bob.token }), 401, "unauthenticated").await;
    socket.refused("auth", json!({ "access_token": "nonsense" }), 401, "unauthenticated").await;
    socket.ok("ping", json!({})).await;
}
