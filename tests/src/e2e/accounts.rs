//! People: registration, log-in, profiles, passwords, pictures.

use std::io::Cursor;
use std::time::Duration;

use image::{ImageFormat, RgbImage};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::http::{Answer, Http};
use super::person::{PASSWORD, Person, mailed, mailed_code, new_email};
use super::post::mails_to;
use super::server::Server;

fn registration(email: &str, code: &str) -> Value {
    json!({ "email": email, "code": code, "password": PASSWORD, "name": "Ann" })
}

#[tokio::test]
async fn a_code_from_the_mail_makes_an_account_that_is_logged_in() {
    let (server, email) = (Server::shared(), new_email());
    let stranger = Http::stranger(server);
    let code = mailed_code(&stranger, &email, "register").await;
    assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
    let registered = stranger.post("/auth/register", registration(&email, &code)).await.is(201);
    let (user, tokens) = (&registered["user"], &registered["tokens"]);
    assert_eq!(user["name"], "Ann");
    assert_eq!(user["email"], email);
    assert_eq!(
        (&user["bio"], &user["avatar_url"], &user["has_password"]),
        (&json!(""), &Value::Null, &json!(true))
    );
    let created_at = user["created_at"].as_str().unwrap();
    assert!(created_at.len() == 24 && created_at.ends_with('Z') && created_at.contains('T'), "{created_at}");
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(900)));
    assert_eq!(tokens["refresh_expires_in"], 2_592_000);
    let ann = Person::of(server, &stranger, &registered);
    assert_eq!(ann.http.get("/me").await.is(200), *user);
}

#[tokio::test]
async fn asking_for_a_code_does_not_tell_whether_the_address_has_an_account() {
    let server = Server::shared();
    let (stranger, ann) = (Http::stranger(server), Person::registers(server).await);
    for purpose in ["register", "reset_password", "bind_email"] {
        for email in [ann.email.clone(), new_email()] {
            let answer =
                stranger.post("/auth/email-codes", json!({ "email": email, "purpose": purpose })).await;
            assert_eq!(answer.is(202), json!({ "expires_in": 120, "retry_after": 60 }));
        }
    }
}

#[tokio::test]
async fn whoever_registers_an_address_that_has_an_account_gets_a_mail_without_a_code() {
    let server = Server::shared();
    let (stranger, ann) = (Http::stranger(server), Person::registers(server).await);
    let mail = mailed(&stranger, &ann.email, "register").await;
    assert_eq!(mail.code, None, "{}", mail.text);
    let answer = stranger.post("/auth/register", registration(&ann.email, "123456")).await;
    answer.problem(422, "invalid_code");
    ann.logs_in_again(server).await;
}

#[tokio::test]
async fn a_code_is_good_once_for_its_address_and_purpose() {
    let (server, email) = (Server::shared(), new_email());
    let stranger = Http::stranger(server);
    let code = mailed_code(&stranger, &email, "register").await;
    let foreign = stranger.post("/auth/register", registration(&new_email(), &code)).await;
    foreign.problem(422, "invalid_code");
    let reset = json!({ "email": email, "code": code, "new_password": PASSWORD });
    stranger.post("/auth/password-reset", reset).await.problem(422, "invalid_code");
    stranger.post("/auth/register", registration(&email, &code)).await.is(201);
    stranger.post("/auth/register", registration(&email, &code)).await.problem(422, "invalid_code");
}

#[tokio::test]
async fn a_newer_code_replaces_the_older_one() {
    let (stranger, email) = (Http::stranger(Server::shared()), new_email());
    let older = mailed_code(&stranger, &email, "register").await;
    let mut newer = mailed_code(&stranger, &email, "register").await;
    while newer == older {
        newer = mailed_code(&stranger, &email, "register").await;
    }
    stranger.post("/auth/register", registration(&email, &older)).await.problem(422, "invalid_code");
    stranger.post("/auth/register", registration(&email, &newer)).await.is(201);
}

