//! [`chatchat_domain::identity::IdentityRepository`]

use chatchat_adapters::sql::Repositories;
use chatchat_domain::Refusal::{AlreadyBound, EmailTaken, IdentityTaken, LastCredential, NotFound};
use chatchat_domain::UserId;
use chatchat_domain::account::{EmailAddress, NewAccount, UserName};
use chatchat_domain::identity::{Claims, ExternalSubject, Identity, ProviderId};
use chatchat_domain::page::PageRequest;
use futures_util::future::join_all;

use super::people::{self, account, person, second, session};

contract! {
    [
        who_is_bound_is_found_and_logs_in,
        an_account_is_made_with_its_identity_and_its_session_or_not_at_all,
        an_identity_is_one_person_s_alone,
        a_person_has_one_identity_with_each_provider,
        a_binding_opens_the_session_that_comes_with_it,
        identities_are_told_apart_byte_by_byte,
        who_unbinds_can_still_log_in,
        of_two_who_bind_an_identity_at_once_one_does,
        of_two_who_unbind_their_last_ones_at_once_one_does,
    ]
    sqlite => people::sqlite();
    mysql => people::mysql().await;
}

fn id(text: &str) -> ProviderId {
    ProviderId::new(text).unwrap()
}

fn identity(provider: &str, subject: &str) -> Identity {
    Identity {
        provider: id(provider),
        claims: Claims {
            subject: ExternalSubject::new(subject).unwrap(),
            name: UserName::new("Ann 上海").ok(),
            email: EmailAddress::new("ann@example.com").ok(),
        },
        bound_at: second(7),
    }
}

/// Somebody who can log in only by what is bound.
async fn person_without_password(store: &Repositories) -> UserId {
    let account = NewAccount { password: None, ..account("Ann") };
    let id = account.id;
    let made = store.accounts.create(account, session(id)).await.unwrap();
    assert!(!made.has_password);
    id
}

async fn sessions(store: &Repositories, user: UserId) -> usize {
    store.sessions.list(user, second(1), PageRequest::default()).await.unwrap().items.len()
}

async fn who_is_bound_is_found_and_logs_in(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let bound = identity("acme", "7");
    assert_eq!(store.identities.owner(&bound.key()).await, Ok(None));
    assert_eq!(store.identities.log_in(bound.key(), session(ann)).await, Ok(false));
    assert_eq!(store.identities.bind(ann, bound.clone(), None).await, Ok(bound.clone()));
    assert_eq!(store.identities.owner(&bound.key()).await, Ok(Some(ann)));
    assert_eq!(store.identities.list(ann).await, Ok(vec![bound.clone()]));
    assert_eq!(store.identities.log_in(bound.key(), session(bob)).await, Ok(false));
    assert_eq!((sessions(store, ann).await, sessions(store, bob).await), (1, 1));
    assert_eq!(store.identities.log_in(bound.key(), session(ann)).await, Ok(true));
    assert_eq!(sessions(store, ann).await, 2);
}

async fn an_account_is_made_with_its_identity_and_its_session_or_not_at_all(store: &Repositories) {
    let new = NewAccount { password: None, ..account("Ann") };
    let ann = new.id;
    let made = store.identities.register(new.clone(), identity("acme", "7"), session(ann)).await.unwrap();
    assert_eq!((made.user.id, made.email, made.has_password), (ann, Some(new.email.clone()), false));
    assert_eq!(store.identities.owner(&identity("acme", "7").key()).await, Ok(Some(ann)));
    assert_eq!(sessions(store, ann).await, 1);
    let late = NewAccount { email: new.email, ..account("Late") };
    let refused = store.identities.register(late.clone(), identity("acme", "8"), session(late.id)).await;
    assert_eq!(refused, Err(EmailTaken.into()));
    assert_eq!(store.identities.owner(&identity("acme", "8").key()).await, Ok(None));
    let thief = account("Thief");
    let refused = store.identities.register(thief.clone(), identity("acme", "7"), session(thief.id)).await;
    assert_eq!(refused, Err(IdentityTaken.into()));
    assert_eq!(store.accounts.account(thief.id).await, Err(NotFound.into()));
}

