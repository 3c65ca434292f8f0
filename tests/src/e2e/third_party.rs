//! The third party that the service ships, as a client and a browser see it.

use std::collections::HashMap;
use std::process::Command;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use super::http::Http;
use super::server::Server;
use super::stack::Stack;

const CALLBACK: &str = "https://app.example/callback?from=acme";
const SECRET: &str = "a secret of sixteen";
const PASSWORD: &str = "correct horse";
/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A server whose third party has these clients.
fn server() -> &'static Server {
    static SERVER: OnceLock<(TempDir, Server)> = OnceLock::new();
    let (_, server) = SERVER.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let clients = format!(
            r#"[{{id="acme", secret="{SECRET}", redirect_uris=["{CALLBACK}"], grants=["authorization_code", "refresh_token"]}},
                {{id="other", secret="{SECRET}", redirect_uris=["{CALLBACK}"], grants=["authorization_code", "refresh_token"]}},
                {{id="app", redirect_uris=["com.example.app:/callback"], grants=["authorization_code"]}},
                {{id="trusted", secret="{SECRET}", grants=["password", "refresh_token"], trusted=true}}]"#
        )
        .replace('\n', " ");
        (folder, Server::with(&[("CHATCHAT_OAUTH_CLIENTS", &clients)]))
    });
    server
}

/// What an answer says; those of the third party are no problems.
struct Said {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Said {
    async fn to(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let said = Self { status, headers, text: response.text().await.unwrap() };
        assert!(!said.header("x-request-id").is_empty());
        said
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{} {}", self.status, self.text))
    }

    #[track_caller]
    fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()
    }

    /// An error of OAuth.
    #[track_caller]
    fn error(&self, status: u16, code: &str) -> Value {
        let json = self.json();
        assert_eq!((self.status, json["error"].as_str()), (status, Some(code)), "{json}");
        assert!(json["error_description"].is_string() && json.get("code").is_none(), "{json}");
        json
    }

    /// The parameters with which the browser is sent back to the client.
    #[track_caller]
    fn back_to(&self, redirect_uri: &str) -> HashMap<String, String> {
        assert_eq!(self.status, 303, "{}", self.text);
        let location = self.header("location");
        let query = location.strip_prefix(redirect_uri).unwrap_or_else(|| panic!("{location}"));
        let url = reqwest::Url::parse(&format!("http://x/?{}", &query[1..])).unwrap();
        url.query_pairs().into_owned().collect()
    }
}

fn http() -> Http {
    Http::stranger(server())
}

async fn page(parameters: &[(&str, &str)]) -> Said {
    Said::to(http().request("GET", "//oauth/authorize").query(parameters)).await
}

async fn posts(path: &str, form: &[(&str, &str)]) -> Said {
    Said::to(http().request("POST", path).form(form)).await
}

/// As a client with a secret does it.
async fn posts_as(client: &str, path: &str, form: &[(&str, &str)]) -> Said {
    Said::to(http().request("POST", path).basic_auth(client, Some("a+secret+of+sixteen")).form(form)).await
}

