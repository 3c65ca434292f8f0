use mockall::predicate::eq;

use super::*;
use crate::account::UserName;
use crate::error::{Error, Exceeded, Violation};
use crate::id::SubjectId;
use crate::secret::sha256;
use crate::testing::{Mocks, NOW, away, password};
use crate::{App, GrantId};

const ANN: SubjectId = SubjectId::from_bytes([1; 16]);
const CALLBACK: &str = "https://app.example/callback";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const SECRET: &str = "a secret of sixteen";

fn clients() -> Vec<Client> {
    let client = |id: &str, secret: Option<&str>, uris: &[&str], grants: &[&str], trusted| {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let secret = secret.map(ToOwned::to_owned);
        let settings = ClientSettings {
            id: id.to_owned(),
            secret,
            redirect_uris: words(uris),
            grants: words(grants),
            trusted,
        };
        Client::new(settings).unwrap()
    };
    let code = ["authorization_code", "refresh_token"];
    vec![
        client("acme", Some(SECRET), &[CALLBACK], &code, false),
        client("app", None, &[CALLBACK, "com.example.app:/callback"], &code, false),
        client("trusted", Some(SECRET), &[CALLBACK], &["password"], true),
    ]
}

fn mocks() -> Mocks {
    Mocks { oauth_clients: clients(), ..Mocks::new() }
}

fn provider(app: &App) -> &ProviderService {
    app.provider().unwrap()
}

fn ask(client: &str) -> Ask {
    let some = |text: &str| Some(text.to_owned());
    Ask {
        response_type: some("code"),
        client_id: some(client),
        redirect_uri: some(CALLBACK),
        scope: some("openid profile"),
        state: some("xyz"),
        nonce: some("n"),
        code_challenge: some(CHALLENGE),
        code_challenge_method: some("S256"),
        prompt: None,
    }
}

fn proof(client: &str, secret: Option<&str>) -> Authentication {
    Authentication { client_id: client.to_owned(), secret: secret.map(ToOwned::to_owned) }
}

fn acme() -> Authentication {
    proof("acme", Some(SECRET))
}

fn owner() -> TokenOwner {
    TokenOwner {
        subject: ANN,
        client: "acme".to_owned(),
        scope: Scope::parse("openid").unwrap(),
        nonce: Some("n".to_owned()),
        authenticated_at: NOW,
    }
}

fn code(fault: Fault) -> ErrorCode {
    match fault {
        Fault::Oauth(error) => error.code,
        Fault::Other(error) => panic!("{error}"),
    }
}

fn credential() -> credential::Credential {
    credential::Credential::parse(&"A".repeat(64)).unwrap()
}

#[tokio::test]
async fn without_clients_there_is_no_third_party() {
    assert!(Mocks::new().app().provider().is_none());
}

#[tokio::test]
async fn a_client_may_ask_what_it_is_made_for() {
    let app = mocks().app();
    let asked = provider(&app).ask(ask("acme")).unwrap();
    assert_eq!((asked.client.as_str(), asked.redirect_uri.as_str()), ("acme", CALLBACK));
    assert_eq!((asked.scope.text().as_str(), asked.state.as_deref()), ("openid profile", Some("xyz")));
    let without_pkce = Ask { code_challenge: None, code_challenge_method: None, ..ask("acme") };
    assert_eq!(provider(&app).ask(without_pkce).unwrap().challenge, None);
    let only_one = Ask { redirect_uri: None, ..ask("acme") };
    assert_eq!(provider(&app).ask(only_one).unwrap().redirect_uri, CALLBACK);
}

#[tokio::test]
async fn nobody_is_sent_anywhere_unless_it_is_clear_who_asks() {
    let app = mocks().app();
    let uri = |uri: &str| Ask { redirect_uri: Some(uri.to_owned()), ..ask("acme") };
    for strange in [
        Ask { client_id: None, ..ask("acme") },
        ask("nobody"),
        Ask { redirect_uri: None, ..ask("app") },
        uri("https://app.example/callback/"),
        uri("https://app.example/callback?x=1"),
        uri("https://app.example:443/callback"),
        uri("HTTPS://app.example/callback"),
        uri("https://app.example/callback/../evil"),
        uri("https://evil.example/callback"),
    ] {
        let declined = provider(&app).ask(strange.clone()).unwrap_err();
        assert!(matches!(declined, Declined::Here(_)), "{strange:?} {declined:?}");
    }
}

