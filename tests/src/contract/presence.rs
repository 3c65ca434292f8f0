//! [`Presence`]

use chatchat_adapters::memory::MemoryPresence;
use chatchat_domain::ports::{Presence, PresenceOf};
use chatchat_domain::{Timestamp, UserId};

use crate::services::redis::{redis, redis_cluster};

contract! {
    [
        who_never_came_is_not_there_and_was_never_seen,
        who_has_come_is_there,
        only_the_first_to_come_and_the_last_to_leave_matter,
        who_has_left_was_seen_then,
        who_comes_back_is_there_again,
        who_leaves_without_having_come_changes_nothing,
        each_is_answered_for_in_the_order_asked,
    ]
    memory => Box::new(MemoryPresence::new());
    redis => Box::new(redis().await.presence());
    redis_cluster => Box::new(redis_cluster().await.presence());
}

const ANN: UserId = UserId::from_bytes([1; 16]);
const BOB: UserId = UserId::from_bytes([2; 16]);
const ONLINE: PresenceOf = PresenceOf { online: true, last_seen_at: None };
const UNKNOWN: PresenceOf = PresenceOf { online: false, last_seen_at: None };

const fn at(second: i64) -> Timestamp {
    Timestamp::from_unix_micros(second * 1_000_000)
}

const fn seen(moment: Timestamp) -> PresenceOf {
    PresenceOf { online: false, last_seen_at: Some(moment) }
}

async fn who_never_came_is_not_there_and_was_never_seen(presence: &dyn Presence) {
    assert_eq!(presence.of(&[ANN]).await, [UNKNOWN]);
}

async fn who_has_come_is_there(presence: &dyn Presence) {
    assert!(presence.arrived(ANN).await);
    assert_eq!(presence.of(&[ANN]).await, [ONLINE]);
}

async fn only_the_first_to_come_and_the_last_to_leave_matter(presence: &dyn Presence) {
    assert!(presence.arrived(ANN).await);
    assert!(!presence.arrived(ANN).await);
    assert!(!presence.left(ANN, at(1)).await);
    assert_eq!(presence.of(&[ANN]).await, [ONLINE]);
    assert!(presence.left(ANN, at(2)).await);
}

async fn who_has_left_was_seen_then(presence: &dyn Presence) {
    presence.arrived(ANN).await;
    presence.arrived(ANN).await;
    presence.left(ANN, at(1)).await;
    presence.left(ANN, at(2)).await;
    assert_eq!(presence.of(&[ANN]).await, [seen(at(2))]);
}

async fn who_comes_back_is_there_again(presence: &dyn Presence) {
    presence.arrived(ANN).await;
    presence.left(ANN, at(1)).await;
    assert!(presence.arrived(ANN).await);
    assert_eq!(presence.of(&[ANN]).await, [ONLINE]);
}

async fn who_leaves_without_having_come_changes_nothing(presence: &dyn Presence) {
    assert!(!presence.left(ANN, at(1)).await);
    assert_eq!(presence.of(&[ANN]).await, [UNKNOWN]);
    assert!(presence.arrived(ANN).await);
}

async fn each_is_answered_for_in_the_order_asked(presence: &dyn Presence) {
    presence.arrived(BOB).await;
    assert_eq!(presence.of(&[ANN, BOB, ANN]).await, [UNKNOWN, ONLINE, UNKNOWN]);
    assert_eq!(presence.of(&[]).await, []);
}
