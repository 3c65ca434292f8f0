//! Refresh tokens that browsers keep in a cookie, where no script can read them.

use serde_json::{Value, json};
use uuid::Uuid;

use super::browser::Browser;
use super::http::{Answer, Http};
use super::person::{PASSWORD, Person, mailed_code, new_email};
use super::server::Server;

/// What the one cookie that an answer sets says: its name and value, and its attributes in lower case.
#[track_caller]
fn cookie_of(answer: &Answer) -> (String, String, Vec<String>) {
    let all = answer.all("set-cookie");
    assert_eq!(all.len(), 1, "{all:?}");
    let mut parts = all[0].split("; ");
    let (name, value) = parts.next().unwrap().split_once('=').unwrap();
    (name.to_owned(), value.to_owned(), parts.map(str::to_lowercase).collect())
}

/// That tokens were handed over without what refreshes them, which the browser keeps instead.
#[track_caller]
fn is_kept(answer: &Answer, tokens: &Value) {
    assert!(tokens["access_token"].is_string() && tokens.get("refresh_token").is_none(), "{tokens}");
    assert!(!String::from_utf8_lossy(&answer.bytes).contains(&cookie_of(answer).1));
}

async fn logs_in(browser: &mut Browser, server: &Server, person: &Person) -> String {
    let body = json!({ "email": person.email, "password": PASSWORD, "cookie": true });
    let answer = browser.posts_from(&server.url, "/auth/login", body).await;
    is_kept(&answer, &answer.json["tokens"]);
    answer.is(200)["tokens"]["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_page_is_not_told_what_refreshes_its_token() {
    let server = Server::shared();
    let (mut browser, http, email) = (Browser::new(server), Http::stranger(server), new_email());
    let code = mailed_code(&http, &email, "register").await;
    let body = json!({ "email": email, "code": code, "password": PASSWORD, "cookie": true });
    let registered = browser.posts_from(&server.url, "/auth/register", body).await;
    is_kept(&registered, &registered.json["tokens"]);
    let (name, _, attributes) = cookie_of(&registered);
    assert_eq!(name, "chatchat_refresh");
    for attribute in ["httponly", "samesite=strict", "path=/api/v1/auth", "max-age=2592000"] {
        assert!(attributes.iter().any(|one| one == attribute), "{attribute}: {attributes:?}");
    }
    assert!(!attributes.contains(&"secure".to_owned()), "there is no TLS here");
}

#[tokio::test]
async fn over_tls_the_cookie_is_for_tls_alone() {
    let server = Server::with(&[("CHATCHAT_SERVER__PUBLIC_URL", "https://chat.example")]);
    let person = Person::registers(&server).await;
    let body = json!({ "email": person.email, "password": PASSWORD, "cookie": true });
    let answer = Browser::new(&server).posts_from("https://chat.example", "/auth/login", body).await;
    let (name, _, attributes) = cookie_of(&answer);
    assert_eq!(name, "__Secure-chatchat_refresh");
    assert!(attributes.contains(&"secure".to_owned()), "{attributes:?}");
}

#[tokio::test]
async fn the_cookie_changes_with_each_refresh_and_goes_with_the_log_out() {
    let server = Server::shared();
    let (mut browser, person) = (Browser::new(server), Person::registers(server).await);
    logs_in(&mut browser, server, &person).await;
    let first = browser.posts_from(&server.url, "/auth/refresh", json!({ "cookie": true })).await;
    is_kept(&first, &first.json);
    let second = browser.posts_from(&server.url, "/auth/refresh", json!({ "cookie": true })).await;
    assert_ne!(cookie_of(&first).1, cookie_of(&second).1);
    let token = second.json["access_token"].as_str().unwrap().to_owned();
    let ended = browser.posts_as(&token, "/auth/logout", json!({})).await;
    let (_, value, attributes) = cookie_of(&ended);
    assert!(value.is_empty() && attributes.contains(&"max-age=0".to_owned()), "{attributes:?}");
    assert!(attributes.contains(&"path=/api/v1/auth".to_owned()), "{attributes:?}");
    let late = browser.posts_from(&server.url, "/auth/refresh", json!({ "cookie": true })).await;
    late.problem(401, "invalid_token");
    Http::stranger(server).with_token(&token).get("/me").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn two_tabs_that_refresh_at_once_both_go_on() {
    let server = Server::shared();
    let (mut one, person) = (Browser::new(server), Person::registers(server).await);
    logs_in(&mut one, server, &person).await;
    let mut other = Browser::new(server).with_cookies_of(&one);
    let refresh = json!({ "cookie": true });
    let (first, second) = tokio::join!(
        one.posts_from(&server.url, "/auth/refresh", refresh.clone()),
        other.posts_from(&server.url, "/auth/refresh", refresh.clone()),
    );
    assert_eq!(cookie_of(&first).1, cookie_of(&second).1, "they share one cookie");
    for answer in [first, second] {
        let token = answer.is(200)["access_token"].as_str().unwrap().to_owned();
        Http::stranger(server).with_token(&token).get("/me").await.is(200);
    }
    one.posts_from(&server.url, "/auth/refresh", refresh).await.is(200);
}

#[tokio::test]
async fn pages_of_other_origins_get_none_and_use_none() {
    let server = Server::with(&[("CHATCHAT_SERVER__ALLOWED_ORIGINS", "https://app.example")]);
    let (mut browser, person) = (Browser::new(&server), Person::registers(&server).await);
    let log_in = json!({ "email": person.email, "password": PASSWORD, "cookie": true });
    for origin in ["https://evil.example", "null"] {
        for path in ["/auth/login", "/auth/register", "/auth/refresh", "/auth/login-code", "/auth/bind"] {
            let answer = browser.posts_from(origin, path, log_in.clone()).await;
            assert!(answer.all("set-cookie").is_empty(), "{origin} {path}");
            answer.problem(403, "origin_not_allowed");
        }
    }
    logs_in(&mut browser, &server, &person).await;
    let stolen = browser.posts_from("https://evil.example", "/auth/refresh", json!({ "cookie": true })).await;
    stolen.problem(403, "origin_not_allowed");
    browser.posts_from("https://app.example", "/auth/refresh", json!({ "cookie": true })).await.is(200);
}

#[tokio::test]
async fn who_does_not_ask_for_it_gets_no_cookie() {
    let server = Server::shared();
    let (mut browser, person) = (Browser::new(server), Person::registers(server).await);
    for wish in [json!(false), json!(null)] {
        let body = json!({ "email": person.email, "password": PASSWORD, "cookie": wish });
        let answer = browser.posts_from(&server.url, "/auth/login", body).await;
        assert!(answer.all("set-cookie").is_empty());
        assert!(answer.is(200)["tokens"]["refresh_token"].is_string());
    }
    let http = Http::stranger(server);
    http.post("/auth/refresh", json!({ "cookie": true })).await.problem(401, "invalid_token");
    http.post("/auth/refresh", json!({})).await.invalid("refresh_token");
    http.post("/auth/refresh", json!({ "cookie": "yes" })).await.problem(400, "malformed_request");
    let ended = person.http.call("POST", "/auth/logout").await;
    assert!(ended.all("set-cookie").is_empty());
}

#[tokio::test]
async fn who_comes_from_a_third_party_gets_one_once_they_are_somebody() {
    let server = Server::with(&[("CHATCHAT_PROVIDERS", r#"[{id="simulated"}]"#)]);
    let (mut browser, http, email) = (Browser::new(&server), Http::stranger(&server), new_email());
    let username = format!("u{}", Uuid::new_v4().simple());
    let account = json!({ "username": username, "password": PASSWORD });
    http.post("//oauth/accounts", account).await.is(201);
    let log_in = json!({ "username": username, "password": PASSWORD, "cookie": true });
    let path = "/auth/providers/simulated/password";
    let outcome = browser.posts_from(&server.url, path, log_in.clone()).await;
    assert!(outcome.all("set-cookie").is_empty());
    let binding = outcome.is(200)["binding_token"].clone();
    let code = mailed_code(&http, &email, "bind_email").await;
    let body = json!({ "binding_token": binding, "email": email, "code": code, "cookie": true });
    let bound = browser.posts_from(&server.url, "/auth/bind", body).await;
    is_kept(&bound, &bound.json["tokens"]);
    let again = browser.posts_from(&server.url, path, log_in).await;
    is_kept(&again, &again.json["tokens"]);
    assert_eq!(again.is(200)["status"], "logged_in");
}
