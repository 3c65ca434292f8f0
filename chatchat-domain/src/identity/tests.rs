use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use mockall::predicate::eq;

use super::*;
use crate::Refusal::{
    AccessDenied, InvalidCode, InvalidState, InvalidToken, LastCredential, NotFound, ProviderError,
};
use crate::account::{CodePurpose, Credentials, EmailCode, UserName};
use crate::testing::{ANN, BOB, Mocks, NOW, account, away, caller, client, email, hash_of, password};
use crate::{App, Error};

fn id(text: &str) -> ProviderId {
    ProviderId::new(text).unwrap()
}

/// Who comes from Acme; the address that Acme reports is Ann's.
fn claims() -> Claims {
    Claims {
        subject: ExternalSubject::new("248289761001").unwrap(),
        name: UserName::new("Ann of Acme").ok(),
        email: Some(email("ann")),
    }
}

fn key() -> IdentityKey {
    IdentityKey { provider: id("acme"), subject: claims().subject }
}

fn bound() -> Identity {
    Identity { provider: id("acme"), claims: claims(), bound_at: NOW }
}

/// A provider that sends browsers to itself.
fn provider(name: &str, is_trusted: bool) -> MockIdentityProvider {
    let mut provider = MockIdentityProvider::new();
    let info = ProviderInfo { id: id(name), name: name.to_uppercase(), is_trusted };
    provider.expect_info().return_const(info);
    let url = format!("https://{name}.example/?state=");
    let asks = move |request: &AuthorizationRequest| Ok(format!("{url}{}", request.state.expose()));
    provider.expect_authorization_url().returning(asks);
    provider
}

/// Keeps log-ins as a store does.
fn keeps_logins(mocks: &mut Mocks) {
    let pending = Arc::new(Mutex::new(HashMap::new()));
    let verified = Arc::new(Mutex::new(HashMap::new()));
    let map = Arc::clone(&pending);
    mocks.logins.expect_keep_pending().returning(move |key, login| {
        map.lock().unwrap().insert(key, login);
        Ok(())
    });
    mocks.logins.expect_take_pending().returning(move |key| Ok(pending.lock().unwrap().remove(&key)));
    let map = Arc::clone(&verified);
    mocks.logins.expect_keep_verified().returning(move |key, identity| {
        map.lock().unwrap().insert(key, identity);
        Ok(())
    });
    let map = Arc::clone(&verified);
    mocks.logins.expect_verified().returning(move |key| Ok(map.lock().unwrap().get(&key).cloned()));
    mocks.logins.expect_take_verified().returning(move |key| Ok(verified.lock().unwrap().remove(&key)));
}

/// What is said of log-ins with Acme, and of another provider; Acme knows whoever brings the code `good`.
fn mocks() -> Mocks {
    let mut mocks = Mocks::new();
    keeps_logins(&mut mocks);
    let mut acme = provider("acme", true);
    acme.expect_redeem().withf(|code| code.code == "good").returning(|_| Ok(claims()));
    acme.expect_redeem().withf(|code| code.code == "bad").returning(|_| Err(ProviderError.into()));
    acme.expect_redeem().withf(|code| code.code == "late").returning(|_| Err(away()));
    mocks.identity_providers = vec![acme, provider("other", false)];
    mocks.signs();
    mocks
}

fn nobody_is_remembered(mocks: &mut Mocks) {
    mocks.cache.expect_binding().with(eq(key())).returning(|_| None);
}

/// The identity is bound to nobody.
fn nobody_is_bound(mocks: &mut Mocks) {
    nobody_is_remembered(mocks);
    mocks.identities.expect_owner().with(eq(key())).returning(|_| Ok(None));
}

/// Starts in the browser; gives the state.
async fn starts(app: &App, browser: &OpaqueToken) -> String {
    let return_to = app.identities().return_to("/room?a=b").unwrap();
    let url = app.identities().start("acme", return_to, browser).await.unwrap();
    url.strip_prefix("https://acme.example/?state=").unwrap().to_owned()
}

fn response(state: &str, code: &str) -> AuthorizationResponse {
    let (state, code) = (Some(state.to_owned()), Some(code.to_owned()));
    AuthorizationResponse { state, code, ..AuthorizationResponse::default() }
}

/// Logs in at Acme; gives the login code.
async fn comes_back(app: &App, browser: &OpaqueToken) -> String {
    let state = starts(app, browser).await;
    let finished = app.identities().finish("acme", Some(browser), response(&state, "good")).await.unwrap();
    assert_eq!(finished.return_to.unwrap().as_str(), "/room?a=b");
    finished.login_code.unwrap().expose().to_owned()
}

