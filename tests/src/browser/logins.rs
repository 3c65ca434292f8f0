//! Ways in.

use serde_json::json;
use uuid::Uuid;

use super::screen::{Screen, newest_code};
use crate::e2e::http::Http;
use crate::e2e::person::{PASSWORD, Person, new_email};
use crate::e2e::server::Server;

#[tokio::test]
async fn people_come_in_by_a_third_party() {
    let server = Server::with(&[("CHATCHAT_PROVIDERS", r#"[{id="simulated"}]"#)]);
    let (http, email) = (Http::stranger(&server), new_email());
    let username = format!("u{}", Uuid::new_v4().simple());
    let account = json!({ "username": username, "password": PASSWORD, "name": "Ann 上海", "email": email });
    http.post("//oauth/accounts", account).await.is(201);

    let screen = Screen::opens(&server).await;
    let goes = async || {
        screen.presses("Continue with Simulated third party").await;
        screen.fills_in("Username", &username).await;
        screen.fills_in("Password", PASSWORD).await;
        screen.presses("Log in and allow").await;
    };
    goes().await;
    screen.reads("Welcome, Ann 上海").await;
    screen.presses("Send the code").await;
    screen.sees("[name=code]").await;
    screen.fills_in("Code", &newest_code(&http, &email).await).await;
    screen.presses("Continue").await;
    screen.is_in().await;
    assert!(!screen.browser.current_url().await.unwrap().as_str().contains("login_code"));

    screen.presses_a("nav a", "You").await;
    screen.presses("Log out").await;
    goes().await;
    screen.is_in().await;
    screen.closes().await;
}

#[tokio::test]
async fn in_a_demo_one_can_be_one_after_the_other() {
    let server = Server::demo();
    let screen = Screen::opens(&server).await;
    screen.presses("Ann").await;
    screen.is_in().await;
    screen.opens_conversation("Chen 陈").await;
    screen.types("Only Ann has begun to write this").await;
    screen.presses_a("nav a", "You").await;
    screen.presses("Chen 陈").await;
    screen.is_in().await;
    screen.presses_a("nav a", "Chats").await;
    screen.opens_conversation("Ann").await;
    let written = "return [document.querySelector('.composer-field').value]";
    assert_eq!(screen.until("where one writes", written).await, json!([""]), "it is no draft of Chen's");
    screen.closes().await;
}

#[tokio::test]
async fn who_has_come_in_stays_in_and_no_script_can_read_why() {
    let server = Server::with(&[]);
    let ann = Person::registers(&server).await;
    let screen = Screen::of(&ann, &server).await;
    screen.browser.refresh().await.unwrap();
    screen.is_in().await;
    assert_eq!(screen.runs("return document.cookie", &[]).await.unwrap(), "");
    let kept = "return JSON.stringify([{ ...localStorage }, { ...sessionStorage }])";
    let kept = screen.runs(kept, &[]).await.unwrap().to_string();
    assert!(!kept.contains("eyJ") && !kept.contains("token"), "{kept}");
    let others = ann.http.list("/me/sessions").await;
    let other = others.iter().find(|session| session["current"] == false).unwrap();
    ann.http.delete(&format!("/me/sessions/{}", other["id"].as_str().unwrap())).await.done();
    screen.reads("This session was ended.").await;
    screen.closes().await;
}

#[tokio::test]
async fn a_problem_is_told_beside_what_has_caused_it() {
    let server = Server::with(&[]);
    let ann = Person::registers(&server).await;
    let mut screen = Screen::opens(&server).await;
    screen.tolerated = vec!["status of 401"];
    screen.fills_in("E-mail address", &ann.email).await;
    screen.fills_in("Password", "wrong horse").await;
    screen.presses("Log in").await;
    screen.sees("[name=password][aria-invalid=true]").await;
    screen.logs_in(&ann.email).await;
    screen.closes().await;
}

#[tokio::test]
async fn in_a_demo_one_is_whom_one_likes() {
    let server = Server::demo();
    let screen = Screen::opens(&server).await;
    screen.presses("Ann").await;
    screen.is_in().await;
    screen.opens_conversation("Chen 陈").await;
    let picture =
        "return [...document.querySelectorAll('.message .image img')].some((i) => i.naturalWidth > 100)";
    screen.until("the picture", picture).await;
    screen.closes().await;
}
