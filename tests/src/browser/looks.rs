//! Whether everybody can use it: the rules of axe-core, on every screen, in the light and in the dark.

use serde_json::json;

use super::screen::Screen;
use crate::e2e::person::Person;
use crate::e2e::server::Server;

/// What checks pages; its version stands in a lock file.
fn axe() -> String {
    let place = concat!(env!("CARGO_MANIFEST_DIR"), "/axe/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(place).expect("./tests/install brings axe-core")
}

/// What is wrong with what is on the screen, in light and dark, at a desk and on a telephone.
async fn wrong_with(screen: &Screen, place: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for width in [390, DESK] {
        screen.window(width, 800).await;
        wrong.extend(wrong_now(screen, &format!("{place}, {width}")).await);
    }
    wrong
}

/// The same without another window, at which menus would close.
async fn wrong_now(screen: &Screen, place: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for theme in ["light", "dark"] {
        let feature = json!([{ "name": "prefers-color-scheme", "value": theme }]);
        screen
            .browser
            .cdp()
            .send_raw("Emulation.setEmulatedMedia", json!({ "features": feature }))
            .await
            .unwrap();
        // What fades in has its colours only then.
        screen.until("a quiet page", QUIET).await;
        let found = screen.runs(&format!("{} {CHECK}", axe_once()), &[]).await.unwrap();
        let found: Vec<String> = serde_json::from_value(found).unwrap();
        wrong.extend(found.iter().map(|one| format!("{place}, {theme}: {one}")));
    }
    wrong
}

/// The screens of those who are in, besides conversations.
const PLACES: [&str; 14] = [
    "chats",
    "people",
    "people/requests",
    "people/blocked",
    "groups",
    "search?q=station",
    "search?q=Weekend&kind=groups",
    "me",
    "me/profile",
    "me/settings",
    "me/password",
    "me/identities",
    "me/sessions",
    "me/account",
];

/// How wide a desk's window is, in pixels.
const DESK: u32 = 1280;
/// Whether nothing moves any more but what never ends.
const QUIET: &str = "
    const ends = (animation) => animation.effect.getTiming().iterations !== Infinity;
    return document.getAnimations().every((animation) => animation.playState !== 'running' || !ends(animation));";
const CHECK: &str = "
    const { violations, passes } = await axe.run({ resultTypes: ['violations'] });
    if (passes.length === 0) return ['nothing was looked at'];
    const told = ({ html, failureSummary }) => `${html} ${failureSummary}`;
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(told).join(' | ')}`);";

/// Brings axe-core into a page that does not have it.
fn axe_once() -> String {
    format!("if (!window.axe) {{ {} }}", axe())
}

#[tokio::test]
async fn every_screen_is_accessible() {
    let server = Server::demo();
    let mut wrong = Vec::new();
    let screen = Screen::opens(&server).await;
    for place in ["login", "register", "reset"] {
        screen.browser.goto(&format!("{}/#/{place}", screen.url)).await.unwrap();
        screen.sees("form").await;
        wrong.extend(wrong_with(&screen, place).await);
    }
    screen.browser.goto(&format!("{}/#/login", screen.url)).await.unwrap();
    screen.presses("Ann").await;
    screen.is_in().await;
    for place in PLACES {
        screen.browser.goto(&format!("{}/#/{place}", screen.url)).await.unwrap();
        screen.sees("h1, h2").await;
        screen.until("all of it", "return !document.querySelector('.loading')").await;
        wrong.extend(wrong_with(&screen, place).await);
    }
    screen.browser.goto(&format!("{}/#/chats", screen.url)).await.unwrap();
    for title in ["Chen 陈", "Weekend in 上海"] {
        screen.opens_conversation(title).await;
        screen.sees(".message .text").await;
        wrong.extend(wrong_with(&screen, title).await);
        screen.presses("Details").await;
        screen.sees(".details-pane h2").await;
        wrong.extend(wrong_with(&screen, &format!("the details of {title}")).await);
        screen.browser.goto(&format!("{}/#/chats", screen.url)).await.unwrap();
    }
    screen.presses("New").await;
    wrong.extend(wrong_now(&screen, "a menu").await);
    screen.presses("Create a group").await;
    screen.sees("dialog").await;
    wrong.extend(wrong_with(&screen, "a dialog").await);
    assert!(wrong.is_empty(), "{wrong:#?}");
    screen.closes().await;
}

#[tokio::test]
async fn all_of_a_conversation_is_reached_with_the_keyboard() {
    let server = Server::with(&[]);
    let (ann, bob) = (Person::registers_as(&server, "Ann").await, Person::registers_as(&server, "Bob").await);
    let talk = ann.befriends(&bob).await;
    bob.sends(&talk, "Use the keys").await;
    let screen = Screen::of(&ann, &server).await;
    screen.sees(".conversation").await;
    let (tab, enter) = (thirtyfour::Key::Tab, thirtyfour::Key::Enter);
    let keys = async |key: thirtyfour::Key| {
        screen.browser.action_chain().send_keys(key.value().to_string()).perform().await.unwrap();
    };
    let is_there = "return Boolean(document.activeElement?.closest('.conversation, [role=listbox]'))";
    for _ in 0..30 {
        if screen.runs(is_there, &[]).await.unwrap() == true {
            break;
        }
        keys(tab.clone()).await;
    }
    keys(enter.clone()).await;
    screen.reads_message("Use the keys").await;
    screen.until("where one writes", "return document.activeElement?.matches('.composer-field')").await;
    screen.browser.action_chain().send_keys("I do").perform().await.unwrap();
    keys(enter).await;
    screen.has_sent_all().await;
    screen.reads_message("I do").await;
    screen.closes().await;
}
