use mockall::Sequence;
use mockall::predicate::eq;

use crate::account::EmailAddress;
use crate::admin::{Action, KeyState, Note, Operator, PeopleQuery, Person, Reason, SigningKey};
use crate::page::{Page, PageRequest};
use crate::ports::SessionState;
use crate::testing::{
    ANN, BOB, GROUP, LIFETIMES, Mocks, NOW, SESSION, account, away, committed, email, events,
};
use crate::{Error, Refusal, SessionId, WorkId};

const OTHER_SESSION: SessionId = SessionId::from_bytes([8; 16]);

fn olga() -> Operator {
    Operator::new("olga").unwrap()
}

fn ann() -> Person {
    Person { account: account("Ann"), suspended_at: None, closed_at: None }
}

fn is_noted(action: Action) -> impl Fn(&Note) -> bool {
    move |note| (note.at, &note.operator, &note.action) == (NOW, &olga(), &action)
}

/// No token of these sessions passes any more.
fn forgets(mocks: &mut Mocks, sessions: &[SessionId]) {
    for session in sessions {
        let (session, ended) = (eq(*session), eq(SessionState::Ended));
        mocks.cache.expect_remember_session().with(session, ended).once().return_const(());
    }
}

#[tokio::test]
async fn who_is_suspended_is_out_at_once_and_the_note_says_why() {
    let mut mocks = Mocks::new();
    let reason = Some(Reason::new("sells tea in every group").unwrap());
    let noted = is_noted(Action::Suspend(ANN, reason.clone()));
    let suspended = Person { suspended_at: Some(NOW), ..ann() };
    let given = suspended.clone();
    mocks
        .admin
        .expect_suspend()
        .withf(move |user, note| *user == ANN && noted(note))
        .once()
        .return_once(|_, _| Ok(committed(vec![SESSION, OTHER_SESSION])));
    forgets(&mut mocks, &[SESSION, OTHER_SESSION]);
    mocks.tells(events());
    mocks.admin.expect_person().with(eq(ANN)).return_once(|_| Ok(given));
    assert_eq!(mocks.app().admin().suspend(olga(), ANN, reason).await, Ok(suspended));
}

#[tokio::test]
async fn what_is_refused_tells_nobody() {
    for error in [Error::from(Refusal::NotFound), away()] {
        let (mut mocks, given) = (Mocks::new(), error.clone());
        let [one, two, three, four] = [0; 4].map(|_| given.clone());
        mocks.admin.expect_suspend().return_once(|_, _| Err(one));
        mocks.admin.expect_end_sessions().return_once(|_, _| Err(two));
        mocks.admin.expect_delete_group().return_once(|_, _| Err(three));
        mocks.admin.expect_transfer_group().return_once(|_, _, _| Err(four));
        let app = mocks.app();
        assert_eq!(app.admin().suspend(olga(), ANN, None).await, Err(error.clone()));
        assert_eq!(app.admin().end_sessions(olga(), ANN).await, Err(error.clone()));
        assert_eq!(app.admin().delete_group(olga(), GROUP).await, Err(error.clone()));
        assert_eq!(app.admin().transfer_group(olga(), GROUP, BOB).await.map(drop), Err(error));
    }
}

#[tokio::test]
async fn who_is_logged_out_by_an_operator_is_so_everywhere() {
    let mut mocks = Mocks::new();
    let noted = is_noted(Action::EndSessions(ANN));
    mocks
        .admin
        .expect_end_sessions()
        .withf(move |user, note| *user == ANN && noted(note))
        .once()
        .return_once(|_, _| Ok(committed(vec![SESSION])));
    forgets(&mut mocks, &[SESSION]);
    mocks.tells(events());
    assert_eq!(mocks.app().admin().end_sessions(olga(), ANN).await, Ok(()));
}

#[tokio::test]
async fn who_is_reinstated_is_told_nothing() {
    let mut mocks = Mocks::new();
    let noted = is_noted(Action::Reinstate(ANN));
    mocks.admin.expect_reinstate().withf(move |_, note| noted(note)).once().return_once(|_, _| Ok(()));
    assert_eq!(mocks.app().admin().reinstate(olga(), ANN).await, Ok(()));
}

#[tokio::test]
async fn the_end_of_a_group_by_an_operator_is_told_as_any_other() {
    let mut mocks = Mocks::new();
    let noted = is_noted(Action::DeleteGroup(GROUP));
    mocks
        .admin
        .expect_delete_group()
        .withf(move |group, note| *group == GROUP && noted(note))
        .once()
        .return_once(|_, _| Ok(committed(())));
    mocks.tells(events());
    assert_eq!(mocks.app().admin().delete_group(olga(), GROUP).await, Ok(()));
}

