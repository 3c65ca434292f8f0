//! More than fits on a screen.

use std::path::Path;
use std::time::Duration;

use chatchat_adapters::stack::{Stack, StackOptions};
use chatchat_domain::conversation::{ClientId, Content, Draft, Mentions, MessageText};
use chatchat_domain::group::{Description, GroupDraft, GroupName, History, JoinPolicy};
use chatchat_domain::identity::ReturnPlaces;
use chatchat_domain::session::{Caller, SessionLifetimes};
use chatchat_domain::{App, ConversationId, Settings};
use futures_util::future::try_join_all;
use serde_json::Value;

use super::screen::Screen;
use crate::e2e::person::Person;
use crate::e2e::server::Server;
use crate::e2e::stack::Stack as UnderTest;

const CONVERSATIONS: usize = 10_000;
const MESSAGES: usize = 100_000;
/// How many at once: they share the transactions of the one writer.
const GROUPS_AT_ONCE: usize = 50;
const MESSAGES_AT_ONCE: usize = 500;
/// How many rows there may be in the document, however many there are in the list.
const ROWS: u64 = 200;

/// Fills a stopped server's folder, as its own use cases would.
async fn fill(data: &Path, token: &str) {
    let stack = Stack::open(StackOptions::embedded(data, issuer(token))).await.unwrap();
    let settings = Settings {
        secret: stack.secret.clone(),
        lifetimes: SessionLifetimes::default(),
        max_group_members: 100,
        recall_within: Duration::from_secs(120),
        oauth_clients: Vec::new(),
        return_places: ReturnPlaces::new("http://localhost", Vec::new()),
    };
    let app = App::new(stack.ports.clone(), settings);
    let caller = app.sessions().authenticate(token).await.unwrap();
    let mut last = None;
    for first in (0..CONVERSATIONS).step_by(GROUPS_AT_ONCE) {
        let made = (first..first + GROUPS_AT_ONCE).map(|number| app.groups().create(caller, group(number)));
        last = try_join_all(made).await.unwrap().pop();
    }
    let conversation = last.unwrap().group.id.conversation();
    for first in (1..=MESSAGES).step_by(MESSAGES_AT_ONCE) {
        let drafts =
            (first..first + MESSAGES_AT_ONCE).map(|number| draft(caller, conversation, number, &stack));
        for appended in stack.ports.log.append(drafts.collect()).await {
            appended.unwrap();
        }
    }
}

/// Who has signed the token.
fn issuer(token: &str) -> String {
    use base64::Engine as _;
    let claims = token.split('.').nth(1).unwrap();
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    claims["iss"].as_str().unwrap().to_owned()
}

fn group(number: usize) -> GroupDraft {
    GroupDraft {
        name: GroupName::new(&format!("Group {number}")).unwrap(),
        description: Description::new("").unwrap(),
        join_policy: JoinPolicy::Open,
        history: History::All,
        members: Vec::new(),
    }
}

fn draft(caller: Caller, conversation: ConversationId, number: usize, stack: &Stack) -> Draft {
    Draft {
        conversation,
        sender: caller.user,
        client_id: ClientId::new(&format!("m{number}")).unwrap(),
        content: Content::Text(MessageText::new(&format!("Message {number}")).unwrap()),
        reply_to: None,
        mentions: Mentions::default(),
        now: stack.ports.clock.now(),
    }
}

/// How many rows are in the document.
async fn rows(screen: &Screen, css: &str) -> u64 {
    let count = format!("return document.querySelectorAll('{css}').length");
    screen.runs(&count, &[]).await.unwrap().as_u64().unwrap()
}

#[tokio::test]
async fn ten_thousand_conversations_and_a_hundred_thousand_messages_scroll() {
    if UnderTest::under_test() == UnderTest::Production {
        return; // it is about the page, and what fills the folder fills no database
    }
    let mut server = Server::with(&[]);
    let ann = Person::registers_as(&server, "Ann").await;
    server.stop().await;
    fill(&server.data(), &ann.token).await;
    server.restart();

    let screen = Screen::of(&ann, &server).await;
    let name = format!("Group {}", CONVERSATIONS - 1);
    screen.opens_conversation(&name).await;
    screen.reads_message(&format!("Message {MESSAGES}")).await;
    for (scroller, row) in [(".talk-list", ".message"), (".list-pane .scroller", ".conversation")] {
        for place in [0.0, 0.5, 0.25, 1.0, 0.9] {
            let go = format!(
                "const s = document.querySelector('{scroller}'); s.scrollTop = s.scrollHeight * {place}; return true"
            );
            screen.runs(&go, &[]).await.unwrap();
            let shown = format!(
                "const s = document.querySelector('{scroller}').getBoundingClientRect();
                 return [...document.querySelectorAll('{row}:not(.placeholder)')]
                    .some((e) => {{ const r = e.getBoundingClientRect(); return r.bottom > s.top && r.top < s.bottom }})"
            );
            screen.until(&format!("rows at {place}"), &shown).await;
            let count = rows(&screen, row).await;
            assert!(count <= ROWS, "{count} rows at {place}");
        }
    }
    screen.closes().await;
}
