//! Log-in with an account at a third party: the one that the service ships, and one that another server is.

use std::sync::OnceLock;

use serde_json::{Value, json};
use uuid::Uuid;

use super::browser::{Browser, Shown};
use super::http::{Answer, Http};
use super::person::{PASSWORD, Person, mailed_code, new_email};
use super::server::Server;

const SECRET: &str = "a secret of sixteen";
/// The page that people begin at.
const PAGE: &str = "/room?of=ann";

/// A server whose people log in with its own third party, with `elsewhere` (trusted or not) and with one that is away;
/// and `elsewhere`, another server.
struct World {
    here: Server,
    elsewhere: Server,
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let mut elsewhere = Server::with(&[]);
        let issuer = &elsewhere.url;
        let theirs = |id: &str| format!(r#"{{id="{id}", name="Elsewhere", issuer="{issuer}", client_id="here", client_secret="{SECRET}""#);
        let providers = format!(
            r#"[{{id="simulated"}}, {}}}, {}, trusted=true}},
                {{id="away", issuer="http://127.0.0.1:9", client_id="here", trusted=true}}]"#,
            theirs("elsewhere"),
            theirs("trusted"),
        );
        let providers = providers.replace('\n', " ");
        let here = Server::with(&[
            ("CHATCHAT_PROVIDERS", &providers),
            ("CHATCHAT_SERVER__ALLOWED_ORIGINS", "https://app.example"),
        ]);
        let callback = |id: &str| format!("\"{}/api/v1/auth/providers/{id}/callback\"", here.url);
        let clients = format!(
            r#"[{{id="here", secret="{SECRET}", redirect_uris=[{}, {}], grants=["authorization_code"], trusted=true}}]"#,
            callback("elsewhere"),
            callback("trusted"),
        );
        elsewhere.restart_with(&[("CHATCHAT_OAUTH_CLIENTS", &clients)]);
        World { here, elsewhere }
    })
}

fn here() -> &'static Server {
    &world().here
}

/// The server that is this provider.
fn server_of(provider: &str) -> &'static Server {
    if provider == "simulated" { here() } else { &world().elsewhere }
}

/// Somebody with an account at a provider.
struct Account {
    provider: &'static str,
    username: String,
    email: String,
}

impl Account {
    async fn at(provider: &'static str) -> Self {
        Self::with_email(provider, &new_email()).await
    }

    async fn with_email(provider: &'static str, email: &str) -> Self {
        let username = format!("u{}", Uuid::new_v4().simple());
        let body =
            json!({ "username": username, "password": PASSWORD, "name": "Ann of Acme", "email": email });
        let made = Http::stranger(server_of(provider)).post("//oauth/accounts", body).await;
        made.is(201);
        Self { provider, username, email: email.to_owned() }
    }

    /// Goes to the provider; gives the page there.
    async fn starts(&self, browser: &mut Browser) -> String {
        let path = format!("/auth/providers/{}/start?return_to={PAGE}", self.provider);
        let page = browser.get(&path).await.sent_to().to_owned();
        assert!(page.starts_with(&format!("{}/oauth/authorize?", server_of(self.provider).url)), "{page}");
        page
    }

    /// Logs in there; gives the URL to which the browser is sent back.
    async fn agrees(&self, browser: &mut Browser) -> String {
        let page = self.starts(browser).await;
        let fields = [("username", self.username.as_str()), ("password", PASSWORD), ("decision", "allow")];
        let back = browser.answers(&page, &fields).await.sent_to().to_owned();
        let callback = format!("{}/api/v1/auth/providers/{}/callback?", here().url, self.provider);
        assert!(back.starts_with(&callback), "{back}");
        back
    }

    /// Logs in and comes back; gives the login code.
    async fn comes_back(&self, browser: &mut Browser) -> String {
        let back = self.agrees(browser).await;
        login_code(&browser.get(&back).await)
    }

    /// Logs in through the browser; gives the outcome.
    async fn logs_in(&self, browser: &mut Browser) -> Value {
        let login_code = self.comes_back(browser).await;
        browser.posts("/auth/login-code", json!({ "login_code": login_code })).await.is(200)
    }

