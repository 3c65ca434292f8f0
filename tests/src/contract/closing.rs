//! What becomes of an account that is closed, and what its owner can have before.

use chatchat_adapters::sql::Repositories;
use chatchat_domain::account::{EmailAddress, UserName};
use chatchat_domain::outbox::Work;
use chatchat_domain::page::Limit;
use chatchat_domain::text::Query;
use chatchat_domain::{Refusal, UserId};

use super::people::{
    self, account, befriend, first_page, group, person, request, say, second, session, told,
};

contract! {
    [
        a_closed_account_is_nobody_any_more,
        an_address_is_free_again_after_its_account_was_closed,
        a_closed_account_is_closed_once_and_opens_no_session,
        whoever_closes_departs_as_soon_as_somebody_sees_to_it,
        what_somebody_has_sent_is_listed_wherever_they_were,
    ]
    sqlite => people::sqlite();
    mysql => people::mysql().await;
}

fn nobody() -> UserName {
    UserName::new("Deleted user").unwrap()
}

async fn a_closed_account_is_nobody_any_more(store: &Repositories) {
    let (ann, bob) = (person(store, "Annabel").await, person(store, "Bob").await);
    let conversation = befriend(store, ann, bob).await;
    say(store, conversation, ann, "hi").await.unwrap();
    let email = store.accounts.account(ann).await.unwrap().email.unwrap();
    let closed = store.accounts.close(ann, nobody(), second(5)).await.unwrap();
    assert_eq!((closed.value.len(), told(&closed.events)), (1, vec!["#5 session_ended".to_owned()]));
    let account = store.accounts.account(ann).await.unwrap();
    assert_eq!((account.user.name, account.email, account.has_password), (nobody(), None, false));
    assert!(store.accounts.credentials(&email).await.unwrap().is_none());
    for query in ["annabel", "deleted"] {
        let found =
            store.accounts.search(&Query::new(query).unwrap(), Some(email.clone()), first_page()).await;
        assert!(found.unwrap().items.iter().all(|user| user.id != ann), "{query}");
    }
    let seen = store.conversations.find(bob, conversation).await.unwrap();
    assert_eq!(seen.last_message.unwrap().sender, Some(ann), "what was said stays");
    let asked = store.friends.ask(request(person(store, "Cem").await, ann)).await;
    assert_eq!(asked.unwrap_err(), Refusal::NotFound.into());
}

async fn an_address_is_free_again_after_its_account_was_closed(store: &Repositories) {
    let ann = person(store, "Ann").await;
    let email = store.accounts.account(ann).await.unwrap().email.unwrap();
    drop(store.accounts.close(ann, nobody(), second(5)).await.unwrap());
    let mut new = account("Ann");
    new.email = EmailAddress::new(email.as_str()).unwrap();
    let id = new.id;
    store.accounts.create(new, session(id)).await.unwrap();
}

async fn a_closed_account_is_closed_once_and_opens_no_session(store: &Repositories) {
    let ann = person(store, "Ann").await;
    drop(store.accounts.close(ann, nobody(), second(5)).await.unwrap());
    let again = store.accounts.close(ann, nobody(), second(6)).await;
    assert_eq!(again.unwrap_err(), Refusal::NotFound.into());
    assert_eq!(store.sessions.open(session(ann)).await.unwrap_err(), Refusal::InvalidCredentials.into());
    let unknown = store.accounts.close(UserId::from_bytes([9; 16]), nobody(), second(6)).await;
    assert_eq!(unknown.unwrap_err(), Refusal::NotFound.into());
}

async fn whoever_closes_departs_as_soon_as_somebody_sees_to_it(store: &Repositories) {
    let ann = person(store, "Ann").await;
    drop(store.accounts.close(ann, nobody(), second(5)).await.unwrap());
    let owed = store.outbox.claim(second(5), second(50), 100).await.unwrap();
    assert!(owed.iter().any(|claimed| claimed.work == Work::Departure(ann)));
}

async fn what_somebody_has_sent_is_listed_wherever_they_were(store: &Repositories) {
    let (ann, bob) = (person(store, "Ann").await, person(store, "Bob").await);
    let direct = befriend(store, ann, bob).await;
    let room = group(store, bob).await;
    drop(store.groups.join(people::wish(ann, room), 10).await.unwrap());
    for (id, text) in [(direct, "one"), (direct, "two"), (room.conversation(), "three")] {
        say(store, id, ann, text).await.unwrap();
        say(store, id, bob, text).await.unwrap();
    }
    drop(store.groups.leave(ann, room, second(9)).await.unwrap());
    let one = Limit::new(1).unwrap();
    let (mut after, mut sent) = (None, 0);
    loop {
        let some = store.conversations.ever_in(ann, after, one).await.unwrap();
        let Some(id) = some.first().copied() else { break };
        let mut name = None;
        loop {
            let part = store.conversations.sent_by(ann, id, name, one).await.unwrap();
            let Some(message) = part.first() else { break };
            assert_eq!(message.sender, Some(ann));
            (name, sent) = (message.client_id.clone(), sent + 1);
        }
        after = Some(id);
    }
    assert_eq!(sent, 3);
}
