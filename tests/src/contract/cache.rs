//! [`Cache`]

use chatchat_adapters::memory::MemoryCache;
use chatchat_domain::account::{Bio, User, UserName};
use chatchat_domain::identity::{ExternalSubject, IdentityKey, ProviderId};
use chatchat_domain::ports::{Cache, SessionState};
use chatchat_domain::{SessionId, Timestamp, UserId};

use crate::services::redis::{redis, redis_cluster};

contract! {
    [
        nothing_is_known_at_first,
        a_live_session_is_remembered_as_last_seen,
        an_ended_session_never_lives_again,
        a_session_that_was_never_live_can_have_ended,
        a_profile_is_remembered_as_it_was_last_told,
        a_forgotten_profile_is_gone,
        a_binding_is_remembered_until_it_is_forgotten,
        people_and_sessions_are_kept_apart,
    ]
    memory => Box::new(MemoryCache::new());
    redis => Box::new(redis().await.cache());
    redis_cluster => Box::new(redis_cluster().await.cache());
}

const ANN: UserId = UserId::from_bytes([1; 16]);
const BOB: UserId = UserId::from_bytes([2; 16]);
const SESSION: SessionId = SessionId::from_bytes([3; 16]);
const OTHER_SESSION: SessionId = SessionId::from_bytes([4; 16]);

fn seen_at(micros: i64) -> SessionState {
    SessionState::Live { seen_at: Timestamp::from_unix_micros(micros) }
}

fn profile(id: UserId, name: &str) -> User {
    User { id, name: UserName::new(name).unwrap(), avatar: None, bio: Bio::new("Here I am.").unwrap() }
}

fn identity(provider: &str, subject: &str) -> IdentityKey {
    IdentityKey {
        provider: ProviderId::new(provider).unwrap(),
        subject: ExternalSubject::new(subject).unwrap(),
    }
}

async fn a_binding_is_remembered_until_it_is_forgotten(cache: &dyn Cache) {
    assert_eq!(cache.binding(&identity("acme", "1")).await, None);
    cache.remember_binding(identity("acme", "1"), ANN).await;
    cache.remember_binding(identity("acme", "2"), BOB).await;
    assert_eq!(cache.binding(&identity("acme", "1")).await, Some(ANN));
    assert_eq!(cache.binding(&identity("other", "1")).await, None);
    cache.remember_binding(identity("acme", "1"), BOB).await;
    assert_eq!(cache.binding(&identity("acme", "1")).await, Some(BOB));
    cache.forget_binding(&identity("acme", "1")).await;
    assert_eq!(cache.binding(&identity("acme", "1")).await, None);
    assert_eq!(cache.binding(&identity("acme", "2")).await, Some(BOB));
}

async fn nothing_is_known_at_first(cache: &dyn Cache) {
    assert_eq!(cache.session(SESSION).await, None);
    assert_eq!(cache.profile(ANN).await, None);
}

async fn a_live_session_is_remembered_as_last_seen(cache: &dyn Cache) {
    cache.remember_session(SESSION, seen_at(1)).await;
    cache.remember_session(SESSION, seen_at(2)).await;
    assert_eq!(cache.session(SESSION).await, Some(seen_at(2)));
}

async fn an_ended_session_never_lives_again(cache: &dyn Cache) {
    cache.remember_session(SESSION, seen_at(1)).await;
    cache.remember_session(SESSION, SessionState::Ended).await;
    cache.remember_session(SESSION, seen_at(2)).await;
    assert_eq!(cache.session(SESSION).await, Some(SessionState::Ended));
}

async fn a_session_that_was_never_live_can_have_ended(cache: &dyn Cache) {
    cache.remember_session(SESSION, SessionState::Ended).await;
    cache.remember_session(SESSION, SessionState::Ended).await;
    assert_eq!(cache.session(SESSION).await, Some(SessionState::Ended));
}

async fn a_profile_is_remembered_as_it_was_last_told(cache: &dyn Cache) {
    cache.remember_profile(profile(ANN, "Ann")).await;
    cache.remember_profile(profile(ANN, "Ann 上海")).await;
    assert_eq!(cache.profile(ANN).await, Some(profile(ANN, "Ann 上海")));
}

async fn a_forgotten_profile_is_gone(cache: &dyn Cache) {
    cache.forget_profile(ANN).await;
    cache.remember_profile(profile(ANN, "Ann")).await;
    cache.forget_profile(ANN).await;
    assert_eq!(cache.profile(ANN).await, None);
}

async fn people_and_sessions_are_kept_apart(cache: &dyn Cache) {
    cache.remember_profile(profile(ANN, "Ann")).await;
    cache.remember_profile(profile(BOB, "Bob")).await;
    cache.forget_profile(ANN).await;
    cache.remember_session(SESSION, SessionState::Ended).await;
    assert_eq!(cache.profile(BOB).await, Some(profile(BOB, "Bob")));
    assert_eq!(cache.session(OTHER_SESSION).await, None);
}
