//! Whatever several people do, applying events to an earlier snapshot gives the same as fetching afresh.

mod follower;
mod model;
mod recording;
mod steps;

use std::cell::Cell;
use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use recording::Recording;
use steps::{Action, Step, World};

/// Each kind of event that a client applies, the removals with their reasons.
const KINDS: [&str; 19] = [
    "message",
    "message_updated",
    "noop",
    "settings",
    "member",
    "member_removed",
    "group",
    "conversation_removed in the conversation: deleted",
    "conversation_removed: deleted",
    "conversation_removed: kicked",
    "conversation_removed: left",
    "conversation_removed: unfriended",
    "conversation_added",
    "friend_request",
    "friend",
    "friend_removed",
    "read",
    "session_ended",
    "sync after a hole",
];

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn every_kind_of_event_leads_to_what_a_fresh_fetch_shows() {
    use Action::*;
    let actions = [
        (Ask, 0, 1),
        (Decline, 1, 0),
        (Ask, 0, 1),
        (Cancel, 0, 1),
        (Ask, 0, 1),
        (Accept, 1, 0),
        (Ask, 0, 2),
        (Ask, 2, 0),
        (Create, 0, 1),
        (Join, 3, 0),
        (Send, 3, 0),
        (Send, 0, 0),
        (Send, 1, 0),
        (Read, 0, 0),
        (Mention, 3, 0),
        (Edit, 3, 0),
        (React, 0, 0),
        (React, 1, 0),
        (Unreact, 0, 0),
        (Set, 0, 0),
        (Read, 3, 0),
        (Rename, 0, 0),
        (Describe, 0, 0),
        (Add, 0, 2),
        (Send, 2, 0),
        (Leave, 3, 0),
        (Join, 3, 0),
        (Send, 0, 0),
        (Send, 0, 0),
        (Kick, 0, 3),
        (Join, 3, 0),
        (Send, 0, 0),
        (React, 0, 3),
        (Recall, 0, 0),
        (Send, 3, 0),
        (Read, 1, 0),
        (Promote, 0, 1),
        (Mute, 1, 3),
        (Send, 3, 0),
        (Guard, 1, 0),
        (Leave, 3, 0),
        (Join, 3, 0),
        (Approve, 1, 0),
        (Transfer, 0, 1),
        (Leave, 0, 0),
        (Guard, 1, 1),
        (Join, 0, 0),
        (SendDirect, 0, 1),
        (SendDirect, 0, 1),
        (ReadDirect, 1, 0),
        (SendDirect, 1, 0),
        (Unfriend, 0, 1),
        (SendDirect, 0, 1),
        (Ask, 1, 0),
        (Accept, 0, 1),
        (SendDirect, 1, 0),
        (Block, 0, 1),
        (Ask, 1, 0),
        (Unblock, 0, 1),
        (Ask, 1, 0),
        (Accept, 0, 1),
        (Session, 2, 0),
        (Delete, 1, 0),
        (Create, 0, 1),
        (Send, 0, 1),
        (Create, 0, 2),
        (Send, 0, 0),
        (Join, 3, 0),
        (Edit, 0, 1),
    ];
    let kinds = runtime().block_on(async {
        let mut world = World::new().await;
        let mut kinds = BTreeSet::new();
        for (action, who, whom) in actions {
            for loses in [7, 1] {
                // The second time is a repetition, which the rules refuse or which makes the next of its kind.
                let repeats = matches!(action, Send | SendDirect | Rename | Describe);
                if loses == 7 || repeats {
                    kinds.extend(world.runs(Step { action, who, whom, which: 0, loses }).await);
                }
            }
        }
        records(&world, "every-kind").await;
        kinds
    });
    for kind in KINDS {
        assert!(kinds.contains(kind), "{kind} has not come: {kinds:?}");
    }
}

/// Writes down what the clients have heard, if that is wanted.
async fn records(world: &World, name: &str) {
    let Some(folder) = recording::wanted() else { return };
    for (number, recording) in world.recordings().await.iter().enumerate() {
        recording.write(&folder, &format!("{name}-{number}"));
    }
}

fn action() -> impl Strategy<Value = Action> {
    use Action::*;
    prop_oneof![
        3 => Just(Ask), 3 => Just(Accept), 1 => Just(Decline), 1 => Just(Cancel), 1 => Just(Unfriend),
        2 => Just(Create), 1 => Just(Rename), 1 => Just(Describe), 4 => Just(Join), 2 => Just(Add),
        2 => Just(Leave), 2 => Just(Kick), 2 => Just(Transfer), 1 => Just(Delete), 6 => Just(Send),
        4 => Just(SendDirect), 3 => Just(Read), 2 => Just(ReadDirect), 1 => Just(Session),
        3 => Just(Mention), 3 => Just(Edit), 2 => Just(Recall), 3 => Just(React), 2 => Just(Unreact),
        2 => Just(Set), 2 => Just(Promote), 2 => Just(Mute), 1 => Just(Guard), 2 => Just(Approve), 1 => Just(Block),
        1 => Just(Unblock),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    (action(), 0..4_usize, 0..4_usize, 0..3_usize, 0..12_u64)
        .prop_map(|(action, who, whom, which, loses)| Step { action, who, whom, which, loses })
}

#[test]
fn applying_events_gives_the_same_as_fetching_afresh() {
    let config = Config {
        cases: 8,
        // Recordings are always of the same steps.
        rng_seed: recording::wanted().map_or(RngSeed::Random, |_| RngSeed::Fixed(1)),
        max_shrink_iters: 100,
        max_shrink_time: 60_000,
        failure_persistence: None,
        ..Config::default()
    };
    let runtime = runtime();
    let case = Cell::new(0);
    let run = |steps: Vec<Step>| {
        case.set(case.get() + 1);
        runtime.block_on(async {
            let mut world = World::new().await;
            for step in steps {
                world.runs(step).await;
            }
            records(&world, &format!("random-{}", case.get())).await;
        });
        Ok(())
    };
    // What fails is printed with the shortest steps that lead there.
    TestRunner::new(config).run(&proptest::collection::vec(step(), 20..45), run).unwrap();
}

#[test]
fn what_was_recorded_leads_to_what_was_fetched() {
    let paths: Vec<_> =
        std::fs::read_dir(recording::KEPT).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!paths.is_empty(), "nothing was recorded");
    runtime().block_on(async {
        for path in paths {
            for loses in [8, 0, 1, 5] {
                Recording::read(&path).leads_to_what_was_fetched(loses).await;
            }
        }
    });
}
