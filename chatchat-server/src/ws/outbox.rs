//! What waits for one socket.
//!
//! Events come from any thread; the socket's task takes them out. Per conversation and for the personal stream
//! the outbox remembers the last rev it took in, so that its socket sees each change once and in order. While
//! the socket is being greeted, events are put aside: the greeting tells which of them it covers.
//!
//! *Invariant: a hole in a conversation's stream is announced by `resync` before anything that comes after it.*

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Instant;

use actix_ws::Message;
use bytestring::ByteString;
use chatchat_domain::conversation::{Head, Rev, Seq, Snapshot};
use chatchat_domain::event::UserRev;
use chatchat_domain::trail::MessagePlace;
use chatchat_domain::{ConversationId, Timestamp};

use super::events;
use super::healing::ON_ITS_WAY;
use super::protocol::{Close, Place};

/// How many bytes may wait. With what the HTTP layer holds, a slow reader costs less than 1 MiB.
const MAX_BYTES: usize = 768 * 1024;
/// What a control frame counts for: its payload has at most 125 bytes (RFC 6455, section 5.5).
const CONTROL_FRAME: usize = 128;
/// How many personal events may wait for an earlier one, and how many changes of a conversation for the event that
/// tells of it. For an earlier one that does not come, the socket starts over.
const MAX_EARLY: usize = 256;

/// An event on its way to a socket.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    pub(super) frame: ByteString,
    pub(super) place: Place,
    /// The message that has changed, if one has: nothing to whom it is not for.
    pub(super) about: Option<Seq>,
    /// The conversation that the socket follows from now on.
    pub(super) follows: Option<Follow>,
    /// The message, if it tells of a new one.
    pub(super) new: Option<NewMessage>,
}

/// A new message, and when its node was told of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewMessage {
    pub(super) message: MessagePlace,
    pub(super) told_at: Timestamp,
}

/// A conversation that a socket follows after a rev; changes of messages up to the floor are nothing to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Follow {
    pub(super) conversation: ConversationId,
    pub(super) rev: Rev,
    pub(super) floor: Seq,
}

/// What a socket knows of a conversation that it follows.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// The last change that it was told of.
    rev: Rev,
    /// Messages up to this one are not for its person.
    floor: Seq,
}

/// The frame of an event.
#[derive(Debug)]
struct Frame {
    text: ByteString,
    /// As in [`Delivery`].
    new: Option<NewMessage>,
}

impl From<ByteString> for Frame {
    fn from(text: ByteString) -> Self {
        Self { text, new: None }
    }
}

/// What is taken out.
pub(super) struct Taken {
    pub(super) message: Message,
    /// As in [`Delivery`].
    pub(super) new: Option<NewMessage>,
}

/// A frame that waits. Events can be had again by a sync, a reply cannot.
#[derive(Debug)]
enum Waiting {
    Event(Frame),
    Reply(Message),
}