    /// Logs in with name and password, without a browser.
    async fn gives_password(&self, password: &str) -> Answer {
        let body = json!({ "username": self.username, "password": password });
        Http::stranger(here()).post(&format!("/auth/providers/{}/password", self.provider), body).await
    }

    /// Logs in for the first time and proves an address; gives the person.
    async fn registers(&self, browser: &mut Browser) -> Person {
        let outcome = self.logs_in(browser).await;
        let bound = proves(browser, text(&outcome, "binding_token"), &self.email).await.is(201);
        Person::of(here(), &Http::stranger(here()), &bound)
    }
}

#[track_caller]
fn login_code(back: &Shown) -> String {
    let fragment = back.back_at(PAGE);
    fragment.strip_prefix("login_code=").unwrap_or_else(|| panic!("{fragment}")).to_owned()
}

async fn proves(browser: &Browser, binding_token: &str, email: &str) -> Answer {
    let code = mailed_code(&Http::stranger(here()), email, "bind_email").await;
    binds(browser, binding_token, email, &code).await
}

async fn binds(browser: &Browser, binding_token: &str, email: &str, code: &str) -> Answer {
    browser.posts("/auth/bind", json!({ "binding_token": binding_token, "email": email, "code": code })).await
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} in {value}"))
}

#[tokio::test]
async fn from_the_page_to_the_provider_and_back_to_a_new_account() {
    for provider in ["simulated", "elsewhere"] {
        let account = Account::at(provider).await;
        let mut browser = Browser::new(here());
        let login_code = account.comes_back(&mut browser).await;
        let body = json!({ "login_code": login_code, "device": "a browser" });
        let outcome = browser.posts("/auth/login-code", body.clone()).await.is(200);
        assert_eq!((text(&outcome, "status"), &outcome["expires_in"]), ("binding_required", &json!(600)));
        assert_eq!(outcome["suggested"], json!({ "name": "Ann of Acme", "email": account.email }));
        browser.posts("/auth/login-code", body).await.problem(422, "invalid_code");

        let token = text(&outcome, "binding_token");
        let bound = proves(&browser, token, &account.email).await.is(201);
        let ann = Person::of(here(), &Http::stranger(here()), &bound);
        let me = ann.http.get("/me").await.is(200);
        assert_eq!((text(&me, "name"), text(&me, "email")), ("Ann of Acme", account.email.as_str()));
        assert_eq!(me["has_password"], false);
        proves(&browser, token, &account.email).await.problem(401, "invalid_token");

        let again = account.logs_in(&mut Browser::new(here())).await;
        assert_eq!((text(&again, "status"), text(&again["user"], "id")), ("logged_in", ann.id.as_str()));
        ann.http.with_token(text(&again["tokens"], "access_token")).get("/auth/token").await.is(200);
    }
}

#[tokio::test]
async fn a_name_and_a_password_go_straight_to_a_session() {
    for provider in ["simulated", "trusted"] {
        let account = Account::at(provider).await;
        for wrong in ["wrong horse", ""] {
            account.gives_password(wrong).await.problem(401, "invalid_credentials");
        }
        let outcome = account.gives_password(PASSWORD).await.is(200);
        assert_eq!(text(&outcome, "status"), "binding_required");
        let browser = Browser::new(here());
        let bound = proves(&browser, text(&outcome, "binding_token"), &account.email).await.is(201);
        let outcome = account.gives_password(PASSWORD).await.is(200);
        assert_eq!(outcome["user"]["id"], bound["user"]["id"]);
    }
    Account::at("elsewhere").await.gives_password(PASSWORD).await.problem(404, "not_found");
}