#[tokio::test]
async fn the_client_is_told_what_is_wrong_with_its_question() {
    let app = mocks().app();
    let some = |text: &str| Some(text.to_owned());
    for (wrong, expected) in [
        (Ask { response_type: None, ..ask("acme") }, ErrorCode::InvalidRequest),
        (Ask { response_type: some("token"), ..ask("acme") }, ErrorCode::UnsupportedResponseType),
        (Ask { response_type: some("code id_token"), ..ask("acme") }, ErrorCode::UnsupportedResponseType),
        (Ask { scope: some("openid admin"), ..ask("acme") }, ErrorCode::InvalidScope),
        (Ask { code_challenge_method: some("plain"), ..ask("acme") }, ErrorCode::InvalidRequest),
        (Ask { code_challenge_method: None, ..ask("acme") }, ErrorCode::InvalidRequest),
        (Ask { code_challenge: some("short"), ..ask("acme") }, ErrorCode::InvalidRequest),
        (Ask { code_challenge: None, code_challenge_method: None, ..ask("app") }, ErrorCode::InvalidRequest),
        (Ask { nonce: Some("n".repeat(501)), ..ask("acme") }, ErrorCode::InvalidRequest),
        (Ask { prompt: some("none"), ..ask("acme") }, ErrorCode::LoginRequired),
        (ask("trusted"), ErrorCode::UnauthorizedClient),
    ] {
        match provider(&app).ask(wrong.clone()).unwrap_err() {
            Declined::Back { redirect_uri, state, error } => {
                assert_eq!((redirect_uri.as_str(), state.as_deref()), (CALLBACK, Some("xyz")));
                assert_eq!(error.code, expected, "{wrong:?}");
            }
            here @ Declined::Here(_) => panic!("{wrong:?} {here:?}"),
        }
    }
}

#[tokio::test]
async fn who_agrees_with_the_right_password_gives_a_code_for_a_minute() {
    let mut mocks = mocks();
    mocks.limiter.expect_check().once().return_once(|_, _| Ok(()));
    mocks.provider.expect_credentials().once().return_once(|_| Ok(Some((ANN, hash()))));
    mocks.provider_passwords.expect_verify().once().return_once(|_, hash| Ok(hash.is_some()));
    let stored = std::sync::Arc::new(std::sync::Mutex::new(None));
    let seen = std::sync::Arc::clone(&stored);
    mocks.provider.expect_grant().once().return_once(move |grant| {
        *seen.lock().unwrap() = Some(grant);
        Ok(())
    });
    let app = mocks.app();
    let asked = provider(&app).ask(ask("acme")).unwrap();
    let code = provider(&app).agree(asked, "Ann", "correct horse").await.unwrap();
    let grant = stored.lock().unwrap().take().unwrap();
    let kept = grant.code.unwrap();
    assert_eq!(kept.hash, credential::Credential::parse(&code).unwrap().hash());
    assert_eq!((kept.expires_at.since(NOW).as_secs(), kept.redirect_uri.as_str()), (60, CALLBACK));
    assert_eq!(kept.challenge, CodeChallenge::parse(CHALLENGE));
    assert_eq!((grant.owner.subject, grant.owner.nonce.as_deref()), (ANN, Some("n")));
    assert!(!format!("{kept:?}").contains(&code));
}