/// A code's way to a binding token.
async fn needs_binding(app: &App, browser: &OpaqueToken) -> String {
    let code = comes_back(app, browser).await;
    match app.identities().redeem_login_code(&code, Some(browser), client()).await.unwrap() {
        LoginOutcome::BindingRequired { binding_token, name, email } => {
            assert_eq!((name, email), (claims().name, claims().email));
            binding_token.expose().to_owned()
        }
        other => panic!("{other:?}"),
    }
}

fn email_binding(binding_token: &str, code: &str) -> EmailBinding {
    EmailBinding {
        binding_token: binding_token.to_owned(),
        email: email("ann"),
        code: EmailCode::typed(code),
        password: Some(password("correct horse")),
    }
}

/// The mail's code is good if and only if it is 123456.
fn mail_has_code(mocks: &mut Mocks) {
    let tried = Arc::new(Mutex::new(0));
    mocks.codes.expect_redeem().returning(move |address, purpose, _, _, _| {
        assert_eq!((address, purpose), (&email("ann"), CodePurpose::BindEmail));
        let mut tried = tried.lock().unwrap();
        *tried += 1;
        Ok(*tried > 1)
    });
}

#[tokio::test]
async fn who_comes_back_gets_a_code_that_logs_in_the_bound_account() {
    let mut mocks = mocks();
    nobody_is_remembered(&mut mocks);
    mocks.identities.expect_owner().with(eq(key())).once().return_once(|_| Ok(Some(ANN)));
    mocks
        .identities
        .expect_log_in()
        .withf(|identity, session| *identity == key() && session.user == ANN && session.client == client())
        .once()
        .return_once(|_, _| Ok(true));
    mocks.cache.expect_remember_binding().with(eq(key()), eq(ANN)).once().return_const(());
    mocks.accounts.expect_account().with(eq(ANN)).returning(|_| Ok(account("Ann")));
    let app = mocks.app();
    let browser = app.identities().new_browser();
    let code = comes_back(&app, &browser).await;
    let outcome = app.identities().redeem_login_code(&code, Some(&browser), client()).await.unwrap();
    assert!(matches!(outcome, LoginOutcome::LoggedIn(who, _) if *who == account("Ann")));
    let again = app.identities().redeem_login_code(&code, Some(&browser), client()).await;
    assert_eq!(again, Err(InvalidCode.into()), "it is good once");
}

#[tokio::test]
async fn a_state_is_for_its_provider_its_browser_and_its_time() {
    let mocks = mocks();
    let clock = Arc::clone(&mocks.clock);
    let app = mocks.app();
    let (browser, stranger) = (app.identities().new_browser(), app.identities().new_browser());
    let finish = async |provider: &str, browser, state: &str| {
        app.identities().finish(provider, browser, response(state, "good")).await.unwrap()
    };
    let altered = |state: &str| format!("{}A", &state[..42]);
    for (what, provider, who, change) in [
        ("another provider's", "other", Some(&browser), None::<&dyn Fn(&str) -> String>),
        ("another browser's", "acme", Some(&stranger), None),
        ("nobody's", "acme", None, None),
        ("altered", "acme", Some(&browser), Some(&altered)),
        ("empty", "acme", Some(&browser), Some(&|_: &str| String::new())),
    ] {
        let state = starts(&app, &browser).await;
        let state = change.map_or(state.clone(), |change| change(&state));
        let finished = finish(provider, who, &state).await;
        assert_eq!(finished.login_code, Err(InvalidState.into()), "{what}");
        assert_eq!(finished.return_to, None, "{what}");
    }
    let state = starts(&app, &browser).await;
    finish("acme", Some(&browser), &state).await.login_code.unwrap();
    assert_eq!(finish("acme", Some(&browser), &state).await.login_code, Err(InvalidState.into()), "twice");
    let state = starts(&app, &browser).await;
    clock.forward(PENDING_LIFETIME);
    assert_eq!(finish("acme", Some(&browser), &state).await.login_code, Err(InvalidState.into()), "late");
}

#[tokio::test]
async fn what_goes_wrong_there_is_told_to_the_page_that_has_begun() {
    let app = mocks().app();
    let browser = app.identities().new_browser();
    let says = |error: &str, code: Option<&str>| AuthorizationResponse {
        error: Some(error.to_owned()).filter(|error| !error.is_empty()),
        code: code.map(str::to_owned),
        ..AuthorizationResponse::default()
    };
    for (response, error) in [
        (says("access_denied", None), AccessDenied.into()),
        (says("server_error", None), ProviderError.into()),
        (says("server_error", Some("good")), ProviderError.into()),
        (says("", None), ProviderError.into()),
        (says("", Some("bad")), ProviderError.into()),
        (says("", Some("late")), away()),
    ] {
        let state = Some(starts(&app, &browser).await);
        let response = AuthorizationResponse { state, ..response };
        let finished = app.identities().finish("acme", Some(&browser), response).await.unwrap();
        assert_eq!(finished.login_code, Err::<OpaqueToken, Error>(error));
        assert_eq!(finished.return_to.unwrap().as_str(), "/room?a=b");
    }
}

