use chatchat_adapters::sql::Repositories;
use chatchat_domain::account::{Bio, EmailAddress, PasswordHash, ProfileChange, UserName};
use chatchat_domain::text::Query;
use chatchat_domain::{Error, Refusal};

use super::people::{self, account, first_page, in_pages, person, second, session, told};

contract! {
    [
        an_address_has_one_account_whatever_its_case,
        of_two_registrations_of_one_address_one_wins,
        a_profile_changes_where_it_is_said_to,
        a_new_password_ends_all_sessions_but_one,
        people_are_found_by_a_part_of_their_name_best_match_first,
        wildcards_are_ordinary_characters,
        an_address_finds_its_owner_before_any_name,
    ]
    sqlite => people::sqlite();
    mysql => people::mysql().await;
}

async fn an_address_has_one_account_whatever_its_case(store: &Repositories) {
    let (ann, mut again) = (account("Ann"), account("Ann"));
    let shouted = EmailAddress::new(&ann.email.as_str().to_uppercase()).unwrap();
    again.email = shouted.clone();
    let (id, again_id) = (ann.id, again.id);
    let made = store.accounts.create(ann, session(id)).await.unwrap();
    let refused = store.accounts.create(again, session(again_id)).await;
    assert_eq!(refused, Err(Refusal::EmailTaken.into()));
    assert_eq!(store.accounts.credentials(&shouted).await.unwrap().unwrap().user, id);
    assert_eq!(store.accounts.account(id).await, Ok(made));
    assert_eq!(store.accounts.account(again_id).await, Err(Refusal::NotFound.into()));
}

async fn of_two_registrations_of_one_address_one_wins(store: &Repositories) {
    let (one, mut other) = (account("Ann"), account("Ann"));
    other.email = one.email.clone();
    let (one_session, other_session) = (session(one.id), session(other.id));
    let (a, b) =
        tokio::join!(store.accounts.create(one, one_session), store.accounts.create(other, other_session));
    assert_eq!(u8::from(a.is_ok()) + u8::from(b.is_ok()), 1);
    assert_eq!(a.and(b).unwrap_err(), Error::from(Refusal::EmailTaken));
}

async fn a_profile_changes_where_it_is_said_to(store: &Repositories) {
    let ann = person(store, "Ann").await;
    let bio = Some(Bio::new("climbs").unwrap());
    let changed = store
        .accounts
        .change_profile(ann, ProfileChange { bio, ..Default::default() }, second(1))
        .await
        .unwrap();
    assert_eq!((changed.user.name.as_str(), changed.user.bio.as_str()), ("Ann", "climbs"));
    let name = Some(UserName::new("Anna").unwrap());
    store
        .accounts
        .change_profile(ann, ProfileChange { name, ..Default::default() }, second(1))
        .await
        .unwrap();
    let found = store.accounts.search(&Query::new("anna").unwrap(), None, first_page()).await.unwrap();
    assert_eq!(found.items, [store.accounts.account(ann).await.unwrap().user]);
}

async fn a_new_password_ends_all_sessions_but_one(store: &Repositories) {
    let ann = person(store, "Ann").await;
    let (keep, ends) = (session(ann), session(ann));
    for one in [&keep, &ends] {
        store.sessions.open(one.clone()).await.unwrap();
    }
    let hash = PasswordHash::new("another".to_owned());
    let ended = store.accounts.set_password(ann, hash.clone(), Some(keep.id), second(1)).await.unwrap();
    assert_eq!(ended.value.len(), 2, "the first one and the other");
    assert!(ended.value.contains(&ends.id) && !ended.value.contains(&keep.id));
    assert_eq!(told(&ended.events), ["#1 session_ended", "#2 session_ended"]);
    assert!(store.sessions.last_seen(keep.id, second(2)).await.unwrap().is_some());
    assert!(store.sessions.last_seen(ends.id, second(2)).await.unwrap().is_none());
    assert_eq!(store.accounts.credentials_of(ann).await.unwrap().password, Some(hash));
}

async fn people_are_found_by_a_part_of_their_name_best_match_first(store: &Repositories) {
    for name in ["在上海的人", "上海", "上海人", "北京", "Shanghai"] {
        person(store, name).await;
    }
    let query = Query::new("上海").unwrap();
    let search = async |page| store.accounts.search(&query, None, page).await.unwrap();
    let found = in_pages(search, |user| user.id).await;
    let names: Vec<&str> = found.iter().map(|user| user.name.as_str()).collect();
    assert_eq!(names, ["上海", "上海人", "在上海的人"]);
    let one = store.accounts.search(&Query::new("京").unwrap(), None, first_page()).await.unwrap();
    assert_eq!(one.items.len(), 1);
}

async fn wildcards_are_ordinary_characters(store: &Repositories) {
    for name in ["100% Ann", "100 Ann", "a_b", "axb", "wow!"] {
        person(store, name).await;
    }
    for (query, name) in [("100%", "100% Ann"), ("a_b", "a_b"), ("!", "wow!"), ("%", "100% Ann")] {
        let found = store.accounts.search(&Query::new(query).unwrap(), None, first_page()).await.unwrap();
        let names: Vec<&str> = found.items.iter().map(|user| user.name.as_str()).collect();
        assert_eq!(names, [name], "{query}");
    }
}

async fn an_address_finds_its_owner_before_any_name(store: &Repositories) {
    let ann = account("Ann");
    let (id, email) = (ann.id, ann.email.clone());
    store.accounts.create(ann, session(id)).await.unwrap();
    person(store, email.as_str()).await;
    let query = Query::new(email.as_str()).unwrap();
    let found = store.accounts.search(&query, Some(email), first_page()).await.unwrap();
    assert_eq!(found.items.first().unwrap().id, id);
}
