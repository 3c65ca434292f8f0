//! What is somebody's stands in no log, no metric and no trace, whatever they do.

use serde_json::{Value, json};

use super::admin::token_of_olga;
use super::attachments::{path, posts, uploads};
use super::http::{Answer, Http};
use super::metrics::scrape;
use super::person::{PASSWORD, Person, mailed_code};
use super::server::Server;
use crate::services::otlp::Collector;

const CLIENT_SECRET: &str = "a secret of sixteen";
const SAID: &str = "quetzalcoatlus northropi";
const EDITED: &str = "archaeopteryx lithographica";
const FILE: &str = "pachycephalosaurus";
const WRONG_PASSWORD: &str = "a wrong password";
const NEW_PASSWORD: &str = "a quite new password";
const PASSWORD_ELSEWHERE: &str = "another correct horse";

fn text_of(json: &Value, field: &str) -> String {
    json[field].as_str().unwrap_or_else(|| panic!("no {field} in {json}")).to_owned()
}

/// Two people talk; gives all that is theirs.
async fn talk(server: &Server, ann: &Person, bob: &Person) -> Vec<String> {
    let conversation = ann.befriends(bob).await;
    let mut socket = ann.connects().await;
    let sent = socket.sends(&conversation, SAID).await;
    let message = format!("/conversations/{conversation}/messages/{}", sent["seq"]);
    ann.http.patch(&message, json!({ "content": { "type": "text", "text": EDITED } })).await.is(200);
    ann.http.get("/messages/search?query=archaeopteryx").await.is(200);
    ann.http.get(&format!("/users?query={}", bob.email.replace('@', "%40"))).await.is(200);
    let file = uploads(ann, &format!("{FILE}.txt"), "text/plain", SAID.into()).await.is(201);
    posts(ann, &conversation, "file", &file).await.is(201);
    bob.http.get(&path(&file)).await;
    bob.http.get("/me/export").await.is(200);
    let again = ann.logs_in_again(server).await;
    let refresh = json!({ "refresh_token": again.refresh_token });
    let renewed = Http::stranger(server).post("/auth/refresh", refresh).await.is(200);
    let words = [SAID, "quetzalcoatlus", EDITED, "archaeopteryx", FILE, PASSWORD].map(str::to_owned);
    let tokens = [&ann.token, &ann.refresh_token, &bob.token, &again.token, &again.refresh_token];
    let tokens = tokens.into_iter().cloned();
    let renewed = [text_of(&renewed, "access_token"), text_of(&renewed, "refresh_token")];
    words.into_iter().chain(tokens).chain(renewed).collect()
}

/// Ann forgets her password, and logs in with a third party; gives all that is hers.
async fn log_in_otherwise(server: &Server, ann: &Person) -> Vec<String> {
    let stranger = Http::stranger(server);
    let wrong = json!({ "email": ann.email, "password": WRONG_PASSWORD });
    stranger.post("/auth/login", wrong).await.problem(401, "invalid_credentials");
    let code = mailed_code(&stranger, &ann.email, "reset_password").await;
    let reset = json!({ "email": ann.email, "code": code, "new_password": NEW_PASSWORD });
    stranger.post("/auth/password-reset", reset).await.done();

    let account = json!({ "username": ann.id, "password": PASSWORD_ELSEWHERE });
    let request = stranger.request("POST", "//oauth/accounts").json(&account);
    assert_eq!(Answer::from_elsewhere(request).await.status, 201);
    let asked = stranger.post("/auth/providers/simulated/password", account.clone()).await.is(200);
    let binding_token = text_of(&asked, "binding_token");
    let bind_code = mailed_code(&stranger, &ann.email, "bind_email").await;
    let binding = json!({ "binding_token": binding_token, "email": ann.email, "code": bind_code });
    let bound = stranger.post("/auth/bind", binding).await.is(200);

    let form = [("grant_type", "password"), ("username", &ann.id), ("password", PASSWORD_ELSEWHERE)];
    let request = stranger.request("POST", "//oauth/token").basic_auth("trusted", Some(CLIENT_SECRET));
    let granted = Answer::from_elsewhere(request.form(&form)).await.json;
    let token = text_of(&granted, "access_token");
    let request = stranger.request("POST", "//oauth/introspect").basic_auth("trusted", Some(CLIENT_SECRET));
    let seen = Answer::from_elsewhere(request.form(&[("token", &token)])).await.json;
    assert_eq!(seen["active"], true);
    let start = stranger.get("/auth/providers/simulated/start?return_to=/").await;
    let location: reqwest::Url = start.header("location").parse().unwrap();
    let state = location.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let tokens = [text_of(&bound["tokens"], "access_token"), text_of(&bound["tokens"], "refresh_token")];
    let words = [WRONG_PASSWORD, NEW_PASSWORD, PASSWORD_ELSEWHERE, CLIENT_SECRET].map(str::to_owned);
    let rest = [code, bind_code, binding_token, token, text_of(&granted, "refresh_token"), state];
    words.into_iter().chain(tokens).chain(rest).collect()
}

/// Whether it stands there; a code for itself, as its six digits are also a part of some moment or number.
fn stands_in(secret: &str, told: &str) -> bool {
    if !secret.bytes().all(|byte| byte.is_ascii_digit()) {
        return told.contains(secret);
    }
    let is_part = |neighbour: Option<char>| {
        neighbour.is_some_and(|neighbour| neighbour.is_ascii_alphanumeric() || neighbour == '.')
    };
    told.match_indices(secret).any(|(at, _)| {
        let (before, after) = (&told[..at], &told[at + secret.len()..]);
        !is_part(before.chars().next_back()) && !is_part(after.chars().next())
    })
}

#[tokio::test]
async fn neither_the_log_nor_a_metric_nor_a_trace_holds_what_is_somebody_s() {
    let collector = Collector::start().await;
    let clients = format!(
        r#"[{{id="trusted", secret="{CLIENT_SECRET}", grants=["password", "refresh_token"], trusted=true}}]"#
    );
    let mut server = Server::with(&[
        ("CHATCHAT_TELEMETRY__LOG", "debug"),
        ("CHATCHAT_OAUTH_CLIENTS", &clients),
        ("CHATCHAT_PROVIDERS", r#"[{id="simulated"}]"#),
        collector.setting(),
    ]);
    let (ann, bob) = (Person::registers(&server).await, Person::registers(&server).await);
    let mut secrets = talk(&server, &ann, &bob).await;
    secrets.extend(log_in_otherwise(&server, &ann).await);
    let token = token_of_olga(&server).await;
    let olga = Http::stranger(&server).with_token(&token);
    olga.get(&format!("/admin/users?query={}", bob.email.replace('@', "%40"))).await.is(200);
    olga.put(&format!("/admin/users/{}/suspension", bob.id), json!({})).await.is(200);
    secrets.push(token);
    for email in [&ann.email, &bob.email] {
        secrets.extend([email.clone(), email.replace('@', "%40")]);
    }

    let metrics = scrape(&server).await.into_keys().collect();
    server.stop().await;
    let traces = collector.spans().into_iter().map(|span| span.whole).collect();
    for (teller, told, known) in [
        ("the log", server.log(), "/api/v1/auth/login"),
        ("the metrics", metrics, "chatchat_sends_total"),
        ("a trace", traces, "POST /api/v1/auth/refresh"),
    ] {
        assert!(told.contains(known), "{known} does not stand in {teller}: {told}");
        for secret in &secrets {
            assert!(!stands_in(secret, &told), "{secret} stands in {teller}: {told}");
        }
    }
}