async fn an_identity_is_one_person_s_alone(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    store.identities.bind(ann, identity("acme", "7"), None).await.unwrap();
    let late = Identity { bound_at: second(9), ..identity("acme", "7") };
    assert_eq!(store.identities.bind(ann, late.clone(), None).await, Ok(identity("acme", "7")), "as it was");
    assert_eq!(store.identities.bind(bob, late, Some(session(bob))).await, Err(IdentityTaken.into()));
    assert_eq!(sessions(store, bob).await, 1);
}

async fn a_person_has_one_identity_with_each_provider(store: &Repositories) {
    let ann = person(store, "Ann").await;
    let (first, second) = (identity("acme", "7"), identity("other", "7"));
    store.identities.bind(ann, first.clone(), None).await.unwrap();
    assert_eq!(store.identities.bind(ann, identity("acme", "8"), None).await, Err(AlreadyBound.into()));
    store.identities.bind(ann, second.clone(), None).await.unwrap();
    assert_eq!(store.identities.list(ann).await, Ok(vec![first, second]));
}

async fn a_binding_opens_the_session_that_comes_with_it(store: &Repositories) {
    let ann = person(store, "Ann").await;
    store.identities.bind(ann, identity("acme", "7"), Some(session(ann))).await.unwrap();
    assert_eq!(sessions(store, ann).await, 2);
}

async fn identities_are_told_apart_byte_by_byte(store: &Repositories) {
    let ann = person(store, "Ann").await;
    store.identities.bind(ann, identity("acme", "Abc"), None).await.unwrap();
    for other in ["abc", "Abc ", " Abc", "Abcd"] {
        assert_eq!(store.identities.owner(&identity("acme", other).key()).await, Ok(None), "{other:?}");
    }
    let nameless = Claims { name: None, email: None, ..identity("other", &"x".repeat(255)).claims };
    let nameless = Identity { claims: nameless, ..identity("other", "7") };
    assert_eq!(store.identities.bind(ann, nameless.clone(), None).await, Ok(nameless.clone()));
    assert_eq!(store.identities.list(ann).await.unwrap()[1], nameless);
}

async fn who_unbinds_can_still_log_in(store: &Repositories) {
    let (with, without) = (person(store, "Ann").await, person_without_password(store).await);
    store.identities.bind(with, identity("acme", "1"), None).await.unwrap();
    let unbind = |user, provider, others: &[&str]| {
        store.identities.unbind(user, id(provider), others.iter().map(|other| id(other)).collect())
    };
    assert_eq!(unbind(with, "other", &["acme"]).await, Err(NotFound.into()));
    assert_eq!(unbind(with, "acme", &[]).await, Ok(identity("acme", "1").key()));
    assert_eq!(store.identities.owner(&identity("acme", "1").key()).await, Ok(None));
    assert_eq!(unbind(with, "acme", &[]).await, Err(NotFound.into()));

    store.identities.bind(without, identity("acme", "2"), None).await.unwrap();
    assert_eq!(unbind(without, "acme", &["other"]).await, Err(LastCredential.into()));
    store.identities.bind(without, identity("other", "2"), None).await.unwrap();
    assert_eq!(unbind(without, "acme", &[]).await, Err(LastCredential.into()), "the other one is not in use");
    assert_eq!(unbind(without, "acme", &["other"]).await, Ok(identity("acme", "2").key()));
    assert_eq!(unbind(without, "other", &["acme"]).await, Err(LastCredential.into()));
}

async fn of_two_who_bind_an_identity_at_once_one_does(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let bind = |user| store.identities.bind(user, identity("acme", "7"), None);
    let outcomes = join_all([ann, bob].map(bind)).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    assert!(outcomes.contains(&Err(IdentityTaken.into())), "{outcomes:?}");
}

async fn of_two_who_unbind_their_last_ones_at_once_one_does(store: &Repositories) {
    let ann = person_without_password(store).await;
    for provider in ["acme", "other"] {
        store.identities.bind(ann, identity(provider, "7"), None).await.unwrap();
    }
    let both = || vec![id("acme"), id("other")];
    let unbind = |provider: &str| {
        let others = both().into_iter().filter(|other| other.as_str() != provider).collect();
        store.identities.unbind(ann, id(provider), others)
    };
    let (one, other) = tokio::join!(unbind("acme"), unbind("other"));
    assert_eq!([&one, &other].iter().filter(|outcome| outcome.is_ok()).count(), 1, "{one:?} {other:?}");
    assert!([one, other].contains(&Err(LastCredential.into())));
}
