use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::error::WebDriverResult;
use thirtyfour::{By, Key, WebDriver, WebElement};

use crate::e2e::http::Http;
use crate::e2e::person::{PASSWORD, Person};
use crate::e2e::post::mails_to;
use crate::e2e::server::Server;
use crate::services::chromium::{chromium, chromium_in};

/// How long something may take to be seen: browsers are slow on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(40);
pub(super) const BETWEEN_LOOKS: Duration = Duration::from_millis(40);

/// What can be pressed or filled in, and its name as a screen reader says it; within the dialog that is open, if one is.
const NAMED: &str = r#"
    const [selector, name] = arguments;
    const root = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document;
    const labels = (e) => [...(e.labels ?? [])].map((label) => label.innerText);
    const said = (e) => {
        const copy = e.cloneNode(true);
        copy.querySelectorAll('[aria-hidden=true], [hidden]').forEach((hidden) => hidden.remove());
        return copy.textContent;
    };
    const names = (e) => [e.getAttribute('aria-label'), said(e), e.title, ...labels(e)]
        .map((text) => (text ?? '').replace(/\s+/g, ' ').trim());
    const all = [...root.querySelectorAll(selector)].filter((e) => e.getClientRects().length > 0 && !e.disabled);
    // What has a number of news beside its name has that in its name, too.
    return all.find((e) => names(e).includes(name)) ?? all.find((e) => names(e).includes(`${name}1`)) ?? null;
"#;
const PRESSABLE: &str = "button, a[href], [role=option], [role=menuitem], label";
const FILLABLE: &str = "input, textarea, select";

/// A browser with the web client in it, and somebody in front of it.
pub(super) struct Screen {
    pub(super) browser: WebDriver,
    /// Where the client is.
    pub(super) url: String,
    /// What its console may say besides nothing, as it is about what a test does.
    pub(super) tolerated: Vec<&'static str>,
}

impl Screen {
    /// A new browser that shows the server's page.
    pub(super) async fn opens(server: &Server) -> Self {
        Self::opens_at(&server.url).await
    }

    /// The same at a URL of one's choice.
    pub(super) async fn opens_at(url: &str) -> Self {
        Self::shows(chromium().await, url).await
    }

    /// The same in another language.
    pub(super) async fn opens_in(language: &str, server: &Server) -> Self {
        Self::shows(chromium_in(language).await, &server.url).await
    }

    async fn shows(browser: WebDriver, url: &str) -> Self {
        let screen = Self { browser, url: url.to_owned(), tolerated: Vec::new() };
        screen.window(1280, 800).await;
        screen.browser.goto(url).await.unwrap();
        screen
    }

    /// A new browser in which a person logs in.
    pub(super) async fn of(person: &Person, server: &Server) -> Self {
        Self::of_at(person, &server.url).await
    }

    /// The same at a URL of one's choice.
    pub(super) async fn of_at(person: &Person, url: &str) -> Self {
        let screen = Self::opens_at(url).await;
        screen.logs_in(&person.email).await;
        screen
    }

    /// Fills in the log-in form and sends it.
    pub(super) async fn logs_in(&self, email: &str) {
        self.fills_in("E-mail address", email).await;
        self.fills_in("Password", PASSWORD).await;
        self.presses("Log in").await;
        self.is_in().await;
    }

    /// Somebody is logged in and connected.
    pub(super) async fn is_in(&self) {
        self.sees(".navigation").await;
        self.until("a connection", "return !document.querySelector('.connection:not([hidden])')").await;
    }

    /// Registers by a code that is mailed.
    pub(super) async fn registers(&self, http: &Http, name: &str, email: &str) {
        self.presses("Create an account").await;
        self.fills_in("E-mail address", email).await;
        self.presses("Send the code").await;
        self.sees("[name=code]").await;
        self.fills_in("Code", &newest_code(http, email).await).await;
        self.fills_in("Name", name).await;
        self.fills_in("Password", PASSWORD).await;
        self.presses("Create the account").await;
        self.is_in().await;
    }

    /// Sizes the window, in pixels of the page.
    pub(super) async fn window(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.browser.cdp().send_raw("Emulation.setDeviceMetricsOverride", size).await.unwrap();
    }

    /// Runs a script.
    pub(super) async fn runs(&self, script: &str, arguments: &[Value]) -> WebDriverResult<Value> {
        Ok(self.browser.execute(script, arguments.to_vec()).await?.json().clone())
    }

    /// Waits until a script answers with something; gives that.
    #[track_caller]
    pub(super) fn until(&self, what: &str, script: &str) -> impl Future<Output = Value> {
        self.until_with(what, script, Vec::new())
    }

