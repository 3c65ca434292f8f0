//! What this node has seen of messages, for a while: so that whoever runs the service can say where one is.
//!
//! What is written to a socket is noted at that socket, so that nobody waits for anybody else; all else is rare enough
//! for one list. Everything has a bound, beyond which the oldest is forgotten.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chatchat_domain::conversation::{ClientId, Message, Seq};
use chatchat_domain::trail::{MessagePlace, Question, Sighting, Step};
use chatchat_domain::{ConversationId, SessionId, Timestamp, UserId};

/// How many messages that were sent here, or heard of, are remembered, and how many times somebody has read.
const MESSAGES: usize = 16_384;
/// How many of the sockets that have gone are remembered.
const GONE: usize = 1_024;
/// How many of the messages that were written to it a socket remembers.
const WRITTEN: usize = 64;

/// The newest of many, up to a bound.
#[derive(Debug)]
pub(super) struct Newest<T, const BOUND: usize>(VecDeque<T>);

impl<T, const BOUND: usize> Default for Newest<T, BOUND> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T, const BOUND: usize> Newest<T, BOUND> {
    pub(super) fn push(&mut self, one: T) {
        if self.0.len() == BOUND {
            self.0.pop_front();
        }
        self.0.push_back(one);
    }
}

/// The messages that were written to a socket, and when.
pub(super) type Deliveries = Newest<(MessagePlace, Timestamp), WRITTEN>;

/// Somebody's sending of a message.
struct Sent {
    message: MessagePlace,
    client_id: ClientId,
    session: SessionId,
    accepted_at: Timestamp,
    acknowledged_at: Timestamp,
}

/// A new message that this node was told of.
struct Heard {
    message: MessagePlace,
    client_id: ClientId,
    committed_at: Timestamp,
    heard_at: Timestamp,
}

/// Somebody has read up to a message.
struct Read {
    up_to: MessagePlace,
    user: UserId,
    at: Timestamp,
}

/// A socket that has gone.
struct Gone {
    user: UserId,
    session: SessionId,
    written: Deliveries,
}

/// What this node remembers.
#[derive(Default)]
pub(crate) struct Trail {
    sent: Mutex<Newest<Sent, MESSAGES>>,
    heard: Mutex<Newest<Heard, MESSAGES>>,
    read: Mutex<Newest<Read, MESSAGES>>,
    gone: Mutex<Newest<Gone, GONE>>,
}

impl Trail {
    /// A request of `session` to send the message was read at `accepted_at` and is answered at `acknowledged_at`.
    pub(crate) fn sent(
        &self,
        message: &Message,
        session: SessionId,
        accepted_at: Timestamp,
        acknowledged_at: Timestamp,
    ) {
        if let Some(client_id) = message.client_id.clone() {
            let message = place(message);
            lock(&self.sent).push(Sent { message, client_id, session, accepted_at, acknowledged_at });
        }
    }

    /// The message was committed at `committed_at`, and this node has heard of it.
    pub(super) fn heard(&self, message: &Message, committed_at: Timestamp, heard_at: Timestamp) {
        if let Some(client_id) = message.client_id.clone() {
            lock(&self.heard).push(Heard { message: place(message), client_id, committed_at, heard_at });
        }
    }

    /// The same for a message of which this node was not told, but has read.
    pub(super) fn read_later(&self, message: &Message, read_at: Timestamp) {
        let is_known = lock(&self.heard).0.iter().any(|heard| heard.message == place(message));
        if !is_known {
            self.heard(message, message.created_at, read_at);
        }
    }

    /// Somebody has read.
    pub(super) fn read(&self, conversation: ConversationId, user: UserId, up_to: Seq, at: Timestamp) {
        lock(&self.read).push(Read { up_to: MessagePlace { conversation, seq: up_to }, user, at });
    }

    /// A socket has gone, to which this was written.
    pub(super) fn gone(&self, user: UserId, session: SessionId, written: Deliveries) {
        if !written.0.is_empty() {
            lock(&self.gone).push(Gone { user, session, written });
        }
    }

