use std::sync::Arc;

use super::*;
use crate::conversation::{ClientId, Seq};
use crate::error::Refusal;
use crate::id::{ConversationId, SessionId, UserId};
use crate::time::Timestamp;

const ROOM: ConversationId = ConversationId::from_bytes([1; 16]);
const OTHER: ConversationId = ConversationId::from_bytes([2; 16]);
const ANN: UserId = UserId::from_bytes([3; 16]);
const BOB: UserId = UserId::from_bytes([4; 16]);
const SESSION: SessionId = SessionId::from_bytes([5; 16]);

fn name() -> ClientId {
    ClientId::new("m-1").unwrap()
}

fn place(conversation: ConversationId, seq: u64) -> MessagePlace {
    MessagePlace { conversation, seq: Seq(seq) }
}

fn traced(place: MessagePlace, client_id: ClientId) -> Traced {
    Traced {
        place,
        client_id,
        sender: ANN,
        created_at: Timestamp::from_unix_micros(1),
        edited_at: None,
        recalled_at: None,
        members: 2,
        read_by: vec![],
    }
}

fn seen(node: &str, message: MessagePlace, at: i64, step: Step) -> Seen {
    let sighting = Sighting { message, at: Timestamp::from_unix_micros(at), step };
    Seen { node: node.to_owned(), sighting }
}

fn service(store: MockTrailRepository, testimony: Vec<Seen>) -> TrailService {
    let mut witnesses = MockWitnesses::new();
    witnesses.expect_ask().return_once(move |_| Testimony {
        nodes: vec!["a".to_owned(), "b".to_owned()],
        is_complete: true,
        seen: testimony,
    });
    TrailService { store: Arc::new(store), witnesses: Arc::new(witnesses) }
}

fn store(stored: Vec<Traced>) -> MockTrailRepository {
    let mut store = MockTrailRepository::new();
    store.expect_traced().returning(move |places| {
        Ok(stored.iter().filter(|it| places.contains(&it.place)).cloned().collect())
    });
    store
}

#[tokio::test]
async fn what_several_nodes_have_seen_is_put_in_the_order_of_time() {
    let there = place(ROOM, 7);
    let steps = vec![
        seen("b", there, 30, Step::Delivered { user: BOB, session: SESSION }),
        seen("a", there, 20, Step::Committed),
        seen("a", there, 10, Step::Accepted { session: SESSION }),
    ];
    let trails = service(store(vec![traced(there, name())]), steps).trace(name(), None).await.unwrap();
    let [trail] = trails.items.as_slice() else { panic!("{trails:?}") };
    let order: Vec<i64> = trail.steps.iter().map(|seen| seen.sighting.at.unix_micros()).collect();
    assert_eq!(order, [10, 20, 30]);
    assert_eq!(trails.nodes, ["a", "b"]);
}

#[tokio::test]
async fn what_no_node_remembers_is_found_in_its_conversation() {
    let there = place(ROOM, 7);
    let mut store = store(vec![traced(there, name())]);
    store.expect_find().return_once(move |_, _, _| Ok(vec![there]));
    let trails = service(store, vec![]).trace(name(), Some(ROOM)).await.unwrap();
    assert!(trails.items[0].steps.is_empty());
    assert_eq!(trails.items[0].message.place, there);
}

#[tokio::test]
async fn messages_of_one_name_are_kept_apart_and_a_conversation_chooses() {
    let (here, there) = (place(ROOM, 7), place(OTHER, 1));
    let steps = || vec![seen("a", here, 1, Step::Committed), seen("a", there, 2, Step::Committed)];
    let stored = || vec![traced(here, name()), traced(there, name())];
    let both = service(store(stored()), steps()).trace(name(), None).await.unwrap();
    assert!(both.items.len() == 2 && both.items.iter().all(|trail| trail.steps.len() == 1), "{both:?}");
    let mut one = store(stored());
    one.expect_find().return_once(|_, _, _| Ok(vec![]));
    let one = service(one, steps()).trace(name(), Some(OTHER)).await.unwrap();
    assert_eq!(one.items.iter().map(|trail| trail.message.place).collect::<Vec<_>>(), [there]);
}

#[tokio::test]
async fn what_nobody_knows_is_not_found() {
    let refused = service(store(vec![]), vec![]).trace(name(), None).await;
    assert_eq!(refused.unwrap_err(), Refusal::NotFound.into());
    let there = place(ROOM, 7);
    let another = traced(there, ClientId::new("m-2").unwrap());
    let steps = vec![seen("a", there, 1, Step::Committed)];
    let refused = service(store(vec![another]), steps).trace(name(), None).await;
    assert_eq!(refused.unwrap_err(), Refusal::NotFound.into(), "a node that errs does not lead astray");
}
