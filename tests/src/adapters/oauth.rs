//! Providers that are slow, away, or lie.

use std::time::Duration;

use chatchat_adapters::oauth::{
    ClaimsMapping, ClientAuth, Endpoints, HttpClient, OauthProvider, ProviderOptions, Secret,
};
use chatchat_adapters::system::SystemClock;
use chatchat_domain::Refusal::{InvalidCredentials, ProviderError};
use chatchat_domain::identity::{
    AuthorizationCode, AuthorizationRequest, Claims, IdentityProvider as _, OpaqueToken, ProviderId,
    ProviderInfo,
};
use chatchat_domain::ports::Clock as _;
use chatchat_domain::{Error, Refusal};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::services::oidc::{Oidc, Says, public_key, token, token_by_public_key, unsigned};

const KEY: u8 = 7;
const OTHER_KEY: u8 = 8;

fn opaque(character: &str) -> OpaqueToken {
    OpaqueToken::parse(&format!("{}A", character.repeat(42))).unwrap()
}

fn options(endpoints: Endpoints) -> ProviderOptions {
    ProviderOptions {
        info: ProviderInfo {
            id: ProviderId::new("acme").unwrap(),
            name: "Acme".to_owned(),
            is_trusted: true,
        },
        endpoints,
        client_id: "us".to_owned(),
        client_secret: Some(Secret::new("our secret".to_owned())),
        client_auth: None,
        scopes: vec!["openid".to_owned(), "email".to_owned()],
    }
}

fn adapter(options: ProviderOptions) -> OauthProvider {
    OauthProvider::new(options, "https://chat.example/callback".to_owned(), HttpClient::new().unwrap())
        .unwrap()
}

fn discovered(issuer: &str) -> OauthProvider {
    adapter(options(Endpoints::Discovered { issuer: issuer.to_owned() }))
}

/// A provider with discovery, and us.
async fn oidc() -> (Oidc, OauthProvider) {
    let provider = Oidc::start(KEY).await;
    let us = discovered(&provider.url);
    (provider, us)
}

fn head() -> Value {
    json!({ "alg": "EdDSA", "typ": "JWT", "kid": format!("key {KEY}") })
}

fn now() -> u64 {
    SystemClock.now().unix_seconds()
}

fn claims(provider: &Oidc) -> Value {
    json!({
        "iss": provider.url, "aud": "us", "sub": "u7", "nonce": opaque("n").expose(),
        "iat": now(), "exp": now() + 60, "name": "Ann", "email": "ann@example.com",
    })
}

/// The value, with these changes; null takes out.
fn with(mut value: Value, changes: &Value) -> Value {
    for (name, change) in changes.as_object().unwrap() {
        match change {
            Value::Null => drop(value.as_object_mut().unwrap().remove(name)),
            change => value[name] = change.clone(),
        }
    }
    value
}

async fn redeems_from(us: &OauthProvider, issuer: Option<&str>) -> Result<Claims, Error> {
    let code = AuthorizationCode {
        code: "the code".to_owned(),
        issuer: issuer.map(str::to_owned),
        nonce: opaque("n"),
        verifier: opaque("v"),
    };
    us.redeem(code).await
}

async fn redeems(us: &OauthProvider) -> Result<Claims, Error> {
    redeems_from(us, None).await
}

#[track_caller]
fn is_away(outcome: Result<impl std::fmt::Debug, Error>) {
    assert!(matches!(outcome, Err(Error::Unavailable(_))), "{outcome:?}");
}

#[tokio::test]
async fn an_id_token_says_who_it_is() {
    let (provider, us) = oidc().await;
    provider.gives(&token(&head(), &claims(&provider), KEY));
    let known = redeems(&us).await.unwrap();
    assert_eq!((known.subject.as_str(), known.name.unwrap().as_str()), ("u7", "Ann"));
    assert_eq!(known.email.unwrap().as_str(), "ann@example.com");
    assert_eq!(provider.asked_for("/userinfo"), 0);
    let request = provider.last_request("/token");
    for part in
        ["grant_type=authorization_code", "code=the+code", &format!("code_verifier={}", opaque("v").expose())]
    {
        assert!(request.contains(part), "{part}: {request}");
    }
    assert!(request.to_lowercase().contains("authorization: basic dxm6b3vyk3nly3jlda=="), "{request}");

    let request = AuthorizationRequest { state: opaque("s"), nonce: opaque("n"), verifier: opaque("v") };
    let url = us.authorization_url(&request).await.unwrap();
    assert!(url.starts_with(&format!("{}/authorize?", provider.url)), "{url}");
    for part in ["response_type=code", "client_id=us", "scope=openid+email", "code_challenge_method=S256"] {
        assert!(url.contains(part), "{part}: {url}");
    }
    assert!(url.contains(opaque("s").expose()) && url.contains(opaque("n").expose()));
    assert!(!url.contains(opaque("v").expose()), "the verifier is secret");
    assert_eq!(provider.asked_for("/.well-known/openid-configuration"), 1, "it is remembered");
}

