//! Who is connected here, and to what. Hears the bus, and passes on to each socket what it follows.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use chatchat_domain::conversation::{Rev, Snapshot};
use chatchat_domain::event::{Audience, Change, Event, News, Signal, UserRev};
use chatchat_domain::ports::EventListener;
use chatchat_domain::{App, ConversationId, UserId};
use dashmap::DashMap;

use super::channel::{Channel, Effect, Progress};
use super::connection::Connection;
use super::events;
use super::protocol::Close;
use crate::view::Urls;

/// How many sockets one person may have on this node.
const MAX_SOCKETS: usize = 1024;
/// A change that comes out of order is mostly followed by the missing one; only then is the store asked.
const REPAIR_AFTER: Duration = Duration::from_millis(20);
/// How many changes a repair reads at a time.
const REPAIR_BATCH: u32 = 500;

/// What the hub leaves to whoever runs it.
#[derive(Debug, Clone, Default)]
pub struct HubSettings {
    /// Origins, besides this server's own, whose pages may connect.
    pub allowed_origins: Vec<String>,
}

/// Who is connected here, and to what.
pub struct Hub {
    /// For the repairs that it starts.
    itself: Weak<Self>,
    app: Arc<App>,
    urls: Urls,
    settings: HubSettings,
    runtime: tokio::runtime::Handle,
    people: DashMap<UserId, Vec<Arc<Connection>>>,
    channels: DashMap<ConversationId, Arc<Channel>>,
    next_connection_id: AtomicU64,
    began: Instant,
    draining: AtomicBool,
}

impl Hub {
    /// A hub for `app`; must be called inside the runtime that shall do its upkeep.
    pub fn new(app: Arc<App>, urls: Urls, settings: HubSettings) -> Arc<Self> {
        Arc::new_cyclic(|itself| Self {
            itself: Weak::clone(itself),
            app,
            urls,
            settings,
            runtime: tokio::runtime::Handle::current(),
            people: DashMap::new(),
            channels: DashMap::new(),
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
        let mut connections = self.people.entry(connection.user).or_default();
        if connections.len() >= MAX_SOCKETS {
            return Err(Close::RateLimited);
        }
        connections.push(Arc::clone(connection));
        Ok(())
    }

    /// Lets the connection hear nothing more. By its id: a person's newer connections stay.
    pub(super) fn unregister(&self, connection: &Connection) {
        connection.go();
        if let Some(mut connections) = self.people.get_mut(&connection.user) {
            connections.retain(|other| other.id != connection.id);
        }
        self.people.remove_if(&connection.user, |_, connections| connections.is_empty());
        for conversation in connection.with_outbox(|outbox| outbox.followed()) {
            self.channels.remove_if(&conversation, |_, channel| channel.unfollow(connection));
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
        self.channels.entry(conversation).or_default().follow(connection)
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
        self.channels.get(&conversation).map(|channel| Arc::clone(&channel))
    }

    pub(super) fn connections(&self) -> Vec<Arc<Connection>> {
        self.people.iter().flat_map(|connections| connections.clone()).collect()
    }

    /// The conversations that somebody follows here.
    pub(super) fn live_conversations(&self) -> Vec<ConversationId> {
        self.channels.retain(|_, channel| !channel.prune());
        self.channels.iter().map(|channel| *channel.key()).collect()
    }

    /// The store has the conversation at `rev`: reads what this node has missed.
    pub(super) fn catch_up_to(&self, conversation: ConversationId, rev: Rev) {
        if let Some(channel) = self.channel(conversation)
            && channel.head().is_some_and(|head| head < rev)
        {
            self.repair(conversation, channel);
        }
    }

    fn hear_change(&self, conversation: ConversationId, rev: Rev, change: &Change) {
        let Some(channel) = self.channel(conversation) else { return };
        let delivery = events::change(&self.urls, conversation, rev, change);
        let progress = channel.take_in(rev, delivery, Effect::from(change));
        self.attend(conversation, channel, progress);
    }

    fn attend(&self, conversation: ConversationId, channel: Arc<Channel>, progress: Progress) {
        match progress {
            Progress::Complete => {}
            Progress::Missing => self.repair(conversation, channel),
            Progress::Ended => {
                self.channels.remove_if(&conversation, |_, channel| channel.is_idle());
            }
        }
    }

    /// Reads from the store what the bus has not brought.
    fn repair(&self, conversation: ConversationId, channel: Arc<Channel>) {
        let Some(hub) = self.itself.upgrade().filter(|_| channel.begin_repair()) else { return };
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
                let delivery = events::change(&self.urls, conversation, rev, &change);
                channel.take_in(rev, delivery, Effect::from(&change));
            }
            if !channel.is_missing() {
                break;
            }
        }
        Ok(())
    }

    fn hear_news(&self, user: UserId, rev: UserRev, news: &News) {
        let Some(connections) = self.people.get(&user).map(|connections| connections.clone()) else { return };
        let delivery = events::news(&self.urls, rev, news);
        for connection in &connections {
            if let Some((conversation, _)) = delivery.follows {
                self.follow_one(connection, conversation);
            }
            connection.deliver(delivery.clone());
            if matches!(news, News::SessionEnded(session) if *session == connection.session) {
                connection.close(Close::SessionEnded);
            }
        }
        if let Some((conversation, rev)) = delivery.follows {
            self.establish_one(conversation, rev);
        }
    }

    fn hear_signal(&self, audience: &Audience, signal: &Signal) {
        let delivery = events::signal(signal);
        match audience {
            Audience::Conversation { conversation, except } => {
                if let Some(channel) = self.channel(*conversation) {
                    channel.signal(&delivery, *except);
                }
            }
            Audience::People(people) => {
                for connections in people.iter().filter_map(|user| self.people.get(user)) {
                    for connection in connections.iter() {
                        connection.deliver(delivery.clone());
                    }
                }
            }
        }
    }
}

impl EventListener for Hub {
    fn hear(&self, event: Event) {
        match event {
            Event::Conversation { conversation, rev, change } => self.hear_change(conversation, rev, &change),
            Event::Personal { user, rev, news } => self.hear_news(user, rev, &news),
            Event::Ephemeral { audience, signal } => self.hear_signal(&audience, &signal),
        }
    }

    fn hole(&self) {}
}
