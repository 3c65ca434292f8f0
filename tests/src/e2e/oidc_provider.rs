//! Log-in with an OpenID provider that others have written.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use super::browser::Browser;
use super::http::Http;
use super::person::mailed_code;
use super::server::Server;
use crate::process::Process;

const SECRET: &str = "a secret of sixteen";

/// The provider, for browsers that come back to this server.
fn provider(here: &Server, folder: &TempDir) -> (Process, String) {
    let home = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/oidc-provider"));
    assert!(home.join("node_modules").is_dir(), "./tests/install brings what is missing");
    let mut child = Command::new("node")
        .arg(home.join("provider.js"))
        .arg(format!("{}/api/v1/auth/providers/node/callback", here.url))
        .arg(SECRET)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut issuer = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut issuer).unwrap();
    (Process::guarded(child, folder.path()), issuer.trim().to_owned())
}

/// Logs in there, agrees, and comes back; gives the outcome.
async fn logs_in(here: &Server, name: &str, issuer: &str) -> (Browser, Value) {
    let mut browser = Browser::new(here);
    let mut shown = browser.get("/auth/providers/node/start?return_to=/room").await;
    let login = [("prompt", "login"), ("login", name), ("password", "x")];
    let mut forms = [&login[..], &[("prompt", "consent")]].into_iter();
    while !shown.location.starts_with("/room#") {
        let next = shown.location;
        assert!(!next.is_empty(), "{}", shown.text);
        let page = if next.starts_with('/') { format!("{issuer}{next}") } else { next };
        shown = browser.get(&page).await;
        if shown.status == 200 {
            shown = browser.answers(&page, forms.next().unwrap()).await;
        }
    }
    let code = shown.back_at("/room").strip_prefix("login_code=").unwrap().to_owned();
    let outcome = browser.posts("/auth/login-code", json!({ "login_code": code })).await.is(200);
    (browser, outcome)
}

#[tokio::test]
async fn people_log_in_with_a_provider_that_others_have_written() {
    let mut here = Server::with(&[]);
    let folder = TempDir::new().unwrap();
    let (provider, issuer) = provider(&here, &folder);
    let named = format!(
        r#"[{{id="node", name="Node", issuer="{issuer}", client_id="here", client_secret="{SECRET}"}}]"#
    );
    here.restart_with(&[("CHATCHAT_PROVIDERS", &named)]);
    let name = format!("u{}", Uuid::new_v4().simple());
    let (browser, outcome) = logs_in(&here, &name, &issuer).await;
    assert_eq!(outcome["status"], "binding_required", "{outcome}");
    let email = format!("{name}@example.com");
    assert_eq!(outcome["suggested"], json!({ "name": "Ann of Node", "email": email }));
    let code = mailed_code(&Http::stranger(&here), &email, "bind_email").await;
    let body = json!({ "binding_token": outcome["binding_token"], "email": email, "code": code });
    let bound = browser.posts("/auth/bind", body).await.is(201);
    let (_, again) = logs_in(&here, &name, &issuer).await;
    assert_eq!((&again["status"], &again["user"]["id"]), (&json!("logged_in"), &bound["user"]["id"]));
    provider.end();
}