#[tokio::test]
async fn an_id_token_that_does_not_hold_is_not_believed() {
    let (provider, us) = oidc().await;
    let good = claims(&provider);
    for changes in [
        json!({ "iss": "https://evil.example" }),
        json!({ "iss": null }),
        json!({ "aud": "others" }),
        json!({ "aud": null }),
        json!({ "aud": ["us", "others"] }),
        json!({ "aud": ["us", "others"], "azp": "others" }),
        json!({ "azp": "others" }),
        json!({ "nonce": opaque("x").expose() }),
        json!({ "nonce": null }),
        json!({ "exp": now() - 120 }),
        json!({ "exp": null }),
        json!({ "nbf": now() + 600 }),
        json!({ "sub": null }),
        json!({ "sub": "" }),
        json!({ "sub": 7 }),
        json!({ "sub": "a\nb" }),
    ] {
        provider.gives(&token(&head(), &with(good.clone(), &changes), KEY));
        assert_eq!(redeems(&us).await, Err(ProviderError.into()), "{changes}");
    }
    for changes in [
        json!({ "aud": ["us"] }),
        json!({ "aud": ["us", "others"], "azp": "us" }),
        json!({ "name": null, "email": 7 }),
    ] {
        let email = with(good.clone(), &json!({ "email": null }));
        provider.says_json("/userinfo", &json!({ "sub": "u7" }));
        let changes = with(changes, &json!({ "email": null }));
        provider.gives(&token(&head(), &with(email, &changes), KEY));
        assert_eq!(redeems(&us).await.unwrap().subject.as_str(), "u7", "{changes}");
    }
}

#[tokio::test]
async fn a_signature_is_what_it_must_be() {
    let (provider, us) = oidc().await;
    let good = claims(&provider);
    let alg = |alg: &str| with(head(), &json!({ "alg": alg }));
    let fine = token(&head(), &good, KEY);
    let forged = {
        let (_, signature) = fine.rsplit_once('.').unwrap();
        format!("{}.{signature}", unsigned(&head(), &with(good.clone(), &json!({ "sub": "admin" }))))
    };
    for (what, id_token) in [
        ("not signed", format!("{}.", unsigned(&alg("none"), &good))),
        ("none, signed", token(&alg("none"), &good, KEY)),
        ("by what is public", token_by_public_key(&alg("HS256"), &good, KEY)),
        ("as another algorithm", token(&alg("RS256"), &good, KEY)),
        ("as one that nobody knows", token(&alg("XX256"), &good, KEY)),
        ("by another key", token(&head(), &good, OTHER_KEY)),
        ("by a key that is not there", token(&with(head(), &json!({ "kid": "key 9" })), &good, 9)),
        ("an access token", token(&with(head(), &json!({ "typ": "at+jwt" })), &good, KEY)),
        ("a logout token", token(&with(head(), &json!({ "typ": "logout+jwt" })), &good, KEY)),
        ("critical", token(&with(head(), &json!({ "crit": ["x"], "x": 1 })), &good, KEY)),
        (
            "with a key of its own",
            token(&with(head(), &json!({ "jwk": public_key(OTHER_KEY), "kid": "key 8" })), &good, OTHER_KEY),
        ),
        ("for other words", forged),
        ("no token", "a.b.c".to_owned()),
        ("nothing", String::new()),
    ] {
        provider.gives(&id_token);
        assert_eq!(redeems(&us).await, Err(ProviderError.into()), "{what}");
    }
    provider.gives(&fine);
    redeems(&us).await.unwrap();
    for key in [json!({ "use": "enc" }), json!({ "alg": "RS256" })] {
        let us = discovered(&provider.url);
        provider.has_keys(&[with(public_key(KEY), &key)]);
        assert_eq!(redeems(&us).await, Err(ProviderError.into()), "a key for something else: {key}");
    }
}