    /// The messages in question, of those that this node knows.
    pub(super) fn places(&self, question: &Question) -> Vec<MessagePlace> {
        let mut places = question.places.clone();
        let is_named_so = |client_id: &ClientId| *client_id == question.client_id;
        places.extend(
            lock(&self.sent).0.iter().filter(|one| is_named_so(&one.client_id)).map(|one| one.message),
        );
        places.extend(
            lock(&self.heard).0.iter().filter(|one| is_named_so(&one.client_id)).map(|one| one.message),
        );
        places.sort_unstable();
        places.dedup();
        places
    }

    /// What is remembered of the messages, sockets that are open apart.
    pub(super) fn recall(&self, places: &[MessagePlace]) -> Vec<Sighting> {
        let mut sightings = Vec::new();
        let mut see = |message, at, step| sightings.push(Sighting { message, at, step });
        for sent in lock(&self.sent).0.iter().filter(|sent| places.contains(&sent.message)) {
            let session = sent.session;
            see(sent.message, sent.accepted_at, Step::Accepted { session });
            see(sent.message, sent.acknowledged_at, Step::Acknowledged { session });
        }
        for heard in lock(&self.heard).0.iter().filter(|heard| places.contains(&heard.message)) {
            see(heard.message, heard.committed_at, Step::Committed);
            see(heard.message, heard.heard_at, Step::Published);
        }
        let read = lock(&self.read);
        for place in places {
            for (user, at) in first_reads(&read, *place) {
                see(*place, at, Step::Read { user });
            }
        }
        drop(read);
        for Gone { user, session, written } in &lock(&self.gone).0 {
            sightings.extend(delivered(written, places, *user, *session));
        }
        sightings
    }
}

/// What was written to a socket, of these messages.
pub(super) fn delivered(
    written: &Deliveries,
    places: &[MessagePlace],
    user: UserId,
    session: SessionId,
) -> impl Iterator<Item = Sighting> {
    let wanted = written.0.iter().filter(|(message, _)| places.contains(message));
    wanted.map(move |(message, at)| Sighting {
        message: *message,
        at: *at,
        step: Step::Delivered { user, session },
    })
}

/// Who has read up to the message, and when first.
fn first_reads(read: &Newest<Read, MESSAGES>, place: MessagePlace) -> Vec<(UserId, Timestamp)> {
    let mut first: Vec<(UserId, Timestamp)> = Vec::new();
    for Read { up_to, user, at } in &read.0 {
        let covers = up_to.conversation == place.conversation && up_to.seq >= place.seq;
        if covers && !first.iter().any(|(known, _)| known == user) {
            first.push((*user, *at));
        }
    }
    first
}

fn place(message: &Message) -> MessagePlace {
    MessagePlace { conversation: message.conversation, seq: message.seq }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: ConversationId = ConversationId::from_bytes([1; 16]);
    const BOB: UserId = UserId::from_bytes([2; 16]);
    const SESSION: SessionId = SessionId::from_bytes([3; 16]);

    fn at(seq: u64) -> MessagePlace {
        MessagePlace { conversation: ROOM, seq: Seq(seq) }
    }

    fn moment(micros: i64) -> Timestamp {
        Timestamp::from_unix_micros(micros)
    }

    #[test]
    fn only_the_newest_are_kept() {
        let mut written = Deliveries::default();
        for seq in 1..=100 {
            written.push((at(seq), moment(1)));
        }
        assert_eq!(written.0.len(), WRITTEN);
        assert_eq!(written.0.front().map(|(place, _)| *place), Some(at(37)));
    }

    #[test]
    fn who_reads_up_to_a_later_message_has_read_it_and_the_first_time_counts() {
        let trail = Trail::default();
        for (seq, micros) in [(3, 10), (5, 20), (9, 30)] {
            trail.read(ROOM, BOB, Seq(seq), moment(micros));
        }
        let seen = trail.recall(&[at(4)]);
        assert_eq!(seen, [Sighting { message: at(4), at: moment(20), step: Step::Read { user: BOB } }]);
    }

    #[test]
    fn what_was_written_to_a_socket_is_known_after_it_has_gone() {
        let (trail, mut written) = (Trail::default(), Deliveries::default());
        written.push((at(4), moment(7)));
        trail.gone(BOB, SESSION, written);
        let step = Step::Delivered { user: BOB, session: SESSION };
        assert_eq!(trail.recall(&[at(4)]), [Sighting { message: at(4), at: moment(7), step }]);
        assert!(trail.recall(&[at(5)]).is_empty());
    }
}