#[tokio::test]
async fn there_are_but_the_providers_that_were_named() {
    let app = mocks().app();
    let names: Vec<_> = app.identities().providers().map(|info| info.name.as_str()).collect();
    assert_eq!(names, ["ACME", "OTHER"]);
    let browser = app.identities().new_browser();
    let place = app.identities().return_to("/").unwrap();
    let started = app.identities().start("nobody", place, &browser).await;
    assert_eq!(started, Err(NotFound.into()));
    let finished = app.identities().finish("nobody", None, AuthorizationResponse::default()).await;
    assert_eq!(finished.unwrap_err(), NotFound.into());
    let untrusted = app.identities().log_in_with_password("other", "ann", "horse", client()).await;
    assert_eq!(untrusted, Err(NotFound.into()), "its passwords are none of our business");
}

#[tokio::test]
async fn a_login_code_is_for_its_browser_and_its_time() {
    let mocks = mocks();
    let clock = Arc::clone(&mocks.clock);
    let app = mocks.app();
    let (browser, stranger) = (app.identities().new_browser(), app.identities().new_browser());
    for who in [Some(&stranger), None] {
        let code = comes_back(&app, &browser).await;
        let stolen = app.identities().redeem_login_code(&code, who, client()).await;
        assert_eq!(stolen, Err(InvalidCode.into()));
        let slipped = app.identities().bind(caller(), &code, who).await;
        assert_eq!(slipped, Err(InvalidCode.into()));
    }
    let code = comes_back(&app, &browser).await;
    clock.forward(LOGIN_CODE_LIFETIME);
    let late = app.identities().redeem_login_code(&code, Some(&browser), client()).await;
    assert_eq!(late, Err(InvalidCode.into()));
    assert_eq!(
        app.identities().redeem_login_code("garbage", Some(&browser), client()).await,
        Err(InvalidCode.into())
    );
}

#[tokio::test]
async fn what_is_remembered_of_a_binding_is_checked_by_the_store() {
    let mut mocks = mocks();
    mocks.cache.expect_binding().with(eq(key())).returning(|_| Some(BOB));
    mocks.identities.expect_log_in().withf(|_, session| session.user == BOB).return_once(|_, _| Ok(false));
    mocks.cache.expect_forget_binding().with(eq(key())).once().return_const(());
    mocks.identities.expect_owner().once().return_once(|_| Ok(Some(ANN)));
    mocks.identities.expect_log_in().withf(|_, session| session.user == ANN).return_once(|_, _| Ok(true));
    mocks.cache.expect_remember_binding().with(eq(key()), eq(ANN)).once().return_const(());
    mocks.accounts.expect_account().with(eq(ANN)).returning(|_| Ok(account("Ann")));
    let mut acme = provider("acme", true);
    acme.expect_log_in().with(eq("ann"), eq("horse")).once().return_once(|_, _| Ok(claims()));
    mocks.identity_providers = vec![acme];
    let app = mocks.app();
    let outcome = app.identities().log_in_with_password("acme", "ann", "horse", client()).await.unwrap();
    assert!(matches!(outcome, LoginOutcome::LoggedIn(who, _) if *who == account("Ann")));
}

#[tokio::test]
async fn a_provider_s_address_is_a_suggestion_until_a_code_proves_it() {
    let mut mocks = mocks();
    nobody_is_bound(&mut mocks);
    mail_has_code(&mut mocks);
    let known = Credentials { user: ANN, password: None };
    mocks.accounts.expect_credentials().with(eq(email("ann"))).once().return_once(|_| Ok(Some(known)));
    mocks
        .identities
        .expect_bind()
        .withf(|user, identity, session| {
            *user == ANN && *identity == bound() && session.as_ref().is_some_and(|it| it.user == ANN)
        })
        .once()
        .return_once(|_, identity, _| Ok(identity));
    mocks.accounts.expect_account().with(eq(ANN)).returning(|_| Ok(account("Ann")));
    let app = mocks.app();
    let (browser, stranger) = (app.identities().new_browser(), app.identities().new_browser());
    let token = needs_binding(&app, &browser).await;
    let bind = async |browser: &OpaqueToken, token: &str, code: &str| {
        app.identities().bind_by_email(email_binding(token, code), Some(browser), client()).await
    };
    assert_eq!(bind(&stranger, &token, "123456").await, Err(InvalidToken.into()));
    assert_eq!(bind(&browser, "garbage", "123456").await, Err(InvalidToken.into()));
    assert_eq!(bind(&browser, &token, "000000").await, Err(InvalidCode.into()));
    let (binding, who, _) = bind(&browser, &token, "123456").await.unwrap();
    assert_eq!((binding, who), (Binding::Found, account("Ann")));
    assert_eq!(bind(&browser, &token, "123456").await, Err(InvalidToken.into()), "it is good once");
}

