//! A log-in with a third party that every step takes to another node.

use std::collections::HashMap;

use reqwest::Url;
use serde_json::{Value, json};

use super::Nodes;
use crate::e2e::browser::Browser;
use crate::e2e::http::Http;
use crate::e2e::person::{Person, mailed_code, new_email};
use crate::e2e::server::Server;
use crate::services::oidc::{Oidc, token};

const KEY: u8 = 7;

/// Logs in at the provider as this subject, sent there by one node and back to another; gives the login code.
async fn login_code(provider: &Oidc, subject: &str, from: &Server, to: &Server) -> (Browser, String) {
    let mut browser = Browser::new(from);
    let page = browser.get("/auth/providers/acme/start?return_to=/room").await;
    let asked: HashMap<String, String> =
        Url::parse(page.sent_to()).unwrap().query_pairs().into_owned().collect();
    let head = json!({ "alg": "EdDSA", "kid": format!("key {KEY}") });
    let claims = json!({
        "iss": provider.url, "aud": "us", "sub": subject, "nonce": asked["nonce"],
        "exp": 4_000_000_000_u64, "name": "Ann",
    });
    provider.gives(&token(&head, &claims, KEY));
    let mut browser = Browser::new(to).with_cookies_of(&browser);
    let path = format!("/auth/providers/acme/callback?code=x&state={}", asked["state"]);
    let code = browser.get(&path).await.back_at("/room").strip_prefix("login_code=").unwrap().to_owned();
    (browser, code)
}

#[tokio::test]
async fn a_log_in_goes_on_at_any_node() {
    let provider = Oidc::start(KEY).await;
    let acme = format!(r#"[{{id="acme", issuer="{}", client_id="us"}}]"#, provider.url);
    let nodes = Nodes::start_with(2, &[("CHATCHAT_PROVIDERS", &acme)]);
    let (one, other) = (&nodes.0[0], &nodes.0[1]);
    let (browser, code) = login_code(&provider, "u7", one, other).await;
    let here = Browser::new(one).with_cookies_of(&browser);
    let outcome = here.posts("/auth/login-code", json!({ "login_code": code })).await.is(200);
    browser.posts("/auth/login-code", json!({ "login_code": code })).await.problem(422, "invalid_code");
    let email = new_email();
    let proof = mailed_code(&Http::stranger(one), &email, "bind_email").await;
    let body = json!({ "binding_token": outcome["binding_token"], "email": email, "code": proof });
    let bound = browser.posts("/auth/bind", body).await.is(201);

    let logs_in = async |node: &Server| -> Value {
        let (browser, code) = login_code(&provider, "u7", one, node).await;
        browser.posts("/auth/login-code", json!({ "login_code": code })).await.is(200)
    };
    let again = logs_in(other).await;
    assert_eq!((&again["status"], &again["user"]["id"]), (&json!("logged_in"), &bound["user"]["id"]));
    let ann = Person::of(one, &Http::stranger(one), &again);
    ann.http.put("/me/password", json!({ "new_password": "correct horse" })).await.done();
    ann.http.delete("/me/identities/acme").await.done();
    assert_eq!(
        logs_in(other).await["status"],
        "binding_required",
        "what the other remembers is not believed"
    );
}
