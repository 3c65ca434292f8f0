use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mockall::Sequence;
use mockall::predicate::eq;

use crate::Refusal::{InvalidCredentials, InvalidToken, NotFound, Unauthenticated};
use crate::account::{Account, Credentials};
use crate::event::Committed;
use crate::page::{Page, PageRequest};
use crate::ports::{AccessClaims, SessionState};
use crate::session::{REFRESH_GRACE, Refreshed, Rotation, Session, Tokens};
use crate::testing::{
    ANN, LIFETIMES, Mocks, NOW, SESSION, account, away, caller, client, committed, email, events, hash_of,
    password, signed,
};
use crate::{App, Error, SessionId, Timestamp};

const IP: &str = "192.0.2.1";

/// A refresh token of 48 bytes of nine: the session's id, then the secret.
fn refresh_token() -> String {
    "CQkJ".repeat(16)
}

fn its_session() -> SessionId {
    SessionId::from_bytes([9; 16])
}

fn claims() -> AccessClaims {
    AccessClaims { user: ANN, session: SESSION, issued_at: NOW, expires_at: NOW.after(LIFETIMES.access) }
}

/// Ann has a password, and verification is asked with her hash.
fn ann_with_password(mocks: &mut Mocks, right: bool) {
    let hash = Some(hash_of(&password("correct horse")));
    let known = Credentials { user: ANN, password: hash.clone() };
    mocks.accounts.expect_credentials().with(eq(email("ann"))).once().return_once(|_| Ok(Some(known)));
    mocks
        .passwords
        .expect_verify()
        .with(eq(password("correct horse")), eq(hash))
        .once()
        .return_once(move |_, _| Ok(right));
}

async fn log_in(app: &App) -> Result<(Account, Tokens), Error> {
    app.sessions().log_in(&email("ann"), password("correct horse"), client()).await
}

/// The cache and the store know this of Ann's session, and the token is hers.
fn session_is(mocks: &mut Mocks, cached: Option<SessionState>, stored: Option<Timestamp>) {
    mocks.tokens.expect_verify().withf(|token| token == "hers").returning(|_| Ok(claims()));
    mocks.cache.expect_session().with(eq(SESSION)).returning(move |_| cached);
    if let Some(stored) = stored {
        mocks
            .sessions
            .expect_last_seen()
            .with(eq(SESSION), eq(NOW))
            .once()
            .return_once(move |_, _| Ok(Some(stored)));
    }
}

fn remembers(mocks: &mut Mocks, session: SessionId, state: SessionState) {
    mocks.cache.expect_remember_session().with(eq(session), eq(state)).once().return_const(());
}

fn seen(ago: Duration) -> Timestamp {
    Timestamp::from_unix_micros(NOW.unix_micros() - i64::try_from(ago.as_micros()).unwrap())
}

#[tokio::test]
async fn who_knows_the_password_gets_a_session_and_its_tokens() {
    let mut mocks = Mocks::new();
    ann_with_password(&mut mocks, true);
    mocks.signs();
    let opened = Arc::new(Mutex::new(None));
    let open = Arc::clone(&opened);
    mocks.sessions.expect_open().once().return_once(move |session| {
        *open.lock().unwrap() = Some(session);
        Ok(())
    });
    mocks.accounts.expect_account().with(eq(ANN)).once().return_once(|_| Ok(account("Ann")));
    let (account_of_ann, tokens) = log_in(&mocks.app()).await.unwrap();
    let opened = opened.lock().unwrap().take().unwrap();
    assert_eq!(account_of_ann, account("Ann"));
    assert_eq!((opened.user, opened.client, opened.created_at), (ANN, client(), NOW));
    assert_eq!(opened.expires_at, NOW.after(LIFETIMES.refresh));
    assert_eq!(tokens.access_token, signed(&AccessClaims { session: opened.id, ..claims() }));
    assert_eq!((tokens.expires_in, tokens.refresh_expires_in), (LIFETIMES.access, LIFETIMES.refresh));
}