#[tokio::test]
async fn limits_of_codes_are_cleared_only_after_that_is_noted() {
    let mut mocks = Mocks::new();
    let noted = is_noted(Action::ClearCodeLimits(email("Ann")));
    let mut order = Sequence::new();
    mocks
        .admin
        .expect_note()
        .withf(move |note| noted(note))
        .once()
        .in_sequence(&mut order)
        .return_once(|_| Ok(()));
    mocks
        .limiter
        .expect_forget()
        .withf(|policy, key| policy.name.starts_with("email_code_") && key == "ann@chat.example")
        .times(2)
        .in_sequence(&mut order)
        .returning(|_, _| Ok(()));
    mocks.codes.expect_forget().with(eq(email("Ann"))).once().in_sequence(&mut order).return_once(|_| Ok(()));
    assert_eq!(mocks.app().admin().clear_code_limits(olga(), email("Ann")).await, Ok(()));
}

fn key(kid: &str, state: KeyState) -> SigningKey {
    SigningKey { kid: kid.to_owned(), name: format!("token-{kid}"), created_at: None, state }
}

#[tokio::test]
async fn keys_are_rotated_with_the_overlap_that_tokens_need() {
    let mut mocks = Mocks::new();
    let noted = is_noted(Action::RotateKeys);
    mocks.admin.expect_note().withf(move |note| noted(note)).once().return_once(|_| Ok(()));
    let new = || key("new", KeyState::Upcoming);
    mocks.keys.expect_list().once().return_once(|_| Ok(vec![key("now", KeyState::Signing)]));
    mocks.keys.expect_rotate().with(eq(NOW), eq(LIFETIMES.access)).once().return_once(move |_, _| Ok(new()));
    assert_eq!(mocks.app().admin().rotate_keys(olga()).await, Ok(new()));
}

#[tokio::test]
async fn while_a_key_is_upcoming_none_is_made_and_nothing_noted() {
    let mut mocks = Mocks::new();
    let upcoming = || key("new", KeyState::Upcoming);
    mocks.keys.expect_list().once().return_once(move |_| Ok(vec![key("now", KeyState::Signing), upcoming()]));
    assert_eq!(mocks.app().admin().rotate_keys(olga()).await, Ok(upcoming()));
}

#[tokio::test]
async fn the_key_that_signs_is_not_retired_nor_is_one_that_nobody_knows() {
    let mut mocks = Mocks::new();
    let keys = || vec![key("old", KeyState::Superseded), key("now", KeyState::Signing)];
    mocks.keys.expect_list().times(3).returning(move |_| Ok(keys()));
    let noted = is_noted(Action::RetireKey("old".to_owned()));
    mocks.admin.expect_note().withf(move |note| noted(note)).once().return_once(|_| Ok(()));
    mocks.keys.expect_retire().withf(|kid, _| kid == "old").once().return_once(|_, _| Ok(()));
    let app = mocks.app();
    assert_eq!(app.admin().retire_key(olga(), "now").await, Err(Refusal::KeyInUse.into()));
    assert_eq!(app.admin().retire_key(olga(), "none").await, Err(Refusal::NotFound.into()));
    assert_eq!(app.admin().retire_key(olga(), "old").await, Ok(()));
}

#[tokio::test]
async fn what_cannot_be_noted_is_not_done() {
    let mut mocks = Mocks::new();
    mocks.admin.expect_note().times(3).returning(|_| Err(away()));
    mocks.keys.expect_list().times(2).returning(|_| Ok(vec![key("old", KeyState::Superseded)]));
    let app = mocks.app();
    assert_eq!(app.admin().clear_code_limits(olga(), email("Ann")).await, Err(away()));
    assert_eq!(app.admin().rotate_keys(olga()).await, Err(away()));
    assert_eq!(app.admin().retire_key(olga(), "old").await, Err(away()));
}

#[tokio::test]
async fn people_are_found_by_address_or_by_name_and_listed_without_a_query() {
    let query = |text| PeopleQuery::new(text).unwrap();
    assert_eq!(query(" \u{3000}"), None);
    assert_eq!(query("ANN@chat.example").unwrap().email, EmailAddress::new("ann@chat.example").ok());
    assert_eq!(query("Ann").unwrap().email, None);
    let mut mocks = Mocks::new();
    let page = || Page { items: vec![ann()], next: None };
    let (asked, all) = (eq(query("Ann")), eq(PageRequest::default()));
    mocks.admin.expect_people().with(asked, all).once().return_once(move |_, _| Ok(page()));
    assert_eq!(mocks.app().admin().people("Ann", PageRequest::default()).await, Ok(page()));
}

#[test]
fn a_note_names_what_was_done_to_whom() {
    let work = WorkId::from_bytes([9; 16]);
    for (action, name, subject, detail) in [
        (Action::Suspend(ANN, None), "suspend", ANN.to_string(), None),
        (Action::TransferGroup(GROUP, BOB), "transfer_group", GROUP.to_string(), Some(BOB.to_string())),
        (Action::RetryWork(work), "retry_work", work.to_string(), None),
        (Action::ClearCodeLimits(email("Ann")), "clear_code_limits", "Ann@chat.example".to_owned(), None),
    ] {
        assert_eq!((action.name(), action.subject(), action.detail()), (name, Some(subject), detail));
    }
}

#[test]
fn an_operator_has_a_name() {
    for bad in ["", " ", "a\nb", "ann\u{202e}"] {
        assert_eq!(Operator::new(bad).unwrap_err().field, "operator", "{bad:?}");
    }
}