#[tokio::test]
async fn addresses_compare_without_case() {
    let (server, email) = (Server::shared(), format!("Ann.{}", new_email()));
    let stranger = Http::stranger(server);
    let code = mailed_code(&stranger, &email, "register").await;
    stranger.post("/auth/register", registration(&email.to_uppercase(), &code)).await.is(201);
    let login = json!({ "email": email.to_lowercase(), "password": PASSWORD });
    stranger.post("/auth/login", login).await.is(200);
}

#[tokio::test]
async fn without_a_name_one_is_called_by_the_address_until_one_says_otherwise() {
    let (server, email) = (Server::shared(), new_email());
    let stranger = Http::stranger(server);
    let code = mailed_code(&stranger, &email, "register").await;
    let body = json!({ "email": email, "code": code, "password": PASSWORD });
    let registered = stranger.post("/auth/register", body).await.is(201);
    assert_eq!(registered["user"]["name"], email.split('@').next().unwrap());
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_by_field() {
    let (stranger, email) = (Http::stranger(Server::shared()), new_email());
    for (field, value) in [
        ("name", json!("")),
        ("name", json!(" \u{3000} ")),
        ("name", json!("上".repeat(65))),
        ("name", json!("a\u{7}b")),
        ("password", json!("1234567")),
        ("password", json!("p".repeat(73))),
        ("password", json!("上".repeat(25))),
        ("email", json!("nobody")),
        ("email", json!("a@b.example\r\nBcc: c@d.example")),
        ("email", json!(format!("{}@example.com", "a".repeat(250)))),
    ] {
        let mut body = registration(&email, "123456");
        body[field] = value;
        stranger.post("/auth/register", body).await.invalid(field);
    }
    for field in ["email", "code", "password"] {
        let mut body = registration(&email, "123456");
        body.as_object_mut().unwrap().remove(field);
        stranger.post("/auth/register", body).await.invalid(field);
    }
    let code = mailed_code(&stranger, &email, "register").await;
    let body = json!({ "email": email, "code": code, "password": "上".repeat(24), "name": "上".repeat(64) });
    stranger.post("/auth/register", body).await.is(201);
    stranger.post("/auth/login", json!({ "email": email, "password": "上".repeat(24) })).await.is(200);
}

#[tokio::test]
async fn a_log_in_does_not_tell_whether_the_address_has_an_account() {
    let server = Server::shared();
    let (stranger, ann) = (Http::stranger(server), Person::registers(server).await);
    let mut answers = Vec::new();
    for email in [ann.email, new_email()] {
        let body = json!({ "email": email, "password": "not the password" });
        let mut json = stranger.post("/auth/login", body).await.problem(401, "invalid_credentials").json;
        json.as_object_mut().unwrap().remove("request_id");
        answers.push(json);
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn a_profile_changes_field_by_field_for_everybody() {
    let server = Server::shared();
    let (ann, bob) = (Person::registers(server).await, Person::registers(server).await);
    let me = ann.http.patch("/me", json!({ "bio": "I paint.\nSometimes." })).await.is(200);
    assert_eq!((&me["name"], &me["bio"]), (&json!(ann.name), &json!("I paint.\nSometimes.")));
    let me = ann.http.patch("/me", json!({ "name": "  Ann Other  " })).await.is(200);
    assert_eq!((&me["name"], &me["bio"]), (&json!("Ann Other"), &json!("I paint.\nSometimes.")));
    let seen = bob.http.get(&format!("/users/{}", ann.id)).await.is(200);
    let public =
        json!({ "id": ann.id, "name": "Ann Other", "avatar_url": null, "bio": "I paint.\nSometimes." });
    assert_eq!(seen, public);
    ann.http.patch("/me", json!({ "name": "" })).await.invalid("name");
    ann.http.patch("/me", json!({ "bio": "b".repeat(501) })).await.invalid("bio");
    assert_eq!(ann.http.patch("/me", json!({})).await.is(200)["name"], "Ann Other");
}

#[tokio::test]
async fn people_are_found_by_exact_address_or_by_a_part_of_their_name() {
    let server = Server::shared();
    let bob = Person::registers(server).await;
    let ann = Person::registers_as(server, &format!("Ann Straße {}", bob.id)).await;
    let part = format!("STRASSE {}", &bob.id[..30]);
    for query in [ann.email.to_uppercase(), part, ann.name.clone()] {
        let request = bob.http.request("GET", "/users").query(&[("query", &query)]);
        let found = Answer::to(request).await.is(200);
        let ids: Vec<&Value> = found["items"].as_array().unwrap().iter().map(|user| &user["id"]).collect();
        assert_eq!(ids, [&json!(ann.id)], "{query}");
        assert!(found["items"][0].get("email").is_none(), "{found}");
    }
    let part_of_address = &ann.email[..ann.email.len() - 1];
    let request = bob.http.request("GET", "/users").query(&[("query", part_of_address)]);
    assert_eq!(Answer::to(request).await.is(200)["items"], json!([]));
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let server = Server::shared();
    let ann = Person::registers(server).await;
    let elsewhere = ann.logs_in_again(server).await;
    let wrong = json!({ "current_password": "not the password", "new_password": "another password" });
    ann.http.put("/me/password", wrong).await.problem(403, "invalid_credentials");
    let missing = json!({ "new_password": "another password" });
    ann.http.put("/me/password", missing).await.problem(403, "invalid_credentials");
    let short = json!({ "current_password": PASSWORD, "new_password": "short" });
    ann.http.put("/me/password", short).await.invalid("new_password");
    elsewhere.http.get("/me").await.is(200);
    let right = json!({ "current_password": PASSWORD, "new_password": "another password" });
    ann.http.put("/me/password", right).await.done();
    ann.http.get("/me").await.is(200);
    elsewhere.http.get("/me").await.problem(401, "unauthenticated");
    let stranger = Http::stranger(server);
    let login = |password: &str| json!({ "email": ann.email, "password": password });
    stranger.post("/auth/login", login(PASSWORD)).await.problem(401, "invalid_credentials");
    stranger.post("/auth/login", login("another password")).await.is(200);
}

#[tokio::test]
async fn a_password_reset_by_mail_ends_every_session() {
    let server = Server::shared();
    let (stranger, ann) = (Http::stranger(server), Person::registers(server).await);
    let mut socket = ann.connects().await;
    let code = mailed_code(&stranger, &ann.email, "reset_password").await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let reset = |code: &str| json!({ "email": ann.email, "code": code, "new_password": "another password" });
    stranger.post("/auth/password-reset", reset(wrong)).await.problem(422, "invalid_code");
    ann.http.get("/me").await.is(200);
    stranger.post("/auth/password-reset", reset(&code)).await.done();
    ann.http.get("/me").await.problem(401, "unauthenticated");
    assert_eq!(socket.closed().await, Some(4003));
    let refresh = json!({ "refresh_token": ann.refresh_token });
    stranger.post("/auth/refresh", refresh).await.problem(401, "invalid_token");
    let login = json!({ "email": ann.email, "password": "another password" });
    stranger.post("/auth/login", login).await.is(200);
}

#[tokio::test]
async fn nobody_gets_mail_for_the_reset_of_an_account_that_is_not_there() {
    let (stranger, email) = (Http::stranger(Server::shared()), new_email());
    stranger.post("/auth/email-codes", json!({ "email": email, "purpose": "reset_password" })).await.is(202);
    mailed_code(&stranger, &new_email(), "register").await; // what was owed before is out by then
    assert_eq!(mails_to(&stranger, &email).await, []);
}

fn picture(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_fn(300, 200, |x, y| {
        image::Rgb([(x % 256).try_into().unwrap(), (y % 256).try_into().unwrap(), 7])
    })
    .write_to(&mut bytes, format)
    .unwrap();
    bytes.into_inner()
}

async fn uploads(person: &Person, content_type: &str, bytes: Vec<u8>) -> Answer {
    let request = person.http.request("PUT", "/me/avatar").header("content-type", content_type);
    Answer::to(request.body(bytes)).await
}

/// A picture, wherever the server says that it is; none if it is nowhere.
async fn fetches(http: &Http, path: &str) -> Option<(String, Vec<u8>)> {
    let answer = http.get(path).await;
    match answer.status {
        200 => Some((answer.header("content-type").to_owned(), answer.bytes)),
        302 => {
            let elsewhere = reqwest::get(answer.header("location")).await.unwrap();
            let content_type = elsewhere.headers()["content-type"].to_str().unwrap().to_owned();
            let is_there = elsewhere.status() == 200;
            assert!(is_there || elsewhere.status() == 404);
            let bytes = elsewhere.bytes().await.unwrap().to_vec();
            is_there.then_some((content_type, bytes))
        }
        _ => {
            answer.problem(404, "not_found");
            None
        }
    }
}

#[tokio::test]
async fn a_picture_is_made_anew_and_seen_by_everybody() {
    let server = Server::shared();
    let (ann, bob) = (Person::registers(server).await, Person::registers(server).await);
    let secret = b"where I live";
    let mut jpeg = picture(ImageFormat::Jpeg);
    jpeg.splice(2..2, [&[0xff, 0xe1, 0, 14][..], secret].concat());
    for (content_type, bytes) in [("image/png", picture(ImageFormat::Png)), ("image/jpeg", jpeg)] {
        let me = uploads(&ann, content_type, bytes).await.is(200);
        let seen = bob.http.get(&format!("/users/{}", ann.id)).await.is(200);
        assert_eq!(seen["avatar_url"], me["avatar_url"]);
        let path = me["avatar_url"].as_str().unwrap().strip_prefix(&server.url).unwrap();
        let (stranger, path) = (Http::stranger(server), format!("/{path}"));
        assert_eq!(stranger.get(&path).await.header("x-content-type-options"), "nosniff");
        let (content_type, image) = fetches(&stranger, &path).await.unwrap();
        assert!(content_type.starts_with("image/"));
        assert!(image::load_from_memory(&image).unwrap().width() > 0);
        assert!(!image.windows(secret.len()).any(|bytes| bytes == secret));
    }
    let me = ann.http.delete("/me/avatar").await;
    assert_eq!(me.is(200)["avatar_url"], Value::Null);
}

#[tokio::test]
async fn what_is_no_picture_is_refused() {
    let ann = Person::registers(Server::shared()).await;
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec();
    uploads(&ann, "image/svg+xml", svg.clone()).await.problem(415, "unsupported_media_type");
    uploads(&ann, "text/html", b"<html>".to_vec()).await.problem(415, "unsupported_media_type");
    for broken in [svg, Vec::new(), picture(ImageFormat::Png)[..500].to_vec(), b"GIF89a".to_vec()] {
        uploads(&ann, "image/png", broken).await.problem(422, "validation_failed");
    }
    uploads(&ann, "image/png", vec![0; 5 * 1024 * 1024 + 1]).await.problem(413, "payload_too_large");
    assert_eq!(ann.http.get("/me").await.is(200)["avatar_url"], Value::Null);
}

#[tokio::test]
async fn a_picture_that_is_nobody_s_any_more_is_gone_soon() {
    let server = Server::shared();
    let (ann, stranger) = (Person::registers(server).await, Http::stranger(server));
    let mut paths = Vec::new();
    for _ in 0..2 {
        let me = uploads(&ann, "image/png", picture(ImageFormat::Png)).await.is(200);
        let path = me["avatar_url"].as_str().unwrap().strip_prefix(&server.url).unwrap();
        paths.push(format!("/{path}"));
    }
    let gone = async {
        while fetches(&stranger, &paths[0]).await.is_some() {
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(Duration::from_secs(30), gone).await.unwrap();
    assert!(fetches(&stranger, &paths[1]).await.is_some());
}