#[tokio::test]
async fn the_store_holds_no_refresh_token_but_its_hash() {
    let mut mocks = Mocks::new();
    ann_with_password(&mut mocks, true);
    mocks.signs();
    let stored = Arc::new(Mutex::new(Vec::new()));
    let (open, rotate) = (Arc::clone(&stored), Arc::clone(&stored));
    mocks.sessions.expect_open().once().return_once(move |session| {
        open.lock().unwrap().push((session.id, session.refresh_hash));
        Ok(())
    });
    mocks.sessions.expect_rotate().once().return_once(move |rotation| {
        rotate.lock().unwrap().push((rotation.session, rotation.presented));
        Ok(Committed::quietly(Refreshed::Unknown))
    });
    mocks.accounts.expect_account().return_once(|_| Ok(account("Ann")));
    let app = mocks.app();
    let (_, tokens) = log_in(&app).await.unwrap();
    app.sessions().refresh(&tokens.refresh_token, IP.to_owned()).await.unwrap_err();
    let stored = stored.lock().unwrap();
    assert_eq!(stored[0], stored[1]);
    let (session, hash) = &stored[0];
    let made_of_what_is_stored = URL_SAFE_NO_PAD.encode([session.as_bytes().as_slice(), hash].concat());
    assert_ne!(tokens.refresh_token, made_of_what_is_stored);
}

#[tokio::test]
async fn a_wrong_password_opens_no_session() {
    let mut mocks = Mocks::new();
    ann_with_password(&mut mocks, false);
    assert_eq!(log_in(&mocks.app()).await, Err(InvalidCredentials.into()));
}

#[tokio::test]
async fn an_unknown_address_costs_a_verification_and_opens_no_session() {
    for answer in [false, true] {
        let mut mocks = Mocks::new();
        mocks.accounts.expect_credentials().return_once(|_| Ok(None));
        let typed = password("correct horse");
        mocks.passwords.expect_verify().with(eq(typed), eq(None)).once().return_once(move |_, _| Ok(answer));
        assert_eq!(log_in(&mocks.app()).await, Err(InvalidCredentials.into()));
    }
}

#[tokio::test]
async fn who_has_no_password_cannot_log_in_with_one() {
    let mut mocks = Mocks::new();
    let known = Credentials { user: ANN, password: None };
    mocks.accounts.expect_credentials().return_once(|_| Ok(Some(known)));
    let typed = password("correct horse");
    mocks.passwords.expect_verify().with(eq(typed), eq(None)).once().return_once(|_, _| Ok(false));
    assert_eq!(log_in(&mocks.app()).await, Err(InvalidCredentials.into()));
}

#[tokio::test]
async fn a_session_that_cannot_be_stored_gives_no_tokens() {
    let mut mocks = Mocks::new();
    ann_with_password(&mut mocks, true);
    mocks.signs();
    mocks.sessions.expect_open().return_once(|_| Err(away()));
    assert_eq!(log_in(&mocks.app()).await, Err(away()));
}

#[tokio::test]
async fn a_refresh_gives_the_successor_whose_hash_the_store_has() {
    let mut mocks = Mocks::new();
    mocks.signs();
    let rotations: Arc<Mutex<Vec<Rotation>>> = Arc::default();
    let rotate = Arc::clone(&rotations);
    mocks.sessions.expect_rotate().times(2).returning(move |rotation| {
        rotate.lock().unwrap().push(rotation);
        Ok(Committed::quietly(Refreshed::Rotated { user: ANN }))
    });
    let (clock, app) = (Arc::clone(&mocks.clock), mocks.app());
    let tokens = app.sessions().refresh(&refresh_token(), IP.to_owned()).await.unwrap();
    clock.forward(Duration::from_secs(5));
    app.sessions().refresh(&tokens.refresh_token, IP.to_owned()).await.unwrap();
    let rotations = rotations.lock().unwrap();
    let (first, second) = (&rotations[0], &rotations[1]);
    assert_eq!((first.session, first.ip.as_str(), first.now), (its_session(), IP, NOW));
    assert_eq!((first.grace, first.expires_at), (REFRESH_GRACE, NOW.after(LIFETIMES.refresh)));
    assert_eq!((second.session, second.presented), (first.session, first.successor));
    assert_eq!(second.expires_at, first.expires_at.after(Duration::from_secs(5)));
    let issued = AccessClaims { session: its_session(), ..claims() };
    assert_eq!(tokens.access_token, signed(&issued));
}

