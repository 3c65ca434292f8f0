//! People who talk with each other, each in a browser of their own.

use serde_json::json;
use thirtyfour::By;

use super::screen::Screen;
use crate::e2e::http::Http;
use crate::e2e::person::{Person, new_email};
use crate::e2e::server::Server;

#[tokio::test]
async fn two_people_register_become_friends_and_talk() {
    let server = Server::with(&[]);
    let http = Http::stranger(&server);
    let (ann, bob) = (Screen::opens(&server).await, Screen::opens(&server).await);
    let (anns, bobs) = (new_email(), new_email());
    ann.registers(&http, "Ann", &anns).await;
    bob.registers(&http, "Bob", &bobs).await;

    ann.presses("New").await;
    ann.presses("Add a friend").await;
    ann.fills_in("Name or e-mail address", &bobs).await;
    ann.presses("Add").await;
    ann.fills_in("A word to it", "It is me, Ann").await;
    ann.presses("Send the request").await;
    ann.presses("Close").await;
    bob.presses_a("nav a", "Friends").await;
    bob.presses("Friend requests").await;
    bob.reads("It is me, Ann").await;
    bob.presses("Accept").await;
    bob.presses_a("nav a", "Chats").await;
    bob.opens_conversation("Ann").await;
    ann.opens_conversation("Bob").await;

    ann.says("Hello Bob").await;
    bob.reads_message("Hello Bob").await;
    bob.types("Hello").await;
    ann.reads("typing…").await;
    bob.says(" Ann").await;
    ann.reads_message("Hello Ann").await;
    bob.until(
        "a receipt",
        "return document.querySelector('.message.own .state .unseen')?.textContent === 'Read'",
    )
    .await;
    for screen in [ann, bob] {
        screen.closes().await;
    }
}

#[tokio::test]
async fn who_is_kicked_sees_it_at_once() {
    let server = Server::with(&[]);
    let (ann, bob) = (Person::registers(&server).await, Person::registers(&server).await);
    let group = ann.creates_group(json!({ "name": "Readers" })).await;
    bob.joins(&group).await.is(200);
    ann.sends(&group, "Welcome").await;
    let screen = Screen::of(&bob, &server).await;
    screen.opens_conversation("Readers").await;
    screen.reads_message("Welcome").await;
    ann.kicks(&group, &bob).await.done();
    screen
        .until(
            "no place to write",
            "return !document.querySelector('.composer-field')?.getClientRects().length",
        )
        .await;
    screen.closes().await;
}

#[tokio::test]
async fn an_image_is_sent_and_seen() {
    let server = Server::with(&[]);
    let (ann, bob) = (Person::registers_as(&server, "Ann").await, Person::registers_as(&server, "Bob").await);
    ann.befriends(&bob).await;
    let (of_ann, of_bob) = (Screen::of(&ann, &server).await, Screen::of(&bob, &server).await);
    of_ann.opens_conversation("Bob").await;
    of_bob.opens_conversation("Ann").await;
    let picture = concat!(env!("CARGO_MANIFEST_DIR"), "/../chatchat-server/src/demo/bund.png");
    let picture = std::fs::canonicalize(picture).unwrap();
    of_ann
        .browser
        .find(By::Css(".composer input[type=file]"))
        .await
        .unwrap()
        .send_keys(picture.to_str().unwrap())
        .await
        .unwrap();
    of_ann.presses("Send").await;
    let thumbnail =
        "return [...document.querySelectorAll('.message .image img')].some((i) => i.naturalWidth > 100)";
    of_ann.until("the thumbnail", thumbnail).await;
    of_bob.until("the thumbnail", thumbnail).await;
    of_bob.presses("Open the image bund.png").await;
    of_bob.until("the image", "return document.querySelector('dialog img')?.naturalWidth === 960").await;
    for screen in [of_ann, of_bob] {
        screen.closes().await;
    }
}

#[tokio::test]
async fn chinese_is_typed_and_found_in_chinese() {
    let server = Server::with(&[]);
    let (ann, bob) = (Person::registers_as(&server, "安").await, Person::registers_as(&server, "Bob").await);
    ann.befriends(&bob).await;
    let screen = Screen::opens_in("zh-CN", &server).await;
    screen.until("the form", "return document.querySelector('[name=email]')").await;
    assert_eq!(screen.runs("return document.documentElement.lang", &[]).await.unwrap(), "zh-Hans");
    screen.browser.find(By::Css("[name=email]")).await.unwrap().send_keys(&ann.email).await.unwrap();
    let password = screen.browser.find(By::Css("[name=password]")).await.unwrap();
    password.send_keys(crate::e2e::person::PASSWORD).await.unwrap();
    screen.browser.find(By::Css("form [type=submit]")).await.unwrap().click().await.unwrap();
    screen.is_in().await;
    screen.opens_conversation("Bob").await;
    screen.says("我家在上海东边").await;
    screen.reads_message("我家在上海东边").await;
    screen.has_sent_all().await;
    screen.browser.goto(&format!("{}/#/search", screen.url)).await.unwrap();
    screen.sees("input[type=search]").await;
    screen.browser.find(By::Css("input[type=search]")).await.unwrap().send_keys("上海").await.unwrap();
    screen.reads("我家在上海东边").await;
    screen.closes().await;
}

#[tokio::test]
async fn two_tabs_agree() {
    let server = Server::with(&[]);
    let (ann, bob) = (Person::registers_as(&server, "Ann").await, Person::registers_as(&server, "Bob").await);
    let conversation = ann.befriends(&bob).await;
    let screen = Screen::of(&ann, &server).await;
    let first = screen.browser.window().await.unwrap();
    let second = screen.browser.new_tab().await.unwrap();
    screen.browser.switch_to_window(second.clone()).await.unwrap();
    screen.browser.goto(&screen.url).await.unwrap();
    screen.is_in().await;
    bob.sends(&conversation, "To both of you").await;
    let unread = "return document.querySelector('.conversation .badge')?.innerText.trim().startsWith('1')";
    screen.until("one unread", unread).await;
    screen.opens_conversation("Bob").await;
    screen.says("From the second").await;
    screen.has_sent_all().await;
    screen.browser.switch_to_window(first).await.unwrap();
    screen.until("nothing unread", "return !document.querySelector('.conversation .badge')").await;
    screen.opens_conversation("Bob").await;
    screen.reads_message("From the second").await;
    screen.says("From the first").await;
    screen.browser.switch_to_window(second).await.unwrap();
    screen.reads_message("From the first").await;
    assert_eq!(screen.texts().await, ["To both of you", "From the second", "From the first"]);
    screen.closes().await;
}
