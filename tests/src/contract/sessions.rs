use std::time::Duration;

use chatchat_adapters::sql::Repositories;
use chatchat_domain::SessionId;
use chatchat_domain::session::{NewSession, Refreshed, Rotation};

use super::people::{self, in_pages, person, second, session, told};

contract! {
    [
        a_session_lives_until_it_expires_or_ends,
        those_that_live_are_told_from_those_that_do_not,
        a_session_is_ended_by_its_owner_alone,
        sessions_are_listed_newest_first,
        a_token_is_good_once_and_again_within_the_grace_for_the_same_client,
        a_token_used_twice_ends_the_session,
        an_expired_session_is_not_refreshed,
        of_two_rotations_at_once_one_rotates_and_the_other_gets_the_same,
    ]
    sqlite => people::sqlite();
    mysql => people::mysql().await;
}

const GRACE: Duration = Duration::from_secs(15);

fn rotation(session: &NewSession, presented: u8, successor: u8, at: u64) -> Rotation {
    Rotation {
        session: session.id,
        presented: [presented; 32],
        successor: [successor; 32],
        ip: "192.0.2.1".to_owned(),
        now: second(at),
        grace: GRACE,
        expires_at: second(at + 1000),
    }
}

async fn opened(store: &Repositories) -> NewSession {
    let session = session(person(store, "Ann").await);
    store.sessions.open(session.clone()).await.unwrap();
    session
}

async fn a_session_lives_until_it_expires_or_ends(store: &Repositories) {
    let session = opened(store).await;
    assert_eq!(store.sessions.last_seen(session.id, second(1)).await, Ok(Some(second(0))));
    store.sessions.touch(session.id, second(70)).await.unwrap();
    assert_eq!(store.sessions.last_seen(session.id, second(999)).await, Ok(Some(second(70))));
    assert_eq!(store.sessions.last_seen(session.id, second(1001)).await, Ok(None));
    let ended = store.sessions.end(session.user, session.id).await.unwrap();
    assert_eq!((ended.value, told(&ended.events)), (true, vec!["#1 session_ended".to_owned()]));
    assert_eq!(store.sessions.last_seen(session.id, second(1)).await, Ok(None));
    assert!(!store.sessions.end(session.user, session.id).await.unwrap().value);
}

async fn those_that_live_are_told_from_those_that_do_not(store: &Repositories) {
    let (living, ended) = (opened(store).await, opened(store).await);
    let _ = store.sessions.end(ended.user, ended.id).await.unwrap();
    let mut asked: Vec<SessionId> = (0..2000_u128).map(|n| SessionId::from_bytes(n.to_be_bytes())).collect();
    asked.extend([living.id, ended.id]);
    assert_eq!(store.sessions.living(&asked, second(999)).await, Ok(vec![living.id]));
    assert_eq!(store.sessions.living(&asked, second(1001)).await, Ok(vec![]));
}

async fn a_session_is_ended_by_its_owner_alone(store: &Repositories) {
    let session = opened(store).await;
    let bob = person(store, "Bob").await;
    let ended = store.sessions.end(bob, session.id).await.unwrap();
    assert_eq!((ended.value, ended.events), (false, vec![]));
    assert!(store.sessions.last_seen(session.id, second(1)).await.unwrap().is_some());
}

async fn sessions_are_listed_newest_first(store: &Repositories) {
    let ann = person(store, "Ann").await;
    for at in 1..=4 {
        store.sessions.open(NewSession { created_at: second(at), ..session(ann) }).await.unwrap();
    }
    let listed =
        in_pages(async |page| store.sessions.list(ann, second(5), page).await.unwrap(), |one| one.id).await;
    let opened: Vec<_> = listed.iter().map(|session| session.created_at).collect();
    assert_eq!(opened, [4, 3, 2, 1, 0].map(second));
    assert_eq!(listed[0].client.device.as_deref(), Some("phone"));
}

async fn a_token_is_good_once_and_again_within_the_grace_for_the_same_client(store: &Repositories) {
    let session = opened(store).await;
    let rotated = Refreshed::Rotated { user: session.user };
    assert_eq!(store.sessions.rotate(rotation(&session, 1, 2, 10)).await.unwrap().value, rotated);
    assert_eq!(store.sessions.rotate(rotation(&session, 1, 2, 20)).await.unwrap().value, rotated);
    assert_eq!(store.sessions.rotate(rotation(&session, 2, 3, 30)).await.unwrap().value, rotated);
    assert!(store.sessions.last_seen(session.id, second(1020)).await.unwrap().is_some(), "it lives longer");
}

async fn a_token_used_twice_ends_the_session(store: &Repositories) {
    for (late, elsewhere) in [(true, false), (false, true)] {
        let session = opened(store).await;
        drop(store.sessions.rotate(rotation(&session, 1, 2, 10)).await.unwrap());
        let mut again = rotation(&session, 1, 2, if late { 26 } else { 12 });
        if elsewhere {
            again.ip = "198.51.100.9".to_owned();
        }
        let reused = store.sessions.rotate(again).await.unwrap();
        assert_eq!(reused.value, Refreshed::Reused);
        assert_eq!(told(&reused.events), ["#1 session_ended"]);
        let then = store.sessions.rotate(rotation(&session, 2, 3, 30)).await.unwrap();
        assert_eq!(then.value, Refreshed::Unknown);
    }
}

async fn an_expired_session_is_not_refreshed(store: &Repositories) {
    let session = opened(store).await;
    let late = store.sessions.rotate(rotation(&session, 1, 2, 1001)).await.unwrap();
    assert_eq!(late.value, Refreshed::Unknown);
}

async fn of_two_rotations_at_once_one_rotates_and_the_other_gets_the_same(store: &Repositories) {
    let session = opened(store).await;
    let (one, other) = tokio::join!(
        store.sessions.rotate(rotation(&session, 1, 2, 10)),
        store.sessions.rotate(rotation(&session, 1, 2, 10)),
    );
    assert_eq!(one.unwrap().value, other.unwrap().value);
    let next = store.sessions.rotate(rotation(&session, 2, 3, 11)).await.unwrap();
    assert_eq!(next.value, Refreshed::Rotated { user: session.user });
}
