//! The real program in an empty folder.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A running server, killed when dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    child: Mutex<Child>,
    folder: TempDir,
    settings: Vec<(String, String)>,
}

impl Server {
    /// The one that most tests share: nobody in them minds the others.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(|| {
            let server = Self::start(&[]);
            end_with_this_process(server.pid());
            server
        })
    }

    /// A server of one's own, with these settings besides (`("CHATCHAT_…", value)`).
    pub(crate) fn start(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let (child, url) = spawn(folder.path(), "127.0.0.1:0", &settings);
        Self { url, child: Mutex::new(child), folder, settings }
    }

    /// Ends the process as a power cut would, and starts it anew on the same folder and port.
    pub(crate) fn crash_and_restart(&self) {
        let mut child = self.child.lock().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let (again, _) = spawn(self.folder.path(), self.address(), &self.settings);
        *child = again;
    }

    /// Asks the process to end (SIGTERM).
    pub(crate) fn terminate(&self) {
        let pid = self.pid().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }

    /// Waits for the process to end by itself.
    pub(crate) fn wait(&self, at_most: Duration) -> ExitStatus {
        let until = Instant::now() + at_most;
        loop {
            if let Some(status) = self.child.lock().unwrap().try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < until, "the server did not end within {at_most:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.lock().unwrap().id()
    }

    /// `host:port`.
    pub(crate) fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap();
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// The program: `CHATCHAT_SERVER_BIN`, or the one built beside this test.
pub(crate) fn program() -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "whoever runs the tests may name the program")]
    let named = std::env::var("CHATCHAT_SERVER_BIN").ok();
    let beside = || std::env::current_exe().unwrap().ancestors().nth(2).unwrap().join("chatchat-server");
    let program = named.map_or_else(beside, PathBuf::from);
    assert!(
        program.exists(),
        "{} is missing: run ./tests/run, or cargo build -p chatchat-server",
        program.display()
    );
    program
}

/// The program in `folder`, with the environment that tests want; its stdout is piped.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(program());
    command.current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env("CHATCHAT_AUTH__BCRYPT_COST", "4").env("CHATCHAT_LIMITS__ENABLED", "false");
    command
}

fn spawn(folder: &Path, listen: &str, settings: &Vec<(String, String)>) -> (Child, String) {
    let mut command = command(folder);
    command.args(["--listen", listen]).envs(settings.iter().cloned()).stderr(Stdio::inherit());
    command.env("CHATCHAT_TELEMETRY__LOG", "warn");
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let url = lines
        .find_map(|line| line.unwrap().strip_prefix("chatchat is listening on ").map(str::to_owned))
        .expect("the server tells where it listens");
    (child, url)
}

/// What is never dropped is ended by a watcher, once this process is gone.
pub(crate) fn end_with_this_process(server: u32) {
    let script =
        format!("while kill -0 {} 2>/dev/null; do sleep 0.2; done; kill {server}", std::process::id());
    Command::new("sh").args(["-c", &script]).stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
}
