//! One conversation's stream on this node, put in `rev` order for the sockets that follow it.
//!
//! The bus may lose, repeat and reorder. A change that comes early waits here until those before it have come,
//! or were read from the store.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chatchat_domain::conversation::Rev;
use chatchat_domain::event::Change;
use chatchat_domain::{ConversationId, UserId};

use super::connection::Connection;
use super::outbox::Delivery;

/// How many changes may wait for an earlier one; beyond that the store is asked again.
const MAX_EARLY: usize = 1024;

/// What a channel needs to know of a change besides its frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    None,
    /// The person follows it no more.
    Leaves(UserId),
    /// Nobody does.
    Ends,
}

impl From<&Change> for Effect {
    fn from(change: &Change) -> Self {
        match change {
            Change::MemberRemoved(user) => Self::Leaves(*user),
            Change::Removed => Self::Ends,
            _ => Self::None,
        }
    }
}

/// Whether a channel has all it needs to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// Nothing is missing, as far as is known.
    Complete,
    /// A change before one that has come is missing.
    Missing,
    /// The stream has ended.
    Ended,
}

#[derive(Default)]
pub(super) struct Channel {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The last change passed on; unknown until the first follower's greeting tells.
    head: Option<Rev>,
    early: BTreeMap<Rev, (Delivery, Effect)>,
    followers: Vec<Arc<Connection>>,
    repairing: bool,
}

impl Channel {
    /// Lets the connection follow; false if it does already.
    pub(super) fn follow(&self, connection: &Arc<Connection>) -> bool {
        let mut state = self.lock();
        let new = !state.followers.iter().any(|follower| follower.id == connection.id);
        if new {
            state.followers.push(Arc::clone(connection));
        }
        new
    }

    /// Lets the connection follow no more; true if nobody is left.
    pub(super) fn unfollow(&self, connection: &Connection) -> bool {
        let mut state = self.lock();
        state.followers.retain(|follower| follower.id != connection.id);
        state.followers.is_empty()
    }

    /// Lets a connection that does not know the conversation any more follow no more; true if nobody is left.
    pub(super) fn let_go(&self, connection: &Connection, conversation: ConversationId) -> bool {
        let mut state = self.lock();
        state.followers.retain(|follower| follower.id != connection.id || connection.knows(conversation));
        state.followers.is_empty()
    }

    /// Lets go of connections that are gone; true if nobody is left.
    pub(super) fn prune(&self) -> bool {
        let mut state = self.lock();
        state.followers.retain(|follower| !follower.is_gone());
        state.followers.is_empty()
    }

    /// Whether nobody follows.
    pub(super) fn is_idle(&self) -> bool {
        self.lock().followers.is_empty()
    }

    /// The store had the conversation at `rev`: where nothing was known, the stream goes on from there.
    pub(super) fn establish(&self, rev: Rev) -> Progress {
        let mut state = self.lock();
        if state.head.is_none() {
            state.head = Some(rev);
            state.early.retain(|early, _| *early > rev);
        }
        state.pass_on()
    }

    /// Takes in a change that the bus has carried, or that was read from the store.
    pub(super) fn take_in(&self, rev: Rev, delivery: Delivery, effect: Effect) -> Progress {
        let mut state = self.lock();
        if state.head.is_some_and(|head| rev <= head) {
            return Progress::Complete;
        }
        if state.early.len() < MAX_EARLY || state.is_next(rev) {
            state.early.insert(rev, (delivery, effect));
        }
        state.pass_on()
    }

    /// Passes on something that belongs to no stream, to all but one person.
    pub(super) fn signal(&self, delivery: &Delivery, except: UserId) {
        for follower in self.lock().followers.iter().filter(|follower| follower.user != except) {
            follower.deliver(delivery.clone());
        }
    }

    /// The last change passed on, if the stream is established.
    pub(super) fn head(&self) -> Option<Rev> {
        self.lock().head
    }

    /// How many sockets follow.
    pub(super) fn followers(&self) -> usize {
        self.lock().followers.len()
    }

    /// Claims the right to repair the stream; there is one at a time.
    pub(super) fn begin_repair(&self) -> bool {
        !std::mem::replace(&mut self.lock().repairing, true)
    }

    /// Gives the right back.
    pub(super) fn end_repair(&self) {
        self.lock().repairing = false;
    }