#[tokio::test]
async fn an_address_that_a_provider_reports_logs_nobody_in() {
    let ann = Person::registers(here()).await;
    for provider in ["simulated", "elsewhere"] {
        let eve = Account::with_email(provider, &ann.email.to_uppercase()).await;
        let mut browser = Browser::new(here());
        let outcome = eve.logs_in(&mut browser).await;
        assert_eq!(text(&outcome, "status"), "binding_required");
        assert!(outcome.get("user").is_none() && outcome.get("tokens").is_none(), "{outcome}");
        let token = text(&outcome, "binding_token");
        binds(&browser, token, &ann.email, "000000").await.problem(422, "invalid_code");
        let wrong_purpose = mailed_code(&Http::stranger(here()), &ann.email, "reset_password").await;
        binds(&browser, token, &ann.email, &wrong_purpose).await.problem(422, "invalid_code");
    }
    let account = Account::with_email("simulated", &ann.email).await;
    let mut browser = Browser::new(here());
    let outcome = account.logs_in(&mut browser).await;
    let bound = proves(&browser, text(&outcome, "binding_token"), &ann.email).await.is(200);
    assert_eq!(text(&bound["user"], "id"), ann.id, "who reads the mail may");
    ann.logs_in_again(here()).await;
}

#[tokio::test]
async fn a_log_in_stays_with_the_browser_that_has_begun_it() {
    let account = Account::at("simulated").await;
    let mut browser = Browser::new(here());
    let altered = |back: &str| {
        let (before, state) = back.split_once("state=").unwrap();
        format!("{before}state=AAAA{}", &state[4..])
    };
    let twice = |back: &str| format!("{back}&state=x");
    let mixed_up = |back: &str| back.replace("/simulated/", "/elsewhere/");
    let none = |back: &str| back.split('?').next().unwrap().to_owned();
    let changes: [&dyn Fn(&str) -> String; 4] = [&altered, &twice, &mixed_up, &none];
    for change in changes {
        let back = account.agrees(&mut browser).await;
        let shown = browser.get(&change(&back)).await;
        assert_eq!(shown.back_at(PAGE), "error=invalid_state", "the page is not lost");
    }
    let back = account.agrees(&mut browser).await;
    let elsewhere = Browser::new(here()).get(&back).await;
    assert_eq!(elsewhere.back_at("/"), "error=invalid_state");
    let mut other = Browser::new(here());
    account.starts(&mut other).await;
    let back = account.agrees(&mut browser).await;
    assert_eq!(other.get(&back).await.back_at(PAGE), "error=invalid_state");
    let back = account.agrees(&mut browser).await;
    let issued_elsewhere = back.replace("iss=http", "iss=https");
    assert_eq!(browser.get(&issued_elsewhere).await.back_at(PAGE), "error=provider_error", "RFC 9207");
    let back = account.agrees(&mut browser).await;
    login_code(&browser.get(&back).await);
    assert_eq!(browser.get(&back).await.back_at(PAGE), "error=invalid_state", "it is good once");

    let code = account.comes_back(&mut browser).await;
    let body = json!({ "login_code": code });
    other.posts("/auth/login-code", body.clone()).await.problem(422, "invalid_code");
    browser.posts("/auth/login-code", body).await.problem(422, "invalid_code");
    let outcome = account.logs_in(&mut browser).await;
    let token = text(&outcome, "binding_token");
    proves(&other, token, &account.email).await.problem(401, "invalid_token");
    proves(&Browser::new(here()), token, &account.email).await.problem(401, "invalid_token");
    proves(&other.with_cookies_of(&browser), token, &account.email).await.is(201);
}

#[tokio::test]
async fn a_browser_is_sent_to_known_places_alone() {
    let mut browser = Browser::new(here());
    for place in [
        "//evil.example",
        "/%5Cevil.example",
        "https://evil.example/",
        "https://app.example.evil.example/",
        "javascript:alert(1)",
        "/.//evil.example",
        "/page%23login_code=mine",
    ] {
        let shown = browser.get(&format!("/auth/providers/simulated/start?return_to={place}")).await;
        assert_eq!((shown.status, shown.location.as_str()), (422, ""), "{place}");
        assert!(shown.cookies.is_empty());
    }
    let own_app = browser.get("/auth/providers/away/start?return_to=https://app.example/done").await;
    assert_eq!(own_app.back_at("https://app.example/done"), "error=unavailable");
}

