//! Starts: many at once, and those that are refused.

use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use super::settings_with;
use crate::e2e::http::Http;
use crate::e2e::person::Person;
use crate::e2e::server::{Server, command, run_to_end};
use crate::services::mariadb::MariaDb;
use crate::services::redis::{RedisServer, self_styled, shared_cluster_url};
use crate::services::s3::S3;
use crate::services::smtp::SmtpServer;

#[tokio::test]
async fn six_nodes_that_start_at_once_on_an_empty_database_all_serve() {
    let settings = settings_with(&[]);
    let start = || {
        let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Server::with(&settings)
    };
    let nodes: Vec<Server> = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..6).map(|_| scope.spawn(start)).collect();
        starting.into_iter().map(|node| node.join().unwrap()).collect()
    });
    let ann = Person::registers(&nodes[0]).await;
    for node in &nodes {
        ann.at(node).http.get("/me").await.is(200);
        Http::stranger(node).get("//readyz").await.is(200);
    }
}

/// Runs a command of the server that ends by itself.
fn run(folder: &Path, name: &str, settings: &[(&'static str, &str)]) -> Output {
    let mut command = command(folder);
    command.args(["--listen", "127.0.0.1:0"]).arg(name).envs(settings_with(settings));
    run_to_end(command)
}

#[tokio::test(flavor = "multi_thread")] // servers run in it
async fn what_cannot_be_used_is_refused_in_one_line_that_names_the_setting_and_no_secret() {
    let locked = RedisServer::start_with(|_, _| ["--requirepass", "right"].map(ToOwned::to_owned).into());
    let database = MariaDb::shared().database();
    let stranger = database.replacen("root@", "nobody:sesame@", 1);
    let (post, store) = (SmtpServer::start_for_ann("right").await, S3::start_own().await);
    let wrong_password = store.url().replacen("s3cr", "sesame", 1);
    let to_locked = locked.url().replacen("//", "//:sesame@", 1);
    let as_a_stranger = post.url().replacen("//", "//ann:sesame@", 1);
    let old = MariaDb::start_with(|_| vec!["--version=10.6.20-MariaDB".to_owned()]); // so it says
    let (old_database, old_redis) = (old.database(), self_styled("6.2.14").await);
    let without_name = "mysql://root:sesame@127.0.0.1:1";
    let cluster = shared_cluster_url().replacen("redis-cluster:", "redis:", 1);
    let wrong = [
        ("CHATCHAT_DATABASE__URL", stranger.as_str(), "database.url: "),
        ("CHATCHAT_DATABASE__URL", &format!("{database}_which_is_not_there"), "database.url: "),
        ("CHATCHAT_DATABASE__URL", without_name, "database.url: "),
        ("CHATCHAT_DATABASE__URL", "mysql://root:sesame@127.0.0.1:1/none", "database.url: "),
        ("CHATCHAT_DATABASE__URL", &old_database, "database.url: MariaDB 10.6.20 is not supported"),
        ("CHATCHAT_REDIS__URL", &old_redis, "redis.url: Redis 6.2.14 is not supported"),
        ("CHATCHAT_REDIS__URL", &to_locked, "redis.url: "),
        ("CHATCHAT_REDIS__URL", &cluster, "redis.url: "),
        ("CHATCHAT_REDIS__URL", "redis://:sesame@127.0.0.1:1", "redis.url: "),
        ("CHATCHAT_REDIS__URL", "redis://:sesame@127.0.0.1:port", "redis.url: "),
        ("CHATCHAT_MAIL__URL", &as_a_stranger, "mail.url: "),
        ("CHATCHAT_MAIL__URL", "smtp://ann:sesame@127.0.0.1:1", "mail.url: "),
        ("CHATCHAT_MAIL__URL", "smtp://ann:sesame@mail.example?tls=none", "mail.url: "),
        ("CHATCHAT_STORAGE__URL", &wrong_password, "storage.url: "),
        (
            "CHATCHAT_STORAGE__URL",
            "s3://id:sesame@bucket?endpoint=http://127.0.0.1:1&region=x",
            "storage.url: ",
        ),
    ];
    std::thread::scope(|scope| {
        for (name, url, setting) in wrong {
            for command in ["serve", "check"] {
                scope.spawn(move || is_refused(command, name, url, setting));
            }
        }
    });
}

/// The command ends, and tells what is wrong with which setting.
fn is_refused(command: &str, name: &'static str, url: &str, setting: &str) {
    let folder = TempDir::new().unwrap();
    let output = run(folder.path(), command, &[(name, url)]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(!told.contains("sesame") && !told.contains("s3cr"), "{told}");
    let wrong = |line: &&str| line.contains(setting) && !line.starts_with("ok ");
    assert_eq!(told.lines().filter(wrong).count(), 1, "{told}");
}

#[tokio::test]
async fn a_start_waits_for_what_starts_at_the_same_time() {
    let mut redis = RedisServer::start();
    redis.stop();
    let url = redis.url();
    let starting =
        tokio::task::spawn_blocking(move || super::Nodes::start_with(1, &[("CHATCHAT_REDIS__URL", &url)]));
    tokio::time::sleep(std::time::Duration::from_secs(1)).await; // it has been tried in vain by then
    redis.restart();
    let nodes = starting.await.unwrap();
    assert_eq!(Http::stranger(&nodes.0[0]).get("//readyz").await.is(200)["checks"]["redis"], "ok");
}

#[tokio::test]
async fn a_database_without_redis_is_told_to_be_for_one_node() {
    let mut settings = settings_with(&[]);
    settings.retain(|(name, _)| *name != "CHATCHAT_REDIS__URL");
    let folder = TempDir::new().unwrap();
    let log = folder.path().join("log");
    let mut command = command(folder.path());
    command.args(["--listen", "127.0.0.1:0"]).envs(settings).stderr(std::fs::File::create(&log).unwrap());
    let (mut child, _) = crate::e2e::server::listening(&mut command);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(std::fs::read_to_string(log).unwrap().contains("redis.url"));
}