impl Waiting {
    fn size(&self) -> usize {
        match self {
            Self::Event(Frame { text, .. }) | Self::Reply(Message::Text(text)) => text.len(),
            // Who asks for many and reads none makes them wait, too.
            Self::Reply(_) => CONTROL_FRAME,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    /// Put aside while the socket is being greeted.
    aside: Option<Vec<Delivery>>,
    aside_bytes: usize,
    known: HashMap<ConversationId, Known>,
    user_rev: UserRev,
    early: BTreeMap<u64, (Instant, Delivery)>,
    /// The changes of conversations of which the socket is told by a personal event that is early.
    held: HashMap<ConversationId, Vec<Frame>>,
    /// Told to sync because too much waited, and has not caught up since.
    slow: bool,
    /// How often it was told to sync since somebody asked.
    resyncs: u64,
    close: Option<Close>,
}

impl Outbox {
    /// Puts events aside until [`Self::greet`], also those that wait for earlier ones.
    pub(super) fn begin_greeting(&mut self) {
        let early = std::mem::take(&mut self.early).into_values().map(|(_, delivery)| delivery);
        self.aside.get_or_insert_default().extend(early);
        self.held.clear();
    }

    /// Sends the greeting, then what was put aside and is not covered by it.
    pub(super) fn greet(&mut self, greeting: Option<ByteString>, snapshot: &Snapshot) {
        let known = std::mem::take(&mut self.known);
        let told = |head: &Head| {
            let rev = known.get(&head.conversation).map_or(head.rev, |known| head.rev.max(known.rev));
            (head.conversation, Known { rev, floor: head.floor })
        };
        self.known = snapshot.heads.iter().map(told).collect();
        self.user_rev = self.user_rev.max(snapshot.user_rev);
        if let Some(greeting) = greeting {
            self.reply(greeting);
        }
        self.aside_bytes = 0;
        for delivery in self.aside.take().unwrap_or_default() {
            self.deliver(delivery);
        }
    }

    /// Takes in a reply. Replies are not dropped: a socket whose replies wait is not read from.
    pub(super) fn reply(&mut self, frame: ByteString) {
        self.put(Waiting::Reply(Message::Text(frame)));
    }

    /// Takes in a WebSocket control frame.
    pub(super) fn control(&mut self, frame: Message) {
        self.put(Waiting::Reply(frame));
    }

    /// Whether so much waits that no more should be asked for.
    pub(super) fn is_crowded(&self) -> bool {
        self.bytes > MAX_BYTES / 2
    }

    /// Takes in an event, unless the socket has it already.
    pub(super) fn deliver(&mut self, delivery: Delivery) {
        if let Some(aside) = &mut self.aside {
            self.aside_bytes += delivery.frame.len();
            if self.aside_bytes <= MAX_BYTES {
                aside.push(delivery);
            }
            return; // what did not fit leaves a hole, which shows when the next one comes
        }
        match delivery.place {
            Place::Conversation(conversation, rev) => self.deliver_change(conversation, rev, delivery),
            Place::Personal(rev) => self.deliver_news(rev, delivery),
            Place::Ephemeral => self.event(delivery.frame.into()),
        }
    }

    /// Whether a personal event has waited too long for an earlier one.
    pub(super) fn has_waited_in_vain(&self, now: Instant) -> bool {
        self.early.values().any(|(since, _)| now.duration_since(*since) >= ON_ITS_WAY)
    }

    /// Whether the socket has not been told of the person's stream up to `rev`, and is not being told now.
    pub(super) fn lacks(&self, rev: UserRev) -> bool {
        self.aside.is_none() && self.user_rev < rev
    }

    /// The rev up to which the socket has the conversation, if it follows it.
    pub(super) fn known(&self, conversation: ConversationId) -> Option<Rev> {
        self.known.get(&conversation).map(|known| known.rev)
    }

    /// The conversations that the socket follows.
    pub(super) fn followed(&self) -> Vec<ConversationId> {
        self.known.keys().copied().collect()
    }

    /// Stops following the conversation.
    pub(super) fn unfollow(&mut self, conversation: ConversationId) {
        self.known.remove(&conversation);
        self.held.remove(&conversation);
    }

    /// Asks the socket's task to close it, once what waits is out of the way: for a slow reader, nothing but the
    /// word that it has missed something.
    pub(super) fn close(&mut self, close: Close) {
        if close == Close::TooSlow && self.close.is_none() {
            self.waiting.clear();
            self.bytes = 0;
            self.resyncs += 1;
            self.put(Waiting::Event(events::resync(None).into()));
        }
        self.close.get_or_insert(close);
    }

    /// Takes out the next frame.
    pub(super) fn take(&mut self) -> Option<Taken> {
        let Some(next) = self.waiting.pop_front() else {
            self.slow = false;
            self.waiting.shrink_to(4);
            return None;
        };
        self.bytes = self.bytes.saturating_sub(next.size());
        Some(match next {
            Waiting::Event(Frame { text, new }) => Taken { message: Message::Text(text), new },
            Waiting::Reply(message) => Taken { message, new: None },
        })
    }

    /// How often the socket was told to sync since this was asked last.
    pub(super) fn take_resyncs(&mut self) -> u64 {
        std::mem::take(&mut self.resyncs)
    }

    /// Why the socket is to be closed, if it is.
    pub(super) fn closing(&self) -> Option<Close> {
        self.close
    }

    fn deliver_change(&mut self, conversation: ConversationId, rev: Rev, delivery: Delivery) {
        let Some(known) = self.known.get_mut(&conversation) else { return };
        if rev <= known.rev {
            return;
        }
        let hole = rev.0 > known.rev.0 + 1;
        let is_below = delivery.about.is_some_and(|seq| seq <= known.floor);
        known.rev = rev;
        if hole {
            self.resyncs += 1;
            self.pass_change(conversation, events::resync(Some(conversation)).into());
        }
        let frame = if is_below {
            events::noop(conversation, rev).into()
        } else {
            Frame { text: delivery.frame, new: delivery.new }
        };
        self.pass_change(conversation, frame);
    }

    /// Passes the frame on, if the socket knows of its conversation; otherwise soon.
    fn pass_change(&mut self, conversation: ConversationId, frame: Frame) {
        match self.held.get_mut(&conversation) {
            None => self.event(frame),
            Some(held) if held.len() < MAX_EARLY => held.push(frame),
            Some(held) => {
                self.resyncs += 1;
                *held = vec![events::resync(Some(conversation)).into()];
            }
        }
    }

    fn deliver_news(&mut self, rev: UserRev, delivery: Delivery) {
        if rev <= self.user_rev {
            return;
        }
        if rev.0 == self.user_rev.0 + 1 {
            self.pass_news(delivery);
            self.pass_early();
        } else if self.early.len() < MAX_EARLY {
            if let Some(follow) = delivery.follows {
                self.know(follow);
                self.held.entry(follow.conversation).or_default();
            }
            self.early.entry(rev.0).or_insert_with(|| (Instant::now(), delivery));
        }
    }

    fn know(&mut self, Follow { conversation, rev, floor }: Follow) {
        let known = self.known.entry(conversation).or_default();
        *known = Known { rev: rev.max(known.rev), floor };
    }

    fn pass_news(&mut self, delivery: Delivery) {
        if let Place::Personal(rev) = delivery.place {
            self.user_rev = rev;
        }
        self.event(delivery.frame.into());
        if let Some(follow) = delivery.follows {
            self.know(follow);
            let held = self.held.remove(&follow.conversation).unwrap_or_default();
            held.into_iter().for_each(|frame| self.event(frame));
        }
    }

    fn pass_early(&mut self) {
        while let Some(first) = self.early.first_entry() {
            if *first.key() > self.user_rev.0 + 1 {
                break;
            }
            let (rev, (_, delivery)) = first.remove_entry();
            if rev > self.user_rev.0 {
                self.pass_news(delivery);
            }
        }
    }

    fn event(&mut self, frame: Frame) {
        if self.bytes + frame.text.len() <= MAX_BYTES {
            return self.put(Waiting::Event(frame));
        }
        if self.slow {
            return self.close(Close::TooSlow);
        }
        self.slow = true;
        self.drop_events();
        self.resyncs += 1;
        self.put(Waiting::Event(events::resync(None).into()));
    }

    fn drop_events(&mut self) {
        self.waiting.retain(|waiting| matches!(waiting, Waiting::Reply(_)));
        self.bytes = self.waiting.iter().map(Waiting::size).sum();
    }

    fn put(&mut self, waiting: Waiting) {
        if self.close.is_none() {
            self.bytes += waiting.size();
            self.waiting.push_back(waiting);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: ConversationId = ConversationId::from_bytes([7; 16]);
    const OTHER: ConversationId = ConversationId::from_bytes([8; 16]);

    fn change(rev: u64) -> Delivery {
        let frame = format!("change {rev}").into();
        Delivery { frame, place: Place::Conversation(ROOM, Rev(rev)), about: None, follows: None, new: None }
    }

    fn news(rev: u64) -> Delivery {
        let place = Place::Personal(UserRev(rev));
        Delivery { frame: format!("news {rev}").into(), place, about: None, follows: None, new: None }
    }

    fn follow(rev: u64) -> Follow {
        Follow { conversation: OTHER, rev: Rev(rev), floor: Seq(3) }
    }

    fn greeted(rev: u64) -> Outbox {
        let mut outbox = Outbox::default();
        let head = Head {
            conversation: ROOM,
            last_seq: Seq(0),
            rev: Rev(rev),
            read_seq: Seq(0),
            unread: 0,
            floor: Seq(0),
        };
        outbox.greet(None, &Snapshot { user_rev: UserRev(0), heads: vec![head] });
        outbox
    }

    fn taken(outbox: &mut Outbox) -> Vec<String> {
        std::iter::from_fn(|| outbox.take().map(|taken| taken.message))
            .map(|message| match message {
                Message::Text(text) if text.contains("resync") => "resync".to_owned(),
                Message::Text(text) => text.to_string(),
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn answers_to_pings_that_nobody_reads_crowd_it_until_they_are_taken() {
        let mut outbox = Outbox::default();
        let pongs = (0..10_000).take_while(|_| {
            outbox.control(Message::Pong(Default::default()));
            !outbox.is_crowded()
        });
        assert!(pongs.count() < 4_000);
        while outbox.take().is_some() {}
        assert!(!outbox.is_crowded());
    }

    #[test]
    fn what_the_greeting_covers_does_not_come_again() {
        let mut outbox = greeted(3);
        outbox.begin_greeting();
        for rev in 4..=6 {
            outbox.deliver(change(rev));
        }
        let head = Head {
            conversation: ROOM,
            last_seq: Seq(0),
            rev: Rev(5),
            read_seq: Seq(0),
            unread: 0,
            floor: Seq(0),
        };
        outbox.greet(Some("hello".into()), &Snapshot { user_rev: UserRev(0), heads: vec![head] });
        outbox.deliver(change(5));
        assert_eq!(taken(&mut outbox), ["hello", "change 6"]);
    }

    #[test]
    fn a_hole_is_announced_before_what_comes_after_it() {
        let mut outbox = greeted(0);
        outbox.deliver(change(1));
        outbox.deliver(change(3));
        outbox.deliver(change(2));
        assert_eq!(taken(&mut outbox), ["change 1", "resync", "change 3"]);
    }

    #[test]
    fn a_change_of_what_came_before_the_person_is_nothing_to_them() {
        let mut outbox = greeted(0);
        outbox.deliver(Delivery { follows: Some(follow(1)), ..news(1) });
        for (rev, seq) in [(2, 3), (3, 4)] {
            let place = Place::Conversation(OTHER, Rev(rev));
            outbox.deliver(Delivery { place, about: Some(Seq(seq)), ..change(rev) });
        }
        let heard = taken(&mut outbox);
        assert_eq!((heard[0].as_str(), heard[2].as_str()), ("news 1", "change 3"));
        assert!(heard[1].contains("noop") && heard[1].contains("\"rev\":2"), "{}", heard[1]);
    }

    #[test]
    fn personal_news_wait_for_an_earlier_one_but_not_for_ever() {
        let mut outbox = greeted(0);
        outbox.deliver(news(2));
        outbox.deliver(news(1));
        outbox.deliver(news(4));
        assert_eq!(taken(&mut outbox), ["news 1", "news 2"]);
        assert!(!outbox.has_waited_in_vain(Instant::now()));
        assert!(outbox.has_waited_in_vain(Instant::now() + ON_ITS_WAY));
        outbox.begin_greeting();
        let snapshot = Snapshot { user_rev: UserRev(3), heads: vec![] };
        outbox.greet(Some("resync".into()), &snapshot);
        assert_eq!(taken(&mut outbox), ["resync", "news 4"]);
        assert!(!outbox.has_waited_in_vain(Instant::now() + ON_ITS_WAY));
    }

    #[test]
    fn a_conversation_that_is_told_of_early_loses_nothing() {
        let mut outbox = greeted(0);
        let added = |rev, at| Delivery { follows: Some(follow(at)), ..news(rev) };
        outbox.deliver(added(2, 5));
        for rev in [5, 6, 8] {
            let frame = format!("other {rev}").into();
            outbox.deliver(Delivery {
                frame,
                place: Place::Conversation(OTHER, Rev(rev)),
                about: None,
                follows: None,
                new: None,
            });
        }
        assert!(taken(&mut outbox).is_empty(), "the client knows nothing of it yet");
        outbox.deliver(news(1));
        assert_eq!(taken(&mut outbox), ["news 1", "news 2", "other 6", "resync", "other 8"]);
    }

    #[test]
    fn of_a_conversation_that_is_told_of_early_not_everything_is_kept() {
        let mut outbox = greeted(0);
        outbox.deliver(Delivery { follows: Some(follow(0)), ..news(2) });
        for rev in 1..=u64::try_from(MAX_EARLY).unwrap() + 1 {
            outbox.deliver(Delivery { place: Place::Conversation(OTHER, Rev(rev)), ..change(rev) });
        }
        outbox.deliver(news(1));
        assert_eq!(taken(&mut outbox), ["news 1", "news 2", "resync"]);
    }

    #[test]
    fn what_was_told_before_a_second_greeting_is_not_told_again() {
        let mut outbox = greeted(0);
        outbox.deliver(change(1));
        outbox.deliver(news(1));
        let head = Head {
            conversation: ROOM,
            last_seq: Seq(0),
            rev: Rev(0),
            read_seq: Seq(0),
            unread: 0,
            floor: Seq(0),
        };
        outbox.greet(None, &Snapshot { user_rev: UserRev(0), heads: vec![head] });
        outbox.deliver(change(1));
        outbox.deliver(news(1));
        assert_eq!(taken(&mut outbox), ["change 1", "news 1"]);
    }

    #[test]
    fn too_much_waiting_becomes_a_resync_and_then_the_end() {
        let mut outbox = greeted(0);
        let large = |rev| Delivery { frame: "x".repeat(MAX_BYTES / 4).into(), ..change(rev) };
        outbox.reply("a reply".into());
        for rev in 1..=4 {
            outbox.deliver(large(rev));
        }
        assert_eq!(outbox.closing(), None);
        for rev in 5..=8 {
            outbox.deliver(large(rev));
        }
        assert_eq!(outbox.closing(), Some(Close::TooSlow));
        assert_eq!(taken(&mut outbox), ["resync"]);
    }

    #[test]
    fn a_reader_that_catches_up_is_slow_no_more() {
        let mut outbox = greeted(0);
        let large = |rev| Delivery { frame: "x".repeat(MAX_BYTES / 4).into(), ..change(rev) };
        for round in 0..3 {
            for rev in 1..=5 {
                outbox.deliver(large(round * 5 + rev));
            }
            assert!(taken(&mut outbox).contains(&"resync".to_owned()));
        }
        assert_eq!(outbox.closing(), None);
    }
}
