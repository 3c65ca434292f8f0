//! Codes by mail, and registration, which uses one up.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{ann_is_known, ann_is_unknown};
use crate::Refusal::{EmailTaken, InvalidCode};
use crate::account::{Account, CodePurpose, EmailAddress, EmailCode, Registration, StoredCode, UserName};
use crate::ports::{AccessClaims, Mail};
use crate::session::Tokens;
use crate::testing::{LIFETIMES, Mocks, NOW, account, away, client, email, hash_of, password, signed};
use crate::{App, Error, Exceeded};

fn registration(name: Option<&str>) -> Registration {
    Registration {
        email: email("ann"),
        code: EmailCode::typed("123456"),
        password: password("correct horse"),
        name: name.map(|name| UserName::new(name).unwrap()),
    }
}

async fn register(app: &App) -> Result<(Account, Tokens), Error> {
    app.accounts().register(registration(None), client()).await
}

fn nothing_is_too_often(mocks: &mut Mocks) {
    mocks.limiter.expect_check().returning(|_, _| Ok(()));
}

fn code_is_right(mocks: &mut Mocks) {
    mocks.codes.expect_redeem().once().return_once(|_, _, _, _, _| Ok(true));
}

/// What is kept and what is mailed when a code for `purpose` is sent to `to`.
async fn sent(purpose: CodePurpose, to: &EmailAddress) -> (StoredCode, EmailCode) {
    let mut mocks = Mocks::new();
    nothing_is_too_often(&mut mocks);
    mocks.accounts.expect_credentials().returning(move |_| {
        let known = crate::account::Credentials { user: crate::testing::ANN, password: None };
        Ok(Some(known).filter(|_| purpose == CodePurpose::ResetPassword))
    });
    let (kept, mailed) = (Arc::new(Mutex::new(None)), Arc::new(Mutex::new(None)));
    let (keep, mail) = (Arc::clone(&kept), Arc::clone(&mailed));
    mocks.codes.expect_keep().once().return_once(move |_, _, stored| {
        *keep.lock().unwrap() = Some(stored);
        Ok(())
    });
    mocks.mailer.expect_send().once().return_once(move |sent| {
        *mail.lock().unwrap() = Some(sent);
        Ok(())
    });
    mocks.app().accounts().send_code(to.clone(), purpose).await.unwrap();
    let stored = kept.lock().unwrap().take().unwrap();
    match mailed.lock().unwrap().take().unwrap() {
        Mail::Code { code, .. } => (stored, code),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_code_is_mailed_to_whom_it_can_serve() {
    for (purpose, known) in [
        (CodePurpose::Register, false),
        (CodePurpose::ResetPassword, true),
        (CodePurpose::BindEmail, true),
        (CodePurpose::BindEmail, false),
    ] {
        let mut mocks = Mocks::new();
        nothing_is_too_often(&mut mocks);
        if known {
            ann_is_known(&mut mocks)
        } else {
            ann_is_unknown(&mut mocks)
        }
        mocks
            .codes
            .expect_keep()
            .withf(move |to, kept_for, _| (to, *kept_for) == (&email("ann"), purpose))
            .once()
            .return_once(|_, _, _| Ok(()));
        mocks
            .mailer
            .expect_send()
            .withf(move |mail| {
                matches!(mail, Mail::Code { to, purpose: of, .. } if (to, *of) == (&email("ann"), purpose))
            })
            .once()
            .return_once(|_| Ok(()));
        assert_eq!(mocks.app().accounts().send_code(email("ann"), purpose).await, Ok(()));
    }
}

#[tokio::test]
async fn who_registers_a_known_address_mails_its_owner_a_notice() {
    let mut mocks = Mocks::new();
    nothing_is_too_often(&mut mocks);
    ann_is_known(&mut mocks);
    mocks.codes.expect_keep().once().return_once(|_, _, _| Ok(()));
    mocks
        .mailer
        .expect_send()
        .withf(|mail| *mail == Mail::AlreadyRegistered { to: email("ann") })
        .once()
        .return_once(|_| Ok(()));
    let sent = mocks.app().accounts().send_code(email("ann"), CodePurpose::Register).await;
    assert_eq!(sent, Ok(()));
}

#[tokio::test]
async fn who_resets_an_unknown_address_mails_nobody_and_cannot_tell() {
    let mut mocks = Mocks::new();
    nothing_is_too_often(&mut mocks);
    ann_is_unknown(&mut mocks);
    mocks.codes.expect_keep().once().return_once(|_, _, _| Ok(()));
    let sent = mocks.app().accounts().send_code(email("ann"), CodePurpose::ResetPassword).await;
    assert_eq!(sent, Ok(()));
}

#[tokio::test]
async fn a_code_has_six_digits_and_the_store_does_not_hold_them() {
    let (stored, code) = sent(CodePurpose::Register, &email("ann")).await;
    assert!(code.expose().len() == 6 && code.expose().bytes().all(|byte| byte.is_ascii_digit()));
    assert_ne!(stored.hash, crate::secret::sha256(code.expose().as_bytes()));
    assert_eq!(stored.created_at, NOW);
}

#[tokio::test]
async fn the_same_code_for_another_purpose_or_address_is_another_hash() {
    let (register, code) = sent(CodePurpose::Register, &email("ann")).await;
    let (bind, same) = sent(CodePurpose::BindEmail, &email("ann")).await;
    let (bobs, too) = sent(CodePurpose::Register, &email("bob")).await;
    let (upper, again) = sent(CodePurpose::Register, &email("ANN")).await;
    assert!(code == same && code == too && code == again);
    assert_ne!(register.hash, bind.hash);
    assert_ne!(register.hash, bobs.hash);
    assert_eq!(register.hash, upper.hash);
}

#[tokio::test]
async fn another_code_is_another_hash() {
    let (stored, code) = sent(CodePurpose::Register, &email("ann")).await;
    assert_ne!(code, registration(None).code);
    let mut mocks = Mocks::new();
    mocks
        .codes
        .expect_redeem()
        .withf(move |_, _, hash, _, _| *hash != stored.hash)
        .once()
        .return_once(|_, _, _, _, _| Ok(false));
    assert_eq!(register(&mocks.app()).await, Err(InvalidCode.into()));
}

#[tokio::test]
async fn a_code_is_redeemed_by_the_hash_that_was_kept_at_most_five_times_wrong() {
    for purpose in [CodePurpose::Register, CodePurpose::ResetPassword] {
        let (stored, code) = sent(purpose, &email("ann")).await;
        let mut mocks = Mocks::new();
        mocks
            .codes
            .expect_redeem()
            .withf(move |address, of, hash, tries, now| {
                (address, *of) == (&email("ann"), purpose) && (*hash, *tries, *now) == (stored.hash, 5, NOW)
            })
            .once()
            .return_once(|_, _, _, _, _| Ok(false));
        let (app, new) = (mocks.app(), password("correct horse"));
        let typed = EmailCode::typed(&format!(" {}\n", code.expose()));
        let refused = if purpose == CodePurpose::Register {
            let registration = Registration { code: typed, ..registration(None) };
            app.accounts().register(registration, client()).await.map(|_| ())
        } else {
            app.accounts().reset_password(email("ann"), typed, new).await
        };
        assert_eq!(refused, Err(InvalidCode.into()));
    }
}

#[tokio::test]
async fn a_code_asked_for_too_often_is_neither_kept_nor_mailed() {
    for limit in ["email_code_minute", "email_code_hour"] {
        let exceeded = Exceeded {
            policy: limit,
            quota: 1,
            window: Duration::from_secs(60),
            retry_after: Duration::from_secs(7),
        };
        let (mut mocks, given) = (Mocks::new(), exceeded.clone());
        mocks.limiter.expect_check().returning(move |policy, _| {
            if policy.name == limit { Err(Error::RateLimited(given.clone())) } else { Ok(()) }
        });
        let refused = mocks.app().accounts().send_code(email("ann"), CodePurpose::Register).await;
        assert_eq!(refused, Err(Error::RateLimited(exceeded)));
    }
}

#[tokio::test]
async fn an_address_gets_one_mail_a_minute_and_five_an_hour_however_it_is_written() {
    let mut mocks = Mocks::new();
    for (quota, seconds) in [(1, 60), (5, 3600)] {
        mocks
            .limiter
            .expect_check()
            .withf(move |policy, of| {
                (policy.quota, policy.window.as_secs()) == (quota, seconds) && of == "ann@chat.example"
            })
            .once()
            .return_once(|_, _| Ok(()));
    }
    ann_is_unknown(&mut mocks);
    mocks.codes.expect_keep().once().return_once(|_, _, _| Ok(()));
    mocks.mailer.expect_send().once().return_once(|_| Ok(()));
    let sent = mocks.app().accounts().send_code(email("ANN"), CodePurpose::Register).await;
    assert_eq!(sent, Ok(()));
}

#[tokio::test]
async fn who_asks_again_too_soon_does_not_use_up_the_hour() {
    let mut mocks = Mocks::new();
    mocks
        .limiter
        .expect_check()
        .withf(|policy, _| policy.name == "email_code_minute")
        .once()
        .return_once(|_, _| Err(away()));
    let sent = mocks.app().accounts().send_code(email("ann"), CodePurpose::Register).await;
    assert_eq!(sent, Err(away()));
}

#[tokio::test]
async fn a_code_that_cannot_be_kept_is_not_mailed() {
    let mut mocks = Mocks::new();
    nothing_is_too_often(&mut mocks);
    ann_is_unknown(&mut mocks);
    mocks.codes.expect_keep().return_once(|_, _, _| Err(away()));
    let sent = mocks.app().accounts().send_code(email("ann"), CodePurpose::Register).await;
    assert_eq!(sent, Err(away()));
}

#[tokio::test]
async fn a_code_that_cannot_be_mailed_is_not_said_to_be() {
    let mut mocks = Mocks::new();
    nothing_is_too_often(&mut mocks);
    ann_is_unknown(&mut mocks);
    mocks.codes.expect_keep().once().return_once(|_, _, _| Ok(()));
    mocks.mailer.expect_send().once().return_once(|_| Err(away()));
    let sent = mocks.app().accounts().send_code(email("ann"), CodePurpose::Register).await;
    assert_eq!(sent, Err(away()));
}

#[tokio::test]
async fn who_registers_gets_an_account_and_its_first_session_in_one() {
    let mut mocks = Mocks::new();
    code_is_right(&mut mocks);
    mocks.hashes();
    mocks.signs();
    let made = Arc::new(Mutex::new(None));
    let make = Arc::clone(&made);
    mocks.accounts.expect_create().once().return_once(move |new, session| {
        *make.lock().unwrap() = Some((new, session));
        Ok(account("Ann"))
    });
    let (registered, tokens) =
        mocks.app().accounts().register(registration(Some("Ann")), client()).await.unwrap();
    let (new, session) = made.lock().unwrap().take().unwrap();
    assert_eq!(registered, account("Ann"));
    assert_eq!((new.email, new.name.as_str(), new.created_at), (email("ann"), "Ann", NOW));
    assert_eq!(new.password, Some(hash_of(&password("correct horse"))));
    assert_eq!((session.user, session.client, session.created_at), (new.id, client(), NOW));
    let (issued_at, expires_at) = (NOW, NOW.after(LIFETIMES.access));
    let claims = AccessClaims { user: new.id, session: session.id, issued_at, expires_at };
    assert_eq!(tokens.access_token, signed(&claims));
}

#[tokio::test]
async fn who_gives_no_name_is_called_after_their_address() {
    let mut mocks = Mocks::new();
    code_is_right(&mut mocks);
    mocks.hashes();
    mocks.signs();
    mocks
        .accounts
        .expect_create()
        .withf(|new, _| new.name.as_str() == "ann")
        .once()
        .return_once(|_, _| Ok(account("ann")));
    assert!(register(&mocks.app()).await.is_ok());
}

#[tokio::test]
async fn a_wrong_code_makes_no_account() {
    let mut mocks = Mocks::new();
    mocks.codes.expect_redeem().once().return_once(|_, _, _, _, _| Ok(false));
    assert_eq!(register(&mocks.app()).await, Err(InvalidCode.into()));
}

#[tokio::test]
async fn a_code_that_cannot_be_judged_makes_no_account() {
    let mut mocks = Mocks::new();
    mocks.codes.expect_redeem().once().return_once(|_, _, _, _, _| Err(away()));
    assert_eq!(register(&mocks.app()).await, Err(away()));
}

#[tokio::test]
async fn a_password_that_cannot_be_hashed_makes_no_account() {
    let mut mocks = Mocks::new();
    code_is_right(&mut mocks);
    mocks.passwords.expect_hash().return_once(|_| Err(away()));
    assert_eq!(register(&mocks.app()).await, Err(away()));
}

#[tokio::test]
async fn of_two_who_register_an_address_the_slower_is_refused() {
    let mut mocks = Mocks::new();
    code_is_right(&mut mocks);
    mocks.hashes();
    mocks.signs();
    mocks.accounts.expect_create().once().return_once(|_, _| Err(EmailTaken.into()));
    assert_eq!(register(&mocks.app()).await, Err(EmailTaken.into()));
}
