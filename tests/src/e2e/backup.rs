//! A backup that is made while people talk, and put back in an empty place, as docs/operations/backup.md says.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::attachments::{fetches, path, posts, uploads_image};
use super::person::Person;
use super::server::{Server, command, run_to_end};
use super::socket::{PATIENCE, Socket};
use super::stack::Stack;
use crate::services::mariadb::{self, MariaDb};

const DATABASE: &str = "CHATCHAT_DATABASE__URL";
/// Clients find the service put back where it was: their tokens are good.
const PUBLIC: (&str, &str) = ("CHATCHAT_SERVER__PUBLIC_URL", "http://chat.example");

/// What was copied of a service; what is in a bucket stays there.
struct Backup(TempDir);

impl Backup {
    fn of(server: &Server) -> Self {
        let backup = Self(TempDir::new().unwrap());
        match Stack::under_test() {
            Stack::Embedded => {
                let copy = backup.copy().display().to_string();
                run(&["backup", &copy, "--data-dir", &server.data().display().to_string()], None);
            }
            Stack::Production => mariadb::dump(server.setting(DATABASE).unwrap(), &backup.copy()),
        }
        backup
    }

    /// A server that stands where nothing was.
    fn put_back(&self) -> Server {
        match Stack::under_test() {
            Stack::Embedded => Server::with_data(&[PUBLIC], |data| {
                let copied = Command::new("cp").arg("-a").arg(self.copy()).arg(data).status();
                assert!(copied.unwrap().success());
                run(&["restored", "--data-dir", &data.display().to_string()], None);
            }),
            Stack::Production => {
                let database = MariaDb::shared().database();
                mariadb::load(&database, &self.copy());
                run(&["restored"], Some(&database));
                Server::with(&[PUBLIC, (DATABASE, &database)])
            }
        }
    }

    fn copy(&self) -> PathBuf {
        self.0.path().join("copy")
    }
}

/// Runs a command of the server that must go well.
fn run(arguments: &[&str], database: Option<&str>) {
    let mut command = command(Path::new("/"));
    command.args(arguments).envs(database.map(|url| (DATABASE, url)));
    let output = run_to_end(command);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

/// Somebody who does not stop talking.
struct Talk {
    acknowledged: Arc<Mutex<Vec<Value>>>,
    over: Arc<AtomicBool>,
    talking: JoinHandle<()>,
}

impl Talk {
    fn begin(person: &Person, conversation: &str) -> Self {
        let (acknowledged, over) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let (person, conversation) = (person.clone(), conversation.to_owned());
        let (kept, is_over) = (Arc::<Mutex<Vec<Value>>>::clone(&acknowledged), Arc::clone(&over));
        let talking = tokio::spawn(async move {
            while !is_over.load(Ordering::Relaxed) {
                let message = person.sends(&conversation, "and so on").await;
                kept.lock().unwrap().push(message);
            }
        });
        Self { acknowledged, over, talking }
    }

    fn acknowledged(&self) -> Vec<Value> {
        self.acknowledged.lock().unwrap().clone()
    }

    /// Waits until so many more are acknowledged.
    async fn goes_on(&self, messages: usize) {
        let (since, before) = (Instant::now(), self.acknowledged().len());
        while self.acknowledged().len() < before + messages {
            assert!(since.elapsed() < PATIENCE, "nothing is acknowledged any more");
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    async fn ends(self) -> usize {
        self.over.store(true, Ordering::Relaxed);
        self.talking.await.unwrap();
        self.acknowledged.lock().unwrap().len()
    }
}

/// What a client remembers of a conversation.
async fn rev_of(person: &Person, conversation: &str) -> u64 {
    person.conversation(conversation).await["rev"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_before_a_backup_is_there_once_it_is_put_back_and_clients_agree() {
    let mut server = Server::with(&[PUBLIC]);
    let (ann, bob) = (Person::registers(&server).await, Person::registers(&server).await);
    let (conversation, group) = (ann.befriends(&bob).await, ann.creates_group_with(&[&bob]).await);
    let image = uploads_image(&ann).await;
    posts(&ann, &conversation, "image", &image).await.is(201);
    let picture = fetches(&bob, &path(&image)).await.bytes;
    let (in_pair, in_group) = (Talk::begin(&ann, &conversation), Talk::begin(&bob, &group));
    in_pair.goes_on(30).await;
    let before = [(&conversation, in_pair.acknowledged()), (&group, in_group.acknowledged())];
    let backup = tokio::task::block_in_place(|| Backup::of(&server));
    in_pair.goes_on(30).await;
    in_group.goes_on(30).await;
    let said = in_pair.ends().await + in_group.ends().await;
    let known = [(&conversation, rev_of(&bob, &conversation).await), (&group, rev_of(&bob, &group).await)];
    let known_of_bob = bob.connects().await.greeting["user_rev"].as_u64().unwrap();
    server.stop().await;

    let restored = backup.put_back();
    let (ann, bob) = (ann.at(&restored).logs_in_again(&restored).await, bob.at(&restored));
    for (conversation, acknowledged) in before {
        assert_is_whole(&bob, conversation, &acknowledged).await;
    }
    assert!(fetches(&bob, &path(&image)).await.bytes == picture);
    let kept = bob.history(&conversation).await.len() + bob.history(&group).await.len();
    assert!(kept < said, "something was said after the backup");

    // Others have taken the numbers of what was lost, and more.
    for _ in 0..=said {
        ann.sends(&conversation, "after it").await;
    }
    let resume = json!({ "user_rev": known_of_bob, "conversations": { &conversation: known[0].1, &group: known[1].1 } });
    let mut socket = Socket::open(&bob.address, Some(&bob.token)).await;
    let greeting = socket.ok("hello", json!({ "resume": resume })).await;
    assert!(greeting["user_rev"].as_u64().unwrap() > known_of_bob + 1, "he sees the hole: {greeting}");
    for (conversation, known) in known {
        let heads = greeting["conversations"].as_array().unwrap();
        assert!(heads.iter().any(|head| head["id"] == *conversation), "{greeting}");
        let data = json!({ "conversation_id": conversation, "after_rev": known });
        let told = socket.ok("sync", data).await;
        let head = rev_of(&bob, conversation).await;
        assert_eq!(told, json!({ "reset": true, "head_rev": head }), "he has what is not there any more");
        assert_eq!(bob.history(conversation).await, ann.history(conversation).await);
        let message = ann.sends(conversation, "live").await;
        let event = socket.next_change(conversation).await;
        assert_eq!((&event["rev"], &event["data"]["message"]), (&json!(head + 1), &message));
        let data = json!({ "conversation_id": conversation, "after_rev": head });
        assert_eq!(socket.ok("sync", data).await["messages"], json!([message]));
    }
}

/// All of these messages are there as they were, and no number is missing or comes twice.
async fn assert_is_whole(person: &Person, conversation: &str, acknowledged: &[Value]) {
    let history = person.history(conversation).await;
    for message in acknowledged {
        assert!(history.contains(message), "lost: {message}");
    }
    for (message, seq) in history.iter().zip(1..) {
        assert_eq!(message["seq"], json!(seq), "a hole or a repeat");
    }
    let first = history.iter().position(|message| *message == acknowledged[0]).unwrap();
    let revs = history[first..].iter().map(|message| message["rev"].as_u64().unwrap());
    let expected = acknowledged[0]["rev"].as_u64().unwrap()..;
    assert!(revs.eq(expected.take(history.len() - first)), "a hole in rev");
}