    /// The same with arguments.
    pub(super) async fn until_with(&self, what: &str, script: &str, arguments: Vec<Value>) -> Value {
        let since = Instant::now();
        loop {
            // Between two pages there is none.
            let said = self.runs(script, &arguments).await.unwrap_or(Value::Null);
            if !matches!(said, Value::Null | Value::Bool(false)) {
                return said;
            }
            if since.elapsed() > PATIENCE {
                panic!("waited in vain for {what}: {}", self.everything().await);
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    /// What there is to see, and what the console says.
    async fn everything(&self) -> String {
        let text = self.runs("return document.body?.innerText", &[]).await.unwrap_or_default();
        let log = self.browser.browser_log().await.unwrap_or_default();
        format!("{text:#} {log:#?}")
    }

    /// Waits until something with this selector is shown.
    pub(super) async fn sees(&self, css: &str) {
        let script =
            "return [...document.querySelectorAll(arguments[0])].some((e) => e.getClientRects().length)";
        self.until_with(css, script, vec![json!(css)]).await;
    }

    /// Waits until the page says this.
    pub(super) async fn reads(&self, words: &str) {
        let script = "return document.body.innerText.includes(arguments[0])";
        self.until_with(words, script, vec![json!(words)]).await;
    }

    async fn named(&self, selector: &str, name: &str) -> WebElement {
        let since = Instant::now();
        loop {
            let found = self.browser.execute(NAMED, vec![json!(selector), json!(name)]).await;
            if let Some(element) = found.ok().and_then(|found| found.element().ok()) {
                return element;
            }
            if since.elapsed() > PATIENCE {
                panic!("there is no {name:?}: {}", self.everything().await);
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    /// Presses what has this name.
    pub(super) async fn presses(&self, name: &str) {
        self.presses_a(PRESSABLE, name).await;
    }

    /// Presses what has this selector and this name.
    pub(super) async fn presses_a(&self, selector: &str, name: &str) {
        let since = Instant::now();
        // What is drawn anew or moves under the pointer is looked for again.
        while let Err(error) = self.named(selector, name).await.click().await {
            assert!(since.elapsed() < PATIENCE, "{name}: {error}");
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    /// Fills in the field with this name.
    pub(super) async fn fills_in(&self, name: &str, text: &str) {
        let field = self.named(FILLABLE, name).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Opens the conversation with this title.
    pub(super) async fn opens_conversation(&self, title: &str) {
        let script = r"
            const rows = [...document.querySelectorAll('.conversation')];
            const row = rows.find((row) => row.querySelector('.row-title')?.textContent === arguments[0]);
            row?.click();
            return Boolean(row);
        ";
        self.until_with(&format!("a conversation {title:?}"), script, vec![json!(title)]).await;
        let is_open = "return document.querySelector('.talk-title')?.textContent === arguments[0]";
        self.until_with(&format!("{title:?} to open"), is_open, vec![json!(title)]).await;
    }

    /// Types where messages are written.
    pub(super) async fn types(&self, text: &str) {
        self.sees(".composer-field").await;
        let field = self.browser.find(By::Css(".composer-field")).await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Writes a message and sends it.
    pub(super) async fn says(&self, text: &str) {
        self.types(text).await;
        self.types(&Key::Enter.value().to_string()).await;
    }

    /// The texts that stand in the open conversation, from above.
    pub(super) async fn texts(&self) -> Vec<String> {
        let script = "return [...document.querySelectorAll('.message .text')].map((e) => e.textContent)";
        serde_json::from_value(self.runs(script, &[]).await.unwrap()).unwrap()
    }

    /// Waits until a message in the open conversation says this.
    pub(super) async fn reads_message(&self, text: &str) {
        let script = "return [...document.querySelectorAll('.message .text')].some((e) => e.textContent === arguments[0])";
        self.until_with(&format!("the message {text:?}"), script, vec![json!(text)]).await;
    }

    /// Waits until all that was sent has arrived.
    pub(super) async fn has_sent_all(&self) {
        self.until("all to be sent", "return !document.querySelector('.message.pending')").await;
    }

    /// Closes the browser, whose console must have been silent.
    pub(super) async fn closes(self) {
        let log = self.browser.browser_log().await.unwrap();
        let said = log.iter().filter(|entry| matches!(entry.level.as_str(), "SEVERE" | "WARNING"));
        let said: Vec<&str> = said
            .map(|entry| entry.message.as_str())
            .filter(|message| !self.tolerated.iter().any(|words| message.contains(words)))
            .collect();
        self.browser.quit().await.unwrap();
        assert!(said.is_empty(), "the console says: {said:#?}");
    }
}

/// The newest code that was mailed to this address.
pub(super) async fn newest_code(http: &Http, email: &str) -> String {
    let since = Instant::now();
    loop {
        if let Some(code) = mails_to(http, email).await.pop().and_then(|mail| mail.code) {
            return code;
        }
        assert!(since.elapsed() < PATIENCE, "no mail for {email}");
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}
