//! What the bus loses, repeats and mixes up is put right from the store. Here nothing reaches the hub but what a test
//! lets through.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_ws::Message;
use async_trait::async_trait;
use chatchat_adapters::memory::Unlimited;
use chatchat_adapters::stack::{Stack, StackOptions};
use chatchat_adapters::system::{SystemClock, SystemRandom};
use chatchat_domain::account::{EmailAddress, NewAccount, PasswordHash, UserName};
use chatchat_domain::conversation::{ClientId, MessageText, NewMessage, Rev, Seq};
use chatchat_domain::event::{Audience, Event, Signal};
use chatchat_domain::friend::{Asked, Invitee, Note};
use chatchat_domain::group::{Description, GroupDraft, GroupName, History, JoinPolicy};
use chatchat_domain::identity::ReturnPlaces;
use chatchat_domain::ports::{Clock as _, EventListener, EventSource, Topic};
use chatchat_domain::session::{Caller, Client, NewSession, SessionLifetimes};
use chatchat_domain::{App, ConversationId, GroupId, SessionId, Settings, Timestamp, UserId};
use prometheus_client::registry::Registry;
use tokio::sync::Notify;

use super::connection::Connection;
use super::counts::SocketCounts;
use super::hub::{Hub, HubSettings};
use super::protocol::Close;
use super::{healing, operations};
use crate::sends::Sends;
use crate::traffic::{Traffic, TrafficLimits};
use crate::view::Urls;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Two friends, one of whom is connected.
struct Scene {
    app: Arc<App>,
    hub: Arc<Hub>,
    ann: Caller,
    bob: Caller,
    conversation: ConversationId,
    of_bob: Arc<Connection>,
    told: Arc<Told>,
    source: Arc<Source>,
    _folder: tempfile::TempDir,
}

impl Scene {
    /// Bob is greeted.
    async fn new() -> Self {
        let scene = Self::before_the_greeting().await;
        operations::greet(&scene.hub, &scene.of_bob, |_| None).await.unwrap();
        scene
    }

