use chatchat_domain::event::{Audience, Event, Signal};
use chatchat_domain::ports::Topic;
use chatchat_domain::{Timestamp, UserId};
use serde::{Deserialize, Serialize};

use super::super::NodeId;
use super::super::json::Carried;
use super::Partition;
use crate::trace::TraceContext;

/// What one node tells others in a partition: its name, a letter for the kind, and JSON if there is more to say.
pub(super) enum Letter {
    /// These have happened.
    Events(Vec<Told>),
    /// Something has happened that others could not be told.
    Hole,
    /// Nothing; the node listens for it itself.
    Beat,
}

/// An event, when its node was told of it, and where in a trace that was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) at: Timestamp,
    pub(super) event: Event,
    pub(super) trace: Option<TraceContext>,
}

/// The moment in microseconds, and the event.
#[derive(Serialize, Deserialize)]
struct Written(i64, Carried);

impl From<Told> for Written {
    fn from(Told { at, event, trace }: Told) -> Self {
        Self(at.unix_micros(), Carried::new(event, trace.as_ref()))
    }
}

impl From<Written> for Told {
    fn from(Written(at, carried): Written) -> Self {
        let (event, trace) = carried.take();
        Self { at: Timestamp::from_unix_micros(at), event, trace }
    }
}

const EVENTS: u8 = b'e';
const HOLE: u8 = b'h';
const BEAT: u8 = b'b';

impl Letter {
    /// How many events it tells of.
    pub(super) fn events(&self) -> u64 {
        match self {
            Self::Events(events) => u64::try_from(events.len()).unwrap_or_default(),
            Self::Hole | Self::Beat => 0,
        }
    }

    /// Where in traces its events come from.
    pub(super) fn traces(&self) -> impl Iterator<Item = &TraceContext> {
        let events = match self {
            Self::Events(events) => events.as_slice(),
            Self::Hole | Self::Beat => &[],
        };
        events.iter().filter_map(|told| told.trace.as_ref())
    }

    /// As it is sent; nothing if it cannot be.
    pub(super) fn seal(self, node: &NodeId) -> Option<Vec<u8>> {
        let mut sealed = node.as_str().as_bytes().to_vec();
        match self {
            Self::Events(events) => {
                sealed.push(EVENTS);
                let events: Vec<Written> = events.into_iter().map(Written::from).collect();
                serde_json::to_writer(&mut sealed, &events).ok()?;
            }
            Self::Hole => sealed.push(HOLE),
            Self::Beat => sealed.push(BEAT),
        }
        Some(sealed)
    }

    /// Who wrote it, and what, which is read only if it is another's or a beat.
    pub(super) fn open(sealed: &[u8], node: &NodeId) -> Opened {
        let Some((from, [kind, said @ ..])) = sealed.split_at_checked(NodeId::LENGTH) else {
            return Opened::Illegible;
        };
        if from == node.as_str().as_bytes() {
            return if *kind == BEAT { Opened::OwnBeat } else { Opened::Ours };
        }
        match *kind {
            EVENTS => match serde_json::from_slice::<Vec<Written>>(said) {
                Ok(events) => Opened::Events(events.into_iter().map(Told::from).collect()),
                Err(_) => Opened::Illegible,
            },
            HOLE => Opened::Hole,
            BEAT => Opened::Ours,
            _ => Opened::Illegible,
        }
    }
}

/// What came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Opened {
    /// What another node tells.
    Events(Vec<Told>),
    /// Another node could not tell all.
    Hole,
    /// This node's own beat.
    OwnBeat,
    /// What this node said itself, or what is for its writer alone.
    Ours,
    /// Something that a newer version says, or nobody.
    Illegible,
}

/// Which partitions the event goes to, and what of it.
pub(super) fn route(event: Event) -> Vec<(Partition, Event)> {
    let topic = match event {
        Event::Conversation { conversation, .. }
        | Event::Ephemeral { audience: Audience::Conversation { conversation, .. }, .. } => {
            Topic::Conversation(conversation)
        }
        Event::Personal { user, .. } => Topic::Person(user),
        Event::Ephemeral { audience: Audience::People(people), signal } => return to_people(people, &signal),
    };
    vec![(Partition::of(topic), event)]
}

/// Each partition is told of its own people.
fn to_people(people: Vec<UserId>, signal: &Signal) -> Vec<(Partition, Event)> {
    let mut by_partition = std::collections::BTreeMap::<Partition, Vec<UserId>>::new();
    for user in people {
        by_partition.entry(Partition::of(Topic::Person(user))).or_default().push(user);
    }
    let tell = |people| Event::Ephemeral { audience: Audience::People(people), signal: signal.clone() };
    by_partition.into_iter().map(|(partition, people)| (partition, tell(people))).collect()
}

#[cfg(test)]
mod tests {
    use chatchat_domain::ConversationId;

    use super::*;

    const ANN: UserId = UserId::from_bytes([1; 16]);
    const BOB: UserId = UserId::from_bytes([2; 16]);

    fn typing(audience: Audience) -> Event {
        let conversation = ConversationId::from_bytes([3; 16]);
        Event::Ephemeral { audience, signal: Signal::Typing { conversation, user: ANN } }
    }

    #[test]
    fn others_read_what_is_for_them_and_the_writer_only_its_beats() {
        let (ours, theirs) = (NodeId::fresh(), NodeId::fresh());
        let at = Timestamp::from_unix_micros(1_700_000_000_000_000);
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().ok();
        let event = || typing(Audience::People(vec![ANN]));
        let events = || {
            vec![Told { at, event: event(), trace: trace.clone() }, Told { at, event: event(), trace: None }]
        };
        let sealed = |letter: Letter| letter.seal(&ours).unwrap();
        for (letter, to_others, to_us) in [
            (Letter::Events(events()), Opened::Events(events()), Opened::Ours),
            (Letter::Hole, Opened::Hole, Opened::Ours),
            (Letter::Beat, Opened::Ours, Opened::OwnBeat),
        ] {
            let sealed = sealed(letter);
            assert_eq!(Letter::open(&sealed, &theirs), to_others);
            assert_eq!(Letter::open(&sealed, &ours), to_us);
        }
    }

    #[test]
    fn what_nobody_writes_is_illegible() {
        let node = NodeId::fresh();
        for sealed in ["", "short", "0123456789abcdef", "0123456789abcdefx", "0123456789abcdefe[{]"] {
            assert_eq!(Letter::open(sealed.as_bytes(), &node), Opened::Illegible, "{sealed}");
        }
    }

    #[test]
    fn people_hear_in_their_own_partitions() {
        let routed = route(typing(Audience::People(vec![ANN, BOB])));
        let of = |user| Partition::of(Topic::Person(user));
        assert_ne!(of(ANN), of(BOB));
        let alone = |user| (of(user), typing(Audience::People(vec![user])));
        assert_eq!(routed.len(), 2);
        assert!(routed.contains(&alone(ANN)) && routed.contains(&alone(BOB)), "{routed:?}");
    }
}