#[tokio::test]
async fn a_client_whose_answer_got_lost_gets_the_same_successor_again() {
    let mut mocks = Mocks::new();
    mocks.signs();
    mocks
        .sessions
        .expect_rotate()
        .times(2)
        .returning(|_| Ok(Committed::quietly(Refreshed::Rotated { user: ANN })));
    let (clock, app) = (Arc::clone(&mocks.clock), mocks.app());
    let lost = app.sessions().refresh(&refresh_token(), IP.to_owned()).await.unwrap();
    clock.forward(Duration::from_secs(5));
    let again = app.sessions().refresh(&refresh_token(), IP.to_owned()).await.unwrap();
    assert_eq!(again.refresh_token, lost.refresh_token);
    assert_ne!(again.refresh_token, refresh_token());
}

#[tokio::test]
async fn a_reused_refresh_token_ends_its_session_and_lets_no_token_pass() {
    let (mut mocks, mut order) = (Mocks::new(), Sequence::new());
    mocks.sessions.expect_rotate().once().return_once(|_| Ok(committed(Refreshed::Reused)));
    mocks
        .cache
        .expect_remember_session()
        .with(eq(its_session()), eq(SessionState::Ended))
        .once()
        .in_sequence(&mut order)
        .return_const(());
    mocks.bus.expect_publish().with(eq(events())).once().in_sequence(&mut order).return_const(());
    let refused = mocks.app().sessions().refresh(&refresh_token(), IP.to_owned()).await;
    assert_eq!(refused, Err(InvalidToken.into()));
}

#[tokio::test]
async fn an_unknown_refresh_token_is_refused_and_told_to_nobody() {
    let mut mocks = Mocks::new();
    mocks.sessions.expect_rotate().once().return_once(|_| Ok(Committed::quietly(Refreshed::Unknown)));
    let refused = mocks.app().sessions().refresh(&refresh_token(), IP.to_owned()).await;
    assert_eq!(refused, Err(InvalidToken.into()));
}

#[tokio::test]
async fn what_is_no_refresh_token_is_refused_without_asking_the_store() {
    let app = Mocks::new().app();
    let longer = refresh_token() + "CQkJ";
    for text in ["", "CQkJ", "not base64!", refresh_token().trim_end_matches("CQkJ"), &longer] {
        let refused = app.sessions().refresh(text, IP.to_owned()).await;
        assert_eq!(refused, Err(InvalidToken.into()), "{text:?}");
    }
}

#[tokio::test]
async fn a_refresh_that_the_store_does_not_answer_tells_nobody() {
    let mut mocks = Mocks::new();
    mocks.sessions.expect_rotate().return_once(|_| Err(away()));
    assert_eq!(mocks.app().sessions().refresh(&refresh_token(), IP.to_owned()).await, Err(away()));
}

#[tokio::test]
async fn what_is_no_access_token_is_refused() {
    let mut mocks = Mocks::new();
    mocks.tokens.expect_verify().return_once(|_| Err(Unauthenticated.into()));
    assert_eq!(mocks.app().sessions().authenticate("nobodys").await, Err(Unauthenticated.into()));
}

