//! [`LoginStore`]

use chatchat_adapters::memory::MemoryLogins;
use chatchat_adapters::system::SystemRandom;
use chatchat_domain::account::{EmailAddress, UserName};
use chatchat_domain::identity::{
    Claims, ExternalSubject, LoginStore, OpaqueToken, PendingLogin, ProviderId, ReturnTo, VerifiedIdentity,
};
use chatchat_domain::ports::Random as _;
use futures_util::future::join_all;

use super::people::second;
use crate::services::redis::{redis, redis_cluster};

contract! {
    [
        nothing_is_there_at_first,
        what_is_kept_is_taken_once_as_it_was,
        who_looks_at_it_leaves_it_there,
        of_many_at_once_one_gets_it,
        the_two_kinds_are_kept_apart,
    ]
    memory => Box::new(MemoryLogins::new());
    redis => Box::new(redis().await.logins());
    redis_cluster => Box::new(redis_cluster().await.logins());
}

fn key() -> [u8; 32] {
    let mut key = [0; 32];
    SystemRandom.fill(&mut key);
    key
}

fn token(character: &str) -> OpaqueToken {
    OpaqueToken::parse(&format!("{}A", character.repeat(42))).unwrap()
}

fn pending() -> PendingLogin {
    PendingLogin {
        provider: ProviderId::new("acme").unwrap(),
        browser: [7; 32],
        nonce: token("n"),
        verifier: token("v"),
        return_to: ReturnTo::stored("/room?of=ann".to_owned()),
        expires_at: second(600),
    }
}

fn verified(browser: Option<[u8; 32]>, name: Option<&str>) -> VerifiedIdentity {
    VerifiedIdentity {
        provider: ProviderId::new("acme").unwrap(),
        claims: Claims {
            subject: ExternalSubject::new("auth0|7").unwrap(),
            name: name.map(|name| UserName::new(name).unwrap()),
            email: name.map(|_| EmailAddress::new("ann@example.com").unwrap()),
        },
        browser,
        expires_at: second(60),
    }
}

async fn nothing_is_there_at_first(store: &dyn LoginStore) {
    assert_eq!(store.take_pending(key()).await, Ok(None));
    assert_eq!(store.verified(key()).await, Ok(None));
    assert_eq!(store.take_verified(key()).await, Ok(None));
}

async fn what_is_kept_is_taken_once_as_it_was(store: &dyn LoginStore) {
    let at = key();
    store.keep_pending(at, pending()).await.unwrap();
    assert_eq!(store.take_pending(key()).await, Ok(None));
    assert_eq!(store.take_pending(at).await, Ok(Some(pending())));
    assert_eq!(store.take_pending(at).await, Ok(None));
    for identity in [verified(Some([7; 32]), Some("Ann 上海")), verified(None, None)] {
        let at = key();
        store.keep_verified(at, identity.clone()).await.unwrap();
        assert_eq!(store.take_verified(at).await, Ok(Some(identity)));
        assert_eq!(store.take_verified(at).await, Ok(None));
    }
}

async fn who_looks_at_it_leaves_it_there(store: &dyn LoginStore) {
    let (at, identity) = (key(), verified(None, Some("Ann")));
    store.keep_verified(at, identity.clone()).await.unwrap();
    assert_eq!(store.verified(at).await, Ok(Some(identity.clone())));
    assert_eq!(store.take_verified(at).await, Ok(Some(identity)));
    assert_eq!(store.verified(at).await, Ok(None));
}

async fn of_many_at_once_one_gets_it(store: &dyn LoginStore) {
    let at = key();
    store.keep_pending(at, pending()).await.unwrap();
    let taken = join_all((0..20).map(|_| store.take_pending(at))).await;
    assert_eq!(taken.into_iter().filter(|taken| taken.as_ref().unwrap().is_some()).count(), 1);
    store.keep_verified(at, verified(None, None)).await.unwrap();
    let taken = join_all((0..20).map(|_| store.take_verified(at))).await;
    assert_eq!(taken.into_iter().filter(|taken| taken.as_ref().unwrap().is_some()).count(), 1);
}

async fn the_two_kinds_are_kept_apart(store: &dyn LoginStore) {
    let at = key();
    store.keep_pending(at, pending()).await.unwrap();
    assert_eq!(store.take_verified(at).await, Ok(None));
    store.keep_verified(at, verified(None, None)).await.unwrap();
    assert_eq!(store.take_pending(at).await, Ok(Some(pending())));
    assert_eq!(store.take_verified(at).await, Ok(Some(verified(None, None))));
}