#[tokio::test]
async fn a_new_key_is_asked_for_and_what_is_none_does_no_harm() {
    let (provider, us) = oidc().await;
    provider.gives(&token(&head(), &claims(&provider), KEY));
    redeems(&us).await.unwrap();
    redeems(&us).await.unwrap();
    assert_eq!(provider.asked_for("/jwks"), 1, "keys are remembered");
    let strange = [json!({ "kty": "XX", "kid": "x" }), json!(7), json!({})];
    provider.has_keys(&[&strange[..], &[public_key(OTHER_KEY)]].concat());
    provider.gives(&token(&with(head(), &json!({ "kid": "key 8" })), &claims(&provider), OTHER_KEY));
    redeems(&us).await.unwrap();
    assert_eq!(provider.asked_for("/jwks"), 2);
    provider.gives(&token(&with(head(), &json!({ "kid": "key 9" })), &claims(&provider), 9));
    for _ in 0..5 {
        assert_eq!(redeems(&us).await, Err(ProviderError.into()));
    }
    assert_eq!(provider.asked_for("/jwks"), 3, "nobody makes us ask again and again");
    provider.gives(&token(&with(head(), &json!({ "kid": null })), &claims(&provider), OTHER_KEY));
    provider.has_keys(&[public_key(OTHER_KEY)]);
    redeems(&discovered(&provider.url)).await.unwrap();
}

#[tokio::test]
async fn userinfo_speaks_of_the_same_person() {
    let (provider, us) = oidc().await;
    let nameless = with(claims(&provider), &json!({ "name": null, "email": null }));
    provider.gives(&token(&head(), &nameless, KEY));
    provider.says_json(
        "/userinfo",
        &json!({ "sub": "u7", "preferred_username": "ann", "email": "ann@example.com" }),
    );
    let known = redeems(&us).await.unwrap();
    assert_eq!((known.name.unwrap().as_str(), known.email.unwrap().as_str()), ("ann", "ann@example.com"));
    assert!(provider.last_request("/userinfo").to_lowercase().contains("authorization: bearer access"));
    for answer in [json!({ "sub": "u8", "name": "Eve" }), json!({ "name": "Eve" }), json!([]), json!("u7")] {
        provider.says_json("/userinfo", &answer);
        assert_eq!(redeems(&us).await, Err(ProviderError.into()), "{answer}");
    }
}

#[tokio::test]
async fn browsers_come_from_where_they_were_sent() {
    let (provider, us) = oidc().await;
    provider.gives(&token(&head(), &claims(&provider), KEY));
    redeems_from(&us, Some(&provider.url)).await.unwrap();
    assert_eq!(redeems_from(&us, Some("https://evil.example")).await, Err(ProviderError.into()));
    let metadata =
        with(provider.metadata(), &json!({ "authorization_response_iss_parameter_supported": true }));
    provider.says_json("/.well-known/openid-configuration", &metadata);
    let us = discovered(&provider.url);
    redeems_from(&us, Some(&provider.url)).await.unwrap();
    assert_eq!(redeems_from(&us, None).await, Err(ProviderError.into()), "it would have said so");
}

#[tokio::test]
async fn what_a_provider_says_of_itself_must_be_its_own_and_safe() {
    let provider = Oidc::start(KEY).await;
    for changes in [
        json!({ "issuer": "https://evil.example" }),
        json!({ "issuer": format!("{}/", provider.url) }),
        json!({ "token_endpoint": "http://evil.example/token" }),
        json!({ "authorization_endpoint": "javascript:alert(1)" }),
        json!({ "jwks_uri": "file:///etc/passwd" }),
        json!({ "userinfo_endpoint": "http://evil.example/me" }),
        json!({ "token_endpoint": null }),
        json!({ "jwks_uri": 7 }),
    ] {
        let metadata = with(provider.metadata(), &changes);
        provider.says_json("/.well-known/openid-configuration", &metadata);
        assert_eq!(redeems(&discovered(&provider.url)).await, Err(ProviderError.into()), "{changes}");
    }
    let metadata = with(
        provider.metadata(),
        &json!({ "token_endpoint_auth_methods_supported": ["client_secret_post"] }),
    );
    provider.says_json("/.well-known/openid-configuration", &metadata);
    provider.gives(&token(&head(), &claims(&provider), KEY));
    redeems(&discovered(&provider.url)).await.unwrap();
    let request = provider.last_request("/token");
    assert!(
        request.contains("client_secret=our+secret") && !request.to_lowercase().contains("authorization:")
    );
}