    /// Whether something that has come still waits for something that has not.
    pub(super) fn is_missing(&self) -> bool {
        let state = self.lock();
        state.head.is_some() && !state.early.is_empty()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_next(&self, rev: Rev) -> bool {
        self.head.is_some_and(|head| rev.0 == head.0 + 1)
    }

    /// Passes on all that is next.
    fn pass_on(&mut self) -> Progress {
        while let Some(first) = self.early.first_entry() {
            let rev = *first.key();
            if self.head.is_none_or(|head| rev.0 > head.0 + 1) {
                return if self.head.is_some() { Progress::Missing } else { Progress::Complete };
            }
            let (delivery, effect) = first.remove();
            self.head = Some(rev);
            if let Effect::Leaves(user) = effect {
                self.remove(user, &delivery);
            }
            for follower in &self.followers {
                follower.deliver(delivery.clone());
            }
            if effect == Effect::Ends {
                self.followers.clear();
                self.early.clear();
                return Progress::Ended;
            }
        }
        Progress::Complete
    }

    /// Removes the person's connections, but for those that have come back since.
    fn remove(&mut self, user: UserId, delivery: &Delivery) {
        self.followers.retain(|follower| follower.user != user || !follower.leaves(delivery));
    }
}

#[cfg(test)]
mod tests {
    use actix_ws::Message;
    use chatchat_domain::conversation::{Head, Seq, Snapshot};
    use std::net::Ipv4Addr;

    use chatchat_domain::event::UserRev;
    use chatchat_domain::session::Caller;
    use chatchat_domain::{SessionId, Timestamp};

    use super::super::protocol::Place;
    use super::*;

    const ROOM: ConversationId = ConversationId::from_bytes([7; 16]);
    const ANN: UserId = UserId::from_bytes([1; 16]);
    const BOB: UserId = UserId::from_bytes([2; 16]);

    /// A connection of `user` that has been greeted when the conversation was at `rev`.
    fn connection(id: u64, user: UserId, rev: u64) -> Arc<Connection> {
        let moment = Timestamp::from_unix_micros(0);
        let session = SessionId::from_bytes([9; 16]);
        let caller = Caller { user, session, issued_at: moment, expires_at: moment };
        let connection = Connection::new(id, caller, Ipv4Addr::LOCALHOST.into());
        greet(&connection, rev);
        Arc::new(connection)
    }

    fn greet(connection: &Connection, rev: u64) {
        let head = Head {
            conversation: ROOM,
            last_seq: Seq(0),
            rev: Rev(rev),
            read_seq: Seq(0),
            unread: 0,
            floor: Seq(0),
        };
        let snapshot = Snapshot { user_rev: UserRev(0), heads: vec![head] };
        connection.with_outbox(|outbox| outbox.greet(None, &snapshot));
    }

    fn take_in(channel: &Channel, rev: u64, effect: Effect) -> Progress {
        let place = Place::Conversation(ROOM, Rev(rev));
        let delivery =
            Delivery { frame: rev.to_string().into(), place, about: None, follows: None, new: None };
        channel.take_in(Rev(rev), delivery, effect)
    }

    fn heard(connection: &Connection) -> Vec<String> {
        let take = || connection.with_outbox(|outbox| outbox.take().map(|taken| taken.message));
        std::iter::from_fn(take)
            .map(|message| match message {
                Message::Text(text) => text.to_string(),
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn changes_are_passed_on_in_rev_order_whatever_order_they_come_in() {
        let (channel, ann) = (Channel::default(), connection(1, ANN, 3));
        channel.follow(&ann);
        assert_eq!(take_in(&channel, 5, Effect::None), Progress::Complete, "nothing is known yet");
        assert_eq!(channel.establish(Rev(3)), Progress::Missing);
        for rev in [4, 4, 7, 3, 6] {
            take_in(&channel, rev, Effect::None);
        }
        assert_eq!(heard(&ann), ["4", "5", "6", "7"]);
    }

    #[test]
    fn who_leaves_hears_nothing_more_and_others_do() {
        let (channel, ann, bob) = (Channel::default(), connection(1, ANN, 0), connection(2, BOB, 0));
        channel.follow(&ann);
        channel.follow(&bob);
        channel.establish(Rev(0));
        take_in(&channel, 1, Effect::Leaves(BOB));
        take_in(&channel, 2, Effect::None);
        assert_eq!((heard(&ann), heard(&bob)), (vec!["1".to_owned(), "2".to_owned()], vec![]));
    }

    #[test]
    fn who_has_come_back_since_is_not_removed_by_the_old_removal() {
        let (channel, bob) = (Channel::default(), connection(2, BOB, 5));
        channel.follow(&bob);
        channel.establish(Rev(0));
        for rev in 1..=6 {
            take_in(&channel, rev, if rev == 2 { Effect::Leaves(BOB) } else { Effect::None });
        }
        assert_eq!(heard(&bob), ["6"]);
    }

    #[test]
    fn the_end_is_the_last_of_the_stream() {
        let (channel, ann) = (Channel::default(), connection(1, ANN, 0));
        channel.follow(&ann);
        channel.establish(Rev(0));
        assert_eq!(take_in(&channel, 1, Effect::Ends), Progress::Ended);
        take_in(&channel, 2, Effect::None);
        assert_eq!(heard(&ann), ["1"]);
        assert!(channel.is_idle());
    }
}
