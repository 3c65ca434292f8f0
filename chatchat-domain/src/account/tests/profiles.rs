//! Profiles, pictures, and finding people.

use std::time::Duration;

use mockall::Sequence;
use mockall::predicate::eq;

use crate::Error;
use crate::Refusal::NotFound;
use crate::Violation;
use crate::account::{Account, Bio, PICTURE_URL_LIFETIME, Picture, ProfileChange, User, UserName};
use crate::outbox::Owed;
use crate::page::{Page, PageRequest};
use crate::ports::{Object, ObjectKey};
use crate::testing::{ANN, BOB, Mocks, NOW, account, away, caller, email, user};
use crate::text::Query;

fn key(digit: char) -> ObjectKey {
    format!("avatars/{}", digit.to_string().repeat(32)).parse().unwrap()
}

/// The key of the first picture that a test makes.
fn fresh() -> ObjectKey {
    format!("avatars/{}", "01".repeat(16)).parse().unwrap()
}

fn ann_with(avatar: Option<ObjectKey>) -> Account {
    Account { user: User { avatar, ..user("Ann") }, ..account("Ann") }
}

fn only_avatar(avatar: Option<ObjectKey>) -> ProfileChange {
    ProfileChange { avatar: Some(avatar), ..ProfileChange::default() }
}

/// Ann's picture changes in the store, and her profile is forgotten.
fn changes_the_avatar(mocks: &mut Mocks, to: Option<ObjectKey>) {
    let after = ann_with(to.clone());
    mocks
        .accounts
        .expect_change_profile()
        .with(eq(ANN), eq(only_avatar(to)), eq(NOW))
        .once()
        .return_once(|_, _, _| Ok(after));
    mocks.cache.expect_forget_profile().with(eq(ANN)).once().return_const(());
}

async fn search(mocks: Mocks, query: &str) -> Result<Page<User>, Error> {
    mocks.app().accounts().search(query, PageRequest::default()).await
}

