//! Real pages in a real browser.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;
use thirtyfour::prelude::ElementQueryable as _;
use thirtyfour::{By, WebDriver};
use uuid::Uuid;

use super::http::Http;
use super::person::{PASSWORD, mailed_code, new_email};
use super::server::Server;
use super::socket::PATIENCE;
use crate::process::Process;
use crate::services::chromium::chromium;
use crate::services::free_port;

/// The page of `docs/examples`, as a site of its own that calls this server.
fn example(server: &Server, folder: &TempDir, port: u16) -> Process {
    let page = include_str!("../../../docs/examples/login.html");
    assert!(page.contains("http://127.0.0.1:8080"));
    let page = page.replace("http://127.0.0.1:8080", &server.url);
    std::fs::write(folder.path().join("login.html"), page).unwrap();
    let child = Command::new("/usr/bin/python3")
        .args(["-m", "http.server", &port.to_string(), "--bind", "127.0.0.1"])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    Process::guarded(child, folder.path())
}

/// Fills in a field of the page.
async fn fills_in(browser: &WebDriver, css: &str, text: &str) {
    let field = browser.query(By::Css(css)).first().await.unwrap();
    field.clear().await.unwrap();
    field.send_keys(text).await.unwrap();
}

async fn clicks(browser: &WebDriver, css: &str) {
    browser.query(By::Css(css)).first().await.unwrap().click().await.unwrap();
}

/// Waits until the page says this.
async fn reads(browser: &WebDriver, words: &str) {
    let since = Instant::now();
    loop {
        // Between two pages there is none.
        let body = browser.execute("return document.body?.innerText", Vec::new()).await.unwrap();
        let body = body.json().as_str().unwrap_or_default();
        if body.contains(words) {
            return;
        }
        assert!(since.elapsed() < PATIENCE, "{words:?} is not in {body:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// From the page to the third party, in there, and back.
async fn logs_in(browser: &WebDriver, username: &str) {
    clicks(browser, "#providers a").await;
    fills_in(browser, "#username", username).await;
    fills_in(browser, "#password", PASSWORD).await;
    clicks(browser, "button[value=allow]").await;
}

#[tokio::test]
async fn people_log_in_on_the_page_of_another_site() {
    let (folder, port) = (TempDir::new().unwrap(), free_port());
    let site = format!("http://127.0.0.1:{port}");
    let settings =
        [("CHATCHAT_PROVIDERS", r#"[{id="simulated"}]"#), ("CHATCHAT_SERVER__ALLOWED_ORIGINS", &site)];
    let server = Server::with(&settings);
    let _site = example(&server, &folder, port);
    let (http, username, email) =
        (Http::stranger(&server), format!("u{}", Uuid::new_v4().simple()), new_email());
    let account = json!({ "username": username, "password": PASSWORD, "name": "Ann 上海", "email": email });
    http.post("//oauth/accounts", account).await.is(201);

    let browser = chromium().await;
    let page = format!("{site}/login.html");
    browser.goto(&page).await.unwrap();
    logs_in(&browser, &username).await;
    reads(&browser, "You are new here").await;
    assert_eq!(browser.current_url().await.unwrap().as_str(), page, "the code does not stay in the address");
    let code = mailed_code(&http, &email, "bind_email").await;
    fills_in(&browser, "[name=code]", &code).await;
    clicks(&browser, "#binding button").await;
    reads(&browser, "You are Ann 上海.").await;

    browser.goto(&page).await.unwrap();
    logs_in(&browser, &username).await;
    reads(&browser, "You are Ann 上海.").await;
    clicks(&browser, "#providers a").await;
    clicks(&browser, "button[value=deny]").await;
    reads(&browser, "access_denied").await;
    browser.quit().await.unwrap();
}
