//! What an operator does beside serving.

use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use super::{Nodes, settings_with};
use crate::e2e::person::Person;
use crate::e2e::server::{Server, command, run_to_end};
use crate::services::mariadb::MariaDb;
use crate::services::oidc::Oidc;

/// Runs a command of the server to its end.
fn run(folder: &Path, arguments: &[&str], settings: &[(&str, String)]) -> Output {
    let mut command = command(folder);
    command.args(arguments).envs(settings.iter().map(|(name, value)| (name, value)));
    run_to_end(command)
}

/// What it has said, if it has gone well.
#[track_caller]
fn said(output: Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn check_says_of_everything_whether_it_can_be_used() {
    let folder = TempDir::new().unwrap();
    let said = said(run(folder.path(), &["check"], &settings_with(&[])));
    let lines: Vec<_> = said.lines().collect();
    let names = ["database.url", "redis.url", "mail.url", "storage.url", "providers"];
    assert_eq!(lines.len(), names.len(), "{said}");
    for (line, name) in lines.iter().zip(names) {
        assert!(line.starts_with("ok ") && line.contains(name), "{line}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "it makes nothing");
}

#[tokio::test]
async fn check_knows_the_embedded_default_too() {
    let folder = TempDir::new().unwrap();
    assert!(said(run(folder.path(), &["check"], &[])).contains("to be made"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "it makes nothing");
    said(run(folder.path(), &["migrate"], &[]));
    assert!(!said(run(folder.path(), &["check"], &[])).contains("to be made"));
    std::fs::write(folder.path().join("data/chatchat.db"), "no database, but longer than the head of one is")
        .unwrap();
    let output = run(folder.path(), &["check"], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains("failed  database.url: "));
}

#[tokio::test(flavor = "multi_thread")]
async fn check_asks_the_third_parties() {
    let folder = TempDir::new().unwrap();
    let check = |providers: String| run(folder.path(), &["check"], &[("CHATCHAT_PROVIDERS", providers)]);
    let provider = Oidc::start(7).await;
    let acme =
        |issuer: &str| format!(r#"[{{id="simulated"}}, {{id="acme", issuer="{issuer}", client_id="us"}}]"#);
    assert!(said(check(acme(&provider.url))).contains("simulated, acme"));
    let output = check(acme("http://127.0.0.1:9"));
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stdout).unwrap().contains("failed  providers: acme: it cannot be reached")
    );
}

#[tokio::test]
async fn migrate_makes_the_tables_once() {
    let folder = TempDir::new().unwrap();
    for settings in [Vec::new(), settings_with(&[])] {
        assert!(said(run(folder.path(), &["migrate"], &settings)).contains("applied "));
        assert_eq!(said(run(folder.path(), &["migrate"], &settings)), "the tables are up to date\n");
    }
}

#[tokio::test]
async fn healthcheck_says_by_its_exit_code_whether_the_server_lives() {
    let mut server = Server::with(&[]);
    let everywhere = server.address().replace("127.0.0.1", "0.0.0.0");
    let folder = TempDir::new().unwrap();
    for listen in [server.address(), &everywhere] {
        said(run(folder.path(), &["healthcheck", "--listen", listen], &[]));
    }
    let address = server.address().to_owned();
    server.kill();
    let output = run(folder.path(), &["healthcheck", "--listen", &address], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains(&address));
}

#[tokio::test]
async fn a_backup_is_for_its_owner_s_eyes_alone_and_takes_the_place_of_nothing() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::with(&[]);
    let (folder, data) = (TempDir::new().unwrap(), server.data().display().to_string());
    let backup =
        |settings: &[(&str, String)]| run(folder.path(), &["backup", "copy", "--data-dir", &data], settings);
    let elsewhere = backup(&settings_with(&[]));
    assert_eq!(elsewhere.status.code(), Some(1));
    assert!(String::from_utf8(elsewhere.stderr).unwrap().contains("database.url: "));
    said(backup(&[]));
    for (file, expected) in
        [("", 0o700), ("chatchat.db", 0o600), ("keys", 0o700), ("keys/server.secret", 0o600)]
    {
        let mode = std::fs::metadata(folder.path().join("copy").join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, expected, "{file}");
    }
    let again = backup(&[]);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8(again.stderr).unwrap().contains("copy is there already"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing unfinished is left");
}

#[tokio::test]
async fn no_database_is_told_that_it_was_put_back_while_it_is_served() {
    let (embedded, nodes) = (Server::with(&[]), Nodes::start(1));
    let (folder, data) = (TempDir::new().unwrap(), embedded.data().display().to_string());
    let none: [(&str, String); 0] = [];
    let database =
        [("CHATCHAT_DATABASE__URL", nodes.0[0].setting("CHATCHAT_DATABASE__URL").unwrap().to_owned())];
    for (settings, data) in [(&none[..], data.as_str()), (&database[..], "data")] {
        let refused = run(folder.path(), &["restored", "--data-dir", data], settings);
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        assert!(String::from_utf8(refused.stderr).unwrap().contains("database.url: "));
    }
}

#[tokio::test]
async fn who_moves_up_takes_everything_along_and_stays_logged_in() {
    let mut old = Server::with(&[("CHATCHAT_SERVER__PUBLIC_URL", "http://chat.example")]);
    let (ann, bob) = (Person::registers(&old).await, Person::registers(&old).await);
    let conversation = ann.befriends(&bob).await;
    for number in 0..50 {
        ann.sends(&conversation, &format!("before the move: {number}")).await;
    }
    let history = ann.history(&conversation).await;
    let (from, to) =
        (format!("sqlite:{}", old.data().join("chatchat.db").display()), MariaDb::shared().database());
    let data = old.data().display().to_string();
    let transfer = |old: &Server| {
        let arguments = ["transfer", "--from", &from, "--to", &to, "--data-dir", &data];
        run(&old.data(), &arguments, &[])
    };
    let refused = transfer(&old);
    assert_eq!(refused.status.code(), Some(1), "the service still runs");
    assert!(String::from_utf8(refused.stderr).unwrap().contains("--from: "));
    old.stop().await;
    let said = said(transfer(&old));
    assert!(said.lines().any(|line| line.trim() == "50 messages"), "{said}");

    let nodes = Nodes::start_with(2, &[("CHATCHAT_DATABASE__URL", &to)]);
    let (ann, bob) = (ann.at(&nodes.0[0]), bob.at(&nodes.0[1]));
    assert_eq!(ann.history(&conversation).await, history);
    let mut of_bob = bob.connects().await;
    let message = ann.sends(&conversation, "after the move").await;
    assert_eq!(of_bob.next_change(&conversation).await["data"]["message"], message);
}

#[test]
fn a_transfer_in_the_wrong_direction_or_without_keys_is_refused() {
    let folder = TempDir::new().unwrap();
    for (from, to, told) in [
        ("mysql://u:sesame@h/db", "sqlite:chatchat.db", "--from"),
        ("postgres://u:sesame@h/db", "mysql://u:sesame@h/db", "--from: "),
        ("sqlite:chatchat.db", "sesame", "--to: "),
        ("sqlite:chatchat.db", "mysql://u:sesame@h/db", "server.data_dir: "),
    ] {
        let output = run(folder.path(), &["transfer", "--from", from, "--to", to], &[]);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains(told) && !error.contains("sesame"), "{error}");
    }
}
