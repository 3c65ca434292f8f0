//! The real binary as a child process, on an empty folder and a free port.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{OnceLock, mpsc};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::stack::Stack;
use crate::process::Process;

/// How long a start or an end may take before the test gives up; a healthy server needs a fraction of it.
const PATIENCE: Duration = Duration::from_secs(30);

/// What most tests run with: cheap passwords, and no limits that tests would run into.
const DEFAULTS: [(&str, &str); 2] =
    [("CHATCHAT_AUTH__BCRYPT_COST", "4"), ("CHATCHAT_LIMITS__ENABLED", "false")];

/// A server of the product, ended with the value that holds it.
pub(crate) struct Server {
    /// Where clients find it, such as `http://127.0.0.1:4711`.
    pub(crate) url: String,
    folder: TempDir,
    command: &'static str,
    settings: Vec<(String, String)>,
    process: Option<Process>,
}

impl Server {
    /// The server that all tests share which need no other settings and do not stop it.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(|| Self::with(&[]))
    }

    /// A server of one's own, with these settings (environment variables) on top of the usual ones.
    pub(crate) fn with(settings: &[(&str, &str)]) -> Self {
        Self::on(TempDir::new().unwrap(), settings)
    }

    /// The same on a folder that may hold something already.
    pub(crate) fn on(folder: TempDir, settings: &[(&str, &str)]) -> Self {
        Self::started(folder, "serve", Stack::under_test().settings(), settings)
    }

    /// The same on a data folder that is made first.
    pub(crate) fn with_data(settings: &[(&str, &str)], make: impl FnOnce(&Path)) -> Self {
        let folder = TempDir::new().unwrap();
        make(&folder.path().join("data"));
        Self::on(folder, settings)
    }

    /// A demo.
    pub(crate) fn demo() -> Self {
        Self::started(TempDir::new().unwrap(), "demo", Vec::new(), &[])
    }

    fn started(
        folder: TempDir,
        command: &'static str,
        stack: Vec<(&'static str, String)>,
        settings: &[(&str, &str)],
    ) -> Self {
        let usual = DEFAULTS.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let settings: Vec<(String, String)> = usual
            .chain(stack)
            .filter(|(name, _)| settings.iter().all(|(other, _)| name != other))
            .chain(settings.iter().map(|(name, value)| (*name, (*value).to_owned())))
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let (process, url) = launch(folder.path(), command, &settings, "127.0.0.1:0");
        Self { url, folder, command, settings, process: Some(process) }
    }

    /// Where it listens, without a scheme.
    pub(crate) fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    /// The folder that holds all it knows.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What it was told in its environment, if it was.
    pub(crate) fn setting(&self, name: &str) -> Option<&str> {
        self.settings.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Runs `chatchat-server admin` for this server, as olga.
    pub(crate) fn admin(&self, arguments: &[&str]) -> Output {
        let mut command = command(self.folder.path());
        command.args(["admin", "--as", "olga", "--listen", self.address(), "--data-dir"]).arg(self.data());
        command.args(arguments).envs(self.settings.iter().map(|(name, value)| (name, value)));
        run_to_end(command)
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Ends it as a power failure would.
    pub(crate) fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.end();
        }
    }

    /// Starts it again on the same folder and port.
    pub(crate) fn restart(&mut self) {
        self.kill();
        let address = self.address().to_owned();
        let (process, url) = launch(self.folder.path(), self.command, &self.settings, &address);
        assert_eq!(url, self.url);
        self.process = Some(process);
    }

    /// Starts it again with these settings on top.
    pub(crate) fn restart_with(&mut self, settings: &[(&str, &str)]) {
        self.settings.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.restart();
    }

    /// Asks it to end (SIGTERM) without waiting for it.
    pub(crate) fn terminate(&self) {
        self.process.as_ref().unwrap().signal("TERM");
    }

    /// Waits for its end.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let since = Instant::now();
        loop {
            let process = self.process.as_mut().unwrap();
            if let Some(status) = process.ended() {
                self.kill();
                return status;
            }
            assert!(since.elapsed() < PATIENCE, "the server does not end\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Ends it in an orderly way; gives its exit status and the time it took.
    pub(crate) async fn stop(&mut self) -> (ExitStatus, Duration) {
        let since = Instant::now();
        self.terminate();
        (self.ended().await, since.elapsed())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The server's binary: the one that `CHATCHAT_SERVER_BIN` names, or the one built next to this test.
#[allow(clippy::disallowed_methods, reason = "tests are configured by their environment alone")]
pub(crate) fn binary() -> PathBuf {
    let beside = || Some(std::env::current_exe().ok()?.parent()?.parent()?.join("chatchat-server"));
    let path = std::env::var("CHATCHAT_SERVER_BIN").ok().map(PathBuf::from).or_else(beside).unwrap();
    assert!(path.is_file(), "{} is not there; ./tests/run builds it first", path.display());
    path
}

/// The binary as a command that knows none of the settings that the test itself was started with.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(binary());
    command.env_clear().current_dir(folder).stdin(Stdio::null());
    command
}

/// Runs the binary until it ends by itself, as it must when it refuses to start.
pub(crate) fn run_to_end(mut command: Command) -> Output {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let since = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if since.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("it runs, but should have refused to start: {command:?}");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.wait_with_output().unwrap()
}

/// A server started by this command, once it listens: its URL is the value.
pub(crate) fn listening(command: &mut Command) -> (Child, String) {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        while stdout.read_line(&mut line).is_ok_and(|read| read > 0) {
            if let Some(url) = line.trim().strip_prefix("chatchat is listening on ") {
                let _ = tell.send(url.to_owned());
                break;
            }
            line.clear();
        }
        let _ = stdout.read_to_end(&mut Vec::new());
    });
    match told.recv_timeout(PATIENCE) {
        Ok(url) => (child, url),
        Err(_) => {
            let _ = child.kill();
            panic!("the server does not start");
        }
    }
}

fn launch(folder: &Path, name: &str, settings: &[(String, String)], address: &str) -> (Process, String) {
    let log = File::options().create(true).append(true).open(folder.join("log")).unwrap();
    let mut command = command(folder);
    command.args([name, "--listen", address, "--data-dir"]).arg(folder.join("data"));
    command.envs(settings.iter().map(|(name, value)| (name, value))).stderr(log);
    let (child, url) = listening(&mut command);
    (Process::guarded(child, folder), url)
}