    /// Bob is registered.
    async fn before_the_greeting() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = StackOptions { bcrypt_cost: 4, ..StackOptions::embedded(folder.path(), "test") };
        let stack = Stack::open(options).await.unwrap();
        let (ann, bob) = (register(&stack, "ann").await, register(&stack, "bob").await);
        let (secret, lifetimes) = (stack.secret.clone(), SessionLifetimes::default());
        let told = Arc::new(Told::default());
        stack.attach(Arc::<Told>::clone(&told));
        let app = Arc::new(App::new(
            stack.ports,
            Settings {
                secret,
                lifetimes,
                max_group_members: 10,
                recall_within: Duration::from_secs(120),
                oauth_clients: Vec::new(),
                return_places: ReturnPlaces::new("http://localhost", Vec::new()),
            },
        ));
        let asked = app.friends().ask(ann, Invitee::User(bob.user), Note::default()).await.unwrap();
        let Asked::Made(request) = asked else { panic!("they had asked before") };
        let conversation = app.friends().accept(bob, request.id).await.unwrap().conversation;
        told.take();
        let source = Arc::new(Source::default());
        let (urls, settings) = (Urls::new(String::new()), HubSettings::default());
        let mut registry = Registry::default();
        let counts = SocketCounts::new(&mut registry);
        let sends = Sends::new(&mut registry);
        let traffic = Arc::new(Traffic::new(Arc::new(Unlimited), TrafficLimits::NONE, 1000));
        let hub_source = Arc::<Source>::clone(&source);
        let hub = Hub::new(Arc::clone(&app), urls, settings, hub_source, traffic, counts, sends);
        let of_bob = Arc::new(Connection::new(1, bob, HERE));
        of_bob.with_outbox(super::outbox::Outbox::begin_greeting);
        hub.register(&of_bob).unwrap();
        Self { app, hub, ann, bob, conversation, of_bob, told, source, _folder: folder }
    }

    /// Ann writes. What the bus was told of it.
    async fn ann_writes(&self, text: &str) -> Event {
        self.ann_writes_in(self.conversation, text).await
    }

    async fn ann_writes_in(&self, conversation: ConversationId, text: &str) -> Event {
        let (id, content) = (ClientId::new(text).unwrap(), MessageText::new(text).unwrap());
        let message = NewMessage::text(id, content);
        self.app.conversations().send(self.ann, conversation, message).await.unwrap();
        self.told.take().pop().unwrap()
    }

    /// Ann makes a group with Bob.
    async fn ann_founds_a_group(&self) -> GroupId {
        let draft = GroupDraft {
            name: GroupName::new("Choir").unwrap(),
            description: Description::default(),
            join_policy: JoinPolicy::Invite,
            history: History::All,
            members: vec![self.bob.user],
        };
        self.app.groups().create(self.ann, draft).await.unwrap().group.id
    }

    /// Bob reads what Ann has written. What the bus was told of it, for Bob alone.
    async fn bob_reads(&self, seq: u64) -> Event {
        self.app.conversations().read(self.bob, self.conversation, Seq(seq)).await.unwrap();
        self.told.personal(self.bob.user).pop().unwrap()
    }

    fn hears(&self, events: impl IntoIterator<Item = Event>) {
        events.into_iter().for_each(|event| self.hub.hear(event, SystemClock.now()));
    }

    /// The next frame that Bob gets, told in a few words.
    fn next_frame(&self) -> Option<String> {
        let Message::Text(frame) = self.of_bob.with_outbox(|outbox| outbox.take())?.message else {
            panic!("not a text")
        };
        let frame: serde_json::Value = serde_json::from_str(&frame).unwrap();
        let event = frame["event"].as_str().unwrap();
        Some(match frame["data"]["message"]["content"]["text"].as_str() {
            Some(text) => text.to_owned(),
            None if !frame["data"]["conversation_id"].is_null() => format!("{event} of one"),
            None => event.to_owned(),
        })
    }

    /// Bob gets these frames, and no other before them.
    async fn bob_gets(&self, expected: &[&str]) {
        let mut frames = Vec::new();
        let getting = async {
            while frames.len() < expected.len() {
                match self.next_frame() {
                    Some(frame) => frames.push(frame),
                    None => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(8), getting).await;
        assert!(in_time.is_ok(), "waits for {expected:?}, has {frames:?}");
        assert_eq!(frames, expected);
    }

    async fn bob_gets_nothing_more(&self) {
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(self.next_frame(), None);
    }
}

/// What the product has told the bus, of which nothing reaches the hub by itself.
#[derive(Default)]
struct Told(Mutex<Vec<Event>>);

impl EventListener for Told {
    fn hear(&self, event: Event, _: Timestamp) {
        self.0.lock().unwrap().push(event);
    }

    fn hole(&self) {}
}

impl Told {
    fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn personal(&self, of: UserId) -> Vec<Event> {
        let all = self.take().into_iter();
        all.filter(|event| matches!(event, Event::Personal { user, .. } if *user == of)).collect()
    }
}

/// Counts interest, and is ready when it is let.
#[derive(Default)]
struct Source {
    wanted: Mutex<HashMap<Topic, i64>>,
    /// Whether it keeps everybody waiting, until `go` rings.
    slow: AtomicBool,
    asked: Notify,
    go: Notify,
}

impl Source {
    fn wanted(&self, topic: Topic) -> i64 {
        self.wanted.lock().unwrap().get(&topic).copied().unwrap_or_default()
    }
}

#[async_trait]
impl EventSource for Source {
    fn want(&self, topic: Topic) {
        *self.wanted.lock().unwrap().entry(topic).or_default() += 1;
    }

    async fn ready(&self, topics: &[Topic]) {
        assert!(topics.iter().all(|topic| self.wanted(*topic) > 0), "what is not wanted is never ready");
        if self.slow.load(Ordering::SeqCst) {
            self.asked.notify_one();
            self.go.notified().await;
        }
    }

    fn release(&self, topic: Topic) {
        *self.wanted.lock().unwrap().get_mut(&topic).unwrap() -= 1;
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
        password: Some(PasswordHash::new(String::new())),
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
    healing::compare(&scene.hub).await;
    scene.bob_gets(&["one", "two"]).await;
}

#[tokio::test]
async fn what_is_missing_before_an_event_is_read_before_it_is_passed_on() {
    let scene = Scene::new().await;
    scene.ann_writes("one").await;
    scene.ann_writes("two").await;
    let three = scene.ann_writes("three").await;
    scene.hears([three.clone()]);
    scene.bob_gets(&["one", "two", "three"]).await;
    scene.hears([three]);
    let four = scene.ann_writes("four").await;
    scene.hears([four]);
    scene.bob_gets(&["four"]).await; // what comes again is dropped
}

#[tokio::test]
async fn a_hole_is_looked_into_at_once() {
    let scene = Scene::new().await;
    scene.hub.spawn_maintenance();
    scene.ann_writes("one").await;
    for _ in 0..100 {
        scene.hub.hole();
    }
    scene.bob_gets(&["one"]).await;
}

#[tokio::test]
async fn a_conversation_that_somebody_was_not_told_of_is_followed_after_all() {
    let scene = Scene::new().await;
    let group = scene.ann_founds_a_group().await;
    healing::compare(&scene.hub).await;
    scene.bob_gets(&["resync"]).await;
    let hello = scene.ann_writes_in(group.conversation(), "hello").await;
    scene.hears([hello]);
    scene.bob_gets(&["hello"]).await;
    healing::compare(&scene.hub).await;
    scene.bob_gets_nothing_more().await;
}

#[tokio::test]
async fn a_conversation_that_somebody_was_removed_from_unheard_is_heard_no_more() {
    let scene = Scene::new().await;
    let group = scene.ann_founds_a_group().await;
    healing::compare(&scene.hub).await;
    scene.bob_gets(&["resync"]).await;

    scene.app.groups().kick(scene.ann, group, scene.bob.user).await.unwrap();
    scene.told.take();
    healing::compare(&scene.hub).await;
    scene.bob_gets(&["resync"]).await;
    let secret = scene.ann_writes_in(group.conversation(), "a secret").await;
    let (conversation, user) = (group.conversation(), scene.ann.user);
    let audience = Audience::Conversation { conversation, except: user };
    scene.hears([secret, Event::Ephemeral { audience, signal: Signal::Typing { conversation, user } }]);
    healing::compare(&scene.hub).await;
    scene.bob_gets_nothing_more().await;
    assert_eq!(scene.source.wanted(Topic::Conversation(conversation)), 0);
}

#[tokio::test]
async fn a_session_that_has_ended_unheard_loses_its_sockets() {
    let scene = Scene::new().await;
    healing::compare(&scene.hub).await;
    assert_eq!(scene.of_bob.with_outbox(|outbox| outbox.closing()), None);
    scene.app.sessions().log_out(scene.bob).await.unwrap();
    healing::compare(&scene.hub).await;
    assert_eq!(scene.of_bob.with_outbox(|outbox| outbox.closing()), Some(Close::SessionEnded));
}

#[tokio::test]
async fn news_that_never_come_are_not_waited_for_for_ever() {
    let scene = Scene::new().await;
    scene.hub.spawn_maintenance();
    scene.ann_writes("one").await;
    scene.ann_writes("two").await;
    scene.bob_reads(1).await;
    let second = scene.bob_reads(2).await;
    scene.hears([second.clone()]);
    assert_eq!(scene.next_frame(), None, "the first may still come");
    scene.bob_gets(&["resync"]).await;
    scene.hears([second]);
    scene.bob_gets_nothing_more().await;
}

#[tokio::test]
async fn a_conversation_that_somebody_is_told_of_too_early_loses_nothing() {
    let scene = Scene::new().await;
    scene.ann_writes("before").await;
    let read = scene.bob_reads(1).await;
    let group = scene.ann_founds_a_group().await;
    let added = scene.told.personal(scene.bob.user);
    let first = scene.ann_writes_in(group.conversation(), "first").await;
    let second = scene.ann_writes_in(group.conversation(), "second").await;
    scene.hears(added.into_iter().chain([second, first]));
    assert_eq!(scene.next_frame(), None);
    tokio::time::sleep(Duration::from_millis(100)).await;
    scene.hears([read]);
    scene.bob_gets(&["read of one", "conversation_added", "first", "second"]).await;
}

#[tokio::test]
async fn while_a_socket_starts_over_nothing_is_lost() {
    let scene = Scene::new().await;
    let group = scene.ann_founds_a_group().await;
    scene.told.take();
    scene.source.slow.store(true, Ordering::SeqCst);
    let (hub, of_bob) = (Arc::clone(&scene.hub), Arc::clone(&scene.of_bob));
    let starting_over = tokio::spawn(async move { healing::start_over(&hub, of_bob).await });
    scene.source.asked.notified().await;
    let heard = scene.ann_writes("heard").await;
    scene.ann_writes_in(group.conversation(), "covered").await;
    scene.hears([heard]);
    scene.source.go.notify_one();
    starting_over.await.unwrap();
    let after = scene.ann_writes_in(group.conversation(), "after").await;
    scene.hears([after]);
    scene.bob_gets(&["resync", "after"]).await;
}

#[tokio::test]
async fn a_greeting_waits_until_the_bus_is_listened_to() {
    let scene = Scene::before_the_greeting().await;
    scene.source.slow.store(true, Ordering::SeqCst);
    let (hub, of_bob) = (Arc::clone(&scene.hub), Arc::clone(&scene.of_bob));
    let greeting = tokio::spawn(async move { operations::greet(&hub, &of_bob, |_| None).await });
    scene.source.asked.notified().await;
    scene.ann_writes("one").await;
    scene.source.go.notify_one();
    greeting.await.unwrap().unwrap();
    assert_eq!(scene.of_bob.with_outbox(|outbox| outbox.known(scene.conversation)), Some(Rev(1)));
}

#[tokio::test]
async fn a_new_conversation_is_compared_as_soon_as_it_is_listened_to() {
    let scene = Scene::new().await;
    let group = scene.ann_founds_a_group().await;
    let added = scene.told.personal(scene.bob.user);
    scene.source.slow.store(true, Ordering::SeqCst);
    scene.hears(added);
    scene.source.asked.notified().await;
    scene.ann_writes_in(group.conversation(), "not heard here").await;
    scene.source.go.notify_one();
    scene.bob_gets(&["conversation_added", "not heard here"]).await;
}

#[tokio::test]
async fn topics_are_wanted_while_somebody_is_there() {
    let scene = Scene::new().await;
    let again = Arc::new(Connection::new(2, scene.bob, HERE));
    scene.hub.register(&again).unwrap();
    operations::greet(&scene.hub, &again, |_| None).await.unwrap();
    let topics = [Topic::Person(scene.bob.user), Topic::Conversation(scene.conversation)];
    assert_eq!(topics.map(|topic| scene.source.wanted(topic)), [1, 1]);
    scene.hub.unregister(&scene.of_bob);
    assert_eq!(topics.map(|topic| scene.source.wanted(topic)), [1, 1]);
    scene.hub.unregister(&again);
    assert_eq!(topics.map(|topic| scene.source.wanted(topic)), [0, 0]);
}

/// A number that looks random, the same each time.
fn scramble(number: u64) -> u64 {
    let mixed = (number ^ (number >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 32
}

#[tokio::test]
async fn who_starts_over_follows_what_they_are_in_and_nothing_else() {
    let scene = Scene::new().await;
    let group = scene.ann_founds_a_group().await;
    let added = scene.told.personal(scene.bob.user);
    scene.hears(added);
    scene.bob_gets(&["conversation_added"]).await;
    scene.app.groups().kick(scene.ann, group, scene.bob.user).await.unwrap();
    healing::start_over(&scene.hub, Arc::clone(&scene.of_bob)).await;
    scene.bob_gets(&["resync"]).await;
    let wanted = [scene.conversation, group.conversation()].map(Topic::Conversation);
    assert_eq!(wanted.map(|topic| scene.source.wanted(topic)), [1, 0]);
}

#[tokio::test]
async fn however_the_bus_loses_repeats_and_reorders_all_is_heard_once_and_in_order() {
    futures_util::future::join_all((0..6).map(|seed| async move {
        let scene = Scene::new().await;
        let mut events = Vec::new();
        for number in 1..=20 {
            events.push(scene.ann_writes(&format!("message {number}")).await);
            events.push(scene.bob_reads(number).await);
        }
        let dice = |at: u64| scramble(seed * 1000 + at);
        let mut arriving: Vec<(u64, Event)> = Vec::new();
        for (at, event) in (0..).zip(events) {
            // One in four is lost, one in four comes twice, each up to ten places too early or too late.
            for copy in 0..[0, 1, 1, 2][usize::try_from(dice(at) % 4).unwrap()] {
                arriving.push((at + dice(at * 10 + copy) % 10, event.clone()));
            }
        }
        arriving.sort_by_key(|(at, _)| *at);
        scene.hears(arriving.into_iter().map(|(_, event)| event));
        healing::compare(&scene.hub).await;
        tokio::time::sleep(Duration::from_millis(200)).await;

        let frames: Vec<String> = std::iter::from_fn(|| scene.next_frame()).collect();
        let messages = frames.iter().filter(|frame| frame.starts_with("message"));
        let expected: Vec<String> = (1..=20).map(|number| format!("message {number}")).collect();
        let reads = frames.iter().filter(|frame| *frame == "read of one").count();
        let told_of_all = reads == 20 || frames.contains(&"resync".to_owned());
        // A socket that started over has been told to sync: of what came before that, some may be missing.
        if frames.contains(&"resync".to_owned()) {
            assert!(messages.is_sorted_by_key(|message| message["message ".len()..].parse::<u32>().unwrap()));
        } else {
            assert_eq!(messages.cloned().collect::<Vec<_>>(), expected);
        }
        assert!(told_of_all, "{frames:?}");
        let after = scene.ann_writes("after").await;
        let read_after = scene.bob_reads(21).await;
        scene.hears([after, read_after]);
        scene.bob_gets(&["after", "read of one"]).await;
    }))
    .await;
}
