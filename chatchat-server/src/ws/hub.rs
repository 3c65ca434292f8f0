//! Who is connected here, and to what. Hears the bus, and passes on to each socket what it follows.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use chatchat_domain::conversation::{Rev, Snapshot};
use chatchat_domain::event::{Audience, Change, Event, News, Signal, UserRev};
use chatchat_domain::ports::{EventListener, EventSource, Topic};
use chatchat_domain::trail::{MessagePlace, Question, Sighting, Witness};
use chatchat_domain::{App, ConversationId, Timestamp, UserId};
use dashmap::DashMap;
use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use tracing::field::Empty;

use super::channel::{Channel, Effect, Progress};
use super::connection::Connection;
use super::counts::SocketCounts;
use super::interest::Interest;
use super::outbox::{Delivery, NewMessage};
use super::protocol::Close;
use super::trail::Trail;
use super::{events, healing};
use crate::origins::Origins;
use crate::sends::Sends;
use crate::traffic::Traffic;
use crate::view::Urls;

/// How many sockets one person may have on this node.
const MAX_SOCKETS: usize = 1024;
/// A change that comes out of order is mostly followed by the missing one; only then is the store asked.
const REPAIR_AFTER: Duration = Duration::from_millis(20);
/// How many changes a repair reads at a time.
const REPAIR_BATCH: u32 = 500;

/// How many sockets start over at once.
const STARTING_OVER: usize = 8;

/// Somebody who is connected.
struct Present {
    connections: Vec<Arc<Connection>>,
    _interest: Interest,
}

/// A conversation that somebody follows.
struct Live {
    channel: Arc<Channel>,
    _interest: Interest,
}

/// What the hub leaves to whoever runs it.
#[derive(Debug, Clone, Default)]
pub struct HubSettings {
    /// Whose pages may connect.
    pub origins: Origins,
}

/// Who is connected here, and to what.
pub struct Hub {
    /// For the repairs that it starts.
    itself: Weak<Self>,
    app: Arc<App>,
    urls: Urls,
    settings: HubSettings,
    runtime: tokio::runtime::Handle,
    source: Arc<dyn EventSource>,
    traffic: Arc<Traffic>,
    counts: SocketCounts,
    sends: Sends,
    people: DashMap<UserId, Present>,
    channels: DashMap<ConversationId, Live>,
    /// Rung when the bus may have lost something.
    hole: Notify,
    /// Whoever starts over waits for one: each asks the store for much.
    turns: Semaphore,
    next_connection_id: AtomicU64,
    began: Instant,
    draining: AtomicBool,
}

impl Hub {
    /// A hub for `app` that hears of `source`; must be called inside the runtime that shall do its upkeep.
    pub(crate) fn new(
        app: Arc<App>,
        urls: Urls,
        settings: HubSettings,
        source: Arc<dyn EventSource>,
        traffic: Arc<Traffic>,
        counts: SocketCounts,
        sends: Sends,
    ) -> Arc<Self> {
        Arc::new_cyclic(|itself| Self {
            itself: Weak::clone(itself),
            app,
            urls,
            settings,
            runtime: tokio::runtime::Handle::current(),
            source,
            traffic,
            counts,
            sends,
            people: DashMap::new(),
            channels: DashMap::new(),
            hole: Notify::new(),
            turns: Semaphore::new(STARTING_OVER),
            next_connection_id: AtomicU64::new(1),
            began: Instant::now(),
            draining: AtomicBool::new(false),
        })
    }

    pub(super) fn app(&self) -> &App {
        &self.app
    }

    pub(super) fn urls(&self) -> &Urls {
        &self.urls
    }

    pub(super) fn settings(&self) -> &HubSettings {
        &self.settings
    }

    pub(super) fn counts(&self) -> &SocketCounts {
        &self.counts
    }

    pub(super) fn sends(&self) -> &Sends {
        &self.sends
    }

    fn trail(&self) -> &Trail {
        self.sends.trail()
    }