/// Somebody new; gives their username and id.
async fn registers() -> (String, String) {
    let username = format!("u{}", Uuid::new_v4().simple());
    let body =
        json!({ "username": username, "password": PASSWORD, "name": "Ann 上海", "email": "ann@example.com" });
    let made = Said::to(http().request("POST", "//oauth/accounts").json(&body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    assert_eq!((&made["username"], &made["name"]), (&json!(username), &json!("Ann 上海")));
    (username, made["id"].as_str().unwrap().to_owned())
}

fn question<'a>(client: &'a str, changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut parameters = vec![
        ("response_type", "code"),
        ("client_id", client),
        ("redirect_uri", CALLBACK),
        ("scope", "openid profile email"),
        ("state", "the state & more"),
        ("nonce", "the nonce"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in changes {
        parameters.retain(|(known, _)| known != name);
        parameters.push((name, value));
    }
    parameters
}

/// Somebody agrees on the page; gives the code.
async fn agrees(username: &str, question: &[(&str, &str)]) -> String {
    let answer =
        [question, &[("username", username), ("password", PASSWORD), ("decision", "allow")]].concat();
    let back = posts("//oauth/authorize", &answer).await.back_to(CALLBACK);
    assert_eq!(back["state"], "the state & more");
    assert_eq!(back["iss"], server().url, "RFC 9207");
    back["code"].clone()
}

/// Brings the code as it must be brought, but for these changes.
async fn brings(client: &str, code: &str, changes: &[(&str, &str)]) -> Said {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    for (name, value) in changes {
        form.retain(|(known, _)| known != name);
        form.push((name, value));
    }
    posts_as(client, "//oauth/token", &form).await
}

async fn user_info(token: &str) -> Said {
    Said::to(http().request("GET", "//oauth/userinfo").bearer_auth(token)).await
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} in {value}"))
}

#[tokio::test]
async fn from_the_page_to_who_it_was() {
    let (username, id) = registers().await;
    let question = question("acme", &[]);
    let shown = page(&question).await;
    assert!(shown.status == 200 && shown.header("content-type").starts_with("text/html"));
    for words in ["acme", "your e-mail address", "<label for=\"password\">", "the state &amp; more"] {
        assert!(shown.text.contains(words), "{words}: {}", shown.text);
    }
    let policy = shown.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert!(!policy.contains("unsafe") && !shown.text.contains("<script"));

    let code = agrees(&username, &question).await;
    let answer = brings("acme", &code, &[]).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let tokens = answer.ok();
    assert_eq!((text(&tokens, "token_type"), text(&tokens, "scope")), ("Bearer", "openid profile email"));
    let claims: Value = serde_json::from_slice(
        &URL_SAFE_NO_PAD.decode(text(&tokens, "id_token").split('.').nth(1).unwrap()).unwrap(),
    )
    .unwrap();
    let told = ["iss", "aud", "sub", "nonce"].map(|name| text(&claims, name));
    assert_eq!(told, [server().url.as_str(), "acme", &id, "the nonce"]);
    let expected = json!({
        "sub": id, "name": "Ann 上海", "preferred_username": username,
        "email": "ann@example.com", "email_verified": false,
    });
    assert_eq!(user_info(text(&tokens, "access_token")).await.ok(), expected);
    let in_body = posts("//oauth/userinfo", &[("access_token", text(&tokens, "access_token"))]).await;
    assert_eq!(in_body.ok(), expected);
    let chatchat = http().with_token(text(&tokens, "id_token")).get("/me").await;
    chatchat.problem(401, "unauthenticated");
    let chatchat = http().with_token(text(&tokens, "access_token")).get("/me").await;
    chatchat.problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_code_used_twice_takes_back_what_it_gave() {
    let (username, _) = registers().await;
    let code = agrees(&username, &question("acme", &[])).await;
    let tokens = brings("acme", &code, &[]).await.ok();
    brings("acme", &code, &[]).await.error(400, "invalid_grant");
    let refused = user_info(text(&tokens, "access_token")).await;
    refused.error(401, "invalid_token");
    assert!(refused.header("www-authenticate").starts_with("Bearer"));
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", text(&tokens, "refresh_token"))];
    posts_as("acme", "//oauth/token", &refresh).await.error(400, "invalid_grant");
}

#[tokio::test]
async fn a_code_is_for_its_client_its_place_and_its_verifier() {
    let (username, _) = registers().await;
    let code = agrees(&username, &question("acme", &[])).await;
    brings("other", &code, &[]).await.error(400, "invalid_grant");
    for change in [
        ("redirect_uri", "https://app.example/callback"),
        ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXx"),
        ("code_verifier", CHALLENGE),
        ("code_verifier", ""),
        ("redirect_uri", ""),
    ] {
        brings("acme", &code, &[change]).await.error(400, "invalid_grant");
    }
    brings("acme", &code, &[]).await.ok();
    let without_pkce: Vec<_> =
        question("acme", &[]).into_iter().filter(|(name, _)| !name.starts_with("code_challenge")).collect();
    let code = agrees(&username, &without_pkce).await;
    brings("acme", &code, &[]).await.error(400, "invalid_grant");
    brings("acme", &code, &[("code_verifier", "")]).await.ok();
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_used_twice_it_ends_all() {
    let (username, id) = registers().await;
    let code = agrees(&username, &question("acme", &[])).await;
    let first = brings("acme", &code, &[]).await.ok();
    let refresh = async |token: &str| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        posts_as("acme", "//oauth/token", &form).await
    };
    let second = refresh(text(&first, "refresh_token")).await.ok();
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_eq!(text(&user_info(text(&second, "access_token")).await.ok(), "sub"), id);
    refresh(text(&first, "refresh_token")).await.error(400, "invalid_grant");
    refresh(text(&second, "refresh_token")).await.error(400, "invalid_grant");
    user_info(text(&second, "access_token")).await.error(401, "invalid_token");
}

#[tokio::test]
async fn a_token_is_told_to_its_client_and_revoked_by_it_alone() {
    let (username, id) = registers().await;
    let code = agrees(&username, &question("acme", &[])).await;
    let tokens = brings("acme", &code, &[]).await.ok();
    let access = text(&tokens, "access_token");
    let told = posts_as("acme", "//oauth/introspect", &[("token", access)]).await.ok();
    assert_eq!(
        (&told["active"], text(&told, "sub"), text(&told, "client_id")),
        (&json!(true), id.as_str(), "acme")
    );
    assert!(told["exp"].is_u64() && told["username"] == username, "{told}");
    let inactive = json!({ "active": false });
    for (client, token) in [("other", access), ("acme", "garbage"), ("acme", VERIFIER)] {
        assert_eq!(posts_as(client, "//oauth/introspect", &[("token", token)]).await.ok(), inactive);
        assert_eq!(posts_as(client, "//oauth/revoke", &[("token", token)]).await.status, 200);
    }
    user_info(access).await.ok();
    let refresh = text(&tokens, "refresh_token");
    assert_eq!(posts_as("acme", "//oauth/introspect", &[("token", refresh)]).await.ok()["active"], true);
    assert_eq!(posts_as("acme", "//oauth/revoke", &[("token", refresh)]).await.status, 200);
    user_info(access).await.error(401, "invalid_token");
    assert_eq!(posts_as("acme", "//oauth/introspect", &[("token", access)]).await.ok(), inactive);
}

#[tokio::test]
async fn a_trusted_client_may_bring_a_password_and_others_may_not() {
    let (username, id) = registers().await;
    let form = |password| {
        [
            ("grant_type", "password"),
            ("username", username.as_str()),
            ("password", password),
            ("scope", "profile"),
        ]
    };
    let tokens = posts_as("trusted", "//oauth/token", &form(PASSWORD)).await.ok();
    assert_eq!(text(&user_info(text(&tokens, "access_token")).await.ok(), "sub"), id);
    assert!(tokens["refresh_token"].is_string() && tokens.get("id_token").is_none());
    posts_as("trusted", "//oauth/token", &form("wrong horse")).await.error(400, "invalid_grant");
    posts_as("acme", "//oauth/token", &form(PASSWORD)).await.error(400, "unauthorized_client");
}

#[tokio::test]
async fn who_says_no_or_mistypes_gives_no_code() {
    let (username, _) = registers().await;
    let question = question("acme", &[]);
    let no = [&question[..], &[("decision", "deny")]].concat();
    let back = posts("//oauth/authorize", &no).await.back_to(CALLBACK);
    assert_eq!((back["error"].as_str(), back["state"].as_str()), ("access_denied", "the state & more"));
    for (username, password) in [(username.as_str(), "wrong horse"), ("nobody.at.all", PASSWORD), ("", "")] {
        let answer =
            [&question[..], &[("username", username), ("password", password), ("decision", "allow")]]
                .concat();
        let again = posts("//oauth/authorize", &answer).await;
        assert_eq!(again.status, 401, "{}", again.text);
        assert!(
            again.text.contains("role=\"alert\"") && !again.text.contains("wrong horse"),
            "{}",
            again.text
        );
    }
    let elsewhere =
        http().request("POST", "//oauth/authorize").header("sec-fetch-site", "cross-site").form(&no);
    assert_eq!(Said::to(elsewhere).await.status, 400);
}

#[tokio::test]
async fn people_are_sent_to_the_client_s_own_places_alone() {
    for change in [
        ("client_id", "nobody"),
        ("redirect_uri", "https://app.example/callback"),
        ("redirect_uri", "https://evil.example/callback?from=acme"),
        ("redirect_uri", "javascript:alert(1)"),
    ] {
        let shown = page(&question("acme", &[change])).await;
        assert_eq!((shown.status, shown.header("location")), (400, ""), "{change:?}");
        assert!(shown.header("content-type").starts_with("text/html"));
    }
    let twice = [&question("acme", &[])[..], &[("client_id", "other")]].concat();
    assert_eq!(page(&twice).await.status, 400);
    let marked = page(&question("acme", &[("client_id", "<script>alert(1)</script>")])).await;
    assert!(!marked.text.contains("<script"), "{}", marked.text);
    let marked = page(&question("acme", &[("state", "\"><script>alert(1)</script>")])).await;
    assert!(marked.status == 200 && !marked.text.contains("<script"), "{}", marked.text);
}

#[tokio::test]
async fn a_client_is_told_what_is_wrong_with_its_question() {
    for (change, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("scope", "openid admin"), "invalid_scope"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("prompt", "none"), "login_required"),
    ] {
        let back = page(&question("acme", &[change])).await.back_to(CALLBACK);
        assert_eq!((back["error"].as_str(), back["state"].as_str()), (error, "the state & more"));
        assert_eq!(back["iss"], server().url);
    }
    let app = [("response_type", "code"), ("client_id", "app")];
    let back = page(&app).await.back_to("com.example.app:/callback");
    assert_eq!(back["error"], "invalid_request", "a public client without PKCE");
}

#[tokio::test]
async fn strange_requests_get_oauth_s_own_errors() {
    let token = "//oauth/token";
    posts_as("acme", token, &[]).await.error(400, "invalid_request");
    posts_as("acme", token, &[("grant_type", "implicit")]).await.error(400, "unsupported_grant_type");
    posts_as("acme", token, &[("grant_type", "authorization_code")]).await.error(400, "invalid_request");
    let garbage = [("grant_type", "refresh_token"), ("refresh_token", "garbage")];
    posts_as("acme", token, &garbage).await.error(400, "invalid_grant");
    let unknown = posts_as("nobody", token, &garbage).await;
    unknown.error(401, "invalid_client");
    assert!(unknown.header("www-authenticate").starts_with("Basic"));
    posts(token, &garbage).await.error(401, "invalid_client");
    let json = http().request("POST", token).json(&json!({ "grant_type": "password" }));
    Said::to(json).await.error(400, "invalid_request");
    let large = http().request("POST", token).form(&[("x", "x".repeat(300_000))]);
    assert!(Said::to(large).await.status < 500);
    user_info("garbage").await.error(401, "invalid_token");
    let nobody = Said::to(http().request("GET", "//oauth/userinfo")).await;
    nobody.error(401, "invalid_token");
    for body in [json!({}), json!({ "username": "a b", "password": PASSWORD }), json!([])] {
        let refused = Said::to(http().request("POST", "//oauth/accounts").json(&body)).await;
        refused.error(400, "invalid_request");
    }
    let (username, _) = registers().await;
    let again = json!({ "username": username.to_uppercase(), "password": PASSWORD });
    Said::to(http().request("POST", "//oauth/accounts").json(&again)).await.error(409, "invalid_request");
}

#[tokio::test]
async fn who_asks_is_told_where_everything_is() {
    for path in ["//.well-known/openid-configuration", "//.well-known/oauth-authorization-server"] {
        let told = Said::to(http().request("GET", path)).await.ok();
        assert_eq!(text(&told, "issuer"), server().url);
        for name in ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"] {
            assert!(text(&told, name).starts_with(&server().url), "{name}");
        }
        assert_eq!(told["code_challenge_methods_supported"], json!(["S256"]));
    }
    let keys = Said::to(http().request("GET", "//oauth/jwks.json")).await.ok();
    let ours = http().get("//.well-known/jwks.json").await.is(200);
    assert_eq!(text(&keys["keys"][0], "alg"), "EdDSA");
    assert_ne!(keys["keys"][0]["kid"], ours["keys"][0]["kid"], "no key for two purposes");
}

#[test]
fn an_independent_client_gets_along_with_it() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/authlib/client.py");
    // Debian's own Python has what is installed for the tests.
    let output = Command::new("/usr/bin/python3").arg(script).arg(&server().url).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "fine", "{output:?}");
}

#[tokio::test]
async fn it_is_there_by_default_on_the_embedded_default_alone() {
    let stranger = Http::stranger(Server::shared());
    let there = stranger.request("GET", "//.well-known/openid-configuration").send().await.unwrap();
    let expected = if Stack::under_test() == Stack::Embedded { 200 } else { 404 };
    assert_eq!(there.status(), expected);
    let none = Server::with(&[("CHATCHAT_OAUTH_CLIENTS", "[]")]);
    for path in ["//.well-known/openid-configuration", "//oauth/authorize", "//oauth/jwks.json"] {
        Http::stranger(&none).get(path).await.problem(404, "not_found");
    }
}
