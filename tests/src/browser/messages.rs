//! What becomes of messages, as both sides see it.

use serde_json::json;
use thirtyfour::{By, Key};

use super::screen::Screen;
use crate::e2e::person::{Person, client_id, text};
use crate::e2e::server::Server;

/// Two friends with this conversation, each in front of it.
async fn two_who_talk(server: &Server) -> (Screen, Screen) {
    let (ann, bob) = (Person::registers_as(server, "Ann").await, Person::registers_as(server, "Bob").await);
    ann.befriends(&bob).await;
    let (of_ann, of_bob) = (Screen::of(&ann, server).await, Screen::of(&bob, server).await);
    of_ann.opens_conversation("Bob").await;
    of_bob.opens_conversation("Ann").await;
    (of_ann, of_bob)
}

impl Screen {
    /// Chooses what to do with the message that says this.
    async fn does(&self, deed: &str, text: &str) {
        self.reads_message(text).await;
        let row = "return [...document.querySelectorAll('.message')]
            .findLast((row) => row.querySelector('.text')?.textContent === arguments[0])?.querySelector('.bubble')";
        let row = self.browser.execute(row, vec![json!(text)]).await.unwrap().element().unwrap();
        self.browser.action_chain().context_click_element(&row).perform().await.unwrap();
        self.presses_a("[role=menuitem]", deed).await;
    }

    /// Waits until something with this selector says exactly this.
    async fn shows_text(&self, css: &str, text: &str) {
        let script =
            "return [...document.querySelectorAll(arguments[0])].some((e) => e.textContent === arguments[1])";
        self.until_with(&format!("{text:?} in {css}"), script, vec![json!(css), json!(text)]).await;
    }
}

#[tokio::test]
async fn messages_are_answered_reacted_to_changed_and_recalled() {
    let server = Server::with(&[]);
    let (of_ann, of_bob) = two_who_talk(&server).await;
    of_ann.says("The kettle is on").await;
    of_bob.does("Reply", "The kettle is on").await;
    of_bob.says("Coming").await;
    for screen in [&of_ann, &of_bob] {
        screen.shows_text(".quote-text", "The kettle is on").await;
    }

    of_bob.does("React", "The kettle is on").await;
    of_bob.presses_a(".picker-grid button", "❤️").await;
    for (screen, is_mine) in [(&of_ann, "false"), (&of_bob, "true")] {
        screen.sees(&format!(".reaction[aria-pressed={is_mine}]")).await;
    }
    of_bob.browser.find(By::Css(".reaction")).await.unwrap().click().await.unwrap();
    of_ann.until("no reaction", "return !document.querySelector('.reaction')").await;

    of_ann.does("Edit", "The kettle is on").await;
    let field = of_ann.browser.find(By::Css(".composer-field")).await.unwrap();
    field.send_keys(Key::Control + "a").await.unwrap();
    of_ann.says("The tea is ready").await;
    for screen in [&of_ann, &of_bob] {
        screen.reads_message("The tea is ready").await;
        screen.reads("edited").await;
        screen.shows_text(".quote-text", "The tea is ready").await;
    }

    of_ann.does("Recall", "The tea is ready").await;
    of_ann.presses_a("dialog button", "Recall").await;
    of_ann.reads("You recalled this message").await;
    of_bob.reads("This message was recalled").await;
    assert!(!of_bob.texts().await.contains(&"The tea is ready".to_owned()));
    for screen in [of_ann, of_bob] {
        screen.closes().await;
    }
}

#[tokio::test]
async fn whoever_comes_back_sees_what_is_new_and_finds_what_is_answered() {
    let server = Server::with(&[]);
    let (ann, bob) = (Person::registers_as(&server, "Ann").await, Person::registers_as(&server, "Bob").await);
    let conversation = ann.befriends(&bob).await;
    for number in 1..=120 {
        ann.sends(&conversation, &format!("Number {number}")).await;
    }
    bob.reads(&conversation, 110).await;
    let answer = json!({ "client_id": client_id(), "content": text("As I said"), "reply_to": 1 });
    ann.http.post(&format!("/conversations/{conversation}/messages"), answer).await.is(201);

    let screen = Screen::of(&bob, &server).await;
    screen.reads("11 unread").await;
    screen.opens_conversation("Ann").await;
    let first_new = "return document.querySelector('.message:has(.new-line) .text')?.textContent";
    assert_eq!(screen.until("the line above what is new", first_new).await, "Number 111");
    screen.reads_message("As I said").await;
    screen.browser.find(By::Css(".quote")).await.unwrap().click().await.unwrap();
    screen.shows_text(".message.highlighted .text", "Number 1").await;
    screen.closes().await;
}

#[tokio::test]
async fn a_picture_is_pasted_and_another_dropped() {
    let server = Server::with(&[]);
    let (of_ann, of_bob) = two_who_talk(&server).await;
    for (event, carrier, place) in
        [("ClipboardEvent", "clipboardData", ".composer-field"), ("DragEvent", "dataTransfer", ".talk-list")]
    {
        let name = if event == "DragEvent" { "drop" } else { "paste" };
        let script = r"
            const [kind, carrier, place, name] = arguments;
            const canvas = Object.assign(document.createElement('canvas'), { width: 200, height: 120 });
            canvas.getContext('2d').fillRect(20, 20, 60, 60);
            canvas.toBlob((blob) => {
                const files = new DataTransfer();
                files.items.add(new File([blob], `${name}.png`, { type: 'image/png' }));
                const told = { [carrier]: files, bubbles: true, cancelable: true };
                document.querySelector(place).dispatchEvent(new window[kind](name, told));
            });
        ";
        of_ann.runs(script, &[json!(event), json!(carrier), json!(place), json!(name)]).await.unwrap();
        of_ann.sees(&format!("[aria-label='Remove {name}.png']")).await;
        of_ann.presses("Send").await;
        of_bob.sees(&format!("[aria-label='Open the image {name}.png'] img")).await;
    }
    of_ann.has_sent_all().await;
    for screen in [of_ann, of_bob] {
        screen.closes().await;
    }
}

#[tokio::test]
async fn two_devices_agree() {
    let server = Server::with(&[]);
    let (ann, bob) = (Person::registers_as(&server, "Ann").await, Person::registers_as(&server, "Bob").await);
    let conversation = ann.befriends(&bob).await;
    let (desk, phone) = (Screen::of(&ann, &server).await, Screen::of(&ann, &server).await);
    phone.window(390, 780).await;
    bob.sends(&conversation, "To both of you").await;
    for device in [&desk, &phone] {
        device.sees(".conversation .badge").await;
    }
    phone.opens_conversation("Bob").await;
    phone.says("From the telephone").await;
    desk.until("nothing unread", "return !document.querySelector('.conversation .badge')").await;
    desk.opens_conversation("Bob").await;
    desk.reads_message("From the telephone").await;
    desk.says("From the desk").await;
    phone.reads_message("From the desk").await;
    assert_eq!(phone.texts().await, ["To both of you", "From the telephone", "From the desk"]);
    for device in [desk, phone] {
        device.closes().await;
    }
}
