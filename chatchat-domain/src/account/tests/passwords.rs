//! New passwords, and the sessions that end with the old ones.

use mockall::Sequence;
use mockall::predicate::eq;

use super::{ann_is_known, ann_is_unknown};
use crate::Error;
use crate::Refusal::{InvalidCode, InvalidCredentials, NotFound};
use crate::SessionId;
use crate::account::{CodePurpose, Credentials, EmailCode};
use crate::ports::SessionState;
use crate::testing::{ANN, Mocks, NOW, SESSION, away, caller, committed, email, events, hash_of, password};

const PHONE: SessionId = SessionId::from_bytes([21; 16]);
const TABLET: SessionId = SessionId::from_bytes([22; 16]);

/// The new password is stored, all sessions but `keep` end, then no token of theirs passes, then it is told.
fn ends_the_sessions_on_phone_and_tablet(mocks: &mut Mocks, keep: Option<SessionId>) {
    let mut order = Sequence::new();
    mocks.hashes();
    mocks
        .accounts
        .expect_set_password()
        .with(eq(ANN), eq(hash_of(&password("battery staple"))), eq(keep), eq(NOW))
        .once()
        .in_sequence(&mut order)
        .return_once(|_, _, _, _| Ok(committed(vec![PHONE, TABLET])));
    for session in [PHONE, TABLET] {
        mocks
            .cache
            .expect_remember_session()
            .with(eq(session), eq(SessionState::Ended))
            .once()
            .in_sequence(&mut order)
            .return_const(());
    }
    mocks.bus.expect_publish().with(eq(events())).once().in_sequence(&mut order).return_const(());
}

fn code_is(mocks: &mut Mocks, right: bool) {
    mocks
        .codes
        .expect_redeem()
        .withf(|address, purpose, _, _, _| (address, *purpose) == (&email("ann"), CodePurpose::ResetPassword))
        .once()
        .return_once(move |_, _, _, _, _| Ok(right));
}

async fn reset(mocks: Mocks) -> Result<(), Error> {
    let (code, new) = (EmailCode::typed("123456"), password("battery staple"));
    mocks.app().accounts().reset_password(email("ann"), code, new).await
}

/// Ann has this password, or none.
fn ann_has(mocks: &mut Mocks, old: Option<&str>) {
    let known = Credentials { user: ANN, password: old.map(|old| hash_of(&password(old))) };
    mocks.accounts.expect_credentials_of().with(eq(ANN)).once().return_once(|_| Ok(known));
}

/// She types it as it is, or otherwise.
fn verified(mocks: &mut Mocks, right: bool) {
    mocks
        .passwords
        .expect_verify()
        .with(eq(password("as she types")), eq(Some(hash_of(&password("correct horse")))))
        .once()
        .return_once(move |_, _| Ok(right));
}

async fn change(mocks: Mocks, current: Option<&str>) -> Result<(), Error> {
    mocks.app().accounts().change_password(caller(), current.map(password), password("battery staple")).await
}

#[tokio::test]
async fn a_reset_ends_every_session() {
    let mut mocks = Mocks::new();
    code_is(&mut mocks, true);
    ann_is_known(&mut mocks);
    ends_the_sessions_on_phone_and_tablet(&mut mocks, None);
    assert_eq!(reset(mocks).await, Ok(()));
}

#[tokio::test]
async fn a_wrong_code_resets_nothing() {
    let mut mocks = Mocks::new();
    code_is(&mut mocks, false);
    assert_eq!(reset(mocks).await, Err(InvalidCode.into()));
}

#[tokio::test]
async fn who_has_no_account_is_refused_like_who_has_no_code() {
    let mut mocks = Mocks::new();
    code_is(&mut mocks, true);
    ann_is_unknown(&mut mocks);
    assert_eq!(reset(mocks).await, Err(InvalidCode.into()));
}

#[tokio::test]
async fn a_reset_that_is_not_stored_ends_no_session_and_tells_nobody() {
    let mut mocks = Mocks::new();
    code_is(&mut mocks, true);
    ann_is_known(&mut mocks);
    mocks.hashes();
    mocks.accounts.expect_set_password().return_once(|_, _, _, _| Err(away()));
    assert_eq!(reset(mocks).await, Err(away()));
}

#[tokio::test]
async fn who_changes_their_password_keeps_this_session_alone() {
    let mut mocks = Mocks::new();
    ann_has(&mut mocks, Some("correct horse"));
    verified(&mut mocks, true);
    ends_the_sessions_on_phone_and_tablet(&mut mocks, Some(SESSION));
    assert_eq!(change(mocks, Some("as she types")).await, Ok(()));
}

#[tokio::test]
async fn a_wrong_current_password_changes_nothing() {
    let mut mocks = Mocks::new();
    ann_has(&mut mocks, Some("correct horse"));
    verified(&mut mocks, false);
    assert_eq!(change(mocks, Some("as she types")).await, Err(InvalidCredentials.into()));
}

#[tokio::test]
async fn a_missing_current_password_changes_nothing() {
    let mut mocks = Mocks::new();
    ann_has(&mut mocks, Some("correct horse"));
    assert_eq!(change(mocks, None).await, Err(InvalidCredentials.into()));
}

#[tokio::test]
async fn who_has_no_password_yet_need_not_know_it() {
    for current in [None, Some("as she types")] {
        let mut mocks = Mocks::new();
        ann_has(&mut mocks, None);
        ends_the_sessions_on_phone_and_tablet(&mut mocks, Some(SESSION));
        assert_eq!(change(mocks, current).await, Ok(()));
    }
}

#[tokio::test]
async fn a_change_that_is_not_stored_ends_no_session_and_tells_nobody() {
    for error in [Error::from(NotFound), away()] {
        let (mut mocks, given) = (Mocks::new(), error.clone());
        ann_has(&mut mocks, None);
        mocks.hashes();
        mocks.accounts.expect_set_password().return_once(|_, _, _, _| Err(given));
        assert_eq!(change(mocks, None).await, Err(error));
    }
}

#[tokio::test]
async fn a_hasher_that_is_too_busy_changes_nothing() {
    let mut mocks = Mocks::new();
    ann_has(&mut mocks, Some("correct horse"));
    mocks.passwords.expect_verify().return_once(|_, _| Err(away()));
    assert_eq!(change(mocks, Some("as she types")).await, Err(away()));
}