#[tokio::test]
async fn nonsense_is_told_apart_from_silence() {
    for path in ["/token", "/jwks", "/userinfo"] {
        for (what, is_nonsense) in [
            (Says::Text(200, "<html>sorry</html>".to_owned()), true),
            (Says::Text(200, String::new()), true),
            (Says::Text(200, format!("{}1{}", "[".repeat(9999), "]".repeat(9999))), true),
            (Says::Text(404, "{}".to_owned()), true),
            (Says::Text(400, r#"{"error":"invalid_grant"}"#.to_owned()), true),
            (Says::Redirect("/elsewhere".to_owned()), true),
            (Says::Endless, true),
            (Says::Text(500, "stack trace".to_owned()), false),
            (Says::Text(503, String::new()), false),
            (Says::Text(429, String::new()), false),
        ] {
            let provider = Oidc::start(KEY).await;
            let nameless = with(claims(&provider), &json!({ "name": null }));
            provider.gives(&token(&head(), &nameless, KEY));
            provider.says(path, what);
            let outcome = redeems(&discovered(&provider.url)).await;
            if is_nonsense {
                assert_eq!(outcome, Err(ProviderError.into()), "{path}");
            } else {
                is_away(outcome);
            }
            assert_eq!(provider.asked_for("/elsewhere"), 0, "nobody is sent elsewhere");
        }
    }
    is_away(redeems(&discovered("http://127.0.0.1:9")).await);
}

#[tokio::test]
async fn nobody_waits_long_for_a_provider() {
    let (provider, us) = oidc().await;
    provider.says("/token", Says::Nothing);
    let outcome = tokio::time::timeout(Duration::from_secs(20), redeems(&us)).await;
    is_away(outcome.unwrap());
}

#[tokio::test]
async fn a_provider_that_many_wait_for_is_not_waited_for_by_more() {
    let (provider, us) = oidc().await;
    provider.says("/token", Says::Nothing);
    let all_wait = join_all((0..64).map(|_| redeems(&us)));
    let one_more = async {
        while provider.asked_for("/token") < 64 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        redeems(&us).await
    };
    tokio::select! {
        biased;
        outcome = one_more => is_away(outcome),
        _ = all_wait => panic!("the others have not waited"),
    }
    provider.gives(&token(&head(), &claims(&provider), KEY));
    redeems(&us).await.unwrap();
}

#[tokio::test]
async fn a_password_is_right_or_wrong() {
    let (provider, us) = oidc().await;
    let without_nonce = with(claims(&provider), &json!({ "nonce": null }));
    provider.gives(&token(&head(), &without_nonce, KEY));
    assert_eq!(us.log_in("ann", "horse & cart").await.unwrap().subject.as_str(), "u7");
    let request = provider.last_request("/token");
    assert!(
        request.contains("grant_type=password") && request.contains("password=horse+%26+cart"),
        "{request}"
    );
    for (error, refusal) in
        [("invalid_grant", InvalidCredentials), ("invalid_client", ProviderError), ("x", ProviderError)]
    {
        provider.says("/token", Says::Text(400, json!({ "error": error }).to_string()));
        assert_eq!(us.log_in("ann", "horse").await, Err::<Claims, Error>(Refusal::into(refusal)), "{error}");
    }
}

#[tokio::test]
async fn a_provider_without_discovery_is_read_as_it_is_mapped() {
    let provider = Oidc::start(KEY).await;
    let at = |path: &str| format!("{}{path}", provider.url);
    let paths = |path: &str| vec![path.to_owned()];
    let endpoints = |token: &str| Endpoints::Named {
        authorize_url: at("/authorize"),
        token_url: token.to_owned(),
        userinfo_url: at("/user"),
        mapping: ClaimsMapping {
            subject: paths("data.id"),
            name: paths("data.login"),
            email: paths("email"),
        },
    };
    let post = ProviderOptions { client_auth: Some(ClientAuth::Post), ..options(endpoints(&at("/token"))) };
    let us = adapter(post);
    provider.says_json("/token", &json!({ "access_token": "access", "token_type": "bearer" }));
    provider.says_json("/user", &json!({ "data": { "id": 583231, "login": "octocat" }, "email": null }));
    let known = redeems(&us).await.unwrap();
    assert_eq!((known.subject.as_str(), known.name.unwrap().as_str()), ("583231", "octocat"));
    assert!(provider.last_request("/token").contains("client_secret=our+secret"));
    assert!(provider.last_request("/user").contains("user-agent: chatchat/"));
    provider.says_json("/token", &json!({ "error": "bad_verification_code" }));
    assert_eq!(redeems(&us).await, Err(ProviderError.into()), "as GitHub says no");
    let unsafe_one = adapter(options(endpoints("http://evil.example/token")));
    assert_eq!(redeems(&unsafe_one).await, Err(ProviderError.into()), "no secret goes there");
}
