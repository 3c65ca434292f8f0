//! [`EventBus`], with two listeners on it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chatchat_adapters::memory::MemoryBus;
use chatchat_domain::event::{Audience, Event, News, Signal, UserRev};
use chatchat_domain::ports::{EventBus, EventListener};
use chatchat_domain::{ConversationId, SessionId, UserId};

contract! {
    [
        every_listener_hears_every_event,
        the_events_of_one_publication_keep_their_order,
        publications_after_each_other_keep_their_order,
        nothing_published_is_nothing_heard,
    ]
    memory => Box::new(Wired::memory());
}

/// A bus and those who listen to it.
struct Wired {
    bus: Box<dyn EventBus>,
    listeners: [Arc<Listener>; 2],
}

impl Wired {
    fn memory() -> Self {
        let listeners = <[Arc<Listener>; 2]>::default();
        let bus = MemoryBus::new();
        for listener in &listeners {
            bus.attach(Arc::<Listener>::clone(listener));
        }
        Self { bus: Box::new(bus), listeners }
    }
}

/// Writes down what it hears.
#[derive(Default)]
struct Listener(Mutex<Vec<Event>>);

impl EventListener for Listener {
    fn hear(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
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

fn news(rev: u64) -> Event {
    let news = News::SessionEnded(SessionId::from_bytes([2; 16]));
    Event::Personal { user: ANN, rev: UserRev(rev), news }
}

fn typing() -> Event {
    let conversation = ConversationId::from_bytes([3; 16]);
    Event::Ephemeral {
        audience: Audience::Conversation { conversation, except: ANN },
        signal: Signal::Typing { conversation, user: ANN },
    }
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
    assert_eq!(wired.listeners[1].heard(4).await, events);
}

async fn publications_after_each_other_keep_their_order(wired: &Wired) {
    for rev in 1..=100 {
        wired.bus.publish(vec![news(rev)]).await;
    }
    assert_eq!(wired.listeners[0].heard(100).await, (1..=100).map(news).collect::<Vec<_>>());
}

async fn nothing_published_is_nothing_heard(wired: &Wired) {
    wired.bus.publish(vec![]).await;
    assert_eq!(wired.listeners[0].heard(0).await, []);
}