#[tokio::test]
async fn who_was_seen_within_a_minute_passes_without_asking_the_store() {
    let mut mocks = Mocks::new();
    session_is(&mut mocks, Some(SessionState::Live { seen_at: seen(Duration::from_secs(59)) }), None);
    assert_eq!(mocks.app().sessions().authenticate("hers").await, Ok(caller()));
}

#[tokio::test]
async fn a_token_ends_when_its_time_is_over() {
    let mut mocks = Mocks::new();
    let seen_at = NOW.after(LIFETIMES.access);
    session_is(&mut mocks, Some(SessionState::Live { seen_at }), None);
    let (clock, app) = (Arc::clone(&mocks.clock), mocks.app());
    clock.forward(LIFETIMES.access - Duration::from_micros(1));
    assert_eq!(app.sessions().authenticate("hers").await, Ok(caller()));
    clock.forward(Duration::from_micros(1));
    assert_eq!(app.sessions().authenticate("hers").await, Err(Unauthenticated.into()));
}

#[tokio::test]
async fn a_session_that_is_known_to_have_ended_lets_no_token_pass() {
    let mut mocks = Mocks::new();
    session_is(&mut mocks, Some(SessionState::Ended), None);
    assert_eq!(mocks.app().sessions().authenticate("hers").await, Err(Unauthenticated.into()));
}

#[tokio::test]
async fn a_session_that_has_ended_since_is_not_confirmed() {
    let ended = Err(Unauthenticated.into());
    for (state, confirmed) in [(SessionState::Live { seen_at: NOW }, Ok(())), (SessionState::Ended, ended)] {
        let mut mocks = Mocks::new();
        mocks.cache.expect_session().return_once(move |_| Some(state));
        assert_eq!(mocks.app().sessions().confirm(caller()).await, confirmed);
    }
}

#[tokio::test]
async fn a_session_that_the_store_does_not_have_lets_no_token_pass_and_is_remembered_as_ended() {
    let mut mocks = Mocks::new();
    session_is(&mut mocks, None, None);
    mocks.sessions.expect_last_seen().with(eq(SESSION), eq(NOW)).once().return_once(|_, _| Ok(None));
    remembers(&mut mocks, SESSION, SessionState::Ended);
    assert_eq!(mocks.app().sessions().authenticate("hers").await, Err(Unauthenticated.into()));
}

#[tokio::test]
async fn a_session_that_the_store_has_is_remembered_as_seen_when_it_was() {
    let mut mocks = Mocks::new();
    let seen_at = seen(Duration::from_secs(59));
    session_is(&mut mocks, None, Some(seen_at));
    remembers(&mut mocks, SESSION, SessionState::Live { seen_at });
    assert_eq!(mocks.app().sessions().authenticate("hers").await, Ok(caller()));
}

#[tokio::test]
async fn who_was_last_seen_a_minute_ago_is_noted_as_seen_now() {
    let a_minute_ago = seen(Duration::from_secs(60));
    for cached in [None, Some(SessionState::Live { seen_at: a_minute_ago })] {
        let mut mocks = Mocks::new();
        session_is(&mut mocks, cached, Some(a_minute_ago));
        mocks.sessions.expect_touch().with(eq(SESSION), eq(NOW)).once().return_once(|_, _| Ok(()));
        remembers(&mut mocks, SESSION, SessionState::Live { seen_at: NOW });
        assert_eq!(mocks.app().sessions().authenticate("hers").await, Ok(caller()));
    }
}

#[tokio::test]
async fn a_session_that_nobody_can_vouch_for_does_not_pass() {
    let mut mocks = Mocks::new();
    session_is(&mut mocks, None, None);
    mocks.sessions.expect_last_seen().return_once(|_, _| Err(away()));
    assert_eq!(mocks.app().sessions().authenticate("hers").await, Err(away()));
}

