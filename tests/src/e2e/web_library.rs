//! The web client's library, `chatchat.js`, run by Node: alone, and against the server.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::json;

use super::person::Person;
use super::server::Server;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/web");

fn node() -> Command {
    let mut node = Command::new("node");
    node.current_dir(FOLDER);
    node
}

#[test]
fn what_needs_no_browser_passes_its_own_tests() {
    let is_test = |path: &PathBuf| path.to_string_lossy().ends_with(".test.js");
    let tests: Vec<PathBuf> =
        Path::new(FOLDER).read_dir().unwrap().map(|entry| entry.unwrap().path()).filter(is_test).collect();
    let output = node().arg("--test").args(&tests).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert!(!told.contains("# pass 0"), "no test ran: {told}");
}

/// A script that asks for something, line by line, and is ended with the value that holds it.
struct Script {
    child: Child,
    asks: BufReader<ChildStdout>,
    hears: ChildStdin,
}

impl Script {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (asks, hears) = (BufReader::new(child.stdout.take().unwrap()), child.stdin.take().unwrap());
        Self { child, asks, hears }
    }

    /// The next line; none once it has ended.
    fn asks(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.asks.read_line(&mut line).unwrap();
        (read > 0).then(|| line.trim().to_owned())
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_to_sockets_pages_and_the_server_every_message_comes_once_and_in_order() {
    let mut server = Server::with(&[]);
    let (ann, bob) = (Person::registers(&server).await, Person::registers(&server).await);
    let together = json!({
        "url": server.url,
        "conversation": ann.befriends(&bob).await,
        "refresh_tokens": [ann.refresh_token, bob.refresh_token],
    });
    let mut command = node();
    command.arg("support/together.js").env("CHATCHAT_TOGETHER", together.to_string());
    let ended = tokio::task::spawn_blocking(move || {
        let mut script = Script::start(command);
        let mut restarts = 0;
        while let Some(line) = script.asks() {
            assert_eq!(line, "restart");
            server.restart();
            restarts += 1;
            script.hears.write_all(b"done\n").unwrap();
        }
        assert_eq!(restarts, 2);
        script.child.wait().unwrap()
    });
    assert!(ended.await.unwrap().success());
}
