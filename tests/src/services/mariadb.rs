//! MariaDB, or whatever `CHATCHAT_TEST_MYSQL_URL` (`mysql://user:password@host:port`, with the right to make
//! databases) names.

use std::fs::File;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use mysql_async::prelude::Queryable as _;
use tempfile::TempDir;

use super::{free_port, named, wait_until};
use crate::process::Process;

/// Small, and without waiting for the disk: what a test stores need not survive a power failure.
const OPTIONS: [&str; 7] = [
    "--innodb-log-file-size=8M",
    "--innodb-buffer-pool-size=64M",
    "--innodb-flush-log-at-trx-commit=2",
    "--skip-log-bin",
    "--max-connections=1000",
    "--performance-schema=OFF",
    "--skip-name-resolve",
];

/// A database server.
pub(crate) struct MariaDb {
    /// Without the name of a database.
    url: String,
    databases: AtomicUsize,
    own: Option<Own>,
}

/// A server of a test's own.
struct Own {
    folder: TempDir,
    port: u16,
    options: Vec<String>,
    process: Option<Process>,
}

impl MariaDb {
    /// The server that all tests share which do not stop it.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<MariaDb> = OnceLock::new();
        SHARED.get_or_init(|| match named("CHATCHAT_TEST_MYSQL_URL") {
            Some(url) => Self { url, databases: AtomicUsize::new(0), own: None },
            None => Self::start(),
        })
    }

    /// A server of one's own.
    pub(crate) fn start() -> Self {
        Self::start_with(|_| Vec::new())
    }

    /// A server of one's own with more options, which may name files in its folder.
    pub(crate) fn start_with(options: impl FnOnce(&Path) -> Vec<String>) -> Self {
        let folder = TempDir::new().unwrap();
        let copied =
            Command::new("cp").arg("-a").arg(empty().path().join("data")).arg(folder.path()).status();
        assert!(copied.unwrap().success());
        let options = options(folder.path());
        let mut own = Own { folder, port: free_port(), options, process: None };
        own.launch();
        Self {
            url: format!("mysql://root@127.0.0.1:{}", own.port),
            databases: AtomicUsize::new(0),
            own: Some(own),
        }
    }

    /// The URL of a new, empty database.
    pub(crate) fn database(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("chatchat_test_{}_{number}", std::process::id());
        self.execute(&format!("CREATE DATABASE {name}"));
        format!("{}/{name}", self.url)
    }

    /// The path of a file in its folder.
    pub(crate) fn file(&self, name: &str) -> String {
        self.own.as_ref().unwrap().folder.path().join(name).display().to_string()
    }

    /// Runs a statement that has no result. In a thread of its own, as who asks may be in a runtime.
    pub(crate) fn execute(&self, statement: &str) {
        let run = async {
            let mut conn = mysql_async::Conn::from_url(&self.url).await.unwrap();
            conn.query_drop(statement).await.unwrap();
            conn.disconnect().await.unwrap();
        };
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        std::thread::scope(|scope| scope.spawn(|| runtime().block_on(run)).join().unwrap());
    }

    /// Ends it as a power failure would.
    pub(crate) fn stop(&mut self) {
        self.own.as_mut().unwrap().process = None;
    }

    /// Starts it again on the same data and port.
    pub(crate) fn restart(&mut self) {
        self.stop();
        self.own.as_mut().unwrap().launch();
    }

    /// Sends it a signal, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        self.own.as_ref().unwrap().process.as_ref().unwrap().signal(name);
    }
}

/// Copies a database, which others use meanwhile, to a file.
pub(crate) fn dump(database: &str, file: &Path) {
    let mut dump = client("mariadb-dump", database);
    let dumped = dump
        .args(["--single-transaction", "--hex-blob", "--skip-triggers"])
        .stdout(File::create(file).unwrap())
        .status();
    assert!(dumped.unwrap().success());
}

/// Puts what [`dump`] has written into an empty database.
pub(crate) fn load(database: &str, file: &Path) {
    let loaded = client("mariadb", database).stdin(File::open(file).unwrap()).status();
    assert!(loaded.unwrap().success());
}

/// A program of MariaDB's that works on this database; the last argument is its name.
fn client(program: &str, database: &str) -> Command {
    let options = mysql_async::Opts::from_url(database).unwrap();
    let mut command = Command::new(program);
    command
        .arg("--no-defaults")
        .arg(format!("--host={}", options.ip_or_hostname()))
        .arg(format!("--port={}", options.tcp_port()))
        .arg(format!("--user={}", options.user().unwrap_or_default()))
        .arg(format!("--password={}", options.pass().unwrap_or_default()))
        .arg(options.db_name().unwrap());
    command
}

impl Own {
    fn launch(&mut self) {
        let path = |name: &str| self.folder.path().join(name);
        let log = File::options().create(true).append(true).open(path("log")).unwrap();
        let child = Command::new("mariadbd")
            .arg("--no-defaults")
            .args(OPTIONS)
            .args(&self.options)
            .arg(format!("--datadir={}", path("data").display()))
            .arg(format!("--socket={}", path("socket").display()))
            .arg(format!("--pid-file={}", path("pid").display()))
            .arg(format!("--port={}", self.port))
            .args(["--bind-address=127.0.0.1", "--user=root"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut process = Process::guarded(child, self.folder.path());
        wait_until("MariaDB listens", || {
            assert!(process.ended().is_none(), "{}", std::fs::read_to_string(path("log")).unwrap());
            TcpStream::connect(("127.0.0.1", self.port)).is_ok()
        });
        self.process = Some(process);
    }
}

/// The data of a server that holds nothing yet: making them takes longer than copying them.
fn empty() -> &'static TempDir {
    static EMPTY: OnceLock<TempDir> = OnceLock::new();
    EMPTY.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let installed = Command::new("mariadb-install-db")
            .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
            .args(["--user=root", "--innodb-log-file-size=8M"])
            .arg(format!("--datadir={}", folder.path().join("data").display()))
            .stdout(Stdio::null())
            .status();
        assert!(installed.unwrap().success());
        folder
    })
}
