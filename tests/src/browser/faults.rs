//! What is lost, and comes back.

use tokio::time::{sleep, timeout};

use super::line::Line;
use super::screen::{BETWEEN_LOOKS, PATIENCE, Screen};
use crate::e2e::person::Person;
use crate::e2e::server::Server;

/// What browsers say of a server that is away.
const AWAY: &str = "net::ERR_";
/// What they say of a WebSocket to it.
const SOCKET: &str = "WebSocket connection to";

async fn two_friends(server: &Server) -> (Person, Person, String) {
    let (ann, bob) = (Person::registers_as(server, "Ann").await, Person::registers_as(server, "Bob").await);
    let conversation = ann.befriends(&bob).await;
    (ann, bob, conversation)
}

#[tokio::test]
async fn what_is_written_without_a_network_is_sent_once_and_in_order_when_it_is_back() {
    let server = Server::with(&[]);
    let (ann, bob, conversation) = two_friends(&server).await;
    let line = Line::to(&server).await;
    let mut screen = Screen::of_at(&ann, &line.url).await;
    screen.tolerated = vec![AWAY, SOCKET];
    screen.opens_conversation("Bob").await;
    screen.says("one").await;
    screen.has_sent_all().await;
    line.cut();
    screen.sees(".connection").await;
    for text in ["two", "three", "four"] {
        screen.says(text).await;
    }
    screen.sees(".message.pending").await;
    bob.sends(&conversation, "meanwhile").await;
    line.mend();
    screen.has_sent_all().await;
    screen.reads_message("meanwhile").await;
    assert_eq!(bob.texts(&conversation).await, ["one", "meanwhile", "two", "three", "four"]);
    screen.is_in().await;
    assert_eq!(screen.texts().await, ["one", "meanwhile", "two", "three", "four"]);
    screen.closes().await;
}

#[tokio::test]
async fn a_page_that_is_loaded_anew_while_it_sends_sends_once() {
    let server = Server::with(&[]);
    let (ann, bob, conversation) = two_friends(&server).await;
    let line = Line::to(&server).await;
    let mut screen = Screen::of_at(&ann, &line.url).await;
    screen.tolerated = vec![AWAY, SOCKET];
    screen.opens_conversation("Bob").await;
    screen.says("before").await;
    screen.has_sent_all().await;
    line.lose_answers();
    screen.says("sent, but Ann does not know").await;
    screen.sees(".message.pending").await;
    let arrives = async {
        while bob.texts(&conversation).await.len() < 2 {
            sleep(BETWEEN_LOOKS).await;
        }
    };
    timeout(PATIENCE, arrives).await.expect("it has come to the server");
    line.cut();
    screen.says("not even sent").await;
    screen.sees(".message.pending").await;
    line.mend();
    screen.browser.refresh().await.unwrap();
    screen.is_in().await;
    screen.has_sent_all().await;
    let expected = ["before", "sent, but Ann does not know", "not even sent"];
    screen.reads_message(expected[2]).await;
    assert_eq!(screen.texts().await, expected);
    assert_eq!(bob.texts(&conversation).await, expected);
    screen.closes().await;
}

#[tokio::test]
async fn a_server_that_is_killed_loses_and_doubles_nothing() {
    let mut server = Server::with(&[]);
    let (ann, bob, conversation) = two_friends(&server).await;
    let mut screens = [Screen::of(&ann, &server).await, Screen::of(&bob, &server).await];
    for screen in &mut screens {
        screen.tolerated = vec![AWAY, SOCKET, "status of 401"];
    }
    let [of_ann, of_bob] = &screens;
    of_ann.opens_conversation("Bob").await;
    of_bob.opens_conversation("Ann").await;
    of_ann.says("one").await;
    of_bob.reads_message("one").await;
    of_ann.says("two").await;
    server.kill();
    of_ann.says("three").await;
    of_bob.says("four").await;
    server.restart();
    of_ann.has_sent_all().await;
    of_bob.has_sent_all().await;
    for text in ["one", "two", "three", "four"] {
        of_ann.reads_message(text).await;
        of_bob.reads_message(text).await;
    }
    let said = ann.anew().texts(&conversation).await;
    assert_eq!(said.len(), 4, "{said:?}");
    assert_eq!((of_ann.texts().await, of_bob.texts().await), (said.clone(), said));
    for screen in screens {
        screen.closes().await;
    }
}