#[tokio::test]
async fn an_address_that_nobody_has_makes_an_account() {
    let mut mocks = mocks();
    nobody_is_bound(&mut mocks);
    mocks.codes.expect_redeem().return_once(|_, _, _, _, _| Ok(true));
    mocks.accounts.expect_credentials().return_once(|_| Ok(None));
    mocks.hashes();
    mocks
        .identities
        .expect_register()
        .withf(|new, identity, session| {
            new.email == email("ann")
                && new.name.as_str() == "Ann of Acme"
                && new.password == Some(hash_of(&password("correct horse")))
                && *identity == bound()
                && session.user == new.id
        })
        .once()
        .return_once(|_, _, _| Ok(account("Ann")));
    let app = mocks.app();
    let browser = app.identities().new_browser();
    let token = needs_binding(&app, &browser).await;
    let binding = email_binding(&token, "123456");
    let (binding, who, tokens) =
        app.identities().bind_by_email(binding, Some(&browser), client()).await.unwrap();
    assert_eq!((binding, who), (Binding::Made, account("Ann")));
    assert!(!tokens.access_token.is_empty());
}

#[tokio::test]
async fn a_binding_token_ends_in_time_and_is_no_login_code() {
    let mut mocks = mocks();
    nobody_is_bound(&mut mocks);
    let clock = Arc::clone(&mocks.clock);
    let app = mocks.app();
    let browser = app.identities().new_browser();
    let token = needs_binding(&app, &browser).await;
    assert_eq!(
        app.identities().redeem_login_code(&token, Some(&browser), client()).await,
        Err(InvalidCode.into())
    );
    let code = comes_back(&app, &browser).await;
    let bind = async |token: &str| {
        app.identities().bind_by_email(email_binding(token, "123456"), Some(&browser), client()).await
    };
    assert_eq!(bind(&code).await, Err(InvalidToken.into()));
    clock.forward(BINDING_LIFETIME);
    assert_eq!(bind(&token).await, Err(InvalidToken.into()));
}

#[tokio::test]
async fn who_is_logged_in_binds_and_unbinds() {
    let mut mocks = mocks();
    mocks
        .identities
        .expect_bind()
        .withf(|user, identity, session| *user == ANN && *identity == bound() && session.is_none())
        .once()
        .return_once(|_, identity, _| Ok(identity));
    mocks.identities.expect_list().with(eq(ANN)).returning(|_| Ok(vec![bound()]));
    mocks
        .identities
        .expect_unbind()
        .with(eq(ANN), eq(id("acme")), eq(vec![id("other")]))
        .once()
        .return_once(|_, _, _| Ok(key()));
    mocks
        .identities
        .expect_unbind()
        .with(eq(ANN), eq(id("other")), eq(vec![id("acme")]))
        .once()
        .return_once(|_, _, _| Err(LastCredential.into()));
    mocks.cache.expect_forget_binding().with(eq(key())).once().return_const(());
    let app = mocks.app();
    let browser = app.identities().new_browser();
    let code = comes_back(&app, &browser).await;
    assert_eq!(app.identities().bind(caller(), &code, Some(&browser)).await, Ok(bound()));
    assert_eq!(app.identities().list(caller()).await, Ok(vec![bound()]));
    assert_eq!(app.identities().unbind(caller(), "acme").await, Ok(()));
    assert_eq!(app.identities().unbind(caller(), "other").await, Err(LastCredential.into()));
    assert_eq!(app.identities().unbind(caller(), "no provider").await, Err(NotFound.into()));
}

#[tokio::test]
async fn nothing_secret_is_printed() {
    let app = mocks().app();
    let browser = app.identities().new_browser();
    let state = starts(&app, &browser).await;
    let shown = format!("{browser:?} {:?}", response(&state, "good"));
    assert!(!shown.contains(browser.expose()) && !shown.contains(&state) && !shown.contains("good"));
}
