//! Settings: where they come from, and what is refused.

use std::process::Command;

use serde_json::json;
use tempfile::TempDir;

use super::http::{Answer, Http};
use super::person::Person;
use super::server::{Server, command, listening, run_to_end};

/// What the server says when it refuses to start with these settings.
fn refusal(settings: &[(&str, &str)], arguments: &[&str], file: Option<&str>) -> String {
    let folder = TempDir::new().unwrap();
    if let Some(file) = file {
        std::fs::write(folder.path().join("chatchat.toml"), file).unwrap();
    }
    let mut command = command(folder.path());
    command.args(["--listen", "127.0.0.1:0"]).args(arguments).envs(settings.iter().copied());
    let output = run_to_end(command);
    assert!(!output.status.success(), "{output:?}");
    assert!(!folder.path().join("data").exists(), "refused before anything is made");
    assert!(!String::from_utf8_lossy(&output.stdout).contains("listening"), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_wrong_key_is_refused_by_name() {
    for (settings, key) in [
        (("CHATCHAT_SERVER__LISTNE", "127.0.0.1:1"), "server.listne"),
        (("CHATCHAT_AUTH__BCRYPT", "4"), "auth.bcrypt"),
        (("CHATCHAT_LIMIT__ENABLED", "false"), "limit"),
        (("CHATCHAT_REDIS__URI", "redis://:sesame@h"), "redis.uri"),
    ] {
        let told = refusal(&[settings], &[], None);
        assert!(told.contains(key) && !told.contains("sesame"), "{told}");
    }
    assert!(refusal(&[], &[], Some("[server]\nlistne = 1")).contains("server.listne"));
    assert!(refusal(&[], &["--colour", "red"], None).contains("--colour"));
}

#[test]
fn a_wrong_value_is_refused_by_the_name_of_its_key() {
    for (variable, value, key) in [
        ("CHATCHAT_SERVER__PUBLIC_URL", "chat.example", "server.public_url"),
        ("CHATCHAT_SERVER__ALLOWED_ORIGINS", "everywhere", "server.allowed_origins"),
        ("CHATCHAT_SERVER__TRUSTED_PROXIES", "my proxy", "server.trusted_proxies"),
        ("CHATCHAT_DATABASE__URL", "oracle://u:sesame@h/db", "database.url"),
        ("CHATCHAT_REDIS__URL", "http://u:sesame@h", "redis.url"),
        ("CHATCHAT_MAIL__URL", "imap://u:sesame@h", "mail.url"),
        ("CHATCHAT_STORAGE__URL", "https://u:sesame@h", "storage.url"),
        ("CHATCHAT_AUTH__BCRYPT_COST", "99", "auth.bcrypt_cost"),
        ("CHATCHAT_AUTH__ACCESS_TOKEN_SECONDS", "soon", "auth.access_token_seconds"),
        ("CHATCHAT_CHAT__MAX_GROUP_MEMBERS", "0", "chat.max_group_members"),
        ("CHATCHAT_LIMITS__ENABLED", "sometimes", "limits.enabled"),
        ("CHATCHAT_TELEMETRY__LOG_FORMAT", "xml", "telemetry.log_format"),
    ] {
        let told = refusal(&[(variable, value)], &[], None);
        assert!(told.contains(key) && !told.contains("sesame"), "{variable}: {told}");
    }
    assert!(refusal(&[], &["--config", "nowhere.toml"], None).contains("nowhere.toml"));
    assert!(refusal(&[], &[], Some("[auth]\nbcrypt_cost = \"much\"")).contains("auth.bcrypt_cost"));
}

#[test]
fn an_address_that_is_taken_is_refused_by_name() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = TempDir::new().unwrap();
    let mut command = command(folder.path());
    command.args(["--listen", &address]);
    let output = run_to_end(command);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && told.contains("server.listen") && told.contains(&address), "{told}");
}

/// Starts the command, gives the URL it says it listens on, and ends it.
fn listens_on(command: &mut Command) -> String {
    let (mut child, url) = listening(command);
    child.kill().unwrap();
    child.wait().unwrap();
    url
}

fn free_address() -> String {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

#[test]
fn flags_win_over_the_environment_and_the_environment_over_the_file() {
    let folder = TempDir::new().unwrap();
    let [file, environment, flag] = [free_address(), free_address(), free_address()];
    let toml = format!("[server]\nlisten = \"{file}\"\ndata_dir = \"from-the-file\"\n");
    std::fs::write(folder.path().join("chatchat.toml"), &toml).unwrap();
    std::fs::write(folder.path().join("other.toml"), toml.replace("from-the-file", "from-the-other"))
        .unwrap();
    let quiet = || {
        let mut command = command(folder.path());
        command.stderr(std::process::Stdio::null());
        command
    };
    assert_eq!(listens_on(&mut quiet()), format!("http://{file}"));
    assert!(folder.path().join("from-the-file").is_dir());
    let mut with_environment = quiet();
    with_environment.env("CHATCHAT_SERVER__LISTEN", &environment).args(["--config", "other.toml"]);
    assert_eq!(listens_on(&mut with_environment), format!("http://{environment}"));
    assert!(folder.path().join("from-the-other").is_dir());
    let mut with_flags = quiet();
    with_flags.env("CHATCHAT_SERVER__LISTEN", &environment).env("CHATCHAT_SERVER__DATA_DIR", "no");
    with_flags.args(["serve", "--listen", &flag, "--data-dir", "from-the-flag"]);
    assert_eq!(listens_on(&mut with_flags), format!("http://{flag}"));
    assert!(folder.path().join("from-the-flag").is_dir() && !folder.path().join("no").exists());
}

#[tokio::test]
async fn from_an_empty_folder_it_serves_with_no_setting_at_all_but_an_address() {
    let folder = TempDir::new().unwrap();
    let mut command = command(folder.path());
    let (mut child, url) =
        listening(command.args(["--listen", "127.0.0.1:0"]).stderr(std::process::Stdio::null()));
    chatchat_adapters::tls::install();
    let ready = reqwest::get(format!("{url}/readyz")).await.unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(ready.status(), 200);
    assert!(folder.path().join("data/chatchat.db").is_file());
}

#[tokio::test]
async fn one_may_ask_for_one_code_a_minute() {
    let server = Server::with(&[("CHATCHAT_LIMITS__ENABLED", "true")]);
    let ann = Person::registers(&server).await;
    let (stranger, body) = (Http::stranger(&server), json!({ "email": ann.email, "purpose": "register" }));
    let limited = stranger.post("/auth/email-codes", body).await.problem(429, "rate_limited");
    let seconds: u64 = limited.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert!(!limited.header("ratelimit").is_empty() && !limited.header("ratelimit-policy").is_empty());
    ann.http.get("/me").await.is(200);
}

#[tokio::test]
async fn pages_of_allowed_origins_may_call_and_connect_and_others_may_not() {
    let server = Server::with(&[("CHATCHAT_SERVER__ALLOWED_ORIGINS", "https://app.example")]);
    let ann = Person::registers(&server).await;
    for (origin, allowed) in [("https://app.example", true), ("https://evil.example", false), ("null", false)]
    {
        let request = ann
            .http
            .request("OPTIONS", "/me")
            .header("origin", origin)
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "authorization, content-type, content-disposition");
        let preflight = Answer::to(request).await;
        assert_eq!(preflight.header("access-control-allow-origin") == origin, allowed, "{preflight:?}");
        let request = ann
            .http
            .request("GET", "/ws")
            .header("origin", origin)
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
            .header("sec-websocket-protocol", "chatchat.v1.json");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), if allowed { 101 } else { 403 }, "{origin}");
    }
}
