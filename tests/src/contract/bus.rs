//! [`EventBus`] and [`EventSource`], with two listeners: one on the node that publishes, one on another if there
//! can be another.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chatchat_adapters::memory::MemoryBus;
use chatchat_adapters::redis::Redis;
use chatchat_domain::event::{Audience, Event, News, Signal, UserRev};
use chatchat_domain::ports::{EventBus, EventListener, EventSource, Topic};
use chatchat_domain::{ConversationId, SessionId, Timestamp, UserId};

use crate::services::redis::{redis, redis_cluster};

contract! {
    [
        every_listener_hears_every_event,
        the_events_of_one_publication_keep_their_order,
        publications_after_each_other_keep_their_order,
        nothing_published_is_nothing_heard,
        whoever_is_ready_hears_what_comes,
        a_topic_is_heard_until_it_is_released_as_often_as_it_was_wanted,
        a_signal_to_people_is_heard_wherever_they_are,
    ]
    memory => Box::new(Wired::memory());
    redis => Box::new(Wired::redis(redis().await).await);
    redis_cluster => Box::new(Wired::redis(redis_cluster().await).await);
}

/// A bus and those who listen to it.
struct Wired {
    bus: Arc<dyn EventBus>,
    /// Where the second listener is, who is ready for [`ANN`] and [`CHOIR`].
    source: Arc<dyn EventSource>,
    listeners: [Arc<Listener>; 2],
}

impl Wired {
    fn memory() -> Self {
        let listeners = <[Arc<Listener>; 2]>::default();
        let bus = Arc::new(MemoryBus::new());
        for listener in &listeners {
            bus.attach(Arc::<Listener>::clone(listener));
        }
        Self { bus: bus.clone(), source: bus, listeners }
    }

    async fn redis(redis: Redis) -> Self {
        let listeners = <[Arc<Listener>; 2]>::default();
        let nodes = [Arc::new(redis.bus()), Arc::new(redis.bus())];
        for (node, listener) in nodes.iter().zip(&listeners) {
            node.attach(Arc::<Listener>::clone(listener));
        }
        let [bus, source] = nodes;
        let topics = [Topic::Person(ANN), Topic::Conversation(CHOIR)];
        topics.iter().for_each(|topic| source.want(*topic));
        source.ready(&topics).await;
        Self { bus, source, listeners }
    }
}

/// Writes down what it hears.
#[derive(Default)]
struct Listener(Mutex<Vec<Event>>);

impl EventListener for Listener {
    fn hear(&self, event: Event, _: Timestamp) {
        self.0.lock().unwrap().push(event);
    }

    fn hole(&self) {}
}

impl Listener {
    /// What it has heard as soon as that is `count` events; at last what it has heard within 5 s.
    async fn heard(&self, count: usize) -> Vec<Event> {
        for _ in 0..500 {
            if self.0.lock().unwrap().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.0.lock().unwrap().clone()
    }
}

const ANN: UserId = UserId::from_bytes([1; 16]);
const CHOIR: ConversationId = ConversationId::from_bytes([3; 16]);

fn news(rev: u64) -> Event {
    news_for(ANN, rev)
}

fn news_for(user: UserId, rev: u64) -> Event {
    let news = News::SessionEnded(SessionId::from_bytes([2; 16]));
    Event::Personal { user, rev: UserRev(rev), news }
}

fn typing() -> Event {
    let audience = Audience::Conversation { conversation: CHOIR, except: ANN };
    Event::Ephemeral { audience, signal: Signal::Typing { conversation: CHOIR, user: ANN } }
}

fn person(number: u8) -> UserId {
    UserId::from_bytes([number; 16])
}

async fn every_listener_hears_every_event(wired: &Wired) {
    wired.bus.publish(vec![news(1)]).await;
    for listener in &wired.listeners {
        assert_eq!(listener.heard(1).await, [news(1)]);
    }
}

async fn the_events_of_one_publication_keep_their_order(wired: &Wired) {
    let events = vec![news(1), typing(), news(2), news(3)];
    wired.bus.publish(events.clone()).await;
    assert_eq!(*wired.listeners[0].0.lock().unwrap(), events, "at once where it happens");
    let mut heard = wired.listeners[1].heard(4).await;
    let at = heard.iter().position(|event| *event == typing()).unwrap();
    heard.remove(at); // of another topic
    assert_eq!(heard, [news(1), news(2), news(3)]);
}

async fn publications_after_each_other_keep_their_order(wired: &Wired) {
    for rev in 1..=1000 {
        wired.bus.publish(vec![news(rev)]).await;
    }
    for listener in &wired.listeners {
        assert_eq!(listener.heard(1000).await, (1..=1000).map(news).collect::<Vec<_>>());
    }
}

async fn nothing_published_is_nothing_heard(wired: &Wired) {
    wired.bus.publish(vec![]).await;
    assert_eq!(wired.listeners[0].heard(0).await, []);
}

async fn whoever_is_ready_hears_what_comes(wired: &Wired) {
    for number in 0..50 {
        let topic = Topic::Person(person(number));
        wired.source.want(topic);
        wired.source.ready(&[topic]).await;
        wired.bus.publish(vec![news_for(person(number), 1)]).await;
    }
    let heard = wired.listeners[1].heard(50).await;
    for number in 0..50 {
        assert!(heard.contains(&news_for(person(number), 1)), "{number}");
    }
}

async fn a_topic_is_heard_until_it_is_released_as_often_as_it_was_wanted(wired: &Wired) {
    wired.source.want(Topic::Person(ANN));
    wired.source.release(Topic::Person(ANN));
    wired.bus.publish(vec![news(1)]).await;
    assert_eq!(wired.listeners[1].heard(1).await, [news(1)]);
}

async fn a_signal_to_people_is_heard_wherever_they_are(wired: &Wired) {
    let signal = Signal::Typing { conversation: CHOIR, user: ANN };
    let to = |people| Event::Ephemeral { audience: Audience::People(people), signal: signal.clone() };
    wired.bus.publish(vec![to(vec![person(9), ANN])]).await;
    assert_eq!(wired.listeners[0].heard(1).await, [to(vec![person(9), ANN])]);
    let heard = wired.listeners[1].heard(1).await;
    assert!(heard == [to(vec![ANN])] || heard == [to(vec![person(9), ANN])], "{heard:?}");
}
