//! What the bus loses is read from the store. Here the bus has no listener: it loses everything.

use std::sync::Arc;
use std::time::Duration;

use actix_ws::Message;
use chatchat_adapters::stack::{Stack, StackOptions};
use chatchat_adapters::system::{SystemClock, SystemRandom};
use chatchat_domain::account::{EmailAddress, NewAccount, PasswordHash, UserName};
use chatchat_domain::conversation::{ClientId, MessageText};
use chatchat_domain::event::{Change, Event};
use chatchat_domain::friend::{Asked, Invitee, Note};
use chatchat_domain::ports::{Clock as _, EventListener as _};
use chatchat_domain::session::{Caller, Client, NewSession, SessionLifetimes};
use chatchat_domain::{App, ConversationId, SessionId, Settings, UserId};

use super::connection::Connection;
use super::hub::{Hub, HubSettings};
use super::{operations, upkeep};
use crate::view::Urls;

/// Two friends, one of whom is connected.
struct Scene {
    app: Arc<App>,
    hub: Arc<Hub>,
    ann: Caller,
    conversation: ConversationId,
    of_bob: Arc<Connection>,
    _folder: tempfile::TempDir,
}

impl Scene {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = StackOptions { bcrypt_cost: 4, ..StackOptions::embedded(folder.path(), "test") };
        let stack = Stack::open(options).await.unwrap();
        let (ann, bob) = (register(&stack, "ann").await, register(&stack, "bob").await);
        let (secret, lifetimes) = (stack.secret.clone(), SessionLifetimes::default());
        let app = Arc::new(App::new(stack.ports, Settings { secret, lifetimes, max_group_members: 10 }));
        let asked = app.friends().ask(ann, Invitee::User(bob.user), Note::default()).await.unwrap();
        let Asked::Made(request) = asked else { panic!("they had asked before") };
        let conversation = app.friends().accept(bob, request.id).await.unwrap().conversation;
        let hub = Hub::new(Arc::clone(&app), Urls::new(String::new()), HubSettings::default());
        let of_bob = Arc::new(Connection::new(1, bob));
        hub.register(&of_bob).unwrap();
        operations::greet(&hub, &of_bob, |_| None).await.unwrap();
        Self { app, hub, ann, conversation, of_bob, _folder: folder }
    }

    /// Ann writes; nobody is told.
    async fn ann_writes(&self, text: &str) -> Event {
        let (id, content) = (ClientId::new(text).unwrap(), MessageText::new(text).unwrap());
        let sent = self.app.conversations().send(self.ann, self.conversation, id, content).await;
        let (message, _) = sent.unwrap();
        let (conversation, rev) = (self.conversation, message.rev);
        Event::Conversation { conversation, rev, change: Change::Message(message) }
    }

    /// The texts that Bob hears until he has heard `count` of them.
    async fn bob_hears(&self, count: usize) -> Vec<String> {
        let mut texts = Vec::new();
        let hearing = async {
            while texts.len() < count {
                match self.of_bob.with_outbox(|outbox| outbox.take()) {
                    Some(Message::Text(frame)) => {
                        let frame: serde_json::Value = serde_json::from_str(&frame).unwrap();
                        assert_eq!(frame["event"], "message", "{frame}");
                        texts.push(frame["data"]["message"]["content"]["text"].as_str().unwrap().to_owned());
                    }
                    Some(other) => panic!("{other:?}"),
                    None => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(5), hearing).await.expect("it is repaired");
        texts
    }
}

async fn register(stack: &Stack, name: &str) -> Caller {
    let now = SystemClock.now();
    let user = UserId::generate(&SystemClock, &SystemRandom);
    let session = SessionId::generate(&SystemClock, &SystemRandom);
    let account = NewAccount {
        id: user,
        email: EmailAddress::new(&format!("{name}@example.com")).unwrap(),
        name: UserName::new(name).unwrap(),
        password: PasswordHash::new(String::new()),
        created_at: now,
    };
    let expires_at = now.after(Duration::from_secs(900));
    let refresh_hash = [0; 32];
    let session = NewSession {
        id: session,
        user,
        client: Client::default(),
        refresh_hash,
        created_at: now,
        expires_at,
    };
    let id = session.id;
    stack.ports.accounts.create(account, session).await.unwrap();
    Caller { user, session: id, issued_at: now, expires_at }
}

#[tokio::test]
async fn a_lost_last_event_is_found_by_comparing_with_the_store() {
    let scene = Scene::new().await;
    scene.ann_writes("one").await;
    scene.ann_writes("two").await;
    upkeep::compare(&scene.hub).await.unwrap();
    assert_eq!(scene.bob_hears(2).await, ["one", "two"]);
}

#[tokio::test]
async fn what_is_missing_before_an_event_is_read_before_it_is_passed_on() {
    let scene = Scene::new().await;
    scene.ann_writes("one").await;
    scene.ann_writes("two").await;
    let three = scene.ann_writes("three").await;
    scene.hub.hear(three.clone());
    assert_eq!(scene.bob_hears(3).await, ["one", "two", "three"]);
    scene.hub.hear(three);
    let four = scene.ann_writes("four").await;
    scene.hub.hear(four);
    assert_eq!(scene.bob_hears(1).await, ["four"], "what comes again is dropped");
}