fn refused_for(result: Result<Page<User>, Error>) -> (String, &'static str) {
    match result.unwrap_err() {
        Error::Invalid(violations) => (violations[0].field.clone(), violations[0].code),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn the_caller_sees_their_own_account() {
    let mut mocks = Mocks::new();
    mocks.accounts.expect_account().with(eq(ANN)).once().return_once(|_| Ok(account("Ann")));
    assert_eq!(mocks.app().accounts().me(caller()).await, Ok(account("Ann")));
}

#[tokio::test]
async fn a_changed_profile_is_remembered_by_nobody() {
    let (mut mocks, mut order) = (Mocks::new(), Sequence::new());
    let (name, bio) = (UserName::new("Anna").unwrap(), Bio::new("sails").unwrap());
    let change = ProfileChange { name: Some(name.clone()), bio: Some(bio.clone()), avatar: None };
    mocks
        .accounts
        .expect_change_profile()
        .with(eq(ANN), eq(change), eq(NOW))
        .once()
        .in_sequence(&mut order)
        .return_once(|_, _, _| Ok(account("Anna")));
    mocks.cache.expect_forget_profile().with(eq(ANN)).once().in_sequence(&mut order).return_const(());
    let changed = mocks.app().accounts().change_profile(caller(), Some(name), Some(bio)).await;
    assert_eq!(changed, Ok(account("Anna")));
}

#[tokio::test]
async fn a_profile_that_is_not_stored_is_not_changed() {
    for error in [Error::from(NotFound), away()] {
        let (mut mocks, given) = (Mocks::new(), error.clone());
        mocks.accounts.expect_change_profile().return_once(|_, _, _| Err(given));
        assert_eq!(mocks.app().accounts().change_profile(caller(), None, None).await, Err(error));
    }
}

#[tokio::test]
async fn a_picture_is_made_safe_and_stored_before_anybody_is_pointed_to_it() {
    let (mut mocks, mut order) = (Mocks::new(), Sequence::new());
    let owed = Owed::removal_unless_used(fresh(), NOW);
    assert!(owed.due_at > NOW.after(Duration::from_secs(600)), "there is time to put it to use");
    mocks
        .images
        .expect_avatar()
        .with(eq(vec![1]))
        .once()
        .in_sequence(&mut order)
        .return_once(|_| Ok(vec![2]));
    mocks.outbox.expect_owe().with(eq(owed)).once().in_sequence(&mut order).return_once(|_| Ok(()));
    mocks
        .objects
        .expect_put()
        .with(eq(fresh()), eq(Object::picture(vec![2])))
        .once()
        .in_sequence(&mut order)
        .return_once(|_, _| Ok(()));
    mocks
        .accounts
        .expect_change_profile()
        .with(eq(ANN), eq(only_avatar(Some(fresh()))), eq(NOW))
        .once()
        .in_sequence(&mut order)
        .return_once(|_, _, _| Ok(ann_with(Some(fresh()))));
    mocks.cache.expect_forget_profile().with(eq(ANN)).once().in_sequence(&mut order).return_const(());
    assert_eq!(mocks.app().accounts().set_avatar(caller(), vec![1]).await, Ok(ann_with(Some(fresh()))));
}

#[tokio::test]
async fn what_is_no_picture_is_not_stored() {
    let mut mocks = Mocks::new();
    let broken = || Error::from(Violation::new("image", "broken_image", "is no image"));
    mocks.images.expect_avatar().return_once(move |_| Err(broken()));
    assert_eq!(mocks.app().accounts().set_avatar(caller(), vec![1]).await, Err(broken()));
}

#[tokio::test]
async fn a_picture_whose_removal_cannot_be_owed_is_not_stored() {
    let mut mocks = Mocks::new();
    mocks.images.expect_avatar().return_once(Ok);
    mocks.outbox.expect_owe().return_once(|_| Err(away()));
    assert_eq!(mocks.app().accounts().set_avatar(caller(), vec![1]).await, Err(away()));
}

#[tokio::test]
async fn nobody_is_pointed_to_a_picture_that_is_not_stored() {
    let mut mocks = Mocks::new();
    mocks.images.expect_avatar().return_once(Ok);
    mocks.outbox.expect_owe().return_once(|_| Ok(()));
    mocks.objects.expect_put().return_once(|_, _| Err(away()));
    assert_eq!(mocks.app().accounts().set_avatar(caller(), vec![1]).await, Err(away()));
}

#[tokio::test]
async fn a_picture_can_be_removed() {
    let mut mocks = Mocks::new();
    changes_the_avatar(&mut mocks, None);
    assert_eq!(mocks.app().accounts().remove_avatar(caller()).await, Ok(ann_with(None)));
}

#[tokio::test]
async fn a_picture_that_the_store_serves_itself_is_not_fetched() {
    let mut mocks = Mocks::new();
    let url = "https://objects.example/a?signature=1".to_owned();
    let given = url.clone();
    mocks
        .objects
        .expect_signed_url()
        .with(eq(key('a')), eq(PICTURE_URL_LIFETIME))
        .once()
        .return_once(|_, _| Ok(Some(given)));
    assert_eq!(mocks.app().accounts().avatar(&key('a')).await, Ok(Picture::At(url)));
}

#[tokio::test]
async fn a_picture_is_given_to_who_has_its_key() {
    let mut mocks = Mocks::new();
    mocks.objects.expect_signed_url().returning(|_, _| Ok(None));
    mocks.objects.expect_get().with(eq(key('a'))).once().return_once(|_| Ok(Some(vec![2])));
    mocks.objects.expect_get().with(eq(key('b'))).once().return_once(|_| Ok(None));
    let app = mocks.app();
    assert_eq!(app.accounts().avatar(&key('a')).await, Ok(Picture::Here(vec![2])));
    assert_eq!(app.accounts().avatar(&key('b')).await, Err(NotFound.into()));
}

#[tokio::test]
async fn a_remembered_person_is_not_asked_for() {
    let mut mocks = Mocks::new();
    mocks.cache.expect_profile().with(eq(BOB)).once().return_once(|_| Some(user("Bob")));
    assert_eq!(mocks.app().accounts().user(BOB).await, Ok(user("Bob")));
}

#[tokio::test]
async fn a_person_who_is_not_remembered_is_from_then_on() {
    let mut mocks = Mocks::new();
    mocks.cache.expect_profile().return_const(None);
    mocks.accounts.expect_account().with(eq(BOB)).once().return_once(|_| Ok(account("Bob")));
    mocks.cache.expect_remember_profile().with(eq(user("Bob"))).once().return_const(());
    assert_eq!(mocks.app().accounts().user(BOB).await, Ok(user("Bob")));
}

#[tokio::test]
async fn who_is_not_there_is_not_remembered() {
    for error in [Error::from(NotFound), away()] {
        let (mut mocks, given) = (Mocks::new(), error.clone());
        mocks.cache.expect_profile().return_const(None);
        mocks.accounts.expect_account().return_once(|_| Err(given));
        assert_eq!(mocks.app().accounts().user(BOB).await, Err(error));
    }
}

#[tokio::test]
async fn people_are_found_by_a_part_of_their_name() {
    let mut mocks = Mocks::new();
    let page = Page { items: vec![user("Bob")], next: None };
    let given = page.clone();
    mocks
        .accounts
        .expect_search()
        .with(eq(Query::new("bo").unwrap()), eq(None), eq(PageRequest::default()))
        .once()
        .return_once(|_, _, _| Ok(given));
    assert_eq!(search(mocks, " BO ").await, Ok(page));
}

#[tokio::test]
async fn people_are_found_by_their_address_however_long() {
    for name in ["bob", &"b".repeat(64)] {
        let mut mocks = Mocks::new();
        let page = Page { items: vec![user("Bob")], next: None };
        let (given, address) = (page.clone(), email(name));
        mocks
            .accounts
            .expect_search()
            .withf(move |_, found, _| *found == Some(address.clone()))
            .once()
            .return_once(|_, _, _| Ok(given));
        assert_eq!(search(mocks, email(name).as_str()).await, Ok(page));
    }
}

#[tokio::test]
async fn a_search_for_nothing_is_refused() {
    assert_eq!(refused_for(search(Mocks::new(), " ").await), ("query".to_owned(), "required"));
}

#[tokio::test]
async fn a_search_for_more_than_an_address_is_refused() {
    let refused = refused_for(search(Mocks::new(), &"a".repeat(255)).await);
    assert_eq!(refused, ("query".to_owned(), "too_long"));
}