#[tokio::test]
async fn who_logs_out_ends_their_own_session() {
    let mut mocks = Mocks::new();
    mocks.sessions.expect_end().with(eq(ANN), eq(SESSION)).once().return_once(|_, _| Ok(committed(true)));
    remembers(&mut mocks, SESSION, SessionState::Ended);
    mocks.tells(events());
    assert_eq!(mocks.app().sessions().log_out(caller()).await, Ok(()));
}

#[tokio::test]
async fn logging_out_of_a_session_that_has_ended_is_fine() {
    let mut mocks = Mocks::new();
    mocks.sessions.expect_end().once().return_once(|_, _| Ok(Committed::quietly(false)));
    assert_eq!(mocks.app().sessions().log_out(caller()).await, Ok(()));
}

#[tokio::test]
async fn a_log_out_that_is_not_stored_is_no_log_out() {
    let mut mocks = Mocks::new();
    mocks.sessions.expect_end().return_once(|_, _| Err(away()));
    assert_eq!(mocks.app().sessions().log_out(caller()).await, Err(away()));
}

#[tokio::test]
async fn an_ended_session_lets_no_token_pass_before_the_world_hears_of_it() {
    let (mut mocks, mut order) = (Mocks::new(), Sequence::new());
    let other = its_session();
    mocks
        .sessions
        .expect_end()
        .with(eq(ANN), eq(other))
        .once()
        .in_sequence(&mut order)
        .return_once(|_, _| Ok(committed(true)));
    mocks
        .cache
        .expect_remember_session()
        .with(eq(other), eq(SessionState::Ended))
        .once()
        .in_sequence(&mut order)
        .return_const(());
    mocks.bus.expect_publish().with(eq(events())).once().in_sequence(&mut order).return_const(());
    assert_eq!(mocks.app().sessions().end(caller(), other).await, Ok(()));
}

#[tokio::test]
async fn somebody_elses_session_is_not_found_and_goes_on() {
    let mut mocks = Mocks::new();
    mocks.sessions.expect_end().once().return_once(|_, _| Ok(Committed::quietly(false)));
    assert_eq!(mocks.app().sessions().end(caller(), its_session()).await, Err(NotFound.into()));
}

#[tokio::test]
async fn an_end_that_is_not_stored_is_told_to_nobody() {
    let mut mocks = Mocks::new();
    mocks.sessions.expect_end().return_once(|_, _| Err(away()));
    assert_eq!(mocks.app().sessions().end(caller(), its_session()).await, Err(away()));
}

#[tokio::test]
async fn the_callers_living_sessions_are_listed() {
    let mut mocks = Mocks::new();
    let session = Session { id: SESSION, user: ANN, client: client(), created_at: NOW, last_seen_at: NOW };
    let page = Page { items: vec![session], next: None };
    let given = page.clone();
    mocks
        .sessions
        .expect_list()
        .with(eq(ANN), eq(NOW), eq(PageRequest::default()))
        .once()
        .return_once(|_, _, _| Ok(given));
    assert_eq!(mocks.app().sessions().list(caller(), PageRequest::default()).await, Ok(page));
}

#[tokio::test]
async fn sessions_that_have_ended_unheard_are_found_and_forgotten() {
    let mut mocks = Mocks::new();
    mocks
        .sessions
        .expect_living()
        .withf(|asked, now| asked == [SESSION, its_session()] && *now == NOW)
        .once()
        .return_once(|_, _| Ok(vec![SESSION]));
    remembers(&mut mocks, its_session(), SessionState::Ended);
    assert_eq!(mocks.app().sessions().ended(&[SESSION, its_session()]).await, Ok(vec![its_session()]));
}

#[tokio::test]
async fn expired_sessions_are_swept_some_at_a_time_until_none_is_left() {
    let mut mocks = Mocks::new();
    let mut left = 1200;
    mocks.sessions.expect_sweep().withf(|now, _| *now == NOW).times(3).returning(move |_, limit| {
        let swept = limit.min(left);
        left -= swept;
        Ok(swept)
    });
    assert_eq!(mocks.app().sessions().sweep().await, Ok(1200));
}