#[tokio::test]
async fn pages_of_allowed_origins_may_bring_the_cookie() {
    let http = Http::stranger(here());
    for (origin, allowed) in [("https://app.example", "https://app.example"), ("https://evil.example", "")] {
        let asked = http.request("OPTIONS", "/auth/login-code").header("origin", origin);
        let asked = asked.header("access-control-request-method", "POST");
        let answer = asked.header("access-control-request-headers", "content-type").send().await.unwrap();
        let header = |name: &str| answer.headers().get(name).map_or("", |value| value.to_str().unwrap());
        assert_eq!(header("access-control-allow-origin"), allowed);
        assert_eq!(header("access-control-allow-credentials"), if allowed.is_empty() { "" } else { "true" });
    }
}

#[tokio::test]
async fn the_cookie_is_the_browser_s_own() {
    let plain = Browser::new(here()).get("/auth/providers/simulated/start").await;
    let cookie = &plain.cookies[0];
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Max-Age="));
    let secure = Server::with(&[
        ("CHATCHAT_SERVER__PUBLIC_URL", "https://chat.example"),
        ("CHATCHAT_PROVIDERS", r#"[{id="github", client_id="us", client_secret="ours"}]"#),
    ]);
    let mut browser = Browser::new(&secure);
    let shown = browser.get("/auth/providers/github/start?return_to=/room").await;
    let cookie = &shown.cookies[0];
    assert!(
        cookie.starts_with("__Host-") && cookie.contains("Secure") && cookie.contains("Path=/;"),
        "{cookie}"
    );
    let location = shown.sent_to();
    for part in [
        "https://github.com/login/oauth/authorize?",
        "redirect_uri=https%3A%2F%2Fchat.example%2Fapi%2Fv1%2Fauth%2Fproviders%2Fgithub%2Fcallback",
        "code_challenge_method=S256",
        "scope=read%3Auser+user%3Aemail",
    ] {
        assert!(location.contains(part), "{part}: {location}");
    }
    assert!(!location.contains("nonce"), "GitHub gives no ID tokens");
}

#[tokio::test]
async fn who_is_logged_in_binds_and_unbinds() {
    let (ann, bob) = (Person::registers(here()).await, Person::registers(here()).await);
    let (one, other) = (Account::at("simulated").await, Account::at("simulated").await);
    let mut browser = Browser::new(here());
    let mut bind = async |person: &Person, account: &Account| {
        let body = json!({ "login_code": account.comes_back(&mut browser).await });
        browser.posts_as(&person.token, "/me/identities", body).await
    };
    let bound = bind(&ann, &one).await.is(201);
    assert_eq!((text(&bound, "provider"), text(&bound, "email")), ("simulated", one.email.as_str()));
    assert_eq!(ann.http.list("/me/identities").await, std::slice::from_ref(&bound));
    assert_eq!(bind(&ann, &one).await.is(201), bound, "again is no harm");
    bind(&bob, &one).await.problem(409, "identity_taken");
    bind(&ann, &other).await.problem(409, "already_bound");
    assert_eq!(text(&one.gives_password(PASSWORD).await.is(200)["user"], "id"), ann.id);

    ann.http.delete("/me/identities/simulated").await.done();
    assert_eq!(text(&one.gives_password(PASSWORD).await.is(200), "status"), "binding_required");
    ann.http.delete("/me/identities/simulated").await.problem(404, "not_found");
    ann.http.delete("/me/identities/nobody").await.problem(404, "not_found");
    bind(&bob, &one).await.is(201);
    let stranger = Http::stranger(here());
    stranger.get("/me/identities").await.problem(401, "unauthenticated");
    stranger.post("/me/identities", json!({ "login_code": "x" })).await.problem(401, "unauthenticated");
    stranger.delete("/me/identities/simulated").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn nobody_locks_themselves_out() {
    let (simulated, elsewhere) = (Account::at("simulated").await, Account::at("elsewhere").await);
    let mut browser = Browser::new(here());
    let ann = simulated.registers(&mut browser).await;
    let unbind = async |provider: &str| ann.http.delete(&format!("/me/identities/{provider}")).await;
    unbind("simulated").await.problem(409, "last_credential");
    let body = json!({ "login_code": elsewhere.comes_back(&mut browser).await });
    browser.posts_as(&ann.token, "/me/identities", body).await.is(201);
    let (one, other) = tokio::join!(unbind("simulated"), unbind("elsewhere"));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409], "of two at once one stays");
    ann.http.put("/me/password", json!({ "new_password": PASSWORD })).await.done();
    let left = ann.http.list("/me/identities").await;
    unbind(text(&left[0], "provider")).await.done();
}