fn hash() -> crate::account::PasswordHash {
    crate::account::PasswordHash::new("hash".to_owned())
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_username_are_the_same_and_take_as_long() {
    for known in [None, Some((ANN, hash()))] {
        let mut mocks = mocks();
        mocks.limiter.expect_check().once().return_once(|_, _| Ok(()));
        mocks.provider.expect_credentials().once().return_once(move |_| Ok(known));
        mocks.provider_passwords.expect_verify().once().return_once(|_, _| Ok(false));
        let app = mocks.app();
        let asked = provider(&app).ask(ask("acme")).unwrap();
        let fault = provider(&app).agree(asked, "ann", "wrong wrong").await.unwrap_err();
        assert_eq!(code(fault), ErrorCode::AccessDenied);
    }
}

#[tokio::test]
async fn who_guesses_too_often_is_told_to_wait_and_no_password_is_looked_at() {
    let mut mocks = mocks();
    let exceeded = || Exceeded {
        policy: "x",
        quota: 1,
        window: std::time::Duration::ZERO,
        retry_after: std::time::Duration::ZERO,
    };
    mocks.limiter.expect_check().once().return_once(move |_, key| {
        assert_eq!(key, "ann");
        Err(Error::RateLimited(exceeded()))
    });
    let app = mocks.app();
    let asked = provider(&app).ask(ask("acme")).unwrap();
    let fault = provider(&app).agree(asked, "ANN", "wrong wrong").await.unwrap_err();
    assert!(matches!(fault, Fault::Other(Error::RateLimited(_))));
}

#[tokio::test]
async fn only_who_proves_to_be_a_client_gets_anything() {
    let app = mocks().app();
    let request =
        || TokenRequest::AuthorizationCode { code: "x".to_owned(), redirect_uri: None, code_verifier: None };
    for stranger in [
        proof("nobody", Some(SECRET)),
        proof("acme", Some("another secret of it")),
        proof("acme", None),
        proof("app", Some("")),
        proof("app", Some(SECRET)),
    ] {
        let fault = provider(&app).token(&stranger, request()).await.unwrap_err();
        assert_eq!(code(fault), ErrorCode::InvalidClient, "{stranger:?}");
        assert_eq!(code(provider(&app).revoke(&stranger, "x").await.unwrap_err()), ErrorCode::InvalidClient);
        let fault = provider(&app).introspect(&stranger, "x").await.unwrap_err();
        assert_eq!(code(fault), ErrorCode::InvalidClient);
    }
    let fault = provider(&app).introspect(&proof("app", None), "x").await.unwrap_err();
    assert_eq!(code(fault), ErrorCode::InvalidClient, "anybody could be a public client");
}

#[tokio::test]
async fn a_client_uses_its_own_grant_types_alone() {
    let app = mocks().app();
    let by_password = TokenRequest::Password {
        username: "ann".to_owned(),
        password: "correct horse".to_owned(),
        scope: None,
    };
    let fault = provider(&app).token(&acme(), by_password).await.unwrap_err();
    assert_eq!(code(fault), ErrorCode::UnauthorizedClient);
    let by_refresh = TokenRequest::RefreshToken { refresh_token: "x".to_owned(), scope: None };
    let fault = provider(&app).token(&proof("trusted", Some(SECRET)), by_refresh).await.unwrap_err();
    assert_eq!(code(fault), ErrorCode::UnauthorizedClient);
}

#[tokio::test]
async fn a_code_with_its_verifier_gives_tokens_and_an_id_token() {
    let mut mocks = mocks();
    mocks
        .provider
        .expect_redeem()
        .withf(|redemption| {
            redemption.code_hash == credential().hash()
                && redemption.client == "acme"
                && redemption.challenge == Some(CodeChallenge::from_bytes(sha256(VERIFIER.as_bytes())))
        })
        .once()
        .return_once(|_| Ok(Redeemed::Granted(owner())));
    mocks
        .id_tokens
        .expect_issue()
        .withf(|claims| {
            claims.subject == ANN && claims.client == "acme" && claims.nonce.as_deref() == Some("n")
        })
        .once()
        .return_once(|_| Ok("an id token".to_owned()));
    let app = mocks.app();
    let request = TokenRequest::AuthorizationCode {
        code: credential().encode(),
        redirect_uri: Some(CALLBACK.to_owned()),
        code_verifier: Some(VERIFIER.to_owned()),
    };
    let tokens = provider(&app).token(&acme(), request).await.unwrap();
    assert_eq!((tokens.id_token.as_deref(), tokens.refresh_token.is_some()), (Some("an id token"), true));
    assert_ne!(Some(&tokens.access_token), tokens.refresh_token.as_ref());
}

#[tokio::test]
async fn a_code_that_is_none_or_was_used_gives_nothing() {
    for outcome in [Redeemed::Reused, Redeemed::Unknown] {
        let mut mocks = mocks();
        mocks.provider.expect_redeem().once().return_once(|_| Ok(outcome));
        let request = TokenRequest::AuthorizationCode {
            code: credential().encode(),
            redirect_uri: None,
            code_verifier: None,
        };
        let fault = provider(&mocks.app()).token(&acme(), request).await.unwrap_err();
        assert_eq!(code(fault), ErrorCode::InvalidGrant);
    }
    let garbage = TokenRequest::AuthorizationCode {
        code: "garbage".to_owned(),
        redirect_uri: None,
        code_verifier: Some("short".to_owned()),
    };
    let fault = provider(&mocks().app()).token(&acme(), garbage).await.unwrap_err();
    assert_eq!(code(fault), ErrorCode::InvalidGrant);
}

#[tokio::test]
async fn a_refresh_does_not_widen_what_was_granted() {
    let mut mocks = mocks();
    mocks.provider.expect_refresh().once().return_once(|_, _, _| Ok(Some((owner(), NOW))));
    let request = TokenRequest::RefreshToken {
        refresh_token: credential().encode(),
        scope: Some("openid email".to_owned()),
    };
    let fault = provider(&mocks.app()).token(&acme(), request).await.unwrap_err();
    assert_eq!(code(fault), ErrorCode::InvalidScope);
}

#[tokio::test]
async fn a_trusted_client_gets_tokens_for_a_password() {
    let mut mocks = mocks();
    mocks.limiter.expect_check().once().return_once(|_, _| Ok(()));
    mocks.provider.expect_credentials().once().return_once(|_| Ok(Some((ANN, hash()))));
    mocks.provider_passwords.expect_verify().once().return_once(|_, _| Ok(true));
    mocks.provider.expect_grant().withf(|grant| grant.tokens.is_some()).once().return_once(|_| Ok(()));
    let request = TokenRequest::Password {
        username: "ann".to_owned(),
        password: "correct horse".to_owned(),
        scope: Some("email".to_owned()),
    };
    let app = mocks.app();
    let tokens = provider(&app).token(&proof("trusted", Some(SECRET)), request).await.unwrap();
    assert_eq!(
        (tokens.refresh_token, tokens.id_token, tokens.scope.text()),
        (None, None, "email".to_owned())
    );
}

#[tokio::test]
async fn a_token_is_shown_and_ended_for_its_own_client_alone() {
    let of_another = || TokenOwner { client: "other".to_owned(), ..owner() };
    let mut mocks = mocks();
    mocks.provider.expect_access().times(2).returning(move |_, _| Ok(Some((of_another(), NOW))));
    let app = mocks.app();
    let token = credential().encode();
    assert_eq!(provider(&app).introspect(&acme(), &token).await, Ok(None));
    assert_eq!(provider(&app).revoke(&acme(), &token).await, Ok(()));

    let mut mocks = self::mocks();
    mocks.provider.expect_access().times(2).returning(|_, _| Ok(None));
    mocks.provider.expect_refresh().times(2).returning(|_, _, _| Ok(Some((owner(), NOW))));
    let subject = Subject {
        id: ANN,
        username: Username::new("Ann").unwrap(),
        name: UserName::new("Ann").unwrap(),
        email: None,
    };
    mocks.provider.expect_subject().with(eq(ANN)).once().return_once(|_| Ok(Some(subject)));
    mocks
        .provider
        .expect_end()
        .withf(|grant, client| *grant == GrantId::from_bytes([0; 16]) && client == "acme")
        .once()
        .return_once(|_, _| Ok(()));
    let app = mocks.app();
    let shown = provider(&app).introspect(&acme(), &token).await.unwrap().unwrap();
    assert_eq!((shown.username.as_str(), shown.is_access), ("Ann", false));
    assert_eq!(provider(&app).revoke(&acme(), &token).await, Ok(()));
}

#[tokio::test]
async fn a_username_has_one_account() {
    let mut mocks = mocks();
    mocks.limiter.expect_check().once().return_once(|_, _| Ok(()));
    mocks.hashes();
    mocks.provider.expect_create().once().return_once(|_| Ok(false));
    let registration = SubjectRegistration {
        username: Username::new("ann").unwrap(),
        password: password("correct horse"),
        name: None,
        email: None,
    };
    let taken = provider(&mocks.app()).register(registration, "192.0.2.1").await.unwrap_err();
    assert!(matches!(taken, Error::Invalid(violations) if violations[0].code == "taken"));
}

#[tokio::test]
async fn a_store_that_is_away_is_no_fault_of_the_client() {
    let mut mocks = mocks();
    mocks.provider.expect_access().once().return_once(|_, _| Err(away()));
    let fault = provider(&mocks.app()).user_info(&credential().encode()).await.unwrap_err();
    assert_eq!(fault, Fault::Other(away()));
}

#[test]
fn usernames_are_plain() {
    for good in ["ann", "Ann.B-c_7", &"a".repeat(64)] {
        assert!(Username::new(good).is_ok(), "{good}");
    }
    for bad in ["", "an", "änn", "a b", "ann@example.com", &"a".repeat(65)] {
        let Err(Violation { field, .. }) = Username::new(bad) else { panic!("{bad}") };
        assert_eq!(field, "username");
    }
}

#[test]
fn no_secret_is_printed() {
    let request =
        TokenRequest::Password { username: "ann".to_owned(), password: "sesame".to_owned(), scope: None };
    let settings = ClientSettings { secret: Some("sesame".to_owned()), ..ClientSettings::default() };
    let printed = format!("{request:?} {settings:?} {:?} {:?}", proof("acme", Some("sesame")), clients());
    assert!(!printed.contains("sesame") && !printed.contains(SECRET), "{printed}");
}