    pub(super) fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    pub(super) fn next_connection_id(&self) -> u64 {
        self.next_connection_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Milliseconds since the hub began.
    pub(super) fn uptime_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether new sockets are refused because the node goes away.
    pub(super) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    pub(super) fn begin_draining(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Lets the connection hear what concerns its person.
    pub(super) fn register(&self, connection: &Arc<Connection>) -> Result<(), Close> {
        if self.is_draining() {
            return Err(Close::ShuttingDown);
        }
        let mut present = self.people.entry(connection.user).or_insert_with(|| Present {
            connections: Vec::new(),
            _interest: Interest::in_topic(&self.source, Topic::Person(connection.user)),
        });
        if present.connections.len() >= MAX_SOCKETS {
            return Err(Close::RateLimited);
        }
        present.connections.push(Arc::clone(connection));
        self.counts.open.inc();
        Ok(())
    }

    /// Waits until what concerns the person, who is registered, is heard here.
    pub(super) async fn ready_for_person(&self, user: UserId) {
        self.source.ready(&[Topic::Person(user)]).await;
    }

    /// Waits until what happens in the conversations, which somebody follows, is heard here.
    pub(super) async fn ready_for(&self, conversations: &[ConversationId]) {
        let topics: Vec<Topic> = conversations.iter().copied().map(Topic::Conversation).collect();
        self.source.ready(&topics).await;
    }

    /// Lets the connection hear nothing more. By its id: a person's newer connections stay.
    pub(super) fn unregister(&self, connection: &Connection) {
        connection.go();
        self.trail().gone(connection.user, connection.session, connection.take_written());
        if let Some(mut present) = self.people.get_mut(&connection.user) {
            let before = present.connections.len();
            present.connections.retain(|other| other.id != connection.id);
            if present.connections.len() < before {
                self.counts.open.dec();
            }
        }
        self.people.remove_if(&connection.user, |_, present| present.connections.is_empty());
        for conversation in connection.with_outbox(|outbox| outbox.followed()) {
            self.channels.remove_if(&conversation, |_, live| live.channel.unfollow(connection));
        }
    }

    /// Lets the connection follow those of the conversations no more that it does not know any more.
    pub(super) fn let_go(&self, connection: &Connection, conversations: &[ConversationId]) {
        for conversation in conversations {
            self.channels.remove_if(conversation, |_, live| live.channel.let_go(connection, *conversation));
        }
    }

    /// Lets the connection follow all of the snapshot; true if it did not follow some of it before.
    pub(super) fn follow(&self, connection: &Arc<Connection>, snapshot: &Snapshot) -> bool {
        let mut news = false;
        for head in &snapshot.heads {
            news |= self.follow_one(connection, head.conversation);
        }
        news
    }

    fn follow_one(&self, connection: &Arc<Connection>, conversation: ConversationId) -> bool {
        let live = self.channels.entry(conversation).or_insert_with(|| Live {
            channel: Arc::default(),
            _interest: Interest::in_topic(&self.source, Topic::Conversation(conversation)),
        });
        live.channel.follow(connection)
    }

    /// The store was at this snapshot after its conversations were followed.
    pub(super) fn establish(&self, snapshot: &Snapshot) {
        for head in &snapshot.heads {
            self.establish_one(head.conversation, head.rev);
        }
    }

    fn establish_one(&self, conversation: ConversationId, rev: Rev) {
        if let Some(channel) = self.channel(conversation) {
            let progress = channel.establish(rev);
            self.attend(conversation, channel, progress);
        }
    }

    fn channel(&self, conversation: ConversationId) -> Option<Arc<Channel>> {
        self.channels.get(&conversation).map(|live| Arc::clone(&live.channel))
    }

    pub(super) fn connections(&self) -> Vec<Arc<Connection>> {
        self.people.iter().flat_map(|present| present.connections.clone()).collect()
    }

    pub(super) fn connections_of(&self, user: UserId) -> Vec<Arc<Connection>> {
        self.people.get(&user).map(|present| present.connections.clone()).unwrap_or_default()
    }

    /// Who is connected here.
    pub(super) fn people(&self) -> Vec<UserId> {
        self.people.iter().map(|present| *present.key()).collect()
    }

    /// Waits until the bus may have lost something.
    pub(super) async fn hole_heard(&self) {
        self.hole.notified().await;
    }

    /// Waits until few enough sockets start over, until what is returned is dropped.
    pub(super) async fn take_turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turns.acquire().await.ok()
    }

    /// The conversations that somebody follows here.
    pub(super) fn live_conversations(&self) -> Vec<ConversationId> {
        self.channels.retain(|_, live| !live.channel.prune());
        self.channels.iter().map(|live| *live.key()).collect()
    }

    /// The store has the conversation at `rev`: reads what this node has missed.
    pub(super) fn catch_up_to(&self, conversation: ConversationId, rev: Rev) {
        if let Some(channel) = self.channel(conversation)
            && channel.head().is_some_and(|head| head < rev)
        {
            self.repair(conversation, channel);
        }
    }

    /// Gives how many sockets it is for, like the others that hear.
    fn hear_change(
        &self,
        conversation: ConversationId,
        rev: Rev,
        change: &Change,
        told_at: Timestamp,
    ) -> usize {
        if let Change::Message(message) = change {
            self.trail().heard(message, told_at, self.app.now());
        }
        let Some(channel) = self.channel(conversation) else { return 0 };
        let sockets = channel.followers();
        let delivery = self.delivery(conversation, rev, change, Some(told_at));
        let progress = channel.take_in(rev, delivery, Effect::from(change));
        self.attend(conversation, channel, progress);
        sockets
    }

    /// The change on its way to sockets; where nobody has told of a message, it counts from when it was sent.
    fn delivery(
        &self,
        conversation: ConversationId,
        rev: Rev,
        change: &Change,
        told_at: Option<Timestamp>,
    ) -> Delivery {
        let mut delivery = events::change(&self.urls, conversation, rev, change);
        if let Change::Message(message) = change {
            let place = MessagePlace { conversation, seq: message.seq };
            let told_at = told_at.unwrap_or(message.created_at);
            delivery.new = Some(NewMessage { message: place, told_at });
        }
        delivery
    }

    fn attend(&self, conversation: ConversationId, channel: Arc<Channel>, progress: Progress) {
        match progress {
            Progress::Complete => {}
            Progress::Missing => self.repair(conversation, channel),
            Progress::Ended => {
                self.channels.remove_if(&conversation, |_, live| live.channel.is_idle());
            }
        }
    }

    /// Reads from the store what the bus has not brought.
    fn repair(&self, conversation: ConversationId, channel: Arc<Channel>) {
        let Some(hub) = self.itself.upgrade().filter(|_| channel.begin_repair()) else { return };
        self.counts.repairs.inc();
        self.runtime.spawn(async move {
            tokio::time::sleep(REPAIR_AFTER).await;
            if let Err(error) = hub.read_missing(conversation, &channel).await {
                tracing::warn!(%error, %conversation, "a stream could not be repaired yet");
            }
            channel.end_repair();
        });
    }

    async fn read_missing(
        &self,
        conversation: ConversationId,
        channel: &Channel,
    ) -> Result<(), chatchat_domain::Error> {
        while let Some(head) = channel.head() {
            let part = self.app.conversations().stream(conversation, head, REPAIR_BATCH).await?;
            if part.changes.is_empty() {
                break;
            }
            for (rev, change) in part.changes {
                if let Change::Message(message) = &change {
                    self.trail().read_later(message, self.app.now());
                }
                let delivery = self.delivery(conversation, rev, &change, None);
                channel.take_in(rev, delivery, Effect::from(&change));
            }
            if !channel.is_missing() {
                break;
            }
        }
        Ok(())
    }

    fn hear_news(&self, user: UserId, rev: UserRev, news: &News) -> usize {
        let connections = self.connections_of(user);
        if connections.is_empty() {
            return 0;
        }
        let delivery = events::news(&self.urls, rev, news);
        let unheard =
            delivery.follows.map(|follow| follow.conversation).filter(|id| !self.channels.contains_key(id));
        for connection in &connections {
            if let Some(follow) = delivery.follows {
                self.follow_one(connection, follow.conversation);
            }
            connection.deliver(delivery.clone());
            if let Some(follow) = delivery.follows {
                // Again: one that starts over just now has let go of what it did not know yet.
                self.follow_one(connection, follow.conversation);
            }
            if matches!(news, News::SessionEnded(session) if *session == connection.session) {
                connection.close(Close::SessionEnded);
            }
        }
        if let Some(follow) = delivery.follows {
            self.establish_one(follow.conversation, follow.rev);
        }
        if let (Some(conversation), Some(hub)) = (unheard, self.itself.upgrade()) {
            self.runtime.spawn(async move { healing::listen_to(&hub, conversation).await });
        }
        connections.len()
    }

    fn hear_signal(&self, audience: &Audience, signal: &Signal) -> usize {
        if let Signal::Receipt { conversation, user, read_seq } = signal {
            self.trail().read(*conversation, *user, *read_seq, self.app.now());
        }
        let delivery = events::signal(signal);
        match audience {
            Audience::Conversation { conversation, except } => {
                let Some(channel) = self.channel(*conversation) else { return 0 };
                channel.signal(&delivery, *except);
                channel.followers()
            }
            Audience::People(people) => {
                let mut sockets = 0;
                for present in people.iter().filter_map(|user| self.people.get(user)) {
                    for connection in &present.connections {
                        connection.deliver(delivery.clone());
                        sockets += 1;
                    }
                }
                sockets
            }
        }
    }
}

impl EventListener for Hub {
    fn hear(&self, event: Event, told_at: Timestamp) {
        let span = tracing::debug_span!("deliver", sockets = Empty);
        let sockets = span.in_scope(|| match event {
            Event::Conversation { conversation, rev, change } => {
                self.hear_change(conversation, rev, &change, told_at)
            }
            Event::Personal { user, rev, news } => self.hear_news(user, rev, &news),
            Event::Ephemeral { audience, signal } => self.hear_signal(&audience, &signal),
        });
        span.record("sockets", sockets);
    }

    fn hole(&self) {
        self.hole.notify_one();
    }
}

impl Witness for Hub {
    fn recall(&self, question: &Question) -> Vec<Sighting> {
        let messages = self.trail().places(question);
        let mut sightings = self.trail().recall(&messages);
        for connection in self.connections() {
            sightings.extend(connection.recall(&messages));
        }
        sightings
    }
}