#[tokio::test]
async fn who_does_not_want_to_comes_back_to_their_page() {
    let account = Account::at("elsewhere").await;
    let mut browser = Browser::new(here());
    let page = account.starts(&mut browser).await;
    let back = browser.answers(&page, &[("decision", "deny")]).await.sent_to().to_owned();
    assert_eq!(browser.get(&back).await.back_at(PAGE), "error=access_denied");
}

#[tokio::test]
async fn a_provider_that_is_away_is_told_as_such() {
    let mut browser = Browser::new(here());
    let shown = browser.get(&format!("/auth/providers/away/start?return_to={PAGE}")).await;
    assert_eq!(shown.back_at(PAGE), "error=unavailable");
    let body = json!({ "username": "ann", "password": PASSWORD });
    let answer = Http::stranger(here()).post("/auth/providers/away/password", body).await;
    assert!(!answer.problem(503, "unavailable").header("retry-after").is_empty());
}

#[tokio::test]
async fn strange_requests_get_problems() {
    let http = Http::stranger(here());
    for path in ["start", "callback?code=x&state=y"] {
        http.get(&format!("/auth/providers/nobody/{path}")).await.problem(404, "not_found");
    }
    http.post("/auth/providers/nobody/password", json!({ "username": "a", "password": "b" }))
        .await
        .problem(404, "not_found");
    http.post("/auth/login-code", json!({})).await.invalid("login_code");
    http.post("/auth/login-code", json!({ "login_code": 7 })).await.problem(400, "malformed_request");
    http.post("/auth/login-code", json!({ "login_code": "x" })).await.problem(422, "invalid_code");
    let nothing = http.post("/auth/bind", json!({})).await.invalid("binding_token");
    nothing.invalid("email").invalid("code");
    let short = json!({ "binding_token": "x", "email": new_email(), "code": "123456", "password": "short" });
    http.post("/auth/bind", short).await.invalid("password");
    http.post("/auth/providers/simulated/password", json!({})).await.invalid("username").invalid("password");
    let listed = http.get("/auth/providers").await.is(200);
    let expected = json!([
        { "id": "simulated", "name": "Simulated third party", "flows": ["code", "password"] },
        { "id": "elsewhere", "name": "Elsewhere", "flows": ["code"] },
        { "id": "trusted", "name": "Elsewhere", "flows": ["code", "password"] },
        { "id": "away", "name": "away", "flows": ["code", "password"] },
    ]);
    assert_eq!(listed["items"], expected);
}

#[tokio::test]
async fn the_log_holds_nothing_secret() {
    let account = Account::at("elsewhere").await;
    let mut browser = Browser::new(here());
    let back = account.agrees(&mut browser).await;
    let code = login_code(&browser.get(&back).await);
    let query = back.split_once('?').unwrap().1;
    browser.posts("/auth/login-code", json!({ "login_code": code })).await.is(200);
    for log in [here().log(), world().elsewhere.log()] {
        for secret in query.split('&').filter(|pair| !pair.starts_with("iss=")) {
            assert!(!log.contains(secret.split_once('=').unwrap().1), "{secret}");
        }
        for secret in [&code, SECRET, PASSWORD, &account.email] {
            assert!(!log.contains(secret), "{secret}");
        }
    }
}
